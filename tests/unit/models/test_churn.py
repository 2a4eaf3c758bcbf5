import numpy as np
import pandas as pd
import pytest

from models.btyd import Btyd, histories
from models.churn import churn_risk, discounted_orders, lifetime_value

FRAME = pd.DataFrame(
    {
        "active_days": [1.0, 5.0, 5.0, 1.0],
        "tenure_days": [300.0, 300.0, 300.0, 0.0],
        "recency_days": [300.0, 10.0, 250.0, 0.0],
    }
)
MODEL = Btyd(0.6, 60.0, 0.5, 1.5, 0.0)


def test_churn_is_not_buying() -> None:
    assert churn_risk(np.array([0.2, 0.9])) == pytest.approx([0.8, 0.1])


def test_undiscounted_orders_of_a_year_are_the_expectation() -> None:
    yearly = MODEL.expected_orders(*histories(FRAME), 365.0)
    assert discounted_orders(MODEL, FRAME, 0.0) == pytest.approx(yearly, rel=1e-12)
    discounted = discounted_orders(MODEL, FRAME, 0.1)
    assert np.all(discounted < yearly)
    assert np.all(discounted > yearly / 1.1)


def test_a_year_is_worth_more_than_a_quarter_and_less_than_four() -> None:
    spend = np.array([1.0, 20.0, 3.0, 5.0])
    value = lifetime_value(MODEL, FRAME, spend, 90.0, 0.1)
    assert np.all(value > spend)
    assert np.all(value < spend * 365 / 90)
    assert np.all(lifetime_value(MODEL, FRAME, np.zeros(4), 90.0, 0.1) == 0)


def test_an_undiscounted_horizon_of_a_year_is_the_value() -> None:
    spend = np.array([1.0, 20.0, 3.0, 5.0])
    assert lifetime_value(MODEL, FRAME, spend, 365.0, 0.0) == pytest.approx(spend)


def test_each_two_months_are_discounted_from_their_middle() -> None:
    until = [np.zeros(4)] + [
        MODEL.expected_orders(*histories(FRAME), 365.0 * step / 6) for step in range(1, 7)
    ]
    by_hand = sum((until[step + 1] - until[step]) / 1.2 ** ((step + 0.5) / 6) for step in range(6))
    assert discounted_orders(MODEL, FRAME, 0.2) == pytest.approx(by_hand, rel=1e-9)


def test_a_customer_is_worth_the_same_in_any_company() -> None:
    many = pd.concat([FRAME, FRAME.iloc[::-1]], ignore_index=True)
    together = discounted_orders(MODEL, many, 0.1)
    alone = [discounted_orders(MODEL, many.iloc[[row]], 0.1)[0] for row in range(8)]
    assert together.tolist() == alone
    assert len(set(alone)) == 4

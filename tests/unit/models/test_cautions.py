"""Each caution appears when it should, in the words a user reads, and not otherwise."""

from typing import Any

import numpy as np
import pytest

from models.btyd import Btyd
from models.cautions import cautions

SOUND = Btyd(0.6, 60.0, 0.5, 1.0, 0.0)
STUCK = Btyd(0.7, 66.0, float(np.exp(-9.0)), float(np.exp(9.0)), 0.0)
GOOD = {"auc": 0.74, "auc_se": 0.01}


def _backtest(**changes: Any) -> dict[str, Any]:
    return {"auc": 0.739, "auc_se": 0.008, "spend_bias": 0.15, "buyers_bias": -0.15, **changes}


def _flag(customers: int = 500, buyers: int = 100) -> np.ndarray:
    return np.repeat([1.0, 0.0], [buyers, customers - buyers])


def _found(**changes: Any) -> list[str]:
    given: dict[str, Any] = {
        "flag": _flag(),
        "spent": _flag() * 20.0,
        "alone": {"recency_days": 0.7},
        "champion": GOOD,
        "purchases": (SOUND, SOUND),
        "backtest": _backtest(),
        "backtest_missing": None,
    }
    return cautions(**{**given, **changes})


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert _found() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"spend_bias": -0.2766, "buyers_bias": -0.1},
            "In the backtest, the next window came out with its spend 28 % too low; "
            "read its level with care, its ranking holds (AUC 0.74).",
        ),
        (
            {"spend_bias": -0.2766, "buyers_bias": 0.166},
            "In the backtest, the next window came out with its spend 28 % too low and its number of buyers "
            "17 % too high; read its level with care, its ranking holds (AUC 0.74).",
        ),
        (
            {"buyers_bias": 0.5, "auc": 0.56},
            "In the backtest, the next window came out with its number of buyers 50 % too high; "
            "read its level with care, its ranking was hardly better than chance (AUC 0.56).",
        ),
        (
            {"spend_bias": None},
            "The backtest cannot judge the level of the next window's spend: there was none to compare with.",
        ),
    ],
)
def test_a_biased_backtest_is_told_with_its_size(changes: dict[str, Any], sentence: str) -> None:
    assert _found(backtest=_backtest(**changes)) == [sentence]


def test_a_missing_backtest_is_told_with_its_reason() -> None:
    assert _found(backtest=None, backtest_missing="The data is short.") == [
        "The level of the next window could not be checked by a backtest. The data is short."
    ]


@pytest.mark.parametrize(("customers", "buyers", "said"), [(499, 100, 1), (500, 99, 1), (500, 100, 0)])
def test_small_data_is_called_small(customers: int, buyers: int, said: int) -> None:
    expected = (
        f"Small data: {customers} customers, of whom {buyers} bought in the past window. "
        "All figures are uncertain; the AUC of 0.74 is only known to within 0.02."
    )
    assert _found(flag=_flag(customers, buyers)) == [expected] * said


@pytest.mark.parametrize("purchases", [(STUCK, STUCK), (STUCK, SOUND), (SOUND, STUCK)])
def test_a_p_alive_that_means_nothing_is_told_once(purchases: tuple[Btyd, Btyd]) -> None:
    assert _found(purchases=purchases) == [STUCK.doubt()]


def test_a_leak_and_noise_come_first() -> None:
    found = _found(
        alone={"returns_share": 0.98, "recency_days": 0.969},
        champion={"auc": 0.56, "auc_se": 0.02},
        purchases=(STUCK,),
    )
    assert found[0] == "returns_share alone tells who buys (AUC 0.980): it may know the outcome."
    assert found[1].startswith("There is hardly a signal here: an AUC of 0.56")
    assert found[2:] == [STUCK.doubt()]


def test_many_features_that_know_too_much_are_one_sentence() -> None:
    found = _found(alone={"orders_30": 0.98, "recency_days": 0.975, "trend": 0.6, "orders_60": 0.99})
    assert found == ["orders_60 alone, like 2 others, tells who buys (AUC 0.990): it may know the outcome."]


def test_one_customer_who_brought_most_is_called_out() -> None:
    spent = _flag() * 20.0
    spent[0] = 6_000.0
    (sentence,) = _found(spent=spent)
    assert sentence.startswith("One customer brought 75% of what was spent in the past window")
    assert _found(spent=_flag() * 20.0) == []


def test_a_window_of_returns_is_called_out() -> None:
    (sentence,) = _found(spent=-_flag() * 20.0)
    assert sentence.startswith("More was returned than bought in the past window")

"""Sums over customers at many uplifts at once: the same as adding up customer by customer."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import roi
from models.campaign.customers import Customers
from models.campaign.params import POINTS, RELATIVE, CampaignParams
from models.campaign.sums import crowd, sums_of

SHAPE = (np.linspace(-3.0, 3.0, 7), np.array([0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0]))
# Probabilities at the ends, and exactly at those where an uplift of 0.25, 0.6 or 1 meets 1.
EDGES = (0.0, 1.0, 0.8, 0.625, 0.5, 0.75, 0.4, 1e-4, 1 - 1e-9)


def customers_of(probability: list[float], spend: list[float], days: int = 90) -> Customers:
    return Customers(
        np.array(probability), np.array(spend), np.full(len(spend), 0.8), {}, days, SHAPE
    )  # fmt: skip


def by_hand(customers: Customers, params: CampaignParams, uplift: float, level: float) -> dict[str, float]:
    """The sums one customer after the other, as docs/roi.md has the formula."""
    ratio = params.horizon_days / customers.horizon_days
    found = dict.fromkeys(("orders", "before", "net"), 0.0)
    for first, spent in zip(customers.probability, customers.spend, strict=True):
        p = 1.0 - (1.0 - float(first)) ** ratio
        v = level * float(spent) * ratio / p if p > 0 else 0.0
        after = p * (1 + uplift) if params.uplift_unit == RELATIVE else p + uplift
        after = min(max(after, 0.0), 1.0)
        using = params.redemption * min(p, after) + max(after - p, 0.0)
        share = using / after if after > 0 else 0.0
        found["orders"] += after
        found["before"] += p
        found["net"] += (
            after * v * (params.margin - params.discount * share) - p * v * params.margin
        ) - params.contact_cost
    found["net"] -= params.fixed_cost
    return found


@given(
    crowd=st.lists(
        st.tuples(st.sampled_from(EDGES) | st.floats(1e-4, 1), st.floats(0, 1e4)), min_size=1, max_size=40
    ),
    uplifts=st.lists(
        st.sampled_from((-1.0, -0.25, 0.0, 0.25, 0.6, 1.0)) | st.floats(-1, 1.5),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    unit=st.sampled_from((RELATIVE, POINTS)),
    days=st.sampled_from((90, 30, 365)),
    level=st.sampled_from((1.0, 0.7, 1.4)),
)
def test_every_uplift_is_the_sum_over_customers(
    crowd: list[tuple[float, float]], uplifts: list[float], unit: str, days: int, level: float
) -> None:
    customers = customers_of([p for p, _ in crowd], [spend for _, spend in crowd])
    params = CampaignParams(
        uplift_unit=unit, horizon_days=days, redemption=0.35, discount=0.2, fixed_cost=12.5, margin=0.45
    )
    sums = sums_of(customers, params, uplifts)
    money = 1e-9 * (1.0 + sum(spend for _, spend in crowd) + sums.after[uplifts[0]][1])
    for uplift in uplifts:
        found, hand = (
            sums.financials(params, uplift, level=level),
            by_hand(customers, params, uplift, level),
        )
        values = customers.at(days).value.max()
        assert found.orders == pytest.approx(hand["orders"], abs=1e-9)
        assert found.baseline_orders == pytest.approx(hand["before"], abs=1e-9)
        assert found.net_profit == pytest.approx(hand["net"], abs=money + 1e-9 * values * len(crowd))


@pytest.mark.parametrize("unit", [RELATIVE, POINTS])
@pytest.mark.parametrize("uplift", [-1.0, -0.3, -0.02, 0.0, 0.02, 0.5, 0.9, 1.5])
def test_every_figure_is_that_of_the_plain_formula(unit: str, uplift: float) -> None:
    rng = np.random.default_rng(5)
    p = rng.beta(0.4, 2.0, 4000)
    customers = customers_of(list(p), list(p * rng.lognormal(4, 1, 4000)))
    params = CampaignParams(uplift_unit=unit, fixed_cost=250.0, horizon_days=60)
    found = sums_of(customers, params, (uplift, 0.1, -0.2)).financials(params, uplift)
    plain = roi.financials(customers, params, uplift)
    for name, value in plain.to_dict().items():
        assert getattr(found, name) == (
            value if value is None else pytest.approx(value, rel=1e-9, abs=1e-7)
        ), name
    assert plain.customers == 4000
    assert math.isfinite(plain.net_profit)


def test_another_fixed_cost_and_nothing_spent() -> None:
    customers = customers_of([0.2, 0.4], [10.0, 20.0])
    params = CampaignParams(discount=0.0, contact_cost=0.0, fixed_cost=0.0)
    found = sums_of(customers, params, (0.0, 0.5))
    assert found.financials(params, 0.5).net_profit == pytest.approx(0.5 * 30 * 0.3)
    assert found.financials(params, 0.5).roi is None
    assert found.financials(params, 0.0).cost_per_order is None
    assert found.financials(params, 0.5, fixed_cost=9.0).roi == pytest.approx((4.5 - 9.0) / 9.0)
    assert found.financials(replace(params, margin=0.0), 0.5).net_profit == 0.0


def test_the_crowd_is_the_contacted_in_any_order() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(0.5, 2.0, 200)
    customers = customers_of(list(p), list(p * rng.lognormal(4, 1, 200)))
    for contacted, days in ((30, 90), (30, 45), (200, 90), (500, 45)):
        params = CampaignParams(contacted=contacted, horizon_days=days, fixed_cost=50.0)
        found = roi.answer(customers, params)
        few = crowd(customers, found)
        assert len(few) == min(contacted, 200)
        plain = sums_of(few, params, (0.5,)).financials(params, 0.5).to_dict()
        assert plain == pytest.approx(found.financials.to_dict())
    assert crowd(customers, roi.answer(customers, CampaignParams(contacted=200))) is customers

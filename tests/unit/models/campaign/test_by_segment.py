"""A campaign to each segment: rows by hand, sums that are the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models import roi
from models.campaign.by_segment import COLUMNS, NO_SEGMENT, by_segment
from models.campaign.customers import Customers
from models.campaign.params import POINTS, RELATIVE, CampaignParams

SHAPE = (np.linspace(-3.0, 3.0, 7), np.array([0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0]))
NAMES = ("Champions", "Lost", "Nobody", "=Promising")
PARAMS = CampaignParams(fixed_cost=300.0, margin=0.4, horizon_days=120)
ADDED = (
    "customers", "baseline_orders", "incremental_orders", "incremental_spend", "incremental_margin",
    "discounts", "contact_cost", "fixed_cost", "total_cost", "net_profit",
)  # fmt: skip


def crowd(size: int = 2000) -> tuple[Customers, np.ndarray]:
    rng = np.random.default_rng(11)
    p = rng.beta(0.5, 2.0, size)
    codes = rng.choice([0, 1, 3], size, p=[0.2, 0.5, 0.3])
    customers = Customers(
        p, p * rng.lognormal(4, 1, size), np.full(size, 0.8), {"clv": rng.random(size)}, 90, SHAPE
    )
    return customers, codes


@pytest.mark.parametrize("unit", [RELATIVE, POINTS])
def test_the_segments_add_up_to_the_whole(unit: str) -> None:
    customers, codes = crowd()
    params = replace(PARAMS, uplift_unit=unit, uplift=0.3, uplift_range=0.45)
    found = by_segment(customers, params, codes, NAMES)
    assert tuple(found.columns) == COLUMNS
    for scenario, uplift in (("pessimistic", -0.15), ("expected", 0.3), ("optimistic", 0.75)):
        rows, whole = found[found["scenario"] == scenario], roi.financials(customers, params, uplift)
        assert set(rows["segment"]) == {"Champions", "Lost", "=Promising"}
        assert rows["uplift"].tolist() == pytest.approx([uplift] * 3)
        for name in ADDED:
            assert rows[name].sum() == pytest.approx(getattr(whole, name), rel=1e-12), name


def test_each_row_is_that_of_its_own_customers() -> None:
    customers, codes = crowd()
    found = by_segment(customers, PARAMS, codes, NAMES)
    for code, name in ((0, "Champions"), (1, "Lost"), (3, "=Promising")):
        own = customers.take(np.flatnonzero(codes == code))
        shared = replace(PARAMS, fixed_cost=300.0 * len(own) / len(customers))
        for row in found[found["segment"] == name].itertuples():
            plain = roi.financials(own, shared, row.uplift)
            for figure in (*ADDED, "roi"):
                assert getattr(row, figure) == pytest.approx(getattr(plain, figure)), figure
            assert row.break_even_uplift == pytest.approx(roi.break_even(own, shared))
            even = roi.financials(own, shared, row.break_even_uplift)
            assert even.net_profit == pytest.approx(0.0, abs=1e-6)
    expected = found[found["scenario"] == "expected"]["net_profit"]
    assert expected.is_monotonic_decreasing
    assert found["scenario"].tolist() == ["pessimistic", "expected", "optimistic"] * 3


def test_who_is_in_no_segment_is_counted_too() -> None:
    customers, codes = crowd()
    found = by_segment(customers, PARAMS, np.where(codes == 3, -1, codes), NAMES[:2])
    assert set(found["segment"]) == {"Champions", "Lost", NO_SEGMENT}
    assert found[found["scenario"] == "expected"]["customers"].sum() == len(customers)
    found = by_segment(customers, PARAMS, np.full(len(customers), -(2**31)), ())
    assert set(found["segment"]) == {NO_SEGMENT}


def test_what_there_is_not_is_empty_and_nothing_else_is() -> None:
    customers, codes = crowd()
    hopeless = by_segment(customers, replace(PARAMS, discount=0.5), codes, NAMES)
    assert hopeless["break_even_uplift"].isna().all()
    assert not hopeless.drop(columns="break_even_uplift").isna().any(axis=None)
    free = replace(PARAMS, discount=0.0, contact_cost=0.0, fixed_cost=0.0)
    assert by_segment(customers, free, codes, NAMES)["roi"].isna().all()
    nobody = by_segment(customers.take(np.array([], dtype=np.int64)), PARAMS, codes[:0], NAMES)
    assert tuple(nobody.columns) == COLUMNS
    assert len(nobody) == 0


def test_the_order_of_customers_does_not_matter() -> None:
    customers, codes = crowd()
    mixed = np.random.default_rng(2).permutation(len(customers))
    pd.testing.assert_frame_equal(
        by_segment(customers.take(mixed), PARAMS, codes[mixed], NAMES),
        by_segment(customers, PARAMS, codes, NAMES),
        rtol=1e-12,
    )

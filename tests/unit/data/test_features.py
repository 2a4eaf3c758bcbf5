"""The feature text against features computed by hand, row by row."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import features, names
from data.engine import connect
from data.features import EPOCH, customer_features, features_sql

CUTOFF = dt.date(2025, 6, 30)
HORIZON = 90

Line = tuple[str, str | None, int, int | None, int, str | None]
"""Customer, order, day relative to the cutoff, quantity, amount in cents, product."""

lines = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "é", "Z"]),
        st.sampled_from(["1", "2", "3", None]),
        st.integers(-400, 120),
        st.sampled_from([None, -1, 1, 3]),
        st.integers(-5_000, 9_999),
        st.sampled_from(["p", "q", None]),
    ),
    min_size=1,
    max_size=40,
)


def write(path: Path, rows: list[Line]) -> None:
    frame = pd.DataFrame(
        [
            {
                "customer_id": customer,
                "order_id": order,
                "day": CUTOFF + dt.timedelta(days=day),
                "quantity": quantity,
                "amount": Decimal(cents) / 100,
                "product_id": product,
            }
            for customer, order, day, quantity, cents, product in rows
        ]
    )
    connection = connect([path.parent], threads=1)
    connection.register("frame", frame)
    connection.execute(
        "COPY (SELECT customer_id::VARCHAR AS customer_id, order_id::VARCHAR AS order_id, day::DATE AS day,"
        " quantity::DOUBLE AS quantity, amount::DECIMAL(18,4) AS amount, product_id::VARCHAR AS product_id"
        f" FROM frame) TO '{path}' (FORMAT parquet)"
    )
    connection.close()


def compute(
    folder: Path,
    rows: list[Line],
    horizon: int | None = HORIZON,
    buckets: int = 1,
    cutoff: dt.date = CUTOFF,
    customers: int | None = None,
) -> pd.DataFrame:
    parts = []
    for bucket in range(buckets):
        chosen = [row for row in rows if ord(row[0][0]) % buckets == bucket]
        if chosen:
            path = folder / f"lines-{bucket}.parquet"
            write(path, chosen)
            parts.append([path])
    connection = connect([folder], threads=2)
    try:
        return customer_features(connection, parts, cutoff, horizon, customers)
    finally:
        connection.close()


def by_hand(rows: list[Line], customer: str) -> dict[str, float] | None:
    """The same definitions in plain loops."""
    mine = [row for row in rows if row[0] == customer]
    past = [row for row in mine if row[2] <= 0]
    bought = [row for row in past if row[4] > 0 and (row[3] is None or row[3] > 0)]
    if not bought:
        return None
    orders: dict[str, list[Line]] = {}
    for row in past:
        orders.setdefault(row[1] if row[1] is not None else f"day {row[2]}", []).append(row)
    placed = []
    for key, items in orders.items():
        purchases = [row for row in items if row in bought]
        day = min(row[2] for row in purchases or items)
        placed.append((day, purchases, sum(row[4] for row in items), key))
    real = [order for order in placed if order[1]]
    order_days = sorted({order[0] for order in real})
    last, first = max(row[2] for row in bought), order_days[0]
    monetary = sum(row[4] for row in past) / 100
    mean_gap = (order_days[-1] - first) / (len(order_days) - 1) if len(order_days) > 1 else math.nan
    window = [row for row in mine if 0 < row[2] <= HORIZON]
    gaps = [later - earlier for earlier, later in pairwise(order_days)]
    values = {
        day: [sum(row[4] for row in order[1]) / 100 for order in real if order[0] == day]
        for day in order_days
    }
    peak = [order for order in real if (CUTOFF + dt.timedelta(days=order[0])).month >= 11]
    windows: dict[str, float] = {}
    for days in names.WINDOWS_DAYS:
        windows[f"orders_{days}"] = sum(1 for order in real if -order[0] < days)
        windows[f"spend_{days}"] = sum(order[2] for order in placed if -order[0] < days) / 100
    for days in names.DECAY_DAYS:
        windows[f"decayed_orders_{days}"] = sum(math.exp(order[0] / days) for order in real)
    recent = sum(1 for order in real if -order[0] < 90)
    before = sum(1 for order in real if 90 <= -order[0] < 180)
    return windows | {
        "recency_days": -last,
        "frequency": len(real),
        "active_days": len(order_days),
        "monetary": monetary,
        "mean_order_value": monetary / len(real),
        "tenure_days": -first,
        "gap_sd_days": statistics.stdev(gaps) if len(gaps) > 1 else math.nan,
        "last_gap_days": gaps[-1] if gaps else math.nan,
        "overdue_ratio": -last / mean_gap,
        "trend": recent - before,
        "first_order_value": statistics.fmean(values[first]),
        "last_order_value": statistics.fmean(values[order_days[-1]]),
        "peak_season": float(2 * len(peak) >= len(real)),
        "largest_order_value": max(sum(row[4] for row in order[1]) for order in real) / 100,
        "units": sum(row[3] or 0 for row in bought),
        "unique_products": len({row[5] for row in bought if row[5] is not None}),
        "returns_share": -sum(row[4] for row in past if row[4] < 0) / sum(row[4] for row in bought),
        "mean_gap_days": mean_gap,
        "actual_flag": float(any(row[4] > 0 and (row[3] is None or row[3] > 0) for row in window)),
        "actual_spend": sum(row[4] for row in window) / 100,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=lines)
def test_features_equal_those_computed_by_hand(tmp_path: Path, rows: list[Line]) -> None:
    frame = compute(tmp_path, rows).set_index(names.CUSTOMER_ID)
    expected = {customer: by_hand(rows, customer) for customer in {row[0] for row in rows}}
    assert list(frame.index) == sorted(customer for customer, known in expected.items() if known)
    for customer, known in expected.items():
        assert known is None or set(known) == {*names.FEATURES, *names.TARGETS}
        for name, value in (known or {}).items():
            assert frame.at[customer, name] == pytest.approx(value, abs=1e-6, nan_ok=True), name


def test_row_order_buckets_and_slices_change_no_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Line] = [
        (customer, str(order), day, 1, 10 + (day * 7919 + order) % 5000, f"p{order % 5}")
        for customer in "abcdefgh"
        for order, day in enumerate(range(-300, 80, 11))
    ]
    first = compute(tmp_path, rows)
    pd.testing.assert_frame_equal(first, compute(tmp_path, rows[::-1]), check_exact=True)
    pd.testing.assert_frame_equal(first, compute(tmp_path, rows, buckets=3), check_exact=True)
    monkeypatch.setattr(features, "SLICE_ROWS", 70)
    pd.testing.assert_frame_equal(first, compute(tmp_path, rows[::-1]), check_exact=True)


def test_nothing_after_the_cutoff_moves_a_feature(tmp_path: Path) -> None:
    rows: list[Line] = [("a", "1", -10, 1, 500, "p"), ("a", "2", -3, 1, 700, "q")]
    later: list[Line] = [*rows, ("a", "3", 1, 1, 99_999, "r"), ("b", "4", 5, 1, 100, "p")]
    before, after = compute(tmp_path, rows, None), compute(tmp_path, later, None)
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_gaps_and_trend_by_hand(tmp_path: Path) -> None:
    # Purchase days -200, -100, -80, -20 (two orders): gaps of 100, 20 and 60 days; a return in between is none.
    rows: list[Line] = [("a", str(n), day, 1, 500, "p") for n, day in enumerate((-200, -100, -80, -20, -20))]
    rows += [("a", "9", -50, -1, -200, "p"), ("b", "1", -30, 1, 500, "p"), ("b", "2", -10, 1, 500, "p")]
    frame = compute(tmp_path, rows).set_index(names.CUSTOMER_ID)
    assert frame.at["a", "gap_sd_days"] == pytest.approx(40.0)
    assert frame.at["a", "last_gap_days"] == 60
    assert frame.at["a", "active_days"] == 4
    assert frame.at["a", "trend"] == 3 - 1
    assert frame["gap_sd_days"].isna().tolist() == [False, True]
    assert frame.at["b", "last_gap_days"] == 20
    assert frame.at["b", "trend"] == 2


@pytest.mark.parametrize("year", [1999, 2000, 2024, 2025])
def test_november_and_december_are_the_peak_season(tmp_path: Path, year: int) -> None:
    days = [dt.date(year, *day) for day in ((10, 31), (11, 1), (12, 31))] + [dt.date(year + 1, 1, 1)]
    rows: list[Line] = [
        (name, "1", (day - CUTOFF).days, 1, 500, "p") for name, day in zip("abcd", days, strict=True)
    ]
    rows += [("e", str(n), (day - CUTOFF).days, 1, 500, "p") for n, day in enumerate(days)]
    rows += [("f", str(n), (day - CUTOFF).days, 1, 500, "p") for n, day in enumerate([*days[1:], days[3]])]
    rows += [("g", str(n), (day - CUTOFF).days, 1, 500, "p") for n, day in enumerate([*days, days[3]])]
    frame = compute(tmp_path, rows, None, cutoff=dt.date(2026, 6, 30))
    assert frame["peak_season"].tolist() == [0, 1, 1, 0, 1, 1, 0]


def test_some_customers_are_the_same_at_every_cutoff(tmp_path: Path) -> None:
    rows: list[Line] = [
        (f"{letter}{number}", str(day), day, 1, 500 + number, "p")
        for letter in "abc"
        for number in range(100)
        for day in (-200, -20)
    ]
    every = compute(tmp_path, rows, buckets=3)
    some = compute(tmp_path, rows, buckets=3, customers=60)
    assert 30 < len(some) < 90
    same = every[every[names.CUSTOMER_ID].isin(some[names.CUSTOMER_ID])].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, same, check_exact=True)
    earlier = compute(tmp_path, rows, cutoff=CUTOFF - dt.timedelta(days=100), customers=60)
    assert earlier[names.CUSTOMER_ID].tolist() == some[names.CUSTOMER_ID].tolist()
    fewer = compute(tmp_path, rows, customers=20)
    assert set(fewer[names.CUSTOMER_ID]) < set(some[names.CUSTOMER_ID])
    assert len(compute(tmp_path, rows, customers=300)) == 300


def test_an_amount_too_large_to_be_exact_is_refused(tmp_path: Path) -> None:
    most = 9 * 10**15  # 9e13 of the account currency: two of them exceed 18 digits
    with pytest.raises(duckdb.Error, match="DECIMAL"):
        compute(tmp_path, [("a", "1", -5, 1, most, "p"), ("a", "1", -5, 1, most, "p")])
    large: list[Line] = [("a", str(n), -n, 1, 10**14, "p") for n in range(3)]
    assert compute(tmp_path, large)["monetary"].tolist() == [3e12]


def test_every_feature_is_named_once_and_in_order(tmp_path: Path) -> None:
    frame = compute(tmp_path, [("a", None, -5, None, 100, None)])
    assert list(frame.columns) == [names.CUSTOMER_ID, *names.FEATURES, *names.TARGETS]


def test_the_text_has_no_vendor_function() -> None:
    text = features_sql(CUTOFF, HORIZON)
    assert str((CUTOFF - EPOCH).days) in text
    for word in ("epoch", "date_diff", "list_", "FILTER", "QUALIFY", "//", "::", "approx", "median"):
        assert word not in text

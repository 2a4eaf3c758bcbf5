"""The feature text against features computed by hand, row by row."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import names
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


def compute(folder: Path, rows: list[Line], horizon: int | None = HORIZON, buckets: int = 1) -> pd.DataFrame:
    parts = []
    for bucket in range(buckets):
        chosen = [row for row in rows if ord(row[0][0]) % buckets == bucket]
        if chosen:
            path = folder / f"lines-{bucket}.parquet"
            write(path, chosen)
            parts.append([path])
    connection = connect([folder], threads=2)
    try:
        return customer_features(connection, parts, CUTOFF, horizon)
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
    return {
        "recency_days": -last,
        "frequency": len(real),
        "active_days": len(order_days),
        "monetary": monetary,
        "mean_order_value": monetary / len(real),
        "tenure_days": -first,
        "orders_90": sum(1 for order in real if -order[0] < 90),
        "spend_90": sum(order[2] for order in placed if -order[0] < 90) / 100,
        "decayed_orders_90": sum(math.exp(order[0] / 90) for order in real),
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
        for name, value in (known or {}).items():
            assert frame.at[customer, name] == pytest.approx(value, abs=1e-6, nan_ok=True), name


def test_row_order_and_buckets_change_no_digit(tmp_path: Path) -> None:
    rows: list[Line] = [
        (customer, str(order), day, 1, 10 + (day * 7919 + order) % 5000, f"p{order % 5}")
        for customer in "abcdefgh"
        for order, day in enumerate(range(-300, 80, 11))
    ]
    first = compute(tmp_path, rows)
    pd.testing.assert_frame_equal(first, compute(tmp_path, rows[::-1]), check_exact=True)
    pd.testing.assert_frame_equal(first, compute(tmp_path, rows, buckets=3), check_exact=True)


def test_nothing_after_the_cutoff_moves_a_feature(tmp_path: Path) -> None:
    rows: list[Line] = [("a", "1", -10, 1, 500, "p"), ("a", "2", -3, 1, 700, "q")]
    later: list[Line] = [*rows, ("a", "3", 1, 1, 99_999, "r"), ("b", "4", 5, 1, 100, "p")]
    before, after = compute(tmp_path, rows, None), compute(tmp_path, later, None)
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_every_feature_is_named_once_and_in_order(tmp_path: Path) -> None:
    frame = compute(tmp_path, [("a", None, -5, None, 100, None)])
    assert list(frame.columns) == [names.CUSTOMER_ID, *names.FEATURES, *names.TARGETS]


def test_the_text_has_no_vendor_function() -> None:
    text = features_sql(CUTOFF, HORIZON)
    assert str((CUTOFF - EPOCH).days) in text
    for word in ("epoch", "date_diff", "list_", "FILTER", "OVER", "QUALIFY", "::", "approx", "median"):
        assert word not in text

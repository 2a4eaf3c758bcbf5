"""One customer from little: arithmetic to the digit, bounds that hold, and what cannot be as a sentence."""

from __future__ import annotations

import datetime as dt
import math
from contextlib import closing

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.features import features_sql
from data.fill_in import GAPS, complete
from data.impossible import problems
from data.names import COUNTS, DECAY_DAYS, FEATURES, WINDOWS_DAYS

# What the neighbours of a customer could be like: nothing of it fits together.
BASE: dict[str, float | None] = {
    "recency_days": 40, "frequency": 6, "active_days": 5, "monetary": 300.0, "mean_order_value": 1.0,
    "tenure_days": 400, "mean_gap_days": 1.0, "gap_sd_days": 30.0, "last_gap_days": 55.0, "overdue_ratio": 9.0,
    "orders_30": 1, "orders_60": 1, "orders_90": 2, "orders_180": 3, "orders_365": 5,
    "spend_30": 20.0, "spend_60": 50.0, "spend_90": 90.0, "spend_180": 150.0, "spend_365": 250.0,
    "decayed_orders_30": 0.5, "decayed_orders_90": 1.5, "decayed_orders_270": 3.0, "trend": 7,
    "first_order_value": 40.0, "last_order_value": 60.0, "largest_order_value": 90.0,
    "units": 14.0, "unique_products": 8, "returns_share": 0.0, "peak_season": 0,
}  # fmt: skip


def test_what_is_arithmetic_is_worked_out() -> None:
    known = {
        "recency_days": 60.0,
        "frequency": 5.0,
        "monetary": 250.0,
        "tenure_days": 300.0,
        "active_days": 4.0,
    }
    found = complete(known, BASE)
    assert list(found) == list(FEATURES)
    assert {name: found[name] for name in known} == known
    assert found["mean_order_value"] == 50.0
    assert found["mean_gap_days"] == 80.0
    assert found["overdue_ratio"] == 0.75
    # The last order is 60 days ago, so there is none in the last 60.
    assert [found[f"orders_{days}"] for days in WINDOWS_DAYS] == [0, 0, 2, 3, 5]
    # All orders are of the last year, so is all that was spent.
    assert [found[f"spend_{days}"] for days in WINDOWS_DAYS] == [0, 0, 90.0, 150.0, 250.0]
    assert found["trend"] == 2 * 2 - 3
    # What is no arithmetic is as with similar customers.
    assert [found[name] for name in ("units", "unique_products", "last_gap_days")] == [14.0, 8, 55.0]


def test_one_order_says_almost_everything() -> None:
    found = complete({"frequency": 1.0, "recency_days": 100.0, "monetary": 80.0}, BASE)
    assert [found["tenure_days"], found["active_days"]] == [100, 1]
    assert [found[name] for name in GAPS] == [None] * 4
    assert [found[f"orders_{days}"] for days in WINDOWS_DAYS] == [0, 0, 0, 1, 1]
    assert [found[f"spend_{days}"] for days in WINDOWS_DAYS] == [0, 0, 0, 80.0, 80.0]
    assert [found[f"decayed_orders_{days}"] for days in DECAY_DAYS] == [
        round(math.exp(-100 / days), 9) for days in DECAY_DAYS
    ]
    for name in ("mean_order_value", "first_order_value", "last_order_value", "largest_order_value"):
        assert found[name] == 80.0
    assert found["trend"] == -1
    # Told the other way round it is the same.
    assert complete({"frequency": 1.0, "tenure_days": 100.0, "monetary": 80.0}, BASE) == found


def test_two_orders_on_two_days_say_when_both_were() -> None:
    found = complete({"frequency": 2.0, "recency_days": 20.0, "tenure_days": 120.0}, BASE)
    assert [found["active_days"], found["mean_gap_days"], found["last_gap_days"]] == [2, 100, 100]
    assert found["gap_sd_days"] is None
    assert found["overdue_ratio"] == 0.2
    assert [found[f"orders_{days}"] for days in WINDOWS_DAYS] == [1, 1, 1, 2, 2]
    for days in DECAY_DAYS:
        expected = math.exp(-20 / days) + math.exp(-120 / days)
        assert found[f"decayed_orders_{days}"] == pytest.approx(expected, abs=2e-9)


def test_what_is_written_moves_what_was_not() -> None:
    assert complete({"recency_days": 900.0}, BASE)["tenure_days"] == 900
    assert complete({"tenure_days": 10.0}, BASE)["recency_days"] == 10
    # Nine in the last 30 days, and the first 400 days ago.
    assert complete({"orders_30": 9.0}, BASE)["frequency"] == 10
    assert complete({"orders_30": 2.0}, BASE)["recency_days"] == 29
    assert complete({"orders_90": 0.0}, BASE)["recency_days"] == 90
    assert complete({"mean_order_value": 25.0, "frequency": 4.0}, BASE)["monetary"] == 100.0
    assert complete({"tenure_days": 90.0, "recency_days": 10.0}, {**BASE, "frequency": 1})["frequency"] == 2
    # Gaps that nobody like them has are as chance would have them.
    bare = complete({"frequency": 3.0, "recency_days": 0.0, "tenure_days": 60.0, "active_days": 3.0},
                    {**BASE, **dict.fromkeys(GAPS)})  # fmt: skip
    assert [bare[name] for name in GAPS] == [30, 30, 30, 0]


def real_customers() -> list[dict[str, float | None]]:
    """The features of real histories: one order, two on a day, gaps, returns."""
    histories = {
        "one": [(0, 50)],
        "day": [(10, 20), (10, 30)],
        "two": [(0, 40), (200, 60)],
        "many": [(0, 10), (30, 20), (31, 30), (200, 40), (340, 50), (340, 60)],
        "back": [(0, 100), (100, 80), (120, -60), (330, 40)],
    }
    rows = [
        (name, f"{name}{place}", day, 1 if amount > 0 else -1, amount, f"p{place}")
        for name, orders in histories.items()
        for place, (day, amount) in enumerate(orders)
    ]
    text = features_sql(dt.date(1970, 1, 1) + dt.timedelta(days=365))
    with closing(duckdb.connect()) as connection:
        connection.execute(
            "CREATE TABLE lines (customer_id VARCHAR, order_id VARCHAR, day INTEGER, quantity INTEGER,"
            " amount DECIMAL(18,4), product_id VARCHAR)"
        )
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows)
        frame = connection.execute(f"SELECT * FROM ({text}) ORDER BY customer_id").df()
    assert len(frame) == len(histories)
    return [
        {name: None if pd.isna(row[name]) else float(row[name]) for name in FEATURES}
        for row in frame.to_dict("records")
    ]


@pytest.mark.parametrize("place", range(5))
def test_a_customer_is_as_they_are_until_something_is_changed(place: int) -> None:
    own = real_customers()[place]
    assert complete({}, own, own=True) == own
    # Nothing about real customers is impossible, and what depends on nothing that was changed stays.
    assert problems({name: value for name, value in own.items() if value is not None}) == {}
    changed = complete({"units": 99.0}, own, own=True)
    assert {name: pytest.approx(value) for name, value in changed.items()} == {**own, "units": 99.0}


def test_a_change_is_carried_through() -> None:
    own = real_customers()[2]
    assert own["frequency"] == 6
    later = complete({"recency_days": 200.0}, own, own=True)
    assert [later["mean_gap_days"], later["overdue_ratio"]] == [165 / 4, 200 / (165 / 4)]
    assert [later[f"orders_{days}"] for days in WINDOWS_DAYS] == [0, 0, 0, 0, 5]
    assert [later["trend"], later["spend_180"], later["monetary"]] == [0, 0, own["monetary"]]
    assert later["mean_order_value"] == own["mean_order_value"]


WRITTEN = ("recency_days", "frequency", "tenure_days", "monetary", "orders_30", "orders_90", "active_days",
           "mean_order_value", "largest_order_value")  # fmt: skip
REAL = real_customers()


@given(
    st.dictionaries(st.sampled_from(WRITTEN), st.one_of(st.integers(0, 12), st.integers(0, 1500)).map(float)),
    st.sampled_from([None, *range(len(REAL))]),
)
def test_what_is_filled_in_is_never_impossible(known: dict[str, float], own: int | None) -> None:
    # What is wrong can hide what else is.
    while wrong := problems(known):
        known = {name: value for name, value in known.items() if name not in wrong}
    found = complete(known, BASE if own is None else REAL[own], own=own is not None)
    assert {name: found[name] for name in known} == known
    numbers = {name: value for name, value in found.items() if value is not None}
    assert set(FEATURES) - set(numbers) <= set(GAPS)
    for name in COUNTS:
        if name in numbers:
            assert numbers[name] == round(numbers[name])
    assert {name: text for name, text in problems(numbers).items() if name not in known} == {}


@pytest.mark.parametrize(
    ("known", "name", "words"),
    [
        ({"frequency": 0}, "frequency", "at least 1"),
        ({"recency_days": -1}, "recency_days", "negative"),
        ({"monetary": -5}, "monetary", "negative"),
        ({"frequency": 2.5}, "frequency", "whole number"),
        ({"units": math.inf}, "units", "too large"),
        ({"tenure_days": 40_000}, "tenure_days", "a hundred years"),
        ({"returns_share": 1.2}, "returns_share", "100 %"),
        ({"peak_season": 2}, "peak_season", "yes or no"),
        ({"recency_days": 50, "tenure_days": 20}, "recency_days", "longer ago than the first, 20 days"),
        ({"frequency": 1, "recency_days": 5, "tenure_days": 20}, "frequency", "the first is the last"),
        ({"frequency": 2, "active_days": 3}, "active_days", "more days with an order than orders, 2"),
        ({"recency_days": 5, "tenure_days": 7, "active_days": 9}, "active_days", "lie 2 days"),
        ({"frequency": 1, "mean_gap_days": 3}, "mean_gap_days", "on one day only"),
        ({"frequency": 3, "orders_30": 5}, "orders_30", "more than the 3 orders in all"),
        ({"orders_30": 4, "orders_90": 2}, "orders_90", "already 4 in the last 30 days"),
        ({"recency_days": 40, "orders_30": 1}, "orders_30", "40 days ago, so there is none in the last 30"),
        ({"recency_days": 10, "orders_30": 0}, "orders_30", "10 days ago, so there is at least one"),
        ({"recency_days": 1, "tenure_days": 20, "frequency": 4, "orders_30": 2}, "orders_30", "all 4 are in here"),
        ({"frequency": 1, "tenure_days": 200, "orders_30": 1}, "orders_30", "200 days ago"),
        ({"tenure_days": 90, "frequency": 2, "orders_90": 2}, "orders_90", "90 days ago, so not all 2"),
        ({"frequency": 4, "decayed_orders_90": 5}, "decayed_orders_90", "At most the 4"),
        ({"frequency": 4, "monetary": 100, "mean_order_value": 30}, "mean_order_value", "make this 25.00"),
        ({"orders_90": 3, "orders_180": 4, "trend": 5}, "trend", "make this 2.00"),
        ({"largest_order_value": 10, "monetary": 60, "frequency": 3}, "largest_order_value", "mean order is 20.00"),
        ({"largest_order_value": 10, "last_order_value": 12}, "last_order_value", "largest order is 10.00"),
    ],
)  # fmt: skip
def test_what_cannot_be_gets_a_sentence(known: dict[str, float], name: str, words: str) -> None:
    found = problems(known)
    assert list(found) == [name]
    assert words in found[name]


def test_rounded_by_hand_is_right() -> None:
    assert problems({"frequency": 3, "monetary": 100, "mean_order_value": 33.3}) == {}
    assert problems({"spend_30": -20, "trend": -2}) == {}

from __future__ import annotations

from typing import Any

import pytest

from data import names
from data.queries import COLUMNS, LEVELS
from pages._ui import ids, segment
from pages._ui.reasons import reason_words
from tests.factories import customers
from tests.layouts import text_of


def customer(**changed: object) -> dict[str, Any]:
    row = customers(1).iloc[0].to_dict()
    row |= {"pred_prob": 0.77, "pred_spend": 80.0, "actual_spend": 12.0, "shortfall": 68.0, "spend_cdf": 0.08}
    row |= {"performance": names.UNDER, "pred_spend_low": 0.0, "pred_spend_high": 160.0}
    return row | changed


def test_words_and_columns_agree_with_the_data() -> None:
    assert segment.PERFORMANCES == names.PERFORMANCES
    assert {float(level) for level in segment.LEVELS} == set(LEVELS.values())
    for window, shown in segment.SHOWN.items():
        assert set(shown) <= set(COLUMNS[window])
        assert set(shown) <= set(segment.COLUMN_WORDS)


def test_an_address_is_read_with_care() -> None:
    start = segment.Start.read("0.3", "12.5", "next", "0.2", "over,under", "1")
    assert start == segment.Start(0.3, 12.5, "next", "0.2", (names.UNDER, names.OVER), True)
    default = segment.Start(0.0, None, "past", "0.5", names.PERFORMANCES, False)
    assert segment.Start.read(None, None, None, None, None, None) == default
    assert segment.Start.read("nan", "-4", "<b>", "7", None, "yes") == default
    assert segment.Start.read("9", None, None, None, None, None).min_propensity == 1.0
    assert segment.Start.read(None, None, None, None, "none", None).performances == ()
    # A group is of the next window, whatever else the address says; given twice it is a list.
    grouped = segment.Start.read(None, None, "past", None, None, None, "lost:90")
    assert (grouped.group, grouped.window) == ("lost:90", "next")
    twice: Any = ["lost:90", "up:90"]
    assert segment.Start.read(None, None, None, None, None, None, twice) == default


def test_the_chip_of_a_group_can_be_taken_off_by_its_name() -> None:
    chip = segment.group_chip()
    found = {part.id: part for part in chip._traverse() if getattr(part, "id", None)}
    assert found[ids.PROPENSITY_GROUP_CHIP].hidden is True
    assert getattr(found[ids.PROPENSITY_GROUP_REMOVE], "aria-label") == "Show all customers again"
    assert found[ids.PROPENSITY_GROUP_NOTE].role == "status"


def test_cells_read_by_the_meaning_of_their_column() -> None:
    row = segment.table_row(customer(frequency=3.0, customer_id="00123"), "past", "GBP")
    assert row["customer_id"] == "00123"
    assert row["performance"] == "Spent less"
    assert row["shortfall"] == "£68"
    assert row["pred_prob"] == "77 %"
    assert row["frequency"] == "3"
    assert tuple(row) == segment.SHOWN["past"]


def test_the_legend_is_the_filter() -> None:
    options = segment.colour_options({names.UNDER: 352, names.AS_EXPECTED: 3658, names.OVER: 585})
    assert [option["value"] for option in options] == list(names.PERFORMANCES)
    assert [text_of(option["label"]) for option in options] == [
        "Red: spent less 352",
        "Yellow: as expected 3,658",
        "Blue: spent more 585",
    ]
    assert segment.format_options(1_048_576)[1]["disabled"] is True
    assert segment.format_options(1_048_575)[1]["disabled"] is False


@pytest.mark.parametrize(
    ("feature", "values", "expected"),
    [
        ("recency_days", {"recency_days": 1.0}, "last order 1 day ago"),
        (
            "recency_days",
            {"recency_days": 0.0, "mean_gap_days": 7.4},
            "last order on the cutoff day, usually every 7 days",
        ),
        ("frequency", {"frequency": 1.0}, "only one order so far"),
        ("frequency", {"frequency": 14.0}, "14 orders so far"),
        ("overdue_ratio", {"overdue_ratio": 1.61}, "has waited 1.6 times the usual gap between orders"),
        ("overdue_ratio", {"overdue_ratio": float("nan")}, "overdue ratio"),
        ("orders_90", {"orders_90": 0.0}, "no order in the last 90 days"),
        ("spend_30", {"spend_30": 240.0}, "spent $240 in the last 30 days"),
        ("returns_share", {"returns_share": 0.0}, "has returned nothing"),
        ("gap_sd_days", {"gap_sd_days": 12.4}, "the time between orders varies by 12 days"),
        ("trend", {"trend": -1.0}, "1 fewer order in the last 90 days than in the 90 before"),
        ("trend", {"trend": 2.0}, "2 more orders in the last 90 days than in the 90 before"),
        ("trend", {"trend": 0.0}, "as many orders in the last 90 days as in the 90 before"),
        ("peak_season", {"peak_season": 1.0}, "buys mostly in November and December"),
        ("peak_season", {"peak_season": 0.0}, "buys mostly outside November and December"),
        ("units", {"units": 45.0}, "units: 45"),
        ("something new", {}, "something new"),
    ],
)
def test_reasons_in_words(feature: str, values: dict[str, float], expected: str) -> None:
    assert reason_words(feature, values, "USD") == expected

"""Periods and their steps."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from data.overview.periods import (
    ALL,
    DAY,
    MONTH,
    QUARTER,
    WEEK,
    Bin,
    bins,
    calendar_unit,
    moved,
    periods,
    unit_end,
    unit_name,
    unit_of,
)

LAST = dt.date(2025, 12, 31)


def test_periods_end_at_the_last_date_and_begin_inside_the_data() -> None:
    found = {each.key: each for each in periods(dt.date(2025, 1, 1), LAST, 90)}
    assert list(found) == ["30", "90", "180", "365", "all"]
    assert found["90"].start == dt.date(2025, 10, 3)
    assert (found["90"].before_start, found["90"].before_end) == (dt.date(2025, 7, 5), dt.date(2025, 10, 2))
    assert found["365"].start == dt.date(2025, 1, 1)
    assert found["180"].before_complete
    assert found["365"].before is None
    assert (found[ALL].start, found[ALL].before_start, found[ALL].before) == (dt.date(2025, 1, 1), None, None)
    assert [each.label for each in found.values()] == [
        "Last 30 days", "Last 90 days", "Last 6 months", "Last 12 months", "All time",
    ]  # fmt: skip


def test_one_day_less_and_the_year_is_not_offered() -> None:
    assert [each.key for each in periods(dt.date(2025, 1, 2), LAST, 90)] == ["30", "90", "180", "all"]


@pytest.mark.parametrize(
    ("horizon", "keys", "label"),
    [
        (7, ["7", "30", "90", "180", "365", "all"], "Last 7 days"),
        (1, ["1", "30", "90", "180", "365", "all"], "Last day"),
        (365, ["30", "90", "180", "365", "all"], "Last 12 months"),
    ],
)
def test_the_horizon_is_among_the_periods(horizon: int, keys: list[str], label: str) -> None:
    found = periods(dt.date(2024, 1, 1), LAST, horizon)
    assert [each.key for each in found] == keys
    assert next(each.label for each in found if each.days == horizon) == label


def test_data_shorter_than_the_horizon_still_has_its_default() -> None:
    found = periods(LAST - dt.timedelta(days=9), LAST, 90)
    assert [(each.key, each.complete, each.before) for each in found] == [
        ("90", False, None),
        ("all", True, None),
    ]
    one_day = periods(LAST, LAST, 30)
    assert [(each.key, each.complete) for each in one_day] == [("30", False), ("all", True)]


@pytest.mark.parametrize(
    ("first", "unit", "steps"),
    [
        (LAST, DAY, 1),
        (dt.date(2025, 11, 17), DAY, 45),
        (dt.date(2025, 11, 16), WEEK, 7),
        (dt.date(2025, 1, 1), MONTH, 12),
        (dt.date(2023, 1, 31), MONTH, 36),
        (dt.date(2022, 12, 31), QUARTER, 13),
        (dt.date(2006, 1, 1), QUARTER, 80),
    ],
)
def test_all_of_the_data_is_drawn_in_few_steps(first: dt.date, unit: str, steps: int) -> None:
    everything = periods(first, LAST, 30)[-1]
    assert unit_of(everything) == unit
    found = bins(first, LAST, unit)
    assert len(found) == steps
    # Together they are the days of the period, each once.
    assert (found[0].start, found[-1].end) == (first, LAST)
    for one, two in pairwise(found):
        assert one.start <= one.end
        assert two.start - one.end == dt.timedelta(days=1)


def test_only_the_oldest_week_can_be_short() -> None:
    found = bins(LAST - dt.timedelta(days=15), LAST, WEEK)
    assert [((each.end - each.start).days + 1, each.partial) for each in found] == [
        (2, True),
        (7, False),
        (7, False),
    ]


def test_months_that_are_cut_off_are_partial() -> None:
    found = bins(dt.date(2025, 10, 15), dt.date(2025, 12, 9), MONTH)
    assert found == (
        Bin(dt.date(2025, 10, 15), dt.date(2025, 10, 31), True),
        Bin(dt.date(2025, 11, 1), dt.date(2025, 11, 30), False),
        Bin(dt.date(2025, 12, 1), dt.date(2025, 12, 9), True),
    )
    assert moved(found, 365)[1] == Bin(dt.date(2024, 11, 1), dt.date(2024, 11, 30), False)


def test_names_and_ends_of_months_and_quarters() -> None:
    assert [unit_end(dt.date(2024, month, 15), MONTH).day for month in range(1, 13)] == [
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]  # fmt: skip
    assert {unit_end(dt.date(2024, month, 1), QUARTER) for month in (10, 11, 12)} == {dt.date(2024, 12, 31)}
    assert (unit_name(dt.date(2025, 4, 1), QUARTER), unit_name(dt.date(2025, 4, 1), MONTH)) == (
        "2025-Q2",
        "2025-04",
    )
    assert calendar_unit(dt.date(2023, 1, 31), LAST) == MONTH

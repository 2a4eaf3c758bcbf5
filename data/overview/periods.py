"""The periods of the overview, and the days, weeks, months or quarters that a period is drawn in.

All periods end at the last date of the data. A period of n days is the n days up to and including it,
the period before it the n days before those.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

ALL: Final = "all"
YEAR: Final = "365"
LABELS: Final = {
    "30": "Last 30 days",
    "90": "Last 90 days",
    "180": "Last 6 months",
    YEAR: "Last 12 months",
    ALL: "All time",
}
DAY, WEEK, MONTH, QUARTER = UNITS = ("day", "week", "month", "quarter")
# Longest period in days that is drawn in days, and in weeks; longest span in months that is told by month.
MOST_DAYS: Final = 45
MOST_WEEK_DAYS: Final = 200
MOST_MONTHS: Final = 36
_ONE: Final = dt.timedelta(days=1)
_YEAR: Final = dt.timedelta(days=int(YEAR))


@dataclass(frozen=True)
class Period:
    """One choice of the overview: `days` up to `end`, None for all of the data; first and last days belong to it.

    `first` is the first day of the data.
    """

    key: str
    label: str
    days: int | None
    start: dt.date
    end: dt.date
    first: dt.date

    @property
    def complete(self) -> bool:
        """Whether it lies wholly inside the data."""
        return self.start >= self.first

    @property
    def before_complete(self) -> bool:
        """Whether the period before lies wholly inside the data; there is none before all of it."""
        return self.before_start is not None and self.before_start >= self.first

    @property
    def before_start(self) -> dt.date | None:
        """First day of the period before; None for all of the data."""
        return None if self.days is None else self.start - dt.timedelta(days=self.days)

    @property
    def before_end(self) -> dt.date | None:
        """Last day of the period before; None for all of the data."""
        return None if self.days is None else self.start - _ONE

    @property
    def before(self) -> tuple[dt.date, dt.date] | None:
        """First and last day of the period before, None where that is not wholly inside the data."""
        if self.days is None or not self.before_complete:
            return None
        return self.start - dt.timedelta(days=self.days), self.start - _ONE

    @property
    def year(self) -> tuple[dt.date, dt.date] | None:
        """First and last day of the same period 365 days earlier, None where that overlaps or is not in the data."""
        if self.days is None or self.days >= _YEAR.days or self.start - _YEAR < self.first:
            return None
        return self.start - _YEAR, self.end - _YEAR


@dataclass(frozen=True)
class Bin:
    """A step of a series, first and last day; `partial` where it is shorter than its unit."""

    start: dt.date
    end: dt.date
    partial: bool


def periods(first: dt.date, last: dt.date, horizon_days: int) -> tuple[Period, ...]:
    """The periods offered for data from `first` to `last`, shortest first, all of the data last.

    One that would begin before the data does is left out, but for the default, that of the horizon.
    """
    days = sorted({int(key) for key in LABELS if key != ALL} | {horizon_days})
    offered = [_of_days(number, first, last) for number in days]
    everything = Period(ALL, LABELS[ALL], None, first, last, first)
    return (*(each for each in offered if each.complete or each.days == horizon_days), everything)


def _of_days(days: int, first: dt.date, last: dt.date) -> Period:
    key = str(days)
    start = last - dt.timedelta(days=days - 1)
    label = LABELS.get(key, "Last day" if days == 1 else f"Last {days} days")
    return Period(key, label, days, start, last, first)


def unit_of(period: Period) -> str:
    """What a period is drawn in: days, weeks, months or quarters, so that there are about 12 to 50 steps."""
    span = (period.end - period.start).days + 1
    if span <= MOST_DAYS:
        return DAY
    if span <= MOST_WEEK_DAYS:
        return WEEK
    return calendar_unit(period.start, period.end)


def calendar_unit(first: dt.date, last: dt.date) -> str:
    """Months, or quarters where `first` to `last` touches more than `MOST_MONTHS` of them."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return MONTH if months <= MOST_MONTHS else QUARTER


def bins(start: dt.date, end: dt.date, unit: str) -> tuple[Bin, ...]:
    """The steps from `start` to `end`, oldest first: together they are exactly its days.

    Weeks are counted back from `end`, so that only the oldest can be short; months and quarters are the
    calendar's, and the first and the last can be.
    """
    if unit in (DAY, WEEK):
        length = dt.timedelta(days=1 if unit == DAY else 7)
        ends = [end - length * step for step in range(-(-((end - start).days + 1) // length.days))]
        found = [Bin(max(day - length + _ONE, start), day, day - length + _ONE < start) for day in ends]
        return tuple(reversed(found))
    found = []
    opens = unit_start(start, unit)
    while opens <= end:
        closes = unit_end(opens, unit)
        partial = opens < start or closes > end
        found.append(Bin(max(opens, start), min(closes, end), partial))
        opens = closes + _ONE
    return tuple(found)


def moved(steps: tuple[Bin, ...], days: int) -> tuple[Bin, ...]:
    """The same steps `days` earlier: those of the period before, each beside its own."""
    back = dt.timedelta(days=days)
    return tuple(Bin(step.start - back, step.end - back, step.partial) for step in steps)


def unit_start(day: dt.date, unit: str) -> dt.date:
    """First day of the month or quarter of `day`."""
    return day.replace(day=1, month=day.month if unit == MONTH else (day.month - 1) // 3 * 3 + 1)


def unit_end(day: dt.date, unit: str) -> dt.date:
    """Last day of the month or quarter of `day`."""
    opens = unit_start(day, unit)
    beyond = opens + dt.timedelta(days=31 * (1 if unit == MONTH else 3) + 3)
    return unit_start(beyond, unit) - _ONE


def unit_name(day: dt.date, unit: str) -> str:
    """How the month or quarter of `day` is called: "2025-01", "2025-Q1"."""
    return f"{day:%Y-%m}" if unit == MONTH else f"{day.year}-Q{(day.month + 2) // 3}"


def unit_index(day: dt.date, unit: str) -> int:
    """Months, or quarters, from year 0 to the one of `day`."""
    return (day.year * 12 + day.month - 1) // (1 if unit == MONTH else 3)


def unit_day(index: int, unit: str) -> dt.date:
    """First day of the month or quarter with that `unit_index`."""
    months = index * (1 if unit == MONTH else 3)
    return dt.date(months // 12, months % 12 + 1, 1)

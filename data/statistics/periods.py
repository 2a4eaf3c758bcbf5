"""Days, weeks, months and years: where they begin, and sales in each of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

from data.statistics.answers import Grain, Period, Periods


def periods_of(days: Sequence[Period], grain: Grain) -> Periods:
    """Net amount and orders of `days` (in their order) by `grain`, periods without sales as zero."""
    if not days:
        return Periods(grain, (), None, None)
    first, last = days[0].start, days[-1].start
    amounts: dict[dt.date, list[float]] = {}
    orders: dict[dt.date, int] = {}
    for day in days:
        start = _start(day.start, grain)
        amounts.setdefault(start, []).append(day.amount)
        orders[start] = orders.get(start, 0) + day.orders
    found = []
    for start in starts(first, last, grain):
        end = _next(start, grain) - dt.timedelta(days=1)
        found.append(
            Period(
                start,
                end,
                math.fsum(amounts.get(start, ())),
                orders.get(start, 0),
                partial=start < first or end > last,
            )
        )
    return Periods(grain, tuple(found), first, last)


def _start(day: dt.date, grain: str) -> dt.date:
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if grain == "year" else day


def _next(start: dt.date, grain: str) -> dt.date:
    if grain in ("day", "week"):
        return start + dt.timedelta(days=1 if grain == "day" else 7)
    if grain == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start.replace(year=start.year + 1)


def starts(first: dt.date, last: dt.date, grain: str) -> Iterable[dt.date]:
    """The first days of the periods from the one of `first` to that of `last`."""
    start = _start(first, grain)
    while start <= last:
        yield start
        start = _next(start, grain)


def fitting_grain(first: dt.date, last: dt.date) -> str:
    """The finest of day, week, month and year that does not make too many bars."""
    days = (last - first).days
    return next(
        (grain for grain, most in (("day", 92), ("week", 731), ("month", 7305)) if days <= most), "year"
    )

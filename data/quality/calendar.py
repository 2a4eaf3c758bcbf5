"""Days without a sale, months cut short and histories too short, from the sums of each day."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from data.accounting import counted, spoken
from data.quality.findings import (
    GOOD,
    INFO,
    WARNING,
    Finding,
    day_words,
    finding,
    keep_or_drop,
    listed,
    set_aside,
)
from data.quality.findings import REASONS as CHOSEN
from data.reading import ImportOptions

# Weeks from which on a weekday without any sale is one on which the shop is closed.
_WEEKS: Final = 6
# Where fewer of the open days have a sale, days without one are nothing unusual.
_BUSY: Final = 0.5
_LONG_GAP: Final = 14


@dataclass(frozen=True)
class Day:
    """Rows, purchases among them, and their amount, of one day with rows."""

    day: dt.date
    rows: int
    purchases: int
    amount: Decimal


def closed_weekdays(days: Sequence[Day]) -> list[int]:
    """Weekdays (Monday 0) without a single purchase over six weeks or more."""
    sold = [each.day for each in days if each.purchases]
    if not sold or (sold[-1] - sold[0]).days < 7 * _WEEKS:
        return []
    return sorted(set(range(7)) - {day.weekday() for day in sold})


def gaps(days: Sequence[Day], closed: Sequence[int]) -> list[tuple[dt.date, dt.date, int]]:
    """The stretches without a purchase between the first and the last: first and last day, open days in it.

    Days on which the shop is always closed are no gaps, and neither begin nor end one.
    """
    sold = [each.day for each in days if each.purchases]
    found = []
    for before, after in pairwise(sold):
        missing = [before + dt.timedelta(days=more) for more in range(1, (after - before).days)]
        missing = [day for day in missing if day.weekday() not in closed]
        if missing:
            found.append((missing[0], missing[-1], len(missing)))
    return found


def on_gaps(days: Sequence[Day]) -> list[Finding]:
    """Weekdays the shop is closed on, and other days without a sale."""
    sold = [each.day for each in days if each.purchases]
    if len(sold) < 2:
        return []
    closed = closed_weekdays(days)
    found = gaps(days, closed)
    missing = sum(length for _, _, length in found)
    opened = len(sold) + missing
    never = f"Never sells on {listed([f'{calendar.day_name[day]}s' for day in closed])}" if closed else ""
    does = "Models count days on the calendar; a day without a sale needs no mending unless rows are missing."
    if not missing:
        text = (
            f"{never}; otherwise there is a sale on every day." if closed else "There is a sale on every day."
        )
        return [finding("gaps", GOOD, "No days missing", text, does)]
    longest = max(found, key=lambda gap: (gap[2], gap[0]))
    if len(sold) < _BUSY * opened:
        text = f"{never}. " if closed else ""
        text += f"There is a sale on {len(sold):,} of {opened:,} days, the longest pause {_stretch(longest)}."
        return [finding("gaps", INFO, "Sales on few days", text, does, rows=missing)]
    besides = f"{never}; besides, no" if closed else "No"
    where = f", the longest gap {_stretch(longest)}" if longest[2] > 1 else f" ({day_words(longest[0])})"
    text = f"{besides} sale on {counted(missing, 'day')}{where}."
    level = WARNING if longest[2] >= _LONG_GAP else INFO
    biggest = sorted(found, key=lambda gap: (-gap[2], gap[0]))
    return [
        finding(
            "gaps",
            level,
            "Days without any sale",
            text,
            "They count as days without a purchase; where rows are missing, add them from another file.",
            rows=missing,
            examples=[_stretch(gap) for gap in biggest],
        )
    ]


def _stretch(gap: tuple[dt.date, dt.date, int]) -> str:
    first, last, _ = gap
    if first == last:
        return day_words(first)
    if first.year == last.year:
        return f"{first.day} {first:%b} to {day_words(last)}"
    return f"{day_words(first)} to {day_words(last)}"


def on_months(days: Sequence[Day], options: ImportOptions, ledger: Mapping[str, Any]) -> list[Finding]:
    """A first or last month that is not there in full."""
    findings = []
    usual = _usual_pause(days)
    choice = keep_or_drop("partial_month", options)
    aside, amount = set_aside(ledger, CHOSEN["partial_month"])
    closed = closed_weekdays(days)
    first, last = days[0].day, days[-1].day
    end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    if aside:
        one = "1 row of a last month that is not complete was"
        many = f"{aside:,} rows of a last month that is not complete were"
        findings.append(
            finding(
                "partial_last_month",
                INFO,
                "Last month set aside",
                f"{one if aside == 1 else many} set aside, together {spoken(amount)}.",
                "The data now ends with a whole month.",
                rows=aside,
                amount=amount,
                choice=choice,
            )
        )
    elif last < end and open_days(last + dt.timedelta(days=1), end, closed) > usual:
        rows, amount = _sums(each for each in days if each.day >= last.replace(day=1))
        word = "row" if rows == 1 else "rows"
        findings.append(
            finding(
                "partial_last_month",
                WARNING if last.day <= 20 else INFO,
                "Last month not complete",
                f"The last date is {day_words(last)}: {last:%B %Y} has {last.day} of {end.day} days "
                f"({rows:,} {word}, {spoken(amount)}), so that its totals look like a slump.",
                "The days are kept; models count back from the last date and do not mind, monthly charts show less.",
                rows=rows,
                amount=amount,
                choice=choice,
            )
        )
    start = first.replace(day=1)
    if start < first and open_days(start, first - dt.timedelta(days=1), closed) > usual:
        rows, amount = _sums(each for each in days if each.day <= _month_end(first))
        findings.append(
            finding(
                "partial_first_month",
                INFO,
                "First month not complete",
                f"The first date is {day_words(first)}: {first:%B %Y} lacks its first "
                f"{'day' if first.day == 2 else f'{first.day - 1} days'}.",
                "The days are kept; compare the first month with others with care.",
                rows=rows,
                amount=amount,
            )
        )
    return findings


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def open_days(first: dt.date, last: dt.date, closed: Sequence[int]) -> int:
    """The days from `first` to `last` on which the shop is not always closed."""
    span = range((last - first).days + 1)
    return sum((first + dt.timedelta(days=more)).weekday() not in closed for more in span)


def _usual_pause(days: Sequence[Day]) -> int:
    """The open days without a sale that 95 in 100 pauses between two days with sales stay within."""
    sold = [each.day for each in days if each.purchases]
    closed = closed_weekdays(days)
    day = dt.timedelta(days=1)
    pauses = sorted(open_days(before + day, after - day, closed) for before, after in pairwise(sold))
    return pauses[int(0.95 * len(pauses))] if pauses else 0


def _sums(days: Any) -> tuple[int, Decimal]:
    chosen = list(days)
    return sum(each.rows for each in chosen), sum((each.amount for each in chosen), Decimal(0))


def on_history(days: Sequence[Day], horizon_days: int) -> list[Finding]:
    """A history of less than two horizons: one to learn from, one to check against."""
    span = (days[-1].day - days[0].day).days + 1
    if span >= 2 * horizon_days:
        return []
    return [
        finding(
            "short_history",
            WARNING,
            "Short history",
            f"The data covers {counted(span, 'day')}, {day_words(days[0].day)} to {day_words(days[-1].day)}; checking a "
            f"prediction over {horizon_days} days takes at least {2 * horizon_days}.",
            "Descriptions work; for predictions choose a shorter horizon or add older data.",
            rows=sum(each.rows for each in days),
        )
    ]

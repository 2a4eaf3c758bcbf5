"""The cohorts of the overview: what the period brought from old and new customers, and their numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dash.development.base_component import Component

from data.kept import Kept
from data.overview.groups import FIRST_MONTH, last_words, month_words
from figures import words
from pages._ui import overview_tables as tables

if TYPE_CHECKING:
    from data.queries import CustomerQueries

# Months (or quarters) after the first that the table tells; a screen reader is not led through hundreds of cells.
AFTER: Final = (1, 2, 3, 6, 12)
AHEAD: Final = 3
Rows = list[Mapping[str, Any]]
# A few dozen numbers each, by analysis and period.
_TAKEN: Final = Kept(64)


@dataclass
class Taken:
    """What customers did in a period: how many there are, how many of them bought, and their net (account currency)."""

    customers: int = 0
    bought: int = 0
    revenue: float = 0.0

    def add(self, customers: int, bought: int, revenue: float) -> None:
        """Count more customers in."""
        self.customers += customers
        self.bought += bought
        self.revenue += revenue


@dataclass(frozen=True)
class InPeriod:
    """A period by customers whose first purchase was before it, by new ones, and by cohort ("2025-01", "2025-Q1")."""

    key: str
    label: str
    older: Taken = field(default_factory=Taken)
    newer: Taken = field(default_factory=Taken)
    cohorts: dict[str, Taken] = field(default_factory=dict)


def in_period(
    queries: CustomerQueries, analysis_id: str, board: Mapping[str, Any], unit: str
) -> InPeriod | None:
    """The period of a board by cohort; None for all of the data, and where the analysis lacks its figures."""
    needed = {FIRST_MONTH, f"net_{board['key']}", f"bought_{board['key']}"}
    if board["days"] is None or not needed <= set(queries.columns["next"]):
        return None
    return _TAKEN.get((analysis_id, board["key"]), lambda: _ask(queries, board, unit))


def _ask(queries: CustomerQueries, board: Mapping[str, Any], unit: str) -> InPeriod:
    # A key of the overview's own periods, found among the columns: never other text.
    key = board["key"]
    rows = queries.ask(
        f"SELECT {FIRST_MONTH}, tenure_days < $days, count(*), count(*) FILTER (bought_{key}),"
        f" CAST(sum(CAST(net_{key} AS DECIMAL(18, 2))) AS DOUBLE) FROM next"
        f" WHERE {FIRST_MONTH} IS NOT NULL GROUP BY ALL ORDER BY 1, 2",
        {"days": board["days"]},
    )
    found = InPeriod(key, board["label"])
    for month, new, *numbers in rows:
        (found.newer if new else found.older).add(*numbers)
        found.cohorts.setdefault(_cohort(month, unit), Taken()).add(*numbers)
    return found


def _cohort(month: int, unit: str) -> str:
    year, number = divmod(month, 100)
    return f"{year}-{number:02d}" if unit == "month" else f"{year}-Q{(number + 2) // 3}"


def cohort_note(
    cohorts: Mapping[str, Any], currency: str | None, show: str, period: InPeriod | None = None
) -> str:
    """How many of the older customers bought in a period, or what they brought of its revenue.

    Without a period: how many of all the customers of complete cohorts bought again in the third month, or what
    they spent.
    """
    if period is not None and (told := _period_note(period, currency, show)):
        return told
    unit = str(cohorts.get("unit") or "month")
    rows = _complete(cohorts, AHEAD)
    customers = sum(row["customers"] for row in rows)
    if not customers:
        return ""
    if show == "revenue":
        first = float(sum(row["spent"][0] for row in rows))
        after = float(sum(sum(row["spent"][1 : AHEAD + 1]) for row in rows))
        if first <= 0:
            return ""
        return (
            f"For every {words.money(100, currency)} that new customers spend in their first {unit}, "
            f"{words.money(100 * after / first, currency)} follow in the next {AHEAD} {unit}s."
        )
    kept = sum(row["kept"][AHEAD] for row in rows)
    return (
        f"Of {words.count(customers)} customers whose third {unit} after the first is over, "
        f"{words.part(kept / customers)} bought in it."
    )


def _period_note(period: InPeriod, currency: str | None, show: str) -> str:
    older, newer, when = period.older, period.newer, last_words(period.key)
    if show == "revenue":
        whole = older.revenue + newer.revenue
        if older.revenue < 0 or newer.revenue < 0 or whole <= 0:
            return ""
        return (
            f"{words.money_short(older.revenue, currency)} ({words.part(older.revenue / whole)}) of the revenue of "
            f"{when} came from customers who first bought before, {words.money_short(newer.revenue, currency)} "
            f"({words.part(newer.revenue / whole)}) from new ones."
        )
    if not older.customers:
        return f"{words.plural(newer.customers, 'customer')} first bought in {when}, and none before."
    return (
        f"Of the {words.plural(older.customers, 'customer')} who first bought before {when}, "
        f"{words.count(older.bought)} ({words.part(older.bought / older.customers)}) bought in them. "
        f"{words.plural(newer.customers, 'customer')} came new."
    )


def _complete(cohorts: Mapping[str, Any], after: int) -> Rows:
    """The cohorts whose month `after` lies wholly inside the data."""
    open_end = 1 if cohorts.get("last_partial") else 0
    return [row for row in cohorts.get("rows") or () if len(row["kept"]) - open_end > after]


def cohort_table(
    cohorts: Mapping[str, Any],
    currency: str | None,
    show: str,
    as_: str,
    listed: Callable[[str], str],
    period: InPeriod | None = None,
) -> Component | None:
    """The cohorts row by row, each a link to its customers; `listed` is where a group's list is.

    With a period a column tells exactly what each cohort did in it, whatever months it cuts.
    """
    rows: Rows = list(cohorts.get("rows") or ())
    if not rows:
        return None
    unit = str(cohorts.get("unit") or "month")
    after = [at for at in AFTER if any(len(row["kept"]) > at for row in rows)]
    lines = [
        (
            tables.listed(
                _capital(month_words(row["month"])), listed(row["group"]), "in part" if row["partial"] else ""
            ),
            words.count(row["customers"]),
            words.money_short(float(row["revenue"]), currency),
            *([_taken(period.cohorts.get(row["month"], Taken()), currency, show, as_)] if period else []),
            *(_cell(row, at, currency, show, as_) for at in after),
        )
        for row in rows
    ]
    when = [period.label] if period else []
    heads = ("First purchase", "Customers", "Revenue", *when, *(f"+{at}" for at in after))
    told = "Cohorts, in figures: " + ("customers who bought" if show == "customers" else "revenue")
    in_it = f" in {last_words(period.key)} and" if period else ""
    return tables.table(f"{told}{in_it} so many {unit}s after the first", heads, lines)


def _taken(taken: Taken, currency: str | None, show: str, as_: str) -> str:
    """What a cohort did in the period; its revenue has no share: what it would be one of is another time."""
    if show == "revenue":
        return words.money_short(taken.revenue, currency)
    if as_ == "absolute":
        return words.count(taken.bought)
    return words.part(taken.bought / taken.customers) if taken.customers else words.MISSING


def _cell(row: Mapping[str, Any], at: int, currency: str | None, show: str, as_: str) -> str:
    values = row["kept"] if show == "customers" else row["spent"]
    if at >= len(values):
        return ""
    value = float(values[at])
    if as_ == "absolute":
        return words.count(value) if show == "customers" else words.money_short(value, currency)
    whole = float(row["customers"] if show == "customers" else values[0])
    return words.part(value / whole) if whole > 0 else words.MISSING


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

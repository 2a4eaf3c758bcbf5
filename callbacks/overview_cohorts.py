"""What the cohorts of the overview say: a sentence, and their numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dash.development.base_component import Component

from data.overview.groups import month_words
from figures import words
from pages._ui import overview_tables as tables

# Months (or quarters) after the first that the table tells; a screen reader is not led through hundreds of cells.
AFTER: Final = (1, 2, 3, 6, 12)
AHEAD: Final = 3
Rows = list[Mapping[str, Any]]


def cohort_note(cohorts: Mapping[str, Any], currency: str | None, show: str) -> str:
    """How many of all the customers of complete cohorts bought again in the third month, or what they spent."""
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


def _complete(cohorts: Mapping[str, Any], after: int) -> Rows:
    """The cohorts whose month `after` lies wholly inside the data."""
    open_end = 1 if cohorts.get("last_partial") else 0
    return [row for row in cohorts.get("rows") or () if len(row["kept"]) - open_end > after]


def cohort_table(
    cohorts: Mapping[str, Any], currency: str | None, show: str, as_: str, listed: Callable[[str], str]
) -> Component | None:
    """The cohorts row by row, each a link to its customers; `listed` is where a group's list is."""
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
            *(_cell(row, at, currency, show, as_) for at in after),
        )
        for row in rows
    ]
    heads = ("First purchase", "Customers", "Revenue", *(f"+{at}" for at in after))
    told = "Cohorts, in figures: " + ("customers who bought" if show == "customers" else "revenue")
    return tables.table(f"{told} so many {unit}s after the first", heads, lines)


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

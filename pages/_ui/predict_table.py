"""The table of a result's first customers: its columns, and its cells as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from figures import words
from pages._ui import segment
from pages._ui.glossary import described
from pages._ui.scored import reason_text
from pages._ui.segment import COLUMN_WORDS, ID_COLUMN, cell

SHOWN: Final = (
    "customer_id", "pred_spend", "pred_prob", "churn_risk", "clv", "frequency", "recency_days", "monetary",
)  # fmt: skip
# The figures before the words; the others come after, so that the words are read without scrolling.
LEADING: Final = SHOWN[:4]
REASON: Final = "reason"
# Columns that results have whose model's customers were divided, with their width.
DIVISIONS: Final = {
    "segment": ("Segment", 130),
    "cluster": ("Cluster", 130),
    "recommendation": ("What to do", 320),
}
GRID_OPTIONS: Final = {
    "rowHeight": 38,
    "animateRows": False,
    "suppressCellFocus": False,
    # Tab goes on behind the table, arrow keys move in it.
    "tabToNextCell": {"function": "false"},
    "tabToNextHeader": {"function": "false"},
    "localeText": {"noRowsToShow": "No customer was scored."},
}
# Cells are text, as people read it: sorted by it, 1,200 would come before 9.
COLUMN_DEFAULTS: Final = {**segment.COLUMN_DEFAULTS, "sortable": False}


def columns(divisions: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Columns of the table of first customers; cells arrive as text, written by `row`."""
    figures = [_figure(name) for name in SHOWN]
    written = [
        _written(name, text, width, 2) for name, (text, width) in DIVISIONS.items() if name in divisions
    ]
    reason = _written(REASON, "Strongest reason", 260, 3)
    if not written:
        return [*figures, reason]
    return [*figures[: len(LEADING)], *written, reason, *figures[len(LEADING) :]]


def _figure(name: str) -> dict[str, Any]:
    column = {"field": name, "headerName": COLUMN_WORDS[name]} | described(name, COLUMN_WORDS[name])
    if name == "customer_id":
        return column | ID_COLUMN
    width = segment.figure_width(name, COLUMN_WORDS[name])
    return column | {"type": "rightAligned", "minWidth": width}


def _written(name: str, text: str, width: int, flex: int) -> dict[str, Any]:
    column = {"field": name, "headerName": text, "minWidth": width, "flex": flex, "tooltipField": name}
    return column | described(name, text)


def row(customer: Mapping[str, Any], currency: str | None) -> dict[str, str]:
    """A customer's cells as people read them."""
    shown = {name: cell(name, customer[name], currency) for name in SHOWN}
    belongs = {name: str(customer[name]) for name in DIVISIONS if name in customer}
    return shown | belongs | {REASON: reason_text(customer, 1, currency)}


def table_note(shown: int, customers: int) -> str:
    """Which customers the table has, of how many."""
    if shown < customers:
        return f"The {words.count(shown)} of {words.count(customers)} with the highest expected spend; the file has all."
    return f"All {words.plural(customers, 'customer')}, the highest expected spend first."

"""Cohorts: who first bought in which month, and how many of them, or how much of their revenue, came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import overview_cohort_cells as draw
from figures.overview_base import unit_words
from figures.overview_cohort_cells import Row, Span, Table
from figures.segments_base import LETTER_WIDTH, figure_of, heading
from figures.theme import known, says, tokens

NOTHING: Final = "No customer has a first purchase yet."
# Months after the first that a phone has room for.
NARROW_MONTHS: Final = (1, 2, 3, 6, 12)
# More columns than this, and the cells are too small for their numbers; on a tablet sooner.
CELL_COLUMNS: Final = 25
TABLET_COLUMNS: Final = 14
ROW: Final = 26


def cohort_figure(
    cohorts: Mapping[str, Any] | None,
    show: str = "customers",
    as_: str = "percent",
    currency: str | None = None,
    theme: str | None = None,
    *,
    period: Mapping[str, Any] | None = None,
    narrow: bool = False,
    tablet: bool = False,
) -> go.Figure:
    """Cohorts by the month (or quarter) of their first purchase, the newest at the bottom; months after it to the right.

    `cohorts` has unit, last_partial and rows with month ("2025-01" or "2025-Q1"), customers, kept (customers with a
    purchase in the k-th month after), spent (their net in it), partial and group. `show` is customers or revenue,
    `as_` percent (of the cohort, or of what it spent in its first month) or absolute. The first column holds the size
    of the cohort in both. The months of a `period` (see `Span.of`; None: all of the data) are framed, and all others
    pale. A click brings the group; the figure brings its height.
    """
    chosen = known(theme)
    rows: Sequence[Row] = (cohorts or {}).get("rows") or []
    if not any(row["customers"] for row in rows):
        return says(NOTHING, chosen)
    unit = str((cohorts or {}).get("unit") or "month")
    longest = max(len(row["kept"]) for row in rows)
    shown = [at for at in range(1, longest) if not narrow or at in NARROW_MONTHS]
    span = Span.of(period, unit) if period else None
    places = [(line, column) for line in range(len(rows)) for column in range(len(shown))]
    ends = {place: len(rows[place[0]]["kept"]) - 1 - shown[place[1]] for place in places}
    table = Table(
        rows=rows,
        shown=shown,
        values=[[draw.value(row, at, show, as_) for at in shown] for row in rows],
        unit=unit,
        unfinished={place for place in places if ends[place] == 0 and (cohorts or {}).get("last_partial")},
        inside=None
        if span is None
        else {
            (line, column)
            for line, column in places
            if ends[line, column] >= 0 and draw.after(rows[line]["month"], shown[column]) in span.units
        },
    )
    return _figure(table, span, show, as_, currency, chosen, narrow=narrow, tablet=tablet)


def _figure(
    table: Table,
    span: Span | None,
    show: str,
    as_: str,
    currency: str | None,
    theme: str,
    *,
    narrow: bool,
    tablet: bool,
) -> go.Figure:
    rows, shown, token = table.rows, table.shown, tokens(theme)
    top = draw.largest(rows, table.values)
    traces = [draw.sizes(rows, table.unit, currency, theme), *draw.cells(table, top, currency, theme)]
    if narrow or len(shown) <= (TABLET_COLUMNS if tablet else CELL_COLUMNS):
        traces.append(draw.texts(table, top, show, as_, currency, theme, narrow=narrow))
    labels = [f"{draw.name(row['month'])}{' *' if row.get('partial') else ''}" for row in rows]
    left = 16 + LETTER_WIDTH * max(len(label) for label in labels)
    notes = _notes(table, span, narrow=narrow or tablet)
    bottom = 12 + 18 * len(notes) + (6 if notes else 0)
    title = _title(show, as_, table.unit, currency)
    if narrow:
        title = title.replace(", ", ",<br>")
    top_room = 74 if narrow else 54
    every = 1 if len(shown) <= 18 and not tablet else 3
    ticks = [(column + 1, f"+{at}") for column, at in enumerate(shown) if narrow or at % every == 0]
    frames = [draw.unfinished_frame(place, token) for place in sorted(table.unfinished)]
    if table.inside:
        frames.append(draw.period_frame(table.inside, token))
    return figure_of(
        traces,
        theme,
        height=top_room + ROW * len(rows) + bottom,
        margin={"l": left, "r": 8, "t": top_room, "b": bottom},
        annotations=[
            heading(title, 0, 1, theme, yshift=26, xshift=8 - left, align="left"),
            *([_below("<br>".join(notes), theme, left, narrow)] if notes else []),
        ],
        shapes=frames,
        xaxis={
            "range": [-0.62, len(shown) + 0.55],
            "tickvals": [-0.06, *(place for place, _ in ticks)],
            "ticktext": [_head(show, table.unit, narrow=narrow), *(text for _, text in ticks)],
            "side": "top",
            "tickangle": 0,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [len(rows) - 0.45, -0.55],
            "tickvals": list(range(len(rows))),
            "ticktext": labels,
            "tickfont": {"color": token["text"], "size": 12},
            "showgrid": False,
            "fixedrange": True,
        },
    )


def _head(show: str, unit: str, *, narrow: bool) -> str:
    if show == "customers":
        return "Size" if narrow else "Customers"
    return "First" if narrow else f"First {unit}"


def _title(show: str, as_: str, unit: str, currency: str | None) -> str:
    after = f"{unit}s after the first purchase"
    if show == "customers":
        return f"{'Share of customers' if as_ == 'percent' else 'Customers'} who bought, {after}"
    if as_ == "percent":
        return f"Revenue against the first {unit}'s, {after}"
    return f"{unit_words('Revenue', currency)}, {after}"


def _notes(table: Table, span: Span | None, *, narrow: bool) -> list[str]:
    """What the marks mean, as lines."""
    lines = []
    if span and table.inside:
        told = span.told
        lines += told.replace(". ", ".<br>").split("<br>") if narrow else [told]
    small = []
    if table.unfinished:
        small.append(f"Dotted: the {table.unit} is not over.")
    if any(row.get("partial") for row in table.rows):
        small.append("* Data begin here: some had bought before.")
    return [*lines, *(small if narrow else ["   ".join(small)] if small else [])]


def _below(text: str, theme: str, left: float, narrow: bool) -> dict[str, Any]:
    note = heading(text, 0, 0, theme, yanchor="top", yshift=-8, xshift=8 - left, align="left")
    return note | {"font": note["font"] | {"size": 11 if narrow else 12}}

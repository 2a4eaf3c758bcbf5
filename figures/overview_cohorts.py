"""Cohorts: who first bought in which month, and how many of them, or how much of their revenue, came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.overview_base import unit_words
from figures.segments_base import LETTER_WIDTH, Trace, figure_of, heading, mixed
from figures.segments_units import cell_words
from figures.theme import ink_on, known, rgb, says, tokens

NOTHING: Final = "No customer has a first purchase yet."
# Months after the first that a phone has room for.
NARROW_MONTHS: Final = (1, 2, 3, 6, 12)
# More columns than this, and the cells are too small for their numbers.
CELL_COLUMNS: Final = 25
ROW: Final = 26
# A cohort smaller than this says little by its shares: it does not set the scale of the colours.
FEW: Final = 20
FAINT: Final = 0.08
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Row = Mapping[str, Any]


def cohort_figure(
    cohorts: Mapping[str, Any] | None,
    show: str = "customers",
    as_: str = "percent",
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """Cohorts by the month (or quarter) of their first purchase, the newest at the bottom; months after it to the right.

    `cohorts` has unit, last_partial and rows with month ("2025-01" or "2025-Q1"), customers, kept (customers with a
    purchase in the k-th month after), spent (their net in it), partial and group. `show` is customers or revenue,
    `as_` percent (of the cohort, or of what it spent in its first month) or absolute. The first column holds the size
    of the cohort in both. A click brings the group; the figure brings its height.
    """
    chosen = known(theme)
    rows: Sequence[Row] = (cohorts or {}).get("rows") or []
    if not any(row["customers"] for row in rows):
        return says(NOTHING, chosen)
    unit = str((cohorts or {}).get("unit") or "month")
    token = tokens(chosen)
    longest = max(len(row["kept"]) for row in rows)
    shown = [at for at in range(1, longest) if not narrow or at in NARROW_MONTHS]
    values = [[_value(row, at, show, as_) for at in shown] for row in rows]
    sizes = [float(row["customers"] if show == "customers" else row["spent"][0]) for row in rows]
    top = _top(rows, values)
    over = bool((cohorts or {}).get("last_partial"))
    open_cells = {
        (line, column)
        for line, row in enumerate(rows)
        for column, at in enumerate(shown)
        if over and at == len(row["kept"]) - 1
    }
    labels = [f"{_name(row['month'])}{' *' if row.get('partial') else ''}" for row in rows]
    traces = [
        _first(rows, unit, currency, chosen),
        _cells(rows, shown, values, top, unit, open_cells, currency, chosen),
    ]
    if narrow or len(shown) <= CELL_COLUMNS:
        traces.append(_texts(sizes, values, top, open_cells, show, as_, currency, chosen, narrow))
    left = 16 + LETTER_WIDTH * max(len(label) for label in labels)
    note = _note(rows, bool(open_cells), unit, narrow)
    bottom = 12 + (18 * (1 + note.count("<br>")) if note else 0)
    title = _title(show, as_, unit, currency)
    if narrow:
        title = title.replace(", ", ",<br>")
    top_room = 74 if narrow else 54
    every = 1 if len(shown) <= 18 else 3
    head = (
        ("Size" if narrow else "Customers") if show == "customers" else "First" if narrow else f"First {unit}"
    )
    return figure_of(
        [trace for trace in traces if trace],
        chosen,
        height=top_room + ROW * len(rows) + bottom,
        margin={"l": left, "r": 8, "t": top_room, "b": bottom},
        annotations=[
            heading(title, 0, 1, chosen, yshift=26, xshift=8 - left, align="left"),
            *([_below(note, chosen, left, narrow)] if note else []),
        ],
        shapes=[_outline(column + 1, line, token) for line, column in sorted(open_cells)],
        xaxis={
            "range": [-0.62, len(shown) + 0.5],
            "tickvals": [
                -0.06,
                *(column + 1 for column, at in enumerate(shown) if narrow or at % every == 0),
            ],
            "ticktext": [
                head,
                *(f"+{at}" for at in shown if narrow or at % every == 0),
            ],
            "side": "top",
            "tickangle": 0,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": labels,
            "tickfont": {"color": token["text"], "size": 12},
            "showgrid": False,
            "fixedrange": True,
        },
    )


def _value(row: Row, at: int, show: str, as_: str) -> float | None:
    """What a cell shows: None after the last month of the data, and for a share of nothing."""
    numbers = row["kept"] if show == "customers" else row["spent"]
    if at >= len(numbers):
        return None
    if as_ == "absolute":
        return float(numbers[at])
    whole = float(row["customers"] if show == "customers" else row["spent"][0])
    return float(numbers[at]) / whole if whole > 0 else None


def _top(rows: Sequence[Row], values: Sequence[Sequence[float | None]]) -> float:
    """The value with the strongest colour: the largest of the cohorts that are not tiny."""
    for least in (FEW, 0):
        found = [
            value
            for row, line in zip(rows, values, strict=True)
            for value in line
            if value is not None and row["customers"] >= least
        ]
        if found and max(found) > 0:
            return max(found)
    return 1.0


def _colour(value: float, top: float, theme: str) -> str:
    token = tokens(theme)
    return mixed(token["surface-2"], token["accent"], min(1.0, max(0.0, value / top)))


def _first(rows: Sequence[Row], unit: str, currency: str | None, theme: str) -> Trace:
    """The column of the cohorts' sizes: it is no share of anything, so it has no colour."""
    token = tokens(theme)
    return {
        "type": "heatmap",
        "x": [-0.56, 0.44],
        "y": list(range(len(rows))),
        "z": [[0] for _ in rows],
        "colorscale": [[0, token["surface-3"]], [1, token["surface-3"]]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[row.get("group") or ""] for row in rows],
        "hovertext": [
            [
                f"<b>{_cohort(row, unit)}</b><br>{words.plural(row['customers'], 'customer')}, "
                f"{words.escape(words.money_short(row['spent'][0], currency))} in their first {unit}"
            ]
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _cells(
    rows: Sequence[Row],
    shown: Sequence[int],
    values: Sequence[Sequence[float | None]],
    top: float,
    unit: str,
    open_cells: set[tuple[int, int]],
    currency: str | None,
    theme: str,
) -> Trace | None:
    if not shown:
        return None
    token = tokens(theme)
    return {
        "type": "heatmap",
        "x": [column + 1 for column in range(len(shown))],
        "y": list(range(len(rows))),
        "z": [list(line) for line in values],
        "zmin": 0,
        "zmax": top,
        "colorscale": [[0, token["surface-2"]], [1, token["accent"]]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "customdata": [[row.get("group") or ""] * len(shown) for row in rows],
        "hovertext": [
            [
                _words(row, at, unit, (line, column) in open_cells, currency) if at < len(row["kept"]) else ""
                for column, at in enumerate(shown)
            ]
            for line, row in enumerate(rows)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _words(row: Row, at: int, unit: str, unfinished: bool, currency: str | None) -> str:
    kept, spent = row["kept"][at], float(row["spent"][at])
    share = f" ({words.percent(kept / row['customers'], 1)})" if row["customers"] else ""
    first = float(row["spent"][0])
    part = f" ({words.percent(spent / first)} of their first {unit})" if first > 0 else ""
    when = f"{words.plural(at, unit)} later, in {_name(_after(row['month'], at))}"
    return (
        f"<b>{_cohort(row, unit)}</b><br>{when}{', not over yet' if unfinished else ''}<br>"
        f"{words.count(kept)} of {words.plural(row['customers'], 'customer')} bought{share}<br>"
        f"{words.escape(words.money_short(spent, currency))}{part}"
    )


def _texts(
    sizes: Sequence[float],
    values: Sequence[Sequence[float | None]],
    top: float,
    open_cells: set[tuple[int, int]],
    show: str,
    as_: str,
    currency: str | None,
    theme: str,
    narrow: bool,
) -> Trace:
    """The numbers in the cells: one layer of words, each in the ink that its cell needs."""
    token = tokens(theme)
    columns = max((len(line) for line in values), default=0)
    tight = narrow or columns > 13
    x, y, texts, inks = [], [], [], []
    for line, size in enumerate(sizes):
        x.append(-0.06)
        y.append(line)
        texts.append(_cell(size, show, "absolute", currency, tight))
        inks.append(token["text"])
        for column, value in enumerate(values[line]):
            if value is None:
                continue
            told = _cell(value, show, as_, currency, tight)
            x.append(column + 1)
            y.append(line)
            texts.append(f"<i>{told}</i>" if (line, column) in open_cells else told)
            inks.append(ink_on(rgb(_colour(value, top, theme)), theme))
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": texts,
        "textfont": {"color": inks, "size": 11 if tight else 12},
        # What is under the pointer is the cell.
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _cell(value: float, show: str, as_: str, currency: str | None, tight: bool) -> str:
    if as_ == "percent":
        told = words.percent(value)
        return "".join(told.split()) if tight else told
    if show == "customers":
        return cell_words(value, "count")
    value = float(f"{value:.2g}") if tight else value
    return cell_words(value, "count" if tight else "money", currency, 1e3)


def _outline(x: float, y: float, token: Mapping[str, str]) -> dict[str, Any]:
    """A dotted frame around the cell of a month that is not over."""
    return {
        "type": "rect",
        "x0": x - 0.46,
        "x1": x + 0.46,
        "y0": y - 0.42,
        "y1": y + 0.42,
        "line": {"color": token["border-strong"], "width": 1, "dash": "dot"},
    }


def _title(show: str, as_: str, unit: str, currency: str | None) -> str:
    after = f"{unit}s after the first purchase"
    if show == "customers":
        return f"{'Share of customers' if as_ == 'percent' else 'Customers'} who bought, {after}"
    if as_ == "percent":
        return f"Revenue against the first {unit}'s, {after}"
    return f"{unit_words('Revenue', currency)}, {after}"


def _note(rows: Sequence[Row], unfinished: bool, unit: str, narrow: bool) -> str:
    parts = []
    if unfinished:
        parts.append(f"Outlined: the {unit} is not over.")
    if any(row.get("partial") for row in rows):
        parts.append("* Data begin here: some had bought before.")
    return ("<br>" if narrow else "   ").join(parts)


def _below(text: str, theme: str, left: float, narrow: bool) -> dict[str, Any]:
    note = heading(text, 0, 0, theme, yanchor="top", yshift=-8, xshift=8 - left, align="left")
    return note | {"font": note["font"] | {"size": 11 if narrow else 12}}


def _cohort(row: Row, unit: str) -> str:
    begin = f", the {unit} in which the data begin" if row.get("partial") else ""
    return f"First bought in {_name(row['month'])}{begin}"


def _name(month: str) -> str:
    """ "2025-01" as "Jan 2025", "2025-Q1" as "Q1 2025"."""
    year, part = month.split("-")
    return f"{part if part.startswith('Q') else MONTHS[int(part) - 1]} {year}"


def _after(month: str, at: int) -> str:
    """The month (or quarter) `at` after this one."""
    year, part = month.split("-")
    if part.startswith("Q"):
        place = int(year) * 4 + int(part[1:]) - 1 + at
        return f"{place // 4}-Q{place % 4 + 1}"
    place = int(year) * 12 + int(part) - 1 + at
    return f"{place // 12}-{place % 12 + 1:02d}"

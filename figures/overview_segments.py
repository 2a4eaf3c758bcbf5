"""The segments of the overview: the share of customers beside the share of revenue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.segments_base import (
    LETTER_WIDTH,
    NOTHING,
    Trace,
    colour_of,
    figure_of,
    letters_of,
    mixed,
    name_axis,
    room_for,
    short,
    two_lines,
)
from figures.segments_units import share_words
from figures.theme import known, says, tokens

ROW: Final = 46
LIGHT: Final = 0.42
# The least width in pixels that the bars and their words have.
NARROW_PLOT: Final = 185
WIDE_PLOT: Final = 260
Row = Mapping[str, Any]


def segment_figure(
    rows: Sequence[Row], currency: str | None = None, theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """Two bars for each segment: its share of customers, and its share of revenue below.

    `rows` have key, name, colour (number), customers and revenue (account currency, or None where money is not known),
    in the order drawn. A click brings the segment's key; the figure brings its height.
    """
    chosen = known(theme)
    customers = sum(row["customers"] for row in rows)
    if not customers:
        return says(NOTHING, chosen)
    token = tokens(chosen)
    amounts = [None if row.get("revenue") is None else float(row["revenue"]) for row in rows]
    revenue = sum(amount for amount in amounts if amount is not None)
    of_customers = [row["customers"] / customers for row in rows]
    of_revenue = [None if amount is None or revenue <= 0 else amount / revenue for amount in amounts]
    name = two_lines if narrow else short
    labels = [name(row["name"], letters_of(narrow)) for row in rows]
    both = any(share is not None for share in of_revenue)
    hover = [
        _words(row, part, share, currency)
        for row, part, share in zip(rows, of_customers, of_revenue, strict=True)
    ]
    traces = [_bars(rows, of_customers, hover, "customers", chosen, both)]
    if both:
        traces.append(_bars(rows, of_revenue, hover, "revenue", chosen, both))
    drawn = [0.0, *of_customers, *(share for share in of_revenue if share is not None)]
    low, high = min(drawn), max(drawn)
    # Room for the words at the end of the longest bar.
    high = max([high, *_reach(of_customers, narrow), *_reach(of_revenue, narrow)])
    room = 0.3 * (high - low)
    return figure_of(
        traces,
        chosen,
        height=20 + (ROW if both else ROW * 0.7) * len(rows),
        barmode="group",
        bargap=0.3,
        bargroupgap=0.06,
        margin={
            "l": room_for(line for label in labels for line in label.split("<br>")),
            "r": 8,
            "t": 8,
            "b": 12,
        },
        xaxis={
            "range": [low - (room if low < 0 else 0), high],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
            "fixedrange": True,
        },
        yaxis=name_axis(labels, chosen) | {"range": [len(rows) - 0.5, -0.5]},
    )


def _bars(
    rows: Sequence[Row],
    shares: Sequence[float | None],
    hover: Sequence[str],
    measure: str,
    theme: str,
    both: bool,
) -> Trace:
    token = tokens(theme)
    colours = [colour_of(row["colour"], theme) for row in rows]
    pale = measure == "customers" and both
    told = [_told(share, at, measure) for at, share in enumerate(shares)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": measure.capitalize(),
        "y": list(range(len(rows))),
        "x": list(shares),
        "text": told,
        "textposition": "outside",
        "textfont": {"color": token["muted" if pale else "text"], "size": 12},
        "cliponaxis": False,
        "customdata": [row["key"] for row in rows],
        "hovertext": list(hover),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [mixed(token["surface"], colour, LIGHT) if pale else colour for colour in colours],
            "line": {"width": 0},
        },
    }


def _told(share: float | None, at: int, measure: str) -> str:
    """The words at the end of a bar; the first pair says what the others mean, so that no legend need to."""
    if share is None:
        return ""
    return f"{share_words(share)} of {measure}" if at == 0 else share_words(share)


def _reach(shares: Sequence[float | None], narrow: bool) -> list[float]:
    """Where the axis has to end so that the words at the end of each bar fit in."""
    width = NARROW_PLOT if narrow else WIDE_PLOT
    return [
        max(share, 0.0) * width / (width - LETTER_WIDTH * len(_told(share, at, "customers")) - 10)
        for at, share in enumerate(shares)
        if share is not None
    ]


def _words(row: Row, part: float, share: float | None, currency: str | None) -> str:
    text = (
        f"<b>{words.escape(row['name'])}</b><br>{words.plural(row['customers'], 'customer')}, "
        f"{words.percent(part, 1)} of all"
    )
    if row.get("revenue") is None:
        return text
    of_all = f", {words.percent(share, 1)} of all" if share is not None else ""
    return f"{text}<br>{words.escape(words.money(float(row['revenue']), currency))} revenue{of_all}"

"""What segments are made of: the values of a category in each, and the map of RFM scores."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from data.segments.filter import MISSING_WORDS
from data.segments.views import OTHER
from figures import words
from figures.segments_base import (
    NOTHING,
    Trace,
    colour_of,
    figure_of,
    left_out,
    legend_name,
    legend_of,
    letters_of,
    mixed,
    name_axis,
    room_for,
    rows_of,
    short,
    two_lines,
)
from figures.theme import ink_on, known, rgb, says, tokens

# Softer than the colours of segments, so that a country is not taken for one; neighbours differ in lightness.
VALUES: Final = 12
REST: Final = (OTHER, MISSING_WORDS)
LETTER: Final = 7.0


def makeup(frame: pd.DataFrame, theme: str | None = None, *, narrow: bool = False) -> go.Figure:
    """How each segment is made up of the values of a category: bars of 100 %, the commonest value first.

    `frame` has key, name, colour, value, customers and share (of the segment's customers, of one); the
    values are those that are told one by one, "Other" for the rest and "Not known". The figure brings its
    height; a click brings the segment's key and the value: none for "Other", null for "Not known".
    """
    chosen = known(theme)
    token = tokens(chosen)
    rows = [row for row in rows_of(frame) if row["share"] is not None]
    if not rows:
        return says(NOTHING, chosen)
    names = {row["key"]: str(row["name"]) for row in rows}
    totals: dict[str, float] = {}
    for row in rows:
        totals[str(row["value"])] = totals.get(str(row["value"]), 0.0) + row["customers"]
    values = sorted(
        totals, key=lambda value: (REST.index(value) if value in REST else -1, -totals[value], value)
    )
    labels = [two_lines(name) if narrow else short(name, letters_of(narrow)) for name in names.values()]
    place = {key: at for at, key in enumerate(names)}
    colours = [token[f"value-{number}"] for number in range(1, VALUES + 1)]
    # About what a bar has for its words, on a phone and on a page.
    width = 220 if narrow else 620
    traces: list[Trace] = []
    for number, value in enumerate(values):
        colour = token["surface-3"] if value in REST else colours[number % len(colours)]
        mine = [row for row in rows if str(row["value"]) == value]
        label = short(value, 14)
        size = LETTER * len(words.unescape(label)) + 8
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": legend_name(value, narrow),
                "y": [place[row["key"]] for row in mine],
                "x": [round(row["share"], 5) for row in mine],
                "text": [_label(label, size, row["share"], width) for row in mine],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "constraintext": "none",
                "textfont": {"color": ink_on(rgb(colour), chosen), "size": 12},
                "customdata": [_clicked(row["key"], value) for row in mine],
                "hovertext": [
                    f"<b>{words.escape(value)}</b> in {words.escape(row['name'])}<br>"
                    f"{words.percent(row['share'], 1)}: {words.plural(row['customers'], 'customer')}"
                    for row in mine
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": colour, "line": {"color": token["surface"], "width": 1}},
            }
        )
    per_line = 1 if narrow else 6
    legend = 22 * -(-len(values) // per_line)
    panel = 34 * max(len(names), 2)
    return figure_of(
        traces,
        chosen,
        height=panel + legend + 80,
        barmode="stack",
        bargap=0.25,
        showlegend=True,
        legend=legend_of(narrow, 1 + 8 / panel)
        | {"traceorder": "normal"}
        # Two names beside each other would lie over each other on a phone.
        | ({"entrywidth": 1.0} if narrow else {}),
        margin={
            "l": room_for(line for label in labels for line in label.split("<br>")),
            "r": 20,
            "t": legend + 16,
            "b": 64,
        },
        xaxis={
            "range": [0, 1],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": [words.percent(share) for share in (0, 0.25, 0.5, 0.75, 1)],
            "title": {"text": "Share of customers"},
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis=name_axis(labels, chosen),
    )


def _clicked(key: str, value: str) -> list[str | None]:
    return [key] if value == OTHER else [key, None if value == MISSING_WORDS else value]


def _label(label: str, size: float, share: float, width: float) -> str:
    """The value and its share where both fit into the part, its share alone, or nothing."""
    told = words.percent(share)
    if share * width >= size + LETTER * len(told) + 4:
        return f"{label} {told}"
    return told if share * width >= LETTER * len(told) + 4 else ""


def grid_map(
    cells: pd.DataFrame,
    theme: str | None = None,
    *,
    narrow: bool = False,
    picked: Collection[str] = (),
) -> go.Figure:
    """The map of RFM scores: recency against the mean of frequency and monetary, a cell of customers each.

    `cells` has r and fm (1 to 5), key, name, colour and customers; a cell has the colour of the segment that
    most of its customers are in; where keys are `picked`, the other segments stand back. A click brings
    that segment's key.
    """
    chosen = known(theme)
    token = tokens(chosen)
    rows = [row for row in rows_of(cells) if row["customers"]]
    if not rows:
        return says(NOTHING, chosen)
    best: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: -row["customers"]):
        best.setdefault((int(row["r"]), int(row["fm"])), []).append(row)
    traces: list[Trace] = []
    for (r, fm), inside in sorted(best.items()):
        top = inside[0]
        colour = colour_of(top["colour"], chosen)
        if chosen == "light":
            # As they are, some leave white words too faint.
            colour = mixed(colour, token["text"], 0.15)
        if left_out(picked, top["key"]):
            colour = mixed(token["surface"], colour, 0.25)
        name = two_lines(str(top["name"]), 11) if narrow else short(top["name"], 20)
        total = sum(row["customers"] for row in inside)
        told = "<br>".join(
            f"{words.escape(row['name'])}: {words.plural(row['customers'], 'customer')}" for row in inside
        )
        traces.append(
            {
                "type": "heatmap",
                "x": [r],
                "y": [fm],
                "z": [[1]],
                "dx": 1,
                "dy": 1,
                "xgap": 3,
                "ygap": 3,
                "colorscale": [[0, colour], [1, colour]],
                "showscale": False,
                "text": [[f"{name}<br>{words.count(total)}"]],
                "texttemplate": "%{text}",
                "textfont": {"color": ink_on(rgb(colour), chosen), "size": 9.5 if narrow else 12},
                "customdata": [[top["key"]]],
                "hovertext": [[f"<b>Recency {r}, frequency and monetary {fm}</b><br>{told}"]],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    axis = {"tickvals": [1, 2, 3, 4, 5], "range": [0.5, 5.5], "fixedrange": True, "showgrid": False}
    return figure_of(
        traces,
        chosen,
        height=380,
        margin={"l": 44 if narrow else 64, "r": 6 if narrow else 12, "t": 12, "b": 56},
        plot_bgcolor=token["surface-2"],
        xaxis=axis | {"title": {"text": "Recency score (5: ordered last)"}},
        yaxis=axis | {"title": {"text": "Frequency and monetary score"}},
    )

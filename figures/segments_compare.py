"""Segments compared: how a metric spreads in each, and all their means against the average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from data.segments.metrics import Metric
from figures import words
from figures.segments_base import (
    NOTHING,
    Trace,
    colour_of,
    ends_of,
    faint,
    figure_of,
    heading,
    letters_of,
    mixed,
    name_axis,
    room_for,
    rounded,
    rows_of,
    short,
)
from figures.segments_units import column_words, metric_ticks, metric_title, value_words
from figures.theme import ink_on, known, rgb, says, tokens

# Standard deviations from the average that have the full colour.
CLIP: Final = 2.5
BOX_KEYS: Final = ("low", "q1", "median", "q3", "high", "mean")


def boxes(
    frame: pd.DataFrame,
    metric: Metric,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """How a metric spreads in each segment: box plots drawn from their numbers, in the frame's order.

    `frame` has key, name, colour, customers, low (5 %), q1, median, q3, high (95 %) and mean in raw values;
    the axis is in plotted coordinates. The figure brings its height; a click brings the segment's key.
    """
    chosen = known(theme)
    rows = [row for row in rows_of(frame) if all(row.get(key) is not None for key in BOX_KEYS)]
    if not rows:
        return says(f"No customer here has {words.escape(metric.label.lower())}.", chosen)
    places = {key: metric.coordinate([row[key] for row in rows]).tolist() for key in BOX_KEYS}
    low, high = ends_of([*places["low"], *places["high"], *places["mean"]])
    ticks, texts = metric_ticks(metric, low, high, currency, 6 if narrow else 12)
    labels = [short(row["name"], letters_of(narrow)) for row in rows]
    caption = "box: middle half, dashed: mean, ends: 5 % and 95 %"
    if narrow:
        caption = "box: middle half, ends: 5 % and 95 %"
    traces: list[Trace] = []
    for at, row in enumerate(rows):
        one = {key: rounded([values[at]]) for key, values in places.items()}
        colour = colour_of(row["colour"], chosen)
        traces.append(
            {
                "type": "box",
                "orientation": "h",
                "y": [at],
                "lowerfence": one["low"],
                "q1": one["q1"],
                "median": one["median"],
                "q3": one["q3"],
                "upperfence": one["high"],
                "mean": one["mean"],
                "boxmean": True,
                "width": 0.6,
                "hoverinfo": "skip",
                "line": {"color": colour, "width": 1.6},
                "fillcolor": faint(colour, 0.28),
            }
        )
    # Boxes tell their numbers in plotted coordinates: these unseen bars tell them in the metric's unit.
    traces.append(
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(len(rows))),
            "base": rounded(places["low"]),
            "x": rounded(
                max(top - bottom, (high - low) / 40)
                for top, bottom in zip(places["high"], places["low"], strict=True)
            ),
            "width": 0.8,
            "opacity": 0,
            "customdata": [row["key"] for row in rows],
            "hovertext": [_box_words(row, metric, currency) for row in rows],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    return figure_of(
        traces,
        chosen,
        height=92 + 38 * max(len(rows), 2),
        margin={"l": room_for(labels), "r": 16, "t": 12, "b": 72},
        xaxis={
            "title": {
                "text": f"{metric_title(metric, currency)}<br><span style='font-size:11px'>{caption}</span>"
            },
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": texts,
            "fixedrange": True,
        },
        yaxis=name_axis(labels, chosen),
    )


def _box_words(row: dict[str, Any], metric: Metric, currency: str | None) -> str:
    low, q1, median, q3, high, mean = (value_words(row[key], metric.unit, currency) for key in BOX_KEYS)
    return (
        f"<b>{words.escape(row['name'])}</b>, {words.plural(row['customers'], 'customer')}<br>"
        f"{words.escape(metric.label)}: median {median}, mean {mean}<br>"
        f"half between {q1} and {q3}<br>nine in ten between {low} and {high}"
    )


def _column(cells: Sequence[dict[str, Any] | None], currency: str | None, narrow: bool) -> list[str]:
    unit = next((cell["unit"] for cell in cells if cell), "")
    means = [cell["mean"] if cell else None for cell in cells]
    return column_words(means, unit, currency, 1e3 if narrow else 1e5)


def heat(
    frame: pd.DataFrame, theme: str | None = None, *, currency: str | None = None, narrow: bool = False
) -> go.Figure:
    """The profile of each segment: means of the metrics, coloured by how far they are from the average.

    `frame` has key, name, colour, metric, label, unit, mean, average and z (segment mean less the mean of
    all, in standard deviations); colours are full from 2.5 on. The figure brings its height; a click brings
    the segment's key.
    """
    chosen = known(theme)
    cells = {(row["key"], row["metric"]): row for row in rows_of(frame)}
    if not cells:
        return says(NOTHING, chosen)
    token = tokens(chosen)
    names = {row["key"]: str(row["name"]) for row in cells.values()}
    heads = {row["metric"]: str(row["label"]) for row in cells.values()}
    down, across = list(names), list(heads)
    grid = [[cells.get((key, metric)) for metric in across] for key in down]
    labels = [short(names[key], 40 if narrow else letters_of(narrow)) for key in down]
    tops = [short(heads[metric], 24 if narrow else 26) for metric in across]
    texts = [_column(column, currency, narrow) for column in zip(*grid, strict=True)]
    shades = [[_shade(cell, chosen) for cell in line] for line in grid]
    inks = [[ink_on(rgb(shade), chosen) if shade else "" for shade in line] for line in shades]
    scale = [[0, token["under"]], [0.5, token["surface-2"]], [1, token["over"]]]
    traces: list[Trace] = []
    # A layer for each colour of words, since the words of a layer have one colour.
    for ink in sorted({ink for line in inks for ink in line if ink}):
        kept = [
            [cell if mine == ink else None for cell, mine in zip(line, line_inks, strict=True)]
            for line, line_inks in zip(grid, inks, strict=True)
        ]
        traces.append(
            {
                "type": "heatmap",
                "x": list(range(len(across))),
                "y": list(range(len(down))),
                "z": [[clipped(cell["z"]) if cell else None for cell in line] for line in kept],
                "zmin": -CLIP,
                "zmid": 0,
                "zmax": CLIP,
                "colorscale": scale,
                "xgap": 2,
                # On a phone a segment's name stands above its cells: beside them is no room.
                "ygap": 20 if narrow else 2,
                "text": [
                    [told[at] if cell else "" for told, cell in zip(texts, line, strict=True)]
                    for at, line in enumerate(kept)
                ],
                "texttemplate": "%{text}",
                "textfont": {"color": ink, "size": 11 if narrow else 12},
                "customdata": [[key] * len(across) for key in down],
                "hovertext": [
                    [profile_words(cell, currency) if cell else "" for cell in line] for line in kept
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "hoverongaps": False,
                "showscale": False,
            }
        )
    if not traces:
        return says("Too few values to compare.", chosen)
    # Column names are slanted, on a phone upright: what they need grows with the longest.
    top = 24 + (1.0 if narrow else 0.72) * room_for(tops)
    # The last name ends to the right of its column.
    slant = max(24.0, 0.7 * room_for(tops[-1:]) - 32)
    notes = [
        heading("blue: above the average<br>red: below it", 0, 1, chosen, align="right", xanchor="right")
        | {"xshift": -8, "yshift": 4, "font": {"size": 11, "color": token["muted"]}}
    ]
    if narrow:
        notes = [
            heading(label, 0, at - 0.5, chosen, yref="y", yanchor="middle")
            | {"yshift": 1, "font": {"size": 12, "color": token["text"]}}
            for at, label in enumerate(labels)
        ]
    return figure_of(
        traces,
        chosen,
        height=top + 12 + (46 if narrow else 36) * max(len(down), 2),
        margin={"l": 8 if narrow else room_for(labels, 146), "r": 8 if narrow else slant, "t": top, "b": 12},
        annotations=notes,
        xaxis={
            "side": "top",
            "tickvals": list(range(len(across))),
            "ticktext": tops,
            "tickangle": -90 if narrow else -45,
            "ticklabeloverflow": "allow",
            "ticklabelstandoff": 10 if narrow else 0,
            "tickfont": {"color": token["text"], "size": 12},
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis=name_axis(labels, chosen, range=[len(down) - 0.5, -0.5], showticklabels=not narrow),
    )


def clipped(z: float) -> float:
    """Standard deviations from the average as far as charts tell them apart."""
    return round(max(-CLIP, min(CLIP, z)), 3)


def _shade(cell: dict[str, Any] | None, theme: str) -> str:
    """The colour of a cell; empty where there is no value."""
    if cell is None or cell["z"] is None or cell["mean"] is None:
        return ""
    token, share = tokens(theme), clipped(cell["z"]) / CLIP
    return mixed(token["surface-2"], token["over" if share >= 0 else "under"], abs(share))


def profile_words(cell: dict[str, Any], currency: str | None) -> str:
    """What the hover box says of a segment's mean against that of all customers."""
    z = float(cell["z"])
    side = "above" if z >= 0 else "below"
    average = value_words(cell["average"], cell["unit"], currency)
    return (
        f"<b>{words.escape(cell['name'])}</b><br>{words.escape(cell['label'])}: "
        f"{value_words(cell['mean'], cell['unit'], currency)}<br>"
        f"{words.marks(f'{abs(z):.1f}')} standard deviations {side} the average, {average}"
    )

"""Customers as points coloured by segment, by two metrics of choice."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from data.segments.looks import Look
from data.segments.metrics import Metric
from figures import words
from figures.segments_base import (
    NOTHING,
    Place,
    Trace,
    Whole,
    colour_of,
    ends_of,
    figure_of,
    legend_name,
    legend_of,
)
from figures.segments_units import metric_ticks, metric_title
from figures.theme import known, says, tokens

JITTER: Final = 0.3
RAW: Final = ("recency_days", "frequency", "monetary")
ID: Final = "customer_id"


def scatter(
    points: pd.DataFrame,
    looks: Sequence[Look],
    x: Metric,
    y: Metric,
    theme: str | None = None,
    *,
    currency: str | None = None,
    narrow: bool = False,
    revision: str = "",
    region: Sequence[Place] | None = None,
) -> go.Figure:
    """Customers by two metrics, in the colours of their segments, to be caught with a lasso.

    `points` has customer_id, key, x and y (plotted coordinates) and, where known, recency_days, frequency
    and monetary; at most 5,000 are meant. Axes are linear in plotted coordinates and told in the metric's
    own unit; scores and counts are spread a little, so that equal ones do not hide each other. `region` is
    the polygon of a lasso to draw again. `customdata` begins with the id and the segment's key.
    """
    chosen = known(theme)
    points = points.dropna(subset=["x", "y"])
    if points.empty:
        return says(NOTHING, chosen).update_layout(uirevision=revision)
    places = pd.DataFrame({"x": spread(points, "x", x), "y": spread(points, "y", y)}, index=points.index)
    traces = point_traces(points, looks, places, (x, y), chosen, currency, narrow)
    return figure_of(
        traces,
        chosen,
        xaxis=_axis(places["x"], x, currency, 6 if narrow else 11),
        yaxis=_axis(places["y"], y, currency, 11),
        shapes=outline(region, chosen),
        **moves(points, narrow, revision),
    )


def spread(points: pd.DataFrame, side: str, metric: Metric) -> np.ndarray:
    """Plotted coordinates of a metric (float32), scores and counts moved by less than half a unit.

    Always the same way for the same id, so that a customer stays where it is.
    """
    places = points[side].to_numpy(dtype=float)
    if metric.unit not in ("score", "count"):
        return places.astype(np.float32)
    salted = (side + points[ID].astype(str)).to_numpy(dtype=object)
    moves = 2 * JITTER * (pd.util.hash_array(salted) % 1000 / 999 - 0.5)
    if metric.log:
        # Below zero there is nothing to take the logarithm of.
        return np.log10(np.maximum(10**places + moves, 1 - JITTER)).astype(np.float32)
    return (places + moves).astype(np.float32)


def point_traces(
    points: pd.DataFrame,
    looks: Sequence[Look],
    places: pd.DataFrame,
    metrics: Sequence[Metric],
    theme: str,
    currency: str | None,
    narrow: bool = False,
) -> list[Trace]:
    """A trace for each segment, the largest first, so that small ones lie on top of it."""
    facts, sentence = told(points, metrics, currency)
    traces: list[Trace] = []
    size = 9 if len(points) < 200 else 7 if len(points) < 1500 else 5
    keys = points["key"].to_numpy(dtype=object)
    for rank, look in enumerate(looks):
        at = np.flatnonzero(keys == look.key)
        if not len(at):
            continue
        colour = colour_of(look.colour, theme)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": legend_name(look.name, narrow),
                "legendrank": rank,
                "x": places["x"].to_numpy(dtype=np.float32)[at],
                "y": places["y"].to_numpy(dtype=np.float32)[at],
                "customdata": Whole(facts[row] for row in at),
                "hovertemplate": f"{sentence.format(name=words.escape(look.name).replace('%{', '% {'))}<extra></extra>",
                "hovertemplatefallback": words.MISSING,
                "marker": {
                    "color": colour,
                    "size": size,
                    "opacity": 0.72,
                    "line": {"width": 0.5, "color": tokens(theme)["surface"]},
                },
                "unselected": {"marker": {"opacity": 0.72}},
            }
        )
    traces.sort(key=lambda trace: -len(trace["x"]))
    return traces


def told(
    points: pd.DataFrame, metrics: Sequence[Metric], currency: str | None
) -> tuple[list[list[Any]], str]:
    """What the hover box of each point needs, id and key first, and its template with "{name}" to fill in."""
    ids = points[ID].astype(str).tolist()
    columns: list[list[Any]] = [ids, points["key"].tolist()]
    first, last = (words.escape(side) for side in words.sides(currency))
    parts = []
    wanted = [(name, points[name].tolist()) for name in RAW if name in points]
    texts = {
        "recency_days": "last order %{{customdata[{at}]:,.0f}} days ago",
        "frequency": "orders: %{{customdata[{at}]:,.0f}}",
        "monetary": f"{first}%{{{{customdata[{{at}}]:,.2f}}}}{last} spent",
    }
    for name, values in wanted:
        parts.append(texts[name].format(at=len(columns)))
        columns.append([_plain(value) for value in values])
    extra = []
    for side, metric in zip(("x", "y"), metrics, strict=False):
        if metric.key in RAW:
            continue
        form = {"share": ":.0%", "money": ":,.2f"}.get(metric.unit, ":,.4~g")
        before, after = (first, last) if metric.unit == "money" else ("", "")
        label = words.escape(metric.label).replace("{", "(").replace("}", ")")
        extra.append(f"{label}: {before}%{{customdata[{len(columns)}]{form}}}{after}")
        columns.append([_plain(value) for value in metric.raw(points[side]).tolist()])
    shown = 0
    if re.search("[&<>]", "".join(ids)):
        shown = len(columns)
        columns.append([words.escape(each) for each in ids])
    lines = [f"<b>%{{customdata[{shown}]}}</b> · NAME", " · ".join(parts), *extra]
    text = "<br>".join(line for line in lines if line)
    # Braces of plotly stay, the one place for the name is filled in by `format`.
    text = text.replace("{", "{{").replace("}", "}}").replace("NAME", "{name}", 1)
    return [list(row) for row in zip(*columns, strict=True)], text


def _plain(value: Any) -> float | int | None:
    if value is None or value != value:  # noqa: PLR0124 - only NaN is not itself
        return None
    return int(value) if value == int(value) else round(float(value), 4)


def _axis(places: pd.Series, metric: Metric, currency: str | None, most: int) -> dict[str, Any]:
    low, high = ends_of(places)
    ticks, texts = metric_ticks(metric, low, high, currency, most)
    return {
        "title": {"text": metric_title(metric, currency)},
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": texts,
    }


def moves(points: pd.DataFrame, narrow: bool, revision: str) -> dict[str, Any]:
    """What dragging does, where names stand and what stays as it was when the figure is drawn again."""
    drawn = zlib.crc32("\n".join(points[ID].astype(str)).encode("utf-8", "replace"))
    return {
        # A finger that scrolls the page must not draw a lasso; the button turns it on.
        "dragmode": False if narrow else "lasso",
        "uirevision": revision,
        # Selected points are remembered by place: in another set of points they would be others.
        "selectionrevision": f"{revision} {drawn}",
        "showlegend": True,
        "legend": legend_of(narrow) | {"itemsizing": "constant"},
        "margin": {"l": 64, "r": 16, "t": 60, "b": 56},
    }


def outline(region: Sequence[Place] | None, theme: str) -> list[dict[str, Any]]:
    """The polygon of a lasso (plotted coordinates) as a dotted line; nothing without one."""
    if not region:
        return []
    path = " L ".join(f"{x:.6g},{y:.6g}" for x, y in region)
    line = {"color": tokens(theme)["text"], "width": 1.5, "dash": "dot"}
    return [{"type": "path", "path": f"M {path} Z", "line": line, "layer": "above"}]

"""Customers in three dimensions: recency, frequency and monetary value, or three principal components."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from data.segments.looks import Look
from data.segments.metrics import Metric
from figures import words
from figures.segments_base import (
    NOTHING,
    Trace,
    Whole,
    colour_of,
    component_title,
    ends_of,
    figure_of,
    legend_name,
    legend_of,
)
from figures.segments_points import ID, RAW, spread
from figures.segments_units import metric_ticks, metric_title
from figures.theme import known, says, tokens

MAX_POINTS: Final = 10_000
MAX_BYTES: Final = 400_000
# What the layout and the names of segments need of it.
LAYOUT_BYTES: Final = 16_000
# Three places of two bytes and three facts of four, as base64 whose slashes are escaped.
POINT_BYTES: Final = 27
# As fine as a screen can show, and half the size of what a number takes.
STEPS: Final = 65_535
SIDES: Final = ("x", "y", "z")


def space(
    points: pd.DataFrame,
    looks: Sequence[Look],
    metrics: Sequence[Metric],
    theme: str | None = None,
    *,
    currency: str | None = None,
    components: Mapping[str, Any] | None = None,
    narrow: bool = False,
    revision: str = "",
    scene_name: str = "scene",
) -> go.Figure:
    """Customers by three metrics to turn around, in the colours of their segments.

    `points` has customer_id, key, x, y, z (plotted coordinates of the three `metrics`) and, where known,
    recency_days, frequency and monetary; at most 10,000 are drawn, evenly fewer where long ids would take
    the figure over 0.4 MB. With `components` the axes are principal components with their shares of the
    variance. The camera stays while `revision` does. `scene_name` is
    "scene2" for the second of a page, since plotly makes an id of it. Points are
    sent in steps of a 65,535th of an axis; the ticks are told in the metric's own unit. The id of a point is its `text`, escaped.
    """
    chosen = known(theme)
    points = points.dropna(subset=list(SIDES))
    if points.empty:
        return says(NOTHING, chosen).update_layout(uirevision=revision)
    drawn = thin(points)
    token = tokens(chosen)
    places = {side: spread(drawn, side, metric) for side, metric in zip(SIDES, metrics, strict=True)}
    titles = [
        component_title(components, at).replace(" (", "<br>(")
        if components
        else metric_title(metric, currency, scale=False)
        for at, metric in enumerate(metrics)
    ]
    scene: dict[str, Any] = {
        "aspectmode": "cube",
        "bgcolor": "rgba(0,0,0,0)",
        "dragmode": "turntable",
        "camera": {
            "eye": {"x": 1.45, "y": 1.55, "z": 0.78} if not narrow else {"x": 1.8, "y": 1.9, "z": 0.95},
            "center": {"x": 0, "y": 0, "z": -0.12},
        },
    }
    for side, metric, title in zip(SIDES, metrics, titles, strict=True):
        low, high = ends_of(places[side])
        places[side] = np.round((places[side] - low) / (high - low) * STEPS).astype(np.uint16)
        ticks, texts = metric_ticks(metric, low, high, currency, 7)
        scene[f"{side}axis"] = {
            "title": {"text": title, "font": {"size": 12, "color": token["text"]}},
            "range": [0, STEPS],
            "tickvals": [round((tick - low) / (high - low) * STEPS, 1) for tick in ticks],
            "ticktext": texts,
            "tickfont": {"size": 11, "color": token["muted"]},
            "showbackground": True,
            "backgroundcolor": token["surface-2"],
            "gridcolor": token["border"],
            "zeroline": False,
            "showspikes": False,
        }
    return figure_of(
        [trace | {"scene": scene_name} for trace in _traces(drawn, looks, places, chosen, currency, narrow)],
        chosen,
        **{scene_name: scene},
        uirevision=revision,
        showlegend=True,
        legend=legend_of(narrow, 1.0) | {"itemsizing": "constant"},
        margin={"l": 0, "r": 0, "t": 48, "b": 0},
    )


def thin(points: pd.DataFrame) -> pd.DataFrame:
    """The points with their `text`, evenly fewer where they go beyond the number or the size allowed."""
    points = points.assign(text=_texts(points))
    size = len(json.dumps(points["text"].tolist(), separators=(",", ":"))) + POINT_BYTES * len(points)
    keep = min(len(points), MAX_POINTS, int(len(points) * (MAX_BYTES - LAYOUT_BYTES) / size))
    if keep >= len(points):
        return points
    return points.iloc[np.linspace(0, len(points) - 1, max(keep, 1)).round().astype(int)]


def _texts(points: pd.DataFrame) -> pd.Series[Any]:
    texts = points[ID].astype(str).tolist()
    # Hardly any id has a sign that could be markup, and asking once is quicker than ten thousand times.
    joined = "".join(texts)
    texts = texts if words.escape(joined) == joined else [words.escape(each) for each in texts]
    return pd.Series(texts, index=points.index, dtype=object)


def _traces(
    points: pd.DataFrame,
    looks: Sequence[Look],
    places: Mapping[str, np.ndarray],
    theme: str,
    currency: str | None,
    narrow: bool,
) -> list[Trace]:
    first, last = (words.escape(side) for side in words.sides(currency))
    known_facts = [name for name in RAW if name in points]
    forms = {
        "recency_days": "last order %{{customdata[{at}]:,.0f}} days ago",
        "frequency": "orders: %{{customdata[{at}]:,.0f}}",
        "monetary": f"{first}%{{{{customdata[{{at}}]:,.2f}}}}{last} spent",
    }
    lines = "<br>".join(forms[name].format(at=at) for at, name in enumerate(known_facts))
    keys = points["key"].to_numpy(dtype=object)
    texts = points["text"].to_numpy(dtype=object)
    facts = points[known_facts].to_numpy(dtype=np.float32)
    traces: list[Trace] = []
    for rank, look in enumerate(looks):
        at = np.flatnonzero(keys == look.key)
        if not len(at):
            continue
        name = words.escape(look.name).replace("%{", "% {")
        traces.append(
            {
                "type": "scatter3d",
                "mode": "markers",
                "name": legend_name(look.name, narrow),
                "legendrank": rank,
                **{side: places[side][at] for side in SIDES},
                "text": Whole(texts[at].tolist()),
                **({"customdata": facts[at]} if known_facts else {}),
                "hovertemplate": f"<b>%{{text}}</b> · {name}{'<br>' if lines else ''}{lines}<extra></extra>",
                "hovertemplatefallback": words.MISSING,
                "marker": {
                    "color": colour_of(look.colour, theme),
                    "size": 3.2 if len(points) > 1000 else 4.5,
                    "opacity": 0.85,
                    "line": {"width": 0},
                },
            }
        )
    return traces

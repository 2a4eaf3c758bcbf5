"""Why there are as many segments as there are, and how stable they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from data.segments.looks import Look
from figures import words
from figures.segments_base import (
    Row,
    Trace,
    colour_of,
    figure_of,
    heading,
    letters_of,
    name_axis,
    room_for,
    rounded,
    short,
)
from figures.segments_units import share_ticks
from figures.theme import known, says, tokens

# Hennig (2007), Cluster-wise assessment of cluster stability: from here on a cluster is found again.
STABLE: Final = 0.75
PANELS: Final = (
    ("inertia", "Spread inside segments (inertia)", "lower is tighter"),
    ("silhouette", "Silhouette", "higher is better apart"),
    ("explained", "Explained variance", "higher is closer"),
)


def choice(
    rows: Sequence[Row],
    recommended: int | None,
    chosen: int | None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """Inertia, silhouette and explained variance by number of segments, side by side.

    `rows` are dicts of k, inertia, silhouette, explained (a share of one). The recommended number is filled
    and named, the chosen one has a ring where it differs. The figure brings its height.
    """
    look = known(theme)
    token = tokens(look)
    panels = [panel for panel in PANELS if any(row.get(panel[0]) is not None for row in rows)]
    if not panels:
        return says("No other numbers of segments were tried.", look)
    ks = [int(row["k"]) for row in rows]
    traces: list[Trace] = []
    annotations: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    count = len(panels)
    near = recommended is not None and chosen is not None and abs(recommended - chosen) < 3
    for place, (key, title, aim) in enumerate(panels):
        axis = "" if place == 0 else str(place + 1)
        gap = 0.12 if narrow else 0.08
        part = (1 - gap * (count - 1)) / count
        low = place * (part + gap)
        across, down = ((low, min(low + part, 1.0)), (0.0, 1.0))
        if narrow:
            across, down = (0.0, 1.0), (max(1 - low - part, 0.0), 1 - low)
        values = [row.get(key) for row in rows]
        traces.append(_curve(rows, key, values, axis, look))
        for k, ring in ((recommended, False), (chosen, True)):
            value = dict(zip(ks, values, strict=True)).get(k or 0)
            if value is None or (ring and chosen == recommended):
                continue
            told = "Recommended" if not ring else "Chosen"
            traces.append(_mark(k or 0, float(value), axis, ring, look))
            above = _above(key, ring, near)
            side = _side(k or 0, ks, values, above)
            annotations.append(
                {
                    "text": f"{told}: {k}",
                    "x": k,
                    "y": float(f"{value:.6g}"),
                    "xref": f"x{axis}",
                    "yref": f"y{axis}",
                    "xanchor": side,
                    "yanchor": "bottom" if above else "top",
                    "yshift": 7 if above else -7,
                    "showarrow": False,
                    "font": {"size": 12, "color": token["text"]},
                }
            )
        annotations.append(
            heading(f"<b>{title}</b><br>{aim}", across[0], down[1], look, align="left", yshift=6)
        )
        layout[f"xaxis{axis}"] = {
            "domain": list(across),
            "anchor": f"y{axis}",
            "range": [min(ks) - 0.5, max(ks) + 0.5],
            "tickvals": ks,
            "fixedrange": True,
            "showgrid": False,
            "title": {"text": "Number of segments"} if not narrow or place == count - 1 else {"text": ""},
        }
        layout[f"yaxis{axis}"] = {
            "domain": list(down),
            "anchor": f"x{axis}",
            "range": _room(values),
            "nticks": 5,
            "fixedrange": True,
        }
        layout[f"yaxis{axis}"] |= (
            share_ticks(min(_room(values)), max(_room(values)), 4)
            if key == "explained"
            else {"tickformat": {"inertia": "~s", "silhouette": ".2f"}[key]}
        )
    return figure_of(
        traces,
        look,
        height=230 * count + 40 if narrow else 300,
        margin={"l": 56, "r": 16, "t": 56, "b": 56},
        annotations=annotations,
        **layout,
    )


def _above(key: str, ring: bool, near: bool) -> bool:
    """Whether a label stands above its mark: off a curve that falls or rises, and off the other label."""
    return not (ring and near) if key == "silhouette" else (key == "inertia") != ring


def _side(k: int, ks: Sequence[int], values: Sequence[Any], above: bool) -> str:
    """Where a label is anchored, so that it is off the curve and inside the panel."""
    found = {one: float(value) for one, value in zip(ks, values, strict=True) if value is not None}
    falls = found.get(k + 1, found[k]) < found.get(k - 1, found[k])
    side = "left" if falls == above else "right"
    if above and found[k] >= max(found.get(k - 1, found[k]), found.get(k + 1, found[k])):
        # Above a peak both sides are free: the one with more room.
        side = "left" if k <= (min(ks) + max(ks)) / 2 else "right"
    if k >= max(ks) - 2:
        side = "right"
    return "left" if k <= min(ks) + 1 else side


def _room(values: Sequence[Any]) -> list[float]:
    found = [float(value) for value in values if value is not None]
    span = max(found) - min(found) or abs(max(found)) or 1.0
    return [min(found) - 0.16 * span, max(found) + 0.2 * span]


def _curve(rows: Sequence[Row], key: str, values: Sequence[Any], axis: str, theme: str) -> Trace:
    colour = tokens(theme)["accent"]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": key.capitalize(),
        "x": [int(row["k"]) for row in rows],
        "y": rounded(values),
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "hovertext": [_choice_words(row) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {"color": colour, "width": 2},
        "marker": {
            "color": tokens(theme)["surface"],
            "size": 7,
            "line": {"color": colour, "width": 1.5},
        },
    }


def _mark(k: int, value: float, axis: str, ring: bool, theme: str) -> Trace:
    token = tokens(theme)
    marker = {"color": token["accent"], "size": 11, "symbol": "circle"}
    if ring:
        marker = {"color": token["text"], "size": 14, "symbol": "circle-open"}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Chosen" if ring else "Recommended",
        "x": [k],
        "y": rounded([value]),
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "hoverinfo": "skip",
        "marker": marker | {"line": {"width": 2, "color": marker["color"]}},
    }


def _choice_words(row: Row) -> str:
    parts = [f"<b>{words.plural(int(row['k']), 'segment')}</b>"]
    if row.get("silhouette") is not None:
        parts.append(f"silhouette {words.marks(format(row['silhouette'], '.3f'))}")
    if row.get("explained") is not None:
        parts.append(f"{words.percent(row['explained'], 1)} of variance explained")
    if row.get("inertia") is not None:
        parts.append(f"inertia {words.marks(format(row['inertia'], ',.4g'))}")
    return "<br>".join(parts)


def stability(
    report: Mapping[str, Any], looks: Sequence[Look], theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """How well each segment was found again on other samples: mean Jaccard similarity, as bars.

    `report` is that of a segmentation; its "stability" has "by_segment", Jaccard (0 to 1) by key. The
    dotted line is where a segment counts as stable. The figure brings its height.
    """
    chosen = known(theme)
    token = tokens(chosen)
    found = (report.get("stability") or {}).get("by_segment") or {}
    if not found:
        return says("Stability was not measured for this segmentation.", chosen)
    looked = {key: look for look in looks for key in (look.keys or (look.key,))}
    named = {str(one["key"]): str(one["name"]) for one in report.get("segments") or []}
    # As they were found: a merge or a new name does not change what was measured.
    rows = [
        (key, float(found[key]))
        for key in [*named, *(key for key in found if key not in named)]
        if key in found
    ]
    names = [
        looked[key].name if key in looked and looked[key].key == key else named.get(key, key)
        for key, _ in rows
    ]
    labels = [short(name, letters_of(narrow)) for name in names]
    bars: Trace = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(rows))),
        "x": rounded(value for _, value in rows),
        "text": [words.marks(f"{value:.2f}") for _, value in rows],
        "textposition": "outside",
        "textfont": {"color": token["text"], "size": 12},
        "cliponaxis": False,
        "customdata": [looked[key].key if key in looked else key for key, _ in rows],
        "hovertext": [
            f"<b>{words.escape(name)}</b><br>{words.marks(f'{value:.2f}')} of 1: "
            + ("found again on other samples" if value >= STABLE else "its members change from sample to sample")
            for name, (_, value) in zip(names, rows, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [colour_of(looked[key].colour if key in looked else 0, chosen) for key, _ in rows],
            "pattern": {
                "shape": ["" if value >= STABLE else "/" for _, value in rows],
                "fillmode": "overlay",
                "fgcolor": token["surface"],
                "size": 7,
                "solidity": 0.3,
            },
        },
    }  # fmt: skip
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [STABLE, STABLE],
        "y": [-0.6, len(rows) - 0.4],
        "hoverinfo": "skip",
        "line": {"color": token["border-strong"], "width": 1.5, "dash": "dot"},
    }
    note = heading(f"Stable from {STABLE}", STABLE, 1, chosen, xref="x", xanchor="center")
    return figure_of(
        [bars, line],
        chosen,
        height=84 + 30 * max(len(rows), 2),
        bargap=0.3,
        margin={"l": room_for(labels), "r": 40, "t": 32, "b": 52},
        annotations=[note],
        xaxis={
            "range": [0, 1],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "fixedrange": True,
            "title": {"text": "Jaccard similarity" if narrow else "Jaccard similarity across samples"},
        },
        yaxis=name_axis(labels, chosen),
    )

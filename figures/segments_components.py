"""Principal components: customers on the first two, and what each component is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from data.segments.looks import Look
from figures import words
from figures.segments_base import (
    NOTHING,
    Place,
    Trace,
    component_title,
    ends_of,
    figure_of,
    heading,
    letters_of,
    name_axis,
    room_for,
    rounded,
    short,
)
from figures.segments_points import moves, outline, point_traces
from figures.theme import known, says, tokens

LOADINGS_DRAWN: Final = 6
TOP_LOADINGS: Final = 8
BAR: Final = 22


def plane(
    points: pd.DataFrame,
    looks: Sequence[Look],
    components: Mapping[str, Any],
    theme: str | None = None,
    *,
    currency: str | None = None,
    narrow: bool = False,
    revision: str = "",
    arrows: bool = False,
    region: Sequence[Place] | None = None,
) -> go.Figure:
    """Customers on the first two principal components, each axis with the variance that it explains.

    `points` as for `scatter`, x and y being the components; `components` has "explained" (shares of one)
    and "loadings" (label, values), whose largest are drawn as arrows where `arrows` asks for them.
    """
    chosen = known(theme)
    points = points.dropna(subset=["x", "y"])
    if points.empty:
        return says(NOTHING, chosen).update_layout(uirevision=revision)
    places = points[["x", "y"]].astype(np.float32)
    return figure_of(
        point_traces(points, looks, places, (), chosen, currency, narrow),
        chosen,
        xaxis=_axis(places["x"], component_title(components, 0), chosen),
        yaxis=_axis(places["y"], component_title(components, 1), chosen),
        shapes=outline(region, chosen),
        annotations=_arrows(components, places, chosen, narrow) if arrows else [],
        **moves(points, narrow, revision),
    )


def _axis(places: pd.Series, title: str, theme: str) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "range": list(ends_of(places)),
        "nticks": 7,
        "zeroline": True,
        "zerolinecolor": tokens(theme)["border-strong"],
    }


def _arrows(
    components: Mapping[str, Any], places: pd.DataFrame, theme: str, narrow: bool
) -> list[dict[str, Any]]:
    rows = [
        (str(row["label"]), float(row["values"][0]), float(row["values"][1]))
        for row in components.get("loadings") or []
    ]
    rows = sorted(rows, key=lambda row: -(row[1] ** 2 + row[2] ** 2))[:LOADINGS_DRAWN]
    longest = max((max(abs(row[1]), abs(row[2])) for row in rows), default=0.0)
    if not longest:
        return []
    # Loadings are not in the units of the axes: the longest arrow reaches most of the way to the edge.
    scale = 0.75 * min(float(places[side].abs().quantile(0.99)) for side in ("x", "y")) / longest
    token = tokens(theme)
    wide, high = (float(places[side].max() - places[side].min()) or 1.0 for side in ("x", "y"))
    drawn: list[dict[str, Any]] = []
    taken: list[Place] = []
    for label, x, y in rows:
        # A name on top of another tells nothing: the larger one stays, the bars below have them all.
        near = 0.5 if narrow else 0.2
        if any(abs(x * scale - a) < near * wide and abs(y * scale - b) < 0.07 * high for a, b in taken):
            continue
        taken.append((x * scale, y * scale))
        end: dict[str, Any] = {
            "x": rounded([x * scale])[0],
            "y": rounded([y * scale])[0],
            "xref": "x",
            "yref": "y",
        }
        drawn.append(
            {**end, "ax": 0, "ay": 0, "axref": "x", "ayref": "y", "text": "", "showarrow": True}
            | {"arrowhead": 2, "arrowwidth": 1.6, "arrowcolor": token["text"]}
        )
        drawn.append(
            {
                **end,
                "text": short(label, 22),
                "showarrow": False,
                "xanchor": "center" if narrow else "left" if x >= 0 else "right",
                "yanchor": "bottom" if y >= 0 else "top",
                "font": {"size": 12, "color": token["text"]},
                "bgcolor": token["surface"],
                "opacity": 0.92,
            }
        )
    return drawn


def loadings(
    components: Mapping[str, Any] | None, theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """What each principal component is made of: its eight largest loadings as bars, above zero or below.

    `components` has "explained" (shares of one) and "loadings" (label, one value a component). The figure
    brings its height.
    """
    chosen = known(theme)
    token = tokens(chosen)
    rows = list((components or {}).get("loadings") or [])
    if not components or not rows:
        return says("There are too few columns for principal components.", chosen)
    number = min(len(components["explained"]), *(len(row["values"]) for row in rows))
    tops = [
        sorted(((str(row["label"]), float(row["values"][at])) for row in rows), key=lambda row: -abs(row[1]))[
            :TOP_LOADINGS
        ]
        for at in range(number)
    ]
    letters = 22 if narrow else min(letters_of(narrow), 24)
    labels = [[short(label, letters) for label, _ in top] for top in tops]
    left = room_for(label for each in labels for label in each)
    reach = 1.7 * max(abs(value) for top in tops for _, value in top) or 1.0
    panel = BAR * max(len(top) for top in tops)
    gap, height = 46, 0
    height = panel * (number if narrow else 1) + gap * (number - 1 if narrow else 0)
    traces: list[Trace] = []
    annotations, layout = [], {}
    for at, top in enumerate(tops):
        axis = "" if at == 0 else str(at + 1)
        across, down = (0.0, 1.0), (0.0, 1.0)
        if narrow:
            upper = 1 - at * (panel + gap) / height
            down = (max(upper - panel / height, 0.0), upper)
        else:
            # Each panel but the first needs room for its own names; a page is about 1,000 wide.
            inner = (left + 12) / 1000
            part = (1 - inner * (number - 1)) / number
            across = (at * (part + inner), at * (part + inner) + part)
        values = [value for _, value in top]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "y": list(range(len(top))),
                "x": rounded(values),
                "text": [words.marks(f"{'−' if value < 0 else ''}{abs(value):.2f}") for value in values],
                "textposition": "outside",
                "textfont": {"color": token["text"], "size": 11},
                "cliponaxis": False,
                "hovertext": [
                    f"<b>{words.escape(label)}</b><br>loading {'−' if value < 0 else ''}"
                    + words.marks(f"{abs(value):.3f}")
                    for label, value in top
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": [token["over" if value >= 0 else "under"] for value in values]},
            }
        )
        layout[f"xaxis{axis}"] = {
            "domain": [max(across[0], 0.0), min(across[1], 1.0)],
            "anchor": f"y{axis}",
            "range": [-reach, reach],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
            "fixedrange": True,
        }
        layout[f"yaxis{axis}"] = name_axis(labels[at], chosen, domain=list(down), anchor=f"x{axis}")
        annotations.append(
            heading(component_title(components, at), across[0], down[1], chosen, yshift=4, xshift=8 - left)
        )
    return figure_of(
        traces,
        chosen,
        height=height + 44,
        bargap=0.3,
        margin={"l": left, "r": 12, "t": 32, "b": 12},
        annotations=annotations,
        **layout,
    )

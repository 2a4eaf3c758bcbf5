"""The profile of a few segments against the average, around a circle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from figures.segments_base import (
    Trace,
    colour_of,
    faint,
    figure_of,
    legend_name,
    legend_of,
    rows_of,
    two_lines,
)
from figures.segments_compare import CLIP, clipped, profile_words
from figures.theme import known, says, tokens

RADAR_MOST: Final = 4
RADAR_LEAST: Final = 3


def radar(
    frame: pd.DataFrame,
    keys: Sequence[str],
    theme: str | None = None,
    *,
    currency: str | None = None,
    narrow: bool = False,
) -> go.Figure:
    """Up to four segments (`keys`) against the average of all, in standard deviations; `frame` as for `heat`.

    The ring of the average is dotted; values beyond 2.5 are drawn there and told as they are.
    """
    chosen = known(theme)
    token = tokens(chosen)
    rows = rows_of(frame)
    heads = list(dict.fromkeys(row["metric"] for row in rows if row["z"] is not None))
    wanted = [key for key in dict.fromkeys(keys) if any(row["key"] == key for row in rows)][:RADAR_MOST]
    if not wanted:
        return says("Choose a segment to see its profile.", chosen)
    if len(heads) < RADAR_LEAST:
        return says("A profile needs at least three metrics:<br>see the table.", chosen)
    labels = {row["metric"]: two_lines(str(row["label"])) for row in rows}
    around = list(range(len(heads)))
    traces: list[Trace] = [
        {
            "type": "scatterpolar",
            "mode": "lines",
            "name": "All customers",
            "theta": list(range(0, 361, 6)),
            "r": [0] * 61,
            "hoverinfo": "skip",
            "line": {"color": token["border-strong"], "width": 1.5, "dash": "dot"},
        }
    ]
    for key in wanted:
        cells = {row["metric"]: row for row in rows if row["key"] == key}
        first = next(iter(cells.values()))
        colour = colour_of(first["colour"], chosen)
        line = [cells.get(metric) for metric in heads]
        line.append(line[0])
        traces.append(
            {
                "type": "scatterpolar",
                "mode": "lines+markers",
                "name": legend_name(first["name"], narrow),
                "theta": [*(360 * at / len(heads) for at in around), 0],
                "r": [clipped(cell["z"]) if cell and cell["z"] is not None else None for cell in line],
                "customdata": [key] * len(line),
                "hovertext": [
                    profile_words(cell, currency) if cell and cell["z"] is not None else "" for cell in line
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "size": 6},
                "fill": "toself",
                "fillcolor": faint(colour, 0.1),
            }
        )
    side = 84 if narrow else 120
    return figure_of(
        traces,
        chosen,
        showlegend=True,
        legend=legend_of(narrow, 1.12),
        margin={"l": side, "r": side, "t": 84, "b": 44},
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": {
                "range": [-CLIP, CLIP],
                "tickvals": [-2, -1, 0, 1, 2],
                "ticktext": ["", "", "average", "", "+2"],
                "ticks": "",
                "showline": False,
                "tickfont": {"size": 11, "color": token["muted"]},
                "gridcolor": token["grid"],
                "angle": 90 / len(heads),
                "tickangle": 0,
            },
            "angularaxis": {
                "tickvals": [360 * at / len(heads) for at in around],
                "ticktext": [labels[metric] for metric in heads],
                "tickfont": {"size": 12, "color": token["text"]},
                "gridcolor": token["grid"],
                "linecolor": token["border"],
                "ticks": "",
                "rotation": 90,
                "direction": "clockwise",
            },
        },
    )

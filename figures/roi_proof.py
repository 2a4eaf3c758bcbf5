"""The chart of a planned test: what a holdout can find, by its size.

Every number drawn comes from the plan; nothing is worked out here but places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from figures import words
from figures.roi_effects import LOOKS, amount, unit_of
from figures.segments_base import Trace, figure_of, heading, legend_of, rounded
from figures.segments_units import share_ticks
from figures.theme import known, says, tokens

Row = Mapping[str, Any]


def detectable(
    plan: Row, currency: str | None = None, theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """The smallest difference in profit that a test finds, by share held out, with the expected and the chosen one.

    `plan` is `Proof.to_dict()`.
    """
    chosen = known(theme)
    curve, found = (plan.get("curves") or {}).get("profit"), (plan.get("measures") or {}).get("profit")
    if not curve or not found or not curve["shares"]:
        return says("There is no test to plan yet.", chosen)
    token = tokens(chosen)
    traces: list[Trace] = []
    for name, ending in (("plain", ""), ("cuped", "_cuped")):
        colour, symbol, label = LOOKS[name]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": label,
                "x": rounded(curve["shares"]),
                "y": rounded(curve[f"smallest{ending}"]),
                "line": {"color": token[colour], "width": 2, "dash": "solid" if ending else "dash"},
                "hovertext": [
                    f"<b>{words.percent(share)} held out</b><br>{label}: {amount(value, 'profit', currency)}"
                    for share, value in zip(curve["shares"], curve[f"smallest{ending}"], strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Chosen holdout",
                "showlegend": False,
                "x": rounded([plan["share"]]),
                "y": rounded([found[f"smallest{ending}"]]),
                "marker": {"color": token[colour], "size": 11, "symbol": symbol},
                "hovertext": [
                    f"<b>Chosen: {words.count(plan['held_out'])} of {words.count(plan['customers'])} held out</b><br>"
                    f"{label}: {amount(found[f'smallest{ending}'], 'profit', currency)}"
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
            }
        )
    ends = [curve["shares"][0], curve["shares"][-1]]
    line = abs(found["expected"])
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Expected" if narrow else "Expected difference",
            "x": rounded(ends),
            "y": rounded([line, line]),
            "hoverinfo": "skip",
            "line": {"color": token["text"], "width": 1.5, "dash": "dot"},
        }
    )
    # Near the ends nothing can be found: shown in full, they would leave the rest flat.
    top = 1.2 * max(line, found["smallest"], 1.75 * found["best_smallest_cuped"])
    right = max(ends[1], plan["share"]) * 1.02
    left = plan["share"] < 0.6 * right
    return figure_of(
        traces,
        chosen,
        showlegend=True,
        # A line of its own is left below the names for what is chosen: in the chart it would lie on a curve.
        legend=legend_of(narrow, 1.09),
        margin={"l": 76, "r": 20, "t": 84 if narrow else 64, "b": 56},
        xaxis={
            "title": {"text": "Share held out"},
            "range": [0, right],
            "fixedrange": True,
        }
        | share_ticks(0.0, right, 9),
        yaxis={
            "title": {
                "text": f"Smallest difference{'' if narrow else ' in profit per customer'}{unit_of('profit', currency)}"
            },
            "range": [0, top],
            "tickformat": ",~f",
            "fixedrange": True,
        },
        annotations=[
            heading(
                f"Chosen: {words.percent(plan['share'])}",
                plan["share"],
                1.0,
                chosen,
                xref="x",
                xanchor="left" if left else "right",
                yshift=2,
            )
        ],
        shapes=[
            {
                "type": "line",
                "x0": plan["share"],
                "x1": plan["share"],
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": token["border-strong"], "width": 1, "dash": "dot"},
            }
        ],
    )

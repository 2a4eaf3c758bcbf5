"""The charts of a planned test: what a holdout can find, by its size.

Every number drawn comes from the plan; nothing is worked out here but places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.roi_effects import LOOKS, OF, amount, unit_of
from figures.segments_base import Trace, figure_of, heading, legend_of, rounded
from figures.theme import known, says, tokens

# With this probability a difference is found that is "detectable".
POWER: Final = 0.8
Row = Mapping[str, Any]


def detectable(
    plan: Row,
    currency: str | None = None,
    theme: str | None = None,
    *,
    key: str = "profit",
    narrow: bool = False,
) -> go.Figure:
    """The smallest difference that a test finds, by share held out, with the expected one and the chosen share.

    `plan` is `Proof.to_dict()`; `key` one of its measures.
    """
    return _by_share(plan, key, "smallest", currency, known(theme), narrow=narrow)


def power(
    plan: Row,
    currency: str | None = None,
    theme: str | None = None,
    *,
    key: str = "profit",
    narrow: bool = False,
) -> go.Figure:
    """The probability that the expected difference is found, by share held out, with the chosen share.

    `plan` is `Proof.to_dict()`; `key` one of its measures.
    """
    return _by_share(plan, key, "power", currency, known(theme), narrow=narrow)


def _by_share(plan: Row, key: str, what: str, currency: str | None, theme: str, *, narrow: bool) -> go.Figure:
    curve, found = (plan.get("curves") or {}).get(key), (plan.get("measures") or {}).get(key)
    if not curve or not found or not curve["shares"]:
        return says("There is no test to plan yet.", theme)
    token = tokens(theme)
    probability = what == "power"
    points = key == "conversion"

    def told(value: float) -> str:
        return words.percent(value) if probability else amount(value, key, currency)

    factor = 100.0 if points and not probability else 1.0
    line = POWER if probability else factor * abs(found["expected"])
    traces: list[Trace] = []
    for name, ending in (("plain", ""), ("cuped", "_cuped")):
        colour, symbol, label = LOOKS[name]
        values = curve[f"{what}{ending}"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": label,
                "x": rounded(curve["shares"]),
                "y": rounded(factor * value for value in values),
                "line": {"color": token[colour], "width": 2, "dash": "solid" if ending else "dash"},
                "hovertext": [
                    f"<b>{words.percent(share)} held out</b><br>{label}: {told(value)}"
                    for share, value in zip(curve["shares"], values, strict=True)
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
                "y": rounded([factor * found[f"{what}{ending}"]]),
                "marker": {"color": token[colour], "size": 11, "symbol": symbol},
                "hovertext": [
                    f"<b>Chosen: {words.count(plan['held_out'])} of {words.count(plan['customers'])} held out</b><br>"
                    f"{label}: {told(found[f'{what}{ending}'])}"
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
            }
        )
    ends = [curve["shares"][0], curve["shares"][-1]]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": "80 % power" if probability else "Expected" if narrow else "Expected difference",
            "x": rounded(ends),
            "y": rounded([line, line]),
            "hoverinfo": "skip",
            "line": {"color": token["text"], "width": 1.5, "dash": "dot"},
        }
    )
    if probability:
        top = 1.0
        title = "Power" if narrow else "Probability to find the expected difference"
    else:
        # Near the ends nothing can be found: shown in full, they would leave the rest flat.
        shown = (line, factor * found["smallest"], 1.75 * factor * found["best_smallest_cuped"])
        top = 1.15 * max(shown)
        title = f"Smallest difference{'' if narrow or points else f' in {OF[key]}'}{unit_of(key, currency)}"
    return figure_of(
        traces,
        theme,
        showlegend=True,
        legend=legend_of(narrow),
        margin={"l": 76, "r": 20, "t": 44, "b": 56},
        xaxis={
            "title": {"text": "Share held out"},
            "tickformat": ".0%",
            "range": [0, max(ends[1], plan["share"]) * 1.02],
            "fixedrange": True,
        },
        yaxis={
            "title": {"text": title},
            "range": [0, 1.04 * top],
            "fixedrange": True,
        }
        | {"tickformat": ".0%" if probability else ",~f"},
        annotations=[
            heading(
                f"Chosen: {words.percent(plan['share'])}",
                plan["share"],
                0.0,
                theme,
                xref="x",
                xanchor="left" if plan["share"] < 0.6 * ends[1] else "right",
                xshift=6 if plan["share"] < 0.6 * ends[1] else -6,
                yshift=4,
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
    )  # fmt: skip

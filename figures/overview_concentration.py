"""How concentrated revenue is: its share by the share of customers, the best first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.overview_base import keys_note
from figures.segments_base import Trace, faint, figure_of, heading
from figures.theme import known, says, tokens

NOTHING: Final = "No revenue in this period to share out."
# So far right, the words of the marked point stand on its left.
LEFT_FROM: Final = 0.55
LEFT: Final = 52


def concentration_figure(
    concentration: Mapping[str, Any] | None,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """The Lorenz curve, best customers first, with the top tenth marked and told in words.

    `concentration` has customers, revenue (account currency), curve ((share of customers, share of revenue)
    pairs), top_customers, top_revenue, top_share (of one) and group, which a click on the marked point brings.
    """
    chosen = known(theme)
    found = concentration or {}
    curve = found.get("curve") or []
    if len(curve) < 2 or not found.get("customers"):
        return says(words.escape(found.get("why") or NOTHING), chosen)
    token = tokens(chosen)
    x, y = [float(point[0]) for point in curve], [float(point[1]) for point in curve]
    at, share = found["top_customers"] / found["customers"], float(found["top_share"])
    traces: list[Trace] = [
        _even(chosen),
        _curve(x, y, found, currency, chosen),
        _top(at, share, found, currency, chosen),
    ]
    return figure_of(
        traces,
        chosen,
        margin={"l": LEFT, "r": 24, "t": 34, "b": 50},
        annotations=[
            heading("Share of revenue", 0, 1, chosen, yshift=8, xshift=8 - LEFT),
            keys_note(
                [("┅", token["muted"], "if all spent the same")], chosen, x=1, xanchor="right", yshift=8
            ),
            _label(at, share, found, currency, chosen, narrow),
        ],
        shapes=[
            {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": share, "line": _thin(token)},
            {"type": "line", "x0": 0, "x1": at, "y0": share, "y1": share, "line": _thin(token)},
        ],
        xaxis=_axis("Customers, the best first", 1.0, narrow) | {"range": [0, 1]},
        yaxis=_axis("", max(1.0, *y), narrow)
        | {
            "range": [min(0.0, *y), 1.04 * max(1.0, *y)],
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
        },
    )


def _thin(token: Mapping[str, str]) -> dict[str, Any]:
    return {"color": token["accent"], "width": 1}


def _axis(title: str, top: float, narrow: bool) -> dict[str, Any]:
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0] if top <= 1.25 else [0.0, 0.5, 1.0, round(top, 1)]
    if narrow and top <= 1.25:
        ticks = [0.0, 0.5, 1.0]
    return {
        "title": {"text": title},
        "ticklabelstandoff": 4,
        # Else the one at the end would be left out.
        "ticklabeloverflow": "allow",
        "tickvals": ticks,
        "ticktext": [words.percent(tick) for tick in ticks],
        "fixedrange": True,
    }


def _even(theme: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "hoverinfo": "skip",
        "line": {"color": tokens(theme)["muted"], "width": 1.2, "dash": "dot"},
    }


def _curve(
    x: list[float], y: list[float], found: Mapping[str, Any], currency: str | None, theme: str
) -> Trace:
    token = tokens(theme)
    hover = [
        f"<b>The best {words.percent(share, 0 if share >= 0.1 else 1)} of customers</b> "
        f"({words.count(round(share * found['customers']))})<br>"
        f"{words.escape(words.money_short(part * found['revenue'], currency))}, {words.percent(part, 1)} of revenue"
        for share, part in zip(x, y, strict=True)
    ]
    return {
        "type": "scatter",
        "name": "Revenue",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "tozeroy",
        "fillcolor": faint(token["accent"], 0.1),
        "line": {"color": token["accent"], "width": 2.5},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _top(at: float, share: float, found: Mapping[str, Any], currency: str | None, theme: str) -> Trace:
    token = tokens(theme)
    told = words.escape(words.money(found["top_revenue"], currency))
    return {
        "type": "scatter",
        "name": "Top tenth",
        "mode": "markers",
        "x": [at],
        "y": [share],
        "customdata": [found.get("group") or ""],
        "hovertext": [
            f"<b>Top tenth: {words.plural(found['top_customers'], 'customer')}</b><br>"
            f"{told}, {words.percent(share, 1)} of revenue"
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"size": 11, "color": token["accent"], "line": {"color": token["surface"], "width": 2}},
    }


def _label(
    at: float, share: float, found: Mapping[str, Any], currency: str | None, theme: str, narrow: bool
) -> dict[str, Any]:
    """The marked point in words, below it: above it the curve goes on."""
    money = words.escape(words.money_short(found["top_revenue"], currency))
    who = words.plural(found["top_customers"], "customer")
    right = at < LEFT_FROM
    anchor = "left" if right else "right"
    return {
        "text": f"<b>Top tenth: {words.percent(share)} of revenue</b><br>{who}, {money}",
        "x": at,
        "y": share,
        "xanchor": anchor,
        "yanchor": "top",
        "xshift": 12 if right else -12,
        "yshift": -2,
        "align": anchor,
        "showarrow": False,
        "bgcolor": faint(tokens(theme)["surface"], 0.6),
        "font": {"size": 12 if narrow else 13, "color": tokens(theme)["text"]},
    }

"""The profit curve: what a campaign earns by the number of customers contacted, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from figures import words
from figures.roi_axes import RIVALS, ends_of_money, labels_of, obstacles, reach, rivals_of
from figures.roi_base import cash, level, money_axis, room_of, upright
from figures.roi_labels import Floats, Plot, placed
from figures.segments_base import Trace, faint, figure_of, rounded
from figures.segments_units import round_values
from figures.theme import known, says, tokens

if TYPE_CHECKING:
    from models.campaign.depth import Depth

NOBODY: Final = "Nobody is in this audience."
# Plots are at least this wide: what fits then fits always.
WIDTHS: Final = {True: 226.0, False: 460.0}
HEIGHTS: Final = {True: 290.0, False: 330.0}
# Share of the axis that is kept free for the marks at its ends.
ROOM: Final = 0.012
WHOLE: Final = 0.9


def profit_curve(
    depth: Depth,
    currency: str | None = None,
    theme: str | None = None,
    contacted: int | None = None,
    audience_words: str = "Customers",
    *,
    rank_words: str = "best first",
    narrow: bool = False,
) -> go.Figure:
    """Expected net profit by customers contacted, its 80 % band, the best depth and the chosen one.

    `audience_words` name the audience (plain text). Rivals' orders are thin lines, the budget's reach an
    upright one, the range of the best depth a shaded stretch. The figure brings its height; a click brings
    the number of customers as `customdata`.
    """
    chosen = known(theme)
    depths = np.asarray(depth.depths, dtype=float)
    if not len(depths) or depths[-1] <= 0:
        return says(NOBODY, chosen)
    profit = np.asarray(depth.profit, dtype=float)
    taken = int(depth.contacted if contacted is None else contacted)
    end = reach(depth, taken)
    shown = depths <= end
    rivals = rivals_of(depth, profit)
    ends = ends_of_money(depth, profit, rivals, shown, taken)
    plot = Plot(WIDTHS[narrow], HEIGHTS[narrow], (-ROOM * end, (1 + ROOM) * end), ends)
    token = tokens(chosen)
    traces = [*_band(depth, depths, chosen)]
    traces += [
        _thin(depths, values, RIVALS[key][0], RIVALS[key][1], token["neutral"])
        for key, values in rivals.items()
    ]
    traces.append(_line(depth, depths, profit, rivals, currency, chosen))
    traces += [_dot(*dot, chosen) for dot in _dots(depth, depths, profit, taken, end)]
    labels = labels_of(depth, depths, profit, rivals, ends, taken, end, currency, narrow=narrow)
    lines = obstacles(
        plot, depth, depths[shown], [profit[shown], *(each[shown] for each in rivals.values())], taken
    )
    money = money_axis(*ends, currency, title="Expected net profit", narrow=narrow)
    below = 104 if narrow else 78
    return figure_of(
        traces,
        chosen,
        height=HEIGHTS[narrow] + 12 + below,
        margin={"l": room_of(money), "r": 14, "t": 12, "b": below},
        hovermode="x",
        hoverdistance=40,
        shapes=_shapes(depth, taken, end, chosen),
        annotations=placed(labels, lines, plot, chosen),
        xaxis=_across(depth, end, taken, currency, audience_words, rank_words, narrow),
        yaxis=money,
    )


def _band(depth: Depth, depths: Floats, theme: str) -> list[Trace]:
    """The 80 % range as a light fill between two edges: where an edge leaves the chart, so does the range."""
    accent = tokens(theme)["accent"]
    fill = {
        "type": "scatter",
        "mode": "lines",
        "name": "80 % range",
        "x": rounded([*depths, *depths[::-1]]),
        "y": rounded([*depth.low, *depth.high[::-1]]),
        "fill": "toself",
        "fillcolor": faint(accent, 0.07),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(depths),
        "hoverinfo": "skip",
        "line": {"color": faint(accent, 0.45), "width": 1.2},
    }
    low, high = ({"name": name, "y": rounded(line)} for name, line in _edges(depth).items())
    return [fill, edge | low, edge | high]


def _edges(depth: Depth) -> dict[str, Floats]:
    return {"Low end": np.asarray(depth.low), "High end": np.asarray(depth.high)}


def told_depth(depth: Depth, end: float) -> bool:
    """Whether the range of the best depth says anything: not where nearly every depth may be the best."""
    return 0 < min(float(depth.best_high), end) - depth.best_low < WHOLE * end


def _thin(x: Floats, y: Floats, name: str, dash: str, colour: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": rounded(x),
        "y": rounded(y),
        "hoverinfo": "skip",
        "line": {"color": colour, "width": 1.3, "dash": dash},
    }


def _line(
    depth: Depth,
    depths: Floats,
    profit: Floats,
    rivals: dict[str, Floats],
    currency: str | None,
    theme: str,
) -> Trace:
    hover = []
    for at, customers in enumerate(depths):
        others = "".join(
            f"<br>{RIVALS[key][0]}: {cash(values[at], currency)}" for key, values in rivals.items()
        )
        hover.append(
            f"<b>{words.plural(customers, 'customer')}: {cash(profit[at], currency)}</b><br>"
            f"8 of 10 outcomes between {cash(depth.low[at], currency)} and {cash(depth.high[at], currency)}<br>"
            f"Costs {cash(depth.cost[at], currency)}{others}"
        )
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Expected net profit",
        "x": rounded(depths),
        "y": rounded(profit),
        "customdata": [int(customers) for customers in depths],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {"color": tokens(theme)["accent"], "width": 2.6},
    }


def _dots(
    depth: Depth, depths: Floats, profit: Floats, contacted: int, end: float
) -> list[tuple[float, float, str, str]]:
    """Marks (x, y, name, symbol) of everybody, the chosen depth and the best one, each where it is seen."""
    last = float(depths[-1])
    dots = [(float(depth.best), float(depth.best_profit), "Best", "diamond")]
    if contacted != depth.best:
        dots.insert(0, (float(contacted), float(np.interp(contacted, depths, profit)), "Chosen", "circle"))
    if end == last and last not in (contacted, depth.best):
        dots.insert(0, (last, float(depth.everybody), "Everybody", "square"))
    return dots


def _dot(x: float, y: float, name: str, symbol: str, theme: str) -> Trace:
    token = tokens(theme)
    colour = {"Best": "accent", "Chosen": "text"}.get(name, "neutral")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [x],
        "y": rounded([y]),
        "hoverinfo": "skip",
        "cliponaxis": True,
        "marker": {
            "color": token[colour],
            "symbol": symbol,
            "size": {"Best": 13, "Chosen": 11}.get(name, 8),
            "line": {"color": token["surface"], "width": 1.5},
        },
    }


def _shapes(depth: Depth, contacted: int, end: float, theme: str) -> list[dict[str, Any]]:
    token = tokens(theme)
    shapes: list[dict[str, Any]] = []
    if told_depth(depth, end):
        stretch = {
            "type": "rect",
            "x0": depth.best_low,
            "x1": min(float(depth.best_high), end),
            "y0": 0,
            "yref": "paper",
            "line": {"width": 0},
            "layer": "below",
        }
        shapes.append(stretch | {"y1": 1, "fillcolor": faint(token["accent"], 0.09)})
        shapes.append(stretch | {"y1": 0.02, "fillcolor": token["accent"], "layer": "above"})
    shapes.append(level(0, theme))
    shapes.append(upright(contacted, theme, dash="dot", colour="muted"))
    if depth.budget is not None and depth.budget <= end:
        shapes.append(upright(depth.budget, theme, dash="dash", colour="expected-text"))
    return shapes


def _across(
    depth: Depth,
    end: float,
    contacted: int,
    currency: str | None,
    audience_words: str,
    rank_words: str,
    narrow: bool,
) -> dict[str, Any]:
    title = audience_words[:1].upper() + audience_words[1:] + f" contacted, {rank_words}"
    low, high = words.count(depth.best_low), words.count(depth.best_high)
    caption = [f"band: 8 of 10 outcomes{'<br>' if narrow else ', '}{_at_chosen(depth, contacted, currency)}"]
    if told_depth(depth, end):
        told = "bar: best depth," if narrow else "bar: where the best depth lies,"
        caption.append(f"{told} {low} to {high} (80 %)")
    elif depth.best_high > depth.best_low:
        told = "best depth uncertain:" if narrow else "the best depth is uncertain:"
        caption.append(f"{told} {low} to {high} (80 %)")
    small = ("<br>" if narrow else "; ").join(caption)
    ticks = round_values(0.0, end, 4 if narrow else 7)
    return {
        "title": {"text": f"{words.escape(title)}<br><span style='font-size:11px'>{small}</span>"},
        "range": [-ROOM * end, (1 + ROOM) * end],
        "tickvals": ticks,
        "ticktext": [words.count(tick) for tick in ticks],
        "showgrid": False,
        "fixedrange": True,
    }


def _at_chosen(depth: Depth, contacted: int, currency: str | None) -> str:
    low, high = (float(np.interp(contacted, depth.depths, line)) for line in (depth.low, depth.high))
    return f"at {words.count(contacted)}: {cash(low, currency)} to {cash(high, currency)}"

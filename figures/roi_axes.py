"""How the profit curve is laid out: how far its axes reach, and which labels stand where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from figures import words
from figures.roi_base import cash
from figures.roi_labels import Floats, Label, Plot

if TYPE_CHECKING:
    from models.campaign.depth import Depth

RIVALS: Final = {
    "propensity": ("By propensity", "dash"),
    "rfm": ("By RFM score", "dot"),
    "random": ("At random", "dashdot"),
}
# Where along its line the name of a rival may stand.
PLACES: Final = (0.5, 0.4, 0.6, 0.3, 0.7, 0.8, 0.2, 0.9)
# Beyond this many times its best the depth of a loss is cut off, so that the best can be seen.
DEEPEST: Final = 3.0
# How far the band is shown beyond the expected profits, as a share of their height.
BEYOND: Final = 0.6
# Share of the plot's height above the best depth.
HEADROOM: Final = 0.16


def reach(depth: Depth, contacted: int) -> float:
    """How many customers the axis shows: all, or, where all that matters lies in a small part, only that."""
    everybody = float(depth.depths[-1])
    matters = max(depth.best_high, depth.best, contacted, 1)
    if matters > 0.1 * everybody:
        return everybody
    # A round number, so that the axis stands still while a slider moves.
    power = 10.0 ** math.floor(math.log10(4 * matters))
    return min(everybody, next(step * power for step in (1, 2, 5, 10) if step * power >= 4 * matters))


def profit_at(depth: Depth, customers: float) -> float:
    """Expected net profit at a depth, straight between those that were reckoned."""
    return float(np.interp(customers, depth.depths, depth.profit))


def rivals_of(depth: Depth, profit: Floats) -> dict[str, Floats]:
    """The other orders' profits, without one that is the campaign's own."""
    found = {key: np.asarray(depth.rivals[key], dtype=float) for key in RIVALS if key in depth.rivals}
    scale = float(np.abs(profit).max()) or 1.0
    return {key: each for key, each in found.items() if np.abs(each - profit).max() > 1e-9 * scale}


def ends_of_money(
    depth: Depth, profit: Floats, rivals: dict[str, Floats], shown: Any, contacted: int
) -> tuple[float, float]:
    """The ends of the axis of money: the expected profits fill at least their part of it.

    A wide band is cut off at both ends, and so is a loss far deeper than the best is high.
    """
    curves = np.concatenate([each[shown] for each in (profit, *rivals.values())])
    mine = profit_at(depth, contacted)
    top = max(0.0, float(curves.max()), mine, depth.best_profit)
    bottom = min(0.0, float(curves.min()))
    if depth.best > 0:
        bottom = max(bottom, min(1.3 * mine, -DEEPEST * top))
    room = BEYOND * (top - bottom) or 1.0
    low = max(bottom - room, min(bottom, float(np.min(depth.low[shown]))))
    high = min(top + room, max(top, float(np.max(depth.high[shown]))))
    # The label of the best depth stands above it.
    return low - 0.04 * (high - low), max(high, top + HEADROOM * (top - low))


def obstacles(plot: Plot, depth: Depth, x: Floats, curves: Sequence[Floats], contacted: int) -> list[Floats]:
    """All lines that labels had better not cover, in pixels: curves, the zero line and the upright ones."""
    lines = [plot.traced(x, curve) for curve in curves]
    lines.append(plot.traced(plot.x, (0.0, 0.0)))
    uprights = [contacted] if depth.budget is None else [contacted, depth.budget]
    return lines + [plot.traced((at, at), plot.y) for at in uprights]


def labels_of(
    depth: Depth,
    depths: Floats,
    profit: Floats,
    rivals: dict[str, Floats],
    ends: tuple[float, float],
    contacted: int,
    end: float,
    currency: str | None,
    *,
    narrow: bool,
) -> list[Label]:
    """The labels of the curve, the most important first: best, chosen, everybody, the budget, the rivals."""
    best = (float(depth.best), float(depth.best_profit))
    last = float(depths[-1])
    breaks = "<br>" if narrow else ", "
    same = " and chosen" if contacted == depth.best else ""
    if depth.best == 0:
        told = f"Best{same}: contact nobody{breaks}{cash(0.0, currency)}"
    else:
        told = f"Best{same}: {words.plural(depth.best, 'customer')}{breaks}{cash(best[1], currency)}"
    if same and narrow:
        told = told.replace("<br>", ", ").replace("chosen: ", "chosen:<br>")
    labels = [Label(f"<b>{told}</b>", (best,), "accent")]
    if contacted != depth.best:
        mine = (float(contacted), float(np.interp(contacted, depths, profit)))
        labels.append(Label(f"Chosen: {words.count(contacted)}, {cash(mine[1], currency)}", (mine,)))
    # Where everybody is the best or the chosen depth, the point has a label already.
    if last not in (contacted, depth.best):
        everybody = cash(depth.everybody, currency)
        edge = (end, float(np.clip(np.interp(end, depths, profit), *ends)))
        told = f"Everybody: {everybody}" if end == last else f"Everybody ({words.count(last)}): {everybody} →"
        labels.append(Label(told, (edge,), "muted"))
    if depth.budget is not None and depth.budget <= end:
        labels.append(_budget(depth.budget, ends))
    return labels + [
        Label(
            RIVALS[key][0], _along(depths, values, [profit, *_without(rivals, key)], end, ends), "muted", 11
        )
        for key, values in rivals.items()
    ]


def _without(rivals: dict[str, Floats], key: str) -> list[Floats]:
    return [values for each, values in rivals.items() if each != key]


def _budget(budget: int, ends: tuple[float, float]) -> Label:
    heights = [ends[0] + part * (ends[1] - ends[0]) for part in (0.1, 0.2, 0.9, 0.05, 0.3, 0.7)]
    told = f"Budget reaches {words.count(budget)}"
    return Label(told, tuple((float(budget), height) for height in heights), "expected-text")


def _along(
    depths: Floats,
    values: Floats,
    others: Sequence[Floats],
    end: float,
    ends: tuple[float, float],
) -> tuple[tuple[float, float], ...]:
    """Points of a line that may have its name, those first where no other line is near."""
    at = np.asarray(PLACES) * end
    own = np.interp(at, depths, values)
    apart = np.min([np.abs(np.interp(at, depths, each) - own) for each in others], axis=0)
    apart[(own < ends[0]) | (own > ends[1])] = -1.0
    return tuple((float(at[place]), float(own[place])) for place in np.argsort(-apart, kind="stable")[:4])

"""The profit curve as plain SVG for the printed summary: no script, no request, readable in black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from figures import words
from figures.roi_axes import ends_of_money, labels_of, obstacles, profit_at, reach, rivals_of
from figures.roi_base import cash, tick_cash
from figures.roi_curve import NOBODY, told_depth
from figures.roi_labels import Floats, Label, Plot, placed
from figures.segments_units import round_values

if TYPE_CHECKING:
    from models.campaign.depth import Depth
    from models.roi import Answer

# Of the column it stands in: its words are then as large as those around it.
WIDTH: Final = 520
HEIGHT: Final = 250
LEFT, TOP, RIGHT, BOTTOM = 64, 10, 14, 44
INK: Final = "#111111"
GREY: Final = "#555555"
BAND: Final = "#e4e4e4"
STRETCH: Final = "#999999"
GRID: Final = "#d8d8d8"
DASHES: Final = {"propensity": "7 4", "rfm": "2 3", "random": "8 3 2 3"}


def summary_svg(depth: Depth, answer: Answer, currency: str | None = None) -> str:
    """The profit curve with its 80 % band, the best and the chosen depth, as the text of one <svg> element."""
    depths = np.asarray(depth.depths, dtype=float)
    if not len(depths) or depths[-1] <= 0:
        return _whole(f'<text x="{WIDTH / 2}" y="{HEIGHT / 2}" text-anchor="middle">{NOBODY}</text>', NOBODY)
    profit, taken = np.asarray(depth.profit, dtype=float), int(answer.contacted)
    end = reach(depth, taken)
    rivals, shown = rivals_of(depth, profit), depths <= end
    ends = ends_of_money(depth, profit, rivals, shown, taken)
    plot = Plot(WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, (0.0, end), ends)
    parts = [_axes(plot, currency)]
    around = np.concatenate([np.asarray(depth.low)[shown], np.asarray(depth.high)[shown][::-1]])
    band = _path(plot, np.concatenate([depths[shown], depths[shown][::-1]]), around)
    parts.append(f'<path d="{band}Z" fill="{BAND}" stroke="none" clip-path="url(#plot)"/>')
    if told_depth(depth, end):
        parts.append(_stretch(plot, depth.best_low, min(depth.best_high, end)))
    zero = _at(plot, 0.0, 0.0)[1]
    parts.append(f'<path d="M{LEFT} {zero}H{WIDTH - RIGHT}" stroke="{INK}" stroke-width="1"/>')
    for key, values in rivals.items():
        line = _path(plot, depths[shown], values[shown])
        parts.append(
            f'<path d="{line}" fill="none" stroke="{GREY}" stroke-width="1.1" '
            f'stroke-dasharray="{DASHES[key]}" clip-path="url(#plot)"/>'
        )
    line = _path(plot, depths[shown], profit[shown])
    parts.append(f'<path d="{line}" fill="none" stroke="{INK}" stroke-width="2.2" clip-path="url(#plot)"/>')
    parts += _marks(depth, plot, taken, end)
    parts += _labels(depth, depths, profit, rivals, plot, taken, end, currency)
    told = (
        f"Expected net profit by customers contacted: best {words.count(depth.best)} with "
        f"{cash(depth.best_profit, currency)}, chosen {words.count(taken)} with {cash(profit_at(depth, taken), currency)}."
    )
    return _whole("".join(parts), told)


def _whole(inside: str, told: str) -> str:
    clip = (
        f'<clipPath id="plot"><rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/></clipPath>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}"><title>{told}</title>'
        f"<defs>{clip}</defs>{inside}</svg>"
    )


def _at(plot: Plot, x: float, y: float) -> tuple[float, float]:
    across, down = plot.pixels([(x, y)])[0]
    return round(LEFT + float(across), 1), round(TOP + float(down), 1)


def _path(plot: Plot, x: Floats, y: Floats) -> str:
    points = plot.pixels(np.column_stack([x, y])) + np.array([LEFT, TOP])
    return "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in points)


def _axes(plot: Plot, currency: str | None) -> str:
    parts = []
    for value in round_values(*plot.y, 7):
        y = _at(plot, 0.0, value)[1]
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{GRID}" stroke-width=".8"/>')
        parts.append(_text(LEFT - 6, y + 4, tick_cash(value, currency), "end", GREY))
    for value in round_values(*plot.x, 7):
        x = _at(plot, value, 0.0)[0]
        parts.append(_text(x, HEIGHT - BOTTOM + 16, words.count(value), "middle", GREY))
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 8, "Customers contacted, best first", "middle", GREY))
    return "".join(parts)


def _stretch(plot: Plot, low: float, high: float) -> str:
    """The range of the best depth, on the axis."""
    left, right = _at(plot, low, 0.0)[0], _at(plot, high, 0.0)[0]
    return (
        f'<rect x="{left}" y="{HEIGHT - BOTTOM - 6}" width="{round(right - left, 1)}" height="6" '
        f'fill="{STRETCH}"/>'
    )


def _marks(depth: Depth, plot: Plot, contacted: int, end: float) -> list[str]:
    parts = []
    if depth.budget is not None and depth.budget <= end:
        x = _at(plot, depth.budget, 0.0)[0]
        parts.append(
            f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="{INK}" stroke-width="1" stroke-dasharray="5 4"/>'
        )
    x, y = _at(plot, contacted, profit_at(depth, contacted))
    parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="{INK}" stroke-width="2"/>')
    x, y = _at(plot, depth.best, depth.best_profit)
    parts.append(f'<path d="M{x} {y - 7}l7 7l-7 7l-7 -7Z" fill="{INK}" stroke="#ffffff"/>')
    return parts


def _labels(
    depth: Depth,
    depths: Floats,
    profit: Floats,
    rivals: dict[str, Floats],
    plot: Plot,
    contacted: int,
    end: float,
    currency: str | None,
) -> list[str]:
    labels = labels_of(depth, depths, profit, rivals, plot.y, contacted, end, currency, narrow=False)
    shown = depths <= end
    curves = [profit[shown], *(values[shown] for values in rivals.values())]
    lines = obstacles(plot, depth, depths[shown], curves, contacted)
    return [
        _label(label, note, plot)
        for label, note in zip(labels, placed(labels, lines, plot, "light"), strict=True)
    ]


def _label(label: Label, note: dict[str, Any], plot: Plot) -> str:
    x, y = _at(plot, note["x"], note["y"])
    across, down = x + note["ax"], y + note["ay"]
    bold = label.text.startswith("<b>")
    text = label.text.replace("<b>", "").replace("</b>", "")
    return _text(across, down + 4, text, "middle", INK, bold=bold)


def _text(x: float, y: float, text: str, anchor: str, colour: str, *, bold: bool = False) -> str:
    """A text, escaped already; a white edge keeps it apart from lines behind it."""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" fill="{colour}" stroke="#ffffff" '
        f'stroke-width="3" paint-order="stroke"{weight}>{text}</text>'
    )

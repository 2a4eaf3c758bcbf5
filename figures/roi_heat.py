"""Net profit by discount and uplift, with the line where it breaks even."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from figures import words
from figures.roi_base import Floats, cash, side, uplift_text
from figures.segments_base import Trace, figure_of, heading, mixed, rounded
from figures.theme import ink_on, known, rgb, says, tokens

if TYPE_CHECKING:
    from models.campaign.params import CampaignParams
    from models.campaign.sensitivity import Heat

NO_CELLS: Final = "There is nothing to compare here."
# Pixels that a cell has on the narrowest screens, and that a letter of its label takes.
CELL: Final = {True: 28.0, False: 50.0}
LETTER: Final = {True: 5.4, False: 6.2}


def heat(
    grid: Heat,
    params: CampaignParams,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """Net profit by discount and uplift: blue earns, red loses, a line where it breaks even, the present framed.

    The cells are equally large whatever the steps. The figure brings its height; a click brings [discount,
    uplift] as `customdata`.
    """
    chosen = known(theme)
    profit = np.asarray(grid.profit, dtype=float)
    if not profit.size:
        return says(NO_CELLS, chosen)
    token = tokens(chosen)
    discounts, uplifts = [np.asarray(each, dtype=float) for each in (grid.discounts, grid.uplifts)]
    most = float(np.abs(profit).max()) or 1.0
    here = (_nearest(discounts, params.discount), _nearest(uplifts, params.uplift))
    traces = _cells(profit, discounts, uplifts, most, params.uplift_unit, currency, chosen, narrow)
    if profit.min() < 0 < profit.max():
        traces.append(_even(profit, chosen))
    column, row = here
    unit = "percentage points" if params.uplift_unit == "points" else "%"
    sign = words.symbol(currency).strip()
    money = "" if cell_sign(currency, narrow=narrow) or not sign else f"in {words.escape(sign)}; "
    caption = f"{money}blue: earns, red: loses; line: break-even; frame: now"
    if narrow:
        caption = f"{money}blue: earns, red: loses<br>line: break-even, frame: now"
    ticks = {"showgrid": False, "fixedrange": True, "zeroline": False}
    return figure_of(
        traces,
        chosen,
        height=(112 if narrow else 104) + (36 if narrow else 38) * len(uplifts),
        margin={"l": 58, "r": 10, "t": 44 if narrow else 30, "b": 56},
        annotations=[
            heading(caption, 0, 1, chosen, align="left")
            | {"yshift": 5, "font": {"size": 11 if narrow else 12, "color": token["muted"]}}
        ],
        shapes=[
            {
                "type": "rect",
                "x0": column - 0.43,
                "x1": column + 0.43,
                "y0": row - 0.4,
                "y1": row + 0.4,
                "line": {"color": token["text"], "width": 2},
            }
        ],
        xaxis={
            "title": {"text": "Discount (%)"},
            "tickvals": list(range(len(discounts))),
            "ticktext": [_in_hundred(value) for value in discounts],
            "range": [-0.5, len(discounts) - 0.5],
            **ticks,
        },
        yaxis={
            "title": {"text": f"Uplift ({unit})"},
            "tickvals": list(range(len(uplifts))),
            "ticktext": [_in_hundred(value) for value in uplifts],
            "range": [-0.5, len(uplifts) - 0.5],
            **ticks,
        },
    )


def _cells(
    profit: Floats,
    discounts: Floats,
    uplifts: Floats,
    most: float,
    unit: str,
    currency: str | None,
    theme: str,
    narrow: bool,
) -> list[Trace]:
    """The cells as layers, one for each colour of words, since the words of a layer have one colour."""
    token = tokens(theme)
    texts = cell_texts(profit, currency, narrow=narrow)
    inks = [
        [ink_on(rgb(mixed(token["surface-2"], token[side(value)], abs(value) / most)), theme) for value in line]
        for line in profit
    ]  # fmt: skip
    hover = [
        [
            f"<b>Net profit {cash(value, currency)}</b><br>{words.percent(discount, 1 if discount * 100 % 1 else 0)} "
            f"off, uplift {uplift_text(uplift, unit)}"
            for value, discount in zip(line, discounts, strict=True)
        ]
        for line, uplift in zip(profit, uplifts, strict=True)
    ]
    traces: list[Trace] = []
    for ink in sorted({ink for line in inks for ink in line}):
        mine = [[each == ink for each in line] for line in inks]
        traces.append(
            {
                "type": "heatmap",
                "x": list(range(len(discounts))),
                "y": list(range(len(uplifts))),
                "z": _kept(mine, [rounded(line) for line in profit], None),
                "zmin": -most,
                "zmid": 0,
                "zmax": most,
                "colorscale": [[0, token["under"]], [0.5, token["surface-2"]], [1, token["over"]]],
                "xgap": 1,
                "ygap": 1,
                "text": _kept(mine, texts, ""),
                "texttemplate": "%{text}",
                "textfont": {"color": ink, "size": 9.5 if narrow else 11.5},
                "customdata": [[[float(discount), float(uplift)] for discount in discounts] for uplift in uplifts],
                "hovertext": _kept(mine, hover, ""),
                "hovertemplate": "%{hovertext}<extra></extra>",
                "hoverongaps": False,
                "showscale": False,
            }
        )  # fmt: skip
    return traces


def _kept(mine: list[list[bool]], values: Sequence[Sequence[Any]], other: Any) -> list[list[Any]]:
    return [
        [value if keep else other for keep, value in zip(keeps, line, strict=True)]
        for keeps, line in zip(mine, values, strict=True)
    ]


def _even(profit: Floats, theme: str) -> Trace:
    """The line between the cells that earn and those that lose, along their edges: never across a number."""
    earns = profit >= 0
    x: list[float | None] = []
    y: list[float | None] = []
    for row, column in zip(*np.nonzero(earns[:, 1:] != earns[:, :-1]), strict=True):
        x += [column + 0.5, column + 0.5, None]
        y += [row - 0.5, row + 0.5, None]
    for row, column in zip(*np.nonzero(earns[1:] != earns[:-1]), strict=True):
        x += [column - 0.5, column + 0.5, None]
        y += [row + 0.5, row + 0.5, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Break-even",
        "x": [None if value is None else float(value) for value in x],
        "y": [None if value is None else float(value) for value in y],
        "hoverinfo": "skip",
        "line": {"color": tokens(theme)["text"], "width": 2.5},
    }


def cell_texts(profit: Floats, currency: str | None, *, narrow: bool) -> list[list[str]]:
    """Profits (rows, columns) as labels of their cells, all in one unit and to one place: whole, thousands, millions.

    A long sign of a currency is left out, and on a phone every sign; empty where not even millions have room.
    """
    sign, most, room = cell_sign(currency, narrow=narrow), float(np.abs(profit).max()), CELL[narrow]
    for (least, until), size, unit, places in _UNITS:
        texts = [
            [_in_unit(value, currency, bool(sign), size, unit, places, narrow) for value in line]
            for line in profit
        ]
        if (
            least <= most < until
            and LETTER[narrow] * max(len(text) for line in texts for text in line) <= room
        ):
            return [[words.escape(text) for text in line] for line in texts]
    return [["" for _ in line] for line in profit]


def cell_sign(currency: str | None, *, narrow: bool) -> str:
    """The sign of the currency where a cell has room for it."""
    sign = words.symbol(currency).strip()
    return "" if narrow or len(sign) > 1 else sign


# How large the largest of all may be, the unit, its name, and its decimals: the first that has room is taken.
_UNITS: Final = (
    ((0.0, 1e5), 1.0, "", 0),
    ((1e4, 1e6), 1e3, "k", 0),
    ((1e6, 1e9), 1e6, "M", 2),
    ((1e6, 1e9), 1e6, "M", 1),
    ((1e7, 1e9), 1e6, "M", 0),
    ((1e9, math.inf), 1e9, "B", 1),
)


def _in_unit(
    value: float, currency: str | None, signed: bool, size: float, unit: str, places: int, narrow: bool
) -> str:
    text = f"{abs(value) / size:{'' if narrow else ','}.{places}f}"
    nothing = not any(digit in "123456789" for digit in text)
    text = words.marks("0" if nothing else f"{text}{unit}")
    minus = "-" if value < 0 and not nothing else ""
    return words.priced(text, currency, minus) if signed else f"{minus}{text}"


def _nearest(values: Floats, value: float) -> int:
    return int(np.argmin(np.abs(values - value)))


def _in_hundred(share: float) -> str:
    """A share of one as a number of hundredths: "15", "2.5"."""
    hundredths = round(100 * float(share), 1)
    return f"{hundredths:g}" if math.isfinite(hundredths) else words.MISSING

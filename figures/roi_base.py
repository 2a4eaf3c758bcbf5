"""What the charts of the simulator share: money on axes, signs of profit and loss, places for labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures import words
from figures.segments_base import LETTER_WIDTH
from figures.segments_units import cell_words, round_values
from figures.theme import tokens
from models.campaign import sensitivity

Floats = NDArray[np.float64]


def cash(value: float | None, currency: str | None) -> str:
    """An amount as a chart's label, escaped: "$648", "-$12,480", "$2.50M"."""
    return words.escape(words.money_short(value, currency))


def tick_cash(value: float | None, currency: str | None, whole: float = 1e4) -> str:
    """An amount as short as a tick or a cell needs, escaped: "-$1.2k"."""
    return cell_words(value, "money", currency, whole).replace("−", "-")


def uplift_text(uplift: float, unit: str) -> str:
    """An uplift in its unit, as the locale writes it: "+12.5 %", "-2 points"."""
    return words.prose(sensitivity.uplift_text(uplift, unit))


def money_axis(
    low: float, high: float, currency: str | None, *, title: str = "Net profit", narrow: bool = False
) -> dict[str, Any]:
    """An axis of money from `low` to `high` with round ticks, fewer and shorter on a phone; its title says the unit."""
    values = round_values(low, high, 4 if narrow else 7)
    sign = words.symbol(currency).strip()
    return {
        "title": {"text": words.escape(f"{title} ({sign})" if sign else title)},
        "range": [low, high],
        "tickvals": values,
        "ticktext": [tick_cash(value, currency, 1e3 if narrow else 1e4) for value in values],
        "fixedrange": True,
    }


def room_of(axis: dict[str, Any]) -> float:
    """Width in pixels that a vertical axis needs for its ticks and its title."""
    return 40 + LETTER_WIDTH * max([len(words.unescape(text)) for text in axis["ticktext"]], default=0)


def captioned(axis: dict[str, Any], text: str) -> dict[str, Any]:
    """An axis whose title has a line of small words below it; `text` is escaped already."""
    title = f"{axis['title']['text']}<br><span style='font-size:11px'>{text}</span>"
    return axis | {"title": {"text": title}}


def span(values: Iterable[float], left: float = 0.06, right: float | None = None) -> tuple[float, float]:
    """The ends of an axis that holds zero and all finite `values`, with room at both ends as shares of its length.

    Where nothing lies on a side of zero, only a little room is left there; `right` is always left.
    """
    found = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *found]), max([0.0, *found])
    high = high if high > low else 1.0
    before = left if low < 0 else 0.02
    after = right if right is not None else left if high > 0 else 0.02
    whole = (high - low) / (1.0 - before - after)
    return low - before * whole, high + after * whole


def side(value: float) -> str:
    """The token of a profit's or a loss' colour, told apart by colour-blind people too."""
    return "over" if value >= 0 else "under"


def hatch(theme: str, *, wanted: bool = True) -> dict[str, Any]:
    """The pattern of bars that colour alone must not tell from others; plain ones have the same without lines."""
    return {
        "shape": "/" if wanted else "",
        "fillmode": "overlay",
        "fgcolor": tokens(theme)["surface"],
        "size": 7,
        "solidity": 0.25,
    }


def upright(x: float, theme: str, *, dash: str = "solid", colour: str = "border-strong") -> dict[str, Any]:
    """A vertical line across the plot."""
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": tokens(theme)[colour], "width": 1.5, "dash": dash},
    }


def level(y: float, theme: str) -> dict[str, Any]:
    """A horizontal line across the plot."""
    return {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": y,
        "y1": y,
        "line": {"color": tokens(theme)["border-strong"], "width": 1.5},
    }


def beside(text: str, x: float, at: int, theme: str) -> dict[str, Any]:
    """Words on the right of a bar and its whisker, which end at `x`."""
    return {
        "text": text,
        "x": x,
        "y": at,
        "xanchor": "left",
        "yanchor": "middle",
        "align": "left",
        "xshift": 7,
        "showarrow": False,
        "font": {"size": 12, "color": tokens(theme)["text"]},
    }


def told(row: Mapping[str, Any], key: str) -> float:
    """A number of a row; not a number where it is missing."""
    value = row.get(key)
    return math.nan if value is None else float(value)

"""Sparklines of the cards: a line as a mask, so that the page gives it the colour of its theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

WIDTH: Final = 120
HEIGHT: Final = 32
# Room for half of the dot at the end.
EDGE: Final = 4
AREA: Final = 0.16


def spark_mask(points: Sequence[Sequence[Any]]) -> str:
    """The line through (date, value) `points`, oldest first, as a CSS image: `url("data:image/svg+xml,...")`.

    What is opaque shows the colour of the element it masks: the line with its last point, and faintly the area
    below it. Missing values are left out; without two values there is only the point, or nothing.
    """
    values = [
        (at, float(point[1]))
        for at, point in enumerate(points)
        if point[1] is not None and math.isfinite(float(point[1]))
    ]
    return f'url("data:image/svg+xml,{quote(_svg(values), safe=_SAFE)}")'


# What need not be escaped in a data address inside double quotes; the fewer, the shorter.
_SAFE: Final = " /:=,;'()"


def _svg(values: Sequence[tuple[int, float]]) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none'"
        " fill='none' stroke='#000' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'>"
    )
    return head + _paths(values) + "</svg>"


def _paths(values: Sequence[tuple[int, float]]) -> str:
    if not values:
        return ""
    places = _places(values)
    # No length and a round end: a dot that stays round however wide the card is.
    x, y = places[-1]
    dot = f"<path d='M{x:g} {y:g}h0' stroke-width='6' {_FIXED}/>"
    if len(places) < 2:
        return dot
    line = "L".join(f"{x:g} {y:g}" for x, y in places)
    area = f"<path d='M{line}V{HEIGHT}H{places[0][0]:g}Z' fill='#000' fill-opacity='{AREA}' stroke='none'/>"
    return f"{area}<path d='M{line}' {_FIXED}/>{dot}"


_FIXED: Final = "vector-effect='non-scaling-stroke'"


def _places(values: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    low, high = min(value for _, value in values), max(value for _, value in values)
    first, last = values[0][0], values[-1][0]
    inner = HEIGHT - 2 * EDGE
    return [
        (
            round(EDGE + (WIDTH - 2 * EDGE) * ((at - first) / (last - first) if last > first else 1.0), 1),
            round(EDGE + inner * ((high - value) / (high - low) if high > low else 0.5), 1),
        )
        for at, value in values
    ]

"""Which points lie in a polygon."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Points = Sequence[tuple[float, float]]
Edge = tuple[float, ...]
Floats = NDArray[np.float64]
GRID: Final = 256


def inside(points: Points, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which points (`x`, `y`) lie in a polygon by the even-odd rule; one without a coordinate (NaN) never does.

    A rectangle along the axes has its edges in it. Else a grid over the polygon decides nearly all points by
    the cell they are in; only in cells near an edge is a point compared with the edges at its height.
    """
    xs, ys = (sorted({corner[axis] for corner in points}) for axis in (0, 1))
    found = (x >= xs[0]) & (x <= xs[-1]) & (y >= ys[0]) & (y <= ys[-1])
    if len(xs) == len(ys) == 2 and len(points) == len(set(points)) == 4 and _along_axes(points):
        return found
    if len(xs) < 2 or len(ys) < 2:
        return np.zeros(len(x), dtype=bool)
    sides: list[Edge] = [
        (*lower, *upper)
        for lower, upper in (sorted(pair, key=lambda at: at[1]) for pair in pairwise((*points, points[0])))
    ]
    within, near = _cells(sides, (xs[0], xs[-1]), (ys[0], ys[-1]))
    boxed = np.flatnonzero(found)
    x, y = x[boxed], y[boxed]
    cell = _index(y, ys[0], ys[-1]) * GRID + _index(x, xs[0], xs[-1])
    answer = within.ravel()[cell]
    close = np.flatnonzero(near.ravel()[cell])
    answer[close] = _crossed_oddly(sides, x[close], y[close])
    found[boxed] = answer
    return found


def _crossed_oddly(sides: Sequence[Edge], x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Whether an odd number of edges lies to the right of each point."""
    order = np.argsort(y)
    x, y = x[order], y[order]
    odd = np.zeros(len(x), dtype=bool)
    for x0, y0, x1, y1 in sides:
        if y0 < y1:
            first, last = np.searchsorted(y, (y0, y1))
            here = slice(first, last)
            odd[here] ^= x[here] < x0 + (y[here] - y0) * ((x1 - x0) / (y1 - y0))
    answer = np.empty_like(odd)
    answer[order] = odd
    return answer


def _cells(
    sides: Sequence[Edge], x_range: tuple[float, float], y_range: tuple[float, float]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which cells, by row of y, lie wholly within the polygon, and which are near an edge.

    Near is a cell and its neighbours, so that rounding cannot put a point on the wrong side unseen.
    """
    high, wide = (y_range[1] - y_range[0]) / GRID, (x_range[1] - x_range[0]) / GRID
    rows = np.arange(GRID)
    centres = y_range[0] + (rows + 0.5) * high
    passed = np.zeros((GRID, GRID + 1), dtype=np.int32)
    near = np.zeros((GRID, GRID + 1), dtype=np.int32)
    for x0, y0, x1, y1 in sides:
        tall = y1 - y0 or 1.0
        crossed = np.flatnonzero((centres >= y0) & (centres < y1))
        at = x0 + (centres[crossed] - y0) / tall * (x1 - x0)
        np.add.at(passed, (crossed, _columns((at - x_range[0]) / wide) + 1), 1)
        below, above = y_range[0] + (rows - 1) * high, y_range[0] + (rows + 2) * high
        met = np.flatnonzero((above >= y0) & (below <= y1))
        ends = [np.clip((edge[met] - y0) / tall, 0.0, 1.0) for edge in (below, above)]
        if y1 == y0:
            ends = [np.zeros(len(met)), np.ones(len(met))]
        reach = np.sort([x0 + end * (x1 - x0) for end in ends], axis=0)
        first, last = (
            _columns((edge - x_range[0]) / wide + side) for edge, side in zip(reach, (-1, 1), strict=True)
        )
        np.add.at(near, (met, first), 1)
        np.add.at(near, (met, last + 1), -1)
    close = np.cumsum(near, axis=1)[:, :GRID] > 0
    odd = np.cumsum(passed, axis=1)[:, :GRID] % 2 == 1
    return odd & ~close, close


def _columns(places: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.clip(np.floor(places), 0, GRID - 1).astype(np.int64)
    return found


def _index(values: Floats, low: float, high: float) -> NDArray[np.int32]:
    return np.minimum(((values - low) * (GRID / (high - low))).astype(np.int32), GRID - 1)


def _along_axes(points: Points) -> bool:
    ends = (*points, points[0])
    return all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ends))

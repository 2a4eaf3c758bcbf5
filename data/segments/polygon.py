"""Which points lie in a polygon, in the engine's words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Points = Sequence[tuple[float, float]]
Edge = tuple[float, ...]
GRID: Final = 256


def inside(points: Points, x: str, y: str) -> str:
    """The condition that the point (`x`, `y`), two columns, lies in a polygon by the even-odd rule.

    A rectangle along the axes has its edges in it. Else a grid over the polygon decides nearly all points by
    the cell they are in; only in cells near an edge is a point compared with the edges of its band of y, which
    a search tree finds (Preparata & Shamos 1985, Computational Geometry, sec. 2.2, slab method).
    """
    xs, ys = (sorted({corner[axis] for corner in points}) for axis in (0, 1))
    box = f"{x} BETWEEN {literal(xs[0])} AND {literal(xs[-1])} AND {y} BETWEEN {literal(ys[0])} AND {literal(ys[-1])}"
    corners = set(points)
    if len(xs) == len(ys) == 2 and len(points) == len(corners) == 4 and _along_axes(points):
        return box
    if len(xs) < 2 or len(ys) < 2:
        return "false"
    sides: list[Edge] = [
        (*lower, *upper)
        for lower, upper in (sorted(pair, key=lambda at: at[1]) for pair in pairwise((*points, points[0])))
    ]
    edges = [side for side in sides if side[1] < side[3]]
    slabs = [
        _crossings(x, y, [edge for edge in edges if edge[1] <= low and edge[3] >= high])
        for low, high in pairwise(ys)
    ]
    within, near = _cells(sides, (xs[0], xs[-1]), (ys[0], ys[-1]))
    cell = f"{_index(y, ys[0], ys[-1])} * {GRID} + {_index(x, xs[0], xs[-1])}"
    exact = f"{y} < {literal(ys[-1])} AND {_tree(y, ys, slabs, 0, len(slabs))}"
    return f"{box} AND ({_bit(within, cell)} OR ({_bit(near, cell)} AND {exact}))"


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


def _index(column: str, low: float, high: float) -> str:
    # Held within the grid: the engine may look at a cell before it looks at the box.
    place = f"floor(({column} - {literal(low)}) * {literal(GRID / (high - low))})"
    return f"CAST(greatest(0, least({GRID - 1}, {place})) AS INTEGER)"


def _bit(cells: NDArray[np.bool_], cell: str) -> str:
    bits = "".join("1" if there else "0" for there in cells.ravel().tolist())
    return f"get_bit(CAST('{bits}' AS BIT), {cell}) = 1"


def _along_axes(points: Points) -> bool:
    ends = (*points, points[0])
    return all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ends))


def _crossings(x: str, y: str, edges: Sequence[Edge]) -> str:
    """Whether an odd number of edges lies to the right of the point."""
    terms = [
        f"({x} < {literal(x0)} + ({y} - {literal(y0)}) * {literal((x1 - x0) / (y1 - y0))})"
        for x0, y0, x1, y1 in edges
    ]
    text = "false"
    for place, term in enumerate(terms):
        text = term if place == 0 else f"({text} <> {term})"
    return text


def _tree(y: str, ys: Sequence[float], slabs: Sequence[str], first: int, last: int) -> str:
    if last - first == 1:
        return slabs[first]
    middle = (first + last) // 2
    below, above = _tree(y, ys, slabs, first, middle), _tree(y, ys, slabs, middle, last)
    return f"CASE WHEN {y} < {literal(ys[middle])} THEN {below} ELSE {above} END"


def literal(value: float) -> str:
    """A float as the engine reads it."""
    # An exponent makes it a float, brackets keep a negative one from becoming a comment.
    return f"({float(value):.17e})"

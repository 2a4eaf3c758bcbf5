"""Which points lie in a polygon, in the engine's words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Points = Sequence[tuple[float, float]]


def inside(points: Points, x: str, y: str) -> str:
    """The condition that the point (`x`, `y`), two columns, lies in a polygon by the even-odd rule.

    A rectangle along the axes has its edges in it. Else the corners cut the plane into bands of y; a
    search tree finds a point's band, where only the few edges that cross it are compared with x
    (Preparata & Shamos 1985, Computational Geometry, sec. 2.2, slab method).
    """
    xs, ys = (sorted({corner[axis] for corner in points}) for axis in (0, 1))
    box = f"{x} BETWEEN {literal(xs[0])} AND {literal(xs[-1])} AND {y} BETWEEN {literal(ys[0])} AND {literal(ys[-1])}"
    corners = set(points)
    if len(xs) == len(ys) == 2 and len(points) == len(corners) == 4 and _along_axes(points):
        return box
    if len(ys) < 2:
        return "false"
    ends = (*points, points[0])
    edges = [
        (*lower, *upper)
        for lower, upper in (sorted(pair, key=lambda at: at[1]) for pair in pairwise(ends))
        if lower[1] < upper[1]
    ]
    slabs = [
        _crossings(x, y, [edge for edge in edges if edge[1] <= low and edge[3] >= high])
        for low, high in pairwise(ys)
    ]
    return f"{box} AND {y} < {literal(ys[-1])} AND {_tree(y, ys, slabs, 0, len(slabs))}"


def _along_axes(points: Points) -> bool:
    ends = (*points, points[0])
    return all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ends))


def _crossings(x: str, y: str, edges: Sequence[tuple[float, ...]]) -> str:
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

"""Places for labels inside a chart: beside their points, apart from one another and from lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from figures import words
from figures.segments_base import LETTER_WIDTH
from figures.theme import tokens

Floats = NDArray[np.float64]
LINE_HEIGHT: Final = 16.0
# How near and how far a label may stand from the point that it names, in pixels.
NEAR: Final = 10.0
FAR: Final = 30.0
# Points that a line to a label is looked at by.
WAY: Final = 12


def text_width(text: str, size: float = 12) -> float:
    """Width in pixels of the longest line of an escaped label."""
    lines = words.unescape(text.replace("<b>", "").replace("</b>", "")).split("<br>")
    return max(len(line) for line in lines) * LETTER_WIDTH * size / 12 + 6


@dataclass(frozen=True)
class Label:
    """A label of the point (`x`, `y`), or of one of several; `colour` is a token."""

    text: str
    points: tuple[tuple[float, float], ...]
    colour: str = "text"
    size: float = 12


@dataclass(frozen=True)
class Plot:
    """A plot of at least `width` by `height` pixels, showing `x` and `y` from end to end."""

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def pixels(self, points: Any) -> Floats:
        """Points (n, 2) of the data in pixels from the top left corner, shape (n, 2)."""
        given = np.asarray(points, dtype=float).reshape(-1, 2)
        across = (given[:, 0] - self.x[0]) / (self.x[1] - self.x[0]) * self.width
        down = (self.y[1] - given[:, 1]) / (self.y[1] - self.y[0]) * self.height
        return np.column_stack([across, down])

    def traced(self, x: Any, y: Any) -> Floats:
        """A line as points a few pixels apart, shape (n, 2): what labels had better not cover."""
        line = self.pixels(np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)]))
        if len(line) < 2:
            return line
        at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        steps = np.linspace(0.0, at[-1], max(2, min(600, int(at[-1] / 6))))
        return np.column_stack([np.interp(steps, at, line[:, 0]), np.interp(steps, at, line[:, 1])])


def placed(labels: Sequence[Label], lines: Sequence[Floats], plot: Plot, theme: str) -> list[dict[str, Any]]:
    """Labels as annotations where they cover neither one another nor, if it can be helped, a line.

    The first labels choose first. `lines` are in pixels (see `Plot.traced`). A label away from its point has
    a thin line to it.
    """
    points = np.concatenate([np.empty((0, 2)), *lines])
    marks = plot.pixels([label.points[0] for label in labels if len(label.points) == 1])
    taken = np.empty((0, 4))
    notes = []
    for label in labels:
        width = text_width(label.text, label.size)
        height = LINE_HEIGHT * (1 + label.text.count("<br>"))
        own = np.repeat(plot.pixels(label.points), len(_AWKWARD), axis=0)
        boxes = np.concatenate([_around(point, width, height) for point in plot.pixels(label.points)])
        cost = np.tile(_AWKWARD, len(label.points)) + np.repeat(np.arange(len(label.points)), len(_AWKWARD))
        cost += _outside(boxes, plot) + 9.0 * _inside(points, boxes, (2, 0)).sum(axis=1)
        cost += 10.0 * _shared(boxes, taken) + _crossed(own, boxes, taken, marks)
        best = int(np.argmin(cost))
        taken = np.concatenate([taken, boxes[best : best + 1]])
        points = np.concatenate([points, _leaders(own[best : best + 1], boxes[best : best + 1])[0]])
        notes.append(_note(label, boxes[best], label.points[best // len(_AWKWARD)], plot, theme))
    return notes


# Where a box may lie around its point: how far away, below or above, how far to the side; or beside it.
_GAPS: Final = (NEAR, 1.8 * NEAR, FAR, 1.6 * FAR, 2.4 * FAR)
_ASIDE: Final = (0.0, -0.5, 0.5, -0.25, 0.25)
_AWKWARD: Final = np.array(
    [
        gap / 4 + more
        for gap in _GAPS
        for more in (*(abs(across) for _ in (-1, 1) for across in _ASIDE), 1.0, 1.0)
    ]
)


def _around(point: Floats, width: float, height: float) -> Floats:
    """Boxes (left, top, right, bottom) around a point, in the order of `_AWKWARD`, shape (k, 4)."""
    middles = [
        place
        for gap in _GAPS
        for place in (
            *((across * width, down * (gap + height / 2)) for down in (-1, 1) for across in _ASIDE),
            (-gap - width / 2, 0.0),
            (gap + width / 2, 0.0),
        )
    ]
    middle = np.asarray(middles) + point
    half = np.array([width / 2, height / 2])
    return np.concatenate([middle - half, middle + half], axis=1)


def _outside(boxes: Floats, plot: Plot) -> Floats:
    """How much of each box lies outside the plot."""
    over = np.maximum(0, -boxes[:, :2]).sum(axis=1)
    result: Floats = 50.0 * (over + np.maximum(0, boxes[:, 2:] - [plot.width, plot.height]).sum(axis=1))
    return result


def _inside(points: Floats, boxes: Floats, room: tuple[float, float]) -> NDArray[np.bool_]:
    """Which points lie in which box with `room` around it, shape (boxes, points)."""
    x, y = points[:, 0], points[:, 1]
    left, top, right, bottom = (boxes[:, [side]] for side in range(4))
    across, down = room
    found: NDArray[np.bool_] = (
        (x > left - across) & (x < right + across) & (y > top - down) & (y < bottom + down)
    )
    return found


def _shared(boxes: Floats, taken: Floats) -> Floats:
    """The area that each box shares with those taken, with a little room between them."""
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], taken[None, :, 2:])
    result: Floats = np.maximum(0.0, high - low + [4.0, 2.0]).prod(axis=2).sum(axis=1)
    return result


def _leaders(points: Floats, boxes: Floats) -> Floats:
    """Lines from points to the middles of boxes, shape (boxes, WAY, 2); all at the middle where it is beside it."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    start = np.where(_away(points, boxes)[:, None] > 1.9 * NEAR, points, middle)
    return np.linspace(start, middle, WAY, axis=1)


def _away(points: Floats, boxes: Floats) -> Floats:
    """How far each box is from its point, in pixels."""
    gaps = np.concatenate([boxes[:, :2] - points, points - boxes[:, 2:]], axis=1)
    result: Floats = gaps.max(axis=1)
    return result


def _crossed(points: Floats, boxes: Floats, taken: Floats, marks: Floats) -> Floats:
    """How much labels or the lines to them get in the way of other labels and of marks."""
    ways = _leaders(points, boxes)
    inside = _inside(ways.reshape(-1, 2), taken, (0, 0)).reshape(len(taken), *ways.shape[:2]).sum(axis=(0, 2))
    other = np.hypot(*np.moveaxis(marks[None] - points[:, None], 2, 0)) > 1
    gaps = np.hypot(*np.moveaxis(ways[:, :, None] - marks[None, None], 3, 0)).min(axis=1)
    under = _inside(marks, boxes, (6, 4)) & other
    return 16.0 * inside + 20.0 * ((gaps < 7) & other).sum(axis=1) + 30.0 * under.sum(axis=1)


def _note(label: Label, box: Floats, place: tuple[float, float], plot: Plot, theme: str) -> dict[str, Any]:
    point = plot.pixels([place])[0]
    across, down = (box[:2] + box[2:]) / 2 - point
    token = tokens(theme)
    far = _away(point[None], box[None])[0] > 1.9 * NEAR
    return {
        "text": label.text,
        "x": place[0],
        "y": place[1],
        "ax": round(float(across), 1),
        "ay": round(float(down), 1),
        "xanchor": "center",
        "yanchor": "middle",
        # Its text stands at the tail of the arrow, whether or not the arrow can be seen.
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "standoff": 5,
        "arrowcolor": token["muted"] if far else "rgba(0,0,0,0)",
        "borderpad": 1,
        "font": {"size": label.size, "color": token[label.colour]},
    }

"""How well segments keep alike customers together and others apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from models.segmentation.sampling import draw

Floats = NDArray[np.float64]
Codes = NDArray[Any]

# Customers looked at for explained variance, and of these for the silhouette, which compares all pairs.
SAMPLE: Final = 50_000
PAIRS: Final = 10_000
# So many rows of distances at a time stay in the processor's cache.
_CHUNK: Final = 40


@dataclass(frozen=True)
class Quality:
    """`silhouette` from -1 to 1 and `explained`, the share of variance between segments; outliers left out.

    None where there are not two segments.
    """

    silhouette: float | None
    explained: float | None


def quality(matrix: Floats, codes: Codes, seed: int = 42) -> Quality:
    """Quality of segments 0..k-1 (negative: outlier), shape (n,), of customers, shape (n, m)."""
    places = np.flatnonzero(codes >= 0)
    if len(np.unique(codes[places])) < 2:
        return Quality(None, None)
    places = places[draw(matrix[places], SAMPLE, seed)]
    rows, known = matrix[places], codes[places]
    pairs = subsample(len(rows), seed)
    with threadpool_limits(limits=1):
        return Quality(silhouettes(rows[pairs], [known[pairs]])[0], explained(rows, known))


def subsample(count: int, seed: int) -> NDArray[np.intp]:
    """Positions of at most 10,000 of `count` rows, in rising order."""
    if count <= PAIRS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, PAIRS, replace=False))


def within(rows: Floats, codes: Codes) -> float:
    """Sum of squared distances of rows, shape (n, m), to the mean of their segment 0..k-1: the inertia."""
    counts = np.bincount(codes)
    total = 0.0
    for column in (rows - rows.mean(axis=0)).T:
        sums = np.bincount(codes, weights=column)
        means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
        total += float(((column - means[codes]) ** 2).sum())
    return total


def explained(rows: Floats, codes: Codes) -> float:
    """Share of the variance of rows, shape (n, m), that lies between segments 0..k-1."""
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    return 1.0 - within(rows, codes) / total if total > 0 else 0.0


def silhouettes(rows: Floats, labellings: Sequence[Codes]) -> list[float | None]:
    """Mean silhouette (Rousseeuw 1987) of each labelling 0..k-1 of the same rows, shape (n, m).

    Distances are worked out once for all labellings. A row alone in its segment counts 0; None for a
    labelling of fewer than two segments.
    """
    count = len(rows)
    widths = [int(codes.max()) + 1 for codes in labellings]
    flags = np.zeros((count, sum(widths)))
    starts = np.cumsum([0, *widths[:-1]])
    for codes, start in zip(labellings, starts, strict=True):
        flags[np.arange(count), start + codes] = 1.0
    sizes = flags.sum(axis=0)
    centred = rows - rows.mean(axis=0)
    squares = (centred**2).sum(axis=1)
    totals = np.zeros(len(labellings))
    for first in range(0, count, _CHUNK):
        part = slice(first, first + _CHUNK)
        distances = squares[part, None] + squares - 2.0 * (centred[part] @ centred.T)
        distances = np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        # The difference of large squares leaves a trace where there is none.
        distances[np.arange(len(distances)), np.arange(first, first + len(distances))] = 0.0
        sums = distances @ flags
        for place, (codes, start, width) in enumerate(zip(labellings, starts, widths, strict=True)):
            totals[place] += _widths(
                sums[:, start : start + width], sizes[start : start + width], codes[part]
            )
    return [
        float(total / count) if np.count_nonzero(sizes[start : start + width]) > 1 else None
        for total, start, width in zip(totals, starts, widths, strict=True)
    ]


def _widths(sums: Floats, sizes: Floats, codes: Codes) -> float:
    """Sum of the silhouettes of rows, from their summed distances to each segment, shape (c, k)."""
    own = np.arange(len(codes)), codes
    alone = sizes[codes] <= 1
    inner = sums[own] / np.maximum(sizes[codes] - 1, 1)
    means = np.divide(sums, sizes, out=np.full_like(sums, np.inf), where=sizes > 0)
    means[own] = np.inf
    outer = means.min(axis=1)
    larger = np.maximum(inner, outer)
    known = ~alone & np.isfinite(outer) & (larger > 0)
    return float(((outer[known] - inner[known]) / larger[known]).sum())

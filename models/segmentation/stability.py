"""Whether the same segments come back when the customers are drawn again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data.errors import InputError
from models.segmentation.assigners import Assigner, Codes
from models.segmentation.params import DBSCAN, GAUSSIAN, HDBSCAN, KMEANS, WARD
from models.segmentation.sampling import draw

Floats = NDArray[np.float64]

ROUNDS: Final = 20
# The larger the sample, the nearer to the segments of all; what each method can redraw in about a second.
SAMPLES: Final = {KMEANS: 5_000, GAUSSIAN: 2_000, WARD: 2_000, DBSCAN: 1_500, HDBSCAN: 1_500}
SAMPLE: Final = 2_000
# Adjusted Rand index from which segments are called stable, and below which they are not to be relied on.
STABLE: Final = 0.75
UNSTABLE: Final = 0.5
# Hennig (2007): below this a cluster has dissolved.
DISSOLVED: Final = 0.6


@dataclass(frozen=True)
class Stability:
    """How alike segments of redrawn customers are to the segments they got; 1: the same, 0: by chance.

    `mean`, `low` and `high` (5 and 95 %) of the adjusted Rand index; `by_code` the mean Jaccard similarity
    of each segment to the one most like it; `weak` the codes that mostly do not come back.
    """

    mean: float
    low: float
    high: float
    rounds: int
    by_code: dict[int, float]
    weak: tuple[int, ...]
    sentence: str
    stable: bool


def stability(
    matrix: Floats,
    codes: Codes,
    refit: Callable[[Floats, int], Assigner],
    k: int,
    seed: int = 42,
    rounds: int = ROUNDS,
    sample: int = SAMPLE,
) -> Stability:
    """Stability of segments 0..k-1 (-1: outlier), shape (n,), of customers, shape (n, m), by the bootstrap.

    `refit(rows, seed)` fits the same clustering to other customers (`cluster.refit_of`). Each round draws a
    sample with replacement, fits to it and assigns the sample, which is compared with the codes it has
    (Hubert & Arabie 1985; Hennig 2007). A round that finds no clusters counts as one that puts all together.
    """
    places = draw(matrix, sample, seed)
    rows, known = matrix[places], np.asarray(codes[places], dtype=np.int64)
    indices, overlaps = [], []
    with threadpool_limits(limits=1):
        for number in range(rounds):
            picks = np.random.default_rng([seed, number]).integers(0, len(rows), len(rows))
            try:
                found = refit(rows[np.sort(picks)], seed + number + 1).assign(rows).astype(np.int64)
            except InputError:
                found = np.full(len(rows), -1, dtype=np.int64)
            table = _crossed(known, found, k)
            indices.append(_rand(table))
            overlaps.append(_jaccard(table))
    index = np.asarray(indices)
    # A segment nobody of the sample is in cannot be judged.
    seen = np.bincount(known[known >= 0], minlength=k) > 0
    means = np.mean(overlaps, axis=0)
    by_code = {code: float(means[code]) for code in range(k) if seen[code]}
    mean = float(index.mean())
    low, high = (float(value) for value in np.quantile(index, (0.05, 0.95)))
    weak = tuple(code for code, overlap in by_code.items() if overlap < DISSOLVED)
    return Stability(
        mean, low, high, rounds, by_code, weak, _sentence(mean, len(weak)), mean >= STABLE and not weak
    )


def _sentence(mean: float, weak: int) -> str:
    index = f"adjusted Rand index {mean:.2f} of 1"
    if mean < UNSTABLE:
        return (
            f"Unstable: drawn again, customers often land in other segments ({index}). Take them as a rough "
            "picture, or try fewer segments, other columns or another method."
        )
    if weak:
        some = "one segment mostly does" if weak == 1 else f"{weak} segments mostly do"
        return f"Partly stable: most customers stay together when drawn again ({index}), but {some} not come back."
    if mean < STABLE:
        return f"Fairly stable: the segments come back when customers are drawn again, with wandering edges ({index})."
    return f"Stable: the same segments come back when customers are drawn again ({index})."


def _crossed(known: NDArray[np.int64], found: NDArray[np.int64], k: int) -> Floats:
    """Customers by the segment they have (last row: outliers) and by the one found (last column likewise)."""
    width = int(found.max(initial=-1)) + 2
    rows, columns = np.where(known < 0, k, known), np.where(found < 0, width - 1, found)
    counts = np.bincount(rows * width + columns, minlength=(k + 1) * width)
    return counts.reshape(k + 1, width).astype(np.float64)


def _rand(table: Floats) -> float:
    """Adjusted Rand index of a table of counts (Hubert & Arabie 1985, eq. 5)."""

    def pairs(values: Floats) -> float:
        return float((values * (values - 1.0)).sum() / 2.0)

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    total = pairs(table.sum(keepdims=True))
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2.0
    return (both - expected) / (most - expected) if most > expected else 1.0


def _jaccard(table: Floats) -> Floats:
    """Largest Jaccard similarity of each segment with any found one, shape (k,)."""
    inner = table[:-1, :-1]
    if not inner.shape[1]:
        return np.zeros(len(inner))
    union = table[:-1].sum(axis=1)[:, None] + table[:, :-1].sum(axis=0) - inner
    shares = np.divide(inner, union, out=np.zeros_like(inner), where=union > 0)
    return np.asarray(shares.max(axis=1), dtype=np.float64)


def to_dict(found: Stability, keys: dict[int, str]) -> dict[str, Any]:
    """The stability as plain JSON values, its segments under the keys of their codes."""
    return {
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "rounds": found.rounds,
        "by_segment": {keys[code]: value for code, value in found.by_code.items() if code in keys},
        "sentence": found.sentence,
        "stable": found.stable,
    }

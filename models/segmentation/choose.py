"""How many segments to make: what each number would give, and one recommended with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data.errors import InputError
from models.segmentation import quality
from models.segmentation.assigners import Assigner, Mixture
from models.segmentation.cluster import centres_of, fit, ward_cut, ward_tree
from models.segmentation.params import COUNTED, GAUSSIAN, KMEANS, MAX_K, METHODS, MIN_K, WARD
from models.segmentation.sampling import distinct, draw

Floats = NDArray[np.float64]

# Customers on whom the numbers are tried.
SAMPLES: Final = {KMEANS: 50_000, GAUSSIAN: 5_000, WARD: 5_000}
STARTS: Final = 4
# How much higher a silhouette must be than the elbow's to win; for two segments it must be strong as well
# (Kaufman & Rousseeuw 1990, table 4: above .7).
HIGHER: Final = 0.05
MUCH_HIGHER: Final = 0.2
STRONG: Final = 0.7
# Of bends that differ by less of the curve's height than this, the one of fewer segments is taken.
EVEN: Final = 0.02


@dataclass(frozen=True)
class Choice:
    """What was found for each number of segments, and the one recommended.

    `rows` are {"k", "inertia", "silhouette", "explained"}: inertia is that of all customers, estimated from
    the sample; `elbow` and `best_silhouette` are the numbers the two rules would choose; `sentences` say
    why the recommended one is recommended.
    """

    rows: tuple[dict[str, Any], ...]
    recommended: int
    elbow: int
    best_silhouette: int
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The choice as plain JSON values."""
        return {
            "rows": [dict(row) for row in self.rows],
            "recommended": self.recommended,
            "elbow": self.elbow,
            "best_silhouette": self.best_silhouette,
            "sentences": list(self.sentences),
        }


def choose_k(matrix: Floats, method: str = KMEANS, seed: int = 42) -> Choice:
    """Try 2 to 10 segments, fewer where customers are alike, of customers, shape (n, m).

    `method` is one that is told the number (`params.COUNTED`). Raises `InputError` for other methods and
    where fewer than two customers differ.
    """
    if method not in COUNTED:
        raise InputError(f"{METHODS.get(method, method)} finds out itself how many segments there are.")
    rows = matrix[draw(matrix, SAMPLES[method], seed)]
    different = distinct(rows)
    if different < 2:
        raise InputError(
            "Every customer has the same values in what they are compared by, so there is nothing to tell "
            "segments apart: choose other columns."
        )
    numbers = range(MIN_K, min(MAX_K, max(different - 1, MIN_K)) + 1)
    with threadpool_limits(limits=1):
        found = list(_tried(rows, method, numbers, seed))
        tried = [one.assign(rows).astype(np.int64) for one in found]
        pairs = quality.subsample(len(rows), seed)
        silhouettes = quality.silhouettes(rows[pairs], [codes[pairs] for codes in tried])
        inertia = [quality.within(rows, codes) for codes in tried]
        total = quality.within(rows, np.zeros(len(rows), dtype=np.int64))
    table = tuple(
        {
            "k": k,
            "inertia": spread * len(matrix) / len(rows),
            "silhouette": silhouette,
            "explained": 1.0 - spread / total,
        }
        for k, spread, silhouette in zip(numbers, inertia, silhouettes, strict=True)
    )
    curve = [
        _surprise(one, rows) if isinstance(one, Mixture) else spread
        for one, spread in zip(found, inertia, strict=True)
    ]
    return _recommend(table, elbow_of(curve))


def _tried(rows: Floats, method: str, numbers: Iterable[int], seed: int) -> Iterator[Assigner]:
    tree = ward_tree(rows) if method == WARD else None
    for k in numbers:
        if tree is None:
            yield fit(rows, method, k, seed=seed, starts=STARTS)
        else:
            yield centres_of(rows, ward_cut(tree, k))


def _surprise(mixture: Mixture, rows: Floats) -> float:
    """Mean negative log-likelihood of rows, shape (n, m), less a constant: what a mixture makes small."""
    return -float(np.logaddexp.reduce(mixture.log_densities(rows), axis=1).mean())


def elbow_of(curve: Sequence[float]) -> int:
    """The number of segments, from 2, after which more of them help least: farthest below the chord.

    `curve` is what the method makes small, for 2 segments and more: inertia, or of a mixture the mean
    negative log-likelihood (the rule: Satopaa et al. 2011). It starts at 2, since from one segment to two
    is always the largest step; of bends that hardly differ the one of fewer segments is taken.
    """
    values = np.asarray(curve, dtype=np.float64)
    if len(values) < 3 or values[0] <= values[-1]:
        return MIN_K
    fallen = (values - values[-1]) / (values[0] - values[-1])
    below = np.linspace(1.0, 0.0, len(values)) - fallen
    return MIN_K + int(np.argmax(below >= below.max() - EVEN))


def _recommend(rows: tuple[dict[str, Any], ...], elbow: int) -> Choice:
    scores = {row["k"]: -1.0 if row["silhouette"] is None else row["silhouette"] for row in rows}
    share = {row["k"]: row["explained"] for row in rows}
    # Of equal silhouettes the fewer segments.
    best = max(scores, key=lambda k: (round(scores[k], 6), -k))
    lead = scores[best] - scores[elbow]
    explain = f"explain {share[elbow]:.0%} of how customers differ"
    bend = f"they {explain}, and each one more adds less (the elbow)."
    if best == elbow:
        why = (
            f"{elbow} segments are recommended: they {explain}, and no other number keeps them farther apart."
        )
        return Choice(rows, elbow, elbow, best, (why,))
    marks = f"silhouette {scores[best]:.2f}, against {scores[elbow]:.2f} for {elbow}"
    if lead > HIGHER and (best > MIN_K or (scores[best] >= STRONG and lead > MUCH_HIGHER)):
        say = (
            f"{best} segments are recommended: they stand clearly apart ({marks}).",
            f"By the elbow there would be {elbow}: {bend}",
        )
        return Choice(rows, best, elbow, best, say)
    if best == MIN_K:
        other = (
            f"Two stand farther apart ({marks}), but two groups, roughly more and less active, are seldom "
            "enough to act on. Choose 2 if they are."
        )
    else:
        other = f"{best} stand a little farther apart ({marks}): a fair choice as well."
    return Choice(rows, elbow, elbow, best, (f"{elbow} segments are recommended: {bend}", other))

"""How much they spend within the horizon: candidates compete on out-of-fold Tweedie(1.5) deviance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidate
from models.crossfit import Split, makers_of, out_of_fold
from models.estimators import Estimator, predict_in_chunks
from models.evaluation import tweedie_deviances

Floats = NDArray[np.float64]

# Learners that say what a buyer spends; times the probability it is what a customer spends.
GIVEN_PURCHASE: Final = frozenset({"value"})
_COMBINE: Final[dict[str, Callable[..., Floats]]] = {"mean": np.mean, "median": np.median}


@dataclass(frozen=True)
class Spend:
    """What the competition found: out-of-fold spend by candidate, account currency, never negative.

    `scale` has for each candidate the factor of each of its learners that brings its total to the actual.
    """

    predictions: dict[str, Floats]
    scale: dict[str, dict[str, float]]


def _given(raw: Mapping[str, Floats], probability: Floats) -> dict[str, Floats]:
    """Expected spends, never negative: what a buyer spends is taken times the probability of buying."""
    return {
        name: np.maximum(values * probability if name in GIVEN_PURCHASE else values, 0.0)
        for name, values in raw.items()
    }


def _combined(candidate: Candidate, expected: Mapping[str, Floats], scale: Mapping[str, float]) -> Floats:
    """The candidate's spend of its learners', each on the scale of the total, shape (n,)."""
    scaled = [expected[name] * scale[name] for name in candidate.learners]
    return np.asarray(_COMBINE[candidate.combine](scaled, axis=0), dtype=np.float64)


def _ratio(total: float, values: Floats) -> float:
    found = float(values.sum())
    return total / found if found > 0 else 1.0


def compete(
    matrix: Floats,
    spend: Floats,
    probability: Floats,
    split: Split,
    candidates: Sequence[Candidate],
    seed: int,
    threads: int,
    *,
    tune: bool,
    done: Callable[[], None] = lambda: None,
) -> Spend:
    """Cross-fit every learner and bring each candidate to the actual total.

    `probability` is the champion's out-of-fold `pred_prob`, shape (n,).
    """
    raw = out_of_fold(makers_of(candidates, seed, tune=tune), matrix, spend, split, threads, done)
    expected, total = _given(raw, probability), max(float(spend.sum()), 0.0)
    learned = {name: _ratio(total, values) for name, values in expected.items()}
    predictions, scale = {}, {}
    for one in candidates:
        # A mean of scaled learners has the total already; a median has not.
        left = _ratio(total, _combined(one, expected, learned))
        scale[one.name] = {name: learned[name] * left for name in one.learners}
        found = _combined(one, expected, scale[one.name])
        # Each fold's own constant would rank the folds, backwards.
        predictions[one.name] = np.full(len(found), found.mean()) if one.constant else found
    return Spend(predictions, scale)


def champion_of(found: Spend, spend: Floats, candidates: Sequence[Candidate], wished: str) -> Candidate:
    """The candidate named `wished`, or where that is "" the one of the lowest deviance; no baseline."""
    able = [one for one in candidates if not one.baseline]
    named = [one for one in able if one.name == wished]
    deviance = {one.name: float(tweedie_deviances(spend, found.predictions[one.name]).mean()) for one in able}
    return named[0] if named else min(able, key=lambda one: (round(deviance[one.name], 9), one.complexity))


def serve(
    candidate: Candidate,
    scale: Mapping[str, float],
    learners: Mapping[str, Estimator],
    matrix: Floats,
    probability: Floats,
) -> Floats:
    """Spend of further customers by learners fitted on all, shape (n,)."""
    raw = {name: predict_in_chunks(learners[name], matrix) for name in candidate.learners}
    return _combined(candidate, _given(raw, probability), scale)

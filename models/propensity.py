"""Who buys within the horizon: candidates compete on out-of-fold log loss, the simpler one wins ties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.calibration import Platt, cross_fitted, fit_platt, needs_platt
from models.candidates import PROPENSITY, Candidate
from models.crossfit import Split, makers_of, out_of_fold
from models.estimators import PROB_FLOOR, Estimator, bounded_logit, predict_in_chunks
from models.evaluation import log_losses, mean_error

Floats = NDArray[np.float64]


def competing(learners: Sequence[str]) -> tuple[Candidate, ...]:
    """The candidates of these names, and every baseline."""
    return tuple(one for one in PROPENSITY if one.baseline or one.name in learners)


def as_probability(log_odds: Floats) -> Floats:
    """Probabilities kept off 0 and 1, shape (n,)."""
    return np.asarray(np.clip(expit(log_odds), PROB_FLOOR, 1.0 - PROB_FLOOR), dtype=np.float64)


@dataclass(frozen=True)
class Propensity:
    """What the competition found: out-of-fold probabilities and the rescaling line by candidate."""

    probabilities: dict[str, Floats]
    platt: dict[str, Platt]


def compete(
    matrix: Floats,
    flag: Floats,
    split: Split,
    candidates: Sequence[Candidate],
    seed: int,
    threads: int,
    *,
    tune: bool,
    done: Callable[[], None] = lambda: None,
) -> Propensity:
    """Cross-fit every learner, and rescale each candidate where its slope or level needs it."""
    log_odds = out_of_fold(makers_of(candidates, seed, tune=tune), matrix, flag, split, threads, done)
    probabilities, platt = {}, {}
    for one in candidates:
        mean = np.mean([log_odds[name] for name in one.learners], axis=0)
        line = fit_platt(mean, flag)
        if one.constant or line.slope <= 0:
            # Nothing was learned: each fold's scores only mirror how many bought in the other folds, and a
            # line through them would give away how many did in this one.
            line = Platt(0.0, float(bounded_logit(flag.mean())))
            mean = line.apply(mean)
        elif needs_platt(mean, flag):
            mean = cross_fitted(mean, flag, split.fold)
        else:
            line = Platt()
        platt[one.name], probabilities[one.name] = line, as_probability(mean)
    return Propensity(probabilities, platt)


def choose_champion(losses: Mapping[str, Floats], candidates: Sequence[Candidate]) -> Candidate:
    """The simplest candidate whose log loss is within one standard error of the lowest; no baseline.

    The error is that of the paired difference: customers who are hard to predict are hard for every
    candidate, so the error of a single log loss would call models equal that plainly are not.
    """
    able = [one for one in candidates if not one.baseline]
    best = min(able, key=lambda one: (round(float(losses[one.name].mean()), 9), one.complexity))
    for one in sorted(able, key=lambda one: (one.complexity, float(losses[one.name].mean()))):
        difference = losses[one.name] - losses[best.name]
        if float(difference.mean()) <= mean_error(difference):
            return one
    return best


def champion_of(found: Propensity, flag: Floats, candidates: Sequence[Candidate], wished: str) -> Candidate:
    """The candidate named `wished`, or where that is "" the one the rule chooses."""
    named = [one for one in candidates if one.name == wished]
    losses = {name: log_losses(flag, values) for name, values in found.probabilities.items()}
    return named[0] if named else choose_champion(losses, candidates)


def serve(candidate: Candidate, platt: Platt, learners: Mapping[str, Estimator], matrix: Floats) -> Floats:
    """Probabilities of further customers by learners fitted on all, shape (n,)."""
    mean = np.mean([predict_in_chunks(learners[name], matrix) for name in candidate.learners], axis=0)
    return as_probability(platt.apply(mean))

"""Who buys within the horizon: candidates compete on out-of-fold log loss, the simpler one wins ties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.calibration import Platt, cross_fitted, fit_platt, needs_platt
from models.crossfit import Candidate, LearnerFactory, out_of_fold
from models.evaluation import log_losses, mean_error, propensity_metrics
from models.learners import (
    PROB_FLOOR,
    BtydProbability,
    Learner,
    LightgbmLearner,
    LogisticLearner,
    XgboostLearner,
    predict_in_chunks,
)

Floats = NDArray[np.float64]

LEARNERS: Final[dict[str, LearnerFactory]] = {
    "mbg_nbd": BtydProbability,
    "logistic": LogisticLearner,
    "xgboost": XgboostLearner,
    "lightgbm": LightgbmLearner,
}


CANDIDATES: Final = (
    Candidate("mbg_nbd", "MBG/NBD, rescaled", 1, ("mbg_nbd",)),
    Candidate("logistic", "Logistic regression", 2, ("logistic",)),
    Candidate("xgboost", "XGBoost", 3, ("xgboost",)),
    Candidate("lightgbm", "LightGBM", 3, ("lightgbm",)),
    Candidate("logistic_lightgbm", "Mean of logistic regression and LightGBM", 4, ("logistic", "lightgbm")),
)


def as_probability(log_odds: Floats) -> Floats:
    """Probabilities kept off 0 and 1, shape (n,)."""
    return np.asarray(np.clip(expit(log_odds), PROB_FLOOR, 1.0 - PROB_FLOOR), dtype=np.float64)


@dataclass(frozen=True)
class Propensity:
    """What the competition found: out-of-fold probabilities by candidate, and who serves."""

    champion: Candidate
    probabilities: dict[str, Floats]
    platt: dict[str, Platt]
    leaderboard: list[dict[str, Any]]

    @property
    def probability(self) -> Floats:
        """The champion's out-of-fold probabilities, shape (n,)."""
        return self.probabilities[self.champion.name]

    def serve(
        self, learners: dict[str, Learner], matrix: Floats, candidate: Candidate | None = None
    ) -> Floats:
        """Probabilities of further customers by learners fitted on all, shape (n,)."""
        candidate = candidate or self.champion
        mean = sum(
            (predict_in_chunks(learners[name], matrix) for name in candidate.learners), np.zeros(len(matrix))
        )
        return as_probability(self.platt[candidate.name].apply(mean / len(candidate.learners)))


def choose_champion(losses: dict[str, Floats], candidates: tuple[Candidate, ...]) -> Candidate:
    """The simplest candidate whose log loss is within one standard error of the lowest.

    The error is that of the paired difference: customers who are hard to predict are hard for every
    candidate, so the error of a single log loss would call models equal that plainly are not.
    """
    best = min(candidates, key=lambda one: (round(float(losses[one.name].mean()), 9), one.complexity))
    for one in sorted(candidates, key=lambda one: (one.complexity, float(losses[one.name].mean()))):
        difference = losses[one.name] - losses[best.name]
        if float(difference.mean()) <= mean_error(difference):
            return one
    return best


def compete(
    matrix: Floats,
    flag: Floats,
    fold: NDArray[np.int64],
    trains: NDArray[np.bool_],
    seed: int,
    threads: int,
    done: Callable[[], None] = lambda: None,
    candidates: tuple[Candidate, ...] = CANDIDATES,
) -> Propensity:
    """Cross-fit every learner, rescale where the slope needs it, and choose the champion."""
    used = {name: LEARNERS[name] for one in candidates for name in one.learners}
    log_odds = out_of_fold(used, matrix, flag, fold, trains, seed, threads, done)
    probabilities, platt, losses = {}, {}, {}
    for one in candidates:
        mean = np.mean([log_odds[name] for name in one.learners], axis=0)
        platt[one.name] = Platt()
        if needs_platt(mean, flag):
            platt[one.name] = fit_platt(mean, flag)
            mean = cross_fitted(mean, flag, fold)
        probabilities[one.name] = as_probability(mean)
        losses[one.name] = log_losses(flag, probabilities[one.name])
    champion = choose_champion(losses, candidates)
    best = min(float(values.mean()) for values in losses.values())
    leaderboard = [
        {
            "name": one.name,
            "label": one.label,
            "complexity": one.complexity,
            "champion": one.name == champion.name,
            "platt": one.name in platt and platt[one.name] != Platt(),
            "log_loss_behind": float(losses[one.name].mean()) - best,
            **propensity_metrics(flag, probabilities[one.name], seed),
        }
        for one in candidates
    ]
    leaderboard.sort(key=lambda row: (round(row["log_loss"], 9), row["complexity"]))
    return Propensity(champion, probabilities, platt, leaderboard)

"""LightGBM for the probability of a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from scipy.special import logit

from models.estimators.base import Floats, LogOdds, losses_of_log_odds, numbers, smoothed_share
from models.estimators.leaves import FIXED, Lesson, find_pace, from_text, gains, learn, raw_scores, text

# Starting from the smoothed base rate by hand also holds where all outcomes are equal.
_BINARY: Final[dict[str, Any]] = {
    "objective": "binary",
    "metric": "binary_logloss",
    "boost_from_average": False,
}


class Lightgbm(LogOdds):
    """LightGBM of 8 leaves a tree: 200 trees at 0.03, or with `tune` what a holdout of the training chooses.

    The holdout is drawn from at most `tune_limit` rows; `features` are the names of X's columns.
    """

    def __init__(
        self, seed: int = 0, tune: bool = False, tune_limit: int = 10_000, features: tuple[str, ...] = ()
    ) -> None:
        self.seed = seed
        self.tune = tune
        self.tune_limit = tune_limit
        self.features = features

    def _learn(self, matrix: Floats, flag: Floats) -> None:
        self.start_ = float(logit(smoothed_share(flag)))
        lesson = Lesson(matrix, flag, np.full(len(flag), self.start_))
        settings = {**_BINARY, "seed": self.seed}
        pace = (
            find_pace(lesson, settings, losses_of_log_odds, self.seed, self.tune_limit)
            if self.tune
            else FIXED
        )
        self.learning_rate_, self.rounds_ = pace.learning_rate, pace.rounds
        self.booster_ = learn(lesson, settings, pace, self._names(self.features))

    def _log_odds(self, matrix: Floats) -> Floats:
        return raw_scores(self.booster_, matrix) + self.start_

    def gains(self) -> Floats:
        """Total gain of each column, shape (m,)."""
        return gains(self.booster_)

    def _state(self) -> dict[str, Any]:
        return {
            "predicts": "log-odds",
            "start": self.start_,
            "learning_rate": self.learning_rate_,
            "rounds": self.rounds_,
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.start_, self.learning_rate_ = numbers([state["start"], state["learning_rate"]]).tolist()
        self.rounds_ = int(state["rounds"])

    def _trees(self) -> dict[str, bytes]:
        return {"txt": text(self.booster_)}

    def _plant(self, trees: bytes) -> None:
        self.booster_ = from_text(trees, self.n_features_in_)

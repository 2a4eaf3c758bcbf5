"""XGBoost for the probability of a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.estimators.base import Floats, LogOdds, losses_of_log_odds, numbers, smoothed_share
from models.estimators.depth import FIXED, find_pace, from_text, learn, margins, text


class Xgboost(LogOdds):
    """XGBoost of depth 3: 150 trees at 0.05, or with `tune` what a holdout of the training chooses.

    The holdout is drawn from at most `tune_limit` rows; `columns` are the positions learned from
    (None: all), `features` the names of all columns of X.
    """

    def __init__(
        self,
        seed: int = 0,
        tune: bool = False,
        tune_limit: int = 10_000,
        columns: tuple[int, ...] | None = None,
        features: tuple[str, ...] = (),
    ) -> None:
        self.seed = seed
        self.tune = tune
        self.tune_limit = tune_limit
        self.columns = columns
        self.features = features

    def _learn(self, matrix: Floats, flag: Floats) -> None:
        rows = self._chosen(matrix, self.columns)
        settings = {
            "objective": "binary:logistic",
            "seed": self.seed,
            # A base rate of exactly 0 or 1 has no log-odds to start from.
            "base_score": smoothed_share(flag),
        }
        pace = FIXED
        if self.tune:
            pace = find_pace(rows, flag, settings, losses_of_log_odds, self.seed, self.tune_limit)
        self.learning_rate_, self.rounds_ = pace.learning_rate, pace.rounds
        self.booster_ = learn(rows, flag, settings, pace, self._names(self.features, self.columns))

    def _log_odds(self, matrix: Floats) -> Floats:
        return margins(self.booster_, self._chosen(matrix, self.columns))

    def _state(self) -> dict[str, Any]:
        return {"predicts": "log-odds", "learning_rate": self.learning_rate_, "rounds": self.rounds_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.learning_rate_ = float(numbers([state["learning_rate"]])[0])
        self.rounds_ = int(state["rounds"])

    def _trees(self) -> dict[str, bytes]:
        return {"trees.json": text(self.booster_)}

    def _plant(self, trees: bytes) -> None:
        self.booster_ = from_text(trees, self._width(self.columns))

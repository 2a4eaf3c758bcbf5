"""LightGBM for spend, by Tweedie deviance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from models.estimators.base import TWEEDIE_POWER, Currency, Floats, numbers
from models.estimators.leaves import FIXED, Lesson, find_pace, from_text, gains, learn, raw_scores, text

# The boosted spend starts from the expected spend plus this share of the mean spend: a start
# near zero for lapsed customers would cost more deviance than the trees can win back.
START_FLOOR: Final = 0.1
_TWEEDIE: Final[dict[str, Any]] = {
    "objective": "tweedie",
    "metric": "tweedie",
    "tweedie_variance_power": TWEEDIE_POWER,
    "boost_from_average": False,
}


def _losses(spend: Floats, log_spend: Floats) -> Floats:
    """The part of the Tweedie(1.5) deviance that depends on the prediction, halved."""
    one, two = 1.0 - TWEEDIE_POWER, 2.0 - TWEEDIE_POWER
    return np.asarray(np.exp(two * log_spend) / two - spend * np.exp(one * log_spend) / one, dtype=np.float64)


class Tweedie(Currency):
    """LightGBM on spend, Tweedie(1.5), started from the expected spend in `column`.

    200 trees at 0.03, or with `tune` what a holdout of at most `tune_limit` training rows chooses.
    Negative spends count as zero; `features` are the names of X's columns.
    """

    def __init__(
        self,
        column: int = 0,
        seed: int = 0,
        tune: bool = False,
        tune_limit: int = 10_000,
        features: tuple[str, ...] = (),
    ) -> None:
        self.column = column
        self.seed = seed
        self.tune = tune
        self.tune_limit = tune_limit
        self.features = features

    # Negative targets, of which the checks are half made, count as zero.
    _poor_score: ClassVar = True

    def _expected(self, matrix: Floats) -> Floats:
        return np.maximum(np.nan_to_num(matrix[:, self.column], nan=0.0), 0.0)

    def _start(self, matrix: Floats) -> Floats:
        return np.asarray(np.log(self._expected(matrix) * self.scale_ + self.floor_), dtype=np.float64)

    def _learn(self, matrix: Floats, spend: Floats) -> None:
        self._one_of(self.column)
        spend = np.maximum(spend, 0.0)
        mean = float(spend.mean())
        self.spends_ = mean > 0
        # Where nobody spends there is no deviance to lower; the trees are grown on ones and never asked.
        spend, mean = (spend, mean) if self.spends_ else (np.ones(len(spend)), 1.0)
        expected = max(float(self._expected(matrix).mean()), 1e-9)
        self.scale_ = float((1.0 - START_FLOOR) * mean / expected)
        self.floor_ = START_FLOOR * mean
        # In units of the mean spend, so that no setting depends on the currency.
        lesson = Lesson(matrix, spend / mean, self._start(matrix) - np.log(mean))
        settings = {**_TWEEDIE, "seed": self.seed}
        tuned = self.tune and self.spends_
        pace = find_pace(lesson, settings, _losses, self.seed, self.tune_limit) if tuned else FIXED
        self.learning_rate_, self.rounds_ = pace.learning_rate, pace.rounds
        self.booster_ = learn(lesson, settings, pace, self._names(self.features))

    def _spend(self, matrix: Floats) -> Floats:
        if not self.spends_:
            return np.zeros(len(matrix))
        raw = raw_scores(self.booster_, matrix) + self._start(matrix)
        return np.asarray(np.exp(np.minimum(raw, 700.0)), dtype=np.float64)

    def gains(self) -> Floats:
        """Total gain of each column, shape (m,)."""
        return gains(self.booster_)

    def _state(self) -> dict[str, Any]:
        return {
            "predicts": "spend: exp(trees + log(scale x column + floor))",
            "spends": self.spends_,
            "scale": self.scale_,
            "floor": self.floor_,
            "learning_rate": self.learning_rate_,
            "rounds": self.rounds_,
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.spends_ = bool(state["spends"])
        self.scale_, self.floor_, self.learning_rate_ = numbers(
            [state[name] for name in ("scale", "floor", "learning_rate")]
        ).tolist()
        self.rounds_ = int(state["rounds"])

    def _trees(self) -> dict[str, bytes]:
        return {"txt": text(self.booster_)}

    def _plant(self, trees: bytes) -> None:
        self.booster_ = from_text(trees, self.n_features_in_)

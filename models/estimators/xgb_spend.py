"""XGBoost for spend, by squared error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from models.estimators.base import TWEEDIE_POWER, Currency, Floats, numbers
from models.estimators.depth import FIXED, find_pace, from_text, learn, margins, text

# Squared error lets predictions fall to nothing and below, where a purchase would be infinitely unlikely:
# none is below this share of the mean spend.
FLOOR: Final = 0.03


def _losses(spend: Floats, predicted: Floats) -> Floats:
    """Tweedie(1.5) deviance up to what does not depend on the prediction, halved; in units of the mean.

    A few customers decide a squared error, so it would choose the pace by chance.
    """
    one, two = 1.0 - TWEEDIE_POWER, 2.0 - TWEEDIE_POWER
    mean = np.maximum(predicted, FLOOR)
    return np.asarray(mean**two / two - np.maximum(spend, 0.0) * mean**one / one, dtype=np.float64)


class XgboostSpend(Currency):
    """XGBoost of depth 3 on spend: 150 trees at 0.05, or with `tune` what a holdout chooses.

    No prediction is below FLOOR x the mean spend, or 0 where that is negative. The holdout is drawn from
    at most `tune_limit` training rows; `columns` are the positions learned from (None: all), `features`
    the names of all columns of X.
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

    # Nothing below 0 is predicted, and half of the checks' targets lie there.
    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, spend: Floats) -> None:
        rows = self._chosen(matrix, self.columns)
        mean = float(spend.mean())
        # In units of the mean: XGBoost reckons in single precision.
        self.scale_ = mean if mean > 0 else float(np.abs(spend).mean()) or 1.0
        self.floor_ = FLOOR * max(mean, 0.0)
        spend = spend / self.scale_
        settings = {"objective": "reg:squarederror", "seed": self.seed, "base_score": float(spend.mean())}
        pace = FIXED
        if self.tune and mean > 0:
            watch = {**settings, "disable_default_eval_metric": True}
            pace = find_pace(rows, spend, watch, _losses, self.seed, self.tune_limit)
        self.learning_rate_, self.rounds_ = pace.learning_rate, pace.rounds
        self.booster_ = learn(rows, spend, settings, pace, self._names(self.features, self.columns))

    def _spend(self, matrix: Floats) -> Floats:
        return np.maximum(
            margins(self.booster_, self._chosen(matrix, self.columns)) * self.scale_, self.floor_
        )

    def _state(self) -> dict[str, Any]:
        return {
            "predicts": "spend: scale x trees, at least the floor",
            "scale": self.scale_,
            "floor": self.floor_,
            "learning_rate": self.learning_rate_,
            "rounds": self.rounds_,
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.scale_, self.floor_, self.learning_rate_ = numbers(
            [state[name] for name in ("scale", "floor", "learning_rate")]
        ).tolist()
        self.rounds_ = int(state["rounds"])

    def _trees(self) -> dict[str, bytes]:
        return {"trees.json": text(self.booster_)}

    def _plant(self, trees: bytes) -> None:
        self.booster_ = from_text(trees, self._width(self.columns))

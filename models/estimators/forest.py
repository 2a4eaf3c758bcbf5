"""A random forest of probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import lightgbm
import numpy as np

from models.estimators.base import Floats, LogOdds, bounded_logit, numbers, smoothed_share
from models.estimators.leaves import SETTINGS, from_text, gains, text

_FOREST: Final[dict[str, Any]] = {
    **SETTINGS,
    # Splits by squared error of a flag are those by Gini impurity, and a leaf's mean is its share of buyers.
    "objective": "regression",
    "boost_from_average": False,
    "boosting": "rf",
    "bagging_freq": 1,
    # As many different customers as a bootstrap sample holds.
    "bagging_fraction": 0.632,
    # One customer of the base rate in every leaf keeps the shares off 0 and 1.
    "lambda_l2": 1.0,
}


class RandomForest(LogOdds):
    """The mean over trees of the leaf's share of buyers, each tree grown on a part of the customers.

    Breiman (2001), "Random forests", Machine Learning 45; probabilities as in Malley et al. (2012),
    "Probability machines", Methods of Information in Medicine 51. `features` are the names of X's columns.
    """

    # Each tree leaves a third of them out.
    _fewest_rows: ClassVar = 2

    def __init__(
        self,
        seed: int = 0,
        trees: int = 200,
        leaves: int = 48,
        least: int = 60,
        features: tuple[str, ...] = (),
    ) -> None:
        self.seed = seed
        self.trees = trees
        self.leaves = leaves
        self.least = least
        self.features = features

    def _learn(self, matrix: Floats, flag: Floats) -> None:
        self.base_rate_ = smoothed_share(flag)
        settings = {
            **_FOREST,
            "seed": self.seed,
            "num_leaves": self.leaves,
            "min_child_samples": self.least,
            # About the root of the number of columns, as is usual for forests of classes.
            "feature_fraction_bynode": 0.2,
        }
        # Where all are alike, nothing is to be said beyond the base rate.
        told = flag - self.base_rate_ if flag.min() < flag.max() else np.zeros(len(flag))
        rows = lightgbm.Dataset(matrix, told, params=settings, feature_name=self._names(self.features))
        self.booster_ = lightgbm.train(settings, rows, num_boost_round=self.trees)

    def _log_odds(self, matrix: Floats) -> Floats:
        # Not the raw score, which is the sum over trees.
        mean = np.asarray(self.booster_.predict(matrix, num_threads=1), dtype=np.float64)
        return bounded_logit(mean + self.base_rate_)

    def gains(self) -> Floats:
        """Total gain of each column, shape (m,)."""
        return gains(self.booster_)

    def _state(self) -> dict[str, Any]:
        return {"predicts": "probability: base rate + mean of the trees", "base_rate": self.base_rate_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.base_rate_ = float(numbers([state["base_rate"]])[0])

    def _trees(self) -> dict[str, bytes]:
        return {"txt": text(self.booster_)}

    def _plant(self, trees: bytes) -> None:
        self.booster_ = from_text(trees, self.n_features_in_)

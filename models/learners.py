"""The learners: one small class each, with `fit`, a prediction, and its file in an open format.

Every learner runs on one thread; several run side by side (see `crossfit`). So no sum is ever split
by thread, and the number of threads cannot change a digit.
"""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

import lightgbm
import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression, Ridge

from models.transforms import BTYD_PROB, COLUMN, EXPECTED_SPEND, MODEL_FEATURES, Scaler, fit_scaler

Floats = NDArray[np.float64]
PROB_FLOOR: Final = 1e-6
CHUNK: Final = 100_000
TWEEDIE_POWER: Final = 1.5
# The boosted spend starts from expected orders x value plus this share of the mean spend: a start
# near zero for lapsed customers would cost more deviance than the trees can win back.
START_FLOOR: Final = 0.1

_LIGHTGBM: Final[dict[str, Any]] = {
    "num_leaves": 8,
    "learning_rate": 0.03,
    "min_child_samples": 40,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS: Final = 200


class Learner(Protocol):
    """Learns from (matrix of MODEL_FEATURES, target) and scores further rows, shape (n,)."""

    def fit(self, matrix: Floats, target: Floats) -> Learner:
        """Learn from training rows; returns itself."""
        ...

    def predict(self, matrix: Floats) -> Floats:
        """Log-odds of a purchase, or account currency for a spend learner."""
        ...

    def files(self) -> dict[str, bytes]:
        """The fitted model as {file ending: content}."""
        ...


def to_json(value: Any) -> bytes:
    """JSON bytes with sorted keys: the same value always gives the same bytes."""
    return (json.dumps(value, sort_keys=True, allow_nan=False, indent=1) + "\n").encode()


def bounded_logit(probability: Floats) -> Floats:
    """Log-odds of probabilities kept off 0 and 1."""
    return np.asarray(logit(np.clip(probability, PROB_FLOOR, 1.0 - PROB_FLOOR)), dtype=np.float64)


def predict_in_chunks(learner: Learner, matrix: Floats) -> Floats:
    """`learner.predict` in parts: the scaled copies of a million rows would not fit beside the rest."""
    parts = [learner.predict(matrix[start : start + CHUNK]) for start in range(0, len(matrix), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0)


class BtydProbability:
    """MBG/NBD's own probability of a purchase; it has nothing to learn from outcomes."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, matrix: Floats, target: Floats) -> BtydProbability:  # noqa: ARG002 - the protocol's
        """Nothing to learn: the histories were fitted before."""
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Log-odds, shape (n,)."""
        return bounded_logit(matrix[:, COLUMN[BTYD_PROB]])

    def files(self) -> dict[str, bytes]:
        """None: its parameters are in `btyd.json`."""
        return {}


class LogisticLearner:
    """Logistic regression (C = 1/30) on clipped, logged, standardised features."""

    def __init__(self, seed: int = 0, penalty: float = 30.0) -> None:
        self.seed = seed
        self.penalty = penalty
        self.scaler_: Scaler | None = None
        self.coefficients_: Floats = np.zeros(0)
        self.intercept_ = 0.0

    def fit(self, matrix: Floats, target: Floats) -> LogisticLearner:
        """Learn from rows of shape (n, m) and flags of shape (n,); one class alone gives its log-odds."""
        self.scaler_ = fit_scaler(matrix, tail=0.005, log_all=False)
        rows = self.scaler_.transform(matrix)
        if target.min() == target.max():
            self.coefficients_ = np.zeros(rows.shape[1])
            self.intercept_ = float(logit((target.sum() + 0.5) / (len(target) + 1.0)))
            return self
        model = LogisticRegression(  # type: ignore[no-untyped-call]  # scikit-learn ships no types
            C=1.0 / self.penalty, solver="newton-cholesky", max_iter=100, tol=1e-6
        )
        model.fit(rows, target)
        self.coefficients_ = np.asarray(model.coef_[0], dtype=np.float64)
        self.intercept_ = float(model.intercept_[0])
        return self

    def contributions(self, matrix: Floats) -> Floats:
        """Coefficient x (value - training mean) in log-odds, shape (n, columns of the scaler)."""
        if self.scaler_ is None:
            raise ValueError("fit the model first")
        return np.asarray(self.scaler_.transform(matrix) * self.coefficients_, dtype=np.float64)

    def predict(self, matrix: Floats) -> Floats:
        """Log-odds, shape (n,)."""
        return np.asarray(self.contributions(matrix).sum(axis=1) + self.intercept_, dtype=np.float64)

    def files(self) -> dict[str, bytes]:
        """Coefficients and scales as JSON."""
        return {"json": _linear_json(self.scaler_, self.coefficients_, self.intercept_, "log-odds")}


class XgboostLearner:
    """XGBoost, 150 trees of depth 3."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, matrix: Floats, target: Floats) -> XgboostLearner:
        """Learn from rows of shape (n, m) and flags of shape (n,)."""
        settings = {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "max_depth": 3,
            "eta": 0.05,
            "min_child_weight": 10,
            "max_bin": 64,
            "nthread": 1,
            "seed": self.seed,
        }
        # A base rate of exactly 0 or 1 has no log-odds to start from.
        settings["base_score"] = float((target.sum() + 0.5) / (len(target) + 1.0))
        data = xgboost.QuantileDMatrix(
            matrix, target, nthread=1, max_bin=64, feature_names=list(MODEL_FEATURES)
        )
        self.booster_ = xgboost.train(settings, data, num_boost_round=150)
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Log-odds, shape (n,)."""
        margin = self.booster_.inplace_predict(matrix, predict_type="margin", validate_features=False)
        return np.asarray(margin, dtype=np.float64)

    def files(self) -> dict[str, bytes]:
        """XGBoost's own JSON."""
        return {"json": bytes(self.booster_.save_raw(raw_format="json"))}


class LightgbmLearner:
    """LightGBM, 200 trees of 8 leaves at 0.03."""

    objective: Final = "binary"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def _train(self, matrix: Floats, target: Floats, settings: dict[str, Any], start: Floats | None) -> None:
        data = lightgbm.Dataset(
            matrix, target, init_score=start, feature_name=list(MODEL_FEATURES), free_raw_data=True
        )
        self.booster_ = lightgbm.train(
            {**_LIGHTGBM, **settings, "seed": self.seed}, data, num_boost_round=_ROUNDS
        )

    def fit(self, matrix: Floats, target: Floats) -> LightgbmLearner:
        """Learn from rows of shape (n, m) and flags of shape (n,)."""
        start = bounded_logit(np.full(len(target), (target.sum() + 0.5) / (len(target) + 1.0)))
        self.start_ = float(start[0])
        # Starting from the smoothed base rate by hand also holds where all outcomes are equal.
        self._train(matrix, target, {"objective": "binary", "boost_from_average": False}, start)
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Log-odds, shape (n,)."""
        raw = self.booster_.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(raw, dtype=np.float64) + self.start_

    def gains(self) -> Floats:
        """Total gain of each of MODEL_FEATURES, shape (m,)."""
        return np.asarray(self.booster_.feature_importance("gain"), dtype=np.float64)

    def files(self) -> dict[str, bytes]:
        """LightGBM's own text, and where its sum starts."""
        return {
            "txt": self.booster_.model_to_string().encode(),
            "start.json": to_json({"start": self.start_, "scale": "log-odds"}),
        }


class TweedieLearner(LightgbmLearner):
    """LightGBM on spend, Tweedie(1.5), started from expected orders x expected order value."""

    def _start(self, matrix: Floats) -> Floats:
        expected = np.maximum(matrix[:, COLUMN[EXPECTED_SPEND]], 0.0)
        return np.asarray(np.log(expected * self.scale_ + self.floor_), dtype=np.float64)

    def fit(self, matrix: Floats, target: Floats) -> TweedieLearner:
        """Learn from rows of shape (n, m) and spends of shape (n,); negative spends count as zero."""
        spend = np.maximum(target, 0.0)
        mean = float(spend.mean())
        self.spends_ = mean > 0
        # Where nobody spends there is no deviance to lower; the trees are grown on ones and never asked.
        spend, mean = (spend, mean) if self.spends_ else (np.ones(len(spend)), 1.0)
        expected = max(float(np.maximum(matrix[:, COLUMN[EXPECTED_SPEND]], 0.0).mean()), 1e-9)
        self.scale_ = float((1.0 - START_FLOOR) * mean / expected)
        self.floor_ = START_FLOOR * mean
        settings = {
            "objective": "tweedie",
            "tweedie_variance_power": TWEEDIE_POWER,
            "boost_from_average": False,
        }
        # In units of the mean spend, so that no setting depends on the currency.
        self._train(matrix, spend / mean, settings, self._start(matrix) - np.log(mean))
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Expected spend, shape (n,)."""
        if not self.spends_:
            return np.zeros(len(matrix))
        raw = np.asarray(self.booster_.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)
        return np.asarray(np.exp(np.minimum(raw + self._start(matrix), 700.0)), dtype=np.float64)

    def files(self) -> dict[str, bytes]:
        """LightGBM's own text, and where its sum starts."""
        start = {
            "spends": self.spends_,
            "scale": self.scale_,
            "floor": self.floor_,
            "column": EXPECTED_SPEND,
        }
        return {"txt": self.booster_.model_to_string().encode(), "start.json": to_json(start)}


class ValueLearner:
    """Ridge regression of the log spend of those who bought, smeared back to currency.

    Duan (1983), "Smearing estimate: a nonparametric retransformation method", JASA 78; the factor here
    is the ratio of totals, so that the training customers' predictions add up to what they spent.
    """

    def __init__(self, seed: int = 0, penalty: float = 10.0) -> None:
        self.seed = seed
        self.penalty = penalty
        self.scaler_: Scaler | None = None
        self.coefficients_: Floats = np.zeros(0)
        self.intercept_ = 0.0
        self.smear_ = 0.0
        self.largest_ = 0.0

    def fit(self, matrix: Floats, target: Floats) -> ValueLearner:
        """Learn from rows of shape (n, m) and spends of shape (n,); only positive spends are used."""
        # Scales of all customers, unclipped: whoever spends most is outside any quantile.
        self.scaler_ = fit_scaler(matrix, tail=0.0, log_all=True)
        bought = target > 0
        if not bought.any():
            self.coefficients_ = np.zeros(len(self.scaler_.scale))
            return self
        rows, spend = self.scaler_.transform(matrix[bought]), target[bought]
        model = Ridge(  # type: ignore[no-untyped-call]  # scikit-learn ships no types
            alpha=self.penalty, solver="cholesky"
        )
        model.fit(rows, np.log(spend))
        self.coefficients_ = np.asarray(model.coef_, dtype=np.float64)
        self.intercept_ = float(model.intercept_)
        self.largest_ = float(spend.max())
        self.smear_ = float(spend.sum() / np.exp(rows @ self.coefficients_ + self.intercept_).sum())
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Expected spend of a customer who buys, shape (n,), at most the largest seen in training."""
        if self.scaler_ is None:
            raise ValueError("fit the model first")
        log_spend = self.scaler_.transform(matrix) @ self.coefficients_ + self.intercept_
        return np.asarray(
            np.minimum(np.exp(np.minimum(log_spend, 700.0)) * self.smear_, self.largest_), dtype=np.float64
        )

    def files(self) -> dict[str, bytes]:
        """Coefficients and scales as JSON."""
        extra = {"smear": self.smear_, "largest": self.largest_}
        return {"json": _linear_json(self.scaler_, self.coefficients_, self.intercept_, "log spend", extra)}


class ExpectedSpend:
    """MBG/NBD expected orders x Gamma-Gamma order value: the baseline; nothing to learn from outcomes."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, matrix: Floats, target: Floats) -> ExpectedSpend:  # noqa: ARG002 - the protocol's
        """Nothing to learn: the histories were fitted before."""
        return self

    def predict(self, matrix: Floats) -> Floats:
        """Expected spend, shape (n,)."""
        return np.maximum(matrix[:, COLUMN[EXPECTED_SPEND]], 0.0)

    def files(self) -> dict[str, bytes]:
        """None: its parameters are in `btyd.json`."""
        return {}


def _linear_json(
    scaler: Scaler | None,
    coefficients: Floats,
    intercept: float,
    predicts: str,
    extra: dict[str, float] | None = None,
) -> bytes:
    if scaler is None:
        raise ValueError("fit the model first")
    indicators = [f"{MODEL_FEATURES[column]} is missing" for column in np.flatnonzero(scaler.missing)]
    scales = scaler.to_dict()
    # A switched-off column divides by infinity, which JSON does not have.
    scales["scale"] = [value if np.isfinite(value) else None for value in scaler.scale]
    return to_json(
        {
            "predicts": predicts,
            "columns": [*MODEL_FEATURES, *indicators],
            "coefficients": coefficients.tolist(),
            "intercept": intercept,
            "scaler": scales,
            **(extra or {}),
        }
    )

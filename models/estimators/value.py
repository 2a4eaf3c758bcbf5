"""What a buyer spends: ridge regression of the log spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.linear_model import Ridge

from models.estimators.base import Currency, Floats, numbers
from models.transforms import fit_scaler, read_scaler


class Value(Currency):
    """Ridge regression of the log spend of those who bought, smeared back to currency.

    Duan (1983), "Smearing estimate: a nonparametric retransformation method", JASA 78; the factor here
    is the ratio of totals, so that the training customers' predictions add up to what they spent.
    Predictions are at most the largest spend of the training; `features` are the names of X's columns.
    """

    def __init__(self, penalty: float = 10.0, features: tuple[str, ...] = ()) -> None:
        self.penalty = penalty
        self.features = features

    # It is of buyers only: who spends nothing teaches it nothing.
    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, spend: Floats) -> None:
        # Scales of all customers, unclipped: whoever spends most is outside any quantile.
        self.scaler_ = fit_scaler(matrix, tail=0.0, log_all=True)
        self.coefficients_ = np.zeros(len(self.scaler_.scale))
        self.intercept_ = self.smear_ = self.largest_ = 0.0
        bought = spend > 0
        if not bought.any():
            return
        rows, positive = self.scaler_.transform(matrix[bought]), spend[bought]
        model = Ridge(alpha=self.penalty, solver="cholesky")
        model.fit(rows, np.log(positive))
        self.coefficients_ = np.asarray(model.coef_, dtype=np.float64)
        self.intercept_ = float(model.intercept_)
        self.largest_ = float(positive.max())
        self.smear_ = float(positive.sum() / np.exp(rows @ self.coefficients_ + self.intercept_).sum())

    def _spend(self, matrix: Floats) -> Floats:
        log_spend = self.scaler_.transform(matrix) @ self.coefficients_ + self.intercept_
        return np.minimum(np.exp(np.minimum(log_spend, 700.0)) * self.smear_, self.largest_)

    def _state(self) -> dict[str, Any]:
        return {
            "predicts": "log spend",
            "columns": self.scaler_.names(self._names(self.features)),
            "coefficients": self.coefficients_.tolist(),
            "intercept": self.intercept_,
            "scaler": self.scaler_.to_dict(),
            "smear": self.smear_,
            "largest": self.largest_,
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.scaler_ = read_scaler(state["scaler"])
        self.coefficients_ = numbers(state["coefficients"], len(self.scaler_.scale))
        extra = numbers([state[name] for name in ("intercept", "smear", "largest")])
        self.intercept_, self.smear_, self.largest_ = extra.tolist()

"""Logistic regression on clipped, logged, standardised columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from models.estimators.base import Floats, LogOdds, numbers, smoothed_share
from models.transforms import fit_scaler, read_scaler


class Logistic(LogOdds):
    """Logistic regression with C = 1 / `penalty`; one class alone gives its smoothed log-odds.

    `columns` are the positions learned from (None: all), `features` the names of all columns of X.
    """

    def __init__(
        self,
        penalty: float = 30.0,
        columns: tuple[int, ...] | None = None,
        features: tuple[str, ...] = (),
    ) -> None:
        self.penalty = penalty
        self.columns = columns
        self.features = features

    def _learn(self, matrix: Floats, flag: Floats) -> None:
        rows = self._chosen(matrix, self.columns)
        self.scaler_ = fit_scaler(rows, tail=0.005, log_all=False)
        scaled = self.scaler_.transform(rows)
        self.coefficients_ = np.zeros(scaled.shape[1])
        self.intercept_ = float(logit(smoothed_share(flag)))
        if flag.min() == flag.max():
            return
        model = LogisticRegression(C=1.0 / self.penalty, solver="newton-cholesky", max_iter=100, tol=1e-6)
        model.fit(scaled, flag)
        self.coefficients_ = np.asarray(model.coef_[0], dtype=np.float64)
        self.intercept_ = float(model.intercept_[0])

    def contributions(self, X: ArrayLike) -> Floats:
        """Coefficient x (value - training mean) in log-odds, shape (n, columns of the scaler)."""
        return self._contributions(self._rows(X))

    def _contributions(self, matrix: Floats) -> Floats:
        scaled = self.scaler_.transform(self._chosen(matrix, self.columns))
        return np.asarray(scaled * self.coefficients_, dtype=np.float64)

    def _log_odds(self, matrix: Floats) -> Floats:
        return np.asarray(self._contributions(matrix).sum(axis=1) + self.intercept_, dtype=np.float64)

    def _state(self) -> dict[str, Any]:
        return {
            "predicts": "log-odds",
            "columns": self.scaler_.names(self._names(self.features, self.columns)),
            "coefficients": self.coefficients_.tolist(),
            "intercept": self.intercept_,
            "scaler": self.scaler_.to_dict(),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.scaler_ = read_scaler(state["scaler"])
        self.coefficients_ = numbers(state["coefficients"], len(self.scaler_.scale))
        self.intercept_ = float(numbers([state["intercept"]])[0])

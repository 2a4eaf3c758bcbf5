"""The Gamma-Gamma model of `models.value` as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.value import GammaGamma, fit_gamma_gamma

Floats = NDArray[np.float64]


class OrderValue(BaseEstimator):
    """Gamma-Gamma by maximum likelihood.

    X has a customer in each row, shape (n, 2): the number of orders and their mean value in account
    currency, which is the unit of `gamma_` too. Customers without orders or of no positive value teach
    nothing. `model_` is the fitted `models.value.GammaGamma`, which can be written to JSON and read again.
    """

    model_: GammaGamma
    p_: float
    q_: float
    gamma_: float
    log_likelihood_: float

    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002 - scikit-learn's
        """Learn from customers; a weight says how many a row stands for, and `y` is not read."""
        rows = validate_data(self, X, dtype=np.float64)
        if rows.shape[1] != 2:
            raise ValueError(
                f"X must have the columns orders and mean value, not {rows.shape[1]} feature(s)."
            )
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
        self.model_ = fit_gamma_gamma(*rows.T, weight=weight)
        for name in ("p", "q", "gamma", "log_likelihood"):
            setattr(self, f"{name}_", getattr(self.model_, name))
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Expected value of an order of each customer, account currency, shape (n,)."""
        check_is_fitted(self)
        orders, mean_value = validate_data(self, X, reset=False, dtype=np.float64).T
        return self.model_.expected_value(orders, mean_value)

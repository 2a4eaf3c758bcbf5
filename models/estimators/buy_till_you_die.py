"""The models of `models.btyd` as a scikit-learn estimator of purchase histories."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.btyd import Btyd, fit_btyd

Floats = NDArray[np.float64]


class BuyTillYouDie(BaseEstimator):
    """MBG/NBD, or BG/NBD with `modified=False`, by maximum likelihood.

    X has a history in each row, shape (n, 3): x repeat purchases, t_x the time of the last one, T the time
    observed, both since the first purchase and in one unit of time, which is the unit of `alpha_` too.
    `model_` is the fitted `models.btyd.Btyd`, which can be written to JSON and read again.
    """

    model_: Btyd
    r_: float
    alpha_: float
    a_: float
    b_: float
    log_likelihood_: float

    def __init__(self, *, modified: bool = True) -> None:
        self.modified = modified

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]  # scikit-learn has no types
        tags.input_tags.positive_only = True
        return tags

    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002 - scikit-learn's
        """Learn from histories; a weight says how many customers a row stands for, and `y` is not read.

        Raises ValueError for a history that cannot be, such as one whose t_x is after T.
        """
        rows = validate_data(self, X, dtype=np.float64)
        if rows.shape[1] != 3:
            raise ValueError(f"X must have the columns x, t_x and T, not {rows.shape[1]} feature(s).")
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
        self.model_ = fit_btyd(*rows.T, modified=self.modified, weight=weight)
        for name in ("r", "alpha", "a", "b", "log_likelihood"):
            setattr(self, f"{name}_", getattr(self.model_, name))
        return self

    def p_alive(self, X: ArrayLike) -> Floats:
        """Probability of still being a customer at the end of each history, shape (n,)."""
        columns = self._columns(X)
        return self.model_.p_alive(*columns)

    def expected_orders(self, X: ArrayLike, ahead: float) -> Floats:
        """Expected purchases in the next `ahead` units of time, shape (n,)."""
        columns = self._columns(X)
        return self.model_.expected_orders(*columns, ahead)

    def purchase_prob(self, X: ArrayLike, ahead: float) -> Floats:
        """Probability of at least one purchase in the next `ahead` units of time, shape (n,)."""
        columns = self._columns(X)
        return self.model_.purchase_prob(*columns, ahead)

    def _columns(self, X: ArrayLike) -> tuple[Floats, Floats, Floats]:
        check_is_fitted(self)
        x, t_x, observed = validate_data(self, X, reset=False, dtype=np.float64).T
        return x, t_x, observed

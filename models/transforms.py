"""What the learners see: the customer features, what the BTYD models say of them, and their scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import FEATURES, P_ALIVE
from models.btyd import Btyd, fit_btyd, histories
from models.value import GammaGamma, fit_gamma_gamma

Floats = NDArray[np.float64]

BTYD_PROB: Final = "btyd_prob"
EXPECTED_ORDERS: Final = "expected_orders"
ORDER_VALUE: Final = "expected_order_value"
EXPECTED_SPEND: Final = "expected_spend"
DERIVED: Final = (BTYD_PROB, EXPECTED_ORDERS, P_ALIVE, ORDER_VALUE, EXPECTED_SPEND)
MODEL_FEATURES: Final = FEATURES + DERIVED
COLUMN: Final = {name: position for position, name in enumerate(MODEL_FEATURES)}


@dataclass(frozen=True)
class Baseline:
    """The BTYD models fitted to the histories of one frame: when customers buy, and how much."""

    purchases: Btyd
    value: GammaGamma

    def matrix(self, features: pd.DataFrame, horizon_days: float) -> Floats:
        """The features and what this baseline derives from them, shape (n, len(MODEL_FEATURES)).

        Only gaps and ratios may be missing (NaN); they are for customers who bought on one day.
        """
        x, t_x, observed = histories(features)
        # A purchase is a customer-day, so there is at most one a day.
        orders = np.minimum(self.purchases.expected_orders(x, t_x, observed, horizon_days), horizon_days)
        value = self.value.expected_value(
            features["frequency"].to_numpy(dtype=np.float64),
            features["mean_order_value"].to_numpy(dtype=np.float64),
        )
        # The model counts customer-days; an order value is per order.
        orders_a_day = features["frequency"].to_numpy(dtype=np.float64) / (x + 1.0)
        derived = (
            self.purchases.purchase_prob(x, t_x, observed, horizon_days),
            orders,
            self.purchases.p_alive(x, t_x, observed),
            value,
            orders * orders_a_day * value,
        )
        # Filled in place, since each copy of a million customers is a third of a gigabyte; a column lies in
        # one piece however the frame does, since the last digits of a sum depend on it.
        matrix = np.empty((len(features), len(MODEL_FEATURES)), order="F")
        for place, name in enumerate(FEATURES):
            matrix[:, place] = features[name]
        matrix[np.isinf(matrix)] = np.nan
        for place, values in enumerate(derived, start=len(FEATURES)):
            matrix[:, place] = values
        return matrix


def fit_baseline(features: pd.DataFrame) -> Baseline:
    """Fit the BTYD models to the histories of a feature frame; no outcome is read."""
    return Baseline(
        fit_btyd(*histories(features)),
        fit_gamma_gamma(
            features["frequency"].to_numpy(dtype=np.float64),
            features["mean_order_value"].to_numpy(dtype=np.float64),
        ),
    )


def signed_log(values: Floats) -> Floats:
    """log1p of the size, with the sign kept: net amounts may be negative."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


@dataclass(frozen=True)
class Scaler:
    """Clips, takes logs, fills what is missing, says that it was missing, and standardises."""

    low: Floats
    high: Floats
    log: NDArray[np.bool_]
    fill: Floats
    missing: NDArray[np.bool_]
    mean: Floats
    scale: Floats

    def _filled(self, matrix: Floats) -> Floats:
        values = np.clip(matrix, self.low, self.high)
        for column in np.flatnonzero(self.log):
            values[:, column] = signed_log(values[:, column])
        absent = np.isnan(values)
        flags = absent[:, self.missing].astype(np.float64)
        return np.column_stack([np.where(absent, self.fill, values), flags])

    def transform(self, matrix: Floats) -> Floats:
        """Standardised columns, then one indicator for each column that had gaps, shape (n, m)."""
        return np.asarray((self._filled(matrix) - self.mean) / self.scale, dtype=np.float64)

    def names(self, columns: Sequence[str]) -> list[str]:
        """Names of the columns of `transform`, given those of its input."""
        return [
            *columns,
            *(f"{name} is missing" for name, gaps in zip(columns, self.missing, strict=True) if gaps),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The learned numbers as plain JSON values; the scale of a switched-off column is None."""
        values = {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}
        # A switched-off column divides by infinity, which JSON does not have.
        values["scale"] = [value if np.isfinite(value) else None for value in values["scale"]]
        return values


def read_scaler(values: Mapping[str, Any]) -> Scaler:
    """The `Scaler` that `to_dict` wrote; raises KeyError, TypeError or ValueError if it is damaged."""
    known = {**values, "scale": [np.inf if value is None else value for value in values["scale"]]}
    arrays: dict[str, Any] = {
        name: np.asarray(known[name], dtype=np.bool_ if name in ("log", "missing") else np.float64)
        for name in Scaler.__dataclass_fields__
    }
    columns = len(arrays["low"])
    wide = columns + int(arrays["missing"].sum())
    for name, array in arrays.items():
        if array.shape != ((wide if name in ("mean", "scale") else columns),):
            raise ValueError(f"{name} has not one value for each column")
    return Scaler(**arrays)


def fit_scaler(matrix: Floats, *, tail: float, log_all: bool) -> Scaler:
    """Learn a `Scaler` from training rows, shape (n, m).

    `tail` is the share clipped at each end (0: nothing is clipped but what lies outside the training
    range). Columns of skewness above 1 are taken in logs, or all of them with `log_all`. A column
    that varies only in its outer half percent is switched off: it would carry one or two customers.
    """
    columns = matrix.shape[1]
    low, high, fill = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    log, varies = np.full(columns, log_all), np.zeros(columns, dtype=np.bool_)
    missing: NDArray[np.bool_] = np.asarray(np.isnan(matrix).any(axis=0), dtype=np.bool_)
    for column in range(columns):
        known = matrix[:, column]
        if missing[column]:
            known = known[~np.isnan(known)]
        if not len(known):
            continue
        inner = np.quantile(known, (0.005, 0.995))
        bulk = np.clip(known, *inner)
        spread = float(bulk.std())
        varies[column] = spread > 1e-9 * max(1.0, float(np.abs(inner).max()))
        if varies[column] and not log_all:
            log[column] = abs(float((((bulk - bulk.mean()) / spread) ** 3).mean())) > 1.0
        low[column], high[column] = np.quantile(known, (tail, 1.0 - tail))
        middle = np.median(known, keepdims=True)
        fill[column] = signed_log(middle)[0] if log[column] else middle[0]
    unscaled = Scaler(low, high, log, fill, missing, np.zeros(1), np.ones(1))
    filled = unscaled._filled(matrix)
    scale = filled.std(axis=0)
    kept = np.append(varies, np.ones(int(missing.sum()), dtype=np.bool_)) & (scale > 1e-9)
    # Dividing by infinity makes a column zero for every customer, whatever its value.
    return Scaler(low, high, log, fill, missing, filled.mean(axis=0), np.where(kept, scale, np.inf))


@dataclass(frozen=True)
class TrainingRange:
    """The range each column had in training; later windows are clipped to it."""

    low: Floats
    high: Floats

    def clip(self, matrix: Floats) -> Floats:
        """The matrix with every known value inside the training range, shape unchanged."""
        return np.clip(matrix, self.low, self.high)


def training_range(matrix: Floats) -> TrainingRange:
    """Smallest and largest known value of each column; 0 for a column that is missing throughout."""
    # These two pass over what is missing, and leave only what is missing throughout.
    low, high = np.fmin.reduce(matrix, axis=0), np.fmax.reduce(matrix, axis=0)
    return TrainingRange(np.nan_to_num(low, nan=0.0), np.nan_to_num(high, nan=0.0))

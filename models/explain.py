"""Why a customer scores as they do: additive contributions in log-odds, and what the trees gained from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import REASON_COLUMNS, REASONS
from models.estimators import CHUNK, Logistic
from models.transforms import COLUMN

Floats = NDArray[np.float64]

# What can be said to a person, one feature for each thing that moves together: with all windows of
# orders and spend a linear model splits the credit between them at will, and signs stop making sense.
TOLD: Final = (
    "recency_days",
    "frequency",
    "overdue_ratio",
    "orders_90",
    "mean_order_value",
    "tenure_days",
    "unique_products",
    "returns_share",
)
# Having no gaps at all means having bought on one day only.
_TOLD_WHEN_MISSING: Final = {"overdue_ratio": "frequency"}
_COLUMNS: Final = [COLUMN[name] for name in TOLD]
# A stronger penalty than the candidate's: reasons need steady signs more than the last bit of fit.
_PENALTY: Final = 100.0


def fit_reasons(matrix: Floats, flag: Floats) -> Logistic:
    """Logistic regression of the purchase on the features of TOLD, from a matrix of MODEL_FEATURES."""
    return Logistic(_PENALTY, features=TOLD).fit(matrix[:, _COLUMNS], flag)


def _membership(model: Logistic) -> Floats:
    """1 where a column of the model's scaler is told as a feature, shape (columns, len(TOLD))."""
    flags = [TOLD[column] for column in np.flatnonzero(model.scaler_.missing)]
    told_as = [*TOLD, *(_TOLD_WHEN_MISSING.get(name, name) for name in flags)]
    return np.array([[float(name == told) for told in TOLD] for name in told_as])


def effects(model: Logistic, matrix: Floats) -> Floats:
    """Contribution of each feature of TOLD in log-odds, against the average customer, shape (n, m)."""
    if not len(matrix):
        return np.zeros((0, len(TOLD)))
    return np.asarray(model.contributions(matrix[:, _COLUMNS]) @ _membership(model), dtype=np.float64)


def reasons(model: Logistic, matrix: Floats) -> pd.DataFrame:
    """The three strongest contributions of each customer, columns REASON_COLUMNS.

    `reason_k` names a feature of TOLD, `reason_k_effect` is its coefficient x (value - training mean)
    in log-odds: positive speaks for a purchase.
    """
    told = np.array(TOLD, dtype=object)
    columns: dict[str, list[Any]] = {name: [] for name in REASON_COLUMNS}
    for start in range(0, max(len(matrix), 1), CHUNK):
        found = np.round(effects(model, matrix[start : start + CHUNK]), 4)
        # Stable, so that equal effects keep the order of TOLD.
        strongest = np.argsort(-np.abs(found), axis=1, kind="stable")[:, :REASONS]
        sizes = np.take_along_axis(found, strongest, axis=1)
        for rank in range(REASONS):
            columns[f"reason_{rank + 1}"].append(told[strongest[:, rank]])
            columns[f"reason_{rank + 1}_effect"].append(sizes[:, rank] + 0.0)
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})


def importance(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Total gain of each feature in a boosting model, largest first: columns feature, gain."""
    frame = pd.DataFrame(rows)[["feature", "gain"]].round({"gain": 4})
    return frame.sort_values(["gain", "feature"], ascending=[False, True], ignore_index=True)

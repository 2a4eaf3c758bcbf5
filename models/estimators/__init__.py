"""The learners by name: scikit-learn estimators of a purchase (log-odds) and of spend (currency)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from models.estimators.base import (
    CHUNK,
    PROB_FLOOR,
    TWEEDIE_POWER,
    Estimator,
    Floats,
    LogOdds,
    bounded_logit,
    to_json,
)
from models.estimators.base_rate import BaseRate
from models.estimators.buy_till_you_die import BuyTillYouDie
from models.estimators.column_probability import ColumnProbability
from models.estimators.column_spend import ColumnSpend
from models.estimators.forest import RandomForest
from models.estimators.lgbm import Lightgbm
from models.estimators.logistic import Logistic
from models.estimators.mean_spend import MeanSpend
from models.estimators.order_value import OrderValue
from models.estimators.tweedie import Tweedie
from models.estimators.value import Value
from models.estimators.xgb import Xgboost
from models.estimators.xgb_spend import FLOOR, XgboostSpend
from models.transforms import BTYD_PROB, COLUMN, EXPECTED_SPEND, MODEL_FEATURES

# Called with the seed, and whether a holdout of the training rows chooses the learning rate.
Factory = Callable[[int, bool], Estimator]

# All that the replaced tools looked at.
PLAIN: Final = tuple(COLUMN[name] for name in ("recency_days", "frequency", "monetary", "mean_order_value"))
_NAMED: Final[dict[str, Any]] = {"features": MODEL_FEATURES}

PROPENSITY: Final[dict[str, Factory]] = {
    "base_rate": lambda _seed, _tune: BaseRate(),
    "recency": lambda _seed, _tune: Logistic(columns=(COLUMN["recency_days"],), **_NAMED),
    "mbg_nbd": lambda _seed, _tune: ColumnProbability(COLUMN[BTYD_PROB]),
    "logistic": lambda _seed, _tune: Logistic(**_NAMED),
    "plain_logistic": lambda _seed, _tune: Logistic(columns=PLAIN, **_NAMED),
    "random_forest": lambda seed, _tune: RandomForest(seed, **_NAMED),
    "xgboost": lambda seed, tune: Xgboost(seed, tune, **_NAMED),
    "lightgbm": lambda seed, tune: Lightgbm(seed, tune, **_NAMED),
    "plain_xgboost": lambda seed, tune: Xgboost(seed, tune, columns=PLAIN, **_NAMED),
}
SPEND: Final[dict[str, Factory]] = {
    "mean_spend": lambda _seed, _tune: MeanSpend(),
    # Who spent nothing lately may yet buy: where nothing is expected a purchase is infinitely unlikely.
    "spend_90": lambda _seed, _tune: ColumnSpend(COLUMN["spend_90"], least=FLOOR),
    "mbg_gamma_gamma": lambda _seed, _tune: ColumnSpend(COLUMN[EXPECTED_SPEND]),
    "value": lambda _seed, _tune: Value(**_NAMED),
    "plain_xgboost_spend": lambda seed, tune: XgboostSpend(seed, tune, columns=PLAIN, **_NAMED),
    "tweedie": lambda seed, tune: Tweedie(COLUMN[EXPECTED_SPEND], seed, tune, **_NAMED),
}
# Their names tell which they are.
LEARNERS: Final = {**PROPENSITY, **SPEND}


def raw(estimator: Estimator, matrix: Floats) -> Floats:
    """Log-odds of a purchase from a classifier, account currency from a regressor; shape (n,)."""
    if isinstance(estimator, LogOdds):
        return estimator.decision_function(matrix)
    return np.asarray(estimator.predict(matrix), dtype=np.float64)


def predict_in_chunks(estimator: Estimator, matrix: Floats) -> Floats:
    """`raw` in parts: the scaled copies of a million rows would not fit beside the rest."""
    parts = [raw(estimator, matrix[start : start + CHUNK]) for start in range(0, len(matrix), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0)


def load(name: str, files: Mapping[str, bytes]) -> Estimator:
    """The fitted learner of that name from its files; raises ValueError if they are damaged or of another."""
    factory = LEARNERS.get(name)
    if factory is None:
        raise ValueError(f"There is no learner {name!r}.")
    return type(factory(0, False)).from_files(files)


__all__ = [
    "CHUNK",
    "LEARNERS",
    "PLAIN",
    "PROB_FLOOR",
    "PROPENSITY",
    "SPEND",
    "TWEEDIE_POWER",
    "BaseRate",
    "BuyTillYouDie",
    "ColumnProbability",
    "ColumnSpend",
    "Estimator",
    "Factory",
    "Floats",
    "Lightgbm",
    "LogOdds",
    "Logistic",
    "MeanSpend",
    "OrderValue",
    "RandomForest",
    "Tweedie",
    "Value",
    "Xgboost",
    "XgboostSpend",
    "bounded_logit",
    "load",
    "predict_in_chunks",
    "raw",
    "to_json",
]

"""What the XGBoost estimators share: settings, learning at a chosen pace, and their text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import xgboost

from models.estimators.base import Floats
from models.estimators.tuning import MOST_ROUNDS, Pace, Trial, choose, holdout, patience, tells

SETTINGS: Final[dict[str, Any]] = {
    "tree_method": "hist",
    "max_depth": 3,
    "min_child_weight": 10,
    "max_bin": 64,
    "nthread": 1,
    "verbosity": 0,
}
FIXED: Final = Pace(0.05, 150)

# From (target, margin) to the loss of each row.
Losses = Callable[[Floats, Floats], Floats]


def _data(
    matrix: Floats,
    target: Floats,
    names: list[str] | None = None,
    reference: xgboost.QuantileDMatrix | None = None,
) -> xgboost.QuantileDMatrix:
    return xgboost.QuantileDMatrix(
        matrix, target, nthread=1, max_bin=SETTINGS["max_bin"], feature_names=names, ref=reference
    )


def learn(
    matrix: Floats, target: Floats, settings: dict[str, Any], pace: Pace, names: list[str]
) -> xgboost.Booster:
    """Trees for the target, shape (n,); `settings` come on top of SETTINGS."""
    return xgboost.train(
        {**SETTINGS, **settings, "eta": pace.learning_rate},
        _data(matrix, target, names),
        num_boost_round=pace.rounds,
    )


def find_pace(
    matrix: Floats, target: Floats, settings: dict[str, Any], losses: Losses, seed: int, limit: int
) -> Pace:
    """The pace that a holdout of at most `limit` rows chooses, with early stopping; FIXED where it is too small to tell."""
    kept, held = holdout(len(target), seed, limit)
    if not (tells(target[held]) and tells(target[kept])):
        return FIXED
    rows = _data(matrix[kept], target[kept])
    watched_rows, watched_target = matrix[held], target[held]
    watched = _data(watched_rows, watched_target, reference=rows)

    def loss(predicted: Floats, data: xgboost.DMatrix) -> tuple[str, float]:
        return "loss", float(losses(np.asarray(data.get_label(), dtype=np.float64), predicted).mean())

    # Where XGBoost has no such loss of its own.
    own = {"custom_metric": loss, "maximize": False} if settings.get("disable_default_eval_metric") else {}

    def attempt(rate: float) -> Trial:
        booster = xgboost.train(
            {**SETTINGS, **settings, "eta": rate},
            rows,
            num_boost_round=MOST_ROUNDS,
            evals=[(watched, "holdout")],
            early_stopping_rounds=patience(rate),
            verbose_eval=False,
            **own,
        )
        rounds = booster.best_iteration + 1
        margin = booster.inplace_predict(watched_rows, iteration_range=(0, rounds), predict_type="margin")
        return Trial(Pace(rate, rounds), losses(watched_target, np.asarray(margin, dtype=np.float64)))

    return choose(attempt)


def margins(booster: xgboost.Booster, matrix: Floats) -> Floats:
    """Sum of the trees' leaves and the start, shape (n,)."""
    margin = booster.inplace_predict(matrix, predict_type="margin", validate_features=False)
    return np.asarray(margin, dtype=np.float64)


def text(booster: xgboost.Booster) -> bytes:
    """XGBoost's own JSON."""
    return bytes(booster.save_raw(raw_format="json"))


def from_text(data: bytes, columns: int) -> xgboost.Booster:
    """The trees of XGBoost's JSON; raises ValueError if it is none, or one of other columns."""
    # On other text the library may end the process.
    if "learner" not in json.loads(data):
        raise ValueError("these are no trees of XGBoost")
    try:
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(data))
    except xgboost.core.XGBoostError as error:
        raise ValueError(f"XGBoost cannot read its trees ({error})") from error
    if booster.num_features() != columns:
        raise ValueError(f"the trees are of {booster.num_features()} columns, not {columns}")
    return booster

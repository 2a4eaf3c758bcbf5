"""What scikit-learn asks of every estimator."""

from __future__ import annotations

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from models.estimators import (
    BaseRate,
    ColumnProbability,
    ColumnSpend,
    Lightgbm,
    Logistic,
    MeanSpend,
    RandomForest,
    Tweedie,
    Value,
    Xgboost,
    XgboostSpend,
)

EVERY = [
    BaseRate(),
    ColumnProbability(),
    Logistic(),
    # Of one of its columns: a line through two dimensions is more than it can find.
    Logistic(columns=(0,)),
    RandomForest(trees=50),
    Xgboost(),
    Xgboost(tune=True),
    Lightgbm(),
    Lightgbm(tune=True),
    MeanSpend(),
    ColumnSpend(),
    Value(),
    XgboostSpend(),
    XgboostSpend(tune=True),
    Tweedie(),
    Tweedie(tune=True),
]


@parametrize_with_checks(EVERY)
def test_the_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)

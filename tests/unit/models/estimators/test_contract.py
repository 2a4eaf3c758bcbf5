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
    Logistic(columns=(0,)),
    RandomForest(trees=50),
    Xgboost(),
    Lightgbm(),
    MeanSpend(),
    ColumnSpend(),
    Value(),
    XgboostSpend(),
    Tweedie(),
]


def _inapplicable(estimator: Any) -> dict[str, str]:
    if getattr(estimator, "columns", None) is None:
        return {}
    return {"check_classifiers_train": "the check's classes lie in two dimensions, and this one looks at one"}


@parametrize_with_checks(EVERY, expected_failed_checks=_inapplicable)
def test_the_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)

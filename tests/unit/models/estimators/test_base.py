from typing import Any

import numpy as np
import pytest

from models.estimators import BaseRate, Logistic, Xgboost, bounded_logit, to_json
from models.estimators.base import numbers, smoothed_share


def test_log_odds_are_finite_at_certainty() -> None:
    found = bounded_logit(np.array([0.0, 0.5, 0.75, 1.0]))
    assert found == pytest.approx([-13.815510, 0.0, np.log(3), 13.815510])


def test_a_share_is_never_none_or_all() -> None:
    assert smoothed_share(np.zeros(9)) == pytest.approx(0.05)
    assert smoothed_share(np.ones(9)) == pytest.approx(0.95)


def test_the_same_value_gives_the_same_bytes() -> None:
    assert to_json({"b": 1, "a": 0.1}) == to_json({"a": 0.1, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))


def test_numbers_of_a_file_are_counted_and_finite() -> None:
    assert numbers([1, 2.5], 2).tolist() == [1.0, 2.5]
    for bad in ([1.0], [1.0, float("inf")], [[1.0, 2.0]], ["a", "b"]):
        with pytest.raises(ValueError, match=r"numbers|convert"):
            numbers(bad, 2)


def test_classes_may_be_words(signal: Any) -> None:
    words = np.where(signal.flag > 0, "yes", "no")
    fitted, plain = Xgboost().fit(signal.matrix, words), Xgboost().fit(signal.matrix, signal.flag)
    assert fitted.classes_.tolist() == ["no", "yes"]
    assert np.array_equal(fitted.decision_function(signal.matrix), plain.decision_function(signal.matrix))
    assert set(fitted.predict(signal.matrix)) == {"no", "yes"}
    again = Xgboost.from_files(fitted.files())
    assert np.array_equal(again.predict(signal.matrix), fitted.predict(signal.matrix))


def test_probabilities_are_those_of_the_log_odds(signal: Any) -> None:
    fitted = Logistic().fit(signal.matrix, signal.flag)
    chances = fitted.predict_proba(signal.matrix)
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(chances)))
    assert chances[:, 1] == pytest.approx(1 / (1 + np.exp(-fitted.decision_function(signal.matrix))))


def test_one_class_alone_is_the_only_one_predicted() -> None:
    fitted = BaseRate().fit(np.zeros((4, 1)), np.ones(4))
    assert fitted.predict_proba(np.zeros((2, 1))).tolist() == [[1.0], [1.0]]
    assert fitted.predict(np.zeros((2, 1))).tolist() == [1.0, 1.0]
    assert BaseRate().fit(np.zeros((4, 1)), ["no"] * 4).decision_function(np.zeros((1, 1)))[0] < 0


def test_names_are_one_a_column(signal: Any) -> None:
    with pytest.raises(ValueError, match="2 names for X with 3"):
        Xgboost(features=("a", "b")).fit(signal.matrix, signal.flag)
    named = Xgboost(features=("a", "b", "c"), columns=(2, 0)).fit(signal.matrix, signal.flag)
    assert named.booster_.feature_names == ["c", "a"]
    with pytest.raises(ValueError, match="no column 3"):
        Xgboost(columns=(3,)).fit(signal.matrix, signal.flag)

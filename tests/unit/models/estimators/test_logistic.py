from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.estimators import Logistic


def test_known_coefficients_are_recovered(signal: Any) -> None:
    fitted = Logistic(penalty=1e-3).fit(signal.matrix, signal.flag)
    # The first column is standard normal and weighs 1.5; the others say nothing.
    assert fitted.coefficients_[0] == pytest.approx(1.5, abs=0.25)
    assert np.abs(fitted.coefficients_[1:]).max() < 0.25
    assert fitted.intercept_ == pytest.approx(-1.0, abs=0.2)


def test_it_is_a_logistic_regression_of_the_scaled_columns(signal: Any) -> None:
    fitted = Logistic(penalty=10.0).fit(signal.matrix, signal.flag)
    rows = fitted.scaler_.transform(signal.matrix)
    other = LogisticRegression(C=0.1, tol=1e-8, max_iter=1_000).fit(rows, signal.flag)
    assert fitted.decision_function(signal.matrix) == pytest.approx(other.decision_function(rows), abs=1e-4)


def test_contributions_add_up_to_the_log_odds(signal: Any) -> None:
    fitted = Logistic().fit(signal.matrix, signal.flag)
    found = fitted.contributions(signal.matrix)
    assert found.shape == (2_000, 4)
    assert found.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    assert found.sum(axis=1) + fitted.intercept_ == pytest.approx(fitted.decision_function(signal.matrix))


def test_only_the_chosen_columns_are_looked_at(signal: Any) -> None:
    alone = Logistic(columns=(0,)).fit(signal.matrix, signal.flag)
    other = signal.matrix.copy()
    other[:, 1:] = 1e6
    assert np.array_equal(alone.decision_function(other), alone.decision_function(signal.matrix))
    assert np.corrcoef(alone.decision_function(signal.matrix), signal.log_odds)[0, 1] > 0.99


def test_a_stronger_penalty_holds_the_coefficients_smaller(signal: Any) -> None:
    sizes = [
        np.abs(Logistic(penalty=penalty).fit(signal.matrix, signal.flag).coefficients_).sum()
        for penalty in (1.0, 30.0, 1_000.0)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_extremes_score_as_the_edge_of_the_training(signal: Any) -> None:
    fitted = Logistic().fit(signal.matrix, signal.flag)
    edge, far = signal.matrix[:1].copy(), signal.matrix[:1].copy()
    edge[0, 0], far[0, 0] = signal.matrix[:, 0].max(), 1e12
    assert np.array_equal(fitted.decision_function(edge), fitted.decision_function(far))


def test_the_file_names_its_columns(signal: Any) -> None:
    files = Logistic(features=("recency", "noise", "gap")).fit(signal.matrix, signal.flag).files()
    assert b'"gap is missing"' in files["json"]

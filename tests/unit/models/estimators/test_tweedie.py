from typing import Any

import numpy as np
import pytest

from models.estimators import Tweedie


def _matrix(signal: Any) -> Any:
    return np.column_stack([signal.matrix, np.exp(signal.matrix[:, 0])])


@pytest.mark.parametrize("tune", [False, True])
def test_expected_spend_is_recovered(tune: bool, signal: Any) -> None:
    matrix = _matrix(signal)
    fitted = Tweedie(3, tune=tune).fit(matrix[:1_500], signal.spend[:1_500])
    chance = 1 / (1 + np.exp(-signal.log_odds))
    truth = chance * np.exp(3.0 + 0.5 * signal.matrix[:, 0] + 0.045)
    found = fitted.predict(matrix[1_500:])
    assert np.corrcoef(np.log(found), np.log(truth[1_500:]))[0, 1] > 0.95
    assert found.sum() == pytest.approx(truth[1_500:].sum(), rel=0.15)


@pytest.mark.parametrize("tune", [False, True])
def test_the_currency_does_not_matter(tune: bool, signal: Any) -> None:
    matrix = _matrix(signal)
    dearer = matrix.copy()
    dearer[:, 3] *= 4_096.0
    pounds = Tweedie(3, tune=tune).fit(matrix, signal.spend).predict(matrix)
    other = Tweedie(3, tune=tune).fit(dearer, signal.spend * 4_096.0).predict(dearer)
    assert other == pytest.approx(4_096.0 * pounds, rel=1e-6)


def test_a_return_counts_as_no_spend(signal: Any) -> None:
    matrix = _matrix(signal)
    returned = np.where(signal.spend > 0, signal.spend, -7.0)
    found = [Tweedie(3).fit(matrix, spend).predict(matrix) for spend in (signal.spend, returned)]
    assert np.array_equal(*found)

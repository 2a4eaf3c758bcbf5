from typing import Any

import numpy as np
import pytest

from models.estimators import Value


def test_a_known_slope_is_recovered_from_buyers_alone(signal: Any) -> None:
    fitted = Value().fit(signal.matrix, signal.spend)
    bought = signal.spend > 0
    # E(spend | bought) = exp(3 + x / 2 + .3 ** 2 / 2); the columns are taken in logs, so about the middle only.
    middle = bought & (np.abs(signal.matrix[:, 0]) < 1)
    truth = np.exp(3.0 + 0.5 * signal.matrix[middle, 0] + 0.045)
    assert np.log(fitted.predict(signal.matrix[middle])) == pytest.approx(np.log(truth), abs=0.2)
    more = np.where(bought, signal.spend, -5.0)
    assert np.array_equal(
        Value().fit(signal.matrix, more).predict(signal.matrix), fitted.predict(signal.matrix)
    )


def test_buyers_predictions_add_up_and_none_is_above_the_largest(signal: Any) -> None:
    fitted = Value().fit(signal.matrix, signal.spend)
    bought = signal.spend > 0
    assert fitted.predict(signal.matrix[bought]).sum() == pytest.approx(signal.spend.sum(), rel=0.01)
    far = signal.matrix.copy()
    far[:, 0] = 1e9
    assert fitted.predict(far).max() <= signal.spend.max()

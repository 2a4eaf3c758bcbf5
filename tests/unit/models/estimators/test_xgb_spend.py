from typing import Any

import numpy as np
import pytest

from models.estimators import XgboostSpend
from models.estimators.xgb_spend import FLOOR


@pytest.mark.parametrize("tune", [False, True])
def test_expected_spend_is_recovered(tune: bool, signal: Any) -> None:
    fitted = XgboostSpend(tune=tune).fit(signal.matrix[:1_500], signal.spend[:1_500])
    chance = 1 / (1 + np.exp(-signal.log_odds))
    truth = (chance * np.exp(3.0 + 0.5 * signal.matrix[:, 0] + 0.045))[1_500:]
    found = fitted.predict(signal.matrix[1_500:])
    assert np.corrcoef(found, truth)[0, 1] > 0.9
    assert found.sum() == pytest.approx(truth.sum(), rel=0.2)


def test_no_prediction_is_below_the_floor(signal: Any) -> None:
    found = XgboostSpend().fit(signal.matrix, signal.spend).predict(signal.matrix)
    assert found.min() >= FLOOR * signal.spend.mean() * (1 - 1e-12)
    returned = XgboostSpend().fit(signal.matrix, -signal.spend).predict(signal.matrix)
    assert returned.min() == 0
    assert returned.mean() < 0.01 * signal.spend.mean()


def test_the_currency_does_not_matter(signal: Any) -> None:
    one, other = (
        XgboostSpend(tune=True).fit(signal.matrix, signal.spend * factor).predict(signal.matrix)
        for factor in (1.0, 4_096.0)
    )
    assert other == pytest.approx(4_096.0 * one, rel=1e-6)

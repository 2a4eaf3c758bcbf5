from typing import Any

import numpy as np
import pytest
import xgboost

from models.estimators import Xgboost


@pytest.mark.parametrize("tune", [False, True])
def test_the_deciding_column_is_found(tune: bool, signal: Any) -> None:
    fitted = Xgboost(tune=tune).fit(signal.matrix[:1_500], signal.flag[:1_500])
    assert np.corrcoef(fitted.decision_function(signal.matrix[1_500:]), signal.log_odds[1_500:])[0, 1] > 0.9


def test_only_the_chosen_columns_are_looked_at(signal: Any) -> None:
    fitted = Xgboost(columns=(1, 0)).fit(signal.matrix, signal.flag)
    turned = Xgboost().fit(signal.matrix[:, [1, 0]], signal.flag)
    assert np.array_equal(
        fitted.decision_function(signal.matrix), turned.decision_function(signal.matrix[:, [1, 0]])
    )


def test_the_file_opens_in_its_own_library(signal: Any) -> None:
    fitted = Xgboost().fit(signal.matrix, signal.flag)
    trees = xgboost.Booster()
    trees.load_model(bytearray(fitted.files()["trees.json"]))
    told = trees.predict(
        xgboost.DMatrix(signal.matrix, feature_names=trees.feature_names), output_margin=True
    )
    assert told == pytest.approx(fitted.decision_function(signal.matrix), abs=1e-5)


def test_noise_alone_is_given_up_early(signal: Any) -> None:
    flag = (np.random.default_rng(2).random(2_000) < 0.4).astype(float)
    scores = [Xgboost(tune=tune).fit(signal.matrix, flag).decision_function(signal.matrix) for tune in (0, 1)]
    assert scores[1].std() < 0.5 * scores[0].std()

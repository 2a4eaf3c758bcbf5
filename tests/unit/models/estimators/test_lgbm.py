from typing import Any

import lightgbm
import numpy as np
import pytest

from models.estimators import Lightgbm


@pytest.mark.parametrize("tune", [False, True])
def test_the_deciding_column_is_found(tune: bool, signal: Any) -> None:
    fitted = Lightgbm(tune=tune).fit(signal.matrix[:1_500], signal.flag[:1_500])
    assert np.corrcoef(fitted.decision_function(signal.matrix[1_500:]), signal.log_odds[1_500:])[0, 1] > 0.9
    assert fitted.gains()[0] > 2 * fitted.gains()[1:].sum()


def test_the_file_opens_in_its_own_library(signal: Any) -> None:
    fitted = Lightgbm(features=("a", "b", "c")).fit(signal.matrix, signal.flag)
    trees = lightgbm.Booster(model_str=fitted.files()["txt"].decode())
    assert trees.feature_name() == ["a", "b", "c"]
    told = trees.predict(signal.matrix, raw_score=True, num_threads=1) + fitted.start_
    assert np.array_equal(told, fitted.decision_function(signal.matrix))


def test_noise_alone_is_given_up_early(signal: Any) -> None:
    flag = (np.random.default_rng(2).random(2_000) < 0.4).astype(float)
    scores = [
        Lightgbm(tune=tune).fit(signal.matrix, flag).decision_function(signal.matrix) for tune in (0, 1)
    ]
    assert scores[1].std() < 0.5 * scores[0].std()

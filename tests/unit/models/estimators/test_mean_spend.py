import numpy as np
import pytest

from models.estimators import MeanSpend


@pytest.mark.parametrize(("spend", "mean"), [([10.0, 0.0, 5.0], 5.0), ([1.0, -10.0, 0.0], 0.0)])
def test_everybody_spends_the_mean_and_never_less_than_nothing(spend: list[float], mean: float) -> None:
    fitted = MeanSpend().fit(np.zeros((3, 1)), spend)
    assert fitted.predict(np.ones((2, 1))).tolist() == [mean, mean]

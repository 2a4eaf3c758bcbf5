import numpy as np
import pytest

from models.estimators import BaseRate


def test_everybody_has_the_smoothed_share() -> None:
    flag = np.array([1.0, 0.0, 0.0, 0.0])
    fitted = BaseRate().fit(np.arange(4.0)[:, None], flag)
    assert fitted.predict_proba(np.array([[9.0], [np.nan]]))[:, 1] == pytest.approx([0.3, 0.3])

import numpy as np
import pytest
from scipy.special import expit

from models.calibration import Platt, cross_fitted, fit_platt, needs_platt


def _sample(customers: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    truth = random.normal(-1.0, 1.2, customers)
    return truth, (random.random(customers) < expit(truth)).astype(float)


def test_an_overconfident_model_is_brought_back() -> None:
    truth, flag = _sample()
    fitted = fit_platt(2.0 * truth + 0.6, flag)
    assert fitted.slope == pytest.approx(0.5, abs=0.03)
    assert fitted.intercept == pytest.approx(-0.3, abs=0.05)
    assert needs_platt(2.0 * truth + 0.6, flag)
    assert needs_platt(truth + 0.3, flag)
    assert not needs_platt(truth, flag)


def test_what_cannot_be_fitted_is_left_alone() -> None:
    assert fit_platt(np.array([1.0, 2.0]), np.ones(2)) == Platt()
    level = fit_platt(np.zeros(100), np.repeat([0.0, 1.0], [75, 25]))
    assert level.slope == 1.0
    assert expit(level.intercept) == pytest.approx(0.25, abs=0.01)
    apart = fit_platt(np.repeat([-5.0, 5.0], 50), np.repeat([0.0, 1.0], 50))
    assert np.isfinite([apart.slope, apart.intercept]).all()


def test_a_fold_is_rescaled_by_the_others() -> None:
    truth, flag = _sample(2_000)
    fold = np.arange(2_000) % 4
    scaled = cross_fitted(3.0 * truth, flag, fold)
    own = fold == 2
    changed = flag.copy()
    changed[own] = 1.0 - changed[own]
    assert np.array_equal(cross_fitted(3.0 * truth, changed, fold)[own], scaled[own])
    assert not np.array_equal(cross_fitted(3.0 * truth, changed, fold)[~own], scaled[~own])

import numpy as np
import pytest
from numpy.typing import NDArray

from models.likelihood import Objective, minimise, saved_numbers

Floats = NDArray[np.float64]
BOUNDS = [(-3.0, 3.0)] * 2


def _bowl(bottom: tuple[float, float], looks: list[int]) -> Objective:
    """sum cosh(k (x - bottom)) - 1, of strength 1 and 4."""
    strength = np.array([1.0, 2.0])

    def objective(at: Floats) -> tuple[float, Floats]:
        looks[0] += 1
        away = strength * (at - np.array(bottom))
        return float((np.cosh(away) - 1.0).sum()), strength * np.sinh(away)

    return objective


def test_a_sample_near_the_truth_saves_looks_at_everybody() -> None:
    alone, everybody = [0], [0]
    at, value = minimise(_bowl((1.0, -0.5), alone), BOUNDS, np.zeros(2))
    assert at == pytest.approx([1.0, -0.5], abs=1e-6)
    sampled, value = minimise(_bowl((1.0, -0.5), everybody), BOUNDS, np.zeros(2), _bowl((1.05, -0.52), [0]))
    assert sampled == pytest.approx([1.0, -0.5], abs=1e-6)
    assert value == pytest.approx(0.0, abs=1e-12)
    assert everybody[0] <= 6 < alone[0]


@pytest.mark.parametrize("of_sample", [(1.0, 2.9), (1.0, 9.0), (-9.0, 0.0)])
def test_a_minimum_beyond_the_bounds_is_found_on_them(of_sample: tuple[float, float]) -> None:
    at, _ = minimise(_bowl((1.0, 4.0), [0]), BOUNDS, np.zeros(2), _bowl(of_sample, [0]))
    assert at == pytest.approx([1.0, 3.0], abs=1e-5)


def test_a_flat_sample_is_no_guide() -> None:
    def flat(at: Floats) -> tuple[float, Floats]:
        return 0.0, np.zeros(2)

    at, _ = minimise(_bowl((1.0, -0.5), [0]), BOUNDS, np.zeros(2), flat)
    assert at == pytest.approx([1.0, -0.5], abs=1e-6)


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan"), True, "1", None])
def test_a_parameter_that_cannot_be_is_refused(value: object) -> None:
    assert saved_numbers({"r": 2, "log_likelihood": -3.5}, ("r",)) == {"r": 2.0, "log_likelihood": -3.5}
    with pytest.raises(ValueError, match="r of the saved model must be"):
        saved_numbers({"r": value, "log_likelihood": -3.5}, ("r",))

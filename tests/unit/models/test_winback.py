import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.names import AS_EXPECTED, OVER, UNDER
from models.winback import default_threshold, performance


def test_the_rule() -> None:
    shortfall = np.array([10.0, 10.0, 4.99, -10.0, -10.0, 5.0, -5.0])
    cdf = np.array([0.5, 0.51, 0.1, 0.5, 0.49, 0.2, 0.8])
    expected = [UNDER, AS_EXPECTED, AS_EXPECTED, OVER, AS_EXPECTED, UNDER, OVER]
    assert performance(shortfall, cdf, 5.0, 0.5).tolist() == expected
    assert performance(shortfall, cdf, 5.0, 0.2).tolist() == [AS_EXPECTED] * 5 + [UNDER, OVER]


@given(
    st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0, 1)), min_size=1, max_size=50),
    st.tuples(st.floats(0.01, 1e3), st.floats(0.01, 1e3)),
    st.tuples(st.floats(0.01, 0.5), st.floats(0.01, 0.5)),
)
def test_a_higher_threshold_or_a_lower_level_never_adds_a_red(
    customers: list[tuple[float, float]], thresholds: tuple[float, float], levels: tuple[float, float]
) -> None:
    shortfall, cdf = np.array(customers).T
    for name in (UNDER, OVER):
        wide = performance(shortfall, cdf, min(thresholds), max(levels)) == name
        narrow = performance(shortfall, cdf, max(thresholds), min(levels)) == name
        assert not np.any(narrow & ~wide)


@pytest.mark.parametrize(
    ("spend", "threshold"), [([10.0, 8.04], 4.51), ([0.0, 0.0], 0.01), ([-9.0, 2.0], 0.01)]
)
def test_the_default_is_half_the_mean_spend(spend: list[float], threshold: float) -> None:
    assert default_threshold(np.array(spend)) == threshold

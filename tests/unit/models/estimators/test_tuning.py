import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.estimators.tuning import RATES, Pace, Trial, choose, holdout, patience, tells


@given(st.integers(0, 500), st.integers(0, 2**31 - 1), st.integers(1, 300))
def test_a_holdout_is_a_quarter_of_the_drawn_and_shares_no_row(rows: int, seed: int, limit: int) -> None:
    kept, held = holdout(rows, seed, limit)
    drawn = min(rows, limit)
    assert (len(kept), len(held)) == (drawn - drawn // 4, drawn // 4)
    assert len({*kept.tolist(), *held.tolist()}) == drawn
    assert all(0 <= row < rows for row in [*kept, *held])
    assert np.array_equal(held, holdout(rows, seed, limit)[1])


def _choose(losses: dict[float, float], noise: float) -> Pace:
    random = np.random.default_rng(0)
    return choose(lambda rate: Trial(Pace(rate, 7), losses[rate] + noise * random.normal(0, 1, 10_000)))


def test_the_first_rate_stays_unless_another_is_better_by_more_than_chance() -> None:
    home, *others = RATES
    for other in others:
        level = dict.fromkeys(RATES, 0.3)
        assert _choose({**level, other: 0.2999}, noise=0.1) == Pace(home, 7)
        assert _choose({**level, other: 0.28}, noise=0.1) == Pace(other, 7)
    assert _choose({home: 0.3, others[0]: 0.25, others[1]: 0.2}, noise=0.1) == Pace(others[1], 7)


def test_equal_rates_are_the_first() -> None:
    assert _choose(dict.fromkeys(RATES, 0.3), noise=0.0).learning_rate == RATES[0]


@pytest.mark.parametrize(
    ("target", "enough"),
    [
        (np.arange(49.0), False),
        (np.zeros(1_000), False),
        (np.r_[np.zeros(1_000), np.ones(9)], False),
        (np.r_[np.zeros(1_000), np.ones(10)], True),
        (np.r_[np.ones(1_000), np.zeros(9)], False),
        (np.arange(50.0), True),
    ],
)
def test_few_or_equal_outcomes_choose_nothing(target: np.ndarray, enough: bool) -> None:
    assert tells(target) is enough


def test_small_steps_are_given_more_time() -> None:
    times = [patience(rate) for rate in sorted(RATES)]
    assert times == sorted(times, reverse=True)
    assert times[-1] >= 10

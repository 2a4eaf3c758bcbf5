"""Differences and their intervals: published figures, scipy's, and repeated tests whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.campaign.effects import Adjustment, cap, newcombe, sample_ratio, welch

REPEATS = 600


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(1)
    treated, control = rng.gamma(0.3, 30.0, 200), rng.gamma(0.3, 20.0, 37)
    found = welch(treated, control)
    theirs = stats.ttest_ind(treated, control, equal_var=False).confidence_interval(0.95)
    assert found.difference == pytest.approx(treated.mean() - control.mean())
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_without_variance_there_is_no_interval() -> None:
    found = welch(np.zeros(5), np.zeros(9))
    assert (found.difference, found.low, found.high) == (0.0, None, None)
    assert found.times(3.0, -2.0).to_dict() == {"difference": -2.0, "low": None, "high": None}


# Newcombe (1998), table II, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ],
)
def test_differences_of_shares_have_newcombes_published_intervals(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = newcombe(*counts)
    assert found.difference == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_shares_of_nobody_still_have_an_interval() -> None:
    found = newcombe(0, 100, 0, 100)
    assert found.difference == 0.0
    assert found.high == pytest.approx(0.037, abs=5e-4)
    assert found.low == pytest.approx(-found.high)


def simulated(rng: np.random.Generator, customers: int, *, uplift: float) -> tuple[np.ndarray, np.ndarray]:
    """What customers were predicted to spend and what they spent, with a mean effect of 10 x uplift."""
    predicted = rng.gamma(2.0, 5.0, customers)
    bought = rng.random(customers) < 0.4
    return predicted, np.where(
        bought, predicted * (1.0 + uplift) / 0.4 * rng.gamma(4.0, 0.25, customers), 0.0
    )


def test_intervals_hold_the_truth_as_often_as_they_say_and_cuped_narrows_them() -> None:
    rng, truth = np.random.default_rng(11), 10.0 * 0.2
    codes = np.repeat(np.array([0, 1]), [300, 700])
    plain, cuped, widths, shares = [], [], [], []
    for _ in range(REPEATS):
        x0, y0 = simulated(rng, 300, uplift=0.0)
        x1, y1 = simulated(rng, 700, uplift=0.2)
        values, adjust = np.concatenate([y0, y1]), Adjustment(np.concatenate([x0, x1]), codes)
        found = welch(y1, y0)
        adjusted = adjust(values)
        better = welch(adjusted[300:], adjusted[:300])
        for effects, one in ((plain, found), (cuped, better)):
            assert one.low is not None
            assert one.high is not None
            effects.append((one.difference, one.low <= truth <= one.high))
        widths.append((better.high - better.low) / (found.high - found.low))  # type: ignore[operator]
        shares.append(1.0 - adjust.correlation(values) ** 2)
    for effects in (plain, cuped):
        # 95 % of 600 repeats, give or take three standard errors.
        assert 0.923 <= np.mean([held for _, held in effects]) <= 0.977
        estimates = np.array([difference for difference, _ in effects])
        assert abs(estimates.mean() - truth) < 3.0 * estimates.std() / np.sqrt(REPEATS)
    # Deng et al. (2013), equation 3: the variance falls to 1 - rho^2 of what it was.
    assert np.mean(np.square(widths)) == pytest.approx(np.mean(shares), rel=0.01)
    assert np.mean(shares) < 0.9
    spread = np.var([difference for difference, _ in cuped]) / np.var([difference for difference, _ in plain])
    assert spread == pytest.approx(np.mean(shares), abs=0.1)


def test_cuped_puts_right_what_arms_differed_by_at_the_start() -> None:
    codes = np.repeat(np.array([0, 1]), 50)
    before = np.arange(100, dtype=np.float64)
    after = 3.0 * before + np.tile([0.5, -0.5], 50) + 7.0 * codes
    adjust = Adjustment(before, codes)
    assert welch(after[50:], after[:50]).difference == pytest.approx(157.0)
    adjusted = adjust(after)
    assert adjust.theta(after) == pytest.approx(3.0, abs=0.01)
    assert welch(adjusted[50:], adjusted[:50]).difference == pytest.approx(7.0, abs=0.2)
    assert adjusted.mean() == pytest.approx(after.mean())


def test_a_constant_covariate_changes_nothing() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0])
    adjust = Adjustment(np.ones(4), np.array([0, 0, 1, 1]))
    assert adjust(values).tolist() == values.tolist()
    assert adjust.correlation(values) == 0.0


def test_caps_are_quantiles_of_what_was_spent_at_all() -> None:
    values = np.concatenate([np.zeros(900), np.arange(1.0, 101.0)])
    assert cap(values, 0.95) == pytest.approx(np.quantile(np.arange(1.0, 101.0), 0.95))
    assert cap(np.array([0.0, -50.0, 10.0]), 1.0) == 50.0
    assert cap(np.zeros(4), 0.99) is None


def test_the_sample_ratio_is_scipys_chi_square() -> None:
    found = sample_ratio([5200, 4800, 5050], [2.0, 2.0, 2.0])
    theirs = stats.chisquare([5200, 4800, 5050])
    assert (found["chi_square"], found["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found["freedom"] == 2
    assert found["expected"] == pytest.approx([15050 / 3] * 3)
    planned = sample_ratio([8010, 1990], [0.8, 0.2])
    assert planned["chi_square"] == pytest.approx(100 / 8000 + 100 / 2000)

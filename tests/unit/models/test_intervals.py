import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import intervals


def _world(customers: int = 20_000, seed: int = 1) -> pd.DataFrame:
    """Hurdle customers whose true probability, location and width are known."""
    random = np.random.default_rng(seed)
    p = random.beta(1.0, 2.0, customers).clip(0.02, 0.98)
    mu = random.normal(4.0, 0.8, customers)
    frequency = 1.0 + random.poisson(20.0 * p)
    sigma = 0.9 - 0.5 * p
    flag = (random.random(customers) < p).astype(float)
    spend = flag * np.exp(mu + sigma * random.normal(size=customers))
    mean = p * np.exp(mu + sigma**2 / 2)
    return pd.DataFrame(
        {"p": p, "flag": flag, "spend": spend, "mean": mean, "frequency": frequency, "sigma": sigma}
    )


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return _world()


@pytest.fixture(scope="module")
def fitted(world: pd.DataFrame) -> intervals.CrossFitted:
    columns = [world[name].to_numpy() for name in ("flag", "spend", "p", "mean", "frequency")]
    return intervals.cross_fit_intervals(*columns, np.arange(len(world)) % 5, 0.8)


def test_each_tail_holds_a_tenth_where_the_tail_is_not_zero(
    world: pd.DataFrame, fitted: intervals.CrossFitted
) -> None:
    spend = world["spend"].to_numpy()
    likely = world["p"].to_numpy() > 0.91
    # At the edge of what was seen the width errs to the wide side.
    assert 0.02 < np.mean(spend[likely] < fitted.low[likely]) < 0.12
    some = world["p"].to_numpy() > 0.3
    assert np.mean(spend[some] > fitted.high[some]) == pytest.approx(0.1, abs=0.015)
    assert np.mean(spend > fitted.high) < 0.12


def test_the_interval_holds_the_prediction(world: pd.DataFrame, fitted: intervals.CrossFitted) -> None:
    assert np.all(fitted.low <= world["mean"])
    assert np.all(fitted.high >= world["mean"])
    assert np.all(fitted.low >= 0)


def test_buyers_are_spread_evenly_over_their_own_distribution(
    world: pd.DataFrame, fitted: intervals.CrossFitted
) -> None:
    bought = world["flag"].to_numpy() > 0
    p = world["p"].to_numpy()[bought]
    inside = (fitted.cdf[bought] - (1 - p)) / p
    assert np.histogram(inside, 10, (0, 1))[0] / bought.sum() == pytest.approx(np.full(10, 0.1), abs=0.015)
    assert fitted.cdf[~bought] == pytest.approx(1 - world["p"].to_numpy()[~bought], abs=2e-4)


def test_the_width_follows_the_customer(world: pd.DataFrame, fitted: intervals.CrossFitted) -> None:
    assert np.corrcoef(fitted.sigma, world["sigma"])[0, 1] > 0.95


def _predicted(world: pd.DataFrame, fitted: intervals.CrossFitted) -> pd.DataFrame:
    """What is published of the customers of `world`."""
    columns = {"pred_prob": world["p"], "pred_spend": world["mean"]}
    return pd.DataFrame({**columns, "spend_mu": fitted.mu, "spend_sigma": fitted.sigma})


def test_expected_red_is_what_a_perfect_model_shows(fitted: intervals.CrossFitted) -> None:
    """Draw spends from the predicted distributions themselves and count the reds."""
    world = _world(seed=1)
    frame = _predicted(world, fitted)
    shape, random = fitted.pooled.shape, np.random.default_rng(9)
    knots = shape.lo + shape.step * np.arange(len(shape.cdf))
    p, mu, sigma = world["p"].to_numpy(), fitted.mu, fitted.sigma
    for threshold, level in ((10.0, 0.5), (25.0, 0.2), (5.0, 0.1)):
        counts = []
        for _ in range(20):
            uniform = random.random(len(p))
            z = np.interp(random.random(len(p)), shape.cdf, knots)
            spend = np.where(uniform < p, np.exp(mu + sigma * z), 0.0)
            cdf = fitted.pooled.cdf(spend, p, mu, sigma)
            counts.append(((world["mean"] - spend >= threshold) & (cdf <= level)).sum())
        assert intervals.red_chances(frame, shape, threshold, level).sum() == pytest.approx(
            np.mean(counts), rel=0.05
        )


def test_reds_beyond_chance_are_counted_in_standard_errors(
    world: pd.DataFrame, fitted: intervals.CrossFitted
) -> None:
    assert intervals.beyond_chance(60, np.full(100, 0.5)) == pytest.approx(2.0)
    assert intervals.beyond_chance(0, np.array([0.2, 0.5])) == pytest.approx(-0.7 / np.sqrt(0.41))
    assert intervals.beyond_chance(3, np.zeros(5)) is None
    frame = _predicted(world, fitted)
    shape = fitted.pooled.shape
    chances = intervals.red_chances(frame, shape, 10.0, 0.5)
    assert chances.shape == (len(world),)
    assert chances.max() == 0.5
    # These customers do what is predicted of them; where a tenth more of them stay away, it shows.
    shortfall = world["mean"] - world["spend"]
    red = int(((shortfall >= 10.0) & (fitted.cdf <= 0.5)).sum())
    assert abs(intervals.beyond_chance(red, chances) or 9.0) < 3.0
    assert (intervals.beyond_chance(round(red * 1.1), chances) or 0.0) > intervals.BEYOND_ERRORS


def test_nobody_is_red_by_chance_where_spending_nothing_is_as_likely_as_not() -> None:
    """Those who buy and send all of it back spend nothing too."""
    frame = pd.DataFrame(
        {"pred_prob": [0.6], "pred_spend": [40.0], "spend_mu": [np.log(60.0)], "spend_sigma": [0.5]}
    )
    shape = intervals.ResidualCdf(-2.0, 1.0, np.array([0.3, 0.4, 0.6, 0.9, 1.0]))
    assert intervals.red_chances(frame, shape, 10.0, 0.5)[0] == 0.0  # F(0) = .4 + .6 x .3 = .58
    assert intervals.red_chances(frame, shape, 10.0, 0.6)[0] == pytest.approx(0.6)
    paid = intervals.ResidualCdf(-2.0, 1.0, np.array([0.0, 0.1, 0.6, 0.9, 1.0]))
    assert intervals.red_chances(frame, paid, 10.0, 0.5)[0] > 0.4


def test_expected_red_falls_with_the_threshold_and_rises_with_the_level(
    world: pd.DataFrame, fitted: intervals.CrossFitted
) -> None:
    frame = _predicted(world, fitted)
    shape = fitted.pooled.shape
    by_threshold = [intervals.red_chances(frame, shape, t, 0.5).sum() for t in (0.01, 5.0, 20.0, 100.0, 1e9)]
    assert by_threshold == sorted(by_threshold, reverse=True)
    assert by_threshold[-1] == 0.0
    by_level = [intervals.red_chances(frame, shape, 5.0, level).sum() for level in (0.1, 0.2, 0.5)]
    assert by_level == sorted(by_level)


def test_the_distribution_of_a_fold_is_learned_without_it(world: pd.DataFrame) -> None:
    head = world.head(2_000)
    columns = [head[name].to_numpy() for name in ("flag", "spend", "p", "mean", "frequency")]
    fold = np.arange(2_000) % 5
    before = intervals.cross_fit_intervals(*columns, fold, 0.8)
    columns[1] = np.where((fold == 3) & (columns[1] > 0), columns[1] * 50, columns[1])
    after = intervals.cross_fit_intervals(*columns, fold, 0.8)
    assert np.array_equal(before.high[fold == 3], after.high[fold == 3])
    assert np.all(after.high[fold != 3] >= before.high[fold != 3])


def test_one_price_for_all_lies_in_the_interval() -> None:
    flag = np.tile([1.0, 1.0, 0.0], 400)
    p = np.full(1_200, 2 / 3)
    found = intervals.cross_fit_intervals(
        flag, flag * 30.0, p, p * 30.0, np.ones(1_200), np.arange(1_200) % 5, 0.8
    )
    assert np.all(found.high == pytest.approx(30.0, rel=1e-3))
    assert np.all(flag * 30.0 <= found.high + 1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-30, 30), min_size=0, max_size=40),
    st.integers(0, 5),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_the_residual_distribution_is_one(values: list[float], unpaid: int, shares: list[float]) -> None:
    shape = intervals.residual_cdf(np.array([*values, *[-np.inf] * unpaid]))
    assert len(shape.cdf) == intervals.KNOTS
    assert np.all(np.diff(shape.cdf) >= 0)
    assert shape.cdf[0] >= 0
    assert shape.cdf[-1] == 1.0
    assert shape.step > 0
    wanted = np.sort(shares)
    low, high = shape.outer_quantiles(wanted, wanted)
    assert np.all(low <= high)
    assert np.all(shape(high) >= np.minimum(wanted, 1.0) - 1e-6)

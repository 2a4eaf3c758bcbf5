"""Drawn outcomes, held against customers drawn one by one with nothing but the definition."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.campaign import cells, outcomes
from models.campaign.customers import Customers, exponential, offered, within_reach
from models.campaign.outcomes import grid_of_depths, simulate, uplifts_and_levels
from models.campaign.params import CampaignParams
from models.roi import answer, financials, order_of

Floats = NDArray[np.float64]
KNOTS = np.linspace(-3.0, 3.0, 31)
# Some buy and pay nothing; a long upper tail.
SHAPE = (KNOTS, np.append(0.02 + 0.97 / (1.0 + np.exp(-1.8 * KNOTS[:-1])), 1.0))
OFFER = CampaignParams(discount=0.1, contact_cost=0.05, fixed_cost=20.0, margin=0.35, uplift=0.5)
SURE: dict[str, Any] = {"uplift_range": 0.0, "forecast_error": 0.0}


def shop(size: int, seed: int = 0, spread: float = 1.0) -> Customers:
    random = np.random.default_rng(seed)
    p, v = random.beta(0.7, 2.5, size), random.lognormal(3.5, spread, size)
    ranks = {"rfm": random.integers(3, 16, size).astype(float)}
    return Customers(p, p * v, random.uniform(0.6, 0.9, size), ranks, 90, SHAPE)


def by_hand(customers: Customers, places: NDArray[np.int64], params: CampaignParams, draws: int) -> Floats:
    """Net profit of contacting these, every customer of every draw by itself in double precision."""
    chosen, random = customers.at(params.horizon_days).take(places), np.random.default_rng(1)
    uplift, level = uplifts_and_levels(replace(params, seed=7, draws=draws))
    p, size = chosen.probability, len(chosen)
    base = chosen.value / exponential(chosen.shape, chosen.sigma)
    z, g = chosen.shape
    found = np.empty(draws)
    for k in range(draws):
        after = offered(p, float(uplift[k]), params.uplift_unit)
        u, v = random.random(size), random.random(size)
        spend = level[k] * base * np.where(v < g[0], 0.0, np.exp(chosen.sigma * np.interp(v, g, z)))
        with_it, without = u < after, u < p
        uses = with_it & (~without | (random.random(size) < params.redemption))
        found[k] = float((spend * (params.margin * (with_it * 1.0 - without) - params.discount * uses)).sum())
    return found - params.contact_cost * size - params.fixed_cost


def assert_alike(found: Floats, expected: Floats) -> None:
    """Mean, standard deviation and 10, 50 and 90 % quantiles agree within four standard errors."""
    spread, error = expected.std(), np.sqrt(1 / len(found) + 1 / len(expected))
    assert abs(found.mean() - expected.mean()) < 4 * spread * error
    kurtosis = float((((expected - expected.mean()) / spread) ** 4).mean())
    assert abs(found.std() / spread - 1) < 4 * 0.5 * np.sqrt(max(kurtosis - 1, 2.0)) * error
    for share, density in ((0.1, 0.175), (0.5, 0.399), (0.9, 0.175)):
        # The standard error of a quantile is sqrt(q (1 - q) / n) / density; normal densities serve as a guide.
        most = 5 * np.sqrt(share * (1 - share)) / density * error
        assert abs(np.quantile(found, share) - np.quantile(expected, share)) < most * spread, share


class TestAgainstBruteForce:
    @pytest.mark.parametrize(
        ("size", "changed"),
        [
            (40, {}),
            (600, {}),
            (600, {"uplift_unit": "points", "uplift": 0.1, "uplift_range": 0.05}),
            (2500, {}),
            (2500, SURE),
            (3500, SURE),
            (3500, {"uplift": -0.3, **SURE}),
            (3500, {"uplift": 1.0, "uplift_range": 1.5, "redemption": 1.0}),
            (3500, {"uplift_unit": "points", "uplift": 0.1, "uplift_range": 0.2, "redemption": 0.0}),
            (3500, {"rank": "random", "horizon_days": 30}),
        ],
    )
    def test_draws_follow_the_definition(self, size: int, changed: dict[str, Any]) -> None:
        some = shop(3500)
        params = replace(OFFER, contacted=size, draws=2000, **changed)
        found = answer(some, params)
        assert_alike(found.draws, by_hand(some, found.order[:size], params, 2000))

    def test_so_they_do_where_few_customers_make_most_of_the_money(self) -> None:
        some = shop(4000, seed=3, spread=2.2)
        params = replace(OFFER, contacted=4000, **SURE)
        found = answer(some, params)
        expected = by_hand(some, found.order, params, 2000)
        assert abs(((expected - expected.mean()) ** 3).mean() / expected.std() ** 3) > 0.3
        assert_alike(found.draws, expected)

    def test_buyers_who_pay_nothing(self) -> None:
        # Half of them nothing, the others twice what is expected of a buyer.
        half = replace(shop(400), shape=(np.array([0.0, 1e-9]), np.array([0.5, 1.0])))
        params = replace(OFFER, contacted=400, **SURE)
        found = answer(half, params)
        assert_alike(found.draws, by_hand(half, found.order, params, 2000))
        error = found.draws.std() / np.sqrt(2000)
        assert abs(found.draws.mean() - found.financials.net_profit) < 4 * error

    def test_the_mean_of_outcomes_is_the_expected_profit(self) -> None:
        some = shop(20_000)
        for size in (300, 1000, 1001, 20_000):
            params = replace(OFFER, contacted=size, draws=20_000, **SURE)
            found = answer(some, params)
            error = found.draws.std() / np.sqrt(20_000)
            assert abs(found.draws.mean() - found.financials.net_profit) < 4 * error, size


class TestCells:
    def test_moments_of_a_block_are_sums_over_its_customers(self) -> None:
        some = shop(3000)
        block = np.random.default_rng(5).integers(0, 3, 3000).astype(np.int16)
        for params in (OFFER, replace(OFFER, uplift_unit="points", uplift=0.1)):
            grid = np.array([-0.4, 0.0, 0.1, 0.6])
            found = cells.totals(cells.cells(some, block, 2), params, grid)
            assert found.profit.shape == (2, 4)
            for k in (0, 1):
                chosen = some.take(np.flatnonzero(block == k))
                for j, uplift in enumerate(grid):
                    exact = financials(chosen, params, float(uplift))
                    gross = exact.incremental_margin - exact.discounts
                    assert found.discounts[k, j] == pytest.approx(exact.discounts, rel=2e-3)
                    # Exact but for the one bin within which p' reaches 1.
                    assert found.profit[k, j] == pytest.approx(gross, abs=2e-3 * exact.baseline_spend * 0.35)
                    variance = self._variance(chosen, params, float(uplift))
                    assert found.variance[k, j] == pytest.approx(variance, rel=0.01)

    def test_customers_off_the_middle_of_their_bin(self) -> None:
        # Where nobody's p' reaches 1 a block's mean is exact, whichever customers of a bin are in it.
        some = shop(3000)
        some = replace(some, probability=0.05 + 0.4 * some.probability, _kept={})
        block = (some.probability * 997 % 1 < 0.5).astype(np.int16)
        for uplift in (-0.5, 0.0, 0.6):
            found = cells.totals(cells.cells(some, block, 2), OFFER, np.array([uplift]))
            for k in (0, 1):
                exact = financials(some.take(np.flatnonzero(block == k)), OFFER, uplift)
                assert found.discounts[k, 0] == pytest.approx(exact.discounts, rel=1e-9)
                gross = exact.incremental_margin - exact.discounts
                assert found.profit[k, 0] == pytest.approx(gross, rel=1e-9)

    @staticmethod
    def _variance(chosen: Customers, params: CampaignParams, uplift: float) -> float:
        p, after = chosen.probability, offered(chosen.probability, uplift, params.uplift_unit)
        d, m, r = params.discount, params.margin, params.redemption
        # Four kinds of customers, each with its share and what a unit of spend is worth.
        kinds = [
            (r * np.minimum(p, after), -d),
            (np.maximum(after - p, 0), m - d),
            (np.maximum(p - after, 0), -m),
        ]
        mean = sum(share * worth for share, worth in kinds)
        second = sum(share * worth**2 for share, worth in kinds)
        return float((chosen.value**2 * (chosen.moment() * second - mean**2)).sum())

    def test_between_is_linear_and_holds_its_ends(self) -> None:
        table = np.array([[0.0, 2.0, 3.0]])
        found = cells.between(np.array([0.0, 1.0, 3.0]), table, np.array([0.0, 0.5, 1.0, 2.0, 3.0]))
        assert found.tolist() == [[0.0, 1.0, 2.0, 2.5, 3.0]]
        assert cells.between(np.array([0.4]), np.array([[7.0]]), np.array([0.4, 0.4])).tolist() == [
            [7.0, 7.0]
        ]

    def test_the_grid_has_the_kink_at_zero(self) -> None:
        assert 0.0 in cells.grid(np.array([-0.31, 0.5])).tolist()
        assert cells.grid(np.array([0.2, 0.2])).tolist() == [0.2]


class TestCommonRandomNumbers:
    def test_the_same_seed_the_same_draws(self) -> None:
        some, params = shop(4000), replace(OFFER, contacted=2000)
        first = answer(some, params)
        again = answer(shop(4000), params)
        assert first.draws.tobytes() == again.draws.tobytes()
        assert first.curve.draws.tobytes() == again.curve.draws.tobytes()
        other = answer(some, replace(params, seed=43))
        assert not np.any(first.draws == other.draws)
        assert_alike(first.draws, other.draws)

    def test_a_higher_margin_is_worth_more_in_every_draw(self) -> None:
        some = shop(900)
        # Nobody buys less because of the offer, so every draw gains margin.
        params = replace(OFFER, contacted=900, rank="random", uplift_range=0.1)
        draws = [answer(some, replace(params, margin=margin)).draws for margin in (0.3, 0.31, 0.4, 0.6)]
        for lower, higher in pairwise(draws):
            assert (higher > lower).all()

    def test_the_rank_alone_does_not_change_what_all_customers_do(self) -> None:
        some = shop(1000)
        params = replace(OFFER, contacted=1000)
        by_profit, by_rfm = (answer(some, replace(params, rank=rank)).draws for rank in ("profit", "rfm"))
        assert by_profit == pytest.approx(by_rfm, rel=1e-5, abs=1e-3)

    def test_one_customer_more_changes_little(self) -> None:
        some = shop(5000)
        for size in (999, 1000, 1001, 3000):
            few, more = (answer(some, replace(OFFER, contacted=size + step)) for step in (0, 1))
            spread = few.draws.std()
            assert np.corrcoef(few.draws, more.draws)[0, 1] > 0.99, size
            assert abs(few.low - more.low) < 0.08 * spread, size
            assert abs(few.high - more.high) < 0.08 * spread, size
            assert more.draws.std() == pytest.approx(spread, rel=0.05), size

    def test_fewer_one_by_one_where_more_outcomes_are_drawn(self) -> None:
        assert [outcomes.head_size(draws) for draws in (100, 2000, 4000, 20_000)] == [1000, 1000, 500, 100]
        some, params = shop(5000), replace(OFFER, contacted=1000)
        assert_alike(
            answer(some, replace(params, draws=20_000)).draws, answer(some, replace(params, seed=1)).draws
        )

    def test_uplift_and_level_have_the_range_that_was_asked_for(self) -> None:
        params = replace(OFFER, uplift=0.5, uplift_range=0.4, forecast_error=0.2, draws=5000)
        uplift, level = uplifts_and_levels(params)
        assert np.quantile(uplift, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.002)
        assert (level.mean(), level.std()) == pytest.approx((1.0, 0.2), rel=0.01)
        assert abs(np.corrcoef(uplift, level)[0, 1]) < 0.06
        assert uplifts_and_levels(replace(params, uplift=-0.9, uplift_range=1.0))[0].min() == -1.0


class TestDepths:
    def test_every_number_of_a_small_audience(self) -> None:
        assert grid_of_depths(3).tolist() == [0, 1, 2, 3]
        assert grid_of_depths(100).tolist() == list(range(101))

    def test_steps_of_a_large_one_rise_from_nobody_to_all(self) -> None:
        for size in (101, 1000, 123_457, 1_000_000):
            found = grid_of_depths(size)
            assert (found[0], found[1], found[-1]) == (0, 1, size)
            assert (np.diff(found) > 0).all()
            assert 49 <= len(found) <= 61

    def test_profit_adds_up_along_the_order(self) -> None:
        some, params = shop(3000), replace(OFFER, contacted=700)
        own = some.at(90)
        found = simulate(own, order_of(some, params), np.array([1500]), 700, params)
        assert {0, 700, 1500, 3000} <= set(found.depths.tolist())
        assert not found.profit[0].any()
        assert found.profit.shape == (len(found.depths), 2000)
        exact = answer(some, params)
        assert exact.draws.tobytes() == exact.curve.draws[list(exact.curve.depths).index(700)].tobytes()
        # What all cost is contacts, fixed cost and the discounts, which are never negative.
        assert (found.cost >= 700 * 0.05 + 20.0).all()
        assert found.cost.mean() == pytest.approx(exact.financials.total_cost, rel=0.05)


def test_what_lies_beyond_three_spreads_is_taken_to_lie_there_and_the_mean_stays() -> None:
    # One buyer of a thousand spent e^(0.8 x 6) = 122 times what was expected.
    z, g = np.array([-1.0, 0.0, 1.0, 5.9, 6.0]), np.array([0.0, 0.5, 0.999, 0.999, 1.0])
    knots, share = within_reach((z, g))
    assert knots.tolist() == [-1.0, 0.0, 1.0, 3.0, 3.0]
    assert share.tolist() == g.tolist()
    count = 1000
    p, spend, sigma = np.full(count, 0.1), np.full(count, 5.0), np.full(count, 0.8)
    far, near = (Customers(p, spend, sigma, {}, 90, shape) for shape in ((z, g), (knots, share)))
    assert near.moment()[0] < 0.5 * far.moment()[0]
    assert financials(near, OFFER).to_dict() == financials(far, OFFER).to_dict()
    # The point mass at 3 by hand: 0.001 at exp(2.4), uniform pieces below.
    pieces = [(-1.0, 0.0, 0.5), (0.0, 1.0, 0.499)]
    mean = sum(w * (np.exp(0.8 * b) - np.exp(0.8 * a)) / (0.8 * (b - a)) for a, b, w in pieces)
    assert exponential((knots, share), np.array([0.8]))[0] == pytest.approx(mean + 0.001 * np.exp(2.4))

"""How deep to go, held against adding up customers one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.campaign.customers import Customers
from models.campaign.depth import Depth, depth
from models.campaign.params import CampaignParams
from models.roi import answer, discounts, financials, incremental, order_of

KNOTS = np.linspace(-2.0, 2.0, 9)
SHAPE = (KNOTS, np.linspace(0.0, 1.0, 9))
OFFER = CampaignParams(
    contacted=500, discount=0.1, contact_cost=0.8, fixed_cost=30.0, margin=0.35, uplift=0.5, uplift_range=0.2
)


def shop(size: int, seed: int = 0) -> Customers:
    random = np.random.default_rng(seed)
    p, v = random.beta(0.7, 2.5, size), random.lognormal(3.5, 0.8, size)
    ranks = {"rfm": np.round(5 * p) + random.integers(3, 9, size)}
    return Customers(p, p * v, random.uniform(0.6, 0.9, size), ranks, 90, SHAPE)


def found(customers: Customers, params: CampaignParams) -> Depth:
    return depth(customers, params, answer(customers, params))


def added_up(customers: Customers, params: CampaignParams) -> list[float]:
    """Net profit of contacting the first 0, 1, 2, ... of the order, each worked out as a campaign of its own."""
    order = order_of(customers, params)
    sizes = range(1, len(customers) + 1)
    return [0.0, *(financials(customers.take(order[:size]), params).net_profit for size in sizes)]


class TestCurve:
    @pytest.mark.parametrize("size", [1, 2, 60, 400])
    @pytest.mark.parametrize("rank", ["profit", "rfm", "random", "propensity"])
    def test_is_what_each_depth_brings_and_costs(self, size: int, rank: str) -> None:
        some, params = shop(size), replace(OFFER, rank=rank, contacted=37)
        curve, expected = found(some, params), added_up(some, params)
        assert curve.profit == pytest.approx([expected[k] for k in curve.depths], abs=1e-8)
        assert (curve.depths[0], curve.depths[-1]) == (0, size)
        assert min(37, size) in curve.depths.tolist()
        order = order_of(some, params)
        spent = np.cumsum(discounts(some, params)[order]) + 0.8 * np.arange(1, size + 1) + 30.0
        assert curve.cost == pytest.approx(np.append(0.0, spent)[curve.depths])
        assert curve.everybody == pytest.approx(expected[-1])

    @settings(max_examples=40, deadline=None)
    @given(
        st.integers(0, 10_000),
        st.integers(1, 300),
        st.sampled_from(["profit", "rfm", "random", "spend"]),
        st.floats(0, 3),
        st.floats(0, 200),
    )
    def test_the_best_depth_is_the_best_of_all(
        self, seed: int, size: int, rank: str, cost: float, fixed: float
    ) -> None:
        some = shop(size, seed)
        params = replace(OFFER, rank=rank, contact_cost=cost, fixed_cost=fixed, draws=100)
        curve, expected = found(some, params), added_up(some, params)
        assert curve.best_profit == pytest.approx(max(expected), abs=1e-8)
        assert expected[curve.best] == pytest.approx(max(expected), abs=1e-8)
        assert curve.best in curve.depths.tolist()
        assert 0 <= curve.best_low <= curve.best <= curve.best_high <= size

    def test_ranked_by_profit_it_ends_where_customers_stop_paying(self) -> None:
        some = shop(30_000)
        curve = found(some, OFFER)
        assert curve.best == int((incremental(some, OFFER) > 0).sum())
        assert 0 < curve.best < 30_000
        assert curve.best_profit > curve.everybody

    def test_where_every_campaign_loses_nobody_is_contacted(self) -> None:
        some = shop(3000)
        lossy = found(some, replace(OFFER, discount=0.5, uplift=0.2, uplift_range=0.05))
        assert (lossy.best, lossy.best_profit, lossy.best_low, lossy.best_high) == (0, 0.0, 0, 0)
        # Customers who pay, but less than the fixed cost.
        small = shop(30)
        fixed = found(small, replace(OFFER, fixed_cost=1e6))
        assert (fixed.best, fixed.best_profit) == (0, 0.0)
        assert fixed.profit[1] < -999_000


class TestBand:
    def test_holds_four_fifths_of_the_outcomes(self) -> None:
        some = shop(8000)
        for size in (200, 5000):
            params = replace(OFFER, contacted=size)
            reply = answer(some, params)
            curve = depth(some, params, reply)
            assert (curve.low <= curve.high).all()
            assert (curve.low[0], curve.high[0]) == (0.0, 0.0)
            here = curve.depths.tolist().index(size)
            assert (curve.low[here], curve.high[here]) == (reply.low, reply.high)
            # Outcomes of another seed, which have other luck throughout, lie within it as often.
            other = answer(some, replace(params, seed=7)).draws
            within = (other >= curve.low[here]) & (other <= curve.high[here])
            assert within.mean() == pytest.approx(0.8, abs=0.03)

    def test_the_best_depth_is_certain_where_all_pay_whatever_happens(self) -> None:
        # Everybody buys and nobody would have: each is worth 100 x (.35 - .1) - .8.
        sure = Customers(
            np.full(2000, 1e-9),
            np.full(2000, 1e-7),
            np.zeros(2000),
            {},
            90,
            (np.zeros(2), np.array([0.0, 1.0])),
        )
        params = replace(OFFER, uplift=1.0, uplift_unit="points", uplift_range=0.0, forecast_error=0.0)
        curve = found(sure, params)
        assert (curve.best, curve.best_low, curve.best_high) == (2000, 2000, 2000)
        assert curve.best_profit == pytest.approx(2000 * 24.2 - 30, rel=1e-6)
        assert curve.low == pytest.approx(curve.profit, rel=1e-5)
        assert curve.high == pytest.approx(curve.profit, rel=1e-5)

    def test_is_as_wide_as_the_uplift_is_uncertain(self) -> None:
        some = shop(8000)
        narrow, wide = (found(some, replace(OFFER, uplift_range=reach)) for reach in (0.05, 0.6))
        assert narrow.best == wide.best
        assert narrow.best_high - narrow.best_low < 0.5 * (wide.best_high - wide.best_low)
        assert wide.best_low == 0
        assert narrow.best_low > 0


class TestRivals:
    def test_other_ways_to_choose_as_many(self) -> None:
        some = shop(400)
        curve = found(some, OFFER)
        assert set(curve.rivals) == {"rfm", "propensity", "random"}
        for rank in ("rfm", "propensity"):
            expected = added_up(some, replace(OFFER, rank=rank))
            assert curve.rivals[rank] == pytest.approx([expected[k] for k in curve.depths], abs=1e-8)
        for rival in curve.rivals.values():
            assert rival[0] == 0.0
            assert rival[-1] == pytest.approx(curve.everybody)
            assert (rival <= curve.profit + 1e-4).all()
        straight = curve.everybody + 30.0
        assert curve.rivals["random"][1:] == pytest.approx(straight * curve.depths[1:] / 400 - 30.0)

    def test_random_is_the_mean_over_orders(self) -> None:
        some, random = shop(300), np.random.default_rng(4)
        curve = found(some, replace(OFFER, contacted=120))
        gains = incremental(some, OFFER)
        means = [gains[random.permutation(300)[:120]].sum() for _ in range(4000)]
        here = curve.depths.tolist().index(120)
        error = np.std(means) / np.sqrt(4000)
        assert curve.rivals["random"][here] + 30.0 == pytest.approx(np.mean(means), abs=4 * error)

    def test_a_rank_these_customers_lack_is_left_out(self) -> None:
        curve = found(shop(50).bare(), OFFER)
        assert set(curve.rivals) == {"propensity", "random"}
        assert "rfm" not in curve.regret


class TestRegretAndBudget:
    def test_what_is_lost_against_the_best_depth(self) -> None:
        some = shop(2000)
        params = replace(OFFER, contacted=1900)
        curve, expected = found(some, params), added_up(some, params)
        best = curve.best
        assert 0 < best < 1000
        assert curve.regret == pytest.approx(
            {
                "chosen": curve.best_profit - expected[1900],
                "everybody": curve.best_profit - expected[2000],
                "half": curve.best_profit - expected[best // 2],
                "double": curve.best_profit - expected[2 * best],
                "random": curve.best_profit - (float(incremental(some, OFFER).mean()) * best - 30.0),
                "rfm": curve.best_profit - added_up(some, replace(OFFER, rank="rfm"))[best],
            }
        )
        assert min(curve.regret.values()) > 0
        assert found(some, replace(OFFER, contacted=best)).regret["chosen"] == 0.0

    def test_the_budget_line(self) -> None:
        some = shop(2000)
        params = replace(OFFER, budget=500.0)
        curve = found(some, params)
        assert curve.budget is not None
        order = order_of(some, params)
        for size, affordable in ((curve.budget, True), (curve.budget + 1, False)):
            assert (financials(some.take(order[:size]), params).total_cost <= 500.0) is affordable
        assert curve.budget in curve.depths.tolist()
        assert found(some, OFFER).budget is None

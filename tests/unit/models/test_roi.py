"""The arithmetic of an offer, held against numbers worked by hand, and the properties of its answer."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from models.campaign.params import CampaignParams
from models.roi import (
    Customers,
    Financials,
    answer,
    break_even,
    discounts,
    financials,
    incremental,
    order_of,
    with_offer,
)

KNOTS = np.linspace(-2.0, 2.0, 9)
SHAPE = (KNOTS, np.linspace(0.0, 1.0, 9))


def customers(p: list[float], spend: list[float], **ranks: list[float]) -> Customers:
    scores = {name: np.array(score, dtype=float) for name, score in ranks.items()}
    return Customers(
        np.array(p, dtype=float), np.array(spend, dtype=float), np.full(len(p), 0.5), scores, 90, SHAPE
    )


def many(size: int, seed: int = 0) -> Customers:
    random = np.random.default_rng(seed)
    p, v = random.beta(0.6, 2.0, size), random.lognormal(3.5, 0.8, size)
    ranks = {"rfm": random.integers(3, 16, size).astype(float), "clv": v, "churn": 1 - p}
    return Customers(p, p * v, random.uniform(0.6, 1.0, size), ranks, 90, SHAPE)


# a (v 100), b (v 50) who reaches certainty, c (v 200), and d who never buys.
FOUR = customers([0.2, 0.8, 0.5, 0.0], [20.0, 40.0, 100.0, 0.0])
OFFER = CampaignParams(
    contacted=4, discount=0.1, contact_cost=1.0, fixed_cost=4.0, margin=0.4, uplift=0.5, redemption=0.5
)


class TestEachCustomer:
    def test_a_relative_uplift_ends_at_certainty(self) -> None:
        assert with_offer(FOUR, OFFER) == pytest.approx([0.3, 1.0, 0.75, 0.0])

    def test_incremental_profit_by_hand(self) -> None:
        # a: .1 x 100 x .4 - 10 x (.5 x .2 + .1) - 1; b: .2 x 50 x .4 - 5 x (.5 x .8 + .2) - 1; and so on.
        assert incremental(FOUR, OFFER) == pytest.approx([1.0, 0.0, 9.0, -1.0])
        assert discounts(FOUR, OFFER) == pytest.approx([2.0, 3.0, 10.0, 0.0])

    def test_an_uplift_in_points(self) -> None:
        points = replace(OFFER, uplift=0.1, uplift_unit="points")
        assert with_offer(FOUR, points) == pytest.approx([0.3, 0.9, 0.6, 0.1])
        assert incremental(FOUR, points) == pytest.approx([1.0, -1.5, 0.0, -1.0])

    def test_an_offer_that_puts_people_off_loses_their_orders(self) -> None:
        worse = replace(OFFER, uplift=-0.5)
        # a: -.1 x 100 x .4 - 10 x .5 x .1 - 1
        assert incremental(FOUR, worse) == pytest.approx([-5.5, -10.0, -23.5, -1.0])
        nobody = replace(OFFER, uplift=-1.0, uplift_unit="points")
        assert with_offer(FOUR, nobody).tolist() == [0.0] * 4
        assert incremental(FOUR, nobody) == pytest.approx([-9.0, -17.0, -41.0, -1.0])

    @pytest.mark.parametrize(("redemption", "expected"), [(0.0, 2.0), (0.4, 1.2), (1.0, 0.0)])
    def test_redemption_of_those_who_would_have_bought_anyway(
        self, redemption: float, expected: float
    ) -> None:
        assert incremental(FOUR, replace(OFFER, redemption=redemption))[0] == pytest.approx(expected)

    def test_it_is_the_formula_with_the_share_of_orders_that_use_the_discount(self) -> None:
        some, params = many(200), replace(OFFER, uplift=0.7, redemption=0.3)
        p, after = some.probability, with_offer(some, params)
        share = (0.3 * np.minimum(p, after) + np.maximum(after - p, 0)) / after
        expected = after * some.value * (0.4 - 0.1 * share) - p * some.value * 0.4 - 1.0
        assert incremental(some, params) == pytest.approx(expected)

    def test_another_horizon(self) -> None:
        half = replace(OFFER, horizon_days=45, uplift=0.0)
        assert with_offer(FOUR, half) == pytest.approx(1 - np.sqrt(1 - FOUR.probability))
        assert financials(FOUR, half).baseline_spend == pytest.approx(80.0)
        whole = FOUR.at(45).at(90)
        assert whole.probability == pytest.approx(FOUR.probability)
        assert whole.spend == pytest.approx(FOUR.spend)


class TestFinancials:
    def test_the_whole_campaign_by_hand(self) -> None:
        found = financials(FOUR, OFFER)
        assert found.to_dict() == pytest.approx(
            {
                "customers": 4,
                "baseline_orders": 1.5,
                "orders": 2.05,
                "incremental_orders": 0.55,
                "baseline_spend": 160.0,
                "incremental_spend": 70.0,
                "incremental_margin": 28.0,
                "discounts": 15.0,
                "discounts_anyway": 8.0,
                "contact_cost": 4.0,
                "fixed_cost": 4.0,
                "total_cost": 23.0,
                "net_profit": 5.0,
                "roi": 5 / 23,
                "cost_per_order": 23 / 0.55,
                "uplift": 0.5,
            }
        )

    def test_another_uplift_and_fixed_cost(self) -> None:
        found = financials(FOUR, OFFER, uplift=0.0, fixed_cost=1.0)
        assert (found.net_profit, found.total_cost, found.cost_per_order) == (-13.0, 13.0, None)
        assert found.uplift == 0.0

    def test_where_nothing_is_spent_there_is_no_roi(self) -> None:
        free = replace(OFFER, discount=0.0, contact_cost=0.0, fixed_cost=0.0)
        found = financials(FOUR, free)
        assert (found.total_cost, found.roi, found.cost_per_order) == (0.0, None, 0.0)
        assert found.net_profit == pytest.approx(28.0)

    def test_of_nobody(self) -> None:
        none = financials(FOUR.take(np.array([], dtype=np.int64)), replace(OFFER, fixed_cost=0.0))
        assert (none.customers, none.net_profit, none.roi, none.cost_per_order) == (0, 0.0, None, None)

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(0, 1000),
        st.floats(-1, 1),
        st.floats(0, 0.9),
        st.floats(0, 1),
        st.sampled_from(["relative", "points"]),
    )
    def test_parts_sum_to_the_whole(
        self, seed: int, uplift: float, discount: float, redemption: float, unit: str
    ) -> None:
        some = many(50, seed)
        params = replace(OFFER, uplift=uplift, discount=discount, redemption=redemption, uplift_unit=unit)
        whole = financials(some, params)
        share = np.random.default_rng(seed).integers(0, 3, 50)
        parts = [
            financials(
                some.take(np.flatnonzero(share == k)), params, fixed_cost=4.0 * float(np.mean(share == k))
            )
            for k in range(3)
        ]
        for name in (
            "customers", "baseline_orders", "orders", "incremental_orders", "baseline_spend", "incremental_spend",
            "incremental_margin", "discounts", "discounts_anyway", "contact_cost", "fixed_cost", "total_cost",
            "net_profit",
        ):  # fmt: skip
            assert sum(getattr(part, name) for part in parts) == pytest.approx(
                getattr(whole, name), abs=1e-9
            ), name
        assert whole.net_profit == pytest.approx(float(incremental(some, params).sum()) - 4.0, abs=1e-9)
        assert whole.net_profit == pytest.approx(whole.incremental_margin - whole.total_cost, abs=1e-9)


class TestBreakEven:
    def test_by_hand_beyond_a_customer_who_is_certain_to_buy(self) -> None:
        # It loses 8 + 4 + 4; b is certain from 25 % on, where .3 x 40 is earned; then .3 x 120 for each unit.
        assert break_even(FOUR, OFFER) == pytest.approx(0.25 + (16 / 0.3 - 40) / 120)

    @pytest.mark.parametrize("unit", ["relative", "points"])
    @pytest.mark.parametrize("cost", [0.1, 1.0, 8.0])
    def test_leaves_no_profit_and_no_loss(self, unit: str, cost: float) -> None:
        some = many(3000)
        params = replace(OFFER, uplift_unit=unit, contact_cost=cost)
        uplift = break_even(some, params)
        assert uplift is not None
        assert uplift > 0
        found = financials(some, params, uplift=uplift)
        assert found.net_profit == pytest.approx(0.0, abs=1e-9 * found.total_cost)

    def test_none_where_all_buying_would_not_pay(self) -> None:
        # All buying: .3 x 190 = 57 is earned at most, and 8 lost. The last to be certain is a, at five times .2.
        assert break_even(FOUR, replace(OFFER, contact_cost=0.0, fixed_cost=48.9)) == pytest.approx(
            4.0, rel=0.01
        )
        assert break_even(FOUR, replace(OFFER, contact_cost=0.0, fixed_cost=49.1)) is None

    def test_none_where_the_discount_takes_the_margin(self) -> None:
        assert break_even(FOUR, replace(OFFER, discount=0.4)) is None
        assert break_even(FOUR, replace(OFFER, discount=0.9)) is None

    def test_zero_where_nothing_is_lost_without_one(self) -> None:
        assert break_even(FOUR, replace(OFFER, contact_cost=0.0, fixed_cost=0.0, redemption=0.0)) == 0.0

    def test_none_for_customers_who_are_worth_nothing(self) -> None:
        assert break_even(customers([0.0, 0.5], [0.0, 0.0]), OFFER) is None


class TestOrder:
    def test_each_rank_puts_its_best_first_and_ties_in_file_order(self) -> None:
        some = customers([0.2, 0.9, 0.5, 0.5], [20.0, 9.0, 100.0, 100.0], rfm=[5, 9, -3, 9], clv=[0, 0, 0, 0])
        for rank, expected in {
            "profit": [2, 3, 0, 1],
            "propensity": [1, 2, 3, 0],
            "spend": [2, 3, 0, 1],
            "rfm": [1, 3, 0, 2],
            "clv": [0, 1, 2, 3],
            "random": [0, 1, 2, 3],
        }.items():
            assert order_of(some, replace(OFFER, rank=rank)).tolist() == expected, rank

    def test_it_is_the_order_of_a_stable_sort(self) -> None:
        some = many(20_000)
        for params in (OFFER, replace(OFFER, uplift=-0.2), replace(OFFER, rank="rfm")):
            score = incremental(some, params) if params.rank == "profit" else some.ranks["rfm"]
            expected = np.argsort(-score.astype(np.float32), kind="stable")
            assert order_of(some, params).tolist() == expected.tolist()

    def test_no_score_comes_last(self) -> None:
        some = customers([0.1] * 4, [1.0] * 4, clv=[math.nan, -5.0, 0.0, math.nan])
        assert order_of(some, replace(OFFER, rank="clv")).tolist() == [2, 1, 0, 3]

    def test_a_score_these_customers_do_not_have(self) -> None:
        with pytest.raises(InputError, match="cannot be ranked by Lifetime value"):
            order_of(FOUR, replace(OFFER, rank="clv"))


def plain(value: object) -> bool:
    """No NaN or infinity anywhere."""
    found: Any = asdict(value) if isinstance(value, Financials) else value
    if isinstance(found, dict):
        return all(plain(each) for each in found.values())
    if isinstance(found, list):
        return all(plain(each) for each in found)
    return not isinstance(found, float) or math.isfinite(found)


class TestAnswer:
    def test_contacts_the_best(self) -> None:
        some = many(2000)
        found = answer(some, replace(OFFER, contacted=300))
        gains = np.sort(incremental(some, OFFER))[::-1]
        assert (found.audience, found.contacted, found.financials.customers) == (2000, 300, 300)
        assert found.financials.net_profit == pytest.approx(float(gains[:300].sum()) - 4.0)
        assert sorted(found.order.tolist()) == list(range(2000))
        assert found.low < found.financials.net_profit < found.high
        assert found.break_even == pytest.approx(break_even(some.take(found.order[:300]), OFFER))

    def test_ranges_and_chances_are_those_of_the_draws(self) -> None:
        found = answer(many(2000), replace(OFFER, contacted=300, fixed_cost=30.0))
        assert found.draws.shape == (2000,)
        assert (found.draws <= found.low).mean() == pytest.approx(0.1, abs=0.001)
        assert (found.draws >= found.high).mean() == pytest.approx(0.1, abs=0.001)
        assert found.probability_of_profit == (found.draws > 0).mean()
        assert 0.5 < found.probability_of_profit < 0.999
        assert found.roi_low is not None
        assert found.roi_high is not None
        assert found.roi_low < (found.financials.roi or 0.0) < found.roi_high

    def test_a_margin_five_points_lower(self) -> None:
        found = answer(many(2000), replace(OFFER, contacted=300))
        lost = 0.05 * found.financials.incremental_spend
        assert found.margin_lower.net_profit == pytest.approx(found.financials.net_profit - lost)
        assert answer(FOUR, replace(OFFER, margin=0.02)).margin_lower.incremental_margin == 0.0

    def test_what_a_budget_pays_for(self) -> None:
        params = replace(OFFER, rank="random", contacted=4)
        # Fixed 4; then a 3, b 4, c 11, d 1.
        for budget, expected in ((3.9, 0), (4.0, 0), (7.0, 1), (10.99, 1), (22.0, 3), (23.0, 4), (99.0, 4)):
            assert answer(FOUR, replace(params, budget=budget)).within_budget == expected, budget
        assert answer(FOUR, params).within_budget is None
        short = answer(FOUR, replace(params, budget=8.0))
        assert short.cautions == ("The budget pays for 1 of the 4 customers.",)

    def test_more_than_there_are(self) -> None:
        found = answer(FOUR, replace(OFFER, contacted=500))
        assert found.contacted == 4
        assert found.cautions == ("There are 4 customers in this audience: nobody else can be contacted.",)

    def test_nobody_is_a_sentence(self) -> None:
        with pytest.raises(InputError, match="nobody in this audience"):
            answer(FOUR.take(np.array([], dtype=np.int64)), OFFER)

    @pytest.mark.parametrize("unit", ["relative", "points"])
    @pytest.mark.parametrize("uplift", [-1.0, 0.0, 0.3, 1.0])
    @pytest.mark.parametrize(
        "some",
        [
            customers([0.3], [30.0]),
            customers([0.0], [0.0]),
            customers([0.0], [5.0]),
            customers([1.0, 1.0], [5.0, 10.0]),
            customers([0.5, 0.2], [0.0, 0.0]),
            replace(many(300), sigma=np.zeros(300), shape=(KNOTS, np.linspace(0.2, 1.0, 9))),
            replace(many(300), shape=(KNOTS, np.ones(9))),
        ],
        ids=["one", "never", "never but spends", "certain", "no spend", "all pay the same", "nobody pays"],
    )
    def test_odd_customers_give_numbers(self, some: Customers, uplift: float, unit: str) -> None:
        free: dict[str, Any] = {"discount": 0.0, "contact_cost": 0.0, "fixed_cost": 0.0}
        for params in (OFFER, replace(OFFER, **free), replace(OFFER, margin=0.0, discount=0.9)):
            found = answer(some, replace(params, uplift=uplift, uplift_unit=unit, draws=100))
            assert plain(found.financials)
            assert plain(found.margin_lower)
            assert np.isfinite(found.draws).all()
            assert np.isfinite(found.curve.draws).all()
            assert plain([found.low, found.high, found.roi_low, found.roi_high, found.break_even])

    def test_the_same_bytes_whatever_the_threads(self) -> None:
        code = (
            "import hashlib, sys; sys.path.insert(0, 'tests/unit/models'); import test_roi as t\n"
            "found = t.answer(t.many(30_000), t.replace(t.OFFER, contacted=9000))\n"
            "print(hashlib.sha256(found.draws.tobytes() + found.curve.draws.tobytes()).hexdigest())\n"
        )
        seen = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": "."},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for threads in ("1", "2")
        }
        assert len(seen) == 1

    def test_importing_it_loads_nothing_heavy(self) -> None:
        code = "import json, sys, models.roi, models.campaign.depth; print(json.dumps(sorted(sys.modules)))"
        loaded = json.loads(
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
        )
        assert "models.campaign.outcomes" in loaded
        assert not {"scipy", "sklearn", "pandas", "xgboost", "lightgbm"} & set(loaded)

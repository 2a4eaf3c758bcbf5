"""What a test can find: formulas by hand, and tests that are simulated customer by customer."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from data.errors import InputError
from models.campaign.customers import Customers
from models.campaign.effects import Adjustment, welch
from models.campaign.params import POINTS, CampaignParams
from models.campaign.power import CONVERSION, PROFIT, SPEND, plan
from models.campaign.spread import DETECTED, spreads
from models.roi import incremental, with_offer

KNOTS = np.linspace(-4.0, 4.0, 101)
NORMAL = np.array([NormalDist().cdf(z) for z in KNOTS[:-1]] + [1.0])


def audience(customers: int, seed: int = 1, sigma: float = 0.5) -> Customers:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1.0, 3.0, customers)
    value = rng.lognormal(4.0, 0.5, customers)
    return Customers(probability, probability * value, np.full(customers, sigma), {}, 90, (KNOTS, NORMAL))


def alike(customers: int, probability: float, value: float) -> Customers:
    """Customers without any difference, who spend exactly `value` when they buy."""
    same = np.full(customers, probability)
    everybody = np.linspace(0.0, 1.0, len(KNOTS))
    return Customers(same, same * value, np.zeros(customers), {}, 90, (KNOTS, everybody))


def raised(customers: Customers) -> np.ndarray:
    """E[exp(sigma z)] by fine steps over the distribution."""
    u = (np.arange(200_000) + 0.5) / 200_000
    z = np.interp(u, NORMAL, KNOTS)
    return np.full(len(customers), np.where(u < NORMAL[0], 0.0, np.exp(customers.sigma[0] * z)).mean())


def test_conversion_of_customers_alike_by_hand() -> None:
    params = CampaignParams(uplift=0.02, uplift_unit=POINTS, holdout=0.25)
    found = plan(alike(4000, 0.1, 50.0), params)
    assert (found.customers, found.treated, found.held_out) == (4000, 3000, 1000)
    one = found.measures[CONVERSION]
    error = math.sqrt(0.12 * 0.88 / 3000 + 0.1 * 0.9 / 1000)
    assert one.expected == pytest.approx(0.02)
    assert one.level == pytest.approx(0.1)
    assert one.smallest == pytest.approx(2.8015852 * error, rel=1e-6)
    # Customers who are all alike leave nothing to correct with.
    assert one.smallest_cuped == pytest.approx(one.smallest)
    assert found.explained == 0.0
    shift, normal = 0.02 / error, NormalDist()
    assert one.power == pytest.approx(normal.cdf(shift - 1.959964) + normal.cdf(-shift - 1.959964), rel=1e-6)
    halves = math.ceil(DETECTED**2 * (0.12 * 0.88 + 0.1 * 0.9) / 0.02**2)
    assert one.customers_needed == 2 * halves == 7678
    assert one.needed is None


def test_spend_and_profit_of_customers_alike_by_hand() -> None:
    params = CampaignParams(
        uplift=0.02,
        uplift_unit=POINTS,
        holdout=0.25,
        margin=0.4,
        discount=0.1,
        redemption=0.5,
        contact_cost=0.3,
    )
    found = plan(alike(4000, 0.1, 50.0), params)
    spend, profit = found.measures[SPEND], found.measures[PROFIT]
    assert spend.expected == pytest.approx(1.0)
    assert spend.smallest == pytest.approx(50.0 * found.measures[CONVERSION].smallest)
    # Of 12 orders 2 are new and half of 10 came anyway with the discount: 7 of 12.
    used = 7.0 / 12.0
    brought = 0.12 * 50.0 * (0.4 - 0.1 * used)
    assert profit.expected == pytest.approx(brought - 0.1 * 50.0 * 0.4 - 0.3)
    square = 0.12 * 2500.0 * (used * 0.3**2 + (1 - used) * 0.4**2)
    treated, control = square - brought**2, 400.0 * 0.1 * 0.9
    assert profit.smallest == pytest.approx(DETECTED * math.sqrt(treated / 3000 + control / 1000))


def test_expected_differences_are_those_of_the_simulation() -> None:
    own, params = audience(500), CampaignParams(uplift=0.3, contact_cost=0.2)
    found = plan(own, params)
    assert found.measures[PROFIT].expected == pytest.approx(incremental(own, params).mean())
    assert found.measures[CONVERSION].expected == pytest.approx(
        (with_offer(own, params) - own.probability).mean()
    )
    assert found.holdout_cost == pytest.approx(max(100 * incremental(own, params).mean(), 0.0))
    far = replace(params, horizon_days=180)
    assert plan(own, far).measures[SPEND].level == pytest.approx(2.0 * own.spend.mean())


def test_tests_that_are_simulated_vary_as_planned() -> None:
    own = audience(3000)
    params = CampaignParams(
        uplift=0.4, margin=0.5, discount=0.1, redemption=0.5, contact_cost=0.0, holdout=0.3
    )
    found, rng, repeats = plan(own, params), np.random.default_rng(8), 1000
    after = with_offer(own, params)
    used = (0.5 * np.minimum(own.probability, after) + np.maximum(after - own.probability, 0.0)) / after
    mean = raised(own)
    names = ((CONVERSION, False), (SPEND, False), (SPEND, True), (PROFIT, False), (PROFIT, True))
    seen: dict[tuple[str, bool], list[float]] = {name: [] for name in names}
    hits: dict[tuple[str, bool], int] = dict.fromkeys(names, 0)
    for _ in range(repeats):
        # Another audience of such customers each time: a test says something of customers like these.
        who = rng.integers(0, 3000, 3000)
        treat = np.arange(3000) >= 900
        p = np.where(treat, after[who], own.probability[who])
        below = rng.random(3000)
        raw = np.where(below < NORMAL[0], 0.0, np.exp(0.5 * np.interp(below, NORMAL, KNOTS)))
        bought = rng.random(3000) < p
        spend = np.where(bought, own.value[who] * raw / mean[0], 0.0)
        off = np.where(treat & (rng.random(3000) < used[who]), 0.1, 0.0)
        outcomes = {CONVERSION: bought.astype(float), SPEND: spend, PROFIT: spend * (0.5 - off)}
        adjust = Adjustment(own.spend[who], treat.astype(np.int64))
        for key, cuped in names:
            values = adjust(outcomes[key]) if cuped else outcomes[key]
            one = welch(values[treat], values[~treat])
            seen[key, cuped].append(one.difference)
            hits[key, cuped] += (
                one.low is not None and one.high is not None and not one.low <= 0.0 <= one.high
            )
    for (key, cuped), values in seen.items():
        one = found.measures[key]
        smallest, power = (one.smallest_cuped, one.power_cuped) if cuped else (one.smallest, one.power)
        # The standard deviation of 1,000 repeats is known to 2.2 %, a share of them to 1.6 points.
        assert np.std(values) == pytest.approx(smallest / DETECTED, rel=0.07), key
        assert np.mean(values) == pytest.approx(
            one.expected, abs=3.5 * smallest / DETECTED / math.sqrt(repeats)
        ), key
        assert hits[key, cuped] / repeats == pytest.approx(power, abs=0.05), key
    assert found.measures[SPEND].smallest_cuped < 0.96 * found.measures[SPEND].smallest


def test_cuped_leaves_what_varies_within_customers() -> None:
    own = audience(2000)
    found = spreads(own, CampaignParams(uplift=0.0, discount=0.0, contact_cost=0.0))[SPEND]
    within = float((own.probability * own.value**2 * own.moment() - own.spend**2).mean())
    assert found.error(2000, 1000, cuped=True) == pytest.approx(math.sqrt(2 * within / 1000))
    assert found.error(2000, 1000, cuped=False) == pytest.approx(
        math.sqrt(2 * (within + own.spend.var()) / 1000)
    )
    plain = plan(own, CampaignParams(uplift=0.0))
    assert plain.explained == pytest.approx(own.spend.var() / (within + own.spend.var()))


def test_the_holdout_needed_is_the_smallest_with_eighty_percent_power() -> None:
    own, params = audience(5000), CampaignParams(margin=0.6, discount=0.1, contact_cost=0.0, uplift=0.6)
    measures, varying = plan(own, params).measures, spreads(own, params)
    checked = 0
    for key, one in measures.items():
        for cuped, needed in ((False, one.needed), (True, one.needed_cuped)):
            assert needed is not None
            assert varying[key].power(5000, needed, cuped=cuped) >= 0.8 - 1e-6
            assert varying[key].power(5000, needed - 1, cuped=cuped) < 0.8
            assert plan(own, replace(params, holdout=needed / 5000)).held_out == needed
            checked += 1
    assert checked == 6
    assert measures[PROFIT].needed_cuped < measures[PROFIT].needed  # type: ignore[operator]


def test_where_no_split_is_enough_the_customers_needed_are() -> None:
    own, params = audience(400), CampaignParams(margin=0.6, discount=0.1, contact_cost=0.0)
    one = plan(own, params).measures[PROFIT]
    assert one.needed is None
    assert one.customers_needed is not None
    assert one.customers_needed > 400
    spread, needed = spreads(own, params)[PROFIT], one.customers_needed
    assert spread.power(needed, needed / 2, cuped=False) >= 0.8 - 1e-6
    assert spread.power(needed - 4, needed / 2 - 2, cuped=False) < 0.8
    # The best split of all is worth no more than the one that is said to be the best.
    errors = [spread.smallest(400, held, cuped=True) for held in range(1, 400)]
    assert one.best_smallest_cuped == pytest.approx(min(errors), rel=1e-3)


def test_rounding_is_no_spread_to_correct_with() -> None:
    found = plan(alike(777, 0.1, 0.3), CampaignParams())
    assert found.explained == 0.0
    for one in found.measures.values():
        assert one.smallest_cuped == pytest.approx(one.smallest)


def test_the_curve_goes_through_the_chosen_holdout() -> None:
    found = plan(audience(1000), CampaignParams(holdout=0.2))
    curve, one = found.curves[PROFIT], found.measures[PROFIT]
    place = curve.shares.index(0.2)
    assert curve.smallest[place] == pytest.approx(one.smallest)
    assert curve.smallest_cuped[place] == pytest.approx(one.smallest_cuped)
    assert (curve.power[place], curve.power_cuped[place]) == pytest.approx((one.power, one.power_cuped))
    assert (curve.shares[0], curve.shares[-1], len(curve.shares)) == (0.01, 0.9, 90)
    small = plan(audience(5), CampaignParams())
    assert small.curves[PROFIT].shares == (0.2, 0.4, 0.6, 0.8)


def test_a_plan_is_plain_json_and_does_not_hang_on_the_order_of_customers() -> None:
    own, params = audience(800), CampaignParams()
    found = plan(own, params)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["measures"]["spend"]["smallest"] == found.measures[SPEND].smallest
    assert told["verdict"] == found.verdict
    mixed = plan(own.take(np.random.default_rng(3).permutation(800)), params)
    assert mixed.verdict == found.verdict
    assert mixed.measures[PROFIT].smallest_cuped == pytest.approx(found.measures[PROFIT].smallest_cuped)


def test_the_verdict_of_what_can_be_measured() -> None:
    params = CampaignParams(margin=0.6, discount=0.1, contact_cost=0.0, uplift=0.9)
    found = plan(audience(5000), params)
    assert found.measures[PROFIT].power_cuped >= 0.8
    said = found.verdict_in(lambda value: f"${value:.2f}")
    assert said == (
        "This can be measured: with 4,000 contacted and 1,000 held out, a test finds a difference of"
        f" ${found.measures[PROFIT].smallest_cuped:.2f} of profit per customer, and"
        f" ${found.measures[PROFIT].expected:.2f} is expected."
    )


def test_the_verdict_names_the_holdout_that_would_do() -> None:
    params = CampaignParams(margin=0.6, discount=0.1, contact_cost=0.0, uplift=0.9, holdout=0.01)
    found = plan(audience(5000), params)
    assert found.verdict.startswith(
        "Not with this holdout: with 4,950 contacted and 50 held out, a test finds"
    )
    needed = found.measures[PROFIT].needed_cuped
    assert needed is not None
    assert found.verdict.endswith(f"Hold out {needed:,} ({needed / 5000:.0%}) instead.")


def test_the_verdict_says_when_it_cannot_be_measured() -> None:
    found = plan(audience(300), CampaignParams(uplift=0.3))
    assert found.verdict.startswith(
        "The profit cannot be measured with 300 customers: even the best split finds no"
    )
    assert "is the expected loss" in found.verdict
    assert found.holdout_cost == 0.0
    assert found.verdict.endswith("such customers, half of them held out.")
    larger = plan(audience(4000), CampaignParams())
    assert larger.verdict.endswith(
        "But whether more of them buy and whether they spend more can be measured."
    )


def test_where_nothing_is_expected_nothing_can_be_shown() -> None:
    found = plan(audience(300), CampaignParams(uplift=0.0, redemption=0.0, contact_cost=0.0))
    assert found.verdict == "No difference in profit is expected, so no test can show one."
    one = found.measures[PROFIT]
    assert (one.needed, one.customers_needed) == (None, None)
    assert one.power == pytest.approx(0.05)
    nobody = plan(alike(50, 0.0, 0.0), CampaignParams(contact_cost=0.0))
    assert nobody.verdict == "No difference in profit is expected, so no test can show one."
    assert nobody.measures[SPEND].smallest == 0.0
    json.dumps(nobody.to_dict(), allow_nan=False)


def test_few_expected_buyers_are_said() -> None:
    found = plan(alike(100, 0.1, 50.0), CampaignParams(holdout=0.2, uplift=1.0))
    assert found.cautions == (
        "Of those held out only about 2.0 are expected to buy: with so few, a test says little whatever is worked out"
        " here.",
    )
    assert plan(alike(1000, 0.1, 50.0), CampaignParams()).cautions == ()


@pytest.mark.parametrize(("customers", "told"), [(0, "nobody to test"), (1, "one customer to divide")])
def test_who_cannot_be_tested_is_told(customers: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        plan(audience(customers), CampaignParams())

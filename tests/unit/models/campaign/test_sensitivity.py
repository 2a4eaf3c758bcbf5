"""What the result hangs on: every number is that of the plain formula with one thing changed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models import roi
from models.campaign import sensitivity
from models.campaign.customers import Customers
from models.campaign.params import POINTS, RELATIVE, CampaignParams
from models.campaign.sensitivity import heat, level_range, scenarios, tornado

SHAPE = (np.linspace(-3.0, 3.0, 7), np.array([0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0]))


def crowd(size: int = 3000, seed: int = 4) -> Customers:
    rng = np.random.default_rng(seed)
    p = rng.beta(0.5, 2.0, size)
    return Customers(p, p * rng.lognormal(4, 1, size), np.full(size, 0.8), {}, 90, SHAPE)


PARAMS = CampaignParams(fixed_cost=500.0, margin=0.4, horizon_days=60, forecast_error=0.2)


@pytest.mark.parametrize("unit", [RELATIVE, POINTS])
def test_each_bar_is_the_plain_result_with_one_thing_changed(unit: str) -> None:
    customers = crowd()
    params = replace(
        PARAMS,
        uplift_unit=unit,
        uplift=0.5 if unit == RELATIVE else 0.03,
        uplift_range=0.4 if unit == RELATIVE else 0.05,
    )
    low, high = (0.1, 0.9) if unit == RELATIVE else (-0.02, 0.08)
    less, more = level_range(0.2)
    expected = {
        "uplift": (replace(params, uplift=low), replace(params, uplift=high)),
        "redemption": (replace(params, redemption=0.2), replace(params, redemption=0.6)),
        "margin": (replace(params, margin=0.35), replace(params, margin=0.45)),
        "discount": (replace(params, discount=0.1), replace(params, discount=0.2)),
        "contact_cost": (replace(params, contact_cost=0.05), replace(params, contact_cost=0.15)),
        "fixed_cost": (replace(params, fixed_cost=400.0), replace(params, fixed_cost=600.0)),
    }
    found = {one.key: one for one in tornado(customers, params)}
    assert set(found) == {*expected, "level"}
    for key, (lower, higher) in expected.items():
        assert found[key].low_profit == pytest.approx(roi.financials(customers, lower).net_profit), key
        assert found[key].high_profit == pytest.approx(roi.financials(customers, higher).net_profit), key
    for level, profit in ((less, found["level"].low_profit), (more, found["level"].high_profit)):
        scaled = replace_spend(customers, level)
        assert profit == pytest.approx(roi.financials(scaled, params).net_profit)


def replace_spend(customers: Customers, level: float) -> Customers:
    return Customers(
        customers.probability, customers.spend * level, customers.sigma, {}, customers.horizon_days, SHAPE
    )


def test_the_bars_stand_longest_first_and_say_their_values() -> None:
    found = tornado(crowd(), PARAMS)
    swings = [abs(one.high_profit - one.low_profit) for one in found]
    assert swings == sorted(swings, reverse=True)
    assert [one.swing for one in found] == swings
    texts = {one.key: (one.label, one.low_text, one.high_text) for one in found}
    assert texts["uplift"] == ("Expected uplift", "+10 %", "+90 %")
    assert texts["redemption"][1:] == ("20 %", "60 %")
    assert texts["margin"] == ("Margin", "35 %", "45 %")
    assert texts["discount"][1:] == ("10 %", "20 %")
    assert texts["contact_cost"][1:] == ("0.05", "0.15")
    assert texts["fixed_cost"][1:] == ("400.00", "600.00")
    assert texts["level"] == ("Level of spend", "76 % of the forecast", "126 % of the forecast")


def test_values_stay_within_their_limits_and_what_cannot_move_is_left_out() -> None:
    params = CampaignParams(
        discount=0.02, redemption=0.9, margin=1.0, contact_cost=0.0, uplift_range=0.0, forecast_error=0.0
    )
    found = {one.key: one for one in tornado(crowd(), params)}
    assert set(found) == {"discount", "redemption", "margin"}
    assert (found["discount"].low_text, found["discount"].high_text) == ("0 %", "7 %")
    assert (found["redemption"].low_text, found["redemption"].high_text) == ("70 %", "100 %")
    assert found["margin"].high_profit == pytest.approx(roi.financials(crowd(), params).net_profit)
    points = CampaignParams(uplift=0.02, uplift_unit=POINTS, uplift_range=0.05)
    assert next(one for one in tornado(crowd(), points) if one.key == "uplift").low_text == "−3 points"


def test_nobody_is_less_likely_than_not_at_all() -> None:
    params = CampaignParams(uplift=-0.8, uplift_range=0.5)
    assert sensitivity.scenario_uplifts(params) == (-1.0, -0.8, -0.3)
    worst = scenarios(crowd(), params)[0].financials
    assert worst.orders == pytest.approx(0.0, abs=1e-9)
    assert worst.incremental_spend == pytest.approx(-worst.baseline_spend)


def test_the_level_of_spend_is_lognormal_with_mean_one() -> None:
    low, high = level_range(0.25)
    wide = math.sqrt(math.log1p(0.25**2))
    law = stats.lognorm(s=wide, scale=math.exp(-(wide**2) / 2))
    assert law.mean() == pytest.approx(1.0)
    assert law.std() == pytest.approx(0.25)
    assert law.cdf([low, high]) == pytest.approx([0.1, 0.9], abs=1e-6)
    assert level_range(0.0) == (1.0, 1.0)


def test_scenarios_are_the_ends_and_the_middle_of_the_range() -> None:
    customers = crowd()
    found = scenarios(customers, PARAMS)
    assert [(one.key, one.label, one.uplift) for one in found] == [
        ("pessimistic", "Pessimistic", 0.1),
        ("expected", "Expected", 0.5),
        ("optimistic", "Optimistic", 0.9),
    ]
    for one in found:
        plain = roi.financials(customers, PARAMS, one.uplift).to_dict()
        assert one.financials.to_dict() == pytest.approx(plain)


@pytest.mark.parametrize(
    ("change", "discounts", "uplifts"),
    [
        ({}, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4], np.linspace(0.1, 0.9, 9)),
        ({"discount": 0.17}, [0, 0.05, 0.1, 0.17, 0.2, 0.25, 0.3, 0.35, 0.4], np.linspace(0.1, 0.9, 9)),
        ({"discount": 0.01}, [0, 0.01, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4], np.linspace(0.1, 0.9, 9)),
        ({"discount": 0.0}, np.linspace(0, 0.4, 9), np.linspace(0.1, 0.9, 9)),
        ({"discount": 0.8}, np.linspace(0, 0.8, 9), np.linspace(0.1, 0.9, 9)),
        ({"uplift": 0.9}, None, [0.5, 0.6, 0.7, 0.8, 0.9, 0.925, 0.95, 0.975, 1.0]),
        ({"uplift": 1.0}, None, np.linspace(0.6, 1.0, 9)),
        ({"uplift": -1.0}, None, np.linspace(-1.0, -0.6, 9)),
        ({"uplift_range": 0.0}, None, np.linspace(0.0, 1.0, 9)),
        ({"uplift": 0.0, "uplift_range": 0.0}, None, np.linspace(-0.2, 0.2, 9)),
        ({"uplift": 0.0, "uplift_range": 0.0, "uplift_unit": POINTS}, None, np.linspace(-0.02, 0.02, 9)),
    ],
)
def test_the_heat_map_holds_the_campaign_itself(
    change: dict[str, float], discounts: list[float] | None, uplifts: list[float]
) -> None:
    customers, params = crowd(400), replace(PARAMS, **change)
    found = heat(customers, params)
    assert found.discounts == pytest.approx(
        [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4] if discounts is None else discounts
    )
    assert found.uplifts == pytest.approx(uplifts)
    assert params.discount in found.discounts
    assert params.uplift in found.uplifts
    assert found.profit.shape == (9, 9)
    for y, uplift in enumerate(found.uplifts):
        for x, discount in enumerate(found.discounts):
            plain = roi.financials(customers, replace(params, discount=float(discount)), float(uplift))
            assert found.profit[y, x] == pytest.approx(plain.net_profit, rel=1e-9, abs=1e-7)


def test_changed_uplifts_are_added_up_anew_and_others_are_not() -> None:
    customers = crowd(50)
    first = tornado(customers, PARAMS)
    assert first == tornado(customers, PARAMS)
    other = replace(PARAMS, uplift=0.2, uplift_range=0.1)
    assert [one.financials.net_profit for one in scenarios(customers, other)] == pytest.approx(
        [roi.financials(customers, other, uplift).net_profit for uplift in (0.1, 0.2, 0.3)]
    )
    longer = replace(PARAMS, horizon_days=90)
    assert scenarios(customers, longer)[1].financials.net_profit == pytest.approx(
        roi.financials(customers, longer).net_profit
    )

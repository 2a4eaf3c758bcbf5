"""What the result of a campaign hangs on: one assumption at a time, two at a time, and three scenarios.

The same customers are contacted throughout; only the assumption changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from models.campaign.customers import Customers, Floats
from models.campaign.params import LIMITS, RELATIVE, WORDS, CampaignParams
from models.campaign.sums import Sums, sums_of
from models.roi import Financials

# The standard normal's 90 % quantile: ends of an 80 % range.
TAIL: Final = 1.281552
SHARE_STEP: Final = 0.05
REDEMPTION_STEP: Final = 0.2
CONTACT_STEP: Final = 0.5
FIXED_STEP: Final = 0.2
LEVEL: Final = "level"
STEPS: Final = 9
TOP_DISCOUNT: Final = 0.4
PESSIMISTIC, EXPECTED, OPTIMISTIC = "pessimistic", "expected", "optimistic"
SCENARIOS: Final = {PESSIMISTIC: "Pessimistic", EXPECTED: "Expected", OPTIMISTIC: "Optimistic"}
# How far the uplifts of the heat map reach where there is no range to go by.
_REACH: Final = {True: 0.2, False: 0.02}


@dataclass(frozen=True)
class Driver:
    """An assumption at a low and at a high value, as texts, and the net profit at each, account currency."""

    key: str
    label: str
    low_text: str
    high_text: str
    low_profit: float
    high_profit: float

    @property
    def swing(self) -> float:
        """How far the net profit moves, whichever way."""
        return abs(self.high_profit - self.low_profit)


@dataclass(frozen=True, eq=False)
class Heat:
    """Net profit by uplift (rows, shape (ny,)) and discount (columns, shape (nx,)); both hold the campaign's own."""

    discounts: Floats
    uplifts: Floats
    profit: Floats


@dataclass(frozen=True)
class Scenario:
    """The campaign at one uplift."""

    key: str
    label: str
    uplift: float
    financials: Financials


def scenario_uplifts(params: CampaignParams) -> tuple[float, float, float]:
    """Low end, middle and high end of the uplift's 80 % range; never below -1 (nobody buys)."""
    low = max(params.uplift - params.uplift_range, LIMITS["uplift"].low)
    return _plain(low), params.uplift, _plain(params.uplift + params.uplift_range)


def scenarios(customers: Customers, params: CampaignParams) -> tuple[Scenario, ...]:
    """The campaign to exactly these customers at the ends and the middle of the uplift's 80 % range."""
    sums = _sums(customers, params)
    return tuple(
        Scenario(key, label, uplift, sums.financials(params, uplift))
        for (key, label), uplift in zip(SCENARIOS.items(), scenario_uplifts(params), strict=True)
    )


def tornado(customers: Customers, params: CampaignParams) -> tuple[Driver, ...]:
    """What each assumption moves the net profit of contacting exactly these customers by, largest first.

    An assumption that has no room to move is left out.
    """
    sums = _sums(customers, params)
    low, _, high = scenario_uplifts(params)
    found = [
        Driver(
            "uplift",
            WORDS["uplift"],
            uplift_text(low, params.uplift_unit),
            uplift_text(high, params.uplift_unit),
            sums.financials(params, low).net_profit,
            sums.financials(params, high).net_profit,
        )
    ]
    less, more = level_range(params.forecast_error)
    found.append(
        Driver(
            LEVEL,
            "Level of spend",
            f"{100 * less:.0f} % of the forecast",
            f"{100 * more:.0f} % of the forecast",
            sums.financials(params, params.uplift, level=less).net_profit,
            sums.financials(params, params.uplift, level=more).net_profit,
        )
    )
    for name, step in (("redemption", REDEMPTION_STEP), ("margin", SHARE_STEP), ("discount", SHARE_STEP)):
        value = getattr(params, name)
        found.append(_moved(sums, params, name, value - step, value + step))
    for name, step in (("contact_cost", CONTACT_STEP), ("fixed_cost", FIXED_STEP)):
        value = getattr(params, name)
        found.append(_moved(sums, params, name, value * (1.0 - step), value * (1.0 + step)))
    return tuple(sorted((one for one in found if one.swing > 0), key=lambda one: -one.swing))


def heat(customers: Customers, params: CampaignParams) -> Heat:
    """Net profit of contacting exactly these customers, by uplift and discount."""
    sums = _sums(customers, params)
    discounts, uplifts = heat_discounts(params), heat_uplifts(params)
    rows = []
    for uplift in uplifts:
        # Net profit is linear in the discount.
        free = sums.financials(replace(params, discount=0.0), float(uplift)).net_profit
        given = sums.financials(replace(params, discount=LIMITS["discount"].high), float(uplift)).discounts
        rows.append(free - discounts / LIMITS["discount"].high * given)
    return Heat(discounts, uplifts, np.array(rows))


def heat_discounts(params: CampaignParams) -> Floats:
    """Nine discounts from 0 to 40 %, the nearest replaced by the campaign's own; further where that is higher."""
    own = params.discount
    grid = np.round(np.linspace(0.0, max(TOP_DISCOUNT, own), STEPS), 10)
    # Zero stays: what would the campaign bring without a discount?
    place = int(np.abs(grid - own).argmin())
    grid[max(place, 1) if own > 0 else 0] = own
    return grid


def heat_uplifts(params: CampaignParams) -> Floats:
    """Nine uplifts over the 80 % range, the campaign's own among them exactly, within what an uplift can be."""
    own, limit = params.uplift, LIMITS["uplift"]
    reach = params.uplift_range or max(abs(own), _REACH[params.uplift_unit == RELATIVE])
    low, high = max(own - reach, limit.low), min(own + reach, limit.high)
    half = STEPS // 2
    below = half if low < own < high else (0 if low >= own else STEPS - 1)
    grid = np.concatenate(
        [np.linspace(low, own, below + 1)[:-1], [own], np.linspace(own, high, STEPS - below)[1:]]
    )
    grid = np.round(grid, 10)
    grid[below] = own
    return grid


def level_range(forecast_error: float) -> tuple[float, float]:
    """Ends of the 80 % range of the level of spend: log-normal with mean 1 and this standard deviation."""
    wide = math.log1p(forecast_error**2)
    reach = TAIL * math.sqrt(wide)
    return math.exp(-wide / 2.0 - reach), math.exp(-wide / 2.0 + reach)


def uplift_text(uplift: float, unit: str) -> str:
    """An uplift as it is read: '+50 %', '+2 points', '−10 %'."""
    sign = "\N{MINUS SIGN}" if uplift < 0 else "+"
    return f"{sign}{abs(100 * uplift):.4g} {'%' if unit == RELATIVE else 'points'}"


def _moved(sums: Sums, params: CampaignParams, name: str, low: float, high: float) -> Driver:
    """The net profit with one parameter at either value, kept within its limits."""
    limit = LIMITS[name]
    values = [_plain(min(max(value, limit.low), limit.high)) for value in (low, high)]
    changes: list[dict[str, Any]] = [{name: value} for value in values]
    profits = [sums.financials(replace(params, **change), params.uplift).net_profit for change in changes]
    money = name in ("contact_cost", "fixed_cost")
    texts = [f"{value:,.4g}" if money and value < 1 else f"{value:,.2f}" for value in values]
    if not money:
        texts = [f"{100 * value:.4g} %" for value in values]
    return Driver(name, WORDS[name], texts[0], texts[1], profits[0], profits[1])


def _plain(value: float) -> float:
    """Without the last bits that subtraction leaves: 0.1, not 0.09999999999999998."""
    return round(value, 10)


def _sums(customers: Customers, params: CampaignParams) -> Sums:
    """The sums that all of this module asks for: added up once for these customers while the uplifts stay."""
    uplifts = tuple(
        dict.fromkeys((*scenario_uplifts(params), *(float(each) for each in heat_uplifts(params))))
    )
    key = (params.horizon_days, params.uplift_unit, uplifts)
    last: dict[object, Sums] = customers.kept("sums", dict)
    found = last.get(key)
    if found is None:
        found = sums_of(customers, params, uplifts)
        last.clear()
        last[key] = found
    return found

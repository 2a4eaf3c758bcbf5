"""Does a campaign make money? The arithmetic of an offer to a given set of customers, and its answer.

For a customer who buys with probability p, spends v when buying and has margin m, a discount d that is sent
at cost c and raises the probability to p' brings

    p' v (m - d r') - p v m - c  =  (p' - p) v m - d v (r min(p, p') + max(p' - p, 0)) - c

where r is the share of those who would have bought anyway that use the discount, and r' the share of all
orders that use it. docs/roi.md derives it and works an example by hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from data.errors import InputError
from models.campaign.cautions import of_outcomes, of_question
from models.campaign.customers import Customers, Floats, Places, best_first, offered
from models.campaign.outcomes import simulate
from models.campaign.params import PROFIT, RELATIVE, CampaignParams

__all__ = [
    "Answer",
    "Curve",
    "Customers",
    "Financials",
    "answer",
    "break_even",
    "discounts",
    "financials",
    "incremental",
    "order_of",
    "with_offer",
]

LOW: Final = 0.1
HIGH: Final = 0.9
MARGIN_STEP: Final = 0.05
_NEWTON: Final = 200


def with_offer(customers: Customers, params: CampaignParams, uplift: float | None = None) -> Floats:
    """p': the probability of each to buy within the campaign's horizon when contacted, shape (n,)."""
    own = customers.at(params.horizon_days)
    return offered(own.probability, params.uplift if uplift is None else uplift, params.uplift_unit)


def _bring(own: Customers, params: CampaignParams, uplift: float | None = None) -> tuple[Floats, Floats]:
    """Incremental profit and discount of contacting each, shapes (n,); `own` is at the campaign's horizon."""
    more = with_offer(own, params, uplift)
    more -= own.probability
    more *= own.value
    if (params.uplift if uplift is None else uplift) >= 0:
        given = params.redemption * own.baseline
        given += more
    else:
        # min(p, p') v = p v - (p - p') v; nobody buys because of such an offer.
        given = own.baseline + more
        given *= params.redemption
    given *= params.discount
    more *= params.margin
    more -= given
    more -= params.contact_cost
    return more, given


def discounts(customers: Customers, params: CampaignParams, uplift: float | None = None) -> Floats:
    """Expected discount given to each, d v (r min(p, p') + max(p' - p, 0)), account currency, shape (n,)."""
    return _bring(customers.at(params.horizon_days), params, uplift)[1]


def incremental(customers: Customers, params: CampaignParams, uplift: float | None = None) -> Floats:
    """Expected incremental profit of contacting each, the fixed cost not in it, shape (n,)."""
    return _bring(customers.at(params.horizon_days), params, uplift)[0]


def order_of(customers: Customers, params: CampaignParams) -> Places:
    """Places of the customers in the order they are contacted, best first, ties in the file's order.

    At random is the file's own order, a fair shuffle. Scores are compared in single precision.
    """
    if params.rank == PROFIT:
        return best_first(incremental(customers, params))
    return customers.ranked(params.rank)


@dataclass(frozen=True)
class Financials:
    """What a campaign to a given set of customers is expected to bring and to cost, account currency.

    `incremental_spend` is at list price; `discounts_anyway` is the part of `discounts` given to those who
    would have bought without; `roi` is net profit / total cost, `cost_per_order` total cost / incremental orders.
    """

    customers: int
    baseline_orders: float
    orders: float
    incremental_orders: float
    baseline_spend: float
    incremental_spend: float
    incremental_margin: float
    discounts: float
    discounts_anyway: float
    contact_cost: float
    fixed_cost: float
    total_cost: float
    net_profit: float
    roi: float | None
    cost_per_order: float | None
    uplift: float

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return asdict(self)


def financials(
    customers: Customers,
    params: CampaignParams,
    uplift: float | None = None,
    fixed_cost: float | None = None,
) -> Financials:
    """The financials of contacting exactly these customers, at another uplift or fixed cost where given."""
    used = params.uplift if uplift is None else uplift
    fixed = params.fixed_cost if fixed_cost is None else fixed_cost
    own, after = customers.at(params.horizon_days), with_offer(customers, params, used)
    before, value = own.probability, own.value
    spend = float(((after - before) * value).sum())
    anyway = params.discount * params.redemption * float((np.minimum(before, after) * value).sum())
    given = anyway + params.discount * float((np.maximum(after - before, 0.0) * value).sum())
    orders, more = float(after.sum()), float((after - before).sum())
    contacts = params.contact_cost * len(customers)
    cost = contacts + fixed + given
    margin = params.margin * spend
    return Financials(
        customers=len(customers),
        baseline_orders=float(before.sum()),
        orders=orders,
        incremental_orders=more,
        baseline_spend=float((before * value).sum()),
        incremental_spend=spend,
        incremental_margin=margin,
        discounts=given,
        discounts_anyway=anyway,
        contact_cost=contacts,
        fixed_cost=fixed,
        total_cost=cost,
        net_profit=margin - cost,
        roi=(margin - cost) / cost if cost > 0 else None,
        cost_per_order=cost / more if more > 0 else None,
        uplift=used,
    )


def break_even(customers: Customers, params: CampaignParams) -> float | None:
    """The uplift at which contacting these customers has net profit 0; None where even all buying is not enough.

    With no uplift the campaign loses K = d r sum(p v) + n c + fixed cost. It earns (m - d) h(u) with
    h(u) = sum v (p' - p), which is concave and piecewise linear, so that Newton's steps from u = 0 never
    overshoot and end on the line that holds the root.
    """
    own = customers.at(params.horizon_days)
    p, v, relative = own.probability, own.value, params.uplift_unit == RELATIVE
    lost = params.discount * params.redemption * float(own.baseline.sum())
    lost += params.contact_cost * len(own) + params.fixed_cost
    earned = params.margin - params.discount
    if lost <= 0:
        return 0.0
    if earned <= 0 or earned * float((v - own.baseline).sum()) < lost:
        return None
    needed = lost / earned
    uplift, missing, room = 0.0, needed, p < 1.0
    for _ in range(_NEWTON):
        steep = float(((own.baseline if relative else v)[room]).sum())
        if steep <= 0 or uplift + missing / steep == uplift:
            break
        uplift += missing / steep
        after = p * (1.0 + uplift) if relative else p + uplift
        room = after < 1.0
        missing = needed - float(((np.minimum(after, 1.0) - p) * v).sum())
        if missing <= 1e-14 * needed:
            break
    return uplift


@dataclass(frozen=True, eq=False)
class Curve:
    """Net profit by number contacted in ranked order: `depths`, shape (k,), rises from 0 to the whole audience.

    `profit` and `cost` are the expected net profit and total cost at each (0 for contacting nobody),
    `draws`, shape (k, draws), the net profit in each possible outcome; `best` is the depth of the highest
    expected profit among all depths, 0 where every campaign loses.
    """

    depths: Places
    profit: Floats
    cost: Floats
    draws: Floats
    best: int


@dataclass(frozen=True, eq=False)
class Answer:
    """What a campaign brings, with its uncertainty.

    `order` holds the places of the whole audience, best first, of which the first `contacted` are contacted;
    `draws` is the net profit of each possible outcome; `low` to `high` hold 80 % of them, `roi_low` to
    `roi_high` of their ROI (None where nothing is spent). `margin_lower` are the financials with a margin five
    points lower; `within_budget` is how many of the order the budget pays for, None without a budget.
    """

    params: CampaignParams
    audience: int
    contacted: int
    order: Places
    financials: Financials
    low: float
    high: float
    roi_low: float | None
    roi_high: float | None
    probability_of_profit: float
    break_even: float | None
    draws: Floats
    margin_lower: Financials
    within_budget: int | None
    cautions: tuple[str, ...]
    curve: Curve


def answer(customers: Customers, params: CampaignParams) -> Answer:
    """Simulate the campaign to the best of these customers; InputError where there are none."""
    if not len(customers):
        raise InputError("There is nobody in this audience: choose another one.")
    own = customers.at(params.horizon_days)
    gain, given = _bring(own, params)
    order = best_first(gain) if params.rank == PROFIT else customers.ranked(params.rank)
    size = min(params.contacted, len(customers))
    given += params.contact_cost
    earned, spent = np.cumsum(gain[order]), np.cumsum(given[order])
    best = int(np.argmax(earned)) + 1
    best = best if earned[best - 1] > params.fixed_cost else 0
    affordable = _affordable(spent, params)
    wanted = np.array([best, best // 2, min(2 * best, len(order)), affordable or 0])
    outcomes = simulate(own, order, wanted, size, params)
    draws = outcomes.profit[np.searchsorted(outcomes.depths, size)]
    low, high = np.quantile(draws, (LOW, HIGH))
    paid = outcomes.cost > 0
    roi = np.quantile(draws[paid] / outcomes.cost[paid], (LOW, HIGH)).tolist() if paid.any() else (None, None)
    chosen = own if size == len(own) else own.bare().take(np.sort(order[:size]))
    last = outcomes.depths[1:] - 1
    expected = financials(chosen, params)
    return Answer(
        params=params,
        audience=len(customers),
        contacted=size,
        order=order,
        financials=expected,
        low=float(low),
        high=float(high),
        roi_low=roi[0],
        roi_high=roi[1],
        probability_of_profit=float((draws > 0).mean()),
        break_even=break_even(chosen, params),
        draws=draws,
        margin_lower=financials(chosen, replace(params, margin=max(params.margin - MARGIN_STEP, 0.0))),
        within_budget=affordable,
        cautions=(
            *of_question(params, len(customers), size, affordable),
            *of_outcomes(draws, expected.net_profit, float(high - low)),
        ),
        curve=Curve(
            outcomes.depths,
            np.append(0.0, earned[last] - params.fixed_cost),
            np.append(0.0, spent[last] + params.fixed_cost),
            outcomes.profit,
            best,
        ),
    )


def _affordable(spent: Floats, params: CampaignParams) -> int | None:
    """How many the budget pays for; `spent`, shape (n,), adds up contacts and expected discounts in order."""
    if params.budget <= 0:
        return None
    # A budget of exactly what so many cost pays for them, whatever the last digit of the sum.
    left = params.budget * (1.0 + 1e-12) - params.fixed_cost
    return int(np.searchsorted(spent, left, side="right")) if left >= 0 else 0

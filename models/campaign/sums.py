"""What a campaign's result is made of, added up once for many uplifts: exact, in one pass over the customers.

The offer turns p into p' = p (1 + u) or p + u, kept within 0 and 1. Between the probabilities at which it
meets these ends p' is linear in p, so sums of 1, p, v and p v between them give the sum of p' and of p' v at
every uplift; all else of `models.roi.financials` follows from these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.campaign.customers import Customers, Floats
from models.campaign.params import RELATIVE, CampaignParams
from models.roi import Answer, Financials


@dataclass(frozen=True)
class Sums:
    """Expected orders and spend (account currency) of some customers: without the offer, and by uplift with it.

    `after` holds (orders, spend at list price) by uplift.
    """

    customers: int
    orders: float
    spend: float
    after: Mapping[float, tuple[float, float]]

    def financials(
        self, params: CampaignParams, uplift: float, *, level: float = 1.0, fixed_cost: float | None = None
    ) -> Financials:
        """What `models.roi.financials` has for these customers, with the level of spend `level` times the forecast."""
        orders, bought = self.after[uplift]
        spend, bought = level * self.spend, level * bought
        more, gained = orders - self.orders, bought - spend
        fixed = params.fixed_cost if fixed_cost is None else fixed_cost
        # Everybody's probability moves the same way, so the smaller of both is one or the other for all.
        anyway = params.discount * params.redemption * (spend if uplift >= 0 else bought)
        given = anyway + params.discount * (gained if uplift >= 0 else 0.0)
        contacts = params.contact_cost * self.customers
        cost, margin = contacts + fixed + given, params.margin * gained
        return Financials(
            customers=self.customers,
            baseline_orders=self.orders,
            orders=orders,
            incremental_orders=more,
            baseline_spend=spend,
            incremental_spend=gained,
            incremental_margin=margin,
            discounts=given,
            discounts_anyway=anyway,
            contact_cost=contacts,
            fixed_cost=fixed,
            total_cost=cost,
            net_profit=margin - cost,
            roi=(margin - cost) / cost if cost > 0 else None,
            cost_per_order=cost / more if more > 0 else None,
            uplift=uplift,
        )


def crowd(customers: Customers, answer: Answer) -> Customers:
    """The contacted of the audience that `answer` is about, in no particular order and without further scores.

    What only adds customers up needs neither, and at a million customers putting them in order takes longer
    than adding them up. Where everybody is contacted it is the audience itself, with what is known of it.
    """
    own = customers.at(answer.params.horizon_days)
    if answer.contacted == len(own):
        return own
    return own.bare().take(np.sort(answer.order[: answer.contacted]))


def sums_of(customers: Customers, params: CampaignParams, uplifts: Sequence[float]) -> Sums:
    """The sums of these customers over the campaign's horizon, at each of `uplifts`."""
    own = customers.at(params.horizon_days)
    p, v = own.probability, own.value
    relative = params.uplift_unit == RELATIVE
    ends = {uplift: _end(uplift, relative) for uplift in uplifts}
    cuts = np.unique([end for end in ends.values() if end is not None])
    below = _below(p, v, cuts)
    count, orders, value, spend = (float(total) for total in below[:, -1])
    after = {}
    for uplift, end in ends.items():
        if end is None:
            after[uplift] = ((1.0 + uplift) * orders, (1.0 + uplift) * spend) if relative else (orders, spend)
            continue
        # Sums over the customers up to the end, and over those beyond it.
        n, np_, nv, npv = below[:, np.searchsorted(cuts, end)]
        if relative:
            after[uplift] = (
                float((1.0 + uplift) * np_ + count - n),
                float((1.0 + uplift) * npv + value - nv),
            )
        elif uplift > 0:
            after[uplift] = (float(np_ + uplift * n + count - n), float(npv + uplift * nv + value - nv))
        else:
            after[uplift] = (
                float(orders - np_ + uplift * (count - n)),
                float(spend - npv + uplift * (value - nv)),
            )
    return Sums(len(own), orders, spend, after)


def _end(uplift: float, relative: bool) -> float | None:
    """The probability beyond which p' is 1 (an uplift above 0), or up to which it is 0 (points below 0)."""
    if uplift > 0:
        return 1.0 / (1.0 + uplift) if relative else 1.0 - uplift
    return None if relative or uplift == 0 else -uplift


def _below(p: Floats, v: Floats, cuts: Floats) -> Floats:
    """Sums of 1, p, v and p v over the customers with p up to each cut, and over all; shape (4, cuts + 1)."""
    spend = p * v
    totals = np.array([len(p), p.sum(), v.sum(), spend.sum()])
    if not len(cuts):
        return totals[:, None]
    # Few are near certain to buy: only who lies beyond the first cut needs to be looked at.
    far = np.flatnonzero(p > cuts[0])
    bins, size = np.searchsorted(cuts, p[far]), len(cuts) + 1
    weights = (None, p[far], v[far], spend[far])
    # Floats said explicitly: of nobody, bincount makes whole numbers.
    parts = np.array([np.bincount(bins, each, size) for each in weights], dtype=np.float64)
    parts[:, 0] = totals - parts.sum(axis=1)
    found: Floats = parts.cumsum(axis=1)
    found[:, -1] = totals
    return found

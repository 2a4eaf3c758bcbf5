"""A period of the overview in plain numbers: what findings are made of (`models.insights`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One part of the bridge between two periods.

    `amount` is the sum over its customers of what they spent now less what they spent before, `customers` how many
    of them the part's list has.
    """

    key: str
    amount: float
    customers: int


@dataclass(frozen=True)
class Change:
    """A figure of the period, the same figure `before`, and the standard error of their difference."""

    now: float
    before: float
    error: float

    @property
    def relative(self) -> float:
        """The change as a share of the figure before, which is above 0."""
        return self.now / self.before - 1

    @property
    def z(self) -> float:
        """The change in standard errors; 0 where its error is not known."""
        return (self.now - self.before) / self.error if self.error > 0 else 0.0


@dataclass(frozen=True)
class Kept:
    """Of `buyers` of a period, how many bought `again` in the next one."""

    again: int
    buyers: int

    @property
    def share(self) -> float:
        """The share who bought again; 0 where nobody could."""
        return self.again / self.buyers if self.buyers else 0.0


@dataclass(frozen=True)
class Top:
    """The best tenth of the buyers of a period: `customers` of `buyers`, with `share` of its revenue.

    `error` is the standard error of the share (`share_error`), None where it is not known.
    """

    customers: int
    buyers: int
    share: float
    error: float | None = None


@dataclass(frozen=True)
class Best:
    """Some of the best customers of a period: `customers` of the `of` best, with `spend` in the period."""

    customers: int
    of: int
    spend: float


@dataclass(frozen=True)
class Red:
    """Customers who spent less than predicted in the past window, and how many would by chance."""

    customers: int
    by_chance: float
    error: float
    shortfall: float


@dataclass(frozen=True)
class Cohort:
    """Customers by the month of their first purchase ("2025-01", or "2025-Q1").

    `again` of them bought again within the horizon, which is over for all of them; `once` have bought once only
    up to the last date.
    """

    month: str
    customers: int
    again: int
    once: int


@dataclass(frozen=True)
class Measures:
    """A period in plain numbers; money in account currency.

    `period` is its key and `days` its length (None for all time). What compares with the period before is None, or
    empty, where that is not wholly inside the data: `revenue_change`, `order_value` (revenue by orders), `kept`, `top`
    and the new customers; so is `year`, the revenue against that of the same days a year earlier, when `year_buyers`
    bought. `parts` and all numbers of customers are those of the table `next`, so that a list has as many. Of all
    time only: `once`, the customers with a single order, and `best_gone`, the best who bought nothing for 365 days. `red` and `cohorts` do not follow the period: they are given
    for the default one only. `cohorts` oldest first: those wholly inside the data whose horizon is over.
    `history_days` is how long before the period before the data begins.
    """

    period: str
    days: int | None
    horizon_days: int
    revenue: float
    revenue_change: Change | None = None
    order_value: Change | None = None
    year: Change | None = None
    year_buyers: int = 0
    parts: tuple[Part, ...] = ()
    kept: Kept | None = None
    kept_before: Kept | None = None
    top: Top | None = None
    top_before: Top | None = None
    best_at_risk: Best | None = None
    best_gone: Best | None = None
    red: Red | None = None
    cohorts: tuple[Cohort, ...] = ()
    new_customers: int | None = None
    new_customers_before: int | None = None
    history_days: int = 0
    once: int = 0


def difference(now: float, before: float, moments: Floats) -> Change:
    """Two sums over customers; `moments` are the sums of the products of the two, shape (2, 2).

    Each customer's difference d has mean 0 where both periods follow the same process, and customers are
    independent: the error is sqrt(sum d²), which heavy tails only make larger.
    """
    return Change(now, before, _spread(moments, np.array([1.0, -1.0])))


def ratio_difference(now: tuple[float, float], before: tuple[float, float], moments: Floats) -> Change | None:
    """Two ratios of sums over customers, as an average order value: (revenue, orders) now and before.

    `moments` are the sums over customers of the products of (revenue now, revenue before, orders now, orders before),
    shape (4, 4). The error is that of the linearised ratios (Cochran 1977, "Sampling Techniques", 6.3), customer by
    customer: whoever orders in both periods counts in both. None where there is nothing to divide by.
    """
    if now[1] <= 0 or before[1] <= 0:
        return None
    one, other = now[0] / now[1], before[0] / before[1]
    weights = np.array([1 / now[1], -1 / before[1], -one / now[1], other / before[1]])
    return Change(one, other, _spread(moments, weights))


def _spread(moments: Floats, weights: Floats) -> float:
    return math.sqrt(max(float(weights @ moments @ weights), 0.0))


def proportions_z(now: Kept, before: Kept, spread: float = 1.0) -> float:
    """Standard errors between two shares, pooled; `spread` times the variance of chance alone."""
    pooled = (now.again + before.again) / (now.buyers + before.buyers)
    variance = spread * pooled * (1 - pooled) * (1 / now.buyers + 1 / before.buyers)
    return (now.share - before.share) / math.sqrt(variance) if variance > 0 else 0.0


def share_error(spent: Floats, top: int) -> float | None:
    """Standard error of the share of the sum that the `top` largest of `spent`, shape (n,), have.

    By its influence function (Cowell & Victoria-Feser 1996, "Robustness properties of inequality measures",
    Econometrica 64, for Lorenz ordinates). None where there is no sum to share.
    """
    count, total = len(spent), float(spent.sum())
    if not 0 < top < count or total <= 0:
        return None
    edge = float(np.partition(spent, count - top)[count - top])
    part = float(spent[spent > edge].sum()) + edge * (top - int((spent > edge).sum()))
    influence = np.maximum(spent - edge, 0.0) + edge * top / count - part / total * spent
    mean = total / count
    return float(np.sqrt((influence**2).sum()) / count / mean)

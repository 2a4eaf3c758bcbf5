"""A period of the overview in plain numbers: what findings are made of (`models.insights`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One part of the bridge between two periods.

    `amount` is the sum over its customers of what they spent now less what they spent before, `squares` the
    sum of the squares of these differences, `customers` how many of them the part's list has.
    """

    key: str
    amount: float
    squares: float
    customers: int


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
class BestAtRisk:
    """Best customers of a period who are at risk: `customers` of the `of` best, with `spend` in the period."""

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

    `period` is its key and `days` its length (None for all time). What compares with the period before is None,
    or empty, where that is not wholly inside the data; `parts`, `kept`, `top` and the new customers are of the
    table `next`, so that a list has as many. `red` and `cohorts` do not follow the period: they are given for the
    default one only. `cohorts` oldest first: those wholly inside the data whose horizon is over. `history_days` is
    how long before the period before the data begins.
    """

    period: str
    days: int | None
    horizon_days: int
    revenue: float
    revenue_before: float | None = None
    parts: tuple[Part, ...] = ()
    kept: Kept | None = None
    kept_before: Kept | None = None
    top: Top | None = None
    top_before: Top | None = None
    best_at_risk: BestAtRisk | None = None
    red: Red | None = None
    cohorts: tuple[Cohort, ...] = ()
    new_customers: int | None = None
    new_customers_before: int | None = None
    history_days: int = 0


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

"""How much groups of customers drawn at random differ by chance, from each customer's own distribution.

A customer brings an outcome y (bought or not, spend, profit) with mean g_i and mean square s_i; over customers drawn
at random the variance is mean(s) - mean(g)^2, which is mean(s - g^2) within customers plus the variance of g
between them. CUPED with predicted spend x leaves, of the part between, the variance of g - theta x. A test of n_t
treated and n_c held out customers has the standard error sqrt(V_t / n_t + V_c / n_c); it finds a difference with
80 % probability at 5 % two-sided from (1.960 + 0.842) standard errors on (Cohen 1988, "Statistical power
analysis for the behavioral sciences", section 2.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.campaign.arms import held_out
from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.roi import with_offer

Floats = NDArray[np.float64]

POWER: Final = 0.8
SIGNIFICANCE: Final = 0.05
CONVERSION: Final = "conversion"
SPEND: Final = "spend"
PROFIT: Final = "profit"
_NORMAL: Final = NormalDist()
_Z: Final = _NORMAL.inv_cdf(1.0 - SIGNIFICANCE / 2.0)
DETECTED: Final = _Z + _NORMAL.inv_cdf(POWER)
# A difference this small against its own spread is none but for rounding.
_NONE: Final = 1e-9
# A variance this small against the square of the mean is rounding: everybody is predicted the same.
_NO_SPREAD: Final = 1e-20


@dataclass(frozen=True)
class Spread:
    """How one outcome varies, treated and held out: its expected difference, and variances of a random customer.

    `within` are variances within customers, `between` those of their means, `along` the covariances of means
    and predicted spend, `covariate` the variance of predicted spend; pairs are (held out, treated).
    """

    expected: float
    level: float
    within: tuple[float, float]
    between: tuple[float, float]
    along: tuple[float, float]
    covariate: float

    def error(self, customers: int, held: float, *, cuped: bool) -> float:
        """Standard error of the difference with `held` of `customers` held out."""
        sizes = (held, customers - held)
        theta = 0.0
        if cuped and self.covariate > 0.0:
            pooled = (held * self.along[0] + sizes[1] * self.along[1]) / customers
            theta = pooled / self.covariate
        square = 0.0
        for arm, size in enumerate(sizes):
            left = self.between[arm] - 2.0 * theta * self.along[arm] + theta**2 * self.covariate
            square += (self.within[arm] + max(left, 0.0)) / size
        return math.sqrt(square)

    def smallest(self, customers: int, held: float, *, cuped: bool) -> float:
        """The smallest difference that is found with 80 % power."""
        return DETECTED * self.error(customers, held, cuped=cuped)

    def power(self, customers: int, held: float, *, cuped: bool) -> float:
        """Probability that the expected difference is found, in either direction."""
        error = self.error(customers, held, cuped=cuped)
        if error <= 0.0:
            return 1.0 if self.expected else SIGNIFICANCE
        shift = self.expected / error
        return _NORMAL.cdf(shift - _Z) + _NORMAL.cdf(-shift - _Z)

    @property
    def is_none(self) -> bool:
        """Whether no difference is expected at all."""
        return abs(self.expected) <= _NONE * math.sqrt(sum(self.within) + sum(self.between))

    def best(self, customers: int, *, cuped: bool) -> int:
        """How many to hold out for the smallest standard error: groups in proportion to their deviations (Neyman 1934)."""
        even = customers / 2.0
        spreads = [math.sqrt(max(w + b, 0.0)) for w, b in zip(self.within, self.between, strict=True)]
        share = spreads[0] / sum(spreads) if sum(spreads) > 0.0 else 0.5
        near = [held_out(customers, at) for at in (share, even / customers)]
        return min(near, key=lambda held: self.error(customers, held, cuped=cuped))

    def needed(self, customers: int, *, cuped: bool) -> int | None:
        """The fewest to hold out for 80 % power at the expected difference; None where no split gives it."""
        if self.is_none:
            return None
        wanted = abs(self.expected)
        low, high = 1, self.best(customers, cuped=cuped)
        if self.smallest(customers, high, cuped=cuped) > wanted:
            return None
        while low < high:
            middle = (low + high) // 2
            if self.smallest(customers, middle, cuped=cuped) <= wanted:
                high = middle
            else:
                low = middle + 1
        return high

    def customers_needed(self, *, cuped: bool) -> int | None:
        """How many such customers, half of them held out, 80 % power takes; None where no difference is expected."""
        if self.is_none:
            return None
        # The error of one customer in each half falls with the root of their number.
        halves = (self.smallest(2, 1.0, cuped=cuped) / abs(self.expected)) ** 2
        return 2 * max(math.ceil(halves - 1e-9), 1)


def spreads(customers: Customers, params: CampaignParams) -> dict[str, Spread]:
    """How conversion, spend (at list price) and profit (before the fixed cost) of these customers vary, by name."""
    own, after = customers.at(params.horizon_days), with_offer(customers, params)
    before, value, twice = own.probability, own.value, own.value**2 * own.moment()
    margin, off = params.margin, params.discount
    used = np.divide(
        params.redemption * np.minimum(before, after) + np.maximum(after - before, 0.0),
        after,
        out=np.zeros(len(own)),
        where=after > 0,
    )
    # An order made with the discount brings margin - off of its value, any other the margin.
    kept = margin - off * used
    kept_twice = margin**2 - 2.0 * margin * off * used + off**2 * used
    arms = {
        CONVERSION: (before, before, after, after),
        SPEND: (before * value, before * twice, after * value, after * twice),
        PROFIT: (
            margin * before * value,
            margin**2 * before * twice,
            kept * after * value,
            kept_twice * after * twice,
        ),
    }
    paid = {PROFIT: params.contact_cost}
    return {key: _spread(*four, own.spend, paid.get(key, 0.0)) for key, four in arms.items()}


def _spread(mean: Floats, square: Floats, mean_t: Floats, square_t: Floats, x: Floats, paid: float) -> Spread:
    customers = len(x)
    apart = x - x.mean()
    covariate = float((apart * apart).mean())
    if covariate <= _NO_SPREAD * float(x.mean()) ** 2:
        apart, covariate = np.zeros(customers), 0.0

    def arm(g: Floats, s: Floats) -> tuple[float, float, float]:
        around = g - g.mean()
        between = float((around * around).mean())
        within = float(s.mean()) - between - float(g.mean()) ** 2
        return max(within, 0.0), between, float((around * apart).mean())

    held, treated = arm(mean, square), arm(mean_t, square_t)
    return Spread(
        expected=float((mean_t - mean).mean()) - paid,
        level=float(mean.mean()),
        within=(held[0], treated[0]),
        between=(held[1], treated[1]),
        along=(held[2], treated[2]),
        covariate=covariate,
    )

"""Many customers at once: sums over cells of rank and probability, whose totals have known moments.

Given the uplift u and the level of spend f, customers are independent, and each has

    E X  = f v w1(p, u),        w1 = (p' - p) m - w_d,      w_d = d (r min(p, p') + max(p' - p, 0))
    E X2 = f^2 v^2 k w2(p, u),  w2 = d^2 r min(p, p') + (m - d)^2 max(p' - p, 0) + m^2 max(p - p', 0)

with k = E[S^2 | buys] / v^2. w1, w_d and w2 are piecewise linear in p, so the sums of v, p v, k v^2 and v^2
over customers of nearly the same p give mean and variance of the total of any block of customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.campaign.customers import Customers, Floats, offered
from models.campaign.params import RELATIVE, CampaignParams

# Equal steps of the root of p: narrow where probabilities are small, as most are.
BINS: Final = 128
UPLIFTS: Final = 65


@dataclass(frozen=True)
class Cells:
    """Sums over the customers of each block (first axis) in each bin of probability, shapes (blocks, BINS).

    `probability`, shape (BINS,), is the mean of each bin's customers, weighted with v.
    """

    probability: Floats
    value: Floats
    baseline: Floats
    square: Floats
    value_square: Floats


@dataclass(frozen=True)
class Totals:
    """Mean and variance of the totals of each block at level of spend 1, shapes (blocks, uplifts).

    Profit before contact costs; `discounts` has the mean only.
    """

    uplifts: Floats
    profit: Floats
    variance: Floats
    discounts: Floats


def cells(customers: Customers, block: NDArray[np.int16], blocks: int) -> Cells:
    """Sum up the customers of blocks 0 .. blocks - 1; `block`, shape (n,), is `blocks` for those left out."""
    place = customers.kept("bins", lambda: _bins(customers.probability))
    value, baseline = customers.value, customers.baseline
    value_square = customers.kept("v2", lambda: value * value)
    square = customers.kept("kv2", lambda: value_square * customers.moment())
    mean = customers.kept("bin means", lambda: _means(place, value, baseline))
    code = block.astype(np.int64)
    code *= BINS
    code += place

    def summed(weight: Floats) -> Floats:
        total = np.bincount(code, weights=weight, minlength=(blocks + 1) * BINS)
        return np.asarray(total.reshape(blocks + 1, BINS)[:blocks], dtype=np.float64)

    return Cells(mean, summed(value), summed(baseline), summed(square), summed(value_square))


def _bins(probability: Floats) -> NDArray[np.int64]:
    return np.minimum((BINS * np.sqrt(probability)).astype(np.int64), BINS - 1)


def _means(place: NDArray[np.int64], value: Floats, baseline: Floats) -> Floats:
    weight = np.bincount(place, weights=value, minlength=BINS)
    total = np.bincount(place, weights=baseline, minlength=BINS)
    middle = ((np.arange(BINS) + 0.5) / BINS) ** 2
    return np.clip(np.divide(total, weight, out=middle, where=weight > 0), 0.0, 1.0)


def totals(summed: Cells, params: CampaignParams, uplifts: Floats) -> Totals:
    """Moments of each block at each of `uplifts`, shape (k,)."""
    p = summed.probability[:, None]
    after = offered(p + np.zeros(len(uplifts)), uplifts, params.uplift_unit)
    more, less = np.maximum(after - p, 0.0), np.maximum(p - after, 0.0)
    lower = np.minimum(p, after)
    d, m, r = params.discount, params.margin, params.redemption
    used = d * (r * lower + more)
    gain = m * (after - p) - used
    second = d * d * r * lower + (m - d) ** 2 * more + m * m * less
    # A block's customers lie off the bin's mean p; the slopes there make up for it, exactly where no customer
    # of the bin is at an end of the scale.
    inside = (after > 0.0) & (after < 1.0)
    steep = inside * (1.0 + uplifts if params.uplift_unit == RELATIVE else np.ones(len(uplifts)))
    rising = after >= p
    used_slope = d * np.where(rising, r + steep - 1.0, r * steep)
    gain_slope = m * (steep - 1.0) - used_slope
    off = summed.baseline - summed.value * summed.probability
    variance = summed.square @ second - summed.value_square @ (gain * gain)
    return Totals(
        uplifts,
        summed.value @ gain + off @ gain_slope,
        np.maximum(variance, 0.0),
        summed.value @ used + off @ used_slope,
    )


def grid(uplift: Floats) -> Floats:
    """Uplifts that span those drawn, with 0, where the arithmetic has its kink, among them; shape (k,)."""
    low, high = float(uplift.min()), float(uplift.max())
    if high <= low:
        return np.array([low])
    steps = np.linspace(low, high, UPLIFTS)
    return np.union1d(steps, [0.0]) if low < 0.0 < high else steps


def between(uplifts: Floats, table: Floats, asked: Floats) -> Floats:
    """Rows of `table` (k, uplifts) at the uplifts `asked` (s,), linear between; shape (k, s)."""
    if len(uplifts) == 1:
        return np.repeat(table, len(asked), axis=1)
    above = np.clip(np.searchsorted(uplifts, asked, side="left"), 1, len(uplifts) - 1)
    share = (asked - uplifts[above - 1]) / (uplifts[above] - uplifts[above - 1])
    low = table[:, above - 1]
    return low + share * (table[:, above] - low)

"""The customer's own spend distribution: a mass at zero, and a shape learned from what others spent.

P(S <= s) = 1 - p + p G((ln s - mu) / sigma) for s >= 0 (with G's first knot at s = 0): the customer buys
with probability p; then the log spend lies around mu = ln(pred_spend / p), the log of what a buyer like
this is expected to spend, as standardised residuals of customers in the *other* folds did. G is written
on equally spaced knots, so that a query engine can evaluate the same distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from data.names import PRED_PROB, PRED_SPEND, SPEND_MU, SPEND_SIGMA
from models.log_spread import TINY, Spread, location, spread_terms

Floats = NDArray[np.float64]
KNOTS: Final = 101
_Z_LIMIT: Final = 6.0
_NARROWEST: Final = 0.5
# Below this many buyers there is no shape to learn; a plain log-normal of this sigma stands in.
_FEW: Final = 10
_PLAIN_SIGMA: Final = 1.0
# So many standard errors above their expected number, reds are more than chance.
BEYOND_ERRORS: Final = 2.0


@dataclass(frozen=True)
class ResidualCdf:
    """G on the knots lo, lo + step, ...; its first value where z <= lo, 1 beyond the last."""

    lo: float
    step: float
    cdf: Floats

    def __call__(self, z: Floats) -> Floats:
        """G(z), linear between knots, shape of z."""
        knots = self.lo + self.step * np.arange(len(self.cdf))
        return np.interp(z, knots, self.cdf)

    def outer_quantiles(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Knots around G's quantiles `low` and `high`; -inf within the share of buyers who paid nothing.

        Outward to whole knots: between two of them nothing is known, and where all pay the same price
        the price itself lies between.
        """
        knots = np.append(self.lo + self.step * np.arange(len(self.cdf)), -np.inf)
        below = np.searchsorted(self.cdf, low, side="right") - 1
        above = np.minimum(np.searchsorted(self.cdf, high, side="left"), len(self.cdf) - 1)
        # The first knot also stands for all that lies below it.
        unpaid_low, unpaid_high = low <= self.cdf[0], high < self.cdf[0]
        return knots[np.where(unpaid_low, -1, below)], knots[np.where(unpaid_high, -1, above)]

    def to_dict(self) -> dict[str, Any]:
        """The knots as plain JSON values."""
        return {"lo": self.lo, "step": self.step, "cdf": self.cdf.tolist()}


def residual_cdf(z: Floats) -> ResidualCdf:
    """G of standardised residuals, shape (n,); -inf stands for a buyer whose net spend is not positive."""
    finite = z[np.isfinite(z)]
    if len(finite) < _FEW:
        knots = np.linspace(-4.0, 4.0, KNOTS)
        return ResidualCdf(
            -4.0, round(float(knots[1] - knots[0]), 6), np.append(np.round(ndtr(knots[:-1]), 6), 1.0)
        )
    inner = np.clip(finite, -_Z_LIMIT, _Z_LIMIT)
    # Where all pay the same price the residuals are one point; knots still need some room.
    room = max(_NARROWEST - float(inner.max() - inner.min()), 0.0) / 2.0
    # Rounded here already: what is published is what was used. The first knot lies below every residual
    # within the limit, so that F(0) is 1 - p but for those who bought and paid nothing.
    lo = round(float(inner.min()) - room - 2e-6, 6)
    step = round((float(inner.max()) + room - lo) / (KNOTS - 1) + 1e-6, 6)
    cdf = np.searchsorted(np.sort(z), lo + step * np.arange(KNOTS), side="right") / len(z)
    cdf[-1] = 1.0
    return ResidualCdf(lo, step, np.round(cdf, 6))


def fit_spread(residuals: Floats, terms: Floats) -> Spread:
    """Regress the log size of log residuals on `terms`; constant where there are few buyers."""
    weights = np.zeros(terms.shape[1])
    if len(residuals) < 5 * _FEW:
        weights[0] = (
            np.log(max(float(residuals.std()), 0.05)) if len(residuals) >= _FEW else np.log(_PLAIN_SIGMA)
        )
        return Spread(weights, float(weights[0]), float(weights[0]))
    size = np.abs(residuals - np.median(residuals))
    scale = float(size.mean())
    if scale <= TINY:
        weights[0] = np.log(0.05)
        return Spread(weights, float(weights[0]), float(weights[0]))
    # Floored at a twentieth of the mean: logs of nearly exact hits would dominate the fit.
    target = np.log(np.maximum(size, scale / 20.0))
    centre = terms.mean(axis=0) * (np.arange(terms.shape[1]) > 0)
    design = terms - centre
    penalty = np.diag([0.0, *[10.0] * (terms.shape[1] - 1)])
    weights = np.linalg.solve(design.T @ design + penalty, design.T @ target)
    fitted = design @ weights
    # The regression finds the width's shape; its level is set so that standardised residuals have size 1.
    level = float(np.log(np.sqrt(np.mean((size / np.exp(fitted)) ** 2))))
    weights[0] += level - float(centre @ weights)
    fitted = fitted + level
    low, high = (float(bound) for bound in np.quantile(fitted, (0.01, 0.99)))
    return Spread(weights, low, high)


@dataclass(frozen=True)
class SpendDistribution:
    """Spread and residual shape learned from one set of buyers."""

    spread: Spread
    shape: ResidualCdf

    def cdf(self, spend: Floats, probability: Floats, mu: Floats, sigma: Floats) -> Floats:
        """F(max(spend, 0)) of each customer's own distribution, shape (n,)."""
        z = np.where(spend > 0, (np.log(np.maximum(spend, TINY)) - mu) / sigma, -np.inf)
        return 1.0 - probability + probability * self.shape(z)

    def interval(
        self, prediction: Floats, probability: Floats, mu: Floats, sigma: Floats, share: float
    ) -> tuple[Floats, Floats]:
        """Central interval holding `share` of the distribution, widened to hold the prediction."""
        tails = (1.0 - share) / 2.0, (1.0 + share) / 2.0
        of_buyers = [np.clip((tail - (1.0 - probability)) / probability, 0.0, 1.0) for tail in tails]
        knots = self.shape.outer_quantiles(of_buyers[0], of_buyers[1])
        # Zero where the mass of those who do not buy reaches the tail.
        low, high = (
            np.where(tail > 1.0 - probability, np.exp(mu + sigma * z), 0.0)
            for tail, z in zip(tails, knots, strict=True)
        )
        return np.minimum(low, prediction), np.maximum(high, prediction)


@dataclass(frozen=True)
class CrossFitted:
    """The distribution of each customer from other folds' residuals, and the pooled one that serves."""

    mu: Floats
    sigma: Floats
    cdf: Floats
    low: Floats
    high: Floats
    pooled: SpendDistribution


def fit_distribution(flag: Floats, spend: Floats, mu: Floats, terms: Floats) -> SpendDistribution:
    """Learn spread and shape from the buyers among these customers, all shapes (n,)."""
    bought = flag > 0
    paid = bought & (spend > 0)
    spread = fit_spread(np.log(np.maximum(spend[paid], TINY)) - mu[paid], terms[paid])
    sigma = spread.sigma(terms[bought])
    log_spend = np.log(np.maximum(spend[bought], TINY))
    z = np.where(spend[bought] > 0, (log_spend - mu[bought]) / sigma, -np.inf)
    return SpendDistribution(spread, residual_cdf(z))


def cross_fit_intervals(
    flag: Floats,
    spend: Floats,
    probability: Floats,
    prediction: Floats,
    frequency: Floats,
    fold: NDArray[np.int64],
    share: float,
) -> CrossFitted:
    """Distributions for out-of-fold predictions: each fold's from the residuals of the other folds."""
    mu = location(prediction, probability)
    terms = spread_terms(frequency, probability, mu)
    sigma, cdf, low, high = (np.zeros(len(mu)) for _ in range(4))
    for k in range(int(fold.max()) + 1):
        rest, here = fold != k, fold == k
        if not here.any():
            continue
        learned = fit_distribution(flag[rest], spend[rest], mu[rest], terms[rest])
        sigma[here] = learned.spread.sigma(terms[here])
        own = (probability[here], mu[here], sigma[here])
        cdf[here] = learned.cdf(spend[here], *own)
        low[here], high[here] = learned.interval(prediction[here], *own, share)
    pooled = fit_distribution(flag, spend, mu, terms)
    return CrossFitted(mu, sigma, cdf, low, high, pooled)


def red_chances(frame: pd.DataFrame, shape: ResidualCdf, threshold: float, level: float) -> Floats:
    """Probability of each customer to be red by chance if its predicted distribution is true, shape (n,).

    A customer is red when spending at most pred_spend - threshold and F <= level, which happens with
    probability min(F(pred_spend - threshold), level), or never where even spending nothing is too
    likely: F(0) > level, with those who do not buy and those who buy and return all of it. `frame` has pred_prob, pred_spend, spend_mu, spend_sigma.
    """
    p = frame[PRED_PROB].to_numpy(dtype=np.float64)
    most = frame[PRED_SPEND].to_numpy(dtype=np.float64) - threshold
    mu = frame[SPEND_MU].to_numpy(dtype=np.float64)
    sigma = frame[SPEND_SIGMA].to_numpy(dtype=np.float64)
    z = np.where(most > 0, (np.log(np.maximum(most, TINY)) - mu) / sigma, -np.inf)
    reached = 1.0 - p + p * shape(z)
    nothing = 1.0 - p + p * shape.cdf[0]
    return np.where((nothing > level) | (most < 0), 0.0, np.minimum(reached, level))


def beyond_chance(red: int, chances: Floats) -> float | None:
    """How many standard errors the number of reds lies above chance; None where chance makes no red.

    Customers are taken as independent, so the variance of their number is the sum of p (1 - p). Beyond
    `BEYOND_ERRORS` there are more reds than a true model would show.
    """
    variance = float((chances * (1.0 - chances)).sum())
    return (red - float(chances.sum())) / float(np.sqrt(variance)) if variance > 0 else None

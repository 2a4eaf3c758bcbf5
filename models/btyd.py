"""Buy-till-you-die models of repeat purchases: MBG/NBD, and BG/NBD for comparison.

Sources: Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24(2);
Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer
base analysis", IJRM 24(3), for MBG/NBD, in which a customer may also leave after the first purchase.

Purchases of a living customer come at rate lambda ~ Gamma(r, alpha); after each the customer leaves
with probability p ~ Beta(a, b). A history is (x, t_x, T): repeat purchases, time of the last one and
time observed, both counted from the first purchase, in any one unit of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, gammaln, hyp2f1

Floats = NDArray[np.float64]
_LOG_BOUND = 9.0
# A mean chance of leaving after an order this near to 0 or 1 is the same for everybody.
_NEGLIGIBLE = 0.01


@dataclass(frozen=True)
class Btyd:
    """A fitted model; times in the unit of the histories it was fitted to.

    `modified` is True for MBG/NBD (leaving is possible after the first purchase too).
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    modified: bool = True

    def p_alive(self, x: Floats, t_x: Floats, observed: Floats) -> Floats:
        """Probability of still being a customer at the end of each history, shape (n,).

        Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model"; Batislam et al. (2007).
        """
        chances = x + self.modified
        log_odds = (
            np.log(self.a)
            - np.log(self.b + np.maximum(chances, 1) - 1)
            + (self.r + x) * (np.log(self.alpha + observed) - np.log(self.alpha + t_x))
        )
        gone = np.where(chances > 0, np.exp(np.minimum(log_odds, 700.0)), 0.0)
        return np.asarray(1.0 / (1.0 + gone), dtype=np.float64)

    def expected_orders(self, x: Floats, t_x: Floats, observed: Floats, ahead: float) -> Floats:
        """Expected purchases in the next `ahead` units of time, given each history, shape (n,).

        Fader, Hardie & Lee (2005) eq. 10. Euler's transformation of 2F1 is applied by hand: the
        untransformed factors overflow for customers with hundreds of purchases.
        """
        # a = 1 is a removable singularity.
        a = self.a if abs(self.a - 1.0) > 1e-6 else 1.0 + 1e-6
        chances = x + self.modified
        z = ahead / (self.alpha + observed + ahead)
        total = a + self.b + chances - 1.0
        tail = (1.0 - z) ** (a - 1.0) * hyp2f1(a + self.b + self.modified - 1.0 - self.r, a - 1.0, total, z)
        expected = total / (a - 1.0) * (1.0 - tail)
        # Without leaving the rate would just go on: the upper bound, and the value at the edge of 2F1.
        going_on = ahead * (self.r + x) / (self.alpha + observed)
        expected = np.clip(np.where(np.isfinite(expected), expected, going_on), 0.0, going_on)
        return np.asarray(self.p_alive(x, t_x, observed) * expected, dtype=np.float64)

    def purchase_prob(self, x: Floats, t_x: Floats, observed: Floats, ahead: float) -> Floats:
        """Probability of at least one purchase in the next `ahead` units of time, shape (n,).

        Alive, and not silent: the rate is Gamma(r + x, alpha + T) given the history.
        """
        silent = ((self.alpha + observed) / (self.alpha + observed + ahead)) ** (self.r + x)
        return np.asarray(self.p_alive(x, t_x, observed) * (1.0 - silent), dtype=np.float64)

    def doubt(self) -> str | None:
        """Why `p_alive` cannot tell customers apart, as a sentence for users; None where it can.

        The mean chance of leaving after an order, a / (a + b), is negligible or nearly 1, or a or b
        lies on the bound of the fit: then the likelihood has no maximum inside, and nothing was learned
        of how customers differ in leaving.
        """
        leaving = self.a / (self.a + self.b)
        if leaving < _NEGLIGIBLE:
            shown = "This history does not show anybody leaving"
        elif leaving > 1.0 - _NEGLIGIBLE:
            shown = "This history shows everybody leaving at once"
        elif max(abs(np.log(self.a)), abs(np.log(self.b))) > _LOG_BOUND - 1e-6:
            shown = "This history does not show how customers differ in leaving"
        else:
            return None
        return (
            f"{shown}, so the chance to be still a customer (p_alive) cannot tell customers apart; "
            "rely on churn risk."
        )

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        return {
            "kind": "MBG/NBD" if self.modified else "BG/NBD",
            "r": self.r,
            "alpha": self.alpha,
            "a": self.a,
            "b": self.b,
            "log_likelihood": self.log_likelihood,
        }


def histories(features: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """(x, t_x, T) in days of each customer; a purchase is a customer-day."""
    x = np.maximum(features["active_days"].to_numpy(dtype=np.float64) - 1.0, 0.0)
    observed = features["tenure_days"].to_numpy(dtype=np.float64)
    t_x = np.clip(observed - features["recency_days"].to_numpy(dtype=np.float64), 0.0, observed)
    return x, np.where(x > 0, t_x, 0.0), observed


def _negative_log_likelihood(
    log_params: Floats, x: Floats, t_x: Floats, observed: Floats, weight: Floats, modified: bool
) -> tuple[float, Floats]:
    """Negative log likelihood and its gradient with respect to log (r, alpha, a, b).

    With y = chances to leave (x, or x + 1 for MBG/NBD):
    L = Gamma(r+x) alpha^r / Gamma(r) / B(a,b) * [B(a, b+y) (alpha+T)^-(r+x)
        + 1{y>0} B(a+1, b+y-1) (alpha+t_x)^-(r+x)]
    """
    r, alpha, a, b = np.exp(log_params)
    y = x + modified
    can_leave = y > 0
    log_end, log_last = np.log(alpha + observed), np.log(alpha + t_x)
    stay = -(r + x) * log_end
    # B(a+1, b+y-1) / B(a, b+y) = a / (b+y-1)
    b_before = np.where(can_leave, b + y - 1.0, 1.0)
    odds = np.where(can_leave, np.log(a) - np.log(b_before) + (r + x) * (log_end - log_last), -np.inf)
    share_left = np.where(can_leave, 1.0 / (1.0 + np.exp(-np.clip(odds, -700.0, 700.0))), 0.0)
    log_sum = stay + np.logaddexp(0.0, odds)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + y) - betaln(a, b) + log_sum
    # d log(stay + left) = d log(stay) + share_left * d log(odds)
    d_r = digamma(r + x) - digamma(r) + np.log(alpha) - log_end + share_left * (log_end - log_last)
    d_alpha = r / alpha - (r + x) * ((1.0 - share_left) / (alpha + observed) + share_left / (alpha + t_x))
    both = digamma(a + b + y) - digamma(a + b)
    d_a = digamma(a) - digamma(a) - both + share_left / a
    d_b = digamma(b + y) - digamma(b) - both - share_left / b_before
    gradient = np.array([weight @ d_r * r, weight @ d_alpha * alpha, weight @ d_a * a, weight @ d_b * b])
    return -float(weight @ value), -gradient


def fit_btyd(x: Floats, t_x: Floats, observed: Floats, *, modified: bool = True) -> Btyd:
    """Maximum likelihood fit to histories of shape (n,), on their distinct values with counts.

    Without any history the parameters are all 1: there is nobody to apply them to.
    """
    if not len(x):
        return Btyd(1.0, 1.0, 1.0, 1.0, 0.0, modified)
    rows = np.column_stack([x, t_x, observed])
    order = np.lexsort(rows.T[::-1])
    rows = rows[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    starts = np.flatnonzero(first)
    count = np.diff(np.append(starts, len(rows))).astype(np.float64)
    x, t_x, observed = rows[starts].T
    # Time in units of the mean observation, so that the four log-parameters are of one size.
    unit = float(np.average(observed, weights=count)) or 1.0
    customers = float(count.sum())

    def objective(log_params: Floats) -> tuple[float, Floats]:
        value, gradient = _negative_log_likelihood(
            log_params, x, t_x / unit, observed / unit, count, modified
        )
        return value / customers, gradient / customers

    found = minimize(  # type: ignore[no-untyped-call]  # scipy ships no types
        objective,
        np.zeros(4),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_LOG_BOUND, _LOG_BOUND)] * 4,
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    # The unit of time enters the likelihood once for each repeat purchase.
    log_likelihood = -float(found.fun) * customers - float(count @ x) * float(np.log(unit))
    return Btyd(r, alpha * unit, a, b, log_likelihood, modified)

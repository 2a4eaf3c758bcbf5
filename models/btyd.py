"""Buy-till-you-die models of repeat purchases: MBG/NBD, and BG/NBD for comparison.

Sources: Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24(2);
Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer
base analysis", IJRM 24(3), for MBG/NBD, in which a customer may also leave after the first purchase.

Purchases of a living customer come at rate lambda ~ Gamma(r, alpha); after each the customer leaves
with probability p ~ Beta(a, b). A history is (x, t_x, T): repeat purchases, time of the last one and
time observed, both counted from the first purchase, in any one unit of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, digamma, gammaln, hyp2f1

from models.distinct import by_distinct, packed, unpacked
from models.likelihood import SAMPLE, Objective, minimise, saved_numbers

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_LOG_BOUND = 9.0
# A mean chance of leaving after an order this near to 0 or 1 is the same for everybody.
_NEGLIGIBLE = 0.01
# Above this a + b, the chances of leaving are averaged over so many quantiles instead of by 2F1.
_NARROW = 50.0
_QUANTILES = 64


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

        Fader, Hardie & Lee (2005) eq. 10; Batislam et al. (2007).
        """
        expected = by_distinct(lambda x, observed: self.orders_of_the_living(x, observed, ahead), x, observed)
        return np.asarray(self.p_alive(x, t_x, observed) * expected, dtype=np.float64)

    def orders_of_the_living(self, x: Floats, observed: Floats, ahead: float) -> Floats:
        """Expected purchases in the next `ahead` units of time of one still a customer, shape (n,).

        The second factor of Fader, Hardie & Lee (2005) eq. 10, which does not depend on t_x. Euler's
        transformation of 2F1 is applied by hand: the untransformed factors overflow for customers with
        hundreds of purchases.
        """
        going_on = ahead * (self.r + x) / (self.alpha + observed)
        if self.a + self.b > _NARROW:
            expected = self._averaged_orders(x, observed, ahead)
        else:
            # a = 1 is a removable singularity, and so is a whole number r - a in scipy's 2F1.
            a = self.a if abs(self.a - 1.0) > 1e-6 else 1.0 + 1e-6
            a += 1e-9 * (abs(self.r - a - round(self.r - a)) < 1e-9)
            z = ahead / (self.alpha + observed + ahead)
            total = a + self.b + x + self.modified - 1.0
            series = hyp2f1(a + self.b + self.modified - 1.0 - self.r, a - 1.0, total, z)
            with np.errstate(invalid="ignore", over="ignore"):
                expected = total / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * series)
            lost = ~np.isfinite(expected)
            if lost.any():
                expected[lost] = self._averaged_orders(x[lost], observed[lost], ahead)
        # Without leaving the rate would just go on: the upper bound.
        return np.asarray(np.clip(expected, 0.0, going_on), dtype=np.float64)

    def _averaged_orders(self, x: Floats, observed: Floats, ahead: float) -> Floats:
        """The same, averaged over quantiles of the chance of leaving, to a percent or so.

        2F1 overflows where a or b is large. One whose chance is p and whose rate is Gamma(r+x, alpha+T)
        makes (1 - (1 + p ahead / (alpha+T))^-(r+x)) / p purchases; p is Beta(a, b+y).
        """
        distinct, position = np.unique(x, return_inverse=True)
        made = np.zeros(len(x))
        for middle in (np.arange(_QUANTILES) + 0.5) / _QUANTILES:
            chance = betaincinv(self.a, self.b + distinct + self.modified, middle)
            chance = np.maximum(chance, 1e-100)[position]
            made -= np.expm1(-(self.r + x) * np.log1p(chance * ahead / (self.alpha + observed))) / chance
        return made / _QUANTILES

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

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Btyd:
        """The model that `to_dict` wrote; raises ValueError where it is damaged."""
        kind, modified = values.get("kind"), {"MBG/NBD": True, "BG/NBD": False}
        if kind not in modified:
            raise ValueError(f"There is no purchase model {kind!r}; there are {' and '.join(modified)}.")
        return cls(**saved_numbers(values, ("r", "alpha", "a", "b")), modified=modified[kind])


def histories(features: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """(x, t_x, T) in days of each customer; a purchase is a customer-day."""
    x = np.maximum(features["active_days"].to_numpy(dtype=np.float64) - 1.0, 0.0)
    observed = features["tenure_days"].to_numpy(dtype=np.float64)
    t_x = np.clip(observed - features["recency_days"].to_numpy(dtype=np.float64), 0.0, observed)
    return x, np.where(x > 0, t_x, 0.0), observed


@dataclass(frozen=True)
class _Counted:
    """Distinct histories, shape (n,), sorted by x, and how many customers have each.

    `level` are the distinct values of x, shape (k,), `place` the position of each history's x among
    them and `start` the first history of each: what depends on x alone is worked out k times.
    """

    level: Floats
    place: Integers
    start: Integers
    t_x: Floats
    observed: Floats
    weight: Floats

    @classmethod
    def of(cls, x: Floats, t_x: Floats, observed: Floats, weight: Floats) -> _Counted:
        """`x` must be sorted."""
        level, start, place = np.unique(x, return_index=True, return_inverse=True)
        return cls(level, place, start, t_x, observed, weight)

    def by_level(self, values: Floats) -> Floats:
        """Sums of `values` over the histories of each level, shape (k,)."""
        return np.asarray(np.add.reduceat(values, self.start), dtype=np.float64)

    def objective(self, modified: bool) -> Objective:
        """The mean negative log likelihood of these customers."""
        customers = float(self.weight.sum())

        def mean(log_params: Floats) -> tuple[float, Floats]:
            value, gradient = _negative_log_likelihood(log_params, self, modified)
            return value / customers, gradient / customers

        return mean

    def sample(self, size: int) -> _Counted:
        """The histories of every so manieth customer in sorted order, `size` of them."""
        reached = np.cumsum(self.weight)
        customers = (np.arange(size) + 0.5) * (reached[-1] / size)
        chosen, count = np.unique(np.searchsorted(reached, customers), return_counts=True)
        x = self.level[self.place[chosen]]
        return _Counted.of(x, self.t_x[chosen], self.observed[chosen], count.astype(np.float64))


def _negative_log_likelihood(log_params: Floats, history: _Counted, modified: bool) -> tuple[float, Floats]:
    """Negative log likelihood and its gradient with respect to log (r, alpha, a, b).

    With y = chances to leave (x, or x + 1 for MBG/NBD):
    L = Gamma(r+x) alpha^r / Gamma(r) / B(a,b) * [B(a, b+y) (alpha+T)^-(r+x)
        + 1{y>0} B(a+1, b+y-1) (alpha+t_x)^-(r+x)]

    Sums are numpy's own, not the linear algebra library's, whose last digits depend on its threads.
    """
    r, alpha, a, b = np.exp(log_params)
    x, weight = history.level, history.weight
    y = x + modified
    can_leave = y > 0
    # What depends on x alone. B(a+1, b+y-1) / B(a, b+y) = a / (b+y-1)
    customers = history.by_level(weight)
    b_before = np.where(can_leave, b + y - 1.0, 1.0)
    leaving = np.where(can_leave, np.log(a) - np.log(b_before), -np.inf)
    fixed = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + y) - betaln(a, b)
    # And on the times: log [stay + left] = log stay + log (1 + odds)
    end, last = alpha + history.observed, alpha + history.t_x
    log_end = np.log(end)
    gap = log_end - np.log(last)
    shape = (r + x)[history.place]
    log_odds = leaving[history.place] + shape * gap
    small = np.exp(-np.abs(log_odds))
    left = np.where(log_odds > 0, 1.0, small) / (1.0 + small)
    value = np.maximum(log_odds, 0.0) + np.log1p(small) - shape * log_end
    left_of_level = history.by_level(weight * left)
    both = digamma(a + b + y) - digamma(a + b)
    d_r = (customers * (digamma(r + x) - digamma(r) + np.log(alpha))).sum() + (
        weight * (left * gap - log_end)
    ).sum()
    d_alpha = customers.sum() * r / alpha - (weight * shape * ((1.0 - left) / end + left / last)).sum()
    d_a = left_of_level.sum() / a - (customers * both).sum()
    d_b = (customers * (digamma(b + y) - digamma(b) - both) - left_of_level / b_before).sum()
    gradient = np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])
    return -float((customers * fixed).sum() + (weight * value).sum()), -gradient


def fit_btyd(
    x: Floats,
    t_x: Floats,
    observed: Floats,
    *,
    modified: bool = True,
    weight: Floats | None = None,
) -> Btyd:
    """Maximum likelihood fit to histories of shape (n,), on their distinct values with counts.

    `weight` says how many customers each history stands for (one each where it is None). Without any
    customer the parameters are all 1: there is nobody to apply them to. Raises ValueError for a history
    that cannot be.
    """
    _check(x, t_x, observed)
    if weight is not None:
        kept = weight > 0
        x, t_x, observed, weight = x[kept], t_x[kept], observed[kept], weight[kept]
    if not len(x):
        return Btyd(1.0, 1.0, 1.0, 1.0, 0.0, modified)
    key, levels = packed(x, observed, t_x)
    if weight is None:
        distinct, many = np.unique(key, return_counts=True)
        count = many.astype(np.float64)
    else:
        # Weights are sorted too: the last digits of a sum depend on its order.
        order = np.lexsort((weight, key))
        distinct, start = np.unique(key[order], return_index=True)
        count = np.add.reduceat(weight[order], start)
    x, observed, t_x = unpacked(distinct, levels)
    # Time in units of the mean observation, so that the four log-parameters are of one size.
    customers = float(count.sum())
    unit = float((observed * count).sum()) / customers or 1.0
    history = _Counted.of(x, t_x / unit, observed / unit, count)
    some = history.sample(SAMPLE).objective(modified) if len(x) > 2 * SAMPLE else None
    bounds = [(-_LOG_BOUND, _LOG_BOUND)] * 4
    found, value = minimise(history.objective(modified), bounds, np.zeros(4), some)
    r, alpha, a, b = (float(parameter) for parameter in np.exp(found))
    # The unit of time enters the likelihood once for each repeat purchase.
    log_likelihood = -value * customers - float((count * x).sum()) * float(np.log(unit))
    return Btyd(r, alpha * unit, a, b, log_likelihood, modified)


def _check(x: Floats, t_x: Floats, observed: Floats) -> None:
    """Raise ValueError, naming the first row, where a history cannot be."""
    if not len(x) == len(t_x) == len(observed):
        raise ValueError(
            f"x, t_x and T have {len(x):,}, {len(t_x):,} and {len(observed):,} values, not as many each."
        )
    for name, column in (("x", x), ("t_x", t_x), ("T", observed)):
        _refuse(~(np.isfinite(column) & (column >= 0)), f"{name} must be a number of at least 0", column)
    _refuse(x != np.floor(x), "x counts repeat purchases and must be a whole number", x)
    _refuse(t_x > observed, "t_x, the last purchase, must not be after T, the end of the time observed", t_x)
    _refuse((x == 0) & (t_x > 0), "t_x must be 0 for a customer without a repeat purchase", t_x)


def _refuse(wrong: NDArray[np.bool_], rule: str, column: Floats) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{rule}: the history in row {row:,} has {column[row]:g}.")

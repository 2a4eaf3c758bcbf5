"""Gamma-Gamma model of the value of an order.

Source: Fader & Hardie (2013), "The Gamma-Gamma model of monetary value", eq. 1a and 5: order values of
a customer are Gamma(p, nu) with nu ~ Gamma(q, gamma) across customers, independent of how often one buys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from models.distinct import packed
from models.likelihood import SAMPLE, Objective, minimise, saved_numbers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GammaGamma:
    """Fitted parameters; `gamma` in account currency."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected_value(self, orders: Floats, mean_value: Floats) -> Floats:
        """Expected value of an order given how many were seen and their mean, shape (n,); eq. 5."""
        seen = orders * np.maximum(mean_value, 0.0)
        return np.asarray(self.p * (self.gamma + seen) / (self.p * orders + self.q - 1.0), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        return {"p": self.p, "q": self.q, "gamma": self.gamma, "log_likelihood": self.log_likelihood}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GammaGamma:
        """The model that `to_dict` wrote; raises ValueError where it is damaged."""
        return cls(**saved_numbers(values, ("p", "q", "gamma")))


# q is kept above 1.05: at 1 the expected value of an order is infinite.
_BOUNDS = [(-5.0, 5.0), (-3.0, 5.0), (-7.0, 7.0)]


@dataclass(frozen=True)
class _Counted:
    """What the likelihood needs of the customers.

    `orders` are the distinct numbers of orders and `customers` how many have each, shape (k,). `spend`
    are the distinct sums of order values, with the customers and their orders in all, shape (n,);
    `log_value` is the sum over customers of orders x log (orders x mean), `log_mean` that of log mean.
    """

    orders: Floats
    customers: Floats
    spend: Floats
    customers_of: Floats
    orders_of: Floats
    log_value: float
    log_mean: float

    @classmethod
    def of(cls, orders: Floats, spend: Floats, weight: Floats) -> _Counted:
        """Of customers in the order of their spend, shapes (n,)."""
        start = np.flatnonzero(_first(spend))
        key, (levels,) = packed(orders)
        customers = np.bincount(key, weight, len(levels)).astype(np.float64)
        orders, customers = levels[customers > 0], customers[customers > 0]
        spend, customers_of = spend[start], np.add.reduceat(weight, start)
        orders_of = np.add.reduceat(weight * levels[key], start)
        log_spend = np.log(spend)
        return cls(
            orders,
            customers,
            spend,
            customers_of,
            orders_of,
            float((orders_of * log_spend).sum()),
            float((customers_of * log_spend).sum() - (customers * np.log(orders)).sum()),
        )

    def objective(self) -> Objective:
        """The mean negative log likelihood of these customers.

        L = Gamma(px+q) / (Gamma(px) Gamma(q)) gamma^q m^(px-1) x^(px) / (gamma + m x)^(px+q)

        Sums are numpy's own, not the linear algebra library's, whose last digits depend on its threads.
        """
        x, customers = self.orders, self.customers
        everybody = float(customers.sum())

        def mean(log_params: Floats) -> tuple[float, Floats]:
            p, q_above_one, gamma = np.exp(log_params)
            q = 1.0 + q_above_one
            total = gamma + self.spend
            log_total = np.log(total)
            log_customers = (self.customers_of * log_total).sum()
            log_orders = (self.orders_of * log_total).sum()
            value = (
                (customers * (gammaln(p * x + q) - gammaln(p * x))).sum()
                + everybody * (q * np.log(gamma) - gammaln(q))
                + p * self.log_value
                - self.log_mean
                - p * log_orders
                - q * log_customers
            )
            both = digamma(p * x + q)
            d_p = (customers * x * (both - digamma(p * x))).sum() + self.log_value - log_orders
            d_q = (customers * both).sum() + everybody * (np.log(gamma) - digamma(q)) - log_customers
            d_gamma = everybody * q / gamma - ((p * self.orders_of + q * self.customers_of) / total).sum()
            gradient = np.array([d_p * p, d_q * q_above_one, d_gamma * gamma])
            return -float(value) / everybody, -gradient / everybody

        return mean


def fit_gamma_gamma(orders: Floats, mean_value: Floats, *, weight: Floats | None = None) -> GammaGamma:
    """Maximum likelihood fit to customers with orders and a positive mean order value, shapes (n,).

    The others are left out; `weight` says how many customers each row stands for (one each where it is
    None). Raises ValueError for numbers that are not finite.
    """
    if len(orders) != len(mean_value):
        raise ValueError(f"There are {len(orders):,} numbers of orders for {len(mean_value):,} mean values.")
    if not (np.isfinite(orders).all() and np.isfinite(mean_value).all()):
        raise ValueError("Numbers of orders and mean order values must be finite numbers.")
    many = np.ones(len(orders)) if weight is None else weight
    usable = (orders > 0) & (mean_value > 0) & (many > 0)
    if not usable.any():
        return GammaGamma(1.0, 2.0, 1.0, 0.0)
    x, m, many = orders[usable], mean_value[usable], many[usable]
    # Whatever the order of the rows, each sum below adds the same numbers in the same order, or whole ones.
    customers = float(np.sort(many).sum())
    unit = float(np.sort(m * many).sum()) / customers
    spend = x * (m / unit)
    whole = weight is None and np.array_equal(x, np.floor(x))
    order = np.argsort(spend) if whole else np.lexsort((many, x, spend))
    x, spend, many = x[order], spend[order], many[order]
    everybody = _Counted.of(x, spend, many)
    some = None
    if len(everybody.spend) > 2 * SAMPLE:
        kept = np.cumsum(_first(spend)) % (len(everybody.spend) // SAMPLE) == 0
        some = _Counted.of(x[kept], spend[kept], many[kept]).objective()
    found, value = minimise(everybody.objective(), _BOUNDS, np.zeros(3), some)
    p, q_above_one, gamma = (float(parameter) for parameter in np.exp(found))
    log_likelihood = -value * customers - customers * float(np.log(unit))
    return GammaGamma(p, 1.0 + q_above_one, gamma * unit, log_likelihood)


def _first(ordered: Floats) -> NDArray[np.bool_]:
    """Where a sorted value differs from the one before it, shape (n,)."""
    found = np.ones(len(ordered), dtype=np.bool_)
    found[1:] = ordered[1:] != ordered[:-1]
    return found

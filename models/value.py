"""Gamma-Gamma model of the value of an order.

Source: Fader & Hardie (2013), "The Gamma-Gamma model of monetary value", eq. 1a and 5: order values of
a customer are Gamma(p, nu) with nu ~ Gamma(q, gamma) across customers, independent of how often one buys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

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


def fit_gamma_gamma(orders: Floats, mean_value: Floats) -> GammaGamma:
    """Maximum likelihood fit to customers with a positive mean order value, shapes (n,).

    L = Gamma(px+q) / (Gamma(px) Gamma(q)) gamma^q m^(px-1) x^(px) / (gamma + m x)^(px+q)
    """
    usable = (orders > 0) & (mean_value > 0)
    if not usable.any():
        return GammaGamma(1.0, 2.0, 1.0, 0.0)
    x, m = orders[usable], mean_value[usable]
    unit = float(m.mean())
    m = m / unit
    counts, position = np.unique(x, return_inverse=True)
    log_m, log_x, customers = np.log(m), np.log(x), len(x)

    def objective(log_params: Floats) -> tuple[float, Floats]:
        p, q_above_one, gamma = np.exp(log_params)
        q = 1.0 + q_above_one
        shape = p * x
        log_total = np.log(gamma + m * x)
        d_shape = (digamma(p * counts + q) - digamma(p * counts))[position] + log_m + log_x - log_total
        value = (
            (gammaln(p * counts + q) - gammaln(p * counts))[position]
            - gammaln(q)
            + q * np.log(gamma)
            + (shape - 1.0) * log_m
            + shape * log_x
            - (shape + q) * log_total
        )
        d_q = digamma(p * counts + q)[position] - digamma(q) + np.log(gamma) - log_total
        d_gamma = q / gamma - (shape + q) / (gamma + m * x)
        gradient = np.array([(d_shape @ x) * p, d_q.sum() * q_above_one, d_gamma.sum() * gamma])
        return -float(value.sum()) / customers, -gradient / customers

    # q is kept above 1.05: at 1 the expected value of an order is infinite.
    found = minimize(  # type: ignore[no-untyped-call]  # scipy ships no types
        objective,
        np.zeros(3),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-5.0, 5.0), (-3.0, 5.0), (-7.0, 7.0)],
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8},
    )
    p, q_above_one, gamma = (float(value) for value in np.exp(found.x))
    log_likelihood = -float(found.fun) * customers - customers * float(np.log(unit))
    return GammaGamma(p, 1.0 + q_above_one, gamma * unit, log_likelihood)

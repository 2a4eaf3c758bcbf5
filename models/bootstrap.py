"""How far figures could be off: the bootstrap, every figure of every model under the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REPLICATES: Final = 200
CUSTOMERS: Final = 50_000
_TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Draws:
    """Figures under every draw, shape (replicates, figures), and of the customers drawn from, (figures,).

    `shrink` brings their spread to that of all customers.
    """

    values: Floats
    centre: Floats
    shrink: float

    def error(self, figure: int) -> float:
        """Standard error of one figure."""
        return float(self.values[:, figure].std(ddof=1) * self.shrink)

    def interval(self, value: float, figure: int, minus: int | None = None) -> tuple[float, float]:
        """95 % percentile interval around `value`, a figure of all customers, or a difference of two.

        It holds `value` itself.
        """
        drawn, centre = self.values[:, figure], float(self.centre[figure])
        if minus is not None:
            drawn, centre = drawn - self.values[:, minus], centre - float(self.centre[minus])
        low, high = (float(bound) for bound in np.quantile(drawn - centre, _TAILS) * self.shrink)
        return value + min(low, 0.0), value + max(high, 0.0)


def draw(
    prepare: Callable[[slice], Callable[[Floats], Floats]],
    customers: int,
    seed: int,
    replicates: int = REPLICATES,
) -> Draws:
    """Measure under Poisson(1) weights: Hanley & MacGibbon (2006), "Creating non-parametric bootstrap samples".

    `prepare(rows)` is given the rows to draw from and answers with the function from their weights,
    shape (m,), to the figures, shape (figures,). Beyond `CUSTOMERS` an evenly spaced part is drawn from,
    and the spread scaled to all: it falls with the root of the number (Bickel, Götze & van Zwet 1997,
    m out of n bootstrap).
    """
    every = max(-(-customers // CUSTOMERS), 1)
    rows = slice(None, None, every)
    part = len(range(customers)[rows])
    measure, random = prepare(rows), np.random.default_rng(seed)
    values = np.array([measure(random.poisson(1.0, part).astype(np.float64)) for _ in range(replicates)])
    return Draws(values, measure(np.ones(part)), float(np.sqrt(part / max(customers, 1))))

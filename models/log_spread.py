"""How wide a customer's spend distribution is: the log spread of spend given a purchase.

Apart from `models.intervals`, which learns it: the web process works with what was learned and needs numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Below any spend that is counted; its log stands for none.
TINY: Final = 1e-9


@dataclass(frozen=True)
class Spread:
    """ln sigma as a linear function of `spread_terms`, kept within the range of training."""

    weights: Floats
    low: float
    high: float

    def sigma(self, terms: Floats) -> Floats:
        """Sigma of each customer in log currency, shape (n,)."""
        return np.asarray(np.exp(np.clip(terms @ self.weights, self.low, self.high)), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """The learned numbers as plain JSON values."""
        return {"weights": self.weights.tolist(), "low": self.low, "high": self.high}


def spread_terms(frequency: Floats, probability: Floats, mu: Floats) -> Floats:
    """What the width of a customer's distribution may depend on, shape (n, 4)."""
    log_odds = np.log(probability / (1.0 - probability))
    return np.column_stack([np.ones(len(mu)), np.log1p(frequency), log_odds, mu])


def location(prediction: Floats, probability: Floats) -> Floats:
    """mu: the log of the expected spend of the customer given a purchase, shape (n,)."""
    return np.asarray(np.log(np.maximum(prediction, TINY) / probability), dtype=np.float64)

"""Red, yellow, blue: who spent less or more than expected, beyond what chance explains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.names import AS_EXPECTED, OVER, UNDER

Floats = NDArray[np.float64]


def default_threshold(spend: Floats) -> float:
    """Half the mean spend in the window, account currency, to the cent and at least one cent."""
    return max(round(float(spend.mean()) / 2.0, 2), 0.01)


def performance(shortfall: Floats, spend_cdf: Floats, threshold: float, level: float) -> NDArray[np.object_]:
    """`under`, `as_expected` or `over` of each customer, shape (n,).

    Under (red): shortfall >= threshold and F <= level; over (blue): -shortfall >= threshold and
    F >= 1 - level, where F is the customer's own predicted spend distribution at what was spent.
    """
    red = (shortfall >= threshold) & (spend_cdf <= level)
    blue = (-shortfall >= threshold) & (spend_cdf >= 1.0 - level)
    return np.where(red, UNDER, np.where(blue, OVER, AS_EXPECTED)).astype(object)

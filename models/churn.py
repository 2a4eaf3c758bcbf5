"""Risk of losing a customer, and what a customer is worth over the coming year."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.btyd import Btyd, histories
from models.distinct import by_distinct

Floats = NDArray[np.float64]
CLV_DAYS: Final = 365.0
_STEPS: Final = 6


def churn_risk(probability: Floats) -> Floats:
    """Probability of no purchase in the horizon that `pred_prob` is about, shape (n,).

    Not "has been silent for N days": that is a feature, and predicting it from itself is circular.
    """
    return 1.0 - probability


def discounted_orders(purchases: Btyd, features: pd.DataFrame, annual_discount: float) -> Floats:
    """Expected purchases in the coming year, each discounted to today, shape (n,).

    Two-monthly steps, discounted from their middle at `annual_discount` a year. Fader, Hardie & Lee
    (2005), "RFM and CLV", JMR 42, discount the same expectation continuously.
    """
    ends = CLV_DAYS / _STEPS * np.arange(1, _STEPS + 1)
    discounts = (1.0 + annual_discount) ** (-(np.arange(_STEPS) + 0.5) / _STEPS)

    def of_the_living(x: Floats, observed: Floats) -> Floats:
        total, before = np.zeros(len(x)), np.zeros(len(x))
        for end, discount in zip(ends, discounts, strict=True):
            until = purchases.orders_of_the_living(x, observed, end)
            total += discount * (until - before)
            before = until
        return total

    x, t_x, observed = histories(features)
    return purchases.p_alive(x, t_x, observed) * by_distinct(of_the_living, x, observed)


def lifetime_value(
    purchases: Btyd, features: pd.DataFrame, prediction: Floats, horizon_days: float, annual_discount: float
) -> Floats:
    """Expected net spend over the coming 12 months, discounted, account currency, shape (n,).

    `pred_spend` of the horizon, times the discounted MBG/NBD purchases expected in a year over those
    expected in the horizon: the level is the spend model's, the shape in time is the purchase model's.
    """
    in_horizon = purchases.expected_orders(*histories(features), horizon_days)
    in_year = discounted_orders(purchases, features, annual_discount)
    even = CLV_DAYS / horizon_days
    ratio = np.where(in_horizon > 1e-9, in_year / np.maximum(in_horizon, 1e-9), even)
    return np.asarray(prediction * np.minimum(ratio, max(even, 1.0)), dtype=np.float64)

"""Platt scaling: a straight line in log-odds that makes probabilities mean what they say.

Source: Platt (1999), "Probabilistic outputs for support vector machines", with the smoothed targets of
his section 2.2, so that small or one-sided samples stay finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
# A slope in this range is within what a few thousand customers tell from 1.
SLOPE_TOLERANCE = 0.1


@dataclass(frozen=True)
class Platt:
    """probability = expit(slope x log-odds + intercept)."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """Rescaled log-odds, shape (n,)."""
        return self.slope * log_odds + self.intercept


def fit_platt(log_odds: Floats, flag: Floats) -> Platt:
    """Fit slope and intercept by Newton's method; flags of one class, or equal scores, give slope 1."""
    positives = float(flag.sum())
    negatives = len(flag) - positives
    if not positives or not negatives:
        return Platt()
    target = np.where(flag > 0, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))
    moves = float(log_odds.std()) > 1e-9
    design = np.column_stack([log_odds, np.ones(len(flag))]) if moves else np.ones((len(flag), 1))
    offset = np.zeros(len(flag)) if moves else log_odds
    theta = np.array([1.0, 0.0]) if moves else np.zeros(1)

    def loss(parameters: Floats) -> float:
        value = design @ parameters + offset
        return float((np.logaddexp(0.0, value) - target * value).mean())

    current = loss(theta)
    for _ in range(50):
        p = expit(design @ theta + offset)
        gradient = design.T @ (p - target)
        weight = np.maximum(p * (1.0 - p), 1e-12)
        step = np.linalg.solve((design * weight[:, None]).T @ design + 1e-9 * np.eye(len(theta)), gradient)
        # Half the step until the loss no longer rises: Newton may overshoot from a bad start.
        size = 1.0
        while (following := loss(theta - size * step)) > current + 1e-15 and size > 1e-6:
            size /= 2.0
        theta = theta - size * step
        if current - following < 1e-14:
            break
        current = following
    return Platt(float(theta[0]), float(theta[1])) if moves else Platt(1.0, float(theta[0]))


def needs_platt(log_odds: Floats, flag: Floats) -> bool:
    """Whether the calibration slope is further from 1 than `SLOPE_TOLERANCE`."""
    return abs(fit_platt(log_odds, flag).slope - 1.0) > SLOPE_TOLERANCE


def cross_fitted(log_odds: Floats, flag: Floats, fold: NDArray[np.int64]) -> Floats:
    """Each fold rescaled by the line of the other folds, shape (n,)."""
    scaled = np.array(log_odds, dtype=np.float64)
    for k in range(int(fold.max()) + 1):
        rest = fold != k
        if rest.any() and not rest.all():
            scaled[~rest] = fit_platt(log_odds[rest], flag[rest]).apply(log_odds[~rest])
    return scaled

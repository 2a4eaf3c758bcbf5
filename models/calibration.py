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
# Beyond this the number of buyers a model expects is not the number there were by bad luck.
LEVEL_ERRORS = 2.0


@dataclass(frozen=True)
class Platt:
    """probability = expit(slope x log-odds + intercept)."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """Rescaled log-odds, shape (n,)."""
        return self.slope * log_odds + self.intercept


def fit_platt(log_odds: Floats, flag: Floats) -> Platt:
    """Slope and intercept with Platt's targets; flags of one class, or equal scores, give slope 1."""
    positives = float(flag.sum())
    negatives = len(flag) - positives
    return _fit_line(log_odds, flag, 1.0 / (negatives + 2.0), (positives + 1.0) / (positives + 2.0))


def calibration_line(log_odds: Floats, flag: Floats) -> Platt:
    """Slope and intercept of an unpenalised logistic regression of the outcomes themselves.

    The measure of calibration (Cox 1958, "Two further applications of a model for binary regression"),
    where `fit_platt` is the remedy. Flags of one class, or equal scores, give slope 1.
    """
    return _fit_line(log_odds, flag, 0.0, 1.0)


def _fit_line(log_odds: Floats, flag: Floats, low: float, high: float) -> Platt:
    """Logistic regression by Newton's method on the target `high` of buyers and `low` of the others."""
    if not flag.any() or flag.all():
        return Platt()
    # Customers of nearly the same score stand together: a million are some ten thousand points.
    points, position = np.unique(np.round(log_odds, 4), return_inverse=True)
    weight = np.bincount(position).astype(np.float64)
    bought = np.bincount(position, weights=flag)
    target = bought * high + (weight - bought) * low
    moves = len(points) > 1
    design = np.column_stack([points, np.ones(len(points))]) if moves else np.ones((1, 1))
    offset = np.zeros(len(points)) if moves else points
    theta = np.array([1.0, 0.0]) if moves else np.zeros(1)

    def loss(parameters: Floats) -> float:
        value = design @ parameters + offset
        return float((weight * np.logaddexp(0.0, value) - target * value).sum() / len(flag))

    current = loss(theta)
    for _ in range(50):
        p = expit(design @ theta + offset)
        gradient = design.T @ (weight * p - target)
        curvature = weight * np.maximum(p * (1.0 - p), 1e-12)
        step = np.linalg.solve((design * curvature[:, None]).T @ design + 1e-9 * np.eye(len(theta)), gradient)
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
    """Whether slope or level is off: the slope by `SLOPE_TOLERANCE`, the number of buyers by two errors."""
    probability = expit(log_odds)
    error = float(np.sqrt((probability * (1.0 - probability)).sum()))
    off = abs(float(probability.sum() - flag.sum())) > LEVEL_ERRORS * error
    return bool(off) or abs(fit_platt(log_odds, flag).slope - 1.0) > SLOPE_TOLERANCE


def cross_fitted(log_odds: Floats, flag: Floats, fold: NDArray[np.int64]) -> Floats:
    """Each fold rescaled by the line of the other folds, shape (n,)."""
    scaled = np.array(log_odds, dtype=np.float64)
    for k in range(int(fold.max()) + 1):
        rest = fold != k
        if rest.any() and not rest.all():
            scaled[~rest] = fit_platt(log_odds[rest], flag[rest]).apply(log_odds[~rest])
    return scaled

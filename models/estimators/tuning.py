"""How fast to learn and for how long: a holdout of the training rows decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOLDOUT: Final = 0.25
# The first is taken unless another is better by more than chance. Slower ones measured no better than
# 0.05 on two shops and two windows, and faster ones worse wherever chance let them win.
RATES: Final = (0.05, 0.1, 0.3)
MOST_ROUNDS: Final = 600
# A holdout of fewer rows, or of fewer that differ from the most common outcome, would choose by chance.
_FEWEST, _FEWEST_DIFFERENT = 50, 10


@dataclass(frozen=True)
class Pace:
    """Learning rate and number of trees of a boosting."""

    learning_rate: float
    rounds: int


@dataclass(frozen=True)
class Trial:
    """What one learning rate reached on the holdout: its best number of rounds and the loss of each row."""

    pace: Pace
    losses: Floats


def holdout(rows: int, seed: int, limit: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows to learn from, rows to choose by): at most `limit` of all, by seed and position, each in order."""
    drawn = np.random.default_rng(seed).permutation(rows)[:limit]
    split = int(len(drawn) * HOLDOUT)
    return np.sort(drawn[split:]), np.sort(drawn[:split])


def tells(target: Floats) -> bool:
    """Whether a holdout of these outcomes, shape (n,), is enough to choose by."""
    if len(target) < _FEWEST:
        return False
    _, counts = np.unique(target, return_counts=True)
    return bool(len(target) - counts.max() >= _FEWEST_DIFFERENT)


def patience(rate: float) -> int:
    """Rounds without a better holdout loss after which a learning rate is given up: more for small steps."""
    return max(10, round(2.0 / rate))


def choose(attempt: Callable[[float], Trial]) -> Pace:
    """The first of RATES, unless another has a lower holdout loss by more than a standard error.

    The error is that of the paired difference, as in the rule for the champion.
    """
    home, *others = (attempt(rate) for rate in RATES)
    better = [one for one in others if _gain(home, one) > 0]
    return min([home, *better], key=lambda one: float(one.losses.mean())).pace


def _gain(home: Trial, other: Trial) -> float:
    """By how much the other trial's loss is lower, beyond one standard error."""
    saved = home.losses - other.losses
    return float(saved.mean() - saved.std() / np.sqrt(len(saved)))

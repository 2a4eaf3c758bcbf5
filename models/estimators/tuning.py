"""How fast to learn and for how long: a holdout of the training rows decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOLDOUT: Final = 0.25
# Fewer rows than this in the holdout, or fewer buyers, would choose by chance.
FEWEST: Final = 50


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


def choose(try_rate: Callable[[float], Trial], rates: tuple[float, ...]) -> Pace:
    """The largest of `rates` whose holdout loss is within a standard error of the lowest.

    The error is that of the paired difference; a larger rate needs fewer trees.
    """
    trials = [try_rate(rate) for rate in rates]
    best = min(trials, key=lambda one: (float(one.losses.mean()), -one.pace.learning_rate))
    for one in sorted(trials, key=lambda one: -one.pace.learning_rate):
        difference = one.losses - best.losses
        if float(difference.mean()) <= float(difference.std() / np.sqrt(len(difference))):
            return one.pace
    return best.pace

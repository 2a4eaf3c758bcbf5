"""A probability that stands in the matrix already."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.estimators.base import Floats, LogOdds, bounded_logit


class ColumnProbability(LogOdds):
    """The probability in one column, such as MBG/NBD's own; nothing is learned from outcomes.

    A probability that is missing counts as one half.
    """

    def __init__(self, column: int = 0) -> None:
        self.column = column

    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, flag: Floats) -> None:  # noqa: ARG002 - nothing to learn
        self._one_of(self.column)

    def _log_odds(self, matrix: Floats) -> Floats:
        return bounded_logit(np.nan_to_num(matrix[:, self.column], nan=0.5))

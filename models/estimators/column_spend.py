"""A spend that stands in the matrix already."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.estimators.base import Currency, Floats


class ColumnSpend(Currency):
    """The spend in one column, at least 0: what was spent before, say; nothing is learned from outcomes.

    A spend that is missing counts as 0.
    """

    def __init__(self, column: int = 0) -> None:
        self.column = column

    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, spend: Floats) -> None:  # noqa: ARG002 - nothing to learn
        self._one_of(self.column)

    def _spend(self, matrix: Floats) -> Floats:
        return np.maximum(np.nan_to_num(matrix[:, self.column], nan=0.0), 0.0)

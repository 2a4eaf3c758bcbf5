"""A spend that stands in the matrix already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from models.estimators.base import Currency, Floats, numbers


class ColumnSpend(Currency):
    """The spend in one column, at least `least` x the training customers' mean spend, and at least 0.

    Nothing else is learned from outcomes. A spend that is missing counts as 0.
    """

    def __init__(self, column: int = 0, least: float = 0.0) -> None:
        self.column = column
        self.least = least

    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, spend: Floats) -> None:  # noqa: ARG002 - it stands in the matrix
        self._one_of(self.column)
        self.floor_ = self.least * max(float(spend.mean()), 0.0)

    def _spend(self, matrix: Floats) -> Floats:
        return np.maximum(np.nan_to_num(matrix[:, self.column], nan=0.0), self.floor_)

    def _state(self) -> dict[str, Any]:
        return {"floor": self.floor_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.floor_ = float(numbers([state["floor"]])[0])

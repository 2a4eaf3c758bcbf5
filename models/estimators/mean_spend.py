"""The same spend for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from models.estimators.base import Currency, Floats, numbers


class MeanSpend(Currency):
    """The training customers' mean spend, at least 0, for everybody."""

    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, spend: Floats) -> None:  # noqa: ARG002 - the same for everybody
        self.mean_ = max(float(spend.mean()), 0.0)

    def _spend(self, matrix: Floats) -> Floats:
        return np.full(len(matrix), self.mean_)

    def _state(self) -> dict[str, Any]:
        return {"mean": self.mean_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.mean_ = float(numbers([state["mean"]])[0])

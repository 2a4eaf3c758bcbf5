"""The same chance for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from models.estimators.base import Floats, LogOdds, bounded_logit, numbers, smoothed_share


class BaseRate(LogOdds):
    """The training customers' share of buyers, half a customer of each kind added, for everybody."""

    _poor_score: ClassVar = True

    def _learn(self, matrix: Floats, flag: Floats) -> None:  # noqa: ARG002 - the same for everybody
        self.start_ = float(bounded_logit(np.array(smoothed_share(flag))))

    def _log_odds(self, matrix: Floats) -> Floats:
        return np.full(len(matrix), self.start_)

    def _state(self) -> dict[str, Any]:
        return {"start": self.start_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.start_ = float(numbers([state["start"]])[0])

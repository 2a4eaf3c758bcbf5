"""Made-up customers of whom it is known what decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.transforms import fit_baseline

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Signal:
    """2,000 customers: the first column decides, the second is noise, the third is often missing."""

    matrix: Floats
    log_odds: Floats
    flag: Floats
    spend: Floats


@pytest.fixture(scope="session")
def signal() -> Signal:
    random = np.random.default_rng(1)
    matrix = np.column_stack(
        [random.normal(0, 1, 2_000), random.normal(0, 1, 2_000), random.lognormal(3, 1, 2_000)]
    )
    matrix[::3, 2] = np.nan
    log_odds = 1.5 * matrix[:, 0] - 1.0
    flag = (random.random(2_000) < 1 / (1 + np.exp(-log_odds))).astype(float)
    spend = flag * np.exp(3.0 + 0.5 * matrix[:, 0] + random.normal(0, 0.3, 2_000))
    return Signal(matrix, log_odds, flag, spend)


@pytest.fixture(scope="session")
def customers(simulate: Any) -> tuple[Floats, Floats, Floats]:
    """(matrix of MODEL_FEATURES, flag, spend) of 500 simulated customers."""
    past = simulate(500, 3).past.frame
    return (
        fit_baseline(past).matrix(past, 90),
        past["actual_flag"].to_numpy(),
        past["actual_spend"].to_numpy(),
    )

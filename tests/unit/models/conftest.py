"""Simulated customers whose true parameters are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pytest

from data.features import EPOCH, features_sql
from data.names import CUSTOMER_ID
from models.analysis import AnalysisResult, analyse
from models.backtest import Origin
from models.params import AnalysisParams

HORIZON = 90
LAST_DAY = 720


@dataclass(frozen=True)
class Simulated:
    """One simulated shop: the arguments of `analyse`."""

    past: Origin
    score: pd.DataFrame
    earlier: list[Origin]


def _lines(customers: int, seed: int) -> pd.DataFrame:
    """Orders of customers who follow MBG/NBD (r .8, alpha 60 days, a .8, b 3) and Gamma-Gamma values."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        rate, leaving = random.gamma(0.8, 1 / 60), random.beta(0.8, 3.0)
        scale = 40.0 / random.gamma(4.0, 0.25)
        day = float(random.integers(0, 400))
        while day <= LAST_DAY:
            rows.append((f"C{number:05d}", int(day), round(float(random.gamma(3.0, scale / 3.0)) + 0.01, 2)))
            if random.random() < leaving:
                break
            day += random.exponential(1.0 / max(rate, 1e-9))
    frame = pd.DataFrame(rows, columns=[CUSTOMER_ID, "day", "amount"])
    frame["order_id"] = [f"O{number}" for number in range(len(frame))]
    return frame


def _features(lines: pd.DataFrame, cutoff: int, horizon: int | None) -> pd.DataFrame:
    connection = duckdb.connect()
    connection.register("orders_frame", lines)
    connection.execute(
        "CREATE VIEW lines AS SELECT customer_id, order_id, CAST(day AS INTEGER) AS day, 1.0 AS quantity, "
        "CAST(amount AS DECIMAL(18,4)) AS amount, CAST(NULL AS VARCHAR) AS product_id FROM orders_frame"
    )
    text = features_sql(EPOCH + dt.timedelta(days=cutoff), horizon)
    frame = connection.sql(f"{text} ORDER BY 1").df()
    connection.close()
    return frame.astype({name: "float64" for name in frame.columns if name != CUSTOMER_ID})


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Simulated]:
    """A shop of so many simulated customers."""

    def build(customers: int = 900, seed: int = 7) -> Simulated:
        lines = _lines(customers, seed)
        days = [LAST_DAY - HORIZON * step for step in (1, 2, 3)]
        origins = [Origin(EPOCH + dt.timedelta(days=day), _features(lines, day, HORIZON)) for day in days]
        return Simulated(origins[0], _features(lines, LAST_DAY, None), origins[1:])

    return build


@pytest.fixture(scope="session")
def shop(simulate: Callable[..., Simulated]) -> Simulated:
    """One shop of 900 customers."""
    return simulate()


@pytest.fixture(scope="session")
def untuned(shop: Simulated) -> AnalysisResult:
    """An analysis of the shop in which every learner competed, without a backtest."""
    return analyse(shop.past, shop.score, [], AnalysisParams(tune=False))

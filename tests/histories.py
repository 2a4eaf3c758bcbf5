"""Purchase histories: CDNOW's, whose estimates are published, and simulated ones, whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from models.btyd import Btyd
from settings import Settings

Floats = NDArray[np.float64]
SAMPLE = Settings().real_data / "cdnow" / "CDNOW_sample.txt"
needs_cdnow = pytest.mark.skipif(not SAMPLE.exists(), reason="CDNOW is not in LAPWING_REAL_DATA")


def cdnow() -> pd.DataFrame:
    """CDNOW's 1/10 sample in its first 39 weeks: x, t_x, T in weeks, mean value of repeat purchases."""
    names = ["master", "id", "day", "cds", "amount"]
    lines = pd.read_csv(SAMPLE, sep=r"\s+", header=None, names=names, dtype={"day": str})
    lines["day"] = pd.to_datetime(lines["day"], format="%Y%m%d")
    end = pd.Timestamp("1997-09-30")
    days = lines[lines["day"] <= end].groupby(["id", "day"], as_index=False)["amount"].sum()
    first = days.groupby("id")["day"].transform("min")
    repeats = days[days["day"] > first].groupby("id")["amount"].mean()
    span = days.groupby("id")["day"].agg(["min", "max", "count"])
    return pd.DataFrame(
        {
            "x": span["count"] - 1.0,
            "t_x": (span["max"] - span["min"]).dt.days / 7,
            "T": (end - span["min"]).dt.days / 7,
            "value": repeats.reindex(span.index),
        }
    )


def simulated(
    truth: Btyd, customers: int, seed: int, spans: tuple[float, float] = (20, 60)
) -> tuple[Floats, Floats, Floats, Floats]:
    """x, t_x, T and purchases in the 30 units of time after T, of customers who follow `truth`."""
    random = np.random.default_rng(seed)
    observed = random.uniform(*spans, customers).round()
    rate = random.gamma(truth.r, 1 / truth.alpha, customers)
    leaving = random.beta(truth.a, truth.b, customers)
    x, t_x, later, clock = (np.zeros(customers) for _ in range(4))
    alive, first = np.ones(customers, dtype=bool), True
    while alive.any():
        # BG/NBD lets nobody leave after the first purchase.
        if truth.modified or not first:
            alive &= random.random(customers) >= leaving
        first = False
        clock = clock + random.exponential(1.0, customers) / np.maximum(rate, 1e-200)
        alive &= clock <= observed + 30
        inside = alive & (clock <= observed)
        x[inside] += 1
        t_x[inside] = clock[inside]
        later[alive & ~inside] += 1
    return x, t_x, observed, later

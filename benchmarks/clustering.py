"""Clusters of a million customers: encoded, their number chosen, fitted, all assigned, judged, projected."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.btyd import order_values, simulated
from benchmarks.measure import LARGE_CUSTOMERS, Figure, peak_memory_mb
from models.segmentation import cluster, stability
from models.segmentation.choose import choose_k
from models.segmentation.components import fit_components
from models.segmentation.matrix import fit_encoder
from models.segmentation.params import DBSCAN, GAUSSIAN, HDBSCAN, KMEANS, WARD
from models.segmentation.quality import quality

FEATURES = ("recency_days", "frequency", "monetary", "mean_order_value", "tenure_days", "unique_products")
CLUSTERS = 5


class _Timer:
    """Collects wall and processor seconds of named steps."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.wall = self.busy = 0.0

    def __call__(self, what: str, action: Callable[[], Any], budget: float | None = None) -> Any:
        wall, before = time.perf_counter(), os.times()
        result = action()
        seconds, after = time.perf_counter() - wall, os.times()
        busy = after.user + after.system - before.user - before.system
        self.wall += seconds
        self.busy += busy
        self.figures += [Figure(what, seconds, "s", budget), Figure("  processor", busy, "s")]
        return result


def measure() -> list[Figure]:
    """The whole of K-Means with the number chosen, step by step; then the other methods with 5 segments."""
    frame = customers(LARGE_CUSTOMERS, seed=1)
    timer = _Timer()
    encoder, _ = timer("learning how to compare columns", lambda: fit_encoder(frame, FEATURES, "auto", {}))
    matrix = timer("encoding", lambda: encoder.transform(frame))
    choice = timer("choosing 2 to 10 segments", lambda: choose_k(matrix))
    k = choice.recommended
    found = timer(f"K-Means, {k} segments", lambda: cluster.fit(matrix, KMEANS, k))
    codes = timer("assigning all", lambda: found.assign(matrix))
    timer("quality", lambda: quality(matrix, codes))
    refit = cluster.refit_of(KMEANS, k, customers=len(matrix))
    sample = stability.SAMPLES[KMEANS]
    timer("stability", lambda: stability.stability(matrix, codes, refit, k, sample=sample), 2)
    view = timer("components", lambda: fit_components(matrix, encoder.columns))
    timer("their coordinates", lambda: view.transform(matrix))
    what = f"all of it, {LARGE_CUSTOMERS:,} customers x {len(FEATURES)} columns"
    figures = [Figure(what, timer.wall, "s", 12), Figure("  processor", timer.busy, "s"), *timer.figures]
    others = _Timer()
    for method in (GAUSSIAN, WARD, DBSCAN, HDBSCAN):
        fitted = others(f"{method}, fitted to a sample", lambda m=method: cluster.fit(matrix, m, CLUSTERS))
        others(f"{method}, assigning all", lambda one=fitted: one.assign(matrix))
    return [*figures, *others.figures, Figure("peak memory", peak_memory_mb(), "MB", 2000)]


def customers(count: int, seed: int) -> pd.DataFrame:
    """Customers who buy by MBG/NBD over two years and spend by Gamma-Gamma, one row each."""
    random = np.random.default_rng(seed)
    repeats, last, observed = simulated(count, seed)
    _, value = order_values(count, seed)
    orders = repeats + 1.0
    return pd.DataFrame(
        {
            "recency_days": observed - np.minimum(last, observed),
            "frequency": orders,
            "monetary": np.round(orders * value, 2),
            "mean_order_value": value,
            "tenure_days": observed,
            "unique_products": 1.0 + random.poisson(2.0 * orders),
        }
    )

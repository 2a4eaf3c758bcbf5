"""The features of a million customers, against a scan of the columns they read."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.measure import Figure, large_workspace, peak_memory_mb
from data.engine import connect, scan
from data.features import customer_features
from data.store import Store
from settings import Settings


def measure() -> list[Figure]:
    """Best of three, both in this run, so that the ratio means something on a noisy machine."""
    store = Store(large_workspace())
    dataset = store.datasets()[0]
    cutoff = dataset.last_date - dt.timedelta(days=90)
    paths = [path for bucket in dataset.buckets for path in bucket]
    settings = Settings()
    with (
        tempfile.TemporaryDirectory() as temp,
        closing(
            connect([store.home], threads=settings.threads, memory_mb=settings.memory_mb, temp=Path(temp))
        ) as connection,
    ):

        def once(action: str) -> float:
            start = time.perf_counter()
            if action == "scan":
                connection.execute(
                    "SELECT max(customer_id), max(order_id), max(product_id), sum(quantity), sum(amount),"
                    f" max(day) FROM {scan(paths)}"
                ).fetchall()
            else:
                customer_features(connection, dataset.buckets, cutoff, 90)
            return time.perf_counter() - start

        bound = min(once("scan") for _ in range(3))
        spent = min(once("features") for _ in range(3))
    rows = dataset.manifest["rows"]["kept"]
    return [
        Figure(f"scan of {rows:,} rows", bound, "s"),
        Figure(f"features at a cutoff, {rows:,} rows", spent, "s"),
        Figure("features against the scan", spent / bound, "x", 8.0),
        Figure("peak memory", peak_memory_mb(), "MB"),
    ]

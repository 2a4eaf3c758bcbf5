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

SOME_CUSTOMERS = 100_000


def measure() -> list[Figure]:
    """Best of three, all in this run, so that the ratio means something on a noisy machine.

    Processor seconds stand beside the wall's: other work on the machine moves them less.
    """
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

        def once(action: str) -> tuple[float, float]:
            start, spent = time.perf_counter(), time.process_time()
            if action == "scan":
                connection.execute(
                    "SELECT max(customer_id), max(order_id), max(product_id), sum(quantity), sum(amount),"
                    f" max(day) FROM {scan(paths)}"
                ).fetchall()
            else:
                some = SOME_CUSTOMERS if action == "some" else None
                customer_features(connection, dataset.buckets, cutoff, 90, some)
            return time.perf_counter() - start, time.process_time() - spent

        def best(action: str) -> tuple[float, float]:
            times = [once(action) for _ in range(3)]
            return min(wall for wall, _ in times), min(processor for _, processor in times)

        (bound, bound_cpu), (spent, spent_cpu), (_, some_cpu) = best("scan"), best("features"), best("some")
    rows = dataset.manifest["rows"]["kept"]
    return [
        Figure(f"scan of {rows:,} rows", bound, "s"),
        Figure(f"features at a cutoff, {rows:,} rows", spent, "s"),
        Figure("features against the scan", spent / bound, "x", 8.0),
        Figure("the same in processor seconds", spent_cpu / bound_cpu, "x"),
        Figure(
            f"features of {SOME_CUSTOMERS:,} customers against all, processor", some_cpu / spent_cpu, "x", 0.5
        ),
        Figure("peak memory", peak_memory_mb(), "MB"),
    ]

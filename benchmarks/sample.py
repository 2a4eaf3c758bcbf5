"""Making the sample: a million customers, with the truth beside them."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.measure import LARGE_CUSTOMERS, Figure, timed_process


def measure() -> list[Figure]:
    """Wall and processor seconds and peak memory of `lapwing sample`, the small sample of the first start and the large."""
    lapwing = str(Path(sys.executable).parent / "lapwing")
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample.parquet"
        for customers, budget in ((5_000, 3.0), (LARGE_CUSTOMERS, 60.0)):
            command = [lapwing, "sample", "--customers", str(customers), "--out", str(out)]
            before = _processor_seconds()
            seconds, memory = timed_process(command)
            busy = _processor_seconds() - before
            rows = pq.read_metadata(out).num_rows
            name = f"sample of {customers:,} customers, {rows:,} rows"
            figures += [
                Figure(name, seconds, "s", budget),
                Figure("  processor", busy, "s"),
                Figure("  peak memory", memory, "MB", 2_000.0),
            ]
    return figures


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

"""`lapwing import` of large CSV files: seconds, processor time and peak memory."""

from __future__ import annotations

import resource
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.measure import RESULTS, Figure, timed_process
from data.engine import connect, quote, scan
from data.sample import write_sample

# Rows, the customers of the sample that have at least as many, and the seconds an import may take.
FILES = ((3_000_000, 345_000, 15.0), (10_000_000, 1_150_000, 45.0))


def measure() -> list[Figure]:
    """Each file from the CSV to the published data set, in a workspace of its own; the files are kept."""
    figures = []
    for rows, customers, budget in FILES:
        path = large_csv(rows, customers)
        name = f"import of {rows:,} rows ({path.stat().st_size / 1e6:,.0f} MB)"
        with tempfile.TemporaryDirectory() as home:
            before = _processor_seconds()
            command = [sys.executable, "-m", "cli", "import", str(path)]
            seconds, memory = timed_process(command, {"LAPWING_HOME": home})
            spent = _processor_seconds() - before
        figures += [
            Figure(name, seconds, "s", budget),
            Figure(f"{name}, processor time", spent, "s"),
            Figure(f"{name}, peak memory", memory, "MB", 3072.0),
        ]
    return figures


def large_csv(rows: int, customers: int) -> Path:
    """A CSV of `rows` rows of the sample and nine columns, with a text of its own in each product."""
    path = RESULTS / f"rows-{rows}.csv"
    if path.is_file():
        return path
    sample = RESULTS / f"rows-{rows}.parquet"
    write_sample(sample, customers, seed=7)
    words = "'a description of the product with the number ' || product_id"
    with closing(connect([RESULTS])) as connection:
        connection.execute(
            f"COPY (SELECT *, {words} AS description FROM {scan([sample])} LIMIT {rows}) "
            f"TO {quote(str(path.resolve()))} (FORMAT csv, HEADER)"
        )
    sample.unlink()
    return path


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

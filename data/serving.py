"""The file a page asks: an analysis' customers as a DuckDB file, made once when it is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

SERVING = "serving.duckdb"
WINDOWS = ("past", "next")


def write_serving(
    path: Path,
    past: pd.DataFrame,
    score: pd.DataFrame,
    people: pd.DataFrame | None = None,
    *,
    threads: int,
) -> None:
    """Write the tables `past` and `next` of `path` from the customers of the two windows.

    To their columns come `x` and `y`, the chart's axes (log10 of frequency, probability) in four
    bytes, and `shuffle`, a fixed random number in [0, 1) that the rows are ordered by: "the first so
    many" is then a fair sample that the engine reads without sorting, the same at each visit. `next` also gets the
    columns of `people`, by `customer_id`: what customers did in the periods of the overview.
    """
    connection = duckdb.connect(str(path), config={"threads": threads})
    try:
        for table, frame in zip(WINDOWS, (past, score), strict=True):
            connection.register("source", frame)
            source = "source"
            if table == "next" and people is not None:
                connection.register("people", people)
                source = "source LEFT JOIN people USING (customer_id)"
            connection.execute(
                f"CREATE TABLE {table} AS SELECT *, CAST(log10(frequency) AS FLOAT) AS x,"
                " CAST(pred_prob AS FLOAT) AS y,"
                " CAST(hash(customer_id) AS DOUBLE) / 18446744073709551616.0 AS shuffle"
                f" FROM {source} ORDER BY shuffle, customer_id"
            )
            connection.unregister("source")
    finally:
        connection.close()

"""Reads a published prediction: its first customers, and all of them in batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data.engine import connect, scan
from data.errors import StoreError
from data.store import Prediction

BATCH = 20_000


def first_rows(prediction: Prediction, rows: int) -> list[dict[str, Any]]:
    """The `rows` customers with the highest expected spend, as plain values by column.

    Raises StoreError where the file cannot be read.
    """
    source = scan([prediction.scored])
    try:
        with closing(connect([prediction.path], threads=1)) as connection:
            text = f"SELECT * FROM {source} ORDER BY pred_spend DESC, customer_id LIMIT ?"
            table: pa.Table = connection.sql(text, params=[rows]).to_arrow_table()
    except duckdb.Error as error:
        raise StoreError(f"{prediction.name}: the scored customers cannot be read.") from error
    records: list[dict[str, Any]] = table.to_pylist()
    return records


def batches(prediction: Prediction) -> Iterator[pa.RecordBatch]:
    """All scored customers in the order they were written, by customer id, a batch at a time."""
    with pq.ParquetFile(prediction.scored) as file:
        yield from file.iter_batches(batch_size=BATCH)

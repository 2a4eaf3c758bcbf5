"""Parquet files, streamed as text; the types they carry settle what text leaves open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError
from data.reading.batches import Batch, check_width

_BATCH_ROWS: Final = 100_000


def open_parquet(path: Path, name: str) -> pq.ParquetFile:
    """The file with its footer read; raises InputError where it is damaged or empty."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise InputError(f"{name} is a damaged or cut-short Parquet file: copy it again.") from None
    check_width(len(file.schema_arrow), name)
    if file.metadata.num_rows == 0:
        raise InputError(f"{name} has columns but no rows: there is nothing to import.")
    return file


def typed_numbers(file: pq.ParquetFile) -> tuple[bool, ...]:
    """For each column, whether it holds numbers as such, whose decimal mark is no question."""
    return tuple(_is_number(field.type) for field in file.schema_arrow)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def parquet_batches(file: pq.ParquetFile, name: str) -> Iterator[Batch]:
    """All rows in order as text, numbered from 1; raises InputError where a part is damaged."""
    rows, seen = file.metadata.num_rows, 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            lines = np.arange(seen + 1, seen + 1 + batch.num_rows, dtype=np.int64)
            seen += batch.num_rows
            yield Batch(tuple(as_text(column) for column in batch.columns), lines, done=seen / rows)
    except (pa.ArrowInvalid, OSError):
        raise InputError(
            f"{name} is a damaged Parquet file: row {seen + 1:,} and on cannot be read."
        ) from None


def as_text(column: pa.Array) -> pa.Array:
    """`column` as text, '' for what is missing; whole numbers have no decimal point."""
    kind = column.type
    try:
        text = column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Lists, records and bytes that are no text: kept, as JSON or hexadecimal digits.
        values = column.to_pylist()
        text = pa.array([None if value is None else _word(value) for value in values], pa.string())
    if pa.types.is_timestamp(kind):
        text = pc.replace_substring_regex(text, r"\.0+(Z|[+-]\d{4})?$", r"\1")
    if pa.types.is_floating(kind):
        # A missing number that some writers store as one.
        text = pc.if_else(pc.is_nan(column), "", text)
    return pc.fill_null(text, "")


def _word(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else json.dumps(value, default=str, ensure_ascii=False)

"""Asks a published DuckDB file, from many threads at once, closed to everything but that file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from data.errors import StoreError


class Reader:
    """A read-only connection with a cursor for each thread.

    The file may be deleted meanwhile: what is open stays readable. Settings are locked, and no other file,
    extension or address can be reached through it. Raises StoreError where the file is damaged.
    """

    def __init__(self, path: Path, *, threads: int = 2, memory_mb: int = 1024) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "lock_configuration": True,
        }
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=config)
        except duckdb.Error as error:
            raise StoreError(
                f"The file {path.name} of {path.parent.name} is damaged and cannot be read."
            ) from error
        self._local = threading.local()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of `table`, in order."""
        return tuple(row[0] for row in self.rows(f"SELECT column_name FROM (DESCRIBE {table})"))

    def rows(self, text: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The answer as plain rows."""
        return self._cursor().execute(text, dict(params or {})).fetchall()

    def arrays(self, text: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer as a numpy array by column; a column with NULLs comes as a masked array."""
        return dict(self._cursor().execute(text, dict(params or {})).fetchnumpy())

    def frame(self, text: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The answer as a frame."""
        return self._cursor().execute(text, dict(params or {})).df()

    def batches(
        self, text: str, params: Mapping[str, Any] | None = None, rows: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """The answer in Arrow batches of about `rows`, through a cursor of its own: slow readers hold up nobody."""
        cursor = self._connection.cursor()
        try:
            yield from cursor.sql(text, params=dict(params or {})).to_arrow_reader(rows)
        finally:
            cursor.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor


def stratified(sizes: Mapping[int, int], limit: int) -> dict[int, float]:
    """The share of each stratum to draw: equal numbers, what small strata leave going to the others."""
    left = limit
    shares: dict[int, float] = {}
    for place, (name, size) in enumerate(sorted(sizes.items(), key=lambda item: (item[1], item[0]))):
        take = min(size, left // (len(sizes) - place))
        # 2: above any `shuffle`, so all of the stratum.
        shares[name] = 2.0 if take == size else take / size
        left -= take
    return shares

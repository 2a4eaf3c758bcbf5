"""A whole file streamed to disk as text, every row of it accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from data.accounting import counted
from data.errors import InputError
from data.reading.batches import Batch, OddRow
from data.reading.options import Inspection, Report, Staged, no_report
from data.reading.sources import Content, sniff, unpacked_file
from data.reading.tables import table_batches

LINE_NO: Final = "line_no"
_COMPRESSION: Final = "lz4"
# One block of the staged file; and the texts of one beyond which a dictionary costs more than it saves.
_GROUP_ROWS: Final = 120_000
_GROUP_BYTES: Final = 32 << 20
_DICTIONARY_BYTES: Final = 1 << 17


def column_key(at: int) -> str:
    """The staged name of the file's column number `at` (from 0): names of our own need no quoting."""
    return f"c{at}"


def stage(inspection: Inspection, folder: Path, report: Report = no_report) -> Staged:
    """Stream the inspected file into `folder`/staged.parquet (and odd.parquet for rows that do not fit).

    Bounded memory; nothing is dropped. Raises QuestionError while a question is open, and InputError
    where the file turns out to be unreadable further down.
    """
    inspection.require_answers()
    content = sniff(inspection.path, inspection.name)
    writer = _Writer(folder, len(inspection.columns))
    unpacking = unpacked_file(
        inspection.path, content if content.kind != "text" else Content("text", False), inspection.name
    )
    with unpacking as real, ThreadPoolExecutor(2) as helpers:
        digest = helpers.submit(_sha256, inspection.path)
        try:
            for batch in _ahead(table_batches(inspection, real), helpers):
                writer.write(batch)
                report(
                    batch.done, f"Reading {inspection.name}: {counted(writer.rows + writer.odd_rows, 'row')}"
                )
        finally:
            writer.close()
    if not writer.rows and not writer.odd_rows:
        raise InputError(f"{inspection.name} has no rows: there is nothing to import.")
    return Staged(
        path=writer.path,
        odd_path=writer.odd_path,
        rows=writer.rows,
        odd_rows=writer.odd_rows,
        blank_lines=writer.blank_lines,
        inspection=inspection,
        bytes=inspection.path.stat().st_size,
        sha256=digest.result(),
    )


def _ahead(batches: Iterator[Batch], helpers: Executor) -> Iterator[Batch]:
    """`batches`, each read while the one before it is being written."""
    coming = helpers.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = helpers.submit(next, batches, None)
        yield batch


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Writer:
    """The two staging files, written batch by batch."""

    def __init__(self, folder: Path, width: int) -> None:
        self.path = folder / "staged.parquet"
        self.odd_path = folder / "odd.parquet"
        self.rows = self.odd_rows = self.blank_lines = 0
        keys = [column_key(at) for at in range(width)]
        self._schema = pa.schema([(LINE_NO, pa.int64()), *((key, pa.string()) for key in keys)])
        self._odd_schema = pa.schema(
            [
                (LINE_NO, pa.int64()),
                ("reason", pa.string()),
                *((key, pa.string()) for key in keys),
                ("more", pa.string()),
            ]
        )
        self._width = width
        # Least and greatest texts of each block help nobody: every row is read.
        self._writer = pq.ParquetWriter(
            self.path,
            self._schema,
            compression=_COMPRESSION,
            write_statistics=False,
            dictionary_pagesize_limit=_DICTIONARY_BYTES,
        )
        self._held: list[pa.RecordBatch] = []
        self._odd_writer: pq.ParquetWriter | None = None

    def write(self, batch: Batch) -> None:
        self.blank_lines += batch.blank
        if len(batch.line_no):
            self.rows += len(batch.line_no)
            arrays = [pa.array(batch.line_no), *batch.columns]
            self._held.append(pa.record_batch(arrays, schema=self._schema))
            if (
                sum(held.num_rows for held in self._held) >= _GROUP_ROWS
                or sum(held.nbytes for held in self._held) >= _GROUP_BYTES
            ):
                self._flush()
        if batch.odd:
            self.odd_rows += len(batch.odd)
            if self._odd_writer is None:
                self._odd_writer = pq.ParquetWriter(self.odd_path, self._odd_schema, compression=_COMPRESSION)
            rows = [self._odd(row) for row in batch.odd]
            self._odd_writer.write_table(pa.Table.from_pylist(rows, schema=self._odd_schema))

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_batches(self._held)
            self._writer.write_table(table, row_group_size=table.num_rows)
            self._held = []

    def _odd(self, row: OddRow) -> dict[str, object]:
        """The cells of an odd row in their places; surplus ones together in `more`."""
        cells = {column_key(at): cell for at, cell in enumerate(row.cells[: self._width])}
        more = " | ".join(row.cells[self._width :])
        return {LINE_NO: row.line_no, "reason": row.reason, "more": more or None, **cells}

    def close(self) -> None:
        self._flush()
        self._writer.close()
        if self._odd_writer is not None:
            self._odd_writer.close()

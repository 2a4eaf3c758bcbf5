"""A whole file streamed to disk as text, every row of it accounted for."""

from __future__ import annotations

import hashlib
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
    with unpacked_file(
        inspection.path, content if content.kind != "text" else Content("text", False), inspection.name
    ) as real:
        try:
            for batch in table_batches(inspection, real):
                writer.write(batch)
                report(
                    batch.done, f"Reading {inspection.name}: {counted(writer.rows + writer.odd_rows, 'row')}"
                )
        finally:
            writer.close()
    if not writer.rows and not writer.odd_rows:
        raise InputError(f"{inspection.name} has no rows: there is nothing to import.")
    with inspection.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Staged(
        path=writer.path,
        odd_path=writer.odd_path,
        rows=writer.rows,
        odd_rows=writer.odd_rows,
        blank_lines=writer.blank_lines,
        inspection=inspection,
        bytes=inspection.path.stat().st_size,
        sha256=digest,
    )


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
        self._writer = pq.ParquetWriter(self.path, self._schema, compression=_COMPRESSION)
        self._odd_writer: pq.ParquetWriter | None = None

    def write(self, batch: Batch) -> None:
        self.blank_lines += batch.blank
        if len(batch.line_no):
            self.rows += len(batch.line_no)
            arrays = [pa.array(batch.line_no), *batch.columns]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        if batch.odd:
            self.odd_rows += len(batch.odd)
            if self._odd_writer is None:
                self._odd_writer = pq.ParquetWriter(self.odd_path, self._odd_schema, compression=_COMPRESSION)
            rows = [self._odd(row) for row in batch.odd]
            self._odd_writer.write_table(pa.Table.from_pylist(rows, schema=self._odd_schema))

    def _odd(self, row: OddRow) -> dict[str, object]:
        """The cells of an odd row in their places; surplus ones together in `more`."""
        cells = {column_key(at): cell for at, cell in enumerate(row.cells[: self._width])}
        more = " | ".join(row.cells[self._width :])
        return {LINE_NO: row.line_no, "reason": row.reason, "more": more or None, **cells}

    def close(self) -> None:
        self._writer.close()
        if self._odd_writer is not None:
            self._odd_writer.close()

"""The rows of an inspected file, whatever its format, as one stream of batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.reading.batches import Batch
from data.reading.columnar import open_parquet, parquet_batches
from data.reading.delimited import TextTable, read_text
from data.reading.layouts import fixed_layout_named
from data.reading.options import Inspection
from data.reading.sources import sniff
from data.reading.spreadsheets import choose_sheet, open_workbook, sheet_batches


def table_batches(inspection: Inspection, real: Path) -> Iterator[Batch]:
    """All rows of an inspected file in order; `real` is the unpacked file of a workbook or Parquet file."""
    options = inspection.options
    if inspection.file_format in ("csv", "fixed_width"):
        is_fixed = inspection.file_format == "fixed_width"
        return read_text(
            TextTable(
                inspection.path,
                sniff(inspection.path, inspection.name),
                inspection.name,
                options.encoding or "utf-8",
                options.delimiter or ",",
                len(inspection.columns),
                inspection.header_rows,
                fixed_layout_named(inspection.layout) if is_fixed else None,
            )
        )
    if inspection.file_format == "parquet":
        return parquet_batches(open_parquet(real, inspection.name), inspection.name)
    workbook = open_workbook(real, inspection.file_format, inspection.name)
    sheet, _ = choose_sheet(workbook, inspection.name, options.sheet)
    return sheet_batches(sheet, inspection.header_rows)

"""Tables that leave the product: CSV and XLSX that open in a spreadsheet and run nothing there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import xlsxwriter

from data.errors import InputError

BOM = b"\xef\xbb\xbf"
XLSX_ROWS = 1_048_576
_DANGEROUS = r"^[=+\-@\t\r]"


def csv_chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """CSV of Arrow batches, piece by piece: UTF-8 with BOM, header once, text cells inert."""
    first = True
    for batch in batches:
        sink = io.BytesIO()
        if first:
            sink.write(BOM)
        options = pacsv.WriteOptions(include_header=first, quoting_style="needed")
        pacsv.write_csv(inert(pa.Table.from_batches([batch])), sink, options)
        first = False
        yield sink.getvalue()


def write_frame_csv(frame: pd.DataFrame, path: Path, decimals: Mapping[str, int] | None = None) -> None:
    """Write `frame` as plain UTF-8 CSV for programs, the same bytes for the same values.

    `decimals` gives digits after the point by column; other numbers are written as they are. Text
    cells are inert as in every export.
    """
    shown = frame.copy()
    for column in shown.columns:
        values = shown[column]
        if pd.api.types.is_float_dtype(values):
            digits = (decimals or {}).get(str(column))
            if digits is not None:
                # + 0.0 turns -0.0 into 0.0.
                shown[column] = (values.round(digits) + 0.0).map(
                    lambda value, digits=digits: "" if pd.isna(value) else f"{value:.{digits}f}"
                )
        elif not pd.api.types.is_numeric_dtype(values):
            shown[column] = _inert_series(values)
    shown.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def _inert_series(values: pd.Series[str]) -> pd.Series[str]:
    text = values.astype("string")
    return text.where(~text.str.match(_DANGEROUS).fillna(False), "'" + text)


def inert(table: pa.Table) -> pa.Table:
    """`table` with an apostrophe before each text cell that a spreadsheet would take for a formula."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table.column(place)
            risky = pc.match_substring_regex(column, _DANGEROUS)
            if pc.any(risky).as_py():
                marked = pc.binary_join_element_wise(
                    pa.scalar("'", field.type), column, pa.scalar("", field.type)
                )
                table = table.set_column(place, field, pc.if_else(risky, marked, column))
    return table


def write_xlsx(
    batches: Iterable[pa.RecordBatch],
    path: Path,
    sheet: str,
    rows: int,
    about: Sequence[tuple[str, str]] = (),
) -> None:
    """Write Arrow batches as a workbook of one sheet: frozen header, filter, numbers as numbers.

    `rows` is the number of rows to come; `about` says on a second sheet what they are, a name and a text a line.
    Raises InputError where a sheet cannot hold them.
    """
    if rows + 1 > XLSX_ROWS:
        raise InputError(
            f"A spreadsheet holds {XLSX_ROWS - 1:,} rows and this list has {rows:,}: choose CSV, or narrow it."
        )
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        bold = workbook.add_format({"bold": True})
        worksheet = workbook.add_worksheet(sheet[:31])
        worksheet.freeze_panes(1, 0)
        line = 0
        for batch in batches:
            if line == 0:
                worksheet.set_column(0, batch.num_columns - 1, 16)
                worksheet.write_row(0, 0, batch.schema.names, bold)
                worksheet.autofilter(0, 0, rows, batch.num_columns - 1)
                line = 1
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for place, value in enumerate(row):
                    if isinstance(value, str):
                        worksheet.write_string(line, place, value)
                    elif value is not None and value == value:  # noqa: PLR0124  # NaN is left blank
                        worksheet.write_number(line, place, float(value))
                line += 1
        if about:
            told = workbook.add_worksheet("About")
            told.set_column(0, 0, 16)
            told.set_column(1, 1, 80)
            for line, (name, text) in enumerate(about):
                told.write_string(line, 0, name, bold)
                told.write_string(line, 1, text)

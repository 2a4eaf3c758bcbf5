"""Workbooks (XLSX, XLS): looked over before they are parsed, then read as text, cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.accounting import counted
from data.errors import InputError, Question
from data.reading.batches import Batch

# A sheet of Excel's full length and 40 columns; the area the parser would lay out in memory.
MAX_AREA: Final = 45_000_000
# What a well-filled sheet may have beyond its cells: blank columns, titles, notes at the side.
MAX_SPARSENESS: Final = 200
SMALL_AREA: Final = 2_000_000
MAX_UNPACKED_BYTES: Final = 6 << 30
SMALL_BYTES: Final = 64 << 20
# The XML of a sheet packs to a tenth or twentieth; more than this no honest sheet does.
MAX_RATIO: Final = 150
_CHUNK: Final = 1 << 20
_BATCH_ROWS: Final = 100_000

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_STREAMS: Final = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s>/]")
_FAR_CELL: Final = re.compile(rb'r="([A-Z]{2,3})\d+"')
_ROW_NUMBER: Final = re.compile(rb'r="[A-Z]{0,3}(\d+)"')


@dataclass(frozen=True)
class Sheet:
    """A chosen sheet as parsed: columns of text, from the sheet's first row on."""

    name: str
    columns: tuple[pa.Array, ...]
    rows: int

    def head(self, count: int) -> list[list[str]]:
        """The first `count` rows as text, blanks as ''."""
        parts = [[value or "" for value in column.slice(0, count).to_pylist()] for column in self.columns]
        return [list(row) for row in zip(*parts, strict=True)]


def check_xlsx(path: Path, name: str) -> None:
    """Refuse, from a streaming look and before any parsing, a workbook that would not fit in memory.

    Raises InputError for zip bombs, entity tricks and sheets whose far-off cells span a huge area.
    """
    packed = max(path.stat().st_size, 1)
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise InputError(f"{name} is a zip archive, not a workbook: unpack it and import one table.")
            # What the archive says of itself costs nothing to read; what it holds is counted below.
            _check_size(sum(member.file_size for member in archive.infolist()), packed, name)
            for member in archive.infolist():
                if not member.filename.endswith((".xml", ".rels")):
                    continue
                with archive.open(member) as file:
                    unpacked = _check_member(file, member.filename, name, packed, unpacked)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
        raise InputError(f"{name} is a damaged workbook: open it in Excel and save it again.") from None
    except RuntimeError:
        raise InputError(f"{name} is protected with a password: save it without one.") from None


def _check_member(file: IO[bytes], member: str, name: str, packed: int, unpacked: int) -> int:
    """Stream one part; returns the bytes unpacked so far."""
    sheet = _SheetExtent() if member.startswith("xl/worksheets/") else None
    first = True
    while chunk := file.read(_CHUNK):
        unpacked += len(chunk)
        _check_size(unpacked, packed, name)
        if first and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
            raise InputError(f"{name} holds document type declarations, as no workbook does: it is refused.")
        first = False
        if sheet is not None:
            sheet.add(chunk)
    if sheet is not None and sheet.is_too_large():
        raise InputError(
            f"{name} has a sheet that spans {sheet.rows:,} rows and {sheet.width:,} columns for {sheet.cells:,} "
            "cells: clear the far-off cells, or save the table as CSV."
        )
    return unpacked


class _SheetExtent:
    """How far a sheet reaches and how many cells it holds, from its XML in pieces."""

    def __init__(self) -> None:
        self.cells = self.rows = 0
        # Columns A to Z are taken as there; only those beyond are looked for.
        self.width = 26
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        data = self._tail + chunk
        # Cut before the last tag, so that none is counted in halves or twice.
        cut = max(data.rfind(b"<"), 0)
        self._tail, data = (data[cut:], data[:cut]) if cut else (b"", data)
        self._count(data)

    def _count(self, data: bytes) -> None:
        self.cells += len(_CELL.findall(data))
        # Rows come in order, so the last of a piece is its furthest.
        numbers = _ROW_NUMBER.findall(data[-4096:])
        self.rows = max(self.rows, int(numbers[-1]) if numbers else 0)
        for column in set(_FAR_CELL.findall(data)):
            self.width = max(self.width, _column_number(column))

    def is_too_large(self) -> bool:
        """Whether laying the sheet out as a rectangle would take far more than its cells do."""
        self._count(self._tail)
        area = self.rows * self.width
        return area > MAX_AREA or (area > SMALL_AREA and area > MAX_SPARSENESS * max(self.cells, 1))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_size(unpacked: int, packed: int, name: str) -> None:
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > SMALL_BYTES and unpacked > MAX_RATIO * packed):
        raise InputError(f"{name} unpacks to far more than a workbook of its size holds: it is refused.")


def check_xls(path: Path, name: str) -> None:
    """Refuse what an OLE container may hold besides an old workbook; raises InputError."""
    data = path.read_bytes()
    if _ENCRYPTED in data:
        raise InputError(f"{name} is a workbook protected with a password: save it without one.")
    if not any(stream in data for stream in _WORKBOOK_STREAMS):
        raise InputError(f"{name} is an old Office document, not a workbook: save the table as XLSX or CSV.")


def open_workbook(path: Path, kind: str, name: str) -> Any:
    """The checked workbook; raises InputError."""
    (check_xlsx if kind == "xlsx" else check_xls)(path, name)
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise InputError(
                f"{name} is a workbook protected with a password: save it without one."
            ) from None
        raise InputError(f"{name} is a damaged workbook: open it in Excel and save it again.") from None


def choose_sheet(workbook: Any, name: str, wanted: str | None) -> tuple[Sheet, Question | None]:
    """The sheet to import, or the first of several with the question which; raises InputError."""
    names = list(workbook.sheet_names)
    if wanted is not None:
        if wanted not in names:
            raise InputError(
                f"{name} has no sheet '{wanted}'; it has {', '.join(repr(each) for each in names)}."
            )
        names = [wanted]
    sheets = [sheet for sheet in (_load(workbook, each, name) for each in names) if sheet.rows]
    if not sheets:
        raise InputError(f"{name} has no filled sheet: there is nothing to import.")
    if len(sheets) == 1:
        return sheets[0], None
    choices = tuple((sheet.name, f"{sheet.name} ({counted(sheet.rows, 'row')})") for sheet in sheets)
    text = f"{name} has {len(sheets)} filled sheets; nothing was imported. Choose one."
    return max(sheets, key=lambda sheet: sheet.rows), Question("sheet", text, choices, "--sheet {value}")


def _load(workbook: Any, sheet: str, name: str) -> Sheet:
    try:
        # Text throughout: an invoice number stays '536365', and a mixed column is not turned into numbers.
        loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        batch = loaded.to_arrow()
    except fastexcel.FastExcelError:
        raise InputError(f"{name}: the sheet '{sheet}' cannot be read; save the table as CSV.") from None
    columns = tuple(column.cast(pa.string()) for column in batch.columns)
    return Sheet(sheet, columns, batch.num_rows if columns else 0)


def sheet_batches(sheet: Sheet, header_rows: int) -> Iterator[Batch]:
    """The rows below the header, numbered as in the sheet; wholly blank rows are no rows."""
    for start in range(header_rows, sheet.rows, _BATCH_ROWS):
        parts = [pc.fill_null(column.slice(start, _BATCH_ROWS), "") for column in sheet.columns]
        lines = np.arange(start + 1, start + 1 + len(parts[0]), dtype=np.int64)
        blank = np.ones(len(lines), dtype=np.bool_)
        for part in parts:
            blank &= pc.equal(pc.binary_length(part), 0).to_numpy(zero_copy_only=False)
        if blank.any():
            keep = pa.array(~blank)
            parts, lines = [part.filter(keep) for part in parts], lines[~blank]
        done = min((start + _BATCH_ROWS) / sheet.rows, 1.0)
        yield Batch(tuple(parts), lines, blank=int(blank.sum()), done=done)

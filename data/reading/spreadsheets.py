"""Workbooks (XLSX, XLS): looked over before they are parsed, then read as text, cell by cell."""

from __future__ import annotations

import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.accounting import counted
from data.errors import InputError, Question
from data.reading.batches import Batch, check_width
from data.reading.kept import keep, place, recall, replacing
from data.reading.ole import is_sound

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
# How a cell begins, the usual way first.
_CELLS: Final = (b"<c ", b":c ", b"<c>", b":c>", b"<c/", b":c/", b"<c\n", b":c\n", b"<c\t", b":c\t")
# A formula without the value that Excel would have put beside it; that of an empty text is a value.
_NO_VALUE: Final = re.compile(
    rb"<(?:\w+:)?c(?![^>]*t=[\"']str[\"'])(?: [^>]*)?>"
    rb"<(?:\w+:)?f(?:>| [^>/]*>)[^<]*</(?:\w+:)?f>(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_FORMULA_ENDS: Final = (b"</f>", b":f>")
_FAR_CELL: Final = re.compile(rb"r=[\"']([A-Z]{2,3})\d+[\"']")
_ROW_NUMBER: Final = re.compile(rb"r=[\"'][A-Z]{0,3}(\d+)[\"']")


@dataclass(frozen=True)
class Sheet:
    """A chosen sheet as parsed: columns of text, from the sheet's first row on."""

    name: str
    columns: tuple[pa.Array, ...]
    rows: int
    visible: bool = True

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
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        # A way of packing that zipfile does not know.
        NotImplementedError,
        ValueError,
    ):
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
    # After the size is judged, when the last piece has been counted.
    if sheet is not None and sheet.is_uncalculated():
        raise InputError(
            f"{name} has {counted(sheet.uncalculated, 'formula')} whose values were never calculated: open it in "
            "Excel, save it and import it again."
        )
    return unpacked


class _SheetExtent:
    """How far a sheet reaches and how many cells it holds, from its XML in pieces."""

    def __init__(self) -> None:
        self.cells = self.rows = 0
        # Columns A to Z are taken as there; only those beyond are looked for.
        self.width = 26
        self.uncalculated = 0
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        data = self._tail + chunk
        # Cut before the last tag, so that none is counted in halves or twice; and no formula from its value.
        cut = max(data.rfind(b"<"), 0)
        if any(end in data for end in _FORMULA_ENDS):
            cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0) or cut
        self._tail, data = (data[cut:], data[:cut]) if cut else (b"", data)
        self._count(data)

    def _count(self, data: bytes) -> None:
        self.cells += data.count(_CELLS[0]) or sum(data.count(start) for start in _CELLS[1:])
        if any(end in data for end in _FORMULA_ENDS):
            self.uncalculated += len(_NO_VALUE.findall(data))
        # Rows come in order, so the last of a piece is its furthest.
        numbers = _ROW_NUMBER.findall(data[-4096:])
        self.rows = max(self.rows, int(numbers[-1]) if numbers else 0)
        for column in set(_FAR_CELL.findall(data)):
            self.width = max(self.width, _column_number(column))

    def is_uncalculated(self) -> bool:
        """Whether as many formulas have no value as a column of the sheet has cells, or nearly."""
        return self.uncalculated > 0 and 2 * self.uncalculated >= self.rows - 1

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
    if not is_sound(data):
        raise InputError(f"{name} is a damaged workbook: open it in Excel and save it again.")


@dataclass
class Workbook:
    """A checked workbook, and the sheet of it that was loaded last."""

    path: Path
    name: str
    reader: Any
    loaded: Sheet | None = None

    def sheet(self, name: str) -> Sheet:
        """The sheet `name`, parsed once as long as no other is asked for; raises InputError."""
        if self.loaded is None or self.loaded.name != name:
            self.loaded = _kept_sheet(self.path, name) or _load(self.reader, name, self.name)
        return self.loaded


# The workbook last opened in this process: looking at one and then reading it parses it once.
_last: tuple[tuple[Any, ...], Workbook] | None = None


def open_workbook(path: Path, kind: str, name: str) -> Workbook:
    """The checked workbook; raises InputError."""
    global _last  # noqa: PLW0603 - a memory of one
    seen = path.stat()
    key = (path, kind, name, seen.st_ino, seen.st_size, seen.st_mtime_ns)
    if _last is None or _last[0] != key:
        _last = None
        if not recall(path, "checked", bool):
            (check_xlsx if kind == "xlsx" else check_xls)(path, name)
            keep(path, "checked", bool, True)
        _last = (key, Workbook(path, name, _open(path, kind, name)))
    return _last[1]


def _open(path: Path, kind: str, name: str) -> Any:
    with (
        _in_words(name, f"{name} is a damaged workbook: open it in Excel and save it again."),
        tempfile.TemporaryDirectory(prefix="lapwing-") as folder,
    ):
        # The parser goes by the ending of the name, whatever the content is.
        link = Path(folder) / f"workbook.{kind}"
        link.symlink_to(path.absolute())
        return fastexcel.read_excel(link)


@contextmanager
def _in_words(name: str, words: str) -> Iterator[None]:
    """Turn the parser's faults into an InputError of `words`, or one about the password."""
    try:
        yield
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            words = f"{name} is a workbook protected with a password: save it without one."
        raise InputError(words) from None
    except BaseException as error:
        # What the parser did not foresee is a panic, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(words) from None


def choose_sheet(workbook: Workbook, name: str, wanted: str | None) -> tuple[Sheet, Question | None]:
    """The sheet to import, or the longest of several with the question which; raises InputError.

    Hidden sheets count only where they are asked for by name, or nothing is filled beside them.
    """
    names = list(workbook.reader.sheet_names)
    if wanted is not None:
        if wanted not in names:
            raise InputError(
                f"{name} has no sheet '{wanted}'; it has {', '.join(repr(each) for each in names)}."
            )
        sheet = workbook.sheet(wanted)
        if not sheet.rows:
            raise InputError(f"{name}: the sheet '{wanted}' is empty: there is nothing to import.")
        _keep_sheet(workbook.path, sheet)
        return sheet, None
    filled = _filled_sheets(workbook, names)
    if not filled:
        raise InputError(f"{name} has no filled sheet: there is nothing to import.")
    shown = {each: rows for each, (visible, rows) in filled.items() if visible} or {
        each: rows for each, (_, rows) in filled.items()
    }
    longest = workbook.sheet(max(shown, key=lambda each: shown[each]))
    _keep_sheet(workbook.path, longest)
    if len(shown) == 1:
        return longest, None
    hidden = len(filled) - len(shown)
    beside = f" (and {hidden:,} hidden)" if hidden else ""
    choices = tuple((sheet, f"{sheet} ({counted(rows, 'row')})") for sheet, rows in shown.items())
    text = f"{name} has {len(shown)} filled sheets{beside}; nothing was imported. Choose one."
    return longest, Question("sheet", text, choices, "--sheet {value}")


def _filled_sheets(workbook: Workbook, names: list[str]) -> dict[str, tuple[bool, int]]:
    """Whether each filled sheet is visible, and its rows; the one that will be chosen stays loaded."""
    kind = dict[str, tuple[bool, int]]
    filled = recall(workbook.path, "sheets", kind)
    if filled is None:
        filled = {}
        best: Sheet | None = None
        for each in names:
            sheet = workbook.sheet(each)
            if sheet.rows:
                filled[each] = (sheet.visible, sheet.rows)
                if best is None or filled[each] > (best.visible, best.rows):
                    best = sheet
        workbook.loaded = best
        keep(workbook.path, "sheets", kind, filled)
    return filled


def _keep_sheet(path: Path, sheet: Sheet) -> None:
    file = place(path, f"sheet {sheet.name}")
    if file is None or file.exists():
        return
    table = pa.table(list(sheet.columns), names=[str(at) for at in range(len(sheet.columns))])
    table = table.replace_schema_metadata({"visible": str(int(sheet.visible))})
    with (
        replacing(file) as new,
        pa.OSFile(str(new), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as out,
    ):
        out.write_table(table)


def _kept_sheet(path: Path, name: str) -> Sheet | None:
    file = place(path, f"sheet {name}")
    if file is None or not file.exists():
        return None
    table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    columns = tuple(column.combine_chunks() for column in table.columns)
    return Sheet(name, columns, table.num_rows, table.schema.metadata[b"visible"] == b"1")


def _load(reader: Any, sheet: str, name: str) -> Sheet:
    with _in_words(name, f"{name}: the sheet '{sheet}' cannot be read; save the table as CSV."):
        # Text throughout: an invoice number stays '536365', and a mixed column is not turned into numbers.
        loaded = reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        batch = loaded.to_arrow()
    columns = list(batch.columns)
    # Cells that are only coloured or framed, right of the table.
    while columns and _is_blank(columns[-1]):
        columns.pop()
    check_width(len(columns), name)
    return Sheet(
        sheet,
        tuple(column.cast(pa.string()) for column in columns),
        batch.num_rows if columns else 0,
        loaded.visible == "visible",
    )


def _is_blank(column: pa.Array) -> bool:
    longest = pc.max(pc.binary_length(column.cast(pa.string()))).as_py()
    return not longest


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

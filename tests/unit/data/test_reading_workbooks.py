"""Workbooks and Parquet files: exact values, and refusal of what would harm."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from data.errors import InputError
from data.reading import ImportOptions, inspect_file, spreadsheets, stage
from data.reading.guard import inspect_guarded, read_guarded
from tests.imports import at, import_text, run_import, write

HEADER = ["Customer ID", "Order Date", "Amount", "Note"]
ROWS = [HEADER, *([1000 + i % 7, at(f"2021-01-{1 + i % 28:02d} 10:30"), i + 0.25, "x"] for i in range(30))]


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def parquet(columns: dict[str, pa.Array]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.csv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_workbook_is_known_by_its_content(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    got = import_text(tmp_path, pack(workbook({"A": ROWS})), name)
    assert got.inspection.file_format == "xlsx"
    assert got.ledger["rows"] == {"in": 30, "kept": 30, "quarantined": 0}
    assert got.ledger["amount"]["in"] == "442.50"
    assert got.rows[0]["ordered_at"] == at("2021-01-01 10:30")
    assert got.rows[0]["customer_id"] == "1000"


def test_mixed_cells_stay_as_they_are(tmp_path: Path) -> None:
    rows = [
        ["Customer ID", "date", "amount", "InvoiceNo"],
        ["00123", "13/01/2021", 5, 536365],
        [12346, "14/01/2021", 6.1, "C536365"],
        ["NA", date(2021, 1, 5), "7.5", None],
    ]
    got = import_text(tmp_path, workbook({"A": rows}))
    seen = {row["customer_id"]: (str(row["day"]), row["amount"], row["order_id"]) for row in got.rows}
    assert seen == {
        "00123": ("2021-01-13", Decimal("5"), "536365"),
        "12346": ("2021-01-14", Decimal("6.1"), "C536365"),
        "NA": ("2021-01-05", Decimal("7.5"), None),
    }


def test_titles_blank_rows_and_totals_around_a_table(tmp_path: Path) -> None:
    got = import_text(tmp_path, workbook({"A": [["Sales"], [], *ROWS, [], ["Total", None, 442.5]]}))
    assert got.ledger["rows"] == {"in": 31, "kept": 30, "quarantined": 1}
    assert [(row["line_no"], row["reason"], row["Customer ID"]) for row in got.rejected] == [
        ("35", "no date", "Total")
    ]
    shifted = import_text(tmp_path, workbook({"A": [[], [], *([None, *row] for row in ROWS)]}))
    assert shifted.ledger["amount"]["in"] == "442.50"


def test_which_sheet(tmp_path: Path) -> None:
    two = write(tmp_path, workbook({"A": ROWS, "B": ROWS[:5]}), "two.xlsx")
    question = inspect_file(two).questions[0]
    assert (question.key, question.option) == ("sheet", "--sheet {value}")
    assert question.choices == (("A", "A (31 rows)"), ("B", "B (5 rows)"))
    assert run_import(two, tmp_path / "b", sheet="B").ledger["rows"]["in"] == 4
    assert import_text(tmp_path, workbook({"empty": [], "B": ROWS[:5]})).ledger["rows"]["in"] == 4
    with pytest.raises(InputError, match="has no sheet 'Z'; it has 'A', 'B'"):
        run_import(two, tmp_path / "z", sheet="Z")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: workbook({"A": []}), "has no filled sheet"),
        (lambda: workbook({"A": ROWS[:1]}), "has a header line but no rows below it"),
        (lambda: workbook({"A": ROWS})[:-100], "is a damaged or cut-short workbook"),
        (
            lambda: changed(workbook({"A": ROWS}), lambda n, d: d[: len(d) // 2] if "sheet1" in n else d),
            "the sheet 'A' cannot be read",
        ),
        (
            lambda: changed(
                workbook({"A": ROWS}),
                lambda n, d: d.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1),
            ),
            "holds document type declarations",
        ),
        (
            lambda: changed(workbook({"A": ROWS}), lambda n, d: d).replace(b"xl/workbook", b"xl/workbxxx"),
            "is a zip archive",
        ),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old Office document"),
        (
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password",
        ),
    ],
)
def test_workbooks_that_cannot_be_used(tmp_path: Path, content: Callable[[], bytes], words: str) -> None:
    with pytest.raises(InputError) as caught:
        inspect_file(write(tmp_path, content()))
    assert words in str(caught.value)


def test_a_far_off_cell_is_refused_at_once(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = book.active["XFD1048576"] = 1
    book.save(tmp_path / "far.xlsx")
    start = time.monotonic()
    with pytest.raises(InputError, match="spans 1,048,576 rows and 16,384 columns for 2 cells"):
        inspect_file(tmp_path / "far.xlsx")
    assert time.monotonic() - start < 2


def test_a_zip_bomb_is_refused_at_once(tmp_path: Path) -> None:
    padding = b" " * (100 << 20)
    bomb = changed(workbook({"A": ROWS}), lambda n, d: d + padding if "sheet1" in n else d)
    path = write(tmp_path, bomb, "bomb.xlsx")
    start = time.monotonic()
    with pytest.raises(InputError, match="unpacks to far more than a workbook of its size holds"):
        inspect_file(path)
    assert time.monotonic() - start < 2


def test_parquet_types_become_text_and_back(tmp_path: Path) -> None:
    data = parquet(
        {
            "customer_id": pa.array([12346.0, 2.0, None]),
            "date": pa.array(
                [datetime(2021, 1, 5, 8, 26, tzinfo=UTC), datetime(2021, 1, 6, tzinfo=UTC), None]
            ),
            "amount": pa.array([1.5, float("nan"), 2.0]),
            "tags": pa.array([["a"], [], None]),
        }
    )
    got = import_text(tmp_path, data)
    assert got.inspection.file_format == "parquet"
    assert got.rows[0]["customer_id"] == "12346"
    assert got.rows[0]["ordered_at"] == at("2021-01-05 08:26")
    assert got.rows[0]["tags"] == '["a"]'
    assert got.reasons() == {"no amount": 1, "no customer id": 1}


def test_damaged_and_empty_parquet(tmp_path: Path) -> None:
    data = parquet({"customer_id": pa.array(["a"] * 100)})
    with pytest.raises(InputError, match="damaged or cut-short Parquet"):
        inspect_file(write(tmp_path, data[:-30]))
    with pytest.raises(InputError, match="has columns but no rows"):
        inspect_file(write(tmp_path, parquet({"a": pa.array([], pa.int64())})))


TYPED = [
    ["Customer ID", "Order Date", "Amount", "InvoiceNo", "Note"],
    [12346, at("2010-12-01 08:26"), 2.55, 536365, True],
    [12346.0, at("2010-12-01 08:26:30"), -4, "C536366", "  padded "],
    ["00123", date(2011, 1, 5), 0.1 + 0.2, 536367.0, "two\nlines"],
    [17850, at("2011-12-31 23:59:59"), 1234567.89, 1e15, 0.5],
]
SEEN = {
    ("12346", "2010-12-01 08:26:00", "2.5500", "536365", "true"),
    ("12346", "2010-12-01 08:26:30", "-4.0000", "C536366", "  padded "),
    ("00123", "2011-01-05 00:00:00", "0.3000", "536367", "two\nlines"),
    ("17850", "2011-12-31 23:59:59", "1234567.8900", "1000000000000000", "0.5"),
}


def xls(sheets: dict[str, list[list[Any]]], *, mac: bool = False, hidden: str = "") -> bytes:
    """A workbook of Excel 97; with `mac`, its dates count from 1904."""
    book = xlwt.Workbook()
    book.dates_1904 = mac
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = int(name == hidden)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                style = xlwt.easyxf(num_format_str="D/M/YY h:mm") if isinstance(value, date) else None
                if value is not None:
                    sheet.write(place, column, value, *([style] if style else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(sheets: dict[str, list[list[Any]]], *, mac: bool = False, hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


MAKERS = pytest.mark.parametrize("make", [xlsx, xls])


@MAKERS
@pytest.mark.parametrize("mac", [False, True], ids=["1900", "1904"])
def test_typed_cells_come_out_as_they_are_shown(
    tmp_path: Path, make: Callable[..., bytes], mac: bool
) -> None:
    got = import_text(tmp_path, make({"A": TYPED}, mac=mac), "orders.xls")
    assert got.inspection.file_format == make.__name__
    seen = {
        (row["customer_id"], str(row["ordered_at"]), f"{row['amount']:.4f}", row["order_id"], row["Note"])
        for row in got.rows
    }
    assert seen == SEEN


@MAKERS
def test_dates_left_as_numbers_are_read_as_excel_days(tmp_path: Path, make: Callable[..., bytes]) -> None:
    rows = [["Customer ID", "Order Date", "Amount"], *([i, 40513 + i / 4, 1] for i in range(12))]
    got = import_text(tmp_path, make({"A": rows}), date_kind="excel")
    assert sorted(str(row["ordered_at"]) for row in got.rows)[1:3] == [
        "2010-12-01 06:00:00",
        "2010-12-01 12:00:00",
    ]


@MAKERS
def test_hidden_sheets_count_only_when_asked_for(tmp_path: Path, make: Callable[..., bytes]) -> None:
    other = [[9, *row[1:]] for row in ROWS[1:]]
    sheets = {"old": [*ROWS, *other], "A": ROWS, "B": ROWS[:5], "none": []}
    path = write(tmp_path, make(sheets, hidden="old"), "x")
    (question,) = inspect_file(path).questions
    assert question.choices == (("A", "A (31 rows)"), ("B", "B (5 rows)"))
    assert question.text.startswith("x has 2 filled sheets (and 1 hidden); nothing was imported.")
    assert run_import(path, tmp_path / "out", sheet="old").ledger["rows"]["in"] == 60
    with pytest.raises(InputError, match="the sheet 'none' is empty"):
        inspect_file(path, ImportOptions(sheet="none"))
    only = write(tmp_path, make({"old": ROWS, "empty": []}, hidden="old"), "y")
    assert inspect_file(only).options.sheet == "old"
    one = write(tmp_path, make({"old": [*ROWS, *other], "A": ROWS}, hidden="old"), "z")
    assert (inspect_file(one).options.sheet, inspect_file(one).questions) == ("A", ())


def test_each_sheet_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    load = spreadsheets._load

    def counting(reader: Any, sheet: str, name: str) -> Any:
        parsed.append(sheet)
        return load(reader, sheet, name)

    monkeypatch.setattr(spreadsheets, "_load", counting)
    one = inspect_file(write(tmp_path, workbook({"A": ROWS}), "one.xlsx"))
    assert stage(one, tmp_path).rows == 30
    assert parsed == ["A"]
    inspect_file(write(tmp_path, workbook({"B": ROWS[:5], "C": ROWS, "D": ROWS[:9]}), "three.xlsx"))
    assert parsed == ["A", "B", "C", "D"]


@MAKERS
def test_columns_that_are_only_coloured_are_none(tmp_path: Path, make: Callable[..., bytes]) -> None:
    rows = [[*row, "" if place else None, ""] for place, row in enumerate(ROWS)]
    assert inspect_file(write(tmp_path, make({"A": rows}))).columns == tuple(HEADER)


def test_error_cells_and_times_are_kept_as_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["Customer ID", "Order Date", "Amount", "Note"], *ROWS[1:20]]:
        book.active.append(row)
    book.active["C2"], book.active["D3"], book.active["D4"] = "#DIV/0!", "#N/A", clock(8, 26)
    book.save(tmp_path / "x.xlsx")
    got = run_import(tmp_path / "x.xlsx", tmp_path / "out")
    assert got.reasons() == {"no amount": 1}
    notes = {row["ordered_at"].day: row["Note"] for row in got.rows}
    assert notes[2] in (None, "")
    assert notes[3].endswith("08:26:00")


def test_a_second_look_finds_what_the_first_one_kept(tmp_path: Path) -> None:
    path = write(tmp_path, workbook({"A": ROWS, "B": ROWS[:5]}), "x.xlsx")
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    out.mkdir()
    first = inspect_guarded(path, cache=kept)
    assert first == inspect_file(path)
    files = {file.name: file.stat().st_mtime_ns for file in kept.iterdir()}
    assert len(files) == 3  # the check, the sizes of the sheets, and the sheet chosen
    assert inspect_guarded(path, cache=kept) == first
    other = ImportOptions(sheet="B")
    assert inspect_guarded(path, other, cache=kept) == inspect_file(path, other)
    assert read_guarded(path, ImportOptions(sheet="A"), out, cache=kept).rows == 30
    assert {name: (kept / name).stat().st_mtime_ns for name in files} == files
    assert len(list(kept.iterdir())) == 4
    # What is kept is of the file as it was.
    write(tmp_path, workbook({"A": ROWS[:9]}), "x.xlsx")
    assert inspect_guarded(path, cache=kept) == inspect_file(path)


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_a_far_off_cell_is_seen_however_it_is_written(tmp_path: Path, quote: bytes) -> None:
    far = b"<row r=Q1048576Q><c r=QXFD1048576Q><v>1</v></c></row></sheetData>".replace(b"Q", quote)
    data = changed(workbook({"A": ROWS}), lambda n, d: d.replace(b"</sheetData>", far))
    with pytest.raises(InputError, match="spans 1,048,576 rows and 16,384 columns"):
        inspect_file(write(tmp_path, data))


def test_a_parquet_file_of_too_many_columns_is_refused(tmp_path: Path) -> None:
    data = parquet({f"c{at}": pa.array([1]) for at in range(2001)})
    with pytest.raises(InputError, match="has 2,001 columns; at most 2,000 can be imported"):
        inspect_file(write(tmp_path, data))


def test_formulas_that_were_never_calculated_are_refused_in_words(tmp_path: Path) -> None:
    rows = [
        ["Customer", "Date", "Total"],
        *([f"K{i % 3}", at("2021-03-04 10:00"), f"=1+{i}"] for i in range(10)),
    ]
    path = write(tmp_path, workbook({"A": rows}), "orders.xlsx")
    with pytest.raises(InputError) as caught:
        inspect_file(path)
    assert str(caught.value) == (
        "orders.xlsx has 10 formulas whose values were never calculated: open it in Excel, save it and "
        "import it again."
    )


def test_formulas_with_their_values_are_read(tmp_path: Path) -> None:
    rows = [
        ["Customer", "Date", "Total"],
        *([f"K{i % 3}", at("2021-03-04 10:00"), f"=1+{i}"] for i in range(10)),
    ]
    calculated = changed(
        workbook({"A": rows}),
        lambda _, part: part.replace(b"</f><v />", b"</f><v>7</v>").replace(b"</f><v></v>", b"</f><v>7</v>"),
    )
    got = run_import(write(tmp_path, calculated, "orders.xlsx"), tmp_path / "import", duplicates="keep")
    assert got.ledger["amount"]["kept"] == "70.00"


def test_formulas_of_empty_texts_are_values() -> None:
    extent = spreadsheets._SheetExtent()
    empty = b'<row r="2"><c r="C2" t="str"><f>IF(A2,B2,"")</f><v></v></c>'
    bare = b'<c r="D2" s="1"><f t="shared" si="0">A2*B2</f></c></row>'
    # Cut at every place, the formula is found once, and the empty text never.
    for cut in range(len(empty + bare)):
        extent = spreadsheets._SheetExtent()
        extent.add((empty + bare)[:cut])
        extent.add((empty + bare)[cut:])
        extent.is_too_large()
        assert (extent.uncalculated, extent.cells) == (1, 2)

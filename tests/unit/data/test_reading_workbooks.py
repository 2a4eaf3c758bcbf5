"""Workbooks and Parquet files: exact values, and refusal of what would harm."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import InputError
from data.reading import inspect_file
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

"""What holds for every file: rows, lines, cells, ids and amounts come through as they were written."""

from __future__ import annotations

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reading import ImportOptions, Inspection, Staged, inspect_file, stage
from data.reading.encodings import Utf8Stream
from data.reading.sources import ByteSource, Content
from tests.imports import Imported, import_text

HEADER = ["customer_id", "date", "amount", "note"]
FIRST = [["1", "2021-01-05", "5.5", "x"]] * 12
SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)

delimiters = st.sampled_from([",", ";", "\t", "|"])
newlines = st.sampled_from(["\n", "\r\n"])
ids = st.text(st.sampled_from("0123456789ABCe.-+ NAnul\u00e9"), min_size=1, max_size=18).filter(
    lambda text: text.strip() == text
)


def staged(content: bytes, **options: Any) -> tuple[Inspection, Staged, list[dict[str, Any]]]:
    """`content` inspected and staged, with the staged rows and the odd ones in order of their lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(content)
        inspection = inspect_file(path, ImportOptions(**options))
        done = stage(inspection, Path(folder))
        rows = pq.read_table(done.path).to_pylist()
        if done.odd_rows:
            rows += pq.read_table(done.odd_path).to_pylist()
        return inspection, done, sorted(rows, key=lambda row: row["line_no"])


def imported(content: bytes | str, **options: Any) -> Imported:
    with tempfile.TemporaryDirectory() as folder:
        return import_text(Path(folder), content, **options)


@SETTINGS
@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from('ab\u00e9,;\t|"\n\r =-'), max_size=5), min_size=2, max_size=6),
        max_size=12,
    ),
    delimiter=delimiters,
    newline=newlines,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"]),
)
def test_rows_cells_and_lines_are_those_of_pythons_reader(
    rows: list[list[str]], delimiter: str, newline: str, encoding: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([HEADER, *FIRST, *rows])
    chosen = encoding if encoding != "utf-8-sig" else None
    text = out.getvalue()
    _, done, found = staged(text.encode(encoding), delimiter=delimiter, header=True, encoding=chosen)
    assert done.rows + done.odd_rows == len(FIRST) + len(rows)
    line = 2
    for row, got in zip([*FIRST, *rows], found, strict=True):
        assert got["line_no"] == line
        line += 1 + sum(cell.count("\n") for cell in row)
        if len(row) == len(HEADER):
            assert [got[f"c{at}"] for at in range(4)] == row
        else:
            assert got["reason"] == "wrong number of cells"
            assert [got[f"c{at}"] or "" for at in range(4)] == [*row, "", ""][:4]
            assert (got["more"] or "") == " | ".join(row[4:])


@SETTINGS
@given(
    lines=st.lists(
        st.sampled_from(["1;2021-01-05;5;x", "1,2021-01-05,5,x", "", " ", "word", ",,,", ",,,,", "\u00e9"])
    ),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    ends=st.booleans(),
)
def test_every_line_is_a_row_an_odd_row_or_blank(lines: list[str], newline: str, ends: bool) -> None:
    every = [",".join(HEADER), *(",".join(row) for row in FIRST), *lines]
    text = newline.join(every) + newline * ends
    _, done, found = staged(text.encode(), delimiter=",", header=True, encoding="utf-8")
    filled = [at for at, line in enumerate(every, 1) if line][1:]
    assert [row["line_no"] for row in found] == filled
    # The last line is blank only where something follows it.
    blank = every if ends or every[-1] else every[:-1]
    assert done.blank_lines == blank.count("")
    assert done.rows == sum(line.count(",") == 3 for line in every[1:])


@SETTINGS
@given(written=st.lists(ids, min_size=1, max_size=30, unique=True), delimiter=delimiters)
def test_ids_come_back_to_the_byte(written: list[str], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["customer_id", "date", "amount"])
    writer.writerows([[each, "2021-01-05", "5"] for each in [*written, "K1", "K2"]])
    _, _, found = staged(out.getvalue().encode(), delimiter=delimiter, header=True, encoding="utf-8")
    assert [row["c0"] for row in found] == [*written, "K1", "K2"]


@SETTINGS
@given(
    cents=st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=20),
    mark=st.sampled_from([".", ","]),
    newline=newlines,
)
def test_amounts_tie_to_the_cent_whatever_the_decimal_mark(cents: list[int], mark: str, newline: str) -> None:
    amounts = [f"{Decimal(each) / 100:.2f}".replace(".", mark) for each in cents]
    lines = [f"{at % 3};2021-01-{1 + at % 28:02d};{each}" for at, each in enumerate(amounts)]
    got = imported(
        newline.join(["customer_id;date;amount", *lines]) + newline, decimal=mark, date_order="ymd"
    )
    assert Decimal(got.ledger["amount"]["in"]) == Decimal(sum(cents)) / 100
    assert got.ledger["rows"] == {"in": len(cents), "kept": len(cents), "quarantined": 0}


class Pieces(ByteSource):
    """Bytes handed out in pieces of given sizes."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = data
        self._sizes = sizes

    def read(self, size: int = 0) -> bytes:
        size = self._sizes.pop(0) if self._sizes else 1000
        piece, self._data = self._data[:size], self._data[size:]
        return piece


@SETTINGS
@given(
    text=st.text(st.sampled_from("ab\u00e9\U0001f600\n\r,"), max_size=60),
    sizes=st.lists(st.integers(1, 9), max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"]),
)
def test_blank_lines_do_not_depend_on_how_the_bytes_come(text: str, sizes: list[int], encoding: str) -> None:
    if "\n" not in text:
        text += "\n"
    if "\r" in text.split("\n")[0]:
        text = "\n" + text  # or the first piece looks like a file of an old Mac
    stream = Utf8Stream(Pieces(text.encode(encoding), sizes), encoding, "x")
    assert b"".join(iter(stream.read, b"")).decode() == text
    expected = [at for at, line in enumerate(text.split("\n")[:-1], 1) if line in ("", "\r")]
    assert stream.take_blank_lines().tolist() == expected
    assert stream.take_blank_lines().tolist() == []


def test_a_packed_file_says_what_it_is(tmp_path: Path) -> None:
    assert Content("text", True).packed
    assert Content("xlsx", False, "orders.xlsx").packed
    assert not Content("text", False).packed

"""Five hundred damaged files: each is imported with every row accounted for, or refused in a sentence."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import process_time

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from data.cleaning import clean
from data.customers import clean_customers
from data.engine import connect
from data.errors import InputError, Question, QuestionError
from data.names import CUSTOMER_ROLES, CUSTOMERS, ROLES
from data.reading import ImportOptions, Inspection, inspect_file, stage
from data.reading.guard import inspect_guarded

CASES = 500
PARTS = 10
GUARDED = 12
NAMES = ("orders.csv", "orders.xlsx", "orders.xls", "orders.parquet", "orders.gz", "orders", "../x\n.csv")
HEADER = ["customer_id", "order_id", "date", "quantity", "amount", "city"]
CITIES = ("Orléans", "Köln", "Málaga", "plain", "Ålesund", 'the "Mall"', "A, B & C", "two\nlines", "=1+1", "")
TABLE = [
    [
        f"{i % 9:05d}",
        f"C{536365 + i}",
        f"2021-{1 + i % 12:02d}-{1 + i % 28:02d}",
        str(i % 5),
        f"{i}.25",
        CITIES[i % 10],
    ]
    for i in range(80)
]


def text(delimiter: str = ",", encoding: str = "utf-8", newline: str = "\r\n") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerows([HEADER, *TABLE])
    return out.getvalue().encode(encoding)


def unquoted(delimiter: str = ",") -> bytes:
    rows = [HEADER, *([*row[:5], "x"] for row in TABLE)]
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


def cdnow() -> bytes:
    return b"".join(b" %05d 199701%02d %2d %7.2f\r\n" % (i % 9, 1 + i % 28, i % 5, i) for i in range(80))


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADER, *TABLE]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for at, row in enumerate([HEADER, *TABLE]):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    columns = {name: pa.array([row[at] for row in TABLE]) for at, name in enumerate(HEADER)}
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", data)
    return out.getvalue()


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def bases() -> list[bytes]:
    texts = [
        text(),
        text(";"),
        text("\t"),
        text(encoding="utf-16"),
        text(encoding="cp1252"),
        text(newline="\r"),
    ]
    plain = [unquoted(), unquoted(";"), unquoted("|"), cdnow()]
    return [
        *texts,
        *plain,
        *plain,
        xlsx(),
        xls(),
        parquet(),
        packed(text()),
        zipped(unquoted()),
        packed(parquet()),
    ]


def cut(data: bytes, draw: Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def cut_front(data: bytes, draw: Random) -> bytes:
    return data[draw.randrange(len(data) + 1) :]


def flip(data: bytes, draw: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 3, 30)) if data else 0):
        changed[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(changed)


def insert(*pieces: bytes) -> Callable[[bytes, Random], bytes]:
    def change(data: bytes, draw: Random) -> bytes:
        for _ in range(draw.choice((1, 2, 9))):
            at = draw.randrange(len(data) + 1)
            data = data[:at] + draw.choice(pieces) + data[at:]
        return data

    return change


def noise(data: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.randbytes(draw.choice((1, 50, 2000))) + data[at:]


def shuffle_lines(data: bytes, draw: Random) -> bytes:
    lines = data.split(b"\n")
    draw.shuffle(lines)
    return b"\n".join(lines)


def ragged(data: bytes, draw: Random) -> bytes:
    marks = (b",", b",,,", b";", b"")
    return b"".join(line + draw.choice(marks) + b"\n" for line in data.split(b"\n"))


def other_delimiter(data: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + data[at:].replace(b",", draw.choice((b";", b"\t", b"|")))


def joined(data: bytes, draw: Random) -> bytes:
    return data + draw.choice((data, text(), cdnow(), packed(unquoted()), b"\n" * 50))


def swallowed(data: bytes, draw: Random) -> bytes:
    return draw.choice((packed, zipped))(data)


CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    cut,
    cut_front,
    flip,
    insert(b"\0", b"\0" * 100),
    insert(b'"', b'""', b"'", b'",', b'\n"'),
    insert(b"\n", b"\r", b"\r\n", b"\n\n\n", b"\x0b", b"\x1f", b"\xe2\x80\xa8"),
    insert(b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b"\x81\x8d"),
    insert(b"9" * 400, b"-", b"1e999", b"NaN", b"x" * 200_000, b"99999999999999999999.99"),
    noise,
    shuffle_lines,
    ragged,
    other_delimiter,
    joined,
    swallowed,
)


def case(number: int, base: list[bytes]) -> tuple[str, bytes]:
    """The name and the bytes of damaged file `number`, always the same."""
    draw = Random(number)
    data = draw.choice(base)
    for _ in range(draw.choice((1, 1, 2, 3))):
        data = draw.choice(CHANGES)(data, draw)
    return draw.choice(NAMES), data


@pytest.fixture(scope="module")
def base() -> list[bytes]:
    return bases()


def answers(options: ImportOptions, questions: tuple[Question, ...]) -> ImportOptions:
    """`options` with the first choice of each question taken."""
    values = options.to_dict()
    for question in questions:
        if not question.choices:
            continue
        chosen = question.choices[0][0]
        if question.key in (*ROLES, *CUSTOMER_ROLES):
            values["mapping"] = {**(values["mapping"] or {}), question.key: chosen}
        else:
            values[question.key] = chosen
    return ImportOptions.from_dict(values)


def decided(path: Path, name: str) -> Inspection:
    """The inspection of `path` with what it asks answered; raises InputError, or QuestionError in the end."""
    options = ImportOptions()
    for _ in range(5):
        inspection = inspect_file(path, options, name=name)
        if not inspection.questions:
            return inspection
        options = answers(options, inspection.questions)
    raise QuestionError(inspection.questions)


def rows_of(data: bytes, inspection: Inspection) -> int | None:
    """The rows that the file holds by a count of its own, where its text has no quotes."""
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    elif data.startswith(b"PK") and inspection.file_format != "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(archive.namelist()[0])
    if inspection.file_format == "parquet":
        return int(pq.read_metadata(io.BytesIO(data)).num_rows)
    if inspection.file_format not in ("csv", "fixed_width"):
        return None
    shown = data.decode(inspection.options.encoding or "").removeprefix("\ufeff")
    if '"' in shown and inspection.file_format == "csv":
        return None
    if "\n" not in shown:
        shown = shown.replace("\r", "\n")
    if "\r" in shown.replace("\r\n", "\n"):
        return None  # a return within a line: whether it ends one is a matter of taste
    lines = shown.replace("\r\n", "\n").split("\n")
    below = lines[inspection.header_rows :]
    return sum(1 for line in below if line)


def judge(path: Path, name: str, folder: Path) -> str:
    """Import the file as far as it goes; 'refused', 'asked' or 'imported'."""
    try:
        inspection = decided(path, name)
        staged = stage(inspection, folder)
        expected = rows_of(path.read_bytes(), inspection)
        assert expected in (None, staged.rows + staged.odd_rows), path
        connection = connect([folder], threads=1)
        try:
            cleaner = clean_customers if inspection.kind == CUSTOMERS else clean
            ledger = cleaner(connection, staged, inspection.options, folder).ledger["rows"]
        finally:
            connection.close()
    except QuestionError as error:
        return "asked" if error.questions else "nothing asked"
    except InputError as error:
        message = str(error)
        assert message.endswith((".", "?")), message
        assert "Traceback" not in message
        return "refused"
    assert ledger["in"] == ledger["kept"] + ledger["quarantined"] == staged.rows + staged.odd_rows
    return "imported"


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_files_are_imported_in_full_or_refused_in_words(
    tmp_path: Path, base: list[bytes], part: int
) -> None:
    outcomes = {}
    for number in range(part, CASES, PARTS):
        name, data = case(number, base)
        path = tmp_path / f"{number}"
        path.write_bytes(data)
        folder = tmp_path / f"{number}-out"
        folder.mkdir()
        outcomes[number] = judge(path, name, folder)
    assert len(outcomes) == CASES // PARTS
    assert set(outcomes.values()) <= {"imported", "refused", "asked"}
    # Both ends of the judgement are really met.
    assert list(outcomes.values()).count("imported") >= 5
    assert list(outcomes.values()).count("refused") >= 5


def test_damaged_files_in_a_process_of_their_own(tmp_path: Path, base: list[bytes]) -> None:
    for number in range(GUARDED):
        name, data = case(number, base)
        path = tmp_path / f"{number}"
        path.write_bytes(data)
        outcomes = [outcome(look, path, name) for look in (inspect_file, inspect_guarded)]
        assert outcomes[0] == outcomes[1]


def outcome(look: Callable[..., Inspection], path: Path, name: str) -> Inspection | str:
    try:
        return look(path, name=name)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("size", [64, 4096])
def test_an_old_workbook_whose_sectors_never_end_is_refused(tmp_path: Path, size: int) -> None:
    data = bytearray(xls())
    table = struct.unpack_from("<I", data, 76)[0]
    start = (table + 1) * 512
    for sector in range(size):
        # Every chain bites its own tail.
        if struct.unpack_from("<I", data, start + 4 * (sector % 128))[0] < 0xFFFFFFFA:
            struct.pack_into("<I", data, start + 4 * (sector % 128), sector % 128)
    path = tmp_path / "orders.xls"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"^orders\.xls is a damaged workbook"):
        inspect_file(path)


def test_many_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(unquoted() + b"\n" * 6_000_000 + unquoted().split(b"\n", 1)[1])
    staged = stage(inspect_file(path), tmp_path)
    assert (staged.rows, staged.odd_rows, staged.blank_lines) == (160, 0, 6_000_000)
    lines = pq.read_table(staged.path)["line_no"].to_pylist()
    assert lines == [*range(2, 82), *range(6_000_082, 6_000_162)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * 3_000_000, "is not a table: line 1 is longer than 1 MB"),
        (b"a,b\n" + b"," * 3_000_000, "is not a table: line 2 is longer than 1 MB"),
        (b",".join([b"x"] * 100_000) + b"\n1\n", "has 100,000 columns; at most 2,000 can be imported"),
        (
            unquoted() * 300 + b"y" * 10_000_000,
            "after line 24,300 a quote is never closed, or a line is longer than 4 MB",
        ),
        (unquoted() * 300 + b"1,2,\0,4,5,6\n", "is not text: line 24,301 contains zero bytes"),
        (b"," * 500_000, "has 500,001 columns; at most 2,000 can be imported"),
        (b"D" * 50_000, "is not a table: no comma, semicolon, tab or vertical bar cuts its text"),
        (b'customer,date,amount\n"' + b'"' * 200_000, "is not a table: no line below the header is cut into"),
        (Random(1).randbytes(50_000).replace(b"\0", b""), "is not text but data of another kind"),
    ],
    ids=[
        "one line",
        "two lines",
        "columns",
        "long line",
        "zero bytes",
        "commas",
        "letters",
        "quotes",
        "random bytes",
    ],
)
def test_what_is_out_of_all_measure_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(data)
    begun = process_time()
    with pytest.raises(InputError) as caught:
        stage(decided(path, path.name), tmp_path)
    assert words in str(caught.value)
    assert process_time() - begun < 5.0

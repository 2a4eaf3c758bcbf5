"""Content decides what a file is; what is no table is refused in one sentence."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from data.errors import InputError
from data.reading import inspect_file
from data.reading.sources import sniff
from tests.imports import import_text, write

ROWS = "customer_id,date,amount\n" + "".join(f"{i % 7},2021-01-{1 + i % 28:02d},{i}.50\n" for i in range(400))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "orders.csv is empty (0 bytes): there is nothing to import."),
        (b" \r\n\n", "orders.csv contains nothing but blank lines: there is nothing to import."),
        (b"customer_id,date,amount\n", "orders.csv has a header line but no rows below it"),
        (b"customer_id,date,amount", "orders.csv has a header line but no rows below it"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "orders.csv is a PNG image, not a table"),
        (b"%PDF-1.7 ...", "orders.csv is a PDF document, not a table"),
        (b"<!DOCTYPE html><html>", "orders.csv is a web page, not a table"),
        (b'{"a": 1}', "orders.csv is a JSON document, not a table"),
        # mtime=0: these bytes name the test, which must have one name in every process.
        (gzip.compress(b"", mtime=0), "orders.csv is a gzip file with nothing in it"),
        (gzip.compress(gzip.compress(b"a", mtime=0), mtime=0), "orders.csv is compressed twice"),
        (b"customer_id,date,amount\n1,2021-01-01,5\n2,2021-\x00\x01,5\n", "line 3 contains zero bytes"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        inspect_file(write(tmp_path, content))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [6, 15, 200, -20, -1])
def test_a_truncated_gzip_is_told_as_that(tmp_path: Path, cut: int) -> None:
    with pytest.raises(InputError, match=r"^orders.csv.gz is cut short: the gzip file ends too early"):
        inspect_file(write(tmp_path, gzip.compress(ROWS.encode())[:cut], "orders.csv.gz"))


def test_a_damaged_gzip_is_told_as_that(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(ROWS.encode()))
    packed[60:64] = b"\xff\xff\xff\xff"
    with pytest.raises(InputError, match="is damaged: its gzip data cannot be unpacked"):
        inspect_file(write(tmp_path, bytes(packed)))


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    # Gzip files may be joined: one part, many times over.
    bomb = gzip.compress(b"1,2021-01-01,5\n" * 1_000_000, mtime=0) * 30
    with pytest.raises(InputError, match="unpacks to over 300 times its size"):
        inspect_file(write(tmp_path, bomb))


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    plain = import_text(tmp_path, ROWS, "orders.csv")
    packed = import_text(tmp_path, gzip.compress(ROWS.encode()), "picture.png")
    assert packed.rows == plain.rows
    assert (
        packed.ledger["amount"]
        == plain.ledger["amount"]
        == {"in": "80000.00", "kept": "80000.00", "quarantined": "0.00"}
    )


def test_the_name_in_messages_is_the_users(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^my orders.csv is empty"):
        inspect_file(write(tmp_path, b"", "upload-17"), name="my orders.csv")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file nothing"):
        sniff(tmp_path / "nothing.csv", "nothing.csv")
    with pytest.raises(InputError, match="is a folder"):
        sniff(tmp_path, "here")


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


STRAY = {"__MACOSX/._orders.csv": b"\0\5", "data/.DS_Store": b"\0", "Thumbs.db": b"\0"}


@pytest.mark.parametrize(
    "files",
    [
        {"orders.csv": ROWS.encode()},
        {"orders": ROWS.encode()},
        {"data/": b"", "data/orders.CSV": ROWS.encode(), **STRAY},
        {"read me.md": b"what this is", "orders.txt": ROWS.encode("utf-16")},
    ],
    ids=["one", "no ending", "beside stray files", "beside a note"],
)
@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_zip_archive_of_one_table_is_that_table(
    tmp_path: Path, files: dict[str, bytes], method: int
) -> None:
    got = import_text(tmp_path, zipped(files, method), "orders.zip")
    assert got.ledger["rows"] == {"in": 400, "kept": 400, "quarantined": 0}
    assert got.ledger["amount"]["in"] == "80000.00"
    assert got.inspection.file_format == "csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            zipped({"a.csv": b"x", "b/c.csv": b"y", "notes.md": b""}),
            r"^x\.zip is a zip archive of 3 files \(a\.csv, b/c\.csv\): unpack it and import one table\.$",
        ),
        (
            zipped({f"{i}\n.csv": b"x" for i in range(9)}),
            r"of 9 files \(0\?\.csv, 1\?\.csv, 2\?\.csv, 3\?\.csv, 4\?\.csv and 4 more\): unpack it",
        ),
        (zipped({}), "is a zip archive with no file in it"),
        (zipped(STRAY), "is a zip archive with no file in it"),
        (zipped({"a.csv": b""}), "is a zip archive with nothing in it"),
        (zipped({"a.csv.gz": gzip.compress(b"x", mtime=0)}), "is compressed twice: unpack it once"),
        (zipped({"a.zip": zipped({"a.csv": b"x"})}), "is a zip archive, not a workbook: unpack it"),
        (zipped({"photo.png": b"\x89PNG\r\n\x1a\n"}), "is a PNG image, not a table"),
        (zipped({"word/document.xml": b"<a/>", "b": b""}), "is a Word document"),
        (zipped({"xl/workbook.bin": b""}), r"is a binary workbook \(XLSB\)"),
        (zipped({"content.xml": b""}), "is an OpenDocument file"),
        (zipped({"a.csv": ROWS.encode()})[:-30], "is a damaged or cut-short workbook or archive"),
    ],
    ids=range(12),
)
def test_other_zip_archives_are_told_as_what_they_are(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        inspect_file(write(tmp_path, content, "x.zip"))


def test_a_protected_and_a_damaged_zip_archive(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": ROWS.encode()}))
    damaged = data.copy()
    damaged[60:90] = bytes(30)
    with pytest.raises(InputError, match=r"x\.zip is damaged: its zip data cannot be unpacked"):
        inspect_file(write(tmp_path, bytes(damaged), "x.zip"))
    # The mark of a password is the first bit of the flags, both times they are written.
    for at in (6, data.index(b"PK\x01\x02") + 8):
        struct.pack_into("<H", data, at, 1)
    with pytest.raises(InputError, match=r"x\.zip is protected with a password: unpack it"):
        inspect_file(write(tmp_path, bytes(data), "x.zip"))


def test_a_zip_bomb_of_text_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    line = b"1,2021-01-01,5\n" * 1_000_000
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
        for _ in range(22):
            file.write(line)
    with pytest.raises(InputError, match="unpacks to over 300 times its size"):
        inspect_file(write(tmp_path, out.getvalue(), "x.zip"))


def test_a_way_of_packing_nobody_knows_is_not_told_as_a_password(tmp_path: Path) -> None:
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", "customer_id,date,amount\na,2024-01-13,5.5\n")
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[8:10] = data[central + 10 : central + 12] = (97).to_bytes(2, "little")
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        inspect_file(path)
    assert "damaged" in str(caught.value)
    assert "password" not in str(caught.value)

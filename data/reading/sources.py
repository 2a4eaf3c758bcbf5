"""What a file really is, by its content and never by its name, and how to open it."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from data.errors import InputError

GZIP_MAGIC: Final = b"\x1f\x8b"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET_MAGIC: Final = b"PAR1"
HEAD_BYTES: Final = 64 * 1024
CHUNK_BYTES: Final = 1 << 20

# Compressed text reaches some 100:1; what unpacks further than this is an attack, not a table.
BOMB_BYTES: Final = 256 << 20
BOMB_RATIO: Final = 300

# (first bytes, offset, what a person calls it)
_NOT_TABLES: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG image"),
    (b"\xff\xd8\xff", 0, "a JPEG image"),
    (b"GIF8", 0, "a GIF image"),
    (b"WEBP", 8, "a WebP image"),
    (b"II*\x00", 0, "a TIFF image"),
    (b"MM\x00*", 0, "a TIFF image"),
    (b"%PDF", 0, "a PDF document"),
    (b"\x7fELF", 0, "a program"),
    (b"MZ\x90", 0, "a program"),
    (b"SQLite format 3\x00", 0, "an SQLite database"),
    (b"BZh", 0, "a bzip2 archive"),
    (b"\xfd7zXZ\x00", 0, "an xz archive"),
    (b"\x28\xb5\x2f\xfd", 0, "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7-Zip archive"),
    (b"Rar!\x1a\x07", 0, "a RAR archive"),
    (b"ustar", 257, "a tar archive"),
    (b"ARROW1", 0, "an Arrow file"),
    (b"{\\rtf", 0, "a rich text document"),
    (b"ftyp", 4, "a video or image"),
    (b"ID3", 0, "a sound file"),
    (b"OggS", 0, "a sound file"),
)
_NOT_TABLES_TEXT: Final = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
    (b"{", "a JSON document"),
    (b"[", "a JSON document"),
)
_NO_TABLE: Final = "not a table: save the transactions as CSV, XLSX or Parquet and import that file."


_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
# What programs put into archives beside what was meant.
_STRAY_FILES: Final = ("thumbs.db", "desktop.ini")
_TABLE_ENDINGS: Final = (".csv", ".tsv", ".tab", ".txt", ".dat", ".xlsx", ".xlsm", ".xls", ".parquet", ".gz")
_SHOWN_FILES: Final = 5

Kind = Literal["text", "xlsx", "xls", "parquet"]


@dataclass(frozen=True)
class Content:
    """What is inside a file, and whether it is wrapped in gzip, or is the file `member` of a zip archive."""

    kind: Kind
    gzipped: bool
    member: str | None = None

    @property
    def packed(self) -> bool:
        return self.gzipped or self.member is not None


def sniff(path: Path, name: str) -> Content:
    """Tell the content of `path` from its bytes; raises InputError where it is no table.

    `name` is what the user calls the file; messages use it.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise InputError(f"There is no file {name}.") from None
    except IsADirectoryError:
        raise InputError(f"{name} is a folder, not a file.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be opened: {error.strerror}.") from None
    if size == 0:
        raise InputError(f"{name} is empty (0 bytes): there is nothing to import.")
    if head.startswith(GZIP_MAGIC):
        return Content(_packed_kind(path, name, None), True)
    if head.startswith(_ZIP_MAGICS):
        kind, member = _zip_kind(path, name)
        return Content(kind, False, member)
    return Content(_kind(head, name), False)


def _packed_kind(path: Path, name: str, member: str | None) -> Kind:
    """The kind of what a gzip file or the `member` of a zip archive holds."""
    with _Unpacked(path, name, member) as unpacked:
        head = unpacked.read(HEAD_BYTES)
    if not head:
        raise InputError(
            f"{name} is a {'gzip file' if member is None else 'zip archive'} with nothing in it."
        )
    if head.startswith(GZIP_MAGIC):
        raise InputError(f"{name} is compressed twice: unpack it once and import the result.")
    # An archive inside cannot be listed yet: the spreadsheet reader does it.
    return "xlsx" if head.startswith(_ZIP_MAGICS) else _kind(head, name)


def _kind(head: bytes, name: str) -> Kind:
    if head.startswith(PARQUET_MAGIC):
        return "parquet"
    if head.startswith(OLE_MAGIC):
        return "xls"
    for magic, offset, words in _NOT_TABLES:
        if head[offset : offset + len(magic)] == magic:
            raise InputError(f"{name} is {words}, {_NO_TABLE}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    for opening, words in _NOT_TABLES_TEXT:
        if start.startswith(opening):
            raise InputError(f"{name} is {words}, {_NO_TABLE}")
    return "text"


def _zip_kind(path: Path, name: str) -> tuple[Kind, str | None]:
    """The kind of a workbook, or of the one table in an archive together with that table's name there."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        raise InputError(f"{name} is a damaged or cut-short workbook or archive: copy it again.") from None
    names = {member.filename for member in members}
    if "xl/workbook.xml" in names:
        return "xlsx", None
    if "xl/workbook.bin" in names:
        raise InputError(f"{name} is a binary workbook (XLSB): save it as XLSX or CSV and import that file.")
    if "word/document.xml" in names:
        raise InputError(f"{name} is a Word document, {_NO_TABLE}")
    if "content.xml" in names:
        raise InputError(f"{name} is an OpenDocument file: save it as XLSX or CSV and import that file.")
    member = _only_table(members, name)
    return _packed_kind(path, name, member), member


def _only_table(members: list[zipfile.ZipInfo], name: str) -> str:
    """The file of an archive that is to be imported; raises InputError where there are several, or none."""
    files = [member.filename for member in members if not (member.is_dir() or _is_stray(member.filename))]
    tables = [each for each in files if each.lower().endswith(_TABLE_ENDINGS)]
    if len(tables) == 1:
        return tables[0]
    if len(files) == 1:
        return files[0]
    if not files:
        raise InputError(f"{name} is a zip archive with no file in it: there is nothing to import.")
    shown = ", ".join(_printable(each) for each in (tables or files)[:_SHOWN_FILES])
    more = len(tables or files) - _SHOWN_FILES
    raise InputError(
        f"{name} is a zip archive of {len(files):,} files ({shown}{f' and {more:,} more' if more > 0 else ''}): "
        "unpack it and import one table."
    )


def _is_stray(member: str) -> bool:
    last = member.rsplit("/", 1)[-1].lower()
    return member.startswith("__MACOSX/") or last.startswith(".") or last in _STRAY_FILES


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:60]


class _Unpacked(io.RawIOBase):
    """The bytes inside a gzip file or of a member of a zip archive, faults told in words, guarded against bombs."""

    def __init__(self, path: Path, name: str, member: str | None) -> None:
        self._raw = path.open("rb")
        self._name = name
        self._what = "gzip" if member is None else "zip"
        self._out = 0
        self._packed: IO[bytes] | gzip.GzipFile
        try:
            if member is None:
                self._packed = gzip.GzipFile(fileobj=self._raw)
            else:
                self._packed = zipfile.ZipFile(self._raw).open(member)  # noqa: SIM115 - closed by close()
        # NotImplementedError is a way of packing that zipfile does not know; it is a RuntimeError too, as
        # the missing password is, and so comes first.
        except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError):
            self._raw.close()
            raise self._damaged() from None
        except RuntimeError:
            self._raw.close()
            raise InputError(
                f"{name} is protected with a password: unpack it and import the table."
            ) from None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._packed.read(size)
        except EOFError:
            raise InputError(
                f"{self._name} is cut short: the {self._what} file ends too early. Copy or download it again."
            ) from None
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError):
            raise self._damaged() from None
        except OSError as error:
            # What bzip2 inside a zip archive says of damage has no number.
            if error.errno is not None:
                raise
            raise self._damaged() from None
        self._out += len(data)
        if self._out > BOMB_BYTES and self._out > BOMB_RATIO * max(self._raw.tell(), 1):
            raise InputError(f"{self._name} unpacks to over {BOMB_RATIO} times its size: it is refused.")
        return data

    def _damaged(self) -> InputError:
        return InputError(
            f"{self._name} is damaged: its {self._what} data cannot be unpacked. Copy or download it again."
        )

    def position(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._packed.close()
        self._raw.close()
        super().close()


class ByteSource:
    """The unpacked bytes of a file, read forward once, that knows how far it is (0-1)."""

    def __init__(self, path: Path, content: Content, name: str) -> None:
        self.path = path
        self._size = max(path.stat().st_size, 1)
        self._packed = _Unpacked(path, name, content.member) if content.packed else None
        self._file: IO[bytes] | _Unpacked = self._packed or path.open("rb")

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Up to `size` bytes; empty at the end. Raises InputError where the gzip data is broken."""
        return self._file.read(size)

    def share(self) -> float:
        """How much of the file has been read, 0-1."""
        position = self._packed.position() if self._packed else self._file.tell()
        return min(position / self._size, 1.0)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> ByteSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def unpacked_file(path: Path, content: Content, name: str) -> Iterator[Path]:
    """`path` itself, or a temporary unpacked copy of it, for readers that need to seek."""
    if not content.packed:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        copy = Path(folder) / "unpacked"
        with _Unpacked(path, name, content.member) as packed, copy.open("wb") as out:
            shutil.copyfileobj(packed, out, CHUNK_BYTES)
        yield copy

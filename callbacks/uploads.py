"""Files on their way in and out: the streaming upload route, and the quarantine as a download.

An upload is a folder of the workspace with a name of ours, `uploads/<token>/`, that holds `data`
(the bytes as they came) and `upload.json` (the name the person knows the file by). It appears only
when it is whole and on disk; it waits there until it is imported, discarded or a day old.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

from data.errors import LapwingError, NotFoundError, StoreError
from data.store import sync
from figures import words

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.services import Services

CHUNK_BYTES = 1 << 20
STALE_SECONDS = 24 * 3600
STALL_SECONDS = 60.0
# Bytes still read after a refusal, so that the browser gets to see the answer.
DRAIN_BYTES = 32 << 20
SPARE_DISK_BYTES = 64 << 20
MAX_AT_ONCE = 4
PARTIAL = ".part"
SILENT = "Nothing arrived for {:.0f} seconds, so the upload was given up. Upload it again."
BROKEN = "The connection broke before the whole file had arrived. Upload it again."
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class UploadError(LapwingError):
    """An upload that was not taken, with the HTTP status that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Upload:
    """One whole file that waits to be imported; `name` is what its owner calls it."""

    token: str
    name: str
    path: Path

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return self.path.stat().st_size


class Uploads:
    """The uploads of a workspace."""

    def __init__(self, home: Path, max_bytes: int) -> None:
        self.folder = Path(home).resolve() / "uploads"
        self.max_bytes = max_bytes
        self._places = threading.BoundedSemaphore(MAX_AT_ONCE)

    def refuse(self, size: int | None) -> None:
        """Raise UploadError where a file of `size` bytes could not be taken, before any of it is sent."""
        if size is not None and size > self.max_bytes:
            raise UploadError(
                413,
                f"The file has {words.count(size / 1e6)} MB; at most {words.count(self.max_bytes / 1e6)} MB can be uploaded."
                " Compress it with gzip, split it, or raise LAPWING_MAX_UPLOAD_MB.",
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise _in_words(error) from error
        if free < (size or 0) + SPARE_DISK_BYTES:
            raise UploadError(
                507, "The disk of the server is too full for this file. Make space and try again."
            )

    def receive(self, stream: IO[bytes], size: int | None, name: str) -> Upload:
        """Write `stream` to disk in chunks and return the whole upload; UploadError otherwise.

        `size` is what the sender announced, None where it did not. Whatever fails, nothing is left.
        """
        self.refuse(size)
        if not self._places.acquire(blocking=False):
            raise UploadError(503, "Several files are being uploaded right now. Try again in a minute.")
        token = secrets.token_urlsafe(16)
        partial = self.folder / (token + PARTIAL)
        try:
            partial.mkdir(mode=0o700)
            received = self._write(stream, partial / "data")
            if size is not None and received != size:
                raise UploadError(400, BROKEN)
            _write_synced(partial / "upload.json", json.dumps({"name": clean_name(name)}).encode())
            sync(partial)
            partial.rename(self.folder / token)
            sync(self.folder)
        except OSError as error:
            raise _in_words(error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            self._places.release()
        return self.get(token)

    def _write(self, stream: IO[bytes], path: Path) -> int:
        received = 0
        with path.open("xb") as file:
            while chunk := _read(stream):
                received += len(chunk)
                if received > self.max_bytes:
                    self.refuse(received)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return received

    def get(self, token: str) -> Upload:
        """The upload of that token; NotFoundError where it was imported, discarded or has expired."""
        folder = self.folder / token
        # A token comes from the browser: it names a folder of ours or nothing.
        if _TOKEN.fullmatch(token) and (folder / "data").is_file():
            with suppress(OSError, ValueError, KeyError):
                name = json.loads((folder / "upload.json").read_text())["name"]
                return Upload(token, str(name), folder / "data")
        raise NotFoundError("The uploaded file is no longer here. Upload it again.")

    def discard(self, token: str) -> None:
        """Remove an upload; nothing happens where it is gone already."""
        if _TOKEN.fullmatch(token):
            shutil.rmtree(self.folder / token, ignore_errors=True)

    def clean(self, in_use: Collection[str] = (), older_than: float = STALE_SECONDS) -> None:
        """Remove uploads, whole or partial, that nobody touched for `older_than` seconds.

        Files whose path is in `in_use` (of jobs that wait or run) stay, however old.
        """
        before = time.time() - older_than
        folders = [path for path in self.folder.glob("*") if path.is_dir()]
        for folder in folders:
            with suppress(OSError):
                touched = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                if touched < before and str(folder / "data") not in in_use:
                    shutil.rmtree(folder, ignore_errors=True)


def clean_name(name: str) -> str:
    """The last part of a file name as its owner wrote it, without control characters, 200 long at most."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[:200] or "upload"


def dataset_name(file_name: str) -> str:
    """A first name for the data set: the file's, without its endings; `sales.csv.gz` gives `sales`."""
    return re.sub(r"(\.(csv|tsv|txt|xlsx?|xlsm|parquet|gz|zip))+$", "", file_name, flags=re.I) or file_name


def register_routes(app: Dash, services: Services) -> None:
    """Add the upload and download addresses to the server of `app`."""
    server: Flask = app.server
    uploads = uploads_of(services)

    def check() -> tuple[Response, int]:
        return _answer(lambda: _checked(uploads, request.args.get("bytes", type=int)))

    def upload() -> tuple[Response, int]:
        return _answer(lambda: _received(uploads, services))

    def quarantine(dataset_id: str) -> Response | tuple[Response, int]:
        return send_quarantine(services, dataset_id)

    server.add_url_rule("/upload", "lapwing_upload_check", check, methods=["GET"])
    server.add_url_rule("/upload", "lapwing_upload", upload, methods=["POST"])
    server.add_url_rule(
        "/data/<dataset_id>/quarantine.csv", "lapwing_quarantine", quarantine, methods=["GET"]
    )


def uploads_of(services: Services) -> Uploads:
    """The uploads of the workspace that `services` serve."""
    return Uploads(services.settings.home, services.settings.max_upload_mb * 1_000_000)


def send_quarantine(services: Services, dataset_id: str) -> Response | tuple[Response, int]:
    """The quarantined rows of a data set as an attachment, streamed from disk.

    `?file=2` asks for those of its second file.
    """
    number = request.args.get("file", 1, type=int)
    try:
        dataset = services.store.dataset(dataset_id)
        path = dataset.file("rejected.csv" if number == 1 else f"rejected-{number}.csv")
    except LapwingError as error:
        return _text(str(error), 404)
    stem = re.sub(r"[^\w -]+", "_", dataset.name).strip() or "data"
    answer = Response(with_mark(path), mimetype="text/csv")
    answer.headers.set(
        "Content-Disposition",
        "attachment",
        filename=f"{stem} quarantine{'' if number == 1 else f' {number}'}.csv",
    )
    return answer


def with_mark(path: Path) -> Iterator[bytes]:
    """The UTF-8 file at `path` in chunks, after the mark by which spreadsheets know the encoding."""
    yield codecs.BOM_UTF8
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _checked(uploads: Uploads, size: int | None) -> dict[str, Any]:
    uploads.refuse(size)
    return {"max_bytes": uploads.max_bytes}


def _received(uploads: Uploads, services: Services) -> dict[str, Any]:
    uploads.clean(in_use={str(job.params.get("path")) for job in services.jobs.active()})
    # The limit of other requests is small; here `refuse` has the say, with words.
    request.max_content_length = max(uploads.max_bytes + CHUNK_BYTES, request.content_length or 0)
    with _stall_limit():
        try:
            upload = uploads.receive(request.stream, request.content_length, request.args.get("name", ""))
        except UploadError as error:
            if error.status not in (400, 408):
                _drain()
            raise
    return {"token": upload.token, "name": upload.name, "bytes": upload.bytes}


@contextmanager
def _stall_limit() -> Iterator[None]:
    """Let no sender hold a thread by falling silent: reads give up after STALL_SECONDS."""
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if connection is None:
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(STALL_SECONDS)
    try:
        yield
    finally:
        with suppress(OSError):
            connection.settimeout(before)


def _drain() -> None:
    left = DRAIN_BYTES
    with suppress(Exception):
        while left > 0 and (chunk := request.stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)


def _answer(work: Any) -> tuple[Response, int]:
    try:
        return jsonify(work()), 200
    except UploadError as error:
        answer = jsonify(error=str(error))
        # Unread bytes of the body would be taken for the next request of this connection.
        answer.headers["Connection"] = "close"
        return answer, error.status
    except LapwingError as error:
        return jsonify(error=str(error)), 500


def _text(text: str, status: int) -> tuple[Response, int]:
    return Response(text, mimetype="text/plain"), status


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(CHUNK_BYTES)
    except Exception as error:  # each server has its own errors for a body that ends too soon
        # Werkzeug puts its own error over the timeout of the socket.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise UploadError(408, SILENT.format(STALL_SECONDS)) from error
        raise UploadError(400, BROKEN) from error


def _in_words(error: OSError) -> LapwingError:
    if error.errno in _FULL_DISK:
        return UploadError(507, "The disk of the server is full; nothing was kept. Make space and try again.")
    return StoreError(f"The file could not be written to the workspace: {error.strerror or error}.")


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

"""Files on their way in and out: whole or not at all, under a name of ours, in words when refused."""

from __future__ import annotations

import errno
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash
import psutil  # type: ignore[import-untyped]  # ships no types
import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from callbacks import uploads
from callbacks.services import Services
from callbacks.uploads import Upload, UploadError, Uploads, clean_name, dataset_name, register_routes
from data.errors import NotFoundError
from data.store import DATASETS, write_json
from settings import Settings

MB = 1_000_000


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path / "home", max_upload_mb=2))


@pytest.fixture
def app(services: Services) -> dash.Dash:
    app = dash.Dash("uploads")
    app.layout = dash.html.Div()
    register_routes(app, services)
    return app


@pytest.fixture
def client(app: dash.Dash) -> FlaskClient:
    client: FlaskClient = app.server.test_client()
    return client


@pytest.fixture
def port(app: dash.Dash) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def room(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "home", 2 * MB)


def left(services: Services) -> list[str]:
    folder = services.store.home / "uploads"
    return sorted(path.name for path in folder.glob("*"))


def words_of(answer: Any) -> dict[str, Any]:
    return dict(answer.json)


class Failing(io.BytesIO):
    """A stream that gives `good` bytes and then fails."""

    def __init__(self, good: int, error: Exception) -> None:
        super().__init__()
        self.good, self.error = good, error

    def read(self, size: int | None = -1) -> bytes:
        if self.good <= 0:
            raise self.error
        self.good -= size or 0
        return b"x" * (size or 0)


def test_an_upload_is_stored_byte_for_byte_under_a_name_of_ours(
    client: FlaskClient, services: Services
) -> None:
    content = os.urandom(1_500_000)
    answer = client.post("/upload", query_string={"name": "../../etc/päss,<b>.csv"}, data=content)
    assert answer.status_code == 200
    found = uploads.uploads_of(services).get(words_of(answer)["token"])
    assert found.path.read_bytes() == content
    assert found.name == words_of(answer)["name"] == "päss,<b>.csv"
    assert found.path == services.store.home / "uploads" / found.token / "data"
    assert found.path.parent.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_over_the_limit_is_refused_in_words(client: FlaskClient, services: Services) -> None:
    asked = client.get("/upload", query_string={"bytes": 3 * MB})
    sent = client.post("/upload", data=b"x" * 3 * MB)
    for answer in (asked, sent):
        assert answer.status_code == 413
        assert words_of(answer)["error"].startswith("The file has 3 MB; at most 2 MB can be uploaded.")
    assert left(services) == []
    assert client.get("/upload", query_string={"bytes": 2 * MB}).json == {"max_bytes": 2 * MB}


def test_a_body_that_goes_on_beyond_the_limit_is_cut(room: Uploads) -> None:
    with pytest.raises(UploadError, match="at most 2 MB") as caught:
        room.receive(Failing(100 * MB, AssertionError("read too far")), None, "a.csv")
    assert caught.value.status == 413
    assert list(room.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (TimeoutError(), 408, "Nothing arrived for 60 seconds"),
        (ConnectionResetError(), 400, "The connection broke"),
        (RuntimeError("no more data"), 400, "The connection broke"),
    ],
)
def test_a_broken_body_leaves_nothing(room: Uploads, error: Exception, status: int, words: str) -> None:
    with pytest.raises(UploadError, match=words) as caught:
        room.receive(Failing(MB, error), 2 * MB, "a.csv")
    assert caught.value.status == status
    assert list(room.folder.iterdir()) == []


def test_fewer_bytes_than_announced_is_a_broken_connection(room: Uploads) -> None:
    with pytest.raises(UploadError, match="before the whole file had arrived"):
        room.receive(io.BytesIO(b"x" * 10), 11, "a.csv")
    assert list(room.folder.iterdir()) == []


def test_a_full_disk_is_told_before_and_during(room: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UploadError, match="disk of the server is full; nothing was kept") as caught:
        room.receive(io.BytesIO(b"abc"), 3, "a.csv")
    assert caught.value.status == 507
    assert list(room.folder.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(uploads, "SPARE_DISK_BYTES", 1 << 60)
    with pytest.raises(UploadError, match="too full for this file"):
        room.refuse(10)
    monkeypatch.undo()
    assert room.receive(io.BytesIO(b"abc"), 3, "a.csv").bytes == 3


def test_only_so_many_at_once(room: Uploads) -> None:
    for _ in range(uploads.MAX_AT_ONCE):
        assert room._places.acquire(blocking=False)
    with pytest.raises(UploadError, match="Try again in a minute") as caught:
        room.receive(io.BytesIO(b"abc"), 3, "a.csv")
    assert caught.value.status == 503


def test_a_sender_that_goes_away_leaves_nothing(port: int, services: Services) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /upload?name=a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        connection.sendall(b"x" * 200_000)
        wait_for(lambda: any(name.endswith(".part") for name in left(services)))
    wait_for(lambda: left(services) == [])


def test_a_silent_sender_is_given_up(port: int, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "STALL_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nxxx")
        status = connection.makefile("rb").readline()
    assert b" 408 " in status
    assert left(services) == []


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    class Zeros(io.BytesIO):
        left = 120 * MB

        def read(self, size: int | None = -1) -> bytes:
            self.left -= size or 0
            return b"\0" * (size or 0) if self.left > 0 else b""

    room, process = Uploads(tmp_path, 400 * MB), psutil.Process()
    before = process.memory_info().rss
    room.receive(Zeros(), None, "big.csv")
    assert process.memory_info().rss - before < 20 * MB


@pytest.mark.parametrize("token", ["", "..", "a" * 22, "../" * 8, "a\0b", "A" * 23])
def test_a_token_names_an_upload_or_nothing(room: Uploads, token: str) -> None:
    with pytest.raises(NotFoundError, match="Upload it again"):
        room.get(token)
    room.discard(token)


def test_discard_and_clean(room: Uploads) -> None:
    old, used, fresh = (room.receive(io.BytesIO(b"abc"), 3, "a.csv") for _ in range(3))
    (room.folder / "left-by-a-crash.part").mkdir()
    for folder in (old.path.parent, used.path.parent, room.folder / "left-by-a-crash.part"):
        age(folder, uploads.STALE_SECONDS + 60)
    room.clean(in_use={str(used.path)})
    assert {path.name for path in room.folder.iterdir()} == {used.token, fresh.token}
    room.discard(fresh.token)
    room.discard(fresh.token)
    assert [path.name for path in room.folder.iterdir()] == [used.token]


def age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    for path in (*folder.iterdir(), folder):
        os.utime(path, (then, then))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\sales\\März.csv", "März.csv"),
        ("../../x", "x"),
        ("a\0\nb.csv", "ab.csv"),
        ("", "upload"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_shown_never_used(name: str, shown: str) -> None:
    assert clean_name(name) == shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sales.csv.gz", "sales"), ("Online Retail.xlsx", "Online Retail"), (".csv", ".csv"), ("v1.2", "v1.2")],
)
def test_a_data_set_is_first_called_like_its_file(name: str, expected: str) -> None:
    assert dataset_name(name) == expected


def test_the_quarantine_is_a_download(client: FlaskClient, services: Services) -> None:
    def fill(folder: Path) -> dict[str, Any]:
        (folder / "rejected.csv").write_bytes(b"line_no,reason\r\n5,no customer id\r\n")
        write_json(folder / "ledger.json", {})
        return {"kind": "transactions"}

    dataset_id = services.store.publish(DATASETS, 'Sales "2021" <b>é', fill)
    answer = client.get(f"/data/{dataset_id}/quarantine.csv")
    assert answer.data == b"\xef\xbb\xbfline_no,reason\r\n5,no customer id\r\n"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "<" not in disposition
    assert client.get("/data/no-such-thing/quarantine.csv").status_code == 404
    assert client.get("/data/%2e%2e/quarantine.csv").status_code == 404


def test_the_size_of_an_upload(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"12345")
    assert Upload("t", "a.csv", tmp_path / "data").bytes == 5


def wait_for(condition: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)

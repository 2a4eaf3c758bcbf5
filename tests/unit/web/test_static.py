from __future__ import annotations

import gzip
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import brotli
import pytest
from werkzeug.test import Client, TestResponse

from web.compressed import Shelf, fingerprint
from web.static import FOREVER, GRID, ICONS, ICONS_FONT, PLOTLY, SHORT, THEME, Static

STYLES = {"b.css": "b{color:red}" * 40, "a.css": "a{color:red}" * 40}
SCRIPTS = {"one.js": "var one = 1", "two.js": "(function () {})()", "theme.js": "/* theme */"}


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    for name, text in {**STYLES, **SCRIPTS, "mark.svg": "<svg/>", "note.txt": "no"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("static") / "deep" / "cache"


@pytest.fixture
def static(assets: Path, cache: Path) -> Static:
    return Static(assets, cache)


def inner(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the application"]


def asked(static: Static, address: str, accept: str = "gzip, br", **headers: str) -> TestResponse:
    return Client(static.serve(inner)).get(address, headers={"Accept-Encoding": accept, **headers})


def body(static: Static, address: str) -> bytes:
    with asked(static, address, "") as answer:
        return answer.data


def test_our_files_are_one_style_and_one_script_in_order(static: Static) -> None:
    style, script = static.own
    assert body(static, style) == f"{STYLES['a.css']}\n{STYLES['b.css']}".encode()
    assert body(static, script) == b"var one = 1\n;\n(function () {})()"
    assert body(static, static.url(THEME)) == b"/* theme */"


@pytest.mark.parametrize("name", [PLOTLY, GRID, ICONS, "lapwing/lapwing.css", "dash/dcc/async-graph.js"])
def test_files_come_compressed_and_are_kept_for_good(static: Static, name: str) -> None:
    whole = static.sources[name].content
    for encoding, opened in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        with asked(static, static.url(name), encoding) as answer:
            assert answer.headers["Content-Encoding"] == encoding
            assert answer.headers["Cache-Control"] == FOREVER
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert len(answer.data) == int(answer.headers["Content-Length"]) <= len(whole)
            assert opened(answer.data) == whole
    with asked(static, static.url(name), "identity") as plain:
        assert plain.data == whole
        assert "Content-Encoding" not in plain.headers


def test_a_part_that_a_script_asks_for_in_its_own_folder_is_there(static: Static) -> None:
    # Dash's scripts and the icons' style name them so.
    for name, part in ((GRID, "async-community.js"), (ICONS, "fonts/bootstrap-icons.woff2?e348")):
        with asked(static, f"{static.url(name).rpartition('/')[0]}/{part}") as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOREVER)
    with asked(static, static.url(ICONS_FONT)) as font:
        assert font.data[:4] == b"wOF2"


def test_an_address_of_an_earlier_version_gets_the_file_of_now_for_a_short_time(static: Static) -> None:
    with asked(static, f"/static/{'0' * 16}/{PLOTLY}") as answer:
        assert answer.headers["Cache-Control"] == SHORT
        assert brotli.decompress(answer.data) == static.sources[PLOTLY].content


def test_what_is_not_there_is_said_and_the_rest_is_the_applications(static: Static) -> None:
    for address in (
        "/static/x/nothing.js",
        "/static/",
        "/static/x/../../etc/passwd",
        "/static/x/lapwing/note.txt",
        "/static/x/%2e%2e/%2e%2e/app.py",
        "/static/x//etc/passwd",
    ):
        with asked(static, address) as answer:
            assert (answer.status_code, answer.data) == (404, b"")
    assert asked(static, "/statics").data == b"the application"


def test_nothing_is_sent_to_a_browser_that_has_it(static: Static) -> None:
    marks = set()
    for accept in ("br", "gzip", ""):
        with asked(static, static.url(PLOTLY), accept) as first:
            mark = first.headers["ETag"]
        with asked(static, static.url(PLOTLY), accept, **{"If-None-Match": mark}) as again:
            assert (again.status_code, again.data) == (304, b"")
            assert (again.headers["Cache-Control"], again.headers["ETag"]) == (FOREVER, mark)
        marks.add(mark)
    assert len(marks) == 3


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("zstd", None),
        ("identity", None),
        ("", None),
    ],
)
def test_the_encoding_is_one_that_the_browser_reads(
    static: Static, accept: str, encoding: str | None
) -> None:
    with asked(static, static.url(THEME), accept) as answer:
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_only_questions_are_answered(static: Static) -> None:
    client = Client(static.serve(inner))
    with client.head(static.url(PLOTLY), headers={"Accept-Encoding": "br"}) as answer:
        assert (answer.status_code, answer.data) == (200, b"")
        assert int(answer.headers["Content-Length"]) == len(static.sources[PLOTLY].copies["br"])
    with client.post(static.url(PLOTLY)) as answer:
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    with client.get(static.url(THEME), headers={"Range": "bytes=3-7"}) as answer:
        assert (answer.status_code, answer.data) == (206, b"theme")


def test_another_content_is_another_address(static: Static, assets: Path, cache: Path) -> None:
    before = static.own
    (assets / "two.js").write_text("var two = 2", encoding="utf-8")
    after = Static(assets, cache)
    assert not set(before) & set(after.own)
    assert after.url(PLOTLY) == static.url(PLOTLY)
    assert Static(assets, cache).own == after.own


def test_the_folder_is_private_and_made_once(static: Static, assets: Path, cache: Path) -> None:
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    made = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(made) == sum(len(source.copies) for source in static.sources.values()) > 40
    Static(assets, cache)
    assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == made


def test_without_a_folder_to_write_to_the_files_come_compressed_all_the_same(
    assets: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    static = Static(assets, tmp_path / "file" / "cache")
    assert [record.message for record in caplog.records if "not kept" in record.message] == caplog.messages
    assert len(caplog.messages) == 1
    with asked(static, static.url(PLOTLY)) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert brotli.decompress(answer.data) == static.sources[PLOTLY].content


def test_a_folder_that_goes_while_the_server_runs_is_not_missed(assets: Path, tmp_path: Path) -> None:
    static = Static(assets, tmp_path / "cache")
    shutil.rmtree(tmp_path / "cache")
    with asked(static, static.own[0], "gzip") as answer:
        assert gzip.decompress(answer.data) == static.sources["lapwing/lapwing.css"].content


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path / "cache")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        made = shelf.copies({"x": b"content"})
    assert brotli.decompress(made["x"]["br"]) == gzip.decompress(made["x"]["gzip"]) == b"content"
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x00", b"cut short", gzip.compress(b"another content", mtime=0)],
    ids=["empty", "a null", "cut short", "of another"],
)
def test_a_copy_that_was_spoiled_is_made_again(tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "cache"
    made = Shelf(folder).copies({"x": b"content"})
    for path in folder.iterdir():
        path.write_bytes(damage)
    assert Shelf(folder).copies({"x": b"content"}) == made
    assert {path.suffix: path.read_bytes() for path in folder.iterdir()} == {
        f".{encoding}": content for encoding, content in made["x"].items()
    }


def test_copies_of_an_earlier_version_go(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Shelf(folder).copies({"old": b"content"})
    Shelf(folder).copies({"new": b"content"})
    assert sorted(path.name for path in folder.iterdir()) == ["new.br", "new.gzip"]


def test_a_fingerprint_tells_where_one_file_ends() -> None:
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
    assert fingerprint(b"ab") == fingerprint(b"ab")

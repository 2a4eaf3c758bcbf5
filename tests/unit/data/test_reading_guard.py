"""Reading in a process of its own gives the same answers, and nothing a file does reaches the caller."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from data.errors import InputError, QuestionError
from data.reading import ImportOptions, inspect_file, stage
from data.reading.guard import Limits, inspect_guarded, read_guarded
from tests.imports import write

ROWS = "customer_id,date,amount\n" + "".join(
    f"{i % 7:05d},2021-01-{13 + i % 15},{i}.50\n" for i in range(400)
)
LONG = ROWS + "1,2021-01-01,5.00\n" * 600_000


Readers = Callable[[], list[psutil.Process]]


@pytest.fixture
def readers() -> Readers:
    """What the test itself has started and is still there; what other tests started may take its time to end."""
    before = set(psutil.Process().children())
    return lambda: [child for child in psutil.Process().children() if child not in before]


def folders(tmp_path: Path) -> tuple[Path, Path]:
    pair = tmp_path / "inside", tmp_path / "outside"
    for folder in pair:
        folder.mkdir()
    return pair


@pytest.mark.parametrize("pack", [bytes, lambda data: gzip.compress(data, mtime=0)], ids=["plain", "gzip"])
def test_the_answers_are_those_of_the_reader_itself(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    text = ROWS + "7,2021-01-13\n"  # a row with a cell too few
    path = write(tmp_path, pack(text.encode()))
    options = ImportOptions(duplicates="drop")
    plain = inspect_file(path, options, name="March: Größe.csv")
    assert inspect_guarded(path, options, name="March: Größe.csv") == plain
    inside, outside = folders(tmp_path)
    heard: list[tuple[float, str]] = []
    staged = stage(plain, inside)
    guarded = read_guarded(
        path,
        options,
        outside,
        name="March: Größe.csv",
        report=lambda share, text: heard.append((share, text)),
    )
    assert (guarded.rows, guarded.odd_rows, guarded.sha256) == (400, 1, staged.sha256)
    assert guarded.inspection == staged.inspection
    assert guarded.path.read_bytes() == staged.path.read_bytes()
    assert guarded.odd_path.read_bytes() == staged.odd_path.read_bytes()
    assert heard[-1] == (1.0, "Reading March: Größe.csv: 401 rows")
    assert sorted(entry.name for entry in outside.iterdir()) == ["odd.parquet", "staged.parquet"]


def test_the_errors_are_those_of_the_reader_itself(tmp_path: Path) -> None:
    path = write(tmp_path, b"")
    for read in (lambda: inspect_guarded(path), lambda: read_guarded(path, None, tmp_path)):
        with pytest.raises(
            InputError, match=r"^orders.csv is empty \(0 bytes\): there is nothing to import.$"
        ):
            read()
    with pytest.raises(InputError, match=r"There is no file nothing\.csv"):
        inspect_guarded(tmp_path / "nothing.csv")


def test_open_questions_come_through(tmp_path: Path) -> None:
    path = write(tmp_path, "customer_id,date,amount\n1,01/02/2021,5\n2,03/04/2021,6\n")
    plain = inspect_file(path)
    assert [question.key for question in plain.questions] == ["date_order"]
    assert inspect_guarded(path) == plain
    with pytest.raises(QuestionError) as caught:
        read_guarded(path, ImportOptions(), tmp_path)
    assert caught.value.questions == plain.questions


def test_a_file_that_takes_too_much_memory_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^orders.csv takes more than 250 MB of memory to read\. Save the"):
        read_guarded(write(tmp_path, LONG), None, tmp_path, limits=Limits(memory_mb=250))


def test_a_file_that_takes_too_long_is_told_as_that(tmp_path: Path, readers: Readers) -> None:
    path = write(tmp_path, ROWS)
    with pytest.raises(InputError, match=r"^orders.csv takes more than 1 second to read\. Save the table"):
        inspect_guarded(path, limits=Limits(seconds=0.01))
    assert not readers()


def test_the_time_allowed_grows_with_what_there_is_to_read(tmp_path: Path) -> None:
    text, packed = write(tmp_path, LONG), write(tmp_path, gzip.compress(LONG.encode()), "x.gz")
    limits = Limits()
    assert limits.for_looking(text) == pytest.approx(10 + text.stat().st_size / 30e6)
    assert limits.for_reading(text) == pytest.approx(20 + text.stat().st_size / 5e6)
    assert limits.for_reading(packed) == pytest.approx(20 + packed.stat().st_size / 5e5)
    assert Limits(seconds=3).for_looking(text) == 3


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGSEGV, "something in it crashes the reader. Open the file"),
        (signal.SIGABRT, "something in it crashes the reader. Open the file"),
        # The system kills a process outright only for want of memory.
        (signal.SIGKILL, "takes more than 4,096 MB of memory to read"),
        (signal.SIGXCPU, "takes too long to read. Save the table as CSV"),
    ],
)
def test_a_crash_is_told_and_the_caller_lives(
    tmp_path: Path, readers: Readers, number: signal.Signals, words: str
) -> None:
    path = write(tmp_path, LONG)

    def end(_share: float, _text: str) -> None:
        for child in readers():
            child.send_signal(number)

    with pytest.raises(InputError) as caught:
        read_guarded(path, None, tmp_path, report=end)
    assert str(caught.value).startswith("orders.csv ")
    assert words in str(caught.value)
    assert not readers()


def test_an_error_of_the_caller_ends_the_reader(tmp_path: Path, readers: Readers) -> None:
    def stop(_share: float, _text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_guarded(write(tmp_path, LONG), None, tmp_path, report=stop)
    assert not readers()


_CALLER = """
import os, signal, sys
from pathlib import Path
import psutil
from data.reading.guard import read_guarded

def report(share, text):
    child, = psutil.Process().children()
    child.send_signal(signal.SIGSTOP)
    print(child.pid, flush=True)
    signal.pause()

read_guarded(Path(sys.argv[1]), None, Path(sys.argv[2]), report=report)
"""


# Linux alone lets a process ask to be ended with its parent (PR_SET_PDEATHSIG).
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a stopped process cannot end itself")
def test_the_reader_dies_with_its_caller(tmp_path: Path, root: Path) -> None:
    command = [sys.executable, "-c", _CALLER, str(write(tmp_path, LONG)), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as caller:
        assert caller.stdout is not None
        reader = psutil.Process(int(caller.stdout.readline()))
        assert reader.status() in (psutil.STATUS_STOPPED, psutil.STATUS_RUNNING, psutil.STATUS_SLEEPING)
        assert os.getpgid(reader.pid) == os.getpgid(caller.pid)
        caller.kill()
        assert not psutil.wait_procs([reader], timeout=10)[1]


def test_a_second_look_at_a_text_does_not_read_it_again(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(LONG.encode(), mtime=0))
    kept = tmp_path / "kept"
    kept.mkdir()
    first = inspect_guarded(path, cache=kept)
    (found,) = kept.iterdir()
    written = found.stat().st_mtime_ns
    changed = ImportOptions(duplicates="drop", header=True)
    assert inspect_guarded(path, changed, cache=kept) == inspect_file(path, changed)
    assert found.stat().st_mtime_ns == written
    # Another encoding is another reading; and what is damaged is found out again.
    inspect_guarded(path, ImportOptions(encoding="cp1252"), cache=kept)
    assert len(list(kept.iterdir())) == 2
    found.write_bytes(b"{")
    assert inspect_guarded(path, cache=kept) == first
    assert found.stat().st_size > 1000

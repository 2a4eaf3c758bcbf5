"""The process of a job: what it tells its worker."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator

import pytest

from data.errors import InputError, Question, QuestionError, StoreError
from jobs.child import Line, failure


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    yield ours_in, ours_out, theirs_in, theirs_out
    for descriptor in (ours_in, ours_out, theirs_in, theirs_out):
        os.close(descriptor)


def received(descriptor: int) -> dict[str, object]:
    message = json.loads(os.read(descriptor, 10_000))
    assert isinstance(message, dict)
    return message


def test_progress_is_limited_in_range_and_direction(pipes: tuple[int, int, int, int]) -> None:
    ours_in, ours_out, theirs_in, _ = pipes
    line = Line(ours_in, ours_out)
    seen = []
    for fraction in (0.25, 0.1, float("nan"), -1.0, 0.5, float("inf"), 2.0, 0.0):
        line.report(fraction, " two\nlines ")
        line.send({"progress": line._progress, "text": line._text})
        seen.append(received(theirs_in))
    assert [message["progress"] for message in seen] == [0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 1.0, 1.0]
    assert {message["text"] for message in seen} == {"two lines"}


def test_commit_waits_for_the_word(pipes: tuple[int, int, int, int]) -> None:
    ours_in, ours_out, theirs_in, theirs_out = pipes
    line = Line(ours_in, ours_out)
    body = threading.Thread(target=line.commit, daemon=True)
    body.start()
    assert received(theirs_in) == {"commit": True}
    assert body.is_alive()
    os.write(theirs_out, b"go\n")
    line.listen(5.0)
    body.join(5.0)
    assert not body.is_alive()


def test_errors_for_users_are_passed_on_and_others_hidden(caplog: pytest.LogCaptureFixture) -> None:
    assert failure(InputError("Row 3: no date.")) == {"error": "Row 3: no date."}
    assert failure(StoreError("Newer version.")) == {"error": "Newer version."}
    question = Question("decimal", "Comma or point?", ((",", "comma"), (".", "point")), "--decimal {value}")
    told = failure(QuestionError((question,)))
    assert told["error"] == "Comma or point?"
    assert told["questions"][0]["choices"] == ((",", "comma"), (".", "point"))
    assert caplog.records == []

    class OutOfMemoryException(Exception):  # DuckDB's name
        pass

    for error in (MemoryError(), OutOfMemoryException("pool of 1 GB")):
        assert failure(error)["error"].startswith("Probably out of memory")
    for full in (OSError(28, "x"), RuntimeError("IO Error: No space left on device")):
        assert failure(full)["error"].startswith("The disk is full")
    told = failure(ZeroDivisionError("customer 42"))
    assert told["error"].startswith("Something went wrong (id ")
    assert "42" not in told["error"].replace(told["error"][25:31], "")
    assert told["error"][25:31] in caplog.text
    assert "customer 42" in caplog.text

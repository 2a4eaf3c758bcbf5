"""The process of one job: runs its body and tells its worker what happens, line by line."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import logging
import math
import os
import secrets
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.errors import LapwingError, QuestionError
from jobs.context import Body, JobContext
from jobs.processes import job_folder
from jobs.records import DISK_FULL, is_disk_full, one_line

TICK = 0.2  # seconds between two progress lines at most
BEAT = 2.0  # seconds between two signs of life at least

_log = logging.getLogger(__name__)


class Line:
    """The line to the worker: progress and signs of life go out, the word to publish comes in.

    When the worker dies the line is cut, and this process ends itself with all it started.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._guard = threading.Lock()
        self._may_commit = threading.Event()
        self._progress = 0.0
        self._text = ""

    def report(self, fraction: float, text: str) -> None:
        """Note the progress, which never goes back; it is sent on at most five times a second."""
        if math.isfinite(fraction):
            self._progress = max(self._progress, min(fraction, 1.0))
        self._text = one_line(text)

    def commit(self) -> None:
        """Ask to publish; returns when the worker agrees, and is killed while waiting otherwise."""
        self.send({"commit": True})
        self._may_commit.wait()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message; ends this process if nobody listens any more."""
        data = (json.dumps(message) + "\n").encode()
        with self._guard:
            try:
                while data:
                    data = data[os.write(self._outgoing, data) :]
            except BrokenPipeError:
                end_tree()

    def listen(self, seconds: float) -> None:
        """Wait up to `seconds` for a word from the worker; ends this process if the line is cut."""
        if select.select([self._incoming], [], [], seconds)[0]:
            if not os.read(self._incoming, 1024):
                end_tree()
            self._may_commit.set()

    def attend(self) -> None:
        """Send what is new and listen, for ever (a thread's work)."""
        sent, beat = (0.0, ""), 0.0
        while True:
            self.listen(TICK)
            news = (self._progress, self._text)
            if news != sent or time.monotonic() - beat >= BEAT:
                self.send({"progress": news[0], "text": news[1]})
                sent, beat = news, time.monotonic()


def end_tree() -> None:
    """End this process and its process group at once."""
    os.killpg(os.getpid(), signal.SIGKILL)


def run_body(body: Body, context: JobContext, params: dict[str, Any], line: Line) -> dict[str, Any]:
    """Run the body; its result or its error as the last message to the worker."""
    try:
        result = body(context, params, line.report)
        json.dumps(result)  # a result that is no JSON is the body's error
        return {"result": result}
    except BaseException as error:
        return failure(error)


def failure(error: BaseException) -> dict[str, Any]:
    """The message about an error, in words for the user; what is unexpected is logged with an id."""
    if isinstance(error, QuestionError):
        questions = [asdict(question) for question in error.questions]
        return {"error": str(error), "questions": questions}
    if isinstance(error, LapwingError):
        return {"error": str(error)}
    log_id = secrets.token_hex(3)
    _log.error("Job failed (id %s)", log_id, exc_info=error)
    # DuckDB's and Arrow's memory errors are known by their names, without importing either.
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__:
        text = "Probably out of memory: this job needs more than there is. Close other programs, give "
        return {"error": text + f"it more memory or use a smaller file (id {log_id})."}
    if is_disk_full(error):
        return {"error": DISK_FULL}
    return {"error": f"Something went wrong (id {log_id}); the details are in the log."}


def main(home: Path, job_id: str, bodies: str) -> None:
    """Run the job whose kind and parameters come as the first line of standard input."""
    # The line gets descriptors of its own, so that prints and programs started here cannot disturb it.
    incoming, outgoing = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    faulthandler.enable()
    logging.basicConfig(format="%(asctime)s job %(process)d %(levelname)s %(name)s: %(message)s")
    os.nice(5)  # the web server goes first
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # and memory is taken back from here first
    asked = b""
    while not asked.endswith(b"\n"):
        part = os.read(incoming, 65536)
        if not part:
            return
        asked += part
    line = Line(incoming, outgoing)
    threading.Thread(target=line.attend, daemon=True).start()
    context = JobContext(job_id, home, job_folder(home, job_id), line.commit)
    request = json.loads(asked)

    def body(context: JobContext, params: dict[str, Any], report: Any) -> dict[str, Any]:
        chosen: Body | None = importlib.import_module(bodies).BODIES.get(request["kind"])
        if chosen is None:
            raise LapwingError(f"This version of the program has no job of the kind “{request['kind']}”.")
        return chosen(context, params, report)

    line.send(run_body(body, context, request["params"], line))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])

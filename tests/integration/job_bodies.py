"""Small jobs for the tests of the queue; workers load this module by name."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from data.errors import InputError, Question, QuestionError
from data.store import DATASETS, Store
from jobs.context import JobContext, Report


def echo(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Leave a mark in a file shared by all runs, and answer with what was asked."""
    os.write(1, b"what a library prints\n")  # disturbs nothing
    with (context.home / "order.txt").open("a") as file:
        file.write(f"{params['name']}\n")
    return {"name": params["name"], "threads": os.environ["OMP_WAIT_POLICY"], "nice": os.nice(0)}


def hold(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Report a half, then wait for a file to appear."""
    report(0.5, "half\nway")
    report(0.2, "half\nway")
    while not Path(params["until"]).exists():
        time.sleep(0.02)
    return {"held": True}


def tree(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Start a program in this process group and one outside of it, write something, and wait for ever."""
    (context.folder / "half.parquet").write_bytes(b"half")
    others = [subprocess.Popen(["sleep", "1000"], start_new_session=own) for own in (False, True)]
    report(0.1, " ".join(str(process.pid) for process in (*others,)) + f" {os.getpid()} {os.getppid()}")
    time.sleep(1000)
    return {}


def publish(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Publish a file, waiting for others before and after the word to publish."""
    draft = context.folder / "draft"
    draft.write_text("whole")
    report(0.8, "ready")
    while not Path(params["until"]).exists():
        time.sleep(0.02)
    context.commit()
    report(0.9, "publishing")
    while not Path(params["then"]).exists():
        time.sleep(0.02)
    draft.rename(context.home / "published")
    return {"published": True}


def die_published(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Publish a data set and die before anybody is told."""

    def fill(folder: Path) -> dict[str, object]:
        (folder / "data.txt").write_text("whole")
        return {"job_id": context.job_id if params["signed"] else "another"}

    Store(context.home).publish(DATASETS, "Shop", fill, context.folder, context.commit)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fail(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Fail in the way that is asked for."""
    how = params["how"]
    if how == "input":
        raise InputError("Row 214, `amount`: 'abc' is no number.")
    if how == "question":
        choices = (("dmy", "day first"), ("mdy", "month first"))
        raise QuestionError((Question("date_order", "Which order?", choices, "--date-order {value}"),))
    if how == "memory":
        raise MemoryError
    if how == "disk":
        raise RuntimeError("while writing") from OSError(errno.ENOSPC, "No space left on device")
    if how == "exit":
        os._exit(7)
    if how == "abort":
        signal.raise_signal(signal.SIGSEGV)
    if how == "sysexit":
        sys.exit(3)
    if how == "result":
        return {"path": Path("x")}
    raise KeyError("secret detail")


BODIES = {
    "echo": echo,
    "hold": hold,
    "tree": tree,
    "publish": publish,
    "die_published": die_published,
    "fail": fail,
}

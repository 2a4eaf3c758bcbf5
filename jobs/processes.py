"""Processes and locks under the job queue: who is alive is told by kernel locks, never by stored pids.

A worker holds the `flock` of its slot file for as long as it lives, and the kernel lets go of it
however the worker dies. Every process of a worker carries the worker's token in its environment, so
that all of them are found again, even those that left its process group.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from data.errors import StoreError

ROOT = Path(__file__).resolve().parent.parent
WORKER_MARK = "LAPWING_WORKER"
_LOG_LIMIT = 5_000_000
_SLOT_BYTES = 128

_log = logging.getLogger(__name__)
_started: list[subprocess.Popen[bytes]] = []
_started_guard = threading.Lock()


def private_folder(folder: Path) -> Path:
    """The folder, made with its parents for this user alone if it was missing."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def try_lock(path: Path) -> int | None:
    """Descriptor of the file with its lock held, or None while another holds it."""
    private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def hold_lock(path: Path, seconds: float = 5.0) -> Iterator[None]:
    """Hold the file's lock; raises `StoreError` if another holds it for longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while (descriptor := try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise StoreError("The list of jobs is busy. Try again in a few seconds.")
        time.sleep(0.01)
    try:
        yield
    finally:
        os.close(descriptor)


def write_beat(lock: int, token: str) -> None:
    """Note in a slot file whose it is and that its worker is alive now.

    The clock is the monotonic one: it stands still while a laptop sleeps and nobody sets it.
    """
    line = json.dumps([token, time.monotonic()]).ljust(_SLOT_BYTES - 1) + "\n"
    with contextlib.suppress(OSError):
        os.pwrite(lock, line.encode(), 0)


def read_beat(path: Path) -> tuple[str, float] | None:
    """Token of the worker last seen in a slot and its age in seconds, or None if unreadable."""
    try:
        token, beat = json.loads(path.read_bytes()[:_SLOT_BYTES])
        return str(token), time.monotonic() - float(beat)
    except (OSError, ValueError, TypeError):
        return None


def start_worker(home: Path, lock: int, options: Mapping[str, object]) -> None:
    """Start a worker that inherits the held slot lock, in a session of its own so that it outlives us.

    `options` are those of its command line (`jobs.worker.main`).
    """
    token = os.urandom(8).hex()
    write_beat(lock, token)
    command = [sys.executable, "-m", "jobs.worker", str(home)]
    command += [f"--{name}={value}" for name, value in (*options.items(), ("lock", lock))]
    with open_log(home) as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=_environment() | {WORKER_MARK: token},
            start_new_session=True,
            pass_fds=[lock],
        )
    with _started_guard:
        _started.append(process)


def start_child(home: Path, job_id: str, bodies: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start the process of one job; its standard input and output are the line to its worker."""
    environment = _environment()
    threads = os.environ.get("LAPWING_THREADS") or str(min(os.cpu_count() or 1, 8))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, threads)
    # OpenMP threads that wait must sleep: spinning ones take the processor from the web server.
    environment |= {"OMP_WAIT_POLICY": "PASSIVE", "LAPWING_HOME": str(home), "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.child", str(home), job_id, bodies],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )


def collect_workers() -> None:
    """Take note of workers of ours that have ended, so that they do not stay as zombies."""
    with _started_guard:
        _started[:] = [process for process in _started if process.poll() is None]


def kill_all(token: str, seconds: float = 2.0) -> None:
    """Kill every process of a worker but the one that asks; returns when they are gone.

    Where there is no /proc this does nothing: there, a job's process ends itself with its worker.
    """
    mark = f"{WORKER_MARK}={token}".encode()
    deadline = time.monotonic() + seconds
    while (found := _marked(mark)) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _marked(mark: bytes) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        # A zombie's environment is empty: it is gone as far as this matters.
        if mark in environment.split(b"\0") and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def open_log(home: Path) -> contextlib.AbstractContextManager[int]:
    """The log of the jobs, opened to append; a long one is set aside first."""
    path = private_folder(home / "logs") / "jobs.log"
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
    return _descriptor(path)


@contextlib.contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def job_folder(home: Path, job_id: str) -> Path:
    """Where a job keeps what is not published yet."""
    return home / "tmp" / job_id


def remove_job_folder(home: Path, job_id: str) -> None:
    """Remove what a job left unpublished."""
    shutil.rmtree(job_folder(home, job_id), ignore_errors=True)


def _environment() -> dict[str, str]:
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}

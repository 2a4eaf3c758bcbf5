"""The job records on disk: JSON in a small SQLite file, changed in transactions, rebuilt when damaged."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import diskcache
from diskcache.core import DBNAME as _FILE
from diskcache.core import MODE_PICKLE

from data.errors import StoreError
from jobs.processes import hold_lock, private_folder

KEPT_FINISHED = 200
ACTIVE_STATES = ("queued", "running")

# What SQLite says when the disk, a lock or a permission is at fault: the file itself may be sound.
_NOT_DAMAGE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}

_log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One piece of long work as it stands; times are epoch seconds, `progress` is 0 to 1.

    `error` is written for the user; `questions` holds what an import must be told before it can be
    asked for again (`data.errors.Question` as dicts). `committed` means that the job is publishing
    and can no longer be cancelled. `worker` and `slot` name the worker process that has it.
    """

    id: str
    kind: str
    params: dict[str, Any]
    state: State = "queued"
    progress: float = 0.0
    text: str = ""
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    heartbeat: float | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    questions: list[dict[str, Any]] = field(default_factory=list)
    cancel_requested: bool = False
    cancel_at: float | None = None
    committed: bool = False
    worker: str | None = None
    slot: int | None = None

    @property
    def active(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in ACTIVE_STATES

    @property
    def label(self) -> str:
        """Words for what it does, on one line: "Importing CDNOW_master.txt"."""
        if self.kind == "sample":
            return "Preparing sample data"
        verbs = {
            "import": "Importing",
            "analyse": "Analysing",
            "reread": "Reading again",
            "predict": "Scoring",
            "segment": "Segmenting",
            "readout": "Reading the result of",
        }
        verb = verbs.get(self.kind, self.kind.capitalize())
        if self.kind == "readout" and self.params.get("look"):
            verb = "Looking at"
        what = str(self.params.get("title") or self.params.get("name") or "")
        return one_line(f"{verb} {what or ('a file' if self.kind == 'import' else 'customers')}", 120)


DISK_FULL = "The disk is full; nothing was changed. Make space on it and start the job again."
_FIELDS = {item.name for item in fields(Job)}


def one_line(text: str, limit: int = 200) -> str:
    """The text without line breaks or runs of blanks, cut at `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class _DamagedError(Exception):
    """A row that is not one of our records."""


_cache_class: Any = diskcache.Cache  # untyped


class _PlainDisk(diskcache.JSONDisk):
    """JSON and nothing else: a row that claims to be a pickle is damage, never loaded."""

    def get(self, key: Any, raw: bool) -> Any:
        if not raw:
            raise _DamagedError("pickled key")
        return super().get(key, raw)  # type: ignore[no-untyped-call]  # diskcache has no types

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode == MODE_PICKLE:
            raise _DamagedError("pickled value")
        try:
            return super().fetch(mode, filename, value, read)  # type: ignore[no-untyped-call]  # as above
        except Exception as error:
            raise _DamagedError(str(error)) from error


class View:
    """The records inside one read or one transaction."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def get(self, job_id: str) -> Job | None:
        """The job of this id, or None."""
        record = self._cache.get(f"job:{job_id}")
        if record is None:
            return None
        try:
            # A field of another version of the program is left out, one that is new gets its default.
            return Job(**{name: value for name, value in record.items() if name in _FIELDS})
        except (AttributeError, TypeError) as error:
            raise _DamagedError(str(error)) from error

    def active(self) -> list[Job]:
        """Jobs that wait or run, oldest first."""
        return [job for job in map(self.get, self._ids("active")) if job and job.active]

    def newest(self, limit: int) -> list[Job]:
        """The last `limit` jobs, newest first."""
        ids = self._ids("all")
        return [job for job in map(self.get, ids[: -limit - 1 : -1] if limit > 0 else []) if job]

    def put(self, job: Job) -> None:
        """Write a record; only inside `Records.change`. Forgets the oldest finished beyond 200."""
        self._cache.set(f"job:{job.id}", asdict(job))
        known, active = self._ids("all"), self._ids("active")
        now_active = [other for other in active if other != job.id]
        if job.active:
            now_active = active if job.id in active else [*active, job.id]
        now_known = known if job.id in known else [*known, job.id]
        finished = [other for other in now_known if other not in set(now_active)]
        for old in finished[: max(len(finished) - KEPT_FINISHED, 0)]:
            self._cache.delete(f"job:{old}")
            now_known = [other for other in now_known if other != old]
        if now_active != active:
            self._cache.set("active", now_active)
        if now_known != known:
            self._cache.set("all", now_known)

    def _ids(self, key: str) -> list[str]:
        ids = self._cache.get(key, [])
        if not isinstance(ids, list):
            raise _DamagedError(key)
        return ids


class Records:
    """The job records of one workspace, shared by any number of threads and processes."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "jobs"
        self._open_lock = home / "locks" / "records.lock"
        self._guard = threading.Lock()
        self._cache: Any = None
        self._inode: tuple[int, int] | None = None

    def read(self, look: Callable[[View], T]) -> T:
        """What `look` makes of the records.

        Raises `StoreError` if they cannot be reached; damaged ones are put aside and begun anew.
        """
        return self._run(lambda cache: look(View(cache)))

    def change(self, edit: Callable[[View], T]) -> T:
        """Run `edit` in one transaction: all of it is written, or nothing. Errors as in `read`."""

        def transaction(cache: Any) -> T:
            with cache.transact():
                return edit(View(cache))

        return self._run(transaction)

    def close(self) -> None:
        """Close this thread's connection."""
        with self._guard:
            if self._cache is not None:
                self._cache.close()
                self._cache = None

    def _run(self, action: Callable[[Any], T]) -> T:
        for last in (False, False, True):
            try:
                cache = self._opened()
                try:
                    return action(cache)
                except BaseException:
                    # A failed COMMIT leaves its transaction open; closing the connection ends it.
                    cache.close()
                    raise
            except (sqlite3.Error, diskcache.Timeout, _DamagedError, OSError) as error:
                reason = _reason(error)
                if reason == "moved" and not last:
                    continue
                if reason != "damaged" or last:
                    raise StoreError(_WORDS.get(reason, _WORDS["other"])) from error
                _log.exception("The job records are damaged")
                self._put_aside()
        raise AssertionError("unreachable")

    def _opened(self) -> Any:
        with self._guard:
            # A deleted or replaced file stays readable through an open connection: look at the name.
            if self._cache is not None and self._inode == _inode(self.folder):
                return self._cache
            self._inode = _inode(self.folder)
            self._cache = None
            with hold_lock(self._open_lock):
                if self.folder.is_file() or (self.folder / _FILE).is_dir():
                    raise _DamagedError("a file where the folder should be, or the reverse")
                private_folder(self.folder).chmod(0o700)
                self._cache = _cache_class(
                    self.folder,
                    timeout=5,
                    disk=_PlainDisk,
                    eviction_policy="none",
                    cull_limit=0,
                    disk_min_file_size=2**30,
                    # Neither memory maps nor a WAL index: were a mapped file cut, the kernel would
                    # end the web process with SIGBUS.
                    sqlite_mmap_size=0,
                    sqlite_journal_mode="truncate",
                )
            self._inode = _inode(self.folder)
            return self._cache

    def _put_aside(self) -> None:
        with self._guard, hold_lock(self._open_lock):
            # Unless another process has just done it.
            if self._inode == _inode(self.folder):
                stamp = time.strftime("%Y%m%d-%H%M%S")
                aside = self.folder.with_name(f"jobs.damaged-{stamp}")
                if aside.exists():
                    aside = self.folder.with_name(f"jobs.damaged-{stamp}-{os.urandom(3).hex()}")
                if self.folder.exists():
                    self.folder.rename(aside)
            self._cache = None


_WORDS = {
    "full": "The disk is full: the list of jobs cannot be written. Make space on it and try again.",
    "busy": "The list of jobs is busy. Try again in a few seconds.",
    "other": "The list of jobs cannot be read or written. Check the disk and the permissions of the "
    "workspace folder; the log has the details.",
}


def _inode(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(folder / _FILE)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _reason(error: BaseException) -> str:
    """Why the store failed: "damaged", "moved", "full", "busy" or "other"."""
    if isinstance(error, OSError | sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return "full" if is_disk_full(error) else "other"
    # diskcache turns errors into Timeout, and a failing ROLLBACK hides the error before it.
    codes = set()
    link: BaseException | None = error
    while link is not None:
        codes.add(getattr(link, "sqlite_errorcode", 0))
        link = link.__cause__ or link.__context__
    plain = {code & 0xFF for code in codes} & _NOT_DAMAGE
    if sqlite3.SQLITE_FULL in plain:
        return "full"
    if plain & {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "busy"
    if sqlite3.SQLITE_READONLY_DBMOVED in codes or sqlite3.SQLITE_CANTOPEN in plain:
        return "moved"  # deleted or replaced under us: opening it again will do
    return "other" if plain else "damaged"


def is_disk_full(error: BaseException) -> bool:
    """Whether this error, or one it was raised from, says that no space is left."""
    link: BaseException | None = error
    while link is not None:
        if getattr(link, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(
            link
        ):
            return True
        link = link.__cause__ or link.__context__
    return False

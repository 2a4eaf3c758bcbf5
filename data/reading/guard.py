"""Files of strangers are parsed in a process of their own, with limits: whatever they do, the caller lives."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from pydantic import TypeAdapter

from data.accounting import counted
from data.errors import InputError, Question, QuestionError
from data.reading.options import ImportOptions, Inspection, Report, Staged, no_report

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PACKED_MAGICS: Final = (b"\x1f\x8b", b"PK", b"PAR1")
# Text packs to a tenth, and unpacked it is what has to be read.
_PACKED_WEIGHT: Final = 10
# What the processor may take of the time allowed: two threads, and it is never the first limit met.
_PROCESSOR_SHARE: Final = 4
_STDERR_TAIL: Final = 2000
_SMALLER: Final = "Save the table as CSV, or split it into several files."
_OTHERWISE: Final = "Open the file in the program it comes from, save the table as CSV and import that file."
_OUT_OF_MEMORY: Final = (
    "memory allocation of",
    "bad_alloc",
    "out of memory",
    "MemoryError",
    "capacity overflow",
)

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result", Inspection, Staged)


@dataclass(frozen=True)
class Limits:
    """What reading one file may take: `memory_mb` of address space, and `seconds` of time.

    Without `seconds` the time allowed grows with the size of the file.
    """

    memory_mb: int = 4096
    seconds: float | None = None

    def for_looking(self, path: Path) -> float:
        """Seconds allowed for an inspection of `path`."""
        return 10 + _weight(path) / 30e6 if self.seconds is None else self.seconds

    def for_reading(self, path: Path) -> float:
        """Seconds allowed for reading all of `path`."""
        return 20 + _weight(path) / 5e6 if self.seconds is None else self.seconds


def inspect_guarded(
    path: Path,
    options: ImportOptions | None = None,
    *,
    name: str | None = None,
    limits: Limits | None = None,
    cache: Path | None = None,
) -> Inspection:
    """`inspect_file` in a process with limits: the same findings and the same errors.

    `cache` is a folder in which what does not depend on the choices is kept for the next look. Raises
    InputError also where the file takes more memory or time than `limits` allow, or crashes the reader.
    """
    limits = limits or Limits()
    request = _request(path, options, name, cache)
    with tempfile.TemporaryDirectory(prefix="lapwing-", dir=cache) as scratch:
        return _run(request, Inspection, limits, limits.for_looking(path), Path(scratch), no_report)


def read_guarded(
    path: Path,
    options: ImportOptions | None,
    folder: Path,
    *,
    name: str | None = None,
    limits: Limits | None = None,
    report: Report = no_report,
    cache: Path | None = None,
) -> Staged:
    """Inspect `path` and stage it into `folder` in one process with limits.

    The same result, progress and errors as `inspect_file`, `require_answers` and `stage`; `cache` is that
    of an earlier `inspect_guarded`. Raises InputError also where the file takes more memory or time than
    `limits` allow, or crashes the reader.
    """
    limits = limits or Limits()
    request = _request(path, options, name, cache) | {"folder": _text(folder)}
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=folder) as scratch:
        return _run(request, Staged, limits, limits.for_reading(path), Path(scratch), report)


def _weight(path: Path) -> float:
    """The bytes that have to be read, as far as the file tells."""
    try:
        with path.open("rb") as file:
            packed = file.read(4).startswith(_PACKED_MAGICS)
        return path.stat().st_size * (_PACKED_WEIGHT if packed else 1)
    except OSError:
        return 0.0  # the reader says what is wrong with it


def _request(
    path: Path, options: ImportOptions | None, name: str | None, cache: Path | None
) -> dict[str, Any]:
    # A name in bytes that are no UTF-8 cannot be shown anywhere.
    shown = (name or path.name).encode("utf-8", "replace").decode()
    chosen = (options or ImportOptions()).to_dict()
    return {"path": _text(path), "options": chosen, "name": shown, "cache": _text(cache)}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _run(
    request: dict[str, Any],
    kind: type[_Result],
    limits: Limits,
    seconds: float,
    scratch: Path,
    report: Report,
) -> _Result:
    """The child's answer to `request`; `scratch` is where it may unpack."""
    request |= {"memory": limits.memory_mb << 20, "processor": int(_PROCESSOR_SHARE * seconds) + 1}
    with tempfile.TemporaryFile() as noise:
        child = _start(scratch, noise)
        try:
            answer = _converse(child, request, time.monotonic() + seconds, report)
        finally:
            # Killed whatever happened: it has answered, or must not go on.
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        noise.seek(max(noise.tell() - _STDERR_TAIL, 0))
        said = noise.read().decode("utf-8", "replace")
    if answer is None:
        raise _too_long(request["name"], seconds)
    if not answer:
        raise _crashed(request["name"], child.returncode, said, limits)
    return _outcome(answer, kind, request["name"], said, limits)


def _start(scratch: Path, noise: IO[bytes]) -> subprocess.Popen[bytes]:
    """The child, in the caller's process group and with its environment, so that it is ended with the caller."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", "data.reading.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=noise,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "TMPDIR": str(scratch)},
        bufsize=0,
    )


def _converse(
    child: subprocess.Popen[bytes], request: dict[str, Any], deadline: float, report: Report
) -> dict[str, Any] | None:
    """The last message of the child: {} if it ended without one, None if it took too long."""
    assert child.stdin is not None  # noqa: S101 - both are pipes
    assert child.stdout is not None  # noqa: S101
    # The pipe stays open while the child works: when the caller dies, it is cut and the child ends itself.
    with suppress(BrokenPipeError):
        child.stdin.write(json.dumps(request).encode() + b"\n")
    for message in _messages(child.stdout, deadline):
        if message is None:
            return None
        if "share" not in message:
            return message
        report(message["share"], message["text"])
    return {}


def _messages(pipe: IO[bytes], deadline: float) -> Iterator[dict[str, Any] | None]:
    """Each line as it comes; None once the deadline has passed."""
    held = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                yield None
                return
            data = os.read(pipe.fileno(), 1 << 16)
            *lines, held = (held + data).split(b"\n")
            yield from map(json.loads, lines)
            if not data:
                return


def _outcome(answer: dict[str, Any], kind: type[_Result], name: str, said: str, limits: Limits) -> _Result:
    """The result in `answer`; raises the error in it."""
    match answer:
        case {"result": result}:
            return TypeAdapter(kind).validate_json(json.dumps(result))
        case {"questions": questions}:
            raise QuestionError(TypeAdapter(tuple[Question, ...]).validate_python(questions))
        case {"error": text}:
            raise InputError(text)
        case {"system": (number, words)}:
            raise OSError(number, words)
        case {"memory": _}:
            raise _too_large(name, limits)
        case _:
            _log.error("Reading %s failed:\n%s", name, said)
            raise InputError(f"{name} cannot be read: something in it stops the reader. {_OTHERWISE}")


def _crashed(name: str, code: int, said: str, limits: Limits) -> InputError:
    _log.error("The reader of %s ended with %s:\n%s", name, code, said)
    # Nobody but the system, short of memory, kills a reader outright.
    if code == -signal.SIGKILL or any(words in said for words in _OUT_OF_MEMORY):
        return _too_large(name, limits)
    if code == -signal.SIGXCPU:
        return InputError(f"{name} takes too long to read. {_SMALLER}")
    return InputError(f"{name} cannot be read: something in it crashes the reader. {_OTHERWISE}")


def _too_large(name: str, limits: Limits) -> InputError:
    return InputError(f"{name} takes more than {limits.memory_mb:,} MB of memory to read. {_SMALLER}")


def _too_long(name: str, seconds: float) -> InputError:
    return InputError(f"{name} takes more than {counted(ceil(seconds), 'second')} to read. {_SMALLER}")

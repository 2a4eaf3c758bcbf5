"""What a look at a file found that no choice changes, kept in a folder for the next look."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

_folder: ContextVar[Path | None] = ContextVar("folder of what is kept", default=None)
_Value = TypeVar("_Value")


@contextmanager
def kept_in(folder: Path | None) -> Iterator[None]:
    """Within this block looks at files keep their findings in `folder`, and find them there."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def place(path: Path, what: str) -> Path | None:
    """The file in which `what` was found of `path` as it is now is kept; None where nothing is kept."""
    folder = _folder.get()
    if folder is None:
        return None
    seen = path.stat()
    mark = f"{path.absolute()}\n{seen.st_size}\n{seen.st_mtime_ns}\n{what}"
    return folder / f"found-{hashlib.sha256(os.fsencode(mark)).hexdigest()[:20]}"


def recall(path: Path, what: str, kind: type[_Value]) -> _Value | None:
    """The finding `what` of `path`, or None where it is not kept or cannot be read."""
    file = place(path, what)
    if file is None:
        return None
    from pydantic import TypeAdapter, ValidationError  # most readers keep nothing

    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def keep(path: Path, what: str, kind: type[_Value], value: _Value) -> None:
    """Keep `value` as the finding `what` of `path`, where findings are kept."""
    if file := place(path, what):
        from pydantic import TypeAdapter

        with replacing(file) as new:
            new.write_bytes(TypeAdapter(kind).dump_json(value))


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `file` only when it is whole."""
    new = file.with_suffix(f".{os.getpid()}")
    try:
        yield new
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)

"""The process in which one file is parsed, under limits (see `data.reading.guard`)."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.errors import InputError, QuestionError
from data.limits import end_with, limit
from data.reading import ImportOptions, Inspection, Staged, inspect_file, stage
from data.reading.kept import kept_in

Send = Callable[[dict[str, Any]], None]


def main(caller: int) -> None:
    """Answer the one request that comes as the first line of standard input."""
    # The answer gets a descriptor of its own, so that prints of libraries cannot disturb it.
    outgoing = os.dup(1)
    os.dup2(2, 1)
    end_with(caller)
    faulthandler.enable()
    request = json.loads(_first_line())
    threading.Thread(target=_watch, daemon=True).start()
    limit(request["memory"], request["processor"])

    def send(message: dict[str, Any]) -> None:
        data = json.dumps(message, default=_plain).encode() + b"\n"
        while data:
            data = data[os.write(outgoing, data) :]

    send(_answer(request, send))


def _answer(request: dict[str, Any], send: Send) -> dict[str, Any]:
    """The result of the request, or its error in a form that the caller can raise again."""
    try:
        return {"result": asdict(_work(request, send))}
    except QuestionError as error:
        return {"questions": [asdict(question) for question in error.questions]}
    except InputError as error:
        return {"error": str(error)}
    except Exception as error:
        # On a full disk the log cannot be written; the answer must get through all the same.
        with suppress(OSError):
            traceback.print_exc()
        # Without memory no thread can be started either.
        if isinstance(error, MemoryError) or "start new thread" in str(error):
            return {"memory": True}
        if isinstance(error, OSError):
            return {"system": [error.errno, error.strerror or str(error)]}
        return {"failed": True}


def _work(request: dict[str, Any], send: Send) -> Inspection | Staged:
    options, path = ImportOptions.from_dict(request["options"]), Path(request["path"])
    cache = request["cache"]
    with kept_in(Path(cache) if cache else None):
        inspection = inspect_file(path, options, name=request["name"])
        if "folder" not in request:
            return inspection
        return stage(
            inspection, Path(request["folder"]), lambda share, text: send({"share": share, "text": text})
        )


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1 << 16)
        if not part:
            os._exit(1)
        line += part
    return line


def _watch() -> None:
    """End this process when the caller's end of the pipe closes."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))

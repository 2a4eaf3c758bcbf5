"""Compressed copies of files, made once and kept in a folder of this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import brotli

log = logging.getLogger("lapwing.web")

# Quality 9 of Brotli takes .7 s for the largest script, 5 takes .2 s and is 4 % larger.
LARGE = 1 << 20
FINGERPRINT_BYTES = 8


def fingerprint(*contents: bytes) -> str:
    """A short name of these bytes, in hexadecimal; other bytes get another one."""
    digest = blake2b(digest_size=FINGERPRINT_BYTES)
    for content in contents:
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def _brotli(content: bytes) -> bytes:
    found: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=5 if len(content) > LARGE else 9)
    return found


def _gzip(content: bytes) -> bytes:
    worker = zlib.compressobj(6 if len(content) > LARGE else 9, zlib.DEFLATED, 31)
    return worker.compress(content) + worker.flush()


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}


class Shelf:
    """A private folder of files named by their content; without one (read only, disk full) nothing is kept.

    Every file is written beside its name and renamed, so that two servers at once cannot spoil it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writable = True
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        # Said once, and no work is done for files that cannot be kept.
        if self._writable:
            log.warning("files are served as they are, not compressed beforehand: %s", error)
        self._writable = False

    def keep(self, name: str, content: bytes) -> Path | None:
        """The path of `content` under `name`; None where it cannot be written."""
        path = self.folder / name
        with contextlib.suppress(OSError):
            if path.stat().st_size == len(content):
                return path
        return self._write(path, content)

    def copies(self, contents: dict[str, bytes]) -> dict[str, dict[str, Path]]:
        """Encoding to path of the compressed copies of each content, by its fingerprint.

        Those that are not there yet are made, side by side; one that cannot be kept is left out.
        """
        wanted = [(name, encoding) for name in contents for encoding in ENCODINGS]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            paths = pool.map(lambda pair: self._copy(contents[pair[0]], *pair), wanted)
        found: dict[str, dict[str, Path]] = {name: {} for name in contents}
        for (name, encoding), path in zip(wanted, paths, strict=True):
            if path is not None:
                found[name][encoding] = path
        return found

    def _copy(self, content: bytes, name: str, encoding: str) -> Path | None:
        path = self.folder / f"{name}.{encoding}"
        with contextlib.suppress(OSError):
            if path.stat().st_size > 0:
                return path
        return self._write(path, ENCODINGS[encoding](content)) if self._writable else None

    def _write(self, path: Path, content: bytes) -> Path | None:
        scratch = None
        try:
            handle, scratch = tempfile.mkstemp(prefix=".new-", dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(scratch, path)
        except OSError as error:
            self._give_up(error)
            if scratch is not None:
                with contextlib.suppress(OSError):
                    os.unlink(scratch)
            return None
        return path

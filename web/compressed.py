"""Compressed copies of files, made once and kept in a folder of this machine."""

from __future__ import annotations

import contextlib
import gzip
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
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
    return gzip.compress(content, 6 if len(content) > LARGE else 9, mtime=0)


# Best first: what makes a copy, and what makes the content of it again.
ENCODINGS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "br": (_brotli, brotli.decompress),
    "gzip": (_gzip, gzip.decompress),
}


class Shelf:
    """A private folder of compressed copies, by the fingerprint of their content.

    The folder only saves work: where it cannot be written (read only, disk full) the copies are made at each start.
    Each is written beside its name and renamed, and compared with its content when it is read, so that neither a
    crash nor two servers at once can spoil it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writable = True
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self._give_up(error)

    def copies(self, contents: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
        """Encoding to compressed copy of each content, by its fingerprint; copies of anything else are thrown away."""
        wanted = [(name, encoding) for name in contents for encoding in ENCODINGS]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            made = list(pool.map(lambda pair: self._copy(contents[pair[0]], *pair), wanted))
        found: dict[str, dict[str, bytes]] = {name: {} for name in contents}
        for (name, encoding), content in zip(wanted, made, strict=True):
            found[name][encoding] = content
        self._keep_only({f"{name}.{encoding}" for name, encoding in wanted})
        return found

    def _copy(self, content: bytes, name: str, encoding: str) -> bytes:
        path = self.folder / f"{name}.{encoding}"
        compress, decompress = ENCODINGS[encoding]
        with contextlib.suppress(OSError, EOFError, ValueError, brotli.error):
            kept = path.read_bytes()
            if decompress(kept) == content:
                return kept
        made = compress(content)
        if self._writable:
            self._write(path, made)
        return made

    def _write(self, path: Path, content: bytes) -> None:
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

    def _give_up(self, error: OSError) -> None:
        if self._writable:
            log.warning("compressed files are not kept for the next start: %s", error)
        self._writable = False

    def _keep_only(self, names: set[str]) -> None:
        """Throw away the copies of earlier versions; another server has its own in memory."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in names and path.suffix.lstrip(".") in ENCODINGS:
                    path.unlink(missing_ok=True)

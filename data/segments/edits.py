"""What people changed of segments and of the playbook: small JSON files beside the workspace's entries.

<home>/edits/looks-<series>-<method>.json   names, colours and merges of the segments of a data set
<home>/edits/playbook.json                  the playbook's texts by key of segment
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from data.errors import InputError, StoreError
from data.segments.looks import Edit, check_looks, clean_text
from data.store import read_json, write_json

FOLDER: Final = "edits"
PLAYBOOK: Final = "playbook.json"
TEXT_LENGTH: Final = 1000
_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
_log = logging.getLogger(__name__)


class Edits:
    """Reads and writes what people changed; several processes may at once.

    Files are read at each use and replaced whole, so a reader never meets half of one and the last writer
    wins. One that cannot be read is set aside as `*.damaged-<n>` and what it changed is as it was at first;
    `problems` says so.
    """

    def __init__(self, home: Path) -> None:
        self._folder = Path(home) / FOLDER

    def looks(self, series: str, method: str) -> dict[str, Edit]:
        """What was changed of the segments that a method finds in a series of data sets.

        By key: "name", "colour" and "into" (the key of the segment it is merged into), each where changed.
        """
        found = self._read(self._looks_path(series, method))
        kept: dict[str, Edit] = {}
        for key, item in found.items():
            if isinstance(item, dict):
                # Somebody may have written in the file: what makes no sense there changes nothing.
                with contextlib.suppress(InputError):
                    kept |= check_looks({key: item})
        return kept

    def save_looks(
        self,
        series: str,
        method: str,
        edits: Mapping[str, Mapping[str, Any]],
        report: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep these changes instead of the earlier ones; to take a merge back, leave it out.

        Raises InputError as `check_looks` does (with the `report` of the segmentation, against its segments
        too), StoreError where the workspace cannot be written.
        """
        self._write(self._looks_path(series, method), check_looks(edits, report))

    def playbook(self) -> dict[str, dict[str, str]]:
        """The texts that people wrote for the playbook, by key of segment and field."""
        return {
            str(key): {str(name): str(text) for name, text in fields.items()}
            for key, fields in self._read(self._folder / PLAYBOOK).items()
            if isinstance(fields, dict)
        }

    def save_play(self, key: str, fields: Mapping[str, str] | None) -> None:
        """Keep the texts of one segment; None goes back to the playbook's own.

        Raises InputError for a text of more than 1,000 characters.
        """
        kept = self.playbook()
        kept.pop(key, None)
        texts = {str(name): clean_text(text) for name, text in (fields or {}).items()}
        for name, text in texts.items():
            if len(text) > TEXT_LENGTH:
                raise InputError(
                    f"The text for {name!r} has {len(text):,} characters; it may have {TEXT_LENGTH:,}."
                )
        if texts:
            kept[str(key)] = texts
        self._write(self._folder / PLAYBOOK, kept)

    def problems(self) -> tuple[str, ...]:
        """What was set aside because it could not be read, in words; empty where nothing was."""
        return tuple(
            f"{path.name.partition('.damaged-')[0]} could not be read and was set aside as {path.name} in the"
            " workspace's folder edits: what it changed is as it was at first."
            for path in sorted(self._folder.glob("*.damaged-*"))
        )

    def _looks_path(self, series: str, method: str) -> Path:
        if not (_PART.fullmatch(series) and _PART.fullmatch(method)):
            raise InputError("Segments are changed for a data set and a method.")
        return self._folder / f"looks-{series}-{method}.json"

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return read_json(path)
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            self._set_aside(path)
            return {}
        except OSError as error:
            raise StoreError(f"{path.name} cannot be read: {error.strerror}.") from error

    def _set_aside(self, path: Path) -> None:
        number = 1
        while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
            number += 1
        try:
            path.rename(aside)
        except FileNotFoundError:
            # Another process was first.
            return
        except OSError as error:
            raise StoreError(f"{path.name} is damaged and cannot be set aside: {error.strerror}.") from error
        _log.warning("%s could not be read and was set aside as %s", path.name, aside.name)

    def _write(self, path: Path, value: Mapping[str, Any]) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_json(path, value)
        except OSError as error:
            raise StoreError(f"Could not write to the workspace: {error.strerror}.") from error

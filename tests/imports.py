"""Import a file made in a test, and look at what came of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from data.cleaning import Cleaned, clean
from data.engine import connect, scan
from data.reading import ImportOptions, Inspection, inspect_file, stage


@dataclass(frozen=True)
class Imported:
    """The result of an import: its ledger, the kept rows and the rejected ones as they were written."""

    inspection: Inspection
    cleaned: Cleaned
    rows: list[dict[str, Any]]
    rejected: list[dict[str, str]]

    @property
    def ledger(self) -> dict[str, Any]:
        return self.cleaned.ledger

    def reasons(self) -> dict[str, int]:
        return {each["reason"]: each["rows"] for each in self.ledger["reasons"]}

    def notes(self) -> dict[str, int]:
        return {each["kind"]: each["rows"] for each in self.ledger["notes"]}


def write(folder: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    """A file of `content` in `folder`."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run_import(path: Path, folder: Path, *, threads: int = 1, load: bool = True, **options: Any) -> Imported:
    """Inspect, stage and clean `path` into `folder`, as an import does."""
    folder.mkdir(exist_ok=True)
    inspection = inspect_file(path, ImportOptions(**options))
    staged = stage(inspection, folder)
    connection = connect([folder], threads=threads, temp=folder / "spill")
    cleaned = clean(connection, staged, inspection.options, folder)
    rows = []
    if load:
        answer = connection.execute(f"SELECT * FROM {scan(cleaned.paths)}")
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    connection.close()
    with cleaned.rejected.open(newline="", encoding="utf-8") as file:
        rejected = list(csv.DictReader(file)) if load else []
    return Imported(inspection, cleaned, rows, rejected)


def import_text(folder: Path, content: bytes | str, name: str = "orders.csv", **options: Any) -> Imported:
    """Write `content` to a file and import it."""
    return run_import(write(folder, content, name), folder / "import", **options)


def at(text: str) -> datetime:
    """A time in the data's own time, as in '2010-12-01 08:26'."""
    return datetime.fromisoformat(text)

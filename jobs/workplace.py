"""Where the work of a job is done."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data import engine
from data.store import Manifest, Store
from settings import Settings

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Workplace:
    """Where and how a pipeline runs: the store, its settings, a scratch folder, and the point of no return.

    `job_id` is that of the job it runs for, if any: it stands in the manifest of what is published.
    """

    store: Store
    settings: Settings
    scratch: Path
    commit: Callable[[], None] = lambda: None
    job_id: str | None = None

    def connect(self, *folders: Path) -> duckdb.DuckDBPyConnection:
        """A query engine that sees the workspace, the scratch folder and `folders`."""
        return engine.connect(
            [self.store.home, self.scratch, *folders],
            threads=self.settings.threads,
            memory_mb=self.settings.memory_mb,
            temp=self.scratch / "spill",
        )

    def made_by(self) -> Manifest:
        """What a manifest says of who made it."""
        job = {"job_id": self.job_id} if self.job_id else {}
        return {"made_by": f"lapwing {importlib.metadata.version('lapwing')}", **job}

    def folder(self, name: str = "") -> Path:
        """The scratch folder, or a private one of that name in it, made if missing."""
        path = self.scratch / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path


def part(report: Report, low: float, high: float) -> Report:
    """`report` for a piece of the work that takes it from `low` to `high`."""
    return lambda share, text: report(low + (high - low) * min(max(share, 0.0), 1.0), text)

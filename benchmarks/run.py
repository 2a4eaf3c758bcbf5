"""`lapwing run` on the real files: seconds and peak memory."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Figure, timed_process
from settings import Settings

FILES = (
    ("CDNOW", "cdnow/CDNOW_master.txt", 40.0, 600.0),
    ("Online Retail", "online_retail/online_retail_iso-8859-1.csv.gz", 25.0, 1024.0),
)


def measure() -> list[Figure]:
    """Both files, with the out-of-fold figures of the models for the record."""
    figures = []
    for name, relative, seconds_budget, memory_budget in FILES:
        path = Settings().real_data / relative
        if not path.is_file():
            print(f"run       {name}: skipped, {path} is not there (LAPWING_REAL_DATA)")
            continue
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            seconds, memory = timed_process(
                [sys.executable, "-m", "cli", "run", str(path), "--out", str(out)]
            )
            metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        figures += [
            Figure(f"lapwing run {name}", seconds, "s", seconds_budget),
            Figure(f"lapwing run {name}, peak memory", memory, "MB", memory_budget),
            Figure(f"{name} AUC, out of fold", metrics["propensity"]["auc"], ""),
            Figure(f"{name} Brier score, out of fold", metrics["propensity"]["brier"], ""),
        ]
    return figures

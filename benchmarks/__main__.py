"""Run the benchmarks and print each figure beside its budget.

    python -m benchmarks                  all of them
    python -m benchmarks startup run      these

Figures go to benchmarks/results/ as JSON. A machine that does other things meanwhile gives larger
ones: each row names the machine's load beside it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks import (
    analysis,
    btyd,
    clustering,
    features,
    imports,
    open,
    roi,
    run,
    sample,
    segments,
    slider,
    startup,
    statistics,
)
from benchmarks.measure import RESULTS, Figure

BENCHMARKS = {
    "startup": startup.measure,
    "open": open.measure,
    "run": run.measure,
    "sample": sample.measure,
    "imports": imports.measure,
    "features": features.measure,
    "analysis": analysis.measure,
    "slider": slider.measure,
    "segments": segments.measure,
    "clustering": clustering.measure,
    "roi": roi.measure,
    "statistics": statistics.measure,
    "btyd": btyd.measure,
}


def show(name: str, figure: Figure) -> None:
    verdict = "" if figure.budget is None else ("within" if figure.value <= figure.budget else "OVER")
    budget = "" if figure.budget is None else f"budget {figure.budget:g} {figure.unit}"
    print(
        f"{name:10} {figure.what:62} {figure.value:10.3f} {figure.unit:4} {budget:18} {verdict}", flush=True
    )


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(BENCHMARKS)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}.")
        return 2
    RESULTS.mkdir(parents=True, exist_ok=True)
    over = 0
    for name in chosen or list(BENCHMARKS):
        load = os.getloadavg()[0]
        figures = BENCHMARKS[name]()
        for figure in figures:
            show(name, figure)
            over += figure.budget is not None and figure.value > figure.budget
        record = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S"),
            "cores": os.cpu_count(),
            "load_before": load,
            "figures": [vars(figure) for figure in figures],
        }
        Path(RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Shared means of measuring: figures, timed runs, and the cached large workspace."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
LARGE_CUSTOMERS = 1_000_000


@dataclass(frozen=True)
class Figure:
    """One measured number, its unit, and the largest it should be (None: for information)."""

    what: str
    value: float
    unit: str
    budget: float | None = None


def percentiles(action: Callable[[int], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile of `times` calls of `action(i)`, milliseconds."""
    spent = []
    for place in range(times):
        start = time.perf_counter()
        action(place)
        spent.append((time.perf_counter() - start) * 1e3)
    return float(np.median(spent)), float(np.percentile(spent, 95))


def timed_process(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Wall seconds and peak memory (MB, the process and its children) of a command that must succeed."""
    probe = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        " done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE);"
        " sys.stderr.buffer.write(done.stderr if done.returncode else b'');"
        " print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024);"
        " sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *command],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | dict(env or {}),
        cwd=ROOT,
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def peak_memory_mb() -> float:
    """Peak memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def lapwing() -> list[str]:
    """The installed command."""
    return [str(Path(sys.executable).parent / "lapwing")]


def large_workspace(*, analysed: bool = True) -> Path:
    """A workspace with the sample of a million customers imported (and analysed); made once, then kept."""
    home = RESULTS / "workspace"
    from data.store import Store

    store = Store(home)
    env = {"LAPWING_HOME": str(home)}
    if not store.datasets():
        sample = RESULTS / "sample.parquet"
        seconds, _ = timed_process(
            [*lapwing(), "sample", "--no-truth", "--customers", str(LARGE_CUSTOMERS), "--out", str(sample)]
        )
        print(f"          sample of {LARGE_CUSTOMERS:,} customers made in {seconds:.0f} s", flush=True)
        seconds, memory = timed_process([*lapwing(), "import", str(sample)], env)
        print(f"          imported in {seconds:.0f} s, {memory:.0f} MB", flush=True)
        sample.unlink()
    if analysed and not store.analyses():
        seconds, memory = timed_process([*lapwing(), "analyse"], env)
        print(f"          analysed in {seconds:.0f} s, {memory:.0f} MB", flush=True)
    return home

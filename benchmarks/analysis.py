"""A whole analysis of a million customers: seconds and peak memory."""

from __future__ import annotations

from benchmarks.measure import Figure, large_workspace, timed_process
from benchmarks.measure import lapwing as command


def measure() -> list[Figure]:
    """The full recipe with its tuning and backtests, on the sample of a million customers."""
    home = large_workspace(analysed=False)
    seconds, memory = timed_process([*command(), "analyse"], {"LAPWING_HOME": str(home)})
    return [
        Figure("whole analysis of a million customers", seconds, "s", 480.0),
        Figure("whole analysis of a million customers, peak memory", memory, "MB", 4096.0),
    ]

"""Where the bins of a histogram begin: at round numbers."""

from __future__ import annotations

import math
from typing import Final

BINS: Final = 50


def nice_step(width: float) -> float:
    """The first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return float(f"{next(power * f for f in (1, 2, 5, 10) if power * f >= width * (1 - 1e-9)):.12g}")


def bin_edges(low: float, high: float, tail_low: float, tail_high: float, unit: float) -> tuple[float, ...]:
    """Edges of up to fifty bins at round numbers, none narrower than the `unit` the values come in.

    A tail that would squeeze the rest into few bins is left outside.
    """
    reach = tail_high - tail_low
    first = tail_low if reach > 0 and tail_low - low > reach / 2 else low
    last = tail_high if reach > 0 and high - tail_high > reach / 2 else high
    # Far finer than the values' own digits there is nothing to tell apart.
    finest = 1e-9 * max(abs(first), abs(last), 1e-30)
    step = max(nice_step(max((last - first) / BINS, finest)) if last > first else 1.0, unit)
    start = math.floor(first / step + 1e-9)
    # The last edge is above the last value: it belongs to the bin before it.
    count = max(1, math.floor(last / step + 1e-9) + 1 - start)
    return tuple(float(f"{(start + place) * step:.12g}") for place in range(count + 1))


def log_bin_edges(low: float, high: float, unit: float) -> tuple[float, ...]:
    """Edges in log10, far enough apart that the first bin holds a value the column can have."""
    step = max(0.02, nice_step(max(high - low, 0.4) / BINS), math.log10(1 + unit / 10**low))
    start = math.floor(low / step + 1e-9)
    count = max(1, math.floor(high / step + 1e-9) + 1 - start)
    return tuple(round((start + place) * step, 12) for place in range(count + 1))

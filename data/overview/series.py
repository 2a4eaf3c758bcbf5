"""Revenue, active customers and orders of a period, step by step, beside the period before."""

from __future__ import annotations

from typing import Any

from data.overview.amounts import money
from data.overview.gathering import Gathered
from data.overview.periods import Bin, Period, bins, moved, unit_of


def series(gathered: Gathered, period: Period) -> dict[str, Any]:
    """`unit`, and the rows of the period (`now`) and of the one before (`before`), as JSON values.

    A row of `before` is that of `now` in the same place, one period earlier; there are none where the period
    before is not wholly inside the data.
    """
    unit = unit_of(period)
    steps = bins(max(period.start, gathered.first), period.end, unit)
    earlier = moved(steps, period.days) if period.days and period.before else ()
    return {
        "unit": unit,
        "now": [_row(gathered, step) for step in steps],
        "before": [_row(gathered, step) for step in earlier],
    }


def _row(gathered: Gathered, step: Bin) -> dict[str, Any]:
    return {
        "start": step.start.isoformat(),
        "end": step.end.isoformat(),
        "revenue": money(gathered.revenue(step.start, step.end)),
        "customers": gathered.active(step.start, step.end),
        "orders": gathered.orders(step.start, step.end),
        "partial": step.partial,
    }

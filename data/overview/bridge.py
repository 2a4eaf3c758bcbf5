"""From the revenue of the period before to that of the period: who made the difference, to the cent."""

from __future__ import annotations

from typing import Any

from data.overview.amounts import money
from data.overview.gathering import Gathered
from data.overview.groups import CHANGES
from data.overview.periods import Period


def bridge(gathered: Gathered, period: Period) -> tuple[dict[str, Any] | None, str]:
    """The bridge as JSON values, or None and why there is none.

    Every customer with lines in either period is in one part: **new** with a first purchase in the period,
    else **lost** with lines in the period before only, **returned** in the period only, **down** or **up**
    (or the same) with both. A part's amount is what its customers spent now less what they spent before, returns
    taken off; `customers` counts those who ever bought. before + amounts = after, exactly.
    """
    if period.days is None:
        return None, "There is no time before all of the data to compare with."
    if period.before is None:
        return None, (
            f"The data does not reach back {2 * period.days} days: there is no whole period before this one to "
            "compare with."
        )
    parts = gathered.parts[period.key]
    return {
        "before": money(gathered.revenue(*period.before)),
        "after": money(gathered.revenue(period.start, period.end)),
        "parts": [
            {
                "key": name,
                "amount": money(parts[name].now - parts[name].before),
                "customers": parts[name].customers,
                "group": f"{name}:{period.key}",
            }
            for name in CHANGES[1:]
        ],
    }, ""

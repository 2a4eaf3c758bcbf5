"""How much of a period's revenue its best customers bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.overview.amounts import share
from data.overview.groups import in_last_words
from data.overview.periods import Period

Floats = NDArray[np.float64]
TOP: Final = 10
_POINTS: Final = 101


@dataclass(frozen=True)
class Top:
    """The best tenth of `buyers`, at least one: `flags` of `people` (n,), ties by customer id.

    `spent` is the net of the buyers in the period, largest first (m,).
    """

    flags: NDArray[np.bool_]
    spent: Floats

    @property
    def customers(self) -> int:
        """How many are the best tenth."""
        return min(max(len(self.spent) // TOP, 1), len(self.spent))

    @cached_property
    def revenue(self) -> float:
        """Net of all buyers."""
        return math.fsum(self.spent)

    @cached_property
    def top_revenue(self) -> float:
        """Net of the best tenth."""
        return math.fsum(self.spent[: self.customers])


def top_of(people: pd.DataFrame, net: str, bought: str) -> Top:
    """The best tenth by the column `net` of those for whom the column `bought` holds.

    `people` has one row a customer, sorted by customer id.
    """
    buyers = np.flatnonzero(people[bought].to_numpy())
    amounts = people[net].to_numpy(dtype=np.float64)[buyers]
    order = np.argsort(-amounts, kind="stable")
    top = Top(np.zeros(len(people), dtype=np.bool_), amounts[order])
    top.flags[buyers[order[: top.customers]]] = True
    return top


def concentration(top: Top, period: Period) -> tuple[dict[str, Any] | None, str]:
    """The curve and the best tenth of a period as JSON values, or None and why there is none.

    The curve is (share of customers, share of revenue), best customers first: at most 101 points from (0, 0)
    to (1, 1), rising above 1 before its end where customers sent back more than they bought.
    """
    buyers, revenue = len(top.spent), top.revenue
    if not buyers:
        return None, f"Nobody bought {in_last_words(period.key)}."
    if revenue <= 0:
        return None, (
            f"Customers sent back as much as they bought {in_last_words(period.key)}, or more: there is no revenue to "
            "share out."
        )
    places = np.unique(np.linspace(0, buyers, min(_POINTS, buyers + 1)).round().astype(np.int64))
    running = np.concatenate([[0.0], np.cumsum(top.spent)]) / revenue
    return {
        "customers": buyers,
        "revenue": round(revenue, 4),
        "curve": [[share(place / buyers), share(running[place])] for place in places],
        "top_customers": top.customers,
        "top_revenue": round(top.top_revenue, 4),
        "top_share": share(top.top_revenue / revenue),
        "group": f"top:{period.key}",
    }, ""

"""The same campaign for all customers of each segment: which segments it pays for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.campaign.sensitivity import EXPECTED, SCENARIOS, scenario_uplifts
from models.campaign.sums import sums_of
from models.roi import break_even

NO_SEGMENT: Final = "No segment"
_FIGURES: Final = (
    "baseline_orders",
    "incremental_orders",
    "incremental_spend",
    "incremental_margin",
    "discounts",
    "contact_cost",
    "fixed_cost",
    "total_cost",
    "net_profit",
    "roi",
)
COLUMNS: Final = ("segment", "scenario", "customers", "uplift", *_FIGURES, "break_even_uplift")
# Decimals of roi.csv: money and orders to a ten-thousandth, shares to a millionth.
DECIMALS: Final = {
    "uplift": 6,
    **dict.fromkeys(_FIGURES, 4),
    "roi": 6,
    "break_even_uplift": 6,
}


def by_segment(
    customers: Customers, params: CampaignParams, codes: NDArray[Any], names: Sequence[str]
) -> pd.DataFrame:
    """Financials of contacting everybody of each segment; columns COLUMNS, three rows (scenarios) a segment.

    `codes` has the place of each customer's segment in `names`, shape (n,); any other number: no segment. The
    fixed cost is shared by customers, so that net profit, costs and orders of all segments add up to those of
    all customers. Best first by expected net profit; segments without a customer are not there. `roi` and
    `break_even_uplift` are NaN where there is none.
    """
    known = np.where((codes >= 0) & (codes < len(names)), codes, len(names))
    if len(names) < np.iinfo(np.int16).max:
        known = known.astype(np.int16)  # two bytes are sorted by counting
    order = np.argsort(known, kind="stable")
    counts = np.bincount(known, minlength=len(names) + 1)
    uplifts = scenario_uplifts(params)
    found: list[tuple[float, list[dict[str, Any]]]] = []
    own = customers.at(params.horizon_days).bare()
    for code, places in enumerate(np.split(order, np.cumsum(counts)[:-1])):
        if not len(places):
            continue
        part = own.take(places)
        shared = replace(params, fixed_cost=params.fixed_cost * len(places) / len(customers))
        sums, even = sums_of(part, shared, uplifts), break_even(part, shared)
        rows = []
        for scenario, uplift in zip(SCENARIOS, uplifts, strict=True):
            figures = sums.financials(shared, uplift)
            rows.append(
                {
                    "segment": names[code] if code < len(names) else NO_SEGMENT,
                    "scenario": scenario,
                    "customers": len(places),
                    "uplift": uplift,
                    **{name: getattr(figures, name) for name in _FIGURES},
                    "break_even_uplift": even,
                }
            )
        best = next(row["net_profit"] for row in rows if row["scenario"] == EXPECTED)
        found.append((best, rows))
    found.sort(key=lambda each: -each[0])
    frame = pd.DataFrame([row for _, rows in found for row in rows], columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name not in ("segment", "scenario", "customers")]
    frame[numbers] = frame[numbers].astype(np.float64)
    return frame.astype({"customers": np.int64})

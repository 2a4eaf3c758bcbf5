"""The simulator: what a moved slider costs the server, simulation of 2,000 draws included.

Each move changes one control, as a person drags it, and asks for what the open tab needs: the answer alone,
with the profit curve, or with what matters (bars, heat map, scenarios). Customers are those of the large
workspace: all of them, and the first 100,000 of its file, which is a fair shuffle.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.measure import Figure, large_workspace
from data.segments.edits import Edits
from data.store import Store
from jobs.campaigns import CampaignBook
from models.campaign.customers import Customers
from models.campaign.depth import depth
from models.campaign.params import CampaignParams
from models.campaign.sensitivity import heat, scenarios, tornado
from models.campaign.sums import crowd
from models.roi import answer

# Customers in the audience -> budget of a move, milliseconds.
BUDGETS = {100_000: 100.0, 1_000_000: 400.0}
THREADS, MEMORY_MB = 2, 1024
Ask = Callable[[Customers, CampaignParams], Any]


def measure() -> list[Figure]:
    """Median and 95th percentile of a move, wall and processor time, for each audience and each tab."""
    store = Store(large_workspace())
    analysis = store.latest_analysis()
    assert analysis is not None
    book = CampaignBook(store, Edits(store.home), analysis, THREADS, MEMORY_MB)
    figures = []
    for wanted, budget in BUDGETS.items():
        # Most of a million customers of the sample have bought: the rest are there again.
        places = np.arange(wanted, dtype=np.int64) % len(book.customers)
        customers = book.customers.take(places)
        for what, ask in {"answer": answer, "answer, curve": _curve, "answer, drivers": _drivers}.items():
            ask(customers, book.start)
            wall, busy = _spent(ask, customers, book.start)
            figures += [
                Figure(f"{what}, {wanted:,} customers, p50", float(np.median(wall)), "ms"),
                Figure(f"{what}, {wanted:,} customers, p95", float(np.percentile(wall, 95)), "ms", budget),
                Figure("  processor, p50", float(np.median(busy)), "ms"),
                Figure("  processor, p95", float(np.percentile(busy, 95)), "ms"),
            ]
    start = time.perf_counter()
    book.segments(book.start)
    figures.append(
        Figure(
            f"by segment, {len(book.customers):,} customers, once", (time.perf_counter() - start) * 1e3, "ms"
        )
    )
    book.close()
    return figures


def _curve(customers: Customers, params: CampaignParams) -> None:
    depth(customers, params, answer(customers, params))


def _drivers(customers: Customers, params: CampaignParams) -> None:
    found = answer(customers, params)
    contacted = crowd(customers, found)
    tornado(contacted, params)
    heat(contacted, params)
    scenarios(contacted, params)


def _spent(ask: Ask, customers: Customers, start: CampaignParams) -> tuple[list[float], list[float]]:
    wall, busy = [], []
    for params in _moves(start, len(customers)):
        began, worked = time.perf_counter(), time.process_time()
        ask(customers, params)
        busy.append((time.process_time() - worked) * 1e3)
        wall.append((time.perf_counter() - began) * 1e3)
    return wall, busy


def _moves(start: CampaignParams, size: int) -> Iterator[CampaignParams]:
    """One control after the other over its range; what was moved before stays."""
    now = start
    for contacted in (size // 100, size // 10, size // 3, size):
        now = replace(now, contacted=contacted)
        yield now
    steps: dict[str, tuple[Any, ...]] = {
        "discount": (0.0, 0.05, 0.1, 0.2, 0.3),
        "uplift": (0.1, 0.3, 0.7, 1.0),
        "margin": (0.2, 0.35, 0.5),
        "redemption": (0.1, 0.6, 0.9),
        "contact_cost": (0.0, 0.5, 2.0),
        "horizon_days": (30, 60, 120),
        "rank": ("propensity", "clv", "rfm", "random", "profit"),
        "fixed_cost": (500.0, 5000.0),
        "budget": (10_000.0, 250_000.0),
        "uplift_range": (0.1, 0.8),
        "forecast_error": (0.05, 0.4),
    }
    for name, values in steps.items():
        for value in values:
            now = replace(now, **{name: value})
            yield now
    for uplift in (0.01, 0.02, 0.05):
        yield replace(now, uplift_unit="points", uplift=uplift, uplift_range=0.02)

"""The statistics of a data set of nine million rows: each view, asked for the first time."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.measure import Figure, large_workspace, peak_memory_mb
from data.statistics import DatasetStatistics
from data.store import Store
from settings import Settings

VIEW_BUDGET_S = 2.0
FACTS_BUDGET_S = 1.5


VIEWS: dict[str, Callable[[DatasetStatistics], object]] = {
    "facts": DatasetStatistics.facts,
    "choice of columns and categories": DatasetStatistics.category_columns,
    "sales over time": DatasetStatistics.over_time,
    "histogram and box of the amount": lambda each: each.distribution("lines:amount"),
    "the same on a logarithmic scale": lambda each: each.distribution("lines:amount", log=True),
    "rows by period": lambda each: each.distribution("lines:ordered_at"),
    "countries by spend": lambda each: each.by_category("lines:country"),
    "products by spend": lambda each: each.by_category("lines:product_id"),
    "correlation of customers": lambda each: each.correlation("customers"),
    "correlation of rows": lambda each: each.correlation("rows"),
    "table of columns": DatasetStatistics.summaries,
    "first rows": DatasetStatistics.head,
}


def measure() -> list[Figure]:
    """Best of three for each view, in the order in which a page asks; the later ones share what was counted."""
    store = Store(large_workspace())
    dataset = store.datasets()[0]
    settings = Settings()
    spent: dict[str, list[float]] = {what: [] for what in VIEWS}
    for _ in range(3):
        statistics = DatasetStatistics(
            dataset, threads=settings.threads, memory_mb=settings.memory_mb // 2, scratch=store.home / "tmp"
        )
        for what, action in VIEWS.items():
            start = time.perf_counter()
            action(statistics)
            spent[what].append(time.perf_counter() - start)
    rows = f"{dataset.manifest['rows']['kept']:,} rows"
    return [
        *(
            Figure(f"{what}, {rows}", min(times), "s", FACTS_BUDGET_S if what == "facts" else VIEW_BUDGET_S)
            for what, times in spent.items()
        ),
        Figure("peak memory", peak_memory_mb(), "MB"),
    ]

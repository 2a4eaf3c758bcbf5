"""The segment explorer at a million customers: what each changed filter costs the server.

A person's filters are gone through one after the other, as the page asks for them; a file is opened afresh for
each answer, so that what one keeps does not help another.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from dash import no_update
from plotly.io.json import to_json_plotly

from benchmarks.measure import Figure, large_workspace
from callbacks import segments_table, segments_views
from callbacks.segments_headline import headline
from callbacks.services import Services
from data.segments.file import SegmentFile
from data.segments.filter import Region, SegmentFilter
from data.segments.looks import looks_of
from data.segments.queries import SegmentQueries
from data.store import Segmentation, Store
from jobs.queue import JobQueue
from jobs.segment_sources import source_of_analysis
from jobs.segmenting import segment_and_publish
from jobs.workplace import Workplace
from settings import Settings

BUDGET_MS = 100.0
BUDGET_KB = 1000.0
THREADS = 2
MEMORY_MB = 1024
Answer = Callable[[SegmentQueries, SegmentFilter], Any]
ANSWERS: Mapping[str, Answer] = {
    "count": lambda queries, chosen: queries.count(chosen),
    "summary": lambda queries, chosen: queries.summary(chosen),
    "totals": lambda queries, chosen: queries.totals(chosen),
    "compare": lambda queries, chosen: queries.compare(chosen),
    "points, 5,000": lambda queries, chosen: queries.points(chosen, "frequency", "monetary"),
    "points in 3D, 10,000": lambda queries, chosen: queries.points(
        chosen, "recency_days", "frequency", "monetary", limit=10_000
    ),
    "boxes": lambda queries, chosen: queries.boxes(chosen, "monetary"),
    "heat": lambda queries, chosen: queries.heat(chosen),
    "makeup": lambda queries, chosen: queries.makeup(chosen, "a0"),
    "score grid": lambda queries, chosen: queries.cells(chosen),
    "flows": lambda queries, chosen: queries.flows(chosen),
    "100 rows, sorted": lambda queries, chosen: queries.page(chosen, sort=[("monetary", "desc")]),
    "100 rows far down": lambda queries, chosen: queries.page(
        chosen, sort=[("mean_order_value", "asc")], start=20_000, end=20_100
    ),
}
OPTIONS = {"theme": "light", "x": "frequency", "y": "monetary", "metric": "monetary", "by": "a0"}


class _Spent:
    """Wall and processor milliseconds of calls, by what was asked."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.busy: dict[str, list[float]] = {}

    def __call__(self, what: str, action: Callable[[], Any]) -> Any:
        wall, busy = time.perf_counter(), time.process_time()
        result = action()
        self.busy.setdefault(what, []).append((time.process_time() - busy) * 1e3)
        self.wall.setdefault(what, []).append((time.perf_counter() - wall) * 1e3)
        return result

    def figures(self) -> list[Figure]:
        """Median and 95th percentile of each."""
        found = []
        for what, wall in self.wall.items():
            found += [
                Figure(f"{what}, p50", float(np.median(wall)), "ms"),
                Figure(f"{what}, p95", float(np.percentile(wall, 95)), "ms", BUDGET_MS),
                Figure("  processor, p50", float(np.median(self.busy[what])), "ms"),
                Figure("  processor, p95", float(np.percentile(self.busy[what], 95)), "ms"),
            ]
        return found


def measure() -> list[Figure]:
    """Each answer, then each view of the page with its charts built and serialised; 2 threads."""
    home = large_workspace()
    store = Store(home)
    if not store.segmentations():
        _divide(home, store)
    found = next(item for item in store.segmentations() if item.method == "rules")
    return [*_answers(found), *_views(home, store, found)]


def _answers(found: Segmentation) -> list[Figure]:
    spent = _Spent()
    looks = looks_of(found.report, {"lost": {"into": "hibernating"}})
    for name, answer in ANSWERS.items():
        file = SegmentFile(found, threads=THREADS, memory_mb=MEMORY_MB)
        for place, chosen in enumerate(_filters()):
            queries = SegmentQueries(found, looks, file)
            if place == 0:
                answer(queries, chosen)
            spent(name, partial(answer, queries, chosen))
        file.close()
    return spent.figures()


def _views(home: Path, store: Store, found: Segmentation) -> list[Figure]:
    """What the open view, the head and the table answer to a changed filter, as the server sends it."""
    spent, sent = _Spent(), dict[str, int]()

    def ask(what: str, answer: Callable[[], Any]) -> None:
        told = spent(what, lambda: to_json_plotly(_sent(answer())))
        sent[what] = max(sent.get(what, 0), len(told.encode()))

    for view in segments_views.VIEWS:
        services = Services(
            Settings(home=home, threads=THREADS, memory_mb=2 * MEMORY_MB), store, JobQueue(home, workers=0)
        )
        for place, chosen in enumerate(_filters()):
            params = {"segmentation": found.id, **chosen.to_params()}
            asked = {"filter": params, **OPTIONS}
            rows = {
                "context": params,
                "startRow": 0,
                "endRow": 100,
                "sortModel": [{"colId": "monetary", "sort": "desc"}],
            }
            if place == 0:
                # What a warm server has done: charts are built for the first time, columns are looked at.
                headline(services, params)
                segments_views.answer(services, view, asked)
                segments_table.rows(services, rows)
            ask("page: head", partial(headline, services, params))
            ask(
                f"page: view {view}",
                partial(segments_views.answer, services, view, asked),
            )
            if view == "sizes":
                ask("page: table", partial(segments_table.rows, services, rows))
    return [
        *spent.figures(),
        *(Figure(f"{what}, largest answer", size / 1e3, "kB", BUDGET_KB) for what, size in sent.items()),
    ]


def _sent(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if value is not no_update}


def _filters() -> list[SegmentFilter]:
    """What a person does to the filter, one thing at a time; the same each time."""
    filters = [SegmentFilter()]

    def then(**change: Any) -> None:
        filters.append(replace(filters[-1], **change))

    for count in range(1, 6):
        then(segments=("champions", "loyal", "at_risk", "cant_lose", "hibernating")[:count])
    for clv in ("top10", "top25", "middle", "bottom25"):
        then(clv=clv)
    then(segments=())
    for churn in ("low", "medium", "high", ""):
        then(churn=churn)
    then(clv="")
    for words in (("Germany",), ("France", "Germany"), ("France",)):
        then(where=(("a0", words),))
    for churn in ("high", "medium"):
        then(churn=churn)
    filters.append(SegmentFilter())
    for text in ("1", "12", "123", "1234", "c", "c0", "c00", "ger"):
        then(search=text)
    then(segments=("champions",))
    then(segments=("champions", "lost"), clv="top25")
    filters.append(SegmentFilter())
    for turn in range(6):
        then(region=Region("frequency", "monetary", _around(turn)))
    then(segments=("loyal",))
    then(segments=("loyal", "at_risk"), churn="low")
    filters.append(SegmentFilter(at_risk=True))
    filters.append(SegmentFilter(flow=("champions", "at_risk")))
    filters.append(SegmentFilter(segments=("lost",), clv="top25"))
    return filters


def _around(turn: int) -> tuple[tuple[float, float], ...]:
    """A drawing of 60 corners around a half of the customers, another for each turn."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = 1 + 0.25 * np.sin(3 * angle + turn) + 0.01 * turn
    corners = zip(0.6 + 0.6 * reach * np.cos(angle), 2.2 + reach * np.sin(angle), strict=True)
    return tuple((float(x), float(y)) for x, y in corners)


def _divide(home: Path, store: Store) -> None:
    """Make the default segmentations of the newest analysis, as its job does."""
    analysis = store.latest_analysis()
    assert analysis is not None
    with tempfile.TemporaryDirectory(dir=store.home / "tmp") as scratch:
        place = Workplace(store, Settings(home=home, threads=THREADS), Path(scratch))
        source = source_of_analysis(place, analysis, store.dataset(analysis.dataset_id))
        segment_and_publish(place, source, None, lambda _share, _text: None)

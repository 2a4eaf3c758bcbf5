"""The segment explorer at a million customers: what a changed filter costs the server, answer by answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import LARGE_CUSTOMERS, RESULTS, Figure, percentiles
from data.segments.filter import Region, SegmentFilter
from data.segments.frame import Attribute
from data.segments.looks import looks_of
from data.segments.queries import SegmentQueries
from data.segments.serving import write_segments
from data.store import REPORT, SEGMENTATIONS, SEGMENTER, SEGMENTS, Store, write_json

CALLS = 40
SEGMENTS_MADE = 11
BUDGET_MS = 100.0


def measure() -> list[Figure]:
    """Median and 95th percentile of each answer while every part of the filter changes; 2 threads."""
    found = _large()
    queries = SegmentQueries(found, looks_of(found.report, {"s3": {"into": "s2"}}), threads=2, memory_mb=1024)
    answers: dict[str, Callable[[SegmentFilter], Any]] = {
        "count": queries.count,
        "summary": queries.summary,
        "totals": queries.totals,
        "compare": queries.compare,
        "points, 5,000": lambda chosen: queries.points(chosen, "frequency", "monetary"),
        "points in 3D, 10,000": lambda chosen: queries.points(
            chosen, "recency_days", "frequency", "monetary", limit=10_000
        ),
        "boxes": lambda chosen: queries.boxes(chosen, "clv"),
        "heat": queries.heat,
        "makeup": lambda chosen: queries.makeup(chosen, "a1"),
        "score grid": queries.cells,
        "flows": queries.flows,
        "first 100 rows, sorted": lambda chosen: queries.page(chosen, sort=[("monetary", "desc")]),
    }
    figures: list[Figure] = []
    kinds = {"mixed": _mixed, "search": _search, "lasso": _lasso}
    for kind, make in kinds.items():
        for place, (name, answer) in enumerate(answers.items()):
            answer(make(-1))
            # Other filters for each answer, so that nothing has been kept of the one before.
            spent = percentiles(lambda call, at=place, ask=answer, of=make: ask(of(CALLS * at + call)), CALLS)
            if kind == "mixed":
                figures.append(Figure(f"{name}, median", spent[0], "ms"))
            figures.append(Figure(f"{name}, {kind} filters, p95", spent[1], "ms", BUDGET_MS))
    deep = [("mean_order_value", "asc")]
    queries.page(SegmentFilter(), sort=deep, start=500_000, end=500_100)
    again = percentiles(
        lambda call: queries.page(SegmentFilter(), sort=deep, start=10_000 * call, end=10_000 * call + 100),
        CALLS,
    )
    first = percentiles(
        lambda call: queries.page(_mixed(9000 + call), sort=deep, start=20_000, end=20_100), 10
    )
    return [
        *figures,
        Figure("100 rows anywhere in a sorted table, p95", again[1], "ms", BUDGET_MS),
        Figure("the same, the first time below row 1,000, p95", first[1], "ms"),
    ]


def _mixed(call: int) -> SegmentFilter:
    """A filter of changing parts; no two calls have the same."""
    draw = np.random.default_rng(call + 1)
    segments = tuple(f"s{place}" for place in draw.choice(SEGMENTS_MADE, draw.integers(1, 9), replace=False))
    values = tuple(f"value {place}" for place in draw.choice(30, 3, replace=False))
    return SegmentFilter(
        segments=segments if call % 4 else (),
        clv=("", "top10", "top25", "middle", "bottom25")[call % 5],
        churn=("", "low", "medium", "high")[call % 3],
        where=(("a1", values),) if call % 2 else (),
    )


def _search(call: int) -> SegmentFilter:
    return replace(_mixed(call), search=str(100 + (call * 37) % 900), churn="", clv="", where=())


def _lasso(call: int) -> SegmentFilter:
    """A drawing of 60 corners around about half of the customers."""
    draw = np.random.default_rng(call + 1)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = 1 + 0.25 * np.sin(3 * angle + draw.uniform(0, 6)) + draw.uniform(-0.05, 0.05, 60)
    corners = zip(0.6 + 0.6 * reach * np.cos(angle), 2.2 + 2 * reach * np.sin(angle), strict=True)
    return SegmentFilter(region=Region("frequency", "monetary", tuple(corners)))


def _large() -> Any:
    """A made-up segmentation of a million customers; made once, then kept."""
    store = Store(RESULTS / "segments-workspace")
    if not store.segmentations():
        store.publish(SEGMENTATIONS, "A million customers", _fill)
    return store.segmentations()[0]


def _fill(folder: Path) -> dict[str, Any]:
    draw = np.random.default_rng(42)
    count = LARGE_CUSTOMERS
    code = draw.choice(SEGMENTS_MADE, count)
    frame = pd.DataFrame({"customer_id": [f"C{place:07d}" for place in range(count)], "code": code})
    frame["was"] = np.where(draw.random(count) < 0.1, np.nan, draw.choice(SEGMENTS_MADE, count))
    for name in ("r", "f", "m"):
        frame[name] = draw.integers(1, 6, count)
    frame["recency_days"] = draw.integers(0, 900, count)
    frame["frequency"] = 1 + draw.negative_binomial(0.6, 0.15, count)
    frame["tenure_days"] = frame["recency_days"] + draw.integers(0, 900, count)
    for name in ("monetary", "mean_order_value", "pred_spend", "pred_spend_low", "pred_spend_high", "clv"):
        frame[name] = draw.lognormal(4, 1.2, count).round(2)
    for name in ("churn_risk", "pred_prob", "p_alive"):
        frame[name] = draw.random(count).round(6)
    for name in ("pc1", "pc2", "pc3"):
        frame[name] = draw.normal(0, 2, count)
    attributes = []
    for place, distinct in enumerate((0, 30, 5, 0, 200, 2, 0, 2000, 12, 0)):
        key = f"a{place}"
        words = np.array([f"value {at}" for at in range(distinct)], dtype=object)
        frame[key] = (
            words[draw.integers(0, distinct, count)] if distinct else draw.normal(50, 15, count).round(1)
        )
        attributes.append(Attribute(key, f"Column {place}", "category" if distinct else "number", distinct))
    write_segments(folder / SEGMENTS, frame, attributes, threads=2)
    sizes = np.bincount(code, minlength=SEGMENTS_MADE)
    segments = [
        {"code": at, "key": f"s{at}", "name": f"Segment {at}", "definition": "", "customers": int(sizes[at])}
        for at in range(SEGMENTS_MADE)
    ]
    write_json(folder / REPORT, {"segments": segments})
    write_json(folder / SEGMENTER, {})
    return {
        "source": {"kind": "analysis", "id": "none", "dataset_id": "none", "series": "none"},
        "method": "rules",
        "title": "Made up",
        "attributes": [item.to_dict() for item in attributes],
        "bands": {
            name: [float(cut) for cut in np.quantile(frame[name], (0.25, 0.75, 0.9))]
            for name in ("clv", "monetary")
        },
    }

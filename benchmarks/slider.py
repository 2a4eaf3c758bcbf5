"""The propensity page at a million customers: what a moving slider costs the server and the wire."""

from __future__ import annotations

import json
from typing import Any

import plotly.utils

from benchmarks.measure import Figure, large_workspace, percentiles
from callbacks.propensity import draw, table_rows
from callbacks.services import Services
from data.store import Store
from settings import Settings

CALLS = 60


def measure() -> list[Figure]:
    """Percentiles over sliders at many positions: dragged, at rest, zoomed, and the table's blocks."""
    home = large_workspace()
    services = Services.create(Settings(home=home, autosample=False))
    analysis = Store(home).analyses()[0]
    queries = services.queries(analysis.id)
    top = queries.largest_shortfall()

    def params(place: int, **more: Any) -> dict[str, Any]:
        return {
            "analysis": analysis.id,
            "window": "past",
            "min_propensity": round(place / CALLS * 0.9, 2),
            "shortfall_threshold": round(top * ((place * 7) % CALLS) / CALLS, 2),
            **more,
        }

    view = {"x": [0.3, 1.0], "y": [0.2, 0.6]}
    draw(services, params(0), None, "light")
    dragged = percentiles(lambda place: draw(services, params(place, moving=True), None, "light"), CALLS)
    rest = percentiles(lambda place: draw(services, params(place), None, "light"), CALLS)
    zoomed = percentiles(lambda place: draw(services, params(place), view, "light"), CALLS)
    request = {"startRow": 0, "endRow": 100, "sortModel": [{"colId": "shortfall", "sort": "desc"}]}
    table = percentiles(lambda place: table_rows(services, request | {"context": params(place)}), CALLS)
    size = max(
        len(json.dumps(draw(services, params(place), None, "light"), cls=plotly.utils.PlotlyJSONEncoder))
        for place in (0, CALLS // 2)
    )
    count = f"{queries.customers['past']:,} customers"
    return [
        Figure(f"slider while dragged, {count}, median", dragged[0], "ms"),
        Figure(f"slider while dragged, {count}, p95", dragged[1], "ms", 80.0),
        Figure(f"slider at rest, {count}, p95", rest[1], "ms", 80.0),
        Figure("zoomed in, p95", zoomed[1], "ms", 80.0),
        Figure("block of 100 table rows, p95", table[1], "ms", 80.0),
        Figure("largest answer", size / 1e6, "MB", 0.4),
    ]

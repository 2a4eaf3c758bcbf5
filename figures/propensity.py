"""The propensity chart: density of all customers behind, a coloured sample of them in front."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from data.names import (
    ACTUAL_SPEND,
    AS_EXPECTED,
    CUSTOMER_ID,
    OVER,
    PERFORMANCE,
    PRED_PROB,
    PRED_SPEND,
    SHORTFALL,
    SPEND_CDF,
    UNDER,
)
from figures import words
from figures.segments_units import share_ticks
from figures.theme import LABELS, SHAPES, TOKEN_OF, known, says, template, tokens

MAX_BYTES: Final = 400_000
# What numbers and marks of 5,000 points, the density and the layout leave for the ids.
ID_BYTES: Final = 205_000
JITTER: Final = 0.36
Range = tuple[float, float]
Trace = dict[str, Any]


@dataclass(frozen=True)
class ChartSpec:
    """How the chart is to be read.

    `x_range` is the full extent in log10 of orders; `density` asks for the shading behind the points;
    `x_view` and `y_view` are the ranges zoomed to; `revision` changes with the analysis or window.
    """

    x_range: Range
    horizon_days: int
    window: str = "past"
    density: bool = False
    x_view: Range | None = None
    y_view: Range | None = None
    theme: str = "light"
    currency: str | None = None
    revision: str = ""


def propensity_figure(
    points: pd.DataFrame, x_edges: np.ndarray, y_edges: np.ndarray, counts: np.ndarray, spec: ChartSpec
) -> go.Figure:
    """Draw customers: orders so far (log scale) against the probability to buy in the horizon.

    `points` has a row for each customer drawn (columns of `CustomerQueries.points`); `counts`
    (len(y_edges) - 1, len(x_edges) - 1) counts all customers of the filter, over `x_edges` in log10 of
    orders, for the shading. The figure is at most 0.4 MB as JSON.
    """
    theme = known(spec.theme)
    if points.empty:
        figure = says(
            "No customer matches these filters. Lower the minimum propensity or show more colours.", theme
        )
        figure.update_layout(uirevision=spec.revision)
        return figure
    drawn = _thin(points)
    traces: list[Trace] = []
    if spec.density:
        traces.append(_density(x_edges, y_edges, counts, theme))
    if spec.window == "past":
        # Yellow is the most and says the least: it goes below the two that matter.
        for performance in (AS_EXPECTED, OVER, UNDER):
            rows = drawn[drawn[PERFORMANCE] == performance]
            if len(rows):
                traces.append(_coloured(rows, performance, spec))
    else:
        traces.append(_plain(drawn, spec))
    # Unchecked: checking 5,000 points one by one would take longer than everything else. A test checks.
    return go.Figure(data=traces, layout=_layout(spec, theme), _validate=False)


def _layout(spec: ChartSpec, theme: str) -> dict[str, Any]:
    low, high = 10 ** spec.x_range[0], 10 ** spec.x_range[1]
    full = {"x": [math.log10(min(low, 0.58)), math.log10(high * 1.06)], "y": [-0.02, 1.02]}
    shown = spec.y_view or full["y"]
    return {
        # What the page's script goes back to on a double click.
        "meta": full,
        "template": template(theme),
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": "zoom",
        "uirevision": spec.revision,
        "xaxis": {
            "type": "log",
            "title": {"text": "Purchase frequency (orders, log scale)"},
            "range": list(spec.x_view or full["x"]),
            "tickvals": order_ticks(high),
            "ticktext": [words.count(value) for value in order_ticks(high)],
        },
        "yaxis": {
            "title": {"text": f"Probability to buy within {spec.horizon_days} days"},
            "range": list(shown),
        }
        | share_ticks(min(shown), max(shown), 6),
    }


def order_ticks(high: float) -> list[int]:
    """Whole numbers of orders for the axis: 1, 2, 5, 10, 20, ... up to `high`."""
    ticks = [step * 10**power for power in range(8) for step in (1, 2, 5)]
    return [tick for tick in ticks if tick <= max(high, 5)]


def order_columns(x_edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (in orders) of the columns that hold a whole number of orders, and which bins those are.

    Orders are whole numbers: on a log axis most narrow bins below 10 cannot hold any. A bin that can
    is drawn from half an order below its first to half an order above its last, so columns touch.
    """
    first = np.ceil(10 ** x_edges[:-1] - 1e-9)
    # The lower edge belongs to a bin and the upper to the next one.
    last = np.ceil(10 ** x_edges[1:] - 1e-9) - 1
    kept = np.flatnonzero((last >= first) & (last >= 1))
    if not len(kept):
        return np.array([]), kept
    first = np.maximum(first[kept], 1)
    return np.append(first - 0.5, last[kept][-1] + 0.5), kept


def jitter(frame: pd.DataFrame) -> np.ndarray:
    """Orders of each customer moved by less than half an order, always the same way for the same id.

    Rounded they are the orders again, which is how the hover box tells them.
    """
    if frame.empty:
        return np.array([], dtype=np.float32)
    spread = pd.util.hash_array(frame[CUSTOMER_ID].astype(str).to_numpy(dtype=object)) % 1000 / 999 - 0.5
    return (frame["frequency"].to_numpy(dtype=float) + 2 * JITTER * spread).astype(np.float32)


def _thin(points: pd.DataFrame) -> pd.DataFrame:
    """Leave out evenly as many points as very long ids would take over the size allowed."""
    size = len(json.dumps(_texts(points)))
    keep = max(1, math.ceil(size / ID_BYTES))
    return points.iloc[::keep]


def _texts(rows: pd.DataFrame) -> list[str]:
    names = rows[CUSTOMER_ID].tolist()
    return [words.escape(name) for name in names] if re.search("[&<>]", "".join(names)) else names


def _density(x_edges: np.ndarray, y_edges: np.ndarray, counts: np.ndarray, theme: str) -> Trace:
    edges, kept = order_columns(np.asarray(x_edges))
    token = tokens(theme)
    return {
        "type": "heatmap",
        "x": edges,
        "y": np.asarray(y_edges),
        "z": shades(counts[:, kept]),
        "zmin": 0,
        "zmax": 255,
        "colorscale": [[0, "rgba(0,0,0,0)"], [1 / 255, token["density-low"]], [1, token["density-high"]]],
        "showscale": False,
        "hoverinfo": "skip",
        "name": "All customers",
    }


def shades(counts: np.ndarray) -> np.ndarray:
    """Shade 0 to 255 of each count: 0 for none, then by its logarithm, so that few beside many still show."""
    most = max(int(counts.max(initial=0)), 1)
    return np.ceil(255 * np.log1p(counts) / math.log1p(most)).astype(np.uint8)


def _marker(token: str, shape: str, size: float, theme: str, opacity: float) -> dict[str, Any]:
    colour = tokens(theme)
    return {
        "color": colour[token],
        "symbol": shape,
        "size": size,
        "opacity": opacity,
        "line": {"width": 0.6, "color": colour.get(f"{token}-line", colour[token])},
    }


def _coloured(rows: pd.DataFrame, performance: str, spec: ChartSpec) -> Trace:
    token = TOKEN_OF[performance]
    size = {UNDER: 7.5, AS_EXPECTED: 5.5, OVER: 7.5}[performance]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": LABELS[performance],
        "x": jitter(rows),
        "y": rows[PRED_PROB].to_numpy(dtype=np.float32),
        "text": _texts(rows),
        "customdata": np.column_stack(
            [
                rows[PRED_SPEND],
                rows[ACTUAL_SPEND],
                rows[SHORTFALL].abs(),
                _rank(rows[SPEND_CDF].to_numpy(dtype=float), performance),
            ]
        ).astype(np.float32),
        "hovertemplate": hover_text(performance, spec.currency),
        "marker": _marker(token, SHAPES[performance], size, known(spec.theme), 0.85),
    }


def _rank(cdf: np.ndarray, performance: str) -> np.ndarray:
    """Whole percent of their own predicted range at or below (over: at or above) what they spent."""
    share = 1 - cdf if performance == OVER else cdf
    return np.maximum(1, np.ceil(100 * share - 1e-9))


def hover_text(performance: str, currency: str | None) -> str:
    """The hover box of a colour: who, what was spent against the prediction, and why that colour."""
    first, last = (words.escape(side) for side in words.sides(currency))
    spent = f"Spent {first}%{{customdata[1]:,.2f}}{last} of {first}%{{customdata[0]:,.2f}}{last} predicted"
    gap = f"{first}%{{customdata[2]:,.2f}}{last}"
    why = {
        UNDER: f"{spent}: {gap} short,<br>in the lowest %{{customdata[3]:.0f}} % of"
        " their own predicted range",
        OVER: f"{spent}: {gap} more,<br>in the highest %{{customdata[3]:.0f}} % of their own predicted range",
        AS_EXPECTED: f"{spent}: as expected,<br>at %{{customdata[3]:.0f}} % of their own predicted range",
    }[performance]
    return (
        f"<b>%{{text}}</b> · {LABELS[performance]}<br>{why}<br>"
        "%{y:.0%} likely to buy · orders so far: %{x:,.0f}<extra></extra>"
    )


def _plain(rows: pd.DataFrame, spec: ChartSpec) -> Trace:
    first, last = (words.escape(side) for side in words.sides(spec.currency))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Customers",
        "x": jitter(rows),
        "y": rows[PRED_PROB].to_numpy(dtype=np.float32),
        "text": _texts(rows),
        "customdata": rows[[PRED_SPEND]].to_numpy(dtype=np.float32),
        "hovertemplate": (
            f"<b>%{{text}}</b><br>{first}%{{customdata[0]:,.2f}}{last} predicted; not known yet<br>"
            "%{y:.0%} likely to buy · orders so far: %{x:,.0f}<extra></extra>"
        ),
        "marker": _marker("accent", "circle", 5.5, known(spec.theme), 0.6),
    }


def clicked_customer(click: dict[str, Any] | None) -> str | None:
    """The customer id of a clicked point, as it stands in the data."""
    point = ((click or {}).get("points") or [{}])[0]
    text = point.get("text")
    return words.unescape(text) if isinstance(text, str) else None


def view_ranges(view: dict[str, Any] | None) -> tuple[Range | None, Range | None]:
    """The ranges a chart is zoomed to (log10 of orders; probability); None where all is shown."""
    return _range((view or {}).get("x")), _range((view or {}).get("y"))


def reach(x_view: Range | None) -> Range | None:
    """Which customers a zoomed chart can show, in log10 of orders: half an order more at both ends.

    Points are drawn beside their whole number.
    """
    if x_view is None:
        return None
    low, high = (10 ** min(edge, 12.0) for edge in x_view)
    return math.log10(max(low - 0.5, 0.5)), math.log10(high + 0.5)


def _range(value: Any) -> Range | None:
    try:
        low, high = float(value[0]), float(value[1])
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None

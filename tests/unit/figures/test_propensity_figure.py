from __future__ import annotations

import base64
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from data import names
from figures.propensity import (
    MAX_BYTES,
    ChartSpec,
    clicked_customer,
    jitter,
    order_columns,
    order_ticks,
    propensity_figure,
    reach,
    shades,
    view_ranges,
)
from figures.theme import tokens
from tests.factories import customers

SPEC = ChartSpec(x_range=(-0.05, 2.0), horizon_days=90, currency="USD", revision="a past")
NO_BINS = (np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.zeros((1, 1), dtype=np.int64))


def three() -> pd.DataFrame:
    frame = customers(3)
    frame["frequency"] = [1.0, 4.0, 12.0]
    frame[names.PRED_PROB] = [0.1, 0.5, 0.9]
    frame[names.PRED_SPEND] = [80.0, 20.0, 30.0]
    frame[names.ACTUAL_SPEND] = [12.0, 20.0, 90.0]
    frame[names.SHORTFALL] = [68.0, 0.0, -60.0]
    frame[names.SPEND_CDF] = [0.08, 0.5, 0.97]
    frame[names.PERFORMANCE] = [names.UNDER, names.AS_EXPECTED, names.OVER]
    return frame


def values(array: object) -> np.ndarray:
    """The numbers of an array as it is sent."""
    if isinstance(array, dict):
        flat = np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"])
        shape = [int(part) for part in str(array.get("shape", len(flat))).split(",")]
        return flat.reshape(shape)
    return np.asarray(array)


def test_each_colour_has_its_shape_and_its_numbers() -> None:
    figure = propensity_figure(three(), *NO_BINS, SPEC)
    assert [trace.name for trace in figure.data] == ["As expected", "Spent more", "Spent less"]
    red = figure.data[2]
    assert red.marker.symbol == "triangle-down"
    assert red.marker.color == tokens("light")["under"]
    assert list(red.text) == ["C000000"]
    assert values(red.y) == pytest.approx([0.1])
    # Predicted, spent, short, lowest percent of their own range.
    assert values(red.customdata)[0] == pytest.approx([80.0, 12.0, 68.0, 8.0])
    assert "in the lowest %{customdata[3]:.0f} % of their own predicted range" in red.hovertemplate
    assert "Spent $%{customdata[1]:,.2f} of $%{customdata[0]:,.2f} predicted" in red.hovertemplate
    blue = figure.data[1]
    assert blue.marker.symbol == "diamond"
    assert values(blue.customdata)[0, 3] == pytest.approx(3.0)


def test_axes_are_named_and_whole_orders_are_ticked() -> None:
    layout = propensity_figure(three(), *NO_BINS, SPEC).layout
    assert layout.xaxis.type == "log"
    assert layout.xaxis.title.text == "Purchase frequency (orders, log scale)"
    assert layout.yaxis.title.text == "Probability to buy within 90 days"
    assert list(layout.xaxis.tickvals) == [1, 2, 5, 10, 20, 50, 100]
    assert layout.uirevision == "a past"
    assert order_ticks(3) == [1, 2, 5]


def test_a_zoom_is_kept_and_the_whole_extent_is_known() -> None:
    zoomed = replace(SPEC, x_view=(0.2, 1.3), y_view=(0.1, 0.7))
    layout = propensity_figure(three(), *NO_BINS, zoomed).layout
    assert list(layout.xaxis.range) == [0.2, 1.3]
    assert list(layout.yaxis.range) == [0.1, 0.7]
    assert layout.meta["y"] == [-0.02, 1.02]
    assert layout.meta["x"][0] == pytest.approx(math.log10(0.58))


def test_no_customer_says_so() -> None:
    figure = propensity_figure(three().head(0), *NO_BINS, SPEC)
    assert len(figure.data) == 0
    assert "No customer matches" in figure.layout.annotations[0].text


def test_the_future_has_no_colours() -> None:
    figure = propensity_figure(three(), *NO_BINS, replace(SPEC, window="next"))
    assert [trace.name for trace in figure.data] == ["Customers"]
    assert figure.data[0].marker.color == tokens("light")["accent"]
    assert "not known yet" in figure.data[0].hovertemplate


def test_density_counts_everybody_behind_the_points() -> None:
    x_edges, y_edges = np.linspace(-0.05, 2.0, 121), np.linspace(0, 1, 81)
    counts = np.zeros((80, 120), dtype=np.int64)
    column = int(np.searchsorted(x_edges, 0.0, side="right")) - 1
    counts[10, column] = 400
    figure = propensity_figure(three(), x_edges, y_edges, counts, replace(SPEC, density=True))
    heat = figure.data[0]
    assert heat.type == "heatmap"
    shown = values(heat.z)
    assert shown.max() == 255
    assert (shown > 0).sum() == 1
    # The column of one order reaches from half an order to one and a half.
    place = int(np.flatnonzero(shown[10])[0])
    assert values(heat.x)[place : place + 2] == pytest.approx([0.5, 1.5])


def test_columns_of_whole_orders_touch_and_lose_nobody() -> None:
    x_edges = np.linspace(-0.05, 2.4, 121)
    edges, kept = order_columns(x_edges)
    assert edges[0] == 0.5
    assert len(edges) == len(kept) + 1
    assert (np.diff(edges) >= 1).all()
    orders = np.arange(1, 240)
    place = np.clip(np.searchsorted(x_edges, np.log10(orders), side="right") - 1, 0, 119)
    assert set(place) <= set(kept)


def test_few_beside_many_still_show() -> None:
    assert shades(np.array([[0, 1, 100_000]])).tolist() == [[0, 16, 255]]


def test_points_move_by_less_than_half_an_order_and_always_alike() -> None:
    frame = customers(500)
    moved = jitter(frame)
    assert np.abs(moved - frame["frequency"]).max() < 0.4
    assert (jitter(frame.iloc[::-1])[::-1] == moved).all()
    assert len(np.unique(moved)) > 100


@pytest.mark.parametrize("length", [8, 36, 300])
def test_at_most_the_bytes_allowed(length: int) -> None:
    frame = customers(5050)
    frame[names.CUSTOMER_ID] = [f"{place:0{length}d}" for place in range(len(frame))]
    draw = np.random.default_rng(0)
    frame[names.PERFORMANCE] = draw.choice(names.PERFORMANCES, len(frame))
    counts = draw.integers(0, 1000, (80, 120))
    edges = np.linspace(-0.05, 2.0, 121), np.linspace(0, 1, 81)
    figure = propensity_figure(frame, *edges, counts, replace(SPEC, density=True))
    assert len(figure.to_json().encode()) <= MAX_BYTES
    drawn = sum(len(trace.text) for trace in figure.data if trace.type == "scatter")
    assert drawn == (len(frame) if length <= 36 else drawn)
    assert drawn >= 500


def test_ids_that_are_not_latin_keep_to_the_bytes_too() -> None:
    frame = customers(5000)
    frame[names.CUSTOMER_ID] = [f"Köşe-日本語-{place}" for place in range(len(frame))]
    figure = propensity_figure(frame, *NO_BINS, SPEC)
    assert len(figure.to_json().encode()) <= MAX_BYTES


def test_an_id_is_never_markup_and_comes_back_exactly() -> None:
    hostile = "<img src=x onerror=alert(1)>&amp;<b>%{y}</b>"
    frame = three().head(1).assign(customer_id=hostile)
    text = propensity_figure(frame, *NO_BINS, SPEC).data[0].text[0]
    assert "<" not in text
    assert clicked_customer({"points": [{"text": text}]}) == hostile
    assert clicked_customer(None) is None
    assert clicked_customer({"points": [{"curveNumber": 0}]}) is None


def test_the_figure_holds_up_to_plotlys_own_check() -> None:
    counts = np.ones((80, 120), dtype=np.int64)
    edges = np.linspace(-0.05, 2.0, 121), np.linspace(0, 1, 81)
    for window in ("past", "next"):
        figure = propensity_figure(three(), *edges, counts, replace(SPEC, density=True, window=window))
        assert json.loads(go.Figure(figure.to_dict()).to_json()) == json.loads(figure.to_json())


def test_views_are_read_with_care() -> None:
    assert view_ranges({"x": [0.2, 1.3], "y": None}) == ((0.2, 1.3), None)
    assert view_ranges(None) == (None, None)
    assert view_ranges({"x": ["a", 1], "y": [1, 0]}) == (None, None)
    assert view_ranges({"x": [float("nan"), 1]}) == (None, None)
    assert reach(None) is None
    assert reach((math.log10(2), math.log10(9))) == pytest.approx((math.log10(1.5), math.log10(9.5)))

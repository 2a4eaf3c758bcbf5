"""Customers as points: two metrics, two components, three of either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.segments.metrics import METRICS
from figures import segments
from figures.segments_space import MAX_BYTES, thin
from figures.theme import tokens
from tests.unit.figures.segments_frames import EVIL, LOOKS, SAFE, checked, points, said, values

R, F, M = METRICS["recency_days"], METRICS["frequency"], METRICS["monetary"]
PARTS = {
    "explained": [0.61, 0.22, 0.09],
    "loadings": [
        {"label": "Orders", "values": [0.9, 0.1, 0.0]},
        {"label": EVIL, "values": [-0.2, -0.8, 0.3]},
        {"label": "Age", "values": [0.1, 0.05, -0.7]},
    ],
}


def test_each_segment_is_a_trace_the_largest_below() -> None:
    figure = segments.scatter(points(), LOOKS, R, M, "dark", currency="GBP", revision="a")
    checked(figure)
    assert [trace.legendrank for trace in figure.data] == [0, 1, 2]
    assert [len(values(trace.x)) for trace in figure.data] == [3, 2, 1]
    best = figure.data[0]
    assert best.type == "scatter"
    assert values(best.x).dtype == np.float32
    assert values(best.x) == pytest.approx([1, 2, 3])
    assert values(best.y) == pytest.approx([3.0, np.log10(501.5), np.log10(401)], rel=1e-6)
    assert list(best.customdata[1]) == ["2", "champions", 2, 8, 500.5]
    assert best.marker.color == tokens("dark")["seg-1"]
    assert best.hovertemplate == (
        "<b>%{customdata[0]}</b> · Champions<br>last order %{customdata[2]:,.0f} days ago · orders: "
        "%{customdata[3]:,.0f} · £%{customdata[4]:,.2f} spent<extra></extra>"
    )
    assert figure.data[2].name == SAFE
    # A name cannot bring a variable of its own into the template.
    assert "%{x}" not in figure.data[2].hovertemplate


def test_axes_are_linear_and_told_in_the_metrics_own_unit() -> None:
    layout = segments.scatter(points(), LOOKS, R, M, currency="GBP").layout
    assert layout.xaxis.type is None
    assert layout.yaxis.title.text == "Spent so far (£, log scale)"
    at = list(layout.yaxis.ticktext).index("£100")
    assert layout.yaxis.tickvals[at] == pytest.approx(np.log10(101))
    assert layout.xaxis.range[0] < 1
    assert layout.xaxis.range[1] > 400
    assert layout.dragmode == "lasso"
    assert segments.scatter(points(), LOOKS, R, M, narrow=True).layout.dragmode is False


def test_what_stays_and_what_does_not_when_drawn_again() -> None:
    one = segments.scatter(points(), LOOKS, R, M, revision="a").layout
    other = segments.scatter(points().iloc[:4], LOOKS, R, M, revision="a").layout
    assert one.uirevision == other.uirevision == "a"
    assert one.selectionrevision != other.selectionrevision


def test_a_lasso_is_drawn_again() -> None:
    region = [(0.0, 1.0), (50.0, 1.0), (50.0, 3.0)]
    shape = segments.scatter(points(), LOOKS, R, M, region=region).layout.shapes[0]
    assert shape.path == "M 0,1 L 50,1 L 50,3 Z"
    assert not segments.scatter(points(), LOOKS, R, M).layout.shapes


def test_ids_are_kept_as_they_are_and_shown_as_text() -> None:
    frame = points(("1", "2", "3", "4", "5", EVIL))
    lost = segments.scatter(frame, LOOKS, R, M).data[2]
    assert lost.customdata[0][0] == EVIL
    assert lost.customdata[0][5] == SAFE
    assert lost.hovertemplate.startswith("<b>%{customdata[5]}</b>")


def test_other_metrics_are_told_too_and_missing_facts_left_out() -> None:
    frame = points().drop(columns=["frequency"])
    frame["x"] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    frame.loc[0, "monetary"] = np.nan
    evil = replace(METRICS["clv"], label=EVIL)
    best = segments.scatter(frame, LOOKS, METRICS["churn_risk"], evil, currency="GBP").data[0]
    assert "orders" not in best.hovertemplate
    assert "Churn risk: %{customdata[4]:.0%}" in best.hovertemplate
    assert "£%{customdata[5]:,.2f}" in best.hovertemplate
    assert "%{x}" not in best.hovertemplate
    assert list(best.customdata[0]) == ["1", "champions", 1, None, 0.1, 999]


def test_counts_and_scores_are_spread_by_less_than_half_and_always_alike() -> None:
    frame = points()
    frame["x"], frame["y"] = [5.0, 5, 5, 4, 4, 1], np.log10(1 + frame["frequency"])
    figures = [segments.scatter(frame, LOOKS, METRICS["r"], F) for _ in range(2)]
    moved = values(figures[0].data[0].x)
    assert len(set(moved.tolist())) == 3
    assert np.round(moved).tolist() == [5, 5, 5]
    orders = 10 ** values(figures[0].data[0].y).astype(float) - 1
    assert np.round(orders).tolist() == [9, 8, 7]
    assert figures[0].to_json() == figures[1].to_json()


@pytest.mark.parametrize("narrow", [False, True])
def test_components_have_their_share_of_the_variance(narrow: bool) -> None:
    frame = points()
    frame["x"], frame["y"] = [-2.0, -1, 0, 1, 2, 3], [1.0, 0, -1, -2, 2, 0]
    figure = segments.plane(frame, LOOKS, PARTS, "light", arrows=True, narrow=narrow)
    checked(figure)
    assert figure.layout.xaxis.title.text == "Component 1 (61 % of variance)"
    assert figure.layout.yaxis.title.text == "Component 2 (22 % of variance)"
    assert values(figure.data[0].x) == pytest.approx([-2, -1, 0])
    arrows = [note for note in figure.layout.annotations if note.showarrow]
    named = [note.text for note in figure.layout.annotations if not note.showarrow]
    assert named[:2] == ["Orders", SAFE]
    # Both of one scale, in the directions of their loadings.
    assert arrows[0].x / 0.9 == pytest.approx(arrows[1].y / -0.8, rel=1e-4)
    assert not segments.plane(frame, LOOKS, PARTS).layout.annotations


def test_loadings_are_bars_the_largest_first() -> None:
    figure = segments.loadings(PARTS, "light")
    checked(figure)
    assert [list(trace.x) for trace in figure.data] == [[0.9, -0.2, 0.1], [-0.8, 0.1, 0.05], [-0.7, 0.3, 0]]
    assert figure.layout.yaxis.ticktext[1] == "&lt;b&gt;x&lt;/b&gt;&amp;&lt;script&gt;%{x}"
    assert list(figure.data[0].text) == ["0.90", "−0.20", "0.10"]
    light = tokens("light")
    assert list(figure.data[0].marker.color) == [light["over"], light["under"], light["over"]]
    narrow = segments.loadings(PARTS, narrow=True)
    assert narrow.layout.yaxis.domain[0] > narrow.layout.yaxis2.domain[1]
    many = {"explained": [1.0], "loadings": [{"label": str(n), "values": [n / 20]} for n in range(20)]}
    assert list(segments.loadings(many).data[0].x) == pytest.approx([n / 20 for n in range(19, 11, -1)])
    assert "too few columns" in said(segments.loadings(None))


def in_space(n: int, length: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "customer_id": [f"{at:0{length}d}" for at in range(n)],
            "key": [LOOKS[at % 3].key for at in range(n)],
            "recency_days": rng.integers(0, 700, n).astype(float),
            "frequency": rng.integers(1, 30, n).astype(float),
            "monetary": rng.gamma(2, 200, n).round(2),
        }
    )
    frame["x"], frame["y"], frame["z"] = (
        frame["recency_days"],
        np.log10(1 + frame["frequency"]),
        np.log10(1 + frame["monetary"]),
    )
    return frame


def test_space_has_its_units_and_keeps_its_camera() -> None:
    figure = segments.space(in_space(60), LOOKS, (R, F, M), "dark", currency="GBP", revision="a")
    checked(figure)
    scene = figure.layout.scene
    assert (scene.xaxis.title.text, scene.yaxis.title.text) == ("Days since last order", "Orders")
    assert scene.zaxis.title.text == "Spent so far (£)"
    assert "£100" in scene.zaxis.ticktext
    assert figure.layout.uirevision == "a"
    assert [trace.type for trace in figure.data] == ["scatter3d"] * 3
    first = figure.data[0]
    frame = in_space(60).iloc[::3]
    # Where a tick is told to be, there are the points of its value.
    ticks = dict(zip(scene.xaxis.ticktext, scene.xaxis.tickvals, strict=True))
    step = (ticks["400"] - ticks["200"]) / 200
    assert values(first.x) == pytest.approx(ticks["200"] + step * (frame["recency_days"] - 200), abs=1)
    hundred = scene.zaxis.tickvals[list(scene.zaxis.ticktext).index("£100")]
    assert ((values(first.z) > hundred) == (frame["monetary"] > 100)).all()
    assert list(scene.zaxis.range) == [0, 65_535]
    assert values(first.customdata)[1] == pytest.approx(
        frame.iloc[1][["recency_days", "frequency", "monetary"]].astype(float)
    )
    assert first.text[1] == "000003"
    assert scene.xaxis.backgroundcolor == tokens("dark")["surface-2"]


def test_ten_thousand_points_stay_below_the_size_allowed() -> None:
    figure = segments.space(in_space(10_000), LOOKS, (R, F, M), "light", currency="GBP")
    drawn = sum(len(trace.text) for trace in figure.data)
    assert drawn == 10_000
    assert len(figure.to_json()) < MAX_BYTES
    long = segments.space(in_space(10_000, 40), LOOKS, (R, F, M))
    assert 3000 < sum(len(trace.text) for trace in long.data) < 10_000
    assert len(long.to_json()) < MAX_BYTES
    assert len(thin(in_space(12_000, 1))) <= 10_000
    assert len(segments.scatter(in_space(5000), LOOKS, R, M).to_json()) < MAX_BYTES


def test_components_in_space() -> None:
    frame = points().drop(columns=["recency_days", "frequency", "monetary"]).assign(z=1.0)
    metrics = [METRICS[f"pc{number}"] for number in (1, 2, 3)]
    figure = segments.space(frame, LOOKS, metrics, components=PARTS)
    assert figure.layout.scene.zaxis.title.text == "Component 3<br>(9 % of variance)"
    assert figure.data[0].hovertemplate == "<b>%{text}</b> · Champions<extra></extra>"
    second = segments.space(frame, LOOKS, metrics, components=PARTS, scene_name="scene2")
    assert {trace.scene for trace in second.data} == {"scene2"}
    assert second.layout.scene2.zaxis.title == figure.layout.scene.zaxis.title


def test_nobody_says_so() -> None:
    nobody = points().iloc[:0]
    assert "No customer matches" in said(segments.scatter(nobody, LOOKS, R, M))
    assert "No customer matches" in said(segments.plane(nobody, LOOKS, PARTS))
    unknown = points().assign(x=np.nan, z=1.0)
    assert "No customer matches" in said(segments.scatter(unknown, LOOKS, R, M))
    unknown.loc[5, "x"] = 3.0
    assert [trace.name for trace in segments.space(unknown, LOOKS, (R, F, M)).data] == [SAFE]
    assert "No customer matches" in said(segments.space(nobody.assign(z=0.0), LOOKS, (R, F, M)))

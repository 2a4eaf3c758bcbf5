"""Segments compared, what they are made of, and where their customers came from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.segments.filter import MISSING_WORDS
from data.segments.looks import NEW, NEW_NAME
from data.segments.metrics import METRICS
from data.segments.views import OTHER
from figures import segments
from figures.segments_compare import CLIP
from figures.theme import tokens
from tests.unit.figures.segments_frames import COLOURED, EVIL, NAMED, SAFE, checked, said

BOXES = pd.DataFrame(
    COLOURED
    | {
        "customers": [30, 20, 1],
        "low": [9.0, 4.0, 0.0],
        "q1": [99.0, 9.0, 0.0],
        "median": [499.0, 49.0, 1.0],
        "q3": [999.0, 99.0, 2.0],
        "high": [9999.0, 499.0, 3.0],
        "mean": [799.0, 60.0, -4.0],
    }
)


def profile() -> pd.DataFrame:
    """Means of three segments in three metrics, some far from the average, one missing."""
    rows = []
    given = {
        "recency_days": [(10.0, -3.0), (60.0, 0.0), (400.0, 2.5)],
        "monetary": [(1500.0, 4.0), (300.0, 0.5), (np.nan, np.nan)],
        "churn_risk": [(0.05, -1.0), (0.4, 0.1), (0.95, 1.2)],
    }
    for metric, found in given.items():
        for at, (mean, z) in enumerate(found):
            about = {key: column[at] for key, column in COLOURED.items()}
            known = METRICS[metric]
            rows.append(
                about
                | {"metric": metric, "label": known.label, "unit": known.unit, "mean": mean, "average": 60.0}
                | {"z": z}
            )
    rows.sort(key=lambda row: COLOURED["key"].index(row["key"]))
    return pd.DataFrame(rows)


def test_boxes_are_drawn_from_their_numbers_in_plotted_coordinates() -> None:
    figure = segments.boxes(BOXES, METRICS["monetary"], "GBP", "light")
    checked(figure)
    best = figure.data[0]
    assert best.type == "box"
    assert [best.lowerfence[0], best.q1[0], best.median[0], best.q3[0], best.upperfence[0]] == pytest.approx(
        [1, 2, np.log10(500), 3, 4], abs=1e-5
    )
    assert best.mean[0] == pytest.approx(np.log10(800), abs=1e-5)
    # Below zero there is nothing to take the logarithm of.
    assert figure.data[2].mean[0] == 0
    told = figure.data[3]
    assert list(told.customdata) == ["champions", "loyal", "lost"]
    assert told.hovertext[0] == (
        "<b>Champions</b>, 30 customers<br>Spent so far: median £499, mean £799<br>"
        "half between £99 and £999<br>nine in ten between £9 and £9,999"
    )
    assert told.base[0] == 1
    assert told.x[0] == 3
    assert "£100" in figure.layout.xaxis.ticktext
    assert figure.layout.xaxis.title.text.startswith("Spent so far (£, log scale)<br>")
    assert figure.layout.yaxis.ticktext[2] == SAFE


def test_boxes_of_a_plain_metric_leave_out_who_has_no_values() -> None:
    frame = BOXES.copy()
    frame.loc[1, "median"] = np.nan
    figure = segments.boxes(frame, METRICS["recency_days"], narrow=True)
    assert [trace.q1[0] for trace in figure.data[:2]] == [99, 0]
    assert list(figure.layout.yaxis.ticktext) == ["Champions", "&lt;b&gt;x&lt;/b&gt;&amp;&lt;scri…"]
    assert "days since last order" in said(segments.boxes(frame.iloc[:0], METRICS["recency_days"])).replace(
        "<br>", " "
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_heat_is_centred_on_the_average_and_clipped(theme: str) -> None:
    figure = segments.heat(profile(), theme, currency="GBP")
    checked(figure)
    z = np.full((3, 3), np.nan)
    texts = np.full((3, 3), "", dtype=object)
    for layer in figure.data:
        assert (layer.zmin, layer.zmid, layer.zmax) == (-CLIP, 0, CLIP)
        grid = np.array(layer.z, dtype=float)
        # A cell is in one layer only.
        assert not (np.isfinite(z) & np.isfinite(grid)).any()
        z = np.where(np.isfinite(grid), grid, z)
        texts = np.where(np.array(layer.text) != "", np.array(layer.text), texts)
    assert z[0].tolist() == [-2.5, 2.5, -1.0]
    assert z[1].tolist() == [0.0, 0.5, 0.1]
    assert z[2, 0] == 2.5
    assert np.isnan(z[2, 1])
    assert texts.tolist() == [["10", "£1,500", "5 %"], ["60", "£300", "40 %"], ["400", "", "95 %"]]
    assert list(figure.layout.xaxis.ticktext) == ["Days since last order", "Spent so far", "Churn risk"]
    token = tokens(theme)
    assert [end[1] for end in figure.data[0].colorscale] == [
        token["under"],
        token["surface-2"],
        token["over"],
    ]
    hovers = [text for layer in figure.data for row in layer.hovertext for text in row if text]
    assert (
        "<b>Champions</b><br>Spent so far: £1,500<br>4.0 standard deviations above the average, £60" in hovers
    )
    assert figure.data[0].customdata[2][0] == "lost"


def test_on_a_phone_names_stand_above_the_cells() -> None:
    figure = segments.heat(profile(), currency="GBP", narrow=True)
    assert said(figure) == f"Champions Loyal {SAFE}"
    assert figure.layout.yaxis.showticklabels is False
    assert "£1.5k" in [text for layer in figure.data for row in layer.text for text in row]


def test_a_radar_shows_the_chosen_against_the_average() -> None:
    figure = segments.radar(profile(), ["lost", "champions", "nobody"], "light", currency="GBP")
    checked(figure)
    average, lost, best = figure.data
    assert set(average.r) == {0}
    assert (lost.name, best.name) == (SAFE, "Champions")
    assert list(best.r) == [-2.5, 2.5, -1, -2.5]
    assert list(best.theta) == pytest.approx([0, 120, 240, 0])
    assert list(lost.r) == [2.5, None, 1.2, 2.5]
    assert best.line.color == tokens("light")["seg-1"]
    assert list(figure.layout.polar.angularaxis.ticktext) == [
        "Days since<br>last order",
        "Spent so far",
        "Churn risk",
    ]
    four = segments.radar(
        pd.concat([profile().assign(key=str(n)) for n in range(6)]), [str(n) for n in range(6)]
    )
    assert len(four.data) == 1 + segments.RADAR_MOST
    assert "Choose a segment" in said(segments.radar(profile(), []))
    two = profile()[lambda frame: frame["metric"] != "churn_risk"]
    assert "at least three" in said(segments.radar(two, ["loyal"]))


def made_of() -> pd.DataFrame:
    """Three countries and what is left in two segments."""
    rows = [
        ("champions", "UK", 60, 0.6),
        ("champions", EVIL, 30, 0.3),
        ("champions", OTHER, 10, 0.1),
        ("loyal", EVIL, 5, 0.05),
        ("loyal", "UK", 90, 0.9),
        ("loyal", MISSING_WORDS, 5, 0.05),
    ]
    frame = pd.DataFrame(rows, columns=["key", "value", "customers", "share"])
    return frame.merge(pd.DataFrame(COLOURED), on="key")


def test_the_make_up_adds_to_the_whole_with_the_commonest_value_first() -> None:
    figure = segments.makeup(made_of(), "light")
    checked(figure)
    assert [trace.name for trace in figure.data] == ["UK", SAFE, OTHER, MISSING_WORDS]
    assert figure.layout.barmode == "stack"
    sums = [0.0, 0.0]
    for trace in figure.data:
        for place, share in zip(trace.y, trace.x, strict=True):
            sums[place] += share
    assert sums == pytest.approx([1, 1])
    assert list(figure.data[0].text) == ["UK 60 %", "UK 90 %"]
    # Too narrow for the value: its share alone.
    assert list(figure.data[1].text)[1] in ("5 %", "")
    assert [list(each) for each in figure.data[0].customdata] == [["champions", "UK"], ["loyal", "UK"]]
    assert list(figure.data[1].customdata[0]) == ["champions", EVIL]
    assert list(figure.data[2].customdata[0]) == ["champions"]
    assert list(figure.data[3].customdata[0]) == ["loyal", None]
    assert figure.data[1].hovertext[0] == f"<b>{SAFE}</b> in Champions<br>30.0 %: 30 customers"
    taken = {tokens("light")[f"seg-{number}"] for number in range(13)}
    assert not taken & {trace.marker.color for trace in figure.data}
    assert "No customer matches" in said(segments.makeup(made_of().iloc[:0]))


def test_the_map_of_scores_has_the_segment_of_most_in_each_cell() -> None:
    cells = pd.DataFrame(
        {"r": [5, 5, 1], "fm": [5, 5, 1], "customers": [20, 5, 1200]}
        | {"key": ["champions", "loyal", "lost"], "name": ["Champions", "Loyal", EVIL], "colour": [1, 2, 11]}
    )
    figure = segments.grid_map(cells, "dark")
    checked(figure)
    drawn = {(trace.x[0], trace.y[0]): trace for trace in figure.data}
    assert set(drawn) == {(5, 5), (1, 1)}
    assert drawn[5, 5].text[0][0] == "Champions<br>25"
    assert drawn[5, 5].customdata[0][0] == "champions"
    assert drawn[5, 5].colorscale[0][1] == tokens("dark")["seg-1"]
    assert "Champions: 20 customers<br>Loyal: 5 customers" in drawn[5, 5].hovertext[0][0]
    assert "<b>x" not in drawn[1, 1].text[0][0]
    assert "No customer matches" in said(segments.grid_map(cells.iloc[:0]))


def moved() -> pd.DataFrame:
    """Flows between two segments, and who came."""
    rows = [
        ("champions", "champions", 40, 4000.0),
        ("champions", "lost", 1, 12.5),
        ("loyal", "champions", 10, 1000.0),
        ("loyal", "lost", 9, 90.0),
        (NEW, "loyal", 40, 400.0),
    ]
    frame = pd.DataFrame(rows, columns=["was_key", "key", "customers", "revenue"])
    looks = pd.DataFrame(COLOURED)
    before = pd.concat([looks, pd.DataFrame([{"key": NEW, "name": NEW_NAME, "colour": 0}])])
    return frame.merge(before.add_prefix("was_"), on="was_key").merge(looks, on="key")


def test_every_flow_is_drawn_from_best_to_worst() -> None:
    figure = segments.flows(moved(), "2011-06-09", "2011-12-09", "light", currency="GBP", order=NAMED["key"])
    checked(figure)
    sankey = figure.data[0]
    left, right = ["champions", "loyal", NEW], ["champions", "loyal", "lost"]
    pairs = {
        (left[source], right[target - 3]): value
        for source, target, value in zip(
            sankey.link.source, sankey.link.target, sankey.link.value, strict=True
        )
    }
    assert pairs == {
        ("champions", "champions"): 40,
        ("champions", "lost"): 1,
        ("loyal", "champions"): 10,
        ("loyal", "lost"): 9,
        (NEW, "loyal"): 40,
    }
    assert list(sankey.link.customdata) == [f"{was}>{key}" for was, key in pairs]
    assert list(sankey.node.customdata) == ["", "", "", *right]
    assert sankey.link.label[1] == f"<b>1 customer</b>: Champions → {SAFE}<br>£12.50 spent"
    # The colour is that of where they came from; who stayed is fainter.
    assert list(sankey.link.color[:2]) == ["rgba(11,122,110,0.22)", "rgba(11,122,110,0.46)"]
    assert sankey.node.label[2] == "<b>Not yet a customer</b> on 9 Jun 2011<br>40 customers, 40.0 % of all"
    words = said(figure)
    assert "9 Jun 2011" in words
    assert "9 Dec 2011" in words
    assert "Champions  41" in words
    assert SAFE in words
    assert list(sankey.node.y[:3]) == sorted(sankey.node.y[:3])


def test_nodes_do_not_overlap_and_the_height_follows_their_number() -> None:
    keys = [f"s{at}" for at in range(11)]
    rows = [
        {
            "was_key": was,
            "was_name": was,
            "was_colour": 1,
            "key": key,
            "name": key,
            "colour": 2,
            "customers": 1,
        }
        for was in [*keys, "s11"]
        for key in keys
    ]
    rows[0]["customers"] = 100_000
    many = segments.flows(pd.DataFrame(rows), None, None, order=keys)
    few = segments.flows(moved(), None, None)
    assert many.layout.height > few.layout.height
    assert len(many.data[0].link.value) == 132
    plot = many.layout.height - many.layout.margin.t - many.layout.margin.b
    for side in (slice(0, 12), slice(12, 23)):
        # Names have a line of their own however small the segment.
        assert (np.diff(np.array(many.data[0].node.y[side], dtype=float)) * plot >= 16.9).all()
    assert many.data[0].node.y[0] > 0
    assert said(few).startswith("Before Now")
    assert "No customer matches" in said(segments.flows(moved().iloc[:0], None, None))


def test_flows_without_money_and_on_a_phone() -> None:
    figure = segments.flows(moved().drop(columns="revenue"), None, None, narrow=True)
    assert figure.data[0].link.label[0] == "<b>40 customers</b>: Champions → Champions"
    assert "Not yet a<br>customer" in said(figure)

"""The profit curve of the simulator: the numbers drawn, where its labels stand, and what it says in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest

from figures import roi
from figures.roi_axes import ends_of_money, profit_at, reach
from figures.roi_base import cash, span, tick_cash
from figures.roi_labels import Label, Plot, placed, text_width
from figures.theme import tokens
from models.campaign.depth import Depth
from tests.unit.figures.segments_frames import EVIL, SAFE, checked, said
from tests.unit.figures.test_theme import contrast

DEPTHS = np.array([0, 250, 500, 1000, 2000, 4000])
CURVE = Depth(
    depths=DEPTHS,
    profit=np.array([0.0, 300.0, 500.0, 648.0, 300.0, -900.0]),
    low=np.array([0.0, 100.0, 200.0, 150.0, -400.0, -2000.0]),
    high=np.array([0.0, 500.0, 800.0, 1200.0, 1000.0, 200.0]),
    cost=np.array([0.0, 90.0, 180.0, 350.0, 700.0, 1400.0]),
    best=1000,
    best_profit=648.0,
    best_low=700,
    best_high=1500,
    rivals={
        "rfm": np.array([0.0, 100.0, 200.0, 250.0, 0.0, -900.0]),
        "propensity": np.array([0.0, 200.0, 300.0, 380.0, 100.0, -900.0]),
        "random": np.array([0.0, -56.25, -112.5, -225.0, -450.0, -900.0]),
    },
    everybody=-900.0,
    budget=1200,
    contacted=500,
    regret={"chosen": 148.0, "everybody": 1548.0, "half": 148.0, "double": 348.0, "random": 873.0, "rfm": 398.0},
)  # fmt: skip


def boxes(figure: go.Figure, width: float, height: float) -> list[tuple[float, float, float, float]]:
    """The labels as boxes in pixels of a plot of this size."""
    layout = figure.layout
    plot = Plot(width, height, tuple(layout.xaxis.range), tuple(layout.yaxis.range))
    found = []
    for note in layout.annotations:
        x, y = plot.pixels([(note.x, note.y)])[0] + np.array([note.ax, note.ay])
        wide, high = text_width(note.text, note.font.size), 16.0 * (1 + note.text.count("<br>"))
        found.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
    return found


def shared(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_curve_draws_its_numbers_and_marks_the_best_depth(theme: str) -> None:
    figure = roi.profit_curve(CURVE, "USD", theme, 500, "at-risk customers")
    checked(figure)
    traces = {trace.name: trace for trace in figure.data}
    line = traces["Expected net profit"]
    assert list(line.x) == DEPTHS.tolist()
    assert list(line.y) == [0, 300, 500, 648, 300, -900]
    assert list(line.customdata) == DEPTHS.tolist(), "a click brings the depth"
    assert line.hovertext[3] == (
        "<b>1,000 customers: $648</b><br>8 of 10 outcomes between $150 and $1,200<br>Costs $350"
        "<br>By propensity: $380<br>By RFM score: $250<br>At random: -$225"
    )
    band = traces["80 % range"]
    assert list(band.y) == [*CURVE.low, *CURVE.high[::-1]]
    assert [list(traces[name].y)[3] for name in ("By propensity", "By RFM score", "At random")] == [
        380,
        250,
        -225,
    ]
    assert len({traces[name].line.dash for name in ("By propensity", "By RFM score", "At random")}) == 3
    points = {name: (traces[name].x[0], traces[name].y[0]) for name in ("Best", "Chosen", "Everybody")}
    assert points == {"Best": (1000, 648), "Chosen": (500, 500), "Everybody": (4000, -900)}
    assert len({traces[name].marker.symbol for name in points}) == 3, (
        "shape tells the marks apart, not only colour"
    )
    texts = [note.text for note in figure.layout.annotations]
    assert texts == [
        "<b>Best: 1,000 customers, $648</b>",
        "Chosen: 500, $500",
        "Everybody: -$900",
        "Budget reaches 1,200",
        "By propensity",
        "By RFM score",
        "At random",
    ]  # fmt: skip
    token = tokens(theme)
    for mark in ("accent", "text", "neutral", "border-strong", "expected-text"):
        assert contrast(token[mark], token["surface"]) >= 3, mark
    for note in figure.layout.annotations:
        assert contrast(note.font.color, token["surface"]) >= 4.5, note.text


def test_the_axes_say_what_they_show() -> None:
    figure = roi.profit_curve(CURVE, "GBP", "light", 500, EVIL, rank_words="by RFM score")
    across, up = figure.layout.xaxis, figure.layout.yaxis
    assert across.title.text == (
        f"{SAFE} contacted, by RFM score<br><span style='font-size:11px'>band: 8 of 10 outcomes, at 500: £200 to £800; "
        "bar: where the best depth lies, 700 to 1,500 (80 %)</span>"
    )
    assert up.title.text == "Expected net profit (£)"
    assert "£500" in up.ticktext
    assert "-£500" in up.ticktext
    assert across.range[0] < 0
    assert across.range[1] > 4000
    upright = [shape.x0 for shape in figure.layout.shapes if shape.type == "line" and shape.x0 == shape.x1]
    assert upright == [500, 1200], "the chosen depth and the budget's reach"
    zero = [shape.y0 for shape in figure.layout.shapes if shape.type == "line" and shape.y0 == shape.y1]
    assert zero == [0]
    stretch = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert stretch == [(700, 1500), (700, 1500)]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("contacted", [1, 500, 950, 1000, 1200, 2000, 4000])
def test_labels_stand_apart_and_inside_the_plot(contacted: int, narrow: bool) -> None:
    figure = roi.profit_curve(CURVE, "USD", "light", contacted, "customers", narrow=narrow)
    width, height = (226.0, 290.0) if narrow else (460.0, 330.0)
    found = boxes(figure, width, height)
    assert len(found) >= 5
    for at, one in enumerate(found):
        assert -1 <= one[0] <= one[2] <= width + 1, figure.layout.annotations[at].text
        assert -1 <= one[1] <= one[3] <= height + 1
        assert not any(shared(one, other) for other in found[at + 1 :]), figure.layout.annotations[at].text


def test_a_choice_that_is_the_best_or_everybody_has_one_label() -> None:
    assert "Best and chosen: 1,000 customers, $648" in said(roi.profit_curve(CURVE, "USD", "light", 1000))
    everybody = said(roi.profit_curve(CURVE, "USD", "light", 4000))
    assert "Chosen: 4,000, -$900" in everybody
    assert "Everybody" not in everybody
    assert "Best: 1,000 customers<br>$648" in said(roi.profit_curve(CURVE, "USD", narrow=True))


def test_where_nothing_pays_nobody_is_the_best() -> None:
    losing = replace(
        CURVE, profit=-DEPTHS / 4.0, best=0, best_profit=0.0, best_low=0, best_high=0, everybody=-1000.0
    )
    figure = roi.profit_curve(losing, "USD")
    assert "<b>Best: contact nobody, $0</b>" in said(figure)
    low, high = figure.layout.yaxis.range
    assert low <= -1000
    assert high > 0
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert "where the best depth lies" not in figure.layout.xaxis.title.text
    note = roi.curve_note(losing, answer_of(500), "USD")
    assert note[0].startswith("Contact nobody:")
    assert note[1] == "500 customers: -$125; all 4,000: -$1,000."


def test_an_empty_audience_says_so() -> None:
    nobody = replace(CURVE, depths=np.array([0]), profit=np.array([0.0]))
    assert said(roi.profit_curve(nobody)) == "Nobody is in this audience."
    assert "Nobody is in this audience." in roi.summary_svg(nobody, answer_of(1))


def test_a_rank_of_its_own_is_no_rival() -> None:
    figure = roi.profit_curve(replace(CURVE, rivals=CURVE.rivals | {"rfm": CURVE.profit}))
    assert "By RFM score" not in [trace.name for trace in figure.data]
    assert "By propensity" in [trace.name for trace in figure.data]


def test_a_small_part_of_many_customers_fills_the_axis() -> None:
    many = replace(CURVE, depths=np.array([0, 250, 500, 1000, 2000, 1_000_000]))
    assert reach(many, 500) == 10_000, "a round number at least four times what matters"
    assert reach(many, 200_000) == 1_000_000
    assert reach(CURVE, 500) == 4000
    figure = roi.profit_curve(many, "USD", "light", 500)
    assert "Everybody (1,000,000): -$900 →" in said(figure)
    assert "Everybody" not in [trace.name for trace in figure.data]


def test_a_deep_loss_is_cut_off_so_that_the_best_can_be_seen() -> None:
    deep = replace(CURVE, profit=np.array([0.0, 300.0, 500.0, 648.0, 300.0, -90_000.0]), rivals={})
    everything = DEPTHS <= 4000
    low, high = ends_of_money(deep, deep.profit, {}, everything, 500)
    assert -4500 < low < -1900
    assert high > 648
    # The number chosen stays in sight.
    low, _ = ends_of_money(deep, deep.profit, {}, everything, 4000)
    assert low < -90_000


def test_a_profit_between_depths_lies_straight_between() -> None:
    assert profit_at(CURVE, 750) == 574
    assert profit_at(CURVE, 1000) == 648


def answer_of(contacted: int) -> Any:
    """An answer of which only the number contacted is asked."""
    return type("Answer", (), {"contacted": contacted})()


def test_the_note_says_what_too_deep_and_too_shallow_cost() -> None:
    assert roi.curve_note(CURVE, answer_of(500), "USD") == (
        "Best depth: 1,000 customers of 4,000, for an expected net profit of $648; with 80 % probability the best lies "
        "between 700 and 1,500.",
        "The 500 chosen are too shallow: $148 less than the best.",
        "Half that depth costs $148 of it and twice that depth costs $348 of it.",
        "Compared with the best, contacting everybody earns $1,548 less, the same number by RFM score earns $398 less "
        "and the same number at random earns $873 less.",
    )
    assert roi.curve_note(CURVE, answer_of(2000), "USD")[1] == (
        "The 2,000 chosen are too deep: $348 less than the best."
    )
    assert roi.curve_note(CURVE, answer_of(1000))[1] == "That is the number chosen."
    assert (
        roi.curve_note(CURVE, answer_of(1003))[1]
        == "The 1,003 chosen are expected to earn practically as much."
    )


def test_a_best_depth_that_may_be_anywhere_is_said_and_not_shaded() -> None:
    unsure = replace(CURVE, best=2500, best_low=0, best_high=4000)
    figure = roi.profit_curve(unsure, "USD")
    assert [shape for shape in figure.layout.shapes if shape.type == "rect"] == []
    assert "the best depth is uncertain: 0 to 4,000 (80 %)" in figure.layout.xaxis.title.text
    assert "bar:" not in figure.layout.xaxis.title.text
    note = roi.curve_note(unsure, answer_of(500), "USD")
    assert note[0].endswith("so uncertain that anything from nobody to everybody may turn out best.")
    assert note[2] == "Half that depth costs $148 of it.", "twice the best depth would be more than everybody"


def test_the_summary_is_plain_svg_in_black_and_white() -> None:
    text = roi.summary_svg(CURVE, answer_of(500), "USD")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert names == {"svg", "title", "defs", "clipPath", "rect", "path", "circle", "text"}
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for told in (
        "Best: 1,000 customers, $648",
        "Chosen: 500, $500",
        "Everybody: -$900",
        "Budget reaches 1,200",
        "At random",
    ):
        assert told in words
    assert "-$500" in words
    assert root[0].text == (
        "Expected net profit by customers contacted: best 1,000 with $648, chosen 500 with $500."
    )
    # Only grey: a printer without colour loses nothing.
    colours = {
        value for element in root.iter() for key, value in element.attrib.items() if value.startswith("#")
    }
    assert len(colours) >= 4
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours)
    circle = next(root.iter("{http://www.w3.org/2000/svg}circle"))
    low, high = ends_of_money(CURVE, CURVE.profit, CURVE.rivals, DEPTHS <= 4000, 500)
    assert float(circle.get("cx", "")) == pytest.approx(64 + 500 / 4000 * (520 - 64 - 14), abs=0.06)
    assert float(circle.get("cy", "")) == pytest.approx(
        10 + (high - 500) / (high - low) * (250 - 54), abs=0.06
    )


def test_the_smallest_amounts_have_short_words() -> None:
    assert cash(-12480.4, "USD") == "-$12,480"
    assert tick_cash(-1200, "GBP", 1e3) == "-£1.2k"
    assert tick_cash(0, "USD") == "$0"


def test_an_axis_always_holds_zero() -> None:
    assert span([10.0, 100.0], 0.1) == pytest.approx((-0.02 * 100 / 0.88, 100 + 0.1 * 100 / 0.88))
    low, high = span([-50.0, float("nan")], 0.1, 0.25)
    assert low < -50
    assert high == pytest.approx(0.25 * (high - low))
    assert span([]) == pytest.approx((-0.02 / 0.92, 1 + 0.06 / 0.92))


def test_a_label_goes_where_nothing_is() -> None:
    plot = Plot(400, 300, (0, 100), (0, 100))
    line = plot.traced([0, 100], [60, 60])
    first, second = placed([Label("Here", ((50, 60),)), Label("There", ((50, 60),))], [line], plot, "light")
    tops = {note["text"]: note["ay"] for note in (first, second)}
    assert tops["Here"] < -10, "above the line is as good as below it, and comes first"
    assert tops["There"] > 10
    assert first["arrowcolor"] == "rgba(0,0,0,0)", "beside its point it needs no line to it"

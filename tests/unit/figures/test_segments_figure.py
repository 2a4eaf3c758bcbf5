"""Sizes, choice and stability of segments as they are drawn."""

from __future__ import annotations

import pytest

from data.segments.metrics import METRICS
from figures import segments
from figures.segments_base import colour_of, faint, mixed, short, two_lines
from figures.segments_makeup import VALUES
from figures.segments_units import (
    cell_words,
    metric_ticks,
    metric_title,
    round_values,
    share_words,
    value_words,
)
from figures.theme import THEMES, ink_on, rgb, tokens
from tests.unit.figures.segments_frames import EVIL, LOOKS, SAFE, checked, said, totals

ROWS = [
    {"k": 2, "inertia": 100.0, "silhouette": 0.3, "explained": 0.4},
    {"k": 3, "inertia": 60.0, "silhouette": 0.5, "explained": 0.6},
    {"k": 4, "inertia": 50.0, "silhouette": 0.4, "explained": 0.7},
]


def test_sizes_stand_side_by_side_with_their_shares() -> None:
    figure = segments.sizes(totals(), "GBP", "light")
    checked(figure)
    customers, revenue = figure.data
    assert list(customers.x) == [3, 2, 1]
    assert list(revenue.x) == [750, 249, 1]
    assert list(customers.text) == ["3 · 50 %", "2 · 33 %", "1 · 17 %"]
    assert list(revenue.text) == ["£750 · 75 %", "£249 · 25 %", "£1 · &lt; 1 %"]
    assert list(customers.customdata) == ["champions", "loyal", "lost"]
    light = tokens("light")
    assert list(customers.marker.color) == [light["seg-1"], light["seg-2"], light["seg-11"]]
    assert said(figure) == "Customers Revenue (£)"
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    # The best is on top, and the second panel does not repeat the names.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert figure.layout.yaxis2.showticklabels is False
    assert "249 spent, 24.9 % of all" in revenue.hovertext[1]
    assert customers.hovertext[2].startswith(f"<b>{SAFE}</b><br>1 customer, 16.7 % of all")
    assert figure.layout.yaxis.ticktext[2] == SAFE


def test_on_a_phone_sizes_stand_on_top_of_each_other() -> None:
    wide, narrow = segments.sizes(totals(), "GBP"), segments.sizes(totals(), "GBP", narrow=True)
    assert narrow.layout.yaxis.domain[0] > narrow.layout.yaxis2.domain[1]
    assert narrow.layout.yaxis2.showticklabels is True
    assert narrow.layout.height > wide.layout.height


def test_sizes_without_money_have_one_panel() -> None:
    figure = segments.sizes(totals(revenue=False))
    assert len(figure.data) == 1
    assert list(figure.layout.xaxis.domain) == [0, 1]


def test_revenue_below_zero_is_drawn_to_the_left() -> None:
    frame = totals()
    frame.loc[2, "revenue"] = -50.0
    figure = segments.sizes(frame, "GBP")
    assert figure.data[1].x[2] == -50
    assert figure.layout.xaxis2.range[0] < -50
    assert "below zero" in said(segments.donut(frame, "revenue"))


def test_a_ring_has_a_part_for_each_segment() -> None:
    figure = segments.donut(totals(), "revenue", "GBP", "dark")
    checked(figure)
    ring = figure.data[0]
    assert list(ring.labels) == list(ring.customdata) == ["champions", "loyal", "lost"]
    assert list(ring["values"]) == [750, 249, 1]
    assert ring.text[0] == "Champions<br>75 %"
    assert ring.marker.colors[0] == tokens("dark")["seg-1"]
    assert "£1,000" in said(figure)
    assert "6</b><br>customers" in said(segments.donut(totals()))
    assert "not known" in said(segments.donut(totals(revenue=False), "revenue"))


@pytest.mark.parametrize("build", [segments.sizes, segments.donut])
def test_no_customers_says_so(build: object) -> None:
    assert "No customer matches" in said(build(totals().iloc[:0]))  # type: ignore[operator]


def test_the_recommended_number_is_marked_in_each_panel() -> None:
    figure = segments.choice(ROWS, 3, 4, "light")
    checked(figure)
    curves = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [list(curve.y) for curve in curves] == [[100, 60, 50], [0.3, 0.5, 0.4], [0.4, 0.6, 0.7]]
    marks = [
        (trace.name, trace.x[0], trace.y[0], trace.xaxis) for trace in figure.data if trace.mode == "markers"
    ]
    assert marks == [
        ("Recommended", 3, 60, "x"),
        ("Chosen", 4, 50, "x"),
        ("Recommended", 3, 0.5, "x2"),
        ("Chosen", 4, 0.4, "x2"),
        ("Recommended", 3, 0.6, "x3"),
        ("Chosen", 4, 0.7, "x3"),
    ]
    assert said(figure).count("Recommended: 3") == said(figure).count("Chosen: 4") == 3
    assert curves[0].hovertext[1].startswith("<b>3 segments</b><br>silhouette 0.500<br>60.0 % of variance")
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    assert list(figure.layout.yaxis3.ticktext) == ["40 %", "60 %"]


def test_a_choice_as_recommended_has_one_mark_and_a_phone_stacks_the_panels() -> None:
    figure = segments.choice(ROWS, 3, 3, narrow=True)
    assert [trace.name for trace in figure.data if trace.mode == "markers"] == ["Recommended"] * 3
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert figure.layout.yaxis3.domain[0] == pytest.approx(0, abs=1e-9)


def test_a_choice_without_a_measure_leaves_its_panel_out() -> None:
    rows = [{"k": row["k"], "silhouette": row["silhouette"]} for row in ROWS]
    figure = segments.choice(rows, 9, None)
    assert [list(trace.y) for trace in figure.data] == [[0.3, 0.5, 0.4]]
    assert "No other numbers" in said(segments.choice([], None, None))


def test_an_unstable_segment_is_hatched() -> None:
    report = {
        "segments": [{"key": look.key, "name": look.name} for look in LOOKS],
        "stability": {"by_segment": {"lost": 0.4, "champions": 0.9, "loyal": 0.75}},
    }
    figure = segments.stability(report, LOOKS, "light")
    checked(figure)
    bars = figure.data[0]
    assert list(bars.x) == [0.9, 0.75, 0.4]
    assert list(bars.customdata) == ["champions", "loyal", "lost"]
    assert list(bars.marker.pattern.shape) == ["", "", "/"]
    assert list(figure.data[1].x) == [0.75, 0.75]
    assert bars.hovertext[2] == f"<b>{SAFE}</b><br>0.40 of 1: its members change from sample to sample"
    assert "not measured" in said(segments.stability({"stability": None}, LOOKS))


@pytest.mark.parametrize("theme", THEMES)
def test_words_stand_out_from_what_they_stand_on(theme: str) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for number in range(1, VALUES + 1):
        colour = tokens(theme)[f"value-{number}"]
        low, high = sorted((luminance(colour), luminance(ink_on(rgb(colour), theme))))
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour


def test_colours_and_names() -> None:
    assert colour_of(13, "light") == tokens("light")["seg-0"]
    assert faint("#0b7a6e", 0.5) == "rgba(11,122,110,0.5)"
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert short(EVIL, 40) == SAFE
    assert short("A name that is far too long for it", 12) == "A name that…"
    assert two_lines("Potential loyalists", 13) == "Potential<br>loyalists"
    assert two_lines("Loyal", 13) == "Loyal"
    assert two_lines("<b>a</b> and <i>more words</i>", 10).count("<br>") == 1
    assert "<b>" not in two_lines("<b>a</b> and <i>more words</i>", 10)


def test_values_read_in_their_units() -> None:
    assert value_words(12.0, "days") == "12 days"
    assert value_words(1234.0, "money", "GBP") == "£1,234"
    assert value_words(0.315, "share") == "32 %"
    assert value_words(None, "money") == value_words(float("nan"), "days") == "–"
    assert cell_words(12_400, "money", "GBP") == "£12.4k"
    assert cell_words(999_999, "count") == "1M"
    assert cell_words(1_380, "money", "GBP", 1e3) == "£1.38k"
    assert cell_words(-0.25, "number") == "−0.25"
    assert cell_words(0.31, "share") == "31 %"
    assert share_words(0.001) == "&lt; 1 %"
    assert share_words(0.0) == "0 %"


def test_ticks_of_a_log_metric_are_round_numbers_at_plotted_places() -> None:
    places, texts = metric_ticks(METRICS["monetary"], 0.0, 3.1, "GBP")
    assert texts == ["£0", "£1", "£2", "£5", "£10", "£20", "£50", "£100", "£200", "£500", "£1,000"]
    assert places[:3] == pytest.approx([0, 0.30103, 0.47712], abs=1e-5)
    assert metric_ticks(METRICS["monetary"], 0.0, 6.1, "GBP", 8)[1][-1] == "£1M"
    assert metric_ticks(METRICS["r"], 0.7, 5.3)[1] == ["1", "2", "3", "4", "5"]
    assert metric_ticks(METRICS["churn_risk"], 0.0, 1.0)[1] == [
        "0 %",
        "20 %",
        "40 %",
        "60 %",
        "80 %",
        "100 %",
    ]
    assert round_values(-2.0, 2.0, 4) == [-2, -1, 0, 1, 2]
    assert metric_title(METRICS["monetary"], "GBP") == "Spent so far (£, log scale)"
    assert metric_title(METRICS["monetary"], "GBP", scale=False) == "Spent so far (£)"
    assert metric_title(METRICS["recency_days"]) == "Days since last order"

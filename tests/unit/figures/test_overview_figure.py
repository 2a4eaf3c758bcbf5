"""Revenue over time, the bridge, concentration and segments of the overview as they are drawn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from figures import overview
from figures.overview_base import amount_words, change_words, span_words
from figures.segments_base import NARROW_LETTERS, colour_of
from figures.theme import THEMES, tokens
from tests.unit.figures.segments_frames import EVIL, SAFE, checked, said, values


def bin_of(start: str, days: int, revenue: float, customers: int, *, partial: bool = False) -> dict[str, Any]:
    end = dt.date.fromisoformat(start) + dt.timedelta(days=days - 1)
    return {
        "start": start,
        "end": end.isoformat(),
        "revenue": revenue,
        "customers": customers,
        "orders": customers * 2,
        "partial": partial,
    }


SERIES = {
    "unit": "week",
    "now": [
        bin_of("2025-12-30", 4, 500.0, 5, partial=True),
        bin_of("2026-01-03", 7, 1080.0, 11),
        bin_of("2026-01-10", 7, 24000.5, 30),
    ],
    "before": [
        bin_of("2025-12-12", 4, 600.0, 6, partial=True),
        bin_of("2025-12-16", 7, 1000.0, 10),
        bin_of("2025-12-23", 7, 0.0, 0),
    ],
}
PARTS = [
    {"key": "lost", "amount": -400.5, "customers": 4, "group": "lost:90"},
    {"key": "down", "amount": -50.0, "customers": 1, "group": "down:90"},
    {"key": "up", "amount": 100.25, "customers": 2, "group": "up:90"},
    {"key": "returned", "amount": 150.25, "customers": 3, "group": "returned:90"},
    {"key": "new", "amount": 300.0, "customers": 12500, "group": "new:90"},
]
BRIDGE = {"before": 1000.0, "after": 1100.0, "parts": PARTS}
CONCENTRATION = {
    "customers": 200,
    "revenue": 5000.0,
    "curve": [[0.0, 0.0], [0.005, 0.1], [0.1, 0.55], [0.5, 0.9], [1.0, 1.0]],
    "top_customers": 20,
    "top_revenue": 2750.0,
    "top_share": 0.55,
    "group": "top:90",
}
SEGMENTS = [
    {"key": "champions", "name": "Champions", "colour": 1, "customers": 25, "revenue": 750.0},
    {"key": "lost", "name": EVIL, "colour": 11, "customers": 75, "revenue": 250.0},
]


def names(figure: Any) -> list[str]:
    return [trace.name for trace in figure.data]


def test_time_draws_revenue_and_customers_in_panels_of_their_own() -> None:
    figure = overview.time_figure(SERIES, "GBP", "light", "Last 90 days")
    checked(figure)
    whole, partial = (trace for trace in figure.data if trace.type == "bar")
    assert list(whole.x) == [1, 2]
    assert list(whole.y) == [1080, 24000.5]
    assert (list(partial.x), list(partial.y)) == ([0], [500])
    customers = next(trace for trace in figure.data if trace.name == "Active customers")
    assert list(customers.y) == [5, 11, 30]
    assert (whole.yaxis, customers.yaxis) == ("y", "y2")
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert figure.layout.yaxis2.overlaying is None
    told = said(figure)
    assert "Revenue (£) by week" in told
    assert "Active customers by week" in told
    assert "Last 90 days" in told
    # Ticks of one axis are all in thousands, or none is.
    assert list(figure.layout.yaxis.ticktext) == ["£0", "£10k", "£20k"]


def test_a_partial_bin_is_hatched_hollow_and_said() -> None:
    figure = overview.time_figure(SERIES, None, "dark")
    whole, partial = (trace for trace in figure.data if trace.type == "bar")
    assert partial.marker.pattern.shape == "/"
    assert whole.marker.pattern.shape is None
    customers = next(trace for trace in figure.data if trace.name == "Active customers")
    dark = tokens("dark")
    assert list(customers.marker.color) == [dark["surface"], dark["over"], dark["over"]]
    assert "partial week" in said(figure)
    assert partial.hovertext[0].startswith(
        "<b>30 Dec 2025 to 2 Jan 2026</b>, part of a week<br>500 from 10 orders"
    )
    # The change of a part against a part says nothing.
    assert partial.hovertext[0].endswith("12 to 15 Dec 2025: 600")
    complete = overview.time_figure({**SERIES, "now": SERIES["now"][1:], "before": []})
    assert "partial" not in said(complete)


def test_the_period_before_is_a_line_behind_in_both_panels() -> None:
    figure = overview.time_figure(SERIES, "GBP")
    lines = [trace for trace in figure.data if trace.name == "The period before"]
    assert [(trace.yaxis, list(trace.y)) for trace in lines] == [("y", [600, 1000, 0]), ("y2", [6, 10, 0])]
    assert all(trace.hoverinfo == "skip" for trace in lines)
    assert "the period before" in said(figure)
    whole = next(trace for trace in figure.data if trace.type == "bar")
    assert whole.hovertext[0] == (
        "<b>3 to 9 Jan 2026</b><br>£1,080 from 22 orders<br>8 % more than 16 to 22 Dec 2025 (£1,000)"
    )
    # More than nothing is no percentage.
    assert whole.hovertext[1].endswith("23 to 29 Dec 2025: £0")
    alone = overview.time_figure({**SERIES, "before": []}, "GBP")
    assert "The period before" not in names(alone)
    assert "before" not in said(alone)


def test_ticks_of_time_are_few_and_tell_the_year_once() -> None:
    months = [
        bin_of(f"{2024 + at // 12}-{at % 12 + 1:02d}-01", 28, 10.0, 1, partial=at == 0) for at in range(27)
    ]
    figure = overview.time_figure({"unit": "month", "now": months, "before": []})
    texts = list(figure.layout.xaxis.ticktext)
    assert len(texts) == 9
    assert texts[-1] == "Mar<br>2026"
    assert [text for text in texts if "2025" in text] == ["Mar<br>2025"]
    narrow = overview.time_figure({"unit": "month", "now": months, "before": []}, narrow=True)
    assert len(narrow.layout.xaxis.ticktext) == 4
    quarters = {"unit": "quarter", "now": [bin_of("2026-01-01", 90, 5.0, 1)], "before": []}
    assert list(overview.time_figure(quarters).layout.xaxis.ticktext) == ["Q1<br>2026"]


@pytest.mark.parametrize("series", [{}, {"unit": "day", "now": [], "before": []},
                                    {"unit": "day", "now": [bin_of("2026-01-01", 1, 0.0, 0)], "before": []}])  # fmt: skip
def test_time_without_sales_says_so(series: dict[str, Any]) -> None:
    assert said(overview.time_figure(series)) == "No sales in this period."


def test_time_draws_a_week_of_returns_below_zero() -> None:
    week = [bin_of("2026-01-03", 7, -40.0, 1), bin_of("2026-01-10", 7, 100.0, 2)]
    figure = overview.time_figure({"unit": "week", "now": week, "before": []}, "GBP")
    assert list(figure.data[0].y) == [-40, 100]
    assert figure.layout.yaxis.range[0] < -40


def test_the_bridge_leads_from_before_to_after() -> None:
    figure = overview.bridge_figure(BRIDGE, "GBP", "light", {"before": "90 days before"})
    checked(figure)
    gains, losses = (trace for trace in figure.data if trace.type == "bar")
    assert list(losses.x) == [1, 2]
    assert list(losses.y) == [-400.5, -50]
    assert list(losses.base) == [1000, 599.5]
    assert list(gains.x) == [0, 3, 4, 5, 6]
    assert list(gains.y) == [1000, 100.25, 150.25, 300, 1100]
    assert list(gains.base) == [0, 549.5, 649.75, 800, 0]
    # Each bar ends where the next begins, and the last one at the revenue of now.
    assert gains.base[3] + gains.y[3] == gains.y[4] == 1100
    assert said(figure) == ("Revenue (£) <b>£1,000</b> −£400 −£50 +£100 +£150 +£300 <b>£1,100</b>")
    texts = list(figure.layout.xaxis.ticktext)
    assert texts[0] == "90 days before"
    assert texts[1] == "Lost<br><span style='font-size:11px'>4 customers</span>"
    assert "12.5k customers" in texts[5]
    assert texts[-1] == "Now"


def test_losses_of_the_bridge_differ_by_more_than_colour() -> None:
    for theme in THEMES:
        figure = overview.bridge_figure(BRIDGE, None, theme)
        gains, losses = (trace for trace in figure.data if trace.type == "bar")
        token = tokens(theme)
        assert losses.marker.pattern.shape == "/"
        assert losses.marker.color == token["under"]
        assert gains.marker.pattern.shape is None
        assert list(gains.marker.color) == [token["neutral"], *[token["over"]] * 3, token["neutral"]]


def test_a_part_of_the_bridge_brings_its_group_and_meaning() -> None:
    figure = overview.bridge_figure(BRIDGE, "GBP")
    gains, losses = (trace for trace in figure.data if trace.type == "bar")
    assert list(losses.customdata) == ["lost:90", "down:90"]
    assert list(gains.customdata) == ["", "up:90", "returned:90", "new:90", ""]
    assert losses.hovertext[0] == "<b>Lost</b>: bought before, nothing now<br>4 customers, −£400"
    assert gains.hovertext[3].endswith("12,500 customers, +£300")
    assert gains.hovertext[0] == "<b>Before</b><br>£1,000 revenue"


def test_on_a_phone_the_bridge_lies() -> None:
    figure = overview.bridge_figure(BRIDGE, "GBP", narrow=True)
    checked(figure)
    gains, losses = (trace for trace in figure.data if trace.type == "bar")
    assert (gains.orientation, losses.orientation) == ("h", "h")
    assert list(losses.y) == [1, 2]
    assert list(losses.base) == [1000, 599.5]
    assert figure.layout.height == 44 + 40 * 7
    assert "−£400" in said(figure)
    # The first bar is on top.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_a_bridge_that_only_grows_has_no_losses() -> None:
    figure = overview.bridge_figure({"before": 0.0, "after": 300.0, "parts": PARTS[-1:]})
    assert len([trace for trace in figure.data if trace.type == "bar"]) == 1


def test_no_bridge_says_so() -> None:
    assert said(overview.bridge_figure(None)) == "There is no period<br>before to compare with."


def test_concentration_marks_the_top_tenth_in_words() -> None:
    figure = overview.concentration_figure(CONCENTRATION, "GBP", "light")
    checked(figure)
    even, curve, top = figure.data
    assert list(curve.x) == [0, 0.005, 0.1, 0.5, 1]
    assert list(curve.y) == [0, 0.1, 0.55, 0.9, 1]
    assert (list(even.x), list(even.y)) == ([0, 1], [0, 1])
    assert (list(top.x), list(top.y), list(top.customdata)) == ([0.1], [0.55], ["top:90"])
    assert "<b>Top tenth: 55 % of revenue</b><br>20 customers, £2,750" in said(figure)
    assert "if all spent the same" in said(figure)
    assert top.hovertext[0] == "<b>Top tenth: 20 customers</b><br>£2,750, 55.0 % of revenue"
    assert curve.hovertext[1] == "<b>The best 0.5 % of customers</b> (1)<br>£500, 10.0 % of revenue"
    assert curve.hovertext[3] == "<b>The best 50 % of customers</b> (100)<br>£4,500, 90.0 % of revenue"
    assert figure.layout.xaxis.title.text == "Customers, the best first"
    assert list(figure.layout.xaxis.ticktext) == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert list(
        overview.concentration_figure(CONCENTRATION, narrow=True).layout.xaxis.ticktext
    ) == ["0 %", "50 %", "100 %"]  # fmt: skip


def test_concentration_beyond_all_revenue_stays_in_the_chart() -> None:
    found = CONCENTRATION | {"curve": [[0.0, 0.0], [0.5, 1.4], [1.0, 1.0]]}
    figure = overview.concentration_figure(found)
    assert figure.layout.yaxis.range[1] > 1.4
    assert list(figure.layout.yaxis.ticktext) == ["0 %", "50 %", "100 %", "140 %"]


def test_words_of_a_late_point_stand_on_its_left() -> None:
    found = CONCENTRATION | {"customers": 2, "top_customers": 2, "top_share": 1.0}
    label = next(
        note for note in overview.concentration_figure(found).layout.annotations if "Top" in note.text
    )
    assert label.xanchor == "right"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, "No revenue in this period to share out."),
        ({}, "No revenue in this period to share out."),
        ({"curve": [], "customers": 0, "why": "All <b>returned</b>."}, "All &lt;b&gt;returned&lt;/b&gt;."),
    ],
)
def test_no_concentration_says_so(found: dict[str, Any] | None, text: str) -> None:
    assert said(overview.concentration_figure(found)) == text


def test_segments_show_their_share_of_customers_beside_that_of_revenue() -> None:
    figure = overview.segment_figure(SEGMENTS, "GBP", "light")
    checked(figure)
    customers, revenue = figure.data
    assert values(customers.x).tolist() == [0.25, 0.75]
    assert values(revenue.x).tolist() == [0.75, 0.25]
    # The first pair says what the bars mean; no legend does.
    assert list(customers.text) == ["25 % of customers", "75 %"]
    assert list(revenue.text) == ["75 % of revenue", "25 %"]
    assert figure.layout.showlegend is False
    assert list(customers.customdata) == list(revenue.customdata) == ["champions", "lost"]
    assert list(revenue.marker.color) == [colour_of(1, "light"), colour_of(11, "light")]
    assert customers.marker.color[0] != revenue.marker.color[0]
    assert (
        revenue.hovertext[0]
        == "<b>Champions</b><br>25 customers, 25.0 % of all<br>£750 revenue, 75.0 % of all"
    )
    assert customers.hovertext[1].startswith(f"<b>{SAFE}</b>")
    assert figure.layout.yaxis.ticktext[1] == SAFE


def test_long_names_of_segments_have_two_lines_on_a_phone() -> None:
    rows = [SEGMENTS[0] | {"name": "Potential loyalists"}]
    assert list(overview.segment_figure(rows, narrow=True).layout.yaxis.ticktext) == [
        "Potential<br>loyalists"
    ]
    assert len("Potential loyalists") > NARROW_LETTERS


def test_segments_without_money_have_one_bar() -> None:
    rows = [row | {"revenue": None} for row in SEGMENTS]
    figure = overview.segment_figure(rows)
    assert len(figure.data) == 1
    assert figure.data[0].marker.color[0] == colour_of(1, "light")
    # Shares of a revenue below zero would mean nothing.
    negative = overview.segment_figure([row | {"revenue": -1.0} for row in SEGMENTS])
    assert len(negative.data) == 1


def test_no_segments_say_so() -> None:
    assert said(overview.segment_figure([])) == "No customer matches these filters."


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-03-01", "2026-03-01", "1 Mar 2026"),
        ("2026-03-01", "2026-03-07", "1 to 7 Mar 2026"),
        ("2026-02-26", "2026-03-04", "26 Feb to 4 Mar 2026"),
        ("2025-12-30", "2026-01-02", "30 Dec 2025 to 2 Jan 2026"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2025-02-01", "2025-02-27", "1 to 27 Feb 2025"),
        ("2026-01-01", "2026-03-31", "Q1 2026"),
        ("2026-02-01", "2026-04-30", "1 Feb to 30 Apr 2026"),
    ],
)
def test_spans_are_told_as_short_as_they_can_be(start: str, end: str, text: str) -> None:
    assert span_words(start, end) == text
    assert span_words(dt.date.fromisoformat(start), dt.date.fromisoformat(end)) == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (110, 100, "10 % more than"),
        (50, 100, "50 % less than"),
        (100.4, 100, "as much as"),
        (1, 0, ""),
        (1, -5, ""),
        (float("nan"), 1, ""),
    ],
)
def test_changes_in_words(now: float, before: float, text: str) -> None:
    assert change_words(now, before) == text


def test_amounts_have_their_sign() -> None:
    assert amount_words(-1234.4, "USD") == "−$1,234"
    assert amount_words(0.5, None) == "+0.50"

"""The heat map of cohorts as it is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from figures.overview import cohort_figure
from figures.overview_base import scaled
from figures.theme import THEMES, ink_on, rgb, tokens
from tests.unit.figures.segments_frames import checked, said


def row(month: str, kept: list[int], spent: list[float], *, partial: bool = False) -> dict[str, Any]:
    return {
        "month": month,
        "customers": kept[0],
        "revenue": sum(spent),
        "kept": kept,
        "spent": spent,
        "partial": partial,
        "group": f"cohort:{month}",
    }


COHORTS = {
    "unit": "month",
    "last_partial": True,
    "rows": [
        row("2025-11", [100, 40, 30], [1000.0, 1500.0, 250.0], partial=True),
        row("2025-12", [50, 10], [5000.0, 500.0]),
        row("2026-01", [4], [80.0]),
    ],
}


def shown(figure: Any) -> list[list[float | None]]:
    return [list(line) for line in figure.data[1].z]


def cell_texts(figure: Any) -> dict[tuple[float, float], str]:
    trace = next(trace for trace in figure.data if trace.type == "scatter")
    return {(x, y): text for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)}


def test_cells_hold_shares_of_the_cohort() -> None:
    figure = cohort_figure(COHORTS, "customers", "percent", "GBP", "light")
    checked(figure)
    assert shown(figure) == [[0.4, 0.3], [0.2, None], [None, None]]
    texts = cell_texts(figure)
    assert texts[1, 0] == "40 %"
    assert texts[1, 1] == "<i>20 %</i>"
    # The first column is the size of the cohort, not a share.
    assert [texts[-0.06, line] for line in range(3)] == ["100", "50", "4"]
    assert (1, 2) not in texts
    assert "Share of customers who bought, months after the first purchase" in said(figure)
    assert list(figure.layout.yaxis.ticktext) == ["Nov 2025 *", "Dec 2025", "Jan 2026"]
    assert list(figure.layout.xaxis.ticktext) == ["Customers", "+1", "+2"]


@pytest.mark.parametrize(
    ("show", "as_", "cells", "first", "title"),
    [
        ("customers", "absolute", [[40, 30], [10, None], [None, None]], "100", "Customers who bought"),
        ("revenue", "absolute", [[1500, 250], [500, None], [None, None]], "£1k", "Revenue (£)"),
        ("revenue", "percent", [[1.5, 0.25], [0.1, None], [None, None]], "£1k", "Revenue against the first month's"),
    ],
)  # fmt: skip
def test_cells_hold_what_is_asked_for(
    show: str, as_: str, cells: list[list[float | None]], first: str, title: str
) -> None:
    figure = cohort_figure(COHORTS, show, as_, "GBP")
    assert shown(figure) == cells
    assert cell_texts(figure)[-0.06, 0] == first
    assert said(figure).startswith(title)


def test_what_is_not_over_is_outlined_and_said() -> None:
    figure = cohort_figure(COHORTS)
    # The last months of November's and December's customers are in the last month of the data.
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [
        (2 - 0.46, -0.42),
        (1 - 0.46, 1 - 0.42),
    ]
    assert "Dotted: the month is not over." in said(figure)
    assert "* Data begin here: some had bought before." in said(figure)
    texts = cell_texts(figure)
    assert (texts[2, 0], texts[1, 0]) == ("<i>30 %</i>", "40 %")
    whole = cohort_figure(COHORTS | {"last_partial": False, "rows": COHORTS["rows"][1:]})
    assert not whole.layout.shapes
    assert "Dotted" not in said(whole)
    assert "*" not in said(whole)


def test_a_click_brings_the_cohort_and_the_hover_its_words() -> None:
    figure = cohort_figure(COHORTS, currency="GBP")
    size, cells = figure.data[0], figure.data[1]
    assert [list(line) for line in size.customdata] == [
        ["cohort:2025-11"],
        ["cohort:2025-12"],
        ["cohort:2026-01"],
    ]
    assert list(cells.customdata[0]) == ["cohort:2025-11"] * 2
    assert cells.hovertext[0][1] == (
        "<b>First bought in Nov 2025, the month in which the data begin</b><br>2 months later, in Jan 2026, not over yet"
        "<br>30 of 100 customers bought (30.0 %)<br>£250 (25 % of their first month)"
    )
    assert cells.hovertext[1][0].startswith("<b>First bought in Dec 2025</b><br>1 month later, in Jan 2026")
    assert cells.hovertext[1][1] == ""
    assert (
        size.hovertext[2][0] == "<b>First bought in Jan 2026</b><br>4 customers<br>£80 in their first month"
    )


def test_a_tiny_cohort_does_not_set_the_scale() -> None:
    rows = [row("2025-11", [100, 40], [1.0, 1.0]), row("2025-12", [1, 1], [1.0, 1.0])]
    assert cohort_figure({"unit": "month", "rows": rows, "last_partial": False}).data[1].zmax == 0.4
    alone = cohort_figure({"unit": "month", "rows": rows[1:], "last_partial": False})
    assert alone.data[1].zmax == 1


def test_words_in_cells_stand_out() -> None:
    for theme in THEMES:
        figure = cohort_figure(COHORTS, theme=theme)
        trace = next(trace for trace in figure.data if trace.type == "scatter")
        inks = dict(zip(zip(trace.x, trace.y, strict=True), trace.textfont.color, strict=True))
        # The largest share has the full colour.
        assert inks[1, 0] == ink_on(rgb(tokens(theme)["accent"]), theme)
        assert trace.hoverinfo == "skip"


def many(count: int) -> dict[str, Any]:
    months = [f"{2022 + at // 12}-{at % 12 + 1:02d}" for at in range(count)]
    rows = [
        row(month, [100] + [20] * (count - 1 - at), [1234.0] * (count - at))
        for at, month in enumerate(months)
    ]
    return {"unit": "month", "rows": rows, "last_partial": False}


def test_a_phone_shows_fewer_months_and_keeps_the_numbers() -> None:
    figure = cohort_figure(many(24), "revenue", "absolute", "GBP", narrow=True)
    checked(figure)
    assert list(figure.layout.xaxis.ticktext) == ["First", "+1", "+2", "+3", "+6", "+12"]
    assert {len(line) for line in shown(figure)} == {5}
    assert cell_texts(figure)[1, 0] == "1.2k"
    # A cohort of 20 months ago has a 12th month, one of 6 months ago has none.
    assert shown(figure)[3][4] == 1234
    assert shown(figure)[17][3:] == [1234, None]
    wide = cohort_figure(many(24), "revenue", "absolute", "GBP")
    assert figure.layout.height > wide.layout.height - 40


def test_many_columns_have_colours_only() -> None:
    assert any(trace.type == "scatter" for trace in cohort_figure(many(26)).data)
    figure = cohort_figure(many(30))
    assert not any(trace.type == "scatter" for trace in figure.data)
    # Not every month has a tick.
    assert list(figure.layout.xaxis.ticktext)[1:4] == ["+3", "+6", "+9"]


def test_quarters_have_their_names() -> None:
    rows = [row("2024-Q4", [10, 5], [100.0, 50.0]), row("2025-Q1", [8], [80.0])]
    figure = cohort_figure({"unit": "quarter", "rows": rows, "last_partial": True})
    assert list(figure.layout.yaxis.ticktext) == ["Q4 2024", "Q1 2025"]
    assert "1 quarter later, in Q1 2025, not over yet" in figure.data[1].hovertext[0][0]
    assert "Dotted: the quarter is not over." in said(figure)


def test_customers_of_one_month_have_no_cells() -> None:
    figure = cohort_figure({"unit": "month", "rows": COHORTS["rows"][2:], "last_partial": True})
    checked(figure)
    assert cell_texts(figure) == {(-0.06, 0): "4"}


def test_cohorts_that_spent_nothing_have_no_share_of_it() -> None:
    rows = [row("2025-11", [30, 10], [0.0, 50.0]), row("2025-12", [30], [-5.0])]
    figure = cohort_figure({"unit": "month", "rows": rows, "last_partial": False}, "revenue", "percent")
    assert shown(figure) == [[None], [None]]
    assert figure.data[1].zmax == 1


@pytest.mark.parametrize("cohorts", [None, {}, {"unit": "month", "rows": []}])
def test_no_cohorts_say_so(cohorts: dict[str, Any] | None) -> None:
    assert said(cohort_figure(cohorts)) == "No customer has a first purchase yet."


QUARTER = {"start": "2025-12-15", "end": "2026-01-31", "words": "the last 48 days"}


def test_the_months_of_the_period_stand_out() -> None:
    """Full colour and one frame for the cells in it, pale colour for the others, and what a cell holds is said."""
    whole = COHORTS | {"last_partial": False}
    for theme in THEMES:
        figure = cohort_figure(whole, theme=theme, period=QUARTER | {"start": "2026-01-02"})
        checked(figure)
        pale, full = figure.data[1], figure.data[2]
        # January 2026: two months after November, one after December.
        assert [list(line) for line in full.z] == [[None, 0.3], [0.2, None], [None, None]]
        assert [list(line) for line in pale.z] == [[0.4, None], [None, None], [None, None]]
        token = tokens(theme)
        assert full.colorscale[1][1] == token["accent"]
        assert pale.colorscale[1][1] not in (token["accent"], token["surface-2"])
        # The words of a pale cell stand out from its own colour.
        trace = next(trace for trace in figure.data if trace.type == "scatter")
        inks = dict(zip(zip(trace.x, trace.y, strict=True), trace.textfont.color, strict=True))
        assert inks[1, 0] == ink_on(rgb(pale.colorscale[1][1]), theme)
    assert (
        "Framed: Jan 2026, for the last 48 days. These begin on 2 Jan 2026; a cell holds all of Jan 2026."
        in said(figure)
    )
    # Two cells that touch at a corner: four sides each.
    assert figure.layout.shapes[0].path.count("M") == 8


def test_a_period_of_whole_months_needs_no_warning() -> None:
    figure = cohort_figure(COHORTS, period=QUARTER | {"start": "2025-12-01"})
    assert "Framed: Dec 2025 to Jan 2026, for the last 48 days." in said(figure)
    assert "These begin" not in said(figure)
    # Cells side by side have one frame: two of November's and one of December's below, without the sides they share.
    assert figure.layout.shapes[-1].path.count("M") == 8
    everything = cohort_figure(COHORTS)
    assert len(everything.data) == len(figure.data) - 1
    assert "Framed" not in said(everything)


def test_a_period_of_quarters() -> None:
    rows = [row("2024-Q4", [10, 5, 2], [100.0, 50.0, 20.0]), row("2025-Q1", [8, 4], [80.0, 40.0])]
    cohorts = {"unit": "quarter", "rows": rows, "last_partial": False}
    figure = cohort_figure(
        cohorts, period={"start": "2025-04-02", "end": "2025-06-30", "words": "the last 90 days"}
    )
    assert [list(line) for line in figure.data[2].z] == [[None, 0.2], [0.5, None]]
    assert "Framed: Q2 2025, for the last 90 days. These begin on 2 Apr 2025" in said(figure)


def test_a_tablet_has_colours_only_where_numbers_do_not_fit() -> None:
    assert not any(trace.type == "scatter" for trace in cohort_figure(many(24), tablet=True).data)
    assert any(trace.type == "scatter" for trace in cohort_figure(many(12), tablet=True).data)


def test_larger_letters_take_all_that_is_measured_in_pixels_along() -> None:
    figure = cohort_figure(COHORTS, theme="dark", period=QUARTER)
    assert scaled(figure, 1.0) is figure
    larger = scaled(figure, 1.5)
    checked(larger)
    assert larger.layout.height == 1.5 * figure.layout.height
    assert larger.layout.margin.l == 1.5 * figure.layout.margin.l
    assert larger.layout.template.layout.font.size == round(1.5 * figure.layout.template.layout.font.size)
    assert larger.data[-1].textfont.size == round(1.5 * figure.data[-1].textfont.size)
    assert larger.layout.shapes[-1].line.width == 1.5 * figure.layout.shapes[-1].line.width
    checked(scaled(figure, 1.125))
    # What is not is as it was.
    assert shown(larger) == shown(figure)
    assert larger.layout.shapes[-1].path == figure.layout.shapes[-1].path
    assert tuple(larger.layout.xaxis.range) == tuple(figure.layout.xaxis.range)

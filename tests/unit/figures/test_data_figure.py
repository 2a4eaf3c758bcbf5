"""The charts of a data set: the numbers drawn, the words on them, and nothing read as markup."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from data.statistics import (
    Bars,
    Box,
    Categories,
    Category,
    Column,
    Correlation,
    Histogram,
    Period,
    Periods,
)
from figures.data import (
    box_words,
    categories_figure,
    correlation_figure,
    distribution_figure,
    short,
    tail_words,
    time_figure,
)
from figures.theme import tokens

AMOUNT = Column("lines:amount", "amount", "number", money=True)
AGE = Column("customers:age", "age", "number")
TEXT = Column("lines:category", "category", "text")
BOX = Box(low_fence=0.0, q1=10.0, median=15.0, q3=20.0, high_fence=30.0, mean=18.0, outliers=1)
AMOUNTS = Histogram(
    AMOUNT,
    edges=(0.0, 10.0, 20.0, 30.0),
    counts=(5, 60, 2),
    below=0,
    above=7,
    low=0.5,
    high=1235.0,
    box=BOX,
    n=74,
    missing=3,
)
EVIL = "<b>x</b>&<script>"


def said(figure: go.Figure) -> str:
    return " ".join(note.text for note in figure.layout.annotations)


def bars(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "bar"]


# Distribution


def test_a_histogram_draws_its_counts_between_its_edges() -> None:
    figure = distribution_figure(AMOUNTS, "Amount", "light", "GBP")
    main, tail = bars(figure)
    assert list(main.x) == [5, 15, 25]
    assert list(main.y) == [5, 60, 2]
    assert main.hovertext[1] == "<b>£10 to under £20</b><br>60 (81.1 %)"
    assert list(tail.y) == [7]
    assert tail.x[0] > 30
    assert tail.hovertext[0] == "<b>£30 or more</b>, up to £1,235<br>7 (9.5 %)"
    assert said(figure) == "7<br>£30 or more"
    assert figure.layout.xaxis.title.text == "Amount (£)"
    assert figure.layout.yaxis.title.text == "Rows"


def test_the_box_is_drawn_from_its_numbers_alone() -> None:
    box = next(trace for trace in distribution_figure(AMOUNTS, "Amount").data if trace.type == "box")
    assert (box.lowerfence, box.q1, box.median, box.q3, box.upperfence, box.mean) == (
        (0.0,), (10.0,), (15.0,), (20.0,), (30.0,), (18.0,),
    )  # fmt: skip
    assert box.x is None


def test_a_fence_beyond_the_scale_stops_at_its_end() -> None:
    far = replace(AMOUNTS, box=replace(BOX, high_fence=900.0, mean=700.0))
    figure = distribution_figure(far, "Amount")
    box = next(trace for trace in figure.data if trace.type == "box")
    assert box.upperfence == (figure.layout.xaxis.range[1],)
    assert box.mean is None


def test_whole_numbers_stand_in_the_middle_of_their_bars() -> None:
    ages = replace(AMOUNTS, column=AGE, edges=(1.0, 2.0, 3.0, 4.0), above=0, whole=True)
    main = bars(distribution_figure(ages, "Age"))[0]
    assert list(main.x) == [1, 2, 3]
    assert main.hovertext[0].startswith("<b>1</b>")
    wide = replace(ages, edges=(0.0, 5.0, 10.0, 15.0))
    assert bars(distribution_figure(wide, "Age"))[0].hovertext[1].startswith("<b>5 to 9</b>")


def test_a_logarithmic_scale_is_labelled_in_plain_numbers() -> None:
    found = replace(AMOUNTS, edges=(0.0, 1.0, 2.0, 3.0), above=0, log=True, low=0.0, high=2.9,
                    box=Box(0.0, 1.0, 1.5, 2.0, 2.9, 2.2, 0))  # fmt: skip
    figure = distribution_figure(found, "Amount", "dark", "USD")
    assert [text for text in figure.layout.xaxis.ticktext if text.strip()] == ["$1", "$10", "$100", "$1,000"]
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2, 3]
    assert bars(figure)[0].hovertext[1].startswith("<b>$10 to under $100</b>")
    assert "logarithmic scale" in figure.layout.xaxis.title.text


def test_a_tail_beside_tall_bars_is_left_to_the_note() -> None:
    crowded = replace(AMOUNTS, counts=(5, 2, 60))
    assert said(distribution_figure(crowded, "Amount")) == ""
    assert len(bars(distribution_figure(crowded, "Amount"))) == 2
    assert tail_words(crowded, "GBP") == "Grey bars: 7 at £30 or more (up to £1,235)."
    both = replace(AMOUNTS, below=1200, low=-99.0)
    assert tail_words(both) == "Grey bars: 1,200 below 0 (down to -99) and 7 at 30 or more (up to 1,235)."
    assert tail_words(replace(AMOUNTS, above=0)) == ""


def test_the_box_in_words() -> None:
    full = replace(AMOUNTS, missing=0)
    assert box_words(BOX, full, "GBP") == (
        "Half of the rows lie between £10 and £20, their median is £15, their mean (dashed) £18."
        " 1 outlier lies more than 1.5 box lengths outside the box."
    )
    assert "2,000 outliers lie" in box_words(replace(BOX, outliers=2000), full)
    assert "No outliers" in box_words(replace(BOX, outliers=0), full)
    assert box_words(BOX, replace(full, column=AGE)).startswith("Half of the customers lie between 10 and")


def test_the_box_says_of_which_rows_it_is() -> None:
    assert box_words(BOX, replace(AMOUNTS, column=AGE)).startswith(
        "Half of the 74 customers with a value lie"
    )
    log = replace(AMOUNTS, log=True, unfit=6, box=Box(0.0, 0.0, 1.0, 2.0, 3.0, 2.0, 0))
    assert box_words(log.box, log, "GBP") == (
        "Half of the 74 rows above zero lie between £1 and £100, their median is £10, their mean (dashed) £100."
        " No outliers: nothing is more than 1.5 box lengths outside the box."
    )
    one = replace(AMOUNTS, n=1, box=replace(BOX, q1=15.0, q3=15.0, mean=15.0))
    assert box_words(one.box, one, "GBP") == "1 row with a value: £15."
    assert box_words(one.box, replace(one, missing=0), "GBP") == "1 row: £15."


def test_values_are_ranked_with_the_rest_at_the_end() -> None:
    found = Bars(
        TEXT, (60, 30), n=100, missing=0, labels=("Toys", "Tea"), others=4, other_rows=10, distinct=6
    )
    figure = distribution_figure(found, "Category")
    bar = figure.data[0]
    assert list(bar.x) == [60, 30, 10]
    assert list(bar.text) == ["60", "30", "10"]
    assert list(figure.layout.yaxis.ticktext) == ["Toys", "Tea", "all other 4"]
    assert bar.marker.color[2] == tokens("light")["neutral"]
    assert bar.hovertext[0] == "<b>Toys</b><br>60 (60.0 %)"


def test_dates_are_bars_by_period() -> None:
    starts = (dt.date(2024, 1, 1), dt.date(2024, 2, 1))
    when = Column("lines:ordered_at", "ordered_at", "date")
    figure = distribution_figure(Bars(when, (3, 1), 4, 0, starts=starts, grain="month"), "Order date")
    assert list(figure.data[0].y) == [3, 1]
    assert figure.data[0].hovertext[1] == "<b>February 2024</b><br>1 (25.0 %)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_cannot_be_drawn_says_so(theme: str) -> None:
    empty = replace(AMOUNTS, n=0)
    assert "no values" in said(distribution_figure(empty, "Amount", theme))
    unique = Bars(TEXT, (), n=5000, missing=0, distinct=5000)
    assert "Nearly every value is different (5,000)" in said(distribution_figure(unique, "Id", theme))
    assert "no rows" in said(categories_figure(Categories(TEXT, "rows", (), None, 0, None, 0), "C", theme))
    assert "not two columns" in said(
        correlation_figure(Correlation("rows", ("a",), ((1.0,),), ((3,),), 3, 3))
    )
    assert "no dated rows" in said(time_figure(Periods("month", (), None, None), theme))


# Categories


SPEND = Categories(
    TEXT,
    "rows",
    (Category("Toys", 750.0, 12, 40), Category(None, 300.0, 5, 9)),
    Category("", -50.0, 1, 1),
    others=3,
    amount=1000.0,
    rows=50,
    measure="net amount",
)


def test_categories_show_money_share_and_orders() -> None:
    figure = categories_figure(SPEND, "Category", "light", "EUR")
    bar = figure.data[0]
    assert list(bar.x) == [750, 300, -50]
    assert list(bar.text) == ["€750", "€300", "-€50"]
    assert bar.hovertext[0] == "<b>Toys</b><br>€750 (75.0 %)<br>12 orders<br>40 rows (80.0 %)"
    assert list(figure.layout.yaxis.ticktext) == ["Toys", "(no value)", "all other 3"]
    assert said(figure) == "Net amount (€) by Category"
    # Room for the number beside the bar, on both sides of zero.
    assert figure.layout.xaxis.range[0] < -50
    assert figure.layout.xaxis.range[1] > 750


def test_without_money_categories_are_counted() -> None:
    cities = Categories(
        replace(TEXT, key="customers:City"),
        "customers",
        (Category("Oslo", None, None, 3), Category("Rome", None, None, 1)),
        None,
        0,
        None,
        4,
        "customers",
    )
    figure = categories_figure(cities, "City")
    assert list(figure.data[0].x) == [3, 1]
    assert figure.data[0].hovertext[1] == "<b>Rome</b><br>1 customer (25.0 %)"
    assert said(figure) == "Customers by City"


def test_two_names_cut_to_the_same_stay_two_bars() -> None:
    twins = tuple(Category("A very long name of a product " + end, 5.0, 1, 1) for end in "ab")
    figure = categories_figure(replace(SPEND, top=twins, rest=None), "Product")
    assert list(figure.data[0].y) == [0, 1]
    assert len(set(figure.layout.yaxis.ticktext)) == 1


# Correlation


def matrix(size: int, value: float | None = 0.5) -> Correlation:
    r = tuple(tuple(1.0 if row == column else value for column in range(size)) for row in range(size))
    names = tuple(f"c{at}" for at in range(size))
    return Correlation("customers", names, r, tuple((90,) * size for _ in range(size)), 100, 100)


def drawn(figure: go.Figure) -> dict[tuple[int, int], tuple[float, str, str]]:
    """Each cell's value, words and colour of the words, by row and column."""
    cells = {}
    for trace in figure.data:
        for row, values in enumerate(trace.z):
            for column, value in enumerate(values):
                if value is not None:
                    words = trace.text[row][column] if trace.text is not None else ""
                    cells[row, column] = (value, words, trace.textfont.color)
    return cells


def test_each_pair_stands_once_with_its_number() -> None:
    found = Correlation(
        "customers",
        ("orders", "net", "days"),
        ((1.0, 0.98, -0.2), (0.98, 1.0, 0.004), (-0.2, 0.004, 1.0)),
        ((9, 9, 8), (9, 9, 8), (8, 8, 8)),
        9,
        9,
    )
    figure = correlation_figure(found, {"orders": "Orders"}, "light")
    assert {place: cell[:2] for place, cell in drawn(figure).items()} == {
        (0, 0): (0.98, ".98"),
        (1, 0): (-0.2, "−.20"),
        (1, 1): (0.004, ".00"),
    }
    assert (
        figure.data[0].hovertext[1][0]
        == "<b>days</b> and <b>Orders</b><br>r = −0.20<br>8 customers have both"
    )
    assert list(figure.layout.xaxis.ticktext) == ["Orders", "net"]
    assert list(figure.layout.yaxis.ticktext) == ["net", "days"]
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)
    assert sum(bool(trace.showscale) for trace in figure.data) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("value", [-1.0, -0.8, -0.5, 0.0, 0.5, 0.8, 1.0])
def test_numbers_stand_out_from_their_cells(theme: str, value: float) -> None:
    token = tokens(theme)
    figure = correlation_figure(matrix(2, value), theme=theme)
    ((_, _, ink),) = drawn(figure).values()
    end = token["under"] if value < 0 else token["over"]

    def part(colour: str, at: int) -> float:
        return int(colour[at : at + 2], 16) / 255

    def light(channels: list[float]) -> float:
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    share = abs(value)
    cell = light([(1 - share) * part(token["surface-2"], at) + share * part(end, at) for at in (1, 3, 5)])
    words = light([part(ink, at) for at in (1, 3, 5)])
    assert (max(cell, words) + 0.05) / (min(cell, words) + 0.05) >= 4.0


def test_many_columns_have_no_numbers_and_unknown_pairs_no_cell() -> None:
    assert all(words == "" for _, words, _ in drawn(correlation_figure(matrix(13))).values())
    assert len(drawn(correlation_figure(matrix(12)))) == 66
    part = matrix(3)
    part = replace(part, r=((1.0, None, 0.5), (None, 1.0, 0.5), (0.5, 0.5, 1.0)))
    assert sorted(drawn(correlation_figure(part))) == [(1, 0), (1, 1)]
    assert said(correlation_figure(matrix(3, None))) == "Too few values to compare."


# Time


MONTHS = Periods(
    "month",
    (
        Period(dt.date(2024, 1, 1), dt.date(2024, 1, 31), 55.5, 2, True),
        Period(dt.date(2024, 2, 1), dt.date(2024, 2, 29), 0.0, 0, False),
        Period(dt.date(2024, 3, 1), dt.date(2024, 3, 31), 1234.0, 1, True),
    ),
    dt.date(2024, 1, 10),
    dt.date(2024, 3, 30),
)


def test_time_has_two_panels_over_one_axis_and_marks_what_is_partial() -> None:
    figure = time_figure(MONTHS, "light", "USD")
    amount, orders = figure.data
    assert list(amount.y) == [55.5, 0.0, 1234.0]
    assert list(orders.y) == [2, 0, 1]
    assert (amount.xaxis, orders.xaxis, amount.yaxis, orders.yaxis) == ("x", "x", "y", "y2")
    assert list(amount.marker.pattern.shape) == ["/", "", "/"]
    assert (
        amount.hovertext[0] == "<b>January 2024</b><br>partial: from 10 Jan 2024 only<br>$55.50<br>2 orders"
    )
    assert amount.hovertext[1] == "<b>February 2024</b><br>$0<br>0 orders"
    assert amount.hovertext[2] == "<b>March 2024</b><br>partial: to 30 Mar 2024 only<br>$1,234<br>1 order"
    assert said(figure) == "Net amount ($) by month Orders by month"


# Everywhere


def test_text_of_a_data_set_is_never_markup() -> None:
    column = replace(TEXT, name=EVIL)
    figures = [
        distribution_figure(AMOUNTS, EVIL, "light", EVIL),
        distribution_figure(Bars(column, (1,), 1, 0, labels=(EVIL,), distinct=1), EVIL),
        categories_figure(
            Categories(column, "customers", (Category(EVIL, 1.0, None, 1),), None, 0, 1.0, 1, EVIL), EVIL, "light", EVIL
        ),
        correlation_figure(replace(matrix(2), columns=(EVIL, "b")), {"b": EVIL}),
        time_figure(MONTHS, "light", EVIL),
    ]  # fmt: skip
    for figure in figures:
        text = json.dumps(json.loads(figure.to_json()))
        assert "<script" not in text
        assert "<b>x" not in text
    shown = json.loads(figures[1].to_json())
    assert shown["layout"]["yaxis"]["ticktext"] == ["&lt;b&gt;x&lt;/b&gt;&amp;&lt;script&gt;"]


def test_long_labels_are_cut() -> None:
    assert short("a" * 22) == "a" * 22
    assert short("a" * 23) == "a" * 21 + "…"
    assert short("  two   words ") == "two words"
    assert short(" ") == "(no value)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_take_their_colours_from_the_theme(theme: str) -> None:
    accent = tokens(theme)["accent"]
    assert bars(distribution_figure(AMOUNTS, "Amount", theme))[0].marker.color == accent
    assert categories_figure(SPEND, "Category", theme).data[0].marker.color[0] == accent
    assert time_figure(MONTHS, theme).data[0].marker.color == accent

"""A planned test and one that was read, as charts: the numbers that are drawn."""

from __future__ import annotations

from typing import Any

import pytest

from figures.roi_proof import detectable
from figures.roi_readout import forest, profit
from figures.theme import tokens

EVIL = '<b id="x">Mens</b> & "on"'
SAFE = '&lt;b id="x"&gt;Mens&lt;/b&gt; &amp; "on"'
SHARES = [0.1, 0.2, 0.5, 0.9]


def planned() -> dict[str, Any]:
    """A plan whose figures are made up, so that each is recognised."""
    profits = {
        "expected": -1.5,
        "smallest": 2.4,
        "smallest_cuped": 2.1,
        "best_smallest_cuped": 1.6,
    }
    curve = {
        "shares": SHARES,
        "smallest": [3.5, 2.4, 1.9, 3.6],
        "smallest_cuped": [3.1, 2.1, 1.6, 3.2],
    }
    return {
        "customers": 500,
        "held_out": 100,
        "share": 0.2,
        "measures": {"profit": profits},
        "curves": {"profit": curve},
    }


def effect(difference: float, low: float | None, high: float | None) -> dict[str, Any]:
    return {"difference": difference, "low": low, "high": high}


def read(arm: str = "Mens E-Mail", *, cuped: bool = True) -> dict[str, Any]:
    """A readout of two treated arms."""

    def money(total: float) -> dict[str, Any]:
        better = {"total": effect(total - 10, total - 110, total + 90)} if cuped else None
        return {"total": effect(total, total - 120, total + 100), "cuped": better}

    def one(name: str, shift: float) -> dict[str, Any]:
        return {
            "arm": name,
            "conversion": effect(0.0068, 0.005, 0.0086) | {"cuped": None},
            "spend": effect(0.77 + shift, 0.48 + shift, 1.05 + shift)
            | {
                "cuped": effect(0.76 + shift, 0.5 + shift, 1.0 + shift) if cuped else None,
                "winsorised": [
                    {"level": level, **effect(0.7 + shift, 0.45 + shift, 0.95 + shift)}
                    for level in (0.999, 0.95)
                ],
            },
            "profit": money(500.0 + 100 * shift),
        }

    return {
        "control": "No E-Mail",
        "comparisons": [one(arm, 0.0), one("Womens E-Mail", -1.0)],
        "campaign": money(900.0),
    }


def checked(figure: Any) -> Any:
    """The figure, after plotly has checked every value of it."""
    type(figure)(figure.to_dict())
    return figure


def traces(figure: Any, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


def test_the_smallest_difference_is_drawn_by_holdout_with_the_chosen_one_marked() -> None:
    figure = checked(detectable(planned(), "USD"))
    (plain,), (cuped,) = traces(figure, "As measured"), traces(figure, "Corrected (CUPED)")
    assert list(plain.x) == list(cuped.x) == SHARES
    assert list(plain.y) == [3.5, 2.4, 1.9, 3.6]
    assert list(cuped.y) == [3.1, 2.1, 1.6, 3.2]
    marks = traces(figure, "Chosen holdout")
    assert [(mark.x[0], mark.y[0]) for mark in marks] == [(0.2, 2.4), (0.2, 2.1)]
    assert marks[0].hovertext[0] == "<b>Chosen: 100 of 500 held out</b><br>As measured: $2.40"
    # An expected loss is as hard to find as a gain of that size.
    (line,) = traces(figure, "Expected difference")
    assert list(line.y) == [1.5, 1.5]
    assert figure.layout.yaxis.title.text == "Smallest difference in profit per customer ($)"
    assert [note.text for note in figure.layout.annotations] == ["Chosen: 20 %"]
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0.2, 0.2)


def test_on_a_phone_the_names_are_short_and_what_is_chosen_stands_above_the_lines() -> None:
    figure = checked(detectable(planned(), "USD", "dark", narrow=True))
    (cuped,) = traces(figure, "Corrected (CUPED)")
    assert cuped.line.color == tokens("dark")["over"]
    assert cuped.hovertext[1] == "<b>20 % held out</b><br>Corrected (CUPED): $2.10"
    assert figure.layout.yaxis.title.text == "Smallest difference ($)"
    assert list(traces(figure, "Expected")[0].y) == [1.5, 1.5]
    (chosen,) = figure.layout.annotations
    assert (chosen.y, chosen.yref, chosen.yanchor) == (1.0, "paper", "bottom")


def test_a_readout_is_drawn_arm_by_arm_in_three_ways() -> None:
    figure = checked(forest(read(), "USD"))
    assert list(figure.layout.yaxis.ticktext) == [
        "<b>Mens E-Mail</b>", "As measured", "Corrected (CUPED)", "Top 0.1 % cut", "Top 5 % cut",
        "<b>Womens E-Mail</b>", "As measured", "Corrected (CUPED)", "Top 0.1 % cut", "Top 5 % cut",
    ]  # fmt: skip
    plain, cuped, cut = figure.data
    assert (list(plain.y), list(plain.x)) == ([1, 6], pytest.approx([0.77, -0.23]))
    assert list(plain.error_x.array) == pytest.approx([0.28, 0.28])
    assert list(plain.error_x.arrayminus) == pytest.approx([0.29, 0.29])
    assert (list(cuped.y), list(cuped.x)) == ([2, 7], pytest.approx([0.76, -0.24]))
    assert (list(cut.y), list(cut.x)) == ([3, 4, 8, 9], pytest.approx([0.7, 0.7, -0.3, -0.3]))
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert plain.hovertext[0] == "<b>Mens E-Mail</b><br>As measured: $0.77 (95 % interval $0.48 to $1.05)"
    assert cut.hovertext[0] == "<b>Mens E-Mail</b><br>Top 0.1 % cut: $0.70 (95 % interval $0.45 to $0.95)"
    assert figure.layout.xaxis.title.text == "Difference in spend per customer ($) from No E-Mail"
    low, high = figure.layout.xaxis.range
    assert low < -0.52 < 1.05 < high
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0, 0)


def test_a_readout_of_conversions_is_in_points() -> None:
    figure = checked(forest(read(), "USD", outcome="conversion", narrow=True))
    (plain,) = figure.data
    assert list(plain.x) == pytest.approx([0.68, 0.68])
    assert list(plain.error_x.array) == pytest.approx([0.18, 0.18])
    assert plain.hovertext[0].endswith("As measured: 0.68 points (95 % interval 0.50 points to 0.86 points)")
    assert figure.layout.xaxis.title.text == "Difference (percentage points)"


def test_profit_is_drawn_for_each_arm_and_for_all() -> None:
    figure = checked(profit(read(), "EUR"))
    assert list(figure.layout.yaxis.ticktext) == [
        "<b>Mens E-Mail</b>", "Corrected (CUPED)", "<b>Womens E-Mail</b>", "Corrected (CUPED)", "<b>All contacted</b>", "Corrected (CUPED)",
    ]  # fmt: skip
    plain, cuped = figure.data
    assert list(plain.x) == [500.0, 400.0, 900.0]
    assert list(cuped.x) == [490.0, 390.0, 890.0]
    assert list(plain.error_x.array) == [100.0] * 3
    assert list(plain.error_x.arrayminus) == [120.0] * 3
    assert figure.layout.xaxis.title.text == "Incremental profit after all costs (€)"
    single = read(cuped=False)
    single["comparisons"] = single["comparisons"][:1]
    (alone,) = checked(profit(single)).data
    assert list(alone.x) == [500.0]


def test_an_effect_without_interval_is_a_point() -> None:
    given = read()
    given["comparisons"][0]["spend"] |= effect(0.0, None, None)
    plain = checked(forest(given, "USD")).data[0]
    assert (plain.x[0], plain.error_x.array[0], plain.error_x.arrayminus[0]) == (0, 0, 0)
    assert plain.hovertext[0].endswith("As measured: $0 (no interval: nothing varies)")


def test_names_of_arms_are_never_markup() -> None:
    given = read(EVIL)
    given["control"] = EVIL
    figure = checked(forest(given, "USD"))
    assert figure.layout.yaxis.ticktext[0] == f"<b>{SAFE}</b>"
    assert figure.data[0].hovertext[0].startswith(f"<b>{SAFE}</b><br>")
    assert SAFE in figure.layout.xaxis.title.text
    assert profit(given).layout.yaxis.ticktext[0] == f"<b>{SAFE}</b>"
    evil = detectable(planned(), "<i>").layout.yaxis.title.text
    assert evil == "Smallest difference in profit per customer"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_test_the_charts_say_so(theme: str) -> None:
    told = [chart({}, None, theme).layout.annotations[0].text for chart in (detectable, forest, profit)]
    assert told == ["There is no test to plan yet."] + ["No test has been read yet."] * 2
    assert forest({}, None, theme).layout.annotations[0].font.color == tokens(theme)["muted"]

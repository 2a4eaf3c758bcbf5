from __future__ import annotations

import datetime as dt
from typing import Any

import plotly.graph_objects as go
import pytest

from data.history import CustomerDay
from figures.customer import BEFORE, INSIDE, NO_ORDERS, RETURNS, HistorySpec, history_figure, history_words
from figures.theme import THEMES, tokens

CUTOFF = dt.date(2025, 6, 30)
PAST = HistorySpec(CUTOFF, 90, "past", "light", "USD")
DAYS = (
    CustomerDay(dt.date(2025, 1, 1), 1, 20.0, 0.0),
    CustomerDay(dt.date(2025, 2, 20), 2, 35.0, 5.0),
    CustomerDay(dt.date(2025, 3, 1), 0, -12.5, 12.5),
    CustomerDay(dt.date(2025, 6, 30), 1, 8.0, 0.0),
    CustomerDay(dt.date(2025, 7, 1), 1, 43.0, 0.0),
    CustomerDay(dt.date(2025, 9, 28), 1, 7.0, 0.0),
)


def marks(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.mode == "markers"}


def test_a_mark_a_day_with_what_was_bought_in_the_window_apart() -> None:
    drawn = marks(history_figure(DAYS, PAST))
    assert list(drawn) == [BEFORE, INSIDE, RETURNS]
    assert list(drawn[BEFORE].x) == [dt.date(2025, 1, 1), dt.date(2025, 2, 20), dt.date(2025, 6, 30)]
    assert list(drawn[BEFORE].y) == [20.0, 35.0, 8.0]
    assert list(drawn[INSIDE].x) == [dt.date(2025, 7, 1), dt.date(2025, 9, 28)]
    assert list(drawn[INSIDE].y) == [43.0, 7.0]
    assert (list(drawn[RETURNS].x), list(drawn[RETURNS].y)) == ([dt.date(2025, 3, 1)], [-12.5])
    assert len({trace.marker.symbol for trace in drawn.values()}) == 3
    assert drawn[BEFORE].text[1] == "20 Feb 2025: 2 orders, $5 returned, $35 net"
    assert drawn[RETURNS].text[0] == "1 Mar 2025: $12.50 returned"


def test_the_cutoff_is_a_line_and_the_window_is_shaded_to_its_last_day() -> None:
    for window, caption in (("past", "Dashed: cutoff. Shaded: the 90 days predicted"),
                            ("next", "Dashed: last date. Shaded: the 90 days to come")):  # fmt: skip
        layout = history_figure(DAYS[:4], HistorySpec(CUTOFF, 90, window)).layout
        shade, line = layout.shapes
        assert (shade.x0, shade.x1) == (dt.date(2025, 7, 1), dt.date(2025, 9, 28))
        assert line.x0 == line.x1 == CUTOFF
        assert [note.text for note in layout.annotations] == [caption]
        assert layout.xaxis.range[0] < dt.date(2025, 1, 1)
        assert layout.xaxis.range[1] > dt.date(2025, 9, 28)
        # A finger on the small chart scrolls the panel.
        assert layout.dragmode is False
        assert layout.xaxis.fixedrange is layout.yaxis.fixedrange is True


@pytest.mark.parametrize("theme", THEMES)
def test_the_chart_has_the_colours_of_its_theme(theme: str) -> None:
    figure = history_figure(DAYS, HistorySpec(CUTOFF, 90, "past", theme))
    assert marks(figure)[INSIDE].marker.color == tokens(theme)["accent"]
    assert figure.layout.shapes[0].fillcolor == tokens(theme)["accent-soft"]


def test_nothing_to_draw_is_said() -> None:
    assert history_figure((), PAST).layout.annotations[0].text.replace("<br>", " ") == NO_ORDERS
    only_zero = history_figure((CustomerDay(CUTOFF, 0, 0.0, 0.0),), PAST)
    assert len(only_zero.data) == 0
    assert list(only_zero.layout.yaxis.range) == [-0.1, 0.1]


def test_every_mark_is_inside_the_axes() -> None:
    layout = history_figure(DAYS, PAST).layout
    assert layout.yaxis.range == pytest.approx((-12.5 - 5.55, 43 + 5.55))
    assert layout.xaxis.range[0] < DAYS[0].day
    assert DAYS[-1].day < layout.xaxis.range[1]


def test_the_history_in_sentences() -> None:
    assert history_words(DAYS, PAST) == (
        "4 orders: the first on 1 Jan 2025, the last on 30 Jun 2025, usually 90 days apart.",
        "Sent back $17.50.",
        "In the 90 days after the cutoff: 2 orders, $50 net of returns.",
    )
    assert history_words(DAYS[:1], PAST) == (
        "1 order, on 1 Jan 2025.",
        "In the 90 days after the cutoff: no order.",
    )
    assert history_words(DAYS[:1], HistorySpec(CUTOFF, 90, "next"))[-1] == (
        "The 90 days to come end on 28 Sep 2025: nothing is known of them yet."
    )


def test_two_orders_on_one_day_have_no_gap() -> None:
    told = history_words((CustomerDay(dt.date(2025, 1, 1), 2, 20.0, 0.0),), PAST)
    assert told[0] == "2 orders, on 1 Jan 2025."

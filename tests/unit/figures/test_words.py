from __future__ import annotations

import math

import pytest

from figures import words


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (12.5, "USD", "$12.50"),
        (12.0, "USD", "$12"),
        (1234.56, "GBP", "£1,235"),
        (-40.0, "USD", "-$40"),
        (-0.001, "USD", "$0"),
        (99.999, None, "100"),
        (7.0, "CHF", "CHF 7"),
        (7.0, "<b>", "7"),
        (float("nan"), "USD", "–"),
        (None, None, "–"),
    ],
)
def test_money(value: float | None, currency: str | None, text: str) -> None:
    assert words.money(value, currency) == text


def test_money_for_headlines() -> None:
    assert words.money_short(2_500_315.63, "USD") == "$2.50M"
    assert words.money_short(85_785.4, "USD") == "$85,785"
    assert words.money_short(-1_200_000, None) == "-1.20M"


def test_counts_shares_and_days() -> None:
    assert words.count(23_502) == "23,502"
    assert words.percent(0.1405, 1) == "14.1 %"
    assert [words.part(share) for share in (0.0, 0.001, 0.005, 0.14)] == [
        "0 %",
        "under 1 %",
        "under 1 %",
        "14 %",
    ]
    assert words.plural(1, "customer") == "1 customer"
    assert words.plural(1200, "customer") == "1,200 customers"
    assert words.day("1998-04-01T10:00:00") == "1 Apr 1998"


@pytest.mark.parametrize("text", ["<b>x</b>", "a&amp;b", "&lt;", "plain 00123", "“quoted” & <i>"])
def test_escaped_text_comes_back_exactly(text: str) -> None:
    escaped = words.escape(text)
    assert "<" not in escaped
    assert words.unescape(escaped) == text


def test_a_column_has_one_precision() -> None:
    assert words.column([52.55, 412, None], "USD") == ["$52.55", "$412.00", "–"]
    assert words.column([5120.4, 412.3, -0.3, -17], "USD") == ["$5,120", "$412", "$0", "-$17"]
    assert words.column([12, 7.0], "GBP") == ["£12", "£7"]
    assert words.column([], "GBP") == []
    assert words.numbers([21.6, 108.2, 195, math.nan]) == ["22", "108", "195", "–"]
    assert words.numbers([12.5, 1]) == ["12.5", "1.0"]
    assert words.numbers([4, 1]) == ["4", "1"]
    assert (words.places_for(768), words.places_for(16), words.places_for(None)) == (0, 2, 2)

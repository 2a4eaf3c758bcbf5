"""Numbers, money and percentages in other locales; what is read by programs stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import words
from figures.locales import canonical, style_of
from figures.roi_base import tick_cash
from figures.segments_units import cell_words
from figures.theme import graph_config, template

NO_BREAK, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _own_locale_again() -> Iterator[None]:
    yield
    words.use_locale("en_US")


@pytest.mark.parametrize(
    ("locale", "currency", "texts"),
    [
        ("en_US", "EUR", ["€1,234,567", "€12.50", "-€40", "-€2.50M", "1,234,567", "14.1 %"]),
        ("de_DE", "EUR", ["1.234.567~€", "12,50~€", "-40~€", "-2,50M~€", "1.234.567", "14,1~%"]),
        ("fr_FR", "EUR", ["1_234_567~€", "12,50~€", "-40~€", "-2,50M~€", "1_234_567", "14,1~%"]),
        ("en_GB", "GBP", ["£1,234,567", "£12.50", "-£40", "-£2.50M", "1,234,567", "14.1 %"]),
        ("de_CH", "CHF", ["CHF~1’234’567", "CHF~12.50", "CHF-40", "CHF-2.50M", "1’234’567", "14.1%"]),
        ("en_IN", "INR", ["₹12,34,567", "₹12.50", "-₹40", "-₹2.50M", "12,34,567", "14.1 %"]),
        ("sv_SE", "SEK", ["1~234~567~kr", "12,50~kr", "−40~kr", "−2,50M~kr", "1~234~567", "14,1~%"]),
        ("nl_NL", "EUR", ["€~1.234.567", "€~12,50", "€~-40", "€~-2,50M", "1.234.567", "14,1%"]),
        # Letters keep away from digits; a code that is no currency's is shown as it is, anything else is not shown.
        ("de_DE", "XYZ", ["1.234.567~XYZ", "12,50~XYZ", "-40~XYZ", "-2,50M~XYZ", "1.234.567", "14,1~%"]),
        ("en_GB", "XYZ", ["XYZ~1,234,567", "XYZ~12.50", "-XYZ~40", "-XYZ~2.50M", "1,234,567", "14.1 %"]),
        ("de_DE", None, ["1.234.567", "12,50", "-40", "-2,50M", "1.234.567", "14,1~%"]),
        ("de_DE", "<b>", ["1.234.567", "12,50", "-40", "-2,50M", "1.234.567", "14,1~%"]),
        ("de_CH", None, ["1’234’567", "12.50", "-40", "-2.50M", "1’234’567", "14.1%"]),
    ],
)
def test_a_locale_writes_its_own_way(locale: str, currency: str | None, texts: list[str]) -> None:
    words.use_locale(locale)
    assert [
        words.money(1_234_567.0, currency),
        words.money(12.5, currency),
        words.money(-40.0, currency),
        words.money_short(-2_500_000.0, currency),
        words.count(1_234_567),
        words.percent(0.1405, 1),
    ] == [text.replace("~", NO_BREAK).replace("_", NARROW) for text in texts]


def test_two_decimals_small_shares_and_days_in_german() -> None:
    words.use_locale("de_DE")
    assert words.amount(1234.5, 2, "EUR") == f"1.234,50{NO_BREAK}€"
    assert words.amount(-0.001, 2, "EUR") == f"0,00{NO_BREAK}€"
    assert words.number(12.345) == "12,35"
    assert [words.part(share) for share in (0.0, 0.001, 0.14)] == [
        f"0{NO_BREAK}%",
        f"under 1{NO_BREAK}%",
        f"14{NO_BREAK}%",
    ]
    assert words.plural(1200, "customer") == "1.200 customers"
    assert words.day("1998-04-01") == "1 Apr 1998"
    assert words.money(float("nan"), "EUR") == words.MISSING


def test_lakhs_have_groups_of_two() -> None:
    words.use_locale("en_IN")
    assert [words.count(value) for value in (999, 1_000, 99_999, 100_000, 12_345_678)] == [
        "999",
        "1,000",
        "99,999",
        "1,00,000",
        "1,23,45,678",
    ]
    assert words.amount(-1_234_567.5, 2, "INR") == "-₹12,34,567.50"


def test_short_amounts_and_ticks() -> None:
    assert (cell_words(-12_400.0, "money", "EUR"), tick_cash(-12_400.0, "EUR")) == ("−€12.4k", "-€12.4k")
    words.use_locale("de_DE")
    assert cell_words(-12_400.0, "money", "EUR") == f"−12,4k{NO_BREAK}€"
    assert tick_cash(-12_400.0, "EUR") == f"-12,4k{NO_BREAK}€"
    assert cell_words(12_400.0, "count") == "12,4k"
    assert words.sides("EUR") == ("", f"{NO_BREAK}€")
    assert words.symbol("EUR") == "€"


def test_charts_are_told_the_marks() -> None:
    assert template("light").layout.separators == ".,"
    assert "locale" not in graph_config()
    words.use_locale("fr_FR")
    assert template("light").layout.separators == f",{NARROW}"
    words.use_locale("en_IN")
    chart = graph_config()
    assert chart["locales"][chart["locale"]]["format"]["grouping"][:2] == [3, 2]
    assert go.Figure(layout={"template": template("dark")}).layout.template.layout.separators == ".,"


def test_names_of_locales() -> None:
    assert words.locale_tag() == "en-US"
    words.use_locale("de-de")
    assert words.locale_tag() == "de-DE"
    assert canonical("zh_TW") == "zh_Hant_TW"
    assert style_of("en") is None


@pytest.mark.parametrize("name", ["", "xx_YY", "en_XX", "english", "../de_DE", "de_DE.UTF-8", "C"])
def test_an_unknown_locale_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="there is no locale"):
        words.use_locale(name)
    assert words.count(1234) == "1,234"


def test_stored_sentences_take_the_marks_and_quotes_stay() -> None:
    told = (
        "1,234 rows of 2,345,678 (12.5 %), 1.5 times '1,234' and “2.5”; v1.2, 2011-01-02, 1.2.csv, a1,234, 1,2345, "
        "`3,456`, 12,5"
    )
    assert words.prose(told) == told
    words.use_locale("de_DE")
    assert words.prose(told) == told.replace(
        "1,234 rows of 2,345,678 (12.5 %), 1.5", "1.234 rows of 2.345.678 (12,5 %), 1,5"
    )
    assert words.prose("1,234.50 and 12.5", fractions=False) == "1.234,50 and 12.5"
    assert words.prose("Of 5, 6,000 and -1,000.") == "Of 5, 6.000 and -1.000."
    # What is in the locale already stays so.
    assert words.prose("1.234 rows, 1.234.567,50 €", fractions=False) == "1.234 rows, 1.234.567,50 €"
    words.use_locale("en_IN")
    assert words.prose("1,234,567.5 rows") == "12,34,567.5 rows"


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "de_CH", "en_IN", "sv_SE"])
@given(value=st.decimals(-(10**12), 10**12, places=2))
def test_a_number_that_was_written_is_read_again(locale: str, value: object) -> None:
    words.use_locale(locale)
    number = float(str(value))
    assert words.read_number(words.marks(f"{number:,.2f}")) == number
    assert words.read_number(words.marks(f"{number:.2f}")) == number


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en_US", "1,20"),
        ("en_US", "1.200,50"),
        ("de_DE", "1,200.50"),
        ("de_DE", "12.5"),
        ("fr_FR", "1.5"),
        ("de_CH", "1,5"),
    ],
)
def test_a_number_of_another_country_is_not_guessed_at(locale: str, text: str) -> None:
    words.use_locale(locale)
    with pytest.raises(ValueError, match=re.escape(text)):
        words.read_number(text)

"""Numbers and dates as people read them; shared by figures and pages, so that one value has one look."""

from __future__ import annotations

import datetime as dt
import html
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from figures.locales import Style, around, style_of

SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹"}
CODE_LETTERS = 3
MISSING = "–"
# Numbers inside a sentence: none that is part of a word, a date, a version, a file name or something quoted.
_GROUPED: Final = re.compile(r"(?<![\w.,'’“`\"/-])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w'’”\"/]|[.,-]\w)")
_FRACTION: Final = re.compile(r"(?<![\w.,'’“`\"/-])-?\d+\.\d+(?![\w'’”\"/]|[.,-]\w)")

# How this process writes numbers, None as in the United States. Chosen once, when it starts.
_style: Style | None = None


def use_locale(name: str) -> None:
    """Write numbers, percentages and money as the locale `name` does ("de_DE"); ValueError where there is none."""
    global _style  # noqa: PLW0603  # one for the process: numbers are written thousands of times for a page
    _style = style_of(name)


def locale_tag() -> str:
    """Name of the locale as browsers know it (BCP 47): "en-US"."""
    return "en-US" if _style is None else _style.tag


def separators() -> str:
    """The decimal mark and the mark between thousands, as charts are told them: ".,"."""
    return ".," if _style is None else _style.decimal + _style.group


def chart_locale() -> dict[str, Any]:
    """Settings of a chart for a locale whose groups are not of three digits each; empty for all others."""
    if _style is None or _style.sizes == (3, 3):
        return {}
    last, before = _style.sizes
    marks = {"decimal": _style.decimal, "thousands": _style.group, "grouping": [last, *[before] * 6]}
    return {"locale": _style.tag, "locales": {_style.tag: {"dictionary": {}, "format": marks}}}


def marks(text: str) -> str:
    """A number as Python writes it ("-1,234.5"), with the marks of the locale."""
    return text if _style is None else _style.marks(text)


def prose(text: str, *, fractions: bool = True) -> str:
    """A stored sentence, whose numbers are written as in the United States, with the marks of the locale.

    What is quoted stays. `fractions` says whether numbers such as 1.5 are meant too; where part of the sentence may
    be in the locale already, they cannot be told from thousands.
    """
    if _style is None or not text:
        return text
    style = _style
    told = _GROUPED.sub(lambda found: style.marks(found[0]).replace(".", "\0").replace(",", "\1"), text)
    if fractions:
        told = _FRACTION.sub(lambda found: style.marks(found[0]), told)
    return told.replace("\0", ".").replace("\1", ",")


def read_number(text: str) -> float:
    """The number that a person wrote, with or without marks between thousands; ValueError where it is none here."""
    decimal, group = (re.escape(mark) for mark in separators())
    # Typographic minus and blanks between thousands, as they are pasted from elsewhere.
    plain = re.sub(r"[\s\u00a0\u202f]", "", text.replace("\N{MINUS SIGN}", "-"))
    digits = "{3}" if _style is None or _style.sizes == (3, 3) else "{2,3}"
    whole = rf"(?:\d{{1,3}}(?:{group}\d{digits})*{group}\d{{3}}|\d+)"
    if not re.fullmatch(rf"-?{whole}(?:{decimal}\d+)?|-?{decimal}\d+", plain):
        raise ValueError(text)
    before, after = separators()[1], separators()[0]
    return float(plain.replace(before, "").replace(after, "."))


def _code(currency: str | None) -> str:
    code = (currency or "").upper()
    # A code comes from a file: anything but three letters is not shown, here or in a chart.
    return code if len(code) == CODE_LETTERS and code.isascii() and code.isalpha() else ""


def symbol(currency: str | None) -> str:
    """Sign of an ISO code, with a blank after a sign of letters where it stands first; "" where it is not known."""
    if _style is not None:
        before, after = sides(currency)
        return before or after.strip()
    code = _code(currency)
    return SYMBOLS.get(code, f"{code} ") if code else ""


def sides(currency: str | None) -> tuple[str, str]:
    """What stands before and after an amount that is not negative: ("$", "") or ("", " €")."""
    return (symbol(currency), "") if _style is None else around(_style, _code(currency))[0]


def priced(text: str, currency: str | None, minus: str = "") -> str:
    """An amount whose number is a text already ("1.2k"), with the sign of the currency; `minus` of a negative one."""
    if _style is None:
        return f"{minus}{symbol(currency)}{text}"
    before, after = around(_style, _code(currency))[bool(minus)]
    return f"{before.replace(_style.minus, minus) if minus else before}{text}{after}"


def decimals(value: float) -> int:
    """Decimal places worth showing of an amount: cents below 100, none from there on."""
    return 2 if abs(value) < 100 and round(value, 2) != round(value) else 0


def money(value: float | None, currency: str | None = None) -> str:
    """An amount in account currency: "$12.50", "$1,234", "-$40"; "1.234 €" in Germany."""
    if value is None or not math.isfinite(value):
        return MISSING
    return amount(value, decimals(value), currency)


def amount(value: float, places: int, currency: str | None = None) -> str:
    """An amount with so many decimals: "$12.50"; the sign of a negative one stands where the locale has it."""
    negative = bool(round(value, 2) < 0)
    text = f"{abs(value):,.{places}f}"
    if _style is None:
        return f"{'-' if negative else ''}{symbol(currency)}{text}"
    before, after = around(_style, _code(currency))[negative]
    return f"{before}{_style.marks(text)}{after}"


def money_short(value: float | None, currency: str | None = None) -> str:
    """An amount for a headline: "$842", "$12,480", "$2.50M"."""
    if value is None or not math.isfinite(value):
        return MISSING
    for limit, unit in ((1e9, "B"), (1e6, "M")):
        if abs(value) >= limit:
            text = marks(f"{abs(value) / limit:,.2f}")
            return priced(
                f"{text}{unit}", currency, ("-" if _style is None else _style.minus) if value < 0 else ""
            )
    return money(round(value) if abs(value) >= 100 else value, currency)


def places_for(usual: float | None) -> int:
    """Decimals for the amounts of a table that is not known as a whole, by what is `usual` in it: cents up to 500."""
    return 0 if usual is not None and abs(usual) >= 500 else 2


def places_of(values: Iterable[float | None]) -> int:
    """Decimals that all amounts of a column are told with: cents where even the largest is not in the thousands."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    return 2 if any(round(value, 2) != round(value) for value in known) and max(map(abs, known)) < 1000 else 0


def column(values: Sequence[float | None], currency: str | None = None) -> list[str]:
    """The amounts of a column, one precision for all: "$52.55" above "$412.00", "$5,120" above "$412"."""
    places = places_of(values)
    return [
        MISSING
        if value is None or not math.isfinite(value)
        else amount(round(value, places) + 0.0, places, currency)
        for value in values
    ]


def numbers(values: Sequence[float | None]) -> list[str]:
    """The plain numbers of a column, one precision for all: a decimal where the largest is below 100."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    fine = any(round(value, 1) != round(value) for value in known) and max(map(abs, known)) < 100
    return [
        MISSING if value is None or not math.isfinite(value) else marks(f"{value:,.{int(fine)}f}")
        for value in values
    ]


def count(value: float | None) -> str:
    """A whole number with thousands apart: "23,502"."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.0f}"
    return text if _style is None else _style.marks(text)


def number(value: float | None) -> str:
    """A plain number: whole ones without decimals, small ones with two."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.2f}"
    return text if _style is None else _style.marks(text)


def percent(share: float | None, places: int = 0) -> str:
    """A share of one as a percentage: 0.1405 with one place gives "14.1 %"."""
    if share is None or not math.isfinite(share):
        return MISSING
    text = f"{share * 100:.{places}f}"
    return f"{text} %" if _style is None else percentage(_style.marks(text))


def percentage(text: str) -> str:
    """A number that is a text already, as a percentage: "14.1 %"."""
    if _style is None:
        return f"{text} %"
    before, after = _style.percent
    return f"{before}{text}{after}"


def part(share: float | None) -> str:
    """A share of one in whole percent; what is not nothing never reads "0 %"."""
    told = percent(share)
    return f"under {percent(0.01)}" if share and abs(share) < 0.01 and told == percent(0.0) else told


def plural(value: float, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 customer", "1,200 customers"."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def day(value: dt.date | str | None) -> str:
    """A calendar day: "1 Apr 1998"."""
    if value is None:
        return MISSING
    date = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{date.day} {date:%b %Y}"


def escape(text: object) -> str:
    """Text of a data set made inert for a chart's hover box, which reads a little markup."""
    return html.escape(str(text), quote=False)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return html.unescape(text)

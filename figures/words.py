"""Numbers and dates as people read them; shared by figures and pages, so that one value has one look."""

from __future__ import annotations

import datetime as dt
import html
import math

SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹"}
CODE_LETTERS = 3
MISSING = "–"


def symbol(currency: str | None) -> str:
    """Sign put before an amount: of an ISO code, or "" where the currency is not known."""
    code = (currency or "").upper()
    # A code comes from a file: anything but three letters is not shown, here or in a chart.
    plain = len(code) == CODE_LETTERS and code.isascii() and code.isalpha()
    return SYMBOLS.get(code, f"{code} ") if plain else ""


def decimals(value: float) -> int:
    """Decimal places worth showing of an amount: cents below 100, none from there on."""
    return 2 if abs(value) < 100 and round(value, 2) != round(value) else 0


def money(value: float | None, currency: str | None = None) -> str:
    """An amount in account currency: "$12.50", "$1,234", "-$40"."""
    if value is None or not math.isfinite(value):
        return MISSING
    sign = "-" if round(value, 2) < 0 else ""
    return f"{sign}{symbol(currency)}{abs(value):,.{decimals(value)}f}"


def money_short(value: float | None, currency: str | None = None) -> str:
    """An amount for a headline: "$842", "$12,480", "$2.50M"."""
    if value is None or not math.isfinite(value):
        return MISSING
    for limit, unit in ((1e9, "B"), (1e6, "M")):
        if abs(value) >= limit:
            return f"{'-' if value < 0 else ''}{symbol(currency)}{abs(value) / limit:,.2f}{unit}"
    return money(round(value) if abs(value) >= 100 else value, currency)


def count(value: float | None) -> str:
    """A whole number with thousands apart: "23,502"."""
    return MISSING if value is None or not math.isfinite(value) else f"{value:,.0f}"


def number(value: float | None) -> str:
    """A plain number: whole ones without decimals, small ones with two."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.2f}"


def percent(share: float | None, places: int = 0) -> str:
    """A share of one as a percentage: 0.1405 with one place gives "14.1 %"."""
    return MISSING if share is None or not math.isfinite(share) else f"{share * 100:.{places}f} %"


def part(share: float | None) -> str:
    """A share of one in whole percent; what is not nothing never reads "0 %"."""
    told = percent(share)
    return "under 1 %" if share and told == "0 %" else told


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

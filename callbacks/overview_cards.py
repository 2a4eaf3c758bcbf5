"""The cards of the overview in words: value, change and what it is measured against, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from callbacks.facts import Facts
from data.overview.groups import before_words
from figures import words
from figures.overview import spark_mask
from pages._ui.cards import KpiCard

LINK_TEXT: Final = {
    "customers": "See all",
    "at_risk": "See who",
    "revenue_at_risk": "See who",
    "revenue": "See who bought",
    "average_order_value": "See who bought",
}
# What is counted on a day; all others are sums over a period, or of two.
ON_A_DAY: Final = ("customers", "at_risk", "revenue_at_risk")
GOOD_UP: Final = {"customers": True, "retention_rate": True, "at_risk": False, "revenue_at_risk": False}
# Below this a change is none.
STEADY: Final = 0.0005


def kpi_card(card: Mapping[str, Any], facts: Facts, period: str) -> KpiCard:
    """One card in words."""
    value, change, unit = card["value"], card["change"], card["unit"]
    steady = change is None or abs(change) < STEADY
    rise_is_good = card["good"] == "up" if "good" in card else GOOD_UP.get(card["key"], True)
    return KpiCard(
        key=card["key"],
        label=card["label"],
        value=value_words(value, unit, facts.currency),
        definition=words.prose(card["definition"]),
        formula=words.prose(card.get("formula") or ""),
        link=with_analysis(card["link"], facts.analysis_id),
        link_text="Who stayed away"
        if "not_again" in card["link"]
        else LINK_TEXT.get(card["key"], "See the list"),
        change="" if steady else change_words(change, unit),
        since=since_words(card, period, steady=steady),
        good=None if steady else (change > 0) == rise_is_good,
        rising=None if steady else change > 0,
        **spark(card.get("spark") or (), unit, facts.currency),
    )


def value_words(value: float | None, unit: str, currency: str | None) -> str:
    """The value of a card as a headline."""
    if unit == "money":
        return words.money_short(value, currency)
    return words.percent(value, 1) if unit == "share" else words.count(value)


def spark(points: Any, unit: str, currency: str | None) -> dict[str, str]:
    """The line of a card, and what it shows in words; nothing below two points."""
    known = [(day, value) for day, value in points if value is not None]
    if len(known) < 2:
        return {}
    values = [value for _, value in known]
    low, high = (value_words(value, unit, currency) for value in (min(values), max(values)))
    told = f"Since {words.day(known[0][0])} between {low} and {high}."
    return {"spark": spark_mask(points), "spark_words": told}


def since_words(card: Mapping[str, Any], period: str, *, steady: bool) -> str:
    """What a change is measured against."""
    if card["change"] is None:
        return "" if period == "all" else "Nothing to compare with yet"
    if card["key"] in ON_A_DAY and card.get("since"):
        day = words.day(card["since"])
        return f"The same as on {day}" if steady else f"since {day}"
    before = before_words(period)
    return f"The same as in {before}" if steady else f"vs {before}"


def change_words(change: float | None, unit: str) -> str:
    """A change as people say it: "+3.1 %", or for a share "+1.2 points"."""
    if change is None:
        return ""
    if unit == "share":
        return f"{words.marks(f'{change * 100:+.1f}')} points"
    return f"{'+' if change > 0 else ''}{words.percent(change, 1)}"


def with_analysis(link: str, analysis_id: str) -> str:
    """An address that names its analysis."""
    return f"{link}{'&' if '?' in link else '?'}{urlencode({'analysis': analysis_id})}"

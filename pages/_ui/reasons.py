"""Why a prediction is what it is, in words: one sentence a feature, with the customer's own numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from figures import words


def reason_words(feature: str, customer: Mapping[str, Any], currency: str | None) -> str:
    """What a feature says of a customer: "last order 140 days ago, usually every 30 days".

    A feature without words of its own is named as it is.
    """
    value = _value(customer, feature)
    if value is None:
        return feature.replace("_", " ")
    windowed = re.fullmatch(r"(orders|spend)_(\d+)", feature)
    if windowed:
        return _in_window(windowed[1], value, windowed[2], currency)
    return {
        "recency_days": _recency(value, _value(customer, "mean_gap_days")),
        "frequency": "only one order so far" if value == 1 else f"{words.plural(value, 'order')} so far",
        "overdue_ratio": f"has waited {words.marks(f'{value:,.1f}')} times the usual gap between orders",
        "mean_order_value": f"spends {words.money(value, currency)} an order",
        "tenure_days": f"a customer for {words.plural(value, 'day')}",
        "unique_products": f"bought {words.plural(value, 'different product')}",
        "returns_share": f"returned {words.percent(value)} of what they bought"
        if value > 0
        else "has returned nothing",
        "gap_sd_days": f"the time between orders varies by {words.plural(round(value), 'day')}",
        "trend": _trend(value),
        "peak_season": f"buys mostly {'in' if value > 0 else 'outside'} November and December",
    }.get(feature, f"{feature.replace('_', ' ')}: {words.number(value)}")


def _value(customer: Mapping[str, Any], name: str) -> float | None:
    value = customer.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _recency(days: float, gap: float | None) -> str:
    ago = "last order on the cutoff day" if days == 0 else f"last order {words.plural(days, 'day')} ago"
    return f"{ago}, usually every {words.plural(max(1, round(gap)), 'day')}" if gap is not None else ago


def _trend(more: float) -> str:
    if more == 0:
        return "as many orders in the last 90 days as in the 90 before"
    orders = f"{words.count(abs(more))} {'more' if more > 0 else 'fewer'} {'order' if abs(more) == 1 else 'orders'}"
    return f"{orders} in the last 90 days than in the 90 before"


def _in_window(what: str, value: float, days: str, currency: str | None) -> str:
    if what == "spend":
        return f"spent {words.money(value, currency)} in the last {days} days"
    return f"{words.plural(value, 'order') if value else 'no order'} in the last {days} days"

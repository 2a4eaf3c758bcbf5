"""What the features of the models are called where people read them."""

from __future__ import annotations

import re
from typing import Final

FEATURE_WORDS: Final = {
    "recency_days": "Days since last order",
    "frequency": "Orders so far",
    "active_days": "Days with an order",
    "monetary": "Spent so far",
    "mean_order_value": "Mean order value",
    "tenure_days": "Days a customer",
    "mean_gap_days": "Mean days between orders",
    "gap_sd_days": "Spread of days between orders",
    "last_gap_days": "Days before last order",
    "overdue_ratio": "Wait against usual gap",
    "first_order_value": "First order's value",
    "last_order_value": "Last order's value",
    "largest_order_value": "Largest order's value",
    "units": "Units bought",
    "unique_products": "Different products",
    "returns_share": "Share sent back",
    "trend": "More or fewer orders than before",
    "peak_season": "Buys in November and December",
    "btyd_prob": "Chance to buy, MBG/NBD",
    "expected_orders": "Orders due, MBG/NBD",
    "p_alive": "Still a customer, MBG/NBD",
    "expected_order_value": "Order value due, G-G",
    "expected_spend": "Spend due, MBG x G-G",
}
_WINDOWED: Final = {
    "orders": "Orders, last {} days",
    "spend": "Spent, last {} days",
    "decayed_orders": "Orders, fading over {} days",
}


def feature_words(name: str) -> str:
    """A feature in words: "Orders, last 90 days"; a name without words of its own as it is."""
    found = re.fullmatch(r"(orders|spend|decayed_orders)_(\d+)", name)
    if found:
        return _WINDOWED[found[1]].format(found[2])
    return FEATURE_WORDS.get(name, name.replace("_", " "))

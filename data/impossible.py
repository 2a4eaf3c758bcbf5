"""What cannot be of one customer that somebody describes, as a sentence at the value that has to change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from data.fill_in import GAPS
from data.names import COUNTS, DECAY_DAYS, WINDOWS_DAYS

Known = Mapping[str, float]

# Net amounts can be negative, where more was sent back than bought; a trend can go down.
_SIGNED: Final = ("trend", *(f"spend_{days}" for days in WINDOWS_DAYS))
_LARGEST: Final = 1e9
_LONGEST_DAYS: Final = 36_500
# A number worked out by hand is rounded.
_ROUNDING: Final = 0.01
_LEAVE: Final = "leave it empty and it is worked out"


def problems(known: Known) -> dict[str, str]:
    """What cannot be of the values `known`, a sentence for each feature that has to change; empty where all can."""
    found: dict[str, str] = {}
    for name, value in known.items():
        if text := _alone(name, value):
            found[name] = text
    # What is wrong by itself is mended first.
    known = {name: value for name, value in known.items() if name not in found}
    if known.get("frequency") == 1:
        # The first order is the last.
        for name, other in (("recency_days", "tenure_days"), ("tenure_days", "recency_days")):
            if name in known:
                known.setdefault(other, known[name])
    for rule in (_days, _orders_by_window, _worked_out, _order_sizes):
        for name, text in rule(known).items():
            found.setdefault(name, text)
    return found


def _alone(name: str, value: float) -> str:
    """What is wrong with a value whatever the others are; "" where nothing is."""
    checks = (
        (not math.isfinite(value) or abs(value) > _LARGEST, "This number is too large."),
        (
            name in ("frequency", "active_days") and value < 1,
            "Who has not bought cannot be scored: at least 1.",
        ),
        (value < 0 and name not in _SIGNED, "This cannot be negative."),
        (name in COUNTS and value % 1 != 0, "This is a whole number."),
        (
            name in ("recency_days", "tenure_days") and value > _LONGEST_DAYS,
            f"At most {_LONGEST_DAYS:,} days, a hundred years.",
        ),
        (name == "peak_season" and value not in (0, 1), "Write yes or no."),
        (name == "returns_share" and value > 1, "At most 100 %."),
    )
    return next((text for wrong, text in checks if wrong), "")


def _days(known: Known) -> dict[str, str]:
    recency, tenure = known.get("recency_days"), known.get("tenure_days")
    orders, active = known.get("frequency"), known.get("active_days")
    found: dict[str, str] = {}
    if recency is not None and tenure is not None:
        if recency > tenure:
            found["recency_days"] = f"The last order cannot be longer ago than the first, {tenure:,.0f} days."
        elif orders == 1 and recency < tenure:
            found["frequency"] = "With one order the first is the last: both days must be the same."
        elif active is not None and not min(2, tenure - recency + 1) <= active <= tenure - recency + 1:
            found["active_days"] = f"Between the first order and the last lie {tenure - recency:,.0f} days."
    elif tenure is not None and active is not None and active > tenure + 1:
        found["active_days"] = f"That is more than the {tenure:,.0f} days a customer."
    if orders is not None and active is not None and active > orders:
        found["active_days"] = f"There cannot be more days with an order than orders, {orders:,.0f}."
    if 1 in (orders, active):
        for name in GAPS:
            if name in known:
                found[name] = "Who bought on one day only has no days between orders: leave it empty."
    return found


def _orders_by_window(known: Known) -> dict[str, str]:
    found: dict[str, str] = {}
    shorter: tuple[int, float] | None = None
    for days in WINDOWS_DAYS:
        inside = known.get(f"orders_{days}")
        if inside is None:
            continue
        if text := _in_window(known, days, inside) or _after(known, shorter, inside):
            found[f"orders_{days}"] = text
        shorter = (days, inside) if shorter is None else (days, max(inside, shorter[1]))
    orders = known.get("frequency", math.inf)
    for days in DECAY_DAYS:
        if known.get(f"decayed_orders_{days}", 0.0) > orders:
            found[f"decayed_orders_{days}"] = f"At most the {orders:,.0f} orders in all."
    return found


def _in_window(known: Known, days: int, inside: float) -> str:
    """What is wrong with so many orders in the last `days`, given the first order, the last, and all of them."""
    # What is not known compares as neither.
    recency, tenure, orders = (
        known.get(name, math.nan) for name in ("recency_days", "tenure_days", "frequency")
    )
    active = known.get("active_days", math.nan)
    last, first = f"The last order is {recency:,.0f} days ago", f"The first order is {tenure:,.0f} days ago"
    checks = (
        (inside > orders, f"That is more than the {orders:,.0f} orders in all."),
        (inside > 0 and recency >= days, f"{last}, so there is none in the last {days}."),
        (inside == 0 and recency < days, f"{last}, so there is at least one."),
        (inside == 0 and tenure < days, f"{first}, so there is at least one."),
        (
            inside == 1 and recency < tenure < days,
            f"{first} and the last {recency:,.0f}: that makes at least 2.",
        ),
        (tenure < days and inside != orders and orders > 0, f"{first}, so all {orders:,.0f} are in here."),
        (tenure < days and inside < active, f"{first}, so there are at least {active:,.0f}, one a day."),
        (tenure >= days and inside == orders, f"{first}, so not all {orders:,.0f} are in here."),
    )
    return next((text for wrong, text in checks if wrong), "")


def _after(known: Known, shorter: tuple[int, float] | None, inside: float) -> str:
    """What is wrong with so many orders, given those of a shorter window, (days, orders)."""
    if shorter is None:
        return ""
    if inside < shorter[1]:
        return f"There are already {shorter[1]:,.0f} in the last {shorter[0]} days."
    if inside > shorter[1] and known.get("tenure_days", math.inf) < shorter[0]:
        return f"A customer for fewer than {shorter[0]} days has no more than in those."
    return ""


def _worked_out(known: Known) -> dict[str, str]:
    """What is arithmetic of other values that are known, and comes out otherwise."""
    found: dict[str, str] = {}
    for name, value in _arithmetic(known).items():
        if name in known and abs(known[name] - value) > _ROUNDING * max(abs(value), 1.0):
            found[name] = f"The other values make this {value:,.2f}: {_LEAVE}."
    return found


def _arithmetic(known: Known) -> dict[str, float]:
    found: dict[str, float] = {}

    def have(*names: str) -> bool:
        return all(name in known for name in names)

    if have("monetary", "frequency"):
        found["mean_order_value"] = known["monetary"] / known["frequency"]
    if have("recency_days", "tenure_days", "active_days") and known["active_days"] > 1:
        days = known["tenure_days"] - known["recency_days"]
        found["mean_gap_days"] = days / (known["active_days"] - 1)
    if have("recency_days", "mean_gap_days") and known["mean_gap_days"] > 0:
        found["overdue_ratio"] = known["recency_days"] / known["mean_gap_days"]
    if have("orders_90", "orders_180"):
        found["trend"] = 2 * known["orders_90"] - known["orders_180"]
    return found


def _order_sizes(known: Known) -> dict[str, str]:
    largest = known.get("largest_order_value")
    if largest is None:
        return {}
    mean = _arithmetic(known).get("mean_order_value", known.get("mean_order_value", 0.0))
    if largest < mean * (1 - _ROUNDING):
        return {"largest_order_value": f"The mean order is {mean:,.2f}: the largest is not smaller."}
    return {
        name: f"The largest order is {largest:,.2f}."
        for name in ("first_order_value", "last_order_value")
        if known.get(name, largest) > largest
    }

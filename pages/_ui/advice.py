"""What to do about a customer: channel, offer and timing, from colour, value and how late they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from figures import words

# From how many times the mean of all on a customer is worth a call.
VALUABLE: Final = 2.0
# From how many times their own usual gap on a customer is late.
LATE: Final = 1.5
LIKELY, UNDECIDED = 0.5, 0.15


def advice(
    customer: Mapping[str, Any], averages: Mapping[str, float], window: str, currency: str | None
) -> str:
    """One or two sentences on what to do: how to reach them, with what, and when.

    `averages` are the means of the features over all customers; what either lacks is not spoken of.
    """
    return (
        _forecast(customer, averages, currency)
        if window == "next"
        else _outcome(customer, averages, currency)
    )


def _outcome(customer: Mapping[str, Any], averages: Mapping[str, float], currency: str | None) -> str:
    worth, gap = _worth(customer, averages, currency), _number(customer, "mean_gap_days")
    bought = float(customer["actual_spend"]) > 0
    if customer["performance"] == "under":
        return _spent_less(worth, gap, bought=bought)
    if customer["performance"] == "over":
        return _spent_more(worth)
    if bought and gap is not None:
        return (
            "Behaves as expected: keep up the usual contact. A reminder without a discount"
            f" {_days(gap)} after the last order is enough."
        )
    if bought:
        return "Behaves as expected: an e-mail with what goes with the last order is enough; no discount is needed."
    return "Not buying was to be expected: the newsletter is enough, an offer would mostly be wasted."


def _spent_less(worth: str, gap: float | None, *, bought: bool) -> str:
    if bought:
        return (
            f"{'Call or write personally' if worth else 'Write an e-mail'}{worth}: they still buy, but less. Ask what"
            " has changed and show what they used to buy; keep a discount for the second attempt."
        )
    if worth:
        return (
            f"Call or write personally this week{worth}. Give a reason to return, such as early access or free"
            " delivery, before a discount."
        )
    if gap is None:
        return (
            "Send one e-mail this week with what goes with their first purchase and a small welcome-back offer; if it"
            " stays unanswered, leave it at that."
        )
    return (
        "Send an e-mail this week with an offer that ends in 14 days, and one reminder before it ends: the longer"
        " the habit is broken, the less an offer does."
    )


def _spent_more(worth: str) -> str:
    if worth:
        return (
            f"Thank them personally within a week{worth}, and give early access or better service instead of a"
            " discount."
        )
    return "Thank them by e-mail within a week and ask for a review or a referral; no discount is needed."


def _forecast(customer: Mapping[str, Any], averages: Mapping[str, float], currency: str | None) -> str:
    likely, worth = float(customer["pred_prob"]), _worth(customer, averages, currency)
    gap, waited = _number(customer, "mean_gap_days"), _number(customer, "recency_days")
    late = gap is not None and gap > 0 and waited is not None and waited / gap >= LATE
    if likely >= LIKELY:
        return f"Likely to come back without help: keep offers for others. Suggest something new {_due(gap, waited)}."
    if likely >= UNDECIDED:
        if gap is None:
            return (
                "Undecided after one order: send an e-mail with what goes with it now, and a small offer only if that stays"
                " unanswered for two weeks."
            )
        if late and waited is not None:
            times = f"{words.marks(f'{waited / gap:,.1f}')} times their usual {words.plural(max(1, round(gap)), 'day')}"
            how = f"Call or write personally{worth}" if worth else "Send a reminder with a small offer"
            return f"{how} this week: they have waited {times}, and it can tip the balance."
        return (
            f"Undecided: send a reminder without a discount {_due(gap, waited)}, and a small offer only if that stays"
            " unanswered for two weeks."
        )
    if worth:
        return f"Unlikely to return by themselves: one personal call or letter is worth the try{worth}."
    return "Unlikely to return: the newsletter is enough. An offer would cost more than it brings, unless it is nearly free."


def _worth(customer: Mapping[str, Any], averages: Mapping[str, float], currency: str | None) -> str:
    """Why a customer is worth personal effort, or "" where they are not."""
    spent, usual = _number(customer, "monetary"), averages.get("monetary")
    if spent is None or not usual or usual <= 0 or spent < VALUABLE * usual:
        return ""
    return f" (they have spent {words.money(spent, currency)}, {words.marks(f'{spent / usual:,.1f}')} times the average)"


def _days(gap: float) -> str:
    return words.plural(max(1, round(gap)), "day")


def _due(gap: float | None, waited: float | None) -> str:
    """When the next order is due by the customer's own gap."""
    if gap is None or waited is None:
        return "in the next weeks"
    left = round(gap - waited)
    return (
        f"in {words.plural(left, 'day')}, when the next order is due"
        if left > 1
        else "now that the next order is due"
    )


def _number(customer: Mapping[str, Any], name: str) -> float | None:
    value = customer.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

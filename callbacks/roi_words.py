"""The answer of the ROI page in words and numbers: verdict, figures with what they mean, lines and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from callbacks.facts import Facts
from figures import words
from figures.roi_range import share_words
from models.campaign.params import RANKS, CampaignParams
from models.campaign.verdict import verdict_of
from pages._ui import roi_parts as parts
from pages._ui.explorer_parts import text_table
from pages._ui.roi_parts import Stat

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from jobs.campaigns import Chosen
    from models.campaign.depth import Depth
    from models.campaign.sensitivity import Scenario
    from models.roi import Answer

# Beyond this a break-even says nothing that "more than tenfold" would not.
FAR: Final = 10.0


def said(found: Answer, currency: str | None) -> list[Any]:
    """The verdict with the expected net profit and its 80 % range."""
    return parts.verdict(*_verdict(found, currency))


def glance(found: Answer, currency: str | None) -> list[Any]:
    """The same in one short line."""
    return parts.glance(*_verdict(found, currency))


def _verdict(found: Answer, currency: str | None) -> tuple[str, str, str, str, str]:
    word, tone = verdict_of(found.probability_of_profit)
    amounts = (found.financials.net_profit, found.low, found.high)
    net, low, high = (words.money_short(value, currency) for value in amounts)
    return word, tone, net, low, high


def answer_stats(found: Answer, currency: str | None) -> list[Stat]:
    """The numbers of an answer, each with what it means."""
    money, each = words.money_short, found.financials
    low, high = money(found.low, currency), money(found.high, currency)
    roi_range = (
        f"80 %: {words.percent(found.roi_low)} to {words.percent(found.roi_high)}"
        if found.roi_low is not None and found.roi_high is not None
        else ""
    )
    return [
        Stat(
            "net",
            "Net profit",
            money(each.net_profit, currency),
            f"80 %: {low} to {high}",
            "What the extra orders earn, less every discount given, the contacts and what the campaign costs in any case. "
            "Eight outcomes of ten lie in the range.",
        ),
        Stat(
            "roi",
            "ROI",
            words.percent(each.roi) if each.roi is not None else "Nothing spent",
            roi_range,
            "Net profit for each unit of money spent on contacts, fixed cost and discounts together: "
            "100 % doubles the money, less than 0 % loses some of it.",
        ),
        Stat(
            "chance",
            "Probability of profit",
            share_words(found.probability_of_profit),
            f"of {words.count(len(found.draws))} possible outcomes",
            "The share of the simulated outcomes in which the campaign ends above zero.",
        ),
        Stat(
            "even",
            "Break-even uplift",
            *even_words(found),
            "How much likelier customers must buy because of the offer for it to earn what it costs.",
        ),
        Stat(
            "order",
            "Cost per incremental order",
            "No extra orders" if each.cost_per_order is None else words.money(each.cost_per_order, currency),
            f"{orders_words(each.incremental_orders)} more orders",
            "All that is spent on the campaign, discounts included, for each order that would not have come without it.",
        ),
        Stat(
            "orders",
            "Incremental orders",
            orders_words(each.incremental_orders),
            f"{orders_words(each.baseline_orders)} come anyway",
            "Customers who buy with the offer and would not have bought without it.",
        ),
    ]


def orders_words(value: float) -> str:
    """An expected number of orders: small ones with a decimal."""
    return words.count(value) if abs(value) >= 100 or value == round(value) else words.marks(f"{value:,.1f}")


def even_words(found: Answer) -> tuple[str, str]:
    """The uplift at which nothing is lost, and how it stands to the one that is expected."""
    even, params = found.break_even, found.params
    expected = f"expected: {parts.uplift(params.uplift, params.uplift_unit)}"
    if even is None or not math.isfinite(even):
        return "None", "no uplift pays for it"
    if even <= 0:
        return parts.uplift(0.0, params.uplift_unit), "nothing to earn back"
    if even > FAR:
        return "Over tenfold", expected
    return parts.uplift(even, params.uplift_unit), expected


def answer_lines(found: Answer, facts: Facts) -> list[str]:
    """What else is to be known of an answer, a sentence each."""
    params, currency = found.params, facts.currency
    each, lower = found.financials, found.margin_lower
    said_lines = [
        f"With a margin 5 points lower: {words.money_short(lower.net_profit, currency)}"
        + (f", ROI {words.percent(lower.roi)}." if lower.roi is not None else "."),
        f"Spent in all: {words.money_short(each.total_cost, currency)}, of it "
        f"{words.money_short(each.discounts, currency)} discounts"
        + (
            f", {words.money_short(each.discounts_anyway, currency)} of them to customers who would have bought anyway."
            if each.discounts > 0
            else "."
        ),
    ]
    # That it pays for fewer is among the cautions.
    if found.within_budget is not None and found.within_budget >= found.contacted:
        more = found.within_budget - found.contacted
        said_lines.append(
            f"The budget of {words.money_short(params.budget, currency)} covers this"
            + (f" and {words.plural(more, 'more customer', 'more customers')}." if more else ", and no more.")
        )
    return said_lines


def rank_words(params: CampaignParams) -> str:
    """The order of the customers in a few words."""
    if params.rank == "random":
        return "in random order"
    label = RANKS[params.rank]
    return f"by {label if label[:2].isupper() else label[0].lower() + label[1:]}"


REGRET: Final = {
    "chosen": "As chosen",
    "everybody": "Everybody",
    "random": "The best depth, at random",
    "rfm": "The best depth, by RFM score",
    "half": "Half the best depth",
    "double": "Twice the best depth",
}


def depth_table(depth: Depth, found: Answer, currency: str | None) -> Component:
    """What is lost against the best depth by going less far, further, or in another order."""
    lost = list(depth.regret.values())
    columns = (
        ["The best depth", *(REGRET.get(key, key.replace("_", " ").capitalize()) for key in depth.regret)],
        [words.count(depth.best), *(words.count(_customers_of(key, depth, found)) for key in depth.regret)],
        words.column([depth.best_profit - each for each in (0.0, *lost)], currency),
        words.column([None, *lost], currency),
    )
    rows = list(zip(*columns, strict=True))
    return text_table(
        "What other depths lose", ("Contacted", "Customers", "Net profit", "Less than the best"), rows
    )


def _customers_of(key: str, depth: Depth, found: Answer) -> int:
    whole = found.audience
    return {
        "everybody": whole,
        "half": depth.best // 2,
        "double": min(2 * depth.best, whole),
        "chosen": depth.contacted,
    }.get(key, depth.best)


def range_table(rows: Sequence[Scenario], params: CampaignParams, currency: str | None) -> Component:
    """The three scenarios in figures."""
    found = [row.financials for row in rows]
    columns = (
        [row.label for row in rows],
        [parts.uplift(row.uplift, params.uplift_unit) for row in rows],
        words.numbers([each.incremental_orders for each in found]),
        words.column([each.incremental_margin for each in found], currency),
        words.column([each.total_cost for each in found], currency),
        words.column([each.net_profit for each in found], currency),
        [words.MISSING if each.roi is None else words.percent(each.roi) for each in found],
    )
    lines = list(zip(*columns, strict=True))
    heads = ("Scenario", "Uplift", "Extra orders", "They earn", "Spent", "Net profit", "ROI")
    return text_table("Three scenarios", heads, lines)


def label_of(choice: Any) -> str:
    """An audience as a choice; of a saved list it says that it is one."""
    return f"List: {choice.label}" if choice.value.startswith("list:") else str(choice.label)


def audience_help(found: Chosen | None, size: int) -> str:
    """How many customers an audience has."""
    if found is None:
        return "This audience is not there."
    return words.plural(size, "customer") if size else "Nobody at the moment."

"""What `lapwing simulate` and `lapwing readout` say: the answer as plain values, and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.errors import InputError
from figures import words
from models.campaign.sensitivity import scenarios, tornado, uplift_text
from models.campaign.sums import crowd

if TYPE_CHECKING:
    from jobs.campaigns import CampaignBook
    from models.campaign.depth import Depth
    from models.campaign.params import CampaignParams

# Points of the profit curve that are told: enough to draw it.
_POINTS: Final = 60
NOT_UPLIFT: Final = (
    "Propensity is not uplift: who is likely to buy would mostly have bought anyway. Only a holdout tells what the"
    " offer changes."
)
_REGRET: Final = {
    "chosen": "as chosen",
    "everybody": "everybody",
    "half": "half of it",
    "double": "twice it",
    "random": "as many at random",
    "rfm": "as many by RFM score",
}
_WORKED: Final = {"more": "it worked", "less": "it did harm", "unclear": "this could be chance"}


def answer_of(book: CampaignBook, audience: str, params: CampaignParams) -> dict[str, Any]:
    """All that is known of a campaign, as plain JSON values."""
    from data.campaign.audiences import currency_of
    from models.campaign.verdict import verdict_of

    found, chosen = book.answer(audience, params), book.audience(audience)
    contacted = crowd(chosen.customers, found)
    notes = [chosen.note] if chosen.note else []
    try:
        segments = [
            {str(name): None if value != value else value for name, value in row.items()}  # noqa: PLR0124  # NaN
            for row in book.segments(params).to_dict("records")
        ]
    except InputError as error:
        segments = []
        notes.append(str(error))
    return {
        "question": _question(params, found.contacted, chosen.phrase),
        "analysis_id": book.analysis.id,
        "as_of": str(book.analysis.manifest["last_date"]),
        "currency": currency_of(book.store, book.analysis),
        "params": params.to_dict(),
        "audience": {
            "audience": chosen.text,
            "label": chosen.label,
            "words": chosen.words,
            "customers": chosen.size,
            "contacted": found.contacted,
        },
        "verdict": verdict_of(found.probability_of_profit)[0],
        "financials": found.financials.to_dict(),
        "range": {
            "low": found.low,
            "high": found.high,
            "roi_low": found.roi_low,
            "roi_high": found.roi_high,
            "mean": float(found.draws.mean()),
            "probability_of_profit": found.probability_of_profit,
            "draws": len(found.draws),
        },
        "break_even_uplift": found.break_even,
        "margin_lower": found.margin_lower.to_dict(),
        "within_budget": found.within_budget,
        "depth": _depth(book.depth(audience, params)),
        "scenarios": [
            {"scenario": one.key, **one.financials.to_dict()} for one in scenarios(contacted, params)
        ],
        "drivers": [asdict(one) for one in tornado(contacted, params)],
        "by_segment": segments,
        "cautions": [*found.cautions, NOT_UPLIFT],
        "notes": notes,
    }


def _question(params: CampaignParams, contacted: int, phrase: str) -> str:
    who = f"{contacted:,} {phrase if contacted != 1 else phrase.replace('customers', 'customer', 1)}"
    if params.discount > 0:
        return f"If we give {100 * params.discount:.6g} % off to {who}, do we make money?"
    return f"If we contact {who} with nothing off, do we make money?"


def _depth(found: Depth) -> dict[str, Any]:
    places = np.unique(np.linspace(0, len(found.depths) - 1, _POINTS).round().astype(int))
    names = ("depths", "profit", "low", "high", "cost")
    return {
        "best": found.best,
        "best_profit": found.best_profit,
        "best_low": found.best_low,
        "best_high": found.best_high,
        "everybody": found.everybody,
        "regret": found.regret,
        "curve": {name: np.asarray(getattr(found, name))[places].tolist() for name in names},
    }


def answer_lines(told: Mapping[str, Any]) -> list[str]:
    """The answer for people, a line each."""
    money = _money(told["currency"])
    figures, spread, depth = told["financials"], told["range"], told["depth"]
    unit = told["params"]["uplift_unit"]
    even = told["break_even_uplift"]
    roi = "nothing is spent" if figures["roi"] is None else f"ROI {words.percent(figures['roi'])}"
    if spread["roi_low"] is not None and spread["roi_high"] is not None:
        roi += f" ({words.percent(spread['roi_low'])} to {words.percent(spread['roi_high'])})"
    each = figures["cost_per_order"]
    lines = [
        told["question"],
        f"{told['verdict']}: expected net profit {money(figures['net_profit'])}, 80 % range {money(spread['low'])} to"
        f" {money(spread['high'])}; {roi}.",
        f"  Probability of profit: {words.percent(spread['probability_of_profit'], 1)} of {spread['draws']:,} possible outcomes",
        f"  Break-even uplift: {'none is enough' if even is None else uplift_text(even, unit)}"
        f" (expected: {uplift_text(told['params']['uplift'], unit)})",
        f"  Cost per incremental order: {'no extra orders' if each is None else money(each)}"
        f" ({figures['incremental_orders']:,.1f} more orders, {figures['baseline_orders']:,.1f} come anyway)",
        f"  Total cost: {money(figures['total_cost'])}, of it {money(figures['discounts'])} discounts,"
        f" {money(figures['discounts_anyway'])} of them to those who would have bought anyway",
        f"  Margin 5 points lower: {money(told['margin_lower']['net_profit'])}",
        f"  Audience: {told['audience']['label']}, {words.plural(told['audience']['customers'], 'customer')} as of"
        f" {told['as_of']}. {told['audience']['words']}",
        *_depth_lines(depth, money),
        *_budget_lines(told, money),
        "Scenarios:",
        *(
            f"  {one['scenario'].capitalize()} (uplift {uplift_text(one['uplift'], unit)}): {money(one['net_profit'])}"
            for one in told["scenarios"]
        ),
        "What matters most, low to high:",
        *(
            f"  {one['label']} ({one['low_text']} to {one['high_text']}): {money(one['low_profit'])} to {money(one['high_profit'])}"
            for one in told["drivers"]
        ),
    ]
    expected = [row for row in told["by_segment"] if row["scenario"] == "expected"]
    if expected:
        lines.append("By segment, all customers of each contacted:")
        lines += [
            f"  {row['segment']} ({row['customers']:,}): {money(row['net_profit'])}"
            + ("" if row["roi"] is None else f", ROI {words.percent(row['roi'])}")
            for row in expected
        ]
    return [*lines, *(f"Caution: {text}" for text in told["cautions"]), *told["notes"]]


def _depth_lines(depth: Mapping[str, Any], money: Any) -> list[str]:
    if not depth["best"]:
        return ["  Best depth: nobody; the campaign is expected to lose money at any size"]
    lost = ", ".join(
        f"{_REGRET.get(key, key)} {money(value)}" for key, value in depth["regret"].items() if value
    )
    return [
        f"  Best depth: {words.plural(depth['best'], 'customer')} for {money(depth['best_profit'])}"
        f" (80 % of resampled campaigns: {depth['best_low']:,} to {depth['best_high']:,})",
        *([f"  Lost against it: {lost}"] if lost else []),
    ]


def _budget_lines(told: Mapping[str, Any], money: Any) -> list[str]:
    if told["within_budget"] is None:
        return []
    return [f"  The budget of {money(told['params']['budget'])} pays for {told['within_budget']:,} customers"]


def readout_lines(result: Mapping[str, Any]) -> list[str]:
    """The result of a campaign for people, a line each."""
    read, currency = result["read"], result["currency"]
    sign = words.symbol(currency)
    lines = []
    for one in read["comparisons"]:
        bought, spent = one["conversion"], one["spend"]
        lines += [
            f"{one['arm']} ({one['customers']:,} customers) against {read['control']} ({one['control_customers']:,}):"
            f" {_WORKED[spent['verdict']]}",
            f"  Bought: {words.percent(bought['treated'], 2)} against {words.percent(bought['control'], 2)},"
            f" {_between(bought, '', scale=100, unit=' points')}",
            f"  Spend per customer: {sign}{spent['treated']:,.3f} against {sign}{spent['control']:,.3f},"
            f" {_between(spent, sign)}",
        ]
        if spent["cuped"]:
            by = read["cuped"]["covariate"]
            lines.append(f"  Corrected by {by} (CUPED): {_between(spent['cuped'], sign)}")
        lines += [
            f"  Spend capped at its {100 * cut['level']:g} % quantile: {_between(cut, sign)}"
            for cut in spent["winsorised"]
        ]
        lines += [
            f"  Incremental orders: {_between(one['totals']['incremental_orders'], '', places=0)};"
            f" incremental spend: {_between(one['totals']['incremental_spend'], sign, places=0)}",
            *_profit_lines(one["profit"], sign),
        ]
    if len(read["comparisons"]) > 1:
        lines += ["All treated arms together:", *_profit_lines(read["campaign"], sign)]
    costs, money = read["costs"], _money(currency)
    lines.append(
        f"Profit is worked out with a margin of {words.percent(costs['margin'])}, a discount of"
        f" {words.percent(costs['discount'])} (redemption {words.percent(costs['redemption'])}),"
        f" {money(costs['contact_cost'])} a contact and a fixed cost of {money(costs['fixed_cost'])}."
    )
    ratio = read["sample_ratio"]
    as_planned = "as planned" if ratio["planned"] else "equal"
    lines.append(
        f"Sizes of the arms: {'fine' if ratio['ok'] else 'NOT as they should be'}"
        f" (chi-square test of {as_planned} shares, p = {ratio['p']:.2g})"
    )
    cautions: Sequence[str] = read["cautions"]
    return [*lines, *(f"Caution: {text}" for text in cautions), *result["notes"]]


def _profit_lines(profit: Mapping[str, Any], sign: str) -> list[str]:
    roi = profit["roi"]
    back = "" if roi is None else f"; ROI {_between(roi, '', scale=100, places=0, unit=' %')}"
    return [f"  Net profit: {_between(profit['total'], sign, places=0)}{back}"]


def _between(
    effect: Mapping[str, Any], sign: str, *, scale: float = 1.0, places: int = 3, unit: str = ""
) -> str:
    """A difference with its 95 % interval: "+0.770 (95 %: 0.485 to 1.055)"."""

    def said(value: float, mark: str = "") -> str:
        value = round(scale * value, places) + 0.0
        return f"{'-' if value < 0 else mark}{sign}{abs(value):,.{places}f}"

    low, high = effect["low"], effect["high"]
    around = "" if low is None or high is None else f" (95 %: {said(low)} to {said(high)}{unit})"
    return f"{said(effect['difference'], '+')}{unit}{around}"


def _money(currency: str | None) -> Any:
    return lambda value: words.money(value, currency)

"""What stands on the one-page summary of a campaign."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from callbacks.roi_words import answer_stats
from figures import words
from figures.roi_sheet import Figure, Row, Sheet
from figures.roi_summary import summary_svg
from models.campaign.params import POINTS, RANKS, WORDS
from models.campaign.sensitivity import scenarios, tornado, uplift_text
from models.campaign.verdict import verdict_of
from pages._ui import roi_parts as parts

if TYPE_CHECKING:
    from callbacks.roi_exact import Asked
    from models.campaign.depth import Depth

DRIVERS: Final = 3
_SHORT: Final = {"redemption": "Discount used anyway"}
UPLIFT_CAUTION: Final = (
    "Propensity is not uplift: how many more buy because of the offer is an assumption. Only a test with a group left"
    " out can show it."
)


def sheet_of(asked: Asked) -> Sheet:
    """The summary of the question on screen."""
    found, params, currency = asked.answer, asked.params, asked.facts.currency
    word, tone = verdict_of(found.probability_of_profit)
    people = asked.book.contacted(asked.text, params)
    depth = asked.book.depth(asked.text, params)
    money = words.money_short
    return Sheet(
        question=asked.question,
        verdict=word,
        tone=tone,
        answer=(
            f"Expected net profit {money(found.financials.net_profit, currency)}; eight of ten possible outcomes lie"
            f" between {money(found.low, currency)} and {money(found.high, currency)}. With a margin 5 points lower:"
            f" {money(found.margin_lower.net_profit, currency)}."
        ),
        stats=[Figure(each.label, each.value, each.note) for each in answer_stats(found, currency)[:5]],
        curve=summary_svg(depth, found, currency),
        curve_text=_curve_text(depth, currency),
        scenarios=[
            Row(
                each.label,
                (
                    words.prose(uplift_text(each.uplift, params.uplift_unit)),
                    money(each.financials.net_profit, currency),
                    words.percent(each.financials.roi),
                ),
            )
            for each in scenarios(people, params)
        ],
        drivers=[
            Row(
                f"{_SHORT.get(each.key, each.label)}: {words.prose(each.low_text)} or {words.prose(each.high_text)}".replace(
                    " %", "\N{NO-BREAK SPACE}%"
                ),
                (money(each.low_profit, currency), money(each.high_profit, currency)),
            )
            for each in tornado(people, params)[:DRIVERS]
        ],
        assumptions=_assumptions(asked),
        prior=[words.prose(text) for text in parts.PRIOR],
        cautions=[
            *(words.prose(text) for text in (*found.cautions, asked.chosen.note) if text),
            UPLIFT_CAUTION,
        ],
        facts=_facts(asked),
    )


def _curve_text(depth: Depth, currency: str | None) -> str:
    if depth.best < 1:
        return "Net profit by customers contacted, with its 80 % band: contacting nobody is best."
    return (
        f"Net profit by customers contacted, with its 80 % band: best at {words.count(depth.best)}"
        f" ({words.money_short(depth.best_profit, currency)}), somewhere between {words.count(depth.best_low)} and"
        f" {words.count(depth.best_high)} with 80 % probability."
    )


def _assumptions(asked: Asked) -> list[Row]:
    params, currency = asked.params, asked.facts.currency
    unit = "points" if params.uplift_unit == POINTS else "%"
    spread = f"{words.marks(format(100 * params.uplift_range, '.3g'))} {unit}"
    rows = [
        ("Audience", f"{words.count(asked.chosen.size)} customers"),
        (WORDS["contacted"], words.count(params.contacted)),
        (WORDS["rank"], RANKS[params.rank]),
        (WORDS["discount"], parts.share(params.discount)),
        (WORDS["margin"], parts.share(params.margin)),
        (WORDS["uplift"], f"{words.prose(uplift_text(params.uplift, params.uplift_unit))} ± {spread}"),
        (_SHORT["redemption"], parts.share(params.redemption)),
        (WORDS["contact_cost"], words.money(params.contact_cost, currency)),
        (WORDS["fixed_cost"], words.money(params.fixed_cost, currency)),
        (WORDS["budget"], words.money(params.budget, currency) if params.budget else "no limit"),
        (WORDS["horizon_days"], words.plural(params.horizon_days, "day")),
        (WORDS["forecast_error"], words.percentage(words.marks(f"{100 * params.forecast_error:.3g}"))),
    ]
    return [Row(label, (value,)) for label, value in rows]


def _facts(asked: Asked) -> list[Row]:
    made = dt.datetime.now(dt.UTC).astimezone()
    facts, params = asked.facts, asked.params
    told = [
        ("Made", f"{made:%-d %b %Y, %H:%M}"),
        ("Data set", facts.name),
        ("Analysis", facts.analysis_id),
        ("Customers as of", words.day(facts.last_date)),
        ("Audience", f"{asked.chosen.label}. {words.prose(asked.chosen.words)}"),
        ("Outcomes drawn", f"{words.count(params.draws)}, seed {params.seed}"),
    ]
    return [Row(label, (value,)) for label, value in told]

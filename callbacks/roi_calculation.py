"""What stands in the workbook of a campaign's calculation."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from data.campaign.workbook import MONEY, SHARE, TEXT, WHOLE, Calculation, Entry, check_rows
from data.names import CUSTOMER_ID
from figures import words
from models import roi
from models.campaign.params import LIMITS, RANKS, UNITS, WORDS
from pages._ui.roi import HELP
from pages._ui.roi_parts import PRIOR

if TYPE_CHECKING:
    from callbacks.roi_exact import Asked
    from models.roi import Answer

# Parameter -> name of its cell and how it is shown.
_CELLS: Final = {
    "discount": ("Discount", SHARE),
    "margin": ("Margin", SHARE),
    "uplift": ("Uplift", SHARE),
    "redemption": ("Redemption", SHARE),
    "contact_cost": ("Cost_per_contact", MONEY),
    "fixed_cost": ("Fixed_cost", MONEY),
}
_FORMULAS: Final = (
    (
        "Probability with the offer",
        "p' = p x (1 + uplift) where the uplift is relative, p + uplift where it is in points; never below 0 or above 1.",
    ),
    ("Spend if they buy", "v = expected spend of the customer in the horizon / p; 0 where p is 0."),
    ("Extra orders", "p' - p, as an expected number: 0.02 is two orders more of a hundred such customers."),
    ("Extra spend", "(p' - p) x v, at list price."),
    (
        "Discounts",
        "Discount x v x (redemption x the smaller of p and p', for those who would have bought anyway, + p' - p where that"
        " is above 0: who buys because of the offer always uses it).",
    ),
    ("Incremental profit", "Extra spend x margin - discounts - cost per contact, customer by customer."),
    ("Net profit", "The sum of the incremental profits of all contacted - fixed cost."),
    ("Total cost", "Contacts + fixed cost + all discounts."),
    ("ROI", "Net profit / total cost."),
    ("Cost per extra order", "Total cost / extra orders."),
)


def calculation_of(asked: Asked) -> Calculation:
    """The calculation on screen; InputError where too many customers are contacted for one."""
    params, found = asked.params, asked.answer
    check_rows(found.contacted)
    people = asked.book.contacted(asked.text, params)
    own = people.at(params.horizon_days)
    ids = pa.chunked_array(
        [batch.column(batch.schema.get_field_index(CUSTOMER_ID)) for batch in asked.book.rows(asked.text, params)]
    )  # fmt: skip
    made = dt.datetime.now(dt.UTC)
    return Calculation(
        question=asked.question,
        symbol=words.symbol(asked.facts.currency).strip(),
        made=made,
        inputs=_inputs(asked, found),
        results=found.financials.to_dict(),
        simulated=_simulated(found),
        notes=_notes(asked, found, made),
        ids=ids.to_pylist(),
        probability=own.probability,
        value=own.value,
        offered=roi.with_offer(people, params),
        profit=roi.incremental(people, params),
        discount=params.discount,
        redemption=params.redemption,
    )


def _inputs(asked: Asked, found: Answer) -> tuple[Entry, ...]:
    params = asked.params
    people = f"The first so many of the sheet Customers, at most {found.contacted:,}, {_order(asked)}."
    entries = [Entry(WORDS["contacted"], found.contacted, WHOLE, "Contacts", 1, found.contacted, people)]
    for name, (cell, kind) in _CELLS.items():
        limit = LIMITS[name]
        entries.append(
            Entry(WORDS[name], getattr(params, name), kind, cell, limit.low, limit.high, HELP[name])
        )
        if name == "uplift":
            told = "; ".join(f"{key}: {label[0].lower()}{label[1:]}" for key, label in UNITS.items())
            entries.append(
                Entry(WORDS["uplift_unit"], params.uplift_unit, TEXT, "Uplift_unit", note=f"{told}.")
            )
    return tuple(entries)


def _order(asked: Asked) -> str:
    label = RANKS[asked.params.rank]
    return "in random order" if asked.params.rank == "random" else f"best first by: {label}"


def _simulated(found: Answer) -> tuple[Entry, ...]:
    params = found.params
    range_words = (
        f"Eight of ten of {params.draws:,} possible outcomes lie between the two (seed {params.seed})."
    )
    nothing = "nothing spent"
    return (
        Entry("Net profit, low end of the 80 % range", found.low, MONEY, note=range_words),
        Entry("Net profit, high end of the 80 % range", found.high, MONEY),
        Entry("ROI, low end of the 80 % range", nothing if found.roi_low is None else found.roi_low, SHARE),
        Entry("ROI, high end of the 80 % range", nothing if found.roi_high is None else found.roi_high, SHARE),
        Entry(
            "Probability of profit",
            found.probability_of_profit,
            SHARE,
            note="Share of the possible outcomes with a net profit above 0.",
        ),
        Entry(
            "Break-even uplift",
            "no uplift pays for it" if found.break_even is None else found.break_even,
            SHARE,
            note="The uplift at which the net profit is 0: try it in the yellow cell.",
        ),
        Entry(
            "Net profit with a margin 5 points lower",
            found.margin_lower.net_profit,
            MONEY,
            note="Try it in the yellow cell.",
        ),
    )  # fmt: skip


def _notes(asked: Asked, found: Answer, made: dt.datetime) -> tuple[tuple[str, str], ...]:
    params, facts = asked.params, asked.facts
    told: list[tuple[str, Any]] = [
        ("What this is", f"{asked.question} Worked out by Lapwing, customer by customer."),
        ("Made", f"{made.astimezone():%-d %b %Y, %H:%M}"),
        ("Data set and analysis", f"{facts.name}, analysis {facts.analysis_id}"),
        ("Customers as of", words.day(facts.last_date)),
        ("Horizon", f"Purchases within {params.horizon_days} days of the contact"),
        ("Audience", f"{asked.chosen.label}: {asked.chosen.words}"),
        ("Contacted", f"{found.contacted:,} of {found.audience:,}, {_order(asked)}. The order here stays as it was exported."),
        ("Address of this question", asked.address),
        *_FORMULAS,
        (
            "80 % range and probability",
            f"Fixed numbers, from {params.draws:,} simulated outcomes: the uplift drawn from its range (+-"
            f" {100 * params.uplift_range:.10g} {'points' if params.uplift_unit == 'points' else 'percent'}, 80 %),"
            f" the level of spend from the forecast's error ({100 * params.forecast_error:.3g} %), each customer's"
            " purchase and amount from the analysis. A formula cannot do this: ask the page again for other inputs.",
        ),
        *(("Where the uplift comes from", text) for text in PRIOR),
        *(("Caution", text) for text in found.cautions),
        (
            "Caution",
            "Propensity is not uplift: who is likely to buy is known from their history, how many more buy because of"
            " the offer is an assumption here. Only a test with a group left out can show it.",
        ),
    ]  # fmt: skip
    if asked.chosen.note:
        told.append(("Caution", asked.chosen.note))
    return tuple(told)

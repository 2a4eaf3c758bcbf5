"""What must be said beside the answer of a campaign, a sentence each."""

from __future__ import annotations

import math
from typing import Final

from models.campaign.customers import Floats
from models.campaign.params import CampaignParams

# Of the range: from here on the mean of the outcomes is another answer than the profit at the expected uplift,
# where it lies further off than luck has it, in standard errors.
_APART: Final = 0.05
_LUCK: Final = 4.0


def of_question(params: CampaignParams, audience: int, size: int, affordable: int | None) -> tuple[str, ...]:
    """What is odd about asking this of an audience of so many, of whom `size` are contacted.

    `affordable` is how many the budget pays for, None without one.
    """
    found = [params.caution]
    if params.contacted > audience:
        people = "is one customer" if audience == 1 else f"are {audience:,} customers"
        found.append(f"There {people} in this audience: nobody else can be contacted.")
    if affordable is not None and affordable < size:
        found.append(f"The budget pays for {affordable:,} of the {size:,} customers.")
    return tuple(sentence for sentence in found if sentence)


def of_outcomes(draws: Floats, expected: float, width: float) -> tuple[str, ...]:
    """That the net profit of `draws`, shape (draws,), is not on average what it is at the expected uplift.

    Probabilities end at 0 and 1, so profit is no straight line in the uplift. `width` is that of the 80 % range.
    """
    mean = float(draws.mean())
    error = float(draws.std()) / math.sqrt(len(draws))
    if abs(mean - expected) <= max(_APART * width, _LUCK * error):
        return ()
    if mean < expected:
        why = (
            "a high uplift adds less than a low one takes away, since nobody can be surer to buy than certain"
        )
    else:
        why = "a low uplift takes away less than a high one adds, since nobody can be less likely to buy than never"
    return (
        f"Averaged over the possible outcomes the net profit is {_amount(mean)}, not the {_amount(expected)} of the expected"
        f" uplift: {why}.",
    )


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"

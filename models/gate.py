"""What a file can answer and what not, each with the reason; and whether it can answer at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from data.errors import InputError
from data.names import ACTUAL_FLAG, ACTUAL_SPEND, CUSTOMER_ID, FEATURES
from models.backtest import Origin
from models.btyd import Btyd

MIN_CUSTOMERS: Final = 50
MIN_OUTCOMES: Final = 10
# A season is told from a trend by seeing it twice, give or take a few days at either end.
SEASON_DAYS: Final = 2 * 365 - 10


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def shortage(origin: Origin, horizon_days: int, task: str = "An analysis") -> str | None:
    """What is missing to learn from these customers and their outcomes, or None when there is enough."""
    frame, cutoff = origin.frame, f"{origin.cutoff.day} {origin.cutoff:%b %Y}"
    found = _count(len(frame), "customer", "customers")
    if len(frame) < MIN_CUSTOMERS:
        return (
            f"{task} needs at least {MIN_CUSTOMERS} customers who bought up to the cutoff, {cutoff}; "
            f"there {'is' if len(frame) == 1 else 'are'} {found}. "
            "Add older transactions, or choose a later cutoff or a shorter horizon."
        )
    window = f"the {horizon_days} days after {cutoff}"
    buyers = int((frame[ACTUAL_FLAG] > 0).sum())
    if buyers < MIN_OUTCOMES:
        return (
            f"{task} needs at least {MIN_OUTCOMES} customers who bought again in {window}; "
            f"{buyers} of {found} did. Choose a longer horizon."
        )
    if len(frame) - buyers < MIN_OUTCOMES:
        return (
            f"{task} needs at least {MIN_OUTCOMES} customers who did not buy in {window}; "
            f"{len(frame) - buyers} of {found} did not. Choose a shorter horizon."
        )
    return None


def check(past: Origin, score: pd.DataFrame, horizon_days: int) -> None:
    """Raise `InputError` where a column is missing or there is too little to learn from."""
    for frame, needed in (
        (past.frame, (CUSTOMER_ID, *FEATURES, ACTUAL_FLAG, ACTUAL_SPEND)),
        (score, (CUSTOMER_ID, *FEATURES)),
    ):
        absent = [name for name in needed if name not in frame.columns]
        if absent:
            raise InputError(f"The features of the customers lack {', '.join(absent)}.")
    missing = shortage(past, horizon_days)
    if missing:
        raise InputError(missing)


def usable_origins(origins: Sequence[Origin], horizon_days: int) -> tuple[list[Origin], str | None]:
    """The cutoffs with enough to learn from, newest first, and why there are not two of them, if so.

    A backtest learns at one cutoff and is judged at the next, so it needs two; the first of `origins` is
    that of the past window, which has been checked before.
    """
    usable = [origins[0]]
    for one in origins[1:]:
        lacking = shortage(one, horizon_days, "A backtest")
        if lacking:
            return usable, lacking if len(usable) == 1 else None
        usable.append(one)
    return usable, None if len(usable) > 1 else "The data does not reach back another horizon."


def answers(
    past: pd.DataFrame, horizon_days: int, purchases: Btyd, no_backtest: str | None
) -> list[dict[str, Any]]:
    """What this file can answer: rows of `question`, `can` and `because`, a sentence.

    `past` has features and outcomes of the past window, `purchases` the model whose `p_alive` is shown,
    `no_backtest` why there is none.
    """
    customers, buyers = len(past), int((past[ACTUAL_FLAG] > 0).sum())
    repeated = int((past["active_days"] > 1).sum())
    days = int(past["tenure_days"].max()) + 1 + horizon_days
    doubt = purchases.doubt()
    has_products = bool((past["unique_products"] > 0).any())
    has_returns = bool((past["returns_share"] > 0).any())
    found = (
        (
            f"Who buys in the next {horizon_days} days, and how much?",
            True,
            f"{_count(customers, 'customer has', 'customers have')} a history, and {buyers:,} of them bought in the "
            f"{horizon_days} days after the cutoff: enough to learn from and to check against.",
        ),
        (
            "How far off were such predictions before?",
            no_backtest is None,
            no_backtest or "The history reaches back far enough to repeat the prediction at an earlier date.",
        ),
        (
            "Who is still a customer?",
            doubt is None,
            doubt
            or f"{_count(repeated, 'customer', 'customers')} came back at least once, and the gaps between "
            "their orders tell who has gone silent.",
        ),
        (
            "What is a customer worth over 12 months?",
            repeated >= MIN_CUSTOMERS,
            f"{_count(repeated, 'customer', 'customers')} came back at least once"
            + (
                f"; the {horizon_days} predicted days are carried on by how their orders thin out. No year after the "
                "cutoff is there to check it against."
                if repeated >= MIN_CUSTOMERS
                else f", fewer than the {MIN_CUSTOMERS} it takes to see how orders thin out."
            ),
        ),
        (
            "Is it the season or the customer?",
            days >= SEASON_DAYS,
            f"History and window span {days:,} days"
            + (
                ", so every season was seen at least twice."
                if days >= SEASON_DAYS
                else ": with less than two years a season cannot be told from a trend."
            ),
        ),
        (
            "Does what they bought matter?",
            has_products,
            "The file names products; how many different ones a customer bought is used."
            if has_products
            else "No order up to the cutoff names a product.",
        ),
        (
            "Do returns matter?",
            has_returns,
            "The file has returns; what was sent back is subtracted, and its share is used."
            if has_returns
            else "There is no return up to the cutoff.",
        ),
        (
            "Would an offer change what they do?",
            False,
            "Nobody was left out at random, so what an offer adds cannot be seen in past orders: it takes a test "
            "with a holdout.",
        ),
    )
    return [{"question": question, "can": can, "because": because} for question, can, because in found]

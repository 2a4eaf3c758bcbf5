"""Whether there is enough to learn from, said in one sentence where there is not."""

from __future__ import annotations

from typing import Final

import pandas as pd

from data.errors import InputError
from data.names import ACTUAL_FLAG, ACTUAL_SPEND, CUSTOMER_ID, FEATURES

MIN_CUSTOMERS: Final = 50
MIN_OUTCOMES: Final = 10


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def shortage(frame: pd.DataFrame, horizon_days: int, *, backtest: bool = False) -> str | None:
    """What is missing to learn from this frame of features and outcomes, or None when there is enough.

    With `backtest` the frame is that of the window before the last one, and the words say so.
    """
    task, before = ("A backtest", 2 * horizon_days) if backtest else ("An analysis", horizon_days)
    window = f"the last {horizon_days} days of the data"
    if backtest:
        window = f"the {horizon_days} days before {window}"
    found = _count(len(frame), "customer", "customers")
    if len(frame) < MIN_CUSTOMERS:
        return (
            f"{task} needs at least {MIN_CUSTOMERS} customers who bought before the last {before} "
            f"days of the data; there {'is' if len(frame) == 1 else 'are'} {found}. "
            "Add older transactions, or choose a shorter horizon."
        )
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


def check(past: pd.DataFrame, score: pd.DataFrame, horizon_days: int) -> None:
    """Raise `InputError` where a column is missing or there is too little to learn from."""
    for frame, needed in (
        (past, (CUSTOMER_ID, *FEATURES, ACTUAL_FLAG, ACTUAL_SPEND)),
        (score, (CUSTOMER_ID, *FEATURES)),
    ):
        absent = [name for name in needed if name not in frame.columns]
        if absent:
            raise InputError(f"The features of the customers lack {', '.join(absent)}.")
    missing = shortage(past, horizon_days)
    if missing:
        raise InputError(missing)

"""What a measured difference is in words, from the plain values of `jobs.readouts`; names of arms are text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dash import html

from figures import words

Found = Mapping[str, Any]
_WORKED: Final = {
    "more": "it worked.",
    "less": "it did harm.",
    "unclear": "whether it changed anything cannot be told from this.",
}
_PAID: Final = {
    "more": "It made money",
    "less": "It lost money",
    "unclear": "Whether it made money cannot be told from this",
}


def money(value: float | None, currency: str | None) -> str:
    """An amount with cents where it is small."""
    if value is None:
        return words.MISSING
    if abs(value) >= 100:
        return words.money(float(round(value)), currency)
    return words.amount(value, 2, currency)


def between(effect: Found | None, currency: str | None) -> str:
    """A difference in money with its 95 % interval: "$0.77 (0.49 to 1.06)"."""
    if effect is None:
        return words.MISSING
    if effect["low"] is None or effect["high"] is None:
        return f"{money(effect['difference'], currency)} (no interval: nothing varies)"
    return (
        f"{money(effect['difference'], currency)} ({money(effect['low'], '')} to {money(effect['high'], '')})"
    )


def ranged(effect: Found | None, told: Callable[[float], str]) -> str:
    """A figure with its 95 % interval, each as `told` writes it."""
    if effect is None:
        return words.MISSING
    if effect["low"] is None or effect["high"] is None:
        return told(effect["difference"])
    return f"{told(effect['difference'])} ({told(effect['low'])} to {told(effect['high'])})"


def points(effect: Found | None) -> str:
    """A difference of shares in percentage points with its 95 % interval: "+0.68 points (+0.50 to +0.86)"."""
    if effect is None:
        return words.MISSING
    told = f"{words.marks(format(100 * effect['difference'], '+.2f'))} points"
    if effect["low"] is None or effect["high"] is None:
        return told
    low, high = (words.marks(f"{100 * effect[end]:+.2f}") for end in ("low", "high"))
    return f"{told} ({low} to {high})"


def sentence(compared: Found, control: str, currency: str | None, *, many: bool) -> list[Any]:
    """What one arm did, first of all: "Mens E-Mail brought $0.77 more per customer (95 %: 0.49 to 1.06): it worked."."""
    spend = compared["spend"]
    difference = float(spend["difference"])
    what = "more" if difference >= 0 else "less"
    low, high = spend["low"], spend["high"]
    sign = 1.0 if difference >= 0 else -1.0
    ends = sorted((sign * low, sign * high)) if low is not None and high is not None else None
    interval = f" (95 %: {money(ends[0], '')} to {money(ends[1], '')})" if ends else ""
    against = f" than {control}" if many else f" than the {control} arm"
    return [
        html.B(compared["arm"]),
        " brought ",
        html.B(f"{money(abs(difference), currency)} {what} per customer"),
        f"{against}{interval}: ",
        html.B(_WORKED[spend["verdict"]]),
    ]


def profit_sentence(profit: Found, currency: str | None) -> str:
    """What the campaign earned, with its interval and its return."""
    back = f" ROI {ranged(profit['roi'], words.percent)}." if profit["roi"] is not None else ""
    return f"{_PAID[profit['verdict']]}: net profit {between(profit['total'], currency)}.{back}"

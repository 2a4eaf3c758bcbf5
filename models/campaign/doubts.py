"""What must be known before the result of a test is believed, one sentence for each doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.campaign.trial import Trial, cut

# Below this many buyers in an arm the usual intervals of spend are rough.
FEW_BUYERS: Final = 30
# From this share of an arm's spend on one customer decides it.
LARGE_SHARE: Final = 0.2
# Standard errors by which arms that were drawn at random hardly ever differ at the start (p < 0.001).
UNEQUAL: Final = 3.291
MANY_COMPARISONS: Final = 3


def doubts(test: Trial, ratio: Mapping[str, Any], comparisons: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentences, gravest first; none where nothing is wrong."""
    return [
        *_ratio(ratio),
        *_unequal(test),
        *_buyers(test),
        *_large(test),
        *_sensitive(comparisons),
        *_many(comparisons),
    ]


def _ratio(ratio: Mapping[str, Any]) -> list[str]:
    if ratio["ok"]:
        return []
    arms = ", ".join(
        f"{count:,} in {cut(name)} ({ratio['expected'][name]:,.0f} expected)"
        for name, count in ratio["counts"].items()
    )
    told = f"p = {ratio['p']:.2g}" if ratio["p"] >= 1e-12 else "p below 0.000000000001"
    what = "the planned shares" if ratio["planned"] else "equal shares"
    advice = "Find out who is missing before you believe anything else here."
    if not ratio["planned"]:
        advice = f"Say which shares were planned, where these were not equal; otherwise {advice[0].lower()}{advice[1:]}"
    return [f"The arms do not have the sizes that {what} would give: {arms}; {told}. {advice}"]


def _unequal(test: Trial) -> list[str]:
    if test.covariate is None:
        return []
    found = []
    theirs = test.covariate[test.codes == 0]
    for place, name in enumerate(test.names[1:], start=1):
        mine = test.covariate[test.codes == place]
        error = float(np.sqrt(mine.var(ddof=1) / len(mine) + theirs.var(ddof=1) / len(theirs)))
        difference = float(mine.mean() - theirs.mean())
        if abs(difference) > UNEQUAL * error:
            found.append(
                f"{cut(name)} and {cut(test.names[0])} were unequal before the campaign: {mine.mean():,.4g} against"
                f" {theirs.mean():,.4g} of what is corrected with, more than chance gives. Go by the figures with CUPED,"
                " and ask how the arms were drawn."
            )
    return found


def _buyers(test: Trial) -> list[str]:
    bought = np.bincount(test.codes, weights=test.converted, minlength=len(test.names))
    if bought.sum() == 0:
        return ["Nobody bought in any arm: there is nothing to compare yet."]
    few = [(name, int(count)) for name, count in zip(test.names, bought, strict=True) if count < FEW_BUYERS]
    if not few:
        return []
    told = ", ".join(f"{count:,} in {cut(name)}" for name, count in few)
    return [f"Few buyers ({told}): the intervals of spend and profit are rough. Prefer the conversion."]


def _large(test: Trial) -> list[str]:
    found = []
    for place, name in enumerate(test.names):
        spend = test.spend[test.codes == place]
        total, largest = float(np.abs(spend).sum()), float(np.abs(spend).max())
        if total > 0.0 and largest >= LARGE_SHARE * total and np.count_nonzero(spend) > 1:
            found.append(
                f"One customer makes up {largest / total:.0%} of the spend in {cut(name)}: look at the winsorised figures."
            )
    return found


def _sensitive(comparisons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where a few large amounts decide whether there is an effect."""
    found = []
    for one in comparisons:
        signs = {_sign(one["spend"]), *(_sign(level) for level in one["spend"]["winsorised"])}
        if len(signs) > 1:
            found.append(
                f"Whether {cut(one['arm'])} changed spend depends on a few large amounts: with them cut the answer is"
                " another."
            )
    return found


def _sign(effect: Mapping[str, Any]) -> int:
    low, high = effect["low"], effect["high"]
    return 0 if low is None or low <= 0.0 <= high else 1 if low > 0.0 else -1


def _many(comparisons: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(comparisons) < MANY_COMPARISONS:
        return []
    return [
        f"{len(comparisons)} arms are compared: with so many, chance alone puts one outside its 95 % interval in"
        f" {1 - 0.95 ** len(comparisons):.0%} of tests. Decide on one that stands out only after a second test."
    ]

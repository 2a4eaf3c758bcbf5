"""What the simulator's charts say, in sentences with numbers; plain text for pages and summaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from figures import words
from figures.roi_axes import profit_at
from figures.roi_base import uplift_text
from figures.roi_range import share_words
from figures.roi_tornado import assumed

if TYPE_CHECKING:
    from models.campaign.depth import Depth
    from models.campaign.sensitivity import Driver
    from models.roi import Answer

# A loss of less than this share of the best profit is no difference.
SAME: Final = 0.01


def curve_note(depth: Depth, answer: Answer, currency: str | None = None) -> tuple[str, ...]:
    """What the profit curve says: the best depth, and what going too deep, too shallow or otherwise loses."""
    everybody = int(depth.depths[-1])
    if depth.best == 0:
        return (
            "Contact nobody: at no depth is this campaign expected to earn what it costs.",
            f"{words.plural(answer.contacted, 'customer')}: {_money(profit_at(depth, answer.contacted), currency)}; "
            f"all {words.count(everybody)}: {_money(depth.everybody, currency)}.",
        )
    sentences = [
        f"Best depth: {words.plural(depth.best, 'customer')} of {words.count(everybody)}, for an expected net "
        f"profit of {_money(depth.best_profit, currency)}{_between(depth)}."
    ]
    lost = depth.best_profit - profit_at(depth, answer.contacted)
    if answer.contacted == depth.best:
        sentences.append("That is the number chosen.")
    elif lost < SAME * depth.best_profit:
        sentences.append(
            f"The {words.count(answer.contacted)} chosen are expected to earn practically as much."
        )
    else:
        way = "too shallow" if answer.contacted < depth.best else "too deep"
        sentences.append(
            f"The {words.count(answer.contacted)} chosen are {way}: {_money(lost, currency)} less than the best."
        )
    sentences += _regrets(depth, currency)
    return tuple(sentences)


def _between(depth: Depth) -> str:
    if depth.best_high <= depth.best_low:
        return ""
    if depth.best_low == 0 and depth.best_high == int(depth.depths[-1]):
        return "; the uplift is so uncertain that anything from nobody to everybody may turn out best"
    low, high = words.count(depth.best_low), words.count(depth.best_high)
    return f"; with 80 % probability the best lies between {low} and {high}"


def _regrets(depth: Depth, currency: str | None) -> list[str]:
    """What is lost against the best depth by other choices, in sentences."""
    regret, found = depth.regret, []
    # Twice the best depth may be everybody, whose loss is told below.
    depths = [("half", "half that depth")]
    depths += [("double", "twice that depth")] if 2 * depth.best < int(depth.depths[-1]) else []
    told = [f"{name} costs {_money(regret[key], currency)} of it" for key, name in depths if key in regret]
    if told:
        sentence = _listed(told, "and")
        found.append(f"{sentence[:1].upper()}{sentence[1:]}.")
    others = [
        f"{name} earns {_money(regret[key], currency)} less"
        for key, name in (
            ("everybody", "contacting everybody"),
            ("rfm", "the same number by RFM score"),
            ("random", "the same number at random"),
        )
        if key in regret
    ]
    if others:
        found.append(f"Compared with the best, {_listed(others, 'and')}.")
    return found


def range_note(answer: Answer, currency: str | None = None) -> tuple[str, ...]:
    """How sure the answer is: its 80 % range, the probability of profit, and a margin five points lower."""
    sentences = [
        f"8 of 10 outcomes lie between {_money(answer.low, currency)} and {_money(answer.high, currency)}; "
        f"{share_words(answer.probability_of_profit)} of {words.count(len(answer.draws))} draws make money."
    ]
    unit = answer.params.uplift_unit
    if answer.break_even is None:
        sentences.append("No uplift makes this campaign pay.")
    else:
        sentences.append(
            f"It breaks even at an uplift of {uplift_text(round(answer.break_even, 3), unit)}; "
            f"{uplift_text(answer.params.uplift, unit)} is expected."
        )
    lower = answer.margin_lower.net_profit
    sentences.append(
        f"With a margin 5 points lower net profit is {_money(lower, currency)} instead of "
        f"{_money(answer.financials.net_profit, currency)}."
    )
    return tuple(sentences)


def drivers_note(drivers: Sequence[Driver], expected: float, currency: str | None = None) -> tuple[str, ...]:
    """What matters most, and which assumptions alone turn profit into loss or the other way round."""
    if not drivers:
        return ()
    first = drivers[0]
    low, high = [assumed(first, text, currency) for text in (first.low_text, first.high_text)]
    sentences = [
        f"What matters most is the {_named(first)}: at {low} net profit is {_money(first.low_profit, currency)}, "
        f"at {high} it is {_money(first.high_profit, currency)}."
    ]
    turning = [_named(one) for one in drivers if min(one.low_profit, one.high_profit) < 0 < max(one.low_profit, one.high_profit)]  # fmt: skip
    turned = "the profit into a loss" if expected >= 0 else "the loss into a profit"
    if turning:
        sentences.append(f"Alone enough to turn {turned}: {_listed(turning, 'or')}.")
    else:
        sentences.append(f"None of these alone turns {turned}.")
    return tuple(sentences)


def _listed(parts: Sequence[str], link: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {link} {parts[-1]}"


def _named(one: Driver) -> str:
    return one.label[:1].lower() + one.label[1:]


def _money(value: float, currency: str | None) -> str:
    return words.money_short(value, currency)

"""Words that have an order: satisfaction, quality, amounts, tiers of membership, how often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Lowest first; words of one level stand together.
SCALES: Final[tuple[tuple[tuple[str, ...], ...], ...]] = (
    (
        ("very unsatisfied", "very dissatisfied", "extremely dissatisfied"),
        ("unsatisfied", "dissatisfied"),
        ("neutral", "neither satisfied nor dissatisfied", "neither"),
        ("satisfied",),
        ("very satisfied", "extremely satisfied"),
    ),
    (
        ("very poor", "terrible"),
        ("poor", "bad"),
        ("fair", "average", "ok", "okay"),
        ("good",),
        ("very good", "great"),
        ("excellent",),
    ),
    (("very low",), ("low",), ("medium", "moderate", "mid", "middle", "normal"), ("high",), ("very high",)),
    (("basic", "bronze"), ("silver",), ("gold",), ("platinum",), ("diamond",)),
    (("never",), ("rarely", "seldom"), ("sometimes", "occasionally"), ("often", "frequently"), ("always",)),
    (("small",), ("medium",), ("large",)),
    (("strongly disagree",), ("disagree",), ("neutral",), ("agree",), ("strongly agree",)),
)


def _plain(word: str) -> str:
    return " ".join(word.replace("_", " ").replace("-", " ").lower().split())


def levels_of(words: Iterable[str]) -> dict[str, int] | None:
    """Word as written -> its place on the scale that knows every one of them; None where none does.

    One word alone, or several of one level, have no order.
    """
    written = list(dict.fromkeys(words))
    for scale in SCALES:
        place = {word: level for level, alike in enumerate(scale) for word in alike}
        if all(_plain(word) in place for word in written):
            found = {word: place[_plain(word)] for word in written}
            return found if len(set(found.values())) > 1 else None
    return None

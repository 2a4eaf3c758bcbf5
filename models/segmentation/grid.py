"""The customary named grid: eleven segments by the scores of recency, frequency and money."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.segmentation.params import RFM
from models.segmentation.rfm import BEST, FREQUENCY, MONETARY, UNKNOWN, WORST

Codes = NDArray[np.int16]


@dataclass(frozen=True)
class Rule:
    """One segment of the grid: its key, its name and its definition in words."""

    key: str
    name: str
    definition: str


# Best to worst; the code of a segment is its place here.
SEGMENTS: Final[tuple[Rule, ...]] = (
    Rule("champions", "Champions", "Bought most recently (R 5), often and for much (FM 4-5)."),
    Rule("loyal", "Loyal", "Buy often and for much (FM 4-5), and not long ago (R 3-4)."),
    Rule(
        "potential_loyalists", "Potential loyalists", "Bought recently (R 4-5), more than the least (FM 2-3)."
    ),
    Rule("new", "New", "Bought most recently (R 5), with the fewest orders (F 1)."),
    Rule("promising", "Promising", "Bought recently (R 4), with the fewest orders (F 1)."),
    Rule("need_attention", "Need attention", "In the middle on everything (R 3, FM 3)."),
    Rule("about_to_sleep", "About to sleep", "Bought a while ago (R 3), little so far (FM 1-2)."),
    Rule("at_risk", "At risk", "Used to buy well (FM 3-4), but have not bought for a long time (R 1-2)."),
    Rule(
        "cant_lose",
        "Can't lose them",
        "Among the best buyers (FM 5), but have not bought for a long time (R 1-2).",
    ),
    Rule("hibernating", "Hibernating", "Bought little (FM 1-2), and a long time ago (R 2)."),
    Rule("lost", "Lost", "Bought little (FM 1-2), and longest ago (R 1)."),
)
_WITHOUT: Final = {
    FREQUENCY: (
        ("often and for much", "for much"),
        ("with the fewest orders (F 1)", "spent least (M 1)"),
        ("FM", "M"),
    ),
    MONETARY: (("often and for much", "often"), ("FM", "F")),
}
CODES: Final = {rule.key: code for code, rule in enumerate(SEGMENTS)}


def definitions(known: Collection[str] = RFM, days: Sequence[float] | None = None) -> list[str]:
    """The definitions of `SEGMENTS`; where one of frequency and money is unknown, in words of the other.

    With the four cut points of recency, `days`, they also say how many days ago that is.
    """
    texts = [rule.definition for rule in SEGMENTS]
    for name, words in _WITHOUT.items():
        if name not in known:
            for old, new in words:
                texts = [text.replace(old, new) for text in texts]
    if days is None:
        return texts
    return [
        re.sub(r"R (\d)(?:-(\d))?", lambda found: f"{found[0]}: {_ago(found, days)}", text) for text in texts
    ]


def _ago(scores: re.Match[str], days: Sequence[float]) -> str:
    """How long ago customers with these scores of recency bought."""
    low, high = int(scores[1]), int(scores[2] or scores[1])
    more = f"over {days[BEST - 1 - high]:,.6g}" if high < BEST else ""
    most = f"up to {days[BEST - low]:,.6g}" if low > WORST else ""
    return f"{', '.join(filter(None, (more, most)))} days ago"


def value_score(f: ArrayLike, m: ArrayLike) -> NDArray[np.int8]:
    """FM, 1 to 5: the mean of both scores rounded half up; where one is unknown (0), the other."""
    frequency, money = np.asarray(f, dtype=np.int8), np.asarray(m, dtype=np.int8)
    frequency, money = _filled(frequency, money), _filled(money, frequency)
    return ((frequency + money + 1) // 2).astype(np.int8)


def segment_of(r: ArrayLike, f: ArrayLike, m: ArrayLike) -> Codes:
    """Codes of `SEGMENTS`, shape (n,), by scores 1 to 5; of f and m one may be unknown (0).

    Every combination has exactly one segment: the first rule, in the order written here, that holds.
    """
    recency, money = np.asarray(r, dtype=np.int8), np.asarray(m, dtype=np.int8)
    fewest = _filled(np.asarray(f, dtype=np.int8), money) == 1
    value = value_score(f, m)
    rules = {
        "new": fewest & (recency == 5),
        "promising": fewest & (recency == 4),
        "champions": (recency == 5) & (value >= 4),
        "loyal": (recency >= 3) & (value >= 4),
        "potential_loyalists": (recency >= 4) & (value >= 2),
        "need_attention": (recency == 3) & (value == 3),
        "about_to_sleep": recency == 3,
        "cant_lose": (recency <= 2) & (value == 5),
        "at_risk": (recency <= 2) & (value >= 3),
        "hibernating": recency == 2,
        "lost": recency == 1,
    }
    codes = np.select(list(rules.values()), [CODES[key] for key in rules], default=-1)
    return codes.astype(np.int16)


def _filled(scores: NDArray[np.int8], other: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.where(scores == UNKNOWN, other, scores)

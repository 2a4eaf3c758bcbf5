"""Names of segments that a clustering found: the nearest of a few archetypes, the same at every refresh."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.segmentation.rfm import FREQUENCY, MONETARY, RECENCY

Floats = NDArray[np.float64]
Named = tuple[str, str]

SATISFACTION: Final = "satisfaction"
OUTLIERS: Final[Named] = ("outliers", "Outliers")
UNASSIGNED: Final[Named] = ("no_cluster", "Without a cluster")
# A segment with nearly all customers is like nobody in particular.
MOST: Final[Named] = ("most_customers", "Most customers")
MOST_SHARE: Final = 0.95
# How much farther than its nearest archetype, in standard deviations, a segment's own may be.
LENIENCY: Final = 1.5
_VALUE: Final = "value"


@dataclass(frozen=True)
class Archetype:
    """A kind of customers: its key, its name and where it lies in standard deviations from the average."""

    key: str
    name: str
    at: Mapping[str, float]


def _kind(name: str, **at: float) -> Archetype:
    return Archetype(slug(name), name, at)


def slug(text: str) -> str:
    """A key of a name: "Can't Lose Them" is cant_lose_them; a text without letters or digits is segment."""
    plain = re.sub(r"['\u2019`]", "", text.casefold())
    return re.sub(r"[^\w]+", "_", plain).strip("_")[:60] or "segment"


# By recency and value, the mean of frequency and money.
BY_RFM: Final = (
    _kind("Champions", recency=-1.3, value=1.6),
    _kind("Loyal", recency=-0.5, value=0.8),
    _kind("At risk", recency=0.3, value=0.3),
    _kind("New or promising", recency=-1.2, value=-0.3),
    _kind("Lapsed low value", recency=0.7, value=-0.8),
)
# Where the table says how content its customers are.
BY_SATISFACTION: Final = (
    _kind("High spenders", recency=-0.7, value=1.2, satisfaction=1.1),
    _kind("Loyal", recency=-0.6, value=0.2, satisfaction=0.2),
    _kind("Occasional", recency=0.3, value=-1.2, satisfaction=-0.3),
    _kind("Dissatisfied", recency=1.0, value=-0.4, satisfaction=-1.2),
)
# Where only one of recency and value is known.
BY_VALUE: Final = (
    _kind("High spenders", value=1.3),
    _kind("Regular", value=0.1),
    _kind("Occasional", value=-1.2),
)
BY_RECENCY: Final = (
    _kind("Recent", recency=-1.2),
    _kind("Fading", recency=0.1),
    _kind("Lapsed", recency=1.1),
)
ARCHETYPES: Final = (*BY_RFM, *BY_SATISFACTION, *BY_VALUE, *BY_RECENCY)
# What sets two segments of one archetype apart: less and more of a column, in words.
_APART: Final = {
    MONETARY: ("lower spend", "higher spend"),
    FREQUENCY: ("fewer orders", "more orders"),
    RECENCY: ("more recent", "longer ago"),
    SATISFACTION: ("less content", "more content"),
}
_APART_SLUGS: Final = {slug(words) for both in _APART.values() for words in both}
# A file's own words for the segments of the product: the same segment, so the same key.
_ALIASES: Final = {
    "cant_lose_them": "cant_lose",
    "cannot_lose_them": "cant_lose",
    "champion": "champions",
    "loyal_customer": "loyal",
    "loyal_customers": "loyal",
    "potential_loyalist": "potential_loyalists",
    "new_customer": "new",
    "new_customers": "new",
    "recent_customers": "new",
    "promising_customer": "promising",
    "promising_customers": "promising",
    "customers_needing_attention": "need_attention",
    "needs_attention": "need_attention",
    "at_risk_customers": "at_risk",
    "hibernating_customers": "hibernating",
    "lost_customers": "lost",
    "outlier": "outliers",
    "noise": "outliers",
}


def names_of(centres: pd.DataFrame, shares: Sequence[float] = ()) -> list[Named]:
    """(key, name) of each segment, one row of `centres` each, all different.

    Columns are those known of recency_days, frequency, monetary and satisfaction: means of standardised
    values. Segments and archetypes are matched so that the sum of their distances is least (Kuhn 1955,
    Naval Research Logistics 2). A segment that is left over, or would get an archetype far from it, goes
    to its nearest one; those of one archetype bear what sets them apart ("Loyal, lower spend"). Without
    any of the columns they are numbered. `shares` are the parts of all customers that they have: one with
    95 % is Most customers.
    """
    places = _places(centres)
    kinds = _kinds(places)
    if not kinds:
        return [(f"segment_{at}", f"Segment {at}") for at in range(1, len(centres) + 1)]
    axes = list(kinds[0].at)
    ideal = np.array([[kind.at[axis] for axis in axes] for kind in kinds])
    apart = np.linalg.norm(places[axes].to_numpy()[:, None, :] - ideal[None, :, :], axis=2)
    most = [at for at, share in enumerate(shares) if share >= MOST_SHARE]
    rows = [at for at in range(len(centres)) if at not in most]
    owners = _matched(apart, rows)
    names = dict.fromkeys(most, MOST)
    for number, kind in enumerate(kinds):
        alike = [at for at in rows if owners.get(at, int(apart[at].argmin())) == number]
        names |= {
            at: (slug(f"{kind.name} {words}"), f"{kind.name}, {words}") if words else (kind.key, kind.name)
            for at, words in _set_apart(centres.iloc[alike], alike).items()
        }
    return [names[at] for at in range(len(centres))]


def names_in_words(texts: Iterable[str]) -> list[Named]:
    """(key, name) of segments with a text each, numbered where two are alike."""
    return unique((slug(text), text) for text in texts)


def unique(names: Iterable[Named]) -> list[Named]:
    """The names with a number after those whose key an earlier one has."""
    taken: set[str] = set()
    result: list[Named] = []
    for key, name in names:
        number = 2
        own, words = key, name
        while own in taken:
            own, words = f"{key}_{number}", f"{name} {number}"
            number += 1
        taken.add(own)
        result.append((own, words))
    return result


def given_names(labels: Sequence[str]) -> list[Named] | None:
    """Names of clusters that a file brings: its own words as they are; None where all are whole numbers."""
    if all(whole_number(label) is not None for label in labels):
        return None
    keys = (slug(label) for label in labels)
    return [
        (key, label)
        for (key, _), label in zip(unique((_ALIASES.get(key, key), "") for key in keys), labels, strict=True)
    ]


def whole_number(label: str) -> int | None:
    """The number of a label such as "2" or "2.0"; None for other text."""
    found = re.fullmatch(r"\s*(-?\d{1,9})(?:\.0*)?\s*", label)
    return int(found[1]) if found else None


def base_of(key: str, bases: Iterable[str]) -> str | None:
    """Which of the `bases` a key is, or is one of several of: loyal_lower_spend and loyal_2 are loyal."""
    for base in bases:
        rest = key.removeprefix(f"{base}_")
        if key == base or (rest != key and (rest in _APART_SLUGS or re.fullmatch(r"(group_)?\d+", rest))):
            return base
    return None


def _places(centres: pd.DataFrame) -> pd.DataFrame:
    """Where the segments lie on the axes of the archetypes."""
    axes: dict[str, Any] = {}
    if RECENCY in centres:
        axes["recency"] = centres[RECENCY]
    value = [name for name in (FREQUENCY, MONETARY) if name in centres]
    if value:
        axes[_VALUE] = centres[value].mean(axis=1)
    if SATISFACTION in centres:
        axes[SATISFACTION] = centres[SATISFACTION]
    return pd.DataFrame(axes, index=centres.index)


def _kinds(places: pd.DataFrame) -> tuple[Archetype, ...]:
    known = set(places.columns)
    for kinds in (BY_SATISFACTION, BY_RFM, BY_VALUE, BY_RECENCY):
        if set(kinds[0].at) <= known:
            return kinds
    return ()


def _matched(apart: Floats, rows: list[int]) -> dict[int, int]:
    """Row -> archetype of least summed distance; a row goes without rather than get one that is far off."""
    # It comes out of a compiled module, where the type checker sees no names.
    from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]

    own = apart[rows]
    without = np.full((len(rows), len(rows)), np.inf)
    np.fill_diagonal(without, own.min(axis=1, initial=np.inf) + LENIENCY)
    pairs = zip(*linear_sum_assignment(np.hstack([own, without])), strict=True)
    return {rows[row]: int(kind) for row, kind in pairs if kind < own.shape[1]}


def _set_apart(centres: pd.DataFrame, rows: list[int]) -> dict[int, str]:
    """Row -> what sets segments of one archetype apart; nothing for one alone, or in the middle of the others.

    The column in which they differ most names its lowest and its highest, the next the rest, and so on.
    """
    values = {name: dict(zip(rows, centres[name], strict=True)) for name in _APART if name in centres}
    left, result = list(rows), dict.fromkeys(rows, "")
    while len(left) > 1 and values:
        spread = {
            name: max(own[at] for at in left) - min(own[at] for at in left) for name, own in values.items()
        }
        column = max(spread, key=lambda name: spread[name])
        own = values.pop(column)
        low, high = (choose(left, key=lambda at: (own[at], at)) for choose in (min, max))
        result[low], result[high] = _APART[column]
        left = [at for at in left if at not in (low, high)]
    for number, at in enumerate(left[1:], start=2):
        result[at] = f"group {number}"
    return result

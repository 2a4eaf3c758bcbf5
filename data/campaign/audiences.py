"""Whom a campaign is for: what an address calls an audience, and the audiences there are to choose from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from data.errors import InputError, LapwingError, NotFoundError
from data.segments.edits import Edits
from data.segments.looks import Look, looks_of
from data.store import Analysis, CustomerList, Segmentation, Store

AT_RISK: Final = "at_risk"
HIGH_VALUE: Final = "high_value"
RED: Final = "red"
EVERYBODY: Final = "everybody"
SEGMENT: Final = "segment"
LIST: Final = "list"
READY_MADE: Final = {
    AT_RISK: "At-risk customers",
    RED: "Red customers",
    HIGH_VALUE: "High-value at-risk customers",
    EVERYBODY: "Everybody",
}
# What stands in a sentence after a number of customers.
PHRASES: Final = {
    AT_RISK: "at-risk customers",
    RED: "red customers",
    HIGH_VALUE: "high-value at-risk customers",
    EVERYBODY: "customers",
}
# What makes a customer one of them, over a horizon of so many `days`.
DEFINITIONS: Final = {
    AT_RISK: "Customers who bought in the last 365 days and are more likely than not to buy nothing in the next"
    " {days} days.",
    RED: "Customers who spent less in the last {days} days than their own forecast, by the threshold of the"
    " analysis.",
    HIGH_VALUE: "Customers among the best quarter by money so far who bought in the last 365 days and are more"
    " likely than not to buy nothing in the next {days} days.",
    EVERYBODY: "All customers of the analysis.",
}
GROUPS: Final = ("Ready-made", "Segments", "Saved lists")
RULES: Final = "rules"
_LONGEST: Final = 300


@dataclass(frozen=True)
class Audience:
    """An audience as an address names it.

    `segmentation` and `key` say which segment; `key` alone which saved list. InputError for a kind there is not.
    """

    kind: str = AT_RISK
    segmentation: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        parts = (bool(self.segmentation), bool(self.key))
        needed = {SEGMENT: (True, True), LIST: (False, True)}.get(self.kind, (False, False))
        if (self.kind not in READY_MADE and self.kind not in (SEGMENT, LIST)) or parts != needed:
            raise InputError(
                f"There is no audience {self.text[:60]!r}: choose {', '.join(READY_MADE)}, a segment or a saved list."
            )

    @property
    def text(self) -> str:
        """The audience as an address has it; `of` has it back."""
        return ":".join(part for part in (self.kind, self.segmentation, self.key) if part)

    @classmethod
    def of(cls, text: str) -> Audience:
        """The audience of an address; InputError where it names none."""
        kind, _, rest = str(text)[:_LONGEST].partition(":")
        if kind != SEGMENT:
            return cls(kind, "", rest)
        segmentation, _, key = rest.partition(":")
        return cls(kind, segmentation, key)


@dataclass(frozen=True)
class Choice:
    """One audience of a form: its text in an address, its label and the group it stands in."""

    value: str
    label: str
    group: str


def choices(store: Store, edits: Edits, analysis: Analysis) -> tuple[Choice, ...]:
    """The audiences of an analysis: ready-made, segments as they are called now, saved lists of its series."""
    ready, segments, lists = GROUPS
    found = [Choice(kind, label, ready) for kind, label in READY_MADE.items()]
    titles: Counter[str] = Counter()
    for each in segmentations(store, analysis):
        title = str(each.manifest["title"])
        titles[title] += 1
        shown = f"{title} ({titles[title]})" if titles[title] > 1 else title
        found += [
            Choice(Audience(SEGMENT, each.id, look.key).text, f"{shown}: {look.name}", segments)
            for look in looks(edits, each)
            if look.customers
        ]
    series = series_of(store, analysis)
    found += [
        Choice(Audience(LIST, key=each.id).text, each.name, lists)
        for each in store.lists()
        if each.manifest.get("series") == series
    ]
    return tuple(found)


def segmentations(store: Store, analysis: Analysis) -> list[Segmentation]:
    """The segmentations of an analysis: the default rules, then other defaults, then others; each newest first."""
    found = store.segmentations(analysis.id)
    return sorted(found, key=lambda each: (not each.manifest.get("default"), each.method != RULES))


def default_rules(store: Store, analysis: Analysis) -> Segmentation | None:
    """The newest default segmentation by rules, or None."""
    first = next(iter(segmentations(store, analysis)), None)
    return first if first and first.manifest.get("default") and first.method == RULES else None


def looks(edits: Edits, segmentation: Segmentation) -> tuple[Look, ...]:
    """The segments of a segmentation as people see them now."""
    return looks_of(segmentation.report, edits.looks(segmentation.series, segmentation.method))


def look_of(edits: Edits, segmentation: Segmentation, key: str) -> Look:
    """The segment that `key` is part of now; NotFoundError where there is none."""
    for look in looks(edits, segmentation):
        if key in (look.key, *look.keys):
            return look
    raise NotFoundError(f"There is no segment {key[:60]} in {segmentation.manifest['title']} (any more).")


def list_of(store: Store, analysis: Analysis, list_id: str) -> CustomerList:
    """A saved list; NotFoundError where there is none, InputError where it is of other customers."""
    found = store.list_of(list_id)
    if found.manifest.get("series") != series_of(store, analysis):
        raise InputError(f"The list {found.name} is of other customers than this analysis: choose another.")
    return found


def series_of(store: Store, analysis: Analysis) -> str:
    """Id of the first version of the data set that an analysis looked at; the data set's own where it is gone."""
    try:
        return store.dataset(analysis.dataset_id).series
    except NotFoundError:
        return analysis.dataset_id


def currency_of(store: Store, analysis: Analysis) -> str | None:
    """Code of the currency of an analysis' amounts, as the import understood it; None where nobody knows."""
    try:
        found = (store.dataset(analysis.dataset_id).ledger.get("understood") or {}).get("currency")
    except LapwingError:
        return None
    return found if isinstance(found, str) and found else None

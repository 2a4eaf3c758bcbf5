"""Groups of customers that the overview tells of, and how each is found in a list of customers.

A group is written "lost:90" or "cohort:2025-01". It never becomes SQL text: its kind comes from a list, its
period names columns that the file must have, and all else is a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from data.errors import InputError
from data.names import AT_RISK_SQL
from data.overview.periods import ALL, YEAR

# What a customer did in a period against the one before it; stored as its place here.
CHANGES: Final = ("none", "lost", "down", "up", "returned", "new")
COHORTS: Final = ("cohort", "cohort_gone")
FIRST_MONTH: Final = "first_month"
EARLIER_VERSION: Final = "This analysis was made by an earlier version of Lapwing: analyse the data set again to list these customers."

_PERIOD: Final = re.compile(r"all|[1-9][0-9]{0,3}")
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_QUARTER: Final = re.compile(r"[0-9]{4}-Q[1-4]")
_LENGTHS: Final = {"180": "6 months", "365": "12 months"}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# In words, by kind: what a customer of it did in the period ({last}, {in_last}) and in the one before it ({before}).
_WORDS: Final = {
    "lost": "lost customers (of {before}, nothing in {last})",
    "down": "customers who spent less in {last} than in {before}",
    "up": "customers who spent as much in {last} as in {before}, or more",
    "returned": "returned customers (back in {last}, after nothing in {before})",
    "new": "new customers (first purchase in {last})",
    "bought": "customers who bought {in_last}",
    "again": "customers who bought in {before} and again in {last}",
    "not_again": "customers who bought in {before} and not again in {last}",
    "once": "customers who bought once only ({in_last})",
    "top": "best customers (the tenth that spent the most {in_last})",
    "top_at_risk": "best customers at risk (of the tenth that spent the most {in_last}, likelier than not to stay away)",
    "top_gone": "best customers gone (of the tenth that spent the most {in_last}, nothing in the last 12 months)",
}
# Kinds that compare with the period before; "all" has none.
_COMPARED: Final = ("lost", "down", "up", "returned", "again", "not_again")
KINDS: Final = (*_WORDS, *COHORTS)


@dataclass(frozen=True)
class Group:
    """Customers who did the same: `kind` is one of `KINDS`.

    `period` is the key of a period ("90" days up to the last date, or "all"), for all kinds but those of a
    cohort, which have the `month` of a first purchase: "2025-01", or a quarter, "2025-Q1".
    """

    kind: str
    period: str = ""
    month: str = ""

    @classmethod
    def of(cls, text: str) -> Group:
        """The group written "kind:period" or "kind:month"; InputError where there is no such group."""
        kind, _, which = text.partition(":")
        if kind in COHORTS and (_MONTH.fullmatch(which) or _QUARTER.fullmatch(which)):
            return cls(kind, month=which)
        compared_with_nothing = which == ALL and kind in _COMPARED
        if kind in _WORDS and _PERIOD.fullmatch(which) and not compared_with_nothing:
            return cls(kind, period=which)
        raise InputError(
            f"There is no group of customers named {text[:60]!r}: follow a link of the overview, or show all customers."
        )

    @property
    def text(self) -> str:
        """The group as an address has it."""
        return f"{self.kind}:{self.period or self.month}"

    def sql(self, columns: Collection[str]) -> tuple[str, dict[str, Any]]:
        """The condition on the table `next` that holds for the group, and its parameters.

        `columns` are those of the table. Raises InputError where the analysis has not what it takes.
        """
        if FIRST_MONTH not in columns:
            raise InputError(EARLIER_VERSION)
        if self.month:
            first, last = _months(self.month)
            once = " AND frequency = 1" if self.kind == "cohort_gone" else ""
            return f"{FIRST_MONTH} BETWEEN $group_first AND $group_last{once}", {
                "group_first": first,
                "group_last": last,
            }
        condition, needed = self._condition()
        if not needed <= set(columns):
            raise InputError(
                f"This analysis has no figures for {last_words(self.period)}: choose a period of the overview."
            )
        params = {"group_change": CHANGES.index(self.kind)} if "$group_change" in condition else {}
        return condition, params

    def words(self) -> str:
        """Who is in it: "lost customers (of the 90 days before, nothing in the last 90 days)"."""
        if self.month:
            told = f"customers who first bought in {month_words(self.month)}"
            return f"{told}, and once only" if self.kind == "cohort_gone" else told
        return _WORDS[self.kind].format(
            last=last_words(self.period), before=before_words(self.period), in_last=in_last_words(self.period)
        )

    def short(self) -> str:
        """The group in a few plain words, for the name of a file: "lost last 90 days"."""
        kind = self.kind.replace("_", " ")
        return f"{kind} {self.month or period_words(self.period)}"

    def _condition(self) -> tuple[str, set[str]]:
        # The period has been checked to be a number or "all".
        key = self.period
        change, bought, before, top = f"change_{key}", f"bought_{key}", f"bought_before_{key}", f"top_{key}"
        if self.kind in CHANGES:
            return f"{change} = $group_change", {change}
        return {
            "bought": (bought, {bought}),
            "again": (f"{before} AND {bought}", {before, bought}),
            "not_again": (f"{before} AND NOT {bought}", {before, bought}),
            "once": (f"{bought} AND frequency = 1", {bought}),
            "top": (top, {top}),
            "top_gone": (f"{top} AND NOT bought_{YEAR}", {top, f"bought_{YEAR}"}),
            "top_at_risk": (f"{top} AND {AT_RISK_SQL}", {top}),
        }[self.kind]


def period_words(key: str) -> str:
    """A period by its key: "last 90 days", "last 6 months", "all time"."""
    return "all time" if key == ALL else f"last {_length(key)}"


def last_words(key: str) -> str:
    """A period within a sentence: "the last 90 days", "all time"."""
    return "all time" if key == ALL else f"the last {_length(key)}"


def in_last_words(key: str) -> str:
    """When something happened that did in a period: "in the last 90 days", "over all time"."""
    return "over all time" if key == ALL else f"in {last_words(key)}"


def before_words(key: str) -> str:
    """The period before within a sentence: "the 90 days before"."""
    return "the time before" if key == ALL else f"the {_length(key)} before"


def month_words(month: str) -> str:
    """A cohort within a sentence: "January 2025", "the first quarter of 2025"."""
    year, part = month.split("-")
    if part.startswith("Q"):
        place = ("first", "second", "third", "fourth")[int(part[1]) - 1]
        return f"the {place} quarter of {year}"
    return f"{_MONTHS[int(part) - 1]} {year}"


def _length(key: str) -> str:
    return _LENGTHS.get(key, "day" if key == "1" else f"{key} days")


def _months(month: str) -> tuple[int, int]:
    """First and last month as yyyymm."""
    year, part = month.split("-")
    if part.startswith("Q"):
        last = 3 * int(part[1])
        return int(year) * 100 + last - 2, int(year) * 100 + last
    return int(year) * 100 + int(part), int(year) * 100 + int(part)

"""The words in which a file's columns are asked about, and the user's answers matched to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from data.errors import InputError, Question
from data.names import AMOUNT, CUSTOMER_ID, ORDERED_AT
from data.reading.options import ImportOptions
from data.reading.profiles import ColumnProfile
from data.reading.vocabulary import plain_name

ROLE_WORDS: Final = {
    CUSTOMER_ID: "the customer",
    ORDERED_AT: "the date of the order",
    AMOUNT: "the amount",
}
_SHOWN: Final = 12
# In the place of a column: none, the role is left without one.
NO_COLUMN: Final = "-"


def role_words(role: str) -> str:
    """The role as it stands in a sentence: 'the date of the order'."""
    return ROLE_WORDS.get(role, "the " + role.replace("_", " "))


def chosen_columns(
    name: str, columns: Sequence[str], options: ImportOptions, roles: Sequence[str]
) -> dict[str, str]:
    """The user's own mapping of `roles`, its column names matched to the file's; raises InputError for others."""
    chosen: dict[str, str] = {}
    by_plain = {plain_name(column): column for column in columns}
    for role, wanted in (options.mapping or {}).items():
        if role not in roles:
            continue
        column = _matched(wanted, columns, by_plain)
        if column is None:
            raise InputError(f"{name} has no column '{wanted}' for {role}; it has {named(columns)}.")
        if column and column in chosen.values():
            raise InputError(f"The column '{column}' of {name} is mapped to two roles; give it one.")
        chosen[role] = column
    return chosen


def _matched(wanted: str, columns: Sequence[str], by_plain: Mapping[str, str]) -> str | None:
    """The column of the file that is `wanted`, "" for none, None where there is no such column."""
    if wanted in columns:
        return wanted
    return "" if wanted in ("", NO_COLUMN) else by_plain.get(plain_name(wanted))


def column_choices(columns: Iterable[ColumnProfile]) -> tuple[tuple[str, str], ...]:
    """A choice for each of `columns`, with a value of it as an example."""
    return tuple((each.name, f"{each.name} (for example {each.example()})") for each in columns)


def role_question(role: str, text: str, choices: tuple[tuple[str, str], ...]) -> Question:
    """The question which column plays `role`."""
    return Question(role, text, choices, f"--map {role}={{value}}")


def named(columns: Sequence[str]) -> str:
    """The columns in quotes, not more of them than a person reads."""
    shown = ", ".join(f"'{column}'" for column in columns[:_SHOWN])
    return shown + (f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else "")

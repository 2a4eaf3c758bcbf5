"""The roles of a table with one row a customer; its other columns are attributes."""

from __future__ import annotations

import re
from typing import Final

from data.errors import Question
from data.names import CLUSTER, CUSTOMER_ID, CUSTOMER_ROLES
from data.reading.asking import NO_COLUMN, chosen_columns, column_choices, role_question
from data.reading.dates import decide_dates
from data.reading.layouts import Layout
from data.reading.options import Detected, ImportOptions
from data.reading.profiles import FEW_ROWS, SHARE_OF_DATES, ColumnProfile, Sample
from data.reading.roles import Roles
from data.reading.vocabulary import CUSTOMER_HINTS, CUSTOMER_ROLE_NAMES, NO_IDS, bare_name, plain_name

_ID_WORDS: Final = re.compile(r"\b(id|nr|no|number|code|key|uuid|guid|ref)\b|id$", re.IGNORECASE)
NUMBERED = "The file has no customer id: its rows are numbered"


def find_customer_roles(
    name: str, sample: Sample, options: ImportOptions, layout: Layout | None, ignored: tuple[str, ...]
) -> Roles:
    """Give the roles of a customer table their columns; what `options.mapping` says stands.

    A table without an id column gets numbered rows; where a column might be an id, that is asked.
    """
    chosen = chosen_columns(name, sample.columns, options, CUSTOMER_ROLES)
    mapping = {role: column for role, column in chosen.items() if column}
    detected = {role: Detected(column, "chosen", 1.0) for role, column in mapping.items()}
    for role, columns in (layout.candidates(sample.columns) if layout else {}).items():
        if role not in chosen and columns[0] not in mapping.values():
            mapping[role] = columns[0]
            detected[role] = Detected(
                columns[0], f"the file has the columns of {layout.name if layout else ''}", 1.0
            )
    if layout is None:
        _by_name(sample, chosen, mapping, detected, ignored)
    questions: tuple[Question, ...] = ()
    if CUSTOMER_ID not in mapping and CUSTOMER_ID not in chosen:
        questions = _ask_for_ids(name, sample, mapping, ignored) if layout is None else ()
    if CUSTOMER_ID not in mapping and not questions:
        sure = 1.0 if CUSTOMER_ID in chosen or layout else 0.8
        detected[CUSTOMER_ID] = Detected("", NUMBERED, sure)
    return Roles(mapping, chosen, detected, questions, None)


def _by_name(
    sample: Sample,
    chosen: dict[str, str],
    mapping: dict[str, str],
    detected: dict[str, Detected],
    ignored: tuple[str, ...],
) -> None:
    by_plain: dict[str, ColumnProfile] = {}
    for each in sample.profiles.values():
        if each.name not in ignored:
            by_plain.setdefault(plain_name(each.name), each)
    for each in sample.profiles.values():
        if each.name not in ignored:
            by_plain.setdefault(bare_name(each.name), each)
    for role in CUSTOMER_ROLES:
        if role in chosen:
            continue
        named = (*CUSTOMER_ROLE_NAMES[role], "id") if role == CUSTOMER_ID else CUSTOMER_ROLE_NAMES[role]
        found = [by_plain[known] for known in named if known in by_plain]
        fitting = [each for each in found if each.name not in mapping.values() and _fits(role, each)]
        if fitting:
            mapping[role] = fitting[0].name
            words = f"a column called '{fitting[0].name}' holds that"
            detected[role] = Detected(fitting[0].name, words, 0.9)


def _fits(role: str, column: ColumnProfile) -> bool:
    if role == CUSTOMER_ID:
        # An e-mail or a name that is shared tells no customer apart.
        return column.is_unique() or sum(column.values.values()) < FEW_ROWS or not _is_contact(column)
    return role == CLUSTER or column.numbers.share() >= SHARE_OF_DATES


def _is_contact(column: ColumnProfile) -> bool:
    return "mail" in plain_name(column.name) or plain_name(column.name) == "customername"


def _ask_for_ids(
    name: str, sample: Sample, mapping: dict[str, str], ignored: tuple[str, ...]
) -> tuple[Question, ...]:
    """A question where a column might be the customer's id: its values never repeat."""
    free = [
        each
        for each in sample.profiles.values()
        if each.name not in mapping.values() and each.name not in ignored and _maybe_id(each, len(sample))
    ]
    if not free:
        return ()
    free.sort(key=lambda each: (not CUSTOMER_HINTS.search(each.name), each.is_number()))
    choices = (*column_choices(free), (NO_COLUMN, "none of them: number the rows"))
    text = f"Which column of {name} tells one customer from another? Nothing was imported."
    return (role_question(CUSTOMER_ID, text, choices),)


def _maybe_id(column: ColumnProfile, rows: int) -> bool:
    if column.is_date() or not column.is_unique() or (column.is_number() and not column.is_whole()):
        return False
    words = column.name.replace("_", " ")
    if NO_IDS.search(words):
        return False
    # Of numbers only those are ids that are called so: incomes and balances hardly repeat either.
    called = bool(CUSTOMER_HINTS.search(column.name) or _ID_WORDS.search(words))
    return called or (rows >= FEW_ROWS and not column.is_number())


def dates_finding(sample: Sample, options: ImportOptions) -> Detected | None:
    """How the dates of a customer table are kept: as dates where they are written year first, else as text."""
    written = [each for each in sample.profiles.values() if each.is_date() and each.dates.kind() == "text"]
    unclear = [each for each in written if decide_dates(each.dates, each.name, options).question is not None]
    if unclear:
        words = f"'{unclear[0].dates.ambiguous_example}' in '{unclear[0].name}' may be day/month or month/day"
        return Detected("as text", f"{words}: the column is kept as it is written", 0.5)
    if not written:
        return None
    example = next(
        finding for each in written if (finding := decide_dates(each.dates, each.name, options).detected)
    )
    return Detected(example.value, f"in '{written[0].name}', {example.evidence}", example.confidence)

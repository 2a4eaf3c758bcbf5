"""Which column plays which role: by known layout, by name, by content, and what must be asked."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from data.errors import InputError, Question
from data.names import AMOUNT, CUSTOMER_ID, ORDERED_AT, QUANTITY, ROLES, UNIT_PRICE
from data.reading.layouts import CUSTOMER_HINTS, CUSTOMER_TABLE_HINTS, LAYOUTS, ROLE_NAMES, Layout, plain_name
from data.reading.options import Detected, ImportOptions
from data.reading.profiles import SHARE_OF_DATES, ColumnProfile

_ROLE_WORDS: Final = {
    CUSTOMER_ID: "the customer",
    ORDERED_AT: "the date of the order",
    AMOUNT: "the amount",
}


@dataclass(frozen=True)
class Roles:
    """Role -> column, the layout it came from, a finding for each role, and the questions left."""

    mapping: dict[str, str]
    layout: Layout | None
    detected: dict[str, Detected]
    questions: tuple[Question, ...]
    amount_is: str | None


def find_roles(
    name: str,
    profiles: dict[str, ColumnProfile],
    options: ImportOptions,
    twins: Sequence[tuple[str, ...]] = (),
) -> Roles:
    """Give each role its column; raises InputError where no column could play a required role.

    `name` is the file's, for messages; `twins` are groups of columns under one header, between which
    nothing but a person can choose. What `options.mapping` says stands.
    """
    columns = tuple(profiles)
    chosen = _chosen(name, columns, options)
    mapping = {role: column for role, column in chosen.items() if column}
    detected = {role: Detected(column, "chosen", 1.0) for role, column in mapping.items()}
    layout = None
    for candidate in LAYOUTS:
        roles = candidate.mapping(columns)
        if roles is not None:
            layout = candidate
            for role, column in roles.items():
                if role not in chosen and column not in mapping.values():
                    mapping[role] = column
                    detected[role] = Detected(column, f"the file has the columns of {candidate.name}", 1.0)
            break
    if layout is None:
        _by_name(profiles, chosen, mapping, detected)
        _by_content(profiles, chosen, mapping, detected)
    between = _between_twins(name, profiles, chosen, mapping, detected, twins)
    questions = between + _missing(name, profiles, mapping, {question.key for question in between})
    if any(question.key in (AMOUNT, QUANTITY, UNIT_PRICE) for question in between):
        # What the amount means depends on the answer.
        return Roles(mapping, layout, detected, questions, options.amount_is)
    amount_is = _amount_meaning(mapping, options, detected)
    return Roles(mapping, layout, detected, questions, amount_is)


def _chosen(name: str, columns: tuple[str, ...], options: ImportOptions) -> dict[str, str]:
    """The user's own mapping, its column names matched to the file's; raises InputError for others."""
    chosen: dict[str, str] = {}
    by_plain = {plain_name(column): column for column in columns}
    for role, wanted in (options.mapping or {}).items():
        column = wanted if not wanted or wanted in columns else by_plain.get(plain_name(wanted))
        if column is None:
            raise InputError(f"{name} has no column '{wanted}' for {role}; it has {_named(columns)}.")
        if column and column in chosen.values():
            raise InputError(f"The column '{column}' of {name} is mapped to two roles; give it one.")
        chosen[role] = column
    return chosen


def _by_name(
    profiles: dict[str, ColumnProfile],
    chosen: dict[str, str],
    mapping: dict[str, str],
    detected: dict[str, Detected],
) -> None:
    by_plain: dict[str, str] = {}
    for column in profiles:
        by_plain.setdefault(plain_name(column), column)
    for role in ROLES:
        if role in chosen:
            continue
        named = [by_plain[known] for known in ROLE_NAMES.get(role, ()) if known in by_plain]
        free = [column for column in named if column not in mapping.values()]
        fitting = [column for column in free if _fits(role, profiles[column])]
        if fitting:
            mapping[role] = fitting[0]
            detected[role] = Detected(fitting[0], f"a column called '{fitting[0]}' holds that", 0.9)


def _fits(role: str, column: ColumnProfile) -> bool:
    if role == ORDERED_AT:
        return column.dates.readable() >= SHARE_OF_DATES
    if role in (AMOUNT, QUANTITY, UNIT_PRICE):
        return column.numbers.filled == 0 or column.numbers.share() >= SHARE_OF_DATES
    if role == CUSTOMER_ID:
        return not column.is_date() or column.dates.kind() != "text"
    return True


def _by_content(
    profiles: dict[str, ColumnProfile],
    chosen: dict[str, str],
    mapping: dict[str, str],
    detected: dict[str, Detected],
) -> None:
    """Fill a required role that no name told, where just one column could play it."""

    def give(role: str, column: ColumnProfile, words: str, sure: float) -> None:
        mapping[role] = column.name
        detected[role] = Detected(column.name, words, sure)

    def free() -> list[ColumnProfile]:
        return [each for each in profiles.values() if each.name not in mapping.values()]

    if ORDERED_AT not in mapping and ORDERED_AT not in chosen:
        dates = [each for each in free() if each.is_date()]
        named = _called(ORDERED_AT, free())
        if len(dates) == 1:
            give(ORDERED_AT, dates[0], "it is the only column of dates", 0.7)
        elif not dates and named and not named[0].is_number():
            # A date column of unreadable dates is still that, and the message will say so.
            give(ORDERED_AT, named[0], f"a column called '{named[0].name}' holds that", 0.4)
    if CUSTOMER_ID not in mapping and CUSTOMER_ID not in chosen:
        ids = [each for each in free() if plain_name(each.name) == "id" and each.repeats()]
        if ids:
            give(CUSTOMER_ID, ids[0], f"'{ids[0].name}' repeats from row to row, as customers do", 0.6)
    if _has_amount(mapping) or AMOUNT in chosen:
        return
    if UNIT_PRICE in mapping and QUANTITY not in mapping and UNIT_PRICE not in chosen:
        price = profiles[mapping.pop(UNIT_PRICE)]
        detected.pop(UNIT_PRICE)
        words = f"'{price.name}' is the only price and there is no quantity: it is taken as the line's total"
        give(AMOUNT, price, words, 0.7)
        return
    numbers = [each for each in free() if each.is_number() and each.numbers.fractions]
    named = _called(AMOUNT, free())
    if len(numbers) == 1:
        give(AMOUNT, numbers[0], "it is the only column of numbers with decimals", 0.6)
    elif not numbers and named:
        # Likewise an amount column of unreadable amounts.
        give(AMOUNT, named[0], f"a column called '{named[0].name}' holds that", 0.4)


def _called(role: str, columns: list[ColumnProfile]) -> list[ColumnProfile]:
    """Those of `columns` that go by a name of `role`."""
    return [each for each in columns if plain_name(each.name) in ROLE_NAMES[role]]


def _has_amount(mapping: dict[str, str]) -> bool:
    return AMOUNT in mapping or (QUANTITY in mapping and UNIT_PRICE in mapping)


def _between_twins(
    name: str,
    profiles: dict[str, ColumnProfile],
    chosen: dict[str, str],
    mapping: dict[str, str],
    detected: dict[str, Detected],
    twins: Sequence[tuple[str, ...]],
) -> tuple[Question, ...]:
    """A question for each role that went by itself to one of several columns of the same header."""
    questions = []
    columns = tuple(profiles)
    for role in [role for role in ROLES if role in mapping and role not in chosen]:
        group = next((each for each in twins if mapping[role] in each), ())
        left = [profiles[column] for column in group if column not in chosen.values()]
        if len(left) < 2:
            continue
        mapping.pop(role)
        detected.pop(role)
        choices = tuple(
            (each.name, f"{each.name} (column {columns.index(each.name) + 1}, for example {_example(each)})")
            for each in left
        )
        text = (
            f"{name} has {len(group)} columns called '{group[0]}': which of them holds "
            f"{_ROLE_WORDS.get(role, 'the ' + role.replace('_', ' '))}? Nothing was imported."
        )
        questions.append(Question(role, text, choices, f"--map {role}={{value}}"))
    return tuple(questions)


def _missing(
    name: str, profiles: dict[str, ColumnProfile], mapping: dict[str, str], asked: Set[str]
) -> tuple[Question, ...]:
    """A question for each required role without a column that a person could fill; else InputError.

    Roles that are `asked` about already have their candidates.
    """
    free = [each for each in profiles.values() if each.name not in mapping.values()]
    unnamed = all(column.startswith("column_") for column in profiles)
    questions = []
    if CUSTOMER_ID not in mapping and CUSTOMER_ID not in asked:
        hinted = [each for each in free if CUSTOMER_HINTS.search(each.name) and not each.is_date()]
        if unnamed:
            hinted = [
                each for each in free if each.repeats() and not each.is_date() and not each.numbers.fractions
            ]
        questions.append(_ask_or_refuse(name, CUSTOMER_ID, hinted, profiles))
    if ORDERED_AT not in mapping and ORDERED_AT not in asked:
        candidates = [each for each in free if each.is_date()]
        questions.append(_ask_or_refuse(name, ORDERED_AT, candidates, profiles))
    if not _has_amount({**mapping, **dict.fromkeys(asked, "")}):
        candidates = [each for each in free if each.is_number() and not each.is_date()]
        questions.append(_ask_or_refuse(name, AMOUNT, candidates, profiles))
    return tuple(questions)


def _ask_or_refuse(
    name: str,
    role: str,
    candidates: list[ColumnProfile],
    profiles: dict[str, ColumnProfile],
) -> Question:
    columns = tuple(profiles)
    if not candidates:
        customers = [column for column in columns if plain_name(column) in CUSTOMER_TABLE_HINTS]
        if role == ORDERED_AT and customers:
            raise InputError(
                f"{name} has one row a customer ('{customers[0]}') and no order dates: import the transactions "
                f"it was made from. Its columns are {_named(columns)}."
            )
        option = f"--map {role}=COLUMN"
        raise InputError(
            f"{name} has no column that tells {_ROLE_WORDS[role]}: its columns are {_named(columns)}. "
            f"If one of them does, name it with {option}."
        )
    choices = tuple((each.name, f"{each.name} (for example {_example(each)})") for each in candidates)
    return Question(
        role,
        f"Which column of {name} holds {_ROLE_WORDS[role]}? Nothing was imported.",
        choices,
        f"--map {role}={{value}}",
    )


def _example(column: ColumnProfile) -> str:
    value = next((text for text in column.values if text.strip()), "")
    return f"'{value[:40]}'"


def _named(columns: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{column}'" for column in columns[:12])
    return shown + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")


def _amount_meaning(
    mapping: dict[str, str], options: ImportOptions, detected: dict[str, Detected]
) -> str | None:
    """Whether the amount is a column of line totals or quantity x unit price."""
    if options.amount_is is not None:
        _apply_meaning(options.amount_is, mapping, detected)
        detected["amount_is"] = Detected(options.amount_is, "chosen", 1.0)
        return options.amount_is
    if AMOUNT in mapping:
        words = f"'{mapping[AMOUNT]}' is taken as the total of each row"
        detected["amount_is"] = Detected("line_total", words, detected[AMOUNT].confidence)
        return "line_total"
    if QUANTITY in mapping and UNIT_PRICE in mapping:
        words = f"the amount is '{mapping[QUANTITY]}' x '{mapping[UNIT_PRICE]}'"
        sure = detected[UNIT_PRICE].confidence
        detected["amount_is"] = Detected("unit_price", words, sure)
        return "unit_price"
    return None


def _apply_meaning(meaning: str, mapping: dict[str, str], detected: dict[str, Detected]) -> None:
    """Move the money column to the role its chosen meaning gives it."""
    if meaning == "line_total" and AMOUNT not in mapping and UNIT_PRICE in mapping:
        mapping[AMOUNT] = mapping.pop(UNIT_PRICE)
        detected[AMOUNT] = detected.pop(UNIT_PRICE)
    elif meaning == "unit_price" and UNIT_PRICE not in mapping and AMOUNT in mapping:
        mapping[UNIT_PRICE] = mapping.pop(AMOUNT)
        detected[UNIT_PRICE] = detected.pop(AMOUNT)
    elif meaning == "unit_price" and UNIT_PRICE in mapping and AMOUNT in mapping:
        # The other money column stays in the data under its own name.
        mapping.pop(AMOUNT)
        detected.pop(AMOUNT)
    if meaning == "unit_price" and QUANTITY not in mapping:
        raise InputError(
            "A unit price needs a quantity column: name it with --map quantity=COLUMN, or choose line_total."
        )

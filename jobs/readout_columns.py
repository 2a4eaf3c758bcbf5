"""Which column of a result file is what: the arm of each customer, what they spent, and which arm is the control."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from data.errors import InputError, Question
from data.names import CUSTOMER_ID, DISCOUNT
from data.reading.vocabulary import ROLE_NAMES, bare_name, names, plain_name

ARM: Final = "arm"
SPEND: Final = "spend"
CONVERTED: Final = "converted"
COVARIATE: Final = "covariate"
ROLES: Final = (ARM, SPEND, CUSTOMER_ID, CONVERTED, COVARIATE, DISCOUNT)
WORDS: Final = {
    ARM: "the arm of each customer",
    SPEND: "what each customer spent",
    CUSTOMER_ID: "the customer's id",
    CONVERTED: "whether the customer bought",
    COVARIATE: "what was known or predicted of their spend before",
    DISCOUNT: "the money that was given off to each customer",
}
# More values than that are no arms of one campaign.
MOST_ARMS: Final = 12
_COLUMN_NAMES: Final[dict[str, tuple[str, ...]]] = {
    ARM: names(
        "arm testarm group testgroup experimentgroup variant treatment treatmentgroup cell testcell condition assignment "
        "assigned bucket split abgroup abtest segment campaign gruppe testgruppe groupe grupo exposed treated istreated"
    ),
    SPEND: names(
        "spend spent netspend totalspend totalspent amount netamount totalamount revenue netrevenue sales netsales "
        "outcome value ordervalue umsatz betrag chiffredaffaires montant importe importo omzet"
    ),
    CUSTOMER_ID: (*ROLE_NAMES[CUSTOMER_ID], "id"),
    CONVERTED: names(
        "converted conversion purchased purchase bought buyer ordered hasorder haspurchase isbuyer gekauft acheteur"
    ),
    COVARIATE: names(
        "predspend predictedspend expectedspend covariate spendbefore prespend priorspend pastspend previousspend "
        "historicalspend history baselinespend baseline monetary"
    ),
    DISCOUNT: ROLE_NAMES[DISCOUNT],
}
_CONTROL: Final = re.compile(
    r"(the )?(control|controls|ctrl|hold ?out|holdouts?|kontrolle|kontrollgruppe|controle|contrôle|placebo|baseline|untreated|not treated"
    r"|not contacted|unexposed|none|nothing|0|0\.0|false|no|nein|non)( ?(group|arm|cell))?|(no|without|kein|ohne|sans|sin|senza)\b.*"
)


@dataclass(frozen=True)
class Column:
    """What is seen of one column: examples, its values with how often each is there where they are few."""

    name: str
    examples: tuple[str, ...]
    values: tuple[tuple[str, int], ...]
    filled: int
    is_number: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Column:
        """Read what `to_dict` wrote."""
        return cls(
            str(found["name"]),
            tuple(map(str, found["examples"])),
            tuple((str(value), int(count)) for value, count in found["values"]),
            int(found["filled"]),
            bool(found["is_number"]),
        )


@dataclass(frozen=True)
class Roles:
    """The column that plays each role; None: find it by its name, "": none does."""

    arm: str | None = None
    spend: str | None = None
    customer_id: str | None = None
    converted: str | None = None
    covariate: str | None = None
    discount: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Roles:
        """The roles in a mapping of role to column; InputError for a name that is no role."""
        for role, column in (given or {}).items():
            if role not in ROLES:
                raise InputError(f"'{role}' is no role of a result file; there are {', '.join(ROLES)}.")
            if not (column is None or isinstance(column, str)):
                raise InputError(f"The role {role} takes the name of a column.")
        return cls(**dict(given or {}))

    def to_dict(self) -> dict[str, str | None]:
        """As JSON values."""
        return asdict(self)


def recognised(columns: Sequence[Column], given: Roles) -> Roles:
    """`given`, with the roles it leaves open found by the names and values of `columns` ("" where none fits).

    Raises InputError for a column that is not there, or that is given two roles.
    """
    known = {each.name for each in columns}
    chosen = {role: column for role, column in given.to_dict().items() if column is not None}
    for role, column in chosen.items():
        if column and column not in known:
            told = ", ".join(f"'{each.name}'" for each in columns[:20])
            raise InputError(f"There is no column '{column}' for {WORDS[role]}: the file has {told}.")
    used = [column for column in chosen.values() if column]
    for column in used:
        if used.count(column) > 1:
            raise InputError(f"The column '{column}' is chosen twice: each can be one thing only.")
    for role in ROLES:
        if role not in chosen:
            free = [each for each in columns if each.name not in chosen.values()]
            chosen[role] = _found(role, free)
    return Roles(**chosen)


def _found(role: str, free: Sequence[Column]) -> str:
    wanted = _COLUMN_NAMES[role]
    fitting = [each for each in free if _FITS[role](each)]
    named = [each for each in fitting if {plain_name(each.name), bare_name(each.name)} & set(wanted)]
    if named:
        rank = {name: at for at, name in enumerate(wanted)}

        def place(each: Column) -> tuple[int, int]:
            at = min(rank.get(name, len(rank)) for name in (plain_name(each.name), bare_name(each.name)))
            # One arm alone is told as such, but only where no other column has several.
            unlike = (len(each.values) < 2) + (control_of(each) is None) if role == ARM else 0
            return (unlike, at)

        return min(named, key=place).name
    if role == ARM:
        several = [each for each in fitting if len(each.values) > 1 and not each.is_number]
        with_control = [each for each in several if control_of(each) is not None]
        return with_control[0].name if len(with_control) == 1 else ""
    return ""


def _is_number(column: Column) -> bool:
    return column.is_number


def _has_few(column: Column) -> bool:
    return 1 <= len(column.values) <= MOST_ARMS


def _is_id(column: Column) -> bool:
    return not column.values or sum(count for _, count in column.values) <= MOST_ARMS


_FITS: Final = {
    ARM: _has_few,
    SPEND: _is_number,
    CUSTOMER_ID: _is_id,
    CONVERTED: _has_few,
    COVARIATE: _is_number,
    DISCOUNT: _is_number,
}


def control_of(column: Column) -> str | None:
    """The one value of a column that is named like a control; None where none or several are."""
    found = [value for value, _ in column.values if is_control(value)]
    return found[0] if len(found) == 1 else None


def is_control(value: str) -> bool:
    """Whether an arm of that name sounds like the one that got nothing: "control", "holdout", "No E-Mail"."""
    return _CONTROL.fullmatch(" ".join(re.sub(r"[\W_]+", " ", value.casefold()).split())) is not None


def role_question(name: str, role: str, columns: Sequence[Column]) -> Question:
    """Which column of the file `name` plays `role`; InputError where none could."""
    fitting = [each for each in columns if _FITS[role](each) and (role != ARM or len(each.values) > 1)]
    if not fitting:
        why = {
            ARM: f"no column with two to {MOST_ARMS} different values, as the arms of a campaign are",
            SPEND: "no column of numbers that could be what each customer spent",
        }[role]
        told = ", ".join(f"'{each.name}'" for each in columns[:20])
        raise InputError(f"{name} has {why}: its columns are {told}. Export it with one row a customer.")
    choices = tuple((each.name, f"{each.name} ({', '.join(each.examples[:3])})") for each in fitting)
    return Question(role, f"Which column of {name} holds {WORDS[role]}?", choices, f"--map {role}={{value}}")


def control_question(name: str, column: Column) -> Question:
    """Which value of the arm is the control."""
    choices = tuple((value, f"{value} ({count:,} rows)") for value, count in column.values)
    text = f"Which arm of {name} was left out, to compare with? Those in '{column.name}' are not named so."
    return Question("control", text, choices, "--control {value}")


def few_arms(name: str, column: Column) -> Sequence[str]:
    """The arms of a column; InputError where they are none to compare."""
    if len(column.values) >= 2:
        return [value for value, _ in column.values]
    if column.values:
        raise InputError(
            f"All rows of {name} are in the one arm “{column.values[0][0]}”: without customers who were left out there "
            "is nothing to compare with."
        )
    raise InputError(
        f"The column '{column.name}' of {name} has more than {MOST_ARMS} different values (for example "
        f"'{', '.join(column.examples)}'): it does not tell the arm. Choose another column."
    )

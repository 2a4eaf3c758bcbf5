"""What an import is told, what it finds out, and what it leaves behind: plain frozen records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from data.errors import InputError, Question, QuestionError
from data.names import CUSTOMER_ROLES, KINDS, ROLES, TRANSACTIONS

Report = Callable[[float, str], None]
"""Told the share done (0-1) and a line of text."""

DATE_ORDERS: Final = ("dmy", "mdy", "ymd")
DATE_KINDS: Final = ("text", "yyyymmdd", "excel", "excel1904", "epoch", "epoch_ms")
DECIMALS: Final = (".", ",")
DELIMITERS: Final = (",", ";", "\t", "|")
ORDER_TOTAL: Final = "order_total"
AMOUNT_MEANINGS: Final = ("line_total", "unit_price", ORDER_TOTAL)
# The choices about rows that can be read but need not count: as they stand, or set aside.
KEEP_OR_DROP: Final = ("keep", "drop")
ROW_CHOICES: Final = ("duplicates", "unpaid", "service_lines", "cancelled_pairs", "partial_month")


def no_report(_share: float, _text: str) -> None:
    """A `Report` that says nothing."""


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file; `None` means "find out".

    `mapping` gives role -> column as named in the file; roles left out are found out, and an empty
    column name leaves a role unmapped. `kind` says what a row is: an order or line of one
    (transactions), or a customer. The ROW_CHOICES say what becomes of exact duplicates, of orders that
    were never paid, of lines that are no goods (postage, fees), of purchases cancelled in full together
    with their cancellation, and of a last month that is cut short; `currency` keeps the rows of one
    currency where a file mixes several. `amount_is` says whether the money of a row is its total, the price of
    one piece, or the total of its whole order, which then counts once an order. Raises InputError where a value is not one of its choices.
    """

    mapping: Mapping[str, str] | None = None
    date_order: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None
    amount_is: str | None = None
    duplicates: str = "keep"
    date_kind: str | None = None
    kind: str | None = None
    currency: str | None = None
    unpaid: str = "drop"
    service_lines: str = "keep"
    cancelled_pairs: str = "keep"
    partial_month: str = "keep"

    def __post_init__(self) -> None:
        self._check_types()
        _check("date order", self.date_order, DATE_ORDERS)
        _check("kind of dates", self.date_kind, DATE_KINDS)
        _check("decimal mark", self.decimal, DECIMALS)
        _check("delimiter", self.delimiter, DELIMITERS)
        _check("meaning of the amount", self.amount_is, AMOUNT_MEANINGS)
        _check("kind of data set", self.kind, KINDS)
        for choice in ROW_CHOICES:
            _check(f"choice for {choice}", getattr(self, choice), KEEP_OR_DROP)
        for role in self.mapping or {}:
            _check("role", role, (*ROLES, *CUSTOMER_ROLES[1:]))

    def _check_types(self) -> None:
        """Options come as JSON from browsers and records: what is no text where text belongs is refused."""
        mapping = {} if self.mapping is None else self.mapping
        if not isinstance(mapping, Mapping) or not all(isinstance(item, str) for item in mapping.values()):
            raise InputError("A mapping gives the name of a column for each role.")
        if self.header not in (None, True, False):
            raise InputError("Whether there is a header is yes or no.")
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name not in ("mapping", "header") and not (value is None or isinstance(value, str)):
                raise InputError(f"The import option '{each.name}' takes a text.")

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` reads them back."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["mapping"] = dict(self.mapping) if self.mapping is not None else None
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ImportOptions:
        """Read what `to_dict` wrote; raises InputError for a name that is no option."""
        known = {each.name for each in fields(cls)}
        for name in values:
            if name not in known:
                raise InputError(f"'{name}' is not an import option; there are {', '.join(sorted(known))}.")
        return cls(**values)


def _check(what: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        named = ", ".join(repr(choice) for choice in choices)
        raise InputError(f"The {what} '{value}' is not one of {named}.")


@dataclass(frozen=True)
class Detected:
    """One finding: what, why (in words for a person), and how sure (0-1)."""

    value: str
    evidence: str
    confidence: float


@dataclass(frozen=True)
class Inspection:
    """What a file is and how it would be imported; `options` are complete where `questions` is empty.

    `fill_down` are roles written only in the first row of an order, to be filled into its other rows;
    `unpaid_statuses` the values of the status column, in lower case, of orders that brought no money;
    `cancelled_prefix` what the order id of a cancellation starts with; `discount_is` is "line_total" where
    the discount is to be taken off the amount of its row, and None where it only informs; `ignored` are
    columns that only number the rows.
    """

    path: Path
    name: str
    file_format: str
    layout: str | None
    columns: tuple[str, ...]
    mapping: dict[str, str]
    detected: dict[str, Detected]
    preview: list[list[str]]
    questions: tuple[Question, ...]
    options: ImportOptions
    header_rows: int = 0
    currency: str | None = None
    notes: tuple[dict[str, Any], ...] = field(default=())
    kind: str = TRANSACTIONS
    fill_down: tuple[str, ...] = ()
    unpaid_statuses: tuple[str, ...] = ()
    cancelled_prefix: str | None = None
    discount_is: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def once_per_order(self) -> bool:
        """Whether the amount is that of the whole order, repeated in each of its rows."""
        return self.options.amount_is == ORDER_TOTAL

    def role_positions(self) -> dict[str, int]:
        """Role -> position of its column in the file, from 0."""
        return {role: self.columns.index(column) for role, column in self.mapping.items()}

    def require_answers(self) -> None:
        """Raise QuestionError while anything is undecided."""
        if self.questions:
            raise QuestionError(self.questions)


@dataclass(frozen=True)
class Staged:
    """A file streamed to disk as text: `path` holds `line_no` and `c0..cN`, one row a row of the file.

    `odd_path` holds the rows with the wrong number of cells in the same shape, with `reason` and
    `more` (the surplus cells); it exists only where `odd_rows > 0`.
    """

    path: Path
    odd_path: Path
    rows: int
    odd_rows: int
    blank_lines: int
    inspection: Inspection
    bytes: int
    sha256: str

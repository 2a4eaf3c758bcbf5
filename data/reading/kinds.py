"""What a row of a file is: an order or a line of one, or a customer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from data.accounting import counted
from data.errors import Question
from data.names import (
    AMOUNT,
    CUSTOMER_ID,
    CUSTOMER_ROLES,
    CUSTOMERS,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    ROLES,
    TRANSACTIONS,
    UNIT_PRICE,
)
from data.reading.asking import NO_COLUMN
from data.reading.layouts import FixedLayout, Layout
from data.reading.options import Detected, ImportOptions
from data.reading.profiles import FEW_ROWS, SHARE_OF_DATES, ColumnProfile, Sample
from data.reading.vocabulary import CUSTOMER_TABLE_NAMES, DATE_RANKS, OTHER_DATES, ROLE_NAMES, plain_name

# Words of a date that is one of an order, whatever else its name says.
_OF_ORDERS: Final = re.compile(
    r"order|invoice|purchase|transact|sale|sold|paid|payment|bought|bestell|kauf|rechnung|buchung|commande|factur"
    r"|compra|pedido|venta|billing|booking",
    re.IGNORECASE,
)
_PLAIN_DATES: Final = frozenset(
    {"date", "datetime", "timestamp", "day", "dt", "datum", "fecha", "time", "when"}
)
_SURE_NAMES: Final = frozenset(name for rank in DATE_RANKS[:3] for name in rank)
WORDS: Final = {
    TRANSACTIONS: "each row is an order, or a line of one",
    CUSTOMERS: "each row is a customer",
}


@dataclass(frozen=True)
class Kind:
    """The kind of data set with the words for it, and the question that is left."""

    kind: str
    detected: Detected | None
    question: Question | None = None


def order_dates(sample: Sample) -> list[ColumnProfile]:
    """The columns that may hold the dates of orders: dates, and not plainly dates of something else."""
    return [
        each
        for each in sample.profiles.values()
        if (each.is_date() or _named_date(each)) and not OTHER_DATES.search(each.name)
    ]


def _named_date(column: ColumnProfile) -> bool:
    """Numbers such as 44197 are dates only where the name says so."""
    return plain_name(column.name) in ROLE_NAMES[ORDERED_AT] and column.dates.readable() >= SHARE_OF_DATES


def decide_kind(
    name: str, sample: Sample, options: ImportOptions, layout: Layout | FixedLayout | None
) -> Kind:
    """Tell the kind of the file `name`; what `options` says stands.

    Where the content allows both readings, the kind is a first guess and a question is left.
    """
    if options.kind is not None:
        return Kind(options.kind, Detected(options.kind, "chosen", 1.0))
    if layout is not None:
        kind = layout.kind if isinstance(layout, Layout) else TRANSACTIONS
        return _told(kind, f"{layout.name}: {WORDS[kind]}", 1.0)
    given = (options.mapping or {}).items()
    chosen = {
        role: column for role, column in given if column in sample.columns or column not in ("", NO_COLUMN)
    }
    if roles := [role for role in chosen if role in ROLES and role != CUSTOMER_ID]:
        return _told(
            TRANSACTIONS, f"'{chosen[roles[0]]}' was chosen as {roles[0]}, which only orders have", 1.0
        )
    if roles := [role for role in chosen if role in CUSTOMER_ROLES[1:]]:
        return _told(
            CUSTOMERS, f"'{chosen[roles[0]]}' was chosen as {roles[0]}, which only customers have", 1.0
        )
    dates = order_dates(sample)
    return _with_dates(name, sample, dates) if dates else _without_dates(sample)


def _told(kind: str, words: str, sure: float) -> Kind:
    return Kind(kind, Detected(kind, words, sure))


def _with_dates(name: str, sample: Sample, dates: list[ColumnProfile]) -> Kind:
    sure = [each for each in dates if plain_name(each.name) in _SURE_NAMES or _OF_ORDERS.search(each.name)]
    if sure:
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: '{sure[0].name}' holds the dates of orders", 0.98)
    ids = _ids(sample)
    one_each = ids is not None and ids.is_unique()
    hint = _customer_hint(sample)
    if hint and one_each:
        return _told(CUSTOMERS, f"{WORDS[CUSTOMERS]}: it has '{hint}', and no customer comes twice", 0.9)
    if column := _named(sample, (ORDER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE)):
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: it has '{dates[0].name}' and '{column}'", 0.95)
    if not one_each:
        why = f"customers come again in '{ids.name}'" if ids else f"it has dates in '{dates[0].name}'"
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: {why}", 0.9)
    plain = any(plain_name(each.name) in _PLAIN_DATES for each in dates)
    money = _named(sample, (AMOUNT,))
    if len(sample) < FEW_ROWS or (plain and money and plain_name(money) not in CUSTOMER_TABLE_NAMES):
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: it has dates in '{dates[0].name}'", 0.7)
    text = (
        f"In {name} no '{ids.name if ids else ''}' comes twice in the {counted(len(sample), 'row')} looked at, and "
        f"'{dates[0].name}' may be the date of an order or a date of the customer. What is a row? Nothing was imported."
    )
    question = Question("kind", text, tuple(WORDS.items()), "--kind {value}")
    return Kind(TRANSACTIONS, None, question)


def _without_dates(sample: Sample) -> Kind:
    """No column of order dates: a table of customers, unless its other columns are those of orders."""
    if hint := _customer_hint(sample):
        return _told(CUSTOMERS, f"{WORDS[CUSTOMERS]}: it has '{hint}' and no dates of orders", 0.95)
    for each in sample.profiles.values():
        if plain_name(each.name) in ROLE_NAMES[ORDERED_AT] and not each.is_number():
            return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: a column is called '{each.name}'", 0.6)
    if column := _named(sample, (ORDER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE)):
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: it has '{column}'", 0.6)
    ids = _ids(sample)
    if ids is not None and not ids.is_unique():
        return _told(TRANSACTIONS, f"{WORDS[TRANSACTIONS]}: customers come again in '{ids.name}'", 0.6)
    words = f"{WORDS[CUSTOMERS]}: it has no column of order dates"
    return _told(CUSTOMERS, words + (f", and no '{ids.name}' comes twice" if ids else ""), 0.8)


def _customer_hint(sample: Sample) -> str | None:
    """A column that only a table of customers has, such as the days since the last purchase."""
    return next((column for column in sample.columns if plain_name(column) in CUSTOMER_TABLE_NAMES), None)


def _named(sample: Sample, roles: tuple[str, ...]) -> str | None:
    """A column that goes by a name of one of `roles`."""
    known = {name for role in roles for name in ROLE_NAMES[role]}
    return next((column for column in sample.columns if plain_name(column) in known), None)


def _ids(sample: Sample) -> ColumnProfile | None:
    """The column that by its name tells the customer."""
    by_plain = {plain_name(column): column for column in reversed(sample.columns)}
    found = next((by_plain[name] for name in (*ROLE_NAMES[CUSTOMER_ID], "id") if name in by_plain), None)
    return sample.profiles[found] if found else None

"""The first rows of a file as an import would understand them: real dates and numbers, or what is not one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from data import engine
from data.names import AMOUNT, CUSTOMER_ID, CUSTOMERS, DISCOUNT, ORDERED_AT, QUANTITY, REFUND, UNIT_PRICE
from data.reading import Inspection
from data.reading.dates import timestamps_sql
from data.reading.numbers import number_sql
from data.reading.profiles import Sample
from data.reading.vocabulary import MONETARY

NUMBER_ROLES = (AMOUNT, QUANTITY, UNIT_PRICE, DISCOUNT, REFUND)
_MONEY_ROLES = (AMOUNT, UNIT_PRICE, REFUND, MONETARY)


@dataclass(frozen=True)
class PreviewCell:
    """One cell: the text to show, the text of the file, and whether it can be read as its role needs."""

    text: str
    written: str
    readable: bool = True


def preview_rows(inspection: Inspection) -> list[list[PreviewCell]]:
    """The preview of `inspection` with dates and numbers read as its options say.

    Where the options leave open how to read a column, its cells are shown as they are written.
    """
    readings: dict[int, dict[str, str]] = {}
    with closing(engine.connect([], threads=1, memory_mb=256)) as connection:
        if ORDERED_AT in inspection.mapping and _dates_decided(inspection):
            place = inspection.columns.index(inspection.mapping[ORDERED_AT])
            readings[place] = _dates(connection, _texts(inspection, place), inspection)
        if inspection.options.decimal is not None:
            for column, places in _number_columns(inspection).items():
                place = inspection.columns.index(column)
                texts = _texts(inspection, place)
                readings[place] = _numbers(connection, texts, inspection.options.decimal, places)
    return [
        [_cell(written, readings.get(place)) for place, written in enumerate(row)]
        for row in inspection.preview
    ]


def _texts(inspection: Inspection, place: int) -> list[str]:
    return sorted({row[place] for row in inspection.preview})


def _number_columns(inspection: Inspection) -> dict[str, int]:
    """The columns that are read as numbers, with the decimals that are always shown."""
    by_role = {column: role for role, column in inspection.mapping.items()}
    roles = [by_role.get(column, "") for column in inspection.columns]
    numbers = {each for each, role in zip(inspection.columns, roles, strict=True) if role in NUMBER_ROLES}
    if inspection.kind == CUSTOMERS and inspection.preview:
        profiles = Sample(inspection.columns, inspection.preview).profiles.values()
        # Figures that begin with a zero are codes, such as those of places.
        numbers = {
            each.name
            for each in profiles
            if each.is_number() and by_role.get(each.name) != CUSTOMER_ID and not _is_code(each.values)
        }
    return {
        column: 2 if by_role.get(column) in _MONEY_ROLES else 0
        for column in inspection.columns
        if column in numbers
    }


def _is_code(values: Iterable[str]) -> bool:
    return any(len(text) > 1 and text.startswith("0") and text.isdecimal() for text in values)


def _dates_decided(inspection: Inspection) -> bool:
    asked = any(question.key == "date_order" for question in inspection.questions)
    return inspection.options.date_kind is not None and not asked


def _cell(written: str, readings: dict[str, str] | None) -> PreviewCell:
    if readings is None or not written.strip():
        return PreviewCell(written, written)
    return PreviewCell(readings.get(written, written), written, written in readings)


def _dates(connection: duckdb.DuckDBPyConnection, texts: list[str], inspection: Inspection) -> dict[str, str]:
    options = inspection.options
    read = timestamps_sql(_table(texts), options.date_kind or "text", options.date_order)
    found = connection.execute(f"SELECT written, ordered_at FROM ({read})", texts).fetchall()
    return {written: _date_words(moment) for written, moment in found if moment is not None}


def _numbers(
    connection: duckdb.DuckDBPyConnection, texts: list[str], decimal: str, places: int
) -> dict[str, str]:
    query = f"SELECT written, {number_sql('written', decimal)} FROM {_table(texts)}"
    found = connection.execute(query, texts).fetchall()
    return {written: _number_words(number, places) for written, number in found if number is not None}


def _table(texts: Iterable[str]) -> str:
    rows = ", ".join("(CAST(? AS VARCHAR))" for _ in texts)
    return f"(SELECT * FROM (VALUES {rows}) AS texts(written))"


def _date_words(moment: dt.datetime) -> str:
    words = f"{moment.day} {moment:%b %Y}"
    return words if moment.time() == dt.time() else f"{words}, {moment:%H:%M}"


def _number_words(number: Decimal, places: int) -> str:
    """The number with thousands apart and at least `places` of its decimals."""
    whole, _, fraction = f"{number:,.4f}".partition(".")
    shown = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{shown}" if shown else whole

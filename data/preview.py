"""The first rows of a file as an import would understand them: real dates and numbers, or what is not one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from data import engine
from data.names import AMOUNT, DISCOUNT, ORDERED_AT, QUANTITY, UNIT_PRICE
from data.reading import Inspection
from data.reading.dates import timestamps_sql
from data.reading.numbers import number_sql

NUMBER_ROLES = (AMOUNT, QUANTITY, UNIT_PRICE, DISCOUNT)


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
        for role, column in inspection.mapping.items():
            place = inspection.columns.index(column)
            texts = sorted({row[place] for row in inspection.preview})
            if role == ORDERED_AT and _dates_decided(inspection):
                readings[place] = _dates(connection, texts, inspection)
            elif role in NUMBER_ROLES and inspection.options.decimal is not None:
                places = 2 if role in (AMOUNT, UNIT_PRICE) else 0
                readings[place] = _numbers(connection, texts, inspection.options.decimal, places)
    return [
        [_cell(written, readings.get(place)) for place, written in enumerate(row)]
        for row in inspection.preview
    ]


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

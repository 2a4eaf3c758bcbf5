"""The columns in a table, and some of the rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from data.engine import scan
from data.quarantine import identifier
from data.statistics.answers import Column, ColumnSummary, Head
from data.statistics.source import MAX_CATEGORIES, Source

HEAD_ROWS: Final = 20
COMMONEST: Final = 3

Value = float | dt.date | None


def summaries(source: Source) -> tuple[ColumnSummary, ...]:
    """Each column: filled, different values, and its range or its commonest values."""
    return tuple(
        _text(source, each) if each.type == "text" else _range(source, each) for each in source.columns
    )


def _text(source: Source, column: Column) -> ColumnSummary:
    distinct, about = source.distinct(column)
    common: list[tuple[Any, ...]] = []
    if source.comes_back(column):
        (common, distinct), about = source.commonest(column, COMMONEST), False
    pairs = tuple((str(row[0]), int(row[1])) for row in common)
    return ColumnSummary(
        column, source.rows(column.relation), source.filled(column), distinct, about, common=pairs
    )


def _range(source: Source, column: Column) -> ColumnSummary:
    # There are never so many days that they could not be counted one by one.
    distinct, about = (0, True) if column.type == "date" else source.distinct(column)
    low: Value
    if about and distinct <= MAX_CATEGORIES:
        distinct, low, median, mean, high = _of_few_values(source, column)
        about = False
    else:
        low, median, mean, high = _of_all_values(source, column)
    rows, filled = source.rows(column.relation), source.filled(column)
    return ColumnSummary(column, rows, filled, distinct, about, low, median, mean, high)


def _of_all_values(source: Source, column: Column) -> tuple[Any, Any, Any, Any]:
    value = source.sql(column)
    low, median, average, high = source.query(
        f"SELECT min({value}), quantile_cont({value}, 0.5), avg({value}), max({value}) FROM {column.relation}"
    )[0]
    return low, median, average, high


def _of_few_values(source: Source, column: Column) -> tuple[int, Any, Any, Any, Any]:
    """The same, with the number of values, by counting each: no list of all rows is held or ordered."""
    value, dates = source.sql(column), column.type == "date"
    # The value at a place, places counted from 0; the middle of an even number lies between two.
    at = "min(v) FILTER (WHERE upto > {}(({} - 1) / 2))"
    lower, upper = (at.format(step, "total") for step in ("floor", "ceil"))
    median = lower if dates else f"{lower} + ({upper} - {lower}) * 0.5"
    mean = "NULL" if dates else "sum(v * n) / any_value(total)"
    low, middle, average, high, distinct = source.query(
        f"WITH counted AS (SELECT {value} AS v, count(*) AS n FROM {column.relation} GROUP BY v),"
        " placed AS (SELECT v, n, sum(n) OVER (ORDER BY v) AS upto, sum(n) OVER () AS total FROM counted"
        " WHERE v IS NOT NULL)"
        f" SELECT min(v), {median}, {mean}, max(v), count(*) FROM placed"
    )[0]
    return int(distinct), low, middle, average, high


def head(source: Source) -> Head:
    """The first twenty rows as they are stored."""
    columns = source.of(source.main)
    first = source.files[source.main][0]
    relation = scan([first]).removesuffix(")") + ", file_row_number = true)"
    stored = {str(row[0]) for row in source.query(f"DESCRIBE SELECT * FROM {relation}")}
    # An older file of a data set may lack a column that a newer one has.
    cells = ", ".join(
        f"CAST({identifier(column.name)} AS {'DOUBLE' if column.type == 'number' else 'VARCHAR'})"
        if column.name in stored
        else "NULL"
        for column in columns
    )
    rows = source.query(
        f"SELECT {cells} FROM {relation} WHERE file_row_number < {HEAD_ROWS} ORDER BY file_row_number"
    )
    cells_of = [
        tuple(_cell(value, each.money) for each, value in zip(columns, row, strict=True)) for row in rows
    ]
    return Head(tuple(columns), tuple(cells_of))


def _cell(value: float | str | None, money: bool) -> str | None:
    """A stored value as text: an amount with its cents, else no needless zeros; no midnight behind a day."""
    if isinstance(value, float):
        # Money is kept to a hundredth of a cent, which few files use.
        return f"{value:.4f}".removesuffix("00") if money else f"{value:.15g}"
    return value if value is None else value.removesuffix(" 00:00:00")

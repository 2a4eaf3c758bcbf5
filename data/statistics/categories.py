"""What the values of a column brought in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from data import names
from data.errors import InputError
from data.statistics.answers import Categories, Category, Column
from data.statistics.columns import ATTRIBUTES, CUSTOMERS, LINES
from data.statistics.source import BOUGHT, Answer, Source

TOP_CATEGORIES: Final = 15
# As many values as a person can look through.
FEW_VALUES: Final = 50
# Values that stand for customers or orders come back, but (nearly) always with the same customer.
_CUSTOMERS_OF_A_NAME: Final = 1.2
_COMPARED: Final = (names.CATEGORY, names.COUNTRY, names.CLUSTER)
_NEVER_NAMES: Final = (*_COMPARED, names.PRODUCT_ID)


def category_columns(source: Source) -> tuple[Column, ...]:
    """The text columns whose values come back: those that "by category" can be asked of."""
    ids = (names.CUSTOMER_ID, names.ORDER_ID)
    return tuple(
        column
        for column in source.columns
        if column.type == "text"
        and column.role not in ids
        and source.distinct(column)[0] > 1
        and source.comes_back(column)
        and not _names_customers(source, column)
    )


def first_category(source: Source) -> Column | None:
    """What is compared before anyone chooses: the category or country, else a column of few values."""
    columns = category_columns(source)
    wished = [column for role in _COMPARED for column in columns if column.role == role]
    few = [column for column in columns if source.distinct(column)[0] <= FEW_VALUES]
    return next(iter((*wished, *few, *columns)), None)


def _names_customers(source: Source, column: Column) -> bool:
    """Whether the values of a column of lines are ids of customers or orders under another name."""
    distinct = source.distinct(column)[0]
    if column.relation != LINES or column.role in _NEVER_NAMES or distinct <= FEW_VALUES:
        return False
    return source.customers_by_value(column) <= _CUSTOMERS_OF_A_NAME * distinct


def by_category(source: Source, column: Column) -> Categories:
    """Net amount, orders and rows of the fifteen values that bring in most, and of the rest."""
    if column not in category_columns(source):
        raise InputError(
            f"{column.name} cannot be compared: it has too many different values, or only one, or names customers."
        )
    work = {LINES: _line_categories, ATTRIBUTES: _attribute_categories}
    return work.get(column.relation, _customer_categories)(source, column)


def _line_categories(source: Source, column: Column) -> Categories:
    value = source.sql(column)
    sums = source.query(
        f"SELECT {value} AS value, CAST(sum({names.AMOUNT}) AS DOUBLE) AS net, count(*) AS n FROM {LINES}"
        " GROUP BY value ORDER BY net DESC NULLS LAST, value NULLS LAST"
    )
    top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
    # One pass: each order gets a bit for each of the values it holds, the last bit for all others.
    places = ", ".join(
        f"CAST(count(*) FILTER (WHERE places & {1 << at} > 0) AS BIGINT)" for at in range(len(top) + 1)
    )
    orders = source.query(
        f"WITH tops AS (SELECT unnest($values) AS top, unnest(range({len(top)})) AS place),"
        f" orders AS (SELECT {source.order} AS o, bit_or(CAST(1 AS INTEGER) <<"
        f" CAST(coalesce(place, {len(top)}) AS INTEGER)) AS places"
        f" FROM {LINES} LEFT JOIN tops ON {value} IS NOT DISTINCT FROM top WHERE {BOUGHT} GROUP BY o)"
        f" SELECT {places} FROM orders",
        {"values": [row[0] for row in top]},
    )[0]
    return _categories(column, "rows", top, rest, orders, "net amount")


def _attribute_categories(source: Source, column: Column) -> Categories:
    value = source.sql(column)
    orders = f"count(DISTINCT {source.order}) FILTER (WHERE {BOUGHT})"
    sums = source.query(
        f"WITH spend AS (SELECT {names.CUSTOMER_ID}, sum({names.AMOUNT}) AS net, {orders} AS orders"
        f" FROM {LINES} GROUP BY {names.CUSTOMER_ID}),"
        f" known AS (SELECT {names.CUSTOMER_ID}, {value} AS value FROM {ATTRIBUTES})"
        " SELECT value, CAST(sum(net) AS DOUBLE) AS net, count(*) AS n, CAST(sum(orders) AS BIGINT)"
        f" FROM spend LEFT JOIN known USING ({names.CUSTOMER_ID}) GROUP BY value"
        " ORDER BY net DESC NULLS LAST, value NULLS LAST"
    )
    top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
    # A customer has one value, so the orders of the others add up.
    counts = [*(row[3] for row in top), sum(row[3] for row in rest)]
    return _categories(column, "customers", top, rest, counts, "net amount")


def _customer_categories(source: Source, column: Column) -> Categories:
    monetary = source.by_role("monetary")
    value = source.sql(column)
    amount = f"sum({source.sql(monetary)})" if monetary else "NULL"
    sums = source.query(
        f"SELECT {value} AS value, CAST({amount} AS DOUBLE) AS net, count(*) AS n FROM {CUSTOMERS}"
        " GROUP BY value ORDER BY net DESC NULLS LAST, n DESC, value NULLS LAST"
    )
    top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
    name = monetary.name if monetary else "customers"
    return _categories(column, "customers", top, rest, None, name)


def _categories(
    column: Column,
    of: Literal["rows", "customers"],
    top: Answer,
    rest: Answer,
    orders: Sequence[int] | None,
    measure: str,
) -> Categories:
    def category(place: int, label: str | None, rows: Iterable[tuple[Any, ...]]) -> Category:
        taken = list(rows)
        amounts = [float(row[1]) for row in taken if row[1] is not None]
        return Category(
            label,
            round(math.fsum(amounts), 4) if amounts else None,
            int(orders[place]) if orders is not None else None,
            sum(int(row[2]) for row in taken),
        )

    tops = tuple(category(at, row[0], [row]) for at, row in enumerate(top))
    left = category(len(top), "", rest) if rest else None
    everything = [*tops, *([left] if left else [])]
    amounts = [each.amount for each in everything if each.amount is not None]
    total = round(math.fsum(amounts), 4) if amounts else None
    rows = sum(each.rows for each in everything)
    return Categories(column, of, tops, left, len(rest), total, rows, measure)

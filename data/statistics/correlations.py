"""Pearson's correlation of the numbers of customers or rows, pair by pair."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final

from data import names
from data.features import PURCHASE
from data.statistics.answers import Correlation, Level
from data.statistics.columns import ATTRIBUTES, LINES
from data.statistics.source import Source

# A correlation of this many customers is exact to the second decimal; more would only take longer.
CORRELATION_CUSTOMERS: Final = 200_000
MAX_CORRELATED: Final = 30
# Of fewer pairs of values, r is mostly chance.
MIN_PAIRS: Final = 10

# What customers are compared by, worked out from their rows: definition over their orders.
CUSTOMER_MEASURES: Final = {
    "orders": "sum(bought)",
    "net_amount": "CAST(sum(net) AS DOUBLE)",
    "average_order_value": "CAST(sum(net) AS DOUBLE) / nullif(sum(bought), 0)",
    "units": "sum(units)",
    "different_products": "max(products)",
    "days_since_last_order": "$last - max(last_day)",
    "days_since_first_order": "$last - min(first_day)",
}
_CUSTOMER: Final = f"hash({names.CUSTOMER_ID})"
_NEEDS: Final = {"units": names.QUANTITY, "different_products": names.PRODUCT_ID}


def levels(source: Source) -> tuple[Level, ...]:
    """What correlations can be asked of: customers and rows, or only customers where these are the rows."""
    return ("customers", "rows") if source.kind == names.TRANSACTIONS else ("customers",)


def correlation(source: Source, level: Level) -> Correlation:
    """Pearson correlation of the numeric columns of customers or rows, pair by pair."""
    if level == "customers" and source.kind == names.TRANSACTIONS:
        return _of_customers(source)
    numbers = [each for each in source.of(source.main) if each.type == "number"]
    values = ", ".join(f"{source.sql(each)} AS c{at}" for at, each in enumerate(numbers))
    rows = f"SELECT {values} FROM {source.main}" if numbers else ""
    labels = [column.name for column in numbers]
    return _correlate(source, level, labels, rows, source.rows(source.main))


def _of_customers(source: Source) -> Correlation:
    total = source.customers()
    every = max(1, math.ceil(total / CORRELATION_CUSTOMERS))
    # Chosen by their ids: the same customers at each visit, whatever the order of the rows.
    sample = f" WHERE {_CUSTOMER} % {every} = 0" if every > 1 else ""
    measures = {
        name: text
        for name, text in CUSTOMER_MEASURES.items()
        if name not in _NEEDS or source.has(_NEEDS[name])
    }
    attributes = [each for each in source.of(ATTRIBUTES) if each.type == "number"]
    labels = [*measures, *(column.name for column in attributes)]
    last = source.query(f"SELECT max({names.DAY}) FROM {LINES}")[0][0] or dt.date(1970, 1, 1)
    measured = ", ".join(f"{text} AS c{at}" for at, text in enumerate(measures.values()))
    given = "".join(
        f", {source.sql(each)} AS c{at}" for at, each in enumerate(attributes, start=len(measures))
    )
    joined = (
        f" LEFT JOIN (SELECT {_CUSTOMER} AS customer{given} FROM {ATTRIBUTES}) USING (customer)"
        if attributes
        else ""
    )
    products = (
        " LEFT JOIN (SELECT customer, count(DISTINCT product) AS products FROM sampled WHERE bought = 1"
        " GROUP BY customer) USING (customer)"
    )
    columns = ", ".join(f"c{at}" for at in range(len(labels)))
    # Texts are read once and become numbers, which are far quicker to tell apart.
    text = (
        f"WITH sampled AS MATERIALIZED (SELECT {_CUSTOMER} AS customer, {source.order} AS o, {PURCHASE} AS bought,"
        f" {names.AMOUNT} AS amount, {names.QUANTITY} AS quantity, {names.DAY} AS day,"
        f" CASE WHEN {names.PRODUCT_ID} IS NOT NULL THEN hash({names.PRODUCT_ID}) END AS product"
        f" FROM {LINES}{sample}),"
        " orders AS (SELECT customer, o, max(bought) AS bought, sum(amount) AS net,"
        " sum(quantity) FILTER (WHERE bought = 1) AS units,"
        " max(day) FILTER (WHERE bought = 1) AS last_day, min(day) FILTER (WHERE bought = 1) AS first_day"
        " FROM sampled GROUP BY customer, o),"
        f" measured AS (SELECT customer, {measured} FROM orders{products} GROUP BY customer)"
        f" SELECT {columns} FROM measured{joined}"
    )
    return _correlate(source, "customers", labels, text.replace("$last", f"DATE '{last}'"), total)


def _correlate(source: Source, level: Level, labels: Sequence[str], rows: str, total: int) -> Correlation:
    """The correlations of the columns c0, c1, ... of the statement `rows`, called `labels`."""
    if not rows:
        return Correlation(level, (), (), (), 0, total)
    every = range(len(labels))
    casts = ", ".join(f"CAST(c{at} AS DOUBLE) AS c{at}" for at in every)
    relation = f"(SELECT {casts} FROM ({rows}))"
    if level == "customers":
        # Asked twice, and costly to work out; a temporary table is this thread's own.
        source.query(f"CREATE OR REPLACE TEMP TABLE correlated AS FROM {relation}")
        relation = "correlated"
    spread = ", ".join(f"min(c{at}), max(c{at})" for at in every)
    n, *ends = source.query(f"SELECT count(*), {spread} FROM {relation}")[0]
    varying = [at for at in every if ends[2 * at] is not None and ends[2 * at] < ends[2 * at + 1]]
    shown, beyond = varying[:MAX_CORRELATED], varying[MAX_CORRELATED:]
    couples = [(a, b) for place, a in enumerate(shown) for b in shown[:place]]
    values: tuple[Any, ...] = ()
    if couples:
        asked = ", ".join(f"corr(c{a}, c{b}), regr_count(c{a}, c{b})" for a, b in couples)
        values = source.query(f"SELECT {asked} FROM {relation}")[0]
    if level == "customers":
        source.query("DROP TABLE correlated")
    size = len(shown)
    r: list[list[float | None]] = [[1.0 if a == b else None for b in range(size)] for a in range(size)]
    pairs = [[int(n)] * size for _ in range(size)]
    for at, (a, b) in enumerate(couples):
        found, number = values[2 * at], int(values[2 * at + 1])
        i, j = shown.index(a), shown.index(b)
        usable = found is not None and math.isfinite(found) and number >= MIN_PAIRS
        r[i][j] = r[j][i] = round(float(found), 6) if usable else None
        pairs[i][j] = pairs[j][i] = number
    return Correlation(
        level,
        tuple(labels[at] for at in shown),
        tuple(tuple(row) for row in r),
        tuple(tuple(row) for row in pairs),
        int(n),
        total,
        constant=tuple(labels[at] for at in every if at not in varying),
        beyond=tuple(labels[at] for at in beyond),
    )

"""SQL texts of the overview: from lines to orders, days of customers, and customers.

`tables` makes the temporary tables of one bucket of customers; the other texts ask them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Final

import duckdb

from data.engine import scan
from data.features import EPOCH, PURCHASE
from data.overview.groups import CHANGES
from data.overview.periods import MONTH, Period

# A day before all others: that of the purchase before a first one.
NEVER: Final = -(2**31)
# What customers did in a period that is compared, in the order of `Gathered.moments`: their net in it and in the period
# before, their orders in these, and their net a year earlier.
COMPARED: Final = ("net", "before", "orders", "orders_before", "year")
PAIRS: Final = tuple(combinations_with_replacement(range(len(COMPARED)), 2))

NET: Final = "SELECT date_diff('day', $first, day), SUM(net) FROM days GROUP BY day"
ORDERED: Final = "SELECT date_diff('day', $first, day), SUM(orders) FROM days GROUP BY day"
STEPS: Final = f"""SELECT CAST(date_diff('day', DATE '{EPOCH}', day) AS BIGINT) AS day,
  COALESCE(date_diff('day', DATE '{EPOCH}', before), {NEVER}) AS before, COUNT(*) AS customers
FROM steps GROUP BY ALL"""

# A number is grouped and sorted in half the time of a text.
_NUMBERED: Final = """SELECT customer_id, CAST(ROW_NUMBER() OVER (ORDER BY customer_id) AS INTEGER) AS number
FROM (SELECT DISTINCT customer_id FROM {lines})"""
# Orders are those of data.features: named, or all of a customer's lines of one day.
_VISITS: Final = f"""SELECT number, day, COALESCE(order_id, CAST(date_diff('day', DATE '{EPOCH}', day) AS VARCHAR)) AS name,
  CAST(SUM(amount) AS DECIMAL(18,4)) AS net, bool_or({PURCHASE}) AS bought
FROM {{lines}} l JOIN numbered USING (customer_id)
GROUP BY number, day, name"""
# An order counts on the day of its first purchase.
_DAYS: Final = """SELECT number, day, CAST(SUM(net) AS DECIMAL(18,4)) AS net, bool_or(bought) AS bought,
  CAST(SUM(orders) AS INTEGER) AS orders
FROM (SELECT number, day, net, bought, 0 AS orders FROM visits UNION ALL
  SELECT number, MIN(day), 0, false, 1 FROM visits WHERE bought GROUP BY number, name)
GROUP BY number, day"""
# A customer's days with a purchase, each beside the one before it: who was active in any span, who came back
# after any other, and who came first, is then a count of rows.
_STEPS: Final = (
    "SELECT number, day, LAG(day) OVER (PARTITION BY number ORDER BY day) AS before FROM days WHERE bought"
)


@contextmanager
def tables(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], offered: tuple[Period, ...]
) -> Iterator[None]:
    """The temporary tables of one bucket: `days` of customers with their `steps`, and customers (`judged`)."""
    lines = scan(paths)
    texts = {
        "numbered": _NUMBERED.format(lines=lines),
        "visits": _VISITS.format(lines=lines),
        "days": _DAYS,
        "steps": _STEPS,
        "who": _who(offered),
        "judged": _judged(offered),
    }
    try:
        for name, text in texts.items():
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")
        yield
    finally:
        for name in texts:
            connection.execute(f"DROP TABLE IF EXISTS {name}")


def _who(offered: tuple[Period, ...]) -> str:
    """Customers: their first purchase, last days, and what they did by period (`COMPARED`, with `_K`)."""
    columns = [
        "MIN(CASE WHEN bought THEN day END) AS first",
        "MAX(day) AS last_line",
        "MAX(CASE WHEN bought THEN day END) AS last_bought",
        "SUM(orders) AS orders",
    ]
    for each in offered:
        key = each.key
        if each.before_start is None:
            columns.append(f"CAST(SUM(net) AS DECIMAL(18,4)) AS net_{key}")
            continue
        now = f"day >= DATE '{each.start}'"
        before = f"day BETWEEN DATE '{each.before_start}' AND DATE '{each.before_end}'"
        columns += [
            _money(now, f"net_{key}"),
            _money(before, f"before_{key}"),
            f"SUM(CASE WHEN {now} THEN orders ELSE 0 END) AS orders_{key}",
            f"SUM(CASE WHEN {before} THEN orders ELSE 0 END) AS orders_before_{key}",
            f"COALESCE(bool_or({before}), false) AS line_before_{key}",
            f"COALESCE(bool_or(bought AND {before}), false) AS bought_before_{key}",
        ]
        if each.year:
            columns.append(
                _money(f"day BETWEEN DATE '{each.year[0]}' AND DATE '{each.year[1]}'", f"year_{key}")
            )
        else:
            columns.append(f"CAST(0 AS DECIMAL(18,4)) AS year_{key}")
    return f"SELECT number, {', '.join(columns)} FROM days GROUP BY number"


def _money(when: str, name: str) -> str:
    return f"CAST(COALESCE(SUM(CASE WHEN {when} THEN net END), 0) AS DECIMAL(18,4)) AS {name}"


def _judged(offered: tuple[Period, ...]) -> str:
    """`who` with the change of each customer in each period, as a place in `CHANGES`."""
    columns = []
    for each in offered:
        key, start = each.key, f"DATE '{each.start}'"
        if each.before_complete:
            change = (
                f"CASE WHEN first >= {start} THEN {CHANGES.index('new')}"
                f" WHEN line_before_{key} AND last_line < {start} THEN {CHANGES.index('lost')}"
                f" WHEN line_before_{key} AND net_{key} < before_{key} THEN {CHANGES.index('down')}"
                f" WHEN line_before_{key} THEN {CHANGES.index('up')}"
                f" WHEN last_line >= {start} THEN {CHANGES.index('returned')} ELSE 0 END"
            )
        else:
            change = "0"
        columns.append(f"CAST({change} AS TINYINT) AS change_{key}")
        columns.append(f"COALESCE(last_bought >= {start}, false) AS bought_{key}")
    return f"SELECT *, {', '.join(columns)} FROM who"


def people_sql(offered: tuple[Period, ...]) -> str:
    """The customers who ever bought, as `Gathered.people` has them."""
    columns = []
    for each in offered:
        key = each.key
        columns += [f"CAST(net_{key} AS DOUBLE) AS net_{key}", f"change_{key}", f"bought_{key}"]
        if each.days is not None:
            columns += [f"CAST(before_{key} AS DOUBLE) AS before_{key}", f"bought_before_{key}"]
    return (
        "SELECT customer_id, CAST(year(first) * 100 + month(first) AS INTEGER) AS first_month,"
        f" {', '.join(columns)} FROM judged JOIN numbered USING (number) WHERE first IS NOT NULL"
    )


def parts_sql(key: str) -> str:
    """By change: what customers spent in the period and before it, and how many of them ever bought."""
    return (
        f"SELECT change_{key}, SUM(net_{key}), SUM(before_{key}), COUNT(first) FROM judged"
        f" WHERE change_{key} > 0 GROUP BY change_{key}"
    )


def moments_sql(key: str) -> str:
    """One row: the sums over customers of the products of `COMPARED`, by `PAIRS`."""
    # Exact to the cent, so that the sums do not depend on the order of rows.
    columns = ", ".join(f"CAST({name}_{key} AS DECIMAL(18,2)) AS {name}" for name in COMPARED)
    sums = ", ".join(f"COALESCE(SUM({COMPARED[one]} * {COMPARED[other]}), 0)" for one, other in PAIRS)
    return f"SELECT {sums} FROM (SELECT {columns} FROM judged WHERE net_{key} <> 0 OR before_{key} <> 0 OR year_{key} <> 0)"


def cohort_sqls(unit: str, horizon_days: int) -> tuple[str, str, str, str]:
    """Texts that count cohorts, by months (quarters) since year 0.

    (cohort, month, customers active), (cohort, month, net), (cohort, customers who bought on another day within the
    horizon after their first), (cohort, customers with two orders or more).
    """

    def index(day: str) -> str:
        months = f"(year({day}) * 12 + month({day}) - 1)"
        return months if unit == MONTH else f"{months} // 3"

    begun, now, joined = index("w.first"), index("day"), "JOIN who w USING (number)"
    return (
        f"SELECT {begun}, {now}, COUNT(*) FROM steps {joined}"
        f" WHERE before IS NULL OR {index('before')} < {now} GROUP BY ALL",
        f"SELECT {begun}, {now}, SUM(d.net) FROM days d {joined} WHERE first IS NOT NULL GROUP BY ALL",
        f"SELECT {begun}, COUNT(*) FROM steps {joined}"
        f" WHERE before = first AND day <= first + {int(horizon_days)} GROUP BY ALL",
        f"SELECT {begun}, COUNT(*) FROM who w WHERE orders > 1 GROUP BY ALL",
    )

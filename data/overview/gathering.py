"""All that the overview counts, gathered in the engine: one bucket of customers after the other.

Lines become days of customers, those become customers; what leaves the engine is a few totals by day, and one
row a customer. Money is added up as exact decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data.engine import scan
from data.features import EPOCH, PURCHASE, day_number
from data.names import CUSTOMER_ID
from data.overview.groups import CHANGES
from data.overview.periods import MONTH, Period, calendar_unit, periods

Days = NDArray[np.int64]
_NEVER: Final = -(2**31)
_TABLES: Final = ("numbered", "visits", "orders", "days", "steps", "who", "judged")


@dataclass
class Part:
    """Customers who changed in the same way: what they spent in a period, and in the one before.

    `customers` counts those who ever bought, `squares` is the sum of the squares of the differences.
    """

    now: Decimal = Decimal(0)
    before: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)
    customers: int = 0


@dataclass
class Cohort:
    """Customers by the month or quarter of their first purchase.

    `active` and `spent` are by months (quarters) since then; `again` of them bought on another day within the
    horizon after their first, and `repeaters` have two orders or more.
    """

    active: dict[int, int] = field(default_factory=dict)
    spent: dict[int, Decimal] = field(default_factory=dict)
    again: int = 0
    repeaters: int = 0

    @property
    def customers(self) -> int:
        """How many came in that month (quarter)."""
        return self.active[0]


@dataclass(frozen=True)
class Gathered:
    """What the lines of a data set say, counted for the overview.

    `people` has one row a customer who ever bought: `customer_id`, `first_month` (yyyymm) and for each period
    with key K `net_K`, `before_K` (float64), `change_K` (int8, a place in `groups.CHANGES`), `bought_K` and
    `bought_before_K` (bool). `parts` is by period and name of the change; `cohorts` by months (quarters) since
    year 0.
    """

    first: dt.date
    last: dt.date
    horizon_days: int
    periods: tuple[Period, ...]
    unit: str
    people: pd.DataFrame = field(repr=False)
    parts: dict[str, dict[str, Part]] = field(repr=False)
    cohorts: dict[int, Cohort] = field(repr=False)
    _net: list[Decimal] = field(repr=False)
    _orders: Days = field(repr=False)
    _steps: tuple[Days, Days, Days] = field(repr=False)

    def revenue(self, start: dt.date, end: dt.date) -> Decimal:
        """Net of all lines from `start` to `end`, returns taken off."""
        return self._net[self._place(end) + 1] - self._net[self._place(start - dt.timedelta(days=1)) + 1]

    def orders(self, start: dt.date, end: dt.date) -> int:
        """Orders from `start` to `end`, each on the day of its first purchase."""
        places = self._place(end) + 1, self._place(start - dt.timedelta(days=1)) + 1
        return int(self._orders[places[0]] - self._orders[places[1]])

    def active(self, start: dt.date, end: dt.date) -> int:
        """Customers with a purchase from `start` to `end`."""
        return self._counted(start, end, lambda before: before < day_number(start))

    def customers(self, day: dt.date) -> int:
        """Customers with a purchase up to and including `day`."""
        return self._counted(self.first, day, lambda before: before == _NEVER)

    def new(self, start: dt.date, end: dt.date) -> int:
        """Customers whose first purchase is from `start` to `end`."""
        return self._counted(start, end, lambda before: before == _NEVER)

    def again(self, earlier: dt.date, start: dt.date, end: dt.date) -> int:
        """Customers with a purchase from `earlier` to the day before `start`, and another from `start` to `end`."""
        low, high = day_number(earlier), day_number(start)
        return self._counted(start, end, lambda before: (before >= low) & (before < high))

    def _counted(self, start: dt.date, end: dt.date, holds: Any) -> int:
        days, before, customers = self._steps
        low, high = np.searchsorted(days, [day_number(start), day_number(end) + 1])
        return int(customers[low:high][holds(before[low:high])].sum())

    def _place(self, day: dt.date) -> int:
        return min(max((day - self.first).days, -1), (self.last - self.first).days)


def gather(
    connection: duckdb.DuckDBPyConnection,
    buckets: Sequence[Iterable[Path]],
    first: dt.date,
    last: dt.date,
    horizon_days: int,
) -> Gathered:
    """Count the lines of `buckets` (lists of Parquet files; no customer is in two), dated `first` to `last`."""
    offered = periods(first, last, horizon_days)
    unit = calendar_unit(first, last)
    span = (last - first).days + 1
    net, orders = [Decimal(0)] * span, np.zeros(span + 1, dtype=np.int64)
    steps: list[dict[str, Any]] = []
    parts = {each.key: {name: Part() for name in CHANGES[1:]} for each in offered}
    cohorts: dict[int, Cohort] = {}
    people: list[pa.Table] = []
    for paths in filter(None, ([*bucket] for bucket in buckets)):
        with _tables(connection, paths, offered):
            for place, amount in _rows(connection, _NET, first):
                net[place] += amount
            for place, number in _rows(connection, _ORDERED, first):
                orders[place + 1] += number
            steps.append(connection.execute(_STEPS).fetchnumpy())
            _add_parts(connection, offered, parts)
            _add_cohorts(connection, unit, horizon_days, cohorts)
            people.append(connection.sql(_people_sql(offered)).to_arrow_table())
    running = [Decimal(0)]
    for amount in net:
        running.append(running[-1] + amount)
    return Gathered(
        first,
        last,
        horizon_days,
        offered,
        unit,
        # Sorted as the customers of an analysis are, by the bytes of the id.
        pa.concat_tables(people).sort_by(CUSTOMER_ID).to_pandas(),
        parts,
        dict(sorted(cohorts.items())),
        running,
        orders.cumsum(),
        _sorted(steps),
    )


def unit_index(day: dt.date, unit: str) -> int:
    """Months, or quarters, from year 0 to the one of `day`."""
    return (day.year * 12 + day.month - 1) // (1 if unit == MONTH else 3)


def unit_day(index: int, unit: str) -> dt.date:
    """First day of the month or quarter with that `unit_index`."""
    months = index * (1 if unit == MONTH else 3)
    return dt.date(months // 12, months % 12 + 1, 1)


# Orders are those of data.features: named, or all of a customer's lines of one day.
_VISITS: Final = f"""SELECT number, day, COALESCE(order_id, CAST(date_diff('day', DATE '{EPOCH}', day) AS VARCHAR)) AS name,
  CAST(SUM(amount) AS DECIMAL(18,4)) AS net, bool_or({PURCHASE}) AS bought
FROM {{lines}} l JOIN numbered USING (customer_id)
GROUP BY number, day, name"""
_ORDERS: Final = "SELECT number, MIN(day) AS day FROM visits WHERE bought GROUP BY number, name"
_DAYS: Final = """SELECT number, day, CAST(SUM(net) AS DECIMAL(18,4)) AS net, bool_or(bought) AS bought
FROM visits GROUP BY number, day"""
# A customer's days with a purchase, each beside the one before it: who was active in any span, who came back
# after any other, and who came first, is then a count of rows.
_BOUGHT: Final = (
    "SELECT number, day, LAG(day) OVER (PARTITION BY number ORDER BY day) AS before FROM days WHERE bought"
)
_STEPS: Final = f"""SELECT CAST(date_diff('day', DATE '{EPOCH}', day) AS BIGINT) AS day,
  COALESCE(date_diff('day', DATE '{EPOCH}', before), {_NEVER}) AS before, COUNT(*) AS customers
FROM steps GROUP BY ALL"""
_NET: Final = "SELECT date_diff('day', $first, day), SUM(net) FROM days GROUP BY day"
_ORDERED: Final = "SELECT date_diff('day', $first, day), COUNT(*) FROM orders GROUP BY day"


@contextmanager
def _tables(connection: duckdb.DuckDBPyConnection, paths: list[Path], offered: tuple[Period, ...]) -> Any:
    """The temporary tables of one bucket: `days` of customers with their `steps`, and customers (`judged`)."""
    lines = scan(paths)
    texts = {
        # A number is grouped and sorted in half the time of a text.
        "numbered": "SELECT customer_id, CAST(ROW_NUMBER() OVER (ORDER BY customer_id) AS INTEGER) AS number"
        f" FROM (SELECT DISTINCT customer_id FROM {lines})",
        "visits": _VISITS.format(lines=lines),
        "orders": _ORDERS,
        "days": _DAYS,
        "steps": _BOUGHT,
        "who": _who_sql(offered),
        "judged": _judged_sql(offered),
    }
    try:
        for name in _TABLES:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {texts[name]}")
        yield
    finally:
        for name in _TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")


def _who_sql(offered: tuple[Period, ...]) -> str:
    """Customers: their first purchase, last days, and net by period and in the one before."""
    columns = [
        "MIN(CASE WHEN bought THEN day END) AS first",
        "MAX(day) AS last_line",
        "MAX(CASE WHEN bought THEN day END) AS last_bought",
    ]
    for each in offered:
        key = each.key
        if each.before_start is None:
            columns.append(f"CAST(SUM(net) AS DECIMAL(18,4)) AS net_{key}")
            continue
        now = f"day >= DATE '{each.start}'"
        before = f"day BETWEEN DATE '{each.before_start}' AND DATE '{each.before_end}'"
        columns += [
            f"CAST(COALESCE(SUM(CASE WHEN {now} THEN net END), 0) AS DECIMAL(18,4)) AS net_{key}",
            f"CAST(COALESCE(SUM(CASE WHEN {before} THEN net END), 0) AS DECIMAL(18,4)) AS before_{key}",
            f"COALESCE(bool_or({before}), false) AS line_before_{key}",
            f"COALESCE(bool_or(bought AND {before}), false) AS bought_before_{key}",
        ]
    return f"SELECT number, {', '.join(columns)} FROM days GROUP BY number"


def _judged_sql(offered: tuple[Period, ...]) -> str:
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


def _people_sql(offered: tuple[Period, ...]) -> str:
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


def _add_parts(
    connection: duckdb.DuckDBPyConnection, offered: tuple[Period, ...], parts: dict[str, dict[str, Part]]
) -> None:
    for each in offered:
        if not each.before_complete:
            continue
        # Exact to the cent, so that the sum does not depend on the order of rows.
        difference = f"CAST(net_{each.key} - before_{each.key} AS DECIMAL(18,2))"
        rows = _rows(
            connection,
            f"SELECT change_{each.key}, SUM(net_{each.key}), SUM(before_{each.key}),"
            f" SUM({difference} * {difference}), COUNT(first) FROM judged"
            f" WHERE change_{each.key} > 0 GROUP BY change_{each.key}",
        )
        for change, now, before, squares, customers in rows:
            part = parts[each.key][CHANGES[change]]
            part.now += now
            part.before += before
            part.squares += squares
            part.customers += customers


def _add_cohorts(
    connection: duckdb.DuckDBPyConnection, unit: str, horizon_days: int, cohorts: dict[int, Cohort]
) -> None:
    def index(day: str) -> str:
        months = f"(year({day}) * 12 + month({day}) - 1)"
        return months if unit == MONTH else f"{months} // 3"

    begun, now, joined = index("w.first"), index("day"), "JOIN who w USING (number)"
    active = (
        f"SELECT {begun}, {now}, COUNT(*) FROM steps {joined}"
        f" WHERE before IS NULL OR {index('before')} < {now} GROUP BY ALL"
    )
    spent = f"SELECT {begun}, {now}, SUM(d.net) FROM days d {joined} WHERE first IS NOT NULL GROUP BY ALL"
    again = (
        f"SELECT {begun}, COUNT(*) FROM steps {joined}"
        f" WHERE before = first AND day <= first + {int(horizon_days)} GROUP BY ALL"
    )
    repeaters = (
        f"SELECT {begun}, COUNT(*) FROM (SELECT number FROM orders"
        f" GROUP BY number HAVING COUNT(*) > 1) {joined} GROUP BY ALL"
    )
    for cohort, at, number in _rows(connection, active):
        found = cohorts.setdefault(cohort, Cohort())
        found.active[at - cohort] = found.active.get(at - cohort, 0) + number
    for cohort, at, amount in _rows(connection, spent):
        # What was sent back before the first purchase belongs to its month: the rows then sum to all.
        found, age = cohorts[cohort], max(at - cohort, 0)
        found.spent[age] = found.spent.get(age, Decimal(0)) + amount
    for cohort, number in _rows(connection, again):
        cohorts[cohort].again += number
    for cohort, number in _rows(connection, repeaters):
        cohorts[cohort].repeaters += number


def _rows(
    connection: duckdb.DuckDBPyConnection, text: str, first: dt.date | None = None
) -> list[tuple[Any, ...]]:
    return connection.execute(text, {"first": first} if first else None).fetchall()


def _sorted(steps: list[dict[str, Any]]) -> tuple[Days, Days, Days]:
    days, before, customers = (
        np.concatenate([each[name] for each in steps] or [np.zeros(0, dtype=np.int64)]).astype(np.int64)
        for name in ("day", "before", "customers")
    )
    order = np.lexsort((before, days))
    return days[order], before[order], customers[order]

"""All that the overview counts, gathered in the engine: one bucket of customers after the other.

What leaves the engine (`data.overview.tables`) is a few totals by day, and one row a customer. Money is added up as
exact decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data.features import day_number
from data.names import CUSTOMER_ID
from data.overview import tables
from data.overview.groups import CHANGES
from data.overview.periods import Period, calendar_unit, periods

Days = NDArray[np.int64]


@dataclass
class Part:
    """Customers who changed in the same way: what they spent in a period, and in the one before.

    `customers` counts those who ever bought.
    """

    now: Decimal = Decimal(0)
    before: Decimal = Decimal(0)
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
    `bought_before_K` (bool). `parts` is by period and name of the change; `moments`, for periods with a whole one
    before them, the sums over customers of the products of what they did (`tables.COMPARED`), shape (5, 5);
    `cohorts` by months (quarters) since year 0.
    """

    first: dt.date
    last: dt.date
    horizon_days: int
    periods: tuple[Period, ...]
    unit: str
    people: pd.DataFrame = field(repr=False)
    parts: dict[str, dict[str, Part]] = field(repr=False)
    moments: dict[str, NDArray[np.float64]] = field(repr=False)
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
        return self._counted(self.first, day, lambda before: before == tables.NEVER)

    def new(self, start: dt.date, end: dt.date) -> int:
        """Customers whose first purchase is from `start` to `end`."""
        return self._counted(start, end, lambda before: before == tables.NEVER)

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
    moments = {each.key: [Decimal(0)] * len(tables.PAIRS) for each in offered if each.before_complete}
    cohorts: dict[int, Cohort] = {}
    people: list[pa.Table] = []
    for paths in filter(None, ([*bucket] for bucket in buckets)):
        with tables.tables(connection, paths, offered):
            for place, amount in _rows(connection, tables.NET, first):
                net[place] += amount
            for place, number in _rows(connection, tables.ORDERED, first):
                orders[place + 1] += number
            steps.append(connection.execute(tables.STEPS).fetchnumpy())
            for key, sums in moments.items():
                _add_parts(connection, key, parts[key])
                (found,) = _rows(connection, tables.moments_sql(key))
                moments[key] = [one + Decimal(other) for one, other in zip(sums, found, strict=True)]
            _add_cohorts(connection, unit, horizon_days, cohorts)
            people.append(connection.sql(tables.people_sql(offered)).to_arrow_table())
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
        {key: _square(sums) for key, sums in moments.items()},
        dict(sorted(cohorts.items())),
        running,
        orders.cumsum(),
        _sorted(steps),
    )


def _add_parts(connection: duckdb.DuckDBPyConnection, key: str, parts: dict[str, Part]) -> None:
    for change, now, before, customers in _rows(connection, tables.parts_sql(key)):
        part = parts[CHANGES[change]]
        part.now += now
        part.before += before
        part.customers += customers


def _add_cohorts(
    connection: duckdb.DuckDBPyConnection, unit: str, horizon_days: int, cohorts: dict[int, Cohort]
) -> None:
    active, spent, again, repeaters = tables.cohort_sqls(unit, horizon_days)
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


def _square(sums: list[Decimal]) -> NDArray[np.float64]:
    """The symmetric matrix of sums by `tables.PAIRS`."""
    found = np.zeros((len(tables.COMPARED), len(tables.COMPARED)))
    for (one, other), value in zip(tables.PAIRS, sums, strict=True):
        found[one, other] = found[other, one] = float(value)
    return found


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

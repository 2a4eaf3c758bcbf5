"""What a data set looks like: facts, columns, distributions, categories, correlations, sales over time.

Every answer is worked out by the engine over the stored Parquet files and comes back as a small frozen
value; no row leaves the engine but the first twenty. Columns are named by keys (`relation:column`) out
of an allow-list, so that nothing a page sends becomes SQL text.
"""

from __future__ import annotations

import datetime as dt
import math
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

import duckdb

from data import names
from data.engine import connect, scan
from data.errors import InputError, NotFoundError, StoreError
from data.features import PURCHASE
from data.store import Dataset

ColumnType = Literal["number", "text", "date"]
Grain = Literal["day", "week", "month"]
Level = Literal["customers", "rows"]

HEAD_ROWS: Final = 20
BINS: Final = 50
TOP_VALUES: Final = 20
TOP_CATEGORIES: Final = 15
COMMONEST: Final = 3
# More values than this make no bars worth looking at; a column of nearly as many values as rows names rows.
MAX_CATEGORIES: Final = 50_000
UNIQUE_SHARE: Final = 0.5
# Up to here the different values are counted one by one; beyond, the engine's estimate (about 2 % off).
EXACT_DISTINCT_ROWS: Final = 1_000_000
# A correlation of this many customers is exact to the second decimal; more would only take longer.
CORRELATION_CUSTOMERS: Final = 200_000
MAX_CORRELATED: Final = 30
_TAIL: Final = 0.005
_LINES, _CUSTOMERS, _ATTRIBUTES = "lines", "customers", "attributes"
_NUMBERS: Final = ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")
_MONEY: Final = (names.UNIT_PRICE, names.AMOUNT)

# An order as the features count it: an order id of a customer, or a customer's day where there is none.
# Told apart by a 64-bit hash, which takes a third of the time of comparing both texts.
_ORDER: Final = (
    f"hash({names.CUSTOMER_ID}, {names.ORDER_ID}, CASE WHEN {names.ORDER_ID} IS NULL THEN {names.DAY} END)"
)
_BOUGHT: Final = f"{PURCHASE} = 1"

# What customers are compared by, worked out from their rows: definition over their orders `o`.
CUSTOMER_MEASURES: Final = {
    "orders": "sum(bought)",
    "net_amount": "CAST(sum(net) AS DOUBLE)",
    "average_order_value": "CAST(sum(net) AS DOUBLE) / nullif(sum(bought), 0)",
    "units": "sum(units)",
    "different_products": "max(products)",
    "days_since_last_order": "$last - max(last_day)",
    "days_since_first_order": "$last - min(first_day)",
}

T = TypeVar("T")
Answer = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Column:
    """A column that can be asked about; `key` names it, `money` says its unit is account currency."""

    key: str
    name: str
    type: ColumnType
    money: bool = False
    role: str | None = None

    @property
    def relation(self) -> str:
        """Where it stands: `lines`, `customers` or `attributes`."""
        return self.key.partition(":")[0]


@dataclass(frozen=True)
class StatisticsFacts:
    """The data set in numbers; None where it cannot say (a table of customers has no orders or days)."""

    kind: str
    rows: int
    columns: int
    customers: int
    missing_share: float
    orders: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    net: float | None = None

    @property
    def per_line(self) -> float | None:
        """Mean net amount of a row."""
        return _ratio(self.net, self.rows)

    @property
    def per_order(self) -> float | None:
        """Net amount for each order, account currency."""
        return _ratio(self.net, self.orders)

    @property
    def per_customer(self) -> float | None:
        """Net amount for each customer, account currency."""
        return _ratio(self.net, self.customers)

    @property
    def orders_per_customer(self) -> float | None:
        """Orders for each customer."""
        return _ratio(self.orders, self.customers)


@dataclass(frozen=True)
class ColumnSummary:
    """One column: how full, how many different values (`about`: an estimate), and its range or commonest values.

    `low`, `median` and `high` are numbers or days; `common` pairs of value and rows, most first.
    """

    column: Column
    rows: int
    filled: int
    distinct: int
    about: bool = False
    low: float | dt.date | None = None
    median: float | dt.date | None = None
    mean: float | None = None
    high: float | dt.date | None = None
    common: tuple[tuple[str, int], ...] = ()

    @property
    def filled_share(self) -> float:
        """Share of the rows that have a value."""
        return self.filled / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Head:
    """The first rows as they are stored: the columns and the cells as text (None: empty)."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Box:
    """A box plot by Tukey: the whiskers end at the last value within 1.5 quartile ranges of the box.

    On a logarithmic scale all of it is in log10 (`mean` is the log10 of the plain mean).
    """

    low_fence: float
    q1: float
    median: float
    q3: float
    high_fence: float
    mean: float | None
    outliers: int


@dataclass(frozen=True)
class Histogram:
    """Counts of the numbers between `edges` (lower edge included); in log10 where `log` is set.

    `below` and `above` count what lies outside the edges, `unfit` what has no logarithm.
    """

    column: Column
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int
    low: float
    high: float
    box: Box
    n: int
    missing: int
    whole: bool = False
    log: bool = False
    unfit: int = 0


@dataclass(frozen=True)
class Bars:
    """Counts of the commonest values of a text column, or of the periods of a column of dates.

    `starts` are the first days of the periods (then `labels` is empty); `others` counts the values and
    `other_rows` the rows that are not drawn. No bars and n > 0: nearly every value is different.
    """

    column: Column
    counts: tuple[int, ...]
    n: int
    missing: int
    labels: tuple[str, ...] = ()
    starts: tuple[dt.date, ...] = ()
    grain: str = ""
    others: int = 0
    other_rows: int = 0
    distinct: int = 0


Distribution = Histogram | Bars


@dataclass(frozen=True)
class Category:
    """A value of a category: what it brought in (None: only counted), its orders and its rows."""

    label: str | None
    amount: float | None
    orders: int | None
    rows: int


@dataclass(frozen=True)
class Categories:
    """The values of a column by net amount, most first; the `others` values together in `rest`.

    Rows are customers where `of` is "customers". A missing value is a Category without a label.
    """

    column: Column
    of: Literal["rows", "customers"]
    top: tuple[Category, ...]
    rest: Category | None
    others: int
    amount: float | None
    rows: int
    measure: str = ""


@dataclass(frozen=True)
class Correlation:
    """Pearson's r of each pair of columns, and of how many rows: `r[i][j]`, `pairs[i][j]`.

    r is None where a pair has fewer than 3 rows or one of them does not vary; `n` of `total` rows or
    customers were compared; `constant` names the columns left out because they do not vary, `beyond`
    those beyond the first 30.
    """

    level: Level
    columns: tuple[str, ...]
    r: tuple[tuple[float | None, ...], ...]
    pairs: tuple[tuple[int, ...], ...]
    n: int
    total: int
    constant: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Period:
    """A day, week (from Monday) or month: its first day, net amount, orders, and whether it is cut off."""

    start: dt.date
    end: dt.date
    amount: float
    orders: int
    partial: bool


@dataclass(frozen=True)
class Periods:
    """Sales over time without gaps; `first` and `last` are the days of the first and last row."""

    grain: Grain
    periods: tuple[Period, ...]
    first: dt.date | None
    last: dt.date | None


class DatasetStatistics:
    """The questions of the statistics page to one data set; answers are kept, as a data set never changes.

    Safe to share between threads. `scratch` is where the engine may spill what does not fit in
    `memory_mb` (default: no spilling). Questions raise NotFoundError for a column that is not there,
    InputError for one that cannot answer, and StoreError where the files cannot be read.
    """

    def __init__(
        self, dataset: Dataset, *, threads: int = 2, memory_mb: int = 1024, scratch: Path | None = None
    ) -> None:
        self.dataset = dataset
        self.kind = str(dataset.manifest.get("kind", names.TRANSACTIONS))
        self._main = _LINES if self.kind == names.TRANSACTIONS else _CUSTOMERS
        self._lock = threading.Lock()
        self._answers: dict[Hashable, tuple[threading.Lock, list[Any]]] = {}
        temp = Path(tempfile.mkdtemp(prefix="statistics-", dir=scratch)) if scratch else None
        if temp:
            # With the last reference to this object, or when the process ends.
            weakref.finalize(self, shutil.rmtree, temp, ignore_errors=True)
        self._connection = connect([dataset.path], threads=threads, memory_mb=memory_mb, temp=temp)
        self._local = threading.local()
        for relation, paths in self._files().items():
            self._query(f"CREATE VIEW {relation} AS SELECT * FROM {scan(paths)}")
        self._sql: dict[str, str] = {}
        self._stored: dict[str, int] = {}
        self.columns = self._find_columns()

    def _files(self) -> dict[str, list[Path]]:
        dataset = self.dataset
        if self.kind != names.TRANSACTIONS:
            return {_CUSTOMERS: [dataset.table]}
        files = {_LINES: [path for bucket in dataset.buckets for path in bucket]}
        attributes = dataset.attributes
        return files | ({_ATTRIBUTES: [attributes]} if attributes else {})

    def _find_columns(self) -> tuple[Column, ...]:
        """The columns that hold anything; the SQL of each one's value goes to `_sql`, its cells to `_stored`."""
        found = []
        for relation in self._files():
            about = {str(each["name"]): each for each in self._described(relation)}
            described = [(str(row[0]), str(row[1])) for row in self._query(f"DESCRIBE {relation}")]
            counts = ", ".join(f"count({_quoted(name)})" for name, _ in described)
            filled = self._query(f"SELECT {counts} FROM {relation}")[0]
            for (name, sql_type), values in zip(described, filled, strict=True):
                own = relation == _LINES and name == names.DAY
                # Roles that a file lacks are stored as empty columns, and the day goes with the time.
                if own or not values or (relation == _ATTRIBUTES and name == names.CUSTOMER_ID):
                    continue
                stated = about.get(name, {})
                own_role = name if relation == _LINES or name == names.CUSTOMER_ID else None
                role = stated.get("role") or own_role
                column_type = _type_of(sql_type, stated.get("type"))
                money = column_type == "number" and (
                    role == "monetary" or (relation == _LINES and name in _MONEY)
                )
                key = f"{relation}:{name}"
                self._stored[key] = int(values)
                self._sql[key] = _value_sql(_quoted(name), sql_type, column_type)
                found.append(Column(key, name, column_type, money, role))
        return tuple(found)

    def _described(self, relation: str) -> list[dict[str, Any]]:
        """What the manifest says of the columns of a customer table or of joined attributes."""
        manifest = self.dataset.manifest
        stated = manifest.get("columns") if relation == _CUSTOMERS else manifest.get("attributes")
        return [each for each in stated or () if isinstance(each, dict)] if isinstance(stated, list) else []

    # Asking the engine

    def _query(self, text: str, parameters: dict[str, Any] | None = None) -> Answer:
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._connection.cursor()
        try:
            answer: Answer = cursor.execute(text, parameters or {}).fetchall()
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                f"{self.dataset.name}: this needs more memory than the engine may use. Raise LAPWING_MEMORY_MB."
            ) from error
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise StoreError(f"{self.dataset.name}: a file of this data set cannot be read.") from error
        return answer

    def _once(self, question: Hashable, work: Callable[[], T]) -> T:
        """The answer to `question`, worked out by the first who asks; others wait for it."""
        with self._lock:
            lock, answers = self._answers.setdefault(question, (threading.Lock(), []))
        with lock:
            if not answers:
                answers.append(work())
            return cast("T", answers[0])

    def column(self, key: str | None) -> Column:
        """The column of that key; NotFoundError where there is none."""
        found = next((column for column in self.columns if column.key == key), None)
        if found is None:
            raise NotFoundError(f"{self.dataset.name} has no such column (any more): choose another one.")
        return found

    def _has(self, name: str) -> bool:
        return any(column.relation == _LINES and column.name == name for column in self.columns)

    def _rows_of(self, relation: str) -> int:
        return self._once(
            ("rows", relation), lambda: int(self._query(f"SELECT count(*) FROM {relation}")[0][0])
        )

    # Facts and columns

    def facts(self) -> StatisticsFacts:
        """Rows, customers, orders, span, net amount and the share of empty cells."""
        return self._once("facts", self._facts)

    def _facts(self) -> StatisticsFacts:
        filled = self._filled()
        cells = sum(self._rows_of(column.relation) for column in self.columns)
        missing = 1 - sum(filled.values()) / cells if cells else 0.0
        rows = self._rows_of(self._main)
        common: dict[str, Any] = {"kind": self.kind, "rows": rows, "columns": len(self.columns)}
        if self.kind == names.TRANSACTIONS:
            days = self._daily()
            customers = self._query(f"SELECT count(DISTINCT {names.CUSTOMER_ID}) FROM {_LINES}")[0][0]
            return StatisticsFacts(
                **common,
                customers=customers,
                missing_share=missing,
                orders=sum(day.orders for day in days),
                first=days[0].start if days else None,
                last=days[-1].start if days else None,
                net=round(math.fsum(day.amount for day in days), 4) if self._has(names.AMOUNT) else None,
            )
        monetary = self._by_role("monetary")
        net = None
        if monetary:
            net = self._query(f"SELECT sum({self._sql[monetary.key]}) FROM {_CUSTOMERS}")[0][0]
        return StatisticsFacts(
            **common, customers=rows, missing_share=missing, net=None if net is None else round(net, 4)
        )

    def _by_role(self, role: str) -> Column | None:
        return next((each for each in self.columns if each.role == role and each.type == "number"), None)

    def _filled(self) -> dict[str, int]:
        """How many values each column has."""

        def work() -> dict[str, int]:
            found = dict(self._stored)
            for column in self.columns:
                if self._sql[column.key].startswith("CASE"):
                    # Some of what is stored may be no number.
                    value = self._sql[column.key]
                    found[column.key] = int(
                        self._query(f"SELECT count({value}) FROM {column.relation}")[0][0]
                    )
            return found

        return self._once("filled", work)

    def _relations(self) -> dict[str, list[Column]]:
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            found.setdefault(column.relation, []).append(column)
        return found

    def _distinct(self) -> dict[str, tuple[int, bool]]:
        """How many different values each column has, and whether that is an estimate."""

        def work() -> dict[str, tuple[int, bool]]:
            found: dict[str, tuple[int, bool]] = {}
            for relation, columns in self._relations().items():
                # The engine's own estimate costs one scan however many values there are.
                about = self._rows_of(relation) > EXACT_DISTINCT_ROWS
                count = "approx_count_distinct({})" if about else "count(DISTINCT {})"
                counts = ", ".join(count.format(self._sql[column.key]) for column in columns)
                row = self._query(f"SELECT {counts} FROM {relation}")[0]
                for column, value in zip(columns, row, strict=True):
                    found[column.key] = (min(int(value), self._filled()[column.key]), about)
            return found

        return self._once("distinct", work)

    def summaries(self) -> tuple[ColumnSummary, ...]:
        """Each column: filled, different values, and its range or its commonest values."""
        return self._once("summaries", self._summaries)

    def _summaries(self) -> tuple[ColumnSummary, ...]:
        found: dict[str, ColumnSummary] = {}
        for relation, columns in self._relations().items():
            ranges = self._ranges(relation, [column for column in columns if column.type != "text"])
            for column in columns:
                distinct, about = self._distinct()[column.key]
                filled = self._filled()[column.key]
                rows = self._rows_of(relation)
                if column.type == "text":
                    common = self._common(column, COMMONEST) if self._groups(column) else ()
                    if about and self._groups(column):
                        distinct, about = self._exact_distinct(column), False
                    found[column.key] = ColumnSummary(
                        column, rows, filled, distinct, about, common=tuple(common)
                    )
                else:
                    low, median, mean, high = ranges[column.key]
                    found[column.key] = ColumnSummary(
                        column, rows, filled, distinct, about, low, median, mean, high
                    )
        return tuple(found[column.key] for column in self.columns)

    def _ranges(self, relation: str, columns: Sequence[Column]) -> dict[str, tuple[Any, Any, Any, Any]]:
        if not columns:
            return {}
        parts = []
        for column in columns:
            value = self._sql[column.key]
            dates = column.type == "date"
            middle = f"quantile_disc({value}, 0.5)" if dates else f"quantile_cont({value}, 0.5)"
            parts.append(f"min({value}), {middle}, {'NULL' if dates else f'avg({value})'}, max({value})")
        row = self._query(f"SELECT {', '.join(parts)} FROM {relation}")[0]
        return {
            column.key: cast("tuple[Any, Any, Any, Any]", tuple(row[4 * at : 4 * at + 4]))
            for at, column in enumerate(columns)
        }

    def _groups(self, column: Column) -> bool:
        """Whether the values of a text column come back often enough to be counted one by one."""
        distinct, _ = self._distinct()[column.key]
        filled = self._filled()[column.key]
        return distinct <= MAX_CATEGORIES and (distinct <= TOP_VALUES or distinct <= UNIQUE_SHARE * filled)

    def _exact_distinct(self, column: Column) -> int:
        return self._once(
            ("exact", column.key),
            lambda: int(
                self._query(f"SELECT count(DISTINCT {self._sql[column.key]}) FROM {column.relation}")[0][0]
            ),
        )

    def _common(self, column: Column, limit: int) -> Answer:
        value = self._sql[column.key]
        return self._query(
            f"SELECT {value} AS value, count(*) AS n FROM {column.relation} WHERE {value} IS NOT NULL"
            f" GROUP BY value ORDER BY n DESC, value LIMIT {int(limit)}"
        )

    def head(self) -> Head:
        """The first twenty rows as they are stored."""
        return self._once("head", self._head)

    def _head(self) -> Head:
        columns = [column for column in self.columns if column.relation == self._main]
        first = self._files()[self._main][0]
        source = scan([first]).removesuffix(")") + ", file_row_number = true)"
        stored = {str(row[0]) for row in self._query(f"DESCRIBE SELECT * FROM {source}")}
        # An older file of a data set may lack a column that a newer one has.
        cells = ", ".join(
            f"CAST({_quoted(column.name)} AS {'DOUBLE' if column.type == 'number' else 'VARCHAR'})"
            if column.name in stored
            else "NULL"
            for column in columns
        )
        rows = self._query(
            f"SELECT {cells} FROM {source} WHERE file_row_number < {HEAD_ROWS} ORDER BY file_row_number"
        )
        return Head(tuple(columns), tuple(tuple(map(_cell, row)) for row in rows))

    # Distributions

    def distribution(self, key: str | None, *, log: bool = False) -> Distribution:
        """How the values of a column are spread; `log` asks for equal factors instead of equal steps."""
        column = self.column(key)
        log = log and column.type == "number"
        by_type: dict[str, Callable[[Column, bool], Distribution]] = {
            "number": self._histogram,
            "text": self._values,
            "date": self._dates,
        }
        work = by_type[column.type]
        return self._once(("distribution", column.key, log), lambda: work(column, log))

    def _histogram(self, column: Column, log: bool) -> Histogram:
        plain = self._sql[column.key]
        value = f"CASE WHEN {plain} > 0 THEN log10({plain}) END" if log else plain
        low, high, mean, whole, tenths, n, filled, quantiles = self._query(
            f"SELECT min(v), max(v), avg(p), bool_and(p = floor(p)),"
            " bool_and(abs(p * 10 - round(p * 10)) < 1e-6), count(v), count(p),"
            f" quantile_cont(v, [0.25, 0.5, 0.75, {_TAIL}, {1 - _TAIL}])"
            f" FROM (SELECT {plain} AS p, {value} AS v FROM {column.relation})"
        )[0]
        if not n:
            raise InputError(f"{column.name} has no value above zero: a logarithmic scale cannot show it.")
        q1, median, q3, tail_low, tail_high = quantiles
        fence = 1.5 * (q3 - q1)
        unit = 1.0 if whole else 0.1 if tenths else 0.0
        edges = _log_edges(low, high, unit) if log else _edges(low, high, tail_low, tail_high, unit)
        step, last = edges[1] - edges[0], len(edges) - 1
        # The nudge keeps a value that stands on an edge in the bin above it, whatever its binary digits.
        place = f"floor((v - {edges[0]!r}) / {step!r} + 1e-9)"
        counted = self._query(
            f"SELECT CAST(least(greatest({place}, -1), {last}) AS INTEGER) AS bin, count(*),"
            f" min(v) FILTER (WHERE v >= {q1 - fence!r}), max(v) FILTER (WHERE v <= {q3 + fence!r}),"
            f" count(*) FILTER (WHERE v < {q1 - fence!r} OR v > {q3 + fence!r})"
            f" FROM (SELECT {value} AS v FROM {column.relation}) WHERE v IS NOT NULL GROUP BY bin"
        )
        counts = {int(row[0]): int(row[1]) for row in counted}
        plain_mean = (math.log10(mean) if mean > 0 else None) if log else mean
        return Histogram(
            column=column,
            edges=edges,
            counts=tuple(counts.get(at, 0) for at in range(last)),
            below=counts.get(-1, 0),
            above=counts.get(last, 0),
            low=low,
            high=high,
            box=Box(
                low_fence=min(row[2] for row in counted if row[2] is not None),
                q1=q1,
                median=median,
                q3=q3,
                high_fence=max(row[3] for row in counted if row[3] is not None),
                mean=plain_mean,
                outliers=sum(int(row[4]) for row in counted),
            ),
            n=int(n),
            missing=self._rows_of(column.relation) - int(filled),
            whole=bool(whole),
            log=log,
            unfit=int(filled) - int(n),
        )

    def _values(self, column: Column, _: bool) -> Bars:
        filled = self._filled()[column.key]
        missing = self._rows_of(column.relation) - filled
        if not self._groups(column):
            return Bars(column, (), filled, missing, distinct=self._distinct()[column.key][0])
        top = self._common(column, TOP_VALUES)
        distinct, shown = self._exact_distinct(column), sum(int(row[1]) for row in top)
        return Bars(
            column,
            tuple(int(row[1]) for row in top),
            filled,
            missing,
            labels=tuple(str(row[0]) for row in top),
            others=distinct - len(top),
            other_rows=filled - shown,
            distinct=distinct,
        )

    def _dates(self, column: Column, _: bool) -> Bars:
        day = self._sql[column.key]
        low, high, filled = self._query(
            f"SELECT min({day}), max({day}), count({day}) FROM {column.relation}"
        )[0]
        grain = _fitting_grain(low, high)
        found: dict[dt.date, int] = dict(
            self._query(
                f"SELECT CAST(date_trunc('{grain}', {day}) AS DATE) AS start, count(*) FROM {column.relation}"
                f" WHERE {day} IS NOT NULL GROUP BY start"
            )
        )
        starts = tuple(_starts(low, high, grain))
        missing = self._rows_of(column.relation) - int(filled)
        counts = tuple(int(found.get(start, 0)) for start in starts)
        return Bars(column, counts, int(filled), missing, starts=starts, grain=grain)

    # Categories

    def category_columns(self) -> tuple[Column, ...]:
        """The text columns whose values come back: those that "by category" can be asked of."""
        ids = (names.CUSTOMER_ID, names.ORDER_ID)
        return tuple(
            column
            for column in self.columns
            if column.type == "text"
            and column.role not in ids
            and self._distinct()[column.key][0] > 1
            and self._groups(column)
        )

    def by_category(self, key: str | None) -> Categories:
        """Net amount, orders and rows of the fifteen values of a column that bring in most, and of the rest."""
        column = self.column(key)
        if column not in self.category_columns():
            raise InputError(f"{column.name} has too many different values, or only one, to compare them.")
        work = {_LINES: self._line_categories, _ATTRIBUTES: self._attribute_categories}
        chosen = work.get(column.relation, self._customer_categories)
        return self._once(("categories", column.key), lambda: chosen(column))

    def _line_categories(self, column: Column) -> Categories:
        value = self._sql[column.key]
        sums = self._query(
            f"SELECT {value} AS value, CAST(sum({names.AMOUNT}) AS DOUBLE) AS net, count(*) AS n FROM {_LINES}"
            " GROUP BY value ORDER BY net DESC NULLS LAST, value NULLS LAST"
        )
        top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
        # One pass: each order gets a bit for each of the values it holds, the last bit for all others.
        places = ", ".join(
            f"CAST(count(*) FILTER (WHERE places & {1 << at} > 0) AS BIGINT)" for at in range(len(top) + 1)
        )
        orders = self._query(
            f"WITH tops AS (SELECT unnest($values) AS top, unnest(range({len(top)})) AS place),"
            f" orders AS (SELECT {_ORDER} AS o, bit_or(CAST(1 AS INTEGER) <<"
            f" CAST(coalesce(place, {len(top)}) AS INTEGER)) AS places"
            f" FROM {_LINES} LEFT JOIN tops ON {value} IS NOT DISTINCT FROM top WHERE {_BOUGHT} GROUP BY o)"
            f" SELECT {places} FROM orders",
            {"values": [row[0] for row in top]},
        )[0]
        return self._categories(column, "rows", top, rest, orders, "net amount")

    def _attribute_categories(self, column: Column) -> Categories:
        value = self._sql[column.key]
        orders = f"count(DISTINCT {_ORDER}) FILTER (WHERE {_BOUGHT})"
        sums = self._query(
            f"WITH spend AS (SELECT {names.CUSTOMER_ID}, sum({names.AMOUNT}) AS net, {orders} AS orders"
            f" FROM {_LINES} GROUP BY {names.CUSTOMER_ID}),"
            f" known AS (SELECT {names.CUSTOMER_ID}, {value} AS value FROM {_ATTRIBUTES})"
            " SELECT value, CAST(sum(net) AS DOUBLE) AS net, count(*) AS n, CAST(sum(orders) AS BIGINT)"
            f" FROM spend LEFT JOIN known USING ({names.CUSTOMER_ID}) GROUP BY value"
            " ORDER BY net DESC NULLS LAST, value NULLS LAST"
        )
        top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
        # A customer has one value, so the orders of the others add up.
        counts = [*(row[3] for row in top), sum(row[3] for row in rest)]
        return self._categories(column, "customers", top, rest, counts, "net amount")

    def _customer_categories(self, column: Column) -> Categories:
        monetary = self._by_role("monetary")
        value = self._sql[column.key]
        amount = f"sum({self._sql[monetary.key]})" if monetary else "NULL"
        sums = self._query(
            f"SELECT {value} AS value, CAST({amount} AS DOUBLE) AS net, count(*) AS n FROM {_CUSTOMERS}"
            " GROUP BY value ORDER BY net DESC NULLS LAST, n DESC, value NULLS LAST"
        )
        top, rest = sums[:TOP_CATEGORIES], sums[TOP_CATEGORIES:]
        name = monetary.name if monetary else "customers"
        return self._categories(column, "customers", top, rest, None, name)

    @staticmethod
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

    # Correlation

    def levels(self) -> tuple[Level, ...]:
        """What correlations can be asked of: customers and rows, or only customers where these are the rows."""
        return ("customers", "rows") if self.kind == names.TRANSACTIONS else ("customers",)

    def correlation(self, level: str = "customers") -> Correlation:
        """Pearson correlation of the numeric columns of customers or rows, pair by pair."""
        if level not in self.levels():
            raise InputError("Correlations are of customers or of rows.")
        return self._once(("correlation", level), lambda: self._correlation(level))

    def _correlation(self, level: Level) -> Correlation:
        if level == "customers" and self.kind == names.TRANSACTIONS:
            return self._correlate_customers()
        numbers = [each for each in self.columns if each.type == "number" and each.relation == self._main]
        source = ", ".join(f"{self._sql[each.key]} AS c{at}" for at, each in enumerate(numbers))
        total = self._rows_of(self._main)
        labels = [column.name for column in numbers]
        return self._correlate(level, labels, f"SELECT {source} FROM {self._main}" if numbers else "", total)

    def _correlate_customers(self) -> Correlation:
        total = self.facts().customers
        every = max(1, math.ceil(total / CORRELATION_CUSTOMERS))
        # Chosen by their ids: the same customers at each visit, whatever the order of the rows.
        sample = f"WHERE hash({names.CUSTOMER_ID}) % {every} = 0" if every > 1 else ""
        measures = {
            name: text
            for name, text in CUSTOMER_MEASURES.items()
            if (name != "units" or self._has(names.QUANTITY))
            and (name != "different_products" or self._has(names.PRODUCT_ID))
        }
        attributes = [each for each in self.columns if each.relation == _ATTRIBUTES and each.type == "number"]
        labels = [*measures, *(column.name for column in attributes)]
        selects = [
            *(f"m{at} AS c{at}" for at in range(len(measures))),
            *(f"a{at} AS c{len(measures) + at}" for at in range(len(attributes))),
        ]
        columns = ", ".join(f"{text} AS m{at}" for at, text in enumerate(measures.values()))
        joined = ""
        if attributes:
            given = ", ".join(f"{self._sql[each.key]} AS a{at}" for at, each in enumerate(attributes))
            joined = (
                f" LEFT JOIN (SELECT {names.CUSTOMER_ID}, {given} FROM {_ATTRIBUTES})"
                f" USING ({names.CUSTOMER_ID})"
            )
        last = self.facts().last or dt.date(1970, 1, 1)
        products = (
            f"LEFT JOIN (SELECT {names.CUSTOMER_ID}, count(DISTINCT {names.PRODUCT_ID}) AS products FROM {_LINES}"
            f" {sample} {'AND' if sample else 'WHERE'} {_BOUGHT} GROUP BY {names.CUSTOMER_ID})"
            f" USING ({names.CUSTOMER_ID})"
            if "different_products" in measures
            else ""
        )
        units = f"sum(CASE WHEN {_BOUGHT} THEN {names.QUANTITY} END)"
        text = (
            f"WITH orders AS (SELECT {names.CUSTOMER_ID}, {_ORDER} AS o, max({PURCHASE}) AS bought,"
            f" sum({names.AMOUNT}) AS net, {units} AS units,"
            f" max({names.DAY}) FILTER (WHERE {_BOUGHT}) AS last_day,"
            f" min({names.DAY}) FILTER (WHERE {_BOUGHT}) AS first_day"
            f" FROM {_LINES} {sample} GROUP BY {names.CUSTOMER_ID}, o),"
            f" measured AS (SELECT {names.CUSTOMER_ID}, {columns} FROM orders {products}"
            f" GROUP BY {names.CUSTOMER_ID})"
            f" SELECT {', '.join(selects)} FROM measured{joined}"
        )
        return self._correlate("customers", labels, text.replace("$last", f"DATE '{last}'"), total)

    def _correlate(self, level: Level, labels: Sequence[str], source: str, total: int) -> Correlation:
        if not source:
            return Correlation(level, (), (), (), 0, total)
        spread = ", ".join(f"min(c{at}), max(c{at})" for at in range(len(labels)))
        every = range(len(labels))
        casts = ", ".join(f"CAST(c{at} AS DOUBLE) AS c{at}" for at in every)
        relation = f"(SELECT {casts} FROM ({source}))"
        if level == "customers":
            # Asked twice, and costly to work out; a temporary table is this thread's own.
            self._query(f"CREATE OR REPLACE TEMP TABLE correlated AS FROM {relation}")
            relation = "correlated"
        spread = ", ".join(f"min(c{at}), max(c{at})" for at in every)
        n, *ends = self._query(f"SELECT count(*), {spread} FROM {relation}")[0]
        varying = [at for at in every if ends[2 * at] is not None and ends[2 * at] < ends[2 * at + 1]]
        shown, beyond = varying[:MAX_CORRELATED], varying[MAX_CORRELATED:]
        couples = [(a, b) for place, a in enumerate(shown) for b in shown[:place]]
        values: tuple[Any, ...] = ()
        if couples:
            asked = ", ".join(f"corr(c{a}, c{b}), regr_count(c{a}, c{b})" for a, b in couples)
            values = self._query(f"SELECT {asked} FROM {relation}")[0]
        if level == "customers":
            self._query("DROP TABLE correlated")
        size = len(shown)
        r: list[list[float | None]] = [[1.0 if a == b else None for b in range(size)] for a in range(size)]
        pairs = [[int(n)] * size for _ in range(size)]
        for at, (a, b) in enumerate(couples):
            found, number = values[2 * at], int(values[2 * at + 1])
            i, j = shown.index(a), shown.index(b)
            usable = found is not None and math.isfinite(found) and number >= 3
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

    # Time

    def _daily(self) -> tuple[Period, ...]:
        """Net amount and orders of each day that has any; an order counts on the day of its first purchase."""

        def work() -> tuple[Period, ...]:
            amounts: dict[dt.date, Any] = dict(
                self._query(f"SELECT {names.DAY}, sum({names.AMOUNT}) FROM {_LINES} GROUP BY {names.DAY}")
            )
            orders: dict[dt.date, int] = dict(
                self._query(
                    f"SELECT day, count(*) FROM (SELECT min({names.DAY}) AS day FROM {_LINES} WHERE {_BOUGHT}"
                    f" GROUP BY {_ORDER}) GROUP BY day"
                )
            )
            return tuple(
                Period(day, day, float(amount or 0), int(orders.get(day, 0)), False)
                for day, amount in sorted(amounts.items())
            )

        return self._once("daily", work)

    def over_time(self, grain: str = "month") -> Periods:
        """Net amount and orders by day, week or month, periods without sales as zero.

        A first or last period that the data covers only in part is `partial`. Raises InputError for a
        table of customers, which has no dates of orders.
        """
        if grain not in ("day", "week", "month"):
            raise InputError("Sales are shown by day, week or month.")
        if self.kind != names.TRANSACTIONS:
            raise InputError("A table of customers does not say when they bought.")
        return self._once(("time", grain), lambda: _periods(self._daily(), cast("Grain", grain)))


def _periods(days: Sequence[Period], grain: Grain) -> Periods:
    if not days:
        return Periods(grain, (), None, None)
    first, last = days[0].start, days[-1].start
    amounts: dict[dt.date, list[float]] = {}
    orders: dict[dt.date, int] = {}
    for day in days:
        start = _start(day.start, grain)
        amounts.setdefault(start, []).append(day.amount)
        orders[start] = orders.get(start, 0) + day.orders
    found = []
    for start in _starts(first, last, grain):
        end = _next(start, grain) - dt.timedelta(days=1)
        found.append(
            Period(
                start,
                end,
                math.fsum(amounts.get(start, ())),
                orders.get(start, 0),
                partial=start < first or end > last,
            )
        )
    return Periods(grain, tuple(found), first, last)


def _start(day: dt.date, grain: str) -> dt.date:
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if grain == "year" else day


def _next(start: dt.date, grain: str) -> dt.date:
    if grain in ("day", "week"):
        return start + dt.timedelta(days=1 if grain == "day" else 7)
    if grain == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start.replace(year=start.year + 1)


def _starts(first: dt.date, last: dt.date, grain: str) -> Iterable[dt.date]:
    start = _start(first, grain)
    while start <= last:
        yield start
        start = _next(start, grain)


def _fitting_grain(first: dt.date, last: dt.date) -> str:
    days = (last - first).days
    return next(
        (grain for grain, most in (("day", 92), ("week", 731), ("month", 7305)) if days <= most), "year"
    )


def nice_step(width: float) -> float:
    """The first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return float(f"{next(power * f for f in (1, 2, 5, 10) if power * f >= width * (1 - 1e-9)):.12g}")


def _edges(low: float, high: float, tail_low: float, tail_high: float, unit: float) -> tuple[float, ...]:
    """Edges of up to fifty bins at round numbers, none narrower than the `unit` the values come in.

    A tail that would squeeze the rest into few bins is left outside.
    """
    reach = tail_high - tail_low
    first = tail_low if reach > 0 and tail_low - low > reach / 2 else low
    last = tail_high if reach > 0 and high - tail_high > reach / 2 else high
    # Far finer than the values' own digits there is nothing to tell apart.
    finest = 1e-9 * max(abs(first), abs(last), 1e-30)
    step = max(nice_step(max((last - first) / BINS, finest)) if last > first else 1.0, unit)
    start = math.floor(first / step + 1e-9)
    # The last edge is above the last value: it belongs to the bin before it.
    count = max(1, math.floor(last / step + 1e-9) + 1 - start)
    return tuple(float(f"{(start + place) * step:.12g}") for place in range(count + 1))


def _log_edges(low: float, high: float, unit: float) -> tuple[float, ...]:
    """Edges in log10, far enough apart that the first bin holds a value the column can have."""
    step = max(0.02, nice_step(max(high - low, 0.4) / BINS), math.log10(1 + unit / 10**low))
    start = math.floor(low / step + 1e-9)
    count = max(1, math.floor(high / step + 1e-9) + 1 - start)
    return tuple(round((start + place) * step, 12) for place in range(count + 1))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _type_of(sql_type: str, stated: str | None) -> ColumnType:
    """How a column is treated: as the import understood it, else by its stored type."""
    if stated in ("category", "text"):
        return "text"
    if sql_type.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "number" if sql_type.startswith(_NUMBERS) and sql_type != "UUID" else "text"


def _value_sql(quoted: str, sql_type: str, column_type: ColumnType) -> str:
    if column_type == "text":
        return f"CAST({quoted} AS VARCHAR)"
    if column_type == "date":
        return f"CAST({quoted} AS DATE)"
    value = f"CAST({quoted} AS DOUBLE)"
    # Neither "not a number" nor infinity is a value to count with, nor what comes near to it.
    return f"CASE WHEN abs({value}) < 1e100 THEN {value} END" if sql_type in ("DOUBLE", "FLOAT") else value


def _cell(value: float | str | None) -> str | None:
    """A stored value as text: no needless zeros, no midnight behind a day."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return value if value is None else value.removesuffix(" 00:00:00")


def _ratio(amount: float | None, count: int | None) -> float | None:
    return amount / count if amount is not None and count else None

"""The data set behind the statistics: the engine over its files, and what every answer needs of it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import duckdb

from data import names
from data.engine import connect, scan
from data.errors import NotFoundError, StoreError
from data.features import PURCHASE
from data.statistics.answers import Column
from data.statistics.columns import ATTRIBUTES, CUSTOMERS, LINES, find_columns
from data.store import Dataset

# More values than this make no bars worth looking at; a column of nearly as many values as rows names rows.
MAX_CATEGORIES: Final = 50_000
UNIQUE_SHARE: Final = 0.5
TOP_VALUES: Final = 20
# Up to here the different values are counted one by one; beyond, the engine's estimate (about 2 % off).
EXACT_DISTINCT_ROWS: Final = 1_000_000

BOUGHT: Final = f"{PURCHASE} = 1"

T = TypeVar("T")
Answer = list[tuple[Any, ...]]


class Source:
    """The relations of a data set (`lines` and `attributes`, or `customers`) and their columns.

    Safe to share between threads. `scratch` is where the engine may spill (default: no spilling).
    """

    def __init__(self, dataset: Dataset, *, threads: int, memory_mb: int, scratch: Path | None) -> None:
        self.dataset = dataset
        self.kind = str(dataset.manifest.get("kind", names.TRANSACTIONS))
        self.main = LINES if self.kind == names.TRANSACTIONS else CUSTOMERS
        self.files = self._files()
        self._lock = threading.Lock()
        self._answers: dict[Hashable, tuple[threading.Lock, list[Any]]] = {}
        temp = Path(tempfile.mkdtemp(prefix="statistics-", dir=scratch)) if scratch else None
        if temp:
            # With the last reference to this object, or when the process ends.
            weakref.finalize(self, shutil.rmtree, temp, ignore_errors=True)
        self._connection = connect([dataset.path], threads=threads, memory_mb=memory_mb, temp=temp)
        self._local = threading.local()
        for relation, paths in self.files.items():
            self.query(f"CREATE VIEW {relation} AS SELECT * FROM {scan(paths)}")
        stored = [each for relation in self.files for each in find_columns(dataset, relation, self.query)]
        self._stored = {each.column.key: each for each in stored}
        self.columns = tuple(each.column for each in stored)

    def _files(self) -> dict[str, list[Path]]:
        dataset = self.dataset
        if self.kind != names.TRANSACTIONS:
            return {CUSTOMERS: [dataset.table]}
        files = {LINES: [path for bucket in dataset.buckets for path in bucket]}
        attributes = dataset.attributes
        return files | ({ATTRIBUTES: [attributes]} if attributes else {})

    # Asking

    def query(self, text: str, parameters: dict[str, Any] | None = None) -> Answer:
        """The rows that the engine answers; StoreError where a file or the memory fails it."""
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

    def once(self, question: Hashable, work: Callable[[], T]) -> T:
        """The answer to `question`, worked out by the first who asks; others wait for it."""
        with self._lock:
            lock, answers = self._answers.setdefault(question, (threading.Lock(), []))
        with lock:
            if not answers:
                answers.append(work())
            return cast("T", answers[0])

    # Columns

    def column(self, key: str | None) -> Column:
        """The column of that key; NotFoundError where there is none."""
        found = next((column for column in self.columns if column.key == key), None)
        if found is None:
            raise NotFoundError(f"{self.dataset.name} has no such column (any more): choose another one.")
        return found

    def sql(self, column: Column) -> str:
        """The SQL text of a column's value."""
        return self._stored[column.key].sql

    def of(self, relation: str) -> list[Column]:
        """The columns of one relation."""
        return [column for column in self.columns if column.relation == relation]

    def has(self, name: str) -> bool:
        """Whether the transactions have a column of that name that holds anything."""
        return any(column.name == name for column in self.of(LINES))

    def by_role(self, role: str) -> Column | None:
        """The column of numbers that plays a role."""
        return next((each for each in self.columns if each.role == role and each.type == "number"), None)

    @property
    def order(self) -> str:
        """SQL of an order as the features count it: an order id of a customer, else a customer's day.

        Told apart by a 64-bit hash, which takes a third of the time of comparing both texts.
        """
        order_id = self._stored.get(f"{LINES}:{names.ORDER_ID}")
        if order_id is not None and order_id.filled == self.rows(LINES):
            return f"hash({names.CUSTOMER_ID}, {names.ORDER_ID})"
        day = f"CASE WHEN {names.ORDER_ID} IS NULL THEN {names.DAY} END"
        return f"hash({names.CUSTOMER_ID}, {names.ORDER_ID}, {day})"

    # Counting

    def rows(self, relation: str) -> int:
        """Rows of a relation; of attributes: the customers, as one without attributes is not stored."""
        if relation == ATTRIBUTES:
            return self.customers()
        return self.once(("rows", relation), lambda: self._number(f"SELECT count(*) FROM {relation}"))

    def customers(self) -> int:
        """Different customers of the transactions."""
        text = f"SELECT count(DISTINCT {names.CUSTOMER_ID}) FROM {LINES}"
        return self.once("customers", lambda: self._number(text))

    def filled(self, column: Column) -> int:
        """Values of a column."""
        stored = self._stored[column.key]
        if not stored.may_be_no_number:
            return stored.filled
        counted = f"SELECT count({stored.sql}) FROM {column.relation}"
        return self.once(("filled", column.key), lambda: self._number(counted))

    def distinct(self, column: Column) -> tuple[int, bool]:
        """Different values of a column, and whether that is the engine's estimate."""
        # The estimate costs one scan however many values there are.
        about = self.rows(column.relation) > EXACT_DISTINCT_ROWS
        count = "approx_count_distinct({})" if about else "count(DISTINCT {})"
        counted = f"SELECT {count.format(self.sql(column))} FROM {column.relation}"
        found = self.once(("distinct", column.key), lambda: self._number(counted))
        return min(found, self.filled(column)), about

    def customers_by_value(self, column: Column) -> int:
        """Pairs of a value of a column of the lines and a customer that has it (an estimate as in `distinct`)."""
        count = (
            "approx_count_distinct({})" if self.rows(LINES) > EXACT_DISTINCT_ROWS else "count(DISTINCT {})"
        )
        pair = f"hash({names.CUSTOMER_ID}, {self.sql(column)})"
        counted = f"SELECT {count.format(pair)} FROM {LINES} WHERE {self.sql(column)} IS NOT NULL"
        return self.once(("pairs", column.key), lambda: self._number(counted))

    def comes_back(self, column: Column) -> bool:
        """Whether the values of a text column come back often enough to be counted one by one."""
        distinct, _ = self.distinct(column)
        few = distinct <= TOP_VALUES or distinct <= UNIQUE_SHARE * self.filled(column)
        return distinct <= MAX_CATEGORIES and few

    def commonest(self, column: Column, limit: int) -> tuple[Answer, int]:
        """The commonest values of a column with their rows, most first, and how many values there are."""
        value = self.sql(column)
        rows = self.query(
            f"SELECT value, n, count(*) OVER () FROM (SELECT {value} AS value, count(*) AS n"
            f" FROM {column.relation} WHERE {value} IS NOT NULL GROUP BY value)"
            f" ORDER BY n DESC, value LIMIT {int(limit)}"
        )
        return [row[:2] for row in rows], int(rows[0][2]) if rows else 0

    def _number(self, text: str) -> int:
        return int(self.query(text)[0][0])

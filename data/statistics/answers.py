"""What the statistics answer: small frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["number", "text", "date"]
Grain = Literal["day", "week", "month"]
Level = Literal["customers", "rows"]


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

    `rows` are customers for an attribute, with or without a value. `low`, `median` and `high` are numbers or days; `common` pairs of value and rows, most first.
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
        """Share of the rows (of an attribute: of the customers) that have a value."""
        return self.filled / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Head:
    """Some rows as they are stored: the columns and the cells as text (None: empty)."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Box:
    """A box plot by Tukey: the whiskers end at the last value within 1.5 quartile ranges of the box.

    On a logarithmic scale all of it is of the numbers above zero and in log10 (`mean` is the log10 of
    their plain mean).
    """

    low_fence: float
    q1: float
    median: float
    q3: float
    high_fence: float
    mean: float
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

    r is None where fewer than ten have both values or one of them does not vary; `n` of `total` rows or
    customers were compared, each pair by those that have both; `constant` names the columns left out because they do not vary, `beyond`
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


def _ratio(amount: float | None, count: int | None) -> float | None:
    return amount / count if amount is not None and count else None

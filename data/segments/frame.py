"""The customers as a segmentation takes them: one row each, features by name and attributes as a0, a1, ..."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import duckdb
import pandas as pd

from data.accounting import counted
from data.columns import DATE, NUMBER
from data.engine import scan
from data.errors import InputError
from data.names import CLUSTER, COUNTRY, CUSTOMER_ID, CUSTOMERS
from data.quarantine import free_name, identifier
from data.store import Dataset

# The labels that a table of customers brings with it.
GIVEN: Final = "given"
CATEGORY: Final = "category"
MAX_ATTRIBUTES: Final = 60
# A text with more values than this is a name or an address: nobody filters by it.
MAX_VALUES: Final = 5_000
_RFM: Final = ("recency_days", "frequency", "monetary")


@dataclass(frozen=True)
class Attribute:
    """A column that is no feature: its key in the frame, its own name, number or category, its different values."""

    key: str
    label: str
    type: str
    values: int

    def to_dict(self) -> dict[str, Any]:
        """The attribute as a manifest holds it."""
        return asdict(self)


@dataclass(frozen=True)
class Customers:
    """Customers to divide: their frame, the attributes in it, and sentences on what was left out.

    `roles` has the own name of each column that a table calls otherwise than the product does.
    """

    frame: pd.DataFrame
    attributes: tuple[Attribute, ...] = ()
    notes: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """The words of the attributes, by key."""
        return {each.key: each.label for each in self.attributes}


@dataclass(frozen=True)
class _Column:
    label: str
    type: str


def customers_of_analysis(
    connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, dataset: Dataset
) -> Customers:
    """The customers of an analysis (`frame`: customer_id and features) with what else is known of them.

    That is the country of their latest day (the first by name where there are several), where the orders
    name one, and the columns that were joined by customer id.
    """
    tables = [(_countries(connection, dataset), [_Column("Country", CATEGORY)])]
    if dataset.attributes:
        joined = [_Column(each["name"], each["type"]) for each in dataset.manifest["attributes"]]
        tables.append((scan([dataset.attributes]), joined))
    gathered = _Attributes(connection, frame, dataset.last_date)
    for source, columns in tables:
        if source:
            gathered.add(source, columns)
    return gathered.customers()


def customers_of_table(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Customers:
    """The customers of a table of customers: recency, frequency and money where it has them as numbers,
    the clusters it brings as `given`, and every other column as an attribute.

    Raises InputError for a data set of transactions.
    """
    if dataset.kind != CUSTOMERS:
        raise InputError(f"{dataset.name} holds transactions, not a table of customers: analyse it first.")
    source = scan([dataset.table])
    known, roles, others = {}, {}, []
    for column in dataset.manifest["columns"]:
        role, name = column["role"], column["name"]
        # What was to be a number and could not be read as one is kept as text.
        if role in _RFM and column["type"] == NUMBER:
            known[role], roles[role] = f"CAST({identifier(name)} AS DOUBLE)", name
        elif role == CLUSTER:
            known[GIVEN] = f"CAST({identifier(name)} AS VARCHAR)"
        else:
            others.append(_Column(name, column["type"]))
    values = "".join(f", {value} AS {key}" for key, value in known.items())
    select = f"SELECT {CUSTOMER_ID}{values} FROM {source} ORDER BY {CUSTOMER_ID}"
    gathered = _Attributes(connection, connection.execute(select).df(), None)
    gathered.add(source, others)
    return replace(gathered.customers(), roles=roles)


def with_attributes_of(frame: pd.DataFrame, known: Customers) -> pd.DataFrame:
    """`frame` of some of the `known` customers at another time, with the attributes they have now."""
    keys = [each.key for each in known.attributes]
    return frame.merge(known.frame[[CUSTOMER_ID, *keys]], on=CUSTOMER_ID, how="left") if keys else frame


def _countries(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> str:
    """Make the table `countries` of customers; its FROM expression, or nothing where no order names one."""
    made = ""
    for paths in filter(None, dataset.buckets):
        rows = scan(paths)
        named = f"SELECT 1 FROM {rows} WHERE trim({COUNTRY}) <> '' LIMIT 1"
        described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        if COUNTRY not in {row[0] for row in described} or not connection.execute(named).fetchall():
            continue
        # Grouped first: there are far fewer countries of a customer than rows to be put in order.
        select = (
            f"SELECT {CUSTOMER_ID}, {COUNTRY} AS {identifier('Country')} FROM ("
            f"SELECT {CUSTOMER_ID}, {COUNTRY}, row_number() OVER (PARTITION BY {CUSTOMER_ID} "
            f"ORDER BY latest DESC, {COUNTRY}) AS place FROM ("
            f"SELECT {CUSTOMER_ID}, {COUNTRY}, max(day) AS latest FROM {rows} "
            f"WHERE trim({COUNTRY}) <> '' GROUP BY {CUSTOMER_ID}, {COUNTRY})) WHERE place = 1"
        )
        connection.execute(
            f"INSERT INTO countries {select}"
            if made
            else f"CREATE OR REPLACE TEMP TABLE countries AS {select}"
        )
        made = "countries"
    return made


class _Attributes:
    """Attributes as they are added to a frame, numbered on."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, last: dt.date | None
    ) -> None:
        self.connection = connection
        self.frame = frame
        self.last = last
        self.attributes: list[Attribute] = []
        self.notes: list[str] = []
        self.taken: set[str] = set()
        self.too_many = 0

    def customers(self) -> Customers:
        """What has been gathered."""
        notes = list(self.notes)
        if self.too_many:
            notes.append(
                f"Customers can be filtered and clustered by the first {MAX_ATTRIBUTES} columns: "
                f"{counted(self.too_many, 'column')} after them {'is' if self.too_many == 1 else 'are'} left out."
            )
        return Customers(self.frame, tuple(self.attributes), tuple(notes))

    def add(self, source: str, columns: Sequence[_Column]) -> None:
        """Take `columns` of the FROM expression `source` (one row a customer) into the frame."""
        if not columns:
            return
        distinct = ", ".join(f"count(DISTINCT {identifier(each.label)})" for each in columns)
        found = self.connection.execute(f"SELECT {distinct} FROM {source}").fetchall()[0]
        newest = self._newest(source, columns)
        values = {}
        for column, different in zip(columns, map(int, found), strict=True):
            if self._usable(column, different):
                key, name = f"a{len(self.attributes)}", identifier(column.label)
                label, kind = free_name(column.label, self.taken), CATEGORY
                values[key] = f"CAST({name} AS VARCHAR)"
                if column.type == NUMBER:
                    kind, values[key] = NUMBER, f"CAST({name} AS DOUBLE)"
                elif column.type == DATE:
                    label, kind = f"{label} (days before {newest})", NUMBER
                    values[key] = f"CAST(date_diff('day', {name}, DATE '{newest}') AS DOUBLE)"
                self.attributes.append(Attribute(key, label, kind, different))
        if values:
            selected = ", ".join(f"{value} AS {key}" for key, value in values.items())
            table = self.connection.execute(f"SELECT {CUSTOMER_ID}, {selected} FROM {source}").df()
            self.frame = self.frame.merge(table, on=CUSTOMER_ID, how="left")

    def _usable(self, column: _Column, different: int) -> bool:
        if not different:
            self.notes.append(f"“{column.label}” is left out: no customer has a value in it.")
        elif column.type not in (NUMBER, DATE) and different > MAX_VALUES:
            self.notes.append(
                f"“{column.label}” is left out of filters and clusters: its {different:,} different texts tell"
                " customers apart rather than group them."
            )
        elif len(self.attributes) >= MAX_ATTRIBUTES:
            self.too_many += 1
        else:
            return True
        return False

    def _newest(self, source: str, columns: Sequence[_Column]) -> dt.date | None:
        """The day that dates are counted back from: the last of the orders, else of the table's own dates."""
        dates = [f"max({identifier(each.label)})" for each in columns if each.type == DATE]
        if not dates or self.last:
            return self.last
        days = [
            day
            for day in self.connection.execute(f"SELECT {', '.join(dates)} FROM {source}").fetchall()[0]
            if day
        ]
        return max(days, default=None)

"""What every step of one cleaning works on: the staged file, the answers about it, and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from data.engine import scan
from data.names import AMOUNT, ORDER_ID
from data.reading import ImportOptions, Inspection, Staged
from data.reading.options import ORDER_TOTAL
from data.reading.staging import column_key

_PREFIX: Final = "cleaning_"


@dataclass
class Workbench:
    """One cleaning's inputs and its temporary tables, which `close` drops; `existing` are files it adds to."""

    connection: duckdb.DuckDBPyConnection
    staged: Staged
    options: ImportOptions
    today: date
    existing: tuple[Path, ...] = ()
    roles: dict[str, str] = field(init=False)
    keys: list[str] = field(init=False)
    _tables: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.roles = {role: column_key(at) for role, at in self.inspection.role_positions().items()}
        self.keys = [column_key(at) for at in range(len(self.inspection.columns))]
        # Columns that only number the rows say nothing of them.
        numbering = set(self.inspection.ignored)
        pairs = zip(self.keys, self.inspection.columns, strict=True)
        self.telling_keys = [key for key, column in pairs if column not in numbering]

    @property
    def inspection(self) -> Inspection:
        return self.staged.inspection

    @property
    def rows(self) -> str:
        """The FROM expression of the staged rows."""
        return scan([self.staged.path])

    @property
    def filled(self) -> tuple[str, ...]:
        """The roles that are written once for an order, in its first row."""
        here = self.inspection.fill_down if ORDER_ID in self.roles else ()
        return tuple(role for role in here if role in self.roles and role != ORDER_ID)

    @property
    def order_totals(self) -> bool:
        """Whether the amount of a row is that of its whole order."""
        return self.options.amount_is == ORDER_TOTAL and {AMOUNT, ORDER_ID} <= self.roles.keys()

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that `sql` gives."""
        return [tuple(row) for row in self.connection.execute(sql).fetchall()]

    def one(self, sql: str) -> tuple[Any, ...]:
        """The single row that `sql` gives."""
        return self.all(sql)[0]

    def table(self, name: str, sql: str) -> str:
        """Keep the answer of `sql` for this cleaning; returns the name to read it by."""
        name = _PREFIX + name
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        self._tables.add(name)
        return name

    def count(self, table: str) -> int:
        """The number of rows of `table`."""
        return int(self.one(f"SELECT count(*) FROM {table}")[0])

    def close(self) -> None:
        for name in self._tables:
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")

"""The columns of a data set that hold anything, and the SQL text of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data import names
from data.quarantine import identifier
from data.statistics.answers import Column, ColumnType
from data.store import Dataset

LINES, CUSTOMERS, ATTRIBUTES = "lines", "customers", "attributes"
_NUMBERS: Final = ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")
_MONEY: Final = (names.UNIT_PRICE, names.AMOUNT)

Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class StoredColumn:
    """A column, the SQL text of its value, and how many of its cells are filled."""

    column: Column
    sql: str
    filled: int

    @property
    def may_be_no_number(self) -> bool:
        """Whether some of what is stored may be no number, so that fewer values than cells are filled."""
        return self.sql.startswith("CASE")


def find_columns(dataset: Dataset, relation: str, ask: Ask) -> list[StoredColumn]:
    """The columns of `relation` (a view of the engine behind `ask`) that hold anything."""
    found = []
    stated_columns = _stated(dataset, relation)
    described = [(str(row[0]), str(row[1])) for row in ask(f"DESCRIBE {relation}")]
    counts = ", ".join(f"count({identifier(name)})" for name, _ in described)
    filled = ask(f"SELECT {counts} FROM {relation}")[0]
    for (name, sql_type), values in zip(described, filled, strict=True):
        own = relation == LINES and name == names.DAY
        # Roles that a file lacks are stored as empty columns, and the day goes with the time.
        if own or not values or (relation == ATTRIBUTES and name == names.CUSTOMER_ID):
            continue
        stated = stated_columns.get(name, {})
        own_role = name if relation == LINES or name == names.CUSTOMER_ID else None
        role = stated.get("role") or own_role
        column_type = _type_of(sql_type, stated.get("type"))
        money = column_type == "number" and (role == "monetary" or (relation == LINES and name in _MONEY))
        column = Column(f"{relation}:{name}", name, column_type, money, role)
        found.append(StoredColumn(column, _value_sql(identifier(name), sql_type, column_type), int(values)))
    return found


def _stated(dataset: Dataset, relation: str) -> Mapping[str, dict[str, Any]]:
    """What the manifest says of the columns of a customer table or of joined attributes, by name."""
    if relation == LINES:
        return {}
    stated = dataset.manifest.get("columns" if relation == CUSTOMERS else "attributes")
    known = stated if isinstance(stated, list) else []
    return {str(each["name"]): each for each in known if isinstance(each, dict)}


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

"""Clean a table of customers made in a test, and look at what came of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.customers import CleanedCustomers, clean_customers
from data.engine import connect, scan
from data.names import CUSTOMER_ID, CUSTOMERS
from data.reading import ImportOptions, Inspection, stage
from data.reading.dialects import column_names
from tests.imports import write


@dataclass(frozen=True)
class Customers:
    """The result of a cleaning: its ledger, the kept rows and the rejected ones as they were written."""

    cleaned: CleanedCustomers
    rows: list[dict[str, Any]]
    rejected: list[dict[str, str]]

    @property
    def ledger(self) -> dict[str, Any]:
        return self.cleaned.ledger

    def reasons(self) -> dict[str, int]:
        return {each["reason"]: each["rows"] for each in self.ledger["reasons"]}

    def notes(self) -> dict[str, str]:
        return {each["kind"]: each["text"] for each in self.ledger["notes"]}

    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.cleaned.columns}

    def values(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


def inspected(path: Path, mapping: dict[str, str], columns: Sequence[str] = (), **options: Any) -> Inspection:
    """The inspection of a table of customers whose columns are known: a CSV file's are in its first line."""
    if not columns:
        with path.open(newline="", encoding="utf-8") as file:
            columns = column_names(next(csv.reader(file)))
    given = {"encoding": "utf-8", "delimiter": ",", "header": True, "decimal": "."}
    return Inspection(
        path=path,
        name=path.name,
        file_format="xlsx" if path.suffix == ".xlsx" else "csv",
        layout=None,
        columns=tuple(columns),
        mapping=mapping,
        detected={},
        preview=[],
        questions=(),
        options=ImportOptions(**(given | {"mapping": mapping, "kind": CUSTOMERS} | options)),
        header_rows=1,
        kind=CUSTOMERS,
        ignored=tuple(columns[:1]) if columns[0] == "column_1" else (),
    )


def clean_file(inspection: Inspection, folder: Path, *, threads: int = 1) -> Customers:
    """Stage and clean an inspected table of customers into `folder`, as an import does."""
    folder.mkdir(exist_ok=True)
    staged = stage(inspection, folder)
    connection = connect([folder], threads=threads, temp=folder / "spill")
    cleaned = clean_customers(connection, staged, inspection.options, folder)
    rows = read_rows(connection, cleaned.path)
    connection.close()
    with cleaned.rejected.open(newline="", encoding="utf-8") as file:
        rejected = list(csv.DictReader(file))
    return Customers(cleaned, rows, rejected)


def clean_text(
    folder: Path,
    content: str,
    mapping: dict[str, str] | None = None,
    name: str = "people.csv",
    **options: Any,
) -> Customers:
    """Write `content` to a CSV file and clean it; the customer is the column `id` unless `mapping` says other."""
    path = write(folder, content, name)
    roles = {CUSTOMER_ID: "id"} if mapping is None else mapping
    return clean_file(inspected(path, roles, **options), folder / "customers")


def read_rows(connection: Any, path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file, in their order."""
    answer = connection.execute(f"SELECT * FROM {scan([path])}")
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

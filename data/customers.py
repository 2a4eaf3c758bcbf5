"""From staged text to a clean table of customers: one row each, every row kept or set aside with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from data.accounting import Tally, balance, note, total
from data.cleaning.reasons import EMPTY_ROW, NO_CUSTOMER, REPEATED
from data.columns import Column, Plan, plan_column, write_table
from data.engine import quote, scan
from data.errors import InputError
from data.names import CUSTOMER_ID, CUSTOMER_ROLES
from data.quarantine import (
    REJECTED_FILE,
    all_of,
    blank_lines_note,
    blank_sql,
    count_excel_ids,
    excel_ids_note,
    free_name,
    identifier,
    understood,
    write_rejected,
)
from data.reading import ImportOptions, Report, Staged, no_report
from data.reading.numbers import number_sql
from data.reading.staging import LINE_NO, column_key

CUSTOMERS_FILE: Final = "customers.parquet"
TWICE: Final = "customer id occurs twice"
_MONETARY: Final = "monetary"
_ASIDE_FILE: Final = "aside.parquet"


@dataclass(frozen=True)
class CleanedCustomers:
    """What cleaning left in its folder: the customers, the rejected rows and their account.

    `columns` are those beside customer_id, in the order of the file.
    """

    path: Path
    rejected: Path
    ledger: dict[str, Any]
    rows: int
    columns: tuple[Column, ...]


def clean_customers(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    options: ImportOptions,
    folder: Path,
    report: Report = no_report,
) -> CleanedCustomers:
    """Judge every staged row and write `folder`/customers.parquet and rejected.csv, with the ledger.

    Each customer id is kept once, the first row of it; a file without ids has its rows numbered. The
    other columns are stored under their own names, with the type that all their values show. The table
    is sorted by customer id. Amounts are those of the `monetary` role, exact; a ledger without it has
    None for each. Raises InputError where no row is left to keep.
    """
    work = _Cleaning(connection, staged, options, folder)
    try:
        report(0.05, "Reading customers")
        work.judge()
        kept, reasons = work.tallies()
        if not kept.rows:
            raise work.nothing_kept(reasons)
        report(0.2, "Telling what each column holds")
        plans = work.plans(kept.rows, report)
        report(0.7, "Writing the customers")
        columns = work.write_customers(plans, folder / CUSTOMERS_FILE)
        ledger = work.ledger(kept, reasons, plans)
        report(0.9, "Writing the rows set aside")
        work.write_rejected(folder / REJECTED_FILE)
    finally:
        work.close()
    report(1.0, f"{ledger['rows']['kept']:,} of {ledger['rows']['in']:,} rows kept")
    return CleanedCustomers(
        path=folder / CUSTOMERS_FILE,
        rejected=folder / REJECTED_FILE,
        ledger=ledger,
        rows=kept.rows,
        columns=columns,
    )


class _Cleaning:
    """One cleaning: the staged rows, those of them set aside, and all that is made of both."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, staged: Staged, options: ImportOptions, folder: Path
    ) -> None:
        self.connection = connection
        self.staged = staged
        self.inspection = staged.inspection
        self.options = options
        self.roles = {
            role: column_key(at)
            for role, at in self.inspection.role_positions().items()
            if role in CUSTOMER_ROLES
        }
        self.keys = [column_key(at) for at in range(len(self.inspection.columns))]
        self.index = self._index_column()
        self.telling = [key for key in self.keys if key != self.index] or self.keys
        self.id_key = self.roles.get(CUSTOMER_ID)
        self.excel_ids = count_excel_ids(connection, staged, self.id_key) if self.id_key else 0
        self.unread_kept = self.unread_aside = 0
        self.aside_path = folder / _ASIDE_FILE
        self.rows = scan([staged.path])

    def close(self) -> None:
        self.aside_path.unlink(missing_ok=True)

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(sql).fetchall()]

    def _index_column(self) -> str | None:
        """The staged name of the column that was found to number the rows, if it does so in all of them."""
        if not self.inspection.ignored or len(self.keys) < 2:
            return None
        key = column_key(self.inspection.columns.index(self.inspection.ignored[0]))
        number = f"TRY_CAST({key} AS BIGINT)"
        rows, filled, distinct, low, high = self._all(
            f"SELECT count(*), count({number}), count(DISTINCT {number}), min({number}), max({number}) "
            f"FROM {scan([self.staged.path])}"
        )[0]
        # Odd rows are numbered too, and are not here to be counted.
        numbered = rows == filled == distinct and low in (0, 1) and high < low + rows + self.staged.odd_rows
        return key if numbered else None

    # Judging

    def _customer(self) -> str:
        """SQL for the customer id of a staged row."""
        return f"regexp_replace({self.id_key}, '\\.0$', '')" if self.excel_ids else str(self.id_key)

    def judge(self) -> None:
        """Write down which rows are set aside, and why."""
        staged = scan([self.staged.path])
        blank = blank_sql([key for key in self.telling if key != self.id_key])
        if self.id_key:
            # Cells are looked at only where the id is blank: that is hardly ever.
            reason = f"CASE WHEN {blank or 'true'} THEN {quote(EMPTY_ROW)} ELSE {quote(NO_CUSTOMER)} END"
            aside = f"SELECT {LINE_NO}, {reason} AS reason FROM {staged} WHERE trim({self.id_key}) = ''"
            good = f"(SELECT * FROM {staged} WHERE trim({self.id_key}) <> '')"
        else:
            aside = f"SELECT {LINE_NO}, {quote(EMPTY_ROW)} AS reason FROM {staged} WHERE {blank}"
            good = f"(SELECT * FROM {staged} WHERE NOT ({blank}))"
        if self.id_key:
            aside += f" UNION ALL {self._twice(good)}"
        elif self.options.duplicates == "drop":
            same = ", ".join(self.telling)
            aside += (
                f" UNION ALL SELECT {LINE_NO}, {quote(REPEATED)} FROM (SELECT {LINE_NO}, row_number() OVER "
                f"(PARTITION BY {same} ORDER BY {LINE_NO}) AS place FROM {good}) WHERE place > 1"
            )
        self.connection.execute(
            f"COPY ({aside}) TO {quote(str(self.aside_path.resolve()))} (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        if self._all(f"SELECT count(*) FROM {scan([self.aside_path])}")[0][0]:
            self.rows = f"(SELECT * FROM {scan([self.staged.path])} AS staged ANTI JOIN {scan([self.aside_path])} AS aside USING ({LINE_NO}))"

    def _twice(self, good: str) -> str:
        """SQL for the rows after the first of a customer id, with their reason."""
        customer = self._customer()
        # Few ids occur more than once: only their rows are compared cell by cell.
        ids = f"SELECT {customer} FROM {good} GROUP BY 1 HAVING count(*) > 1"
        same = ", ".join(["customer", *(key for key in self.telling if key != self.id_key)])
        return (
            f"SELECT {LINE_NO}, CASE WHEN copy > 1 THEN {quote(REPEATED)} ELSE {quote(TWICE)} END "
            f"FROM (SELECT {LINE_NO}, row_number() OVER (PARTITION BY {same} ORDER BY {LINE_NO}) AS copy, "
            f"row_number() OVER (PARTITION BY customer ORDER BY {LINE_NO}) AS place "
            f"FROM (SELECT *, {customer} AS customer FROM {good} WHERE {customer} IN ({ids}))) WHERE place > 1"
        )

    # Accounting

    def tallies(self) -> tuple[Tally, dict[str, Tally]]:
        """The kept rows, and by reason those set aside; odd rows have no amount that could be read."""
        key = self.roles.get(_MONETARY)
        money = number_sql(key, self.options.decimal or ".") if key else "CAST(0 AS DECIMAL(18,4))"
        sums = f"count(*), coalesce(sum({money}), 0), count(*) - count({money})"
        rows, amount, unread = self._all(f"SELECT {sums} FROM {self.rows}")[0]
        kept = Tally(int(rows), Decimal(amount))
        self.unread_kept = int(unread)
        found = {}
        for reason, rows, amount, unread in self._all(
            f"SELECT reason, {sums} FROM {self._aside()} GROUP BY reason"
        ):
            found[str(reason)] = Tally(int(rows), Decimal(amount))
            self.unread_aside += int(unread)
        if self.staged.odd_rows:
            sql = f"SELECT reason, count(*) FROM {scan([self.staged.odd_path])} GROUP BY reason"
            found |= {
                reason: found.get(reason, Tally()) + Tally(int(rows)) for reason, rows in self._all(sql)
            }
            self.unread_aside += self.staged.odd_rows
        return kept, found

    def _aside(self) -> str:
        return f"(SELECT * FROM {scan([self.staged.path])} AS staged JOIN {scan([self.aside_path])} AS aside USING ({LINE_NO}))"

    def nothing_kept(self, reasons: dict[str, Tally]) -> InputError:
        """The error for a file of which nothing is left: its commonest reason."""
        reason = max(reasons, key=lambda each: (reasons[each].rows, each))
        rows = all_of(total(reasons.values()).rows, reasons[reason].rows)
        return InputError(f"{self.inspection.name}: {rows}: {reason}. Nothing was imported.")

    def ledger(self, kept: Tally, reasons: dict[str, Tally], plans: list[Plan]) -> dict[str, Any]:
        """The account of the import."""
        account = balance(kept, reasons)
        if _MONETARY not in self.roles:
            account["amount"] = dict.fromkeys(account["amount"])
            account["reasons"] = [{**each, "amount": None} for each in account["reasons"]]
        notes = [*self._notes_on_rows(kept.rows), *(each for plan in plans for each in plan.notes)]
        return {
            **account,
            "notes": [*self.inspection.notes, *notes],
            "source": {
                "name": self.inspection.name,
                "bytes": self.staged.bytes,
                "sha256": self.staged.sha256,
            },
            "understood": understood(self.inspection, self.options),
            "first_date": None,
            "last_date": None,
            "customers": kept.rows,
        }

    def _notes_on_rows(self, kept: int) -> list[dict[str, Any]]:
        notes = [excel_ids_note(self.excel_ids), blank_lines_note(self.staged.blank_lines)]
        if not self.id_key:
            rows = self.staged.rows + self.staged.odd_rows
            one = "The file has no customer id: its row is customer 1."
            many = "The file has no customer id: its rows are numbered 1 to {n}."
            same = ", ".join(self.telling)
            distinct = self._all(f"SELECT count(*) FROM (SELECT DISTINCT {same} FROM {self.rows})")[0][0]
            notes += [
                note("numbered", rows, one, many),
                note(
                    "duplicates",
                    kept - int(distinct),
                    "1 row repeats another row exactly; without customer ids it is kept as a customer of its own.",
                    "{n} rows repeat another row exactly; without customer ids they are kept as customers of their own.",
                ),
            ]
        if self.index:
            text = "The first column has no header and only numbers the rows: it is left out."
            notes.append({"kind": "index_column", "rows": self.staged.rows, "text": text})
        if _MONETARY in self.roles:
            notes += [
                note(
                    "no_amount",
                    self.unread_kept,
                    "1 customer has no readable amount and counts as 0 in the sums.",
                    "{n} customers have no readable amount and count as 0 in the sums.",
                    Decimal(0),
                ),
                note(
                    "amount_unknown",
                    self.unread_aside,
                    "1 row set aside has no readable amount and counts as 0 in the sums.",
                    "{n} rows set aside have no readable amount and count as 0 in the sums.",
                    Decimal(0),
                ),
            ]
        return [each for each in notes if each["rows"]]

    # Writing

    def plans(self, rows: int, report: Report) -> list[Plan]:
        """How each column beside the id is stored."""
        taken = {CUSTOMER_ID}
        role_of = {key: role for role, key in self.roles.items()}
        keys = [key for key in self.telling if key not in (self.id_key, self.index)]
        names = dict(zip(self.keys, self.inspection.columns, strict=True))
        plans = []
        for done, key in enumerate(keys):
            report(0.2 + 0.5 * done / len(keys), f"Telling what '{names[key]}' holds")
            column = Column(free_name(names[key], taken), "", role_of.get(key))
            plans.append(plan_column(self.connection, self.rows, rows, key, column, self.options))
        return plans

    def write_customers(self, plans: list[Plan], path: Path) -> tuple[Column, ...]:
        """Write the kept rows, sorted by id: with ids, the order of the input leaves no trace."""
        if self.id_key:
            customer, rows = self._customer(), self.rows
        else:
            customer, rows = (
                "CAST(place AS VARCHAR)",
                f"(SELECT * FROM {self.rows} AS kept JOIN ({self._places()}) AS places USING ({LINE_NO}))",
            )
        values = ", ".join(f"{plan.value} AS {identifier(plan.column.name)}" for plan in plans)
        joins = " ".join(plan.join for plan in plans)
        select = (
            f"SELECT {customer} AS {CUSTOMER_ID}{', ' if values else ''}{values} FROM {rows} AS rows {joins}"
        )
        columns = [plan.column for plan in plans]
        return write_table(self.connection, select, columns, path, numbered=not self.id_key)

    def _places(self) -> str:
        """SQL for the place of each row among all of the file, from 1; rows set aside keep theirs."""
        lines = f"SELECT {LINE_NO} FROM {scan([self.staged.path])}"
        if self.staged.odd_rows:
            lines += f" UNION ALL SELECT {LINE_NO} FROM {scan([self.staged.odd_path])}"
        return f"SELECT {LINE_NO}, row_number() OVER (ORDER BY {LINE_NO}) AS place FROM ({lines})"

    def write_rejected(self, path: Path) -> None:
        """Write the rows set aside."""
        write_rejected(self.connection, self.staged, self._aside(), self.keys, path)

"""From staged text to clean transactions: every row is kept, or set aside with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from data.engine import quote, scan
from data.errors import InputError
from data.names import (
    AMOUNT,
    CATEGORY,
    COUNTRY,
    CUSTOMER_ID,
    DAY,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    UNIT_PRICE,
)
from data.reading import ImportOptions, Inspection, Report, Staged, no_report
from data.reading.dates import timestamps_sql
from data.reading.inspecting import role_columns
from data.reading.layouts import LAYOUTS
from data.reading.numbers import AMOUNT_TYPE, number_sql
from data.reading.staging import LINE_NO, column_key

TRANSACTIONS_FILE: Final = "transactions.parquet"
REJECTED_FILE: Final = "rejected.csv"

EMPTY_ROW: Final = "empty row"
NO_CUSTOMER: Final = "no customer id"
NO_DATE: Final = "no date"
BAD_DATE: Final = "date not readable"
NO_AMOUNT: Final = "no amount"
BAD_AMOUNT: Final = "not an amount"
NO_QUANTITY: Final = "no quantity"
BAD_QUANTITY: Final = "not a quantity"
FUTURE_DATE: Final = "date in the future"
OLD_DATE: Final = "date before 1970"
REPEATED: Final = "repeats another row"

# Isolated dates out of range are typing errors; where more rows have them, the data is like that.
OUT_OF_RANGE_SHARE: Final = 0.05
_OLDEST: Final = date(1970, 1, 1)

_TEXT_ROLES: Final = (ORDER_ID, PRODUCT_ID, CATEGORY, COUNTRY)
# Role columns of a stored data set, in their order; other columns of the file follow.
STORED_COLUMNS: Final = (
    CUSTOMER_ID,
    ORDER_ID,
    ORDERED_AT,
    DAY,
    QUANTITY,
    UNIT_PRICE,
    AMOUNT,
    PRODUCT_ID,
    CATEGORY,
    COUNTRY,
    DISCOUNT,
)


@dataclass(frozen=True)
class Cleaned:
    """What cleaning left in its folder: the transactions, the rejected rows and their account."""

    paths: tuple[Path, ...]
    rejected: Path
    ledger: dict[str, Any]
    rows: int
    customers: int
    first_date: date
    last_date: date
    columns: tuple[str, ...]


def clean(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    options: ImportOptions,
    folder: Path,
    report: Report = no_report,
    *,
    today: date | None = None,
) -> Cleaned:
    """Judge every staged row and write `folder`/transactions.parquet and rejected.csv, with the ledger.

    `options` must be complete (those of the staged file's inspection are). Rows dated after `today`
    (default: the machine's date) are set aside where they are few. Raises InputError where no row is
    left to keep. Amounts are exact decimals; the files do not depend on the order of the input rows.
    """
    work = _Work(connection, staged, options, folder, today or date.today())
    try:
        report(0.05, "Reading dates and amounts")
        work.judge()
        report(0.5, "Accounting for every row")
        ledger = work.account()
        report(0.6, "Writing the transactions")
        work.write_transactions()
        report(0.9, "Writing the rows set aside")
        work.write_rejected()
        report(1.0, "Cleaned")
        return work.cleaned(ledger)
    finally:
        work.close()


class _Work:
    """One cleaning: a table `judged` of typed rows with their reasons, and what is made of it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        staged: Staged,
        options: ImportOptions,
        folder: Path,
        today: date,
    ) -> None:
        self.connection = connection
        self.staged = staged
        self.inspection: Inspection = staged.inspection
        self.options = options
        self.folder = folder
        self.today = today
        self.roles = {role: column_key(at) for role, at in role_columns(staged.inspection).items()}
        self.keys = [column_key(at) for at in range(len(staged.inspection.columns))]
        self.judged_path = folder / "judged.parquet"
        self.summary: dict[str, Any] = {}

    def close(self) -> None:
        self.judged_path.unlink(missing_ok=True)

    # Judging

    def judge(self) -> None:
        """Give every staged row its typed values and, where it cannot be kept, its reason."""
        self._strip_id = self._excel_ids()
        # Dates are read once for each distinct text: far fewer than rows.
        texts = f"(SELECT {self.roles[ORDERED_AT]} AS written FROM {scan([self.staged.path])})"
        dates = timestamps_sql(texts, self.options.date_kind or "text", self.options.date_order)
        rows = f"{self._rows()} AS rows LEFT JOIN ({dates}) AS dates ON rows.{self.roles[ORDERED_AT]} = dates.written"
        typed = f"SELECT * EXCLUDE (written), {self._typed_columns()} FROM {rows}"
        self.connection.execute(
            f"COPY (SELECT *, {self._reason()} AS reason FROM ({typed})) "
            f"TO {quote(str(self.judged_path.resolve()))} (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        self._judge_ranges()

    def _rows(self) -> str:
        rows = scan([self.staged.path])
        if self.options.duplicates == "keep":
            return f"(SELECT *, false AS repeated FROM {rows})"
        same = ", ".join(self.keys)
        return f"(SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY {LINE_NO}) > 1 AS repeated FROM {rows})"

    def _excel_ids(self) -> int:
        """How many customer ids end in '.0' where all are whole numbers: Excel's or pandas' doing."""
        key = self.roles[CUSTOMER_ID]
        found = self.connection.execute(
            f"SELECT count(*) FILTER (WHERE {key} LIKE '%.0'), "
            f"bool_and(regexp_full_match({key}, '\\d+(\\.0)?') OR trim({key}) = '') FROM {scan([self.staged.path])} "
            f"WHERE NOT regexp_full_match({key}, '\\d+') "
        ).fetchone()
        return int(found[0]) if found and found[1] else 0

    def _typed_columns(self) -> str:
        decimal = self.options.decimal or "."
        key = self.roles[CUSTOMER_ID]
        customer = f"regexp_replace({key}, '\\.0$', '')" if self._strip_id else key
        columns = {
            CUSTOMER_ID: f"CASE WHEN trim({key}) <> '' THEN {customer} END",
            "exact_quantity": self._number(QUANTITY, decimal),
            UNIT_PRICE: self._number(UNIT_PRICE, decimal),
            DISCOUNT: self._number(DISCOUNT, decimal),
            "own_amount": self._number(AMOUNT, decimal),
        }
        for role in _TEXT_ROLES:
            columns[role] = f"NULLIF({self.roles[role]}, '')" if role in self.roles else "CAST(NULL AS VARCHAR)"
        if AMOUNT in self.roles:
            amount = "own_amount"
        else:
            # 38 figures hold every product, so none overflows before it is judged.
            amount = f"TRY_CAST(CAST(exact_quantity AS DECIMAL(19,4)) * {UNIT_PRICE} AS {AMOUNT_TYPE})"
        columns[AMOUNT] = amount
        return ", ".join(f"{expression} AS {name}" for name, expression in columns.items())

    def _number(self, role: str, decimal: str) -> str:
        key = self.roles.get(role)
        return number_sql(key, decimal) if key else f"CAST(NULL AS {AMOUNT_TYPE})"

    def _reason(self) -> str:
        """SQL for the reason a row cannot be kept, NULL where it can; the first that applies."""
        date_key = self.roles[ORDERED_AT]
        empty = " AND ".join(f"trim({key}) = ''" for key in self.keys)
        rules = [(empty, EMPTY_ROW), (f"{CUSTOMER_ID} IS NULL", NO_CUSTOMER)]
        rules += [(f"{ORDERED_AT} IS NULL AND trim({date_key}) = ''", NO_DATE), (f"{ORDERED_AT} IS NULL", BAD_DATE)]
        if QUANTITY in self.roles:
            key = self.roles[QUANTITY]
            if AMOUNT not in self.roles:
                rules.append((f"exact_quantity IS NULL AND trim({key}) = ''", NO_QUANTITY))
            rules.append((f"exact_quantity IS NULL AND trim({key}) <> ''", BAD_QUANTITY))
        money = self.roles[AMOUNT if AMOUNT in self.roles else UNIT_PRICE]
        rules += [(f"{AMOUNT} IS NULL AND trim({money}) = ''", NO_AMOUNT), (f"{AMOUNT} IS NULL", BAD_AMOUNT)]
        rules.append(("repeated", REPEATED))
        return "CASE " + " ".join(f"WHEN {test} THEN {quote(reason)}" for test, reason in rules) + " END"

    def _judge_ranges(self) -> None:
        """Decide whether dates out of range are few enough to be errors."""
        future, old, kept = self._one(
            f"SELECT count(*) FILTER (WHERE {self._is_future()}), count(*) FILTER (WHERE {self._is_old()}), count(*) "
            f"FROM {scan([self.judged_path])} WHERE reason IS NULL"
        )
        self.future_rows, self.old_rows = int(future), int(old)
        limit = OUT_OF_RANGE_SHARE * int(kept)
        ranges = []
        if 0 < self.future_rows <= limit:
            ranges.append(f"WHEN {self._is_future()} THEN {quote(FUTURE_DATE)}")
        if 0 < self.old_rows <= limit:
            ranges.append(f"WHEN {self._is_old()} THEN {quote(OLD_DATE)}")
        reason = f"CASE WHEN reason IS NOT NULL THEN reason {' '.join(ranges)} END" if ranges else "reason"
        self.judged = f"(SELECT * REPLACE ({reason} AS reason) FROM {scan([self.judged_path])})"

    def _is_future(self) -> str:
        # A day's grace: the file may come from a place where tomorrow has begun.
        return f"{ORDERED_AT} >= TIMESTAMP '{self.today + timedelta(days=2)}'"

    def _is_old(self) -> str:
        return f"{ORDERED_AT} < TIMESTAMP '{_OLDEST}'"

    def _one(self, sql: str) -> tuple[Any, ...]:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return row

    # Accounting

    def account(self) -> dict[str, Any]:
        """The ledger of the import; raises InputError where no row is kept."""
        groups = self.connection.execute(
            f"SELECT reason, count(*), coalesce(sum({AMOUNT}), 0) FROM {self.judged} GROUP BY reason ORDER BY reason"
        ).fetchall()
        reasons = {reason: (int(rows), Decimal(amount)) for reason, rows, amount in groups}
        kept_rows, kept_amount = reasons.pop(None, (0, Decimal(0)))
        for reason, rows in self._odd_reasons():
            reasons[reason] = (reasons.get(reason, (0, Decimal(0)))[0] + rows, reasons.get(reason, (0, Decimal(0)))[1])
        out_rows = sum(rows for rows, _ in reasons.values())
        out_amount = sum((amount for _, amount in reasons.values()), Decimal(0))
        if not kept_rows:
            raise self._nothing_kept(reasons)
        self.kept_rows = kept_rows
        first, last, customers = self._one(
            f"SELECT min({ORDERED_AT})::DATE, max({ORDERED_AT})::DATE, count(DISTINCT {CUSTOMER_ID}) "
            f"FROM {self.judged} WHERE reason IS NULL"
        )
        self.first_date, self.last_date, self.customers = first, last, int(customers)
        ordered = sorted(reasons.items(), key=lambda item: (-item[1][0], item[0]))
        return {
            "rows": {"in": kept_rows + out_rows, "kept": kept_rows, "quarantined": out_rows},
            "amount": {
                "in": money(kept_amount + out_amount),
                "kept": money(kept_amount),
                "quarantined": money(out_amount),
            },
            "reasons": [
                {"reason": reason, "rows": rows, "amount": money(amount)} for reason, (rows, amount) in ordered
            ],
            "notes": self._notes(),
            "source": {
                "name": self.inspection.name,
                "bytes": self.staged.bytes,
                "sha256": self.staged.sha256,
            },
            "understood": self._understood(),
            "first_date": first.isoformat(),
            "last_date": last.isoformat(),
            "customers": self.customers,
        }

    def _odd_reasons(self) -> list[tuple[str, int]]:
        if not self.staged.odd_rows:
            return []
        sql = f"SELECT reason, count(*) FROM {scan([self.staged.odd_path])} GROUP BY reason ORDER BY reason"
        return [(str(reason), int(rows)) for reason, rows in self.connection.execute(sql).fetchall()]

    def _nothing_kept(self, reasons: dict[str, tuple[int, Decimal]]) -> InputError:
        reason, (rows, _) = max(reasons.items(), key=lambda item: item[1][0])
        total = sum(count for count, _ in reasons.values())
        example = ""
        role = {BAD_DATE: ORDERED_AT, BAD_QUANTITY: QUANTITY, BAD_AMOUNT: AMOUNT}.get(reason)
        key = self.roles.get(UNIT_PRICE if role == AMOUNT and AMOUNT not in self.roles else role or "")
        if key:
            line, value = self._one(
                f"SELECT {LINE_NO}, {key} FROM {self.judged} WHERE reason = {quote(reason)} ORDER BY {LINE_NO} LIMIT 1"
            )
            example = f" (for example '{str(value)[:60]}' in line {line})"
        return InputError(
            f"{self.inspection.name}: none of its {total:,} rows can be used; {rows:,} of them: {reason}{example}. "
            "Nothing was imported."
        )

    def _understood(self) -> dict[str, Any]:
        found = {key: finding.value for key, finding in sorted(self.inspection.detected.items())}
        return {
            **found,
            "format": self.inspection.file_format,
            "layout": self.inspection.layout,
            "currency": self.inspection.currency,
            "mapping": dict(sorted(self.inspection.mapping.items())),
        }

    def _notes(self) -> list[dict[str, Any]]:
        """What is worth knowing of rows that were kept, and of what was done to them."""
        notes: list[dict[str, Any]] = [*self.inspection.notes]
        kept = f"{self.judged} WHERE reason IS NULL"
        same = ", ".join(self.keys)
        distinct = self._one(f"SELECT count(*) FROM (SELECT DISTINCT {same} FROM {kept})")[0]
        repeated = self.kept_rows - int(distinct)
        if repeated:
            words = _plural(repeated, "row repeats another row exactly; it is", "rows repeat another row exactly; they are")
            notes.append(_note("duplicates", repeated, f"{words} kept."))
        returns, returned, zero, cancelled, cancelled_amount, unit = self._one(
            f"SELECT count(*) FILTER (WHERE {AMOUNT} < 0 OR exact_quantity < 0), "
            f"coalesce(sum({AMOUNT}) FILTER (WHERE {AMOUNT} < 0 OR exact_quantity < 0), 0), "
            f"count(*) FILTER (WHERE {AMOUNT} = 0), "
            f"count(*) FILTER (WHERE {self._is_cancelled()}), "
            f"coalesce(sum({AMOUNT}) FILTER (WHERE {self._is_cancelled()}), 0), "
            f"count(DISTINCT {DAY_SQL}) FROM {kept}"
        )
        if returns:
            words = _plural(returns, "row is a return or correction", "rows are returns or corrections")
            notes.append(_note("returns", returns, f"{words}, together {money(returned)}; they are kept and netted.", returned))
        if cancelled:
            words = _plural(cancelled, "row belongs to a cancelled order", "rows belong to cancelled orders")
            prefix = self._cancelled_prefix()
            text = f"{words} (order ids that begin with '{prefix}'), together {money(cancelled_amount)}."
            notes.append(_note("cancellations", cancelled, text, cancelled_amount))
        if zero:
            words = _plural(zero, "row has", "rows have")
            notes.append(_note("zero_amount", zero, f"{words} an amount of 0: kept, but no purchase."))
        if unit == 1:
            notes.append(_note("one_day", 0, "All rows are of one day: there is no past to learn from."))
        notes += self._doings()
        return notes

    def _doings(self) -> list[dict[str, Any]]:
        """Notes on what was done or left while reading."""
        notes = []
        if self._strip_id:
            words = _plural(self._strip_id, "customer id was", "customer ids were")
            text = f"{words} written like '12346.0', as spreadsheets do with numbers: read as '12346'."
            notes.append(_note("excel_ids", self._strip_id, text))
        if self.staged.blank_lines:
            words = _plural(self.staged.blank_lines, "blank line is", "blank lines are")
            notes.append(_note("blank_lines", self.staged.blank_lines, f"{words} no row and not counted."))
        unread = self._one(f"SELECT count(*) FROM {self.judged} WHERE {AMOUNT} IS NULL")[0] + self.staged.odd_rows
        if unread:
            words = _plural(unread, "row set aside has", "rows set aside have")
            notes.append(_note("no_amount", unread, f"{words} no readable amount and count as 0 in the sums."))
        if self.future_rows and FUTURE_DATE not in self.judged:
            words = _plural(self.future_rows, "row is", "rows are")
            text = f"{words} dated after {self.today.isoformat()}: too many to be errors, so they are kept."
            notes.append(_note("future_dates", self.future_rows, text))
        if self.old_rows and OLD_DATE not in self.judged:
            words = _plural(self.old_rows, "row is", "rows are")
            text = f"{words} dated before 1970: too many to be errors, so they are kept."
            notes.append(_note("old_dates", self.old_rows, text))
        return notes

    def _cancelled_prefix(self) -> str | None:
        layout = next((each for each in LAYOUTS if each.name == self.inspection.layout), None)
        return layout.cancelled_prefix if layout else None

    def _is_cancelled(self) -> str:
        prefix = self._cancelled_prefix()
        return f"starts_with({ORDER_ID}, {quote(prefix)})" if prefix else "false"

    # Writing

    def write_transactions(self) -> None:
        """The kept rows, sorted by all their columns, so that the input's order leaves no trace."""
        other = self._other_columns()
        extra = "".join(f", NULLIF({key}, '') AS {identifier(name)}" for key, name in other.items())
        self.columns = (*STORED_COLUMNS, *other.values())
        order = [CUSTOMER_ID, DAY, ORDER_ID, ORDERED_AT]
        order += [name for name in self.columns if name not in order]
        by = ", ".join(f"{identifier(name)} ASC NULLS FIRST" for name in order)
        select = (
            f"SELECT {CUSTOMER_ID}, {ORDER_ID}, {ORDERED_AT}, {DAY_SQL} AS {DAY}, "
            f"CAST(exact_quantity AS DOUBLE) AS {QUANTITY}, {UNIT_PRICE}, {AMOUNT}, {PRODUCT_ID}, {CATEGORY}, "
            f"{COUNTRY}, {DISCOUNT}{extra} FROM {self.judged} WHERE reason IS NULL"
        )
        self.path = self.folder / TRANSACTIONS_FILE
        self.connection.execute(
            f"COPY (SELECT * FROM ({select}) ORDER BY {by}) TO {quote(str(self.path.resolve()))} "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )

    def _other_columns(self) -> dict[str, str]:
        """Staged key -> stored name of the columns that play no role; names of ours are not used twice."""
        taken = {name.casefold() for name in STORED_COLUMNS}
        others = {}
        for key, column in zip(self.keys, self.inspection.columns, strict=True):
            if key in self.roles.values():
                continue
            name, number = column, 2
            while name.casefold() in taken:
                name, number = f"{column}_{number}", number + 1
            taken.add(name.casefold())
            others[key] = name
        return others

    def write_rejected(self) -> None:
        """The rows set aside, as they came, in their order, each with its line and its reason."""
        self.rejected = self.folder / REJECTED_FILE
        names = dict(zip(self.keys, self.inspection.columns, strict=True))
        parts = [f"SELECT {LINE_NO}, reason, {', '.join(self.keys)}, NULL AS more FROM {self.judged} WHERE reason IS NOT NULL"]
        if self.staged.odd_rows:
            parts.append(f"SELECT {LINE_NO}, reason, {', '.join(self.keys)}, more FROM {scan([self.staged.odd_path])}")
        taken = {LINE_NO, "reason"}
        cells = []
        for key in self.keys:
            name = names[key] if names[key].casefold() not in taken else f"{names[key]}_2"
            taken.add(name.casefold())
            cells.append(f"{inert_sql(key)} AS {identifier(name)}")
        if self.staged.odd_rows:
            cells.append(f"{inert_sql('more')} AS {identifier('more cells')}")
        self.connection.execute(
            f"COPY (SELECT {LINE_NO}, reason, {', '.join(cells)} FROM ({' UNION ALL '.join(parts)}) ORDER BY {LINE_NO}) "
            f"TO {quote(str(self.rejected.resolve()))} (FORMAT csv, HEADER)"
        )

    def cleaned(self, ledger: dict[str, Any]) -> Cleaned:
        json.dumps(ledger)
        return Cleaned(
            paths=(self.path,),
            rejected=self.rejected,
            ledger=ledger,
            rows=self.kept_rows,
            customers=self.customers,
            first_date=self.first_date,
            last_date=self.last_date,
            columns=self.columns,
        )


DAY_SQL: Final = f"CAST({ORDERED_AT} AS DATE)"


def money(amount: Decimal) -> str:
    """Exact decimal text: at least two decimals, no needless zeros beyond ('9747747.934', '12.00')."""
    text = format(Decimal(amount).quantize(Decimal("0.0001")), "f")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def inert_sql(text: str) -> str:
    """SQL for `text` that no spreadsheet runs as a formula; numbers such as -1.5 stay numbers."""
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+\\-@\\t\\r]') AND NOT regexp_full_match({text}, '[+-]?[\\d.,]+') "
        f"THEN '''' || {text} ELSE {text} END"
    )


def _plural(count: int, one: str, many: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def _note(kind: str, rows: int, text: str, amount: Decimal | None = None) -> dict[str, Any]:
    note: dict[str, Any] = {"kind": kind, "rows": int(rows), "text": text}
    if amount is not None:
        note["amount"] = money(amount)
    return note

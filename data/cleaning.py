"""From staged text to clean transactions: every row is kept, or set aside with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from data.accounting import Tally, balance, counted, note, spoken, total
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
from data.reading.dates import ORDER_WORDS, in_figures_sql, timestamps_sql
from data.reading.layouts import LAYOUTS
from data.reading.numbers import AMOUNT_TYPE, number_sql
from data.reading.staging import LINE_NO, column_key

TRANSACTIONS_FILE: Final = "transactions.parquet"
REJECTED_FILE: Final = "rejected.csv"

EMPTY_ROW: Final = "empty row"
NO_CUSTOMER: Final = "no customer id"
NO_DATE: Final = "no date"
BAD_DATE: Final = "date not readable"
NO_QUANTITY: Final = "no quantity"
BAD_QUANTITY: Final = "not a quantity"
NO_AMOUNT: Final = "no amount"
BAD_AMOUNT: Final = "not an amount"
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
# The quantity as an exact number, for the product with a price; stored as a plain DOUBLE.
_EXACT_QUANTITY: Final = "exact_quantity"


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
    (default: the day it is, UTC) are set aside where they are few. Raises InputError where no row is
    left to keep. Amounts are exact decimals; the transactions do not depend on the order of the rows.
    """
    work = _Cleaning(connection, staged, options, folder, today or datetime.now(UTC).date())
    try:
        report(0.05, "Reading dates and amounts")
        work.judge()
        report(0.5, "Accounting for every row")
        ledger = work.account()
        report(0.6, "Writing the transactions")
        columns = work.write_transactions(folder / TRANSACTIONS_FILE)
        report(0.9, "Writing the rows set aside")
        work.write_rejected(folder / REJECTED_FILE)
    finally:
        work.close()
    report(1.0, f"{ledger['rows']['kept']:,} of {ledger['rows']['in']:,} rows kept")
    return Cleaned(
        paths=(folder / TRANSACTIONS_FILE,),
        rejected=folder / REJECTED_FILE,
        ledger=ledger,
        rows=ledger["rows"]["kept"],
        customers=ledger["customers"],
        first_date=date.fromisoformat(ledger["first_date"]),
        last_date=date.fromisoformat(ledger["last_date"]),
        columns=columns,
    )


def inert_sql(text: str) -> str:
    """SQL for `text` that no spreadsheet runs as a formula; numbers such as -1.5 stay numbers."""
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+\\-@\\t\\r]') AND NOT regexp_full_match({text}, '[+-]?[\\d.,]+') "
        f"THEN '''' || {text} ELSE {text} END"
    )


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class _Cleaning:
    """One cleaning: the staged rows with typed values and reasons, and all that is made of them."""

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
        self.today = today
        self.roles = {role: column_key(at) for role, at in self.inspection.role_positions().items()}
        self.keys = [column_key(at) for at in range(len(self.inspection.columns))]
        self.excel_ids = self._count_excel_ids()
        self.future_rows = self.old_rows = 0
        # Written once, so that dates and amounts are read once for all that follows.
        self.judged_path = folder / "judged.parquet"
        self.judged = scan([self.judged_path])

    def close(self) -> None:
        self.judged_path.unlink(missing_ok=True)

    def _one(self, sql: str) -> tuple[Any, ...]:
        """The single row that `sql` gives."""
        return tuple(self.connection.execute(sql).fetchall()[0])

    # Judging

    def judge(self) -> None:
        """Give every staged row its typed values and, where it cannot be kept, its reason."""
        date_key = self.roles[ORDERED_AT]
        # Dates are read once for each distinct text: far fewer than rows.
        texts = f"(SELECT {date_key} AS written FROM {scan([self.staged.path])})"
        dates = timestamps_sql(texts, self.options.date_kind or "text", self.options.date_order)
        rows = f"{self._rows()} AS rows LEFT JOIN ({dates}) AS dates ON rows.{date_key} = dates.written"
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

    def _count_excel_ids(self) -> int:
        """How many customer ids end in '.0', where all of them are whole numbers: a spreadsheet's doing."""
        key = self.roles[CUSTOMER_ID]
        others = f"FROM {scan([self.staged.path])} WHERE NOT regexp_full_match({key}, '\\d*|\\s+')"
        count, all_whole = self._one(
            f"SELECT count(*), coalesce(bool_and(regexp_full_match({key}, '\\d+\\.0')), false) {others}"
        )
        return int(count) if all_whole else 0

    def _typed_columns(self) -> str:
        key = self.roles[CUSTOMER_ID]
        customer = f"regexp_replace({key}, '\\.0$', '')" if self.excel_ids else key
        columns = {
            CUSTOMER_ID: f"CASE WHEN trim({key}) <> '' THEN {customer} END",
            _EXACT_QUANTITY: self._number(QUANTITY),
            UNIT_PRICE: self._number(UNIT_PRICE),
            DISCOUNT: self._number(DISCOUNT),
            # 38 figures hold every product, so none overflows before it is judged.
            AMOUNT: self._number(AMOUNT)
            if AMOUNT in self.roles
            else f"TRY_CAST(CAST({_EXACT_QUANTITY} AS DECIMAL(19,4)) * {UNIT_PRICE} AS {AMOUNT_TYPE})",
        }
        for role in _TEXT_ROLES:
            columns[role] = (
                f"NULLIF({self.roles[role]}, '')" if role in self.roles else "CAST(NULL AS VARCHAR)"
            )
        return ", ".join(f"{expression} AS {name}" for name, expression in columns.items())

    def _number(self, role: str) -> str:
        key = self.roles.get(role)
        return number_sql(key, self.options.decimal or ".") if key else f"CAST(NULL AS {AMOUNT_TYPE})"

    def _reason(self) -> str:
        """SQL for the reason a row cannot be kept, NULL where it can; the first that applies."""
        date_key, money_key = self.roles[ORDERED_AT], self._money_key()
        rules = [
            (" AND ".join(f"trim({key}) = ''" for key in self.keys), EMPTY_ROW),
            (f"{CUSTOMER_ID} IS NULL", NO_CUSTOMER),
            (f"{ORDERED_AT} IS NULL AND trim({date_key}) = ''", NO_DATE),
            (f"{ORDERED_AT} IS NULL", BAD_DATE),
        ]
        if QUANTITY in self.roles:
            blank = f"trim({self.roles[QUANTITY]}) = ''"
            if AMOUNT not in self.roles:
                rules.append((f"{_EXACT_QUANTITY} IS NULL AND {blank}", NO_QUANTITY))
            rules.append((f"{_EXACT_QUANTITY} IS NULL AND NOT {blank}", BAD_QUANTITY))
        rules += [
            (f"{AMOUNT} IS NULL AND trim({money_key}) = ''", NO_AMOUNT),
            (f"{AMOUNT} IS NULL", BAD_AMOUNT),
            ("repeated", REPEATED),
        ]
        return "CASE " + " ".join(f"WHEN {test} THEN {quote(reason)}" for test, reason in rules) + " END"

    def _money_key(self) -> str:
        return self.roles[AMOUNT if AMOUNT in self.roles else UNIT_PRICE]

    def _judge_ranges(self) -> None:
        """Set aside dates out of range, where they are few enough to be errors."""
        # A day's grace: the file may come from a place where tomorrow has begun.
        future = f"{ORDERED_AT} >= TIMESTAMP '{self.today + timedelta(days=2)}'"
        old = f"{ORDERED_AT} < TIMESTAMP '{_OLDEST}'"
        self.future_rows, self.old_rows, good = self._one(
            f"SELECT count(*) FILTER (WHERE {future}), count(*) FILTER (WHERE {old}), count(*) "
            f"FROM {self.judged} WHERE reason IS NULL"
        )
        limit = OUT_OF_RANGE_SHARE * good
        rules = [(self.future_rows, future, FUTURE_DATE), (self.old_rows, old, OLD_DATE)]
        tests = [f"WHEN {test} THEN {quote(reason)}" for rows, test, reason in rules if 0 < rows <= limit]
        if tests:
            reason = f"CASE WHEN reason IS NOT NULL THEN reason {' '.join(tests)} END"
            self.judged = f"(SELECT * REPLACE ({reason} AS reason) FROM {self.judged})"

    # Accounting

    def account(self) -> dict[str, Any]:
        """The ledger of the import; raises InputError where no row is kept."""
        kept, reasons = self._tallies()
        if not kept.rows:
            raise self._nothing_kept(reasons)
        first, last, customers = self._one(
            f"SELECT min({ORDERED_AT})::DATE, max({ORDERED_AT})::DATE, count(DISTINCT {CUSTOMER_ID}) "
            f"FROM {self._kept()}"
        )
        return {
            **balance(kept, reasons),
            "notes": [*self.inspection.notes, *self._notes_on_rows(kept), *self._notes_on_reading(reasons)],
            "source": {
                "name": self.inspection.name,
                "bytes": self.staged.bytes,
                "sha256": self.staged.sha256,
            },
            "understood": self._understood(),
            "first_date": first.isoformat(),
            "last_date": last.isoformat(),
            "customers": int(customers),
        }

    def _kept(self) -> str:
        return f"(SELECT * FROM {self.judged} WHERE reason IS NULL)"

    def _tallies(self) -> tuple[Tally, dict[str, Tally]]:
        """The kept rows, and by reason those set aside; odd rows have no amount that could be read."""
        sql = f"SELECT reason, count(*), coalesce(sum({AMOUNT}), 0) FROM {self.judged} GROUP BY reason"
        found = {reason: Tally(rows, amount) for reason, rows, amount in self._all(sql)}
        kept = found.pop(None, Tally())
        if self.staged.odd_rows:
            sql = f"SELECT reason, count(*) FROM {scan([self.staged.odd_path])} GROUP BY reason"
            found |= {reason: found.get(reason, Tally()) + Tally(rows) for reason, rows in self._all(sql)}
        return kept, found

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(sql).fetchall()]

    def _nothing_kept(self, reasons: dict[str, Tally]) -> InputError:
        """The error for a file of which nothing is left: its commonest reason, with an example."""
        reason = max(reasons, key=lambda each: (reasons[each].rows, each))
        key = {
            BAD_DATE: self.roles[ORDERED_AT],
            BAD_QUANTITY: self.roles.get(QUANTITY),
            BAD_AMOUNT: self._money_key(),
        }.get(reason)
        example = ""
        if key:
            line, value = self._one(
                f"SELECT {LINE_NO}, {key} FROM {self.judged} WHERE reason = {quote(reason)} "
                f"ORDER BY {LINE_NO} LIMIT 1"
            )
            example = f" (for example '{str(value)[:60]}' in line {line:,})"
        return InputError(
            f"{self.inspection.name}: {self._all_of(total(reasons.values()).rows, reasons[reason].rows)}: "
            f"{reason}{example}. Nothing was imported."
        )

    @staticmethod
    def _all_of(rows: int, alike: int) -> str:
        if rows == 1:
            return "its only row cannot be used"
        return f"none of its {counted(rows, 'row')} can be used; {alike:,} of them"

    def _understood(self) -> dict[str, Any]:
        found = {key: finding.value for key, finding in sorted(self.inspection.detected.items())}
        return found | {
            "format": self.inspection.file_format,
            "layout": self.inspection.layout,
            "currency": self.inspection.currency,
            "mapping": dict(sorted(self.inspection.mapping.items())),
        }

    def _notes_on_rows(self, kept: Tally) -> list[dict[str, Any]]:
        """What is worth knowing of the rows that were kept."""
        same = ", ".join(self.keys)
        distinct = self._one(f"SELECT count(*) FROM (SELECT DISTINCT {same} FROM {self._kept()})")[0]
        prefix = next(
            (each.cancelled_prefix for each in LAYOUTS if each.name == self.inspection.layout), None
        )
        tests = {
            "returns": f"{AMOUNT} < 0 OR {_EXACT_QUANTITY} < 0",
            "cancellations": f"starts_with({ORDER_ID}, {quote(prefix)})" if prefix else "false",
            "zero_amount": f"{AMOUNT} = 0",
        }
        sums = ", ".join(
            f"count(*) FILTER (WHERE {test}), coalesce(sum({AMOUNT}) FILTER (WHERE {test}), 0)"
            for test in tests.values()
        )
        counted = self._one(f"SELECT {sums} FROM {self._kept()}")
        found = {kind: Tally(*counted[2 * at : 2 * at + 2]) for at, kind in enumerate(tests)}
        texts = {
            "returns": (
                "1 row is a return or correction, of {amount}; it is kept and netted.",
                "{n} rows are returns or corrections, together {amount}; they are kept and netted.",
            ),
            "cancellations": (
                f"1 row belongs to a cancelled order (its id begins with '{prefix}'), of {{amount}}.",
                f"{{n}} rows belong to cancelled orders (their ids begin with '{prefix}'), together {{amount}}.",
            ),
            "zero_amount": (
                "1 row has an amount of 0: it is kept, but is no purchase.",
                "{n} rows have an amount of 0: they are kept, but are no purchases.",
            ),
        }
        notes = []
        if repeated := kept.rows - int(distinct):
            one = "1 row repeats another row exactly; it is kept."
            notes.append(
                note("duplicates", repeated, one, "{n} rows repeat another row exactly; they are kept.")
            )
        for kind, tally in found.items():
            if tally.rows:
                amount = spoken(tally.amount)
                one, many = (text.replace("{amount}", amount) for text in texts[kind])
                notes.append(note(kind, tally.rows, one, many, tally.amount))
        return notes

    def _notes_on_reading(self, reasons: dict[str, Tally]) -> list[dict[str, Any]]:
        """What was done, or left as it was, while reading."""
        unread = self._one(f"SELECT count(*) FROM {self.judged} WHERE {AMOUNT} IS NULL")[0]
        notes = [
            note(
                "excel_ids",
                self.excel_ids,
                "1 customer id is written like '12346.0', as spreadsheets write numbers: read as '12346'.",
                "{n} customer ids are written like '12346.0', as spreadsheets write numbers: read as '12346'.",
            ),
            note(
                "blank_lines",
                self.staged.blank_lines,
                "1 blank line is no row and is not counted.",
                "{n} blank lines are no rows and are not counted.",
            ),
            note(
                "amount_unknown",
                unread + self.staged.odd_rows,
                "1 row set aside has no readable amount and counts as 0 in the sums.",
                "{n} rows set aside have no readable amount and count as 0 in the sums.",
                Decimal(0),
            ),
        ]
        day = self.today.isoformat()
        for kind, rows, reason, words in (
            ("future_dates", self.future_rows, FUTURE_DATE, f"after {day}"),
            ("old_dates", self.old_rows, OLD_DATE, "before 1970"),
        ):
            if reason not in reasons:
                many = f"{{n}} rows are dated {words}: too many to be errors, so they are kept."
                notes.append(note(kind, rows, f"1 row is dated {words}; it is kept.", many))
        return [*(each for each in notes if each["rows"]), *self._mixed_dates()]

    def _mixed_dates(self) -> list[dict[str, Any]]:
        """A note on the kept dates that fit both orders of a file that mixes them."""
        order = self.options.date_order
        if order not in ORDER_WORDS or self.options.date_kind != "text":
            return []
        key = self.roles[ORDERED_AT]
        other = "mdy" if order == "dmy" else "dmy"
        # Only dates in figures have an order; the other order is tried on each distinct one.
        figures = f"(SELECT {key} AS written FROM {self.judged} WHERE {in_figures_sql(key)})"
        against, others = self._one(
            f"SELECT count(*) FILTER (WHERE rows.{ORDERED_AT} IS NULL), count(*) FILTER (WHERE reason IS NULL) "
            f"FROM {self.judged} AS rows JOIN ({timestamps_sql(figures, 'text', other)}) AS turned "
            f"ON rows.{key} = turned.written WHERE turned.ordered_at IS NOT NULL"
        )
        if not against:
            return []
        words = ORDER_WORDS[order]
        contradict = "contradicts {0} and is" if against == 1 else "contradict {0} and are"
        text = f"{counted(against, 'date')} {contradict.format(words.replace(' ', '-'))} set aside; "
        if others:
            fit = "other fits both orders and was" if others == 1 else "others fit both orders and were"
            text += f"{others:,} {fit} read as {words}, though the file mixes both."
        else:
            text += "no date that is kept fits both orders."
        return [{"kind": "mixed_dates", "rows": int(others), "text": text}]

    # Writing

    def write_transactions(self, path: Path) -> tuple[str, ...]:
        """Write the kept rows, sorted by all their columns: the order of the input leaves no trace."""
        other = self._other_columns()
        values = {name: name for name in STORED_COLUMNS}
        values[DAY] = f"CAST({ORDERED_AT} AS DATE)"
        values[QUANTITY] = f"CAST({_EXACT_QUANTITY} AS DOUBLE)"
        values |= {name: f"NULLIF({key}, '')" for key, name in other.items()}
        select = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in values.items())
        first = (CUSTOMER_ID, DAY, ORDER_ID, ORDERED_AT)
        order = [*first, *(name for name in values if name not in first)]
        by = ", ".join(f"{identifier(name)} ASC NULLS FIRST" for name in order)
        self.connection.execute(
            f"COPY (SELECT * FROM (SELECT {select} FROM {self._kept()}) ORDER BY {by}) "
            f"TO {quote(str(path.resolve()))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
        return tuple(values)

    def _other_columns(self) -> dict[str, str]:
        """Staged key -> stored name of the columns that play no role; our own names are not used twice."""
        taken = {name.casefold() for name in STORED_COLUMNS}
        playing = set(self.roles.values())
        pairs = zip(self.keys, self.inspection.columns, strict=True)
        return {key: _free_name(column, taken) for key, column in pairs if key not in playing}

    def write_rejected(self, path: Path) -> None:
        """Write the rows set aside, as they came and in their order, with line number and reason."""
        keys = ", ".join(self.keys)
        rows = f"SELECT {LINE_NO}, reason, {keys}, NULL AS more FROM {self.judged} WHERE reason IS NOT NULL"
        taken = {LINE_NO, "reason"}
        named = dict(zip(self.keys, self.inspection.columns, strict=True))
        if self.staged.odd_rows:
            rows += f" UNION ALL SELECT {LINE_NO}, reason, {keys}, more FROM {scan([self.staged.odd_path])}"
            named["more"] = "more cells"
        cells = [f"{inert_sql(key)} AS {identifier(_free_name(name, taken))}" for key, name in named.items()]
        self.connection.execute(
            f"COPY (SELECT {LINE_NO}, reason, {', '.join(cells)} FROM ({rows}) ORDER BY {LINE_NO}) "
            f"TO {quote(str(path.resolve()))} (FORMAT csv, HEADER)"
        )


def _free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number after it where it is taken; the answer is taken from then on."""
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free.casefold())
    return free

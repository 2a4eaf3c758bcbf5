"""Which rows can be kept: every staged row gets its values and, where it is set aside, its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from data.cleaning import reasons
from data.cleaning.currencies import named_currency
from data.cleaning.values import EXACT_QUANTITY, Values, typed_values
from data.cleaning.workbench import Workbench
from data.engine import quote
from data.names import (
    AMOUNT,
    CUSTOMER_ID,
    ORDERED_AT,
    QUANTITY,
    REFUND,
    UNIT_PRICE,
)
from data.reading.staging import LINE_NO
from data.returns import paired_sql

# Isolated dates out of range are typing errors; where more rows have them, the data is like that.
OUT_OF_RANGE_SHARE: Final = 0.05
_OLDEST: Final = date(1970, 1, 1)
# Nobody has sold anything so far ahead; such days stand for "never" or "not yet".
_FAR_AHEAD: Final = timedelta(days=366)
# The first days that calendars of programs know: they stand for no date at all.
_PLACEHOLDERS: Final = (
    "0001-01-01", "0100-01-01", "1000-01-01", "1111-11-11", "1582-10-15", "1600-01-01", "1601-01-01", "1753-01-01",
    "1800-01-01", "1800-12-28", "1858-11-17", "1899-12-30", "1899-12-31", "1900-01-01", "1900-01-02",
    "1901-01-01", "1904-01-01",
)  # fmt: skip
# Years of two figures are read as those of our time, so the year 1 shows in the text alone.
_YEAR_ONE: Final = r"^\s*0001[-/.]|[-/. ]0001(\D|$)"

_ASIDE: Final = "aside"


@dataclass(frozen=True)
class Ranges:
    """Rows that are kept in spite of a date out of range, since so many have one."""

    future_rows: int = 0
    old_rows: int = 0


class Judgement:
    """The judged rows of one cleaning; more can be set aside by line, step by step.

    `rows` is the FROM expression of all staged rows with their values and `reason`, NULL where the row is
    kept; `kept` that of the kept ones.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.values: Values = typed_values(bench)
        self._test = self._reason()
        self._aside: str | None = None
        self._late: list[tuple[str, str]] = []
        if bench.options.duplicates == "drop":
            self._drop_repeats()
        self.ranges = self._judge_ranges()

    def rows_of(self, some: str | None = None) -> str:
        """`rows`, or only those of the FROM expression `some` over the staged rows: no others are then read."""
        judged = f"(SELECT *, {self._test} AS reason FROM {self.values.sql(some)})"
        if self._aside is None and not self._late:
            return judged
        tests = " ".join(f"WHEN {test} THEN {quote(reason)}" for test, reason in self._late)
        late = f"CASE {tests} END" if tests else "NULL"
        if self._aside is None:
            return f"(SELECT * REPLACE (coalesce(reason, {late}) AS reason) FROM {judged})"
        return (
            f"(SELECT judged.* REPLACE (coalesce(judged.reason, aside.reason, {late}) AS reason) "
            f"FROM {judged} AS judged LEFT JOIN {self._aside} AS aside USING ({LINE_NO}))"
        )

    @property
    def rows(self) -> str:
        return self.rows_of()

    @property
    def kept(self) -> str:
        return f"(SELECT * FROM {self.rows} WHERE reason IS NULL)"

    def kept_in(self, customers: str, bucket: int) -> str:
        """The FROM expression of the kept rows of one `bucket` of the table `customers`."""
        mine = f"FROM {customers} WHERE bucket = {bucket}"
        if CUSTOMER_ID in self.bench.filled:
            return f"(SELECT * FROM {self.kept} WHERE {CUSTOMER_ID} IN (SELECT {CUSTOMER_ID} {mine}))"
        key = self.bench.roles[CUSTOMER_ID]
        some = f"(SELECT * FROM {self.bench.rows} WHERE {key} IN (SELECT written {mine}))"
        return f"(SELECT * FROM {self.rows_of(some)} WHERE reason IS NULL)"

    def set_aside(self, lines: str, reason: str) -> int:
        """Set the kept rows of the query `lines` (their line numbers) aside; returns how many."""
        found = self.bench.table("found", lines)
        count = self.bench.count(found)
        if count and self._aside is None:
            self._aside = self.bench.table(
                _ASIDE, f"SELECT {LINE_NO}, {quote(reason)} AS reason FROM {found}"
            )
        elif count:
            self.bench.connection.execute(
                f"INSERT INTO {self._aside} SELECT {LINE_NO}, {quote(reason)} FROM {found}"
            )
        return count

    def customer_buckets(self, number: int) -> str:
        """A table (written, customer_id, bucket) of the customers of the file, in `number` buckets by their id.

        The bucket is that of the id's MD5, which is the same in every version of the engine.
        """
        bucket = f"CAST(md5_number_lower({CUSTOMER_ID}) % {number} AS INTEGER)" if number > 1 else "0"
        found = f"SELECT DISTINCT {self.bench.roles[CUSTOMER_ID]} AS written, {CUSTOMER_ID} FROM {self.values.sql()}"
        return self.bench.table(
            "customers", f"SELECT *, {bucket} AS bucket FROM ({found}) WHERE {CUSTOMER_ID} IS NOT NULL"
        )

    def drop_cancelled_pairs(self) -> None:
        """Set aside the purchases that a later row reverses in full, and those rows."""
        quantity = f"CAST({EXACT_QUANTITY} AS DOUBLE) AS {QUANTITY}"
        stored = f"(SELECT * EXCLUDE ({EXACT_QUANTITY}), {quantity} FROM {self.kept})"
        self.set_aside(
            f"SELECT row_id AS {LINE_NO} FROM ({paired_sql(stored, LINE_NO)})", reasons.CANCELLED_AGAIN
        )

    def drop_partial_month(self, known_last: date | None = None) -> None:
        """Set aside the last month where the dates end before its last day; the data set already reaches `known_last`."""
        (mine,) = self.bench.one(f"SELECT max({ORDERED_AT})::DATE FROM {self.kept}")
        last = max((day for day in (mine, known_last) if day is not None), default=None)
        if last is None or last == date.max or (last + timedelta(days=1)).day == 1:
            return
        self._late.append((f"{ORDERED_AT} >= TIMESTAMP '{last.replace(day=1)}'", reasons.PARTIAL_MONTH))

    def repeats(self) -> str:
        """SQL for the kept rows that repeat another kept row in every text: (line_no, nth), the first is 1.

        Rows that share a hash are compared in full; all others cannot be alike.
        """
        keys = ", ".join(self.bench.telling_keys)
        alike = self.bench.table(
            "alike",
            f"SELECT mark FROM (SELECT hash({keys}) AS mark FROM {self.bench.rows}) GROUP BY mark HAVING count(*) > 1",
        )
        if not self.bench.count(alike):
            return f"(SELECT 0 AS {LINE_NO}, 1 AS nth WHERE false)"
        some = f"(SELECT * FROM {self.bench.rows} WHERE hash({keys}) IN (SELECT mark FROM {alike}))"
        return (
            f"(SELECT {LINE_NO}, row_number() OVER (PARTITION BY {keys} ORDER BY {LINE_NO}) AS nth "
            f"FROM {self.rows_of(some)} WHERE reason IS NULL)"
        )

    def _drop_repeats(self) -> None:
        self.set_aside(f"SELECT {LINE_NO} FROM {self.repeats()} WHERE nth > 1", reasons.REPEATED)

    def _reason(self) -> str:
        """SQL for the reason a row cannot be kept, NULL where it can; the first that applies."""
        bench = self.bench
        date_key = bench.roles[ORDERED_AT]
        money_key = bench.roles[AMOUNT if AMOUNT in bench.roles else UNIT_PRICE]
        empty = " AND ".join(f"trim({key}) = ''" for key in bench.keys)
        rules = [
            # Only a row without customer can be empty: the others need not be looked at in full.
            (f"{CUSTOMER_ID} IS NULL AND {empty}", reasons.EMPTY_ROW),
            (f"{CUSTOMER_ID} IS NULL", reasons.NO_CUSTOMER),
            (f"{ORDERED_AT} IS NULL AND trim({date_key}) = ''", reasons.NO_DATE),
            (f"{ORDERED_AT} IS NULL", reasons.BAD_DATE),
        ]
        if QUANTITY in bench.roles:
            blank = f"trim({bench.roles[QUANTITY]}) = ''"
            if AMOUNT not in bench.roles:
                rules.append((f"{EXACT_QUANTITY} IS NULL AND {blank}", reasons.NO_QUANTITY))
            rules.append((f"{EXACT_QUANTITY} IS NULL AND NOT {blank}", reasons.BAD_QUANTITY))
        rules += [
            (f"{AMOUNT} IS NULL AND trim({money_key}) = ''", reasons.NO_AMOUNT),
            (f"{AMOUNT} IS NULL", reasons.BAD_AMOUNT),
        ]
        if REFUND in bench.roles:
            rules.append((f"{REFUND} IS NULL AND trim({bench.roles[REFUND]}) <> ''", reasons.BAD_REFUND))
        rules += self._choices()
        return "CASE " + " ".join(f"WHEN {test} THEN {quote(reason)}" for test, reason in rules) + " END"

    def _choices(self) -> list[tuple[str, str]]:
        """The rules for rows that can be read, but are not to count."""
        options, rules = self.bench.options, []
        unpaid = self.bench.inspection.unpaid_statuses
        if options.unpaid == "drop" and unpaid:
            rules.append((f"status IN ({', '.join(quote(status) for status in unpaid)})", reasons.UNPAID))
        if options.currency is not None:
            rules.append((f"currency <> {quote(named_currency(options.currency))}", reasons.OTHER_CURRENCY))
        if self.values.service_lines:
            rules.append(("is_service", reasons.NO_PRODUCT))
        return rules

    def _judge_ranges(self) -> Ranges:
        """Set aside dates far ahead and dates that stand for none, and others out of range where they are few."""
        today = self.bench.today
        # A day's grace: the file may come from a place where tomorrow has begun.
        future, far = (_from(today, ahead) for ahead in (timedelta(days=2), _FAR_AHEAD))
        old = f"{ORDERED_AT} < TIMESTAMP '{_OLDEST}'"
        none = self._placeholder()
        first, last = self.bench.one(
            f"SELECT CAST(min({ORDERED_AT}) < TIMESTAMP '{_OLDEST}' OR bool_or({none}) AS BOOLEAN), "
            f"max({ORDERED_AT}) >= TIMESTAMP '{today}' FROM {self.rows}"
        )
        if not first and not last:
            return Ranges()
        tests = (
            f"({far} OR {none})",
            far,
            none,
            f"{future} AND NOT ({far} OR {none})",
            f"{old} AND NOT {none}",
        )
        counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests)
        never, far_rows, none_rows, future_rows, old_rows, good = self.bench.one(
            f"SELECT {counts}, count(*) FROM {self.kept}"
        )
        if never == good:
            # Then it is not the dates that are wrong, or nothing would be left to say so of.
            return Ranges(int(far_rows), int(none_rows))
        rules = [(far, reasons.FUTURE_DATE)] if far_rows else []
        if none_rows and 2 * old_rows > good - never:
            # Where most of the rows are that old, such a day is one like any other.
            old_rows += none_rows
        elif none_rows:
            rules.append((none, reasons.OLD_DATE))
        limit = OUT_OF_RANGE_SHARE * (good - never)
        if 0 < future_rows <= limit:
            rules.append((future, reasons.FUTURE_DATE))
            future_rows = 0
        if 0 < old_rows <= limit:
            rules.append((old, reasons.OLD_DATE))
            old_rows = 0
        self._late += rules
        return Ranges(int(future_rows), int(old_rows))

    def _placeholder(self) -> str:
        """SQL for whether a date stands for none."""
        days = ", ".join(f"DATE '{day}'" for day in _PLACEHOLDERS)
        test = f"({ORDERED_AT} < TIMESTAMP '{_OLDEST}' AND CAST({ORDERED_AT} AS DATE) IN ({days}))"
        dates = self.values.dates
        if dates and self.bench.count(f"{dates} WHERE regexp_matches(written, {quote(_YEAR_ONE)})"):
            test = f"({test} OR regexp_matches({self.bench.roles[ORDERED_AT]}, {quote(_YEAR_ONE)}))"
        return test


def _from(today: date, ahead: timedelta) -> str:
    """SQL for whether a row is dated `ahead` of `today` or later; the calendar has a last day."""
    if date.max - today < ahead:
        return "false"
    return f"{ORDERED_AT} >= TIMESTAMP '{today + ahead}'"

"""The columns of a table of customers: what each holds, told from all of its values, and how it is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from data.accounting import counted, note
from data.engine import quote, scan
from data.errors import InputError
from data.names import CLUSTER, CUSTOMER_ID
from data.quarantine import identifier
from data.reading import ImportOptions
from data.reading.dates import ORDER_WORDS, DateEvidence, decide_dates, timestamps_sql
from data.reading.numbers import number_sql

NUMBER: Final = "number"
DATE: Final = "date"
CATEGORY: Final = "category"
TEXT: Final = "text"
COLUMN_TYPES: Final = (NUMBER, CATEGORY, TEXT, DATE)

# The share of filled values that must be numbers (or dates) for a column to be one of numbers.
MOSTLY: Final = 0.98
# Below it, from here on, a column of texts is worth a note: somebody may want to mend it.
_NEARLY: Final = 0.8
CATEGORY_LIMIT: Final = 50
# Words that stand for a missing value where numbers or dates are expected; elsewhere they are text.
MISSING_WORDS: Final = ("na", "n/a", "null", "none", "nan", "-")

_BOOLEANS: Final = ("true", "false", "yes", "no")
_METADATA: Final = "lapwing"
_SPACE: Final = "[\\s\u00a0\u2007\u2009\u202f''’]"


@dataclass(frozen=True)
class Column:
    """One column of a stored table of customers: `type` is one of COLUMN_TYPES, `role` one of the roles
    of customers or None, `missing` the customers without a value, `distinct` the different values."""

    name: str
    type: str
    role: str | None
    missing: int = 0
    distinct: int = 0


@dataclass(frozen=True)
class Plan:
    """How a staged column is stored: its SQL `value`, the `join` it needs, and what to say of it."""

    column: Column
    value: str
    join: str = ""
    notes: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class _Facts:
    """All values of a staged column, counted; shares are of those that are filled with a real value."""

    distinct: int
    filled: int
    absent: int
    absent_example: str
    numbers: int
    plain: bool
    whole: bool
    odd_example: str
    percents: int
    other_percents: int
    percent_example: str
    codes: int
    datelike: int
    booleans: bool
    percent_mark: str

    @property
    def real(self) -> int:
        return self.filled - self.absent


def plan_column(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    total: int,
    key: str,
    column: Column,
    options: ImportOptions,
) -> Plan:
    """Tell the type of the staged text column `key` of the FROM expression `rows` (`total` rows).

    `column` has its name and role. Raises InputError where its role wants numbers and it has none.
    """
    facts = _facts(connection, rows, key, options.decimal or ".")
    if column.role == CLUSTER:
        return _cluster(connection, rows, key, column)
    if column.role is not None:
        return _role_of_numbers(facts, rows, key, column, options)
    notes: tuple[dict[str, Any], ...] = ()
    if facts.real and not facts.booleans and not facts.codes:
        limit = MOSTLY * facts.real
        if max(facts.numbers, facts.percents) >= limit:
            make = _number if facts.numbers >= limit else _percent
            return make(facts, rows, key, column, options)
        if facts.datelike >= limit:
            dates = _date(connection, rows, key, column, facts, options)
            if dates.column.type == DATE:
                return dates
            notes = dates.notes
    return _text(facts, total, key, column, notes)


def _facts(connection: duckdb.DuckDBPyConnection, rows: str, key: str, decimal: str) -> _Facts:
    """Count the values of `key`: each distinct one is looked at once."""
    mark = "\\." if decimal == "." else ","
    other = "," if decimal == "." else "."
    words = ", ".join(quote(word) for word in MISSING_WORDS)
    booleans = ", ".join(quote(word) for word in _BOOLEANS)
    # Most numbers are simple: only the rest pays for the expressions below.
    values = (
        f"SELECT {key} AS v, count(*) AS n, regexp_full_match({key}, '-?(0|[1-9]\\d{{0,14}})({mark}\\d+)?') AS simple "
        f"FROM {rows} WHERE trim({key}) <> '' GROUP BY {key}"
    )
    simple = "TRY_CAST(replace(v, ',', '.') AS DOUBLE)" if decimal == "," else "TRY_CAST(v AS DOUBLE)"
    dates = (
        "^\\s*(\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.](\\d{4}|\\d{2})\\b"
        "|\\d{1,2}[-/. ]+[A-Za-z]{3,9}\\.?[-/., ]+\\d{2,4}|[A-Za-z]{3,9}\\.? \\d{1,2},? \\d{4})"
    )
    looked = (
        f"SELECT v, n, CASE WHEN simple THEN {simple} ELSE {_loose_sql('v', decimal)} END AS number, "
        f"NOT simple AND lower(trim(v)) IN ({words}) AS absent, "
        f"CASE WHEN NOT simple AND contains(v, '%') THEN {_percent_sql('v', decimal)} END AS percent, "
        f"CASE WHEN NOT simple AND contains(v, '%') THEN {_percent_sql('v', other)} END AS other_percent, "
        "NOT simple AND regexp_full_match(v, '\\s*(0\\d+|\\d{16,}|\\+\\d{7,})\\s*') AS code, "
        f"NOT simple AND regexp_matches(v, '{dates}') AS datelike "
        f"FROM ({values})"
    )
    counts = {
        "distinct": "count(*)",
        "filled": "coalesce(sum(n), 0)",
        "absent": "coalesce(sum(n) FILTER (WHERE absent), 0)",
        "absent_example": "coalesce(min(v) FILTER (WHERE absent), '')",
        "numbers": "coalesce(sum(n) FILTER (WHERE number IS NOT NULL), 0)",
        "plain": "coalesce(bool_and(number IS NOT DISTINCT FROM TRY_CAST(v AS DOUBLE)), true)",
        "whole": "coalesce(bool_and(number = floor(number) AND abs(number) < 9e15), false)",
        "odd_example": "coalesce(min(v) FILTER (WHERE number IS NULL AND percent IS NULL AND other_percent IS NULL AND NOT absent), '')",
        "percents": "coalesce(sum(n) FILTER (WHERE percent IS NOT NULL), 0)",
        "other_percents": "coalesce(sum(n) FILTER (WHERE other_percent IS NOT NULL), 0)",
        "percent_example": "coalesce(min(v) FILTER (WHERE percent IS NOT NULL OR other_percent IS NOT NULL), '')",
        "codes": "coalesce(sum(n) FILTER (WHERE code), 0)",
        "datelike": "coalesce(sum(n) FILTER (WHERE datelike), 0)",
        "booleans": f"coalesce(bool_and(lower(v) IN ({booleans})), false)",
    }
    found = connection.execute(f"SELECT {', '.join(counts.values())} FROM ({looked})").fetchall()[0]
    facts = _Facts(**dict(zip(counts, found, strict=True)), percent_mark=decimal)
    if facts.other_percents > facts.percents:
        # '0,5%' in a file whose other numbers have a point, or none: percents may be written their own way.
        return replace(facts, percents=facts.other_percents, percent_mark=other)
    return facts


def _loose_sql(text: str, decimal: str) -> str:
    """SQL for the number that `text` writes with signs of currency and thousands, else NULL.

    Stricter than amounts are read: in a column nobody called one of numbers, '555 1234' is no number.
    """
    # One look tells most texts, dates and codes from numbers; only the rest is worth reading as one.
    never = "[A-Za-z]{4}|\\d[A-DF-Za-df-z]+\\d|[eE]\\+?\\d{3}|[:/@_#]"
    likely = (
        f"regexp_matches({text}, '\\d') AND length({text}) < 60 AND NOT regexp_matches({text}, '{never}') "
        f"AND (NOT regexp_matches({text}, '\\d{_SPACE}+\\d') "
        f"OR regexp_matches({text}, '(^|\\D)\\d{{1,3}}({_SPACE}\\d{{3}})+($|\\D)'))"
    )
    return f"CASE WHEN {likely} THEN {number_sql(text, decimal, 'DOUBLE')} END"


def _percent_sql(text: str, decimal: str) -> str:
    bare = f"rtrim({text}, '% ')"
    return f"CASE WHEN regexp_full_match({text}, '[^%]*%\\s*') THEN {_loose_sql(bare, decimal)} END"


def _role_of_numbers(facts: _Facts, rows: str, key: str, column: Column, options: ImportOptions) -> Plan:
    if facts.real and not max(facts.numbers, facts.percents):
        raise InputError(
            f"The column '{column.name}' holds no numbers (for example '{facts.odd_example[:60]}'), so it cannot be the "
            f"{str(column.role).replace('_', ' ')} of a customer; choose its column in the form, or with "
            f"--map {column.role}=COLUMN."
        )
    if facts.percents > facts.numbers:
        return _percent(facts, rows, key, column, options)
    return _number(facts, rows, key, column, options)


def _number(facts: _Facts, rows: str, key: str, column: Column, options: ImportOptions) -> Plan:
    if facts.plain:
        return _stored_number(facts, facts.numbers, Plan(column, f"TRY_CAST({key} AS DOUBLE)"))
    value = f"CASE WHEN trim(v) <> '' THEN {_loose_sql('v', options.decimal or '.')} END"
    return _stored_number(facts, facts.numbers, _looked_up(column, rows, key, value))


def _percent(facts: _Facts, rows: str, key: str, column: Column, _options: ImportOptions) -> Plan:
    said = note(
        "percent_signs",
        facts.percents,
        f"1 value of '{column.name}' has a percent sign ('{facts.percent_example}'): it is kept as the number before it.",
        f"{{n}} values of '{_braced(column.name)}' have a percent sign (such as '{_braced(facts.percent_example)}'): "
        "they are kept as the number before it.",
    )
    value = f"CASE WHEN contains(v, '%') THEN {_percent_sql('v', facts.percent_mark)} END"
    plan = replace(_looked_up(column, rows, key, value), notes=(said,))
    return _stored_number(replace(facts, whole=False), facts.percents, plan)


def _looked_up(column: Column, rows: str, key: str, value: str) -> Plan:
    """A plan that works out `value` of each distinct text `v` once: there are fewer than rows."""
    alias = f"read_{key}"
    values = f"SELECT v, {value} AS number FROM (SELECT DISTINCT {key} AS v FROM {rows})"
    return Plan(column, f"{alias}.number", f"LEFT JOIN ({values}) AS {alias} ON {key} = {alias}.v")


def _stored_number(facts: _Facts, read: int, plan: Plan) -> Plan:
    value = f"CAST({plan.value} AS BIGINT)" if facts.whole else plan.value
    unread = _missing_notes(facts, facts.real - read, facts.odd_example, plan.column.name, "number")
    return replace(plan, column=replace(plan.column, type=NUMBER), value=value, notes=(*plan.notes, *unread))


def _braced(text: str) -> str:
    """`text` for a template of `note`, in which braces mean something."""
    return text.replace("{", "{{").replace("}", "}}")


def _missing_notes(
    facts: _Facts, unread: int, example: str, name: str, what: str
) -> tuple[dict[str, Any], ...]:
    """Notes on the values of a column of numbers or dates that count as missing."""
    named = _braced(name)
    notes = []
    if facts.absent:
        word = _braced(facts.absent_example.strip())
        one = f"1 value of '{name}' is '{facts.absent_example.strip()}' and counts as missing."
        many = f"{{n}} values of '{named}' are words such as '{word}' and count as missing."
        notes.append(note("missing_words", facts.absent, one, many))
    if unread > 0:
        one = f"1 value of '{name}' is no {what} ('{example[:60]}') and counts as missing."
        many = f"{{n}} values of '{named}' are no {what}s (for example '{_braced(example[:60])}') and count as missing."
        notes.append(note(f"unread_{what}s", unread, one, many))
    return tuple(notes)


def _cluster(connection: duckdb.DuckDBPyConnection, rows: str, key: str, column: Column) -> Plan:
    """Labels of clusters are names, also where they are numbers; '1.0' is a spreadsheet's '1'."""
    floats = connection.execute(
        f"SELECT coalesce(bool_and(regexp_full_match({key}, '-?\\d+\\.0')), false) FROM {rows} WHERE trim({key}) <> ''"
    ).fetchall()[0][0]
    label = f"regexp_replace({key}, '\\.0$', '')" if floats else key
    return Plan(replace(column, type=CATEGORY), f"CASE WHEN trim({key}) <> '' THEN {label} END")


def _text(facts: _Facts, total: int, key: str, column: Column, notes: tuple[dict[str, Any], ...]) -> Plan:
    few = 0 < facts.distinct <= CATEGORY_LIMIT and 2 * facts.distinct < total
    kind = CATEGORY if few or facts.booleans else TEXT
    others = facts.real - facts.numbers
    if not facts.filled:
        said = {
            "kind": "empty_column",
            "rows": total,
            "text": f"The column '{column.name}' is empty in every row.",
        }
        notes = (*notes, said)
    elif not notes and not facts.codes and facts.real and _NEARLY * facts.real <= facts.numbers and others:
        verb = "is no number" if others == 1 else "are no numbers"
        text = (
            f"The column '{column.name}' is kept as text: {others:,} of its {counted(facts.filled, 'value')} {verb} "
            f"(for example '{(facts.odd_example or facts.percent_example)[:60]}')."
        )
        notes = (*notes, {"kind": "kept_as_text", "rows": others, "text": text})
    return Plan(replace(column, type=kind), f"CASE WHEN trim({key}) <> '' THEN {key} END", notes=notes)


def _date(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    key: str,
    column: Column,
    facts: _Facts,
    options: ImportOptions,
) -> Plan:
    """A column of dates, or (its type left open) one that nothing decides, with the note that says so."""
    # A column of customers is kept as days: without the times, far fewer values are left to read.
    day = _day_sql(key)
    days = connection.execute(
        f"SELECT {day} AS written, count(*) FROM {rows} WHERE trim({key}) <> '' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    evidence = DateEvidence()
    evidence.add({str(written): int(times) for written, times in days})
    finding = decide_dates(evidence, column.name, ImportOptions(date_order=options.date_order))
    if finding.kind != "text":
        return Plan(column, key)
    if finding.question is not None:
        example = evidence.ambiguous_example or evidence.day_first_example
        text = (
            f"The column '{column.name}' is kept as text: nothing tells whether its dates (such as '{example}') begin "
            "with the day or the month. Choose the order of dates, and it is read as dates."
        )
        return Plan(column, key, notes=({"kind": "unclear_dates", "rows": facts.real, "text": text},))
    read = timestamps_sql(f"(SELECT {day} AS written FROM {rows})", "text", finding.order)
    values = f"SELECT {key} AS v, {day} AS d FROM {rows} WHERE trim({key}) <> ''"
    words = ", ".join(quote(word) for word in MISSING_WORDS)
    good, timed, example = connection.execute(
        "SELECT count(ordered_at), "
        "count(*) FILTER (WHERE length(v) > length(d) AND regexp_matches(substr(v, length(d) + 1), '[1-9]')), "
        f"min(v) FILTER (WHERE ordered_at IS NULL AND lower(trim(v)) NOT IN ({words})) "
        f"FROM ({values}) JOIN ({read}) AS dates ON d = dates.written"
    ).fetchall()[0]
    if good < MOSTLY * facts.real:
        return Plan(column, key)
    notes = list(_missing_notes(facts, facts.real - int(good), example or "", column.name, "date"))
    if finding.order in ORDER_WORDS:
        words = f"The dates of '{column.name}' are read as {ORDER_WORDS[finding.order]}."
        notes.append({"kind": "date_order", "rows": int(good), "text": words})
    if timed:
        words = f"The column '{column.name}' is kept as days: its times of day are left out."
        notes.append({"kind": "times_left_out", "rows": int(timed), "text": words})
    alias = f"dates_{key}"
    join = f"LEFT JOIN ({read}) AS {alias} ON {day} = {alias}.written"
    return Plan(
        replace(column, type=DATE), f"CAST({alias}.ordered_at AS DATE)", join=join, notes=tuple(notes)
    )


def _day_sql(text: str) -> str:
    """SQL for a date without its time of day."""
    return f"CASE WHEN contains({text}, ':') THEN regexp_replace({text}, '[T ,]+\\d{{1,2}}:.*$', '') ELSE {text} END"


def write_table(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    columns: Sequence[Column],
    path: Path,
    *,
    numbered: bool = False,
) -> tuple[Column, ...]:
    """Write `select` (customer_id and `columns`) to `path`, sorted by customer; returns the columns, counted.

    The file says itself what its columns are: `read_columns` reads it back. `numbered` says that its
    ids are row numbers and mean nothing elsewhere.
    """
    about = {
        "numbered": numbered,
        "columns": [{"name": each.name, "type": each.type, "role": each.role} for each in columns],
    }
    connection.execute(
        f"COPY (SELECT * FROM ({select}) ORDER BY {CUSTOMER_ID}) TO {quote(str(path.resolve()))} "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880, "
        f"KV_METADATA {{{_METADATA}: {quote(json.dumps(about))}}})"
    )
    return tuple(_with_counts(connection, path, column) for column in columns)


def read_columns(path: Path) -> tuple[tuple[Column, ...], bool]:
    """The columns (not counted) of a table that `write_table` wrote, and whether its ids are row numbers."""
    about = json.loads(pq.read_schema(path).metadata[_METADATA.encode()])
    columns = tuple(Column(each["name"], each["type"], each["role"]) for each in about["columns"])
    return columns, bool(about["numbered"])


def _with_counts(connection: duckdb.DuckDBPyConnection, path: Path, column: Column) -> Column:
    name, table = identifier(column.name), scan([path])
    missing, distinct = connection.execute(
        f"SELECT coalesce(sum(n) FILTER (WHERE v IS NULL), 0), count(v) FROM "
        f"(SELECT {name} AS v, count(*) AS n FROM {table} GROUP BY 1)"
    ).fetchall()[0]
    return replace(column, missing=int(missing), distinct=int(distinct))

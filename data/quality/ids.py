"""Customer ids that look odd: several spellings of one, stand-ins for nobody, one with far too many rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import duckdb

from data.accounting import counted, spoken
from data.quality.findings import EXAMPLES, GOOD, INFO, WARNING, Finding, fetch, finding, one, percent

# Ids that name nobody: guests, walk-in customers, tests, placeholders for a missing value.
_NOBODY: Final = (
    "guest( (account|user|checkout|customer))?|anonymous|anonym|anonymus|unknown( customer)?|unbekannt|inconnu|"
    "n/?a|#n/a|none|null|nan|nil|undefined|missing|test( ?(user|customer|account))?|dummy|default|not set|"
    "walk[ -]?in( customer)?|cash( (customer|sale|sales))?|gast|laufkunde|laufkundschaft|barverkauf|invite|"
    "na@na(\\.[a-z]+)?|no ?(name|email|mail)|(guest|test|none|noreply|no reply|no|anonymous)@.*|.*@example\\.[a-z]+|0+|-1"
)
# What spreadsheets make of long numbers and of formulas: 7.12346E+12, ########, #REF!; and lost letters.
_DAMAGED: Final = (
    "-?\\d([.,]\\d+)?e\\+\\d{1,3}|-?\\d[.,]\\d+e\\d{1,3}|#{2,}|#(ref|value|name|null|num|div/0|wert|bezug|name|zahl)[!?]|"
    ".*\\x{FFFD}.*"
)
# One customer of many with this share of all rows, and this many times the rows of the next, is no person.
_SHARE: Final = 0.05
_TIMES: Final = 5
_CUSTOMERS: Final = 50

_DOES: Final = "Ids are kept exactly as written; "


def on_ids(connection: duckdb.DuckDBPyConnection, customers: str, ledger: Mapping[str, Any]) -> list[Finding]:
    """Findings on the ids of `customers`, a table (customer_id, rows, amount) with one row for each."""
    findings = [
        *_as_spreadsheets_write(ledger),
        *_spellings(connection, customers),
        *_edges(connection, customers),
        *_damaged(connection, customers),
        *_nobody(connection, customers),
        *_crowd(connection, customers),
    ]
    if not findings:
        count = one(connection, f"SELECT count(*) FROM {customers}")[0]
        text = f"{counted(count, 'customer id')}: no two differ only in case, blanks or leading zeros."
        findings = [finding("ids", GOOD, "Customer ids consistent", text, "Ids are kept exactly as written.")]
    return findings


def _as_spreadsheets_write(ledger: Mapping[str, Any]) -> list[Finding]:
    notes = [each for each in ledger.get("notes", ()) if each["kind"] == "excel_ids"]
    return [
        finding(
            "ids_excel",
            INFO,
            "Ids with '.0'",
            each["text"],
            "The '.0' is left out of the ids, here and in all results.",
            rows=each["rows"],
        )
        for each in notes
    ]


def _spellings(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    plain = "lower(trim(customer_id))"
    plain = f"CASE WHEN ends_with({plain}, '.0') THEN left({plain}, -2) ELSE {plain} END"
    found = fetch(
        connection,
        f"SELECT list(customer_id ORDER BY customer_id)[:3], sum(rows)::BIGINT, count(*) OVER (), "
        f"sum(sum(rows)) OVER ()::BIGINT "
        f"FROM (SELECT *, coalesce(nullif(ltrim({plain}, '0'), ''), '0') AS plain FROM {customers}) "
        f"GROUP BY plain HAVING count(*) > 1 ORDER BY sum(rows) DESC, min(customer_id) LIMIT {EXAMPLES}",
    )
    if not found:
        return []
    groups, rows = found[0][2:]
    verb = "is" if groups == 1 else "are"
    return [
        finding(
            "ids_spellings",
            WARNING,
            "Ids nearly alike",
            f"{counted(groups, 'id')} {verb} written in several ways that differ only in case, blanks, leading zeros "
            f"or '.0' ({rows:,} rows).",
            f"{_DOES}each spelling counts as a customer of its own. Mend the file where they are the same.",
            rows=rows,
            examples=[" / ".join(f"'{each}'" for each in spellings) for spellings, *_ in found],
        )
    ]


def _edges(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    blanks, rows, example, zeros, zero_example, lengths = one(
        connection,
        "SELECT count(*) FILTER (WHERE blank), coalesce(sum(rows) FILTER (WHERE blank), 0)::BIGINT, "
        "min(customer_id) FILTER (WHERE blank), count(*) FILTER (WHERE zero), min(customer_id) FILTER (WHERE zero), "
        "count(DISTINCT length(customer_id)) FILTER (WHERE figures) "
        "FROM (SELECT *, customer_id <> trim(customer_id) AS blank, "
        "regexp_full_match(customer_id, '0[0-9]+') AS zero, "
        f"regexp_full_match(customer_id, '[0-9]+') AS figures FROM {customers})",
    )
    findings = []
    if blanks:
        verb = "begins or ends" if blanks == 1 else "begin or end"
        findings.append(
            finding(
                "ids_blanks",
                INFO,
                "Blanks around ids",
                f"{counted(blanks, 'customer id')} {verb} with a blank ({rows:,} rows).",
                f"{_DOES}the same id without the blank would be another customer.",
                rows=rows,
                examples=[f"'{example}'"],
            )
        )
    if zeros and lengths > 1:
        verb = "begins" if zeros == 1 else "begin"
        findings.append(
            finding(
                "ids_zeros",
                INFO,
                "Leading zeros, uneven lengths",
                f"{counted(zeros, 'customer id')} {verb} with a zero, and the ids in figures have {lengths} lengths.",
                f"{_DOES}where a program has cut leading zeros off some of them, mend the file.",
                rows=zeros,
                examples=[f"'{zero_example}'"],
            )
        )
    return findings


def _damaged(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    found = fetch(
        connection,
        f"SELECT customer_id, rows, amount FROM {customers} "
        f"WHERE regexp_full_match(lower(trim(customer_id)), '{_DAMAGED}') ORDER BY rows DESC, customer_id",
    )
    if not found:
        return []
    rows, amount = sum(each[1] for each in found), sum(each[2] for each in found)
    what = "1 customer id looks" if len(found) == 1 else f"{len(found):,} customer ids look"
    return [
        finding(
            "ids_damaged",
            WARNING,
            "Damaged customer ids",
            f"{what} as if a spreadsheet had shortened or lost them, such as '{found[0][0]}': {counted(rows, 'row')}, "
            f"together {spoken(amount)}.",
            f"{_DOES}but different customers may have become one. Export the file again with the ids as text.",
            rows=rows,
            amount=amount,
            examples=[f"'{customer}': {counted(count, 'row')}" for customer, count, _ in found],
        )
    ]


def _nobody(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    found = fetch(
        connection,
        f"SELECT customer_id, rows, amount FROM {customers} "
        f"WHERE regexp_full_match(lower(trim(customer_id)), '{_NOBODY}') ORDER BY rows DESC, customer_id",
    )
    if not found:
        return []
    rows = sum(each[1] for each in found)
    amount = sum(each[2] for each in found)
    every = one(connection, f"SELECT sum(rows)::BIGINT FROM {customers}")[0]
    what = "1 id stands" if len(found) == 1 else f"{len(found):,} ids stand"
    return [
        finding(
            "ids_nobody",
            WARNING,
            "Ids that name nobody",
            f"{what} for no customer, such as a guest, a test or a missing value: {counted(rows, 'row')} "
            f"({percent(rows, every)}), together {spoken(amount)}.",
            "Each counts as one customer, who seems to buy very often; leave the rows out of the file if they are many.",
            rows=rows,
            amount=amount,
            examples=[f"'{customer}': {counted(count, 'row')}" for customer, count, _ in found],
        )
    ]


def _crowd(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    top = fetch(
        connection,
        f"SELECT customer_id, rows, amount, sum(rows) OVER ()::BIGINT, count(*) OVER () FROM {customers} "
        "QUALIFY row_number() OVER (ORDER BY rows DESC, customer_id) <= 2 ORDER BY rows DESC, customer_id",
    )
    if len(top) < 2:
        return []
    (customer, rows, amount, every, count), second = top[0], top[1]
    if count < _CUSTOMERS or rows < _SHARE * every or rows < _TIMES * second[1]:
        return []
    return [
        finding(
            "ids_crowd",
            WARNING,
            "One id, outsized share",
            f"Customer {customer} has {rows:,} of {every:,} rows ({percent(rows, every)}), the next has "
            f"{second[1]:,}: perhaps an account that many share, such as guests or a market place.",
            "It counts as one customer; leave its rows out of the file if it is none.",
            rows=rows,
            amount=amount,
            examples=[f"{customer}: {rows:,} rows, {spoken(amount)}"],
        )
    ]

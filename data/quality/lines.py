"""Rows that may count twice, count against each other, or outweigh all others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb

from data.accounting import counted, spoken
from data.quality.findings import (
    EXAMPLES,
    GOOD,
    INFO,
    LARGE,
    MUCH,
    REASONS,
    WARNING,
    Finding,
    day_words,
    fetch,
    finding,
    keep_or_drop,
    one,
    percent,
    set_aside,
)
from data.quarantine import identifier
from data.reading import ImportOptions
from data.returns import match_summary
from data.service_lines import description_column, service_line_sql

# A line is outsized beyond this many times the 99.9th percentile of all, in data of this many rows at
# least; or, in any, beyond this share of the whole turnover.
TIMES: Final = 20
_MANY_ROWS: Final = 1000
_LINE_SHARE: Final = 0.03
_SOME_ROWS: Final = 200
# A customer is outsized beyond this share of the turnover, where there are this many customers.
_CUSTOMER_SHARE: Final = 0.03
_CUSTOMERS: Final = 200
_MOST_NAMED: Final = 1000


@dataclass(frozen=True)
class Whole:
    """The rows of a data set in sums: their number, net amount, amount without signs, and columns."""

    rows: int
    amount: Decimal
    turnover: Decimal
    columns: tuple[str, ...]
    source: str


def _no_duplicates() -> Finding:
    text = "No row repeats another in every column."
    return finding("duplicates", GOOD, "No duplicate rows", text, "Every row counts once.")


def on_duplicates(
    connection: duckdb.DuckDBPyConnection, whole: Whole, options: ImportOptions, ledger: Mapping[str, Any]
) -> list[Finding]:
    """Kept rows that repeat another in every column; only rows that share a hash are compared in full."""
    choice = keep_or_drop("duplicates", options)
    rows, amount = set_aside(ledger, REASONS["duplicates"])
    if rows:
        verb = "was" if rows == 1 else "were"
        text = f"{counted(rows, 'row')} repeated another row exactly and {verb} set aside, together {spoken(amount)}."
        does = "Of each, the first row is kept and counts."
        return [
            finding(
                "duplicates", INFO, "Repeats set aside", text, does, rows=rows, amount=amount, choice=choice
            )
        ]
    if whole.rows > LARGE and not any(note["kind"] == "duplicates" for note in ledger.get("notes", ())):
        # The import has looked for them already; where there were none, a second look costs more than it tells.
        return [_no_duplicates()]
    keys = ", ".join(identifier(name) for name in whole.columns)
    # A hash of what most rows differ in; the rest is looked at only where two rows share it.
    mark = "hash(customer_id, ordered_at, product_id, amount)"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE quality_alike AS "
        f"SELECT mark FROM (SELECT {mark} AS mark FROM {whole.source}) GROUP BY mark HAVING count(*) > 1"
    )
    found = []
    if one(connection, "SELECT count(*) FROM quality_alike")[0]:
        found = fetch(
            connection,
            f"SELECT customer_id, day, amount, count(*) AS n, sum(n - 1) OVER ()::BIGINT, "
            f"sum((n - 1) * amount) OVER () FROM {whole.source} "
            f"WHERE {mark} IN (SELECT mark FROM quality_alike) GROUP BY {keys} HAVING count(*) > 1 "
            f"ORDER BY n DESC, abs(amount) DESC, customer_id, day LIMIT {EXAMPLES}",
        )
    connection.execute("DROP TABLE quality_alike")
    if not found:
        return [_no_duplicates()]
    rows, amount = found[0][4:]
    verb = "repeats" if rows == 1 else "repeat"
    return [
        finding(
            "duplicates",
            WARNING,
            "Duplicate rows",
            f"{counted(rows, 'kept row')} ({percent(rows, whole.rows)}) {verb} another row in every column, "
            f"together {spoken(amount)}: the same piece bought twice, or a row written twice.",
            "They are kept and count, since a file cannot say which it is.",
            rows=rows,
            amount=amount,
            choice=choice,
            examples=[
                f"Customer {customer}, {day_words(day)}, {spoken(worth)}: {n} times"
                for customer, day, worth, n, *_ in found
            ],
        )
    ]


def on_returns(
    connection: duckdb.DuckDBPyConnection, whole: Whole, options: ImportOptions, ledger: Mapping[str, Any]
) -> list[Finding]:
    """Returns and cancellations, by what they reverse."""
    choice = keep_or_drop("cancelled_pairs", options)
    aside, worth = set_aside(ledger, REASONS["cancelled_pairs"])
    findings = []
    if aside:
        text = (
            f"{aside:,} rows, purchases and their cancellations in full, were set aside in pairs; "
            f"together they come to {spoken(worth)}."
        )
        does = "Neither the purchase nor its cancellation counts."
        findings.append(
            finding(
                "cancelled_pairs",
                INFO,
                "Cancelled pairs set aside",
                text,
                does,
                rows=aside,
                amount=worth,
                choice=choice,
            )
        )
    summary = match_summary(connection, whole.source)
    if not summary.returns.rows:
        return findings
    found = [
        (summary.full, "an earlier purchase of the same customer and product in full"),
        (summary.part, "part of one"),
    ]
    parts = [
        f"{tally.rows:,} {'reverses' if tally.rows == 1 else 'reverse'} {what} ({spoken(tally.amount)})"
        for tally, what in found
    ]
    without = summary.unmatched
    has = "has" if without.rows == 1 else "have"
    verb = "is a return or cancellation" if summary.returns.rows == 1 else "are returns or cancellations"
    text = (
        f"{counted(summary.returns.rows, 'row')} {verb}, together {spoken(summary.returns.amount)}: "
        f"{', '.join(parts)}, and {without.rows:,} {has} no such purchase in the data ({spoken(without.amount)})."
    )
    findings.append(
        finding(
            "returns",
            WARNING if summary.returns.rows > MUCH * whole.rows else INFO,
            "Returns and cancellations",
            text,
            "They are no purchases; their amounts are taken off what the customer spent.",
            rows=summary.returns.rows,
            amount=summary.returns.amount,
            choice=None if aside else choice,
        )
    )
    return findings


def on_service_lines(
    connection: duckdb.DuckDBPyConnection, whole: Whole, options: ImportOptions, ledger: Mapping[str, Any]
) -> list[Finding]:
    """Lines that are no goods; judged once for each product and description."""
    choice = keep_or_drop("service_lines", options)
    rows, amount = set_aside(ledger, REASONS["service_lines"])
    if rows:
        verb = "is postage, a fee or another line" if rows == 1 else "are postage, fees and other lines"
        text = f"{counted(rows, 'row')} that {verb} without goods, together {spoken(amount)}, set aside."
        does = "Amounts and orders count goods alone."
        return [
            finding(
                "service_lines",
                INFO,
                "Service lines set aside",
                text,
                does,
                rows=rows,
                amount=amount,
                choice=choice,
            )
        ]
    column = description_column(whole.columns)
    described = f"{identifier(column)}::VARCHAR" if column else "NULL::VARCHAR"
    found = fetch(
        connection,
        "SELECT product_id, any_value(words ORDER BY words), sum(n)::BIGINT, sum(worth) FROM ("
        f"SELECT product_id, {described} AS words, count(*) AS n, sum(amount) AS worth FROM {whole.source} "
        f"GROUP BY ALL) WHERE {service_line_sql('product_id', 'words' if column else None)} "
        "GROUP BY product_id ORDER BY 3 DESC, product_id",
    )
    if not found:
        return []
    rows, amount = sum(each[2] for each in found), sum(each[3] for each in found)
    verb = "is" if rows == 1 else "are"
    return [
        finding(
            "service_lines",
            WARNING if rows > MUCH * whole.rows else INFO,
            "Postage, fees, adjustments",
            f"{counted(rows, 'row')} ({percent(rows, whole.rows)}) {verb} no goods but postage, fees, vouchers, discounts "
            f"or adjustments, together {spoken(amount)}.",
            "They count like goods: in amounts, and as products bought.",
            rows=rows,
            amount=amount,
            choice=choice,
            examples=[
                f"{' '.join(dict.fromkeys(filter(None, [product, (words or '').strip()])))}: {n:,}"
                for product, words, n, _ in found
            ],
        )
    ]


def on_outliers(connection: duckdb.DuckDBPyConnection, whole: Whole, customers: str) -> list[Finding]:
    """Single lines and single customers that outweigh all others."""
    lines = _outsized_lines(connection, whole)
    people = _outsized_customers(connection, customers)
    if lines or people or whole.rows < _SOME_ROWS:
        return lines + people
    text = "No single line and no single customer outweighs the others."
    return [finding("outliers", GOOD, "No outsized values", text, "Nothing is left out.")]


def line_limit(connection: duckdb.DuckDBPyConnection, whole: Whole) -> Decimal | None:
    """The amount, without its sign, beyond which a line is outsized; None where there are too few rows."""
    limits = []
    if whole.rows >= _SOME_ROWS and whole.turnover:
        limits.append(Decimal(str(_LINE_SHARE)) * whole.turnover)
    if whole.rows >= _MANY_ROWS:
        top = one(
            connection,
            f"SELECT quantile_disc(abs(amount), 0.999) FILTER (WHERE amount <> 0) FROM {whole.source}",
        )[0]
        limits += [TIMES * top] if top else []
    return min(limits, default=None)


def _outsized_lines(connection: duckdb.DuckDBPyConnection, whole: Whole) -> list[Finding]:
    limit = line_limit(connection, whole)
    if limit is None:
        return []
    found = fetch(
        connection,
        f"SELECT customer_id, ordered_at, quantity, amount, product_id FROM {whole.source} "
        f"WHERE abs(amount) > {limit:f} ORDER BY abs(amount) DESC, ordered_at, customer_id, amount DESC LIMIT {_MOST_NAMED}",
    )
    if not found:
        return []
    again = _cancelled(found)
    amount = sum(each[3] for each in found)
    largest = found[0]
    verb = "is" if len(found) == 1 else "are"
    pairs = f"; {len(again):,} of them cancel each other in pairs" if again else ""
    return [
        finding(
            "outlier_lines",
            WARNING,
            "Outsized single lines",
            f"{counted(len(found), 'line')} {verb} beyond {spoken(limit)}, which is {TIMES} times what 999 in 1,000 lines stay "
            f"within or {100 * _LINE_SHARE:.0f} % of the turnover{pairs}. The largest: {_line_words(largest)}.",
            "They are kept; a customer who bought and cancelled one nets to nothing, but is no big spender.",
            rows=len(found),
            amount=amount,
            examples=[
                _line_words(each) + (", cancelled again" if at in again else "")
                for at, each in enumerate(found)
            ],
        )
    ]


def _line_words(line: Sequence[Any]) -> str:
    customer, at, quantity, amount, product = line
    when: dt.datetime = at
    pieces = (
        f", {quantity:,.15g} {'piece' if abs(quantity) == 1 else 'pieces'}" if quantity is not None else ""
    )
    what = f" of {product}" if product is not None and quantity is not None else ""
    pieces = pieces.replace("-", "\N{MINUS SIGN}")
    return f"customer {customer}, {day_words(when.date())}{pieces}{what}, {spoken(amount)}"


def _cancelled(lines: Sequence[Sequence[Any]]) -> set[int]:
    """Places of the lines that another of them reverses: same customer, the opposite amount.

    Their size makes that certain enough: such corrections are often booked on another product.
    """
    waiting: dict[tuple[Any, ...], list[int]] = {}
    found: set[int] = set()
    for at, (customer, _, _, amount, _) in enumerate(lines):
        others = waiting.get((customer, -amount))
        if others:
            found |= {at, others.pop(0)}
        else:
            waiting.setdefault((customer, amount), []).append(at)
    return found


def _outsized_customers(connection: duckdb.DuckDBPyConnection, customers: str) -> list[Finding]:
    found = fetch(
        connection,
        "SELECT customer_id, rows, amount, every FROM ("
        f"SELECT *, sum(amount) FILTER (WHERE amount > 0) OVER () AS every, count(*) OVER () AS n FROM {customers}) "
        f"WHERE n >= {_CUSTOMERS} AND amount > {_CUSTOMER_SHARE} * every ORDER BY amount DESC, customer_id",
    )
    if not found:
        return []
    amount, every = sum(each[2] for each in found), found[0][3]
    brings = "1 customer brings" if len(found) == 1 else f"{len(found):,} customers bring"
    return [
        finding(
            "outlier_customers",
            WARNING if amount > 0.25 * float(every) else INFO,
            "Outsized customers",
            f"{brings} more than {100 * _CUSTOMER_SHARE:.0f} % of the turnover each, together {spoken(amount)} "
            f"({percent(amount, every)}).",
            "They are kept; averages over all customers lean towards them, medians do not.",
            rows=sum(each[1] for each in found),
            amount=amount,
            examples=[
                f"Customer {who}: {spoken(worth)} ({percent(worth, every)})" for who, _, worth, _ in found
            ],
        )
    ]

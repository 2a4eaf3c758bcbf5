"""Amounts of zero and with odd signs, order numbers, currencies, and orders that were never paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from data.accounting import counted, spoken
from data.names import CURRENCY, STATUS
from data.quality.findings import (
    EXAMPLES,
    INFO,
    MUCH,
    REASONS,
    WARNING,
    Finding,
    fetch,
    finding,
    keep_or_drop,
    listed,
    one,
    percent,
    set_aside,
)
from data.quality.lines import Whole
from data.quarantine import identifier
from data.reading import ImportOptions


def on_amounts(
    connection: duckdb.DuckDBPyConnection, whole: Whole, *, order_totals: bool = False
) -> list[Finding]:
    """Rows of no amount (but for those whose order has it: `order_totals`), and signs that disagree."""
    zero = "amount = 0"
    if order_totals:
        zero += f" AND (order_id IS NULL OR order_id NOT IN (SELECT order_id FROM {whole.source} WHERE order_id IS NOT NULL AND amount <> 0))"
    price = "amount < 0 AND (quantity IS NULL OR quantity >= 0)"
    odd = "amount > 0 AND quantity < 0"
    sums = ", ".join(
        f"count(*) FILTER (WHERE {test}), coalesce(sum(amount) FILTER (WHERE {test}), 0)"
        for test in (zero, price, odd)
    )
    zeros, _, prices, priced, odds, worth = one(connection, f"SELECT {sums} FROM {whole.source}")
    findings = []
    if zeros:
        verb = "has" if zeros == 1 else "have"
        findings.append(
            finding(
                "zero_amounts",
                WARNING if zeros > MUCH * whole.rows else INFO,
                "Amounts of zero",
                f"{counted(zeros, 'row')} ({percent(zeros, whole.rows)}) {verb} an amount of 0, such as gifts, samples "
                "or prices not filled in.",
                "They are kept, but are no purchases.",
                rows=zeros,
                amount=Decimal(0),
            )
        )
    if prices:
        verb = "has" if prices == 1 else "have"
        findings.append(
            finding(
                "negative_amounts",
                INFO,
                "Negative amounts",
                f"{counted(prices, 'row')} {verb} an amount below zero without a negative quantity, together "
                f"{spoken(priced)}: refunds, discounts or corrections.",
                "They are no purchases; their amounts are taken off what the customer spent.",
                rows=prices,
                amount=priced,
            )
        )
    if odds:
        verb = "has" if odds == 1 else "have"
        findings.append(
            finding(
                "contrary_signs",
                WARNING,
                "Signs that disagree",
                f"{counted(odds, 'row')} {verb} a negative quantity but an amount above zero, together {spoken(worth)}.",
                "They are kept with their amount, but are no purchases; check whether the amounts lack a minus sign.",
                rows=odds,
                amount=worth,
            )
        )
    return findings


def on_orders(connection: duckdb.DuckDBPyConnection, whole: Whole) -> list[Finding]:
    """Order numbers that several customers share, and orders whose lines are of several days."""
    orders, shared, shared_rows, who, spread, spread_rows, longest, which = one(
        connection,
        f"SELECT count(*), count(*) FILTER (WHERE lo <> hi), coalesce(sum(n) FILTER (WHERE lo <> hi), 0)::BIGINT, "
        f"min(order_id, {EXAMPLES}) FILTER (WHERE lo <> hi), count(*) FILTER (WHERE days > 0), "
        f"coalesce(sum(n) FILTER (WHERE days > 0), 0)::BIGINT, max(days), "
        f"min(order_id, {EXAMPLES}) FILTER (WHERE days > 0) "
        # Hashes are smaller than the texts and group in half the time.
        "FROM (SELECT any_value(order_id) AS order_id, min(hash(customer_id)) AS lo, max(hash(customer_id)) AS hi, "
        f"date_diff('day', min(day), max(day)) AS days, count(*) AS n FROM {whole.source} "
        "WHERE order_id IS NOT NULL GROUP BY hash(order_id))",
    )
    findings = []
    if shared:
        verb = "belongs" if shared == 1 else "belong"
        findings.append(
            finding(
                "orders_shared",
                WARNING if shared > 0.01 * orders else INFO,
                "Orders of several customers",
                f"{counted(shared, 'order number')} of {orders:,} {verb} to several customers ({shared_rows:,} rows).",
                "The lines of each customer count as an order of its own.",
                rows=shared_rows,
                examples=[f"Order {each}" for each in who],
            )
        )
    if spread:
        verb = "has" if spread == 1 else "have"
        findings.append(
            finding(
                "orders_spread",
                WARNING if spread > MUCH * orders else INFO,
                "Orders over several days",
                f"{counted(spread, 'order')} of {orders:,} {verb} lines of more than one day; the longest spans "
                f"{counted(longest + 1, 'day')}.",
                "Such an order counts once, on the day of its first purchase.",
                rows=spread_rows,
                examples=[f"Order {each}" for each in which],
            )
        )
    return findings


def on_currency(
    connection: duckdb.DuckDBPyConnection, whole: Whole, options: ImportOptions, ledger: Mapping[str, Any]
) -> list[Finding]:
    """Rows in several currencies, or set aside since another was chosen."""
    aside, _ = set_aside(ledger, REASONS["currency"])
    column = _column_of(CURRENCY, ledger, whole)
    found = []
    if column:
        code = f"upper(trim({identifier(column)}::VARCHAR))"
        found = fetch(
            connection,
            f"SELECT {code} AS code, count(*), sum(amount) FROM {whole.source} "
            f"WHERE {code} <> '' GROUP BY code ORDER BY 2 DESC, code LIMIT 20",
        )
    if aside:
        verb = "is" if aside == 1 else "are"
        choices = [[options.currency, f"Rows in {options.currency} alone"]] if options.currency else []
        return [
            finding(
                "currencies",
                WARNING if aside > MUCH * ledger["rows"]["in"] else INFO,
                "Other currencies set aside",
                f"{counted(aside, 'row')} {verb} in another currency than {options.currency} and set aside: amounts of "
                "different currencies cannot be added up.",
                f"Everything is counted in {options.currency}; import the file again for another currency.",
                rows=aside,
                choice={"option": "currency", "value": options.currency, "choices": choices},
            )
        ]
    if len(found) < 2:
        return []
    others = sum(each[1] for each in found[1:])
    verb = "is" if others == 1 else "are"
    return [
        finding(
            "currencies",
            WARNING,
            "Several currencies",
            f"The amounts are in {listed([each[0] for each in found])}; {counted(others, 'row')} {verb} not in {found[0][0]}.",
            "They are added up as they stand, which makes no sense: keep the rows of one currency.",
            rows=others,
            amount=sum((each[2] for each in found[1:]), Decimal(0)),
            choice={
                "option": "currency",
                "value": options.currency,
                "choices": [
                    [None, "Add them up as they stand"],
                    *([code, f"Keep the {counted(rows, 'row')} in {code} alone"] for code, rows, _ in found),
                ],
            },
            examples=[f"{code}: {counted(rows, 'row')}, {spoken(amount)}" for code, rows, amount in found],
        )
    ]


def on_unpaid(
    connection: duckdb.DuckDBPyConnection,
    whole: Whole,
    options: ImportOptions,
    ledger: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> list[Finding]:
    """Orders that brought no money, set aside or kept."""
    choice = keep_or_drop("unpaid", options)
    rows, amount = set_aside(ledger, REASONS["unpaid"])
    if rows:
        verb = "belongs to an order that was" if rows == 1 else "belong to orders that were"
        return [
            finding(
                "unpaid",
                WARNING if rows > MUCH * ledger["rows"]["in"] else INFO,
                "Unpaid orders set aside",
                f"{counted(rows, 'row')} {verb} cancelled or never paid, together {spoken(amount)}.",
                "They are set aside: no money came in.",
                rows=rows,
                amount=amount,
                choice=choice,
            )
        ]
    column, statuses = _column_of(STATUS, ledger, whole), facts.get("unpaid_statuses") or ()
    if not column or not statuses:
        return []
    marks = ", ".join("?" * len(statuses))
    rows, amount = connection.execute(
        f"SELECT count(*), coalesce(sum(amount), 0) FROM {whole.source} "
        f"WHERE lower(trim({identifier(column)}::VARCHAR)) IN ({marks})",
        list(statuses),
    ).fetchall()[0]
    if not rows:
        return []
    verb = "belongs to an order that was" if rows == 1 else "belong to orders that were"
    return [
        finding(
            "unpaid",
            WARNING,
            "Unpaid orders counted",
            f"{counted(rows, 'row')} {verb} cancelled or never paid, together {spoken(amount)}.",
            "They count like all others.",
            rows=rows,
            amount=amount,
            choice=choice,
        )
    ]


def _column_of(role: str, ledger: Mapping[str, Any], whole: Whole) -> str | None:
    """The stored column of a role that keeps the name it has in the file."""
    name = ledger.get("understood", {}).get("mapping", {}).get(role)
    return name if name in whole.columns else None

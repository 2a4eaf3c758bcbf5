"""The quality report of a data set: what was checked, what was found, and what Lapwing does about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import duckdb

from data.cleaning import STORED_COLUMNS
from data.names import CURRENCY, CUSTOMER_ID, STATUS
from data.quality.calendar import Day, on_gaps, on_history, on_months
from data.quality.columns import on_damaged_text, on_dull_columns, on_missing_roles, profile
from data.quality.customers import assess_customers
from data.quality.findings import Finding, by_importance, fetch, on_rows_set_aside, one
from data.quality.ids import on_ids
from data.quality.lines import Whole, on_duplicates, on_outliers, on_returns, on_service_lines
from data.quality.orders import on_amounts, on_currency, on_orders, on_unpaid
from data.quality.traps import on_order_totals, on_returned, on_total_rows, telling_cells
from data.reading import ImportOptions
from data.reading.options import ORDER_TOTAL

__all__ = ["assess", "assess_customers"]

HORIZON_DAYS: Final = 90
_CUSTOMERS: Final = "quality_customers"


def assess(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    ledger: Mapping[str, Any],
    options: ImportOptions,
    facts: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """The quality report over the stored transactions of `source`, a FROM expression, as JSON values.

    The most important finding comes first. Each has key, level ("warning", "info" or "good"), title, rows,
    amount (decimal text or None), text, does, choice (None, or option, value and choices) and examples.
    `facts` may tell horizon_days (default 90) and unpaid_statuses (texts in lower case) of the import.
    There must be at least one row; the same rows in any order give the same report.
    """
    facts = facts or {}
    columns = tuple(name for name, *_ in fetch(connection, f"DESCRIBE SELECT * FROM {source}"))
    rows, amount, turnover = one(
        connection, f"SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(abs(amount)), 0) FROM {source}"
    )
    order_totals = options.amount_is == ORDER_TOTAL
    whole = Whole(rows, amount, turnover, columns, source)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_CUSTOMERS} AS SELECT customer_id, count(*) AS rows, sum(amount) AS amount "
        f"FROM {source} GROUP BY customer_id"
    )
    try:
        found = [
            *on_rows_set_aside(ledger),
            *on_currency(connection, whole, options, ledger),
            *on_unpaid(connection, whole, options, ledger, facts),
            *_on_days(connection, whole, options, ledger, int(facts.get("horizon_days") or HORIZON_DAYS)),
            *on_duplicates(connection, whole, options, ledger),
            *on_outliers(connection, whole, _CUSTOMERS),
            *on_returns(connection, whole, options, ledger),
            *on_ids(connection, _CUSTOMERS, ledger),
            *on_service_lines(connection, whole, options, ledger),
            *on_amounts(connection, whole, order_totals=order_totals),
            *on_orders(connection, whole),
            *([] if order_totals else on_order_totals(connection, whole)),
            *_on_columns(connection, whole, ledger, facts),
        ]
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {_CUSTOMERS}")
    return by_importance(found)


def _on_days(
    connection: duckdb.DuckDBPyConnection,
    whole: Whole,
    options: ImportOptions,
    ledger: Mapping[str, Any],
    horizon_days: int,
) -> list[Finding]:
    bought = "amount > 0 AND (quantity IS NULL OR quantity > 0)"
    days = [
        Day(day, rows, purchases, Decimal(amount))
        for day, rows, purchases, amount in fetch(
            connection,
            f"SELECT day, count(*), count(*) FILTER (WHERE {bought}), sum(amount) FROM {whole.source} "
            "GROUP BY day ORDER BY day",
        )
    ]
    return [*on_history(days, horizon_days), *on_gaps(days), *on_months(days, options, ledger)]


def _on_columns(
    connection: duckdb.DuckDBPyConnection, whole: Whole, ledger: Mapping[str, Any], facts: Mapping[str, Any]
) -> list[Finding]:
    own = {*STORED_COLUMNS, "amount"}
    mapping = ledger.get("understood", {}).get("mapping", {})
    # A currency or status that is the same everywhere is as it should be.
    expected = {mapping.get(role) for role in (CURRENCY, STATUS)}
    looked_at = [name for name in whole.columns if name not in (CUSTOMER_ID, "ordered_at", "day", "amount")]
    filled, constant = profile(connection, whole.source, looked_at)
    present = {name: count for name, count in filled.items() if count or name not in own}
    dull = {name: str(value) for name, value in constant.items() if name not in expected}
    texts = [
        name
        for name, kind, *_ in fetch(connection, f"DESCRIBE SELECT * FROM {whole.source}")
        if kind == "VARCHAR" and name not in (CUSTOMER_ID, "order_id") and filled.get(name)
    ]
    cells = telling_cells(connection, whole, texts)
    return [
        *on_total_rows(connection, whole, _CUSTOMERS, cells),
        *on_returned(cells, ledger, facts),
        *on_damaged_text(connection, whole.source, texts),
        *on_missing_roles(filled),
        *on_dull_columns(present, dull, whole.rows),
    ]

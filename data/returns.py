"""Returns and cancellations, matched to the purchases they reverse, in sets and without loops.

A return row has a quantity or an amount below zero. It reverses in full a purchase row of the same
customer and product, no later than itself, of the same quantity and amount; the earliest such purchase
that no return before it has used. Where there is none, it may reverse part of a larger purchase.

In a group of rows alike but for the sign, in order of time with purchases first, a purchase counts 1 and
a return -1. A return is matched where the running sum does not sink below all it was before (and below
0): then a purchase was left. The j-th matched return takes the j-th purchase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from data.accounting import Tally

PURCHASE: Final = "purchase"
RETURN: Final = "return"

RETURN_SQL: Final = "(amount < 0 OR coalesce(quantity, 0) < 0)"

# Rows alike but for their time are told apart by what else is stored, so that the order in which they
# came does not decide which of them is paired.
_ORDER: Final = "ordered_at, is_return, order_id, unit_price, category, country, discount"
_PAIR: Final = "customer_id, product_id, pieces, worth"


@dataclass(frozen=True)
class ReturnsSummary:
    """Rows and amounts (negative) of the returns: in all, and by what was found for them to reverse."""

    returns: Tally
    full: Tally
    part: Tally
    unmatched: Tally


def paired_sql(source: str, row_id: str) -> str:
    """SQL for the rows that cancel each other: (row_id, pair_id, role 'purchase' or 'return').

    `source` is a FROM expression with the columns of stored transactions and `row_id`, an integer column
    unique to each row. A pair is a purchase and the return that reverses it in full; `pair_id` is the
    `row_id` of its purchase. Only rows with a like return are sorted: the rest is scanned twice.
    """
    more = f"{row_id} AS row_id, order_id, unit_price, category, country, discount,"
    return f"""WITH {_events(source, more, _PAIR, f"{_ORDER}, row_id")}
SELECT
  row_id,
  max(CASE WHEN NOT is_return THEN row_id END) OVER (PARTITION BY {_PAIR}, turn) AS pair_id,
  CASE WHEN is_return THEN '{RETURN}' ELSE '{PURCHASE}' END AS role
FROM events
WHERE reversed"""


def match_summary(connection: duckdb.DuckDBPyConnection, source: str) -> ReturnsSummary:
    """What the returns among the stored transactions of `source` reverse.

    In part: no purchase of the same quantity and amount is left, but one of the same customer and product,
    no later and not reversed in full, has at least that quantity (amount, where there is no quantity).
    """
    before = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    open_purchase = "NOT is_return AND NOT reversed"
    rows = connection.execute(
        f"""WITH {_events(source, "amount,", "customer_id, product_id", "ordered_at, is_return")},
told AS (
  SELECT
    *,
    max(CASE WHEN {open_purchase} THEN pieces END) OVER earlier AS most_pieces,
    max(CASE WHEN {open_purchase} THEN worth END) OVER earlier AS most_worth
  FROM events
  WINDOW earlier AS (PARTITION BY customer_id, product_id ORDER BY ordered_at, is_return {before})
)
SELECT
  CASE
    WHEN reversed THEN 'full'
    WHEN most_pieces >= pieces OR pieces IS NULL AND most_worth >= worth THEN 'part'
    ELSE 'unmatched'
  END AS found,
  count(*),
  sum(amount)
FROM told
WHERE is_return
GROUP BY found"""
    ).fetchall()
    found = {kind: Tally(count, amount) for kind, count, amount in rows}
    full, part, unmatched = (found.get(kind, Tally()) for kind in ("full", "part", "unmatched"))
    return ReturnsSummary(full + part + unmatched, full, part, unmatched)


def _events(source: str, more: str, key: str, order: str) -> str:
    """CTEs that end in `events`: the rows that share `key` with a return, with `reversed` and `turn`.

    `pieces` is the quantity without its sign; `worth` what a purchase cost and what a return gives back,
    so that an amount that is no refund (below zero here) finds no purchase.
    """
    alike = " AND ".join(f"rows.{name} IS NOT DISTINCT FROM sent.{name}" for name in key.split(", "))
    return f"""lines AS NOT MATERIALIZED (
  SELECT
    {more}
    customer_id, product_id, ordered_at,
    {RETURN_SQL} AS is_return,
    abs(quantity) AS pieces,
    CASE WHEN {RETURN_SQL} THEN -amount ELSE amount END AS worth
  FROM {source}
  WHERE customer_id IS NOT NULL AND ordered_at IS NOT NULL AND amount IS NOT NULL
),
sent AS (
  SELECT DISTINCT {key} FROM lines WHERE is_return
),
summed AS (
  SELECT rows.*, sum(CASE WHEN is_return THEN -1 ELSE 1 END) OVER in_time AS balance
  FROM lines AS rows SEMI JOIN sent ON {alike}
  WINDOW in_time AS (PARTITION BY {_PAIR} ORDER BY {order} ROWS UNBOUNDED PRECEDING)
),
floored AS (
  SELECT
    *,
    min(balance) OVER (
      PARTITION BY {_PAIR} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS lowest
  FROM summed
),
taken AS (
  SELECT *, NOT is_return OR balance >= least(0, coalesce(lowest, 0)) AS counts FROM floored
),
turns AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY {_PAIR}, is_return, counts ORDER BY {order}) AS turn,
    count(*) FILTER (WHERE is_return AND counts) OVER (PARTITION BY {_PAIR}) AS pairs
  FROM taken
),
events AS (
  SELECT *, counts AND turn <= pairs AS reversed FROM turns
)"""

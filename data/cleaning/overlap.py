"""Rows of a new file that a data set already has: each is matched once, so that none is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from data.accounting import note
from data.cleaning import reasons
from data.cleaning.judging import Judgement
from data.cleaning.notes import Account
from data.cleaning.values import EXACT_QUANTITY
from data.engine import scan
from data.names import AMOUNT, CUSTOMER_ID, ORDER_ID, ORDERED_AT, PRODUCT_ID, QUANTITY, UNIT_PRICE
from data.reading.staging import LINE_NO

_OPTIONAL: Final = (ORDER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE)


@dataclass(frozen=True)
class Overlap:
    """What a new file and a data set share: rows, and orders with other lines in each; and the data set's dates."""

    rows: int
    orders: int
    first: date
    last: date

    def notes(self, sums: Account) -> list[dict[str, Any]]:
        """The notes for the ledger of the new rows, whose account is `sums`."""
        found: list[dict[str, Any]] = []
        if self.orders:
            found.append(
                note(
                    "changed_orders",
                    self.orders,
                    "1 order is in both with other lines; the new lines are added beside the old.",
                    "{n} orders are in both with other lines; the new lines are added beside the old.",
                )
            )
        if self.rows or sums.first is None or sums.last is None:
            return found
        start, end = max(self.first, sums.first), min(self.last, sums.last)
        # One shared day is how a series of exports meets.
        if start < end:
            text = (
                f"The file and the data set both have rows of {start} to {end}, but no row is the same in both: "
                "if these are the same orders, written in another way (dates without times, say), they now count twice."
            )
            found.append({"kind": "periods_overlap", "rows": 0, "text": text})
        return found


def set_overlap_aside(judgement: Judgement, existing: Sequence[Sequence[Path]]) -> Overlap:
    """Set aside the kept rows that the data set of the files `existing` already has.

    Rows are the same where customer, order, time, product, quantity, price and amount (unless it is that of
    the whole order) are, as far as both sides have them: of n such rows in the data set and m in the file, the first min(n, m) by line number are
    already in.
    """
    bench = judgement.bench
    files = [path for paths in existing for path in paths]
    counts = ", ".join(f"count({name}) > 0" for name in _OPTIONAL)
    first, last, *filled = bench.one(
        f"SELECT min({ORDERED_AT})::DATE, max({ORDERED_AT})::DATE, {counts} FROM {scan(files)}"
    )
    shared = [name for name, has in zip(_OPTIONAL, filled, strict=True) if has and name in bench.roles]
    keys = [CUSTOMER_ID, ORDERED_AT, AMOUNT, *shared]
    # The amount of an order is not its rows' own, and stands in any one of them.
    whole = bench.order_totals and ORDER_ID in shared
    amount = f"CASE WHEN {ORDER_ID} IS NULL THEN {AMOUNT} END" if whole else AMOUNT
    customers = judgement.customer_buckets(len(existing))
    rows = orders = 0
    for at, paths in enumerate(existing):
        if not paths:
            continue
        values = {name: name for name in keys} | {AMOUNT: amount}
        if QUANTITY in shared:
            values[QUANTITY] = f"CAST({EXACT_QUANTITY} AS DOUBLE)"
        listed = ", ".join(f"{expression} AS {name}" for name, expression in values.items())
        new = bench.table(
            "new",
            f"SELECT {LINE_NO}, {listed} FROM {judgement.kept_in(customers, at)}",
        )
        same = " AND ".join(f"new.{name} IS NOT DISTINCT FROM old.{name}" for name in keys)
        group = ", ".join(keys)
        # Most rows of a long history are of other times: they are left out before rows are grouped.
        old = (
            f"SELECT {group}, count(*) AS times FROM (SELECT * REPLACE ({amount} AS {AMOUNT}) FROM {scan(paths)}) AS rows WHERE EXISTS "
            f"(SELECT 1 FROM {new} AS new WHERE new.{CUSTOMER_ID} = rows.{CUSTOMER_ID} "
            f"AND new.{ORDERED_AT} = rows.{ORDERED_AT}) GROUP BY {group}"
        )
        nth = (
            f"row_number() OVER (PARTITION BY {', '.join(f'new.{name}' for name in keys)} ORDER BY {LINE_NO})"
        )
        matched = bench.table(
            "matched",
            f"SELECT {LINE_NO} FROM (SELECT {LINE_NO}, {nth} AS nth, times FROM {new} AS new JOIN ({old}) AS old ON {same}) "
            "WHERE nth <= times",
        )
        rows += judgement.set_aside(f"SELECT {LINE_NO} FROM {matched}", reasons.ALREADY_IN)
        if ORDER_ID in shared:
            left = (
                f"SELECT DISTINCT {CUSTOMER_ID}, {ORDER_ID} FROM {new} AS new "
                f"WHERE {LINE_NO} NOT IN (SELECT {LINE_NO} FROM {matched})"
            )
            orders += bench.one(
                f"SELECT count(*) FROM ({left}) AS new WHERE EXISTS (SELECT 1 FROM {scan(paths)} AS old "
                f"WHERE old.{CUSTOMER_ID} = new.{CUSTOMER_ID} AND old.{ORDER_ID} = new.{ORDER_ID})"
            )[0]
    return Overlap(rows, int(orders), first, last)

"""What one customer bought and sent back, day by day: a look-up in the files of a data set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.engine import connect, scan
from data.errors import StoreError
from data.features import PURCHASE
from data.store import Dataset

_DAYS = f"""SELECT day, count(DISTINCT CASE WHEN {PURCHASE} THEN coalesce(order_id, CAST(day AS VARCHAR)) END),
  coalesce(sum(amount), 0), coalesce(sum(CASE WHEN amount < 0 THEN -amount END), 0)
FROM {{lines}}
WHERE customer_id = $customer AND day <= $until
GROUP BY day
ORDER BY day"""


@dataclass(frozen=True)
class CustomerDay:
    """A day with transactions of one customer; money in account currency.

    `orders` that were placed; `net` is what was bought less what was sent back; `returned` is 0 or more.
    """

    day: dt.date
    orders: int
    net: float
    returned: float


def customer_days(dataset: Dataset, customer_id: str, until: dt.date) -> tuple[CustomerDay, ...]:
    """The days of a customer up to and including `until`, oldest first; empty where there is no such customer.

    Raises NotFoundError where the files of the data set are gone, and StoreError where they are damaged.
    """
    try:
        with closing(connect([dataset.path], threads=1, memory_mb=256)) as connection:
            lines = scan(_files(connection, dataset, customer_id))
            rows = connection.execute(
                _DAYS.format(lines=lines), {"customer": customer_id, "until": until}
            ).fetchall()
    except duckdb.Error as error:
        raise StoreError(f"{dataset.name}: its files are damaged or not there any more.") from error
    return tuple(CustomerDay(row[0], int(row[1]), float(row[2]), float(row[3])) for row in rows)


def usual_gap_days(days: Sequence[CustomerDay]) -> float | None:
    """Mean days between the days with an order; None with fewer than two of them."""
    bought = [each.day for each in days if each.orders]
    return (bought[-1] - bought[0]).days / (len(bought) - 1) if len(bought) > 1 else None


def _files(connection: duckdb.DuckDBPyConnection, dataset: Dataset, customer_id: str) -> list[Path]:
    """The files of the bucket that holds the customer, as cleaning deals customers out (data.cleaning.judging)."""
    buckets = dataset.buckets
    if len(buckets) == 1:
        return buckets[0]
    text = "SELECT CAST(md5_number_lower($customer) % $number AS INTEGER)"
    found = connection.execute(text, {"customer": customer_id, "number": len(buckets)}).fetchone()
    return buckets[found[0] if found else 0]

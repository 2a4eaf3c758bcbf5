"""The seeded sample shop: transactions from a known purchase model, so that the first look is a full one.

Each customer buys at their own rate (gamma) while alive, drops out after their own exponential
lifetime, and spends around their own mean (log-normal); the year has a peak before Christmas and
some lines come back. This is the Pareto/NBD story of Schmittlein, Morrison and Colombo (1987) with
a season laid over it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from data.errors import InputError

END = dt.date(2025, 12, 31)
DAYS = 730
MAX_CUSTOMERS = 5_000_000
_CHUNK = 200_000

_COUNTRIES = ("Germany", "France", "Netherlands", "Spain", "Italy", "Poland", "Sweden")
_COUNTRY_SHARES = (0.34, 0.19, 0.13, 0.12, 0.10, 0.07, 0.05)
_CATEGORIES = ("Garden", "Kitchen", "Living", "Outdoor", "Stationery", "Toys")
_PRODUCTS = 600


def sample_transactions(customers: int, seed: int, first: int = 0) -> pa.Table:
    """Order lines of `customers` made-up customers, numbered from `first`; the same for the same seed.

    Columns: order_id, customer_id, ordered_at (minutes), product_id, category, country, quantity
    (negative for a returned line), unit_price (currency). Rows are in order of time.
    """
    if not 1 <= customers <= MAX_CUSTOMERS:
        raise InputError(f"The sample can have 1 to {MAX_CUSTOMERS:,} customers, not {customers:,}.")
    draw = np.random.default_rng([seed, first])
    joined = np.minimum(draw.exponential(260.0, customers), DAYS - 1.0)
    rate = draw.gamma(0.9, 1 / 52.0, customers)
    lifetime = draw.exponential(1 / draw.gamma(1.3, 1 / 420.0, customers))
    exposure = np.minimum(DAYS - joined, lifetime)
    basket = np.exp(draw.normal(3.4, 0.55, customers))
    country = draw.choice(len(_COUNTRIES), customers, p=_COUNTRY_SHARES)

    orders = 1 + draw.poisson(rate * exposure)
    buyer = np.repeat(np.arange(customers), orders)
    position = np.arange(len(buyer)) - np.repeat(np.cumsum(orders) - orders, orders)
    at = joined[buyer] + np.where(position == 0, 0.0, draw.random(len(buyer)) * exposure[buyer])
    # The season: off-peak repeat orders are thinned, so that the weeks before Christmas stand out.
    yearday = (np.floor(at).astype(int) + _first_yearday()) % 365
    peak = np.exp(-(((yearday - 342) / 24.0) ** 2))
    kept = (position == 0) | (draw.random(len(at)) < 0.62 + 0.38 * peak)
    buyer, at = buyer[kept], at[kept]

    lines = 1 + draw.poisson(1.1, len(buyer))
    order = np.repeat(np.arange(len(buyer)), lines)
    who = buyer[order]
    product = (draw.beta(0.8, 2.2, len(order)) * _PRODUCTS).astype(int)
    quantity = 1 + draw.poisson(0.7, len(order))
    price = np.maximum(
        np.round(basket[who] / (lines[order] * 1.7) * np.exp(draw.normal(0, 0.45, len(order))), 2), 0.5
    )
    minute = (at[order] * 1440).astype("int64")
    returned = draw.random(len(order)) < 0.035
    delay = (draw.integers(2, 25, len(order)) * 1440).astype("int64")
    returned &= minute + delay < DAYS * 1440

    def columns(pick: np.ndarray, sign: int, prefix: str, shift: np.ndarray | int) -> dict[str, np.ndarray]:
        return {
            "order": order[pick],
            "minute": minute[pick] + (shift if isinstance(shift, int) else shift[pick]),
            "who": who[pick],
            "product": product[pick],
            "quantity": sign * quantity[pick],
            "price": price[pick],
            "prefix": np.full(len(pick), prefix),
        }

    parts = [
        columns(np.arange(len(order)), 1, "", 0),
        columns(np.flatnonzero(returned), -1, "R", delay),
    ]
    joint = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    turn = np.lexsort((joint["product"], joint["order"], joint["minute"]))
    joint = {key: values[turn] for key, values in joint.items()}
    start = np.datetime64(END - dt.timedelta(days=DAYS - 1), "m")
    number = joint["order"] + first * 40
    return pa.table(
        {
            "order_id": np.char.add(joint["prefix"], np.char.mod("%d", 1_000_000 + number)),
            "customer_id": np.char.mod("C%07d", joint["who"] + first + 1),
            "ordered_at": (start + joint["minute"]).astype("datetime64[ms]"),
            "product_id": np.char.mod("P%04d", joint["product"]),
            "category": np.asarray(_CATEGORIES)[joint["product"] % len(_CATEGORIES)],
            "country": np.asarray(_COUNTRIES)[country[joint["who"]]],
            "quantity": joint["quantity"],
            "unit_price": joint["price"],
        }
    )


def write_sample(path: Path, customers: int, seed: int) -> int:
    """Write the sample to `path`, CSV or Parquet by its ending; returns the number of rows."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"The sample is written as .csv or .parquet, not {path.suffix or 'without ending'}.")
    rows = 0
    writer: pq.ParquetWriter | pacsv.CSVWriter | None = None
    try:
        for first in range(0, customers, _CHUNK):
            table = sample_transactions(min(_CHUNK, customers - first), seed, first)
            if writer is None:
                make = pq.ParquetWriter if path.suffix.lower() == ".parquet" else pacsv.CSVWriter
                writer = make(str(path), table.schema)
            writer.write_table(table)
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _first_yearday() -> int:
    return (END - dt.timedelta(days=DAYS - 1)).timetuple().tm_yday - 1

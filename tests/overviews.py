"""Lines of orders for tests of the overview, written as a data set has them, and what was counted of them."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from data.engine import connect
from data.overview.gathering import Gathered, gather

LAST = dt.date(2025, 12, 31)
SCHEMA = "customer_id VARCHAR, order_id VARCHAR, day DATE, quantity DOUBLE, amount DECIMAL(18,4)"
# Customer, days before the last one, amount; and, where they matter, order and quantity.
Line = tuple[str, int, float] | tuple[str, int, float, str | None, float | None]


def lines(*rows: Line, last: dt.date = LAST) -> pd.DataFrame:
    """Lines as a frame: customer_id, order_id, day, quantity, amount."""
    found = [(*row, None, None)[:5] for row in rows]
    return pd.DataFrame(
        [
            (who, order, last - dt.timedelta(days=age), quantity, amount)
            for who, age, amount, order, quantity in found
        ],
        columns=["customer_id", "order_id", "day", "quantity", "amount"],
    )


def shop_lines(customers: int, days: int, seed: int, last: dt.date = LAST) -> pd.DataFrame:
    """Lines of a shop: repeat orders of several lines, some of one order on two days, returns, free gifts."""
    draw = np.random.default_rng(seed)
    rows: list[Line] = []
    for number in range(customers):
        begun = int(draw.integers(0, days))
        who = f"C{number % 97}-{number}"
        for order in range(1 + int(draw.poisson(2.0))):
            age = int(draw.integers(0, begun + 1))
            name = f"O{number}-{order}" if draw.random() < 0.8 else None
            for _ in range(1 + int(draw.poisson(0.7))):
                later = min(int(draw.integers(0, 3)), age) if draw.random() < 0.1 else 0
                rows.append((who, age - later, round(float(draw.gamma(2, 15)), 4), name, 1.0))
            if draw.random() < 0.15:
                back = int(draw.integers(0, age + 1))
                rows.append((who, back, -round(float(draw.gamma(2, 10)), 2), None, -1.0))
        if draw.random() < 0.1:
            rows.append((who, int(draw.integers(0, days)), 0.0, None, 1.0))
        if draw.random() < 0.05:
            rows.append((f"R{number}", int(draw.integers(0, days)), -9.99, None, -1.0))
    rows.append(("first", days - 1, 10.0, None, 1.0))
    rows.append(("last", 0, 10.0, None, 1.0))
    return lines(*rows, last=last)


def gathered(folder: Path, frame: pd.DataFrame, horizon_days: int = 90, buckets: int = 1) -> Gathered:
    """What `gather` counts of these lines, dealt out to so many buckets of files."""
    paths = []
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE TABLE lines ({SCHEMA})")
        connection.register("frame", frame.astype({"order_id": object}))
        connection.execute(
            "INSERT INTO lines SELECT customer_id, CAST(order_id AS VARCHAR), CAST(day AS DATE), CAST(quantity AS DOUBLE),"
            " CAST(amount AS DECIMAL(18,4)) FROM frame"
        )
        for place in range(buckets):
            path = folder / f"lines-{buckets}-{place}.parquet"
            connection.execute(
                f"COPY (SELECT * FROM lines WHERE md5_number_lower(customer_id) % {buckets} = {place}) TO '{path}'"
            )
            paths.append([path])
    days = pd.to_datetime(frame["day"]).dt.date
    with closing(connect([folder], threads=2, memory_mb=512)) as connection:
        return gather(connection, paths, min(days), max(days), horizon_days)

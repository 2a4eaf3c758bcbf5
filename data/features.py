"""What a customer looks like at a cutoff: one plain ANSI SQL text, whatever engine runs it.

The text reads one relation, `lines` (customer_id, order_id, day as an integer count of days,
quantity, amount as DECIMAL(18,4), product_id), and uses CASE sums over customer-orders and then
customer-days: no vendor function, no window, no float sum. Sums are exact decimals, so the order
of rows and the number of threads cannot change a digit; each level casts them back to 18 digits, since
an engine adds those in one machine word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from data import names
from data.engine import scan

EPOCH = dt.date(1970, 1, 1)
PURCHASE = "CASE WHEN amount > 0 AND (quantity IS NULL OR quantity > 0) THEN 1 ELSE 0 END"


def day_number(day: dt.date) -> int:
    """Days from 1970-01-01 to `day`, the integer the feature text counts in."""
    return (day - EPOCH).days


def _feature_list() -> dict[str, str]:
    """Each feature's definition over `days d JOIN bounds b`, in the order of `names.FEATURES`.

    `{cutoff}` is the cutoff's day number; `d.age` the age in days of a customer-day at the cutoff.
    """
    orders = "SUM(d.orders)"
    active = "SUM(CASE WHEN d.orders > 0 THEN 1 ELSE 0 END)"
    mean_gap = f"1.0 * (MAX(b.last_day) - MAX(b.first_day)) / NULLIF({active} - 1, 0)"
    definitions = {
        "recency_days": "{cutoff} - MAX(b.last_purchase)",
        "frequency": orders,
        "active_days": active,
        "monetary": "SUM(d.net)",
        "mean_order_value": f"SUM(d.net) / {orders}",
        "tenure_days": "{cutoff} - MAX(b.first_day)",
        "mean_gap_days": mean_gap,
        "last_gap_days": "MAX(b.last_day)"
        " - MAX(CASE WHEN d.orders > 0 AND d.day < b.last_day THEN d.day END)",
        "overdue_ratio": f"({{cutoff}} - MAX(b.last_purchase)) / NULLIF({mean_gap}, 0)",
    }
    for days in names.WINDOWS_DAYS:
        definitions[f"orders_{days}"] = f"SUM(CASE WHEN d.age < {days} THEN d.orders ELSE 0 END)"
    for days in names.WINDOWS_DAYS:
        definitions[f"spend_{days}"] = f"SUM(CASE WHEN d.age < {days} THEN d.net ELSE 0 END)"
    for days in names.DECAY_DAYS:
        # Rounded before the sum: a sum of decimals has one value, a sum of floats has several.
        decay = f"CAST(EXP(-1.0 * d.age / {days}) AS DECIMAL(12,9))"
        definitions[f"decayed_orders_{days}"] = f"SUM(d.orders * {decay})"
    definitions |= {
        "first_order_value": "SUM(CASE WHEN d.day = b.first_day THEN d.gross / d.orders END)",
        "last_order_value": "SUM(CASE WHEN d.day = b.last_day THEN d.gross / d.orders END)",
        "largest_order_value": "MAX(d.largest)",
        "units": "SUM(d.units)",
        "unique_products": "COALESCE(MAX(p.products), 0)",
        "returns_share": "SUM(d.returned) / SUM(d.gross)",
    }
    return {name: definitions[name] for name in names.FEATURES}


def features_sql(cutoff: dt.date, horizon_days: int | None = None) -> str:
    """The ANSI SQL text of the customer features at `cutoff`.

    One row a customer with at least one purchase up to and including the cutoff; no row after it
    is read for a feature. With `horizon_days` the two outcomes of the days after it are added.
    """
    day = day_number(cutoff)
    features = ",\n  ".join(f"{text.format(cutoff=day)} AS {name}" for name, text in _feature_list().items())
    outcome = outcome_columns = outcome_join = ""
    if horizon_days is not None:
        outcome = f""",
outcome AS (
  SELECT customer_id, MAX({PURCHASE}) AS actual_flag, SUM(amount) AS actual_spend
  FROM lines
  WHERE day > {day} AND day <= {day + horizon_days}
  GROUP BY customer_id
)"""
        outcome_columns = (
            ",\n  COALESCE(MAX(w.actual_flag), 0) AS actual_flag"
            ",\n  COALESCE(MAX(w.actual_spend), 0) AS actual_spend"
        )
        outcome_join = "\nLEFT JOIN outcome w ON w.customer_id = d.customer_id"
    return f"""WITH orders AS (
  SELECT
    customer_id,
    COALESCE(order_id, CAST(day AS VARCHAR(20))) AS order_key,
    COALESCE(MIN(CASE WHEN {PURCHASE} = 1 THEN day END), MIN(day)) AS day,
    MAX(CASE WHEN {PURCHASE} = 1 THEN day END) AS last_day,
    MAX({PURCHASE}) AS is_order,
    CAST(SUM(amount) AS DECIMAL(18,4)) AS net,
    CAST(SUM(CASE WHEN {PURCHASE} = 1 THEN amount ELSE 0 END) AS DECIMAL(18,4)) AS gross,
    CAST(SUM(CASE WHEN amount < 0 THEN -1 * amount ELSE 0 END) AS DECIMAL(18,4)) AS returned,
    CAST(SUM(CASE WHEN {PURCHASE} = 1 THEN CAST(quantity AS DECIMAL(18,4)) ELSE 0 END) AS DECIMAL(18,4)) AS units
  FROM lines
  WHERE day <= {day}
  GROUP BY customer_id, COALESCE(order_id, CAST(day AS VARCHAR(20)))
),
days AS (
  SELECT
    customer_id,
    day,
    {day} - day AS age,
    MAX(last_day) AS last_day,
    CAST(SUM(is_order) AS INTEGER) AS orders,
    CAST(SUM(net) AS DECIMAL(18,4)) AS net,
    CAST(SUM(gross) AS DECIMAL(18,4)) AS gross,
    MAX(gross) AS largest,
    CAST(SUM(returned) AS DECIMAL(18,4)) AS returned,
    CAST(SUM(COALESCE(units, 0)) AS DECIMAL(18,4)) AS units
  FROM orders
  GROUP BY customer_id, day
),
bounds AS (
  SELECT customer_id, MIN(day) AS first_day, MAX(last_day) AS last_purchase, MAX(day) AS last_day
  FROM days
  WHERE orders > 0
  GROUP BY customer_id
),
pairs AS (
  SELECT DISTINCT customer_id, product_id
  FROM lines
  WHERE day <= {day} AND product_id IS NOT NULL AND {PURCHASE} = 1
),
products AS (
  SELECT customer_id, COUNT(*) AS products
  FROM pairs
  GROUP BY customer_id
){outcome}
SELECT
  d.customer_id AS customer_id,
  {features}{outcome_columns}
FROM days d
JOIN bounds b ON b.customer_id = d.customer_id
LEFT JOIN products p ON p.customer_id = d.customer_id{outcome_join}
GROUP BY d.customer_id"""


def customer_features(
    connection: duckdb.DuckDBPyConnection,
    buckets: Sequence[Iterable[Path]],
    cutoff: dt.date,
    horizon_days: int | None = None,
) -> pd.DataFrame:
    """Run the feature text over a data set's Parquet files, one customer bucket after the other.

    Returns one row a customer, sorted by `customer_id` (text, byte order), `names.FEATURES` as
    float64 (NaN only where a one-time buyer has no gap) and, with `horizon_days`, the targets.
    """
    columns = [*names.FEATURES, *(names.TARGETS if horizon_days is not None else ())]
    casts = ", ".join(f"CAST({column} AS DOUBLE) AS {column}" for column in columns)
    text = features_sql(cutoff, horizon_days)
    parts: list[pa.Table] = []
    for paths in buckets:
        lines = (
            f"SELECT customer_id, order_id, date_diff('day', DATE '1970-01-01', day) AS day, quantity,"
            f" amount, product_id FROM {scan(paths)}"
        )
        with_lines = text.replace("WITH orders", f"WITH lines AS ({lines}), orders", 1)
        statement = f"SELECT customer_id, {casts} FROM ({with_lines})"
        parts.append(connection.sql(statement).to_arrow_table())
    frame: pd.DataFrame = pa.concat_tables(parts).sort_by(names.CUSTOMER_ID).to_pandas()
    return frame.reset_index(drop=True)

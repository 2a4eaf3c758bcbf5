"""What a customer looks like at a cutoff: one plain ANSI SQL text, whatever engine runs it.

The text reads one relation, `lines` (customer_id, order_id, day as an integer count of days,
quantity, amount as DECIMAL(18,4), product_id), and goes from lines to orders, sets each order beside
the one before it, and sums orders to customers: CASE sums and standard window functions, no vendor
function. Sums are of exact decimals and whole numbers, so the order of rows and the number of threads
cannot change a digit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd
import pyarrow as pa

from data import names
from data.engine import scan

EPOCH: Final = dt.date(1970, 1, 1)
PURCHASE: Final = "amount > 0 AND (quantity IS NULL OR quantity > 0)"
# In years that begin in March the leap day is the last day, so four of them repeat every 1,461 days and
# November and December are the same quarter-days of each (civil calendar, 1900-03-01 to 2100-02-28).
_MARCH_1900: Final = dt.date(1900, 3, 1)
_PEAK: Final = f"MOD(4 * (day + {(EPOCH - _MARCH_1900).days}) + 3, 1461) BETWEEN 980 AND 1223"
# So many rows are described at a time: what is grouped and sorted stays small, whatever the size of the data.
SLICE_ROWS: Final = 3_000_000


def day_number(day: dt.date) -> int:
    """Days from 1970-01-01 to `day`, the integer the feature text counts in."""
    return (day - EPOCH).days


def _sums() -> dict[str, str]:
    """What is summed of a customer's rows of `steps`, by the name it has in the features.

    `age` is the age in days of an order at the cutoff; `bought_age` the same, missing where nothing
    was bought; `gap` the days since the order before, missing for the first.
    """
    sums = {
        "last_purchase": "MAX(last_purchase)",
        "orders": "COUNT(bought_age)",
        "first_age": "MAX(bought_age)",
        "last_age": "MIN(bought_age)",
        "gaps": "COUNT(CASE WHEN gap > 0 THEN 1 END)",
        "squared_gaps": "SUM(gap * gap)",
        "last_gap": "MAX(CASE WHEN day = last_day AND gap > 0 THEN gap END)",
        "in_peak": f"COUNT(CASE WHEN {_PEAK} THEN bought_age END)",
        "net": "SUM(net)",
        "gross": "SUM(gross)",
        "returned": "SUM(returned)",
        "units": "COALESCE(SUM(units), 0)",
        "largest": "MAX(gross)",
        "first_gross": "SUM(CASE WHEN day = first_day THEN gross END)",
        "first_orders": "COUNT(CASE WHEN day = first_day THEN bought_age END)",
        "last_gross": "SUM(CASE WHEN day = last_day THEN gross END)",
        "last_orders": "COUNT(CASE WHEN day = last_day THEN bought_age END)",
    }
    for days in names.WINDOWS_DAYS:
        sums[f"orders_{days}"] = f"COUNT(CASE WHEN bought_age < {days} THEN 1 END)"
        sums[f"spend_{days}"] = f"SUM(CASE WHEN age < {days} THEN net ELSE 0 END)"
    for days in names.DECAY_DAYS:
        # Whole billionths: their sum has one value, a sum of fractions has one for each order of rows.
        sums[f"decayed_orders_{days}"] = f"SUM(FLOOR(EXP(-1.0E0 * bought_age / {days}) * 1.0E9 + 0.5E0))"
    return sums


def _feature_list() -> dict[str, str]:
    """Each feature's definition over `history h`, in the order of `names.FEATURES`."""
    span = "(first_age - last_age)"
    mean_gap = f"1.0 * {span} / NULLIF(gaps, 0)"
    definitions = {
        "recency_days": "{cutoff} - last_purchase",
        "frequency": "orders",
        "active_days": "gaps + 1",
        "monetary": "net",
        "mean_order_value": "net / orders",
        "tenure_days": "first_age",
        "mean_gap_days": mean_gap,
        "gap_sd_days": f"SQRT(1.0E0 * (gaps * squared_gaps - {span} * {span}) / NULLIF(gaps * (gaps - 1), 0))",
        "last_gap_days": "last_gap",
        "overdue_ratio": f"({{cutoff}} - last_purchase) / NULLIF({mean_gap}, 0)",
        "trend": "2 * orders_90 - orders_180",
        "first_order_value": "first_gross / first_orders",
        "last_order_value": "last_gross / last_orders",
        "largest_order_value": "largest",
        "units": "units",
        "unique_products": "COALESCE(products, 0)",
        "returns_share": "-1 * returned / gross",
        "peak_season": "CASE WHEN 2 * in_peak >= orders THEN 1 ELSE 0 END",
    }
    for days in names.WINDOWS_DAYS:
        definitions |= {f"orders_{days}": f"orders_{days}", f"spend_{days}": f"spend_{days}"}
    for days in names.DECAY_DAYS:
        definitions[f"decayed_orders_{days}"] = f"decayed_orders_{days} / 1.0E9"
    return {name: definitions[name] for name in names.FEATURES}


def features_sql(cutoff: dt.date, horizon_days: int | None = None) -> str:
    """The ANSI SQL text of the customer features at `cutoff`.

    One row a customer with at least one purchase up to and including the cutoff; no row after it
    is read for a feature. With `horizon_days` the two outcomes of the days after it are added.
    """
    day = day_number(cutoff)
    features = ",\n  ".join(f"{text.format(cutoff=day)} AS {name}" for name, text in _feature_list().items())
    sums = ",\n    ".join(f"{text} AS {name}" for name, text in _sums().items())
    outcome = outcome_columns = outcome_join = ""
    if horizon_days is not None:
        outcome = f""",
outcome AS (
  SELECT customer_id, MAX(CASE WHEN {PURCHASE} THEN 1 ELSE 0 END) AS actual_flag, SUM(amount) AS actual_spend
  FROM lines
  WHERE day > {day} AND day <= {day + horizon_days}
  GROUP BY customer_id
)"""
        outcome_columns = (
            ",\n  COALESCE(actual_flag, 0) AS actual_flag,\n  COALESCE(actual_spend, 0) AS actual_spend"
        )
        outcome_join = "\nLEFT JOIN outcome w ON w.customer_id = h.customer_id"
    over = "OVER (PARTITION BY customer_id, last_purchase IS NULL ORDER BY day"
    return f"""WITH orders AS (
  SELECT
    customer_id,
    COALESCE(MIN(CASE WHEN {PURCHASE} THEN day END), MIN(day)) AS day,
    MAX(CASE WHEN {PURCHASE} THEN day END) AS last_purchase,
    CAST(SUM(amount) AS DECIMAL(18,4)) AS net,
    CAST(SUM(CASE WHEN {PURCHASE} THEN amount END) AS DECIMAL(18,4)) AS gross,
    CAST(SUM(CASE WHEN amount < 0 THEN amount ELSE 0 END) AS DECIMAL(18,4)) AS returned,
    CAST(SUM(CASE WHEN {PURCHASE} THEN CAST(quantity AS DECIMAL(18,4)) ELSE 0 END) AS DECIMAL(18,4)) AS units
  FROM lines
  WHERE day <= {day}
  GROUP BY customer_id, COALESCE(order_id, CAST(day AS VARCHAR(20)))
),
steps AS (
  SELECT
    customer_id, day, last_purchase, net, gross, returned, units,
    {day} - day AS age,
    CASE WHEN last_purchase IS NOT NULL THEN {day} - day END AS bought_age,
    CASE WHEN last_purchase IS NOT NULL THEN day - LAG(day) {over}) END AS gap,
    FIRST_VALUE(day) {over}) AS first_day,
    LAST_VALUE(day) {over} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_day
  FROM orders
),
history AS (
  SELECT
    customer_id,
    {sums}
  FROM steps
  GROUP BY customer_id
),
pairs AS (
  SELECT DISTINCT customer_id, product_id
  FROM lines
  WHERE day <= {day} AND product_id IS NOT NULL AND {PURCHASE}
),
products AS (
  SELECT customer_id, COUNT(*) AS products
  FROM pairs
  GROUP BY customer_id
){outcome}
SELECT
  h.customer_id AS customer_id,
  {features}{outcome_columns}
FROM history h
LEFT JOIN products p ON p.customer_id = h.customer_id{outcome_join}
WHERE h.orders > 0"""


def customer_features(
    connection: duckdb.DuckDBPyConnection,
    buckets: Sequence[Iterable[Path]],
    cutoff: dt.date,
    horizon_days: int | None = None,
    customers: int | None = None,
) -> pd.DataFrame:
    """Run the feature text over a data set's Parquet files, one slice of the customers after the other.

    Returns one row a customer, sorted by `customer_id` (text, byte order), `names.FEATURES` as
    float64 (NaN only where a customer has too few gaps) and, with `horizon_days`, the targets.

    With `customers` only about that many of the data set's customers are looked at, those whose id
    has a low MD5: the same ones at every cutoff. Who has not bought by the cutoff has no row.
    """
    files = [list(paths) for paths in buckets]
    columns = [*names.FEATURES, *(names.TARGETS if horizon_days is not None else ())]
    text = features_sql(cutoff, horizon_days)
    chosen = _chosen(connection, files, customers)
    parts: list[pa.Table] = []
    for paths in filter(None, files):
        slices = _slices(connection, paths, chosen)
        parts += [_describe(connection, paths, text, columns, each) for each in slices]
        connection.execute("DROP TABLE numbered")
    table = pa.concat_tables(parts)
    if len(files) > 1:
        table = table.sort_by(names.CUSTOMER_ID)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _chosen(connection: duckdb.DuckDBPyConnection, files: list[list[Path]], customers: int | None) -> str:
    """The condition on `customer_id` that holds for about `customers` of all the customers of `files`."""
    if customers is None:
        return "true"
    lines = scan(path for paths in files for path in paths)
    found = connection.execute(f"SELECT COUNT(DISTINCT customer_id) FROM {lines}").fetchone()
    total = found[0] if found else 0
    # By the upper half of the MD5: the lower half has dealt the customers to buckets.
    return "true" if customers >= total else f"md5_number_upper(customer_id) < {2**64 * customers // total}"


def _slices(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], chosen: str
) -> list[tuple[int, str, str]]:
    """Number the chosen customers by id, in the table `numbered`; each slice and its first and last id.

    A number is grouped and sorted in half the time of a text. The files are sorted by customer, so
    that a slice reads only some of their row groups.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE numbered AS
WITH counted AS MATERIALIZED (SELECT customer_id, COUNT(*) AS lines FROM {scan(paths)} GROUP BY customer_id)
SELECT
  customer_id,
  CAST(ROW_NUMBER() OVER (ORDER BY customer_id) AS INTEGER) AS number,
  CAST((SUM(lines) OVER (ORDER BY customer_id) - 1) // {SLICE_ROWS} AS INTEGER) AS slice
FROM counted
WHERE {chosen}"""
    )
    found = connection.execute(
        "SELECT slice, MIN(customer_id), MAX(customer_id) FROM numbered GROUP BY slice ORDER BY slice"
    ).fetchall()
    # A slice of nobody has the columns all the same.
    return found or [(0, "", "")]


def _describe(
    connection: duckdb.DuckDBPyConnection,
    paths: list[Path],
    text: str,
    columns: list[str],
    part: tuple[int, str, str],
) -> pa.Table:
    """The feature text over one slice of the table `numbered`, sorted by customer id."""
    lines = (
        "SELECT n.number AS customer_id, l.order_id, l.quantity, l.amount, l.product_id,"
        " CAST(date_diff('day', DATE '1970-01-01', l.day) AS INTEGER) AS day"
        f" FROM {scan(paths)} l JOIN numbered n ON n.customer_id = l.customer_id"
        " WHERE n.slice = $slice AND l.customer_id BETWEEN $first AND $last"
    )
    with_lines = text.replace("WITH orders", f"WITH lines AS ({lines}), orders", 1)
    casts = ", ".join(f"CAST(f.{column} AS DOUBLE) AS {column}" for column in columns)
    statement = f"SELECT n.number, n.customer_id, {casts} FROM ({with_lines}) f JOIN numbered n ON n.number = f.customer_id"
    values = dict(zip(("slice", "first", "last"), part, strict=True))
    table: pa.Table = connection.sql(statement, params=values).to_arrow_table()
    return table.sort_by("number").drop_columns("number")

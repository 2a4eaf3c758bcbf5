"""The figures of the overview, each with its definition in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data import names
from data.engine import scan

# Customers who may be called at risk: seen within the last year and likelier than not to stay away.
AT_RISK_SEEN = "orders_365"
AT_RISK_SPEND = "spend_365"
AT_RISK_CHURN = 0.5


@dataclass(frozen=True)
class Kpi:
    """One card: `value` in `unit` (count, money or share), `change` relative to the previous period.

    For a share, `change` is the difference in shares; None where there is nothing to compare with.
    """

    key: str
    label: str
    value: float | None
    unit: str
    change: float | None
    definition: str
    link: str


def overview(
    past: pd.DataFrame, score: pd.DataFrame, retention: tuple[float | None, float | None], horizon_days: int
) -> dict[str, Any]:
    """The overview's cards from the customers of both windows, as JSON values.

    `past` and `score` hold the features and `pred_prob` at the two cutoffs, one horizon apart;
    `retention` is the pair (latest, previous) of `retention_rate`.
    """
    now, before = _at_risk(score), _at_risk(past)
    window = f"the next {horizon_days} days"
    cards = (
        Kpi(
            "customers",
            "Customers",
            float(len(score)),
            "count",
            _relative(len(score), len(past)),
            "Customers with at least one purchase up to the last date. "
            f"Change: against {horizon_days} days earlier.",
            "/propensity?window=next",
        ),
        Kpi(
            "at_risk",
            "At risk",
            float(len(now)),
            "count",
            _relative(len(now), len(before)),
            "Customers who bought in the last 365 days and are more likely than not to buy nothing in "
            f"{window} (churn risk of 50 % or more). Change: the same forecast {horizon_days} days earlier.",
            "/propensity?window=next&at_risk=1",
        ),
        Kpi(
            "revenue_at_risk",
            "Revenue at risk",
            _sum(now),
            "money",
            _relative(_sum(now), _sum(before)),
            "What the customers at risk spent in the last 365 days, returns taken off. "
            f"Change: against {horizon_days} days earlier.",
            "/propensity?window=next&at_risk=1",
        ),
        Kpi(
            "retention_rate",
            "Retention rate",
            retention[0],
            "share",
            None if None in retention else float(retention[0] or 0) - float(retention[1] or 0),
            f"Of the customers who bought in the {horizon_days} days before, the share who bought again in "
            f"the last {horizon_days} days. Change: in percentage points, against the period before.",
            "/propensity",
        ),
    )
    return {"horizon_days": horizon_days, "kpis": [asdict(card) for card in cards]}


def retention_rate(
    connection: duckdb.DuckDBPyConnection,
    buckets: Iterable[Iterable[Path]],
    end: dt.date,
    days: int,
) -> float | None:
    """Share of the buyers of (end - 2 days, end - days] who bought again in (end - days, end].

    None where nobody bought in the earlier period.
    """
    paths = [path for bucket in buckets for path in bucket]
    row = connection.execute(
        "WITH buyers AS (SELECT customer_id, bool_or(day <= $middle) AS earlier, bool_or(day > $middle) AS later"
        f" FROM {scan(paths)} WHERE day > $start AND day <= $end AND amount > 0"
        " AND (quantity IS NULL OR quantity > 0) GROUP BY customer_id)"
        " SELECT count(*) FILTER (WHERE earlier), count(*) FILTER (WHERE earlier AND later) FROM buyers",
        {
            "start": end - dt.timedelta(days=2 * days),
            "middle": end - dt.timedelta(days=days),
            "end": end,
        },
    ).fetchone()
    return float(row[1] / row[0]) if row and row[0] else None


def _at_risk(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame[AT_RISK_SEEN] > 0) & (1 - frame[names.PRED_PROB] >= AT_RISK_CHURN)]


def _sum(frame: pd.DataFrame) -> float:
    return round(float(frame[AT_RISK_SPEND].sum()), 2)


def _relative(now: float, before: float) -> float | None:
    return now / before - 1 if before else None

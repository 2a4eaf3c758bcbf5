"""The data set in numbers, and its sales day by day."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from data import names
from data.statistics.answers import Period, StatisticsFacts
from data.statistics.columns import CUSTOMERS, LINES
from data.statistics.source import BOUGHT, Source


def facts(source: Source) -> StatisticsFacts:
    """Rows, customers, orders, span, net amount and the share of empty cells."""
    filled = sum(source.filled(column) for column in source.columns)
    cells = sum(source.rows(column.relation) for column in source.columns)
    rows = source.rows(source.main)
    common: dict[str, Any] = {
        "kind": source.kind,
        "rows": rows,
        "columns": len(source.columns),
        "missing_share": 1 - filled / cells if cells else 0.0,
    }
    if source.kind != names.TRANSACTIONS:
        return StatisticsFacts(**common, customers=rows, net=_spent(source))
    days = daily(source)
    return StatisticsFacts(
        **common,
        customers=source.customers(),
        orders=sum(day.orders for day in days),
        first=days[0].start if days else None,
        last=days[-1].start if days else None,
        net=round(math.fsum(day.amount for day in days), 4) if source.has(names.AMOUNT) else None,
    )


def daily(source: Source) -> tuple[Period, ...]:
    """Net amount and orders of each day that has any; an order counts on the day of its first purchase."""

    def work() -> tuple[Period, ...]:
        amounts: dict[dt.date, Any] = dict(
            source.query(f"SELECT {names.DAY}, sum({names.AMOUNT}) FROM {LINES} GROUP BY {names.DAY}")
        )
        orders: dict[dt.date, int] = dict(
            source.query(
                f"SELECT day, count(*) FROM (SELECT min({names.DAY}) AS day FROM {LINES} WHERE {BOUGHT}"
                f" GROUP BY {source.order}) GROUP BY day"
            )
        )
        return tuple(
            Period(day, day, float(amount or 0), int(orders.get(day, 0)), False)
            for day, amount in sorted(amounts.items())
        )

    return source.once("daily", work)


def _spent(source: Source) -> float | None:
    monetary = source.by_role("monetary")
    if monetary is None:
        return None
    net = source.query(f"SELECT sum({source.sql(monetary)}) FROM {CUSTOMERS}")[0][0]
    return None if net is None else round(net, 4)

"""Customers by the month, or quarter, of their first purchase: who came back, and what they spent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from data.overview.amounts import money
from data.overview.gathering import Cohort, Gathered
from data.overview.periods import unit_day, unit_end, unit_index, unit_name


def cohorts(gathered: Gathered) -> dict[str, Any]:
    """The table of cohorts as JSON values, oldest first; only months in which somebody came.

    `ends` are the last days of the months (quarters) from the first of the data to the last. Of each cohort,
    `kept[k]` customers bought in the k-th month after their first, and `spent[k]` is their net in it; what they
    sent back before their first purchase is in `spent[0]`. `partial` marks the first month of the data: who
    came first then may have been a customer before.
    """
    unit = gathered.unit
    oldest, newest = unit_index(gathered.first, unit), unit_index(gathered.last, unit)
    rows = []
    for index, found in gathered.cohorts.items():
        ages, name = range(newest - index + 1), unit_name(unit_day(index, unit), unit)
        spent = [found.spent.get(age, Decimal(0)) for age in ages]
        rows.append(
            {
                "month": name,
                "customers": found.customers,
                "revenue": money(sum(spent, Decimal(0))),
                "kept": [found.active.get(age, 0) for age in ages],
                "spent": [money(amount) for amount in spent],
                "partial": index == oldest,
                "group": f"cohort:{name}",
            }
        )
    ends = [unit_end(unit_day(index, unit), unit) for index in range(oldest, newest + 1)]
    return {
        "unit": unit,
        "ends": [min(day, gathered.last).isoformat() for day in ends],
        "rows": rows,
        "last_partial": ends[-1] > gathered.last,
    }


def finished(gathered: Gathered) -> list[tuple[str, Cohort]]:
    """Cohorts wholly inside the data whose horizon is over, each with its name: "2025-01", "2025-Q1".

    Oldest first, without the first of the data: who came then may have been a customer before.
    """
    unit, horizon = gathered.unit, dt.timedelta(days=gathered.horizon_days)
    oldest = unit_index(gathered.first, unit)
    found = []
    for index, cohort in gathered.cohorts.items():
        opens = unit_day(index, unit)
        if index > oldest and unit_end(opens, unit) + horizon <= gathered.last:
            found.append((unit_name(opens, unit), cohort))
    return found

"""The cards of the overview: each figure with its definition, its change and the same figure before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final

from data.overview.amounts import money, relative, share
from data.overview.gathering import Gathered
from data.overview.groups import before_words, in_last_words, last_words
from data.overview.periods import Period, bins, unit_of

SPARKS: Final = 12
_LIST: Final = "/propensity?window=next"
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Forecast:
    """Customers at risk (data.names.AT_RISK_SEEN) as a forecast made on `day` counts them.

    `spend` is what they spent in the 365 days up to it, account currency.
    """

    day: dt.date
    customers: float
    spend: float


@dataclass(frozen=True)
class Kpi:
    """One card: `value` in `unit` (count, money or share), `change` against `since`.

    The change is relative, for a share the difference in shares; None where there is nothing to compare with.
    `spark` has (date, value), oldest first.
    """

    key: str
    label: str
    value: float | None
    unit: str
    definition: str
    formula: str
    link: str
    good: str
    change: float | None = None
    since: str | None = None
    spark: list[list[Any]] = field(default_factory=list)


def cards(gathered: Gathered, period: Period, forecasts: Sequence[Forecast]) -> list[dict[str, Any]]:
    """The six cards of a period as JSON values; `forecasts` oldest first, the last one made on the last date."""
    return [
        asdict(card)
        for card in (
            _customers(gathered, period),
            *_at_risk(gathered, period, forecasts),
            _retention(gathered, period),
            _revenue(gathered, period),
            _order_value(gathered, period),
        )
    ]


def retained(gathered: Gathered, start: dt.date, days: int) -> tuple[int, int] | None:
    """(buyers of the `days` before `start` who bought again in the `days` from it, all of those buyers).

    None where the days before are not wholly inside the data.
    """
    before = start - dt.timedelta(days=days)
    if before < gathered.first:
        return None
    end = start + dt.timedelta(days=days - 1)
    return gathered.again(before, start, end), gathered.active(before, start - _DAY)


def _rate(found: tuple[int, int] | None) -> float | None:
    return share(found[0] / found[1]) if found and found[1] else None


def _customers(gathered: Gathered, period: Period) -> Kpi:
    now = gathered.customers(period.end)
    if period.days is None:
        points = [step.end for step in bins(period.start, period.end, unit_of(period))]
    else:
        ends = [period.end - dt.timedelta(days=period.days * place) for place in range(SPARKS)]
        points = [day for day in reversed(ends) if day >= gathered.first]
    return Kpi(
        "customers",
        "Customers",
        float(now),
        "count",
        "Customers with at least one purchase up to the last date."
        + (f" Change: against {period.days} days earlier." if period.before else ""),
        "Number of customers whose first purchase is on or before the last date",
        _LIST,
        "up",
        **_change(period, lambda _, end: relative(now, gathered.customers(end))),
        spark=_spark([(day, float(gathered.customers(day))) for day in points]),
    )


def _at_risk(gathered: Gathered, period: Period, forecasts: Sequence[Forecast]) -> tuple[Kpi, Kpi]:
    *earlier, now = forecasts
    then = None
    if period.before and earlier:
        begins = period.start - _DAY
        # Of two as near, the later one.
        then = min(reversed(earlier), key=lambda each: abs((each.day - begins).days))
    since = then.day.isoformat() if then else None
    window = f"the next {gathered.horizon_days} days"
    compared = " Change: against the forecast made nearest to the start of the period." if then else ""
    link = f"{_LIST}&at_risk=1"
    return Kpi(
        "at_risk",
        "At risk",
        round(now.customers),
        "count",
        "Customers who bought in the last 365 days and are more likely than not to buy nothing in "
        f"{window} (churn risk of 50 % or more).{compared}",
        "Number of customers with an order in 365 days and 1 − predicted probability of a purchase ≥ 50 %",
        link,
        "down",
        change=relative(now.customers, then.customers) if then else None,
        since=since,
        spark=_spark([(each.day, float(round(each.customers))) for each in forecasts]),
    ), Kpi(
        "revenue_at_risk",
        "Revenue at risk",
        round(now.spend, 4),
        "money",
        f"What the customers at risk spent in the last 365 days, returns taken off.{compared}",
        "Sum of the net spend of 365 days of the customers at risk",
        link,
        "down",
        change=relative(now.spend, then.spend) if then else None,
        since=since,
        spark=_spark([(each.day, round(each.spend, 4)) for each in forecasts]),
    )


def _retention(gathered: Gathered, period: Period) -> Kpi:
    key, label, unit = "retention_rate", "Retention rate", "share"
    if period.days is None:
        everybody = gathered.customers(period.end)
        return Kpi(
            key,
            label,
            _rate((sum(each.repeaters for each in gathered.cohorts.values()), everybody)),
            unit,
            "Over all time: the share of all customers who placed two orders or more.",
            "Customers with two orders or more ÷ customers",
            _LIST,
            "up",
        )
    days, rates = period.days, []
    for place in range(SPARKS):
        start = period.start - dt.timedelta(days=days * place)
        rates.append((start + dt.timedelta(days=days - 1), _rate(retained(gathered, start, days))))
    value, before = rates[0][1], rates[1][1]
    known = None not in (value, before)
    missing = "" if period.before_complete else " Unknown here: the data does not reach back far enough."
    return Kpi(
        key,
        label,
        value,
        unit,
        f"Of the customers who bought in {before_words(period.key)}, the share who bought again in "
        f"{last_words(period.key)}."
        + (" Change: in percentage points, against the period before." if known else missing),
        "Buyers of the period before who bought again in this one ÷ buyers of the period before",
        f"{_LIST}&group=not_again:{period.key}" if period.before_complete else _LIST,
        "up",
        change=share((value or 0.0) - (before or 0.0)) if known else None,
        since=_since(period) if known else None,
        spark=_spark([(day, rate) for day, rate in reversed(rates) if rate is not None]),
    )


def _revenue(gathered: Gathered, period: Period) -> Kpi:
    now = gathered.revenue(period.start, period.end)
    spans = _spans(gathered, period)
    return Kpi(
        "revenue",
        "Revenue",
        money(now),
        "money",
        f"What all customers paid {in_last_words(period.key)}, returns taken off." + _against(period),
        "Sum of the amounts of all lines, returns with their minus sign",
        f"{_LIST}&group=bought:{period.key}",
        "up",
        **_change(period, lambda start, end: relative(now, gathered.revenue(start, end))),
        spark=_spark([(end, money(gathered.revenue(start, end))) for start, end in spans]),
    )


def _order_value(gathered: Gathered, period: Period) -> Kpi:
    def value(start: dt.date, end: dt.date) -> Decimal | None:
        orders = gathered.orders(start, end)
        return gathered.revenue(start, end) / orders if orders else None

    now = value(period.start, period.end)
    spans = [(end, value(start, end)) for start, end in _spans(gathered, period)]

    def changed(start: dt.date, end: dt.date) -> float | None:
        before = value(start, end)
        return None if now is None or before is None else relative(now, before)

    return Kpi(
        "average_order_value",
        "Average order value",
        None if now is None else money(now),
        "money",
        f"Revenue of {last_words(period.key)} divided by its orders." + _against(period),
        "Revenue ÷ orders",
        f"{_LIST}&group=bought:{period.key}",
        "up",
        **_change(period, changed),
        spark=_spark([(end, money(amount)) for end, amount in spans if amount is not None]),
    )


def _spans(gathered: Gathered, period: Period) -> list[tuple[dt.date, dt.date]]:
    """First and last days of the consecutive periods that a spark shows, oldest first."""
    if period.days is None:
        return [(step.start, step.end) for step in bins(period.start, period.end, unit_of(period))]
    length = dt.timedelta(days=period.days)
    found = [(period.start - length * place, period.end - length * place) for place in range(SPARKS)]
    return [span for span in reversed(found) if span[0] >= gathered.first]


def _change(period: Period, ask: Callable[[dt.date, dt.date], float | None]) -> dict[str, Any]:
    """`change` and `since` of a card; `ask` tells the change against the days of the period before."""
    change = ask(*period.before) if period.before else None
    return {"change": change, "since": None if change is None else _since(period)}


def _since(period: Period) -> str:
    return (period.start - _DAY).isoformat()


def _against(period: Period) -> str:
    return f" Change: against {before_words(period.key)}." if period.before else ""


def _spark(points: list[tuple[dt.date, float]]) -> list[list[Any]]:
    # One point is no line.
    return [[day.isoformat(), value] for day, value in points] if len(points) > 1 else []

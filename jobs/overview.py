"""The overview of an analysis: what its data set says of each period, and what stands out in it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import names
from data.overview import gathering
from data.overview.boards import VERSION
from data.overview.bridge import bridge
from data.overview.cards import Forecast, cards, retained
from data.overview.cohorts import cohorts, finished
from data.overview.concentration import Top, concentration, top_of
from data.overview.gathering import Gathered, gather
from data.overview.groups import CHANGES
from data.overview.periods import YEAR, Period
from data.overview.series import series
from data.queries import CustomerFilter, CustomerQueries
from data.serving import SERVING
from data.store import METRICS, Analysis, Dataset
from jobs.workplace import Workplace
from models import period as numbers
from models.insights import insights_of
from models.period import Best, Cohort, Kept, Measures, Part, Red


@dataclass(frozen=True)
class Prepared:
    """What was counted for an overview.

    `people` has the columns that lists of its groups are found by, one row a customer who ever bought, sorted
    by customer id: `customer_id`, `first_month` and for each period K `net_K`, `change_K`, `bought_K`,
    `bought_before_K` and `top_K`.
    """

    gathered: Gathered
    forecasts: tuple[Forecast, ...]
    tops: dict[str, Top]
    at_risk: NDArray[np.bool_]
    currency: str | None

    @property
    def people(self) -> pd.DataFrame:
        """The customers with what they did in each period."""
        frame = self.gathered.people
        stored = frame[[name for name in frame if not str(name).startswith("before_")]]
        return stored.assign(**{f"top_{key}": top.flags for key, top in self.tops.items()})


def prepare(
    place: Workplace,
    dataset: Dataset,
    horizon_days: int,
    past: tuple[dt.date, pd.DataFrame],
    score: pd.DataFrame,
    origins: Sequence[dict[str, Any]],
) -> Prepared:
    """Count what the overview of an analysis of `dataset` says.

    `past` is the cutoff and the customers of the past window, `score` those of the next window, both with
    features and predictions; `origins` the backtest's cutoffs (`models.backtest`).
    """
    first = dt.date.fromisoformat(dataset.manifest["first_date"])
    with closing(place.connect()) as connection:
        gathered = gather(connection, dataset.buckets, first, dataset.last_date, horizon_days)
    ids = gathered.people[names.CUSTOMER_ID]
    known = score.set_index(names.CUSTOMER_ID)[[names.AT_RISK_SEEN, names.PRED_PROB]].reindex(ids)
    return Prepared(
        gathered,
        _forecasts(gathered, past, score, origins),
        {
            each.key: top_of(gathered.people, f"net_{each.key}", f"bought_{each.key}")
            for each in gathered.periods
        },
        _at_risk(known),
        dataset.ledger.get("understood", {}).get("currency"),
    )


def red_of(folder: Path, facts: dict[str, Any]) -> Red:
    """Who is red in the past window, and by chance, as the pages ask the files of an analysis in `folder`."""
    written: dict[str, Any] = {"files": {SERVING: {}, METRICS: {}}, **facts}
    queries = CustomerQueries(Analysis("analysis", "The analysis", "", folder, written))
    try:
        summary = queries.summary(CustomerFilter())
    finally:
        queries.close()
    return Red(
        summary.by_performance[names.UNDER],
        summary.red_by_chance or 0.0,
        summary.red_error or 0.0,
        summary.shortfall_red or 0.0,
    )


def compose(prepared: Prepared, red: Red | None) -> dict[str, Any]:
    """The overview as JSON values; `red` is what the past window says, where it says anything."""
    gathered = prepared.gathered
    return {
        "version": VERSION,
        "horizon_days": gathered.horizon_days,
        "currency": prepared.currency,
        "first_date": gathered.first.isoformat(),
        "last_date": gathered.last.isoformat(),
        "default": str(gathered.horizon_days),
        "periods": {
            each.key: _board(prepared, each) | {"insights": insights_of(_measures(prepared, each, red))}
            for each in gathered.periods
        },
        "cohorts": cohorts(gathered),
    }


def _board(prepared: Prepared, period: Period) -> dict[str, Any]:
    gathered = prepared.gathered
    bridged, no_bridge = bridge(gathered, period)
    shared, no_share = concentration(prepared.tops[period.key], period)
    return {
        "key": period.key,
        "label": period.label,
        "days": period.days,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "before_start": period.before_start and period.before_start.isoformat(),
        "before_end": period.before_end and period.before_end.isoformat(),
        "before_complete": period.before_complete,
        "kpis": cards(gathered, period, prepared.forecasts),
        "series": series(gathered, period),
        "concentration": shared,
        "concentration_why": no_share,
        "bridge": bridged,
        "bridge_why": no_bridge,
    }


def _at_risk(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Who of these customers is at risk, shape (n,)."""
    churn = 1 - frame[names.PRED_PROB].to_numpy()
    found: NDArray[np.bool_] = (frame[names.AT_RISK_SEEN].to_numpy() > 0) & (churn >= names.AT_RISK_CHURN)
    return found


def _forecasts(
    gathered: Gathered,
    past: tuple[dt.date, pd.DataFrame],
    score: pd.DataFrame,
    origins: Sequence[dict[str, Any]],
) -> tuple[Forecast, ...]:
    """Every forecast of the analysis, oldest first; those of a sample of customers are scaled to all of them."""
    found = {}
    for origin in origins:
        day, risk = dt.date.fromisoformat(origin["cutoff"]), origin["at_risk"]
        scale = gathered.customers(day) / max(origin["customers"], 1)
        found[day] = Forecast(day, risk["customers"] * scale, risk["spend"] * scale)
    # Last, since all customers are better than a sample of them.
    for day, frame in (past, (gathered.last, score)):
        risk = frame[_at_risk(frame)]
        found[day] = Forecast(day, float(len(risk)), float(risk[names.AT_RISK_SPEND].sum()))
    return tuple(found[day] for day in sorted(found))


def _measures(prepared: Prepared, period: Period, red: Red | None) -> Measures:
    """The period in the numbers that findings are made of; see `models.period`."""
    gathered, key = prepared.gathered, period.key
    people, top = gathered.people, prepared.tops[key]
    spent = people[f"net_{key}"].to_numpy(dtype=np.float64)

    def best(rows: NDArray[np.bool_]) -> Best:
        chosen = top.flags & rows
        return Best(int(chosen.sum()), top.customers, round(math.fsum(spent[chosen]), 4))

    revenue = float(gathered.revenue(period.start, period.end))
    compared: dict[str, Any] = {}
    if period.before and period.days:
        start, end = period.before
        parts = gathered.parts[key]
        # In the order of `data.overview.tables.COMPARED`.
        before, moments = float(gathered.revenue(start, end)), gathered.moments[key]
        orders = gathered.orders(period.start, period.end), gathered.orders(start, end)
        compared = {
            "revenue_change": numbers.difference(revenue, before, moments[:2, :2]),
            "order_value": numbers.ratio_difference(
                (revenue, orders[0]), (before, orders[1]), moments[:4, :4]
            ),
            "parts": tuple(_part(name, parts[name]) for name in CHANGES[1:]),
            "kept": _kept(retained(gathered, period.start, period.days)),
            "kept_before": _kept(retained(gathered, start, period.days)),
            "top_before": _top(top_of(people, f"before_{key}", f"bought_before_{key}")),
            "new_customers": gathered.new(period.start, period.end),
            "new_customers_before": gathered.new(start, end),
            "history_days": (start - gathered.first).days,
        }
        if period.year:
            year = float(gathered.revenue(*period.year))
            compared["year"] = numbers.difference(revenue, year, moments[::4, ::4])
            compared["year_buyers"] = gathered.active(*period.year)
    if period.days is None:
        repeaters = sum(cohort.repeaters for cohort in gathered.cohorts.values())
        compared["once"] = len(people) - repeaters
        if YEAR in gathered.parts:
            compared["best_gone"] = best(~people[f"bought_{YEAR}"].to_numpy())
    if key == str(gathered.horizon_days):
        compared["cohorts"] = tuple(
            Cohort(name, found.customers, found.again, found.customers - found.repeaters)
            for name, found in finished(gathered)
        )
        compared["red"] = red
    return Measures(
        key,
        period.days,
        gathered.horizon_days,
        revenue,
        top=_top(top),
        best_at_risk=best(prepared.at_risk),
        **compared,
    )


def _part(name: str, part: gathering.Part) -> Part:
    return Part(name, float(part.now - part.before), part.customers)


def _kept(found: tuple[int, int] | None) -> Kept | None:
    return Kept(*found) if found else None


def _top(top: Top) -> numbers.Top | None:
    if not len(top.spent) or top.revenue <= 0:
        return None
    share = top.top_revenue / top.revenue
    return numbers.Top(top.customers, len(top.spent), share, numbers.share_error(top.spent, top.customers))

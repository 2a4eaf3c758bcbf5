"""The overview: four numbers to know, how the past window went, and where to start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.waiting import NO_DATA, instead
from data.errors import LapwingError
from data.names import PERFORMANCES
from data.queries import CustomerFilter, Summary
from figures import words
from figures.theme import COLOUR_WORDS, LABELS
from pages._ui import ids
from pages._ui.cards import KpiCard, SplitPart, overview_body
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services

RISE_IS_GOOD = {"customers": True, "retention_rate": True, "at_risk": False, "revenue_at_risk": False}
LINK_TEXT = {
    "customers": "See all customers",
    "at_risk": "See who",
    "revenue_at_risk": "See who",
    "retention_rate": "See what happened",
}


def fill(
    services: Services, analysis_id: str | None, jobs: dict[str, Any] | None, shown: str | None
) -> tuple[Any, Any]:
    """What the page shows, and what to remember it by: the dashboard, the wait for it, or what to do next."""
    if analysis_id:
        if shown == analysis_id:
            raise PreventUpdate
        return dashboard(services, analysis_id), analysis_id
    return instead(analysis_id, jobs)


def dashboard(services: Services, analysis_id: str) -> Component:
    """The cards of an analysis, or why they cannot be shown."""
    try:
        facts = Facts.of(services, analysis_id)
        queries = services.queries(analysis_id)
        cards = [kpi_card(card, facts) for card in queries.analysis.read_json("overview.json")["kpis"]]
        summary = queries.summary(CustomerFilter())
    except LapwingError as error:
        return problem(str(error))
    return overview_body(
        cards,
        split_parts(summary, facts),
        f"{words.day(facts.last_date)} is the last day of {facts.name}.",
        f"The {facts.horizon_days} days from {facts.dates('past')}, against what was predicted.",
        starts(summary, facts),
        queries.analysis.metrics.get("warnings", ()),
    )


def kpi_card(card: dict[str, Any], facts: Facts) -> KpiCard:
    """One card in words."""
    value, change = card["value"], card["change"]
    shown = {
        "count": words.count(value),
        "money": words.money_short(value, facts.currency),
        "share": words.percent(value, 1),
    }[card["unit"]]
    steady = change is None or abs(change) < 0.0005
    return KpiCard(
        key=card["key"],
        label=card["label"],
        value=shown,
        definition=card["definition"],
        link=with_analysis(card["link"], facts.analysis_id),
        link_text=LINK_TEXT.get(card["key"], "See the list"),
        change="" if steady else change_words(change, card["unit"]),
        since=since_words(change, facts.horizon_days, steady=steady),
        good=None if steady else (change > 0) == RISE_IS_GOOD.get(card["key"], True),
        rising=None if steady else change > 0,
    )


def since_words(change: float | None, days: int, *, steady: bool) -> str:
    """What a change is measured against."""
    if change is None:
        return "Nothing to compare with yet"
    return f"The same as {days} days ago" if steady else f"against {days} days ago"


def change_words(change: float | None, unit: str) -> str:
    """A change as people say it: "+3.1 %", or for a share "+1.2 points"."""
    if change is None:
        return ""
    return f"{change * 100:+.1f} {'points' if unit == 'share' else '%'}"


def with_analysis(link: str, analysis_id: str) -> str:
    """An address that names its analysis."""
    return f"{link}{'&' if '?' in link else '?'}{urlencode({'analysis': analysis_id})}"


def split_parts(summary: Summary, facts: Facts) -> tuple[SplitPart, ...]:
    """The three colours of the past window, each with its list."""
    notes = {
        "under": f"{words.money_short(summary.shortfall_red, facts.currency)} less than predicted, together",
        "as_expected": "near their prediction, or not unusual for them",
        "over": "more than predicted of them",
    }
    return tuple(
        SplitPart(
            performance=name,
            label=f"{COLOUR_WORDS[name]}: {LABELS[name].lower()}",
            customers=summary.by_performance[name],
            count=words.count(summary.by_performance[name]),
            share=words.percent(summary.by_performance[name] / max(summary.customers, 1)),
            note=notes[name],
            link=with_analysis(f"/propensity?performances={name}", facts.analysis_id),
        )
        for name in PERFORMANCES
    )


def starts(summary: Summary, facts: Facts) -> tuple[tuple[str, str, str, str], ...]:
    """Where to start: (icon, sentence, link text, address) each."""
    red = summary.by_performance["under"]
    chance = f"Chance alone would make about {words.count(round(summary.red_by_chance or 0))} red."
    listed = "/propensity?performances=under" + ("" if summary.beyond_chance else "&level=0.1")
    return (
        (
            "telephone-outbound",
            f"{words.plural(red, 'customer')} spent {words.money_short(summary.shortfall_red, facts.currency)}"
            " less than predicted of them. "
            + ("Contact them first." if summary.beyond_chance else f"{chance} Start with the rarest."),
            "Open the win-back list",
            with_analysis(listed, facts.analysis_id),
        ),
        (
            "calendar-event",
            f"The next {facts.horizon_days} days run from {facts.dates('next')}. See who is likely to buy.",
            "Open the forecast",
            with_analysis("/propensity?window=next", facts.analysis_id),
        ),
        (
            "journal-check",
            "Every row of the import is accounted for, kept or set aside with its reason.",
            "Open the ledger",
            with_analysis("/data", facts.analysis_id),
        ),
    )


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the overview to `app`."""

    @app.callback(
        Output(ids.OVERVIEW_BODY, "children"),
        Output(ids.OVERVIEW_SHOWN, "data"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.OVERVIEW_SHOWN, "data"),
    )
    def _fill(analysis_id: Any, jobs: Any, shown: Any) -> tuple[Any, Any]:
        children, what = fill(services, analysis_id, jobs, shown)
        # The same words again would restart the page's entrance at each look at the jobs.
        return (no_update, no_update) if what == shown == NO_DATA else (children, what)

"""The overview: the numbers to know, what stands out, how the past window went, and where to start."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks import overview_charts
from callbacks.facts import Facts
from callbacks.overview_cards import kpi_card, with_analysis
from callbacks.overview_words import Sentence, sentence
from callbacks.waiting import NO_DATA, instead
from data.errors import LapwingError, StoreError
from data.names import PERFORMANCES
from data.overview.groups import period_words
from data.queries import CustomerFilter, Summary
from figures import words
from figures.theme import COLOUR_WORDS, LABELS
from pages._ui import ids
from pages._ui import overview as view
from pages._ui.cards import SplitPart
from pages._ui.controls import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callbacks.services import Services

NOT_HERE: Final = "This data has no such period as the address names. Shown instead: {}."
EARLIER: Final = (
    "This analysis was made by an earlier version of Lapwing, which knew these cards only. Start an analysis of the "
    "same data again, and periods, charts and what stands out are here too."
)
Outputs = dict[str, Any]


def fill(
    services: Services,
    analysis_id: str | None,
    jobs: dict[str, Any] | None,
    period: str | None,
    start: dict[str, Any] | None,
    shown: dict[str, Any] | None,
) -> Outputs:
    """What the page shows, and what to remember it by: the board, the wait for it, or what to do next.

    At first the period is that of the address; another analysis keeps the one that was chosen where it has it.
    """
    if not analysis_id:
        children, what = instead(analysis_id, jobs)
        # The same words again would restart the page's entrance at each look at the jobs.
        if (shown or {}).get("instead") == what == NO_DATA:
            raise PreventUpdate
        return _closed(children, {"instead": what})
    before = shown or {}
    wished = period if before.get("analysis") and period else (start or {}).get("period") or period or ""
    try:
        overview = services.overview(analysis_id)
        key = wished if wished in overview.periods else overview.default
        what = {
            "analysis": analysis_id,
            "period": key,
            "charts": bool(overview.periods),
            "file": file_words(services, analysis_id, key),
        }
        if {name: before.get(name) for name in what} == what:
            raise PreventUpdate
        board = board_of(services, analysis_id, wished)
    except LapwingError as error:
        return _closed(problem(str(error)), {"instead": str(error), "failed": analysis_id})
    return {
        "body": view.top(board),
        "insights": view.insights(board) if board.charts else None,
        "charts": not board.charts,
        "tail": view.tail(board),
        "options": view.choice_options(overview.keys),
        "period": key or None,
        "box": not board.charts,
        "shown": what,
    }


def file_words(services: Services, analysis_id: str, key: str) -> str:
    """What the pictures of a period are named after: "sample-shop-last-90-days"; plain letters only."""
    text = f"{Facts.of(services, analysis_id).name} {period_words(key) if key else ''}"
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:80].strip("-")


def _closed(children: Any, what: dict[str, Any]) -> Outputs:
    """The page with something else in its place."""
    return {
        "body": children,
        "insights": None,
        "charts": True,
        "tail": None,
        "options": no_update,
        "period": no_update,
        "box": True,
        "shown": what,
    }


def board_of(services: Services, analysis_id: str, period: str = "") -> view.Board:
    """The board of a period in words; NotFoundError or StoreError where it is gone or damaged."""
    facts, overview = Facts.of(services, analysis_id), services.overview(analysis_id)
    queries = services.queries(analysis_id)
    summary = queries.summary(CustomerFilter())
    common: dict[str, Any] = {
        "parts": split_parts(summary, facts),
        "split_text": f"What customers spent in the {facts.horizon_days} days from {facts.dates('past')}, against what "
        "was predicted of them.",
        "starts": starts(summary, facts),
        "cautions": queries.analysis.metrics.get("warnings", ()),
    }
    try:
        if not overview.periods:
            return view.Board(
                cards=[kpi_card(card, facts, str(facts.horizon_days)) for card in overview.cards],
                stand=f"{words.day(facts.last_date)} is the last day of {facts.name}.",
                note=view.again(EARLIER, with_analysis("/data", analysis_id)),
                charts=False,
                **common,
            )
        board = overview.board(period)
        known = told_of(board, facts)
        return view.Board(
            cards=[kpi_card(card, facts, board["key"]) for card in board["kpis"]],
            stand=stand(board, facts),
            insights=[(text.icon, text.text, text.link_text, text.href) for _, text in known],
            tones=[finding["tone"] for finding, _ in known],
            note=view.hint(NOT_HERE.format(board["label"])) if period not in ("", board["key"]) else None,
            **common,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The overview of {facts.name} is damaged ({error!r}): analyse again.") from error


def told_of(board: Mapping[str, Any], facts: Facts) -> list[tuple[Mapping[str, Any], Sentence]]:
    """The findings of a board with their words; one that this version has no words for is left out."""
    known = []
    for finding in board["insights"]:
        with suppress(KeyError):
            known.append((finding, sentence(finding, facts)))
    return known


def stand(board: Mapping[str, Any], facts: Facts) -> str:
    """Which days a board is of, and which it compares them with."""
    text = f"{board['label']}: {words.day(board['start'])} to {words.day(board['end'])}"
    if board["before_complete"]:
        text += f", against {words.day(board['before_start'])} to {words.day(board['before_end'])}"
    return f"{text}. {words.day(facts.last_date)} is the last day of {facts.name}."


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


PLACES: Final = {
    "body": (ids.OVERVIEW_BODY, "children"),
    "insights": (ids.OVERVIEW_INSIGHTS, "children"),
    "charts": (ids.OVERVIEW_CHARTS, "hidden"),
    "tail": (ids.OVERVIEW_TAIL, "children"),
    "options": (ids.OVERVIEW_PERIOD, "options"),
    "period": (ids.OVERVIEW_PERIOD, "value"),
    "box": (ids.OVERVIEW_PERIOD_BOX, "hidden"),
    "shown": (ids.OVERVIEW_SHOWN, "data"),
}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the overview to `app`."""

    @app.callback(
        output={name: Output(*place) for name, place in PLACES.items()},
        inputs={
            "analysis_id": Input(ids.SHELL_DATASET, "value"),
            "jobs": Input(ids.SHELL_JOBS_STATE, "data"),
            "period": Input(ids.OVERVIEW_PERIOD, "value"),
        },
        state={
            "start": State(ids.OVERVIEW_START, "data"),
            "shown": State(ids.OVERVIEW_SHOWN, "data"),
        },
    )
    def _fill(analysis_id: Any, jobs: Any, period: Any, start: Any, shown: Any) -> Outputs:
        return fill(services, analysis_id, jobs, period, start, shown)

    app.clientside_callback(
        ClientsideFunction("overview", "ask"),
        Output(ids.OVERVIEW_DRAW, "data"),
        Output(ids.OVERVIEW_DRAW_COHORTS, "data"),
        Input(ids.OVERVIEW_SHOWN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.OVERVIEW_SHOW, "value"),
        Input(ids.OVERVIEW_AS, "value"),
        State(ids.OVERVIEW_DRAW, "data"),
        State(ids.OVERVIEW_DRAW_COHORTS, "data"),
        State(ids.OVERVIEW_START, "data"),
        prevent_initial_call=True,
    )
    overview_charts.register(app, services)

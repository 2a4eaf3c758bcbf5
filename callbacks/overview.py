"""The overview: the numbers to know, what stands out, how the past window went, and where to start."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import overview_charts
from callbacks.facts import Facts
from callbacks.overview_words import Sentence, sentence
from callbacks.waiting import NO_DATA, instead
from data.errors import LapwingError, StoreError
from data.names import PERFORMANCES
from data.overview.groups import before_words
from data.queries import CustomerFilter, Summary
from figures import words
from figures.overview import spark_mask
from figures.theme import COLOUR_WORDS, LABELS
from pages._ui import ids
from pages._ui import overview as view
from pages._ui.cards import KpiCard, SplitPart
from pages._ui.controls import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callbacks.services import Services

LINK_TEXT: Final = {
    "customers": "See all",
    "at_risk": "See who",
    "revenue_at_risk": "See who",
    "revenue": "See who bought",
    "average_order_value": "See who bought",
}
# What is counted on a day; all others are sums over a period, or of two.
ON_A_DAY: Final = ("customers", "at_risk", "revenue_at_risk")
GOOD_UP: Final = {"customers": True, "retention_rate": True, "at_risk": False, "revenue_at_risk": False}
# Below this a change is none.
STEADY: Final = 0.0005
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
        what = {"analysis": analysis_id, "period": key, "charts": bool(overview.periods)}
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


def dashboard(services: Services, analysis_id: str, period: str = "") -> Component:
    """All that can be said of an analysis without its charts' data, or why it cannot; a tree without callbacks' ids.

    `period` is a key of the overview's periods; where there is no such one, the default is shown.
    """
    try:
        return view.page_body(board_of(services, analysis_id, period))
    except LapwingError as error:
        return problem(str(error))


def board_of(services: Services, analysis_id: str, period: str = "") -> view.Board:
    """The board of a period in words; NotFoundError or StoreError where it is gone or damaged."""
    facts, overview = Facts.of(services, analysis_id), services.overview(analysis_id)
    queries = services.queries(analysis_id)
    summary = queries.summary(CustomerFilter())
    common: dict[str, Any] = {
        "parts": split_parts(summary, facts),
        "split_text": f"The {facts.horizon_days} days from {facts.dates('past')}, against what was predicted.",
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


def kpi_card(card: Mapping[str, Any], facts: Facts, period: str) -> KpiCard:
    """One card in words."""
    value, change, unit = card["value"], card["change"], card["unit"]
    steady = change is None or abs(change) < STEADY
    rise_is_good = card["good"] == "up" if "good" in card else GOOD_UP.get(card["key"], True)
    return KpiCard(
        key=card["key"],
        label=card["label"],
        value=value_words(value, unit, facts.currency),
        definition=words.prose(card["definition"]),
        formula=words.prose(card.get("formula") or ""),
        link=with_analysis(card["link"], facts.analysis_id),
        link_text="Who stayed away"
        if "not_again" in card["link"]
        else LINK_TEXT.get(card["key"], "See the list"),
        change="" if steady else change_words(change, unit),
        since=since_words(card, period, steady=steady),
        good=None if steady else (change > 0) == rise_is_good,
        rising=None if steady else change > 0,
        **spark(card.get("spark") or (), unit, facts.currency),
    )


def value_words(value: float | None, unit: str, currency: str | None) -> str:
    """The value of a card as a headline."""
    if unit == "money":
        return words.money_short(value, currency)
    return words.percent(value, 1) if unit == "share" else words.count(value)


def spark(points: Any, unit: str, currency: str | None) -> dict[str, str]:
    """The line of a card, and what it shows in words; nothing below two points."""
    known = [(day, value) for day, value in points if value is not None]
    if len(known) < 2:
        return {}
    values = [value for _, value in known]
    low, high = (value_words(value, unit, currency) for value in (min(values), max(values)))
    told = f"Since {words.day(known[0][0])} between {low} and {high}."
    return {"spark": spark_mask(points), "spark_words": told}


def since_words(card: Mapping[str, Any], period: str, *, steady: bool) -> str:
    """What a change is measured against."""
    if card["change"] is None:
        return "" if period == "all" else "Nothing to compare with yet"
    if card["key"] in ON_A_DAY and card.get("since"):
        day = words.day(card["since"])
        return f"The same as on {day}" if steady else f"since {day}"
    before = before_words(period)
    return f"The same as in {before}" if steady else f"vs {before}"


def change_words(change: float | None, unit: str) -> str:
    """A change as people say it: "+3.1 %", or for a share "+1.2 points"."""
    if change is None:
        return ""
    if unit == "share":
        return f"{words.marks(f'{change * 100:+.1f}')} points"
    return f"{'+' if change > 0 else ''}{words.percent(change, 1)}"


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

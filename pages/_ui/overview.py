"""The parts of the overview: the choice of a period, the board of cards, and the frames of its charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.cards import KpiCard, Row, SplitPart, cautions, kpi, list_card, split_card
from pages._ui.controls import icon
from pages._ui.glossary import linked
from pages._ui.graph import graph
from pages._ui.overview_frames import CHARTS, Chart
from pages._ui.segment import BLANK_FIGURE
from pages._ui.welcome import first_steps

KPIS: Final = 6
SHOW: Final = (("customers", "Customers kept"), ("revenue", "Revenue"))
AS: Final = (("percent", "Percent"), ("absolute", "Absolute"))
NOTHING_STANDS_OUT: Final = (
    "Nothing stands out: whatever changed is no more than chance alone would make of it."
)
SAME_FOR_ALL: Final = "These two are the same whichever period is chosen above."
# A chart that is still to come; the overview's style shows a skeleton under it.
WAITING: Final = "ov-waiting"
READY: Final = "lw-graph"
# A chart that there is not; the sentence above it says why.
NOTHING: Final = "ov-nothing"


@dataclass(frozen=True)
class Board:
    """What the page says of one period, its charts aside.

    `stand` tells which days they are; `insights` and `starts` are (icon, sentence, link text, address) each, and
    `tones` (good, bad, neutral) of the insights. `note` is said above all else; without `charts` there are cards only.
    """

    cards: Sequence[KpiCard]
    stand: str
    insights: Sequence[Row] = ()
    tones: Sequence[str] = ()
    parts: tuple[SplitPart, ...] = ()
    split_text: str = ""
    starts: Sequence[Row] = ()
    cautions: Sequence[str] = ()
    note: Component | None = None
    charts: bool = True


def choice(
    component_id: str,
    label: str,
    options: Sequence[tuple[str, str]],
    value: str | None,
    *,
    named: bool = True,
) -> Component:
    """A row of buttons of which one is chosen, `label` its name; without `named` that is for screen readers only."""
    shown = [html.Span(label, className="ov-choice__label", **{"aria-hidden": "true"})] if named else []
    return html.Div(
        [
            *shown,
            html.Div(
                dbc.RadioItems(
                    id=component_id,
                    options=choice_options(options),
                    value=value,
                    class_name="ov-choice__row",
                ),
                role="radiogroup",
                **{"aria-label": label},
            ),
        ],
        className="ov-choice",
    )


def choice_options(options: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """(value, label) pairs as options; on a phone "Last 30 days" is shown, not named, without its first word."""
    return [{"value": value, "label": _short_of_room(label)} for value, label in options]


def _short_of_room(label: str) -> Any:
    first, _, rest = label.partition(" ")
    return [html.Span(f"{first} ", className="ov-last"), rest] if first == "Last" else label


def period_choice(options: Sequence[tuple[str, str]] = (), value: str | None = None) -> Component:
    """The choice of the period, in the head of the page."""
    return choice(ids.OVERVIEW_PERIOD, "Period", options, value, named=False)


def top(board: Board) -> Component:
    """The cards, which days they are of, and what to be careful with."""
    return html.Div(
        [
            board.note,
            html.Div([kpi(card) for card in board.cards], className="lw-kpis ov-kpis"),
            html.P([icon("calendar-range"), board.stand], className="ov-stand"),
            first_steps(),
            cautions(board.cautions),
        ],
        className="lw-rise",
    )


def insights(board: Board) -> Component:
    """What stands out, in sentences with the lists behind them."""
    if not board.insights:
        rows: Component = html.P(NOTHING_STANDS_OUT, className="ov-quiet")
    else:
        rows = html.Ul(
            [
                html.Li(
                    [
                        html.Span(icon(name), className=f"ov-mark ov-mark--{tone}"),
                        html.Div([html.Div(text), dcc.Link([link, icon("arrow-right-short")], href=href)]),
                    ]
                )
                for (name, text, link, href), tone in zip(board.insights, board.tones, strict=True)
            ],
            className="lw-list ov-list",
        )
    return html.Div([html.Div(html.H2("What stands out"), className="lw-card__head"), rows])


def tail(board: Board) -> Component:
    """How the past window went, and where to start: of the prediction, whatever the period."""
    return html.Section(
        [
            html.P([html.B("The prediction"), html.Span(SAME_FOR_ALL)], className="ov-apart"),
            html.Div(
                [
                    split_card("How the past window went", board.split_text, board.parts, "ov-past"),
                    list_card("Where to start", "", board.starts, "ov-starts"),
                ],
                className="ov-grid",
            ),
        ],
        className="ov-tail",
        **{"aria-label": "The prediction"},
    )


def charts(show: str = "customers", as_: str = "percent") -> Component:
    """The grid of insights and charts, which callbacks fill."""
    first = html.Section(
        id=ids.OVERVIEW_INSIGHTS, className="lw-card ov-insights", **{"aria-label": "What stands out"}
    )
    radios = html.Div(
        [
            choice(ids.OVERVIEW_SHOW, "Show", SHOW, show if show in dict(SHOW) else "customers"),
            choice(ids.OVERVIEW_AS, "As", AS, as_ if as_ in dict(AS) else "percent"),
        ],
        className="ov-controls",
    )
    return html.Div(
        [first, *(_card(chart, radios if chart.controls else None) for chart in CHARTS)],
        className="ov-grid",
    )


def _card(chart: Chart, controls: Component | None) -> Component:
    drawn = graph(
        chart.graph,
        chart.label,
        f"lapwing-{chart.file}",
        f"ov-chart ov-{chart.place}__chart",
        figure=BLANK_FIGURE,
        className=f"{READY} {WAITING}",
    )
    note = html.P(id=chart.note, className="ov-note")
    table: Component = html.Div(id=chart.table, className=f"ov-{chart.place}__table")
    if chart.table_title:
        table = html.Details([html.Summary(chart.table_title), table], className="ov-details")
    return html.Section(
        [
            html.Div(
                [html.Div([html.H2(linked(chart.title)), html.P(linked(chart.text))]), controls],
                className="lw-card__head ov-head",
            ),
            note,
            html.Div([drawn, table], className=f"ov-{chart.place}__body"),
        ],
        className=f"lw-card ov-card ov-{chart.place}",
        **{"aria-label": chart.title},
    )


def skeleton() -> Component:
    """The shape of the page to come; it appears only when the wait is long enough to notice."""
    shapes = [
        ("ov-kpis lw-kpis", ["ov-shape-kpi"] * KPIS),
        ("ov-grid", ["ov-shape-line", "ov-insights", "ov-time", "ov-bridge"]),
    ]
    return html.Div(
        [
            html.Div(
                [html.Div(className=f"lw-skeleton ov-shape {each}") for each in parts], className=class_name
            )
            for class_name, parts in shapes
        ],
        **{"aria-hidden": "true"},
    )


def hint(text: str) -> Component:
    """Something to know about what is shown, in a quiet box."""
    return html.Div([icon("info-circle"), html.Span(text)], className="ov-hint", role="status")


def again(text: str, href: str) -> Component:
    """What an analysis of an earlier version lacks, and where to make it anew."""
    link = dcc.Link(["Open the data page", icon("arrow-right-short")], href=href)
    return html.Div([icon("arrow-repeat"), html.Span([text, " ", link])], className="ov-hint")

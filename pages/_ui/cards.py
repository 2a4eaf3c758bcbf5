"""Cards and page headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from pages._ui.controls import icon, shape, tip


def page_head(title: str, text: str, *actions: Component) -> Component:
    """The heading of a page with one line under it, and its main action beside it."""
    aside = [html.Div(list(actions), className="lw-page__actions")] if actions else []
    return html.Div([html.Div([html.H1(title), html.P(text)]), *aside], className="lw-page__head")


def skeletons(number: int) -> Component:
    """Shapes of the cards to come; they appear only when the wait is long enough to notice."""
    return html.Div(
        [html.Div(className="lw-skeleton", style={"height": "10.5rem"}) for _ in range(number)],
        className="lw-kpis",
        **{"aria-hidden": "true"},
    )


@dataclass(frozen=True)
class KpiCard:
    """One number to know; `change` in words, `good` says how to read it (None: neither way)."""

    key: str
    label: str
    value: str
    definition: str
    link: str
    link_text: str
    change: str = ""
    since: str = ""
    good: bool | None = None
    rising: bool | None = None


def kpi(card: KpiCard) -> Component:
    """A frosted card: label, value, change and a link to the list behind it."""
    tone = "" if card.good is None else f" lw-kpi__change--{'good' if card.good else 'bad'}"
    arrow = (
        [] if card.rising is None else [icon("arrow-up-right" if card.rising else "arrow-down-right"), " "]
    )
    change = [html.B([*arrow, card.change]), " ", card.since] if card.change else card.since
    return html.Article(
        [
            html.Div(
                [
                    html.H2(card.label, id=f"overview-{card.key}"),
                    tip(card.definition, card.label, f"overview-{card.key}-definition"),
                ],
                className="lw-kpi__head",
            ),
            html.P(card.value, className="lw-kpi__value", **{"data-countup": card.key}),
            html.P(change, className=f"lw-kpi__change{tone}"),
            dcc.Link(
                [card.link_text, " ", icon("arrow-right-short")], href=card.link, className="lw-kpi__link"
            ),
        ],
        className="lw-glass lw-kpi",
        **{"aria-labelledby": f"overview-{card.key}"},
    )


@dataclass(frozen=True)
class SplitPart:
    """A colour's share of the customers, with where its list is."""

    performance: str
    label: str
    customers: int
    count: str
    share: str
    note: str
    link: str


def split_card(title: str, text: str, parts: tuple[SplitPart, ...]) -> Component:
    """How the customers of the past window fall into the three colours, each a link to its list."""
    return html.Section(
        [
            html.Div([html.H2(title), html.P(text)], className="lw-card__head"),
            html.Div(
                [
                    html.Span(className=f"is-{part.performance}", style={"flexGrow": str(part.customers)})
                    for part in parts
                    if part.customers
                ],
                className="lw-split",
                **{"aria-hidden": "true"},
            ),
            html.Ul(
                [
                    html.Li(
                        [
                            shape(part.performance),
                            html.Div(
                                [
                                    dcc.Link(html.B(part.label), href=part.link, className="lw-stretch"),
                                    html.Div(part.note, className="lw-help"),
                                ]
                            ),
                            html.Div(
                                [part.count, html.Div(part.share, className="lw-help")],
                                className="lw-list__end",
                            ),
                        ]
                    )
                    for part in parts
                ],
                className="lw-list",
            ),
        ],
        className="lw-card",
        **{"aria-label": title},
    )


def list_card(title: str, text: str, rows: tuple[tuple[str, str, str, str], ...]) -> Component:
    """A card of things to do or know: (icon, sentence, link text, address) each."""
    return html.Section(
        [
            html.Div([html.H2(title), html.P(text)], className="lw-card__head"),
            html.Ul(
                [
                    html.Li(
                        [
                            icon(name),
                            html.Div([sentence, " ", dcc.Link(link_text, href=href)]),
                        ]
                    )
                    for name, sentence, link_text, href in rows
                ],
                className="lw-list",
            ),
        ],
        className="lw-card",
        **{"aria-label": title},
    )


def _cautions(texts: Sequence[str]) -> Component | None:
    """What this data cannot tell, in sentences; nothing where there is nothing to say."""
    if not texts:
        return None
    items = html.Ul([html.Li(text) for text in texts], className="lw-cautions__list")
    return html.Section(
        [icon("info-circle"), items], className="lw-cautions", **{"aria-label": "Read with care"}
    )


def overview_body(
    cards: list[KpiCard],
    parts: tuple[SplitPart, ...],
    stand: str,
    split_text: str,
    starts: tuple[tuple[str, str, str, str], ...],
    cautions: Sequence[str] = (),
) -> Component:
    """The dashboard: the cards, what to be careful with, how the past window went, where to start."""
    return html.Div(
        [
            html.Div([kpi(card) for card in cards], className="lw-kpis"),
            html.P(stand, className="lw-help lw-stand"),
            _cautions(cautions),
            html.Div(
                [
                    split_card("How the past window went", split_text, parts),
                    list_card("Where to start", "", starts),
                ],
                className="lw-two",
            ),
        ],
        className="lw-rise",
    )

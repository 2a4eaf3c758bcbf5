"""Cards and page headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui.controls import icon, shape, tip
from pages._ui.glossary import linked


def page_head(title: str, text: str, *actions: Component) -> Component:
    """The heading of a page with one line under it, and its main action beside it."""
    aside = [html.Div(list(actions), className="lw-page__actions")] if actions else []
    return html.Div([html.Div([html.H1(title), html.P(text)]), *aside], className="lw-page__head")


@dataclass(frozen=True)
class KpiCard:
    """One number to know; `change` in words, `good` says how to read it (None: neither way).

    `spark` is a CSS image of how the number came about (`figures.overview_spark`), told in `spark_words`.
    """

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
    formula: str = ""
    spark: str = ""
    spark_words: str = ""


def kpi(card: KpiCard) -> Component:
    """A frosted card: label, value, change, how it came about, and a link to the list behind it."""
    tone = "" if card.good is None else f" lw-kpi__change--{'good' if card.good else 'bad'}"
    arrow = (
        [] if card.rising is None else [icon("arrow-up-right" if card.rising else "arrow-down-right"), " "]
    )
    change = [html.B([*arrow, card.change]), " ", card.since] if card.change else card.since
    return html.Article(
        [
            html.Div(
                [
                    html.H2(linked(card.label), id=f"overview-{card.key}"),
                    tip(_explained(card), card.label, f"overview-{card.key}-definition"),
                ],
                className="lw-kpi__head",
            ),
            html.P(card.value, className="lw-kpi__value", **{"data-countup": card.key}),
            html.P(change, className=f"lw-kpi__change{tone}"),
            _spark(card),
            dcc.Link(
                [
                    card.link_text,
                    # Six links of the same words would be one to who hears them without their card.
                    html.Span(f" ({card.label})", className="lw-sr"),
                    icon("arrow-right-short"),
                ],
                href=card.link,
                className="lw-kpi__link",
            ),
        ],
        className="lw-glass lw-kpi ov-kpi",
        **{"aria-labelledby": f"overview-{card.key}"},
    )


def _explained(card: KpiCard) -> Any:
    if not card.formula:
        return card.definition
    return [card.definition, " ", html.Span(card.formula, className="ov-formula")]


def _spark(card: KpiCard) -> Component:
    if not card.spark:
        return html.Div(className="ov-spark")
    drawn = html.Span(
        className="ov-spark__line",
        style={"maskImage": card.spark, "WebkitMaskImage": card.spark},
        **{"aria-hidden": "true"},
    )
    return html.Div([drawn, html.Span(card.spark_words, className="lw-sr")], className="ov-spark")


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


def split_card(title: str, text: str, parts: tuple[SplitPart, ...], class_name: str = "") -> Component:
    """How the customers of the past window fall into the three colours, each a link to its list."""
    return html.Section(
        [
            html.Div([html.H2(linked(title)), html.P(text)], className="lw-card__head"),
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
        className=f"lw-card {class_name}".strip(),
        **{"aria-label": title},
    )


# (icon, sentence, link text, address)
Row = tuple[str, str, str, str]


def list_card(title: str, text: str, rows: Sequence[Row], class_name: str = "") -> Component:
    """A card of things to do or know: (icon, sentence, link text, address) each."""
    return html.Section(
        [
            html.Div([html.H2(title), html.P(text)] if text else html.H2(title), className="lw-card__head"),
            html.Ul(
                [
                    html.Li(
                        [
                            html.Span(icon(name), className="ov-mark"),
                            html.Div([sentence, " ", dcc.Link(link_text, href=href)]),
                        ]
                    )
                    for name, sentence, link_text, href in rows
                ],
                className="lw-list ov-list",
            ),
        ],
        className=f"lw-card {class_name}".strip(),
        **{"aria-label": title},
    )


def cautions(texts: Sequence[str]) -> Component | None:
    """What this data cannot tell, in sentences; nothing where there is nothing to say."""
    if not texts:
        return None
    items = html.Ul([html.Li(prose(text)) for text in texts], className="lw-cautions__list")
    return html.Section(
        [icon("info-circle"), items], className="lw-cautions", **{"aria-label": "Read with care"}
    )

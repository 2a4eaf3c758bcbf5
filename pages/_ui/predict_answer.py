"""What is told of one customer that was scored: segments, numbers, what to do, reasons, the segment's profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from figures.features import feature_words
from pages._ui.controls import button_link, icon
from pages._ui.customer import Frame, interval_bar, reason_list
from pages._ui.glossary import column, linked
from pages._ui.segment import stat

# What a profile compares, with how it is written.
PROFILE: Final = {
    "recency_days": ("Days since last order", "days"),
    "frequency": ("Orders so far", "number"),
    "monetary": ("Spent so far", "money"),
    "mean_order_value": ("Mean order value", "money"),
    "churn_risk": ("Churn risk", "share"),
    "clv": ("Value, 12 months", "money"),
}
_NAMED: Final = 3
_PLAY: Final = (("channel", "Channel"), ("offer", "Offer"), ("timing", "When"))


@dataclass(frozen=True)
class Belongs:
    """A segment that the customer belongs to: by which division, its name and colour, and a note on it."""

    kind: str
    name: str
    colour: int
    note: str


@dataclass(frozen=True)
class Profile:
    """The segment a customer is nearest to against the customer and against all: PROFILE by name."""

    name: str
    note: str
    mine: Mapping[str, float | None]
    segment: Mapping[str, float | None]
    everybody: Mapping[str, float | None]


@dataclass(frozen=True)
class Advice:
    """What to do about a customer: the segment it is for, and the texts of its play."""

    segment: str
    strategy: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """Everything that is told of a customer; `values` are features, scores and reasons by name."""

    title: str
    as_of: str
    values: Mapping[str, Any]
    frame: Frame
    outside: Sequence[str]
    belongs: Sequence[Belongs]
    advice: Advice | None
    profile: Profile | None
    segments_page: str


def answer(found: Answer) -> list[Component]:
    """The answer, the most important first."""
    values, currency, days = found.values, found.frame.currency, found.frame.horizon_days
    soon = f"in the {days} days after {found.as_of}"
    return [
        html.Header(
            [
                html.H2(found.title),
                html.P(f"As they would stand on {found.as_of}, the model's last date.", className="lw-help"),
            ]
        ),
        _belongs(found.belongs, found.segments_page),
        html.Div(
            [
                stat("Propensity", words.percent(values["pred_prob"]), f"to buy {soon}"),
                stat("Expected spend", words.money(values["pred_spend"], currency), soon),
                stat("Churn risk", words.percent(values["churn_risk"]), f"to buy nothing {soon}"),
                stat("Value, 12 months", words.money(values["clv"], currency), "expected, discounted"),
                stat("Still a customer", words.percent(values["p_alive"]), "and not gone for good"),
            ],
            className="predict-stats",
        ),
        html.Div([html.H3(linked("Range of the spend")), interval_bar(values, "", found.frame)]),
        _outside(found.outside),
        _advice(found.advice),
        html.Div(reason_list(values, currency)),
        _profile(found.profile, currency),
    ]


def _belongs(found: Sequence[Belongs], segments_page: str) -> Component:
    if not found:
        return html.Div(
            [
                html.P(
                    "The customers of this analysis have not been divided into segments, so there is no segment, "
                    "no cluster and no recommendation to tell. The Segments page divides them."
                ),
                button_link("Divide them into segments", segments_page),
            ],
            className="predict-one-none",
        )
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(linked(each.kind)),
                    html.Dd(
                        [
                            html.Span(
                                className="lw-dot",
                                style={"backgroundColor": f"var(--lw-seg-{each.colour})"},
                                **{"aria-hidden": "true"},
                            ),
                            html.B(each.name),
                            html.Span(each.note, className="lw-help"),
                        ]
                    ),
                ]
            )
            for each in found
        ],
        className="predict-one-belongs",
    )


def _outside(features: Sequence[str]) -> Component | None:
    if not features:
        return None
    named = [feature_words(name).lower() for name in features]
    more = f" and {words.plural(len(named) - _NAMED, 'more feature')}" if len(named) > _NAMED else ""
    return html.Section(
        [
            icon("exclamation-triangle"),
            html.P(
                f"The model has seen nobody with such values: {', '.join(named[:_NAMED])}{more}. It scores this customer "
                "like the nearest that it knows, so these numbers are less sure."
            ),
        ],
        className="lw-cautions",
        **{"aria-label": "Read with care"},
    )


def _advice(found: Advice | None) -> Component | None:
    if found is None:
        return None
    rows = [
        html.Div([html.Dt(text), html.Dd(found.texts[name])]) for name, text in _PLAY if found.texts.get(name)
    ]
    return html.Div(
        [
            html.H3(f"What to do: {found.segment}"),
            html.P(found.strategy),
            html.Dl(rows, className="predict-one-play"),
        ],
        className="lw-panel__todo",
    )


def _written(how: str, value: float | None, currency: str | None) -> str:
    if value is None:
        return words.MISSING
    if how == "money":
        return words.money(value, currency)
    if how == "share":
        return words.percent(value)
    return words.marks(f"{value:,.0f}" if how == "days" or value == round(value) else f"{value:,.1f}")


def _profile(found: Profile | None, currency: str | None) -> Component | None:
    if found is None:
        return None
    rows = [
        html.Tr(
            [
                html.Th(column(name, text), scope="row"),
                *(
                    html.Td(_written(how, each.get(name), currency))
                    for each in (found.mine, found.segment, found.everybody)
                ),
            ]
        )
        for name, (text, how) in PROFILE.items()
        if found.segment.get(name) is not None
    ]
    head = [
        html.Th("On average", scope="col"),
        html.Th("This one", scope="col"),
        html.Th(found.name, scope="col"),
        html.Th("All", scope="col"),
    ]
    return html.Div(
        [
            html.H3(f"Nearest profile: {found.name}"),
            html.P(found.note, className="lw-help"),
            html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="lw-pairs"),
        ]
    )

"""The form that asks for new segments, from plain values; names of columns are text, never markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from figures import words
from models.segmentation.params import (
    CUTS,
    DBSCAN,
    GAUSSIAN,
    HDBSCAN,
    KMEANS,
    MAX_K,
    METHODS,
    MIN_K,
    RULES,
    SCALINGS,
    WARD,
)
from pages._ui import ids
from pages._ui.controls import group, select
from pages._ui.glossary import linked

# Type of the id of a cut point, beside its column and its place.
CUT: Final = "segments-cut"

WHEN: Final = {
    RULES: "Scores of 1 to 5 and the customary names. When everybody must understand who is where, and why.",
    KMEANS: "Compact groups of customers who are alike. A good start for any data.",
    GAUSSIAN: "Groups may overlap and be long or flat. When compact groups cut one in two.",
    WARD: "Joins the two most alike groups, again and again. When small groups matter as well.",
    DBSCAN: "Dense crowds of any shape; who belongs to none is an outlier. When you look for oddities.",
    HDBSCAN: "As DBSCAN, but crowds may differ in density, and less is to be chosen.",
}
# The words of the product are a sentence, too long for a select.
SCALING_WORDS: Final = {"auto": "Automatic"}
RECOMMENDED: Final = "0"
K_OPTIONS: Final = [
    {"label": "Recommended", "value": RECOMMENDED},
    *({"label": str(k), "value": str(k)} for k in range(MIN_K, MAX_K + 1)),
]


@dataclass(frozen=True)
class Feature:
    """A column that customers can be clustered by; `note` says what it is where it is no number."""

    key: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Earlier:
    """The days between which the earlier date of the migration can be, and the one taken where none is given."""

    first: str
    last: str
    usual: str


@dataclass(frozen=True)
class Source:
    """What is to be divided, in plain values.

    `cuts` are the four cut points by column, in the order of the scores, with `labels` for their words; a
    column without them is not known here. `earlier` is None where there are no dated orders.
    """

    about: str
    features: tuple[Feature, ...] = ()
    more: tuple[Feature, ...] = ()
    chosen: tuple[str, ...] = ()
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    earlier: Earlier | None = None


NOTHING: Final = Source("")


def form(source: Source) -> list[Component]:
    """All fields, those of the other methods hidden by the style sheet."""
    methods = {key: METHODS[key] for key in WHEN if key != RULES or source.cuts or source is NOTHING}
    return [
        html.P(source.about, className="lw-help act-about"),
        group(
            "Algorithm",
            dbc.RadioItems(
                id=ids.SEGMENTS_NEW_METHOD,
                options=[
                    {"value": key, "label": _choice(label, WHEN[key])} for key, label in methods.items()
                ],
                value=KMEANS,
                class_name="act-choices",
            ),
        ),
        html.Div(_cuts_field(source), className="act-only act-only--rules"),
        html.Div(_clustering(source), className="act-only act-only--clusters"),
        html.Div(_counted(), className="act-only act-only--counted"),
        html.Div(_density(), className="act-only act-only--density"),
        _earlier(source.earlier),
    ]


def _choice(label: str, when: str) -> list[Component]:
    return [html.Span(label, className="act-choice__name"), html.Span(when, className="act-choice__when")]


def _cuts_field(source: Source) -> list[Component]:
    return [
        html.Fieldset(
            [
                html.Legend("Cut points"),
                html.P(
                    "Where one score ends and the next begins: quintiles, a fifth of the customers each, unless you set "
                    "them. A value equal to a cut point is on the left of it.",
                    className="lw-help",
                ),
                html.Div(cut_rows(source.cuts, source.labels), id=ids.SEGMENTS_NEW_CUTS),
            ],
            className="lw-field",
        ),
        dbc.Button(
            "Use quintiles again",
            id=ids.SEGMENTS_NEW_QUINTILES,
            color="link",
            size="sm",
            class_name="act-quintiles",
        ),
    ]


def cut_rows(cuts: Mapping[str, Sequence[float]], labels: Mapping[str, str]) -> list[Component]:
    """The cut points of each score between the scores they divide; the fewest days are the best."""
    return [_cut_row(column, labels.get(column, column), values) for column, values in cuts.items()]


def _cut_row(column: str, label: str, values: Sequence[float]) -> Component:
    best_first = column == "recency_days"
    scores = list(range(CUTS + 1, 0, -1) if best_first else range(1, CUTS + 2))
    # Any number of decimals is a cut point.
    step: Any = "any"
    parts: list[Component] = []
    for place, score in enumerate(scores):
        parts.append(html.Span(str(score), className="act-score", **{"aria-hidden": "true"}))
        if place < CUTS:
            field_id = {"type": CUT, "column": column, "place": place}
            value: Any = plain(values[place]) if place < len(values) else ""
            parts.append(
                html.Label(
                    [
                        html.Span(f"{label}: last value of score {score}", className="lw-sr"),
                        dbc.Input(id=field_id, type="number", step=step, value=value),
                    ]
                )
            )
    return html.Fieldset(
        [html.Legend(linked(label)), html.Div(parts, className="act-scale")], className="act-cuts"
    )


def plain(value: float) -> float | int:
    """A number as a field shows it: whole ones without a point, others to four decimals."""
    return int(value) if value == int(value) else round(value, 4)


def _clustering(source: Source) -> list[Component]:
    more = html.Details(
        [
            html.Summary("More about their orders"),
            _features(ids.SEGMENTS_NEW_MORE, source.more, source.chosen, "More features"),
        ],
        className="lw-more",
        hidden=not source.more,
    )
    return [
        html.Div(
            group(
                "Features",
                html.Div(
                    [_features(ids.SEGMENTS_NEW_FEATURES, source.features, source.chosen, "Features"), more],
                ),
                "What makes two customers alike. None chosen: recency, frequency and money where they are known.",
            ),
            hidden=not (source.features or source.more),
        ),
        html.Div(
            [
                select(
                    ids.SEGMENTS_NEW_SCALING,
                    "Scaling",
                    [
                        {"label": SCALING_WORDS.get(key, label), "value": key}
                        for key, label in SCALINGS.items()
                    ],
                    "auto",
                ),
                html.P(f"{SCALING_WORDS['auto']}: {SCALINGS['auto'].lower()}.", className="lw-help"),
            ],
            className="act-field",
        ),
    ]


def _features(component_id: str, found: Sequence[Feature], chosen: Sequence[str], name: str) -> Component:
    checklist = dbc.Checklist(
        id=component_id,
        options=[{"value": each.key, "label": _feature(each)} for each in found],
        value=[each.key for each in found if each.key in chosen],
        class_name="act-features",
    )
    return html.Div(checklist, role="group", **{"aria-label": name})


def _feature(feature: Feature) -> list[Component]:
    note = [html.Span(feature.note, className="lw-tag")] if feature.note else []
    return [html.Span(feature.label), *note]


def _counted() -> Component:
    return html.Div(
        [
            select(ids.SEGMENTS_NEW_K, "How many", K_OPTIONS, RECOMMENDED),
            html.P(
                f"Recommended: {MIN_K} to {MAX_K} are tried, and what speaks for each is shown.",
                className="lw-help",
            ),
        ],
        className="act-field",
    )


def _density() -> list[Component]:
    # A field with limits hands on nothing for what is outside them: it would be taken for "found out".
    step: Any = "any"
    return [
        html.Div(
            _number(
                "Neighbourhood",
                dbc.Input(id=ids.SEGMENTS_NEW_EPS, type="number", step=step, value=0),
                "How near two customers must be, in scaled units. 0: found out.",
            ),
            className="act-only act-only--eps",
        ),
        _number(
            "Smallest group",
            dbc.Input(id=ids.SEGMENTS_NEW_MIN_SIZE, type="number", step=step, value=0),
            "Customers it takes to be a group and not outliers. 0: found out.",
        ),
    ]


def _number(label: str, control: Component, help_text: str) -> Component:
    return html.Div(
        [
            html.Label(linked(label), htmlFor=str(getattr(control, "id", "")), className="lw-label"),
            control,
            html.P(help_text, className="lw-help"),
        ],
        className="lw-field act-field",
    )


def _earlier(earlier: Earlier | None) -> Component:
    # Browsers' own date field; the component passes it on but does not list it.
    calendar: Any = "date"
    limits = {"min": earlier.first, "max": earlier.last, "value": earlier.usual} if earlier else {}
    return html.Div(
        _number(
            "Compare with",
            dbc.Input(id=ids.SEGMENTS_NEW_EARLIER, type=calendar, **limits),
            "The earlier day of the migration: who was in which segment then, by the same rules."
            + (f" From {words.day(earlier.first)} to {words.day(earlier.last)}." if earlier else ""),
        ),
        hidden=earlier is None,
        className="act-earlier",
    )

"""How the predict page shows a model, a job, a result and the results there are: from plain values.

Everything that comes from a file (names, ids) is a text child of a component, never markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import icon
from pages._ui.dialogs import ask_dialog
from pages._ui.glossary import linked
from pages._ui.predict_table import DIVISIONS
from pages._ui.segment import stat

# Types of the ids of what is listed; each id has the prediction's own id beside it.
OPEN: Final = "predict-open"
DELETE: Final = "predict-delete"
DISMISS: Final = "predict-dismiss"
HAND_OVER: Final = "predict-hand-over"
# A select cannot show an empty value.
NONE: Final = "none"


@dataclass(frozen=True)
class Scoring:
    """One prediction in plain values, as its manifest says it.

    `segments` holds (name, colour, customers) of the segments of each division, by DIVISIONS.
    """

    id: str
    source: str
    made: str
    model: str
    model_cutoff: str | None
    cutoff: str
    horizon_days: int
    customers: int
    without_purchase: int
    expected_buyers: float
    expected_spend: float
    currency: str | None
    caution: str
    warnings: tuple[str, ...]
    segments: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Work:
    """A job in plain values; `question` says that the file left something open."""

    id: str
    label: str
    state: str
    progress: float
    text: str
    error: str = ""
    question: bool = False


def summary(found: Scoring) -> list[Component | None]:
    """What came out, in words: how many, who is expected to buy, how much, and what to be careful with."""
    first = f"the {found.horizon_days} days after {words.day(found.cutoff)}"
    share = found.expected_buyers / found.customers if found.customers else None
    left_out = (
        f" {words.plural(found.without_purchase, 'more customer')} without a purchase could not be scored."
        if found.without_purchase > 0
        else ""
    )
    learned = f", learned up to {words.day(found.model_cutoff)}" if found.model_cutoff else ""
    return [
        html.Header(
            [
                html.H2(f"{found.source}, scored", id="predict-result-title", tabIndex="-1"),
                html.P(f"{found.made}, by the model of {found.model}{learned}.", className="lw-help"),
            ]
        ),
        html.Div(
            [
                stat(
                    "Customers", words.count(found.customers), f"as they stood on {words.day(found.cutoff)}"
                ),
                stat(
                    "Expected buyers",
                    words.count(found.expected_buyers),
                    f"{words.percent(share)} of them, in {first}",
                ),
                stat(
                    "Expected spend", words.money_short(found.expected_spend, found.currency), f"in {first}"
                ),
            ],
            className="predict-stats",
        ),
        *(
            _split(name, found.segments[name], found.customers)
            for name in DIVISIONS
            if name in found.segments
        ),
        html.P(f"{found.caution}{left_out}", className="predict-caution"),
        _warnings(found.warnings),
    ]


def _split(name: str, segments: Sequence[Mapping[str, Any]], customers: int) -> Component:
    """How many customers are in each segment of a division."""
    title = f"By {DIVISIONS[name][0].lower()}"
    return html.Div(
        [
            html.H3(linked(title), className="lw-label"),
            html.Ul(
                [
                    html.Li(
                        [
                            html.Span(
                                className="lw-dot",
                                style={"backgroundColor": f"var(--lw-seg-{int(each['colour'])})"},
                                **{"aria-hidden": "true"},
                            ),
                            f"{each['name']} ",
                            html.B(words.count(each["customers"])),
                            html.Span(
                                f" {words.part(each['customers'] / max(customers, 1))}",
                                className="lw-help",
                            ),
                        ]
                    )
                    for each in segments
                ],
                className="predict-split",
            ),
        ]
    )


def _warnings(texts: Sequence[str]) -> Component | None:
    if not texts:
        return None
    items = html.Ul([html.Li(words.prose(text)) for text in texts], className="lw-cautions__list")
    return html.Section(
        [icon("exclamation-triangle"), items], className="lw-cautions", **{"aria-label": "Read with care"}
    )


def panel(work: Work) -> Component:
    """The job the person waits for, or what became of it where nothing came of it."""
    if work.state in ("queued", "running"):
        return _running(work)
    if work.state == "cancelled":
        return _ended("slash-circle", f"{work.label}: cancelled", "Nothing was stored.", [])
    actions: list[Component] = []
    text = work.error or "It did not work."
    if work.question:
        text = (
            f"{text} Import the file on the Data page and answer there; then score the data set it becomes."
        )
        actions = [
            dbc.Button("Import it on the Data page", id={"type": HAND_OVER, "id": work.id}, color="primary")
        ]
    return _ended("exclamation-triangle", f"{work.label}: that did not work", text, actions, role="alert")


def _running(work: Work) -> Component:
    # Without a value the bar shows that something goes on, not how far it is.
    amount: dict[str, Any] = {} if work.state == "queued" else {"value": f"{work.progress:.3f}"}
    waits = "Waiting for its turn"
    told = (
        waits if work.state == "queued" else f"{work.progress:.0%} · {words.prose(work.text) or 'Starting…'}"
    )
    return html.Div(
        [
            html.P(work.label, className="predict-job__title", id="predict-job-label"),
            html.Progress(max="1", **amount, **{"aria-labelledby": "predict-job-label"}),
            html.P(told, className="lw-help"),
            html.P(
                "You can leave this page: the work goes on and will be here. The bar at the top cancels it.",
                className="lw-help",
            ),
        ],
        className="lw-card predict-job",
    )


def _ended(
    icon_name: str, title: str, text: str, actions: Sequence[Component], role: str | None = None
) -> Component:
    extra: dict[str, Any] = {"role": role} if role else {}
    close = html.Button("Close", id={"type": DISMISS, "id": "job"}, type="button", className="btn btn-link")
    return html.Div(
        [
            html.Div(icon(icon_name), className="predict-job__icon"),
            html.Div(
                [
                    html.P(title, className="predict-job__title"),
                    html.P(text),
                    html.Div([*actions, close], className="predict-actions"),
                ]
            ),
        ],
        className="lw-card predict-job is-ended",
        **extra,
    )


def results(found: Sequence[Scoring], shown: str | None) -> Component:
    """The last results, each to open or to delete."""
    if not found:
        return html.P("Nothing has been scored yet.", className="lw-help")
    return html.Ul([_result(each, each.id == shown) for each in found], className="lw-items")


def _result(found: Scoring, is_shown: bool) -> Component:
    told = (
        f"{words.plural(found.customers, 'customer')}, {words.count(found.expected_buyers)} expected to buy within "
        f"{found.horizon_days} days of {words.day(found.cutoff)}"
    )
    return html.Li(
        [
            html.Button(
                [
                    html.Span(found.source, className="lw-item__name"),
                    html.Span(told, className="lw-help"),
                    html.Span(f"{found.made}, by the model of {found.model}", className="lw-help"),
                ],
                id={"type": OPEN, "id": found.id},
                type="button",
                className="lw-item",
                **{"aria-current": "true" if is_shown else "false"},
            ),
            html.Button(
                [icon("trash3"), html.Span(f"Delete the scores of {found.source}", className="lw-sr")],
                id={"type": DELETE, "id": found.id},
                type="button",
                className="lw-icon-button",
                title="Delete",
            ),
        ]
    )


def confirm_modal() -> Component:
    """One question before a result is deleted."""
    return ask_dialog(
        ids.PREDICT_ASK,
        "Delete these scores?",
        title_id="predict-ask-title",
        text_id=ids.PREDICT_ASK_TEXT,
        keep_button=ids.PREDICT_ASK_NO,
        do_button=ids.PREDICT_ASK_YES,
        keep="Keep them",
        do="Delete them",
    )


def stores(prediction: str | None) -> list[Component]:
    """What the page remembers: a reload in the middle of a job must not lose the thread."""
    return [
        dcc.Store(id=ids.PREDICT_UPLOAD_DONE, storage_type="session"),
        dcc.Store(id=ids.PREDICT_JOB, storage_type="session"),
        dcc.Store(id=ids.PREDICT_SHOWN, data=prediction),
        dcc.Store(id=ids.PREDICT_CHANGED),
        dcc.Store(id=ids.PREDICT_HANDED),
        dcc.Store(id=ids.PREDICT_ASK_ABOUT),
    ]


def model_words(learned: str, predicts: str) -> Component:
    """What the chosen model is, in two sentences."""
    return html.Div([html.P(learned), html.P(predicts, className="lw-help")], className="predict-about")

"""What happens to a result that is being read: the job, its questions, and the list of results there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import group, icon

# Types of the ids of what is listed; each id has the readout's own id, or the key of a question, beside it.
OPEN: Final = "roi-readout-open"
DELETE: Final = "roi-readout-delete"
ANSWER: Final = "roi-readout-answer"
GO_ON: Final = "roi-readout-go-on"
DISMISS: Final = "roi-readout-dismiss"


@dataclass(frozen=True)
class Read:
    """One readout in plain values, for the list."""

    id: str
    name: str
    made: str
    told: str


@dataclass(frozen=True)
class Work:
    """The job of a readout in plain values, with the questions that the file left open."""

    label: str
    state: str
    progress: float
    text: str
    error: str = ""
    questions: tuple[Mapping[str, Any], ...] = ()


def panel(work: Work) -> Component:
    """The job the person waits for, or what became of it where nothing came of it."""
    if work.state in ("queued", "running"):
        amount: dict[str, Any] = {} if work.state == "queued" else {"value": f"{work.progress:.3f}"}
        told = (
            "Waiting for its turn"
            if work.state == "queued"
            else f"{work.progress:.0%} · {words.prose(work.text) or 'Starting…'}"
        )
        return html.Div(
            [
                html.P(work.label, id="roi-readout-work"),
                html.Progress(max="1", **amount, **{"aria-labelledby": "roi-readout-work"}),
                html.P(told, className="lw-help"),
            ],
            className="roi-trial__work",
        )
    if work.state == "cancelled":
        return _ended([html.P(f"{work.label}: cancelled. Nothing was stored.")])
    if work.questions:
        return html.Div(
            [
                *(_question(each) for each in work.questions),
                html.Div(
                    [
                        dbc.Button("Go on", id={"type": GO_ON, "id": "job"}, color="primary"),
                        _close(),
                    ],
                    className="roi-trial__actions",
                ),
            ],
            className="roi-trial__work",
            role="alert",
        )
    return _ended([html.P(work.error or "It did not work.")], role="alert")


def _question(asked: Mapping[str, Any]) -> Component:
    choices = [{"value": value, "label": label} for value, label in asked["choices"]]
    radios = dbc.RadioItems(
        id={"type": ANSWER, "id": str(asked["key"])},
        options=choices,
        value=choices[0]["value"] if choices else None,
    )
    return group(str(asked["text"]), radios)


def _close() -> Component:
    return html.Button("Close", id={"type": DISMISS, "id": "job"}, type="button", className="btn btn-link")


def _ended(children: Sequence[Component], role: str | None = None) -> Component:
    extra: dict[str, Any] = {"role": role} if role else {}
    return html.Div(
        [icon("exclamation-triangle"), html.Div([*children, _close()])], className="lw-error", **extra
    )


def readouts(found: Sequence[Read], shown: str | None) -> Component:
    """The results there are, each to open or to delete."""
    if not found:
        return html.P("No result has been read yet.", className="lw-help")
    return html.Ul([_read(each, each.id == shown) for each in found], className="lw-items")


def _read(found: Read, is_shown: bool) -> Component:
    return html.Li(
        [
            html.Button(
                [
                    html.Span(found.name, className="lw-item__name"),
                    html.Span(found.told, className="lw-help"),
                    html.Span(found.made, className="lw-help"),
                ],
                id={"type": OPEN, "id": found.id},
                type="button",
                className="lw-item",
                **{"aria-current": "true" if is_shown else "false"},
            ),
            html.Button(
                [icon("trash3"), html.Span(f"Delete the result of {found.name}", className="lw-sr")],
                id={"type": DELETE, "id": found.id},
                type="button",
                className="lw-icon-button",
                title="Delete",
            ),
        ]
    )

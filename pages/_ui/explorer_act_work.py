"""The job that makes segments, and the segmentations there are, from plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon

# Types of the ids of what is listed; each id has the segmentation's own id beside it.
SHOW: Final = "segments-made-show"
DELETE: Final = "segments-made-delete"
DISMISS: Final = "segments-job-dismiss"


@dataclass(frozen=True)
class Made:
    """One segmentation of the same customers, to show or, where somebody made it, to delete."""

    id: str
    title: str
    when: str
    customers: int
    own: bool
    shown: bool


def label_for(text: str, field_id: Mapping[str, Any], class_name: str = "lw-label") -> Component:
    """The label of a field whose id is of a type, as the page writes such an id."""
    written = json.dumps(dict(field_id), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return html.Label(text, htmlFor=written, className=class_name)


def problem_of(text: str) -> Component:
    """What stands in the way, at the form."""
    return html.Div(
        [icon("exclamation-triangle"), " ", words.prose(text, fractions=False)],
        className="lw-error act-error",
        role="alert",
    )


def work(label: str, state: str, progress: float, text: str, error: str = "") -> Component | None:
    """The job that makes the segments, or what became of it where nothing came of it."""
    if state in ("queued", "running"):
        waits = state == "queued"
        amount: dict[str, Any] = {} if waits else {"value": f"{progress:.3f}"}
        told = "Waiting for its turn" if waits else f"{progress:.0%} · {words.prose(text) or 'Starting…'}"
        return html.Div(
            [
                html.P(label, className="act-work__title", id="segments-work-label"),
                html.Progress(max="1", **amount, **{"aria-labelledby": "segments-work-label"}),
                html.P(told, className="lw-help"),
                html.P(
                    "You can close this: the new segments are shown when they are ready.", className="lw-help"
                ),
            ],
            className="act-job",
        )
    if state == "cancelled":
        return _ended("slash-circle", f"{label}: cancelled", "Nothing was stored.")
    if state == "failed":
        return _ended("exclamation-triangle", "That did not work", error or "It failed.", role="alert")
    return None


def _ended(icon_name: str, title: str, text: str, role: str | None = None) -> Component:
    extra: dict[str, Any] = {"role": role} if role else {}
    close = html.Button(
        "Close", id={"type": DISMISS, "id": "job"}, type="button", className="btn btn-link btn-sm"
    )
    return html.Div(
        [html.P([icon(icon_name), " ", title], className="act-work__title"), html.P(text), close],
        className=f"act-job is-{'failed' if role else 'ended'}",
        **extra,
    )


def made(found: Sequence[Made]) -> Component:
    """The segmentations of the same customers, each to show; those that somebody made also to delete."""
    if not found:
        return html.P("Nothing yet.", className="lw-help")
    return html.Ul([_made(each) for each in found], className="lw-items")


def _made(each: Made) -> Component:
    facts = (
        f"{words.plural(each.customers, 'customer')} · {each.when}{'' if each.own else ' · made by itself'}"
    )
    show = html.Button(
        [html.Span(each.title, className="lw-item__name"), html.Span(facts, className="lw-help")],
        id={"type": SHOW, "id": each.id},
        type="button",
        className="lw-item",
        **{"aria-current": "true" if each.shown else "false"},
    )
    remove = html.Button(
        [icon("trash3"), html.Span(f"Delete {each.title}", className="lw-sr")],
        id={"type": DELETE, "id": each.id},
        type="button",
        title="Delete",
        className="lw-icon-button",
    )
    return html.Li([show, *([remove] if each.own else [])])

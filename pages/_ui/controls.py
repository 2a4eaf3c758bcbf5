"""Form controls with the accessible names tests and people find them by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui.glossary import linked

Options = Sequence[dict[str, Any]]


def icon(name: str) -> Component:
    """A Bootstrap icon, silent to screen readers."""
    return html.I(className=f"bi bi-{name}", **{"aria-hidden": "true"})


def shape(performance: str) -> Component:
    """The coloured mark of a performance; always beside its words."""
    return html.Span(className=f"lw-shape lw-shape--{performance}", **{"aria-hidden": "true"})


def fold_title(title: str, body_id: str, **given: Any) -> Component:
    """The heading of controls that a narrow screen folds away under it: a button there, plain words elsewhere."""
    return html.H2(
        [
            html.Span(title, className="lw-fold__title"),
            html.Button(
                [title, icon("chevron-down")],
                type="button",
                className="lw-fold",
                **{"aria-expanded": "false", "aria-controls": body_id},
                **given,
            ),
        ]
    )


def slider(
    component_id: str,
    label: str,
    *,
    value_id: str,
    help_text: str,
    help_id: str | None = None,
    **limits: Any,
) -> Component:
    """A range slider with its value beside its label, told while being dragged."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label(linked(label), htmlFor=component_id, className="lw-label"),
                    html.Span(id=value_id, className="lw-field__value"),
                ],
                className="lw-field__head",
            ),
            dbc.Input(id=component_id, type="range", **limits),
            html.P(help_text, id=help_id or f"{component_id}-help", className="lw-help"),
        ],
        className="lw-field",
    )


def select(
    component_id: str, label: str, options: Options, value: str | None, help_id: str | None = None
) -> Component:
    """A native select under its label."""
    extra = [html.P(id=help_id, className="lw-help")] if help_id else []
    return html.Div(
        [
            html.Label(linked(label), htmlFor=component_id, className="lw-label"),
            dbc.Select(id=component_id, options=list(options), value=value),
            *extra,
        ],
        className="lw-field",
    )


def group(legend: str, control: Component, help_text: str = "", component_id: str | None = None) -> Component:
    """Radio buttons or check boxes under one name."""
    given = {"id": component_id} if component_id else {}
    extra = [html.P(help_text, className="lw-help")] if help_text else []
    return html.Fieldset([html.Legend(linked(legend)), control, *extra], className="lw-field", **given)


def tip(definition: str | Sequence[Any], about: str, tip_id: str) -> Component:
    """A button whose definition shows on hover and on focus; Escape closes it."""
    return html.Span(
        [
            html.Button(
                icon("info-circle"),
                type="button",
                className="lw-tip__button",
                **{"aria-label": f"What is {about}?", "aria-describedby": tip_id},
            ),
            html.Span(definition, id=tip_id, role="tooltip", className="lw-tip__body"),
        ],
        className="lw-tip",
    )


def empty(title: str, text: str, *actions: Component, icon_name: str = "inbox", level: int = 2) -> Component:
    """An empty state: what is not there, and what to do next."""
    heading = html.H1 if level == 1 else html.H2
    return html.Div(
        [
            html.Div(icon(icon_name), className="lw-empty__icon"),
            heading(title),
            html.P(text),
            html.Div(list(actions), className="lw-empty__actions"),
        ],
        className="lw-empty lw-rise",
    )


def button_link(text: str, href: str, *, primary: bool = False) -> Component:
    """A link to another page that looks like a button."""
    return dcc.Link(text, href=href, className="btn btn-primary" if primary else "btn btn-light")


def waiting(label: str, text: str, share: float) -> Component:
    """What a page shows while what it needs is being made."""
    percent = round(100 * share)
    return html.Div(
        [
            html.Div(icon("hourglass-split"), className="lw-empty__icon"),
            html.H2([label, " … ", html.Span(f"{percent} %", className="lw-num")]),
            html.Progress(value=str(percent), max="100", **{"aria-label": label}),
            html.P(text, role="status"),
            html.P("This page fills by itself when it is done."),
        ],
        className="lw-empty",
    )


def problem(text: str) -> Component:
    """An error in the user's words, inside a page."""
    return html.Div(
        [icon("exclamation-triangle"), " ", prose(text, fractions=False)], className="lw-error", role="alert"
    )

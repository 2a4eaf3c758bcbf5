"""What can be done with segments on the segments page: make, edit, act on and keep them."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import explorer_act_edit, explorer_act_lists, explorer_act_new, explorer_act_play, ids
from pages._ui.controls import icon


def toolbar() -> Component:
    """The buttons that open the panels of this module."""
    return html.Div(
        [
            dbc.Button([icon("plus-circle"), "New segments"], id=ids.SEGMENTS_NEW, color="light"),
            dbc.Button([icon("pencil"), "Edit segments"], id=ids.SEGMENTS_EDIT, color="light"),
            dbc.Button([icon("bookmark-plus"), "Save as list"], id=ids.SEGMENTS_KEEP, color="light"),
        ],
        className="act-toolbar",
    )


def panels() -> Component:
    """What the buttons open, and what these parts remember."""
    return html.Div(
        [
            _new_panel(),
            explorer_act_edit.panel(),
            explorer_act_play.panel(),
            explorer_act_lists.save_panel(),
            explorer_act_lists.ask_panel(),
            # A reload in the middle of a job must not lose the thread.
            dcc.Store(id=ids.SEGMENTS_JOB, storage_type="session"),
            dcc.Store(id=ids.SEGMENTS_UNDO),
        ]
    )


def advice_view() -> Component:
    """What to do with each segment on screen; filled by its callbacks."""
    return html.Section(
        [
            html.H2("What to do"),
            html.Div(
                html.Div(className="lw-skeleton act-waiting", **{"aria-hidden": "true"}),
                id=ids.SEGMENTS_ADVICE,
            ),
        ],
        className="act-advice",
        **{"aria-label": "What to do"},
    )


def lists_view() -> Component:
    """The saved lists of customers; filled by its callbacks."""
    return html.Section(
        [html.H2("Saved lists"), html.Div(id=ids.SEGMENTS_LISTS)],
        className="act-saved",
        **{"aria-label": "Saved lists"},
    )


def _new_panel() -> Component:
    return dbc.Offcanvas(
        [
            html.Div(explorer_act_new.form(explorer_act_new.NOTHING), id=ids.SEGMENTS_NEW_FORM),
            html.Div(id=ids.SEGMENTS_NEW_MESSAGE),
            dbc.Button("Make segments", id=ids.SEGMENTS_NEW_START, color="primary", class_name="act-start"),
            html.Div(id=ids.SEGMENTS_NEW_WORK, className="act-work"),
            html.Section(
                [
                    html.H3("Made so far", id="segments-made-title"),
                    html.Div(id=ids.SEGMENTS_NEW_MADE),
                ],
                className="act-made",
                **{"aria-labelledby": "segments-made-title"},
            ),
        ],
        id=ids.SEGMENTS_NEW_PANEL,
        title=html.Span("New segments", id="segments-new-title"),
        labelledby="segments-new-title",
        placement="end",
        is_open=False,
        class_name="act-panel act-panel--wide",
    )

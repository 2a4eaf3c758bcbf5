"""Segments: who the customers are, group by group, and what to do with each."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import explorer, explorer_act, ids
from pages._ui.cards import page_head
from pages._ui.explorer_words import FIRST_VIEW, VIEWS
from pages._ui.glossary import on_page

dash.register_page(__name__, path="/segments", name="Segments", title="Segments · Lapwing", order=2)


def layout(view: str | None = None, **given: str) -> Component:
    """The page; `view` is the tab that is open, and the rest of the address waits for the data."""
    chosen = view if isinstance(view, str) and view in VIEWS else FIRST_VIEW
    # A parameter that is given twice is a list, and makes no sense here.
    start = {name: value for name, value in given.items() if isinstance(value, str)}
    if view is not None and view != chosen:
        # There to be told that it is not known.
        start["view"] = str(view)
    return html.Div(
        [
            page_head(
                "Segments",
                "Who your customers are, group by group, and what to do about it.",
                explorer.actions(),
            ),
            html.Div(explorer.skeleton(), id=ids.SEGMENTS_EMPTY),
            html.Div(
                [
                    explorer.bar(explorer_act.toolbar()),
                    html.Div(id=ids.SEGMENTS_MESSAGE, className="seg-message"),
                    dbc.Button("Try again", id=ids.SEGMENTS_AGAIN, color="primary", class_name="lw-hidden"),
                    html.Div(id=ids.SEGMENTS_NOTE, role="status", className="seg-message"),
                    html.Div(explorer.body(chosen, explorer_act.advice_view()), id=ids.SEGMENTS_WORK),
                    explorer_act.lists_view(),
                ],
                id=ids.SEGMENTS_BODY,
                className="seg-body",
                hidden=True,
            ),
            explorer_act.panels(),
            dcc.Store(id=ids.SEGMENTS_START, data=start),
            dcc.Store(id=ids.SEGMENTS_SHOWN),
            dcc.Store(id=ids.SEGMENTS_READY),
            dcc.Store(id=ids.SEGMENTS_EXTRA),
            dcc.Store(id=ids.SEGMENTS_FILTER),
            dcc.Store(id=ids.SEGMENTS_EDITED),
            dcc.Store(id=ids.SEGMENTS_TOLD),
            dcc.Store(id=ids.SEGMENTS_ASKED),
            on_page("/segments"),
        ],
        className="lw-page seg",
    )

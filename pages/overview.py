"""Overview: the four numbers to know, and where to start."""

from __future__ import annotations

import dash
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.cards import page_head, skeletons

dash.register_page(__name__, path="/", name="Overview", title="Overview · Lapwing", order=0)


def layout(**_: str) -> Component:
    """The page; what it shows depends on the data set chosen in the top bar."""
    return html.Div(
        [
            page_head("Overview", "Who your customers are, who is slipping away, and where to start."),
            html.Div(skeletons(4), id=ids.OVERVIEW_BODY),
            dcc.Store(id=ids.OVERVIEW_SHOWN),
        ],
        className="lw-page lw-overview",
    )

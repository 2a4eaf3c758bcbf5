"""What an address that leads nowhere shows. Dash finds this page by the name of its module."""

from __future__ import annotations

import dash
from dash import html
from dash.development.base_component import Component

from pages._ui.controls import button_link, empty

dash.register_page(__name__, name="Page not found", title="Page not found · Lapwing")


def layout(**_: str) -> Component:
    """The page."""
    return html.Div(
        empty(
            "Page not found",
            "There is no page at this address. It may be mistyped, or of another version.",
            button_link("Go to the overview", "/", primary=True),
            icon_name="signpost-split",
            level=1,
        ),
        className="lw-page",
    )

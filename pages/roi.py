"""The ROI simulator: does the campaign make money, how far to take it, and how to prove it."""

from __future__ import annotations

import dash
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids, roi
from pages._ui.cards import page_head
from pages._ui.glossary import on_page
from pages._ui.roi_files import download_menu
from pages._ui.roi_parts import FIRST_VIEW, VIEWS

dash.register_page(__name__, path="/roi", name="ROI simulator", title="ROI simulator · Lapwing", order=5)


def layout(tab: str | None = None, **given: str) -> Component:
    """The page; `tab` is the one that is open, and the rest of the address waits for the data."""
    chosen = tab if isinstance(tab, str) and tab in VIEWS else FIRST_VIEW
    # A parameter that is given twice is a list, and makes no sense here.
    start = {name: value for name, value in given.items() if isinstance(value, str)}
    return html.Div(
        [
            page_head(
                "ROI simulator",
                "Whether a campaign makes money, how sure that is, and how to prove it.",
                download_menu(),
            ),
            html.Div(roi.skeleton(), id=ids.ROI_EMPTY),
            html.Div(
                [
                    html.Div(id=ids.ROI_NOTE, role="status", className="seg-message roi-note"),
                    html.Div(
                        [
                            roi.controls(),
                            html.Div(
                                [roi.answer(), roi.views(chosen), roi.glance()], className="lw-work__main"
                            ),
                        ],
                        className="lw-work seg-work roi-work",
                    ),
                ],
                id=ids.ROI_BODY,
                className="seg-body",
                hidden=True,
            ),
            dcc.Store(id=ids.ROI_START, data=start),
            dcc.Store(id=ids.ROI_READY),
            dcc.Store(id=ids.ROI_BEFORE),
            dcc.Store(id=ids.ROI_ASKED),
            dcc.Store(id=ids.ROI_ANSWERED),
            dcc.Store(id=ids.ROI_EDITED),
            on_page("/roi"),
        ],
        className="lw-page seg roi",
    )

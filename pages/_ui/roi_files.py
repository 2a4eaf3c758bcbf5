"""The menu of the ROI page's head: keep the question on screen, share it, take it away."""

from __future__ import annotations

from typing import Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.controls import icon

# Files of the menu: id, words, what they are.
FILES: Final = (
    (ids.ROI_LIST_CSV, "filetype-csv", "List of customers (CSV)", "Everybody who is contacted, best first."),
    (ids.ROI_LIST_XLSX, "filetype-xlsx", "List of customers (Excel)", "The same as a workbook."),
    (
        ids.ROI_CALCULATION,
        "calculator",
        "Calculation (Excel)",
        "Customer by customer, with formulas: change the discount there, and the profit moves.",
    ),
)


def download_menu() -> Component:
    """What can be done with the question on screen: keep it, share it, take it away."""
    return html.Div(
        [
            dbc.Button([icon("bookmark-plus"), "Save scenario"], id=ids.ROI_KEEP, color="light"),
            html.Details(
                [
                    html.Summary(
                        [icon("download"), "Download and share"], className="btn btn-primary roi-files__open"
                    ),
                    html.Div([_files(), _share()], className="roi-files__list"),
                ],
                id=ids.ROI_FILES,
                className="roi-files",
            ),
            _share_panel(),
        ],
        className="roi-actions",
    )


def _files() -> Component:
    summary = html.A(
        [icon("printer"), "One-page summary"],
        id=ids.ROI_SUMMARY,
        target="_blank",
        rel="noopener",
        className="roi-files__item",
    )
    return html.Ul(
        [
            *(
                html.Li(
                    [
                        html.A(
                            [icon(mark), text],
                            id=component_id,
                            download="",
                            className="roi-files__item",
                        ),
                        html.P(told, className="lw-help"),
                    ]
                )
                for component_id, mark, text, told in FILES
            ),
            html.Li([summary, html.P("For the meeting: prints on one sheet of A4.", className="lw-help")]),
        ]
    )


def _share() -> Component:
    return html.Div(
        [
            html.Button(
                [icon("link-45deg"), "Copy link"],
                id=ids.ROI_SHARE,
                type="button",
                className="roi-files__item",
            ),
            html.P("The address of exactly this question.", className="lw-help"),
        ],
        className="roi-files__share",
    )


def _share_panel() -> Component:
    return html.Div(
        [
            dbc.Modal(
                [
                    dbc.ModalHeader(dbc.ModalTitle("Copy this link", id="roi-share-title")),
                    dbc.ModalBody(
                        [
                            html.P(
                                "This browser does not let the page copy by itself here: copy the address below."
                            ),
                            html.Label("Address", htmlFor=ids.ROI_SHARE_ADDRESS, className="lw-label"),
                            dbc.Input(id=ids.ROI_SHARE_ADDRESS, type="text", value="", readonly=True),
                        ]
                    ),
                    dbc.ModalFooter(dbc.Button("Close", id=ids.ROI_SHARE_CLOSE, color="light")),
                ],
                id=ids.ROI_SHARE_PANEL,
                is_open=False,
                centered=True,
                labelledby="roi-share-title",
            ),
            dcc.Store(id=ids.ROI_SHARE_DONE),
        ]
    )

"""Predict: one customer, or those of a new file or a data set, scored by a model that has learned already."""

from __future__ import annotations

from typing import Any

import dash
import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids, predict, predict_one, predict_table, segment
from pages._ui.cards import page_head
from pages._ui.controls import icon
from pages._ui.glossary import in_columns, linked, on_page
from pages._ui.segment import format_options

dash.register_page(__name__, path="/predict", name="Predict", title="Predict · Lapwing", order=6)


def layout(
    prediction: str | None = None, tab: str | None = None, customer: str | None = None, **_: str
) -> Component:
    """The page as its address describes it.

    `prediction` is the id of the result to show, `tab` the part that is open ("one" or "file"), and
    `customer` the id of the one that the form starts from.
    """
    opened = "one" if tab == "one" else "file"
    return html.Div(
        [
            page_head(
                "Predict",
                "Score one customer, or those of a new file, with a model that has learned already.",
            ),
            html.Div(id=ids.PREDICT_MESSAGE),
            html.P(id=ids.PREDICT_ANNOUNCE, role="status", className="lw-sr"),
            html.Div(id=ids.PREDICT_EMPTY),
            html.Div(
                [
                    _model(),
                    predict_one.tabs(opened),
                    predict_one.panel(
                        [
                            predict_one.form(customer if isinstance(customer, str) else None),
                            predict_one.answer_region(),
                        ],
                        "one",
                        opened,
                    ),
                    predict_one.panel(
                        [_form(), html.Div(id=ids.PREDICT_PANEL), _result(), _recent()], "file", opened
                    ),
                ],
                id=ids.PREDICT_BODY,
                className="predict-body",
                hidden=True,
            ),
            predict.confirm_modal(),
            *predict.stores(prediction if isinstance(prediction, str) else None),
            dcc.Store(id=ids.PREDICT_TAB, data=opened),
            *predict_one.stores(),
            on_page("/predict"),
        ],
        className="lw-page predict-page",
    )


def _model() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.Label("Model", htmlFor=ids.PREDICT_MODEL, className="lw-label"),
                    dbc.Select(id=ids.PREDICT_MODEL, options=[]),
                ]
            ),
            html.Div(id=ids.PREDICT_MODEL_HELP),
        ],
        className="lw-card predict-model",
        **{"aria-label": "What scores"},
    )


def _form() -> Component:
    data_url: dict[str, Any] = {"data-url": dash.get_relative_path("/upload")}
    return html.Section(
        [
            html.Div(
                [
                    # assets/upload.js puts the file input in here; React must not see its children.
                    html.Div(id=ids.PREDICT_UPLOAD, className="data-drop", **data_url),
                    html.Div(
                        [
                            html.Span([icon("file-earmark-check"), html.Span(id=ids.PREDICT_FILE)]),
                            dbc.Button("Remove", id=ids.PREDICT_REMOVE, color="light", size="sm"),
                        ],
                        id=ids.PREDICT_FILE_ROW,
                        className="predict-file",
                        hidden=True,
                    ),
                    html.Div(
                        [
                            html.Label(
                                linked("Data set to score"), htmlFor=ids.PREDICT_DATASET, className="lw-label"
                            ),
                            dbc.Select(id=ids.PREDICT_DATASET, options=[], value=predict.NONE),
                            html.P("Or take one that is imported already.", className="lw-help"),
                        ]
                    ),
                ],
                className="predict-source",
            ),
            html.Div(
                [
                    dbc.Button("Score customers", id=ids.PREDICT_START, color="primary", disabled=True),
                    html.P(id=ids.PREDICT_READY, role="status", className="lw-help"),
                ],
                className="predict-actions",
            ),
        ],
        className="lw-card predict-form",
        **{"aria-label": "What to score"},
    )


def _result() -> Component:
    return html.Section(
        [
            html.Div(id=ids.PREDICT_SUMMARY),
            html.Div(
                [
                    dbc.Button(
                        [icon("download"), "Download scored file"], id=ids.PREDICT_DOWNLOAD, color="primary"
                    ),
                    html.Label("File format", htmlFor=ids.PREDICT_FORMAT, className="lw-sr"),
                    dbc.Select(id=ids.PREDICT_FORMAT, options=format_options(0), value="csv"),
                ],
                className="lw-download predict-download",
            ),
            html.P(id=ids.PREDICT_TABLE_NOTE, className="lw-help"),
            dag.AgGrid(
                id=ids.PREDICT_TABLE,
                columnDefs=predict_table.columns(),
                defaultColDef=predict_table.COLUMN_DEFAULTS,
                rowData=[],
                getRowId="params.data.customer_id",
                dashGridOptions=predict_table.GRID_OPTIONS,
                className="lw-grid predict-grid",
                style={"height": "24rem", "width": "100%"},
            ),
            in_columns(predict_table.SHOWN, segment.COLUMN_WORDS),
        ],
        id=ids.PREDICT_RESULT,
        className="lw-card predict-result",
        hidden=True,
        **{"aria-label": "Result"},
    )


def _recent() -> Component:
    return html.Section(
        [
            html.H2("Scored before", id="predict-recent-title"),
            html.Div(html.P("Loading…", className="lw-help"), id=ids.PREDICT_LIST),
        ],
        **{"aria-labelledby": "predict-recent-title"},
    )

"""Data: upload transactions, say how they are read, and see every row accounted for."""

from __future__ import annotations

from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import analysis_form, datasets, quality, upload
from pages._ui.cards import page_head
from pages._ui.glossary import linked, on_page
from pages._ui.statistics import statistics_section

dash.register_page(__name__, path="/data", name="Data", title="Data · Lapwing", order=1)


def layout(dataset: str | None = None, tab: str = "ledger", **_: str) -> Component:
    """The page; `dataset` is the id of the data set to open and `tab` its panel, from the address."""
    return html.Div(
        [
            page_head(
                "Data", "Bring your shop's export, check how it was read, and see every row accounted for."
            ),
            html.Div(id=datasets.MESSAGE),
            html.P(id=datasets.ANNOUNCE, role="status", className="visually-hidden"),
            _add(),
            html.P("Looking at the file…", id=upload.READING, className="data-reading", hidden=True),
            html.Div(id=datasets.JOB_PANEL),
            upload.mapping_section(),
            _sets(tab),
            _recent(),
            datasets.confirm_modal(),
            *_state(dataset, tab),
            on_page("/data"),
        ],
        className="lw-page data-page",
    )


def _add() -> Component:
    data_url: dict[str, Any] = {"data-url": dash.get_relative_path("/upload")}
    return html.Section(
        [
            # assets/upload.js puts the file input in here; React must not see its children.
            html.Div(id=upload.UPLOAD, className="data-drop", **data_url),
            html.Div(
                [
                    html.H2("No file at hand?"),
                    html.P(
                        "Look around with a made-up shop: customers who come, stay and slip away.",
                        className="lw-soft",
                    ),
                    html.Div(
                        [
                            dbc.Button("Try sample data", id=upload.SAMPLE, color="secondary", outline=True),
                            dbc.Button(
                                "or a table of customers", id=upload.SAMPLE_TABLE, color="link", size="sm"
                            ),
                        ],
                        className="data-actions",
                    ),
                ],
                className="data-sample",
            ),
        ],
        className="data-add",
        **upload.aria(label="Add data"),
    )


def _sets(tab: str) -> Component:
    return html.Section(
        [
            html.H2(linked("Data sets")),
            html.Div(
                [
                    html.Div(
                        html.P("Loading the data sets…", className="lw-soft data-wait"), id=datasets.DATASETS
                    ),
                    html.Div(
                        [
                            html.Div(id=datasets.DETAIL),
                            analysis_form.analyse_form(),
                            datasets.tabs(tab),
                            datasets.panel("ledger", html.Div(id=datasets.LEDGER), tab),
                            datasets.panel("quality", quality.quality_section(datasets.QUALITY), tab),
                            datasets.panel("statistics", statistics_section(), tab),
                        ],
                        className="lw-card data-detail",
                        id=f"{datasets.DETAIL}-card",
                        hidden=True,
                    ),
                ],
                className="data-sets",
            ),
        ],
    )


def _recent() -> Component:
    return html.Section(
        [
            html.H2("Recent work", id="data-recent-title"),
            html.Div(html.P("Loading…", className="lw-soft"), id=datasets.JOBS),
        ],
        **upload.aria(labelledby="data-recent-title"),
    )


def _state(dataset: str | None, tab: str) -> list[Component]:
    return [
        # A reload in the middle of the mapping, or of a job, must not lose the thread.
        dcc.Store(id=upload.UPLOAD_DONE, storage_type="session"),
        dcc.Store(id=datasets.JOB, storage_type="session"),
        dcc.Store(id=upload.OPTIONS, storage_type="session"),
        dcc.Store(id=upload.ASKED, storage_type="session"),
        dcc.Store(id=datasets.SEEN),
        dcc.Store(id=datasets.CHANGED),
        dcc.Store(id=datasets.ASK_ABOUT),
        dcc.Store(id=datasets.TAB, data=tab),
        dcc.Store(id=quality.SHOWN),
        dcc.Store(id=datasets.SELECTED, data=dataset),
        dcc.Interval(id=datasets.POLL, interval=1000),
    ]

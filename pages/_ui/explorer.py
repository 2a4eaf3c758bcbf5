"""The frame of the segments page: what is on show, the filters, the views and the table, before any data."""

from __future__ import annotations

from typing import Any, Final

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from pages._ui import explorer_views as views
from pages._ui import ids, segment
from pages._ui.controls import fold_title, group, icon, select
from pages._ui.explorer_words import ANY, CHURN_OPTIONS, CLV_OPTIONS, NOTHING

# One more line of help than a select of the shared kind: why it is closed.
SEARCH_WAIT_MS: Final = 300


def actions() -> Component:
    """What can be taken away: the high-value customers at risk, and what is on screen."""
    return html.Div([_at_risk(), _columns(), _download()], className="seg-actions")


def _at_risk() -> Component:
    return html.Div(
        [
            html.Button(
                [icon("shield-exclamation"), "High-value at-risk"],
                id=ids.SEGMENTS_AT_RISK,
                type="button",
                className="btn btn-light seg-atrisk__button",
                disabled=True,
                **{"aria-describedby": ids.SEGMENTS_AT_RISK_TIP},
            ),
            html.Span("", id=ids.SEGMENTS_AT_RISK_TIP, role="tooltip", className="lw-tip__body"),
        ],
        className="lw-tip seg-atrisk",
    )


def _columns() -> Component:
    return html.Details(
        [
            html.Summary([icon("layout-three-columns"), "Columns"], className="btn btn-light"),
            html.Fieldset(
                [
                    html.Legend("Columns of table and download", className="lw-label"),
                    dbc.Checklist(id=ids.SEGMENTS_COLUMNS, options=[], value=[], class_name="lw-check-list"),
                ],
                className="seg-columns__list",
            ),
        ],
        id=ids.SEGMENTS_COLUMNS_BOX,
        className="seg-columns",
    )


def _download() -> Component:
    return html.Div(
        [
            dbc.Button(
                [icon("download"), "Download"], id=ids.SEGMENTS_DOWNLOAD, color="primary", disabled=True
            ),
            html.Label("File format", htmlFor=ids.SEGMENTS_FORMAT, className="lw-sr"),
            dbc.Select(id=ids.SEGMENTS_FORMAT, options=segment.format_options(0), value="csv"),
        ],
        className="lw-download",
    )


def bar(toolbar: Component) -> Component:
    """Whose segments are on screen, by which rule or clustering, and what can be done with them."""
    return html.Section(
        [
            select(ids.SEGMENTS_SOURCE, "Customers", [], None),
            select(ids.SEGMENTS_CHOICE, "Segments by", [], None),
            toolbar,
            html.P(id=ids.SEGMENTS_ABOUT, className="seg-bar__about"),
        ],
        className="lw-card seg-bar",
        **{"aria-label": "What is on show"},
    )


def filters() -> Component:
    """Everything that narrows the customers down; the checklist is the legend of every chart."""
    return html.Section(
        [
            html.Div(
                [
                    fold_title("Filters", ids.SEGMENTS_FILTERS_BODY, id=ids.SEGMENTS_FILTERS),
                    dbc.Button("Clear", id=ids.SEGMENTS_CLEAR, color="link", size="sm", disabled=True),
                ],
                className="seg-filters__head",
            ),
            html.Div(
                [
                    group(
                        "Segment",
                        dbc.Checklist(
                            id=ids.SEGMENTS_PICK, options=[], value=[], class_name="lw-check-list seg-legend"
                        ),
                    ),
                    select(ids.SEGMENTS_CLV, "CLV", CLV_OPTIONS, ANY, ids.SEGMENTS_CLV_HELP),
                    select(ids.SEGMENTS_CHURN, "Churn risk", CHURN_OPTIONS, ANY, ids.SEGMENTS_CHURN_HELP),
                    _category(),
                    _search(),
                ],
                id=ids.SEGMENTS_FILTERS_BODY,
                className="seg-filters__body",
            ),
        ],
        className="lw-card lw-work__controls seg-filters",
        **{"aria-label": "Filters"},
    )


def _category() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Category", htmlFor=ids.SEGMENTS_CATEGORY, className="lw-label"),
                    dbc.Select(id=ids.SEGMENTS_CATEGORY, options=[], value=None),
                ]
            ),
            html.Div(
                [
                    html.Label("Value", htmlFor=ids.SEGMENTS_VALUE, className="lw-label"),
                    dbc.Select(id=ids.SEGMENTS_VALUE, options=[], value=NOTHING),
                ]
            ),
            html.P(id=ids.SEGMENTS_CATEGORY_HELP, className="lw-help"),
        ],
        className="lw-field seg-category",
    )


def _search() -> Component:
    return html.Div(
        [
            html.Label("Search customers", htmlFor=ids.SEGMENTS_SEARCH, className="lw-label"),
            dbc.Input(
                id=ids.SEGMENTS_SEARCH,
                type="search",
                debounce=SEARCH_WAIT_MS,
                value="",
                maxLength=100,
                autocomplete="off",
                placeholder="Part of an id or a category",
            ),
        ],
        className="lw-field",
    )


def headline() -> Component:
    """How many customers are on screen, what they are worth, and each filter that is on."""
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.Span("Customers on screen", className="lw-stat__label"),
                            html.Output(
                                id=ids.SEGMENTS_COUNT,
                                className="lw-stat__value lw-stat__value--big",
                                role="status",
                                **{"aria-label": "Customers on screen"},
                            ),
                            html.Span(id=ids.SEGMENTS_COUNT_NOTE, className="lw-stat__note"),
                        ],
                        className="lw-stat",
                    ),
                    html.Div(id=ids.SEGMENTS_FACTS, className="lw-facts"),
                ],
                className="seg-facts",
            ),
            html.Div(id=ids.SEGMENTS_CHIPS, className="seg-chips"),
        ],
        className="lw-card lw-summary seg-summary",
        **{"aria-label": "On screen"},
    )


def body(chosen: str, advice: Component) -> Component:
    """Filters beside headline, views and table; `chosen` is the view that is open."""
    return html.Div(
        [
            filters(),
            html.Div([headline(), views.section(chosen, advice), table()], className="lw-work__main"),
        ],
        className="lw-work seg-work",
    )


def table() -> Component:
    """The same customers, row by row."""
    options: dict[str, Any] = segment.GRID_OPTIONS | {
        "rowSelection": None,
        "localeText": {"noRowsToShow": "No customer matches these filters."},
    }
    return html.Section(
        [
            html.Div([html.H2("Customers"), html.P(id=ids.SEGMENTS_TABLE_NOTE)], className="lw-card__head"),
            dag.AgGrid(
                id=ids.SEGMENTS_TABLE,
                columnDefs=[],
                defaultColDef=segment.COLUMN_DEFAULTS,
                rowModelType="infinite",
                getRowId="params.data.customer_id",
                dashGridOptions={key: value for key, value in options.items() if value is not None},
                className="lw-grid seg-grid",
                style={"height": "27rem", "width": "100%"},
            ),
        ],
        className="lw-card lw-table-card",
        **{"aria-label": "Customers row by row"},
    )


def skeleton() -> Component:
    """The shapes of the page to come."""
    return html.Div(
        [
            html.Div(className="lw-skeleton", style={"height": "4.5rem"}),
            html.Div(
                [
                    html.Div(className="lw-skeleton", style={"height": "34rem"}),
                    html.Div(
                        [
                            html.Div(className="lw-skeleton", style={"height": "6rem"}),
                            html.Div(className="lw-skeleton", style={"height": "27rem"}),
                        ],
                        className="lw-work__main",
                    ),
                ],
                className="lw-work",
            ),
        ],
        className="seg-skeleton",
        **{"aria-hidden": "true"},
    )

"""Propensity: every customer a dot, coloured by what they spent against what was predicted of them."""

from __future__ import annotations

import dash
import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids, segment
from pages._ui.cards import page_head
from pages._ui.controls import group as choices
from pages._ui.controls import icon, select, slider
from pages._ui.glossary import in_columns, linked, on_page, term
from pages._ui.graph import graph

dash.register_page(__name__, path="/propensity", name="Propensity", title="Propensity · Lapwing", order=3)


def layout(
    min_propensity: str | None = None,
    shortfall: str | None = None,
    window: str | None = None,
    level: str | None = None,
    performances: str | None = None,
    at_risk: str | None = None,
    group: str | None = None,
    **_: str,
) -> Component:
    """The page as its address describes it; what the address does not say has its default."""
    start = segment.Start.read(min_propensity, shortfall, window, level, performances, at_risk, group)
    return html.Div(
        [
            page_head(
                "Propensity",
                "Who was expected to buy, what they spent against it, and whom to win back.",
                _download(),
            ),
            html.Div(id=ids.PROPENSITY_EMPTY),
            html.Div(
                [_controls(start), html.Div([_summary(), _chart(), _table()], className="lw-work__main")],
                id=ids.PROPENSITY_BODY,
                className="lw-work",
                hidden=True,
            ),
            dbc.Offcanvas(
                # It scrolls, so the keyboard must reach it.
                html.Div(
                    id=ids.PROPENSITY_PANEL_BODY,
                    className="lw-panel",
                    tabIndex="0",
                    role="region",
                    **{"aria-label": "About this customer"},
                ),
                id=ids.PROPENSITY_PANEL,
                title=html.Span("Why this customer", id="propensity-panel-title"),
                labelledby="propensity-panel-title",
                placement="end",
                is_open=False,
                scrollable=True,
                backdrop=False,
            ),
            dcc.Store(id=ids.PROPENSITY_START, data={"shortfall": start.shortfall}),
            dcc.Store(id=ids.PROPENSITY_GROUP, data=start.group),
            dcc.Store(id=ids.PROPENSITY_LIMITS),
            dcc.Store(id=ids.PROPENSITY_FILTER),
            dcc.Store(id=ids.PROPENSITY_VIEW),
            dcc.Store(id=ids.PROPENSITY_CUSTOMER),
            on_page("/propensity"),
        ],
        className="lw-page",
    )


def _controls(start: segment.Start) -> Component:
    return html.Section(
        [
            html.H2("Filters", className="lw-sr"),
            slider(
                ids.PROPENSITY_MINIMUM,
                "Minimum propensity",
                value_id=ids.PROPENSITY_MINIMUM_VALUE,
                help_text="Only customers at least this likely to buy.",
                min=0,
                max=1,
                step=0.01,
                value=start.min_propensity,
            ),
            slider(
                ids.PROPENSITY_SHORTFALL,
                "Shortfall threshold",
                value_id=ids.PROPENSITY_SHORTFALL_VALUE,
                help_text="How far from the prediction spending must be to be coloured.",
                help_id=ids.PROPENSITY_SHORTFALL_HELP,
                min=0,
                max=1,
                step=0.01,
                value=0,
            ),
            select(
                ids.PROPENSITY_WINDOW,
                "Window",
                segment.WINDOW_OPTIONS,
                start.window,
                help_id=ids.PROPENSITY_WINDOW_HELP,
            ),
            choices(
                "Colours to show",
                dbc.Checklist(
                    id=ids.PROPENSITY_SHOW,
                    options=segment.colour_options({}),
                    value=list(start.performances),
                    class_name="lw-check-list",
                ),
                component_id=ids.PROPENSITY_SHOW_GROUP,
            ),
            choices(
                "How unusual",
                dbc.RadioItems(
                    id=ids.PROPENSITY_LEVEL,
                    options=segment.LEVEL_OPTIONS,
                    value=start.level,
                    class_name="lw-radio",
                ),
                "Against each customer's own predicted range, not against other customers.",
            ),
            html.Div(
                [
                    dbc.Switch(id=ids.PROPENSITY_AT_RISK, label="At risk only", value=start.at_risk),
                    html.P(
                        [term("at-risk"), ": bought within a year, and likelier than not to stay away."],
                        className="lw-help",
                    ),
                ],
                className="lw-field",
            ),
        ],
        className="lw-card lw-work__controls",
        **{"aria-label": "Filters"},
    )


def _download() -> Component:
    return html.Div(
        [
            dbc.Button([icon("download"), "Download segment"], id=ids.PROPENSITY_DOWNLOAD, color="primary"),
            html.Label("File format", htmlFor=ids.PROPENSITY_FORMAT, className="lw-sr"),
            dbc.Select(id=ids.PROPENSITY_FORMAT, options=segment.format_options(0), value="csv"),
        ],
        className="lw-download",
    )


def _summary() -> Component:
    return html.Section(
        [
            segment.group_chip(),
            html.Div(
                [
                    html.Span(linked("Segment size"), className="lw-stat__label"),
                    html.Output(
                        id=ids.PROPENSITY_SIZE,
                        className="lw-stat__value lw-stat__value--big",
                        role="status",
                        **{"aria-label": "Segment size"},
                    ),
                    html.Span("customers on screen", className="lw-stat__note"),
                ],
                className="lw-stat",
            ),
            html.Div(id=ids.PROPENSITY_FACTS, className="lw-facts"),
        ],
        className="lw-card lw-summary",
        **{"aria-label": "Segment"},
    )


def _chart() -> Component:
    return html.Section(
        [
            graph(
                ids.PROPENSITY_CHART,
                "Chart of customers: purchase frequency against the probability to buy. The table below lists them.",
                "lapwing-propensity-customers",
                "lw-chart",
                figure=segment.BLANK_FIGURE,
            ),
            html.Div(
                [
                    html.P(id=ids.PROPENSITY_CHART_NOTE, className="lw-note lw-chart__note"),
                    dbc.Button(
                        "Show all", id=ids.PROPENSITY_RESET, color="link", size="sm", class_name="lw-hidden"
                    ),
                ],
                className="lw-chart__foot",
            ),
        ],
        className="lw-card lw-chart-card",
        **{"aria-label": "Chart"},
    )


def _table() -> Component:
    return html.Section(
        [
            html.Div(
                [html.H2("Customers"), html.P("The same segment, row by row. Choose a row to see why.")],
                className="lw-card__head",
            ),
            dag.AgGrid(
                id=ids.PROPENSITY_TABLE,
                columnDefs=segment.table_columns("past"),
                defaultColDef=segment.COLUMN_DEFAULTS,
                rowModelType="infinite",
                getRowId="params.data.customer_id",
                dashGridOptions=segment.GRID_OPTIONS,
                className="lw-grid",
                style={"height": "27rem", "width": "100%"},
            ),
            in_columns(
                tuple(dict.fromkeys((*segment.SHOWN["past"], *segment.SHOWN["next"]))), segment.COLUMN_WORDS
            ),
        ],
        className="lw-card lw-table-card",
        **{"aria-label": "Customers of the segment"},
    )

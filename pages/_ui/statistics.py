"""How a data set's statistics are laid out: ids, controls, the facts and the tables, from plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from pages._ui.controls import select
from pages._ui.glossary import linked
from pages._ui.graph import graph

READY: Final = "data-stat-ready"
BODY: Final = "data-stat-body"
MESSAGE: Final = "data-stat-message"
FACTS: Final = "data-stat-facts"
TIME_CARD: Final = "data-stat-time-card"
TIME: Final = "data-stat-time"
TIME_NOTE: Final = "data-stat-time-note"
GRAIN: Final = "data-stat-grain"
COLUMN: Final = "data-stat-column"
LOG: Final = "data-stat-log"
DISTRIBUTION: Final = "data-stat-distribution"
DISTRIBUTION_NOTE: Final = "data-stat-distribution-note"
CATEGORY_CARD: Final = "data-stat-category-card"
CATEGORY: Final = "data-stat-category"
CATEGORIES: Final = "data-stat-categories"
CATEGORIES_NOTE: Final = "data-stat-categories-note"
LEVEL: Final = "data-stat-level"
CORRELATION: Final = "data-stat-correlation"
CORRELATION_NOTE: Final = "data-stat-correlation-note"
COLUMNS: Final = "data-stat-columns"
HEAD: Final = "data-stat-head"

_RANGE: Final = ("Lowest", "Median", "Mean", "Highest")
_NUMBERS: Final = ("Filled", "Different values", *_RANGE)
GRAINS: Final = ("month", "week", "day")
HEAD_TITLE: Final = "Some rows, as stored"
WORKING: Final = "Working it out…"
# While another data set is opened, the charts of the one before fade.
BODY_LOOK, BODY_FADED = "stat-grid", "stat-grid is-faded"
# Nothing drawn: the component's own beginning would be a white sheet with axes.
_BLANK: Final[dict[str, Any]] = {
    "data": [],
    "layout": {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    },
}


@dataclass(frozen=True)
class ColumnLine:
    """One line of the table of columns, as words; `common` are values with their shares."""

    name: str
    kind: str
    filled: str
    distinct: str
    low: str = ""
    median: str = ""
    mean: str = ""
    high: str = ""
    common: tuple[tuple[str, str], ...] = ()


def statistics_section() -> Component:
    """The statistics of the selected data set; filled when its tab is opened."""
    return html.Div(
        [
            dcc.Store(id=READY),
            html.Div(id=MESSAGE),
            _busy(html.Div(html.P(WORKING, className="lw-soft"), id=FACTS, className="stat-facts-box")),
            html.Div(
                [
                    _time_card(),
                    _distribution_card(),
                    _category_card(),
                    _correlation_card(),
                    _table_card("Columns", COLUMNS),
                    _table_card(HEAD_TITLE, HEAD),
                ],
                id=BODY,
                className=BODY_LOOK,
            ),
        ],
        className="stat",
    )


def _busy(child: Component) -> Component:
    """`child`, veiled with words while it is worked out (not for what comes at once)."""
    return dcc.Loading(
        child,
        custom_spinner=html.P(WORKING, className="stat-working"),
        delay_show=200,
        overlay_style={"visibility": "visible", "opacity": 0.35},
        parent_className="stat-busy",
    )


def _card(
    title: str, controls: Sequence[Component], chart: Component, note_id: str, **more: Any
) -> Component:
    wide = more.pop("wide", False)
    return html.Section(
        [
            html.Div(
                [html.H4(linked(title)), html.Div(list(controls), className="stat-controls")], className="stat-card__head"
            ),
            _busy(chart),
            html.P(id=note_id, className="lw-note", role="status"),
        ],
        className="lw-card stat-card stat-card--wide" if wide else "lw-card stat-card",
        **{"aria-label": title},
        **more,
    )  # fmt: skip


def _chart(chart_id: str, label: str, filename: str, size: str = "") -> Component:
    return graph(chart_id, label, filename, f"stat-chart {size}".strip(), figure=_BLANK)


def _time_card() -> Component:
    options = [{"label": grain.capitalize(), "value": grain} for grain in GRAINS]
    return _card(
        "Sales over time",
        [select(GRAIN, "Grain", options, GRAINS[0])],
        _chart(TIME, "Net amount and orders over time", "lapwing-data-over-time"),
        TIME_NOTE,
        id=TIME_CARD,
        wide=True,
    )


def _distribution_card() -> Component:
    return _card(
        "Distribution",
        [
            select(COLUMN, "Column", [], None),
            dbc.Switch(id=LOG, label="Logarithmic scale", value=False),
        ],
        _chart(DISTRIBUTION, "Distribution of a column", "lapwing-data-distribution"),
        DISTRIBUTION_NOTE,
        wide=True,
    )


def _category_card() -> Component:
    return _card(
        "Categories by spend",
        [select(CATEGORY, "Category", [], None)],
        _chart(CATEGORIES, "What each category brought in", "lapwing-data-categories"),
        CATEGORIES_NOTE,
        id=CATEGORY_CARD,
    )


def _correlation_card() -> Component:
    return _card(
        "Correlation",
        [select(LEVEL, "Compare", [], None)],
        _chart(CORRELATION, "Correlation of the numeric columns", "lapwing-data-correlation"),
        CORRELATION_NOTE,
    )


def _table_card(title: str, body_id: str) -> Component:
    return html.Section(
        [
            html.H4(linked(title)),
            _busy(html.Div(html.P(WORKING, className="lw-soft"), id=body_id, className="stat-table-box")),
        ],
        className="lw-card stat-card stat-card--wide",
        **{"aria-label": title},
    )


def facts_list(facts: Sequence[tuple[str, str]]) -> Component:
    """The data set in numbers: words and values."""
    return html.Dl(
        [html.Div([html.Dt(linked(word)), html.Dd(value)]) for word, value in facts],
        className="lw-figures stat-facts",
    )


def columns_table(lines: Sequence[ColumnLine]) -> Component:
    """The columns, a line each; where a column has no range, its commonest values stand in its place."""
    heads = ("Column", "Type", *_NUMBERS)
    body = [
        html.Tr(
            [
                html.Th(line.name, scope="row"),
                html.Td(line.kind),
                *_numbers(line.filled, line.distinct),
                *(
                    [html.Td(_common(line.common), colSpan=len(_RANGE), className="stat-wrap")]
                    if line.common
                    else _numbers(line.low, line.median, line.mean, line.high)
                ),
            ]
        )
        for line in lines
    ]
    return _scrolling("Columns", heads, body, "stat-scroll")


def _numbers(*texts: str) -> list[Component]:
    return [html.Td(text, className="stat-num") for text in texts]


def _common(values: Sequence[tuple[str, str]]) -> Component:
    return html.Div(
        [
            html.Small("Commonest"),
            html.Ul([html.Li([html.Span(value), " ", html.Small(share)]) for value, share in values]),
        ],
        className="stat-common",
    )


def head_table(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Component:
    """Some rows as they are stored; an empty cell is empty."""
    body = [html.Tr([html.Td(cell or "") for cell in row]) for row in rows]
    return _scrolling(HEAD_TITLE, columns, body)


def _scrolling(
    label: str, heads: Sequence[str], body: Sequence[Component], class_name: str = ""
) -> Component:
    head = html.Tr(
        [
            html.Th(linked(text), scope="col", className="stat-num" if text in _NUMBERS else None)
            for text in heads
        ]
    )
    return html.Div(
        html.Table(
            [html.Thead(head), html.Tbody(list(body))], className="lw-table lw-table--boxed stat-table"
        ),
        className=f"lw-scroll lw-scroll--boxed {class_name}".strip(),
        role="region",
        # The keyboard can scroll what can be reached.
        tabIndex="0",
        **{"aria-label": f"Table: {label.lower()}"},
    )

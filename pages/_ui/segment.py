"""The parts of the propensity page that its callbacks fill: options, facts, table, the customer's panel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from figures.theme import COLOUR_WORDS, LABELS
from pages._ui import ids
from pages._ui.controls import icon, shape
from pages._ui.glossary import described, linked

# The three colours in the order of urgency; a test holds them against data.names.PERFORMANCES.
PERFORMANCES: Final = tuple(LABELS)
WINDOW_OPTIONS: Final = (
    {"label": "Past window", "value": "past"},
    {"label": "Next window", "value": "next"},
)
LEVELS: Final = ("0.5", "0.2", "0.1")
LEVEL_OPTIONS: Final = [
    {"label": "As likely as not", "value": "0.5"},
    {"label": "Unusual: 1 in 5", "value": "0.2"},
    {"label": "Rare: 1 in 10", "value": "0.1"},
]
XLSX_ROWS: Final = 1_048_575
BLANK_FIGURE: Final = {
    "data": [],
    "layout": {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    },
}
GRID_OPTIONS: Final = {
    # More than one request at a time leaves a block loading for ever.
    "maxConcurrentDatasourceRequests": 1,
    "cacheBlockSize": 100,
    "maxBlocksInCache": 20,
    "infiniteInitialRowCount": 1,
    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
    "multiSortKey": "ctrl",
    "suppressMultiSort": False,
    "rowHeight": 38,
    "suppressCellFocus": False,
    # Tab goes on behind the table, arrow keys move in it: cell by cell nobody would ever reach its end.
    "tabToNextCell": {"function": "false"},
    "tabToNextHeader": {"function": "false"},
    "animateRows": False,
    "localeText": {"noRowsToShow": "No customer matches these filters."},
}
COLUMN_DEFAULTS: Final = {
    "sortable": True,
    "resizable": True,
    "minWidth": 80,
    "flex": 1,
    "wrapHeaderText": True,
    "autoHeaderHeight": True,
}
COLUMN_WORDS: Final = {
    "customer_id": "Customer",
    "performance": "Colour",
    "shortfall": "Shortfall",
    "pred_spend": "Predicted",
    "actual_spend": "Spent",
    "pred_prob": "Propensity",
    "frequency": "Orders",
    "recency_days": "Days since",
    "monetary": "Spent before",
    "churn_risk": "Churn risk",
    "p_alive": "Still a customer",
    "clv": "Value, 12 months",
}
SHOWN: Final = {
    "past": (
        "customer_id", "performance", "shortfall", "pred_spend", "actual_spend", "pred_prob", "frequency",
        "recency_days", "monetary",
    ),
    "next": (
        "customer_id", "pred_spend", "pred_prob", "churn_risk", "p_alive", "clv", "frequency", "recency_days",
        "monetary",
    ),
}  # fmt: skip
MONEY: Final = {
    "shortfall",
    "pred_spend",
    "actual_spend",
    "monetary",
    "mean_order_value",
    "clv",
    "pred_spend_low",
    "pred_spend_high",
}
# Fits "£123,456" and "£1,234.50", in pixels.
MONEY_WIDTH: Final = 92
SHARES: Final = {"pred_prob", "churn_risk", "p_alive"}


@dataclass(frozen=True)
class Start:
    """What the address says of the filters; whatever makes no sense has its default."""

    min_propensity: float
    shortfall: float | None
    window: str
    level: str
    performances: tuple[str, ...]
    at_risk: bool
    group: str = ""

    @classmethod
    def read(
        cls,
        min_propensity: str | None,
        shortfall: str | None,
        window: str | None,
        level: str | None,
        performances: str | None,
        at_risk: str | None,
        group: str | None = None,
    ) -> Start:
        """Read the parts of an address."""
        named = PERFORMANCES if performances is None else performances.split(",")
        # Given twice, a parameter is a list.
        group = group if isinstance(group, str) else ""
        return cls(
            min_propensity=min(_number(min_propensity) or 0.0, 1.0),
            shortfall=_number(shortfall),
            # Groups are of the next window.
            window="next" if window == "next" or group else "past",
            level=level if level in LEVELS else LEVELS[0],
            performances=tuple(name for name in PERFORMANCES if name in named),
            at_risk=at_risk == "1",
            group=group,
        )


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except (TypeError, ValueError):  # given twice, a parameter is a list
        return None
    return value if math.isfinite(value) and value >= 0 else None


def colour_options(counts: Mapping[str, int], *, disabled: bool = False) -> list[dict[str, Any]]:
    """Legend and filter in one: each colour with its shape, its words and how many customers have it."""
    return [
        {
            "value": name,
            "disabled": disabled,
            "label": [
                shape(name),
                html.Span(f"{COLOUR_WORDS[name]}: {LABELS[name].lower()}"),
                html.Span(words.count(counts[name]) if name in counts else "", className="lw-check__count"),
            ],
        }
        for name in PERFORMANCES
    ]


def group_chip() -> Component:
    """The group of customers that the page is about, with a button that shows all again; filled where there is one."""
    return html.Div(
        [
            html.Span(
                [
                    html.Span(
                        ["Only: ", html.Span(id=ids.PROPENSITY_GROUP_WORDS)], className="lw-only__text"
                    ),
                    html.Button(
                        icon("x-lg"),
                        id=ids.PROPENSITY_GROUP_REMOVE,
                        type="button",
                        className="lw-only__remove",
                        **{"aria-label": "Show all customers again", "title": "Show all customers again"},
                    ),
                ],
                id=ids.PROPENSITY_GROUP_CHIP,
                className="lw-only__chip",
                hidden=True,
            ),
            html.Span(id=ids.PROPENSITY_GROUP_NOTE, className="lw-only__note", role="status"),
        ],
        className="lw-only",
    )


def format_options(customers: int) -> list[dict[str, Any]]:
    """File formats of the download; a spreadsheet cannot hold more than a million rows."""
    return [
        {"label": "CSV", "value": "csv"},
        {"label": "Excel", "value": "xlsx", "disabled": customers > XLSX_ROWS},
    ]


def stat(label: str, value: str, note: str = "", mark: str | None = None) -> Component:
    """A number with its label above and a note below."""
    return html.Div(
        [
            html.Span([*([shape(mark), " "] if mark else []), linked(label)], className="lw-stat__label"),
            html.Span(value, className="lw-stat__value"),
            html.Span(note, className="lw-stat__note"),
        ],
        className="lw-stat",
    )


# How the id stands in every table of customers.
ID_COLUMN: Final = {
    "minWidth": 110,
    "pinned": "left",
    "cellClass": "lw-cell-id",
    "flex": 0,
    "width": 112,
    "tooltipField": "customer_id",
}


def table_columns(window: str) -> list[dict[str, Any]]:
    """Columns of the table; cells arrive as text, written by `table_row`."""
    columns: list[dict[str, Any]] = []
    for name in SHOWN[window]:
        column: dict[str, Any] = {"field": name, "headerName": COLUMN_WORDS[name]}
        column |= described(name, COLUMN_WORDS[name])
        if name == "customer_id":
            column |= ID_COLUMN
        elif name == "performance":
            column |= {
                "minWidth": 124,
                "cellClassRules": {
                    f"lw-cell--{key}": f"params.value === '{LABELS[key]}'" for key in PERFORMANCES
                },
            }
        else:
            column |= {"type": "rightAligned", "minWidth": figure_width(name, COLUMN_WORDS[name])}
        if name == {"past": "shortfall", "next": "pred_spend"}[window]:
            column |= {"sort": "desc", "minWidth": 122}
        columns.append(column)
    return columns


def figure_width(name: str, words_of_head: str) -> int:
    """The least width of a column of numbers, in pixels: its header's longest word fits, and so does an amount."""
    longest = max((len(word) for word in words_of_head.split()), default=0)
    return max(min(34 + 8 * longest, 220), MONEY_WIDTH if name in MONEY else 0)


def table_row(
    row: Mapping[str, Any], window: str, currency: str | None, places: int | None = None
) -> dict[str, str]:
    """A customer's cells as people read them, amounts with `places` decimals."""
    return {name: cell(name, row[name], currency, places) for name in SHOWN[window]}


def cell(name: str, value: Any, currency: str | None, places: int | None = None) -> str:
    """One value as text, by the meaning of its column; amounts with `places` decimals, or as many as each needs."""
    if name == "customer_id":
        return str(value)
    if name == "performance":
        return LABELS[str(value)]
    if name in MONEY:
        told = value is None or places is None or not math.isfinite(value)
        return words.money(value, currency) if told else words.amount(value, places or 0, currency)
    if name in SHARES:
        return words.percent(value)
    return words.number(value)

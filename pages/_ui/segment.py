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
from pages._ui.controls import shape
from pages._ui.reasons import reason_words

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
    "clv",
    "pred_spend_low",
    "pred_spend_high",
}
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

    @classmethod
    def read(
        cls,
        min_propensity: str | None,
        shortfall: str | None,
        window: str | None,
        level: str | None,
        performances: str | None,
        at_risk: str | None,
    ) -> Start:
        """Read the parts of an address."""
        named = PERFORMANCES if performances is None else performances.split(",")
        return cls(
            min_propensity=min(_number(min_propensity) or 0.0, 1.0),
            shortfall=_number(shortfall),
            window="next" if window == "next" else "past",
            level=level if level in LEVELS else LEVELS[0],
            performances=tuple(name for name in PERFORMANCES if name in named),
            at_risk=at_risk == "1",
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
            html.Span([*([shape(mark), " "] if mark else []), label], className="lw-stat__label"),
            html.Span(value, className="lw-stat__value"),
            html.Span(note, className="lw-stat__note"),
        ],
        className="lw-stat",
    )


def table_columns(window: str) -> list[dict[str, Any]]:
    """Columns of the table; cells arrive as text, written by `table_row`."""
    columns: list[dict[str, Any]] = []
    for name in SHOWN[window]:
        column: dict[str, Any] = {"field": name, "headerName": COLUMN_WORDS[name]}
        if name == "customer_id":
            column |= {"minWidth": 110, "pinned": "left", "cellClass": "lw-cell-id", "flex": 0, "width": 112}
        elif name == "performance":
            column |= {
                "minWidth": 124,
                "cellClassRules": {
                    f"lw-cell--{key}": f"params.value === '{LABELS[key]}'" for key in PERFORMANCES
                },
            }
        else:
            # Wide enough for the longest word of its header.
            longest = max(map(len, COLUMN_WORDS[name].split()))
            column |= {"type": "rightAligned", "minWidth": 30 + 8 * longest}
        if name == {"past": "shortfall", "next": "pred_spend"}[window]:
            column |= {"sort": "desc", "minWidth": 122}
        columns.append(column)
    return columns


def table_row(row: Mapping[str, Any], window: str, currency: str | None) -> dict[str, str]:
    """A customer's cells as people read them."""
    return {name: cell(name, row[name], currency) for name in SHOWN[window]}


def cell(name: str, value: Any, currency: str | None) -> str:
    """One value as text, by the meaning of its column."""
    if name == "customer_id":
        return str(value)
    if name == "performance":
        return LABELS[str(value)]
    if name in MONEY:
        return words.money(value, currency)
    if name in SHARES:
        return words.percent(value)
    return words.number(value)


def customer_panel(
    customer: Mapping[str, Any],
    averages: Mapping[str, float],
    *,
    window: str,
    horizon_days: int,
    currency: str | None,
) -> list[Component]:
    """Why this customer: what was predicted, what happened, the reasons, and what to do about it."""
    performance = str(customer.get("performance", "")) if window == "past" else ""
    badge = (
        [
            html.Span(
                [shape(performance), f"{COLOUR_WORDS[performance]}: {LABELS[performance].lower()}"],
                className=f"lw-badge lw-badge--{performance}",
            )
        ]
        if performance in LABELS
        else []
    )
    return [
        html.P(str(customer["customer_id"]), className="lw-who"),
        *badge,
        html.H3("What happened" if window == "past" else "What is expected"),
        html.P(verdict(customer, window, horizon_days, currency)),
        _interval(customer, performance, currency),
        *_reasons(customer, currency),
        _against_average(customer, averages, currency),
        html.Div([html.H3("What to do"), html.P(advice(customer, window))], className="lw-panel__todo"),
    ]


def verdict(customer: Mapping[str, Any], window: str, horizon_days: int, currency: str | None) -> str:
    """The prediction and the outcome in one or two sentences."""
    expected = words.money(customer["pred_spend"], currency)
    likely = words.percent(customer["pred_prob"])
    if window == "next":
        return f"{likely} likely to buy within {horizon_days} days; {expected} expected on average."
    spent, gap = words.money(customer["actual_spend"], currency), float(customer["shortfall"])
    difference = f"{words.money(abs(gap), currency)} {'short' if gap > 0 else 'more'}"
    rank = ""
    if customer.get("spend_cdf") is not None:
        share = float(customer["spend_cdf"])
        side, place = ("lowest", share) if gap > 0 else ("highest", 1 - share)
        if place <= 0.5:
            rank = f", in the {side} {max(1, math.ceil(100 * place - 1e-9))} % of their own predicted range"
    return (
        f"Spent {spent} of {expected} predicted: {difference}{rank}. "
        f"They were {likely} likely to buy within {horizon_days} days."
    )


def _interval(customer: Mapping[str, Any], performance: str, currency: str | None) -> Component:
    low, high = float(customer["pred_spend_low"]), float(customer["pred_spend_high"])
    actual = float(customer["actual_spend"]) if performance else None
    marks = [low, high, float(customer["pred_spend"]), *([] if actual is None else [actual])]
    bottom, top = min(0.0, *marks), max(*marks, 1e-9)

    def at(value: float) -> str:
        return f"{100 * (value - bottom) / (top - bottom):.2f}%"

    text = f"80 % of such customers spend {words.money(low, currency)} to {words.money(high, currency)}."
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className="lw-interval__bar"),
                    html.Span(
                        className="lw-interval__range",
                        style={"left": at(low), "width": f"{100 * (high - low) / (top - bottom):.2f}%"},
                    ),
                    html.Span(
                        className="lw-interval__mark", style={"left": at(float(customer["pred_spend"]))}
                    ),
                    *(
                        [
                            html.Span(
                                className=f"lw-shape lw-shape--{performance} lw-interval__actual",
                                style={"left": at(actual)},
                            )
                        ]
                        if actual is not None
                        else []
                    ),
                ],
                className="lw-interval",
                **{"aria-hidden": "true"},
            ),
            html.P(text, className="lw-help"),
        ]
    )


def _reasons(customer: Mapping[str, Any], currency: str | None) -> list[Component]:
    found = [
        (
            reason_words(str(customer[f"reason_{rank}"]), customer, currency),
            float(customer.get(f"reason_{rank}_effect") or 0.0),
        )
        for rank in (1, 2, 3)
        if customer.get(f"reason_{rank}")
    ]
    if not found:
        return []
    return [
        html.H3("Why this prediction"),
        html.Ol(
            [
                html.Li([text, html.Small("makes buying " + ("likelier" if effect > 0 else "less likely"))])
                for text, effect in found
            ],
            className="lw-reasons",
        ),
    ]


PAST_ADVICE: Final = {
    "under": "Was expected and did not come: contact personally, with a reason to return, before the habit is lost.",
    "as_expected": "Behaves as expected: keep up the usual contact.",
    "over": "Spent more than predicted: say thank you, and ask for a review or a referral; no discount is needed.",
}
# From which probability to buy on, and what to do then.
FORECAST_ADVICE: Final = (
    (0.5, "Likely to come back without help: keep offers for others, and suggest something new."),
    (0.15, "Undecided: a reminder or a small offer now can tip the balance."),
    (0.0, "Unlikely to return by themselves: contact only if the offer costs little."),
)
AGAINST: Final = (
    ("recency_days", "Days since last order"),
    ("frequency", "Orders"),
    ("monetary", "Spent before"),
    ("mean_order_value", "Mean order value"),
    ("mean_gap_days", "Days between orders"),
    ("tenure_days", "Days a customer"),
    ("spend_90", "Spent in the last 90 days"),
)


def _against_average(
    customer: Mapping[str, Any], averages: Mapping[str, float], currency: str | None
) -> Component:
    def shown(name: str, value: Any) -> str:
        is_money = name in MONEY or name.startswith("spend_") or name.endswith("_value")
        if value is None or not math.isfinite(float(value)):
            return words.MISSING
        return words.money(float(value), currency) if is_money else words.number(round(float(value), 1))

    rows = [
        html.Tr(
            [
                html.Th(text, scope="row"),
                html.Td(shown(name, customer[name])),
                html.Td(shown(name, averages.get(name))),
            ]
        )
        for name, text in AGAINST
        if name in customer
    ]
    head = html.Thead(
        html.Tr(
            [
                html.Th("Up to the cutoff", scope="col"),
                html.Th("This one", scope="col"),
                html.Th("Average", scope="col"),
            ]
        )
    )
    return html.Div(
        [html.H3("Against the average"), html.Table([head, html.Tbody(rows)], className="lw-pairs")]
    )


def advice(customer: Mapping[str, Any], window: str) -> str:
    """What to do about a customer, in a sentence."""
    likely = float(customer["pred_prob"])
    if window == "next":
        return next(text for least, text in FORECAST_ADVICE if likely >= least)
    performance = str(customer["performance"])
    if performance == "under" and float(customer["actual_spend"]) > 0:
        return "Still buys, but less: ask what has changed, and offer what they used to buy."
    return PAST_ADVICE[performance]

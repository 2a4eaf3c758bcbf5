"""The panel of one customer: what was predicted, what happened, the orders so far, the reasons, what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from figures.theme import COLOUR_WORDS, LABELS
from pages._ui.advice import advice
from pages._ui.controls import shape
from pages._ui.glossary import column, linked
from pages._ui.graph import graph
from pages._ui.reasons import reason_words

MONEY: Final = ("monetary", "mean_order_value")
SHARES: Final = ("returns_share", "p_alive")
AGAINST: Final = (
    ("recency_days", "Days since last order"),
    ("frequency", "Orders"),
    ("monetary", "Spent before"),
    ("mean_order_value", "Mean order value"),
    ("mean_gap_days", "Days between orders"),
    ("gap_sd_days", "How much that varies, days"),
    ("tenure_days", "Days a customer"),
    ("spend_90", "Spent in the last 90 days"),
    ("trend", "Orders against 90 days before"),
    ("returns_share", "Share sent back"),
    ("p_alive", "Still a customer"),
)


@dataclass(frozen=True)
class Frame:
    """What the words of a panel need beside the customer: the window, its days, the currency, the interval's share."""

    window: str
    horizon_days: int
    currency: str | None
    interval: float


def customer_panel(
    customer: Mapping[str, Any],
    averages: Mapping[str, float],
    frame: Frame,
    history: Sequence[Component] = (),
) -> list[Component]:
    """Why this customer: what was predicted, what happened, the reasons, and what to do about it."""
    performance = str(customer.get("performance", "")) if frame.window == "past" else ""
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
        html.H3("What happened" if frame.window == "past" else "What is expected"),
        html.P(verdict(customer, frame)),
        interval_bar(customer, performance, frame),
        html.Div(
            [html.H3("What to do"), html.P(advice(customer, averages, frame.window, frame.currency))],
            className="lw-panel__todo",
        ),
        *history,
        *reason_list(customer, frame.currency),
        _against_average(customer, averages, frame),
    ]


def history_section(figure: Any, sentences: Sequence[str]) -> list[Component]:
    """The orders of a customer over time, as a chart and in sentences, which are also the chart's name."""
    return [
        html.H3("Orders over time"),
        graph(
            "customer-history",
            f"Chart of orders over time. {' '.join(sentences)}",
            "lapwing-customer-orders",
            "lw-history",
            tools=False,
            figure=figure,
        ),
        html.P(" ".join(sentences), className="lw-help"),
    ]


def no_history(text: str) -> list[Component]:
    """What stands in the place of the orders where they cannot be shown."""
    return [html.H3("Orders over time"), html.P(text, className="lw-help")]


def verdict(customer: Mapping[str, Any], frame: Frame) -> str:
    """The prediction and the outcome in one or two sentences."""
    currency = frame.currency
    expected = words.money(customer["pred_spend"], currency)
    likely = words.percent(customer["pred_prob"])
    if frame.window == "next":
        return f"{likely} likely to buy within {frame.horizon_days} days; {expected} expected on average."
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
        f"They were {likely} likely to buy within {frame.horizon_days} days."
    )


def interval_bar(customer: Mapping[str, Any], performance: str, frame: Frame) -> Component:
    """The range of the predicted spend as a bar and in words, and on it what was spent where that is known."""
    low, high = float(customer["pred_spend_low"]), float(customer["pred_spend_high"])
    actual = float(customer["actual_spend"]) if performance else None
    marks = [low, high, float(customer["pred_spend"]), *([] if actual is None else [actual])]
    bottom, top = min(0.0, *marks), max(*marks, 1e-9)

    def at(value: float) -> str:
        return f"{100 * (value - bottom) / (top - bottom):.2f}%"

    spend = f"{words.money(low, frame.currency)} to {words.money(high, frame.currency)}"
    text = f"{words.percent(frame.interval)} of such customers spend {spend}."
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


def reason_list(customer: Mapping[str, Any], currency: str | None) -> list[Component]:
    """The reasons of a prediction under their heading; nothing where there are none."""
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


def _plain(value: float) -> str:
    """A count or a number of days: a mean of 3.8 orders says more than 4."""
    rounded = round(value, 1 if abs(value) < 10 else 0)
    return words.marks(f"{rounded + 0.0:,.0f}" if rounded == round(rounded) else f"{rounded:,.1f}")


def _against_average(customer: Mapping[str, Any], averages: Mapping[str, float], frame: Frame) -> Component:
    def shown(name: str, value: Any) -> str:
        if value is None or not math.isfinite(float(value)):
            return words.MISSING
        if name in MONEY or name.startswith("spend_"):
            return words.money(float(value), frame.currency)
        if name == "trend":
            return f"{'+' if round(float(value), 1) > 0 else ''}{_plain(float(value))}"
        return words.percent(float(value)) if name in SHARES else _plain(float(value))

    rows = [
        html.Tr(
            [
                html.Th(column(name, text), scope="row"),
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
                html.Th(
                    linked(f"Up to the {'cutoff' if frame.window == 'past' else 'last date'}"), scope="col"
                ),
                html.Th("This one", scope="col"),
                html.Th("Average", scope="col"),
            ]
        )
    )
    return html.Div(
        [html.H3("Against the average"), html.Table([head, html.Tbody(rows)], className="lw-pairs")]
    )

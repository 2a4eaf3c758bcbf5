"""The form for one customer: its fields, how a value is written and read, and what stands at a field."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from figures.features import feature_words
from pages._ui import ids
from pages._ui import tabs as row
from pages._ui.controls import icon
from pages._ui.glossary import column, linked

ESSENTIALS: Final = (
    "recency_days", "frequency", "monetary", "tenure_days", "orders_90", "unique_products",
)  # fmt: skip
# A test holds them, with the essentials, against data.names.FEATURES.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "When they buy": (
        "active_days", "mean_gap_days", "gap_sd_days", "last_gap_days", "overdue_ratio", "trend", "peak_season",
    ),
    "Orders lately": (
        "orders_30", "orders_60", "orders_180", "orders_365",
        "decayed_orders_30", "decayed_orders_90", "decayed_orders_270",
    ),
    "What they spend": (
        "mean_order_value", "first_order_value", "last_order_value", "largest_order_value",
        "spend_30", "spend_60", "spend_90", "spend_180", "spend_365",
    ),
    "What they buy": ("units", "returns_share"),
}  # fmt: skip
FIELDS: Final = (*ESSENTIALS, *(name for names in GROUPS.values() for name in names))
PREFIX: Final = "predict"
TABS: Final = {"one": ("One customer", ids.PREDICT_ONE), "file": ("A file of customers", ids.PREDICT_FILES)}
# Written and read in words of their own.
_YES_NO: Final = "peak_season"
_PERCENT: Final = "returns_share"
_LONGEST: Final = 40
_NONE: Final = "none"


def field_id(name: str) -> str:
    """Id of the input of a feature."""
    return f"predict-one-{name.replace('_', '-')}"


def note_id(name: str) -> str:
    """Id of what is said below the input of a feature."""
    return f"{field_id(name)}-note"


def label(name: str) -> str:
    """The name of a field."""
    return f"{feature_words(name)}{', %' if name == _PERCENT else ''}"


def written(name: str, value: float | None) -> str:
    """A value as it is written into its field."""
    if value is None or not math.isfinite(value):
        return _NONE
    if name == _YES_NO:
        return "yes" if value else "no"
    value = 100 * value if name == _PERCENT else value
    rounded = round(value, 2) + 0.0
    return words.marks(f"{rounded:,.0f}" if rounded == round(rounded) else f"{rounded:,.2f}")


def read(name: str, text: Any) -> float | None:
    """The value in a field, None where it is empty; ValueError in words where it cannot be read."""
    shown = str("" if text is None else text).strip()
    if not shown:
        return None
    if name == _YES_NO:
        if shown.lower() in ("yes", "y", "1", "no", "n", "0"):
            return float(shown.lower() in ("yes", "y", "1"))
        raise ValueError("Write yes or no.")
    plain = re.sub(r"^(-?)\s*[€$£¥₹]|\s*[€$£¥₹]$", r"\1", shown.replace("\u2212", "-"))
    plain = plain.removesuffix("%") if name == _PERCENT else plain
    try:
        value = words.read_number(plain)
    except ValueError:
        example = words.marks("1,200.50")
        raise ValueError(f"“{shown[:_LONGEST]}” is not a number. Write it like {example}.") from None
    return value / 100 if name == _PERCENT else value


def tabs(tab: str) -> Component:
    """The two parts of the page, each with its tab."""
    return row.tab_row(PREFIX, "What to score", TABS, tab, "predict-tabs")


def tab_id(name: str) -> str:
    """Id of the button of a part of the page."""
    return row.tab_id(PREFIX, name)


def panel(children: Sequence[Component], name: str, tab: str) -> Component:
    """What a part of the page shows; hidden unless it is the open `tab`."""
    return row.tab_panel(PREFIX, name, TABS[name][1], list(children), tab, "predict-panel")


def form(customer: str | None) -> Component:
    """The form: who to start from, the essentials, all other features, and what they are scored by."""
    return dbc.Form(
        [
            html.Div(
                [
                    html.Label("Start from customer", htmlFor=ids.PREDICT_ONE_START, className="lw-label"),
                    dbc.Input(
                        id=ids.PREDICT_ONE_START,
                        value=customer or "",
                        type="text",
                        debounce=True,
                        maxlength=200,
                        autocomplete="off",
                        placeholder="A typical customer",
                    ),
                    html.P(id=ids.PREDICT_ONE_START_NOTE, className="lw-help"),
                ],
                role="group",
                className="predict-one-start",
                **{"aria-describedby": ids.PREDICT_ONE_START_NOTE},
            ),
            html.P(id=ids.PREDICT_ONE_NOTE, className="lw-help"),
            _fields("Essentials", ESSENTIALS),
            html.Details(
                [
                    html.Summary([icon("sliders"), " All features"]),
                    *(_fields(title, names) for title, names in GROUPS.items()),
                ],
                className="predict-one-all",
            ),
            html.Div(
                [
                    dbc.Button(
                        "Score this customer", id=ids.PREDICT_ONE_SCORE, type="submit", color="primary"
                    ),
                    dbc.Button("Clear", id=ids.PREDICT_ONE_CLEAR, type="button", color="light"),
                    html.Span(
                        [dbc.Spinner(size="sm"), "Scoring, about three seconds…"],
                        id=ids.PREDICT_ONE_BUSY,
                        className="predict-one-busy lw-help",
                        hidden=True,
                        role="status",
                    ),
                ],
                className="predict-actions",
            ),
        ],
        id=ids.PREDICT_ONE_FORM,
        class_name="lw-card predict-one-form",
    )


def _fields(title: str, names: Sequence[str]) -> Component:
    return html.Fieldset(
        [
            html.Legend(linked(title)),
            html.Div([_field(name) for name in names], className="predict-one-fields"),
        ],
    )


def _field(name: str) -> Component:
    return html.Div(
        [
            html.Label(column(name, label(name)), htmlFor=field_id(name), className="lw-label"),
            dbc.Input(
                id=field_id(name),
                type="text",
                inputmode="text" if name in (_YES_NO, "trend") else "decimal",
                debounce=True,
                autocomplete="off",
                maxlength=_LONGEST,
            ),
            html.P(id=note_id(name), className="predict-one-note"),
        ],
        # An input takes no description of its own: its group has it.
        role="group",
        className="predict-one-field",
        **{"aria-describedby": note_id(name)},
    )


def stores() -> list[Component]:
    """What the form remembers: that it was sent, and the values that were scored last."""
    return [dcc.Store(id=ids.PREDICT_ONE_ASKED), dcc.Store(id=ids.PREDICT_ONE_SCORED)]


def filled_words(like: str, nearest: int, currency: str | None) -> str:
    """How empty fields are filled in: `like` names a customer, else as those of `nearest` like them."""
    amounts = f" Amounts are in {currency}." if words.symbol(currency) else ""
    kept = (
        f"Empty fields are as those of customer {like}, and follow what you write."
        if like
        else f"Empty fields are filled in: worked out from what you write, or as with the {nearest} most similar customers."
    )
    return f"{kept} The value stands in the field in grey; write over any.{amounts}"


def started_from(customer: Mapping[str, Any], currency: str | None) -> str:
    """The customer that the form starts from, in a sentence."""
    orders = words.plural(float(customer["frequency"]), "order")
    ago = words.plural(float(customer["recency_days"]), "day")
    return f"{orders}, the last one {ago} ago, {words.money(float(customer['monetary']), currency)} in all."


def answer_region() -> Component:
    """Where the answer stands."""
    return html.Section(
        [
            html.P(id=ids.PREDICT_ONE_STATUS, role="status", className="lw-sr"),
            html.P(
                [icon("arrow-repeat"), " The form has changed since: score again."],
                id=ids.PREDICT_ONE_STALE,
                className="predict-one-stale",
                hidden=True,
            ),
            html.Div(
                html.P(
                    "The answer will be here: segment, propensity, spend, churn risk, value, and what to do.",
                    className="lw-help",
                ),
                id=ids.PREDICT_ONE_ANSWER,
            ),
        ],
        className="lw-card predict-one-answer",
        **{"aria-label": "Answer"},
    )


def filled_note(name: str, value: float | None) -> Component:
    """For those who do not see that the value in a field is grey."""
    return html.Span(f"Filled in: {written(name, value)}", className="lw-sr")

"""The frame of the ROI page: the controls, the answer and the tabs, before any data."""

from __future__ import annotations

from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from models.campaign.params import LIMITS, RANKS, RELATIVE, UNITS, WORDS
from pages._ui import ids
from pages._ui.controls import fold_title, tip
from pages._ui.glossary import linked
from pages._ui.roi_parts import PREFIX, PRIOR, SCALES, VIEWS
from pages._ui.roi_proof import proof_view
from pages._ui.roi_readout import readout_view
from pages._ui.roi_scenarios import scenarios_view
from pages._ui.roi_views import depth_view, drivers_view, range_view, segments_view
from pages._ui.tabs import tab_panel, tab_row

# What is typed waits until the hand rests.
TYPING_MS: Final = 350
HELP: Final = {
    "rank": "The best of the order are contacted first.",
    "discount": "Given off every order that uses the offer.",
    "margin": "Left of net spend after the cost of the goods, before any discount.",
    "uplift": "How much likelier a customer is to buy because of the offer.",
    "uplift_unit": "Of each customer's own probability, or added to it.",
    "redemption": "These orders would have come at full price: the discount on them is lost.",
    "contact_cost": "For each customer contacted, whether they buy or not.",
    "fixed_cost": "Whatever the number of customers.",
    "budget": "Contacts, fixed cost and discounts together; 0 is no limit.",
    "horizon_days": "Days after the contact in which purchases count.",
    "uplift_range": "The uplift is this much lower or higher at the ends of its 80 % range.",
    "forecast_error": "How far the level of spend may be off, as a standard deviation; starts at what the backtests missed.",
    "seed": "Of everything drawn at random: the same number, the same answer.",
}


def panel_id(view: str) -> str:
    """Id of what the tab of `view` shows."""
    return f"roi-panel-{view}"


def controls() -> Component:
    """Everything that can be assumed; on a narrow screen it is folded away under its heading."""
    return html.Section(
        [
            html.Div(
                [
                    fold_title("Assumptions", ids.ROI_CONTROLS, **{"data-roi-fold": "1"}),
                    html.Div(
                        [
                            dbc.Button(
                                "Undo", id=ids.ROI_UNDO, color="link", size="sm", class_name="lw-hidden"
                            ),
                            dbc.Button("Reset", id=ids.ROI_RESET, color="link", size="sm"),
                        ],
                    ),
                ],
                className="seg-filters__head",
            ),
            html.Div(
                [
                    _audience(),
                    _contacted(),
                    _select(ids.ROI_RANK, "rank", RANKS, "profit"),
                    _percent(ids.ROI_DISCOUNT, "discount"),
                    _percent(ids.ROI_MARGIN, "margin"),
                    _uplift(),
                    _percent(ids.ROI_REDEMPTION, "redemption"),
                    html.Div(
                        [
                            _number(ids.ROI_CONTACT_COST, "contact_cost", money=True),
                            _number(ids.ROI_FIXED_COST, "fixed_cost", money=True),
                            _number(ids.ROI_BUDGET, "budget", money=True),
                            _number(ids.ROI_HORIZON, "horizon_days", unit="days"),
                        ],
                        className="roi-numbers",
                    ),
                    html.Details(
                        [
                            html.Summary("More"),
                            _percent(ids.ROI_UPLIFT_RANGE, "uplift_range"),
                            _percent(ids.ROI_FORECAST_ERROR, "forecast_error"),
                            _number(ids.ROI_SEED, "seed"),
                        ],
                        className="lw-more roi-more",
                    ),
                ],
                id=ids.ROI_CONTROLS,
                className="seg-filters__body",
            ),
        ],
        className="lw-card lw-work__controls seg-filters roi-controls",
        **{"aria-label": "Assumptions"},
    )


def _audience() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.Label(linked("Audience"), htmlFor=ids.ROI_AUDIENCE, className="lw-label"),
                    html.Span(id=ids.ROI_AUDIENCE_HELP, className="lw-help"),
                ],
                className="lw-field__head",
            ),
            dbc.Select(id=ids.ROI_AUDIENCE, options=[], value=None),
        ],
        className="lw-field",
    )


def _contacted() -> Component:
    """A slider over the audience, and the same number to type."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label(linked(WORDS["contacted"]), htmlFor=ids.ROI_CONTACTED, className="lw-label"),
                    html.Label("The same number, typed", htmlFor=ids.ROI_CONTACTED_NUMBER, className="lw-sr"),
                    dbc.Input(
                        id=ids.ROI_CONTACTED_NUMBER,
                        type="number",
                        value=None,
                        debounce=TYPING_MS,
                        class_name="roi-typed",
                    ),
                ],
                className="lw-field__head roi-contacted__head",
            ),
            dbc.Input(
                id=ids.ROI_CONTACTED,
                type="range",
                min=1,
                max=int(LIMITS["contacted"].default),
                step=1,
                value=int(LIMITS["contacted"].default),
            ),
            html.P("The best of the order first.", id=ids.ROI_CONTACTED_HELP, className="lw-help"),
        ],
        className="lw-field",
    )


def _named(component_id: str, name: str) -> Component:
    """The label of a control and, a key press away, what it means; the control is described by the same words."""
    return html.Div(
        [
            html.Label(linked(WORDS[name]), htmlFor=component_id, className="lw-label"),
            # Not named after the control, which is found by its own name.
            tip(HELP[name], "this", f"{component_id}-help"),
        ],
        className="roi-named",
    )


def _select(component_id: str, name: str, choices: dict[str, str], value: str) -> Component:
    return html.Div(
        [
            _named(component_id, name),
            dbc.Select(
                id=component_id,
                options=[{"label": label, "value": key} for key, label in choices.items()],
                value=value,
            ),
        ],
        className="lw-field",
    )


def _percent(component_id: str, name: str) -> Component:
    """A slider in percent with its value beside its label."""
    scale = SCALES[name]
    return html.Div(
        [
            html.Div(
                [
                    _named(component_id, name),
                    html.Span(id=f"{component_id}-value", className="lw-field__value"),
                ],
                className="lw-field__head",
            ),
            dbc.Input(
                id=component_id,
                type="range",
                min=scale.low,
                max=scale.high,
                step=scale.step,
                value=round(100 * LIMITS[name].default),
            ),
        ],
        className="lw-field",
    )


def _uplift() -> Component:
    return html.Div(
        [
            _percent(ids.ROI_UPLIFT, "uplift"),
            html.Details(
                [html.Summary("Where this comes from"), *(html.P(words.prose(text)) for text in PRIOR)],
                className="roi-source",
            ),
            _select(ids.ROI_UPLIFT_UNIT, "uplift_unit", UNITS, RELATIVE),
        ],
        className="lw-field roi-uplift",
    )


def _number(component_id: str, name: str, *, money: bool = False, unit: str = "") -> Component:
    """A number to type, with its sign or unit beside it."""
    limit = LIMITS[name]
    before = (
        [html.Span(className="input-group-text roi-currency", **{"aria-hidden": "true"})] if money else []
    )
    after = [html.Span(unit, className="input-group-text", **{"aria-hidden": "true"})] if unit else []
    return html.Div(
        [
            _named(component_id, name),
            html.Div(
                [
                    *before,
                    dbc.Input(
                        id=component_id,
                        type="number",
                        step="any",
                        value=limit.default,
                        debounce=TYPING_MS,
                        inputmode="decimal" if money else "numeric",
                    ),
                    *after,
                ],
                className="input-group roi-number",
            ),
        ],
        className="lw-field",
    )


def answer() -> Component:
    """The question in a sentence and the answer to it."""
    return html.Section(
        [
            html.H2("Do we make money?", id=ids.ROI_QUESTION, className="roi-question"),
            html.Div(id=ids.ROI_VERDICT, className="roi-verdict"),
            html.Div(
                [
                    html.P("Reading the customers of this analysis…"),
                    html.Div(className="lw-skeleton", **{"aria-hidden": "true"}),
                ],
                className="roi-reading",
            ),
            # What the answer is when the hand rests: a slider on its way would talk all the time.
            html.P(id=ids.ROI_SAID, role="status", className="lw-sr"),
            html.Div(id=ids.ROI_STATS, className="roi-stats"),
            html.Div(id=ids.ROI_LINES, className="roi-lines"),
            html.Div(id=ids.ROI_CAUTIONS),
        ],
        className="lw-card lw-summary roi-answer",
        **{"aria-label": "The answer", "aria-busy": "true"},
    )


def glance() -> Component:
    """The answer in a line at the lower edge while the answer itself is out of sight."""
    return html.Div(id=ids.ROI_GLANCE, className="roi-glance", **{"aria-hidden": "true"})


def views(chosen: str) -> Component:
    """The row of tabs over the view that is open."""
    tabs = {view: (words, panel_id(view)) for view, words in VIEWS.items()}
    content: dict[str, Any] = {
        "depth": depth_view(),
        "range": range_view(),
        "drivers": drivers_view(),
        "segments": segments_view(),
        "scenarios": scenarios_view(),
        "proof": proof_view(),
        "readout": readout_view(),
    }
    return html.Section(
        [
            html.Div(tab_row(PREFIX, "Views", tabs, chosen), className="lw-tabs-row"),
            *(
                tab_panel(PREFIX, view, panel_id(view), html.Div(content[view], className="seg-view"), chosen)
                for view in VIEWS
            ),
            dcc.Store(id=ids.ROI_OPEN, data=chosen),
        ],
        className="lw-card seg-views roi-views",
        **{"aria-label": "Views"},
    )


def skeleton() -> Component:
    """The shapes of the page to come."""
    return html.Div(
        [
            html.Div(className="lw-skeleton", style={"height": "38rem"}),
            html.Div(
                [
                    html.Div(className="lw-skeleton", style={"height": "15rem"}),
                    html.Div(className="lw-skeleton", style={"height": "27rem"}),
                ],
                className="lw-work__main",
            ),
        ],
        className="lw-work",
        **{"aria-hidden": "true"},
    )

"""The panel of one customer on the propensity page: opened by a click on a point or a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.filters import read_filter
from data.errors import LapwingError
from data.history import customer_days
from figures.customer import HistorySpec, history_figure, history_words
from figures.propensity import clicked_customer
from models.params import LIMITS
from pages._ui import customer as view
from pages._ui import ids
from pages._ui.controls import problem

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from callbacks.services import Services
    from data.store import Analysis

NO_HISTORY = (
    "The data set of this analysis is not in the workspace any more, so single orders cannot be shown."
)


def chosen_customer(click: dict[str, Any] | None, rows: list[dict[str, Any]] | None) -> str | None:
    """The customer of the clicked point, else of the chosen row."""
    return clicked_customer(click) or next((row["customer_id"] for row in rows or [] if row), None)


def explain(
    services: Services, customer_id: str | None, params: dict[str, Any] | None, theme: str | None
) -> list[Component] | Component:
    """What the panel says of a customer under the filter `params`, or in words why it cannot."""
    if customer_id is None or not params:
        raise PreventUpdate
    try:
        analysis = services.analysis(params["analysis"])
        facts, queries = Facts.of(services, analysis.id), services.queries(analysis.id)
        chosen = read_filter(params)
        frame = view.Frame(chosen.window, facts.horizon_days, facts.currency, interval_share(analysis))
        customer = queries.customer(chosen.window, customer_id, chosen)
        spec = HistorySpec(
            cutoff=facts.cutoff if chosen.window == "past" else facts.last_date,
            horizon_days=facts.horizon_days,
            window=chosen.window,
            theme=theme or "",
            currency=facts.currency,
        )
        told = history(services, analysis, customer_id, spec)
        return view.customer_panel(customer, queries.averages(chosen.window), frame, told)
    except LapwingError as error:
        return problem(str(error))


def explain_again(
    services: Services,
    shown: dict[str, Any] | None,
    params: dict[str, Any] | None,
    theme: str | None,
    is_open: bool,
) -> tuple[Any, Any]:
    """An open panel under another filter or theme, as (open, content); another analysis closes it."""
    if not is_open or not shown or not params or params.get("moving"):
        raise PreventUpdate
    if params["analysis"] != shown["analysis"]:
        return False, no_update
    return no_update, explain(services, shown["customer"], params, theme)


def history(services: Services, analysis: Analysis, customer_id: str, spec: HistorySpec) -> list[Component]:
    """The orders of a customer, where the data set of the analysis is still there."""
    try:
        days = customer_days(services.store.dataset(analysis.dataset_id), customer_id, spec.end)
    except LapwingError:
        return view.no_history(NO_HISTORY)
    return view.history_section(history_figure(days, spec), history_words(days, spec))


def interval_share(analysis: Analysis) -> float:
    """The share of customers that the spend interval of an analysis should hold."""
    return float((analysis.manifest.get("params") or {}).get("interval", LIMITS["interval"].default))


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the panel to `app`."""

    @app.callback(
        Output(ids.PROPENSITY_PANEL, "is_open"),
        Output(ids.PROPENSITY_PANEL_BODY, "children"),
        Output(ids.PROPENSITY_CHART, "clickData"),
        Output(ids.PROPENSITY_CUSTOMER, "data"),
        Input(ids.PROPENSITY_CHART, "clickData"),
        Input(ids.PROPENSITY_TABLE, "selectedRows"),
        State(ids.PROPENSITY_FILTER, "data"),
        State(ids.SHELL_THEME_VALUE, "data"),
        prevent_initial_call=True,
    )
    def _explain(click: Any, rows: Any, params: Any, theme: Any) -> tuple[Any, ...]:
        customer_id = chosen_customer(click, rows)
        content = explain(services, customer_id, params, theme)
        # The click is used up: the same point can be clicked again.
        return True, content, None, {"analysis": params["analysis"], "customer": customer_id}

    @app.callback(
        Output(ids.PROPENSITY_PANEL, "is_open", allow_duplicate=True),
        Output(ids.PROPENSITY_PANEL_BODY, "children", allow_duplicate=True),
        Input(ids.PROPENSITY_FILTER, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        State(ids.PROPENSITY_CUSTOMER, "data"),
        State(ids.PROPENSITY_PANEL, "is_open"),
        prevent_initial_call=True,
    )
    def _explain_again(params: Any, theme: Any, shown: Any, is_open: Any) -> tuple[Any, Any]:
        return explain_again(services, shown, params, theme, bool(is_open))

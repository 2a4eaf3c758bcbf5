"""The propensity page: filters to one frozen filter, and from it count, chart, table and panel."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from dash import Dash, Input, Output, State
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks import customer, downloads
from callbacks.facts import Facts
from callbacks.filters import read_filter
from callbacks.waiting import show
from data.errors import InputError, LapwingError
from data.names import PERFORMANCES, UNDER
from data.overview.groups import Group
from data.queries import POINTS, Bins, CustomerFilter, CustomerQueries, Summary
from figures import words
from figures.propensity import ChartSpec, propensity_figure, reach, view_ranges
from figures.theme import says
from pages._ui import ids, segment
from pages._ui.controls import problem

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from callbacks.services import Services

SLIDER_STEPS = 200
# Points while a slider moves: few enough for the browser to keep up with the hand.
PREVIEW = 1200
NO_BINS = (np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.zeros((1, 1), dtype=np.int64))


def describe(
    services: Services,
    analysis_id: str | None,
    window: str,
    start: dict[str, Any] | None,
    known: dict[str, Any] | None,
    shortfall: float | None,
) -> dict[str, Any]:
    """Limits and words of the filters for an analysis and a window.

    The threshold keeps its value on the same analysis; at first the address gives it, else the analysis.
    """
    if not analysis_id:
        raise PreventUpdate
    try:
        facts, queries = Facts.of(services, analysis_id), services.queries(analysis_id)
    except LapwingError as error:
        raise PreventUpdate from error
    top, step = slider_scale(queries.largest_shortfall(), queries.default_threshold)
    same = bool(known) and known is not None and known["analysis"] == analysis_id
    wished = shortfall if same else (start or {}).get("shortfall") if not known else None
    default_at = snap(queries.default_threshold, step, top)
    past = window == "past"
    return {
        "max": top,
        "step": step,
        "value": default_at if wished is None else snap(float(wished), step, top),
        "disabled": not past,
        "help": threshold_help(facts, queries.default_threshold, past=past),
        "window_help": window_help(facts, window, queries.analysis.metrics["winback"].get("afterwards")),
        "levels": [option | {"disabled": not past} for option in segment.LEVEL_OPTIONS],
        "columns": segment.table_columns(window),
        "limits": {
            "analysis": analysis_id,
            "window": window,
            "sides": words.sides(facts.currency),
            "default": queries.default_threshold,
            "default_at": default_at,
        },
    }


def slider_scale(largest: float, default: float) -> tuple[float, float]:
    """Top and step of the threshold: round numbers, about 200 steps, the default well inside."""
    wanted = max(largest, 2 * default, 1.0)
    step = nice(wanted / SLIDER_STEPS)
    return round(math.ceil(wanted / step) * step, 6), step


def nice(value: float) -> float:
    """The first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return round(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value * (1 - 1e-9)), 6)


def snap(value: float, step: float, top: float) -> float:
    """The position of a slider nearest to `value`."""
    return round(min(max(round(value / step) * step, 0.0), top), 6)


def threshold_help(facts: Facts, default: float, *, past: bool) -> str:
    """What the threshold does, or why it cannot be used."""
    if not past:
        return "Not for the next window: nobody has spent anything in it yet."
    return (
        "Red or blue from this far below or above the prediction. "
        f"Starts at {words.money(default, facts.currency)}, half the mean spend."
    )


def window_help(facts: Facts, window: str, afterwards: dict[str, Any] | None = None) -> str:
    """The dates of a window, and what can be said of it; of the past one also what became of each colour."""
    if window != "past":
        return f"{facts.dates('next')}: the future. Nothing to check against yet, so no colours."
    told = f"{facts.dates('past')}: predicted before it began, checked against what happened."
    ratios = {name: row["ratio"] for name, row in (afterwards or {}).items()}
    if set(ratios) != set(PERFORMANCES) or None in ratios.values():
        return told
    red, yellow, blue = (words.percent(ratios[name]) for name in PERFORMANCES)
    return (
        f"{told} Customers who were red one window earlier spent {red} of their forecast of then in this one, "
        f"yellow ones {yellow}, blue ones {blue}."
    )


def draw(
    services: Services, params: dict[str, Any] | None, view: dict[str, Any] | None, theme: str | None
) -> dict[str, Any]:
    """Count, facts and chart of the filter; the one callback behind a moving slider."""
    if not params or not theme:
        raise PreventUpdate
    try:
        facts, queries = Facts.of(services, params["analysis"]), services.queries(params["analysis"])
        chosen = read_filter(params)
        summary = queries.summary(chosen)
        limit = PREVIEW if params.get("moving") else POINTS
        figure, note, zoomed = chart(queries, chosen, summary, facts, view, theme, limit)
    except LapwingError as error:
        return unanswered(str(error), theme)
    past = chosen.window == "past"
    return {
        "figure": figure,
        "size": words.count(summary.customers),
        "facts": summary_stats(summary, chosen, facts),
        "colours": segment.colour_options(summary.by_performance, disabled=not past),
        "note": note,
        "reset": "" if zoomed else "lw-hidden",
        "formats": segment.format_options(summary.customers),
        "closed": summary.customers == 0,
    }


def unanswered(text: str, theme: str) -> dict[str, Any]:
    """The outputs of `draw` where the question cannot be answered: in words, with nothing to download."""
    return {
        "figure": says("The chart cannot be drawn.", theme),
        "size": words.MISSING,
        "facts": problem(text),
        "colours": segment.colour_options({}),
        "note": "",
        "reset": "lw-hidden",
        "formats": segment.format_options(0),
        "closed": True,
    }


def chart(
    queries: CustomerQueries,
    chosen: CustomerFilter,
    summary: Summary,
    facts: Facts,
    view: dict[str, Any] | None,
    theme: str,
    limit: int = POINTS,
) -> tuple[Any, str, bool]:
    """The figure of what is in view, a line of words about it, and whether it is zoomed."""
    x_view, y_range = view_ranges(view)
    x_range = reach(x_view)
    zoomed = x_view is not None or y_range is not None
    points = queries.points(chosen, x_range, y_range, limit, known=summary)
    dense = summary.customers > PREVIEW
    bins = queries.bins(chosen, x_range, y_range) if dense else Bins(*NO_BINS)
    total = int(bins.counts.sum()) if dense else len(points)
    spec = ChartSpec(
        x_range=queries.ranges[chosen.window],
        density=dense,
        x_view=x_view,
        y_view=y_range,
        horizon_days=facts.horizon_days,
        window=chosen.window,
        theme=theme,
        currency=facts.currency,
        revision=f"{facts.analysis_id} {chosen.window}",
    )
    figure = propensity_figure(points, bins.x_edges, bins.y_edges, bins.counts, spec)
    return figure, chart_note(len(points), total, zoomed=zoomed), zoomed


def chart_note(drawn: int, total: int, *, zoomed: bool) -> str:
    """What the chart shows of how many."""
    if total <= drawn:
        text = f"Each point is a customer; all {words.count(total)} are drawn." if total else ""
    else:
        text = (
            f"Each point is a customer: {words.count(drawn)} of {words.count(total)}, about as many of each colour,"
            " so that rare ones are seen. The shading counts all of them."
        )
    if zoomed:
        return f"{text} Zoom is for looking only: segment, table and download stay as filtered."
    return f"{text} Drag over the chart to zoom in, double-click to see all."


def group_words(group: str | None) -> tuple[str, bool]:
    """What the chip says of the group that the list is about, and whether there is nothing to say."""
    if not group:
        return "", True
    try:
        return Group.of(group).words(), False
    except InputError:
        # What is wrong with it stands where the figures would.
        return "a group that is not known", False


def summary_stats(summary: Summary, chosen: CustomerFilter, facts: Facts) -> list[Component]:
    """What stands beside the segment size."""
    currency = facts.currency
    if summary.actual_spend is None or summary.red_by_chance is None:
        left = (
            None if facts.margin is None else words.money_short(summary.pred_spend * facts.margin, currency)
        )
        return [
            segment.stat(
                "Predicted spend",
                words.money_short(summary.pred_spend, currency),
                "in the next window" + (f", {left} of it margin" if left else ""),
            )
        ]
    red = summary.by_performance[UNDER] if UNDER in chosen.performances else 0
    chance = (
        f"about {words.count(round(summary.red_by_chance))} would be red by chance if the model were perfect"
    )
    if red and not summary.beyond_chance:
        chance += ": no clear difference"
    whole = chosen == CustomerFilter(shortfall_threshold=chosen.shortfall_threshold, level=chosen.level)
    ratio = summary.actual_spend / summary.pred_spend if summary.pred_spend > 0 else None
    return [
        segment.stat("Red: spent less", words.count(red), chance, UNDER),
        segment.stat(
            "Predicted spend", words.money_short(summary.pred_spend, currency), "of these customers"
        ),
        segment.stat(
            "Actual spend",
            words.money_short(summary.actual_spend, currency),
            "matched by design" if whole else f"{words.percent(ratio)} of predicted",
        ),
    ]


def table_rows(services: Services, request: dict[str, Any] | None) -> dict[str, Any]:
    """The rows the table asks for under the filter it names, as cells of text."""
    if not request:
        raise PreventUpdate
    params = request.get("context")
    if not params:
        # Asked before there is a filter; unanswered, the table would never ask again.
        return {"rowData": [], "rowCount": 0}
    try:
        facts, queries = Facts.of(services, params["analysis"]), services.queries(params["analysis"])
        chosen = read_filter(params)
        sort = [(item["colId"], item["sort"]) for item in request.get("sortModel") or []]
        sort = [item for item in sort if item[0] in segment.SHOWN[chosen.window]]
        frame = queries.page(chosen, sort, int(request["startRow"]), int(request["endRow"]))
        count = queries.count(chosen)
    except LapwingError:
        # The words for it stand above the chart, where the count is.
        return {"rowData": [], "rowCount": 0}
    records: list[dict[str, Any]] = frame.to_dict(orient="records")  # type: ignore[assignment]  # text names
    # One precision for the whole table, of which no more than a few rows are known here.
    places = words.places_for(2 * queries.default_threshold)
    rows = [segment.table_row(row, chosen.window, facts.currency, places) for row in records]
    return {"rowData": rows, "rowCount": count}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the propensity page to `app`."""
    app.callback(
        Output(ids.PROPENSITY_EMPTY, "children"),
        Output(ids.PROPENSITY_BODY, "hidden"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.PROPENSITY_BODY, "hidden"),
    )(partial(show, page="/propensity"))
    _register_filters(app, services)
    _register_answers(app, services)
    _register_scripts(app)
    customer.register(app, services)
    downloads.register(app, services)


def _register_filters(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "max": Output(ids.PROPENSITY_SHORTFALL, "max"),
            "step": Output(ids.PROPENSITY_SHORTFALL, "step"),
            "value": Output(ids.PROPENSITY_SHORTFALL, "value"),
            "disabled": Output(ids.PROPENSITY_SHORTFALL, "disabled"),
            "help": Output(ids.PROPENSITY_SHORTFALL_HELP, "children"),
            "window_help": Output(ids.PROPENSITY_WINDOW_HELP, "children"),
            "levels": Output(ids.PROPENSITY_LEVEL, "options"),
            "columns": Output(ids.PROPENSITY_TABLE, "columnDefs"),
            "limits": Output(ids.PROPENSITY_LIMITS, "data"),
        },
        inputs={
            "analysis_id": Input(ids.SHELL_DATASET, "value"),
            "window": Input(ids.PROPENSITY_WINDOW, "value"),
        },
        state={
            "start": State(ids.PROPENSITY_START, "data"),
            "known": State(ids.PROPENSITY_LIMITS, "data"),
            "shortfall": State(ids.PROPENSITY_SHORTFALL, "value"),
        },
    )
    def _describe(analysis_id: Any, window: Any, start: Any, known: Any, shortfall: Any) -> dict[str, Any]:
        return describe(services, analysis_id, window, start, known, shortfall)

    app.callback(
        Output(ids.PROPENSITY_GROUP_WORDS, "children"),
        Output(ids.PROPENSITY_GROUP_CHIP, "hidden"),
        Input(ids.PROPENSITY_GROUP, "data"),
    )(group_words)


def _register_answers(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "figure": Output(ids.PROPENSITY_CHART, "figure"),
            "size": Output(ids.PROPENSITY_SIZE, "children"),
            "facts": Output(ids.PROPENSITY_FACTS, "children"),
            "colours": Output(ids.PROPENSITY_SHOW, "options"),
            "note": Output(ids.PROPENSITY_CHART_NOTE, "children"),
            "reset": Output(ids.PROPENSITY_RESET, "class_name"),
            "formats": Output(ids.PROPENSITY_FORMAT, "options"),
            "closed": Output(ids.PROPENSITY_DOWNLOAD, "disabled"),
        },
        inputs={
            "params": Input(ids.PROPENSITY_FILTER, "data"),
            "view": Input(ids.PROPENSITY_VIEW, "data"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
        },
    )
    def _draw(params: Any, view: Any, theme: Any) -> dict[str, Any]:
        return draw(services, params, view, theme)

    @app.callback(
        Output(ids.PROPENSITY_TABLE, "getRowsResponse"), Input(ids.PROPENSITY_TABLE, "getRowsRequest")
    )
    def _rows(request: Any) -> dict[str, Any]:
        return table_rows(services, request)


def _register_scripts(app: Dash) -> None:
    def script(name: str, *arguments: Any, **extra: Any) -> None:
        app.clientside_callback(ClientsideFunction("lapwing", name), *arguments, **extra)

    script(
        "collect",
        Input(ids.PROPENSITY_LIMITS, "data"),
        Input(ids.PROPENSITY_MINIMUM, "value"),
        Input(ids.PROPENSITY_SHORTFALL, "value"),
        Input(ids.PROPENSITY_LEVEL, "value"),
        Input(ids.PROPENSITY_SHOW, "value"),
        Input(ids.PROPENSITY_AT_RISK, "value"),
        Input(ids.PROPENSITY_GROUP_REMOVE, "n_clicks"),
        State(ids.PROPENSITY_GROUP, "data"),
    )
    script("drawn", Input(ids.PROPENSITY_CHART, "figure"))
    script("zoomed", Input(ids.PROPENSITY_CHART, "relayoutData"), prevent_initial_call=True)
    script("unzoom", Input(ids.PROPENSITY_RESET, "n_clicks"), prevent_initial_call=True)
    script(
        "refresh", Input(ids.PROPENSITY_FILTER, "data"), Input(ids.PROPENSITY_TABLE, "columnDefs"),
        prevent_initial_call=True,
    )  # fmt: skip
    script("unselect", Input(ids.PROPENSITY_PANEL, "is_open"), prevent_initial_call=True)
    script(
        "download",
        Input(ids.PROPENSITY_DOWNLOAD, "n_clicks"),
        State(ids.PROPENSITY_FILTER, "data"),
        State(ids.PROPENSITY_FORMAT, "value"),
        prevent_initial_call=True,
    )

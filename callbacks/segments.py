"""The segments page: whose segments, the one filter, and what is told of the customers that it leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks import segment_actions, segments_table, segments_views
from callbacks.segments_source import Source, choose, segmentations_of
from data.errors import InputError, LapwingError
from data.segments.filter import SegmentFilter
from figures import words
from pages._ui import explorer_parts as parts
from pages._ui import ids, segment
from pages._ui.controls import problem
from pages._ui.explorer_words import ANY, CHURN_OPTIONS, CLV_WORDS, NOTHING, VIEWS
from pages._ui.tabs import tab_id

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries

NO_MONEY: Final = "These customers have no amounts, so there is no value to filter by."
NO_CHURN: Final = "Churn risk is known for analyses of transactions only."
NO_CATEGORY: Final = "These customers have no categories."
Params = Mapping[str, Any]


def read_filter(params: Params | None) -> SegmentFilter:
    """The filter of the page's store or an address; InputError where it makes no sense."""
    return SegmentFilter.from_params({name: str(value) for name, value in (params or {}).items()})


def value_bands(queries: SegmentQueries) -> tuple[str, Sequence[float]] | None:
    """What the filter of value goes by, lifetime value or else money so far, and its cut points."""
    column = queries.file.value_column
    return None if column is None else (column, queries.manifest["bands"][column])


def describe(
    services: Services,
    shown: str | None,
    edited: Any,
    start: Params | None,
    ready: Params | None,
    params: Params | None,
) -> dict[str, Any]:
    """Options and values of every control for a segmentation.

    At first the values are the address'. Another segmentation of the same customers keeps what it can
    answer but segments, and a change of names keeps everything.
    """
    if not shown:
        raise PreventUpdate
    try:
        queries = services.segments(shown)
    except LapwingError as error:
        return _closed(str(error))
    source = source_of(queries)
    message = None
    asked: Params = {}
    if not ready:
        asked = start or {}
    elif ready.get("source") == source and params:
        other = ready.get("segmentation") != shown
        asked = {
            name: value for name, value in params.items() if not (other and name in ("segment", "region", "flow"))
        }  # fmt: skip
    try:
        wished = read_filter(asked)
        chosen = queries.fitting(wished)
        if not ready and chosen != wished:
            message = parts.note(
                "A part of the filter in this address does not fit these customers and was left out."
            )
    except InputError as error:
        chosen, message = SegmentFilter(), problem(f"{error} All customers are shown.")
    return (
        controls(queries, chosen)
        | choices(queries, start if not ready else {}, ready)
        | {
            "message": message or no_update if ready else message,
            "ready": ready_store(services, queries, source, edited),
        }
    )


def source_of(queries: SegmentQueries) -> str:
    """The value of the page's select for the customers of a segmentation."""
    origin = queries.manifest["source"]
    return str(Source("analysis" if origin["kind"] == "analysis" else "dataset", str(origin["id"])))


def ready_store(services: Services, queries: SegmentQueries, source: str, edited: Any) -> dict[str, Any]:
    """What the page's scripts need to know of a segmentation."""
    found = Source.of(source)
    listed = segmentations_of(services, found) if found else []
    return {
        "segmentation": queries.segmentation.id,
        "source": source,
        "first": listed[0].id if listed else None,
        "stamp": f"{edited or 0}",
        "keys": [look.key for look in queries.looks],
        "columns": segments_table.column_options(queries),
        "defs": segments_table.column_defs(queries),
        "defaults": default_choices(queries),
    }


def default_choices(queries: SegmentQueries) -> dict[str, str]:
    """The choices of the views that an address leaves out."""
    metrics = list(queries.metrics)
    by = [item["key"] for item in categories(queries)]
    return {
        "x": _first(("frequency", "pc1"), metrics),
        "y": _first(("monetary", "pc2"), metrics, skip=1),
        "metric": _first(("monetary", "frequency", "recency_days"), metrics),
        "by": by[0] if by else "",
        "columns": ",".join(segments_table.first_columns(queries)),
    }


def _first(wished: Sequence[str], known: Sequence[str], skip: int = 0) -> str:
    return next((key for key in wished if key in known), known[min(skip, len(known) - 1)] if known else "")


def categories(queries: SegmentQueries) -> list[dict[str, Any]]:
    """The attributes of the customers that are categories, from the manifest."""
    return [item for item in queries.manifest.get("attributes") or () if item["type"] == "category"]


def choices(queries: SegmentQueries, start: Params | None, ready: Params | None) -> dict[str, Any]:
    """The selects inside the views and the columns; another segmentation of the same kind keeps the choice."""
    given, defaults = start or {}, default_choices(queries)
    plotted = [{"label": metric.label, "value": key} for key, metric in queries.metrics.items()]
    told = [option for option in plotted if option["value"] not in ("pc1", "pc2", "pc3", "r", "f", "m")]
    makeup = [{"label": item["label"], "value": item["key"]} for item in categories(queries)]
    columns = [name for name in str(given.get("columns") or "").split(",") if name in queries.columns]
    same = bool(ready) and ready is not None and ready.get("defaults") == defaults

    def value(name: str, options: list[dict[str, Any]]) -> Any:
        wished = given.get(name)
        known = {option["value"] for option in options}
        return no_update if same else wished if wished in known else defaults[name] or None

    return {
        "x": plotted,
        "x_value": value("x", plotted),
        "y": plotted,
        "y_value": value("y", plotted),
        "metric": told,
        "metric_value": value("metric", told),
        "by": makeup,
        "by_value": value("by", makeup),
        "columns": no_update if same else columns or list(segments_table.first_columns(queries)),
    }


def controls(queries: SegmentQueries, chosen: SegmentFilter) -> dict[str, Any]:
    """The filters with the values of `chosen`; what cannot be answered is closed, with the reason."""
    manifest, found = queries.manifest, categories(queries)
    bands, churn = value_bands(queries), "churn" in queries.filters
    at_risk = queries.count(SegmentFilter(at_risk=True)) if "at_risk" in queries.filters else 0
    return {
        "pick": list(chosen.segments),
        "clv": chosen.clv or ANY,
        "clv_options": clv_options(bands, manifest.get("currency")),
        "clv_closed": bands is None,
        "clv_help": NO_MONEY if bands is None else clv_help(bands[0]),
        "churn": chosen.churn or ANY,
        "churn_options": CHURN_OPTIONS,
        "churn_closed": not churn,
        "churn_help": churn_help(manifest) if churn else NO_CHURN,
        "category": [{"label": item["label"], "value": item["key"]} for item in found]
        or [{"label": "None", "value": NOTHING}],
        "category_value": found[0]["key"] if found else NOTHING,
        "category_closed": not found,
        "category_help": "" if found else NO_CATEGORY,
        "search": chosen.search,
        "extra": {
            "where": {key: list(values) for key, values in chosen.where},
            **{
                name: text
                for name, text in chosen.to_params().items()
                if name in ("region", "flow", "at_risk")
            },
        },
        "at_risk": parts.at_risk_label(at_risk),
        "at_risk_closed": not at_risk,
        "at_risk_tip": at_risk_words(queries),
        "about": parts.about(manifest, queries.segmentation.report.get("notes") or ()),
    }


def at_risk_words(queries: SegmentQueries) -> str:
    """Who the high-value customers at risk are, in words."""
    if "at_risk" not in queries.filters:
        return "It is not known when these customers bought last, or for how much."
    danger = (
        "more likely than not to stay away"
        if "churn" in queries.filters
        else "not seen for longer than 6 of 10 others"
    )
    return (
        f"Downloads the customers who bought within a year, are {danger}, and are in the quarter who spent "
        "most so far. The filters on this page do not change it."
    )


def clv_options(bands: tuple[str, Sequence[float]] | None, currency: str | None) -> list[dict[str, Any]]:
    """The bands of value with their amounts."""
    if bands is None:
        return [{"label": "Any", "value": ANY}]
    low, high, top = (words.money_short(value, currency) for value in bands[1])
    amounts = {
        "top10": f"{top} and more",
        "top25": f"{high} and more",
        "middle": f"{low} to {high}",
        "bottom25": f"under {low}",
    }
    return [
        {"label": "Any", "value": ANY},
        *({"label": f"{label}: {amounts[key]}", "value": key} for key, label in CLV_WORDS.items()),
    ]


def clv_help(key: str) -> str:
    """What the value is that the bands cut."""
    if key == "clv":
        return "Expected net spend over the next 12 months, discounted."
    return "By what they have spent so far: lifetime value needs an analysis of transactions."


def churn_help(manifest: Params) -> str:
    """What churn risk is the chance of."""
    days = manifest.get("horizon_days")
    return f"Chance of no purchase in the next {days} days." if days else "Chance of no further purchase."


def _closed(text: str) -> dict[str, Any]:
    return dict.fromkeys(_DESCRIBED, no_update) | {"message": problem(text), "ready": None}


def headline(services: Services, params: Params | None) -> dict[str, Any]:
    """Count, figures, chips and legend of the filter."""
    if not params:
        raise PreventUpdate
    try:
        queries = services.segments(params["segmentation"])
        chosen = read_filter(params)
        summary = queries.summary(chosen)
        everyone = queries.summary(SegmentFilter())
        # The legend counts what each box would bring, whichever are ticked.
        legend = queries.summary(replace(chosen, segments=())) if chosen.segments else summary
    except LapwingError as error:
        return _unanswered(str(error))
    chips = queries.chips(chosen)
    by_segment = {look.key: legend.by_segment.get(look.key, 0) for look in queries.looks}
    return {
        "count": words.count(summary.customers),
        "count_note": "all there are"
        if summary.customers == everyone.customers
        else f"of {words.count(everyone.customers)}, {words.percent(summary.customers / max(everyone.customers, 1))}",
        "facts": parts.facts(summary, everyone, queries.manifest.get("currency")),
        "chips": parts.chips(chips),
        "legend": parts.legend(queries.looks, by_segment),
        "key": parts.key(queries.looks),
        "formats": segment.format_options(summary.customers),
        "closed": summary.customers == 0,
        "clear_closed": not chips,
        "table_note": "The same customers, row by row."
        if summary.customers
        else "No customer matches: take off a filter above, or Clear.",
    }


def _unanswered(text: str) -> dict[str, Any]:
    return {
        "count": words.MISSING,
        "count_note": "",
        "facts": problem(text),
        "chips": None,
        "legend": no_update,
        "key": no_update,
        "formats": segment.format_options(0),
        "closed": True,
        "clear_closed": False,
        "table_note": "",
    }


def values(services: Services, ready: Params | None, attribute: str | None) -> list[dict[str, Any]]:
    """The values of a category with their customers, to add to the filter."""
    if not ready or not attribute or attribute == NOTHING:
        return [{"label": "None", "value": NOTHING}]
    try:
        frame = services.segments(ready["segmentation"]).values(attribute)
    except LapwingError as error:
        raise PreventUpdate from error
    rows = zip(frame["value"], frame["customers"], strict=True)
    return [
        {"label": "Add a value …", "value": NOTHING},
        *(
            {"label": f"{value if known(value) else 'Not known'} ({words.count(customers)})"}
            | {"value": f"={value if known(value) else ''}"}
            for value, customers in rows
        ),
    ]


def known(value: Any) -> bool:
    """Whether a category's value is there."""
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))


_DESCRIBED: Final = {
    "pick": (ids.SEGMENTS_PICK, "value"),
    "clv": (ids.SEGMENTS_CLV, "value"),
    "clv_options": (ids.SEGMENTS_CLV, "options"),
    "clv_closed": (ids.SEGMENTS_CLV, "disabled"),
    "clv_help": (ids.SEGMENTS_CLV_HELP, "children"),
    "churn": (ids.SEGMENTS_CHURN, "value"),
    "churn_options": (ids.SEGMENTS_CHURN, "options"),
    "churn_closed": (ids.SEGMENTS_CHURN, "disabled"),
    "churn_help": (ids.SEGMENTS_CHURN_HELP, "children"),
    "category": (ids.SEGMENTS_CATEGORY, "options"),
    "category_value": (ids.SEGMENTS_CATEGORY, "value"),
    "category_closed": (ids.SEGMENTS_CATEGORY, "disabled"),
    "category_help": (ids.SEGMENTS_CATEGORY_HELP, "children"),
    "search": (ids.SEGMENTS_SEARCH, "value"),
    "extra": (ids.SEGMENTS_EXTRA, "data"),
    "at_risk": (ids.SEGMENTS_AT_RISK, "children"),
    "at_risk_closed": (ids.SEGMENTS_AT_RISK, "disabled"),
    "at_risk_tip": (ids.SEGMENTS_AT_RISK_TIP, "children"),
    "about": (ids.SEGMENTS_ABOUT, "children"),
    "x": (ids.SEGMENTS_X, "options"),
    "x_value": (ids.SEGMENTS_X, "value"),
    "y": (ids.SEGMENTS_Y, "options"),
    "y_value": (ids.SEGMENTS_Y, "value"),
    "metric": (ids.SEGMENTS_METRIC, "options"),
    "metric_value": (ids.SEGMENTS_METRIC, "value"),
    "by": (ids.SEGMENTS_BY, "options"),
    "by_value": (ids.SEGMENTS_BY, "value"),
    "columns": (ids.SEGMENTS_COLUMNS, "value"),
    "ready": (ids.SEGMENTS_READY, "data"),
    "message": (ids.SEGMENTS_NOTE, "children"),
}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the segments page to `app`."""
    _register_source(app, services)
    _register_filters(app, services)
    _register_scripts(app)
    _register_clicks(app)
    segments_views.register(app, services)
    segments_table.register(app, services)
    segment_actions.register(app, services)


def _register_source(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "sources": Output(ids.SEGMENTS_SOURCE, "options"),
            "source": Output(ids.SEGMENTS_SOURCE, "value"),
            "choices": Output(ids.SEGMENTS_CHOICE, "options"),
            "choice": Output(ids.SEGMENTS_CHOICE, "value"),
            "shown": Output(ids.SEGMENTS_SHOWN, "data"),
            "empty": Output(ids.SEGMENTS_EMPTY, "children"),
            "hidden": Output(ids.SEGMENTS_BODY, "hidden"),
            "work_hidden": Output(ids.SEGMENTS_WORK, "hidden"),
            "message": Output(ids.SEGMENTS_MESSAGE, "children"),
            "again": Output(ids.SEGMENTS_AGAIN, "class_name"),
        },
        inputs={
            "analysis_id": Input(ids.SHELL_DATASET, "value"),
            "source": Input(ids.SEGMENTS_SOURCE, "value"),
            "choice": Input(ids.SEGMENTS_CHOICE, "value"),
            "jobs": Input(ids.SHELL_JOBS_STATE, "data"),
            "again": Input(ids.SEGMENTS_AGAIN, "n_clicks"),
            "_edited": Input(ids.SEGMENTS_EDITED, "data"),
        },
        state={"start": State(ids.SEGMENTS_START, "data"), "shown": State(ids.SEGMENTS_SHOWN, "data")},
    )
    def _choose(_edited: Any, **given: Any) -> dict[str, Any]:
        return choose(services, **given, trigger=ctx.triggered_id)


def _register_filters(app: Dash, services: Services) -> None:
    @app.callback(
        output={name: Output(*place) for name, place in _DESCRIBED.items()},
        inputs={
            "shown": Input(ids.SEGMENTS_SHOWN, "data"),
            "edited": Input(ids.SEGMENTS_EDITED, "data"),
        },
        state={
            "start": State(ids.SEGMENTS_START, "data"),
            "ready": State(ids.SEGMENTS_READY, "data"),
            "params": State(ids.SEGMENTS_FILTER, "data"),
        },
        prevent_initial_call=True,
    )
    def _describe(shown: Any, edited: Any, start: Any, ready: Any, params: Any) -> dict[str, Any]:
        return describe(services, shown, edited, start, ready, params)

    @app.callback(
        output={
            "count": Output(ids.SEGMENTS_COUNT, "children"),
            "count_note": Output(ids.SEGMENTS_COUNT_NOTE, "children"),
            "facts": Output(ids.SEGMENTS_FACTS, "children"),
            "chips": Output(ids.SEGMENTS_CHIPS, "children"),
            "legend": Output(ids.SEGMENTS_PICK, "options"),
            "key": Output(ids.SEGMENTS_LEGEND, "children"),
            "formats": Output(ids.SEGMENTS_FORMAT, "options"),
            "closed": Output(ids.SEGMENTS_DOWNLOAD, "disabled"),
            "clear_closed": Output(ids.SEGMENTS_CLEAR, "disabled"),
            "table_note": Output(ids.SEGMENTS_TABLE_NOTE, "children"),
        },
        inputs={"params": Input(ids.SEGMENTS_FILTER, "data")},
        prevent_initial_call=True,
    )
    def _headline(params: Any) -> dict[str, Any]:
        return headline(services, params)

    @app.callback(
        Output(ids.SEGMENTS_VALUE, "options"),
        Input(ids.SEGMENTS_READY, "data"),
        Input(ids.SEGMENTS_CATEGORY, "value"),
        prevent_initial_call=True,
    )
    def _values(ready: Any, attribute: Any) -> list[dict[str, Any]]:
        return values(services, ready, attribute)


def _register_scripts(app: Dash) -> None:
    def script(name: str, *arguments: Any, **extra: Any) -> None:
        app.clientside_callback(ClientsideFunction("segments", name), *arguments, **extra)

    script(
        "collect",
        Input(ids.SEGMENTS_READY, "data"),
        Input(ids.SEGMENTS_PICK, "value"),
        Input(ids.SEGMENTS_CLV, "value"),
        Input(ids.SEGMENTS_CHURN, "value"),
        Input(ids.SEGMENTS_SEARCH, "value"),
        Input(ids.SEGMENTS_EXTRA, "data"),
    )
    script(
        "ask",
        # Without an output on this page it would be run on every page: the theme is everywhere.
        Output(ids.SEGMENTS_ASKED, "data"),
        Input(ids.SEGMENTS_FILTER, "data"),
        Input(ids.SEGMENTS_OPEN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.SEGMENTS_X, "value"),
        Input(ids.SEGMENTS_Y, "value"),
        Input(ids.SEGMENTS_METRIC, "value"),
        Input(ids.SEGMENTS_BY, "value"),
        Input(ids.SEGMENTS_COLUMNS, "value"),
        State(ids.SEGMENTS_READY, "data"),
    )
    script(
        "addValue",
        Output(ids.SEGMENTS_VALUE, "value"),
        Input(ids.SEGMENTS_VALUE, "value"),
        State(ids.SEGMENTS_CATEGORY, "value"),
        prevent_initial_call=True,
    )
    script("clear", Input(ids.SEGMENTS_CLEAR, "n_clicks"), prevent_initial_call=True)
    script(
        "follow",
        Input(ids.SEGMENTS_SOURCE, "value"),
        State(ids.SHELL_DATASET, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("lapwing", "tab"),
        Output(ids.SEGMENTS_OPEN, "data"),
        *(Input(tab_id("segments", view), "n_clicks") for view in VIEWS),
        prevent_initial_call=True,
    )


def _register_clicks(app: Dash) -> None:
    def click(name: str, chart: str, *more: State, on: str = "clickData") -> None:
        app.clientside_callback(
            ClientsideFunction("segments", name),
            # Used up: the same thing can be clicked again.
            Output(chart, on),
            Input(chart, on),
            *more,
            prevent_initial_call=True,
        )

    for chart in (
        ids.SEGMENTS_SIZES,
        ids.SEGMENTS_DONUT,
        ids.SEGMENTS_MAP,
        ids.SEGMENTS_PCA,
        ids.SEGMENTS_BOXES,
        ids.SEGMENTS_HEAT,
        ids.SEGMENTS_RADAR,
    ):
        click("click", chart)
    for chart in (ids.SEGMENTS_SPACE, ids.SEGMENTS_PCA_SPACE):
        click("clickSpace", chart, State(chart, "figure"))
    click("clickMakeup", ids.SEGMENTS_MAKEUP, State(ids.SEGMENTS_BY, "value"))
    click("clickFlow", ids.SEGMENTS_FLOWS)
    click("lasso", ids.SEGMENTS_MAP, State(ids.SEGMENTS_X, "value"), State(ids.SEGMENTS_Y, "value"), on="selectedData")  # fmt: skip
    click("lassoPlane", ids.SEGMENTS_PCA, on="selectedData")

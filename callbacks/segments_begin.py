"""What the segments page begins with for a segmentation: filters and choices of the address, else kept ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import segments_table
from callbacks.segments_controls import categories, controls
from callbacks.segments_headline import read_filter
from callbacks.segments_source import Source, segmentations_of
from data.errors import InputError, LapwingError
from data.segments.filter import SegmentFilter
from pages._ui import explorer_parts as parts
from pages._ui import ids
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries

Params = Mapping[str, Any]


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
        if not ready:
            told = unmet(queries, start or {}, chosen == wished)
            message = parts.note(told) if told else None
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


def unmet(queries: SegmentQueries, start: Params, fits: bool) -> str:
    """What of an address cannot be shown, in words; `fits` says whether all of its filter can. "" for all."""
    texts = []
    asked_for = start.get("segmentation")
    if asked_for and asked_for != queries.segmentation.id:
        texts.append("The segments in this address are not there: others of the same customers are shown.")
    if not fits:
        texts.append("A part of the filter in this address does not fit these customers and was left out.")
    known = {"x": set(queries.metrics), "y": set(queries.metrics), "metric": set(queries.metrics)}
    known["by"] = {item["key"] for item in categories(queries)}
    wrong = [name for name in known if start.get(name) and start[name] not in known[name]]
    columns = [name for name in str(start.get("columns") or "").split(",") if name]
    if wrong or not set(columns) <= set(queries.columns) or "view" in start:
        texts.append("A view, axis or column in this address is not known here and was left out.")
    return " ".join(texts)


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
        "x": _first(("frequency", "recency_days", "pc1"), metrics),
        "y": _first(("monetary", "pc2"), metrics, skip=1),
        "metric": _first(("monetary", "frequency", "recency_days"), spread_by(queries)),
        "by": by[0] if by else "",
        "columns": ",".join(segments_table.first_columns(queries)),
    }


def _first(wished: Sequence[str], known: Sequence[str], skip: int = 0) -> str:
    return next((key for key in wished if key in known), known[min(skip, len(known) - 1)] if known else "")


def spread_by(queries: SegmentQueries) -> list[str]:
    """The metrics whose spread tells something: scores and directions only where there are no others."""
    metrics = list(queries.metrics)
    return [key for key in metrics if key not in ("pc1", "pc2", "pc3", "r", "f", "m")] or metrics


def choices(queries: SegmentQueries, start: Params | None, ready: Params | None) -> dict[str, Any]:
    """The selects inside the views and the columns; another segmentation of the same kind keeps the choice."""
    given, defaults = start or {}, default_choices(queries)
    plotted = [{"label": metric.label, "value": key} for key, metric in queries.metrics.items()]
    told = [option for option in plotted if option["value"] in spread_by(queries)]
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


def _closed(text: str) -> dict[str, Any]:
    return dict.fromkeys(DESCRIBED, no_update) | {"message": problem(text), "ready": None}


DESCRIBED: Final = {
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

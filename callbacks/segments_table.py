"""The customers of the segments page row by row, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, State
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate
from flask import Response, request

from callbacks import downloads
from data.errors import InputError, LapwingError
from data.names import CUSTOMER_ID
from data.segments.filter import SegmentFilter
from data.store import SEGMENTER
from figures import words
from pages._ui import ids, segment
from pages._ui.glossary import described

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries

SEGMENT: Final = "segment"
# What a table begins with, as far as it has it; the first categories follow.
FIRST: Final = (SEGMENT, "monetary", "frequency", "recency_days", "mean_order_value", "churn_risk", "clv")
FIRST_CATEGORIES: Final = 2
SORTED_BY: Final = ("monetary", "clv", "frequency")


def first_columns(queries: SegmentQueries) -> tuple[str, ...]:
    """The columns that are shown until somebody chooses others."""
    categories = [
        item["key"] for item in queries.manifest.get("attributes") or () if item["type"] == "category"
    ]
    wished = (*FIRST, *categories[:FIRST_CATEGORIES])
    found = tuple(name for name in queries.columns if name in wished)
    return found or tuple(name for name in queries.columns if name != CUSTOMER_ID)[:8]


def column_options(queries: SegmentQueries) -> list[dict[str, str]]:
    """The columns to choose from; the customer is always there."""
    return [{"label": label, "value": name} for name, label in queries.columns.items() if name != CUSTOMER_ID]


def column_defs(queries: SegmentQueries) -> list[dict[str, Any]]:
    """All columns as the table is told of them; cells arrive as text, written by `row`."""
    categories = {
        item["key"] for item in queries.manifest.get("attributes") or () if item["type"] == "category"
    }
    sort = next((name for name in SORTED_BY if name in queries.columns), None)
    columns: list[dict[str, Any]] = []
    for name, label in queries.columns.items():
        column: dict[str, Any] = {"field": name, "headerName": label} | described(name, label)
        if name == CUSTOMER_ID:
            column |= segment.ID_COLUMN
        elif name == SEGMENT:
            column |= {
                "minWidth": 150,
                "tooltipField": name,
                "cellClassRules": {
                    f"seg-cell seg-cell--{number}": f"params.data && params.data.seg_colour === {number}"
                    for number in sorted({look.colour for look in queries.looks})
                },
            }
        elif name in categories:
            column |= {"minWidth": 130, "tooltipField": name}
        else:
            column |= {"type": "rightAligned", "minWidth": segment.figure_width(name, label)}
        if name == sort:
            # The arrow of the order takes its part of the header.
            column |= {"sort": "desc", "minWidth": column.get("minWidth", 100) + 28}
        columns.append(column)
    return columns


def rows(services: Services, asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rows the table asks for under the filter it names, as cells of text."""
    if not asked:
        raise PreventUpdate
    params = asked.get("context")
    if not params:
        # Asked before there is a filter; unanswered, the table would never ask again, and of a table that
        # once had no rows at all the next ones may be lost on the way.
        return {"rowData": [], "rowCount": None}
    try:
        queries = services.segments(params["segmentation"])
        chosen = SegmentFilter.from_params(params)
        columns = chosen_columns(queries, str(params.get("columns") or ""))
        sort = [
            (item["colId"], item["sort"])
            for item in asked.get("sortModel") or ()
            if item["colId"] in queries.columns
        ]
        frame = queries.page(chosen, columns, sort, int(asked["startRow"]), int(asked["endRow"]))
        count = queries.count(chosen)
        everybody = queries.summary(SegmentFilter())
    except LapwingError:
        # The words for it stand above, where the count is.
        return {"rowData": [], "rowCount": 0}
    currency = queries.manifest.get("currency")
    numbers = {item["key"] for item in queries.manifest.get("attributes") or () if item["type"] == "number"}
    # One precision for the whole table, of which no more than a few rows are known here.
    usual = everybody.revenue / everybody.customers if everybody.revenue and everybody.customers else None
    places = words.places_for(usual)
    data = [
        {name: cell(name, record.get(name), currency, name in numbers, places) for name in columns}
        | {"seg_colour": record.get("colour", 0)}
        for record in frame.to_dict("records")
    ]
    return {"rowData": data, "rowCount": count}


def cell(name: str, value: Any, currency: str | None, number: bool = False, places: int = 2) -> str:
    """One value as text, by the meaning of its column; "–" where there is none."""
    if value is None or value != value:  # noqa: PLR0124  # not a number
        return words.MISSING
    if name in segment.MONEY:
        return words.amount(float(value), places, currency)
    if name in segment.SHARES:
        return words.percent(float(value))
    if number or not isinstance(value, str):
        return words.number(float(value))
    return value or words.MISSING


def chosen_columns(queries: SegmentQueries, text: str) -> tuple[str, ...]:
    """The columns that a text with commas names, the customer first; those of the start where it names none.

    Raises InputError for a column that these customers do not have.
    """
    named = [name for name in text.split(",") if name]
    unknown = [name for name in named if name not in queries.columns]
    if unknown:
        raise InputError(f"These customers have no column {unknown[0][:60]!r}.")
    picked = named or list(first_columns(queries))
    return tuple(dict.fromkeys([CUSTOMER_ID, *picked]))


def sort_of(text: str) -> list[tuple[str, str]]:
    """The order that "monetary:desc,customer_id:asc" names."""
    pairs = (part.partition(":") for part in text.split(",") if part)
    return [(column, direction or "asc") for column, _, direction in pairs]


def segments_file(services: Services, extension: str) -> Response:
    """Answer GET /download/segments.csv or .xlsx with the customers of the filter in the address.

    Status 404 for an unknown segmentation and 400 for a filter that makes no sense, each in words.
    """
    try:
        queries = services.segments(str(request.args.get("segmentation") or ""))
        chosen = SegmentFilter.from_params(request.args)
        text = request.args.get("columns")
        # Without a choice it is everything that is known.
        columns = chosen_columns(queries, text) if text else tuple(queries.columns)
        batches = queries.export(chosen, columns, sort_of(request.args.get("sort", "")))
        title = str(queries.manifest.get("title") or "segments")
        alone = [look.name for look in queries.looks if chosen.segments == (look.key,)]
        told = [queries.segmentation.name, title, *alone, *(["high-value at-risk"] if chosen.at_risk else [])]
        return downloads.file_answer(
            batches,
            lambda: next(queries.export(SegmentFilter(), columns)).schema.names,
            extension,
            " ".join(told),
            "Segments",
            lambda: queries.count(chosen),
        )
    except LapwingError as error:
        return downloads.refusal(error)


def saved_file(services: Services, segmentation_id: str) -> Response:
    """Answer GET /segmentations/<id>/segmentation.json with what assigns customers; 404 where there is none."""
    try:
        found = services.store.segmentation(segmentation_id)
        answer = Response(found.file(SEGMENTER).read_bytes(), mimetype="application/json")
    except LapwingError as error:
        return downloads.refusal(error)
    name = downloads.filename(f"{found.name} {found.manifest['title']}", "json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def register(app: Dash, services: Services) -> None:
    """Add the table's callbacks and the addresses of its file to `app`."""

    @app.callback(Output(ids.SEGMENTS_TABLE, "getRowsResponse"), Input(ids.SEGMENTS_TABLE, "getRowsRequest"))
    def _rows(asked: Any) -> dict[str, Any]:
        return rows(services, asked)

    def script(name: str, *arguments: Any, **extra: Any) -> None:
        app.clientside_callback(ClientsideFunction("segments", name), *arguments, **extra)

    script(
        "defs",
        Output(ids.SEGMENTS_TABLE, "columnDefs"),
        Input(ids.SEGMENTS_READY, "data"),
        Input(ids.SEGMENTS_COLUMNS, "value"),
    )
    script(
        "table",
        Input(ids.SEGMENTS_TOLD, "data"),
        Input(ids.SEGMENTS_TABLE, "columnDefs"),
        State(ids.SEGMENTS_READY, "data"),
    )
    script(
        "download",
        Input(ids.SEGMENTS_DOWNLOAD, "n_clicks"),
        State(ids.SEGMENTS_FILTER, "data"),
        State(ids.SEGMENTS_FORMAT, "value"),
        State(ids.SEGMENTS_TABLE, "columnDefs"),
        prevent_initial_call=True,
    )
    script(
        "atRisk",
        Input(ids.SEGMENTS_AT_RISK, "n_clicks"),
        State(ids.SEGMENTS_SHOWN, "data"),
        prevent_initial_call=True,
    )
    app.server.add_url_rule(
        "/segmentations/<segmentation_id>/segmentation.json",
        "segmentation_json",
        lambda segmentation_id: saved_file(services, segmentation_id),
    )
    for extension in ("csv", "xlsx"):
        app.server.add_url_rule(
            f"/download/segments.{extension}",
            f"segments_{extension}",
            lambda extension=extension: segments_file(services, extension),
        )

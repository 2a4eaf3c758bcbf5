"""What came out of a scoring: its summary, its first customers, its file, and the results there are."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from flask import Response

from callbacks.answers import clicked
from callbacks.downloads import XLSX_TYPE
from callbacks.segment_actions_common import TOASTS, deleted
from callbacks.uploads import dataset_name
from data.errors import LapwingError, NotFoundError
from data.exports import csv_chunks, write_xlsx
from data.scored import batches, first_rows
from pages._ui import ids
from pages._ui import predict as view
from pages._ui import predict_table as table
from pages._ui.controls import problem
from pages._ui.scored import export_batches
from pages._ui.segment import format_options

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Prediction

ROWS = 200
RECENT = 8


def scoring_of(prediction: Prediction) -> view.Scoring:
    """A prediction in plain values; StoreError or LookupError where its manifest is of another kind."""
    facts = prediction.manifest
    made = dt.datetime.fromisoformat(prediction.created_at).astimezone()
    return view.Scoring(
        id=prediction.id,
        source=prediction.name,
        made=f"{made:%-d %b %Y, %H:%M}",
        model=str(facts["model"]["name"]),
        model_cutoff=facts["model"]["cutoff"],
        cutoff=str(facts["cutoff"]),
        horizon_days=int(facts["horizon_days"]),
        customers=int(facts["customers"]),
        without_purchase=int(facts["without_purchase"]),
        expected_buyers=float(facts["expected_buyers"]),
        expected_spend=float(facts["expected_spend"]),
        currency=facts["currency"],
        caution=str(facts["caution"]),
        warnings=tuple(map(str, facts["warnings"])),
        # Results of an earlier version have none.
        segments=facts.get("segments") or {},
    )


def show_result(services: Services, prediction_id: str | None) -> dict[str, Any]:
    """The result of that id: its summary, its first customers, and how it can be downloaded."""
    empty = {
        "summary": None,
        "rows": [],
        "columns": table.columns(),
        "note": "",
        "formats": format_options(0),
        "hidden": True,
    }
    if not prediction_id:
        return empty | {"message": no_update}
    try:
        prediction = services.store.prediction(prediction_id)
        found = scoring_of(prediction)
        rows = [table.row(each, found.currency) for each in first_rows(prediction, ROWS)]
    except LapwingError as error:
        return empty | {"message": problem(str(error))}
    return {
        "summary": view.summary(found),
        "rows": rows,
        "columns": table.columns(tuple(rows[0]) if rows else ()),
        "note": table.table_note(len(rows), found.customers),
        "formats": format_options(found.customers),
        "hidden": False,
        "message": None,
    }


def list_results(services: Services, shown: str | None) -> Any:
    """The last predictions of the workspace."""
    return view.results([scoring_of(each) for each in services.store.predictions()[:RECENT]], shown)


def ask_first(services: Services, prediction_id: str) -> tuple[bool, str, str]:
    """Open the dialogue that asks before a result is deleted: open, its words, what it is about."""
    found = scoring_of(services.store.prediction(prediction_id))
    return (
        True,
        f"The scores of {found.source}, made {found.made}, will be removed from the workspace. "
        "The data and the model stay.",
        found.id,
    )


def delete(services: Services, prediction_id: str, shown: str | None, changed: int | None) -> dict[str, Any]:
    """Delete a result, and close it where it is on screen."""
    services.store.delete_prediction(prediction_id)
    return {
        "open": False,
        "changed": (changed or 0) + 1,
        "shown": None if shown == prediction_id else no_update,
        "message": None,
    }


def scored_file(services: Services, prediction_id: str, extension: str) -> Response:
    """All customers of a prediction as a file; 404 for one that is not there, in words."""
    try:
        prediction = services.store.prediction(prediction_id)
        found = scoring_of(prediction)
        content = (
            csv_chunks(export_batches(batches(prediction), found.currency))
            if extension == "csv"
            else _workbook(prediction, found)
        )
    except LapwingError as error:
        return Response(str(error), 404 if isinstance(error, NotFoundError) else 400, mimetype="text/plain")
    answer = Response(content, mimetype="text/csv" if extension == "csv" else XLSX_TYPE)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", dataset_name(found.source)).strip("-").lower()[:60] or "data"
    answer.headers["Content-Disposition"] = f'attachment; filename="lapwing-{plain}-scored.{extension}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _workbook(prediction: Prediction, found: view.Scoring) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        path = Path(folder) / "scored.xlsx"
        write_xlsx(
            export_batches(batches(prediction), found.currency), path, "Scored customers", found.customers
        )
        return iter([path.read_bytes()])


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the results, and their download addresses, to `app`."""
    for extension in ("csv", "xlsx"):
        app.server.add_url_rule(
            f"/predictions/<prediction_id>/scored.{extension}",
            f"scored_{extension}",
            lambda prediction_id, extension=extension: scored_file(services, prediction_id, extension),
        )

    @app.callback(
        output={
            "summary": Output(ids.PREDICT_SUMMARY, "children"),
            "rows": Output(ids.PREDICT_TABLE, "rowData"),
            "columns": Output(ids.PREDICT_TABLE, "columnDefs"),
            "note": Output(ids.PREDICT_TABLE_NOTE, "children"),
            "formats": Output(ids.PREDICT_FORMAT, "options"),
            "hidden": Output(ids.PREDICT_RESULT, "hidden"),
            "message": Output(ids.PREDICT_MESSAGE, "children"),
        },
        inputs={"prediction_id": Input(ids.PREDICT_SHOWN, "data")},
    )
    def _(prediction_id: Any) -> dict[str, Any]:
        return show_result(services, prediction_id)

    @app.callback(
        Output(ids.PREDICT_LIST, "children"),
        Input(ids.PREDICT_CHANGED, "data"),
        # Says that somebody's job has published something.
        Input(ids.SHELL_PUBLISHED, "data"),
        Input(ids.PREDICT_SHOWN, "data"),
    )
    def _(_changed: Any, _published: Any, shown: Any) -> Any:
        return list_results(services, shown)

    @app.callback(
        Output(ids.PREDICT_SHOWN, "data", allow_duplicate=True),
        Input({"type": view.OPEN, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_open: Any) -> str:
        return clicked()[1]

    @app.callback(
        Output(ids.PREDICT_ASK, "is_open"),
        Output(ids.PREDICT_ASK_TEXT, "children"),
        Output(ids.PREDICT_ASK_ABOUT, "data"),
        Output(ids.PREDICT_MESSAGE, "children", allow_duplicate=True),
        Input({"type": view.DELETE, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_delete: Any) -> tuple[Any, ...]:
        try:
            return *ask_first(services, clicked()[1]), None
        except LapwingError as error:
            return no_update, no_update, no_update, problem(str(error))

    @app.callback(
        output={
            "open": Output(ids.PREDICT_ASK, "is_open", allow_duplicate=True),
            "changed": Output(ids.PREDICT_CHANGED, "data", allow_duplicate=True),
            "shown": Output(ids.PREDICT_SHOWN, "data", allow_duplicate=True),
            "message": Output(ids.PREDICT_MESSAGE, "children", allow_duplicate=True),
            "toasts": TOASTS,
        },
        inputs={"_yes": Input(ids.PREDICT_ASK_YES, "n_clicks"), "_no": Input(ids.PREDICT_ASK_NO, "n_clicks")},
        state={
            "about": State(ids.PREDICT_ASK_ABOUT, "data"),
            "shown": State(ids.PREDICT_SHOWN, "data"),
            "changed": State(ids.PREDICT_CHANGED, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_yes: Any, _no: Any, about: Any, shown: Any, changed: Any) -> dict[str, Any]:
        same = dict.fromkeys(("changed", "shown", "message", "toasts"), no_update) | {"open": False}
        if ctx.triggered_id != ids.PREDICT_ASK_YES or not about:
            return same
        try:
            gone = deleted({"kind": "prediction", "id": about})
            return delete(services, str(about), shown, changed) | {"toasts": gone}
        except LapwingError as error:
            return same | {"message": problem(str(error)), "changed": (changed or 0) + 1}

    # What is shown stands in the address, so that it can be shared and is there after a reload.
    app.clientside_callback(ClientsideFunction("lapwingPredict", "shown"), Input(ids.PREDICT_SHOWN, "data"))
    app.clientside_callback(
        ClientsideFunction("lapwingPredict", "download"),
        Input(ids.PREDICT_DOWNLOAD, "n_clicks"),
        State(ids.PREDICT_SHOWN, "data"),
        State(ids.PREDICT_FORMAT, "value"),
        prevent_initial_call=True,
    )

"""The predict page: which model scores what file, and the job that does it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction

from callbacks import predict_one, predict_results
from callbacks.answers import clicked
from callbacks.data_jobs import questions_of
from callbacks.predict_source import (
    KIND,
    check_model,
    choose_model,
    choose_source,
    dataset_options,
    describe_model,
    token_of,
)
from callbacks.uploads import dataset_name, uploads_of
from callbacks.waiting import show
from data.errors import InputError, LapwingError, NotFoundError
from pages._ui import ids
from pages._ui import predict as view
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.queue import Job


def start(
    services: Services, model_id: str | None, upload: Mapping[str, Any] | None, dataset_id: str | None
) -> dict[str, Any]:
    """Ask for the scoring of the uploaded file, else of the data set."""
    analysis = services.analysis(model_id)
    check_model(analysis)
    params: dict[str, Any] = {"analysis_id": analysis.id}
    if isinstance(upload, Mapping) and upload.get("token"):
        file = uploads_of(services).get(str(upload["token"]))
        params |= {"path": str(file.path), "name": file.name, "title": dataset_name(file.name)}
    elif dataset_id and dataset_id != view.NONE:
        dataset = services.store.dataset(dataset_id)
        params |= {"dataset_id": dataset.id, "title": dataset.name}
    else:
        raise InputError("Choose a file or a data set first.")
    return {"job": services.jobs.submit(KIND, params)}


def hand_over(services: Services, job_id: str) -> dict[str, Any]:
    """The file of a scoring that left something open, as the form of the data page takes it.

    Raises NotFoundError where the file is gone.
    """
    job = services.jobs.get(job_id)
    file = uploads_of(services).get(token_of(job))
    return {
        "token": file.token,
        "name": file.name,
        "title": job.params["title"],
        "questions": questions_of(job),
    }


def follow(services: Services, job_id: str | None, changed: int | None) -> dict[str, Any]:
    """The job this tab asked for, else one of others that runs, and what came of it."""
    job = _followed(services, job_id)
    same = dict.fromkeys(("panel", "job", "shown", "changed", "announce"), no_update)
    if job is None:
        return same | {"panel": None, "job": None if job_id else no_update}
    if job.state == "done":
        return same | {
            "panel": None,
            "job": None,
            "shown": (job.result or {}).get("prediction_id", no_update),
            "changed": (changed or 0) + 1,
            "announce": f"{job.label}: done.",
        }
    told = "" if job.active else f"{job.label}: {job.state}."
    return same | {"panel": view.panel(work_of(job)), "announce": told}


def _followed(services: Services, job_id: str | None) -> Job | None:
    if job_id:
        try:
            return services.jobs.get(job_id)
        except NotFoundError:
            return None
    return next((job for job in services.jobs.active() if job.kind == KIND), None)


def work_of(job: Job) -> view.Work:
    """A job in plain values."""
    return view.Work(
        job.id,
        job.label,
        job.state,
        job.progress,
        "Cancelling" if job.cancel_requested else job.text,
        job.error or "",
        bool(job.questions),
    )


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the predict page to `app`: here those of the model, the file and its job."""
    app.callback(
        Output(ids.PREDICT_EMPTY, "children"),
        Output(ids.PREDICT_BODY, "hidden"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.PREDICT_BODY, "hidden"),
    )(partial(show, page="/predict"))
    _register_choices(app, services)
    _register_work(app, services)
    predict_one.register(app, services)
    predict_results.register(app, services)


def _register_choices(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.PREDICT_MODEL, "options"),
        Output(ids.PREDICT_MODEL, "value"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_DATASET, "options"),
        State(ids.PREDICT_MODEL, "value"),
    )
    def _(picked: Any, _options: Any, current: Any) -> tuple[Any, Any]:
        changed = {item["prop_id"] for item in ctx.triggered}
        return choose_model(services, picked, current, follow=f"{ids.SHELL_DATASET}.value" in changed)

    @app.callback(Output(ids.PREDICT_MODEL_HELP, "children"), Input(ids.PREDICT_MODEL, "value"))
    def _(analysis_id: Any) -> Any:
        return describe_model(services, analysis_id)

    @app.callback(
        Output(ids.PREDICT_DATASET, "options"),
        Output(ids.PREDICT_DATASET, "value", allow_duplicate=True),
        Input(ids.SHELL_PUBLISHED, "data"),
        State(ids.PREDICT_DATASET, "value"),
        prevent_initial_call="initial_duplicate",
    )
    def _(_published: Any, current: Any) -> tuple[Any, Any]:
        options, value = dataset_options(services, current)
        return options, no_update if value == current else value

    @app.callback(
        output={
            "file": Output(ids.PREDICT_FILE, "children"),
            "no_file": Output(ids.PREDICT_FILE_ROW, "hidden"),
            "upload": Output(ids.PREDICT_UPLOAD_DONE, "data"),
            "dataset": Output(ids.PREDICT_DATASET, "value"),
            "disabled": Output(ids.PREDICT_START, "disabled"),
            "ready": Output(ids.PREDICT_READY, "children"),
        },
        inputs={
            "upload": Input(ids.PREDICT_UPLOAD_DONE, "data"),
            "dataset_id": Input(ids.PREDICT_DATASET, "value"),
            "model_id": Input(ids.PREDICT_MODEL, "value"),
            "_remove": Input(ids.PREDICT_REMOVE, "n_clicks"),
            # A file is not to be scored twice at once, and again where that failed.
            "_job": Input(ids.PREDICT_JOB, "data"),
            "_jobs": Input(ids.SHELL_JOBS_STATE, "data"),
        },
    )
    def _(upload: Any, dataset_id: Any, model_id: Any, _remove: Any, _job: Any, _jobs: Any) -> dict[str, Any]:
        return choose_source(services, str(ctx.triggered_id or ""), upload, dataset_id, model_id)


def _register_work(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "job": Output(ids.PREDICT_JOB, "data", allow_duplicate=True),
            "message": Output(ids.PREDICT_MESSAGE, "children", allow_duplicate=True),
        },
        inputs={"_clicks": Input(ids.PREDICT_START, "n_clicks")},
        state={
            "model_id": State(ids.PREDICT_MODEL, "value"),
            "upload": State(ids.PREDICT_UPLOAD_DONE, "data"),
            "dataset_id": State(ids.PREDICT_DATASET, "value"),
        },
        # A second press while the first is on its way would be a second job.
        running=[(Output(ids.PREDICT_START, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _(_clicks: Any, model_id: Any, upload: Any, dataset_id: Any) -> dict[str, Any]:
        try:
            return start(services, model_id, upload, dataset_id) | {"message": None}
        except LapwingError as error:
            return {"job": no_update, "message": problem(str(error))}

    @app.callback(
        output={
            "panel": Output(ids.PREDICT_PANEL, "children"),
            "job": Output(ids.PREDICT_JOB, "data"),
            "shown": Output(ids.PREDICT_SHOWN, "data"),
            "changed": Output(ids.PREDICT_CHANGED, "data"),
            "announce": Output(ids.PREDICT_ANNOUNCE, "children"),
        },
        inputs={
            "job_id": Input(ids.PREDICT_JOB, "data"),
            "_jobs": Input(ids.SHELL_JOBS_STATE, "data"),
        },
        state={"changed": State(ids.PREDICT_CHANGED, "data")},
    )
    def _(job_id: Any, _jobs: Any, changed: Any) -> dict[str, Any]:
        return follow(services, job_id, changed)

    @app.callback(
        Output(ids.PREDICT_HANDED, "data"),
        Output(ids.PREDICT_UPLOAD_DONE, "data", allow_duplicate=True),
        Output(ids.PREDICT_JOB, "data", allow_duplicate=True),
        Output(ids.PREDICT_MESSAGE, "children", allow_duplicate=True),
        Input({"type": view.HAND_OVER, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_import: Any) -> tuple[Any, ...]:
        try:
            return hand_over(services, clicked()[1]), None, None, None
        except LapwingError as error:
            return no_update, no_update, no_update, problem(str(error))

    app.clientside_callback(
        ClientsideFunction("lapwingPredict", "handOver"),
        Output(ids.SHELL_LOCATION, "pathname"),
        Input(ids.PREDICT_HANDED, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.PREDICT_JOB, "data", allow_duplicate=True),
        Input({"type": view.DISMISS, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_close: Any) -> None:
        clicked()

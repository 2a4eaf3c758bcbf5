"""The tab "Read the result": the job that reads, and the questions that it may have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, no_update

from callbacks.answers import clicked
from callbacks.roi_readout_campaigns import KIND
from callbacks.uploads import uploads_of
from data.errors import LapwingError, NotFoundError
from pages._ui import ids
from pages._ui import roi_readout_work as view
from pages._ui.controls import problem
from pages._ui.roi_readout import COLUMNS

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.queue import Job

Params = Mapping[str, Any]


def go_on(services: Services, job_id: str, answers: Params) -> dict[str, Any]:
    """Ask again for a job that left something open, with the answers."""
    job = services.jobs.get(job_id)
    params = dict(job.params)
    options = dict(params.get("options") or {})
    for key, value in answers.items():
        if key == "control":
            params["control"] = value
        elif key in COLUMNS:
            params["roles"] = {**(params.get("roles") or {}), key: value}
        elif key == "header":
            options[key] = str(value).casefold() in ("yes", "true", "1")
        else:
            options[key] = value
    uploads_of(services).get(Path(str(params["path"])).parent.name)
    return {"id": services.jobs.submit(KIND, params | {"options": options})}


def follow(services: Services, job_id: str | None) -> dict[str, Any]:
    """What to show of the job, what the look found, and the result it made."""
    same = dict.fromkeys(("panel", "job", "seen", "shown", "done", "edited", "announce"), no_update)
    if not job_id:
        return same | {"panel": None}
    try:
        job = services.jobs.get(job_id)
    except NotFoundError:
        return same | {"panel": None, "job": None}
    if job.state == "done":
        found = job.result or {}
        if "look" in found:
            token = Path(str(job.params["path"])).parent.name
            seen = {**found["look"], "token": token, "options": job.params.get("options") or {}}
            return same | {
                "panel": None,
                "job": None,
                "seen": seen,
                "announce": "The file has been looked at.",
            }
        return same | {
            "panel": None,
            "job": None,
            "seen": None,
            "done": None,
            "shown": found.get("readout_id", no_update),
            "edited": True,
            "announce": "The result has been read.",
        }
    told = "" if job.active else f"{job.label}: {job.state}."
    return same | {"panel": view.panel(work_of(job)), "announce": told}


def work_of(job: Job) -> view.Work:
    """A job in plain values."""
    return view.Work(
        f"Looking at {job.params['name']}" if job.params.get("look") else job.label,
        job.state,
        job.progress,
        "Cancelling" if job.cancel_requested else job.text,
        job.error or "",
        tuple(job.questions),
    )


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the job to `app`."""

    @app.callback(
        output={
            "job": Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
            "message": Output(ids.ROI_READOUT_MESSAGE, "children", allow_duplicate=True),
        },
        inputs={"_go": Input({"type": view.GO_ON, "id": ALL}, "n_clicks")},
        state={
            "job": State(ids.ROI_READOUT_JOB, "data"),
            "values": State({"type": view.ANSWER, "id": ALL}, "value"),
            "keys": State({"type": view.ANSWER, "id": ALL}, "id"),
        },
        prevent_initial_call=True,
    )
    def _(_go: Any, job: Any, values: Any, keys: Any) -> dict[str, Any]:
        clicked()
        answers = {key["id"]: value for key, value in zip(keys, values, strict=True)}
        try:
            return {"job": go_on(services, str(job["id"]), answers), "message": None}
        except LapwingError as error:
            return {"job": None, "message": problem(str(error))}

    @app.callback(
        output={
            "panel": Output(ids.ROI_READOUT_PANEL, "children"),
            "job": Output(ids.ROI_READOUT_JOB, "data"),
            "seen": Output(ids.ROI_READOUT_SEEN, "data"),
            "shown": Output(ids.ROI_READOUT_SHOWN, "data"),
            "done": Output(ids.ROI_READOUT_UPLOAD_DONE, "data"),
            "edited": Output(ids.ROI_EDITED, "data", allow_duplicate=True),
            "announce": Output(ids.ROI_READOUT_ANNOUNCE, "children"),
        },
        inputs={"job": Input(ids.ROI_READOUT_JOB, "data"), "_jobs": Input(ids.SHELL_JOBS_STATE, "data")},
        state={"edited": State(ids.ROI_EDITED, "data")},
        prevent_initial_call="initial_duplicate",
    )
    def _(job: Any, _jobs: Any, edited: Any) -> dict[str, Any]:
        found = follow(services, (job or {}).get("id"))
        if found["edited"] is True:
            found["edited"] = (edited or 0) + 1
        return found

    @app.callback(
        Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
        Output(ids.ROI_READOUT_UPLOAD_DONE, "data", allow_duplicate=True),
        Input({"type": view.DISMISS, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_close: Any) -> tuple[None, None]:
        clicked()
        return None, None

"""The jobs of the data page: asked for, followed, and asked for again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks.answers import clicked, in_words
from callbacks.data_form import discard, form_key, start_import
from callbacks.uploads import Upload, uploads_of
from data.errors import InputError, LapwingError
from data.names import CUSTOMERS, TRANSACTIONS
from figures import words
from models.params import AnalysisParams
from pages._ui import analysis_form as settings_form
from pages._ui import datasets as view
from pages._ui import upload as form

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Dataset
    from jobs.queue import Job

RECENT = 8
SAMPLE_TABLE_CUSTOMERS = 500
BUSY_MS, IDLE_MS = 1000, 5000


def start_sample(services: Services, table: str = TRANSACTIONS) -> dict[str, Any]:
    """Ask for the sample shop, or for the sample table of customers."""
    params: dict[str, Any] = {
        "customers": services.settings.sample_customers,
        "seed": 42,
        "analyse": True,
    }
    if table == CUSTOMERS:
        params |= {"customers": SAMPLE_TABLE_CUSTOMERS, "table": table}
    return {"job": services.jobs.submit("sample", params), "upload": no_update}


def start_analysis(
    services: Services,
    dataset_id: str,
    *,
    cutoff: str | None = None,
    models: Sequence[str] | None = None,
    tune: bool = True,
    **numbers: float | None,
) -> dict[str, Any]:
    """Ask for an analysis of the data set with the settings of the form.

    An empty `cutoff` means the last date less the horizon. `numbers` are `horizon_days`, `seed` and
    `margin` (percent); one that is not given has its default. Raises InputError for what is out of limits.
    """
    dataset = services.store.dataset(dataset_id)
    chosen: dict[str, Any] = {}
    for control, (_, parameter) in settings_form.NUMBERS.items():
        if parameter in numbers:
            chosen[parameter] = _within_limits(control, numbers[parameter])
    if models is not None:
        if not models:
            raise InputError("Choose at least one model under “More settings”.")
        chosen["learners"] = tuple(models)
    params = AnalysisParams(**chosen, tune=tune)
    asked: dict[str, Any] = {"dataset_id": dataset.id, "title": dataset.name, "params": params.to_dict()}
    if cutoff:
        check_cutoff(dataset, cutoff, params.horizon_days)
        asked["cutoff"] = cutoff
    return {"job": services.jobs.submit("analyse", asked), "upload": no_update}


def _within_limits(control: str, value: float | None) -> float:
    low, high, _ = settings_form.bounds(control)
    in_percent = settings_form.NUMBERS[control][1] in settings_form.PERCENT
    # The browser gives nothing for a number outside the limits of its field.
    if (
        not isinstance(value, int | float)
        or not low <= value <= high
        or not (in_percent or value == int(value))
    ):
        raise InputError(settings_form.out_of_range(control))
    return value / 100 if in_percent else int(value)


def check_cutoff(dataset: Dataset, cutoff: str, horizon_days: int) -> None:
    """Raise InputError where `cutoff` is no day, or leaves no history before it or too few days after it."""
    if not is_day(cutoff):
        raise InputError("The cutoff date is not a date: leave it empty, or choose a day.")
    if dataset.kind != TRANSACTIONS:
        return  # the job says why it cannot be analysed at all
    day, first = dt.date.fromisoformat(cutoff), dt.date.fromisoformat(dataset.manifest["first_date"])
    latest = dataset.last_date - dt.timedelta(days=horizon_days)
    if first <= latest and not first <= day <= latest:
        raise InputError(
            f"The cutoff date must be from {words.day(first)} to {words.day(latest)}: history is needed before it, and"
            f" {horizon_days} days after it to compare with. Leave it empty for the latest."
        )


def is_day(text: str) -> bool:
    """Whether `text` is a day as a date field gives it."""
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def repeat(services: Services, job_id: str) -> dict[str, Any]:
    """Ask for an ended job again."""
    job = services.jobs.get(job_id)
    return {"job": services.jobs.submit(job.kind, job.params), "upload": no_update}


def remap(services: Services, job_id: str) -> dict[str, Any]:
    """Open the form again for the file of an import that failed or was cancelled."""
    job = services.jobs.get(job_id)
    file = upload_of(services, job)
    if file is None:
        return {"job": no_update, "upload": no_update}
    into = job.params.get("into")
    known = {
        "options": job.params["options"],
        "title": job.params["name"],
        "questions": questions_of(job),
        "into": f"{into['how']}:{into['dataset_id']}" if into else None,
    }
    return {"job": None, "upload": {"token": file.token, "name": file.name, **known}}


def questions_of(job: Job) -> list[dict[str, Any]]:
    """The questions an import came back with."""
    return [
        {"key": form_key(question["key"]), "text": question["text"], "choices": question["choices"]}
        for question in job.questions
    ]


def upload_of(services: Services, job: Job) -> Upload | None:
    """The uploaded file of an import, while it is still there."""
    if job.kind != "import":
        return None
    try:
        return uploads_of(services).get(Path(str(job.params.get("path"))).parent.name)
    except LapwingError:
        return None


def follow_jobs(
    services: Services, job_id: str | None, seen: str | None, changed: str | None
) -> dict[str, Any]:
    """The jobs as they stand; nothing where nothing moved since `seen`.

    Where one has ended since `changed`, the data sets are read again, and the one it made is shown.
    """
    jobs = services.jobs.list(RECENT)
    followed = followed_job(services, jobs, job_id)
    panel = job_view(services, followed) if followed else None
    views = [job_view(services, job) for job in jobs]
    now = hashlib.sha256(repr((panel, views)).encode()).hexdigest()
    finished = ",".join(item.id for item in views if not item.active) or "none"
    busy = any(item.active for item in views)
    is_news = changed is not None and finished != changed
    return {
        "panel": no_update if now == seen else (view.job_panel(panel) if panel else None),
        "jobs": no_update if now == seen else view.job_list(views, panel.id if panel else None),
        "announce": f"{panel.label}: {view.STATE_WORDS[panel.state].lower()}" if panel else "",
        "interval": BUSY_MS if busy else IDLE_MS,
        "seen": now,
        "changed": no_update if finished == changed else finished,
        # Somebody else's job is shown, but this tab does not make it its own.
        "job": panel.id if panel and job_id and panel.id != job_id else no_update,
        "selected": panel.dataset_id if panel and panel.dataset_id and is_news else no_update,
    }


def followed_job(services: Services, jobs: Sequence[Job], job_id: str | None) -> Job | None:
    """The job this browser follows, or what came of it, else the one that runs, whoever asked for it."""
    try:
        if job_id:
            job = services.jobs.get(job_id)
            following = (job.result or {}).get("next_job")
            return services.jobs.get(str(following)) if following else job
    except LapwingError:
        pass
    return next((job for job in reversed(jobs) if job.active), None)


def job_view(services: Services, job: Job) -> view.JobView:
    """A job in words."""
    result = job.result or {}
    since = job.finished_at or job.started_at or job.created_at
    can_remap = not job.active and upload_of(services, job) is not None
    return view.JobView(
        id=job.id,
        kind=job.kind,
        label=job.label,
        state=job.state,
        progress=job.progress,
        text=job.text,
        when=view.moment(dt.datetime.fromtimestamp(since, dt.UTC)),
        error=job.error or "",
        can_remap=can_remap,
        can_repeat=can_remap if job.kind == "import" else may_go_better(job),
        cancelling=job.cancel_requested,
        dataset_id=result.get("dataset_id") or job.params.get("dataset_id"),
        analysis_id=result.get("analysis_id"),
        summary=summary(services, job) if job.state == "done" else "",
    )


def may_go_better(job: Job) -> bool:
    """Whether asking for an ended job again could help: not where the data itself was the reason."""
    chance = ("worker lost", "Probably out of memory", "Something went wrong", "The disk")
    return job.state != "failed" or (job.error or "").startswith(chance)


def summary(services: Services, job: Job) -> str:
    """What a finished job brought, in a sentence."""
    try:
        dataset = services.store.dataset(str((job.result or {})["dataset_id"]))
        told = view.ledger_sentence(dataset.name, dataset.ledger)
        not_analysed = (job.result or {}).get("not_analysed")
        return f"{told} It was not analysed. {not_analysed}" if not_analysed else told
    except (LapwingError, KeyError):
        return ""


def register(app: Dash, services: Services) -> None:
    """Add the callbacks that start and follow jobs to `app`."""
    _register_starts(app, services)
    _register_following(app, services)


def _starts(**inputs: Any) -> dict[str, Any]:
    return {
        "output": {
            "job": Output(view.JOB, "data", allow_duplicate=True),
            "upload": Output(form.UPLOAD_DONE, "data", allow_duplicate=True),
            "message": Output(view.MESSAGE, "children", allow_duplicate=True),
        },
        "inputs": inputs,
        "prevent_initial_call": True,
    }


def _register_starts(app: Dash, services: Services) -> None:
    keys = ("job", "upload")

    @app.callback(
        **_starts(_clicks=Input(form.IMPORT, "n_clicks")),
        state={
            "upload": State(form.UPLOAD_DONE, "data"),
            "options": State(form.OPTIONS, "data"),
            "name": State(form.NAME, "value"),
            "into": State(form.INTO, "value"),
        },
    )
    def _(_clicks: int, upload: Any, options: Any, name: str | None, into: str | None) -> dict[str, Any]:
        if not isinstance(upload, dict) or not isinstance(options, dict) or "resolved" not in options:
            raise PreventUpdate
        return in_words(lambda: start_import(services, upload, options, name, into), keys)

    @app.callback(
        **_starts(_clicks=Input(form.DISCARD, "n_clicks")), state={"upload": State(form.UPLOAD_DONE, "data")}
    )
    def _(_clicks: int, upload: Any) -> dict[str, Any]:
        if not isinstance(upload, dict) or not upload.get("token"):
            raise PreventUpdate
        return in_words(lambda: discard(services, upload), keys)

    @app.callback(
        **_starts(_shop=Input(form.SAMPLE, "n_clicks"), _table=Input(form.SAMPLE_TABLE, "n_clicks"))
    )
    def _(_shop: int, _table: int) -> dict[str, Any]:
        table = CUSTOMERS if ctx.triggered_id == form.SAMPLE_TABLE else TRANSACTIONS
        return in_words(lambda: start_sample(services, table), keys)

    @app.callback(
        output={
            "job": Output(view.JOB, "data", allow_duplicate=True),
            "upload": Output(form.UPLOAD_DONE, "data", allow_duplicate=True),
            # Beside the button: the page's own message may be out of sight.
            "message": Output(settings_form.MESSAGE, "children"),
        },
        inputs={"_clicks": Input(settings_form.START, "n_clicks")},
        prevent_initial_call=True,
        state={
            "dataset_id": State(view.SELECTED, "data"),
            "cutoff": State(settings_form.CUTOFF, "value"),
            "models": State(settings_form.MODELS, "value"),
            "tune": State(settings_form.TUNE, "value"),
            **{
                parameter: State(control, "value")
                for control, (_, parameter) in settings_form.NUMBERS.items()
            },
        },
    )
    def _(_clicks: int, dataset_id: Any, **asked: Any) -> dict[str, Any]:
        return in_words(lambda: start_analysis(services, str(dataset_id), **asked), keys)

    @app.callback(
        output={
            **{control: Output(control, "value") for control in settings_form.defaults()},
            # What was said of other settings does not concern these.
            settings_form.MESSAGE: Output(settings_form.MESSAGE, "children", allow_duplicate=True),
        },
        inputs={"_clicks": Input(settings_form.RESET, "n_clicks")},
        prevent_initial_call=True,
    )
    def _(_clicks: int) -> dict[str, Any]:
        return {**settings_form.defaults(), settings_form.MESSAGE: None}

    @app.callback(
        **_starts(
            _remap=Input({"type": view.REMAP, "id": ALL}, "n_clicks"),
            _again=Input({"type": view.AGAIN, "id": ALL}, "n_clicks"),
            _close=Input({"type": view.DISMISS, "id": ALL}, "n_clicks"),
        )
    )
    def _(_remap: Any, _again: Any, _close: Any) -> dict[str, Any]:
        kind, job_id = clicked()
        if kind == view.DISMISS:
            return {"job": None, "upload": no_update, "message": None}
        start = remap if kind == view.REMAP else repeat
        return in_words(lambda: start(services, job_id), keys)


def _register_following(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "panel": Output(view.JOB_PANEL, "children"),
            "jobs": Output(view.JOBS, "children"),
            "announce": Output(view.ANNOUNCE, "children"),
            "interval": Output(view.POLL, "interval"),
            "seen": Output(view.SEEN, "data"),
            "changed": Output(view.CHANGED, "data"),
            "job": Output(view.JOB, "data"),
            "selected": Output(view.SELECTED, "data", allow_duplicate=True),
        },
        inputs={"_tick": Input(view.POLL, "n_intervals"), "job_id": Input(view.JOB, "data")},
        state={"seen": State(view.SEEN, "data"), "changed": State(view.CHANGED, "data")},
        prevent_initial_call="initial_duplicate",
    )
    def _(_tick: int, job_id: str | None, seen: str | None, changed: str | None) -> dict[str, Any]:
        return follow_jobs(services, job_id, seen, changed)

    # A copy in the frame, which outlives this page. No output: other pages have no store to read it from.
    app.clientside_callback(ClientsideFunction("lapwing", "started"), Input(view.JOB, "data"))

"""The frame: which analyses there are, what is running, what has finished, and the theme."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, Patch, State, no_update
from dash.dependencies import ClientsideFunction

from data.errors import LapwingError, NotFoundError
from figures import words
from pages._ui import ids
from pages._ui.shell import ACTIVE_MS, IDLE_MS, toast

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.records import Job

NOTHING_YET = ""
NOT_HERE = "The analysis of this link is not in this workspace."
DELETED = "The analysis that was shown has been deleted, here or in another window."


def analysis_options(services: Services) -> list[dict[str, str]]:
    """The analyses to choose from, newest first; told apart by time where a data set has several."""
    found = services.store.analyses()
    names = Counter(analysis.name for analysis in found)
    return [
        {
            "value": analysis.id,
            "label": analysis.name
            if names[analysis.name] == 1
            else f"{analysis.name} · {words.day(analysis.created_at)} {analysis.created_at[11:16]}",
        }
        for analysis in found
    ]


def choose_analysis(
    services: Services,
    published: dict[str, Any] | None,
    search: str | None,
    current: str | None,
    started: str | None,
) -> tuple[list[dict[str, str]], str, bool, Any]:
    """Options, choice, whether the picker is closed, and what there is to say about it.

    The choice is what this tab has just had made, else what it shows, else the address, else the
    newest. What others have made is offered, never shown unasked: somebody is reading here.
    """
    options = analysis_options(services)
    known = {option["value"] for option in options}
    made = (published or {}).get("analysis_id") if _is_own(services, published, started) else None
    address = None if current else _of_address(search)
    wished = [made, current, address]
    value = next((item for item in wished if item in known), options[0]["value"] if options else NOTHING_YET)
    told: Any = no_update
    missing = next((words for item, words in ((current, DELETED), (address, NOT_HERE)) if item), None)
    if missing and value not in (made, current, address) and (options or current):
        instead = f" This is {options[0]['label']} instead." if options else ""
        told = Patch()
        told.append(toast("shell-missing", "Not here any more", missing + instead, failed=True))
    return options, str(value), not options, told


def _is_own(services: Services, published: dict[str, Any] | None, started: str | None) -> bool:
    """Whether the published analysis comes of the job that this tab asked for."""
    made_by = (published or {}).get("job_id")
    if not made_by or not started:
        return False
    try:
        following = (services.jobs.get(started).result or {}).get("next_job")
    except LapwingError:
        return False
    return made_by in (started, following)


def _of_address(search: str | None) -> str | None:
    return next(iter(parse_qs((search or "").lstrip("?")).get("analysis", [])), None)


def watch_jobs(
    services: Services, state: dict[str, Any] | None, pathname: str | None = None
) -> dict[str, Any]:
    """Look at the jobs: what runs, and what has ended since the last look.

    On the data page there are no messages in the corner: it shows the jobs itself, as the predict page does
    with what it has scored.

    Returns the values of the indicator's outputs, `no_update` for what stays as it is.
    """
    jobs = services.jobs.list(20)
    active = [_shown(job) for job in jobs if job.active]
    ended = [job for job in jobs if job.finished_at is not None]
    seen = state["seen"] if state else max((job.finished_at or 0.0 for job in ended), default=0.0)
    news = sorted(
        (job for job in ended if (job.finished_at or 0.0) > seen), key=lambda job: job.finished_at or 0.0
    )
    if state and not news and active == state["active"]:
        return {"state": no_update, "tick": no_update, "published": no_update, "toasts": no_update}
    return {
        "state": {"active": active, "seen": max([seen, *(job.finished_at or 0.0 for job in news)])},
        "tick": ACTIVE_MS if active else IDLE_MS,
        "published": _published(news),
        "toasts": no_update
        if pathname == "/data"
        else _toasts(_elsewhere(news, pathname), more=bool(active)),
    }


def first_look(search: str | None, chosen: str | None) -> Any:
    """What the first look at the jobs publishes: nothing, unless the layout's choice is not that of the address.

    The layout is asked for without its address where a browser does not tell it; then the choice is made anew.
    """
    asked = _of_address(search)
    return {"anew": True} if chosen is None or (asked and asked != chosen) else no_update


def is_gone(services: Services, analysis_id: str | None) -> bool:
    """Whether the analysis that a page shows has been deleted, by whomever."""
    try:
        return bool(analysis_id) and not services.store.analysis(str(analysis_id))
    except NotFoundError:
        return True
    except LapwingError:
        return False


def _elsewhere(news: list[Job], pathname: str | None) -> list[Job]:
    return [job for job in news if not (pathname == "/predict" and job.kind == "predict")]


def _shown(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "label": job.label,
        "state": job.state,
        "progress": round(job.progress, 3),
        "text": job.text,
        "cancelling": job.cancel_requested,
    }


def _published(news: list[Job]) -> Any:
    results = [job.result or {} for job in news if job.state == "done"]
    made = [job for job in news if job.state == "done" and _analysed(job)]
    if made:
        return {"analysis_id": (made[-1].result or {})["analysis_id"], "job_id": made[-1].id}
    return {} if results else no_update


def _toasts(news: list[Job], *, more: bool) -> Any:
    # The first of two steps (import, then analysis) is not news: the second one is on screen already.
    # Nor is a look at a file: its form is.
    told = [
        job
        for job in news
        if not (job.state == "done" and (job.params.get("look") or (more and not _analysed(job))))
    ]
    if not told:
        return no_update
    children = Patch()
    for job in told:
        children.append(_toast(job))
    return children


def _analysed(job: Job) -> bool:
    return bool((job.result or {}).get("analysis_id"))


def _toast(job: Job) -> Any:
    if job.state == "done":
        return toast(job.id, "Ready" if _analysed(job) else "Done", f"{job.label} is done.")
    if job.state == "cancelled":
        return toast(job.id, "Cancelled", f"{job.label}: stopped, nothing was kept.")
    return toast(job.id, "That did not work", f"{job.label}: {job.error or 'it failed.'}", failed=True)


def show_job(state: dict[str, Any] | None) -> tuple[str, str, str, str, str, bool]:
    """Class, label, text, progress, its words, and whether Cancel is closed, for the running job."""
    active = (state or {}).get("active") or []
    if not active:
        return "lw-job lw-hidden", "", "", "0", "No job is running", True
    job = next((item for item in active if item["state"] == "running"), active[0])
    waiting = f" (+{len(active) - 1} waiting)" if len(active) > 1 else ""
    percent = round(100 * job["progress"])
    text = "Cancelling …" if job["cancelling"] else words.prose(job["text"]) or "Waiting for its turn"
    return (
        "lw-job",
        job["label"] + waiting,
        f"{percent} % · {text}",
        str(percent),
        job["label"],
        job["cancelling"],
    )


def cancel_job(services: Services, state: dict[str, Any] | None) -> None:
    """Ask the running job, else the first that waits, to stop."""
    active = (state or {}).get("active") or []
    job = next((item for item in active if item["state"] == "running"), active[0] if active else None)
    if job is not None:
        services.jobs.cancel(job["id"])


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the frame to `app`."""

    @app.callback(
        Output(ids.SHELL_DATASET, "options"),
        Output(ids.SHELL_DATASET, "value"),
        Output(ids.SHELL_DATASET, "disabled"),
        Output(ids.SHELL_TOASTS, "children", allow_duplicate=True),
        Input(ids.SHELL_PUBLISHED, "data"),
        State(ids.SHELL_LOCATION, "search"),
        State(ids.SHELL_DATASET, "value"),
        State(ids.SHELL_JOB_STARTED, "data"),
        prevent_initial_call=True,
    )
    def _choose(published: Any, search: Any, current: Any, started: Any) -> tuple[Any, ...]:
        current = None if (published or {}).get("anew") else current
        options, value, closed, told = choose_analysis(services, published, search, current, started)
        # The same choice again is no choice: pages that follow the picker stay where they are.
        return options, no_update if value == current else value, closed, told

    @app.callback(
        output={
            "state": Output(ids.SHELL_JOBS_STATE, "data"),
            "tick": Output(ids.SHELL_JOBS_TICK, "interval"),
            "published": Output(ids.SHELL_PUBLISHED, "data"),
            "toasts": Output(ids.SHELL_TOASTS, "children"),
        },
        inputs={"_tick": Input(ids.SHELL_JOBS_TICK, "n_intervals")},
        state={
            "state": State(ids.SHELL_JOBS_STATE, "data"),
            "pathname": State(ids.SHELL_LOCATION, "pathname"),
            "search": State(ids.SHELL_LOCATION, "search"),
            "chosen": State(ids.SHELL_DATASET, "value"),
        },
        # The layout brings the first look, but for an address that asks for what is not there.
        prevent_initial_call=True,
    )
    def _watch(_tick: Any, state: Any, pathname: Any, search: Any, chosen: Any) -> dict[str, Any]:
        answer = watch_jobs(services, state, pathname)
        if not state:
            return answer | {"published": first_look(search, chosen)}
        # What was published with it is not lost: the choice is made with that first.
        lost = is_gone(services, chosen) and answer["published"] is no_update
        return answer | ({"published": {"gone": chosen}} if lost else {})

    app.callback(
        Output(ids.SHELL_JOBS, "className"),
        Output(ids.SHELL_JOB_LABEL, "children"),
        Output(ids.SHELL_JOB_TEXT, "children"),
        Output(ids.SHELL_JOB_PROGRESS, "value"),
        Output(ids.SHELL_JOB_PROGRESS, "aria-label"),
        Output(ids.SHELL_JOB_CANCEL, "disabled"),
        Input(ids.SHELL_JOBS_STATE, "data"),
    )(show_job)

    @app.callback(
        Output(ids.SHELL_JOB_STOP, "n_clicks"),
        Input(ids.SHELL_JOB_STOP, "n_clicks"),
        State(ids.SHELL_JOBS_STATE, "data"),
        prevent_initial_call=True,
    )
    def _cancel(clicks: Any, state: Any) -> Any:
        if clicks:
            cancel_job(services, state)
        return no_update

    _register_scripts(app)


def _register_scripts(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("lapwing", "toggle"),
        Output(ids.SHELL_JOB_MODAL, "is_open"),
        Input(ids.SHELL_JOB_CANCEL, "n_clicks"),
        Input(ids.SHELL_JOB_KEEP, "n_clicks"),
        Input(ids.SHELL_JOB_STOP, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("lapwing", "theme"),
        Output(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.SHELL_THEME, "n_clicks"),
    )
    app.clientside_callback(
        ClientsideFunction("lapwing", "carry"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_LOCATION, "pathname"),
    )

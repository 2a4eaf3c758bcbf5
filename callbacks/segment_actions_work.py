"""New segments are asked for, followed, shown when they are there, and deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks import segment_actions_new as making
from callbacks.answers import clicked
from callbacks.segment_actions_common import ASK, CHOICE, EDITED, TOASTS, asked, failed, pressed
from callbacks.segment_actions_new import ANALYSIS, earlier_of, params_of, quintiles_of
from data.errors import InputError, LapwingError, NotFoundError
from figures import words
from models.segmentation.params import METHODS
from pages._ui import explorer_act_new as new_view
from pages._ui import explorer_act_work as work_view
from pages._ui import ids
from pages._ui.explorer_act_work import problem_of

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Segmentation
    from jobs.queue import Job

KIND = "segment"


def start(
    services: Services,
    shown: str | None,
    fields: Mapping[str, Any],
    cuts: Mapping[str, Sequence[float | None]],
    source: str | None = None,
) -> str:
    """Ask for the segments that the form describes; returns the job's id.

    `source` names the customers where none of their segments are `shown`. Raises InputError for what makes no
    sense, or a day that is not among those of the data.
    """
    whose, name = making.whose_of(services, shown, source)
    both = [*(fields.get("features") or ()), *(fields.get("more") or ())]
    params = params_of({**fields, "features": both}, cuts, quintiles_of(services, shown))
    asked_for: dict[str, Any] = {
        "params": params.to_dict(),
        "title": f"{name} by {METHODS[params.method]}",
        f"{whose.kind}_id": whose.id,
    }
    earlier = fields.get("earlier")
    limits = earlier_of(services, whose.id) if whose.kind == ANALYSIS else None
    if earlier and limits and earlier != limits.usual:
        if not limits.first <= earlier <= limits.last:
            raise InputError(
                f"Compare with a day from {words.day(limits.first)} to {words.day(limits.last)}."
            )
        asked_for["earlier"] = earlier
    return services.jobs.submit(KIND, asked_for)


def cuts_by_column(
    field_ids: Sequence[Mapping[str, Any]], values: Sequence[float | None]
) -> dict[str, list[float | None]]:
    """Values of the fields of the cut points by column, in their order."""
    found: dict[str, list[float | None]] = {}
    pairs = sorted(zip(field_ids, values, strict=True), key=lambda pair: int(pair[0]["place"]))
    for field_id, value in pairs:
        found.setdefault(str(field_id["column"]), []).append(value)
    return found


def follow(services: Services, job_id: str | None, edited: int | None) -> dict[str, Any]:
    """The job this tab asked for, and what came of it: the new segments are chosen."""
    same = dict.fromkeys(("work", "job", "choice", "edited", "open"), no_update)
    job = _job(services, job_id)
    if job is None:
        return same | {"work": None, "job": None if job_id else no_update}
    if job.state != "done":
        text = "Cancelling" if job.cancel_requested else job.text
        return same | {
            "work": work_view.work(job.label, job.state, job.progress, text, job.error or ""),
        }
    return same | {
        "work": None,
        "job": None,
        # The page takes it where it still shows the same customers.
        "choice": (job.result or {}).get("segmentation_id", no_update),
        "edited": (edited or 0) + 1,
        "open": False,
    }


def _job(services: Services, job_id: str | None) -> Job | None:
    try:
        return services.jobs.get(job_id) if job_id else None
    except NotFoundError:
        return None


def made_of(services: Services, shown: str | None) -> Any:
    """The segmentations of the customers on screen, newest first."""
    try:
        source = services.store.segmentation(shown or "").source_id
    except LapwingError:
        return work_view.made([])
    return work_view.made([_made(each, shown) for each in services.store.segmentations(source)])


def _made(found: Segmentation, shown: str | None) -> work_view.Made:
    when = dt.datetime.fromisoformat(found.created_at).astimezone()
    return work_view.Made(
        found.id,
        str(found.manifest["title"]),
        f"{when:%-d %b %Y, %H:%M}",
        int(found.manifest["customers"]),
        not found.manifest.get("default"),
        found.id == shown,
    )


def ask_delete(services: Services, segmentation_id: str) -> dict[str, Any]:
    """The question before a segmentation is deleted; InputError for one that was made by itself."""
    found = services.store.segmentation(segmentation_id)
    if found.manifest.get("default"):
        raise InputError("These segments belong to the analysis; they go when it is deleted.")
    return {
        "title": "Delete these segments?",
        "text": f"“{found.manifest['title']}” will be removed from the workspace. The customers, and lists saved from it, "
        "stay.",
        "about": {"kind": "segmentation", "id": found.id},
    }


def delete(services: Services, segmentation_id: str) -> None:
    """Delete a segmentation that somebody asked for; InputError for one that was made by itself."""
    ask_delete(services, segmentation_id)
    services.store.delete_segmentation(segmentation_id)


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the form, of the work and of what was made to `app`."""
    _register_new(app, services)
    _register_work(app, services)


def _register_new(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_NEW_PANEL, "is_open", allow_duplicate=True),
        Output(ids.SEGMENTS_NEW_FORM, "children"),
        Output(ids.SEGMENTS_NEW_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.SEGMENTS_NEW, "n_clicks"),
        State(ids.SEGMENTS_SHOWN, "data"),
        State(ids.SEGMENTS_SOURCE, "value"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, shown: Any, source: Any) -> tuple[Any, ...]:
        pressed()
        try:
            return True, new_view.form(making.source_of(services, shown, source)), None, no_update
        except LapwingError as error:
            return no_update, no_update, no_update, failed(str(error))

    @app.callback(
        Output(ids.SEGMENTS_NEW_CUTS, "children"),
        Input(ids.SEGMENTS_NEW_QUINTILES, "n_clicks"),
        State(ids.SEGMENTS_SHOWN, "data"),
        State(ids.SEGMENTS_SOURCE, "value"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, shown: Any, source: Any) -> Any:
        pressed()
        return making.quintile_rows(services, shown, source)

    @app.callback(
        output={
            "job": Output(ids.SEGMENTS_JOB, "data", allow_duplicate=True),
            "message": Output(ids.SEGMENTS_NEW_MESSAGE, "children"),
        },
        inputs={"_clicks": Input(ids.SEGMENTS_NEW_START, "n_clicks")},
        state={
            "shown": State(ids.SEGMENTS_SHOWN, "data"),
            "source": State(ids.SEGMENTS_SOURCE, "value"),
            "fields": {
                "method": State(ids.SEGMENTS_NEW_METHOD, "value"),
                "features": State(ids.SEGMENTS_NEW_FEATURES, "value"),
                "more": State(ids.SEGMENTS_NEW_MORE, "value"),
                "scaling": State(ids.SEGMENTS_NEW_SCALING, "value"),
                "k": State(ids.SEGMENTS_NEW_K, "value"),
                "eps": State(ids.SEGMENTS_NEW_EPS, "value"),
                "min_size": State(ids.SEGMENTS_NEW_MIN_SIZE, "value"),
                "earlier": State(ids.SEGMENTS_NEW_EARLIER, "value"),
            },
            "cuts": State({"type": new_view.CUT, "column": ALL, "place": ALL}, "value"),
            "cut_ids": State({"type": new_view.CUT, "column": ALL, "place": ALL}, "id"),
        },
        # A second press while the first is on its way would be a second job.
        running=[(Output(ids.SEGMENTS_NEW_START, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _(_clicks: Any, shown: Any, source: Any, fields: Any, cuts: Any, cut_ids: Any) -> dict[str, Any]:
        pressed()
        try:
            job = start(services, shown, fields, cuts_by_column(cut_ids, cuts), source)
            return {"job": job, "message": None}
        except LapwingError as error:
            return {"job": no_update, "message": problem_of(str(error))}


def _register_work(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "work": Output(ids.SEGMENTS_NEW_WORK, "children"),
            "job": Output(ids.SEGMENTS_JOB, "data"),
            "choice": CHOICE,
            "edited": EDITED,
            "open": Output(ids.SEGMENTS_NEW_PANEL, "is_open", allow_duplicate=True),
        },
        inputs={
            "job_id": Input(ids.SEGMENTS_JOB, "data"),
            "_jobs": Input(ids.SHELL_JOBS_STATE, "data"),
        },
        state={
            "edited": State(ids.SEGMENTS_EDITED, "data"),
        },
        prevent_initial_call="initial_duplicate",
    )
    def _(job_id: Any, _jobs: Any, edited: Any) -> dict[str, Any]:
        return follow(services, job_id, edited)

    @app.callback(
        Output(ids.SEGMENTS_JOB, "data", allow_duplicate=True),
        Input({"type": work_view.DISMISS, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_close: Any) -> None:
        clicked()

    @app.callback(
        Output(ids.SEGMENTS_NEW_MADE, "children"),
        Input(ids.SEGMENTS_NEW_PANEL, "is_open"),
        Input(ids.SEGMENTS_SHOWN, "data"),
        Input(ids.SEGMENTS_EDITED, "data"),
    )
    def _(is_open: Any, shown: Any, _edited: Any) -> Any:
        if not is_open:
            raise PreventUpdate
        return made_of(services, shown)

    @app.callback(
        CHOICE,
        Output(ids.SEGMENTS_NEW_PANEL, "is_open"),
        Input({"type": work_view.SHOW, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_show: Any) -> tuple[str, bool]:
        return clicked()[1], False

    @app.callback(
        output=ASK,
        inputs={"_delete": Input({"type": work_view.DELETE, "id": ALL}, "n_clicks")},
        prevent_initial_call=True,
    )
    def _(_delete: Any) -> dict[str, Any]:
        return asked(lambda: ask_delete(services, clicked()[1]))

"""What is to be scored, and by which model: the choices of the predict page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks.data_form import newest_versions
from callbacks.shell import analysis_options
from callbacks.uploads import uploads_of
from data.errors import InputError, LapwingError
from data.names import TRANSACTIONS
from figures import words
from pages._ui import ids
from pages._ui import predict as view
from pages._ui.controls import problem
from pages._ui.upload import size

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Analysis
    from jobs.queue import Job

KIND = "predict"
# A file that only models which can be read back have.
_PROBE = "models/probe.json"


def choose_model(
    services: Services, picked: str | None, current: str | None, *, follow: bool
) -> tuple[list[dict[str, str]], Any]:
    """The models to choose from, and the one chosen: with `follow` that of the picker above."""
    options = analysis_options(services)
    known = {option["value"] for option in options}
    wished = [picked, current] if follow else [current, picked]
    value = next((item for item in wished if item in known), options[0]["value"] if options else None)
    return options, no_update if value == current else value


def describe_model(services: Services, analysis_id: str | None) -> Any:
    """The chosen model in words: what it learned from, up to when, and what it predicts."""
    if not analysis_id:
        raise PreventUpdate
    try:
        analysis = services.store.analysis(analysis_id)
        check_model(analysis)
        label = str((analysis.metrics.get("propensity") or {}).get("label") or "")
    except LapwingError as error:
        return problem(str(error))
    manifest = analysis.manifest
    made = dt.datetime.fromisoformat(analysis.created_at).astimezone()
    best = f" Who buys is predicted by: {label}." if label else ""
    return view.model_words(
        f"Learned from {analysis.name}: {words.plural(int(manifest['customers']), 'customer')} as they stood on "
        f"{words.day(manifest['cutoff'])}, and what they did until {words.day(manifest['last_date'])}.",
        f"It predicts the {manifest['horizon_days']} days after the last date of what you score.{best} "
        f"Made on {words.day(made.date())}.",
    )


def check_model(analysis: Analysis) -> None:
    """Raise InputError where the model of an analysis cannot be read back."""
    if _PROBE not in analysis.manifest["files"]:
        raise InputError(
            f"The analysis of {analysis.name} was made by an older version of Lapwing, whose models cannot be used "
            "again. Analyse the data set again on the Data page."
        )


def dataset_options(services: Services, current: str | None) -> tuple[list[dict[str, str]], str]:
    """The data sets of orders to choose from, the newest version of each; the choice stays while it can."""
    found = [each for each in newest_versions(services) if each.kind == TRANSACTIONS]
    options = [
        {
            "value": each.id,
            "label": f"{each.name} · {words.plural(each.manifest['customers'], 'customer')} · to {words.day(each.last_date)}",
        }
        for each in found
    ]
    value = current if current in {option["value"] for option in options} else view.NONE
    return [{"value": view.NONE, "label": "None"}, *options], str(value)


def choose_source(
    services: Services,
    trigger: str,
    upload: Mapping[str, Any] | None,
    dataset_id: str | None,
    model_id: str | None,
) -> dict[str, Any]:
    """What is to be scored: the file that was uploaded or the data set, whichever was chosen last.

    A file that is being scored waits to be offered again, in case that comes to nothing.
    """
    chosen = dataset_id if dataset_id and dataset_id != view.NONE else None
    file, told, waits = None, "", False
    if isinstance(upload, Mapping) and upload.get("token"):
        token = str(upload["token"])
        job = _scoring(services, token)
        elsewhere = trigger == ids.PREDICT_DATASET and chosen
        if job is not None and job.state == "done":
            pass  # the job has used the file up
        elif job is not None and job.active:
            waits = not elsewhere
            told = "" if chosen else "The file is being scored; you can choose another meanwhile."
        elif trigger == ids.PREDICT_REMOVE or elsewhere:
            uploads_of(services).discard(token)
        else:
            try:
                file = uploads_of(services).get(token)
            except LapwingError as error:
                told = str(error)
    if file is not None:
        chosen = None
    usable, why = _can_score(services, model_id)
    ready = bool(usable and (file or chosen))
    if not told:
        told = why or ("" if ready else "Choose a file or a data set first.")
    return {
        "file": f"{file.name}, {size(file.bytes)}" if file else "",
        "no_file": file is None,
        "upload": no_update if file or waits or not upload else None,
        # Only where the file takes its place: an answer that comes late must not undo a choice.
        "dataset": view.NONE if file and dataset_id != view.NONE else no_update,
        "disabled": not ready,
        "ready": told,
    }


def _scoring(services: Services, token: str) -> Job | None:
    """The last job that was to score an uploaded file."""
    found = (job for job in services.jobs.list() if job.kind == KIND and token_of(job) == token)
    return next(found, None)


def token_of(job: Job) -> str:
    """The token of the upload that a job scores."""
    return Path(str(job.params.get("path"))).parent.name


def _can_score(services: Services, model_id: str | None) -> tuple[bool, str]:
    try:
        check_model(services.store.analysis(model_id or ""))
    except LapwingError:
        return False, "This model cannot be used: choose another." if model_id else ""
    return True, ""

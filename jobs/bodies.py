"""What each kind of job does: reads its parameters, runs the pipeline, returns references."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from data.errors import LapwingError
from data.names import TRANSACTIONS
from data.reading import ImportOptions
from data.store import Store
from jobs import importing, pipeline, readouts, scoring, segment_sources, segmenting
from jobs.context import Body, JobContext, Report
from jobs.queue import JobQueue
from jobs.workplace import Workplace
from models.params import AnalysisParams
from models.segmentation.params import SegmentParams
from settings import Settings


def import_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Import an uploaded file (`path`, `name`, `options`) and, with `analyse`, ask for its analysis.

    `into` = {how, dataset_id} makes a new version of that data set of it. The upload is removed once its
    data set stands; where the file cannot be used it stays for another try, until it is a day old.
    """
    path, place, into = Path(params["path"]), _place(context), params.get("into")
    dataset_id = importing.import_file(
        place,
        path,
        params.get("file") or params["name"],
        ImportOptions.from_dict(params.get("options") or {}),
        report,
        title=params["name"],
        into=(into["how"], place.store.dataset(into["dataset_id"])) if into else None,
    )
    _remove_upload(path, context.home)
    return _then_analyse(context, dataset_id, params)


def reread_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Make a version of the data set `dataset_id` with other choices about its rows (`changes`)."""
    place = _place(context)
    dataset = place.store.dataset(params["dataset_id"])
    made = importing.read_again(place, dataset, params["changes"], report)
    return _then_analyse(context, made, params)


def analyse_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Analyse the data set `dataset_id` with `params` (models.params) and an optional `cutoff`."""
    place, cutoff = _place(context), params.get("cutoff")
    analysis_id = pipeline.analyse_dataset(
        place,
        place.store.dataset(params["dataset_id"]),
        AnalysisParams(**(params.get("params") or {})),
        dt.date.fromisoformat(cutoff) if cutoff else None,
        report,
    )
    return {"dataset_id": params["dataset_id"], "analysis_id": analysis_id}


def sample_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Make the sample shop (`customers`, `seed`; or the `table` of customers) and, with `analyse`, ask for its analysis."""
    customers, seed = int(params["customers"]), int(params["seed"])
    table = str(params.get("table", TRANSACTIONS))
    dataset_id = pipeline.make_sample(_place(context), customers, seed, report, table)
    return _then_analyse(context, dataset_id, params)


def predict_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Score a data set (`dataset_id`) or an uploaded file (`path`, `name`) with the model of `analysis_id`.

    As with an import, the upload is removed once its prediction stands.
    """
    prediction_id = scoring.score_and_publish(_place(context), params, report)
    if params.get("path"):
        _remove_upload(Path(params["path"]), context.home)
    # Not under the name of what makes an analysis: pages would open that.
    return {"prediction_id": prediction_id}


def segment_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Divide the customers of the analysis `analysis_id`, or of the table of customers `dataset_id`.

    `params` are those of models.segmentation.params, without them all defaults are made. `earlier` is the
    day that an analysis' customers are compared with (default: its cutoff).
    """
    place = _place(context)
    source = segment_sources.source_of(place, params, report)
    asked = SegmentParams.from_dict(params["params"]) if params.get("params") else None
    made = segmenting.segment_and_publish(place, source, asked, report)
    return {
        "dataset_id": source.dataset.id,
        "segmentation_id": made.ids[0],
        "segmentation_ids": list(made.ids),
        "notes": list(made.notes),
    }


def readout_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Look at an uploaded result file (`look`), or read it or a saved campaign (`readouts.read_job`).

    As with an import, the upload is removed once its result stands.
    """
    result = readouts.read_job(_place(context), params, report)
    if params.get("path") and not params.get("look"):
        _remove_upload(Path(params["path"]), context.home)
    return result


BODIES: dict[str, Body] = {
    "import": import_job,
    "reread": reread_job,
    "analyse": analyse_job,
    "sample": sample_job,
    "predict": predict_job,
    "segment": segment_job,
    "readout": readout_job,
}


def _place(context: JobContext) -> Workplace:
    return Workplace(Store(context.home), Settings(), context.folder, context.commit, context.job_id)


def _then_analyse(context: JobContext, dataset_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of an import. What is made of it is a job of its own: either can be cancelled without the other."""
    result = {"dataset_id": dataset_id}
    dataset = Store(context.home).dataset(dataset_id)
    asked = {"dataset_id": dataset_id, "title": params.get("title") or params.get("name") or "the sample"}
    if dataset.kind != TRANSACTIONS:
        return result | _next_job(context, "segment", asked)
    if not params.get("analyse"):
        return result
    if reason := pipeline.cannot_predict(dataset, AnalysisParams()):
        return result | {"not_analysed": reason}
    return result | _next_job(context, "analyse", asked)


def _next_job(context: JobContext, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    # The data set stands, whatever becomes of this: it can be asked for from its page too.
    with suppress(LapwingError):
        return {"next_job": JobQueue(context.home, Settings().job_workers).submit(kind, asked)}
    return {}


def _remove_upload(path: Path, home: Path) -> None:
    # Only what the upload route stored is ours to delete, never a file named by a person.
    if (home / "uploads").resolve() in path.resolve().parents:
        shutil.rmtree(path.parent, ignore_errors=True)

"""What each kind of job does: reads its parameters, runs the pipeline, returns references."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.reading import ImportOptions
from data.store import Store
from jobs import pipeline
from jobs.context import Body, JobContext, Report
from jobs.queue import JobQueue
from models.params import AnalysisParams
from settings import Settings


def import_job(context: JobContext, params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Import an uploaded file (`path`, `name`, `options`) and, with `analyse`, ask for its analysis.

    The upload is removed once its data set stands, and where the file cannot be used.
    """
    path = Path(params["path"])
    try:
        dataset_id = pipeline.import_file(
            _place(context),
            path,
            params["name"],
            ImportOptions.from_dict(params.get("options") or {}),
            report,
        )
    except InputError:
        _remove_upload(path, context.home)
        raise
    _remove_upload(path, context.home)
    return _then_analyse(context, dataset_id, params)


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
    """Make the sample shop (`customers`, `seed`) and, with `analyse`, ask for its analysis."""
    dataset_id = pipeline.make_sample(_place(context), int(params["customers"]), int(params["seed"]), report)
    return _then_analyse(context, dataset_id, params)


BODIES: dict[str, Body] = {"import": import_job, "analyse": analyse_job, "sample": sample_job}


def _place(context: JobContext) -> pipeline.Workplace:
    return pipeline.Workplace(Store(context.home), Settings(), context.folder, context.commit)


def _then_analyse(context: JobContext, dataset_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of an import. Its analysis is a job of its own: either can be cancelled without the other."""
    result = {"dataset_id": dataset_id}
    if params.get("analyse"):
        asked = {"dataset_id": dataset_id, "title": params.get("title") or params.get("name") or "the sample"}
        result["next_job"] = JobQueue(context.home, Settings().job_workers).submit("analyse", asked)
    return result


def _remove_upload(path: Path, home: Path) -> None:
    # Only what the upload route stored is ours to delete, never a file named by a person.
    if (home / "uploads").resolve() in path.resolve().parents:
        shutil.rmtree(path.parent, ignore_errors=True)

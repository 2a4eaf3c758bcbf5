"""Whose customers the segments page shows, and by which segmentation; made where there is none yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks.shell import analysis_options
from callbacks.waiting import instead
from data.names import CUSTOMERS
from pages._ui import ids
from pages._ui.controls import problem, waiting

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Segmentation
    from jobs.records import Job

ANALYSIS: Final = "analysis"
DATASET: Final = "dataset"
JOB: Final = "segment"
Option = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """An analysis or a table of customers, as the page's select names it: "analysis:ID", "dataset:ID"."""

    kind: str
    id: str

    @classmethod
    def of(cls, value: str | None) -> Source | None:
        """The source that a value of the select names; None for anything else."""
        kind, colon, found = str(value or "").partition(":")
        return cls(kind, found) if colon and kind in (ANALYSIS, DATASET) else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def source_options(services: Services) -> list[Option]:
    """Analyses as the top bar names them, then tables of customers, newest first."""
    analyses = [
        {"label": option["label"], "value": f"{ANALYSIS}:{option['value']}"}
        for option in analysis_options(services)
    ]
    tables = [
        {"label": f"{dataset.name} (table of customers)", "value": f"{DATASET}:{dataset.id}"}
        for dataset in services.store.datasets()
        if dataset.kind == CUSTOMERS
    ]
    return [*analyses, *tables]


def segmentations_of(services: Services, source: Source) -> list[Segmentation]:
    """The segmentations of a source: those made by default as they were made, then the others, newest first."""
    found = services.store.segmentations(source.id)
    defaults = [item for item in found if item.manifest.get("default")]
    return [*reversed(defaults), *(item for item in found if not item.manifest.get("default"))]


def choose(
    services: Services,
    *,
    analysis_id: str | None,
    source: str | None,
    choice: str | None,
    jobs: dict[str, Any] | None,
    again: int | None,
    start: dict[str, Any] | None,
    shown: str | None,
    trigger: str | None,
) -> dict[str, Any]:
    """What the two selects of the page offer and show, or what stands in the page's place.

    The top bar's choice is followed; at first the address may name a table of customers instead.
    """
    options = source_options(services)
    if analysis_id is None and not source:
        raise PreventUpdate
    chosen = _source(options, analysis_id, source, start or {}, trigger)
    if chosen is None:
        return _nothing(options) | {"empty": instead(analysis_id or "", jobs, "/segments")[0]}
    found = segmentations_of(services, chosen)
    base = {"sources": options, "source": str(chosen), "empty": None, "hidden": False, "again": "lw-hidden"}
    if not found:
        return base | _unmade(services, chosen, options, asked=trigger == ids.SEGMENTS_AGAIN and bool(again))
    known = [item.id for item in found]
    wished = (choice, shown, (start or {}).get("segmentation"))
    value = next((item for item in wished if item in known), known[0])
    choices = [{"label": str(item.manifest.get("title") or item.name), "value": item.id} for item in found]
    return base | {
        "choices": _told_apart(choices, found),
        "choice": value,
        "shown": no_update if value == shown else value,
        "work_hidden": False,
        "message": None,
    }


def _source(
    options: list[Option], analysis_id: str | None, source: str | None, start: dict[str, Any], trigger: str | None
) -> Source | None:  # fmt: skip
    known = [option["value"] for option in options]
    top = f"{ANALYSIS}:{analysis_id}"
    if not source:
        wished = [f"{DATASET}:{start.get(DATASET)}", top]
    elif trigger == ids.SHELL_DATASET:
        wished = [top, source]
    else:
        wished = [source, top]
    return Source.of(next((item for item in wished if item in known), known[0] if known else None))


def _told_apart(choices: list[Option], found: list[Segmentation]) -> list[Option]:
    """Labels that are there twice get the time they were made."""
    labels = [option["label"] for option in choices]
    return [
        option
        if labels.count(option["label"]) == 1
        else option | {"label": f"{option['label']} · {item.created_at[:10]} {item.created_at[11:16]}"}
        for option, item in zip(choices, found, strict=True)
    ]


def _nothing(options: list[Option]) -> dict[str, Any]:
    return {
        "sources": options,
        "source": None,
        "choices": [],
        "choice": None,
        "shown": None,
        "hidden": True,
        "work_hidden": True,
        "message": None,
        "again": "lw-hidden",
    }


def _unmade(services: Services, source: Source, options: list[Option], *, asked: bool) -> dict[str, Any]:
    """The page without a segmentation: it is asked for once, and its progress or its failure is told."""
    job = _job_of(services, source)
    if job is None or job.state == "done" or (asked and not job.active):
        job = services.jobs.get(_submit(services, source, options))
    told: Any
    if job.active:
        told = waiting(
            "Dividing the customers into segments", job.text or "Waiting for its turn", job.progress
        )
    elif job.state == "cancelled":
        told = problem("The job that divides these customers into segments was cancelled.")
    else:
        told = problem(
            f"These customers could not be divided into segments: {job.error or 'the job failed.'}"
        )
    return {
        "choices": [],
        "choice": None,
        "shown": None,
        "work_hidden": True,
        "message": told,
        "again": "lw-hidden" if job.active else "",
    }


def _submit(services: Services, source: Source, options: list[Option]) -> str:
    title = next(option["label"] for option in options if option["value"] == str(source))
    return services.jobs.submit(JOB, {f"{source.kind}_id": source.id, "title": title})


def _job_of(services: Services, source: Source) -> Job | None:
    """The newest job that makes the default segments of a source."""
    return next(
        (
            job
            for job in services.jobs.list(100)
            if job.kind == JOB
            and job.params.get(f"{source.kind}_id") == source.id
            and not job.params.get("params")
        ),
        None,
    )

"""The main job, from a file to published predictions; the queue's bodies and the command line call it."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import InputError
from data.features import customer_features
from data.names import TRANSACTIONS
from data.overview.boards import OVERVIEW
from data.reading import ImportOptions
from data.sample import write_table
from data.serving import SERVING, write_serving
from data.store import ANALYSES, METRICS, Dataset, Manifest, write_json
from jobs import overview, segmenting
from jobs.importing import import_file
from jobs.workplace import Report, Workplace, part
from models.params import AnalysisParams

if TYPE_CHECKING:
    import pandas as pd

    from models.analysis import AnalysisResult

# Earlier cutoffs that the recipe is tried at, one horizon apart.
BACKTESTS = 4


def analyse_dataset(
    place: Workplace,
    dataset: Dataset,
    params: AnalysisParams,
    cutoff: dt.date | None,
    report: Report,
) -> str:
    """Predict over both windows of `dataset`, publish the analysis and divide its customers; returns its id.

    `cutoff` is the end of the history of the past window (default: last date - horizon). Raises
    InputError where the data cannot answer.
    """
    result, facts = run_models(place, dataset, params, cutoff, report)
    report(0.92, "Counting what the overview tells")
    prepared = overview.prepare(
        place,
        dataset,
        params.horizon_days,
        (dt.date.fromisoformat(facts["cutoff"]), result.past),
        result.score,
        result.metrics["backtest"]["origins"],
    )

    def fill(folder: Path) -> Manifest:
        report(0.94, "Saving")
        result.past.to_parquet(folder / "customers.parquet", index=False)
        result.score.to_parquet(folder / "next.parquet", index=False)
        write_serving(
            folder / SERVING, result.past, result.score, prepared.people, threads=place.settings.threads
        )
        write_json(folder / METRICS, result.metrics)
        write_json(folder / OVERVIEW, overview.compose(prepared, overview.red_of(folder, facts)))
        for kind, frame in (("prob", result.importance_prob), ("spend", result.importance_spend)):
            frame.to_csv(folder / f"importance_{kind}.csv", index=False, lineterminator="\n")
        (folder / "models").mkdir(mode=0o700)
        for name, content in result.files.items():
            (folder / "models" / name).write_bytes(content)
        return {
            "kind": "analysis",
            **place.made_by(),
            "dataset_id": dataset.id,
            "params": params.to_dict(),
            **facts,
        }

    analysis_id = place.store.publish(ANALYSES, dataset.name, fill, place.scratch, place.commit)
    segmenting.add_defaults(place, analysis_id, part(report, 0.95, 1.0))
    return analysis_id


def cannot_predict(dataset: Dataset, params: AnalysisParams) -> str | None:
    """Why an analysis of `dataset` with `params` could not work, where its dates or its kind tell; else None."""
    if dataset.kind != TRANSACTIONS:
        return f"{dataset.name} is a table of customers without dated orders: predictions need transactions."
    first, last = dt.date.fromisoformat(dataset.manifest["first_date"]), dataset.last_date
    try:
        _check_dates(first, last, last - dt.timedelta(days=params.horizon_days), params.horizon_days)
    except InputError:
        days = (last - first).days + 1
        return (
            f"Its {days:,} days are too few to predict {params.horizon_days}: choose fewer days to predict under "
            "“Analyse”, or add an export that reaches further back."
        )
    return None


def run_models(
    place: Workplace, dataset: Dataset, params: AnalysisParams, cutoff: dt.date | None, report: Report
) -> tuple[AnalysisResult, dict[str, Any]]:
    """Features and models of both windows: the result and its dates."""
    from models.analysis import analyse
    from models.backtest import CUSTOMERS, Origin

    report(0.0, "Checking the data set")
    if dataset.kind != TRANSACTIONS:
        raise InputError(cannot_predict(dataset, params))
    place.store.verify(dataset)
    horizon = dt.timedelta(days=params.horizon_days)
    last, first = dataset.last_date, dt.date.fromisoformat(dataset.manifest["first_date"])
    cutoff = cutoff or last - horizon
    _check_dates(first, last, cutoff, params.horizon_days)

    report(0.02, "Describing customers")
    with closing(place.connect()) as connection:

        def features(day: dt.date, horizon_days: int | None, customers: int | None = None) -> pd.DataFrame:
            return customer_features(connection, dataset.buckets, day, horizon_days, customers)

        past, score = Origin(cutoff, features(cutoff, params.horizon_days)), features(last, None)
        earlier = []
        for step, day in enumerate(earlier_cutoffs(first, cutoff, horizon)):
            report(0.04 + 0.01 * step, "Describing customers as they were before")
            earlier.append(Origin(day, features(day, params.horizon_days, CUSTOMERS)))
    result = analyse(past, score, earlier, params, part(report, 0.08, 0.92))
    facts = {
        "cutoff": cutoff.isoformat(),
        "last_date": last.isoformat(),
        "horizon_days": params.horizon_days,
        "customers": len(result.past),
    }
    return result, facts


def make_sample(
    place: Workplace, customers: int, seed: int, report: Report, table: str = TRANSACTIONS
) -> str:
    """Generate the sample shop, or the sample table of customers, and publish it; returns its id."""
    report(0.0, "Making the sample data")
    path = place.folder("sample") / "sample.parquet"
    write_table(table, path, customers, seed, truth=False)
    name = "Sample shop" if table == TRANSACTIONS else "Sample table"
    title = f"{name} ({customers:,} customers)"
    return import_file(place, path, title, ImportOptions(), part(report, 0.3, 1))


def earlier_cutoffs(first: dt.date, cutoff: dt.date, horizon: dt.timedelta) -> list[dt.date]:
    """Cutoffs to test the recipe at, one horizon apart, newest first.

    All but the newest have at least one horizon of history, as the one that is tested with it has.
    """
    days = [cutoff - horizon * step for step in range(1, BACKTESTS + 1)]
    return [day for step, day in enumerate(days) if day - (horizon if step else dt.timedelta(0)) >= first]


def _check_dates(first: dt.date, last: dt.date, cutoff: dt.date, horizon_days: int) -> None:
    if cutoff + dt.timedelta(days=horizon_days) > last:
        raise InputError(
            f"The cutoff {cutoff} leaves less than {horizon_days} days before the last date {last}: choose"
            f" {last - dt.timedelta(days=horizon_days)} or earlier, or a shorter horizon."
        )
    if cutoff < first:
        raise InputError(
            f"The cutoff {cutoff} is before the first date of the data, {first} (the last is {last}):"
            f" predicting {horizon_days} days takes a history before them. Choose a later cutoff, a horizon of"
            " fewer days, or import more history."
        )

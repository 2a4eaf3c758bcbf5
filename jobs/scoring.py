"""Scoring with a saved model: the customers of a file or of a data set, as they stand on its last date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data.errors import InputError, LapwingError, NotFoundError
from data.features import customer_features
from data.names import (
    COUNTS,
    CUSTOMER_ID,
    FEATURES,
    NEXT_WINDOW_COLUMNS,
    PRED_PROB,
    PRED_SPEND,
    REASON_COLUMNS,
    TRANSACTIONS,
)
from data.reading import ImportOptions
from data.reading.guard import Limits, inspect_guarded
from data.reading.options import ROW_CHOICES
from data.store import PREDICTIONS, SCORED, Analysis, Dataset, Manifest, Store, read_json
from jobs.divisions import Divisions, divisions_of_analysis, divisions_of_folder
from jobs.importing import JOIN, import_file
from jobs.workplace import Report, Workplace, part

if TYPE_CHECKING:
    import pandas as pd

    from models.served import Served

MODELS: Final = "models"
# What a file with the same columns takes over from how the model's own data was read.
_LIKE: Final = ("mapping", "kind", "amount_is", "currency", *ROW_CHOICES)


@dataclass(frozen=True)
class SavedModel:
    """A model that was read back, and what is known of where it comes from.

    `name` is that of the data it learned from, `metrics` those of its analysis where they are at hand,
    `data` its data set where that is still there, and `divisions` how its customers were divided.
    """

    served: Served
    name: str
    cutoff: dt.date | None
    last_date: dt.date | None
    currency: str | None
    metrics: dict[str, Any] | None
    analysis_id: str | None = None
    data: Dataset | None = None
    divisions: Divisions = field(default_factory=lambda: Divisions({}, {}))

    @property
    def horizon_days(self) -> int:
        """Days that the model predicts."""
        return self.served.horizon_days

    def about(self) -> dict[str, Any]:
        """What a result says of the model it comes from."""
        return {
            "name": self.name,
            "analysis_id": self.analysis_id,
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "last_date": self.last_date.isoformat() if self.last_date else None,
            "horizon_days": self.horizon_days,
        }


def model_of_analysis(store: Store, analysis: Analysis) -> SavedModel:
    """The saved model of an analysis; StoreError or InputError in words where it cannot be used."""
    from models import persist

    names = [
        name.removeprefix(f"{MODELS}/") for name in analysis.manifest["files"] if name.startswith(MODELS)
    ]
    if not names:
        raise NotFoundError(f"{analysis.name}: this analysis has no saved model. Analyse the data set again.")
    served = persist.load({name: (analysis.path / MODELS / name).read_bytes() for name in names})
    data = None
    with suppress(LapwingError):
        data = store.dataset(analysis.dataset_id)
    return SavedModel(
        served,
        analysis.name,
        dt.date.fromisoformat(analysis.manifest["cutoff"]),
        dt.date.fromisoformat(analysis.manifest["last_date"]),
        currency_of(data) if data else None,
        analysis.metrics,
        analysis.id,
        data,
        divisions_of_analysis(store, analysis.id),
    )


def model_of_folder(folder: Path) -> SavedModel:
    """The saved model in `folder`, as `lapwing run` writes it beside its metrics and its ledger.

    Raises InputError where there is none.
    """
    from models import persist

    folder = folder / MODELS if (folder / MODELS / persist.MANIFEST).is_file() else folder
    if not (folder / persist.MANIFEST).is_file():
        raise InputError(
            f"{folder} holds no saved model ({persist.MANIFEST} is not there): --model names the folder "
            "“models” that `lapwing run` writes."
        )
    served = persist.load({path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()})
    metrics, ledger = (_beside(folder.resolve().parent / name) for name in ("metrics.json", "ledger.json"))
    return SavedModel(
        served,
        folder.resolve().parent.name,
        _day(metrics.get("cutoff")),
        _day(metrics.get("last_date")),
        _code((ledger.get("understood") or {}).get("currency")),
        metrics or None,
        divisions=divisions_of_folder(folder),
    )


def _beside(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except (OSError, ValueError):
        return {}


def _day(text: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        return None


def _code(currency: object) -> str | None:
    return currency if isinstance(currency, str) and currency else None


def currency_of(dataset: Dataset) -> str | None:
    """Code of the currency of a data set's amounts, as the import understood it."""
    return _code((dataset.ledger.get("understood") or {}).get("currency"))


def read_file(
    place: Workplace, path: Path, name: str, options: ImportOptions, model: SavedModel, report: Report
) -> Dataset:
    """Read the file `path` as an import does, into the store of `place`, which is nobody else's.

    What `options` leave open is read like the model's own data where the columns are the same. Raises
    InputError for a file that cannot be used and QuestionError where it leaves something open.
    """
    if model.data is not None:
        report(0.0, "Looking at the file")
        limits = Limits(memory_mb=place.settings.read_memory_mb)
        found = inspect_guarded(path, options, name=name, limits=limits)
        options = read_alike(options, found.columns, model.data)
    # One customer can be scored: nothing is learned from the file.
    made = import_file(place, path, name, options, part(report, 0.05, 1.0), least_customers=1)
    return place.store.dataset(made)


def read_alike(options: ImportOptions, columns: Sequence[str], like: Dataset) -> ImportOptions:
    """`options`, filled up with how a file of the data set `like` was read that has just these columns."""
    for step in like.manifest.get("steps", ()):
        if step["how"] != JOIN and step.get("columns") == list(columns):
            before = ImportOptions.from_dict(step["options"])
            plain = {each.name: each.default for each in fields(ImportOptions) if each.default is not MISSING}
            open_names = [name for name in _LIKE if getattr(options, name) == plain[name]]
            return replace(options, **{name: getattr(before, name) for name in open_names})
    return options


def score_dataset(
    place: Workplace, dataset: Dataset, model: SavedModel, report: Report
) -> tuple[pd.DataFrame, Manifest]:
    """The customers of `dataset` on its last date, scored, and what there is to say of them all.

    One row a customer, sorted by customer id: features, NEXT_WINDOW_COLUMNS, reasons and, where the
    model's customers were divided, the columns of `Divisions`. Raises InputError for a data set without
    dated orders.
    """
    from models import scoring

    if dataset.kind != TRANSACTIONS:
        raise InputError(
            f"{dataset.name} is a table of customers without dated orders: scoring needs orders, one row each. Which "
            "segment each belongs to can be told without: on the Segments page, or by `lapwing segment`."
        )
    place.store.verify(dataset)
    report(0.1, "Describing customers")
    with closing(place.connect(dataset.path)) as connection:
        features = customer_features(connection, dataset.buckets, dataset.last_date)
    if not len(features):
        raise InputError(f"{dataset.name} holds no purchase: there is no customer to score.")
    report(0.5, f"Scoring {len(features):,} customers")
    # As in the analysis: sums in one order, whatever the machine has.
    with threadpool_limits(limits=1):
        frame = model.served.score(features)
    frame = frame[
        [
            *dict.fromkeys((CUSTOMER_ID, *FEATURES, *NEXT_WINDOW_COLUMNS)),
            *REASON_COLUMNS,
        ]
    ]
    frame[list(COUNTS)] = frame[list(COUNTS)].astype("int64")
    report(0.85, "Assigning segments")
    columns = model.divisions.columns(features)
    frame = frame.assign(**columns)
    report(0.9, "Comparing with the customers the model knows")
    seen = model.served.range
    found = scoring.outside(features, seen, model.horizon_days)
    currency, history = currency_of(dataset), scoring.history_days(features)
    trained = scoring.Trained(
        model.cutoff, model.last_date, model.currency, float(seen.high[FEATURES.index("tenure_days")])
    )
    return frame, {
        "source": dataset.name,
        "cutoff": dataset.last_date.isoformat(),
        "horizon_days": model.horizon_days,
        "customers": len(frame),
        "without_purchase": int(dataset.ledger["customers"]) - len(frame),
        "expected_buyers": round(float(frame[PRED_PROB].sum()), 4),
        "expected_spend": round(float(frame[PRED_SPEND].sum()), 4),
        "currency": currency,
        "outside_share": round(found.share, 6),
        "caution": scoring.level_caution(model.metrics),
        "warnings": scoring.warnings(
            found, trained, last_date=dataset.last_date, currency=currency, history=history
        ),
        "segments": model.divisions.counts(columns),
        "model": model.about(),
    }


def score_and_publish(place: Workplace, params: dict[str, Any], report: Report) -> str:
    """Score what `params` name with the model of their analysis and publish it; returns the prediction's id.

    `analysis_id`, and either `dataset_id` or the file `path` with its `name` and `options`.
    """
    report(0.0, "Reading the saved model")
    model = model_of_analysis(place.store, place.store.analysis(params["analysis_id"]))
    dataset_id = params.get("dataset_id")
    if dataset_id:
        where, dataset = place, place.store.dataset(dataset_id)
    else:
        where = _apart(place)
        options = ImportOptions.from_dict(params.get("options") or {})
        dataset = read_file(
            where, Path(params["path"]), params["name"], options, model, part(report, 0.05, 0.6)
        )
    frame, facts = score_dataset(where, dataset, model, part(report, 0.6, 0.95))

    def fill(folder: Path) -> Manifest:
        report(0.95, "Saving")
        frame.to_parquet(folder / SCORED, index=False)
        return {"kind": "prediction", **place.made_by(), "dataset_id": dataset_id, **facts}

    return place.store.publish(PREDICTIONS, dataset.name, fill, place.scratch, place.commit)


def _apart(place: Workplace) -> Workplace:
    """A place with a store of its own, gone with the job: a file to score becomes no data set."""
    settings = place.settings.model_copy(update={"keep_sources": False})
    return Workplace(Store(place.folder("read") / "workspace"), settings, place.folder("read"))

"""The workspace: immutable data sets and analyses in a folder, each whole or not there at all.

<home>/workspace.json      the format's version
<home>/datasets/<id>/      manifest.json, ledger.json, quality.json, rejected*.csv, source-*, and
                           transactions*.parquet or customers.parquet, attributes.parquet
<home>/analyses/<id>/      manifest.json, customers.parquet, next.parquet, serving.duckdb, ...
<home>/predictions/<id>/   manifest.json, scored.parquet: customers scored by a saved model
<home>/segmentations/<id>/ manifest.json, segmentation.json, report.json, segments.duckdb
<home>/lists/<id>/         manifest.json, customers.parquet: customers that somebody chose and named
<home>/campaigns/<id>/     manifest.json, customers.parquet: a planned campaign, who is contacted and who is held out
<home>/scenarios/<id>/     manifest.json: parameters of a campaign under a name, with what came out
<home>/readouts/<id>/      manifest.json, readout.json, outcomes.parquet: what a campaign brought
<home>/tmp/                what is being written; renamed into place when complete
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import NotFoundError, StoreError
from data.names import TRANSACTIONS

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
DATASETS = "datasets"
ANALYSES = "analyses"
PREDICTIONS = "predictions"
SEGMENTATIONS = "segmentations"
LISTS = "lists"
CAMPAIGNS = "campaigns"
SCENARIOS = "scenarios"
READOUTS = "readouts"
KINDS = (DATASETS, ANALYSES, PREDICTIONS, SEGMENTATIONS, LISTS, CAMPAIGNS, SCENARIOS, READOUTS)
# Files of a data set: a table of customers, attributes joined by customer id, and the files it came from.
TABLE = "customers.parquet"
ATTRIBUTES = "attributes.parquet"
SOURCE = "source-"
QUALITY = "quality.json"
# What an analysis found, every figure.
METRICS = "metrics.json"
# The file of a prediction, one row a customer.
SCORED = "scored.parquet"
# Files of a segmentation: what assigns customers, what was found, and the customers as pages ask for them.
SEGMENTER = "segmentation.json"
REPORT = "report.json"
SEGMENTS = "segments.duckdb"
# Files of a readout: what was found, and the customers it was found from.
READOUT = "readout.json"
OUTCOMES = "outcomes.parquet"
_WORDS = {
    DATASETS: "data set",
    ANALYSES: "analysis",
    PREDICTIONS: "prediction",
    SEGMENTATIONS: "segmentation",
    LISTS: "list",
    CAMPAIGNS: "campaign",
    SCENARIOS: "scenario",
    READOUTS: "readout",
}
# What ids look like; and what no id is.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,80}")
_NO_ID = "-"
# Scratch folders of processes that were killed, and how old they are when that is certain.
_SCRATCH = ("statistics-*", "outcomes-*", "cli-*", "deleted-*", "publish-*")
_SCRATCH_SECONDS = 86_400

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One published folder: its id, the words a person knows it by, and its manifest."""

    id: str
    name: str
    created_at: str
    path: Path
    manifest: Manifest = field(repr=False, compare=False)

    def file(self, name: str) -> Path:
        """Path of the file `name` of this entry; NotFoundError where it has none."""
        path = self.path / name
        if name not in self.manifest["files"] or not path.is_file():
            raise NotFoundError(f"{self.name}: the file {name} is not there.")
        return path

    def read_json(self, name: str) -> dict[str, Any]:
        """The JSON file `name` of this entry; StoreError where its content is damaged."""
        try:
            return read_json(self.file(name))
        except ValueError as error:
            raise StoreError(f"{self.name}: the file {name} is damaged ({error}).") from error


@dataclass(frozen=True)
class Dataset(Entry):
    """One import."""

    @property
    def ledger(self) -> dict[str, Any]:
        """The account of the import: rows and amounts kept and quarantined, by reason."""
        return self.read_json("ledger.json")

    @property
    def kind(self) -> str:
        """Whether a row is a line of an order (transactions) or a customer (customers)."""
        return str(self.manifest.get("kind", TRANSACTIONS))

    @property
    def version(self) -> int:
        """1 for a first import; versions made of it count on."""
        return int(self.manifest.get("version", 1))

    @property
    def series(self) -> str:
        """Id of the first version."""
        return str(self.manifest.get("series", self.id))

    @property
    def buckets(self) -> list[list[Path]]:
        """Parquet files of the transactions, a list for each customer bucket; none for a table of customers."""
        return [[self.file(name) for name in names] for names in self.manifest.get("buckets", ())]

    @property
    def table(self) -> Path:
        """The Parquet file of a table of customers; NotFoundError for transactions."""
        return self.file(TABLE)

    @property
    def attributes(self) -> Path | None:
        """The Parquet file of attributes joined by customer id, if any were."""
        return self.file(ATTRIBUTES) if ATTRIBUTES in self.manifest["files"] else None

    @property
    def last_date(self) -> dt.date:
        """Day of the last kept row."""
        return dt.date.fromisoformat(self.manifest["last_date"])


@dataclass(frozen=True)
class Analysis(Entry):
    """One run over a data set."""

    @property
    def dataset_id(self) -> str:
        """Id of the data set it looked at."""
        return str(self.manifest["dataset_id"])

    @property
    def metrics(self) -> dict[str, Any]:
        """Every metric of the run."""
        return self.read_json(METRICS)


@dataclass(frozen=True)
class Prediction(Entry):
    """Customers of a file or a data set, scored by the saved model of an analysis."""

    @property
    def scored(self) -> Path:
        """The Parquet file of the scored customers."""
        return self.file(SCORED)


@dataclass(frozen=True)
class Segmentation(Entry):
    """The customers of an analysis, or of a table of customers, divided into segments."""

    @property
    def source_id(self) -> str:
        """Id of the analysis or of the table of customers that it divides."""
        return str(self.manifest["source"]["id"])

    @property
    def series(self) -> str:
        """Id of the first version of the data set: what people changed of its segments goes by it."""
        return str(self.manifest["source"]["series"])

    @property
    def method(self) -> str:
        """How it was made, one of models.segmentation.params.METHODS."""
        return str(self.manifest["method"])

    @property
    def report(self) -> dict[str, Any]:
        """What was found: segments, definitions, choice of their number, stability, components, notes."""
        return self.read_json(REPORT)


@dataclass(frozen=True)
class CustomerList(Entry):
    """Customers that somebody chose and named, with the definition they were chosen by."""

    @property
    def customers(self) -> Path:
        """The Parquet file of the customers."""
        return self.file(TABLE)


@dataclass(frozen=True)
class Campaign(Entry):
    """A planned campaign: who is contacted, best first, and who of them is held out to compare with."""

    @property
    def customers(self) -> Path:
        """The Parquet file of the customers."""
        return self.file(TABLE)

    @property
    def series(self) -> str:
        """Id of the first version of the data set that its customers are of."""
        return str(self.manifest["series"])


@dataclass(frozen=True)
class Scenario(Entry):
    """Parameters of a campaign under a name, with what came out when they were saved."""

    @property
    def series(self) -> str:
        """Id of the first version of the data set that its customers are of."""
        return str(self.manifest["series"])


@dataclass(frozen=True)
class Readout(Entry):
    """What a campaign brought, from a file of outcomes or from later transactions."""

    @property
    def outcomes(self) -> Path:
        """The Parquet file of the customers and what they did."""
        return self.file(OUTCOMES)

    @property
    def result(self) -> dict[str, Any]:
        """What was found."""
        return self.read_json(READOUT)


class Store:
    """Reads and publishes the entries of a workspace folder."""

    def __init__(self, home: Path) -> None:
        self.home = Path(home).resolve()
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in (*KINDS, "tmp"):
                (self.home / name).mkdir(exist_ok=True, mode=0o700)
            self._check_version()
        except OSError as error:
            raise StoreError(f"The workspace {self.home} cannot be used: {error.strerror}.") from error

    def _check_version(self) -> None:
        marker = self.home / "workspace.json"
        if not marker.exists():
            write_json(marker, {"schema": SCHEMA_VERSION})
        version = read_json(marker).get("schema", 0)
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"The workspace {self.home} is of format {version}, this Lapwing reads format"
                f" {SCHEMA_VERSION}: use the version that wrote it, or another folder (LAPWING_HOME)."
            )

    def sweep(self) -> None:
        """Remove scratch folders that processes which were killed have left, a day old at least."""
        before = time.time() - _SCRATCH_SECONDS
        for pattern in _SCRATCH:
            for path in (self.home / "tmp").glob(pattern):
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < before:
                        shutil.rmtree(path, ignore_errors=True)

    # Reading

    def datasets(self) -> list[Dataset]:
        """All whole data sets, newest first."""
        return [Dataset(**entry) for entry in self._entries(DATASETS)]

    def versions(self, series: str) -> list[Dataset]:
        """All versions of one data set, newest first; empty where it has been deleted."""
        return [dataset for dataset in self.datasets() if dataset.series == series]

    def analyses(self, dataset_id: str | None = None) -> list[Analysis]:
        """All whole analyses (of one data set), newest first."""
        found = [Analysis(**entry) for entry in self._entries(ANALYSES)]
        return [item for item in found if dataset_id is None or item.dataset_id == dataset_id]

    def dataset(self, dataset_id: str) -> Dataset:
        """The data set of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Dataset(**self._entry(DATASETS, dataset_id))

    def analysis(self, analysis_id: str) -> Analysis:
        """The analysis of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Analysis(**self._entry(ANALYSES, analysis_id))

    def predictions(self) -> list[Prediction]:
        """All whole predictions, newest first."""
        return [Prediction(**entry) for entry in self._entries(PREDICTIONS)]

    def prediction(self, prediction_id: str) -> Prediction:
        """The prediction of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Prediction(**self._entry(PREDICTIONS, prediction_id))

    def segmentations(self, source_id: str | None = None) -> list[Segmentation]:
        """All whole segmentations (of one analysis or table of customers), newest first."""
        found = [Segmentation(**entry) for entry in self._entries(SEGMENTATIONS)]
        return [item for item in found if source_id is None or item.source_id == source_id]

    def segmentation(self, segmentation_id: str) -> Segmentation:
        """The segmentation of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Segmentation(**self._entry(SEGMENTATIONS, segmentation_id))

    def lists(self) -> list[CustomerList]:
        """All whole lists of customers, newest first."""
        return [CustomerList(**entry) for entry in self._entries(LISTS)]

    def list_of(self, list_id: str) -> CustomerList:
        """The list of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return CustomerList(**self._entry(LISTS, list_id))

    def campaigns(self, series: str | None = None) -> list[Campaign]:
        """All whole campaigns (of one series of data sets), newest first."""
        found = [Campaign(**entry) for entry in self._entries(CAMPAIGNS)]
        return [item for item in found if series in (None, item.series)]

    def campaign(self, campaign_id: str) -> Campaign:
        """The campaign of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Campaign(**self._entry(CAMPAIGNS, campaign_id))

    def scenarios(self, series: str | None = None) -> list[Scenario]:
        """All whole scenarios (of one series of data sets), newest first."""
        found = [Scenario(**entry) for entry in self._entries(SCENARIOS)]
        return [item for item in found if series in (None, item.series)]

    def scenario(self, scenario_id: str) -> Scenario:
        """The scenario of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Scenario(**self._entry(SCENARIOS, scenario_id))

    def readouts(self) -> list[Readout]:
        """All whole readouts, newest first."""
        return [Readout(**entry) for entry in self._entries(READOUTS)]

    def readout(self, readout_id: str) -> Readout:
        """The readout of that id; NotFoundError where there is none, StoreError where it is damaged."""
        return Readout(**self._entry(READOUTS, readout_id))

    def planned(self, series: str) -> list[Entry]:
        """The campaigns, scenarios and readouts of one series of data sets."""
        found: list[Entry] = [*self.campaigns(), *self.scenarios(), *self.readouts()]
        return [item for item in found if item.manifest.get("series") == series]

    def latest_analysis(self, dataset_id: str | None = None) -> Analysis | None:
        """The newest whole analysis, or None."""
        return next(iter(self.analyses(dataset_id)), None)

    def damaged(self) -> dict[str, str]:
        """Id and what is wrong, for each published folder that cannot be read."""
        wrong = {}
        for kind in KINDS:
            for path in self._folders(kind):
                try:
                    self._entry(kind, path.name)
                except (StoreError, NotFoundError) as error:
                    wrong[path.name] = str(error)
        return wrong

    def verify(self, entry: Entry, *names: str) -> None:
        """Read files of `entry` and compare checksums; StoreError names the first that differs.

        Without `names` all files are read but the kept sources, which only a new reading needs.
        """
        for name, facts in entry.manifest["files"].items():
            wanted = name in names if names else not name.startswith(SOURCE)
            try:
                same = not wanted or sha256(entry.path / name) == facts["sha256"]
            except OSError:
                raise NotFoundError(f"{entry.name}: the file {name} is not there (any more).") from None
            if not same:
                raise StoreError(f"{entry.name}: the file {name} is damaged (its checksum differs).")

    def _folders(self, kind: str) -> list[Path]:
        return sorted((path for path in (self.home / kind).iterdir() if path.is_dir()), reverse=True)

    def _entries(self, kind: str) -> Iterator[dict[str, Any]]:
        for path in self._folders(kind):
            with contextlib.suppress(StoreError, NotFoundError):
                yield self._entry(kind, path.name)

    def _entry(self, kind: str, entry_id: str) -> dict[str, Any]:
        # An id comes from an address or a form: it names a folder of ours or nothing.
        path = self.home / kind / (entry_id if _ID.fullmatch(str(entry_id)) else _NO_ID)
        if not path.is_dir():
            raise NotFoundError(f"There is no {_WORDS[kind]} {str(entry_id)[:60]} in this workspace.")
        try:
            manifest = read_json(path / MANIFEST)
            for name, facts in manifest["files"].items():
                if (path / name).stat().st_size != facts["bytes"]:
                    raise StoreError(f"{entry_id}: the file {name} is damaged (its size differs).")
            return {
                "id": entry_id,
                "name": str(manifest["name"]),
                "created_at": str(manifest["created_at"]),
                "path": path,
                "manifest": manifest,
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"{entry_id} is damaged and was left out: {error}.") from error

    # Publishing

    def publish(
        self,
        kind: str,
        name: str,
        fill: Callable[[Path], Manifest],
        scratch: Path | None = None,
        commit: Callable[[], None] = lambda: None,
    ) -> str:
        """Let `fill` write a folder and make it visible in one step; returns the new id.

        `fill` gets an empty folder (below `scratch`, a job's own temporary folder, or `<home>/tmp`)
        and returns what goes into the manifest beside name, time and checksums. Whatever fails,
        the folder is removed and nothing is published.
        """
        now = dt.datetime.now(dt.UTC)
        entry_id = f"{now:%Y%m%d-%H%M%S%f}-{secrets.token_hex(3)}"
        folder = (scratch or self.home / "tmp") / f"publish-{entry_id}"
        try:
            folder.mkdir(parents=True, mode=0o700)
            details = fill(folder)
            manifest = {
                **details,
                "schema": SCHEMA_VERSION,
                "name": name,
                "created_at": now.isoformat(timespec="seconds"),
                "files": {
                    str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256(path)}
                    for path in sorted(folder.rglob("*"))
                    if path.is_file()
                },
            }
            write_json(folder / MANIFEST, manifest)
            _sync_tree(folder)
            target = self.home / kind / entry_id
            commit()
            folder.rename(target)
            sync(target.parent)
        except OSError as error:
            raise StoreError(f"Could not write to the workspace: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return entry_id

    def delete_dataset(self, dataset_id: str) -> None:
        """Remove a data set, its analyses, segmentations and lists, and what was predicted of its customers.

        Campaigns, scenarios and readouts are read with later versions: they go with the last version.
        """
        dataset = self.dataset(dataset_id)
        if [each.id for each in self.versions(dataset.series)] == [dataset_id]:
            for entry in self.planned(dataset.series):
                self._delete(entry.path)
        for analysis in self.analyses(dataset_id):
            self.delete_analysis(analysis.id)
        for segmentation in self.segmentations(dataset_id):
            self.delete_segmentation(segmentation.id)
        for chosen in self.lists():
            if chosen.manifest.get("dataset_id") == dataset_id:
                self.delete_list(chosen.id)
        for prediction in self.predictions():
            if prediction.manifest.get("dataset_id") == dataset_id:
                self.delete_prediction(prediction.id)
        self._delete(dataset.path)

    def delete_analysis(self, analysis_id: str) -> None:
        """Remove an analysis and its segmentations; lists, campaigns and scenarios made from them stay."""
        for segmentation in self.segmentations(analysis_id):
            self.delete_segmentation(segmentation.id)
        self._delete(self.analysis(analysis_id).path)

    def delete_prediction(self, prediction_id: str) -> None:
        """Remove a prediction."""
        self._delete(self.prediction(prediction_id).path)

    def delete_segmentation(self, segmentation_id: str) -> None:
        """Remove a segmentation."""
        self._delete(self.segmentation(segmentation_id).path)

    def delete_list(self, list_id: str) -> None:
        """Remove a list of customers."""
        self._delete(self.list_of(list_id).path)

    def delete_campaign(self, campaign_id: str) -> None:
        """Remove a campaign; what was read out of it stays."""
        self._delete(self.campaign(campaign_id).path)

    def delete_scenario(self, scenario_id: str) -> None:
        """Remove a scenario."""
        self._delete(self.scenario(scenario_id).path)

    def delete_readout(self, readout_id: str) -> None:
        """Remove a readout."""
        self._delete(self.readout(readout_id).path)

    def _delete(self, path: Path) -> None:
        # Renamed first: a reader sees the whole entry or none, however long the removal takes.
        doomed = self.home / "tmp" / f"deleted-{path.name}"
        path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`."""
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return value


def write_json(path: Path, value: object) -> None:
    """Write `value` as readable JSON, flushed to disk, replacing `path` in one step."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(3)}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, ensure_ascii=False, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        sync(path)

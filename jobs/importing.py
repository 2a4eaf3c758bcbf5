"""How data sets come to be: from one file, and as versions of another: added to, joined, mended, read again.

A data set is the outcome of its steps, each a file with the options it was read with. The files are
kept beside the data set (setting `keep_sources`), so that a later version can take every step anew
with other choices. Versions are data sets of their own; what did not change is shared by hard links.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from data.accounting import combine, files_of, same_currency
from data.cleaning import clean
from data.columns import Column
from data.customers import clean_customers
from data.engine import scan
from data.errors import InputError, NotFoundError
from data.joining import join_attributes
from data.mending import mend, mended_rows, rows_back
from data.names import CUSTOMERS, TRANSACTIONS
from data.quality import assess, assess_customers
from data.reading import ImportOptions, Staged
from data.reading.guard import Limits, read_guarded
from data.reading.options import ROW_CHOICES
from data.store import ATTRIBUTES, DATASETS, QUALITY, SOURCE, TABLE, Dataset, Manifest, sync, write_json
from jobs.processes import hold_lock
from jobs.workplace import Report, Workplace, part

MIN_CUSTOMERS: Final = 2
# What a version takes over from the manifest of the one before it.
_CARRIED: Final = ("kind", "buckets", "columns", "attributes", "steps")
# Seconds to wait for another version of the same data set to be finished.
_PATIENCE: Final = 6 * 3600.0
LEDGER, REJECTED = "ledger.json", "rejected.csv"
# What a step does with its file: begin a data set, add rows, add attributes, or bring mended rows back.
IMPORT, APPEND, JOIN, MEND = "import", "append", "join", "mend"
INTO: Final = (APPEND, JOIN, MEND)


@dataclass(frozen=True)
class Step:
    """One file of a data set: where it is, what the user calls it, how it is read, and how few it may hold."""

    how: str
    path: Path
    name: str
    options: ImportOptions
    least_customers: int = MIN_CUSTOMERS


@dataclass(frozen=True)
class Built:
    """A data set as far as it has come: a folder of files, its manifest and its ledger."""

    folder: Path
    manifest: Manifest
    ledger: dict[str, Any]

    @classmethod
    def of(cls, dataset: Dataset) -> Built:
        """A published data set as the start of another version."""
        return cls(dataset.path, dataset.manifest, dataset.ledger)

    @property
    def kind(self) -> str:
        """Transactions or customers."""
        return str(self.manifest["kind"])

    @property
    def buckets(self) -> list[list[Path]]:
        """The files of its transactions, by customer bucket."""
        return [[self.folder / name for name in names] for names in self.manifest.get("buckets", ())]

    @property
    def source(self) -> str:
        """The FROM expression of all its rows."""
        if self.kind == CUSTOMERS:
            return scan([self.folder / TABLE])
        return scan([path for paths in self.buckets for path in paths])

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What it was made of."""
        return list(self.manifest.get("steps", ()))


def import_file(
    place: Workplace,
    path: Path,
    name: str,
    options: ImportOptions,
    report: Report,
    *,
    title: str = "",
    into: tuple[str, Dataset] | None = None,
    least_customers: int = MIN_CUSTOMERS,
) -> str:
    """Read, clean and publish the file `path`; returns the id of the data set.

    `name` is the file's, as its owner knows it, and `title` that of the data set (default: `name`).
    `into` = (how, data set) makes a new version of that data set instead of a new one: with the rows
    added that it does not have yet (append), with the file's columns joined by customer id (join), or
    with rows of its quarantine that have been mended (mend). Raises InputError for a file that cannot
    be used and QuestionError where the content leaves something open; nothing is published then.
    """
    if into is None:
        return _publish(
            place, title or name, [Step(IMPORT, path, name, options, least_customers)], None, report
        )
    how, asked = into
    if how not in INTO:
        raise InputError(f"A file goes into a data set by one of {', '.join(INTO)}, not by '{how}'.")
    with _only_one(place, asked.series):
        # What was asked for when another version was being made goes on from that one.
        dataset = _newest(place, asked.series)
        place.store.verify(dataset)
        return _publish(place, dataset.name, [Step(how, path, name, options)], dataset, report)


def read_again(place: Workplace, dataset: Dataset, changes: Mapping[str, str], report: Report) -> str:
    """A new version of `dataset` with other choices about its rows (`changes`: option -> value).

    Takes every step anew from the files that were kept. Raises InputError where they were not.
    """
    for option in changes:
        if option not in (*ROW_CHOICES, "currency"):
            raise InputError(f"'{option}' is no choice about rows; there are {', '.join(ROW_CHOICES)}.")
    steps = []
    for made in Built.of(dataset).steps:
        if not made.get("source"):
            raise InputError(
                f"The file {made['name']} was not kept with the data set: import it again with the choices you want."
            )
        place.store.verify(dataset, made["source"])
        options = ImportOptions.from_dict(made["options"])
        if made["how"] != JOIN:
            options = ImportOptions.from_dict(options.to_dict() | dict(changes))
        steps.append(Step(made["how"], dataset.file(made["source"]), made["name"], options))
    if not steps:
        raise InputError("This data set was imported by an older version that kept no file: import it again.")
    with _only_one(place, dataset.series):
        return _publish(place, dataset.name, steps, dataset, report, anew=True)


@contextmanager
def _only_one(place: Workplace, series: str) -> Iterator[None]:
    """Let one version of a data set be made at a time: two at once would each lack what the other adds."""
    with hold_lock(place.store.home / "locks" / f"series-{series}", seconds=_PATIENCE):
        yield


def _newest(place: Workplace, series: str) -> Dataset:
    found = next(iter(place.store.versions(series)), None)
    if found is None:
        raise NotFoundError(
            "The data set that the file was to go into has been deleted; nothing was imported."
        )
    return found


def _publish(
    place: Workplace,
    name: str,
    steps: Sequence[Step],
    parent: Dataset | None,
    report: Report,
    *,
    anew: bool = False,
) -> str:
    """Take `steps`, from `parent` on or (`anew`) from nothing, and publish what comes of them."""

    def fill(folder: Path) -> Manifest:
        built = None if anew or parent is None else Built.of(parent)
        share = 0.9 / len(steps)
        with TemporaryDirectory(prefix="versions-", dir=place.folder()) as between:
            for number, step in enumerate(steps):
                target = folder if step is steps[-1] else Path(between) / str(number)
                target.mkdir(exist_ok=True, mode=0o700)
                built = _take(place, step, built, target, part(report, number * share, (number + 1) * share))
        if built is None:
            raise ValueError("a data set needs at least one step")
        report(0.92, "Checking the quality of the data")
        write_json(folder / LEDGER, built.ledger)
        write_json(folder / QUALITY, {"findings": _assessed(place, built)})
        report(0.97, "Saving")
        return {
            **{key: built.manifest[key] for key in _CARRIED if key in built.manifest},
            **place.made_by(),
            "rows": built.ledger["rows"],
            "customers": built.ledger["customers"],
            "first_date": built.ledger["first_date"],
            "last_date": built.ledger["last_date"],
            **_lineage(place, parent),
        }

    return place.store.publish(DATASETS, name, fill, place.scratch, place.commit)


def _lineage(place: Workplace, parent: Dataset | None) -> Manifest:
    if parent is None:
        return {"version": 1}
    versions = [each.version for each in place.store.versions(parent.series)]
    return {
        "version": max(versions, default=parent.version) + 1,
        "series": parent.series,
        "parent": parent.id,
    }


def _take(place: Workplace, step: Step, built: Built | None, target: Path, report: Report) -> Built:
    """One step: its file read, cleaned and put into `target` with what `built` has already."""
    number = len(built.steps) + 1 if built else 1
    work = place.folder(f"step-{number}")
    # A large file takes a while to copy and to reach the disk: that goes on beside the reading.
    with ThreadPoolExecutor(1) as beside:
        source = beside.submit(_keep_source, place, step.path, target, number)
        try:
            staged = read_guarded(
                step.path,
                step.options,
                work,
                name=step.name,
                report=part(report, 0.0, 0.5),
                limits=Limits(memory_mb=place.settings.read_memory_mb),
            )
            make = {IMPORT: _first, APPEND: _append, JOIN: _join, MEND: _mend}[step.how]
            after = make(place, step, staged, built, work, target, part(report, 0.5, 1.0))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        kept = source.result()
    done = {
        "how": step.how,
        "name": step.name,
        "source": kept,
        "columns": list(staged.inspection.columns),
        "options": staged.inspection.options.to_dict(),
        "unpaid_statuses": list(staged.inspection.unpaid_statuses),
        "sha256": staged.sha256,
    }
    return replace(after, manifest={**after.manifest, "steps": [*(built.steps if built else ()), done]})


def _keep_source(place: Workplace, path: Path, target: Path, number: int) -> str | None:
    if not place.settings.keep_sources:
        return None
    name = f"{SOURCE}{number}"
    ours = any(folder.resolve() in path.resolve().parents for folder in (place.store.home, place.scratch))
    # A file of the user's own is copied: changes they make to it must not reach the data set.
    if ours:
        _link(path, target / name)
    else:
        shutil.copyfile(path, target / name)
        sync(target / name)
    return name


def _rejected_name(number: int) -> str:
    return REJECTED if number == 1 else f"rejected-{number}.csv"


def _first(
    place: Workplace,
    step: Step,
    staged: Staged,
    _built: Built | None,
    work: Path,
    target: Path,
    report: Report,
) -> Built:
    """A data set of one file."""
    options = staged.inspection.options
    with closing(place.connect(target)) as connection:
        if staged.inspection.kind == CUSTOMERS:
            table = clean_customers(connection, staged, options, work, report)
            ledger = table.ledger
            facts: Manifest = {
                "kind": CUSTOMERS,
                "columns": _described(table.columns),
            }
            _move(table.path, target / TABLE)
        else:
            cleaned = clean(connection, staged, options, work, report)
            ledger = cleaned.ledger
            _check_customers(step, ledger)
            names = [[_move(path, target / path.name) for path in bucket] for bucket in cleaned.buckets]
            facts = {"kind": TRANSACTIONS, "buckets": names}
    _move(work / REJECTED, target / REJECTED)
    ledger["notes"] = [*_seen_before(place, staged), *ledger["notes"]]
    return Built(target, facts, ledger)


def _append(
    place: Workplace,
    step: Step,
    staged: Staged,
    built: Built | None,
    work: Path,
    target: Path,
    report: Report,
) -> Built:
    """The data set with the rows of a newer export that it does not have yet."""
    before = _wanted(built, step, TRANSACTIONS)
    after, ledger = _with_rows(place, step, staged, before, work, target, report)
    if differs := same_currency(before.ledger, ledger):
        raise InputError(differs)
    return replace(
        after, ledger=combine(_settled(before.ledger), ledger, customers=after.ledger["customers"])
    )


def _mend(
    place: Workplace,
    step: Step,
    staged: Staged,
    built: Built | None,
    work: Path,
    target: Path,
    report: Report,
) -> Built:
    """The data set with rows of its quarantine that have been mended; those are no new rows."""
    before = _wanted(built, step, TRANSACTIONS)
    with closing(place.connect(before.folder, target)) as connection:
        mended = mended_rows(connection, staged, work)
    after, ledger = _with_rows(place, step, mended, before, work, target, report, mended=True)
    with closing(place.connect(before.folder, target)) as connection:
        back = rows_back(connection, mended, work, target / _rejected_name(len(before.steps) + 1))
    return replace(
        after, ledger=mend(_settled(before.ledger), ledger, back, customers=after.ledger["customers"])
    )


def _with_rows(
    place: Workplace,
    step: Step,
    staged: Staged,
    before: Built,
    work: Path,
    target: Path,
    report: Report,
    *,
    mended: bool = False,
) -> tuple[Built, dict[str, Any]]:
    """The data set with the staged rows that it does not have yet, and the ledger of those rows alone."""
    if staged.inspection.kind != TRANSACTIONS:
        raise InputError(
            f"{step.name} was read as a table of customers, which can be joined to this data set by customer id but "
            "not added to it. If its rows are orders, say so under “Each row is” or with --kind transactions."
        )
    number = len(before.steps) + 1
    with closing(place.connect(before.folder, target)) as connection:
        cleaned = clean(
            connection,
            staged,
            staged.inspection.options,
            work,
            report,
            existing=before.buckets,
            mended=mended,
        )
        _share(before, target)
        buckets = [
            [*names, *(_move(path, target / f"{path.stem}-added-{number}.parquet") for path in added)]
            for names, added in zip(before.manifest["buckets"], cleaned.buckets, strict=True)
        ]
        after = Built(target, {**before.manifest, "buckets": buckets}, before.ledger)
        customers = _count_customers(connection, after)
    _move(work / REJECTED, target / _rejected_name(number))
    return replace(after, ledger={**before.ledger, "customers": customers}), cleaned.ledger


def _settled(ledger: dict[str, Any]) -> dict[str, Any]:
    """The ledger without notes that were news when the data set was first imported."""
    return {**ledger, "notes": [note for note in ledger["notes"] if note["kind"] != "imported_before"]}


def _join(
    place: Workplace,
    step: Step,
    staged: Staged,
    built: Built | None,
    work: Path,
    target: Path,
    report: Report,
) -> Built:
    """The data set with the columns of a table of customers, matched by customer id."""
    before = _wanted(built, step, None)
    if staged.inspection.kind != CUSTOMERS:
        raise InputError(
            f"{step.name} holds transactions: they can be added to this data set, not joined to it by customer id."
        )
    number = len(before.steps) + 1
    with closing(place.connect(before.folder, target)) as connection:
        table = clean_customers(connection, staged, staged.inspection.options, work, part(report, 0.0, 0.6))
        report(0.7, "Matching customers")
        # A table of customers becomes wider itself; transactions get a table of attributes beside them.
        name = TABLE if before.kind == CUSTOMERS else ATTRIBUTES
        earlier = before.folder / name
        joined = join_attributes(
            connection,
            before.source,
            table.path,
            work,
            previous=earlier if earlier.is_file() else None,
            name=step.name,
        )
    _share(before, target, without=(name,))
    _move(joined.path, target / name)
    _move(work / REJECTED, target / _rejected_name(number))
    ledger = {
        **before.ledger,
        "notes": [
            *({"kind": "joined", "rows": joined.matched, "text": text} for text in joined.notes),
            *_settled(before.ledger)["notes"],
        ],
        "files": [*files_of(before.ledger), *files_of(table.ledger)],
    }
    key = "columns" if before.kind == CUSTOMERS else "attributes"
    return Built(target, {**before.manifest, key: _described(joined.columns)}, ledger)


def _described(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [{"name": column.name, "type": column.type, "role": column.role} for column in columns]


def _wanted(built: Built | None, step: Step, kind: str | None) -> Built:
    if built is None:
        raise InputError(f"{step.name}: there is no data set to {step.how} it to.")
    if kind is not None and built.kind != kind:
        raise InputError(
            f"{step.name} cannot be added: the data set is a table of customers. Import it as a data set of its own."
        )
    return built


def _check_customers(step: Step, ledger: Mapping[str, Any]) -> None:
    found = int(ledger["customers"])
    if found < step.least_customers:
        kept, rows = ledger["rows"]["kept"], ledger["rows"]["in"]
        raise InputError(
            f"{step.name} holds {'one customer' if found == 1 else 'no customer'} ({kept:,} of {rows:,} rows could be"
            f" used): there is nobody to compare with. Lapwing needs at least {MIN_CUSTOMERS} customers, and some"
            " 50 for predictions."
        )


def _seen_before(place: Workplace, staged: Staged) -> list[dict[str, Any]]:
    """A note where the very same file was imported before: counted twice only if somebody wants that."""
    for dataset in place.store.datasets():
        if any(step.get("sha256") == staged.sha256 for step in dataset.manifest.get("steps", ())):
            day = dt.datetime.fromisoformat(dataset.created_at).date()
            text = (
                f"The same file, byte for byte, was imported before, as “{dataset.name}” on {day:%-d %b %Y}. "
                "Each is a data set of its own; delete the one you do not need."
            )
            return [{"kind": "imported_before", "rows": staged.rows, "text": text}]
    return []


def _count_customers(connection: Any, built: Built) -> int:
    counted = connection.execute(f"SELECT count(DISTINCT customer_id) FROM {built.source}").fetchone()
    return int(counted[0])


def _assessed(place: Workplace, built: Built) -> list[dict[str, Any]]:
    # A joined table has options of its own: the choices about rows are those of the last file of rows.
    rows = [step for step in built.steps if step["how"] != JOIN]
    options = ImportOptions.from_dict(rows[-1]["options"] if rows else {})
    with closing(place.connect(built.folder)) as connection:
        if built.kind == CUSTOMERS:
            return assess_customers(connection, built.source, built.ledger, built.manifest["columns"])
        statuses = {status for step in built.steps for status in step["unpaid_statuses"]}
        facts = {"unpaid_statuses": sorted(statuses)}
        return assess(connection, built.source, built.ledger, options, facts)


def _share(before: Built, target: Path, without: Sequence[str] = ()) -> None:
    """Give the new version the files of the one before it."""
    for path in before.folder.iterdir():
        if path.is_file() and path.name not in ("manifest.json", LEDGER, QUALITY, *without):
            _link(path, target / path.name)


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError as error:
        # Not on one disk, or a disk that knows no links; anything else, such as a file in the way, is an error.
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(path, target)


def _move(path: Path, target: Path) -> str:
    """Move a file; returns its new name."""
    shutil.move(path, target)
    return target.name

"""Segments as files: what `lapwing run` and `lapwing segment` write about the customers of one file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from data.accounting import counted
from data.errors import InputError
from data.features import customer_features
from data.names import COUNTS, CUSTOMER_ID, FEATURES, TRANSACTIONS
from data.quarantine import free_name
from data.segments.frame import GIVEN, Attribute, Customers, customers_of_analysis, customers_of_table
from data.store import Dataset
from jobs.segmenting import divide, title_of
from jobs.workplace import Report, Workplace, part
from models.segmentation import params as ways
from models.segmentation.params import METHODS, RFM, SegmentParams

if TYPE_CHECKING:
    from models.segmentation.segmenter import Segmenter

# Files of the folder of models that hold the segmentations of a run.
RULES_FILE, CLUSTERS_FILE = "segments.json", "clusters.json"
SCORES: Final = ("r_score", "f_score", "m_score")
_SEGMENT, _CLUSTER = "segment", "cluster"
_GIVEN_CLUSTER: Final = "given_cluster"
_DECIMALS: Final = 4


@dataclass(frozen=True)
class RunSegments:
    """What a run says of segments.

    `columns` goes beside its customers (segment, cluster, scores), `table` has a row for each segment of the
    rules, `files` are the saved segmentations by name, and `notes` say what could not be made.
    """

    columns: pd.DataFrame
    table: pd.DataFrame
    files: Mapping[str, bytes]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FileSegments:
    """A file's customers with their segments, one row each, a table of the segments, and what was found."""

    customers: pd.DataFrame
    table: pd.DataFrame
    model: bytes
    report: dict[str, Any]
    title: str
    notes: tuple[str, ...]


def segments_of_run(past: pd.DataFrame, seed: int, report: Report) -> RunSegments:
    """Divide the customers of a run as of its cutoff (`past`: customer_id and features), by rules and K-Means."""
    customers = Customers(past[[CUSTOMER_ID, *FEATURES]])
    columns: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    notes: list[str] = []
    table = _table(customers.frame, [], pd.Series(dtype=object))
    for column, method, name in ((_SEGMENT, ways.RULES, RULES_FILE), (_CLUSTER, ways.KMEANS, CLUSTERS_FILE)):
        columns[column] = pd.NA
        try:
            made = divide(customers, SegmentParams(method=method, seed=seed), report)
        except InputError as error:
            notes.append(f"{METHODS[method]}: {error}")
            continue
        files[name] = made.to_json()
        found = made.predict(customers.frame)
        columns[column] = found["segment"].array
        if method == ways.RULES:
            columns |= {score: found[score].array for score in SCORES}
            table = _table(customers.frame, made.report_["segments"], found["segment_key"])
    ordered = {name: columns.get(name, pd.NA) for name in (_SEGMENT, _CLUSTER, *SCORES)}
    return RunSegments(pd.DataFrame(ordered, index=past.index), table, files, tuple(notes))


def customers_of_file(place: Workplace, dataset: Dataset) -> Customers:
    """The customers of an imported file: of transactions as they are on its last date, or of a table as it stands."""
    with closing(place.connect(dataset.path)) as connection:
        if dataset.kind != TRANSACTIONS:
            return customers_of_table(connection, dataset)
        features = customer_features(connection, dataset.buckets, dataset.last_date)
        if not len(features):
            raise InputError(f"{dataset.name} holds no purchase: there is no customer to put into a segment.")
        found = customers_of_analysis(connection, features, dataset)
    without = int(dataset.ledger["customers"]) - len(features)
    if without <= 0:
        return found
    said = (
        f"{counted(without, 'customer')} without a purchase {'is' if without == 1 else 'are'} in no segment."
    )
    return replace(found, notes=(*found.notes, said))


def named_features(customers: Customers, names: Sequence[str]) -> tuple[str, ...]:
    """Columns of the frame by what a person calls them: a feature's name, or the column's own name in the file.

    Raises InputError for one that is not there, with those that are.
    """
    features = [name for name in customers.frame.columns if name in FEATURES]
    own = {each.label: each.key for each in customers.attributes}
    own |= {name: role for role, name in customers.roles.items()}
    keys = {name: name for name in features} | {label.casefold(): key for label, key in own.items()}
    for name in names:
        if name.casefold() not in keys:
            known = ", ".join(dict.fromkeys((*features, *own)))
            raise InputError(f"There is no column {name!r} to divide customers by; there are: {known}.")
    return tuple(keys[name.casefold()] for name in names)


def fit_segments(customers: Customers, params: SegmentParams, report: Report) -> FileSegments:
    """Divide `customers` by `params`; InputError in words where that cannot be done."""
    made = divide(customers, params, part(report, 0.0, 0.9))
    return _written(customers, customers.frame, made, made.report_, title_of(params, made.report_), ())


def apply_segments(customers: Customers, saved: Segmenter) -> FileSegments:
    """Put `customers` into the segments of a saved segmentation.

    Raises InputError where they lack a column that it needs.
    """
    frame = as_learned(customers, saved.report_["features"])
    counts = saved.predict(frame)["segment_key"].value_counts()
    told = [{**each, "customers": int(counts.get(each["key"], 0))} for each in saved.report_["segments"]]
    said = (
        "The segments are those of a saved segmentation: only the numbers of customers are of this file,"
        " choice and quality are of the customers it was made from."
    )
    title = f"{METHODS[saved.report_['method']]}, saved"
    return _written(customers, frame, saved, {**saved.report_, "segments": told}, title, (said,))


def as_learned(customers: Customers, features: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The frame of `customers` with its columns under the keys that `features` of a segmentation have.

    Attributes are numbered by their place in a file; the same column of another file is found by its
    label. Raises InputError where one is not there.
    """
    own = {each.key: each for each in customers.attributes}
    by_label = {each.label.casefold(): each.key for each in reversed(customers.attributes)}
    renamed, missing = {}, []
    for feature in features:
        key, label = str(feature["key"]), str(feature["label"])
        if key in customers.frame.columns and key not in own:
            continue
        if label.casefold() in by_label:
            renamed[key] = by_label[label.casefold()]
        else:
            missing.append(label)
    if missing:
        lacks = "the column" if len(missing) == 1 else "the columns"
        raise InputError(
            f"The segmentation divides customers by {lacks} {', '.join(repr(name) for name in missing)}, which this"
            " file has not: add what is missing, or choose another segmentation."
        )
    kept = customers.frame.drop(columns=list(own))
    return kept.assign(**{key: customers.frame[found] for key, found in renamed.items()})


def _written(
    customers: Customers,
    frame: pd.DataFrame,
    made: Segmenter,
    report: dict[str, Any],
    title: str,
    notes: Sequence[str],
) -> FileSegments:
    found = made.predict(frame)
    shown = _plain(customers)
    for name in (*SCORES, _SEGMENT):
        if name in found:
            shown[name] = found[name].array
    told = tuple(dict.fromkeys((*customers.notes, *notes, *report["notes"])))
    table = _table(frame, report["segments"], found["segment_key"])
    return FileSegments(shown, table, made.to_json(), report, title, told)


def _plain(customers: Customers) -> pd.DataFrame:
    """The customers as a person knows them: features, and the file's other columns under their own names."""
    frame = customers.frame
    features = [name for name in FEATURES if name in frame.columns]
    taken = {name.casefold() for name in (CUSTOMER_ID, *FEATURES, *SCORES, _SEGMENT, _GIVEN_CLUSTER)}
    shown = frame[[CUSTOMER_ID, *features]].copy()
    whole = [name for name in features if name in COUNTS and not shown[name].isna().any()]
    for name in whole:
        if (shown[name] % 1 == 0).all():
            shown[name] = shown[name].astype("int64")
    if GIVEN in frame.columns:
        shown[_GIVEN_CLUSTER] = frame[GIVEN]
    for each in customers.attributes:
        shown[free_name(each.label, taken)] = _whole(frame[each.key], each)
    return shown


def _whole(values: pd.Series[Any], attribute: Attribute) -> pd.Series[Any]:
    """Numbers without a fraction as whole numbers, as the file most likely wrote them."""
    if attribute.type != "number" or not (values.dropna() % 1 == 0).all() or values.abs().max() >= 2**53:
        return values
    return values.astype("Int64")


def _table(frame: pd.DataFrame, segments: Sequence[Mapping[str, Any]], keys: pd.Series[Any]) -> pd.DataFrame:
    """One row for each segment that has customers, best first: its size, revenue, means and what to do."""
    from models.segmentation.playbook import play_for

    rows = []
    for segment in segments:
        own = frame[(keys == segment["key"]).to_numpy()]
        if not len(own):
            continue
        sums = {name: math.fsum(own[name].dropna()) if name in own else None for name in RFM}
        known = {name: int(own[name].notna().sum()) if name in own else 0 for name in RFM}
        means = {
            f"mean_{name}": round(float(sums[name] or 0.0) / known[name], _DECIMALS) if known[name] else None
            for name in RFM
        }
        rows.append(
            {
                "name": segment["name"],
                "customers": len(own),
                "revenue": None if sums["monetary"] is None else round(sums["monetary"], _DECIMALS),
                **means,
                "recommendation": " ".join(play_for(segment["key"]).strategy.split()),
            }
        )
    columns = ("name", "customers", "revenue", *(f"mean_{name}" for name in RFM), "recommendation")
    return pd.DataFrame(rows, columns=list(columns))

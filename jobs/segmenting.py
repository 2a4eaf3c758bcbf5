"""Dividing customers into segments and publishing what came of it, when asked and beside every analysis."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from data.errors import InputError, LapwingError
from data.names import CUSTOMER_ID
from data.segments.frame import GIVEN, Customers
from data.segments.serving import write_segments
from data.store import REPORT, SEGMENTATIONS, SEGMENTER, SEGMENTS, Manifest, write_json
from jobs.segment_sources import PREDICTED, Source, source_of_analysis
from jobs.workplace import Report, Workplace, part
from models.segmentation import params as ways
from models.segmentation.params import METHODS, RFM, SegmentParams

if TYPE_CHECKING:
    from models.segmentation.segmenter import Segmenter

DIVIDING: Final = "Dividing customers into segments"
OUTLIERS: Final = "outliers"
_SHOWN: Final = (*RFM, "mean_order_value", "tenure_days")
_SCORES: Final = ("r", "f", "m")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """Ids of what was published, and why what else was tried could not be made."""

    ids: tuple[str, ...]
    notes: tuple[str, ...] = ()


def defaults(source: Source) -> tuple[SegmentParams, ...]:
    """The segmentations that are made unasked: what the columns allow."""
    columns = source.customers.frame.columns
    recency, *value = RFM
    methods = (
        (ways.RULES, recency in columns and any(name in columns for name in value)),
        (ways.KMEANS, True),
        (ways.GIVEN, GIVEN in columns),
    )
    return tuple(SegmentParams(method=method) for method, possible in methods if possible)


def segment_and_publish(
    place: Workplace, source: Source, params: SegmentParams | None, report: Report
) -> Made:
    """Divide the customers of `source` by `params` (none: all defaults) and publish; returns ids and notes.

    All are made before the first is published, so that a job which is cancelled leaves nothing. A default
    that cannot be made leaves a note with the others; raises InputError where nothing could be made.
    """
    asked = (params,) if params else defaults(source)
    found, notes = [], []
    for place_in_line, each in enumerate(asked):
        share = part(
            report, 0.1 + 0.75 * place_in_line / len(asked), 0.1 + 0.75 * (place_in_line + 1) / len(asked)
        )
        try:
            found.append((each, divide(source.customers, each, share)))
        except InputError as error:
            if len(asked) == 1:
                raise
            notes.append(f"{METHODS[each.method]}: {error}")
    if not found:
        raise InputError(" ".join(notes))
    report(0.9, "Saving the segments")
    ids = [_publish(place, source, each, made, notes, default=params is None) for each, made in found]
    report(1.0, "Done")
    return Made(tuple(ids), tuple(notes))


def add_defaults(place: Workplace, analysis_id: str, report: Report) -> None:
    """Divide the customers of an analysis that has just been published; it stands whatever becomes of this."""
    try:
        report(0.0, DIVIDING)
        analysis = place.store.analysis(analysis_id)
        source = source_of_analysis(place, analysis, place.store.dataset(analysis.dataset_id))
        segment_and_publish(place, source, None, report)
    except LapwingError as error:
        _log.warning("The customers of the analysis %s were not divided: %s", analysis_id, error)
    except Exception:
        # The page asks for a job of its own, which tells what is wrong.
        _log.exception("The customers of the analysis %s were not divided", analysis_id)


def divide(customers: Customers, params: SegmentParams, report: Report) -> Segmenter:
    """A segmenter fitted to `customers`; InputError in words where `params` and the columns do not fit."""
    from models.segmentation.segmenter import Segmenter

    report(0.0, DIVIDING)
    return Segmenter(**params.to_dict()).fit(customers.frame, labels=customers.labels, report=report)


def title_of(params: SegmentParams, found: dict[str, Any]) -> str:
    """What a segmentation is called: "K-Means, 4 segments"; the rules are called by their name alone."""
    if params.method == ways.RULES:
        return f"{METHODS[ways.RULES]}, own cut points" if params.cuts else METHODS[ways.RULES]
    number = sum(each["key"] != OUTLIERS for each in found["segments"])
    return f"{METHODS[params.method]}, {number} {'segment' if number == 1 else 'segments'}"


def _publish(
    place: Workplace,
    source: Source,
    params: SegmentParams,
    made: Segmenter,
    notes: Sequence[str],
    *,
    default: bool,
) -> str:
    def fill(folder: Path) -> Manifest:
        (folder / SEGMENTER).write_bytes(made.to_json())
        write_json(folder / REPORT, made.report_)
        write_segments(
            folder / SEGMENTS,
            served(source, made),
            source.customers.attributes,
            threads=place.settings.threads,
        )
        return {
            "kind": "segmentation",
            **place.made_by(),
            **source.manifest(),
            "method": params.method,
            "params": params.to_dict(),
            "title": title_of(params, made.report_),
            "default": default,
            "notes": [*source.customers.notes, *notes],
        }

    return place.store.publish(SEGMENTATIONS, source.dataset.name, fill, place.scratch, place.commit)


def served(source: Source, made: Segmenter) -> pd.DataFrame:
    """The customers with their segment now and before, scores, figures, components and attributes."""
    frame = source.customers.frame
    keys = [each.key for each in source.customers.attributes]
    shown = frame[[CUSTOMER_ID, *(name for name in _SHOWN if name in frame.columns), *keys]].copy()
    if source.predicted is not None:
        shown[list(PREDICTED)] = source.predicted
    shown["code"] = made.codes_
    if source.before is not None:
        shown["was"] = _codes_before(source.before, made).reindex(frame[CUSTOMER_ID]).array
    for names, values in (
        (_SCORES, made.scores(frame)),
        (("pc1", "pc2", "pc3"), made.components(frame)),
    ):
        if values is not None:
            for at, name in enumerate(names):
                shown[name] = values[:, at]
    return shown


def _codes_before(before: pd.DataFrame, made: Segmenter) -> pd.Series[Any]:
    """Codes by customer id; customers of today who were none yet have no row."""
    codes = pd.array(made.assign(before), dtype="Int16")
    return pd.Series(codes, index=pd.Index(before[CUSTOMER_ID]))

"""How the customers of an analysis divide into segments, and what each segment brought in a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from callbacks.segments_source import ANALYSIS, Source, segmentations_of
from data.kept import Kept
from data.names import CUSTOMER_ID
from data.reader import Reader
from data.segments.serving import TABLE
from data.serving import SERVING

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.segments.queries import SegmentQueries
    from data.store import Segmentation

RULES: Final = "rules"
# Sums by code of a segmentation and a period: a few numbers each.
_SUMS: Final = Kept(64)


@dataclass(frozen=True)
class Split:
    """The segments of a segmentation in the order they are named, as rows of `segment_figure` and its table.

    A row has key, name, colour (number of a token), customers, bought (of them, in the period) and revenue (their
    net in the period, account currency). `first` says whether it is the one that the segments page begins with.
    """

    segmentation: str
    first: bool
    rows: tuple[dict[str, Any], ...]


def split(services: Services, analysis_id: str, period: str) -> Split | None:
    """The split of an analysis by the default rules, with names and colours as people changed them.

    None where there is no segmentation yet, or it is of other customers than the analysis has.
    """
    found = segmentations_of(services, Source(ANALYSIS, analysis_id))
    chosen = default_of(found)
    if chosen is None:
        return None
    queries = services.segments(chosen.id)
    sums = _SUMS.get((chosen.id, analysis_id, period), lambda: _sums(services, analysis_id, queries, period))
    if sums is None:
        return None
    rows = [
        {
            "key": look.key,
            "name": look.name,
            "colour": look.colour,
            "customers": int(sum(sums[0][code] for code in look.codes if code < len(sums[0]))),
            "bought": int(sum(sums[1][code] for code in look.codes if code < len(sums[1]))),
            "revenue": float(sum(sums[2][code] for code in look.codes if code < len(sums[2]))),
        }
        for look in queries.looks
    ]
    shown = tuple(row for row in rows if row["customers"])
    return Split(chosen.id, bool(found) and found[0].id == chosen.id, shown)


def default_of(found: list[Segmentation]) -> Segmentation | None:
    """The segmentation by rules that was made unasked, else any that was."""
    unasked = [item for item in found if item.manifest.get("default")]
    by_rules = [item for item in unasked if item.manifest.get("method") == RULES]
    return next(iter([*by_rules, *unasked]), None)


Sums = tuple[list[int], list[int], list[float]]


def _sums(services: Services, analysis_id: str, queries: SegmentQueries, period: str) -> Sums | None:
    """Customers, buyers and net of the period by code of the segmentation's file."""
    settings = services.settings
    # The settings of the analysis' own queries: the engine opens a file in one way only at a time.
    serving = Reader(
        services.store.analysis(analysis_id).file(SERVING),
        threads=settings.threads,
        memory_mb=settings.memory_mb // 2,
    )
    try:
        net, bought = f"net_{period}", f"bought_{period}"
        if not {net, bought} <= set(serving.columns("next")):
            return None
        # A key of the overview's own periods, found among the columns: never other text.
        theirs = serving.arrays(f"SELECT shuffle, {net} AS net, {bought} AS bought FROM next")
        own = queries.file.reader.arrays(f"SELECT code, shuffle FROM {TABLE}")
        if not np.array_equal(own["shuffle"], theirs["shuffle"]):
            return _joined(serving, queries, net, bought)
    finally:
        serving.close()
    return _by_code(np.ma.filled(own["code"], 0), theirs["bought"], theirs["net"])


def _joined(serving: Reader, queries: SegmentQueries, net: str, bought: str) -> Sums | None:
    """The same for files in another order; None where some of the customers are others."""
    theirs = serving.frame(f"SELECT {CUSTOMER_ID}, {net} AS net, {bought} AS bought FROM next")
    own = queries.file.reader.frame(f"SELECT {CUSTOMER_ID}, code FROM {TABLE}")
    both = own.merge(theirs, on=CUSTOMER_ID, how="inner", validate="one_to_one")
    if len(both) != len(own) or len(both) != len(theirs):
        return None
    return _by_code(both["code"].to_numpy(), both["bought"].to_numpy(), both["net"].to_numpy())


def _by_code(code: Any, bought: Any, net: Any) -> Sums:
    codes = np.asarray(code, dtype=np.int64)
    amounts = pd.Series(np.ma.filled(net, 0.0)).fillna(0.0).to_numpy(dtype=float)
    return (
        np.bincount(codes).tolist(),
        np.bincount(codes, weights=np.ma.filled(bought, False).astype(float)).astype(int).tolist(),
        np.bincount(codes, weights=amounts).tolist(),
    )

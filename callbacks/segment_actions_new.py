"""New segments: the form over `SegmentParams`, the job that makes them, and the segmentations there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from data.errors import InputError, LapwingError
from data.names import FEATURES
from figures import words
from figures.features import feature_words
from models.segmentation.params import (
    BY_DENSITY,
    COUNTED,
    CUTS,
    DBSCAN,
    RFM,
    RULES,
    SegmentParams,
)
from pages._ui import explorer_act_new as view
from pages._ui.explorer_act_new import Earlier, Feature, Source, plain

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Segmentation

KIND = "segment"
ANALYSIS = "analysis"


def source_of(services: Services, shown: str | None) -> Source:
    """What new segments would divide: the customers of the segmentation on screen, in plain values."""
    found = services.store.segmentation(shown or "")
    manifest, scores = found.manifest, found.report.get("scores") or {}
    attributes = tuple(
        Feature(str(item["key"]), str(item["label"]), _note(item)) for item in manifest["attributes"]
    )
    known = tuple(name for name in RFM if name in scores)
    own = tuple(Feature(name, feature_words(name)) for name in known)
    analysed = manifest["source"]["kind"] == ANALYSIS
    more = tuple(Feature(name, feature_words(name)) for name in FEATURES if name not in RFM)
    as_of = f" as of {words.day(manifest['as_of'])}" if manifest["as_of"] else ""
    return Source(
        f"Divides the {words.plural(int(manifest['customers']), 'customer')} of {found.name}{as_of} anew. "
        "The segments you have stay.",
        own + attributes,
        more if analysed else (),
        known,
        cuts_of(found),
        {name: feature_words(name) for name in known},
        earlier_of(services, found) if analysed else None,
    )


def _note(attribute: Mapping[str, Any]) -> str:
    if attribute["type"] != "category":
        return ""
    return f"category, {words.plural(int(attribute['values']), 'value')}"


def cuts_of(found: Segmentation) -> dict[str, tuple[float, ...]]:
    """The cut points of a segmentation's scores by column, where it has any."""
    scores = found.report.get("scores") or {}
    return {
        name: tuple(map(float, scores[name]["cuts"]))
        for name in RFM
        if name in scores and len(scores[name]["cuts"]) == CUTS
    }


def quintiles_of(services: Services, shown: str | None) -> dict[str, tuple[float, ...]]:
    """The quintiles of the same customers, as a segmentation that nobody gave cut points has them; else none."""
    found = services.store.segmentation(shown or "")
    for each in (found, *services.store.segmentations(found.source_id)):
        if not each.manifest["params"].get("cuts"):
            return cuts_of(each)
    return {}


def quintile_rows(services: Services, shown: str | None) -> Any:
    """The fields of the cut points with quintiles again; empty ones where they are only found out in the making."""
    columns = cuts_of(services.store.segmentation(shown or ""))
    found = quintiles_of(services, shown)
    return view.cut_rows(
        {name: found.get(name, ()) for name in columns}, {name: feature_words(name) for name in columns}
    )


def earlier_of(services: Services, found: Segmentation) -> Earlier | None:
    try:
        analysis = services.store.analysis(found.source_id)
        first = str(services.store.dataset(analysis.dataset_id).manifest["first_date"])[:10]
    except (LapwingError, KeyError):
        return None
    last = dt.date.fromisoformat(str(analysis.manifest["last_date"])[:10]) - dt.timedelta(days=1)
    return Earlier(first, last.isoformat(), str(analysis.manifest["cutoff"])[:10])


def params_of(
    given: Mapping[str, Any],
    cuts: Mapping[str, Sequence[Any]],
    quintiles: Mapping[str, Sequence[float]],
) -> SegmentParams:
    """The parameters that the fields of the form say; InputError in words for what makes no sense.

    Only what the chosen algorithm reads is taken. `cuts` are the fields of the cut points by column: all
    empty, or the `quintiles` as they were, leave the quintiles to the data.
    """
    method = str(given.get("method") or "")
    if method == RULES:
        return SegmentParams(method=method, cuts=_cuts(cuts, quintiles))
    chosen = tuple(given.get("features") or ())
    usual = tuple(name for name in RFM if name in quintiles)
    found: dict[str, Any] = {
        "features": () if usual and set(chosen) == set(usual) else chosen,
        "scaling": str(given.get("scaling") or "auto"),
    }
    if method in COUNTED:
        found["k"] = int(given.get("k") or 0)
    if method in BY_DENSITY:
        found["min_size"] = _whole(given.get("min_size"))
        if method == DBSCAN:
            found["eps"] = _positive(given.get("eps"))
    return SegmentParams(method=method, **found)


def _whole(value: Any) -> int:
    if value in (None, ""):
        return 0
    if float(value) != int(float(value)) or float(value) < 0:
        raise InputError("The smallest group is a whole number of customers, or 0 to have it found out.")
    return int(float(value))


def _positive(value: Any) -> float:
    if value in (None, ""):
        return 0.0
    if float(value) < 0:
        raise InputError("The neighbourhood is a number above 0, or 0 to have it found out.")
    return float(value)


def _cuts(
    given: Mapping[str, Sequence[Any]], quintiles: Mapping[str, Sequence[float]]
) -> dict[str, list[float]] | None:
    found: dict[str, list[float]] = {}
    for column, fields in given.items():
        values = [float(value) for value in fields if value not in (None, "")]
        if not values or values == [plain(cut) for cut in quintiles.get(column, ())]:
            continue
        if len(values) != CUTS or values != sorted(values):
            raise InputError(
                f"{feature_words(column)}: give four numbers, each at least the one before it, or none for quintiles."
            )
        found[column] = values
    return found or None

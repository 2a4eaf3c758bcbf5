"""New segments: the form over `SegmentParams`, the job that makes them, and the segmentations there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callbacks.segments_source import Source as Whose
from data.columns import NUMBER
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
NOBODY = "There are no customers on screen to divide: choose some under “Customers” first."


def whose_of(services: Services, shown: str | None, source: str | None) -> tuple[Whose, str]:
    """Whose customers are divided, and what they are called; `source` where they have no segments yet.

    Raises InputError where there are no customers on screen, NotFoundError where they are deleted.
    """
    if shown:
        found = services.store.segmentation(shown)
        origin = found.manifest["source"]
        return Whose(ANALYSIS if origin["kind"] == ANALYSIS else "dataset", str(origin["id"])), found.name
    whose = Whose.of(source)
    if whose is None:
        raise InputError(NOBODY)
    store = services.store
    return whose, (store.analysis(whose.id) if whose.kind == ANALYSIS else store.dataset(whose.id)).name


def source_of(services: Services, shown: str | None, source: str | None = None) -> Source:
    """What new segments would divide: the customers on screen, in plain values.

    Of customers without segments yet (`source` names them) only the features of every data set are known.
    """
    if not shown:
        return _unmade(services, *whose_of(services, shown, source))
    found = services.store.segmentation(shown)
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
        earlier_of(services, found.source_id) if analysed else None,
    )


def _unmade(services: Services, whose: Whose, name: str) -> Source:
    about = f"Divides the customers of {name}. The other columns can be chosen once there are segments."
    known: tuple[str, ...]
    if whose.kind == ANALYSIS:
        known, earlier = RFM, earlier_of(services, whose.id)
    else:
        columns = services.store.dataset(whose.id).manifest["columns"]
        roles = {item["role"] for item in columns if item["type"] == NUMBER}
        known, earlier = tuple(name for name in RFM if name in roles), None
    scored = RFM[0] in known and len(known) > 1
    return Source(
        about,
        tuple(Feature(name, feature_words(name)) for name in known),
        tuple(Feature(name, feature_words(name)) for name in FEATURES if name not in RFM)
        if whose.kind == ANALYSIS
        else (),
        known,
        dict.fromkeys(known, ()) if scored else {},
        {name: feature_words(name) for name in known},
        earlier,
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
    if not shown:
        return {}
    found = services.store.segmentation(shown)
    for each in (found, *services.store.segmentations(found.source_id)):
        if not each.manifest["params"].get("cuts"):
            return cuts_of(each)
    return {}


def quintile_rows(services: Services, shown: str | None, source: str | None = None) -> Any:
    """The fields of the cut points with quintiles again; empty ones where they are only found out in the making."""
    columns = source_of(services, shown, source).cuts
    found = quintiles_of(services, shown)
    return view.cut_rows(
        {name: found.get(name, ()) for name in columns}, {name: feature_words(name) for name in columns}
    )


def earlier_of(services: Services, analysis_id: str) -> Earlier | None:
    """The days that an analysis' customers can be compared with; None where they are not known any more."""
    try:
        analysis = services.store.analysis(analysis_id)
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

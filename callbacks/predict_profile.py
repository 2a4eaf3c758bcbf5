"""Where a scored customer belongs, in words: segments, the advice for them, and the profile they are nearest to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from data.errors import LapwingError
from data.segments.filter import SegmentFilter
from figures import words
from jobs.divisions import CLUSTER, SEGMENT, overlaid
from models.segmentation.playbook import play_for
from pages._ui import predict_answer as view

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.one import OneScore, Place

_KINDS = {SEGMENT: "Segment", CLUSTER: "Cluster"}


def belongs_to(place: Place) -> view.Belongs:
    """The segment of a place in words: its scores, or which others are near."""
    if place.kind == SEGMENT and all(place.scores):
        note = " ".join(f"{letter}{score}" for letter, score in zip("RFM", place.scores, strict=False))
    else:
        note = next_nearest(place)
    return view.Belongs(_KINDS[place.kind], place.name, place.colour, note)


def next_nearest(place: Place) -> str:
    """The segment that comes next, and how much farther it is: "next comes Loyal, 1.8 times as far"."""
    apart = dict(place.near)
    own = apart.pop(place.name, None)
    if own is None or not apart:
        return ""
    name = min(apart, key=lambda each: apart[each])
    times = f", {words.marks(f'{apart[name] / own:,.1f}')} times as far" if apart[name] > own > 0 else ""
    return f"next comes {name}{times}"


def advice_for(services: Services, places: Sequence[Place]) -> view.Advice | None:
    """What to do, by the segment of the rules, else by the cluster; with the words that people chose."""
    place = next(iter(places), None)
    if place is None:
        return None
    play = overlaid(play_for(place.key), services.edits.playbook().get(place.key, {}))
    texts = {name: str(getattr(play, name)) for name in ("channel", "offer", "timing")}
    return view.Advice(place.name, play.strategy, texts)


def profile_of(
    services: Services, one: OneScore, features: Mapping[str, float | None]
) -> view.Profile | None:
    """The averages of the customer's cluster, else of their segment, beside theirs and those of all."""
    place = next((each for each in reversed(one.places)), None)
    if place is None:
        return None
    try:
        frame = services.segments(place.segmentation_id).compare(SegmentFilter())
    except LapwingError:
        return None
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]
    mine = next((row for row in rows if row["key"] == place.key), None)
    if mine is None:
        return None
    return view.Profile(
        name=place.name,
        note=f"Means of the {words.count(int(mine['customers']))} customers of this segment, and of all customers.",
        mine={name: number({**features, **one.values}.get(name)) for name in view.PROFILE},
        segment={name: number(mine.get(f"mean_{name}")) for name in view.PROFILE},
        everybody={name: _mean(rows, f"mean_{name}") for name in view.PROFILE},
    )


def _mean(rows: Sequence[Mapping[str, Any]], column: str) -> float | None:
    """The mean of all from those of the segments."""
    known = [(row["customers"], value) for row in rows if (value := number(row.get(column))) is not None]
    total = sum(count for count, _ in known)
    return sum(count * value for count, value in known) / total if total else None


def number(value: Any) -> float | None:
    """A number of a frame as a plain one; None where there is none."""
    return None if value is None or math.isnan(value) else float(value)

"""Which customers of a segmentation a page is about: one frozen filter for every view, table and export."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from data.errors import InputError
from data.segments.looks import NEW, NEW_NAME, Look
from data.segments.metrics import METRICS, Metric

# Bands of lifetime value are cut at the manifest's quantiles, bands of churn risk at fixed chances.
CLV_BANDS: Final = {
    "top10": "Top 10 %",
    "top25": "Top 25 %",
    "middle": "Middle 50 %",
    "bottom25": "Bottom 25 %",
}
CHURN_BANDS: Final = {
    "low": "Low (under 30 %)",
    "medium": "Medium (30 to 70 %)",
    "high": "High (70 % and more)",
}
CHURN_CUTS: Final = (0.3, 0.7)
AT_RISK_WORDS: Final = "High-value at-risk"
MISSING: Final = ""
MISSING_WORDS: Final = "Not known"
MAX_POINTS: Final = 60
_MAX_SEARCH: Final = 200
_MAX_VALUES: Final = 500
_ATTRIBUTE: Final = re.compile(r"a\d{1,4}")
_METRIC: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
# A value that is missing, in an address.
_MISSING_MARK: Final = "\\0"


@dataclass(frozen=True)
class Region:
    """What was drawn around in a chart: two metrics and the corners of a polygon in plotted coordinates.

    Plotted coordinates are those of `Metric.coordinate`. Corners are kept to six digits after the point.
    """

    x: str
    y: str
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not (_METRIC.fullmatch(self.x) and _METRIC.fullmatch(self.y)):
            raise InputError("A region is drawn over two metrics of the customers.")
        corners = tuple((round(float(x), 6), round(float(y), 6)) for x, y in self.points)
        if not 3 <= len(corners) <= MAX_POINTS:
            raise InputError(f"A region has 3 to {MAX_POINTS} corners; this one has {len(corners)}.")
        if not all(math.isfinite(value) and abs(value) < 1e12 for corner in corners for value in corner):
            raise InputError("The corners of a region are numbers.")
        object.__setattr__(self, "points", corners)

    @classmethod
    def lasso(cls, x: str, y: str, xs: Sequence[float], ys: Sequence[float]) -> Region:
        """The region of a lasso with any number of corners, thinned evenly to those a region may have."""
        corners = list(zip(xs, ys, strict=True))
        step = max(1, math.ceil(len(corners) / MAX_POINTS))
        return cls(x, y, tuple(corners[::step]))

    @classmethod
    def box(cls, x: str, y: str, xs: Sequence[float], ys: Sequence[float]) -> Region:
        """The region of a rectangle between the extremes of `xs` and `ys`."""
        x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
        return cls(x, y, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


@dataclass(frozen=True)
class SegmentFilter:
    """The customers of a segmentation that everything on a page shows; empty parts leave nothing out.

    `segments` are keys of looks; `clv` and `churn` bands; `where` values by attribute key ("" for
    customers where it is not known); `search` a part of the customer id or of a category value; `region`
    what was drawn around in a chart; `flow` keys at the earlier date (`NEW`: not yet a customer) and
    now; `at_risk` keeps high-value customers at risk. Raises InputError for a value outside its limits.
    """

    segments: tuple[str, ...] = ()
    clv: str = ""
    churn: str = ""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search: str = ""
    region: Region | None = None
    flow: tuple[str, str] | None = None
    at_risk: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(dict.fromkeys(map(str, self.segments))))
        if len(self.segments) > _MAX_VALUES or any(not 0 < len(key) <= 200 for key in self.segments):
            raise InputError("Segments are chosen by their keys.")
        if self.clv and self.clv not in CLV_BANDS:
            raise InputError(f"Lifetime value is filtered by {', '.join(CLV_BANDS)}, not {self.clv[:40]!r}.")
        if self.churn and self.churn not in CHURN_BANDS:
            raise InputError(f"Churn risk is filtered by {', '.join(CHURN_BANDS)}, not {self.churn[:40]!r}.")
        object.__setattr__(self, "where", _checked_where(self.where))
        if len(self.search) > _MAX_SEARCH or "\x00" in self.search:
            raise InputError(f"The search text has at most {_MAX_SEARCH} characters.")
        if self.flow is not None:
            before, now = self.flow
            object.__setattr__(self, "flow", (str(before)[:200], str(now)[:200]))

    def to_params(self) -> dict[str, str]:
        """The filter as address parameters; what has its default value is left out."""
        found = {
            "segment": join_values(self.segments),
            "clv": self.clv,
            "churn": self.churn,
            **{key: join_values(values) for key, values in self.where},
            "search": self.search,
            "region": _region_text(self.region),
            "flow": join_values(self.flow or ()),
            "at_risk": "1" if self.at_risk else "",
        }
        return {name: text for name, text in found.items() if text}

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> SegmentFilter:
        """The filter that an address names, other parameters aside; InputError where a value makes no sense."""
        flow = split_values(str(params.get("flow") or ""))
        if flow and len(flow) != 2:
            raise InputError("A flow goes from one segment to one segment.")
        try:
            return cls(
                segments=split_values(str(params.get("segment") or "")),
                clv=str(params.get("clv") or ""),
                churn=str(params.get("churn") or ""),
                where=tuple(
                    (name, split_values(str(text)))
                    for name, text in params.items()
                    if text and _ATTRIBUTE.fullmatch(str(name))
                ),
                search=str(params.get("search") or ""),
                region=_region_of(str(params.get("region") or "")),
                flow=(flow[0], flow[1]) if flow else None,
                at_risk=str(params.get("at_risk") or "") in ("1", "True", "true"),
            )
        except ValueError as error:
            raise InputError(f"The address names a filter that makes no sense: {error}.") from error

    def values(self, attribute: str) -> tuple[str, ...]:
        """The values chosen of an attribute."""
        return dict(self.where).get(attribute, ())

    def with_values(self, attribute: str, values: Iterable[str]) -> SegmentFilter:
        """The filter with these values of an attribute instead; none: any value."""
        others = [(key, chosen) for key, chosen in self.where if key != attribute]
        return replace(self, where=(*others, (attribute, tuple(values))))

    def without(self, param: str, value: str = "") -> SegmentFilter:
        """The filter without what the chip (`param`, `value`) of `words` stands for."""
        if param == "segment":
            return replace(self, segments=tuple(key for key in self.segments if key != value))
        if _ATTRIBUTE.fullmatch(param):
            return self.with_values(param, (item for item in self.values(param) if item != value))
        plain: dict[str, Any] = vars(SegmentFilter())
        return replace(self, **{param: plain[param]}) if param in plain else self

    def words(
        self,
        looks: Sequence[Look],
        attributes: Sequence[Mapping[str, Any]],
        metrics: Mapping[str, Metric] = METRICS,
        value_label: str = "CLV",
    ) -> tuple[tuple[str, str, str], ...]:
        """What is on, as chips (parameter, value, text): `without` takes off what a chip stands for."""
        names = {key: look.name for look in looks for key in (look.keys or (look.key,))} | {NEW: NEW_NAME}
        labels = {str(item["key"]): str(item["label"]) for item in attributes}
        chips = [("segment", key, f"Segment: {names.get(key, key)}") for key in self.segments]
        if self.clv:
            chips.append(("clv", self.clv, f"{value_label}: {CLV_BANDS[self.clv]}"))
        if self.churn:
            chips.append(("churn", self.churn, f"Churn risk: {CHURN_BANDS[self.churn]}"))
        for key, values in self.where:
            chips.extend(
                (key, value, f"{labels.get(key, key)}: {value or MISSING_WORDS}") for value in values
            )
        if self.search:
            chips.append(("search", self.search, f"Search: {self.search}"))
        if self.region is not None:
            axes = [metrics[key].label if key in metrics else key for key in (self.region.x, self.region.y)]
            chips.append(("region", "", f"Drawn in the chart: {axes[0]} and {axes[1]}"))
        if self.flow is not None:
            before, now = (names.get(key, key) for key in self.flow)
            chips.append(("flow", "", f"Moved: {before} → {now}" if before != now else f"Stayed: {now}"))
        if self.at_risk:
            chips.append(("at_risk", "1", AT_RISK_WORDS))
        return tuple(chips)


def join_values(values: Iterable[str]) -> str:
    """Values as one text with commas between them; `split_values` has them back, whatever is in them."""
    return ",".join(
        _MISSING_MARK if value == MISSING else value.replace("\\", "\\\\").replace(",", "\\,")
        for value in values
    )


def split_values(text: str) -> tuple[str, ...]:
    """The values of `join_values`; none of an empty text."""
    if not text:
        return ()
    # A value is a run of plain characters and of pairs that begin with a backslash.
    found = re.findall(r"((?:[^\\,]|\\.|\\$)*)(?:,|$)", text + ",", flags=re.S)[:-1]
    return tuple(
        MISSING if value == _MISSING_MARK else re.sub(r"\\(.)", r"\1", value, flags=re.S) for value in found
    )


def _checked_where(
    given: Sequence[tuple[str, Sequence[str]]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Attributes in order, each once, values each once and in order: the same choice is the same filter."""
    kept: dict[str, tuple[str, ...]] = {}
    for key, values in given:
        if not _ATTRIBUTE.fullmatch(str(key)):
            raise InputError(f"There is no attribute {str(key)[:40]!r} to filter by.")
        kept[key] = tuple(sorted({*map(str, values)}))
        if len(kept[key]) > _MAX_VALUES:
            raise InputError(f"At most {_MAX_VALUES} values of an attribute can be chosen at once.")
    return tuple((key, kept[key]) for key in sorted(kept, key=lambda key: int(key[1:])) if kept[key])


def _region_text(region: Region | None) -> str:
    if region is None:
        return ""
    corners = (f"{x:.6f}".rstrip("0").rstrip(".") for corner in region.points for x in corner)
    return f"{region.x},{region.y},{','.join(corners)}"


def _region_of(text: str) -> Region | None:
    if not text:
        return None
    x, y, *numbers = text.split(",")[: 2 + 2 * MAX_POINTS + 2]
    if len(numbers) % 2:
        raise InputError("The corners of a region are pairs of numbers.")
    try:
        values = [float(number) for number in numbers]
    except ValueError as error:
        raise InputError("The corners of a region are numbers.") from error
    return Region(x, y, tuple(zip(values[::2], values[1::2], strict=True)))

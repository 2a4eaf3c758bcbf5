"""What a segmentation can be asked to do, with the limits every form and command line reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from data.errors import InputError

RULES: Final = "rules"
KMEANS: Final = "kmeans"
GAUSSIAN: Final = "gaussian"
WARD: Final = "ward"
DBSCAN: Final = "dbscan"
HDBSCAN: Final = "hdbscan"
GIVEN: Final = "given"
METHODS: Final[dict[str, str]] = {
    RULES: "RFM rules",
    KMEANS: "K-Means",
    GAUSSIAN: "Gaussian mixture",
    WARD: "Hierarchical (Ward)",
    DBSCAN: "DBSCAN",
    HDBSCAN: "HDBSCAN",
    GIVEN: "From the file",
}
# Those that are told how many segments to make, and those that find out.
COUNTED: Final = (KMEANS, GAUSSIAN, WARD)
BY_DENSITY: Final = (DBSCAN, HDBSCAN)
SCALINGS: Final[dict[str, str]] = {
    "auto": "Logarithm where a few values are far larger, then standardised",
    "standard": "Standardised",
    "robust": "By median and quartiles",
    "none": "As they are",
}
RFM: Final = ("recency_days", "frequency", "monetary")
# Scores run from 1 to 5, so there are four cut points between them.
CUTS: Final = 4
MIN_K: Final = 2
MAX_K: Final = 10


@dataclass(frozen=True)
class SegmentParams:
    """Parameters of one segmentation; raises `InputError` when one makes no sense.

    `features` are columns of the customers' frame to cluster by (none: recency, frequency and money
    where known, else all that can be used). `k` segments, 0 for the recommended number. `cuts` holds the
    four ascending cut points of a score by column, for those that quintiles shall not decide. `eps` is the
    neighbourhood of DBSCAN in scaled units and `min_size` the smallest cluster by density; 0: found out.
    """

    method: str = RULES
    features: tuple[str, ...] = ()
    scaling: str = "auto"
    k: int = 0
    cuts: Mapping[str, Sequence[float]] | None = None
    eps: float = 0.0
    min_size: int = 0
    seed: int = 42

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"Customers are segmented by {', '.join(METHODS)}, not {self.method!r}.")
        if self.scaling not in SCALINGS:
            raise InputError(f"The scaling is one of {', '.join(SCALINGS)}, not {self.scaling!r}.")
        object.__setattr__(self, "features", tuple(dict.fromkeys(self.features)))
        self._check_number("k", self.k, 0, 50, whole=True)
        if self.k == 1:
            raise InputError(
                "One segment divides nothing: choose 2 or more, or 0 for the recommended number."
            )
        self._check_number("eps", self.eps, 0, 1e6)
        self._check_number("min_size", self.min_size, 0, 1_000_000, whole=True)
        self._check_number("seed", self.seed, 0, 2**31 - 1, whole=True)
        object.__setattr__(self, "cuts", self._checked_cuts())

    @staticmethod
    def _check_number(name: str, value: Any, low: float, high: float, *, whole: bool = False) -> None:
        right = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, bool) or not right or not low <= value <= high:
            kind = "whole number" if whole else "number"
            raise InputError(f"{name} must be a {kind} from {low:,.0f} to {high:,.0f}, not {value!r}.")

    def _checked_cuts(self) -> dict[str, tuple[float, ...]] | None:
        if not self.cuts:
            return None
        checked: dict[str, tuple[float, ...]] = {}
        for column, given in self.cuts.items():
            if column not in RFM:
                raise InputError(f"Cut points are for {', '.join(RFM)}, not {column!r}.")
            values = tuple(float(value) for value in given)
            if len(values) != CUTS or not all(map(math.isfinite, values)) or list(values) != sorted(values):
                raise InputError(
                    f"The cut points of {column} are {CUTS} numbers, each at least the one before it."
                )
            checked[column] = values
        return checked

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON values."""
        cuts = None if self.cuts is None else {name: list(values) for name, values in self.cuts.items()}
        return {**asdict(self), "features": list(self.features), "cuts": cuts}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> SegmentParams:
        """The parameters of `to_dict`; InputError for one that is not known."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise InputError(f"There is no parameter {unknown[0]!r} of a segmentation.")
        return cls(**{**given, "features": tuple(given.get("features") or ())})

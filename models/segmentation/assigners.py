"""Which cluster a customer belongs to: three rules of plain arithmetic, saved as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

Floats = NDArray[np.float64]
Codes = NDArray[np.int16]

OUTLIER: Final = -1
# So many distances at a time stay in the processor's cache, where they are several times faster.
_CELLS: Final = 200_000


class Assigner(Protocol):
    """A fitted clustering: tells the cluster of any customer.

    `centres` has shape (k, m); `notes` are sentences about how it was fitted, and are not saved.
    """

    notes: tuple[str, ...]

    @property
    def centres(self) -> Floats: ...

    def assign(self, matrix: Floats) -> Codes:
        """Cluster 0..k-1 of each row, shape (n,), or -1 for an outlier."""

    def to_dict(self) -> dict[str, Any]:
        """All that `assign` needs, as plain JSON values."""


def _in_chunks(matrix: Floats, width: int, code: Callable[[Floats], NDArray[Any]]) -> Codes:
    step = max(1, _CELLS // max(width, 1))
    if len(matrix) <= step:
        return code(matrix).astype(np.int16)
    found = np.empty(len(matrix), dtype=np.int16)
    # Products this small cost more to share out among threads than to work out.
    with threadpool_limits(limits=1):
        for start in range(0, len(matrix), step):
            found[start : start + step] = code(matrix[start : start + step])
    return found


def _nearest_of(points: Floats) -> Callable[[Floats], NDArray[np.intp]]:
    """A function from rows, shape (n, m), to the place of the nearest of the points, shape (n,)."""
    # Of |x - p|^2 = |x|^2 - 2 x.p + |p|^2 the first term is the same for all points, and half of the
    # others is one product: of (x, 1) with (-p, |p|^2 / 2).
    factors = np.vstack([-points.T, (points**2).sum(axis=1) / 2.0])

    def nearest(rows: Floats) -> NDArray[np.intp]:
        distances = np.column_stack([rows, np.ones(len(rows))]) @ factors
        return np.asarray(distances.argmin(axis=1), dtype=np.intp)

    return nearest


@dataclass
class Centres:
    """Each customer belongs to the nearest centre (Lloyd 1982). Raises ValueError for centres that are none."""

    centres: Floats
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        _check(self.centres, 2)

    def assign(self, matrix: Floats) -> Codes:
        """Cluster of each row, shape (n,)."""
        return _in_chunks(matrix, len(self.centres), _nearest_of(self.centres))

    def to_dict(self) -> dict[str, Any]:
        """The centres."""
        return {"kind": "centres", "centres": self.centres.tolist()}


@dataclass
class Mixture:
    """Each customer belongs to the likeliest of k normal distributions.

    `centres` (k, m) are their means, `weights` (k,) their shares, `precisions` (k, m, m) the upper
    Cholesky factors of their inverse covariances. Raises ValueError where they do not fit together.
    """

    centres: Floats
    weights: Floats
    precisions: Floats
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        k, m = _check(self.centres, 2)
        if _check(self.weights, 1) != (k,) or _check(self.precisions, 3) != (k, m, m):
            raise ValueError("the mixture has not one weight and one covariance for each centre")
        if not (self.weights > 0).all() or not (np.diagonal(self.precisions, axis1=1, axis2=2) > 0).all():
            raise ValueError("the mixture has a weight or a spread that is not positive")

    def assign(self, matrix: Floats) -> Codes:
        """Component of the largest posterior probability of each row, shape (n,)."""
        width = len(self.weights) * (matrix.shape[1] + 1)
        return _in_chunks(matrix, width, lambda rows: np.argmax(self.log_densities(rows), axis=1))

    def log_densities(self, rows: Floats) -> Floats:
        """Logarithm of weight times density of each component, less a constant, shape (n, k)."""
        found = np.empty((len(rows), len(self.weights)))
        for place, (mean, factor) in enumerate(zip(self.centres, self.precisions, strict=True)):
            found[:, place] = -0.5 * ((rows @ factor - mean @ factor) ** 2).sum(axis=1)
        logs = np.log(np.diagonal(self.precisions, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(found + logs + np.log(self.weights), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Means, weights and factors."""
        return {
            "kind": "mixture",
            "centres": self.centres.tolist(),
            "weights": self.weights.tolist(),
            "precisions": self.precisions.tolist(),
        }


@dataclass
class Exemplars:
    """Each customer belongs to the cluster of the nearest exemplar, or to none if that is too far.

    `points` (p, m) are customers of the clusters `labels` (p,), 0..k-1; `radius` (k,) says how far from
    an exemplar its cluster reaches; `centres` (k, m). Raises ValueError where they do not fit together.
    """

    points: Floats
    labels: Codes
    radius: Floats
    centres: Floats
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        p, m = _check(self.points, 2)
        k, wide = _check(self.centres, 2)
        if self.labels.shape != (p,) or _check(self.radius, 1) != (k,) or wide != m:
            raise ValueError("the exemplars have not one label each, or the clusters not one radius each")
        if self.labels.min() < 0 or self.labels.max() >= k:
            raise ValueError("an exemplar is of a cluster that is not there")

    def assign(self, matrix: Floats) -> Codes:
        """Cluster of each row, shape (n,), or -1 for an outlier."""
        nearest_of = _nearest_of(self.points)

        def code(rows: Floats) -> NDArray[Any]:
            nearest = nearest_of(rows)
            distance = np.sqrt(((rows - self.points[nearest]) ** 2).sum(axis=1))
            label = self.labels[nearest]
            # An exemplar itself must not fall out by the last digit.
            return np.where(distance <= self.radius[label] * (1.0 + 1e-12), label, OUTLIER)

        return _in_chunks(matrix, len(self.points), code)

    def to_dict(self) -> dict[str, Any]:
        """Exemplars with their labels, and each cluster's reach and centre."""
        return {
            "kind": "exemplars",
            "points": self.points.tolist(),
            "labels": self.labels.tolist(),
            "radius": self.radius.tolist(),
            "centres": self.centres.tolist(),
        }


def _check(values: Floats, dimensions: int) -> tuple[int, ...]:
    if values.ndim != dimensions or not values.size or not np.isfinite(values).all():
        raise ValueError("a clustering needs finite numbers for each cluster and column")
    return values.shape


_KINDS: Final[dict[str, type[Centres | Mixture | Exemplars]]] = {
    "centres": Centres,
    "mixture": Mixture,
    "exemplars": Exemplars,
}


def assigner_from_dict(given: Mapping[str, Any]) -> Assigner:
    """The clustering of `to_dict`; raises KeyError, TypeError or ValueError if it is damaged."""
    values: dict[str, Any] = {
        name: np.asarray(value, dtype=np.int16 if name == "labels" else np.float64)
        for name, value in given.items()
        if name != "kind"
    }
    return _KINDS[given["kind"]](**values)

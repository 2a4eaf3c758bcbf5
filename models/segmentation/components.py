"""Three principal components: the flattest view that keeps most of what sets customers apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.segmentation.encoded import EncodedColumn
from models.segmentation.sampling import draw

Floats = NDArray[np.float64]

COMPONENTS: Final = 3
SAMPLE: Final = 200_000
_CHUNK: Final = 100_000


@dataclass(frozen=True)
class Components:
    """Principal components of a matrix of m columns.

    `mean` shape (m,) and `weights` shape (m, 3) make the coordinates; `explained` is the share of all
    variance in each. `loadings` has one row a column, {"label", "values"}: its correlation with each
    component, from -1 to 1. Components that do not exist (fewer columns, or nothing left to vary) are 0.
    """

    mean: Floats
    weights: Floats
    explained: tuple[float, ...]
    loadings: tuple[dict[str, Any], ...]

    def transform(self, matrix: Floats) -> NDArray[np.float32]:
        """Coordinates of customers, shape (n, 3)."""
        found = np.empty((len(matrix), COMPONENTS), dtype=np.float32)
        for start in range(0, len(matrix), _CHUNK):
            found[start : start + _CHUNK] = (matrix[start : start + _CHUNK] - self.mean) @ self.weights
        return found

    def to_dict(self) -> dict[str, Any]:
        """The components as plain JSON values."""
        return {
            "mean": self.mean.tolist(),
            "weights": self.weights.tolist(),
            "explained": list(self.explained),
            "loadings": [dict(one) for one in self.loadings],
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Components:
        """The components of `to_dict`; raises KeyError, TypeError or ValueError if they are damaged."""
        mean = np.asarray(given["mean"], dtype=np.float64)
        weights = np.asarray(given["weights"], dtype=np.float64)
        explained = tuple(float(value) for value in given["explained"])
        loadings = tuple(
            {"label": str(one["label"]), "values": [float(value) for value in one["values"]]}
            for one in given["loadings"]
        )
        if weights.shape != (len(mean), COMPONENTS) or len(explained) != COMPONENTS:
            raise ValueError("the components have not three weights for each column")
        if len(loadings) != len(mean) or not (np.isfinite(mean).all() and np.isfinite(weights).all()):
            raise ValueError("the components are not finite numbers for each column")
        return cls(mean, weights, explained, loadings)


def fit_components(matrix: Floats, columns: Sequence[EncodedColumn], seed: int = 42) -> Components:
    """Principal components (Pearson 1901; Hotelling 1933) of customers, shape (n, m), n of at least 1.

    They are learned from at most 200,000 customers. The sign of each is such that its largest weight is
    positive, so that a refresh does not mirror the picture.
    """
    rows = matrix[draw(matrix, SAMPLE, seed)]
    mean = rows.mean(axis=0)
    centred = rows - mean
    covariance = centred.T @ centred / len(rows)
    variance, vectors = np.linalg.eigh(covariance)
    order = np.argsort(-variance, kind="stable")[:COMPONENTS]
    total = float(np.trace(covariance))
    deviation = np.sqrt(np.diag(covariance))
    weights = np.zeros((matrix.shape[1], COMPONENTS))
    loadings = np.zeros_like(weights)
    explained = [0.0] * COMPONENTS
    for place, which in enumerate(order):
        if variance[which] <= 1e-12 * max(total, 1e-300):
            continue
        # Rounded first: of two weights of one size the first column's decides, on every machine.
        largest = np.argmax(np.round(np.abs(vectors[:, which]), 6))
        weights[:, place] = vectors[:, which] * (1.0 if vectors[largest, which] > 0 else -1.0)
        explained[place] = float(variance[which] / total)
        np.divide(
            weights[:, place] * np.sqrt(variance[which]),
            deviation,
            out=loadings[:, place],
            where=deviation > 0,
        )
    described = tuple(
        {"label": column.name, "values": [float(np.clip(value, -1.0, 1.0)) for value in row]}
        for column, row in zip(columns, loadings, strict=True)
    )
    return Components(mean, weights, tuple(explained), described)

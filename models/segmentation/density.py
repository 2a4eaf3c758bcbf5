"""Clusters by density: crowds of alike customers, with the loners between them left as outliers."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import InputError
from models.segmentation.assigners import OUTLIER, Exemplars
from models.segmentation.params import DBSCAN, HDBSCAN

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

# Pairs of customers are held in memory: every customer may be a neighbour of every other.
SAMPLES: Final = {DBSCAN: 5_000, HDBSCAN: 10_000}
EXEMPLARS: Final = 2_000
SMALLEST: Final = 5
# Where the knee of the curve joins all customers into one crowd, these shares of it are tried.
_NEARER: Final = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3)
_MOST_OUTLIERS: Final = 0.5


def scaled_size(min_size: int, sample: int, customers: int) -> int:
    """The least size of a cluster within a sample, of one asked for among all customers.

    0: 1 % of the sample or its square root, whichever is more, and at least 5; in a small shop 1 % would
    be a handful, and every handful a segment.
    """
    if min_size == 0:
        return max(SMALLEST, round(max(sample / 100, math.sqrt(sample))))
    return max(min(SMALLEST, min_size), round(min_size * sample / max(customers, 1)))


def dbscan(sample: Floats, eps: float, min_size: int) -> Exemplars:
    """DBSCAN (Ester et al. 1996) of a sample, shape (n, m): crowds whose members have `min_size` within `eps`.

    `eps` 0: the knee of the curve of distances to the `min_size`-th neighbour, and less where that makes one
    crowd of all. Raises `InputError` where there is no crowd.
    """
    from sklearn.cluster import DBSCAN as Model

    reach = min(min_size, len(sample))
    found = eps == 0
    first = knee(neighbour_distances(sample, reach)) if found else eps
    tries: list[tuple[Any, Labels, float]] = []
    for step in _NEARER if found else (1.0,):
        model = Model(eps=first * step, min_samples=reach).fit(sample)
        tries.append((model, _large(model.labels_, min_size), first * step))
        if _divides(tries[-1][1]):
            break
    # Where none divides, the first, if it found a crowd, is the least strange.
    model, labels, used = tries[-1] if _divides(tries[-1][1]) else tries[0]
    how = f"at a distance of {used:.3g} and at least {min_size:,} neighbours, of {len(sample):,} customers looked at"
    if labels.max() < 0:
        raise InputError(
            f"DBSCAN found no crowd of alike customers {how}: choose a larger distance, a smaller least size, "
            "or K-Means."
        )
    core = np.zeros(len(sample), dtype=np.bool_)
    core[model.core_sample_indices_] = True
    core &= labels != OUTLIER
    source = " The distance was found from the data." if found else ""
    notes = (
        f"DBSCAN grouped customers {how}.{source}",
        *_cautions(labels, "a smaller distance", "a larger one"),
    )
    return _exemplars(sample, labels, core, used, notes)


def _divides(labels: Labels) -> bool:
    return bool(labels.max() > 0 and (labels == OUTLIER).mean() <= _MOST_OUTLIERS)


def hdbscan(sample: Floats, min_size: int) -> Exemplars:
    """HDBSCAN (Campello et al. 2013) of a sample, shape (n, m): crowds of at least `min_size`, of any density.

    Raises `InputError` where there is no crowd.
    """
    from sklearn.cluster import HDBSCAN as Model

    size = max(2, min_size)
    if size > len(sample):
        raise InputError(
            f"HDBSCAN cannot find crowds of {size:,} among {len(sample):,} customers: choose a smaller least size, "
            "or K-Means."
        )
    labels = _large(Model(min_cluster_size=size, copy=True).fit(sample).labels_, 1)
    how = f"with crowds of at least {size:,} of {len(sample):,} customers looked at"
    if labels.max() < 0:
        raise InputError(
            f"HDBSCAN found no crowd that stands apart from the others {how}: choose another least size, "
            "or K-Means."
        )
    notes = (f"HDBSCAN grouped customers {how}.", *_cautions(labels, "a smaller least size", "a larger one"))
    return _exemplars(sample, labels, labels != OUTLIER, 0.0, notes)


def _large(labels: NDArray[Any], min_size: int) -> Labels:
    """The labels, the largest cluster first; clusters below the least size are outliers."""
    counts = np.bincount(labels[labels >= 0]) if labels.max(initial=-1) >= 0 else np.zeros(0, dtype=np.int64)
    order = [place for place in np.argsort(-counts, kind="stable") if counts[place] >= min_size]
    table = np.full(len(counts) + 1, OUTLIER, dtype=np.int64)
    table[order] = np.arange(len(order))
    return np.asarray(table[labels], dtype=np.int64)


def _cautions(labels: Labels, one: str, many: str) -> list[str]:
    outside = float((labels == OUTLIER).mean())
    found = []
    if labels.max() == 0:
        found.append(f"All but the outliers make one crowd: try {one}, or K-Means.")
    if outside > _MOST_OUTLIERS:
        found.append(
            f"{outside:.0%} of them are in no crowd: try {many}, or K-Means, which gives everybody a segment."
        )
    return found


def neighbour_distances(sample: Floats, neighbours: int) -> Floats:
    """Distance of each customer to the `neighbours`-th nearest, itself the first, in rising order, shape (n,)."""
    from sklearn.neighbors import NearestNeighbors

    distances, _ = NearestNeighbors(n_neighbors=neighbours).fit(sample).kneighbors(sample)
    return np.sort(distances[:, -1])


def knee(rising: Floats) -> float:
    """The value where a rising curve bends most: farthest from its chord (Satopaa et al. 2011), above 0."""
    steps = np.linspace(0.0, 1.0, len(rising))
    span = rising[-1] - rising[0]
    if span <= 0:
        return float(rising[-1]) or 1e-9
    place = int(np.argmax(steps - (rising - rising[0]) / span))
    positive = rising[rising > 0]
    return float(rising[place]) or float(positive[0])


def _exemplars(
    sample: Floats, labels: Labels, able: NDArray[np.bool_], eps: float, notes: tuple[str, ...]
) -> Exemplars:
    """At most 2,000 customers that stand for their clusters, and how far each cluster reaches."""
    from sklearn.neighbors import NearestNeighbors

    k = int(labels.max()) + 1
    places = np.flatnonzero(able)
    if len(places) > EXEMPLARS:
        # The sample lies in an order of hashes, so evenly spaced is fair; each cluster by its size.
        by_cluster = places[np.argsort(labels[places], kind="stable")]
        places = by_cluster[np.linspace(0, len(by_cluster) - 1, EXEMPLARS).round().astype(np.intp)]
    radius = np.zeros(k)
    for cluster in range(k):
        members = sample[labels == cluster]
        points = sample[places[labels[places] == cluster]]
        # Two of itself: the nearest other exemplar is what a new customer would have.
        near = min(2, len(points))
        distance, _ = NearestNeighbors(n_neighbors=near).fit(points).kneighbors(members)
        radius[cluster] = max(eps, float(np.quantile(distance[:, -1], 0.99)))
    centres = np.stack([sample[labels == cluster].mean(axis=0) for cluster in range(k)])
    return Exemplars(sample[places], labels[places].astype(np.int16), radius, centres, notes)

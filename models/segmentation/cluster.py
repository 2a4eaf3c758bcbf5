"""Clusters of customers: fitted to a fair sample, then every customer is assigned by a plain rule."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data.errors import InputError
from models.segmentation import density
from models.segmentation.assigners import Assigner, Centres, Mixture, assigner_from_dict
from models.segmentation.params import BY_DENSITY, COUNTED, DBSCAN, GAUSSIAN, KMEANS, METHODS, WARD
from models.segmentation.sampling import distinct, draw

Floats = NDArray[np.float64]
Refit = Callable[[Floats, int], Assigner]

# Customers each method learns from; all are assigned.
SAMPLES: Final = {KMEANS: 200_000, GAUSSIAN: 100_000, WARD: 5_000, **density.SAMPLES}
# Lloyd's algorithm can stop at a poor optimum: this many starts.
STARTS: Final = 10
# A mixture needs fewer, since each starts from K-Means; they are tried on so many customers, then the best
# is refined on all of the sample.
MIXTURE_STARTS: Final = 3
TRIED: Final = 10_000
# The least variance of a component, as a share of the mean variance of the columns. Orders are counted:
# without it a component shrinks onto the customers with one order and leaves the others none of its kind.
LEAST_VARIANCE: Final = 0.05

__all__ = ["SAMPLES", "Assigner", "Refit", "assigner_from_dict", "fit", "refit_of"]


def fit(
    matrix: Floats,
    method: str,
    k: int,
    *,
    eps: float = 0.0,
    min_size: int = 0,
    seed: int = 42,
    starts: int = STARTS,
) -> Assigner:
    """Clusters of customers, shape (n, m) as an `Encoder` makes it, by a method of `params.METHODS`.

    `k` clusters for K-Means, Gaussian mixture and Ward; the others find out, from `eps` (scaled units) and
    `min_size` (customers), 0: by the data. The largest cluster of the sample has code 0. Raises `InputError`
    where there are not so many different customers, or no dense group. Neither the order of the rows nor
    the number of threads changes a code.
    """
    if method not in COUNTED and method not in BY_DENSITY:
        raise InputError(f"{METHODS.get(method, method)} is no clustering: choose another method.")
    sample = matrix[draw(matrix, SAMPLES[method], seed)]
    _check(sample, len(matrix), k if method in COUNTED else 2)
    # One thread, so that sums stay in one order.
    with threadpool_limits(limits=1):
        if method == KMEANS:
            return _by_size(_kmeans(sample, k, seed, starts), sample)
        if method == GAUSSIAN:
            return _mixture(sample, k, seed, 1 if starts < STARTS else MIXTURE_STARTS)
        if method == WARD:
            return _by_size(centres_of(sample, ward_cut(ward_tree(sample), k)), sample)
        least = density.scaled_size(min_size, len(sample), len(matrix))
        if method == DBSCAN:
            return density.dbscan(sample, eps, least)
        return density.hdbscan(sample, least)


def refit_of(
    method: str, k: int, *, eps: float = 0.0, min_size: int = 0, customers: int, starts: int = 3
) -> Refit:
    """A function (rows, seed) -> Assigner that fits a part of `customers` customers the same way.

    The smallest size of a cluster shrinks with the part.
    """

    def refit(rows: Floats, seed: int) -> Assigner:
        size = max(1, round(min_size * len(rows) / max(customers, 1))) if min_size else 0
        return fit(rows, method, k, eps=eps, min_size=size, seed=seed, starts=starts)

    return refit


def _check(sample: Floats, customers: int, k: int) -> None:
    if not len(sample):
        raise InputError("There are no customers to divide into segments.")
    different = distinct(sample)
    if different == 1:
        raise InputError(
            "Every customer has the same values in what they are compared by, so there is nothing to tell "
            "segments apart: choose other columns."
        )
    if k > different:
        among = "" if customers == len(sample) else f" among the {len(sample):,} looked at"
        raise InputError(
            f"{k} segments cannot be made of {different:,} different customers{among}: choose {different:,} "
            "segments or fewer, or more columns to compare customers by."
        )


def _kmeans(sample: Floats, k: int, seed: int, starts: int) -> Centres:
    from sklearn.cluster import KMeans

    return Centres(KMeans(k, n_init=starts, random_state=seed).fit(sample).cluster_centers_)


def _mixture(sample: Floats, k: int, seed: int, starts: int) -> Mixture:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    least = LEAST_VARIANCE * float(sample.var(axis=0).mean())
    settings: dict[str, Any] = {"max_iter": 200, "reg_covar": least, "random_state": seed}
    # Evenly spaced in the order of hashes, so that crowds of alike customers keep their share.
    few = sample[:: max(1, len(sample) // TRIED)]
    if distinct(few) < k:
        few = sample
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model: Any = GaussianMixture(k, n_init=starts, **settings).fit(few)
        if len(few) < len(sample):
            settings |= {
                "means_init": model.means_,
                "weights_init": model.weights_,
                "precisions_init": model.precisions_,
            }
            model = GaussianMixture(k, **settings).fit(sample)
    notes = () if model.converged_ else ("The mixture was still moving a little when it was stopped.",)
    order = np.argsort(-model.weights_, kind="stable")
    return Mixture(model.means_[order], model.weights_[order], model.precisions_cholesky_[order], notes)


def ward_tree(sample: Floats) -> Floats:
    """The tree of Ward's method (Ward 1963): joins in SciPy's linkage format, shape (n - 1, 4)."""
    from scipy.cluster.hierarchy import ward

    return np.asarray(ward(sample), dtype=np.float64)


def ward_cut(tree: Floats, k: int) -> NDArray[np.int64]:
    """Labels 0..k-1 where the tree is cut into k clusters, shape (n,)."""
    count = len(tree) + 1
    parent = np.arange(2 * count - 1)
    # The joins of the largest distances, which come last, are undone.
    for place in range(count - k):
        left, right = tree[place, :2].astype(np.intp)
        parent[left] = parent[right] = count + place
    # Each join has a higher number than what it joins, so one pass downwards finds every root.
    for place in range(2 * count - 2, -1, -1):
        parent[place] = parent[parent[place]]
    return np.unique(parent[:count], return_inverse=True)[1].astype(np.int64)


def centres_of(sample: Floats, labels: NDArray[Any]) -> Centres:
    """The centres of labelled customers; `Centres.notes` says how many lie nearest to their own."""
    centres = np.stack([sample[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    found = Centres(centres)
    same = float((found.assign(sample) == labels).mean())
    found.notes = (
        f"The tree was grown from {len(sample):,} customers; each customer then belongs to the nearest centre, "
        f"which is where the tree put {same:.0%} of them.",
    )
    return found


def _by_size(found: Centres, sample: Floats) -> Centres:
    """The same centres, the one with most customers first."""
    counts = np.bincount(found.assign(sample), minlength=len(found.centres))
    order = np.lexsort((*found.centres.T[::-1], -counts))
    return Centres(found.centres[order], found.notes)

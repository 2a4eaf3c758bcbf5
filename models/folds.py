"""Which fold a customer belongs to: a hash of what is known of them, so that nothing outside matters.

Neither the order of the rows nor the machine nor the names of the customers change a fold: renaming all
ids gives the same models. Customers who are alike in everything share a fold, but for large groups of
them (one price, one day, one order), which the id spreads: a fold must not be all one kind.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]

_FOLD: Final = 0x464F4C44
_SAMPLE: Final = 0x53414D50
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
# More alike customers than this part of all are spread by their ids.
_LARGE_GROUP: Final = 200


def _mix(values: Hashes) -> Hashes:
    """splitmix64's finaliser (Steele, Lea & Flood 2014): every input bit reaches every output bit."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)


def _salted(values: Hashes, seed: int, purpose: int) -> Hashes:
    salt = _mix(np.array([(seed << 32) ^ purpose], dtype=np.uint64))
    with np.errstate(over="ignore"):
        return _mix(_mix(values + _GOLDEN) ^ salt)


def row_hashes(known: Floats) -> Hashes:
    """64-bit hash of each row, shape (n,), from its values alone, shape (n, m); NaN is a value."""
    hashes = np.zeros(len(known), dtype=np.uint64)
    for column in range(known.shape[1]):
        # Adding zero turns a negative zero into zero; every NaN is the same NaN.
        values = known[:, column] + 0.0
        values[np.isnan(values)] = np.nan
        with np.errstate(over="ignore"):
            hashes = (hashes ^ values.view(np.uint64)) * _GOLDEN
        hashes ^= hashes >> np.uint64(32)
    return _mix(hashes)


def customer_hashes(known: Floats, customer_ids: Sequence[str] | NDArray[np.object_]) -> Hashes:
    """64-bit hash of each customer, shape (n,), from what is known of them, shape (n, m); NaN is a value.

    Customers of equal rows have equal hashes unless they are more than one in 200: then the id counts.
    """
    hashes = row_hashes(known)
    _, group, size = np.unique(hashes, return_inverse=True, return_counts=True)
    large = np.flatnonzero(size[group] > max(len(known) // _LARGE_GROUP, 1))
    # crc32 is defined by a standard, and fast.
    named = [zlib.crc32(customer_ids[row].encode("utf-8", "surrogatepass")) for row in large.tolist()]
    hashes[large] = _mix(hashes[large] ^ _mix(np.array(named, dtype=np.uint64) + _GOLDEN))
    return hashes


def fold_of(hashes: Hashes, folds: int, seed: int) -> NDArray[np.int64]:
    """Fold 0..folds-1 of each customer, shape (n,), from `customer_hashes`."""
    return np.asarray(_salted(hashes, seed, _FOLD) % np.uint64(folds), dtype=np.int64)


def training_sample(hashes: Hashes, limit: int, seed: int) -> NDArray[np.bool_]:
    """True for the at most `limit` customers with the smallest salted hash, shape (n,)."""
    if len(hashes) <= limit:
        return np.ones(len(hashes), dtype=np.bool_)
    salted = _salted(hashes, seed, _SAMPLE)
    # Strictly below the next hash, so that customers with equal hashes cannot depend on row order.
    return np.asarray(salted < np.partition(salted, limit)[limit], dtype=np.bool_)

"""Which fold a customer belongs to: a hash of the id, so neither row order nor machine matters."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FOLD: Final = 0x464F4C44
_SAMPLE: Final = 0x53414D50


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finaliser (Steele, Lea & Flood 2014): every input bit reaches every output bit."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)


def id_hashes(customer_ids: Iterable[str], seed: int, purpose: int = _FOLD) -> NDArray[np.uint64]:
    """64-bit hash of each id, shape (n,), salted by `seed`; the same on every machine."""
    # Two checksums of different starts make 64 bits; crc32 is defined by a standard and fast.
    low = np.array(
        [zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in customer_ids], dtype=np.uint64
    )
    salt = _mix(np.array([(seed << 32) ^ purpose], dtype=np.uint64))
    with np.errstate(over="ignore"):
        return _mix(_mix(low + np.uint64(0x9E3779B97F4A7C15)) ^ salt)


def fold_of(customer_ids: Iterable[str], folds: int, seed: int) -> NDArray[np.int64]:
    """Fold 0..folds-1 of each customer, shape (n,)."""
    return np.asarray(id_hashes(customer_ids, seed) % np.uint64(folds), dtype=np.int64)


def training_sample(customer_ids: Iterable[str], limit: int, seed: int) -> NDArray[np.bool_]:
    """True for the at most `limit` customers with the smallest hash, shape (n,)."""
    hashes = id_hashes(customer_ids, seed, _SAMPLE)
    if len(hashes) <= limit:
        return np.ones(len(hashes), dtype=np.bool_)
    # Strictly below the next hash, so that customers with equal hashes cannot depend on row order.
    return np.asarray(hashes < np.partition(hashes, limit)[limit], dtype=np.bool_)

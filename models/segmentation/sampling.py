"""Which customers stand for all of them: a fair draw that neither row order nor names can change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.folds import row_hashes

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def draw(matrix: Floats, limit: int, seed: int) -> Places:
    """Positions of at most `limit` rows of the matrix, shape (n, m), in an order of their contents.

    Rows are ordered by a hash of their values, then drawn with a seeded generator: alike customers are
    drawn as often as any, and any order of the same rows gives the same sample, row for row.
    """
    order = np.argsort(row_hashes(matrix), kind="stable")
    if len(order) <= limit:
        return order
    chosen = np.random.default_rng(seed).choice(len(order), limit, replace=False, shuffle=False)
    return order[np.sort(chosen)]


def distinct(matrix: Floats) -> int:
    """How many different rows there are."""
    return len(np.unique(row_hashes(matrix)))

"""Few distinct rows stand for many customers: telling them apart, fast."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def by_distinct(function: Callable[[Floats, Floats], Floats], x: Floats, observed: Floats) -> Floats:
    """function(x, observed) of each customer, shape (n,), worked out once for each distinct pair."""
    key, levels = packed(x, observed)
    distinct, position = np.unique(key, return_inverse=True)
    return function(*unpacked(distinct, levels))[position]


def packed(*columns: Floats) -> tuple[Integers, list[Floats]]:
    """One whole number for each row of the columns, in the rows' order, and the values it stands for.

    Sorting numbers is several times faster than sorting rows. Values that are whole numbers, such as
    days, stand for themselves; others are numbered first. Raises ValueError where 63 bits are too few.
    """
    key, levels = np.zeros(len(columns[0]), dtype=np.int64), []
    for column in columns:
        with np.errstate(invalid="ignore"):
            code = column.astype(np.int64)
        if not len(code) or (code.max() < 2**20 and np.array_equal(code, column)):
            values = np.arange(code.max(initial=0) + 1, dtype=np.float64)
        else:
            values, code = np.unique(column, return_inverse=True)
        key = key * len(values) + code
        levels.append(values)
    if math.prod(len(values) for values in levels) >= 2**63:
        raise ValueError("The columns have too many different values to tell their rows apart.")
    return key, levels


def unpacked(key: Integers, levels: list[Floats]) -> list[Floats]:
    """The columns that `packed` made into `key`."""
    columns = []
    for values in reversed(levels):
        key, code = np.divmod(key, len(values))
        columns.append(values[code])
    return columns[::-1]

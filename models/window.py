"""The customers of one window: in an order of their own, with what they did in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import ACTUAL_FLAG, ACTUAL_SPEND, CUSTOMER_ID, FEATURES
from models.folds import Hashes, customer_hashes, training_sample

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """Customers at a cutoff, one row each in `frame`; of all else the shape is (n,).

    `hashes` are of what is known of them at the cutoff and `frequency` their orders until then; `flag` is 1
    for who bought in the window and 0 for the others, `spent` their net spend in it, account currency.
    """

    frame: pd.DataFrame
    hashes: Hashes
    flag: Floats
    spent: Floats
    frequency: Floats

    def sample(self, limit: int, seed: int) -> Window:
        """At most `limit` of the customers, drawn by their hashes."""
        kept = training_sample(self.hashes, limit, seed)
        if kept.all():
            return self
        frame = self.frame[kept].reset_index(drop=True)
        return Window(frame, self.hashes[kept], self.flag[kept], self.spent[kept], self.frequency[kept])


def window_of(frame: pd.DataFrame) -> Window:
    """The customers of a frame of features and outcomes, one row each in any order.

    They are put in an order that does not depend on the file's: sums of floats depend on theirs.
    """
    hashes = customer_hashes(
        frame[list(FEATURES)].to_numpy(dtype=np.float64), frame[CUSTOMER_ID].to_numpy(dtype=object)
    )
    flag = (frame[ACTUAL_FLAG].to_numpy(dtype=np.float64) > 0).astype(np.float64)
    spent = frame[ACTUAL_SPEND].to_numpy(dtype=np.float64)
    # Whoever is still level is alike in everything that is learned from.
    order = np.lexsort((spent, flag, hashes))
    ordered = frame.iloc[order].reset_index(drop=True)
    frequency = ordered["frequency"].to_numpy(dtype=np.float64)
    return Window(ordered, hashes[order], flag[order], spent[order], frequency)

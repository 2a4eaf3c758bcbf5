"""RFM scores: each customer from 1 (worst) to 5 (best) on recency, frequency and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.segmentation.encoded import numbers_of
from models.segmentation.params import CUTS, RFM

Scores = NDArray[np.int8]
Cuts = tuple[float, ...]

RECENCY, FREQUENCY, MONETARY = RFM
BEST: Final = CUTS + 1
WORST: Final = 1
# The score of a column that the customers do not have.
UNKNOWN: Final = 0
_SHARES: Final = tuple(at / BEST for at in range(1, BEST))


def cut_points(values: ArrayLike) -> Cuts:
    """The four ascending cut points between scores: 20, 40, 60 and 80 % quantiles of the finite values.

    Each is a value that occurs, the lower neighbour of the quantile: scores are the same, and it reads
    better. Without any finite value all four are 0.
    """
    known = _floats(values)
    known = known[np.isfinite(known)]
    if not len(known):
        return (0.0,) * CUTS
    return tuple(float(cut) for cut in np.quantile(known, _SHARES, method="lower"))


def score(values: ArrayLike, cuts: Sequence[float], *, fewer_is_better: bool = False) -> Scores:
    """Scores 1 to 5, shape (n,): 1 and the number of cut points strictly below; equal values score equally.

    With `fewer_is_better` (recency) it is 5 less that number. A value that is missing scores 1.
    """
    numbers = _floats(values)
    missing = np.isnan(numbers)
    below = np.searchsorted(np.asarray(cuts, dtype=np.float64), np.where(missing, 0.0, numbers), side="left")
    scores = BEST - below if fewer_is_better else WORST + below
    return np.where(missing, WORST, scores).astype(np.int8)


def cuts_of(frame: pd.DataFrame, given: Mapping[str, Sequence[float]] | None = None) -> dict[str, Cuts]:
    """Cut points by RFM column of the frame: those given, else its quintiles."""
    own = given or {}
    return {
        name: tuple(float(cut) for cut in own[name]) if name in own else cut_points(frame[name])
        for name in known_columns(frame)
    }


def scores_of(frame: pd.DataFrame, cuts: Mapping[str, Sequence[float]]) -> Scores:
    """Scores of recency, frequency and money, shape (n, 3); 0 all down a column without cut points."""
    scores = np.full((len(frame), len(RFM)), UNKNOWN, dtype=np.int8)
    for at, name in enumerate(RFM):
        if name in cuts:
            scores[:, at] = score(frame[name], cuts[name], fewer_is_better=name == RECENCY)
    return scores


def known_columns(frame: pd.DataFrame) -> tuple[str, ...]:
    """Those of recency, frequency and money that at least one customer has a value of."""
    return tuple(name for name in RFM if name in frame and np.isfinite(_floats(frame[name])).any())


def _floats(values: Any) -> NDArray[np.float64]:
    return numbers_of(pd.Series(values))

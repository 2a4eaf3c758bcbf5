"""A clustering with its number of segments chosen, and what is said of how good it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.segmentation.assigners import Assigner
from models.segmentation.choose import Choice, choose_k
from models.segmentation.cluster import fit, refit_of
from models.segmentation.params import COUNTED, SegmentParams
from models.segmentation.quality import quality
from models.segmentation.stability import SAMPLES, stability, to_dict

Codes = NDArray[np.int16]
Floats = NDArray[np.float64]
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Found:
    """A fitted clustering, and how the number of its segments was chosen where it had to be."""

    assigner: Assigner
    choice: Choice | None


def cluster(matrix: Floats, params: SegmentParams, report: Report) -> Found:
    """Fit a clustering to customers, shape (n, m); k of 0 takes the recommended number of segments.

    What other numbers would give is worked out in either case. Raises `InputError` in words.
    """
    choice = None
    k = params.k
    with _no_warnings():
        if params.method in COUNTED and not k:
            report(0.15, "Trying numbers of segments")
            choice = choose_k(matrix, params.method, params.seed)
            k = choice.recommended
        report(0.5, "Finding segments")
        assigner = fit(matrix, params.method, k, eps=params.eps, min_size=params.min_size, seed=params.seed)
        if params.method in COUNTED and choice is None:
            report(0.6, "Trying other numbers of segments")
            choice = choose_k(matrix, params.method, params.seed)
    return Found(assigner, choice)


def judged(
    matrix: Floats, raw: Codes, keys: Sequence[str], found: Found, params: SegmentParams, report: Report
) -> dict[str, Any]:
    """Choice, quality and stability of the clusters `raw` (-1: outlier), whose segments have these keys."""
    k = len(keys)
    report(0.92, "Judging the segments")
    again = refit_of(params.method, k, eps=params.eps, min_size=params.min_size, customers=len(matrix))
    stable = None
    # One crowd is found again whatever is drawn: that would say nothing of it.
    if k > 1:
        with _no_warnings():
            found_again = stability(matrix, raw, again, k, params.seed, sample=SAMPLES[params.method])
        stable = to_dict(found_again, dict(enumerate(keys)))
    return {
        "choice": None if found.choice is None else found.choice.to_dict() | {"chosen": k},
        "quality": asdict(quality(matrix, raw, params.seed)),
        "stability": stable,
    }


@contextmanager
def _no_warnings() -> Iterator[None]:
    """K-Means warns where customers redrawn make fewer groups than asked; what comes of it is reported anyway."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield

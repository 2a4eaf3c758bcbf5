"""Where customers and segments stand against the average, which is what names and the order go by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.segmentation.encoded import is_number, numbers_of, words_of
from models.segmentation.naming import SATISFACTION
from models.segmentation.ordinal import levels_of
from models.segmentation.rfm import FREQUENCY, MONETARY, RECENCY, known_columns

Codes = NDArray[np.int16]
Floats = NDArray[np.float64]

# Segments nearer than this in all that names go by are not set apart by it.
TELLING: Final = 0.5
# Columns that say how content customers are: those that ask it come before those that rate products.
_CONTENT: Final = (
    re.compile(r"satisf|happi|\bnps\b|\bcsat\b|promoter|sentiment", re.IGNORECASE),
    re.compile(r"\brating|\bstars?\b|\breview.?score", re.IGNORECASE),
)
_NOT_CONTENT: Final = re.compile(r"credit|dissatisf|unsatisf|unhapp|number|count|\bid\b", re.IGNORECASE)


def standing_of(frame: pd.DataFrame, others: Sequence[str], labels: Mapping[str, str]) -> pd.DataFrame:
    """Standardised values of the customers, one row each: RFM columns after log1p, and satisfaction.

    Satisfaction is the mean of those of the `others` whose label speaks of it and whose values have an
    order; ratings stand in for it where there is none. Columns without a value are not there; a customer
    without a value is average (0).
    """
    found = {name: standardised(numbers_of(frame[name]), logarithm=True) for name in known_columns(frame)}
    for kind in _CONTENT:
        levels = [_levels(frame[key]) for key in others if _speaks_of(kind, labels.get(key, key))]
        known = [standardised(values, logarithm=False) for values in levels if values is not None]
        if known:
            found[SATISFACTION] = np.mean(known, axis=0)
            break
    return pd.DataFrame(found, index=range(len(frame)))


def standardised(numbers: Floats, *, logarithm: bool) -> Floats:
    """Values in standard deviations from their mean, after log1p where asked; 0 where missing or constant."""
    if logarithm:
        numbers = np.log1p(np.maximum(numbers, 0.0))
    # Sorted, sums do not depend on the order of the customers.
    known = np.sort(numbers[~np.isnan(numbers)])
    spread = float(known.std()) if len(known) else 0.0
    if spread <= 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0))):
        return np.zeros(len(numbers))
    places: Floats = np.nan_to_num((numbers - known.mean()) / spread, nan=0.0)
    return places


def means_of(values: Floats, codes: Codes, segments: int) -> Floats:
    """Mean of each column by segment 0..segments-1, shape (segments, m); NaN for one without customers."""
    known = codes >= 0
    owners = codes[known]
    counts = np.bincount(owners, minlength=segments).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [np.bincount(owners, weights=column[known], minlength=segments) for column in values.T]
    return np.stack(sums, axis=1) / counts[:, None] if sums else np.empty((segments, 0))


def centres_of(standing: pd.DataFrame, codes: Codes, segments: int) -> pd.DataFrame:
    """Mean standing of each segment, one row each."""
    means = means_of(standing.to_numpy(dtype=np.float64), codes, segments)
    return pd.DataFrame(np.nan_to_num(means), columns=standing.columns)


def shares_of(codes: Codes, segments: int) -> list[float]:
    """Share of all customers in each segment 0..segments-1."""
    counts = np.bincount(codes[codes >= 0], minlength=segments)[:segments]
    return [float(count) / max(len(codes), 1) for count in counts]


def tells(centres: pd.DataFrame) -> bool:
    """Whether segments differ in any of these columns, by half a standard deviation from one to another."""
    return bool(((centres.max() - centres.min()) >= TELLING).any())


def best_first(standing: pd.DataFrame, raw: Codes, clusters: int) -> tuple[int, ...]:
    """The code of each cluster: 0 for the best customers, by frequency and money less recency.

    Satisfaction counts where it is known; where nothing is, the largest cluster is first.
    """
    centres = centres_of(standing, raw, clusters)
    if centres.columns.empty:
        value = np.bincount(raw[raw >= 0], minlength=clusters).astype(np.float64)
    else:
        signs = {RECENCY: -1.0, FREQUENCY: 1.0, MONETARY: 1.0, SATISFACTION: 1.0}
        value = sum(
            (sign * centres[name].to_numpy() for name, sign in signs.items() if name in centres),
            np.zeros(clusters),
        )
    codes = np.empty(clusters, dtype=np.int64)
    codes[np.lexsort((np.arange(clusters), -np.round(value, 9)))] = np.arange(clusters)
    return tuple(int(code) for code in codes)


def _speaks_of(kind: re.Pattern[str], label: str) -> bool:
    plain = label.replace("_", " ")
    return bool(kind.search(plain)) and not _NOT_CONTENT.search(plain)


def _levels(values: pd.Series[Any]) -> Floats | None:
    """Numbers, or places on a scale of words; None for a column that has no order."""
    if is_number(values):
        return numbers_of(values)
    places, names = words_of(values)
    levels = levels_of(names)
    if levels is None:
        return None
    return np.array([*(levels[name] for name in names), np.nan])[places]

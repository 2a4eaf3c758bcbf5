"""Customers as rows of comparable numbers, which is what clustering compares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import InputError
from data.names import CUSTOMER_ID
from models.segmentation.encoded import (
    Category,
    Column,
    EncodedColumn,
    Number,
    Ordinal,
    column_from_dict,
    column_to_dict,
    is_number,
    numbers_of,
    words_of,
)
from models.segmentation.ordinal import levels_of
from models.segmentation.params import RFM

Floats = NDArray[np.float64]

# The share of customers at each end whose exact figure does not count, only that it is the largest.
TAIL: Final = 0.005
# Skewness from which a figure is taken in logs, and the share that may be below zero for that.
SKEWED: Final = 1.0
FEW_NEGATIVE: Final = 0.05
TOP_WORDS: Final = 20
# Text with more different values than this share of the customers names customers, not kinds of them.
NEARLY_UNIQUE: Final = 0.5
_SAME: Final = " has the same value."
_ID_WORDS: Final = re.compile(r"(^|[\s_.-])(id|no|nr|number|index|key|code)$|^(unnamed.*|index|row)$")


@dataclass(frozen=True)
class Encoder:
    """How each column becomes numbers; learned once, the same for every later customer."""

    parts: tuple[Column, ...]

    @property
    def columns(self) -> tuple[EncodedColumn, ...]:
        """What the columns of the matrix are, in their order."""
        return tuple(column for part in self.parts for column in part.columns)

    def transform(self, frame: pd.DataFrame) -> Floats:
        """The customers as numbers, shape (n, m); raises `InputError` for a column that is not there."""
        lacking = [part.label for part in self.parts if part.key not in frame]
        if lacking:
            raise InputError(
                f"These customers have no {', '.join(lacking)}: add it, or choose other columns."
            )
        matrix = np.empty((len(frame), len(self.columns)))
        start = 0
        for part in self.parts:
            end = start + len(part.columns)
            matrix[:, start:end] = part.transform(frame[part.key])
            start = end
        return matrix

    def described(self) -> list[dict[str, str]]:
        """What each column of the customers became: its key, its label and its scaling in words."""
        return [{"key": part.key, "label": part.label, "scaling": part.scaling} for part in self.parts]

    def to_dict(self) -> dict[str, Any]:
        """All that was learned, as plain JSON values."""
        return {"parts": [column_to_dict(part) for part in self.parts]}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Encoder:
        """The encoder of `to_dict`; raises KeyError, TypeError or ValueError if it is damaged."""
        return cls(tuple(column_from_dict(part) for part in given["parts"]))


def fit_encoder(
    frame: pd.DataFrame, features: Sequence[str], scaling: str, labels: Mapping[str, str]
) -> tuple[Encoder, list[str]]:
    """Learn how to turn the columns `features` into numbers, and what people should know of it, in sentences.

    `scaling` is a key of `params.SCALINGS`; `labels` gives the columns' words. Left out, each with a
    sentence: columns without a value, with one value for (nearly) everybody, ids, dates, and text that
    differs for most customers. Compared by recency, frequency and money, customers are always taken in
    logarithms under "auto". Raises `InputError` where nothing is left or a column is not there.
    """
    parts: list[Column] = []
    notes: list[str] = []
    # Days since the last order are about as skewed as the limit: by it, one refresh would take logarithms
    # and the next not, and the segments would be others.
    logged = RFM if set(RFM) <= set(features) else ()
    for key in features:
        if key not in frame:
            raise InputError(f"There is no column {labels.get(key, key)!r} to compare customers by.")
        found = _fit_column(frame[key], key, labels.get(key, key), scaling, notes, always_log=key in logged)
        if found is not None:
            parts.append(found)
    if not parts:
        raise InputError(_nothing(frame, notes))
    return Encoder(tuple(parts)), notes


def _nothing(frame: pd.DataFrame, notes: Sequence[str]) -> str:
    if len(frame) < 2:
        few = "There are no customers" if frame.empty else "There is only one customer"
        return f"{few}: segments need at least two who differ."
    if all(note.endswith(_SAME) for note in notes):
        return (
            "Every customer has the same values in what they would be compared by, so there is nothing to "
            "tell segments apart: choose other columns."
        )
    return f"There is nothing to tell segments apart by. {' '.join(notes)} Choose other columns."


def _fit_column(
    values: pd.Series[Any], key: str, label: str, scaling: str, notes: list[str], *, always_log: bool
) -> Column | None:
    gaps = int(values.isna().sum())
    why = None
    if len(values) == gaps:
        why = "no customer has a value"
    elif key == CUSTOMER_ID:
        why = "it names the customers"
    elif pd.api.types.is_datetime64_any_dtype(values):
        why = "dates cannot be compared as amounts"
    if why:
        notes.append(f"{label} was left out: {why}.")
        return None
    if is_number(values):
        known = numbers_of(values)
        if _is_id(known, label):
            notes.append(f"{label} was left out: it numbers the customers.")
            return None
        return _fit_number(known, key, label, scaling, notes, always_log=always_log)
    codes, words = words_of(values)
    levels = levels_of(words)
    if levels is not None:
        return _fit_levels(values, key, label, scaling, levels, notes)
    if len(words) > max(2, NEARLY_UNIQUE * (len(values) - gaps)):
        notes.append(f"{label} was left out: nearly every customer has another value.")
        return None
    return _fit_words(codes, words, key, label, scaling, notes)


def _is_id(values: Floats, label: str) -> bool:
    """Whole numbers, no two alike, that count the customers or are called an id."""
    if len(values) < 2 or np.isnan(values).any() or not np.array_equal(values, np.floor(values)):
        return False
    if len(np.unique(values)) < len(values):
        return False
    counts = len(values) > 2 and values.max() - values.min() == len(values) - 1
    called = _ID_WORDS.search(label.strip().lower()) is not None
    # Days since the last order can count the customers by chance where there are few of them.
    return called or (bool(counts) and len(values) >= 100)


def _fit_number(
    values: Floats,
    key: str,
    label: str,
    scaling: str,
    notes: list[str],
    *,
    always_log: bool = False,
    say_fill: bool = True,
) -> Number | None:
    gaps = np.isnan(values)
    # Sorted, sums do not depend on the order of the customers.
    known = np.sort(values[~gaps])
    if not len(known):
        notes.append(f"{label} was left out: no customer has a value.")
        return None
    if scaling == "none":
        low = high = None
        bulk = known
    else:
        low, high = (float(value) for value in np.quantile(known, (TAIL, 1.0 - TAIL)))
        bulk = np.clip(known, low, high)
    if bulk[-1] - bulk[0] <= 1e-9 * max(1.0, abs(bulk[0]), abs(bulk[-1])):
        many = "every customer" if known[0] == known[-1] else "nearly every customer"
        notes.append(f"{label} was left out: {many}{_SAME}")
        return None
    fill = float(np.median(known))
    few_negative = float(np.mean(bulk < 0)) <= FEW_NEGATIVE
    log = scaling == "auto" and few_negative and (always_log or _wants_log(bulk))
    if log and low is not None and low < 0:
        below = int(np.searchsorted(known, 0.0))
        notes.append(f"{label} is below zero for {_customers(below)}; they count as zero.")
        low = 0.0
        bulk = np.clip(bulk, 0.0, None)
    if log:
        bulk = np.log1p(bulk)
    centre, scale, words = _scale_of(bulk, scaling)
    if gaps.any():
        middle = f" ({fill:,.6g})" if say_fill else ""
        notes.append(
            f"{_customers(int(gaps.sum()), 'has', 'have')} no {label}; they count as the middle of the others{middle}."
        )
    return Number(key, label, f"logarithm, {words}" if log else words, low, high, log, fill, centre, scale)


def _customers(count: int, one: str = "", many: str = "") -> str:
    verb = one if count == 1 else many
    return f"{count:,} {'customer' if count == 1 else 'customers'}{' ' if verb else ''}{verb}"


def _wants_log(bulk: Floats) -> bool:
    """True where a few are far larger than the rest and the logarithm draws them nearer."""
    before = _skewness(bulk)
    return before > SKEWED and abs(_skewness(np.log1p(np.maximum(bulk, 0.0)))) < before


def _skewness(values: Floats) -> float:
    spread = float(values.std())
    if spread == 0:
        return 0.0
    away = (values - values.mean()) / spread
    # A power is ten times as slow.
    return float((away * away * away).mean())


def _scale_of(bulk: Floats, scaling: str) -> tuple[float, float, str]:
    """Centre, scale and words of the scaling of a figure that varies."""
    if scaling == "none":
        return 0.0, 1.0, "as it is"
    if scaling == "robust":
        first, middle, third = np.quantile(bulk, (0.25, 0.5, 0.75))
        if third > first:
            # 1.349 quartile ranges make a standard deviation of a normal distribution.
            return float(middle), float((third - first) / 1.349), "by median and quartiles"
    return float(bulk.mean()), float(bulk.std()), "standardised"


def _fit_levels(
    values: pd.Series[Any], key: str, label: str, scaling: str, levels: Mapping[str, int], notes: list[str]
) -> Ordinal | None:
    whole = Ordinal(key, label, "", None, None, False, 0.0, 0.0, 1.0, levels)
    # A level is at most a few steps from the next: no logarithm, whatever the skewness.
    plain = "standard" if scaling == "auto" else scaling
    number = _fit_number(whole.values(values), key, label, plain, notes, say_fill=False)
    if number is None:
        return None
    ordered = sorted(levels, key=lambda word: (levels[word], word))
    words = f"in order ({', '.join(ordered)}), {number.scaling}"
    return Ordinal(**{**vars(number), "scaling": words}, levels={word: levels[word] for word in ordered})


def _fit_words(
    codes: NDArray[np.intp], words: list[str], key: str, label: str, scaling: str, notes: list[str]
) -> Category | None:
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    gaps = int((codes < 0).sum())
    if len(words) + (gaps > 0) < 2:
        notes.append(f"{label} was left out: every customer{_SAME}")
        return None
    # The most frequent, ties in alphabetical order.
    order = np.argsort(-counts, kind="stable")
    kept = order[:TOP_WORDS]
    rest = len(words) > len(kept)
    if rest:
        notes.append(
            f"{label} has {len(words):,} different values: the {TOP_WORDS} most frequent count by name, "
            "the others together."
        )
    shares = [*counts[kept], *([counts[order[TOP_WORDS:]].sum()] if rest else []), *([gaps] if gaps else [])]
    p = np.asarray(shares, dtype=np.float64) / len(codes)
    if len(p) == 2:
        p = p[1:]
    if scaling == "none":
        centre, scale = np.zeros(len(p)), 1.0
    else:
        # All columns of a category together vary as much as one standardised figure, however many values.
        centre, scale = p, float(np.sqrt((p * (1.0 - p)).sum()))
    how = "one column a value" if scaling == "none" else "one column a value, together as one figure"
    names = tuple(words[place] for place in kept)
    return Category(key, label, how, names, rest, gaps > 0, tuple(float(value) for value in centre), scale)

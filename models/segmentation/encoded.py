"""One column of customers as numbers to cluster by: a figure, words in order, or one column a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OTHER: Final = "Other"
UNKNOWN: Final = "Not known"
# Squares and their sums must stay finite.
LARGEST: Final = 1e100


@dataclass(frozen=True)
class EncodedColumn:
    """A column of the matrix: the customers' column it comes of, its words, and the value it stands for."""

    key: str
    label: str
    part: str = ""

    @property
    def name(self) -> str:
        """What people read: "Spent" or "City: Boston"."""
        return f"{self.label}: {self.part}" if self.part else self.label


def is_number(values: pd.Series[Any]) -> bool:
    """True for columns of numbers; truth values are categories."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def numbers_of(values: pd.Series[Any]) -> Floats:
    """The column as numbers, shape (n,); what is no finite number is NaN, none is beyond 1e100."""
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype(object), errors="coerce")
    found = values.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    found[np.isinf(found)] = np.nan
    return np.clip(found, -LARGEST, LARGEST, out=found)


def words_of(values: pd.Series[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Number of each customer's word, shape (n,), -1 where not known, and the words in alphabetical order."""
    codes, found = pd.factorize(values)
    words = [str(word) for word in found]
    # Words of two types can be written alike (1 and "1"); sorted, their numbers do not depend on row order.
    ordered = sorted(set(words))
    place = {word: position for position, word in enumerate(ordered)}
    table = np.array([*(place[word] for word in words), -1], dtype=np.intp)
    return table[codes], ordered


@dataclass(frozen=True)
class Number:
    """A figure: gaps filled, clipped to [low, high], in logs where `log`, less `centre`, over `scale`."""

    key: str
    label: str
    scaling: str
    low: float | None
    high: float | None
    log: bool
    fill: float
    centre: float
    scale: float

    @property
    def columns(self) -> tuple[EncodedColumn, ...]:
        """The one column it becomes."""
        return (EncodedColumn(self.key, self.label),)

    def values(self, column: pd.Series[Any]) -> Floats:
        """What is scaled, shape (n,)."""
        return numbers_of(column)

    def transform(self, column: pd.Series[Any]) -> Floats:
        """The scaled figures, shape (n, 1)."""
        found = self.values(column)
        found[np.isnan(found)] = self.fill
        if self.low is not None and self.high is not None:
            np.clip(found, self.low, self.high, out=found)
        if self.log:
            np.log1p(found, out=found)
        return ((found - self.centre) / self.scale)[:, None]


@dataclass(frozen=True)
class Ordinal(Number):
    """Words in an order, counted up from the lowest, then scaled like a figure."""

    levels: Mapping[str, int]

    def values(self, column: pd.Series[Any]) -> Floats:
        """Level of each customer, shape (n,)."""
        codes, words = words_of(column)
        return np.array([*(self.levels.get(word, np.nan) for word in words), np.nan])[codes]


@dataclass(frozen=True)
class Category:
    """Words without order: one column a word, the rare ones together, so that all weigh as one figure does.

    `rest` says whether there is a column for words that are not among `words`, `gaps` for those not known.
    """

    key: str
    label: str
    scaling: str
    words: tuple[str, ...]
    rest: bool
    gaps: bool
    centre: tuple[float, ...]
    scale: float

    @property
    def parts(self) -> tuple[str, ...]:
        """The words that have a column of their own, then those who share one."""
        return (*self.words, *([OTHER] if self.rest else []), *([UNKNOWN] if self.gaps else []))

    @property
    def columns(self) -> tuple[EncodedColumn, ...]:
        """One for each part; of two parts the last says it all."""
        return tuple(EncodedColumn(self.key, self.label, part) for part in self.shown)

    @property
    def shown(self) -> tuple[str, ...]:
        """The parts that become columns."""
        return self.parts[1:] if len(self.parts) == 2 else self.parts

    def transform(self, column: pd.Series[Any]) -> Floats:
        """The scaled indicators, shape (n, number of columns)."""
        flags = self.indicators(column)
        flags -= np.asarray(self.centre)
        flags /= self.scale
        return flags

    def indicators(self, column: pd.Series[Any]) -> Floats:
        """1 for the customer's own part and 0 for others; words met later without a column are 0 in all."""
        codes, words = words_of(column)
        place = {word: position for position, word in enumerate(self.words)}
        rest = len(self.words) if self.rest else -1
        gaps = len(self.parts) - 1 if self.gaps else -1
        part = np.array([*(place.get(word, rest) for word in words), gaps], dtype=np.intp)[codes]
        first = len(self.parts) - len(self.shown)
        return np.asarray(part[:, None] == np.arange(first, len(self.parts), dtype=np.intp), dtype=np.float64)


Column = Number | Ordinal | Category
_KINDS: Final[dict[str, type[Column]]] = {"number": Number, "ordinal": Ordinal, "category": Category}


def column_to_dict(column: Column) -> dict[str, Any]:
    """The column as plain JSON values."""
    kind = next(name for name, each in _KINDS.items() if type(column) is each)
    return {"kind": kind, **asdict(column)}


def column_from_dict(given: Mapping[str, Any]) -> Column:
    """The column of `column_to_dict`; raises KeyError, TypeError or ValueError if it is damaged."""
    kind = _KINDS[given["kind"]]
    values = {item.name: given[item.name] for item in fields(kind)}
    numbers = [values[name] for name in ("low", "high", "fill", "centre") if values.get(name) is not None]
    _check_numbers([values["scale"], *(_listed(number) for number in numbers)])
    if kind is Category:
        values["words"] = tuple(str(word) for word in values["words"])
        values["centre"] = tuple(float(value) for value in values["centre"])
    column = kind(**values)
    if isinstance(column, Category) and len(column.centre) != len(column.shown):
        raise ValueError(f"{column.key} has not one value for each column")
    if not column.scale > 0:
        raise ValueError(f"{column.key} has no scale")
    return column


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) else value


def _check_numbers(values: list[Any]) -> None:
    for value in values:
        if not np.isfinite(np.asarray(value, dtype=np.float64)).all():
            raise ValueError("a value is not a finite number")

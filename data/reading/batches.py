"""The one shape in which every kind of file is read: batches of text columns with line numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.errors import InputError

MAX_COLUMNS: Final = 2000


@dataclass(frozen=True)
class OddRow:
    """A row that does not fit the table: its line, its cells as far as they can be told, and why."""

    line_no: int
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: `columns` of text, all of one length, with the line each row starts on.

    `odd` are rows that do not fit; `blank` counts blank lines, which are no rows; `done` is the share of
    the file read so far.
    """

    columns: tuple[pa.Array, ...]
    line_no: npt.NDArray[np.int64]
    odd: tuple[OddRow, ...] = field(default=())
    blank: int = 0
    done: float = 1.0


def check_width(columns: int, name: str) -> None:
    """Raise InputError where a table has more columns than can be imported."""
    if columns > MAX_COLUMNS:
        raise InputError(f"{name} has {columns:,} columns; at most {MAX_COLUMNS:,} can be imported.")

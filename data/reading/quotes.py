"""Quotes that are opened and never closed: told from honest cells of several lines, and read line by line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# So many rows show what the cells of a column look like, and so few show nothing.
_SHAPE_ROWS: Final = 300
_FEWEST_ROWS: Final = 5
_REGULAR: Final = 0.5
# Of the columns whose cells look alike, so many must look so in a line that is to pass for a row.
_ALIKE: Final = 0.6
_FEWEST_LINES: Final = 2
# Lines are read again where quotes overlap; beyond this many times each, they are only counted.
_MOST_READINGS: Final = 20
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Grid:
    """What rows of a table look like: its delimiter, its cells in a row, and the usual shape of each cell.

    A shape is None where the cells of a column have none in common.
    """

    delimiter: str
    width: int
    shapes: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, delimiter: str, width: int, rows: Sequence[Sequence[str]]) -> Grid:
        """The grid that `rows` show, all of `width` cells."""
        some = rows[:: max(1, len(rows) // _SHAPE_ROWS)]
        if len(some) < _FEWEST_ROWS:
            return cls(delimiter, width)
        return cls(delimiter, width, tuple(_usual([row[at] for row in some]) for at in range(width)))

    def is_row(self, line: str) -> bool:
        """Whether a line, read alone, looks like a row of the table."""
        if line.count(self.delimiter) < self.width - 1:
            return False
        cells = split(line, self.delimiter)
        if len(cells) != self.width or 2 * sum(bool(cell.strip()) for cell in cells) < self.width:
            return False
        regular = [at for at, shape in enumerate(self.shapes) if shape]
        if not regular:
            return self.width > 2
        return sum(_shape(cells[at]) == self.shapes[at] for at in regular) >= _ALIKE * len(regular)


def _usual(cells: list[str]) -> str | None:
    shape, count = Counter(map(_shape, cells)).most_common(1)[0]
    return shape if shape and count > _REGULAR * len(cells) else None


def _shape(cell: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("0", cell.strip().lstrip("+-")))


def split(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a text of one row; the text as one cell where it cannot be cut."""
    try:
        return tuple(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return (line,)


def is_stray(lines: Sequence[str], grid: Grid) -> bool:
    """Whether the row of `lines` (without their ends) is of several lines only because of a stray quote.

    It is where the quote is never closed, where what closes it opens a cell of another row, and where most
    lines inside look like rows of the table.
    """
    if len(lines) < 2:
        return is_open(lines, grid.delimiter)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=grid.delimiter, strict=True)
    try:
        next(reader, None)
    except csv.Error as error:
        if "unexpected end" in str(error):
            return True
        closing = lines[reader.line_num - 1]
        opens = re.search(rf'(?:^|{re.escape(grid.delimiter)})"[^"\r]', closing)
        if reader.line_num > 1 and opens and "expected after" in str(error) and grid.is_row(closing):
            return True
    inside = [line for line in lines[1:-1] if line.strip()]
    alike = sum(grid.is_row(line) for line in inside)
    return alike >= _FEWEST_LINES and 2 * alike > len(inside)


def is_open(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quote is open at the end of `lines`."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        next(reader, None)
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


@dataclass(frozen=True)
class Reread:
    """A row read from lines that a quote had swallowed: where it begins, and whether its own quote is stray."""

    offset: int
    cells: tuple[str, ...]
    stray: bool


def reread(lines: Sequence[str], grid: Grid) -> Iterator[Reread]:
    """The rows of `lines`, of which the first opens a stray quote; a blank line is a row of no cells."""
    yield _stray(lines, 0, grid)
    at, left = 1, _MOST_READINGS * len(lines)
    while at < len(lines):
        if not lines[at].strip("\r"):
            # What follows the last line end is no line.
            if at + 1 < len(lines):
                yield Reread(at, (), False)
            at += 1
            continue
        cells, used = _row(lines, at, grid.delimiter)
        left -= used
        if left < 0 or ('"' in lines[at] and is_stray(lines[at : at + used], grid)):
            yield _stray(lines, at, grid)
            at += 1
        else:
            yield Reread(at, cells, False)
            at += used


def _row(lines: Sequence[str], at: int, delimiter: str) -> tuple[tuple[str, ...], int]:
    """The cells of the row that begins at line `at`, and how many lines it is of."""
    if '"' not in lines[at]:
        return split(lines[at], delimiter), 1
    ended = (lines[on] + "\n" * (on + 1 < len(lines)) for on in range(at, len(lines)))
    reader = csv.reader(ended, delimiter=delimiter)
    try:
        return tuple(next(reader)), reader.line_num
    except csv.Error:
        return (lines[at],), 1


def _stray(lines: Sequence[str], at: int, grid: Grid) -> Reread:
    return Reread(at, tuple(lines[at].rstrip("\r").split(grid.delimiter)), True)


def mended(lines: Iterable[str], grid: Grid) -> Iterator[list[str]]:
    """The rows of `lines` (with their ends), those that a stray quote swallowed among them.

    Raises csv.Error for a cell beyond csv's limit.
    """
    held: list[str] = []

    def passing() -> Iterator[str]:
        for line in lines:
            held.append(line)
            yield line

    for row in csv.reader(passing(), delimiter=grid.delimiter):
        bare, held[:] = [line.rstrip("\n") for line in held], []
        if len(bare) > 1 and is_stray(bare, grid):
            yield from (list(each.cells) for each in reread(bare, grid))
        else:
            yield row

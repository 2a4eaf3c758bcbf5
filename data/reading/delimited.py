"""Delimited and fixed-width text, streamed: every physical row comes out, as a row or as an odd row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from data.errors import InputError
from data.reading.batches import Batch, OddRow
from data.reading.dialects import PROTECTED
from data.reading.encodings import Utf8Stream
from data.reading.layouts import FixedLayout
from data.reading.quotes import Grid, Reread, is_stray, reread, split
from data.reading.sources import ByteSource, Content

WRONG_CELLS: Final = "wrong number of cells"
UNCLOSED_QUOTE: Final = "quote never closed"
_BLOCK_BYTES: Final = 4 << 20
# A character that no text holds: the whole line becomes one cell.
_NO_DELIMITER: Final = "\x1f"


@dataclass(frozen=True)
class TextTable:
    """How to read a text file: its encoding, its cut, and how many rows come before the data."""

    path: Path
    content: Content
    name: str
    encoding: str
    delimiter: str
    width: int
    header_rows: int
    fixed: FixedLayout | None = None


def read_text(table: TextTable) -> Iterator[Batch]:
    """Stream `table` in bounded memory; raises InputError where it cannot be decoded or cut."""
    with ByteSource(table.path, table.content, table.name) as source:
        stream = Utf8Stream(source, table.encoding, table.name, remembers=table.fixed is None)
        yield from _Reader(table, source, stream).batches()


@dataclass
class _Reader:
    table: TextTable
    source: ByteSource
    stream: Utf8Stream
    refused: list[Any] = field(default_factory=list)
    blank_lines: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    next_row: int = 1
    extra_lines: int = 0
    grid: Grid | None = None
    # Blank lines among those that a stray quote swallowed, in the block at hand.
    blank_inside: int = 0

    def batches(self) -> Iterator[Batch]:
        reader = None
        try:
            reader = self._open()
            while True:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                yield self._batch(batch.columns, batch.num_rows)
        except pa.ArrowInvalid as error:
            raise self._uncuttable(error) from None
        if self.refused:
            yield self._batch([pa.array([], pa.string())] * self._width(), 0)

    def _width(self) -> int:
        return 1 if self.table.fixed else self.table.width

    def _open(self) -> Any:
        names = [f"c{at}" for at in range(self._width())]
        fixed = self.table.fixed is not None
        return arrow_csv.open_csv(
            pa.PythonFile(self.stream, mode="r"),
            # Row numbers are told in order only when one thread reads.
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=_BLOCK_BYTES, encoding="utf8"
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=_NO_DELIMITER if fixed else self.table.delimiter,
                quote_char=False if fixed else '"',
                newlines_in_values=not fixed,
                ignore_empty_lines=False,
                invalid_row_handler=self._refuse,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )

    def _refuse(self, row: Any) -> str:
        self.refused.append(row)
        return "skip"

    def _uncuttable(self, error: pa.ArrowInvalid) -> InputError:
        line = self.next_row + self.extra_lines
        if "straddling" in str(error) or "out of sync" in str(error):
            # Which of the two it is cannot be told for certain: reading ahead goes on in another thread.
            return InputError(
                f"{self.table.name}: after line {line - 1:,} a quote is never closed, or a line is longer than "
                f"{_BLOCK_BYTES >> 20} MB, so the rest of the file cannot be told apart; nothing was imported. Close the "
                "quote, or shorten the line."
            )
        return InputError(
            f"{self.table.name} cannot be read as a table near line {line:,}; nothing was imported."
        )

    def _batch(self, columns: Sequence[pa.Array], count: int) -> Batch:
        """Number the rows of one block, and turn the refused ones among them into odd rows."""
        numbers, odd = self._numbers(count)
        lines, odd_lines = self._lines(columns, numbers, odd)
        self.next_row = max([self.next_row, *(numbers[-1:] + 1).tolist(), *(row.number + 1 for row in odd)])
        if numbers.size and numbers[0] <= self.table.header_rows:
            keep = int(np.searchsorted(numbers, self.table.header_rows, side="right"))
            columns, lines = [column.slice(keep) for column in columns], lines[keep:]
        columns, lines, blank = self._without_blank_lines(columns, lines)
        odd_rows: list[OddRow] = []
        found: list[tuple[int, tuple[str, ...]]] = []
        if self.table.fixed is None:
            columns, lines = self._without_stray_quotes(columns, lines, found, odd_rows)
        for row, line in zip(odd, odd_lines, strict=True):
            if row.number > self.table.header_rows:
                self._take_odd(row.text, line, columns, found, odd_rows)
        if found:
            columns, lines = _with_rows(columns, lines, found)
        if self.stream.has_protected:
            columns = [_unwrapped(column) for column in columns]
        blank, self.blank_inside = blank + self.blank_inside, 0
        self.stream.forget(self.next_row + self.extra_lines)
        if self.table.fixed is not None:
            columns, lines, unfit = _cut(columns[0], lines, self.table.fixed)
            odd_rows += unfit
        return Batch(tuple(columns), lines, tuple(odd_rows), blank, self.source.share())

    def _numbers(self, count: int) -> tuple[npt.NDArray[np.int64], list[Any]]:
        """Row numbers (from 1) of the `count` good rows of a block, and the refused rows among them."""
        base = np.arange(self.next_row, self.next_row + count, dtype=np.int64)
        if not self.refused:
            return base, []
        odd = np.array([row.number for row in self.refused], dtype=np.int64)
        numbers = base + np.searchsorted(odd - np.arange(odd.size), base, side="right")
        last = int(numbers[-1]) if count else None
        here = len(odd) if last is None else int(np.searchsorted(odd, last))
        mine, self.refused = self.refused[:here], self.refused[here:]
        return numbers, mine

    def _lines(
        self, columns: Sequence[pa.Array], numbers: npt.NDArray[np.int64], odd: list[Any]
    ) -> tuple[npt.NDArray[np.int64], list[int]]:
        """The physical line each row starts on: its number, and the line breaks inside cells before it."""
        odd_breaks = [row.text.count("\n") for row in odd]
        breaks = _breaks(columns, len(numbers)) if not self.table.fixed else None
        odd_numbers = np.array([row.number for row in odd], dtype=np.int64)
        if breaks is None and not any(odd_breaks):
            return numbers + self.extra_lines, [int(number) + self.extra_lines for number in odd_numbers]
        every = np.concatenate([numbers, odd_numbers])
        inside = np.concatenate([np.zeros(len(numbers), np.int64) if breaks is None else breaks, odd_breaks])
        order = np.argsort(every, kind="stable")
        before = np.empty(len(every), np.int64)
        before[order] = np.cumsum(inside[order]) - inside[order]
        lines = every + before + self.extra_lines
        self.extra_lines += int(inside.sum())
        return lines[: len(numbers)], [int(line) for line in lines[len(numbers) :]]

    def _take_odd(
        self,
        text: str,
        line: int,
        columns: Sequence[pa.Array],
        found: list[tuple[int, tuple[str, ...]]],
        odd: list[OddRow],
    ) -> None:
        """A refused row as an odd row; where a stray quote made it, each line that was swallowed."""
        if "\n" in text:
            parts = text.split("\n")
            if text.count('"') % 2 or is_stray(parts, self._grid(columns)):
                self._share_out(reread(parts, self._grid(columns)), line, found, odd)
                return
        odd.append(OddRow(line, split(text, self.table.delimiter), WRONG_CELLS))

    def _without_stray_quotes(
        self,
        columns: Sequence[pa.Array],
        lines: npt.NDArray[np.int64],
        found: list[tuple[int, tuple[str, ...]]],
        odd: list[OddRow],
    ) -> tuple[Sequence[pa.Array], npt.NDArray[np.int64]]:
        """The rows whose cells of several lines are honest; the lines of the others are shared out anew."""
        spans = _breaks(columns, len(lines))
        if spans is None or not spans.any():
            return columns, lines
        keep = np.ones(len(lines), np.bool_)
        for at in self._suspects(columns, spans):
            first = int(lines[at])
            parts = self.stream.lines(first, first + int(spans[at]))
            cells = [column[at].as_py() for column in columns]
            if len(parts) != spans[at] + 1 or not _begins(parts[0], cells, self.table.delimiter):
                continue
            if is_stray(parts, self._grid(columns)):
                self._share_out(reread(parts, self._grid(columns)), first, found, odd)
                keep[at] = False
        if keep.all():
            return columns, lines
        return [column.filter(pa.array(keep)) for column in columns], lines[keep]

    def _suspects(self, columns: Sequence[pa.Array], spans: npt.NDArray[np.int64]) -> list[int]:
        """Rows with a cell that may hold another row: as many delimiters below its first line as that has."""
        found = {len(spans) - 1} if spans[-1] else set()
        for place, column in enumerate(columns):
            inside = pc.match_substring(column, "\n").to_numpy(zero_copy_only=False)
            at = np.flatnonzero(inside)
            for row, cell in zip(at.tolist(), column.take(pa.array(at)).to_pylist(), strict=True):
                _, *inside_lines, last = (part.count(self.table.delimiter) for part in cell.split("\n"))
                # A row begins below the first line, and ends in this one or within the cell.
                if last >= place or sum(marks >= len(columns) - 1 for marks in inside_lines) > 1:
                    found.add(row)
        return sorted(found)

    def _grid(self, columns: Sequence[pa.Array]) -> Grid:
        """What rows look like, as the first block with enough of them shows."""
        if self.grid is None or not self.grid.shapes:
            parts = [column.slice(0, 3000).to_pylist() for column in columns]
            self.grid = Grid.of(self.table.delimiter, self.table.width, list(zip(*parts, strict=True)))
        return self.grid

    def _share_out(
        self,
        rows: Iterator[Reread],
        line: int,
        found: list[tuple[int, tuple[str, ...]]],
        odd: list[OddRow],
    ) -> None:
        for row in rows:
            if row.stray:
                odd.append(OddRow(line + row.offset, row.cells, UNCLOSED_QUOTE))
            elif not row.cells:
                self.blank_inside += 1
            elif len(row.cells) == self.table.width:
                found.append((line + row.offset, row.cells))
            else:
                odd.append(OddRow(line + row.offset, row.cells, WRONG_CELLS))

    def _without_blank_lines(
        self, columns: Sequence[pa.Array], lines: npt.NDArray[np.int64]
    ) -> tuple[Sequence[pa.Array], npt.NDArray[np.int64], int]:
        """Blank lines look like rows of empty cells; the stream knows which they are."""
        self.blank_lines = known = np.concatenate([self.blank_lines, self.stream.take_blank_lines()])
        if not len(known) or not len(lines):
            return columns, lines, 0
        here = known[(known >= lines[0]) & (known <= lines[-1])]
        at = np.searchsorted(lines, here)
        blank = np.zeros(len(lines), np.bool_)
        blank[at[lines[at] == here]] = True
        for column in columns:
            if not blank.any():
                break
            blank &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        self.blank_lines = known[known > lines[-1]]
        if not blank.any():
            return columns, lines, 0
        keep = pa.array(~blank)
        return [column.filter(keep) for column in columns], lines[~blank], int(blank.sum())


def _breaks(columns: Sequence[pa.Array], count: int) -> npt.NDArray[np.int64] | None:
    """Line breaks inside the cells of each row, or None where there are none at all."""
    total = None
    for column in columns:
        data = column.buffers()[2]
        if data is None or b"\n" not in memoryview(data).tobytes():
            continue
        inside = pc.count_substring(column, "\n").to_numpy(zero_copy_only=False).astype(np.int64)
        total = inside if total is None else total + inside
    return total if count else None


def _begins(line: str, cells: Sequence[str], delimiter: str) -> bool:
    """Whether a row of `cells` begins with `line`: where returns end lines as well, another line may be it."""
    place = next(at for at, cell in enumerate(cells) if "\n" in cell)
    begun = [*cells[:place], cells[place].split("\n")[0].rstrip("\r")]
    return list(split(line.rstrip("\r"), delimiter)) == begun


def _unwrapped(column: pa.Array) -> pa.Array:
    """The column with the texts of cells written as ="00123"."""
    if not pc.any(pc.starts_with(column, '="')).as_py():
        return column
    return pc.replace_substring_regex(column, f"\\A{PROTECTED.pattern}\\z", r"\1")


def _with_rows(
    columns: Sequence[pa.Array], lines: npt.NDArray[np.int64], found: list[tuple[int, tuple[str, ...]]]
) -> tuple[list[pa.Array], npt.NDArray[np.int64]]:
    """The rows with those that were `found` in their places."""
    every = np.concatenate([lines, np.array([line for line, _ in found], np.int64)])
    order = np.argsort(every, kind="stable")
    cells = zip(*(row for _, row in found), strict=True)
    whole = [
        pa.concat_arrays([column, pa.array(more, pa.string())]).take(pa.array(order))
        for column, more in zip(columns, cells, strict=True)
    ]
    return whole, every[order]


def _cut(
    texts: pa.Array, lines: npt.NDArray[np.int64], layout: FixedLayout
) -> tuple[list[pa.Array], npt.NDArray[np.int64], list[OddRow]]:
    """Fixed-width lines as columns; lines of another shape as odd rows."""
    parts = pc.extract_regex(texts, layout.pattern)
    fits = parts.is_valid()
    unfit = [
        OddRow(int(line), (text,), WRONG_CELLS)
        for line, text in zip(lines[~_bools(fits)], texts.filter(pc.invert(fits)).to_pylist(), strict=True)
    ]
    kept = parts.filter(fits)
    return [kept.field(at) for at in range(len(layout.columns))], lines[_bools(fits)], unfit


def _bools(mask: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)

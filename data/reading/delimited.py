"""Delimited and fixed-width text, streamed: every physical row comes out, as a row or as an odd row."""

from __future__ import annotations

import csv
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
from data.reading.encodings import Utf8Stream
from data.reading.layouts import FixedLayout
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
        stream = Utf8Stream(source, table.encoding, table.name)
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
        if self.stream.longest_line >= _BLOCK_BYTES:
            return InputError(
                f"{self.table.name}: a line after line {line - 1:,} is longer than {_BLOCK_BYTES >> 20} MB, as no row "
                "of a table is; nothing was imported. Remove it or shorten its texts."
            )
        if "straddling" in str(error) or "out of sync" in str(error):
            return InputError(
                f"{self.table.name}: a quote opened after line {line - 1:,} is never closed, so the rest of the file "
                "cannot be told apart; nothing was imported. Close the quote or remove it."
            )
        return InputError(
            f"{self.table.name} cannot be read as a table near line {line:,}; nothing was imported."
        )

    def _batch(self, columns: Sequence[pa.Array], count: int) -> Batch:
        """Number the rows of one block, and turn the refused ones among them into odd rows."""
        numbers, odd = self._numbers(count)
        lines, odd_lines = self._lines(columns, numbers, odd)
        self.next_row = max([self.next_row, *(numbers[-1:] + 1).tolist(), *(row.number + 1 for row in odd)])
        odd_rows = [
            each
            for row, line in zip(odd, odd_lines, strict=True)
            if row.number > self.table.header_rows
            for each in self._odd_rows(row, line)
        ]
        if numbers.size and numbers[0] <= self.table.header_rows:
            keep = int(np.searchsorted(numbers, self.table.header_rows, side="right"))
            columns, lines = [column.slice(keep) for column in columns], lines[keep:]
        columns, lines, blank = self._without_blank_lines(columns, lines)
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

    def _odd_rows(self, row: Any, line: int) -> Iterator[OddRow]:
        """The cells of a refused row; where a quote was never closed, each line it swallowed."""
        text = row.text
        if "\n" not in text or text.count('"') % 2 == 0:
            yield OddRow(line, _cells(text, self.table.delimiter), WRONG_CELLS)
            return
        for offset, part in enumerate(text.split("\n")):
            yield OddRow(line + offset, tuple(part.rstrip("\r").split(self.table.delimiter)), UNCLOSED_QUOTE)

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


def _cells(text: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([text], delimiter=delimiter), []))
    except csv.Error:
        return (text,)


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

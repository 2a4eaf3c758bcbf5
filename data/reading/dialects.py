"""How a text file is cut into cells: its delimiter, its header, and a sample of its rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from data.errors import InputError
from data.reading.encodings import TextScan
from data.reading.layouts import FIXED_LAYOUTS, LAYOUTS, FixedLayout
from data.reading.options import DELIMITERS, Detected
from data.reading.profiles import ColumnProfile
from data.reading.quotes import Grid, mended
from data.reading.vocabulary import CUSTOMER_ROLE_NAMES, ROLE_NAMES, plain_name

_SAMPLE_ROWS: Final = 5000
# A cell in which Excel is to see a text and not a number.
PROTECTED: Final = re.compile(r'="([^"]*)"')
_FIXED_SHARE: Final = 0.9
_MAX_COLUMNS: Final = 2000
_KNOWN_NAMES: Final = (
    frozenset(name for names in ROLE_NAMES.values() for name in names)
    | frozenset(name for names in CUSTOMER_ROLE_NAMES.values() for name in names)
    | frozenset(name for layout in LAYOUTS for name in layout.columns)
)


@dataclass(frozen=True)
class Dialect:
    """How the text is cut: `header_rows` rows come before the data (titles and the header)."""

    delimiter: str
    columns: tuple[str, ...]
    header_rows: int
    sample: list[list[str]]
    detected: dict[str, Detected]
    titles: int = 0
    twins: tuple[tuple[str, ...], ...] = ()
    notes: tuple[dict[str, Any], ...] = ()


def fixed_layout(scan: TextScan) -> FixedLayout | None:
    """The fixed-width layout that the lines of the sample have, if they have one."""
    lines = [line for line in scan.head.split(scan.newline)[:2000] if line.strip()]
    for layout in FIXED_LAYOUTS:
        pattern = re.compile(layout.pattern)
        if sum(bool(pattern.match(line)) for line in lines) >= _FIXED_SHARE * len(lines):
            return layout
    return None


def fixed_sample(scan: TextScan, layout: FixedLayout) -> list[list[str]]:
    """Rows of the sample of a fixed-width file."""
    pattern = re.compile(layout.pattern)
    lines = [line for text in (scan.head, *scan.spread) for line in text.split(scan.newline)]
    return [list(match.groups()) for line in lines[:_SAMPLE_ROWS] if (match := pattern.match(line))]


def find_dialect(scan: TextScan, name: str, delimiter: str | None, header: bool | None) -> Dialect:
    """Tell the delimiter and the header of a sample; what is given stands. Raises InputError."""
    said, head = _excel_hint(scan.head)
    candidates = [delimiter] if delimiter else [said] if said else list(DELIMITERS)
    counted = {mark: _rows(head, mark, scan.whole) for mark in candidates}
    best = max(candidates, key=lambda mark: _regularity(counted[mark]))
    rows = counted[best]
    width = _width(rows)
    if width > _MAX_COLUMNS:
        raise InputError(f"{name} has {width:,} columns; at most {_MAX_COLUMNS:,} can be imported.")
    detected = {}
    if width == 1:
        words = "no delimiter cuts the lines into columns"
    else:
        share = sum(len(row) == width for row in rows) / max(len(rows), 1)
        words = f"it cuts {share:.0%} of the rows looked at into {width} columns"
    if delimiter:
        words = "chosen"
    elif said:
        words = "the first line says so"
    detected["delimiter"] = Detected(best, words, 0.5 if width == 1 else 0.95)
    hint_lines = 1 if said else 0
    rows = _with_short_header(rows, width)
    lead = next((at for at, row in enumerate(rows) if len(row) == width), 0)
    names, body = rows[lead], rows[lead + 1 :]
    if len(names) > _MAX_COLUMNS:
        raise InputError(f"{name} has {len(names):,} columns; at most {_MAX_COLUMNS:,} can be imported.")
    is_header, why = looks_like_header(names, body) if header is None else (header, "chosen")
    detected["header"] = Detected("yes" if is_header else "no", why, 1.0 if header is not None else 0.9)
    if not is_header:
        body = rows[lead:] if header is None or lead else rows
    elif scan.whole and not any(any(cell.strip() for cell in row) for row in body):
        raise _without_rows(name, scan, names)
    if any("\n" in cell for row in body for cell in row):
        body = _mended(head, best, body, len(rows) - len(body), scan.whole)
    spread = [row for text in scan.spread for row in csv.reader(_lines(text), delimiter=best)]
    sample = [row for row in [*body, *spread] if len(row) == width][: 4 * _SAMPLE_ROWS]
    if is_header and scan.whole and not sample:
        raise InputError(
            f"{name} is not a table: no line below the header is cut into its {width:,} columns. "
            "Import a CSV, XLSX or Parquet file."
        )
    sample, notes = _unwrapped(sample)
    header_names = [unwrap(each) for each in names] if is_header else [""] * width
    columns, twins = column_names(header_names), same_headers(header_names)
    before = rows[:lead] if is_header else []
    titles = sum(any(cell.strip() for cell in row) for row in before)
    return Dialect(
        best, columns, hint_lines + len(before) + int(is_header), sample, detected, titles, twins, notes
    )


def _without_rows(name: str, scan: TextScan, names: Sequence[str]) -> InputError:
    """What to say of a text of which only a header could be read."""
    lines = sum(bool(line.strip()) for line in scan.head.split(scan.newline))
    if len(names) == 1 and plain_name(names[0]) not in _KNOWN_NAMES:
        return InputError(
            f"{name} is not a table: no comma, semicolon, tab or vertical bar cuts its text into columns. "
            "Import a CSV, XLSX or Parquet file."
        )
    if lines > 1 and not any(mark in scan.head for mark in (",,", ";;", "\t\t", "||")):
        return InputError(
            f"{name} is not a table: what is below its header line cannot be cut into cells. "
            "Import a CSV, XLSX or Parquet file."
        )
    return InputError(f"{name} has a header line but no rows below it: there is nothing to import.")


def unwrap(cell: str) -> str:
    """The text of a cell written as ="00123", as for Excel to leave it alone; any other cell as it is."""
    match = PROTECTED.fullmatch(cell)
    return match[1] if match else cell


def _unwrapped(sample: list[list[str]]) -> tuple[list[list[str]], tuple[dict[str, Any], ...]]:
    """The sample with the texts of protected cells, and a note that there are some."""
    wrapped = next(
        (cell for row in sample for cell in row if cell[:2] == '="' and unwrap(cell) != cell), None
    )
    if wrapped is None:
        return sample, ()
    text = f"Cells such as {wrapped[:40]}, written so that Excel leaves them alone, are read as {unwrap(wrapped)[:40]}."
    return [[unwrap(cell) for cell in row] for row in sample], (
        {"kind": "protected", "rows": 0, "text": text},
    )


def _excel_hint(head: str) -> tuple[str | None, str]:
    """The delimiter that a first line such as `sep=;` names, and the text after it."""
    first, _, rest = head.partition("\n")
    match = re.fullmatch(r"\ufeff?\"?sep=(.)\"?\r?", first, re.IGNORECASE)
    return (match[1], rest) if match and match[1] in DELIMITERS else (None, head)


def _lines(text: str) -> io.StringIO:
    """`text` as lines that end where files' lines end, and not at Unicode's other line separators."""
    return io.StringIO(text, newline="")


def _rows(head: str, delimiter: str, whole: bool) -> list[list[str]]:
    """Parsed rows of the sample, at most _SAMPLE_ROWS; the last one only of a whole file."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(_lines(head), delimiter=delimiter):
            rows.append(row)
            if len(rows) >= _SAMPLE_ROWS:
                break
        else:
            if not whole:
                rows.pop()
    except csv.Error:
        # A cell beyond csv's limit, after an unclosed quote: what came before still tells.
        pass
    return rows or [[]]


def _mended(head: str, delimiter: str, body: list[list[str]], lead: int, whole: bool) -> list[list[str]]:
    """The `body` below `lead` rows, with the rows that stray quotes had swallowed."""
    width = _width(body)
    flat = [row for row in body if len(row) == width and not any("\n" in cell for cell in row)]
    rows = mended(_lines(head), Grid.of(delimiter, width, flat))
    try:
        found = list(islice(rows, lead + _SAMPLE_ROWS))
    except csv.Error:
        return body
    return found[lead:] if whole or len(found) == lead + _SAMPLE_ROWS else found[lead:-1]


def _width(rows: Sequence[Sequence[str]]) -> int:
    """The commonest number of cells among rows that are not blank."""
    counts = Counter(len(row) for row in rows if any(row))
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _with_short_header(rows: list[list[str]], width: int) -> list[list[str]]:
    """The rows, where a header lacks just one name (of an index column, or after a trailing delimiter)."""
    if len(rows) < 2 or len(rows[0]) != width - 1 or width < 3 or len(rows[1]) != width:
        return rows
    if not looks_like_header(rows[0], [])[0]:
        return rows
    trailing = all(not row[-1] for row in rows[1:] if len(row) == width)
    return [[*rows[0], ""] if trailing else ["", *rows[0]], *rows[1:]]


def _regularity(rows: list[list[str]]) -> tuple[float, int]:
    """How well a delimiter explains the rows: the share of equal rows, then the columns."""
    width = _width(rows)
    if width < 2:
        return (0.0, width)
    filled = [row for row in rows if row]
    share = sum(len(row) == width for row in filled) / len(filled)
    return (round(share, 1), width)


def looks_like_header(names: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Whether the row `names` names columns rather than being one more row, and why."""
    known = [name for name in names if plain_name(name) in _KNOWN_NAMES]
    if len(known) >= 2 or (known and len(names) <= 3):
        return True, f"the first row holds names such as '{known[0].strip()}'"
    first = [ColumnProfile.of("", Counter([name])) for name in names]
    if any(each.is_date() or each.is_number() for each in first):
        return False, "the first row holds dates or numbers, as the others do"
    width = len(names)
    for at in range(width):
        column = ColumnProfile.of("", Counter(row[at] for row in body[:500] if len(row) == width))
        if column.is_date() or column.is_number():
            return True, "the first row is words where the rows below are dates or numbers"
    return not body or len(set(names)) == width, "the first row is of words that do not repeat"


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """Usable, distinct column names: blanks become `column_3`, repeats `name_2`.

    A name that the file itself gives is never given to another column.
    """
    own = {_one_spaced(raw).casefold() for raw in names}
    seen: dict[str, int] = {}
    result = []
    for at, raw in enumerate(names, start=1):
        given = _one_spaced(raw)
        first = name = given or f"column_{at}"
        base = first.casefold()
        while name.casefold() in seen or (name != given and name.casefold() in own):
            seen[base] = seen.get(base, 1) + 1
            name = f"{first}_{seen[base]}"
        seen.setdefault(name.casefold(), 1)
        result.append(name)
    return tuple(result)


def same_headers(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The `column_names` of columns that the file gives one and the same header, group by group."""
    groups: dict[str, list[str]] = {}
    for raw, column in zip(names, column_names(names), strict=True):
        if header := _one_spaced(raw):
            groups.setdefault(header.casefold(), []).append(column)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _one_spaced(text: str) -> str:
    return " ".join(text.split())

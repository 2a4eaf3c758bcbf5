"""What a file is and how it would be imported: detected from its content, with evidence or a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

from data.errors import InputError, Question
from data.names import AMOUNT, DISCOUNT, ORDERED_AT, QUANTITY, UNIT_PRICE
from data.reading.batches import Batch
from data.reading.columnar import open_parquet, parquet_batches, typed_numbers
from data.reading.dates import DateEvidence, decide_dates
from data.reading.dialects import (
    column_names,
    find_dialect,
    fixed_layout,
    fixed_sample,
    looks_like_header,
    same_headers,
)
from data.reading.encodings import scan_text
from data.reading.layouts import fixed_layout_named
from data.reading.mapping import find_roles
from data.reading.numbers import NumberEvidence, decide_decimal
from data.reading.options import Detected, ImportOptions, Inspection
from data.reading.profiles import ColumnProfile, profile
from data.reading.sources import ByteSource, Content, sniff, unpacked_file
from data.reading.spreadsheets import choose_sheet, open_workbook
from data.reading.tables import table_batches

PREVIEW_ROWS: Final = 20
_SAMPLE_ROWS: Final = 5000
# The roles whose texts are read as numbers.
NUMBER_ROLES: Final = (AMOUNT, UNIT_PRICE, QUANTITY, DISCOUNT)


@dataclass(frozen=True)
class _Found:
    """What the format-specific look at a file gives the common part."""

    file_format: str
    columns: tuple[str, ...]
    sample: list[list[str]]
    options: ImportOptions
    header_rows: int
    detected: dict[str, Detected]
    questions: tuple[Question, ...] = ()
    fixed: str | None = None
    typed: frozenset[str] = frozenset()
    notes: tuple[dict[str, Any], ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()


def inspect_file(path: Path, options: ImportOptions | None = None, *, name: str | None = None) -> Inspection:
    """Look at `path` and say how it would be imported; what `options` says stands.

    `name` is what the user calls the file (default: its own name). Reads text once in full for its
    encoding, the rest from a sample, and a whole column only where a sample does not decide. Raises
    InputError, in one sentence, where the file cannot be used; what is left open is in `questions`.
    """
    options = options or ImportOptions()
    name = name or path.name
    content = sniff(path, name)
    if options.sheet is not None and content.kind not in ("xlsx", "xls"):
        raise InputError(
            f"{name} is no workbook and has no sheet '{options.sheet}': import it without --sheet."
        )
    with unpacked_file(path, content if content.kind != "text" else Content("text", False), name) as real:
        found = _FORMATS[content.kind](path if content.kind == "text" else real, content, name, options)
        draft = Inspection(
            path=path,
            name=name,
            file_format=found.file_format,
            layout=found.fixed,
            columns=found.columns,
            mapping={},
            detected=dict(found.detected),
            preview=[[cell[:200] for cell in row] for row in found.sample[:PREVIEW_ROWS]],
            questions=found.questions,
            options=found.options,
            header_rows=found.header_rows,
            notes=found.notes,
        )
        return _with_roles(draft, found, real)


def _text(path: Path, content: Content, name: str, options: ImportOptions) -> _Found:
    with ByteSource(path, content, name) as source:
        scan = scan_text(source, name, options.encoding)
    # UTF-16 and the like are transcoded by the codec's own name.
    resolved = replace(options, encoding=scan.encoding.value)
    detected = {"encoding": scan.encoding}
    questions = (scan.question,) if scan.question else ()
    fixed = fixed_layout(scan) if options.delimiter is None and options.header is not True else None
    if fixed is not None:
        detected["layout"] = Detected(fixed.name, f"the lines have the fixed widths of {fixed.name}", 0.98)
        detected["header"] = Detected("no", "the first line is a row like the others", 0.98)
        resolved = replace(resolved, header=False)
        sample = fixed_sample(scan, fixed)
        return _Found(
            "fixed_width", fixed.columns, sample, resolved, 0, detected, questions, fixed=fixed.name
        )
    dialect = find_dialect(scan, name, options.delimiter, options.header)
    detected |= dialect.detected
    has_header = dialect.detected["header"].value == "yes"
    resolved = replace(resolved, delimiter=dialect.delimiter, header=has_header)
    notes = _title_note(dialect.titles)
    return _Found(
        "csv",
        dialect.columns,
        dialect.sample,
        resolved,
        dialect.header_rows,
        detected,
        questions,
        notes=notes,
        twins=dialect.twins,
    )


def _title_note(lines: int) -> tuple[dict[str, Any], ...]:
    if not lines:
        return ()
    words = (
        "1 line before the header is a title" if lines == 1 else f"{lines} lines before the header are titles"
    )
    return ({"kind": "titles", "rows": 0, "text": f"{words} and no rows."},)


def _workbook(path: Path, content: Content, name: str, options: ImportOptions) -> _Found:
    workbook = open_workbook(path, content.kind, name)
    sheet, question = choose_sheet(workbook, name, options.sheet)
    rows = sheet.head(_SAMPLE_ROWS)
    width = len(sheet.columns)
    # Titles and notes above a table fill few of its columns.
    lead = next((at for at, row in enumerate(rows) if sum(map(bool, row)) >= max(0.6 * width, 1)), 0)
    is_header, why = (
        looks_like_header(rows[lead], rows[lead + 1 :])
        if options.header is None
        else (options.header, "chosen")
    )
    if is_header and not any(any(row) for row in rows[lead + 1 :]):
        raise InputError(f"{name} has a header line but no rows below it: there is nothing to import.")
    detected = {
        "sheet": Detected(sheet.name, "the only filled sheet" if not question else "the longest sheet", 1.0),
        "header": Detected("yes" if is_header else "no", why, 0.9),
    }
    header_rows = lead + 1 if is_header else 0
    names = rows[lead] if is_header else [""] * width
    columns = column_names(names)
    body = [row for row in rows[header_rows:] if any(row)]
    # The end and the middle of a sorted sheet show dates that its beginning lacks.
    resolved = replace(options, sheet=sheet.name, header=is_header)
    notes = _title_note(sum(any(row) for row in rows[:lead])) if is_header else ()
    questions = (question,) if question else ()
    return _Found(
        content.kind,
        columns,
        body,
        resolved,
        header_rows,
        detected,
        questions,
        notes=notes,
        twins=same_headers(names),
    )


def _parquet(path: Path, _content: Content, name: str, options: ImportOptions) -> _Found:
    file = open_parquet(path, name)
    raw = file.schema_arrow.names
    columns = column_names(raw)
    first = next(parquet_batches(file, name))
    parts = [column.slice(0, _SAMPLE_ROWS).to_pylist() for column in first.columns]
    sample = [list(row) for row in zip(*parts, strict=True)]
    typed = frozenset(
        column for column, is_number in zip(columns, typed_numbers(file), strict=True) if is_number
    )
    return _Found("parquet", columns, sample, options, 0, {}, typed=typed, twins=same_headers(raw))


_FORMATS: Final[dict[str, Callable[[Path, Content, str, ImportOptions], _Found]]] = {
    "text": _text,
    "xlsx": _workbook,
    "xls": _workbook,
    "parquet": _parquet,
}


def _with_roles(draft: Inspection, found: _Found, real: Path) -> Inspection:
    """Settle roles, dates and decimal mark, looking at whole columns where the sample is silent."""
    profiles = profile(draft.columns, found.sample)
    if found.fixed is not None:
        fixed = fixed_layout_named(found.fixed)
        given = dict(fixed.roles) | dict(draft.options.mapping or {})
        roles = find_roles(draft.name, profiles, replace(draft.options, mapping=given))
        currency = fixed.currency
        for role, column in fixed.roles.items():
            if roles.mapping.get(role) == column:
                roles.detected[role] = Detected(column, f"its place in the lines of {fixed.name}", 0.98)
    else:
        roles = find_roles(draft.name, profiles, draft.options, found.twins)
        currency = roles.layout.currency if roles.layout else None
    detected = draft.detected | roles.detected
    if roles.layout is not None:
        detected["layout"] = Detected(roles.layout.name, "the columns have its names", 1.0)
    draft = replace(
        draft,
        mapping=roles.mapping,
        detected=detected,
        questions=draft.questions + roles.questions,
        layout=roles.layout.name if roles.layout else draft.layout,
    )
    dates, numbers = _evidence(draft, profiles, found.typed, real)
    draft = _with_dates(draft, dates, numbers, found.typed)
    options = replace(draft.options, mapping=dict(roles.mapping), amount_is=roles.amount_is)
    return replace(draft, options=options, currency=numbers.currency() or currency)


def _evidence(
    draft: Inspection, profiles: dict[str, ColumnProfile], typed: frozenset[str], real: Path
) -> tuple[DateEvidence, NumberEvidence]:
    """Evidence on dates and decimal marks: of the sample, or of every row where that is not enough."""
    date_column = draft.mapping.get(ORDERED_AT)
    number_columns = _number_columns(draft, typed)
    dates = profiles[date_column].dates if date_column else DateEvidence()
    numbers = NumberEvidence()
    for column in number_columns:
        numbers.add(profiles[column].values)
    unsure_dates = (
        date_column is not None
        and draft.options.date_order is None
        and (dates.undecided() or not dates.kind())
    )
    unsure_numbers = draft.options.decimal is None and numbers.undecided()
    if draft.questions or not (unsure_dates or unsure_numbers):
        return dates, numbers
    all_dates, all_numbers = DateEvidence(), NumberEvidence()
    positions = [draft.columns.index(column) for column in number_columns]
    for batch in table_batches(draft, real):
        if date_column is not None:
            all_dates.add(_counts(batch, draft.columns.index(date_column)))
        for at in positions:
            all_numbers.add(_counts(batch, at))
    return all_dates, all_numbers


def _number_columns(draft: Inspection, typed: frozenset[str]) -> tuple[str, ...]:
    columns = (draft.mapping.get(role) for role in NUMBER_ROLES)
    return tuple(column for column in columns if column is not None and column not in typed)


def _counts(batch: Batch, at: int) -> dict[str, int]:
    counted = pc.value_counts(batch.columns[at])
    values, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    return dict(zip(values, counts, strict=True))


def _with_dates(
    draft: Inspection, dates: DateEvidence, numbers: NumberEvidence, typed: frozenset[str]
) -> Inspection:
    """Add the findings on dates and decimal marks; raises InputError where no date can be read."""
    detected, questions, options = dict(draft.detected), list(draft.questions), draft.options
    column = draft.mapping.get(ORDERED_AT)
    if column is not None:
        finding = decide_dates(dates, column, options)
        if finding.kind is None:
            raise _unreadable_dates(draft, column, dates)
        if finding.detected is not None:
            detected["date_order"] = finding.detected
        if finding.question is not None:
            questions.append(finding.question)
        options = replace(options, date_kind=finding.kind, date_order=finding.order)
    columns = _number_columns(draft, typed)
    if columns:
        decimal = decide_decimal(numbers, columns, options)
        detected["decimal"] = decimal.detected
        if decimal.question is not None:
            questions.append(decimal.question)
        options = replace(options, decimal=decimal.decimal)
    else:
        options = replace(options, decimal=".")
    return replace(draft, detected=detected, questions=tuple(questions), options=options)


def _unreadable_dates(draft: Inspection, column: str, dates: DateEvidence) -> InputError:
    if not dates.filled:
        return InputError(
            f"{draft.name}: the date column '{column}' is empty in every row; nothing was imported."
        )
    return InputError(
        f"{draft.name}: no date in the column '{column}' can be read (for example '{dates.unreadable_example[:60]}'); "
        "nothing was imported. Write dates as 2021-03-31, or name another column with --map ordered_at=COLUMN."
    )

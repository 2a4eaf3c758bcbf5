"""What a file is and how it would be imported: detected from its content, with evidence or a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError, Question
from data.names import (
    AMOUNT,
    CUSTOMER_ID,
    CUSTOMERS,
    DISCOUNT,
    ORDERED_AT,
    QUANTITY,
    REFUND,
    STATUS,
    TRANSACTIONS,
    UNIT_PRICE,
)
from data.reading.asking import column_choices, role_question
from data.reading.batches import Batch
from data.reading.columnar import as_text, open_parquet, parquet_batches, typed_numbers
from data.reading.customers import dates_finding, find_customer_roles
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
from data.reading.kinds import decide_kind
from data.reading.layouts import FixedLayout, Layout, fixed_layout_named, layout_of
from data.reading.mapping import find_roles
from data.reading.numbers import NumberEvidence, decide_decimal
from data.reading.options import Detected, ImportOptions, Inspection
from data.reading.orders import find_currency, row_notes, status_finding, unpaid_statuses
from data.reading.profiles import SHARE_OF_DATES, Sample
from data.reading.sources import ByteSource, Content, sniff, unpacked_file
from data.reading.spreadsheets import choose_sheet, open_workbook
from data.reading.tables import table_batches

PREVIEW_ROWS: Final = 20
_SAMPLE_ROWS: Final = 5000
_SPREAD_ROWS: Final = 2500
# The roles whose texts are read as numbers.
NUMBER_ROLES: Final = (AMOUNT, UNIT_PRICE, QUANTITY, DISCOUNT, REFUND)
# A column of which fewer values are dates is none, whoever says so.
_FEWEST_DATES: Final = 0.05


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
    notes = _title_note(dialect.titles) + dialect.notes
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
    sample = _parquet_sample(file, name)
    typed = frozenset(
        column for column, is_number in zip(columns, typed_numbers(file), strict=True) if is_number
    )
    return _Found("parquet", columns, sample, options, 0, {}, typed=typed, twins=same_headers(raw))


def _parquet_sample(file: pq.ParquetFile, name: str) -> list[list[str]]:
    """Rows as text from the beginning, the middle and the end; raises InputError where the first are damaged."""
    groups = file.metadata.num_row_groups
    sample: list[list[str]] = []
    for group in sorted({0, groups // 3, 2 * groups // 3, groups - 1}):
        rows = _SAMPLE_ROWS if group == 0 else _SPREAD_ROWS
        try:
            batch = next(file.iter_batches(batch_size=rows, row_groups=[group], use_threads=False), None)
        except (pa.ArrowInvalid, OSError):
            # Damage further on is told with its row when the file is read.
            continue
        if batch is not None:
            parts = [as_text(column).to_pylist() for column in batch.columns]
            sample += [list(row) for row in zip(*parts, strict=True)]
    if not sample:
        parts = [
            column.slice(0, _SAMPLE_ROWS).to_pylist() for column in next(parquet_batches(file, name)).columns
        ]
        sample = [list(row) for row in zip(*parts, strict=True)]
    return sample


_FORMATS: Final[dict[str, Callable[[Path, Content, str, ImportOptions], _Found]]] = {
    "text": _text,
    "xlsx": _workbook,
    "xls": _workbook,
    "parquet": _parquet,
}


def _with_roles(draft: Inspection, found: _Found, real: Path) -> Inspection:
    """Settle kind, roles, dates, decimal mark and currency; whole columns where the sample is silent."""
    sample = Sample(draft.columns, found.sample)
    fixed = fixed_layout_named(found.fixed) if found.fixed is not None else None
    layout = fixed or layout_of(draft.columns)
    kind = decide_kind(draft.name, sample, draft.options, layout)
    detected = dict(draft.detected)
    if kind.detected is not None:
        detected["kind"] = kind.detected
    if kind.kind != (layout.kind if isinstance(layout, Layout) else TRANSACTIONS):
        layout = None
    if layout is not None and fixed is None:
        detected["layout"] = Detected(layout.name, f"the file has the columns of {layout.name}", 1.0)
    index = sample.index_column()
    ignored = (index,) if index and index not in (draft.options.mapping or {}).values() else ()
    if ignored:
        words = f"the first column has no name and only numbers the rows: '{index}' is left out"
        detected["index"] = Detected(ignored[0], words, 0.95)
    questions = (*draft.questions, *((kind.question,) if kind.question else ()))
    draft = replace(
        draft,
        detected=detected,
        questions=questions,
        kind=kind.kind,
        layout=layout.name if layout else None,
        ignored=ignored,
        options=replace(draft.options, kind=None if kind.question else kind.kind),
    )
    is_chosen = kind.detected is not None and kind.detected.evidence == "chosen"
    if kind.kind == CUSTOMERS:
        known = layout if isinstance(layout, Layout) else None
        return _customers(draft, sample, known, found, real)
    return _orders(draft, sample, layout, found, real, is_chosen)


def _customers(
    draft: Inspection, sample: Sample, layout: Layout | None, found: _Found, real: Path
) -> Inspection:
    """A table with one row a customer: its roles, and the decimal mark of all its numbers."""
    roles = find_customer_roles(draft.name, sample, draft.options, layout, draft.ignored)
    left_out = {roles.mapping.get(CUSTOMER_ID), *draft.ignored, *found.typed}
    columns = tuple(
        each.name for each in sample.profiles.values() if each.is_number() and each.name not in left_out
    )
    detected = draft.detected | roles.detected
    if (dates := dates_finding(sample, draft.options)) is not None:
        detected["dates"] = dates
    draft = replace(
        draft,
        mapping=roles.mapping,
        detected=detected,
        questions=draft.questions + roles.questions,
        options=replace(draft.options, mapping=roles.resolved()),
        currency=draft.options.currency or (layout.currency if layout else None),
    )
    _, numbers = _evidence(draft, sample, columns, real)
    return _with_decimal(draft, numbers, columns)


def _orders(
    draft: Inspection,
    sample: Sample,
    layout: Layout | FixedLayout | None,
    found: _Found,
    real: Path,
    is_chosen: bool,
) -> Inspection:
    """A table of orders: its roles, dates, decimal mark and currency, and which orders were never paid."""
    roles = find_roles(draft.name, sample, draft.options, layout, found.twins, draft.ignored, is_chosen)
    known = layout if isinstance(layout, Layout) else None
    draft = replace(
        draft,
        mapping=roles.mapping,
        detected=draft.detected | roles.detected,
        questions=draft.questions or roles.questions,
        fill_down=tuple(role for role in (known.fill_down if known else ()) if role in roles.mapping),
        unpaid_statuses=unpaid_statuses(sample, roles.mapping, known),
        cancelled_prefix=known.cancelled_prefix if known else None,
        discount_is=roles.discount_is,
        options=replace(draft.options, mapping=roles.resolved(), amount_is=roles.amount_is),
    )
    if any(question.key == "kind" for question in roles.questions):
        draft = replace(draft, options=replace(draft.options, kind=None))
    columns = _number_columns(draft, found.typed)
    dates, numbers = _evidence(draft, sample, columns, real)
    draft = _with_decimal(_with_dates(draft, sample, dates), numbers, columns)
    detected = dict(draft.detected)
    if STATUS in draft.mapping:
        detected[STATUS] = status_finding(sample, draft.mapping[STATUS], draft.unpaid_statuses)
    if known is not None and known.warning is not None:
        draft = replace(draft, notes=(*draft.notes, {"kind": "layout", "rows": 0, "text": known.warning}))
    elif layout is None:
        draft = replace(draft, notes=(*draft.notes, *row_notes(sample, draft.mapping, draft.columns)))
    currency = find_currency(
        sample, draft.mapping, numbers, layout.currency if layout else None, draft.options
    )
    if currency.detected is not None:
        # The column is a finding of its own under the same name: the code is what matters.
        detected["currency"] = currency.detected
    asked = (
        (currency.question,)
        if currency.question and not (roles.questions or draft.options.kind is None)
        else ()
    )
    return replace(draft, detected=detected, questions=draft.questions + asked, currency=currency.currency)


def _evidence(
    draft: Inspection, sample: Sample, columns: tuple[str, ...], real: Path
) -> tuple[DateEvidence, NumberEvidence]:
    """Evidence on the dates of orders and on the numbers in `columns`: of the sample, or of every row where
    that is not enough."""
    date_column = draft.mapping.get(ORDERED_AT)
    dates = sample.profiles[date_column].dates if date_column else DateEvidence()
    numbers = NumberEvidence()
    for column in columns:
        numbers.add(sample.profiles[column].values)
    unsure_dates = (
        date_column is not None
        and draft.options.date_order is None
        and (dates.undecided() or not dates.kind())
    )
    unsure_numbers = draft.options.decimal is None and numbers.undecided()
    if draft.questions or not (unsure_dates or unsure_numbers):
        return dates, numbers
    all_dates, all_numbers = DateEvidence(), NumberEvidence()
    positions = [draft.columns.index(column) for column in columns]
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


def _with_dates(draft: Inspection, sample: Sample, dates: DateEvidence) -> Inspection:
    """Add the findings on the dates of orders; raises InputError where none can be read."""
    column = draft.mapping.get(ORDERED_AT)
    if column is None:
        return draft
    chosen = (draft.options.mapping or {}).get(ORDERED_AT) == column and draft.detected[
        ORDERED_AT
    ].evidence == "chosen"
    finding = decide_dates(dates, column, draft.options)
    if finding.kind is None or (draft.options.date_kind is None and dates.readable() < _FEWEST_DATES):
        others = [
            each
            for each in sample.profiles.values()
            if each.name != column and each.dates.readable() >= SHARE_OF_DATES and not each.is_number()
        ]
        if chosen or not others:
            raise _unreadable_dates(draft, column, dates)
        text = (
            f"No date in the column '{column}' of {draft.name} can be read (for example "
            f"'{dates.unreadable_example[:60]}'). Which other column holds the date of the order? Nothing was imported."
        )
        question = role_question(ORDERED_AT, text, column_choices(others))
        mapping = {role: each for role, each in draft.mapping.items() if role != ORDERED_AT}
        detected = {key: found for key, found in draft.detected.items() if key != ORDERED_AT}
        options = replace(draft.options, mapping=mapping)
        return replace(
            draft, mapping=mapping, detected=detected, options=options, questions=(*draft.questions, question)
        )
    detected, questions = dict(draft.detected), draft.questions
    if finding.detected is not None:
        detected["date_order"] = finding.detected
    # A table of customers has no order of dates to choose.
    if finding.question is not None and draft.options.kind is not None:
        questions = (*questions, finding.question)
    options = replace(draft.options, date_kind=finding.kind, date_order=finding.order)
    return replace(draft, detected=detected, questions=questions, options=options)


def _with_decimal(draft: Inspection, numbers: NumberEvidence, columns: tuple[str, ...]) -> Inspection:
    """Add the finding on the decimal mark of the numbers in `columns`, or the question."""
    if not columns:
        return replace(draft, options=replace(draft.options, decimal="."))
    finding = decide_decimal(numbers, columns, draft.options)
    asked = (finding.question,) if finding.question is not None else ()
    return replace(
        draft,
        detected=draft.detected | {"decimal": finding.detected},
        questions=draft.questions + asked,
        options=replace(draft.options, decimal=finding.decimal),
    )


def _unreadable_dates(draft: Inspection, column: str, dates: DateEvidence) -> InputError:
    if not dates.filled:
        return InputError(
            f"{draft.name}: the date column '{column}' is empty in every row; nothing was imported. "
            "Choose another column in the form, or with --map ordered_at=COLUMN."
        )
    return InputError(
        f"{draft.name}: no date in the column '{column}' can be read (for example '{dates.unreadable_example[:60]}'); "
        "nothing was imported. Write dates as 2021-03-31, or choose another column in the form, or with "
        "--map ordered_at=COLUMN."
    )

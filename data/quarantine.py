"""What every cleaning of staged rows shares: reasons to set a row aside, and the file of such rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from data.accounting import counted, note
from data.engine import quote, scan
from data.reading import ImportOptions, Inspection, Staged
from data.reading.staging import LINE_NO

REJECTED_FILE: Final = "rejected.csv"


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number after it where it is taken; the answer is taken from then on."""
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free.casefold())
    return free


def inert_sql(text: str) -> str:
    """SQL for `text` that no spreadsheet runs as a formula; numbers such as -1.5 stay numbers."""
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+\\-@\\t\\r]') AND NOT regexp_full_match({text}, '[+-]?[\\d.,]+') "
        f"THEN '''' || {text} ELSE {text} END"
    )


def blank_sql(keys: Sequence[str]) -> str:
    """SQL for whether all of the cells `keys` are blank."""
    return " AND ".join(f"trim({key}) = ''" for key in keys)


def write_rejected(
    connection: duckdb.DuckDBPyConnection, staged: Staged, rejected: str, keys: Sequence[str], path: Path
) -> None:
    """Write the rows set aside to `path`, as they came and in their order, with line number and reason.

    `rejected` is a FROM expression of the rows set aside after staging (line_no, reason and `keys`, the
    staged columns of the file in their order); odd rows join them.
    """
    listed = ", ".join(keys)
    rows = f"SELECT {LINE_NO}, reason, {listed}, NULL AS more FROM {rejected}"
    taken = {LINE_NO, "reason"}
    named = dict(zip(keys, staged.inspection.columns, strict=True))
    if staged.odd_rows:
        rows += f" UNION ALL SELECT {LINE_NO}, reason, {listed}, more FROM {scan([staged.odd_path])}"
        named["more"] = "more cells"
    cells = [f"{inert_sql(key)} AS {identifier(free_name(name, taken))}" for key, name in named.items()]
    connection.execute(
        f"COPY (SELECT {LINE_NO}, reason, {', '.join(cells)} FROM ({rows}) ORDER BY {LINE_NO}) "
        f"TO {quote(str(path.resolve()))} (FORMAT csv, HEADER)"
    )


def count_excel_ids(connection: duckdb.DuckDBPyConnection, staged: Staged, key: str) -> int:
    """How many ids in the staged column `key` end in '.0', where all of them are whole numbers.

    That is a spreadsheet's doing: such ids are meant without it.
    """
    others = f"FROM {scan([staged.path])} WHERE NOT regexp_full_match({key}, '\\d*|\\s+')"
    count, all_whole = connection.execute(
        f"SELECT count(*), coalesce(bool_and(regexp_full_match({key}, '\\d+\\.0')), false) {others}"
    ).fetchall()[0]
    return int(count) if all_whole else 0


def excel_ids_note(rows: int) -> dict[str, Any]:
    """The note on `rows` ids that were read without their '.0'."""
    return note(
        "excel_ids",
        rows,
        "1 customer id is written like '12346.0', as spreadsheets write numbers: read as '12346'.",
        "{n} customer ids are written like '12346.0', as spreadsheets write numbers: read as '12346'.",
    )


def blank_lines_note(lines: int) -> dict[str, Any]:
    """The note on `lines` blank lines, which are no rows."""
    return note(
        "blank_lines",
        lines,
        "1 blank line is no row and is not counted.",
        "{n} blank lines are no rows and are not counted.",
    )


def all_of(rows: int, alike: int) -> str:
    """Words for a file of `rows` rows of which none is left, `alike` of them for one reason."""
    if rows == 1:
        return "its only row cannot be used"
    return f"none of its {counted(rows, 'row')} can be used; {alike:,} of them"


def understood(inspection: Inspection, options: ImportOptions) -> dict[str, Any]:
    """How the file was read, for its ledger."""
    found = {key: finding.value for key, finding in sorted(inspection.detected.items())}
    return found | {
        "format": inspection.file_format,
        "layout": inspection.layout,
        "currency": options.currency or inspection.currency,
        "mapping": dict(sorted(inspection.mapping.items())),
    }

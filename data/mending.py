"""Rows of the quarantine that have been mended: back in their old shape, and the account that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from data.accounting import Tally, balance, counted, files_of
from data.engine import quote, scan
from data.errors import InputError
from data.names import AMOUNT, QUANTITY, UNIT_PRICE
from data.reading import Staged
from data.reading.delimited import WRONG_CELLS
from data.reading.numbers import number_sql
from data.reading.staging import LINE_NO, column_key

# The columns that the quarantine file has beside those of the rows themselves.
REASON: Final = "reason"
MORE: Final = "more cells"
_REASONS_FILE: Final = "reasons.parquet"


def is_quarantine(columns: Sequence[str]) -> bool:
    """Whether a file with these columns is a quarantine file, as downloaded."""
    return [column.casefold() for column in columns[:2]] == [LINE_NO, REASON]


def mended_rows(connection: duckdb.DuckDBPyConnection, staged: Staged, work: Path) -> Staged:
    """The rows of a quarantine file as they were in the file they come from, under their old line numbers.

    Rows that still have more cells than the table has columns stay odd rows. Writes to `work`. Raises
    InputError for a file that is no quarantine file, or whose rows have been torn apart.
    """
    inspection = staged.inspection
    names = inspection.columns
    if not is_quarantine(names):
        raise InputError(
            f"{inspection.name} is not a quarantine file: its first columns must be {LINE_NO} and {REASON}, as downloaded."
        )
    if staged.odd_rows:
        raise InputError(
            f"{inspection.name}: {counted(staged.odd_rows, 'row')} of it have another number of cells than its header; "
            "nothing was imported. Mend the rows in the downloaded file without adding or removing cells."
        )
    has_more = names[-1].casefold() == MORE
    kept = range(2, len(names) - has_more)
    # The apostrophe that kept a spreadsheet from running the cell is not part of the cell.
    cells = ", ".join(
        f"regexp_replace(c{at}, '^''([=+\\-@\\t\\r])', '\\1') AS {column_key(place)}"
        for place, at in enumerate(kept)
    )
    line = f"coalesce(TRY_CAST(c0 AS BIGINT), {LINE_NO}) AS {LINE_NO}"
    rows, more = scan([staged.path]), column_key(len(names) - 1)
    torn = f"trim({more}) <> ''" if has_more else "false"
    path, odd_path = work / "mended.parquet", work / "still-odd.parquet"
    _copy(connection, f"SELECT {line}, {cells} FROM {rows} WHERE NOT ({torn})", path)
    odd = f"SELECT {line}, {quote(WRONG_CELLS)} AS reason, {cells}, {more} AS more FROM {rows} WHERE {torn}"
    _copy(connection, odd, odd_path)
    _copy(connection, f"SELECT {line}, c1 AS reason FROM {rows}", work / _REASONS_FILE)
    counts = [_one(connection, f"SELECT count(*) FROM {scan([each])}") for each in (path, odd_path)]
    columns = tuple(names[at] for at in kept)
    mapping = {role: column for role, column in inspection.mapping.items() if column in columns}
    return replace(
        staged,
        path=path,
        rows=int(counts[0]),
        odd_path=odd_path,
        odd_rows=int(counts[1]),
        inspection=replace(inspection, columns=columns, mapping=mapping),
    )


def rows_back(
    connection: duckdb.DuckDBPyConnection, mended: Staged, work: Path, rejected: Path
) -> dict[str, Tally]:
    """What has come back, by the reason it was set aside for: rows, and what they count for now.

    `mended` and `work` are those of `mended_rows`, `rejected` the file of what was set aside again.
    """
    roles = {role: column_key(at) for role, at in mended.inspection.role_positions().items()}
    decimal = mended.inspection.options.decimal or "."
    if AMOUNT in roles:
        amount = number_sql(roles[AMOUNT], decimal)
    else:
        amount = f"{number_sql(roles[QUANTITY], decimal)} * {number_sql(roles[UNIT_PRICE], decimal)}"
    left = f"SELECT CAST({LINE_NO} AS BIGINT) FROM read_csv({quote(str(rejected.resolve()))}, all_varchar = true, header = true)"
    found = connection.execute(
        f"SELECT reasons.reason, count(*), coalesce(sum({amount}), 0) FROM {scan([mended.path])} AS rows "
        f"JOIN {scan([work / _REASONS_FILE])} AS reasons USING ({LINE_NO}) "
        f"WHERE {LINE_NO} NOT IN ({left}) GROUP BY 1"
    ).fetchall()
    return {str(reason): Tally(int(rows), Decimal(amount)) for reason, rows, amount in found}


def mend(
    parent: Mapping[str, Any], new: Mapping[str, Any], back: Mapping[str, Tally], *, customers: int
) -> dict[str, Any]:
    """The ledger after mended rows came back: no more rows came in, but fewer are in quarantine.

    `parent` is the ledger before, `new` that of the mended file, `back` what came back by reason
    (`rows_back`). A row that could not be read before counted as 0 and counts in full now.
    """
    reasons: dict[str, Tally] = {}
    for entry in parent["reasons"]:
        came = back.get(entry["reason"], Tally())
        amount = Decimal(entry["amount"])
        rows = int(entry["rows"]) - came.rows
        if rows > 0:
            # Unreadable rows had counted as 0: they take nothing away.
            reasons[entry["reason"]] = Tally(rows, amount - came.amount if amount else amount)
    kept = Tally(
        int(parent["rows"]["kept"]) + int(new["rows"]["kept"]),
        Decimal(parent["amount"]["kept"]) + Decimal(new["amount"]["kept"]),
    )
    rows, came_back = int(new["rows"]["in"]), int(new["rows"]["kept"])
    left = rows - came_back
    text = f"{came_back:,} of {counted(rows, 'row')} of the quarantine {'is' if came_back == 1 else 'are'} mended and in now"
    text += f"; {left:,} cannot be used yet." if left else "."
    return {
        **parent,
        **balance(kept, reasons),
        "notes": [{"kind": "mended", "rows": came_back, "text": text}, *parent["notes"]],
        "files": [*files_of(dict(parent)), *files_of(dict(new))],
        "first_date": min(parent["first_date"], new["first_date"]),
        "last_date": max(parent["last_date"], new["last_date"]),
        "customers": customers,
    }


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    connection.execute(f"COPY ({sql}) TO {quote(str(path.resolve()))} (FORMAT parquet)")


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return connection.execute(sql).fetchall()[0][0]

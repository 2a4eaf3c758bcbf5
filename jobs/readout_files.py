"""Reading a result file: any layout, every row accounted for, one row a customer handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.accounting import counted
from data.engine import scan
from data.errors import InputError, Question, QuestionError
from data.names import CUSTOMER_ID, CUSTOMERS
from data.reading import ImportOptions, Staged
from data.reading.guard import Limits, inspect_guarded, read_guarded
from data.reading.numbers import NumberEvidence, decide_decimal, number_sql
from data.reading.staging import column_key
from jobs.readout_columns import ARM, CONVERTED, COVARIATE, MOST_ARMS, SPEND, Column
from jobs.workplace import Report, Workplace, part

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# Texts that stand for nothing. Not of arms: there "none" is one.
_BLANK: Final = "('', 'null', 'na', 'n/a', '#n/a', 'nan', 'none', 'nil', '-', '<na>')"
_BLANK_ARM: Final = "('', 'null', 'nan', '#n/a', '<na>')"
_YES: Final = (
    "('1', 'true', 't', 'yes', 'y', 'x', 'ja', 'oui', 'si', 'sí', 'sim', 'converted', 'bought', 'purchased')"
)
_NO: Final = "('0', 'false', 'f', 'no', 'n', 'nein', 'non', 'não', 'nao')"
# What is looked at of a column to tell whether it holds numbers.
_LOOKED_AT: Final = 20_000
_EXAMPLES: Final = 3
_SHOWN: Final = 80
# A longer text names no arm.
_LONGEST: Final = 200
_MOST_COLUMNS: Final = 300
REASONS: Final = {
    "cells": "the row has too many or too few cells",
    "arm": "the arm is blank",
    "spend": "the amount cannot be read",
    "converted": "whether the customer bought cannot be read",
    "two_arms": "the customer is in more than one arm",
}


@dataclass(frozen=True)
class Look:
    """A result file as it was looked at: its rows on disk as text, and what is seen of its columns."""

    name: str
    staged: Staged
    columns: tuple[Column, ...]
    decimal: str | None

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(each for each in self.columns if each.name == name)


@dataclass(frozen=True)
class Outcomes:
    """What a file says: one row a customer with `customer_id` (or its row), `arm`, `spend`, `converted`, `covariate`.

    `account` says what became of each row: rows in = used + left out.
    """

    frame: pd.DataFrame
    account: dict[str, Any]


def look_at(place: Workplace, path: Path, name: str, options: ImportOptions, report: Report) -> Look:
    """Read the file `path`, which its owner calls `name`, into the scratch folder of `place`.

    Raises InputError in one sentence for a file that cannot be used, and QuestionError where its encoding,
    delimiter or sheet is open; the decimal mark is asked for by `outcomes_in`, of the columns that matter.
    """
    limits = Limits(memory_mb=place.settings.read_memory_mb)
    report(0.0, f"Looking at {name}")
    # A result file is a table of customers whatever its columns are called; none has to be an id.
    plain = replace(options, kind=CUSTOMERS, mapping={CUSTOMER_ID: ""})
    found = inspect_guarded(path, plain, name=name, limits=limits)
    asked = tuple(each for each in found.questions if each.key != "decimal")
    if asked:
        raise QuestionError(tuple(map(_in_place, asked)))
    if len(found.columns) > _MOST_COLUMNS:
        raise InputError(
            f"{name} has {len(found.columns):,} columns; a result needs the arm and what each customer spent. Export "
            f"{_MOST_COLUMNS} columns at most."
        )
    decimal = found.options.decimal
    folder = place.folder("readout")
    settled = replace(found.options, decimal=decimal or ".")
    staged = read_guarded(path, settled, folder, name=name, limits=limits, report=part(report, 0.1, 0.9))
    report(0.9, "Looking at the columns")
    with closing(place.connect(folder)) as connection:
        columns = tuple(
            _seen(connection, staged, at, column, decimal or ".") for at, column in enumerate(found.columns)
        )
    return Look(name, staged, columns, decimal)


def _in_place(question: Question) -> Question:
    """The question of an import, asked of a result."""
    return replace(
        question,
        text=question.text.replace("; nothing was imported", "").replace(" Nothing was imported.", ""),
    )


def _seen(connection: duckdb.DuckDBPyConnection, staged: Staged, at: int, name: str, decimal: str) -> Column:
    key, source = column_key(at), scan([staged.path])
    values = connection.execute(
        f"SELECT trim({key}) AS value, count(*) AS rows FROM {source} WHERE trim({key}) <> '' "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_ARMS + 1}"
    ).fetchall()
    number = number_sql(f"trim({key})", decimal)
    filled, numbers = connection.execute(
        f"SELECT count(*), count({number}) FROM (SELECT {key} FROM {source} "
        f"WHERE lower(trim({key})) NOT IN {_BLANK} AND line_no <= {_LOOKED_AT})"
    ).fetchall()[0]
    are_few = len(values) <= MOST_ARMS and all(len(value) <= _LONGEST for value, _ in values)
    few = tuple((str(value), int(rows)) for value, rows in values) if are_few else ()
    examples = tuple(value[:_SHOWN] for value, _ in values[:_EXAMPLES])
    return Column(name, examples, few, filled, filled > 0 and numbers >= 0.8 * filled)


def outcomes_in(
    place: Workplace, look: Look, roles: Mapping[str, str], options: ImportOptions, predicted: Path | None
) -> Outcomes:
    """The customers of a file that was looked at, by the columns that play the `roles` ("" for none).

    `predicted` is a Parquet file of `customer_id` and `pred_spend` that gives the covariate where the file
    has ids and no covariate. Rows of one customer in one arm are added up. Raises QuestionError where the
    decimal mark of the amounts is open, InputError where no row can be used.
    """
    folders = [look.staged.path.parent, *([predicted.parent] if predicted else [])]
    with closing(place.connect(*folders)) as connection:
        decimal = options.decimal or _decimal(connection, look, roles, options)
        _parse(connection, look, roles, decimal)
        account = _account(connection, look, roles)
        frame = _customers(connection, bool(roles[CUSTOMER_ID]), predicted, bool(roles[COVARIATE]))
    if frame.empty:
        told = "; ".join(f"{each['words']} ({counted(each['rows'], 'row')})" for each in account["left_out"])
        raise InputError(f"No row of {look.name} can be used: {told or 'it has none'}.")
    known = int(frame["covariate"].notna().sum())
    account |= {"customers": len(frame), "covariate_known": known, "decimal": decimal}
    return Outcomes(frame, account)


def _decimal(
    connection: duckdb.DuckDBPyConnection, look: Look, roles: Mapping[str, str], options: ImportOptions
) -> str:
    """The decimal mark of the amounts, told by them alone, else by the rest of the file."""
    evidence = NumberEvidence()
    money = tuple(roles[role] for role in (SPEND, COVARIATE) if roles[role])
    for column in money:
        key = _key(look, column)
        values = connection.execute(
            f"SELECT {key}, count(*) FROM {scan([look.staged.path])} "
            f"WHERE contains({key}, '.') OR contains({key}, ',') GROUP BY 1 ORDER BY 1"
        ).fetchall()
        evidence.add(dict(values))
    finding = decide_decimal(evidence, money, options)
    if finding.decimal is not None:
        return finding.decimal
    # Numbers that a Parquet file holds as numbers were no question to it.
    if look.decimal is not None and not (evidence.point and evidence.comma):
        return look.decimal
    assert finding.question is not None  # noqa: S101 - it is one or the other
    raise QuestionError((_in_place(finding.question),))


def _key(look: Look, column: str) -> str:
    return column_key([each.name for each in look.columns].index(column))


def _parse(connection: duckdb.DuckDBPyConnection, look: Look, roles: Mapping[str, str], decimal: str) -> None:
    """Make the table `parsed`: each row with its values and, in `reason`, why it is left out."""

    def text(role: str) -> str:
        return f"trim({_key(look, roles[role])})" if roles[role] else "CAST(NULL AS VARCHAR)"

    def number(column: str) -> str:
        return f"CAST({number_sql(column, decimal)} AS DOUBLE)"

    connection.execute(
        f"""CREATE TEMP TABLE texts AS SELECT line_no,
            CASE WHEN lower({text(ARM)}) IN {_BLANK_ARM} THEN NULL ELSE {text(ARM)} END AS arm,
            {text(SPEND)} AS spend, {text(CONVERTED)} AS converted, {text(COVARIATE)} AS covariate,
            CASE WHEN lower({text(CUSTOMER_ID)}) IN {_BLANK} THEN NULL ELSE {text(CUSTOMER_ID)} END AS id
            FROM {scan([look.staged.path])}"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE valued AS SELECT line_no, arm, id,
            lower(coalesce(spend, '')) IN {_BLANK} AS no_amount,
            CASE WHEN lower(coalesce(spend, '')) IN {_BLANK} THEN 0.0 ELSE {number("spend")} END AS spend,
            converted IS NULL OR lower(converted) IN {_BLANK.replace("'none', ", "")} AS unsaid,
            CASE WHEN lower(converted) IN {_YES} THEN 1 WHEN lower(converted) IN {_NO} THEN 0
                 ELSE CAST({number("converted")} > 0 AS INTEGER) END AS converted,
            CASE WHEN lower(coalesce(covariate, '')) IN {_BLANK} THEN NULL ELSE {number("covariate")} END AS covariate,
            FROM texts"""
    )
    # Arms that differ in upper and lower case only are one, called as most rows have it.
    connection.execute(
        """CREATE TEMP TABLE arms AS SELECT lower(arm) AS plain, arg_max(arm, (rows, arm)) AS arm FROM
           (SELECT arm, count(*) AS rows FROM valued WHERE arm IS NOT NULL GROUP BY arm) GROUP BY 1"""
    )
    connection.execute(
        """CREATE TEMP TABLE parsed AS
           WITH several AS (SELECT id FROM valued WHERE id IS NOT NULL AND arm IS NOT NULL
                            GROUP BY id HAVING count(DISTINCT lower(arm)) > 1)
           SELECT line_no, arms.arm, valued.id, spend, no_amount, covariate,
                  CASE WHEN unsaid THEN CAST(spend > 0 AS INTEGER) ELSE converted END AS converted,
                  CASE WHEN arms.arm IS NULL THEN 'arm' WHEN spend IS NULL THEN 'spend'
                       WHEN NOT unsaid AND converted IS NULL THEN 'converted'
                       WHEN several.id IS NOT NULL THEN 'two_arms' END AS reason
           FROM valued LEFT JOIN arms ON lower(valued.arm) = arms.plain LEFT JOIN several USING (id)"""
    )


def _account(connection: duckdb.DuckDBPyConnection, look: Look, roles: Mapping[str, str]) -> dict[str, Any]:
    """Rows in, used and left out by reason, and what is worth saying of those used."""
    left = connection.execute(
        "SELECT reason, count(*), min(line_no) FROM parsed WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    used, blank, without_id = connection.execute(
        "SELECT count(*), count(*) FILTER (no_amount), count(*) FILTER (id IS NULL) FROM parsed WHERE reason IS NULL"
    ).fetchall()[0]
    if look.staged.odd_rows:
        left.append(("cells", look.staged.odd_rows, None))
    return {
        "rows_in": look.staged.rows + look.staged.odd_rows,
        "rows_used": used,
        "left_out": [
            {"reason": reason, "words": REASONS[reason], "rows": rows, "first_line": line}
            for reason, rows, line in left
        ],
        "no_amount": blank,
        "without_id": without_id if roles[CUSTOMER_ID] else 0,
    }


def _customers(
    connection: duckdb.DuckDBPyConnection, has_id: bool, predicted: Path | None, has_covariate: bool
) -> pd.DataFrame:
    """One row a customer, in the order of the file."""
    joined = predicted is not None and has_id and not has_covariate
    covariate = "avg(scored.pred_spend)" if joined else "avg(covariate)"
    join = (
        f"LEFT JOIN {scan([predicted])} AS scored ON id = scored.customer_id" if joined and predicted else ""
    )
    return connection.execute(
        f"""SELECT coalesce(id, 'row ' || line_no) AS customer_id, arm, sum(spend) AS spend,
                   CAST(max(converted) AS BIGINT) AS converted, {covariate} AS covariate
            FROM parsed {join} WHERE reason IS NULL
            GROUP BY coalesce(id, 'row ' || line_no), arm ORDER BY min(line_no)"""
    ).df()


def few_arms(name: str, column: Column) -> Sequence[str]:
    """The arms of a column; InputError where they are none to compare."""
    if len(column.values) >= 2:
        return [value for value, _ in column.values]
    if column.values:
        raise InputError(
            f"All rows of {name} are in the one arm “{column.values[0][0]}”: without customers who were left out there "
            "is nothing to compare with."
        )
    raise InputError(
        f"The column '{column.name}' of {name} has more than {MOST_ARMS} different values (for example "
        f"'{', '.join(column.examples)}'): it does not tell the arm. Choose another column."
    )

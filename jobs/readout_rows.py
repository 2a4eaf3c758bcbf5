"""The rows of a result file become one row a customer, every row accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.accounting import counted
from data.engine import scan
from data.errors import InputError, QuestionError
from data.names import CUSTOMER_ID, DISCOUNT
from data.reading import ImportOptions
from data.reading.numbers import NumberEvidence, decide_decimal, number_sql
from jobs.readout_columns import ARM, CONVERTED, COVARIATE, SPEND
from jobs.readout_files import BLANK, Look, in_place
from jobs.workplace import Workplace

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# Texts that stand for no arm; "none" is one.
_BLANK_ARM: Final = "('', 'null', 'nan', '#n/a', '<na>')"
_YES: Final = (
    "('1', 'true', 't', 'yes', 'y', 'x', 'ja', 'oui', 'si', 'sí', 'sim', 'converted', 'bought', 'purchased')"
)
_NO: Final = "('0', 'false', 'f', 'no', 'n', 'nein', 'non', 'não', 'nao')"
REASONS: Final = {
    "cells": "the row has too many or too few cells",
    "arm": "the arm is blank",
    "spend": "the amount cannot be read",
    "converted": "whether the customer bought cannot be read",
    "two_arms": "the customer is in more than one arm",
}


@dataclass(frozen=True)
class Outcomes:
    """What a file says: one row a customer with `customer_id` (or its row), `arm`, `spend`, `converted`,
    `covariate` and, where the file has it, `discount`.

    `account` says what became of each row: rows in = used + left out.
    """

    frame: pd.DataFrame
    account: dict[str, Any]


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
        _texts(connection, look, roles)
        if predicted is not None:
            _bare_ids(connection, predicted)
        _values(connection, decimal)
        account = _account(connection, look, roles)
        frame = _customers(connection, roles, predicted)
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
    money = tuple(roles[role] for role in (SPEND, COVARIATE, DISCOUNT) if roles[role])
    for column in money:
        key = look.key(column)
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
    raise QuestionError((in_place(finding.question),))


def _texts(connection: duckdb.DuckDBPyConnection, look: Look, roles: Mapping[str, str]) -> None:
    """Make the table `texts`: what the file says of each role, row by row."""

    def text(role: str) -> str:
        return f"trim({look.key(roles[role])})" if roles[role] else "CAST(NULL AS VARCHAR)"

    connection.execute(
        f"""CREATE TEMP TABLE texts AS SELECT line_no,
            CASE WHEN lower({text(ARM)}) IN {_BLANK_ARM} THEN NULL ELSE {text(ARM)} END AS arm,
            {text(SPEND)} AS spend, {text(CONVERTED)} AS converted, {text(COVARIATE)} AS covariate,
            {text(DISCOUNT)} AS discount,
            CASE WHEN lower({text(CUSTOMER_ID)}) IN {BLANK} THEN NULL ELSE {text(CUSTOMER_ID)} END AS id
            FROM {scan([look.staged.path])}"""
    )


def _bare_ids(connection: duckdb.DuckDBPyConnection, known: Path) -> None:
    # Before an id that a spreadsheet would run our own lists put an apostrophe.
    ids = f"(SELECT customer_id FROM {scan([known])})"
    connection.execute(
        f"""UPDATE texts SET id = substr(id, 2)
            WHERE starts_with(id, '''') AND id NOT IN {ids} AND substr(id, 2) IN {ids}"""
    )


def _values(connection: duckdb.DuckDBPyConnection, decimal: str) -> None:
    """Make the table `parsed`: each row with its values and, in `reason`, why it is left out."""

    def number(column: str) -> str:
        return f"CAST({number_sql(column, decimal)} AS DOUBLE)"

    def maybe(column: str) -> str:
        return f"CASE WHEN lower(coalesce({column}, '')) IN {BLANK} THEN NULL ELSE {number(column)} END"

    connection.execute(
        f"""CREATE TEMP TABLE valued AS SELECT line_no, arm, id,
            lower(coalesce(spend, '')) IN {BLANK} AS no_amount,
            CASE WHEN lower(coalesce(spend, '')) IN {BLANK} THEN 0.0 ELSE {number("spend")} END AS spend,
            converted IS NULL OR lower(converted) IN {BLANK.replace("'none', ", "")} AS unsaid,
            CASE WHEN lower(converted) IN {_YES} THEN 1 WHEN lower(converted) IN {_NO} THEN 0
                 ELSE CAST({number("converted")} > 0 AS INTEGER) END AS converted,
            {maybe("covariate")} AS covariate, {maybe("discount")} AS discount,
            lower(coalesce(discount, '')) NOT IN {BLANK} AS discount_said
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
           SELECT line_no, arms.arm, valued.id, spend, no_amount, covariate, discount,
                  discount_said AND discount IS NULL AS discount_unread,
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
    used, blank, without_id, unread = connection.execute(
        """SELECT count(*), count(*) FILTER (no_amount), count(*) FILTER (id IS NULL), count(*) FILTER (discount_unread)
           FROM parsed WHERE reason IS NULL"""
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
        "discount_unread": unread,
    }


def _customers(
    connection: duckdb.DuckDBPyConnection, roles: Mapping[str, str], predicted: Path | None
) -> pd.DataFrame:
    """One row a customer, in the order of the file."""
    covariate, join = "avg(covariate)", ""
    if predicted is not None and not roles[COVARIATE]:
        covariate = "avg(scored.pred_spend)"
        join = f"LEFT JOIN {scan([predicted])} AS scored ON id = scored.customer_id"
    discount = ", sum(discount) AS discount" if roles[DISCOUNT] else ""
    return connection.execute(
        f"""SELECT coalesce(id, 'row ' || line_no) AS customer_id, parsed.arm, sum(spend) AS spend,
                   CAST(max(converted) AS BIGINT) AS converted, {covariate} AS covariate{discount}
            FROM parsed {join} WHERE reason IS NULL
            GROUP BY coalesce(id, 'row ' || line_no), parsed.arm ORDER BY min(line_no)"""
    ).df()

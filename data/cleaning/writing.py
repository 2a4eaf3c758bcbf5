"""The files that cleaning leaves: transactions by customer bucket, and the rows set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from data import quarantine
from data.cleaning.judging import Judgement
from data.cleaning.values import EXACT_QUANTITY
from data.cleaning.workbench import Workbench
from data.engine import quote
from data.names import (
    AMOUNT,
    CATEGORY,
    COUNTRY,
    CURRENCY,
    CUSTOMER_ID,
    DAY,
    DISCOUNT,
    ORDER_ID,
    ORDERED_AT,
    PRODUCT_ID,
    QUANTITY,
    REFUND,
    STATUS,
    UNIT_PRICE,
)
from data.quarantine import free_name, identifier

# Role columns of a stored data set, in their order; other columns of the file follow.
STORED_COLUMNS: Final = (
    CUSTOMER_ID,
    ORDER_ID,
    ORDERED_AT,
    DAY,
    QUANTITY,
    UNIT_PRICE,
    AMOUNT,
    PRODUCT_ID,
    CATEGORY,
    COUNTRY,
    DISCOUNT,
)
# Roles that only say how a row counts: their columns are stored as they came, like those without a role.
_AS_THEY_CAME: Final = (CURRENCY, STATUS, REFUND)
# The lowest level is as small as the default here, and takes an eighth less time.
_PARQUET: Final = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880"


def stored_columns(bench: Workbench) -> dict[str, str]:
    """Name -> SQL of the columns of the stored table, over the judged rows; our own names are not used twice."""
    values = {name: name for name in STORED_COLUMNS}
    values[DAY] = f"CAST({ORDERED_AT} AS DATE)"
    values[QUANTITY] = f"CAST({EXACT_QUANTITY} AS DOUBLE)"
    taken = {name.casefold() for name in STORED_COLUMNS}
    playing = {key for role, key in bench.roles.items() if role not in _AS_THEY_CAME}
    for key, column in zip(bench.keys, bench.inspection.columns, strict=True):
        if key not in playing and key in bench.telling_keys:
            values[free_name(column, taken)] = f"NULLIF({key}, '')"
    return values


def write_transactions(judgement: Judgement, kept: str, path: Path) -> int:
    """Write the rows `kept`, sorted: the order of the input leaves no trace; returns how many there are.

    Rows alike in customer, day, order and time come in the order of a hash over all else that is stored.
    """
    values = stored_columns(judgement.bench)
    select = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in values.items())
    first = (CUSTOMER_ID, DAY, ORDER_ID, ORDERED_AT)
    rest = ", ".join(identifier(name) for name in values if name not in first)
    by = ", ".join(f"{name} ASC NULLS FIRST" for name in first)
    (written,) = judgement.bench.one(
        f"COPY (SELECT * FROM (SELECT {select} FROM {kept}) ORDER BY {by}, hash({rest})) "
        f"TO {quote(str(path.resolve()))} ({_PARQUET})"
    )
    return int(written)


def write_rejected(judgement: Judgement, path: Path, *, some: bool) -> None:
    """Write the rows set aside (if there are `some`), as they came and in their order, with line and reason."""
    bench = judgement.bench
    test = "reason IS NOT NULL" if some else "false"
    rows = f"(SELECT * FROM {judgement.rows} WHERE {test})"
    quarantine.write_rejected(bench.connection, bench.staged, rows, bench.keys, path)

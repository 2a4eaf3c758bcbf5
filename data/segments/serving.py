"""The file that the segment explorer asks: a segmentation's customers, made once when it is published."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from data import names
from data.segments.frame import Attribute
from data.segments.metrics import METRICS, NUMBER

TABLE: Final = "customers"
_SMALL: Final = {"code": pa.int16(), "was": pa.int16(), "r": pa.int8(), "f": pa.int8(), "m": pa.int8()}
_SCORES: Final = ("r", "f", "m")
_MONEY: Final = (
    "monetary",
    "mean_order_value",
    names.PRED_SPEND,
    names.PRED_SPEND_LOW,
    names.PRED_SPEND_HIGH,
    names.CLV,
)
_WHOLE: Final = ("recency_days", "frequency", "tenure_days")
_FLOAT: Final = (names.PRED_PROB, names.CHURN_RISK, names.P_ALIVE, "pc1", "pc2", "pc3")
COLUMNS: Final = (names.CUSTOMER_ID, *_SMALL, *_WHOLE, *_MONEY, *_FLOAT)


def write_segments(
    path: Path, frame: pd.DataFrame, attributes: Sequence[Attribute], threads: int = 2
) -> None:
    """Write the table `customers` of the DuckDB file `path`, one row a customer.

    `frame` has `customer_id`, `code` (int) and any other of `COLUMNS`, and the columns of `attributes`;
    others are left out. `was` is missing for who was not yet a
    customer. What is not finite, empty text and a score of 0 (unknown) is NULL. Categories become an ENUM in alphabetical order;
    a logarithmic metric gets its plotted coordinate beside it (`Metric.plotted`). `place` is the customer's
    in the order of ids, which breaks ties of every sort. Rows are ordered by `shuffle`, a fixed random
    number in [0, 1): the first so many are a fair sample.
    """
    kinds = {item.key: item.type for item in attributes if item.key in frame.columns}
    columns: dict[str, pa.Array] = {}
    enums: dict[str, list[str]] = {}
    for name in COLUMNS:
        if name in frame.columns:
            columns[name] = _known(name, frame[name])
            if columns[name].null_count == len(frame) and name in _SCORES:
                del columns[name]
    for key, kind in kinds.items():
        if kind == NUMBER:
            columns[key] = _numbers(frame[key])
        else:
            columns[key] = _texts(frame[key])
            enums[key] = _alphabetical(columns[key])
    with closing(duckdb.connect(str(path), config={"threads": threads})) as connection:
        for key, values in enums.items():
            connection.register("words", pa.table({"word": pa.array(values, pa.string())}))
            # Names of our own; the words themselves never are SQL text.
            connection.execute(f"CREATE TYPE {key}_words AS ENUM (SELECT word FROM words)")
            connection.unregister("words")
        connection.register("source", pa.table(columns))
        shown = [f"CAST({key} AS {key}_words) AS {key}" if key in enums else key for key in columns]
        plotted = [
            f"CAST(log10(1 + greatest({metric.key}, 0)) AS FLOAT) AS {metric.plotted}"
            for metric in METRICS.values()
            if metric.log and metric.key in columns
        ]
        shuffle = "CAST(hash(customer_id) AS DOUBLE) / 18446744073709551616.0 AS shuffle"
        place = "CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS place"
        connection.execute(
            f"CREATE TABLE {TABLE} AS SELECT {', '.join([*shown, *plotted, place, shuffle])}"
            " FROM source ORDER BY shuffle, customer_id"
        )


def _known(name: str, values: pd.Series[Any]) -> pa.Array:
    if name == names.CUSTOMER_ID:
        return pa.array(values.astype(str).tolist(), pa.string())
    if name in _SMALL:
        return _numbers(values.mask(values == 0) if name in _SCORES else values).cast(
            _SMALL[name], safe=False
        )
    if name in _FLOAT:
        return _numbers(values).cast(pa.float32(), safe=False)
    return _numbers(values) if name in _WHOLE else _numbers(values).cast(pa.float64())


def _numbers(values: pd.Series[Any]) -> pa.Array:
    """Whole numbers in four bytes where they all are and fit, else eight-byte floats; NULL if not finite."""
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(found)
    found = np.where(known, found, 0.0)
    whole = bool((found == np.rint(found)).all() and (np.abs(found) < 2**31).all())
    return pa.array(found.astype(np.int32) if whole else found, mask=~known)


def _texts(values: pd.Series[Any]) -> pa.Array:
    known = values.notna().to_numpy()
    found = [str(value) if there else None for value, there in zip(values.tolist(), known, strict=True)]
    return pa.array([text or None for text in found], pa.string())


def _alphabetical(texts: pa.Array) -> list[str]:
    return sorted(
        (text for text in texts.unique().to_pylist() if text is not None),
        key=lambda text: (text.casefold(), text),
    )

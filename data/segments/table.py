"""The table of segmented customers: its pages, its export, and one customer of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from data import names
from data.errors import InputError, NotFoundError
from data.segments.file import SegmentFile
from data.segments.filter import SegmentFilter
from data.segments.looks import NEW_NAME, Look
from data.segments.relation import fitting, relation
from data.segments.serving import TABLE

SEGMENT: Final = "segment"
WAS: Final = "was"
Sort = Sequence[tuple[str, str]]
# Words of the columns that are no metric.
_LABELS: Final = {
    names.CUSTOMER_ID: "Customer",
    SEGMENT: "Segment",
    WAS: "Segment before",
    names.PRED_SPEND_LOW: "Expected spend, low",
    names.PRED_SPEND_HIGH: "Expected spend, high",
}
_ORDER: Final = (
    names.CUSTOMER_ID,
    SEGMENT,
    WAS,
    "r",
    "f",
    "m",
    "recency_days",
    "frequency",
    "monetary",
    "mean_order_value",
    "tenure_days",
    names.CHURN_RISK,
    names.CLV,
    names.PRED_PROB,
    names.PRED_SPEND,
    names.PRED_SPEND_LOW,
    names.PRED_SPEND_HIGH,
    names.P_ALIVE,
)
# Stored in four bytes; told as the eight-byte number that was meant.
_FOUR_BYTES: Final = (names.CHURN_RISK, names.PRED_PROB, names.P_ALIVE)
_FIRST_ROWS: Final = 1000
_MOST_ROWS: Final = 10_000
_RISKY: Final = re.compile(r"^[=+\-@\t\r]")


class SegmentTable:
    """The customers row by row, with the names of segments that people see."""

    def __init__(self, file: SegmentFile, looks: Sequence[Look]) -> None:
        self.file = file
        self.looks = tuple(looks)
        self._look_of = {code: look for look in looks for code in look.codes}
        labels = {metric.key: metric.label for metric in file.metrics.values()} | _LABELS
        labels |= {item["key"]: str(item["label"]) for item in file.attributes}
        there = {SEGMENT, *file.columns}
        order = (*_ORDER, *(item["key"] for item in file.attributes))
        # Keys and words of the columns.
        self.columns: dict[str, str] = {key: labels[key] for key in order if key in there}

    def page(
        self,
        chosen: SegmentFilter,
        columns: Sequence[str] | None = None,
        sort: Sort = (),
        start: int = 0,
        end: int = 100,
    ) -> pd.DataFrame:
        """Rows `start` to `end` (exclusive) of the table of `chosen`, sorted as asked.

        `columns` (default: all) and then segment_key and colour, for how a segment is shown. What is not
        known is None. InputError for a column that the table does not have.
        """
        picked = self._picked(columns)
        rows = self._row_numbers(chosen, sort, max(0, start), max(0, start, min(end, start + _MOST_ROWS)))
        asked = ", ".join(f"{self._told(key)} AS {key}" for key in picked if key != SEGMENT)
        # A join with the few rows wanted reads other columns for these alone.
        frame = self.file.reader.frame(
            f"SELECT {asked or 'place'}, code AS code_, found.at FROM {TABLE} JOIN"
            " (SELECT unnest(CAST($rows AS BIGINT[])) AS id, unnest(CAST($places AS INTEGER[])) AS at) found"
            f" ON {TABLE}.rowid = found.id ORDER BY found.at",
            {"rows": rows.tolist(), "places": list(range(len(rows)))},
        )
        looks = [self._look_of[code] for code in frame["code_"]]
        told = {
            SEGMENT: [look.name for look in looks],
            "segment_key": [look.key for look in looks],
            "colour": [look.colour for look in looks],
        }
        if WAS in picked:
            before = frame[WAS].astype(object).where(frame[WAS].notna(), None)
            told[WAS] = [self._look_of[int(code)].name if code is not None else NEW_NAME for code in before]
        shown = {key: told.get(key, frame.get(key)) for key in (*picked, "segment_key", "colour")}
        return pd.DataFrame({key: _none_for_nan(values) for key, values in shown.items()})

    def export(
        self,
        chosen: SegmentFilter,
        columns: Sequence[str] | None = None,
        sort: Sort = (),
        *,
        labelled: bool = True,
    ) -> Iterator[pa.RecordBatch]:
        """The customers of `chosen` in table order, as Arrow batches, with only the chosen columns.

        With `labelled`, attributes are headed by their own words (made different and harmless where they
        are not), else by key; other columns by key. InputError for a column that the table does not have.
        """
        picked = self._picked(columns)
        heads = self._heads(picked) if labelled else list(picked)
        source, params = relation(self.file, self.looks, chosen)
        asked = ", ".join(f"{'code' if key == SEGMENT else self._told(key)} AS {key}" for key in picked)
        text = f"SELECT {asked} FROM {source} ORDER BY {self._order(sort)}"
        return self._told_batches(text, params, picked, heads)

    def customer(self, customer_id: str) -> dict[str, Any]:
        """Everything known of one customer, by column, with segment, segment_key and colour.

        NotFoundError where there is none.
        """
        rows = self.file.reader.rows(
            f"SELECT place FROM {TABLE} WHERE customer_id = $id LIMIT 1", {"id": str(customer_id)}
        )
        if not rows:
            raise NotFoundError(f"Customer {str(customer_id)[:60]} is not in this segmentation.")
        asked = ", ".join(f"{self._told(key)} AS {key}" for key in self.columns if key != SEGMENT)
        found = self.file.reader.batches(
            f"SELECT {asked}, code AS code_ FROM {TABLE} WHERE place = $place", {"place": rows[0][0]}
        )
        facts: dict[str, Any] = next(iter(found)).to_pylist()[0]
        look = self._look_of[facts.pop("code_")]
        before = (
            {WAS: self._look_of[facts[WAS]].name if facts[WAS] is not None else NEW_NAME}
            if WAS in facts
            else {}
        )
        return facts | before | {SEGMENT: look.name, "segment_key": look.key, "colour": look.colour}

    # Plumbing

    def _picked(self, columns: Sequence[str] | None) -> tuple[str, ...]:
        picked = tuple(dict.fromkeys(columns)) if columns else tuple(self.columns)
        unknown = [column for column in picked if column not in self.columns]
        if unknown:
            raise InputError(f"The table has no column {str(unknown[0])[:60]!r}.")
        return picked

    def _told(self, key: str) -> str:
        """The expression of a column as it is shown."""
        if key in self.file.categories:
            return f"CAST({key} AS VARCHAR)"
        return f"round(CAST({key} AS DOUBLE), 6)" if key in _FOUR_BYTES else key

    def _order(self, sort: Sort) -> str:
        """The ORDER BY text of a sort, from the columns there are; ties by customer id, so pages never overlap.

        What is not known comes last either way. Unsorted: the best segment first, those worth most first.
        """
        parts = []
        for column, direction in sort or self._default_sort():
            if column not in self.columns or direction not in ("asc", "desc"):
                raise InputError(
                    f"The table cannot be sorted by {str(column)[:60]!r} {str(direction)[:10]!r}."
                )
            parts.append(f"{self._rank(column)} {direction.upper()} NULLS LAST")
        return ", ".join([*parts, "place ASC"])

    def _default_sort(self) -> Sort:
        value = self.file.value_column
        return ((value, "desc"),) if value else ((SEGMENT, "asc"),)

    def _rank(self, column: str) -> str:
        if column == names.CUSTOMER_ID:
            return "place"
        if column in (SEGMENT, WAS):
            stored = "code" if column == SEGMENT else WAS
            cases = (
                f"WHEN {code} THEN {place}" for place, look in enumerate(self.looks) for code in look.codes
            )
            return f"CASE {stored} {' '.join(cases)} END"
        return f"enum_code({column})" if column in self.file.categories else column

    def _row_numbers(self, chosen: SegmentFilter, sort: Sort, start: int, end: int) -> np.ndarray:
        """Where in the file rows `start` to `end` of a sort are.

        The first ones are picked out; for later ones the whole order is made once and kept.
        """
        order = self._order(sort)
        source, params = relation(self.file, self.looks, chosen)
        codes = tuple((look.key, look.codes) for look in self.looks)
        key = ("order", fitting(self.file, self.looks, chosen), codes, order)
        text = f"SELECT rowid AS id FROM {source} ORDER BY {order}"
        if end <= _FIRST_ROWS and not self.file.has(key):
            found = self.file.reader.arrays(f"{text} LIMIT {end - start} OFFSET {start}", params)
            return np.asarray(found["id"])
        whole = self.file.kept(
            key, lambda: np.asarray(self.file.reader.arrays(text, params)["id"]).astype(np.int32), large=True
        )
        return whole[start:end]

    def _told_batches(
        self, text: str, params: dict[str, Any], picked: Sequence[str], heads: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        for batch in self.file.reader.batches(text, params):
            columns = [
                self._segment_names(column) if key in (SEGMENT, WAS) else column
                for key, column in zip(picked, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, names=list(heads))

    def _segment_names(self, codes: pa.Array) -> pa.Array:
        told = {code: look.name for code, look in self._look_of.items()}
        return pa.array([NEW_NAME if code is None else told[code] for code in codes.to_pylist()], pa.string())

    def _heads(self, picked: Sequence[str]) -> list[str]:
        own = {item["key"] for item in self.file.attributes}
        heads: list[str] = []
        for key in picked:
            head = " ".join(self.columns[key].split()) or key if key in own else key
            # A spreadsheet would run a heading like any other cell.
            head = f"'{head}" if _RISKY.match(head) else head
            heads.append(
                f"{head} ({key})" if head in heads or (key in own and head in self.columns) else head
            )
        return heads


def _none_for_nan(values: Any) -> pd.Series[Any]:
    """Values with None where one is missing; whole numbers that met a gap are whole again."""
    series = pd.Series(values)
    if not series.isna().any():
        return series
    known = series[series.notna()]
    whole = pd.api.types.is_float_dtype(series) and bool((known == known.round()).all())
    return pd.Series(
        [None if pd.isna(value) else int(value) if whole else value for value in series.tolist()],
        dtype=object,
    )

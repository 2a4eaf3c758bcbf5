"""What the segment explorer asks: count, figures, frames for charts, table and export of one filter.

A filter never becomes SQL text: its values are parameters or codes of the file, its columns the file's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from data import names
from data.segments.file import SegmentFile
from data.segments.filter import SegmentFilter
from data.segments.looks import Look
from data.segments.relation import filters_of, fitting
from data.segments.serving import TABLE
from data.segments.table import SegmentTable, Sort
from data.segments.views import SegmentViews
from data.store import Segmentation

_TOTALS: Final = {"revenue": "monetary", "clv": names.CLV}


@dataclass(frozen=True)
class Summary:
    """The customers of a filter in figures; money in account currency, None where it is not known.

    `by_segment` counts customers by key of segment, zeros included; `clv` is the sum and `mean_clv` the mean
    of lifetime value.
    """

    customers: int
    by_segment: dict[str, int]
    revenue: float | None = None
    clv: float | None = None
    mean_clv: float | None = None
    mean_churn: float | None = None
    mean_recency: float | None = None
    mean_frequency: float | None = None


class SegmentQueries(SegmentViews):
    """Answers questions about the customers of one segmentation; safe to use from many threads.

    `looks` are how people see its segments (`looks_of`). `file` is the file where it is open already. The
    frames for charts are those of `SegmentViews`.
    """

    def __init__(
        self,
        segmentation: Segmentation,
        looks: Sequence[Look],
        file: SegmentFile | None = None,
        *,
        threads: int = 2,
        memory_mb: int = 1024,
    ) -> None:
        super().__init__(file or SegmentFile(segmentation, threads=threads, memory_mb=memory_mb), looks)
        self.segmentation = segmentation
        self.manifest: Mapping[str, Any] = segmentation.manifest
        self.filters = filters_of(self.file)
        self._table = SegmentTable(self.file, self.looks)
        self.columns = self._table.columns

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def fitting(self, chosen: SegmentFilter) -> SegmentFilter:
        """The part of a filter that makes sense for these customers; what every answer goes by."""
        return fitting(self.file, self.looks, chosen)

    def chips(self, chosen: SegmentFilter) -> tuple[tuple[str, str, str], ...]:
        """What is on, as chips (parameter, value, text) that `SegmentFilter.without` takes off."""
        value = self.file.value_column
        label = "CLV" if value in (None, names.CLV) else self.metrics[value].label
        return self.fitting(chosen).words(self.looks, self.file.attributes, self.metrics, label)

    def count(self, chosen: SegmentFilter) -> int:
        """How many customers `chosen` names."""
        return sum(self._sizes(chosen).values())

    def summary(self, chosen: SegmentFilter) -> Summary:
        """Count and total the customers of `chosen`."""
        means = {
            "mean_clv": names.CLV,
            "mean_churn": names.CHURN_RISK,
            "mean_recency": "recency_days",
            "mean_frequency": "frequency",
        }
        found = self._sums(chosen)

        def total(name: str) -> float:
            return sum(float(row[name] or 0.0) for row in found.values())

        there = self.file.columns
        values = {name: total(f"sum_{column}") for name, column in _TOTALS.items() if column in there}
        values |= {
            name: total(f"sum_{column}") / total(f"count_{column}")
            for name, column in means.items()
            if column in there and total(f"count_{column}")
        }
        by_segment = {look.key: int(found.get(look.key, {}).get("customers", 0)) for look in self.looks}
        return Summary(sum(by_segment.values()), by_segment, **values)

    def values(self, attribute: str, top: int = 200) -> pd.DataFrame:
        """The values of an attribute over all customers, the commonest first: value, customers.

        `value` is None for customers where it is not known. InputError for an attribute that there is not.
        """
        self._check_attribute(attribute)

        def ask() -> pd.DataFrame:
            text = f"SELECT CAST({attribute} AS VARCHAR) AS value, count(*) AS customers FROM {TABLE} GROUP BY value"
            rows = self.file.reader.rows(f"{text} ORDER BY customers DESC, value LIMIT {int(top)}")
            values = pd.Series([row[0] for row in rows], dtype=object)
            return pd.DataFrame({"value": values, "customers": [int(row[1]) for row in rows]})

        return self.file.kept(("values", attribute, int(top)), ask, forever=True).copy()

    def page(
        self,
        chosen: SegmentFilter,
        columns: Sequence[str] | None = None,
        sort: Sort = (),
        start: int = 0,
        end: int = 100,
    ) -> pd.DataFrame:
        """Rows `start` to `end` (exclusive) of the table of `chosen`; see `SegmentTable.page`."""
        return self._table.page(chosen, columns, sort, start, end)

    def export(
        self,
        chosen: SegmentFilter,
        columns: Sequence[str] | None = None,
        sort: Sort = (),
        *,
        labelled: bool = True,
    ) -> Iterator[pa.RecordBatch]:
        """The customers of `chosen` in table order, in Arrow batches; see `SegmentTable.export`."""
        return self._table.export(chosen, columns, sort, labelled=labelled)

    def customer(self, customer_id: str) -> dict[str, Any]:
        """Everything known of one customer; NotFoundError where there is none."""
        return self._table.customer(customer_id)

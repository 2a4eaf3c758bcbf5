"""Lists of customers that somebody chose and named: saved from a filter, and read back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InputError, StoreError
from data.names import CUSTOMER_ID
from data.segments.filter import SegmentFilter
from data.segments.looks import clean_name
from data.segments.queries import SegmentQueries
from data.store import LISTS, TABLE, CustomerList, Manifest, Store

BATCH: Final = 50_000


def save_list(store: Store, queries: SegmentQueries, chosen: SegmentFilter, name: str) -> str:
    """Publish the customers of `chosen` as a list and return its id.

    The list has the columns of the table (attributes by key; `columns` of its manifest has their words) and
    its definition, and stays when the segmentation goes. Raises InputError for a name without 1 to 60
    characters and for a filter that no customer matches.
    """
    title = clean_name(name, "list")
    fitted = queries.fitting(chosen)
    if not queries.count(fitted):
        raise InputError(
            "No customer matches these filters, so there is nothing to save: change the filters."
        )
    source = queries.manifest["source"]

    def fill(folder: Path) -> Manifest:
        batches = queries.export(fitted, labelled=False)
        first = next(batches)
        customers = 0
        with pq.ParquetWriter(folder / TABLE, first.schema, compression="zstd") as writer:
            for batch in chain((first,), batches):
                writer.write_batch(batch)
                customers += batch.num_rows
        return {
            "kind": "list",
            "segmentation_id": queries.segmentation.id,
            "segmentation": queries.manifest["title"],
            "source": dict(source),
            "dataset_id": source["dataset_id"],
            "series": source["series"],
            "definition": fitted.to_params(),
            "words": [list(chip) for chip in queries.chips(fitted)],
            "columns": queries.columns,
            "customers": customers,
            "as_of": queries.manifest["as_of"],
            "currency": queries.manifest["currency"],
        }

    return store.publish(LISTS, title, fill)


def batches_of(chosen: CustomerList, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The customers of a list in Arrow batches, in the order they were saved; StoreError where it is damaged."""
    try:
        with pq.ParquetFile(chosen.customers) as file:
            yield from file.iter_batches(batch_size=BATCH, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"The list {chosen.name} cannot be read.") from error


def customer_ids(chosen: CustomerList) -> Iterator[str]:
    """The ids of a list's customers, one by one."""
    for batch in batches_of(chosen, [CUSTOMER_ID]):
        yield from batch.column(0).to_pylist()


def first_rows(chosen: CustomerList, rows: int = 100) -> list[dict[str, Any]]:
    """The first `rows` customers of a list, as plain values by column."""
    found: list[dict[str, Any]] = []
    for batch in batches_of(chosen):
        found += batch.slice(0, rows - len(found)).to_pylist()
        if len(found) >= rows:
            break
    return found

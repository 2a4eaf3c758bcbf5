"""Lists of customers: what was chosen is kept, and outlives the segmentation it came from."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.errors import InputError, NotFoundError, StoreError
from data.segments.filter import SegmentFilter
from data.segments.lists import customer_ids, first_rows, save_list
from data.segments.looks import looks_of
from data.segments.queries import SegmentQueries
from data.store import Store
from tests.segmentations import AS_OF, make_segmentation


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def queries(store: Store) -> SegmentQueries:
    found = store.segmentation(make_segmentation(store, 400))
    return SegmentQueries(found, looks_of(found.report, {"lost": {"name": "=Gone"}}), threads=1)


def test_a_list_has_the_customers_of_its_filter_and_outlives_the_segmentation(
    store: Store, queries: SegmentQueries
) -> None:
    chosen = SegmentFilter(segments=("lost", "merged away"), churn="high", search="c0")
    wanted = queries.page(chosen, end=400)
    saved = store.list_of(save_list(store, queries, chosen, "  Win back\x00 <b>now</b> "))
    store.delete_segmentation(queries.segmentation.id)
    with pytest.raises(NotFoundError):
        store.segmentation(queries.segmentation.id)

    assert saved.name == "Win back <b>now</b>"
    assert list(customer_ids(saved)) == list(wanted["customer_id"])
    assert len(wanted) == saved.manifest["customers"] > 3
    assert saved.manifest["definition"] == {"segment": "lost", "churn": "high", "search": "c0"}
    assert [text for _, _, text in saved.manifest["words"]] == [
        "Segment: =Gone",
        "Churn risk: High (70 % and more)",
        "Search: c0",
    ]
    assert saved.manifest["as_of"] == AS_OF
    assert saved.manifest["series"] == "series-1"
    assert saved.manifest["columns"]["a0"] == "Country"
    assert pq.read_schema(saved.customers).names == list(queries.columns)
    rows = first_rows(saved, 2)
    assert [row["customer_id"] for row in rows] == list(wanted["customer_id"])[:2]
    assert rows[0]["segment"] == "=Gone"
    assert len(first_rows(saved, 10_000)) == len(wanted)


def test_a_list_needs_a_name_and_customers(store: Store, queries: SegmentQueries) -> None:
    for name in ("", " \x00 ", "x" * 61):
        with pytest.raises(InputError, match="name of a list has 1 to 60"):
            save_list(store, queries, SegmentFilter(), name)
    with pytest.raises(InputError, match="No customer matches"):
        save_list(store, queries, SegmentFilter(search="nobody"), "Nobody")
    assert store.lists() == []


def test_a_damaged_list_is_told_in_words(store: Store, queries: SegmentQueries) -> None:
    saved = store.list_of(save_list(store, queries, SegmentFilter(), "All"))
    saved.customers.write_bytes(b"x" * saved.customers.stat().st_size)
    with pytest.raises(StoreError, match="list All cannot be read"):
        list(customer_ids(saved))

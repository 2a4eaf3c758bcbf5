"""A customer's days: sums by hand, the right bucket, and values that never become text of a query."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from data.errors import NotFoundError, StoreError
from data.history import CustomerDay, customer_days, usual_gap_days
from data.store import DATASETS, Dataset, Store
from tests.unit.data.test_appending import add, line

LINES = (
    line(7, "a", "2025-01-05", qty=2)
    + line(7, "a", "2025-01-05", "q", price="10.00")
    + line(7, "b", "2025-01-05")
    + line(7, "c", "2025-02-10", qty=-1)
    + line(7, "d", "2025-03-01", qty=4)
    + line(7, "d", "2025-03-01", qty=-1)
    + line(7, "e", "2025-04-01")
    + line(8, "f", "2025-03-01", price="99.00")
)


def published(home: Path, content: str, bucket_rows: int = 4_000_000) -> Dataset:
    """A data set of `content`, cleaned and published as an import does it."""
    store = Store(home / "workspace")
    scratch = home / "scratch"
    scratch.mkdir()
    cleaned = add(scratch, content, bucket_rows=bucket_rows)

    def fill(folder: Path) -> dict[str, object]:
        for path in cleaned.paths:
            shutil.copyfile(path, folder / path.name)
        return {"buckets": [[path.name for path in paths] for paths in cleaned.buckets]}

    return store.dataset(store.publish(DATASETS, "Shop", fill))


def test_a_day_has_its_orders_its_net_amount_and_what_was_sent_back(tmp_path: Path) -> None:
    dataset = published(tmp_path, LINES)
    assert customer_days(dataset, "7", dt.date(2025, 3, 31)) == (
        CustomerDay(dt.date(2025, 1, 5), 2, 17.5, 0.0),
        CustomerDay(dt.date(2025, 2, 10), 0, -2.5, 2.5),
        CustomerDay(dt.date(2025, 3, 1), 1, 7.5, 2.5),
    )
    assert len(customer_days(dataset, "7", dt.date(2025, 4, 1))) == 4
    assert customer_days(dataset, "7", dt.date(2024, 12, 31)) == ()


@pytest.mark.parametrize("customer", ["nobody", "", "7' OR '1'='1", "$until", "; DROP TABLE x"])
def test_an_id_is_a_value_and_never_a_text_of_the_query(tmp_path: Path, customer: str) -> None:
    assert customer_days(published(tmp_path, LINES), customer, dt.date(2025, 12, 31)) == ()


def test_every_customer_is_found_in_the_bucket_that_holds_them(tmp_path: Path) -> None:
    rows = [line(customer, f"o{customer}", "2025-01-05", qty=customer) for customer in range(1, 16)]
    dataset = published(tmp_path, "".join(rows), bucket_rows=3)
    assert len(dataset.buckets) == 5
    for customer in range(1, 16):
        days = customer_days(dataset, str(customer), dt.date(2025, 12, 31))
        assert [(each.orders, each.net) for each in days] == [(1, 2.5 * customer)]


def test_a_look_reads_only_the_bucket_of_the_customer(tmp_path: Path) -> None:
    rows = [line(customer, f"o{customer}", "2025-01-05") for customer in range(1, 13)]
    dataset = published(tmp_path, "".join(rows), bucket_rows=6)
    (one,), (other,) = dataset.buckets
    other.write_bytes(b"x" * other.stat().st_size)
    found = 0
    for customer in range(1, 13):
        try:
            found += len(customer_days(dataset, str(customer), dt.date(2025, 12, 31)))
        except StoreError:
            continue
    assert 0 < found < 12
    assert one.is_file()


def test_a_data_set_whose_files_are_gone_is_said_to_be(tmp_path: Path) -> None:
    dataset = published(tmp_path, LINES)
    shutil.rmtree(dataset.path)
    with pytest.raises(NotFoundError, match="not there"):
        customer_days(dataset, "7", dt.date(2025, 12, 31))


def test_the_usual_gap_is_the_mean_of_those_between_days_with_an_order() -> None:
    days = [
        CustomerDay(dt.date(2025, 1, 1), 1, 5.0, 0.0),
        CustomerDay(dt.date(2025, 1, 11), 0, -5.0, 5.0),
        CustomerDay(dt.date(2025, 1, 21), 2, 5.0, 0.0),
        CustomerDay(dt.date(2025, 1, 31), 1, 5.0, 0.0),
    ]
    assert usual_gap_days(days) == 15.0
    assert usual_gap_days(days[:2]) is None
    assert usual_gap_days([]) is None

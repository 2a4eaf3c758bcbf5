"""The sample shop: the same for the same seed, in the shape of a shop, and refused in words."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from data.errors import InputError
from data.reading import ImportOptions, inspect_file
from data.sample import (
    BLOCK,
    DAYS,
    END,
    MAX_CUSTOMERS,
    SHOP,
    Shop,
    sample_customers,
    sample_groups,
    sample_transactions,
    sample_truth,
    write_customer_table,
    write_sample,
    write_table,
)
from data.sample_groups import GROUPS

COLUMNS = [
    "order_id",
    "customer_id",
    "ordered_at",
    "product_id",
    "product_name",
    "category",
    "country",
    "quantity",
    "unit_price",
    "currency",
]


def numbered(table: pa.Table, first: int, last: int) -> pa.Table:
    """The rows of the customers numbered `first` to `last`, in the order they have."""
    ids = pc.cast(pc.utf8_slice_codeunits(table["customer_id"], 1), pa.int64())
    return table.filter(pc.and_(pc.greater_equal(ids, first), pc.less_equal(ids, last)))


def test_the_seed_decides_everything() -> None:
    assert sample_transactions(200, 1).equals(sample_transactions(200, 1))
    assert not sample_transactions(200, 1).equals(sample_transactions(200, 2))
    assert sample_customers(200, 1).equals(sample_customers(200, 1))
    assert not sample_customers(200, 1).equals(sample_customers(200, 2))
    assert not sample_groups(200, 1)[0].equals(sample_groups(200, 2)[0])


@pytest.mark.parametrize("count", [1, 777, BLOCK, BLOCK + 1, 2 * BLOCK - 1])
def test_the_first_customers_do_not_depend_on_how_many_come_after(count: int) -> None:
    asked = 2 * BLOCK + 300
    for make in (sample_transactions, sample_customers, sample_truth):
        assert make(count, 9).equals(numbered(make(asked, 9), 1, count)), make.__name__
    for few, many in zip(sample_groups(count, 9), sample_groups(asked, 9), strict=True):
        assert few.equals(many.slice(0, count))


def test_customers_can_be_made_from_any_number_on() -> None:
    part = sample_transactions(1500, 9, first=BLOCK - 700)
    assert part.equals(numbered(sample_transactions(2 * BLOCK, 9), BLOCK - 699, BLOCK + 800))
    assert pc.count_distinct(part["customer_id"]).as_py() == 1500


def test_it_looks_like_a_shop() -> None:
    frame = sample_transactions(3000, 42).to_pandas()
    assert list(frame) == COLUMNS
    assert frame["customer_id"].nunique() == 3000
    assert frame["ordered_at"].min().date() > END - dt.timedelta(days=DAYS)
    assert frame["ordered_at"].max().date() <= END
    assert frame["ordered_at"].is_monotonic_increasing
    returns = frame["quantity"] < 0
    assert 0.02 < returns.mean() < 0.05
    assert (frame["unit_price"] > 0).all()
    assert (frame["unit_price"] * 100).round(6).mod(1).eq(0).all()
    assert set(frame["currency"]) == {"EUR"}
    assert 9 < len(frame) / 3000 < 10.5
    # Gamma rates and drop-out: most buy a few times, some very often.
    orders = frame[~returns].groupby("customer_id")["order_id"].nunique()
    assert 3.8 < orders.mean() < 4.8
    assert orders.median() <= 3
    assert orders.quantile(0.99) > 6 * orders.median()
    # An order belongs to one customer and one moment, and names a product once.
    sold = frame[~returns]
    assert (sold.groupby("order_id")[["customer_id", "ordered_at", "country"]].nunique() == 1).all(axis=None)
    assert not sold.duplicated(["order_id", "product_id"]).any()
    assert frame.groupby("product_id")[["product_name", "category"]].nunique().eq(1).all(axis=None)
    assert frame["product_name"].nunique() == frame["product_id"].nunique() > 500


@pytest.mark.parametrize(("cutoff", "least", "most"), [("2025-10-02", 0.24, 0.36), ("2025-06-30", 0.2, 0.36)])
def test_a_fair_part_of_the_customers_comes_back_within_90_days(
    cutoff: str, least: float, most: float
) -> None:
    frame = sample_transactions(5000, 42).to_pandas()
    frame = frame[frame["quantity"] > 0]
    known = set(frame.loc[frame["ordered_at"] <= f"{cutoff} 23:59", "customer_id"])
    until = pd.Timestamp(cutoff) + pd.Timedelta(days=91)
    later = frame[(frame["ordered_at"] > f"{cutoff} 23:59") & (frame["ordered_at"] < until)]
    assert least < len(known & set(later["customer_id"])) / len(known) < most


def test_a_return_refers_to_its_order_and_comes_after_it() -> None:
    frame = sample_transactions(3000, 42).to_pandas()
    back = frame[frame["quantity"] < 0]
    assert len(back) > 500
    assert back["order_id"].str.startswith("R").all()
    assert not frame.loc[frame["quantity"] > 0, "order_id"].str.startswith("R").any()
    keys = ["customer_id", "order_id", "product_id", "unit_price", "pieces"]
    sold = frame[frame["quantity"] > 0].assign(pieces=frame["quantity"])
    joint = back.assign(order_id=back["order_id"].str[1:], pieces=-back["quantity"]).merge(
        sold, on=keys, suffixes=("", "_sold"), how="left", validate="one_to_one"
    )
    later = (joint["ordered_at"] - joint["ordered_at_sold"]).dt.days
    assert later.between(2, 24).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".PARQUET"])
def test_the_file_holds_the_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sample{ending}"
    table = sample_transactions(BLOCK + 50, 7)
    rows = write_sample(path, BLOCK + 50, 7)
    assert rows == table.num_rows
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    found = pq.read_table(path) if ending.lower() == ".parquet" else pacsv.read_csv(path)
    assert found.cast(table.schema).equals(table)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("kind", ["transactions", "customers"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, kind: str, ending: str) -> None:
    found = []
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        (tmp_path / folder).mkdir()
        write_table(kind, tmp_path / folder / f"shop{ending}", 300, seed)
        found.append(
            {
                each.name: hashlib.sha256(each.read_bytes()).hexdigest()
                for each in (tmp_path / folder).iterdir()
            }
        )
    beside = [f"shop.truth{ending}", "shop.truth.json"]
    beside += [f"shop.customers{ending}"] if kind == "transactions" else []
    assert set(found[0]) == {f"shop{ending}", *beside}
    assert found[0] == found[1]
    assert all(found[0][name] != found[2][name] for name in found[0])


def test_the_truth_beside_it_ties_to_the_file(tmp_path: Path) -> None:
    count = BLOCK + 1000
    rows = write_sample(tmp_path / "shop.parquet", count, 5, truth=True)
    truth = json.loads((tmp_path / "shop.truth.json").read_text())
    lines = pq.read_table(tmp_path / "shop.parquet").to_pandas()
    people = pq.read_table(tmp_path / "shop.customers.parquet").to_pandas()
    hidden = pq.read_table(tmp_path / "shop.truth.parquet").to_pandas()
    assert truth["seed"] == 5
    assert truth["customers"] == len(people) == len(hidden) == lines["customer_id"].nunique() == count
    assert list(people["customer_id"]) == list(hidden["customer_id"])
    assert set(people["customer_id"]) == set(lines["customer_id"])
    totals, back = truth["totals"], lines["quantity"] < 0
    cents = (lines["unit_price"] * 100).round().astype("int64") * lines["quantity"]
    assert totals["rows"] == rows == len(lines)
    assert (totals["lines"], totals["returned_lines"]) == (int((~back).sum()), int(back.sum()))
    assert totals["orders"] == lines.loc[~back, "order_id"].nunique()
    for name, value in (("sold", cents[~back]), ("returned", -cents[back]), ("net", cents)):
        assert totals[name] == f"{value.sum() // 100}.{value.sum() % 100:02}", name
    assert totals["alive_at_end"] == int(hidden["alive_at_end"].sum())
    campaign = truth["campaign"]
    arms = people["campaign_arm"].value_counts()
    assert (campaign["treated_customers"], campaign["holdout_customers"]) == (arms["treat"], arms["holdout"])
    assert truth["model"]["rate_shape"] > 0
    assert truth["attributes"]["membership"]["values"] == ["basic", "silver", "gold"]
    # The country that an order names is its customer's.
    joint = lines.merge(people, on="customer_id", suffixes=("", "_of_customer"))
    assert (joint["country"] == joint["country_of_customer"]).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_reader_understands_it_by_itself(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"shop{ending}"
    write_sample(path, 200, 1)
    found = inspect_file(path, ImportOptions(), name=path.name)
    assert found.questions == ()
    expected = {name: name for name in COLUMNS if name != "product_name"}
    assert found.mapping == expected


def test_the_table_of_customers_is_told_from_orders(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    write_customer_table(path, 500, 1)
    found = inspect_file(path, ImportOptions(), name=path.name)
    assert found.questions == ()
    assert found.kind == "customers"
    assert found.mapping["customer_id"] == "customer_id"
    assert found.mapping["recency_days"] == "days_since_last_purchase"


def test_every_column_and_parameter_is_documented(root: Path) -> None:
    text = (root / "docs" / "sample.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9_]+)`", text)) | set(re.findall(r"\b([a-z]+_[a-z_]+)\b", text))
    tables = (sample_transactions(2, 1), sample_customers(2, 1), sample_truth(2, 1), *sample_groups(2, 1))
    for table in tables:
        assert set(table.column_names) <= documented
    parameters = {each.name for each in fields(Shop)} - {
        "attributes",
        "campaign",
        "currency",
        "days",
        "last_day",
    }
    assert parameters <= documented
    for attribute in SHOP.attributes:
        for value, share in zip(attribute.values, attribute.shares, strict=True):
            assert attribute.name == "age" or f"{value} {share:.2f}" in text
    for group in GROUPS:
        assert f"{group.spend:,} ({group.spend_spread:.2f})" in text


@pytest.mark.parametrize("count", [0, -1, MAX_CUSTOMERS + 1])
def test_limits_are_said(count: int, tmp_path: Path) -> None:
    words = f"can have 1 to 5,000,000 customers, not {count:,}"
    for make in (sample_transactions, sample_customers, sample_truth, sample_groups):
        with pytest.raises(InputError, match=words):
            make(count, 1)
    for kind in ("transactions", "customers"):
        with pytest.raises(InputError, match=words):
            write_table(kind, tmp_path / "sample.csv", count, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seed is a whole number from 0 on, not -3"):
        sample_transactions(5, -3)


@pytest.mark.parametrize("name", ["sample.docx", "sample"])
def test_an_unknown_ending_is_refused(tmp_path: Path, name: str) -> None:
    for write in (write_sample, write_customer_table):
        with pytest.raises(InputError, match=rf"\.csv or \.parquet, but '{name}'"):
            write(tmp_path / name, 10, 1)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="transactions or customers, not 'rows'"):
        write_table("rows", tmp_path / "sample.csv", 10, 1)

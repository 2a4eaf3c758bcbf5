"""The sample shop: the same for the same seed, with the truths it was made from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.errors import InputError
from data.sample import DAYS, END, sample_transactions, write_sample


def test_the_seed_decides_everything() -> None:
    assert sample_transactions(200, 1).equals(sample_transactions(200, 1))
    assert not sample_transactions(200, 1).equals(sample_transactions(200, 2))


def test_it_looks_like_a_shop() -> None:
    frame = sample_transactions(3000, 42).to_pandas()
    assert frame["customer_id"].nunique() == 3000
    assert frame["ordered_at"].min().date() > END - dt.timedelta(days=DAYS)
    assert frame["ordered_at"].max().date() <= END
    assert frame["ordered_at"].is_monotonic_increasing
    returns = frame["quantity"] < 0
    assert 0.02 < returns.mean() < 0.05
    assert (frame["unit_price"] > 0).all()
    assert frame.loc[returns, "order_id"].str.startswith("R").all()
    # Gamma rates and drop-out: most buy once or twice, a few very often.
    orders = frame[~returns].groupby("customer_id")["order_id"].nunique()
    assert orders.median() <= 3
    assert orders.quantile(0.99) > 6 * orders.median()
    # An order belongs to one customer.
    assert (frame.groupby("order_id")["customer_id"].nunique() == 1).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_file_holds_the_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sample{ending}"
    rows = write_sample(path, 50, 7)
    assert rows == sample_transactions(50, 7).num_rows
    if ending == ".parquet":
        assert pq.read_table(path).equals(sample_transactions(50, 7))
    else:
        assert len(path.read_text().splitlines()) == rows + 1


@pytest.mark.parametrize("count", [0, -1, 10_000_000])
def test_limits_are_said(count: int) -> None:
    with pytest.raises(InputError, match="customers"):
        sample_transactions(count, 1)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_sample(tmp_path / "sample.docx", 10, 1)

"""Adding a file to a data set: what it already has is not counted twice, and nothing else is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.accounting import combine, same_currency
from data.cleaning import Cleaned, clean
from data.engine import connect, scan
from data.errors import InputError
from data.features import customer_features
from data.reading import ImportOptions, inspect_file, stage
from tests.imports import write

HEADER = "customer_id,order_id,date,product_id,qty,unit_price,note\n"


def line(customer: int, order: str, day: str, product: str = "p", qty: int = 1, price: str = "2.50") -> str:
    return f"{customer},{order},{day},{product},{qty},{price},n\n"


def add(
    folder: Path,
    content: str | Path,
    existing: Sequence[Sequence[Path]] = (),
    *,
    name: str = "orders.csv",
    today: date | None = None,
    threads: int = 1,
    bucket_rows: int = 4_000_000,
    suffix: str = "",
    mended: bool = False,
    **options: Any,
) -> Cleaned:
    """Import `content` beside the files `existing`, into a folder of its own below `folder`."""
    home = folder / f"import{len(list(folder.iterdir()))}"
    home.mkdir()
    path = content if isinstance(content, Path) else write(home, HEADER + content, name)
    inspection = inspect_file(path, ImportOptions(**options))
    staged = stage(inspection, home)
    connection = connect([folder], threads=threads, temp=home / "spill")
    try:
        return clean(
            connection,
            staged,
            inspection.options,
            home,
            today=today,
            existing=existing,
            bucket_rows=bucket_rows,
            suffix=suffix,
            mended=mended,
        )
    finally:
        connection.close()


def stored(paths: Sequence[Path], columns: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM {scan(paths)} ORDER BY ALL").fetchall() if paths else []


def joined(old: Cleaned, new: Cleaned) -> list[list[Path]]:
    return [[*before, *after] for before, after in zip(old.buckets, new.buckets, strict=True)]


def kinds(cleaned: Cleaned) -> dict[str, int]:
    return {each["kind"]: each["rows"] for each in cleaned.ledger["notes"]}


def why(cleaned: Cleaned) -> dict[str, int]:
    return {each["reason"]: each["rows"] for each in cleaned.ledger["reasons"]}


MARCH = (
    line(1, "a", "2021-03-01") * 2
    + line(1, "a", "2021-03-01", "q")
    + line(2, "b", "2021-03-02", price="7.17")
)


def test_rows_already_there_are_set_aside_and_legitimate_repeats_are_kept(tmp_path: Path) -> None:
    old = add(tmp_path, MARCH)
    again = line(1, "a", "2021-03-01") * 3 + line(3, "c", "2021-04-01", price="1.11")
    new = add(tmp_path, again, old.buckets, suffix="-2")
    # Two of the three are in; the third is a repeat that the data set lacks.
    assert why(new) == {"already in the data set": 2}
    assert new.ledger["rows"] == {"in": 4, "kept": 2, "quarantined": 2}
    assert new.ledger["amount"] == {"in": "8.61", "kept": "3.61", "quarantined": "5.00"}
    assert kinds(new)["changed_orders"] == 1
    assert [path.name for path in (*new.paths, new.rejected)] == ["transactions-2.parquet", "rejected-2.csv"]
    assert new.rejected.read_text(encoding="utf-8").splitlines() == [
        "line_no,reason,customer_id,order_id,date,product_id,qty,unit_price,note",
        "2,already in the data set,1,a,2021-03-01,p,1,2.50,n",
        "3,already in the data set,1,a,2021-03-01,p,1,2.50,n",
    ]


def test_exact_decimals_and_missing_values_compare(tmp_path: Path) -> None:
    old = add(tmp_path, line(1, "", "2021-03-01", "", 3, "0.10") + line(1, "x", "2021-03-01", "p", 1, "5"))
    new = add(
        tmp_path,
        line(1, "", "2021-03-01", "", 3, "0.1000") + line(1, "x", "2021-03-01", "p", 1, "5.0001"),
        old.buckets,
    )
    assert why(new) == {"already in the data set": 1}
    assert stored(new.paths, "amount") == [(Decimal("5.0001"),)]


def test_columns_that_one_side_lacks_are_not_compared(tmp_path: Path) -> None:
    old = add(tmp_path, MARCH)
    home = tmp_path / "less"
    home.mkdir()
    less = write(home, "customer_id,date,amount\n1,2021-03-01,2.50\n9,2021-03-01,2.50\n", "less.csv")
    new = add(tmp_path, less, old.buckets)
    assert why(new) == {"already in the data set": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (MARCH, "orders.csv: all 4 rows are already in the data set; nothing was added."),
        (
            line(2, "b", "2021-03-02", price="7.17"),
            "orders.csv: its only row is already in the data set; nothing was added.",
        ),
        (
            MARCH + line(1, "a", "soon"),
            "orders.csv: 4 rows are already in the data set and the other one cannot be used; nothing was added.",
        ),
    ],
    ids=["all", "one", "others"],
)
def test_nothing_new_is_told(tmp_path: Path, content: str, words: str) -> None:
    old = add(tmp_path, MARCH)
    with pytest.raises(InputError) as caught:
        add(tmp_path, content, old.buckets, date_order="ymd", date_kind="text")
    assert str(caught.value) == words


def test_periods_that_overlap_without_a_common_row_are_told(tmp_path: Path) -> None:
    times = "".join(line(i, f"o{i}", f"2021-03-{i + 1:02d} 10:30", price=f"{i}.17") for i in range(1, 9))
    dates = times.replace(" 10:30", "")
    old = add(tmp_path, times)
    new = add(tmp_path, dates + line(1, "z", "2021-04-01"), old.buckets)
    note = next(each for each in new.ledger["notes"] if each["kind"] == "periods_overlap")
    assert "both have rows of 2021-03-02 to 2021-03-09, but no row is the same" in note["text"]
    later = add(tmp_path, line(1, "z", "2021-03-09") + line(1, "y", "2021-04-01"), old.buckets)
    assert kinds(later) == {}


@pytest.mark.parametrize("bucket_rows", [4_000_000, 9], ids=["one-bucket", "several"])
def test_appending_half_by_half_gives_the_whole(tmp_path: Path, bucket_rows: int) -> None:
    draw = random.Random(4)
    lines = [
        line(
            draw.randrange(12),
            f"o{draw.randrange(9)}",
            f"2021-03-{draw.randrange(1, 29):02d}",
            "pq"[draw.randrange(2)],
        )
        for _ in range(60)
    ]
    whole = add(tmp_path, "".join(lines), bucket_rows=bucket_rows)
    old = add(tmp_path, "".join(lines[:40]), bucket_rows=bucket_rows * 2 // 3)
    assert len(old.buckets) == len(whole.buckets) == (1 if bucket_rows > 60 else 7)
    new = add(tmp_path, "".join(lines[25:]), old.buckets, suffix="-2")
    assert why(new) == {"already in the data set": 15}
    buckets = joined(old, new)
    assert stored([path for bucket in buckets for path in bucket]) == stored(whole.paths)
    with connect([tmp_path]) as connection:
        expected = customer_features(connection, [whole.paths], date(2021, 3, 15), 10)
        got = customer_features(connection, buckets, date(2021, 3, 15), 10)
    assert len(expected) > 5
    pd.testing.assert_frame_equal(got, expected)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    new=st.lists(st.integers(0, 5), min_size=1, max_size=12),
)
def test_what_is_left_is_the_difference_of_multisets(
    tmp_path_factory: pytest.TempPathFactory, old: list[int], new: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("multisets")

    def text(numbers: list[int]) -> str:
        return "".join(
            line(1 + number % 2, f"o{number}", "2021-03-01", price=f"{number}.50") for number in numbers
        )

    before = add(folder, text(old))
    expected = Counter(new) - Counter(old)
    if not expected:
        with pytest.raises(InputError, match="already in the data set"):
            add(folder, text(new), before.buckets)
        return
    after = add(folder, text(new), before.buckets)
    left = Counter(int(price) for (price,) in stored(after.paths, "floor(unit_price)"))
    assert left == expected
    assert after.ledger["rows"]["quarantined"] == len(new) - sum(expected.values())


def test_buckets_hold_whole_customers_and_do_not_depend_on_row_order_or_threads(tmp_path: Path) -> None:
    lines = [line(i % 50, f"o{i}", f"2021-03-{1 + i % 28:02d}", price=f"{i % 7}.29") for i in range(600)]
    first = add(tmp_path, "".join(lines), bucket_rows=200)
    assert [[path.name for path in paths] for paths in first.buckets] == [
        ["transactions-000.parquet"],
        ["transactions-001.parquet"],
        ["transactions-002.parquet"],
    ]
    owners = [{customer for (customer,) in stored(paths, "DISTINCT customer_id")} for paths in first.buckets]
    assert all(owners)
    assert sum(map(len, owners)) == len(set[str]().union(*owners)) == first.customers == 50
    random.Random(1).shuffle(lines)
    second = add(tmp_path, "".join(lines), bucket_rows=200, threads=2)
    assert [path.read_bytes() for path in first.paths] == [path.read_bytes() for path in second.paths]
    # Where a customer is must not change with the engine: rows added later go to the same place.
    spot = duckdb.sql("SELECT md5_number_lower('7') % 3").fetchall()[0][0]
    assert [at for at, mine in enumerate(owners) if "7" in mine] == [spot] == [1]


def test_buckets_without_new_rows_get_no_file(tmp_path: Path) -> None:
    old = add(
        tmp_path,
        "".join(line(i, f"o{i}", "2021-03-01", price=f"{i}.29") for i in range(1, 40)),
        bucket_rows=10,
    )
    new = add(tmp_path, line(7, "z", "2021-05-01"), old.buckets, suffix="-2")
    assert [len(paths) for paths in new.buckets].count(1) == 1
    assert len(new.buckets) == len(old.buckets) == 4
    assert stored(new.paths, "customer_id, order_id") == [("7", "z")]


def test_a_purchase_already_in_is_not_paired_away(tmp_path: Path) -> None:
    old = add(tmp_path, line(1, "a", "2021-03-01") + line(2, "b", "2021-03-01"))
    later = line(1, "a", "2021-03-01") + line(1, "r", "2021-03-05", qty=-1) + line(3, "c", "2021-03-05")
    new = add(tmp_path, later, old.buckets, cancelled_pairs="drop")
    assert why(new) == {"already in the data set": 1}
    assert stored(new.paths, "amount") == [(Decimal("-2.5"),), (Decimal("2.5"),)]


def test_the_ledgers_of_two_files_make_one_that_balances(tmp_path: Path) -> None:
    old = add(tmp_path, MARCH + line(1, "a", "soon"), name="march.csv", date_order="ymd", date_kind="text")
    new = add(
        tmp_path,
        MARCH + line(4, "d", "2021-04-01", price="0.01") + line(4, "d", "2021-04-01", price="free"),
        old.buckets,
        name="april.csv",
    )
    both = combine(old.ledger, new.ledger, customers=3)
    assert both["rows"] == {"in": 11, "kept": 5, "quarantined": 6}
    assert both["amount"] == {"in": "31.85", "kept": "14.68", "quarantined": "17.17"}
    assert [(each["reason"], each["rows"], each["amount"]) for each in both["reasons"]] == [
        ("already in the data set", 4, "14.67"),
        ("date not readable", 1, "2.50"),
        ("not an amount", 1, "0.00"),
    ]
    assert (both["first_date"], both["last_date"], both["customers"]) == ("2021-03-01", "2021-04-01", 3)
    assert [each["name"] for each in both["files"]] == ["march.csv", "april.csv"]
    assert [each["rows"]["kept"] for each in both["files"]] == [4, 1]
    assert both["source"]["name"] == "april.csv"
    assert [each["file"] for each in both["notes"]] == ["april.csv", "march.csv"]
    # Each says which file it is of, once.
    assert [each["text"].split(": ")[0] for each in both["notes"]] == ["april.csv", "march.csv"]
    third = combine(both, new.ledger, customers=3)
    assert [each["name"] for each in third["files"]] == ["march.csv", "april.csv", "april.csv"]
    assert sorted(each["text"].count(".csv: ") for each in third["notes"]) == [1, 1, 1]
    rows, amount = third["rows"], third["amount"]
    assert (
        rows["in"] == rows["kept"] + rows["quarantined"] == sum(each["rows"]["in"] for each in third["files"])
    )
    assert Decimal(amount["in"]) == Decimal(amount["kept"]) + Decimal(amount["quarantined"])


def test_real_rows_imported_twice_add_nothing_and_a_later_part_only_its_own(
    tmp_path: Path, real_data: Path
) -> None:
    path = real_data / "cdnow" / "CDNOW_master.txt"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    early = write(tmp_path, "".join(lines[:50_000]), "early.txt")
    late = write(tmp_path, "".join(lines[30_000:]), "late.txt")
    whole = add(tmp_path, path)
    old = add(tmp_path, early)
    new = add(tmp_path, late, old.buckets, suffix="-2")
    assert why(new) == {"already in the data set": 20_000}
    assert new.ledger["rows"]["kept"] == 19_659
    assert stored([*old.paths, *new.paths]) == stored(whole.paths)
    assert whole.rows == 69_659
    with pytest.raises(InputError, match="all 39,659 rows are already in the data set; nothing was added"):
        add(tmp_path, late, whole.buckets)


def test_mended_rows_share_dates_and_orders_as_a_matter_of_course(tmp_path: Path) -> None:
    old = add(tmp_path, MARCH + line(1, "a", "2021-03-09"))
    late = line(1, "a", "2021-03-02", "q") + line(5, "b", "2021-03-08", "q")
    assert kinds(add(tmp_path, late, old.buckets)).keys() == {"changed_orders", "periods_overlap"}
    mended = add(tmp_path, late, old.buckets, mended=True)
    assert kinds(mended) == {}
    assert mended.rows == 2


TOTALS = "customer_id,order_id,date,product_id,order_total\n"


def test_the_amount_of_an_order_is_not_added_again(tmp_path: Path) -> None:
    rows = [f"{i % 3},o{i},2021-03-0{1 + i},{sku},{i + 1}0\n" for i in range(4) for sku in "pqr"]
    home = tmp_path / "files"
    home.mkdir()
    early = write(home, TOTALS + "".join(rows[:8]), "early.csv")
    late = write(home, TOTALS + "".join(reversed(rows)), "late.csv")
    old = add(tmp_path, early, amount_is="order_total")
    new = add(tmp_path, late, old.buckets, amount_is="order_total")
    # One row of an order that is in already is new, but brings its amount no second time.
    assert why(new) == {"already in the data set": 8}
    assert (old.ledger["amount"]["kept"], new.ledger["amount"]["kept"]) == ("60.00", "40.00")
    assert len(stored([*old.paths, *new.paths])) == 12


def ledger_in(currency: str | None, name: str) -> dict[str, Any]:
    zero = {"in": "0.00", "kept": "0.00", "quarantined": "0.00"}
    return {
        "rows": {"in": 0, "kept": 0, "quarantined": 0},
        "amount": zero,
        "reasons": [],
        "notes": [{"kind": "joined", "rows": 1, "text": "All of them."}],
        "source": {"name": name, "bytes": 1, "sha256": ""},
        "understood": {"currency": currency},
        "first_date": "2021-01-01",
        "last_date": "2021-01-01",
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "error", "words"),
    [
        ("USD", "GBP", "new.csv is in GBP, the data set in USD: amounts of different currencies", None),
        ("USD", "USD", None, None),
        (None, None, None, None),
        ("USD", None, None, "new.csv names no currency: its amounts are taken to be in USD"),
        (None, "GBP", None, "new.csv is in GBP; the data set named no currency until now"),
    ],
)
def test_a_file_in_another_currency_is_no_addition(
    ours: str | None, theirs: str | None, error: str | None, words: str | None
) -> None:
    old, new = ledger_in(ours, "old.csv"), ledger_in(theirs, "new.csv")
    found = same_currency(old, new)
    assert (found is None) == (error is None)
    assert (found or "").startswith(error or "")
    if error is None:
        both = combine(old, new, customers=1)
        assert both["understood"]["currency"] == (ours or theirs)
        notes = [each["text"] for each in both["notes"]]
        # Notes on how a file met the data set stay as they are.
        assert notes[-2:] == ["All of them."] * 2
        assert [text for text in notes[:-2] if text.startswith(words or "nothing")] == notes[:-2]
        assert len(notes) == (2 if words is None else 3)


def test_currencies_of_real_ledgers_are_compared(tmp_path: Path) -> None:
    made = []
    for sign, name in (("$", "usd.csv"), ("£", "gbp.csv")):
        home = tmp_path / f"{name}.d"
        home.mkdir()
        rows = "".join(f"C{i},2024-01-{i + 1:02d},{sign}{i}.50\n" for i in range(20))
        made.append(add(tmp_path, write(home, "customer,date,amount\n" + rows, name)).ledger)
    assert same_currency(made[0], made[0]) is None
    assert "gbp.csv is in GBP, the data set in USD" in str(same_currency(*made))

"""Attributes are joined by customer id: who met whom is told, and no id is guessed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import Column, read_columns
from data.engine import connect, quote, scan
from data.errors import InputError
from data.joining import Joined, join_attributes
from data.names import CUSTOMER_ID
from tests.customers import Customers, clean_file, clean_text, inspected, read_rows


def dataset(folder: Path, ids: Sequence[str]) -> str:
    """Transactions of the customers `ids`, two each, as a FROM expression."""
    path = folder / "transactions.parquet"
    pq.write_table(pa.table({CUSTOMER_ID: [*ids, *ids], "amount": [1.0] * 2 * len(ids)}), path)
    return scan([path])


def join(
    folder: Path, source: str, file: Customers, previous: Path | None = None, into: str = "joined"
) -> tuple[Joined, list[dict[str, Any]]]:
    (folder / into).mkdir()
    connection = connect([folder], threads=2, temp=folder / "spill")
    joined = join_attributes(
        connection, source, file.cleaned.path, folder / into, previous=previous, name="people.csv"
    )
    rows = read_rows(connection, joined.path)
    connection.close()
    return joined, rows


def file_of(folder: Path, ids: Sequence[str], name: str = "file") -> Customers:
    """A table of customers `ids` with a column `place`."""
    (folder / name).mkdir()
    return clean_text(folder / name, "id,place\n" + "".join(f'"{each}",p{each}\n' for each in ids))


def test_the_joined_table_and_its_counts(tmp_path: Path) -> None:
    source = dataset(tmp_path, ["1", "2", "3", "4"])
    (tmp_path / "f").mkdir()
    file = clean_text(
        tmp_path / "f", "id,age,joined,city\n3,30,2021-01-02,Rome\n1,,,Oslo\n9,5,2020-01-01,Lima\n"
    )
    joined, rows = join(tmp_path, source, file)
    assert [(row[CUSTOMER_ID], row["age"], row["city"]) for row in rows] == [
        ("1", None, "Oslo"),
        ("3", 30, "Rome"),
    ]
    assert (joined.matched, joined.only_in_file, joined.only_in_dataset) == (2, 1, 2)
    assert joined.notes == (
        "2 of the file's 3 customers are in the data set; 2 customers of the data set are not in the file.",
    )
    assert joined.columns == (
        Column("age", "number", None, missing=1, distinct=1),
        Column("joined", "date", None, missing=1, distinct=1),
        Column("city", "text", None, missing=0, distinct=2),
    )
    assert {path.name for path in (tmp_path / "joined").iterdir()} == {"attributes.parquet"}


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (["1"], ["1"], "The file's only customer is in the data set; every customer of the data set is in the file."),
        (["1", "2"], ["1"], "The file's only customer is in the data set; 1 customer of the data set is not in the file."),
        (["1", "2"], ["2", "1"], "All of the file's 2 customers are in the data set; every customer of the data set is in the file."),
        (["1"], ["1", "2"], "1 of the file's 2 customers is in the data set; every customer of the data set is in the file."),
    ],
)  # fmt: skip
def test_counts_in_words(tmp_path: Path, ours: list[str], theirs: list[str], words: str) -> None:
    joined, _rows = join(tmp_path, dataset(tmp_path, ours), file_of(tmp_path, theirs))
    assert joined.notes == (words,)


@pytest.mark.parametrize(
    ("ours", "theirs", "matched", "words"),
    [
        (["12346.0", "12347.0"], ["12346", "12347"], 2, "without the '.0' that spreadsheets add"),
        (["00012", "00345"], ["12", "345"], 2, "without the zeros at their beginning"),
        (["00012", "12345", "23456"], ["12", "12345", "23456"], 3, "without the zeros at their beginning"),
        (["c-1", "c-2"], ["C-1 ", " C-2"], 2, "without regard to capitals and spaces"),
        (
            ["0012", "0345"],
            ["12.0 ", "345 "],
            2,
            "without regard to capitals, spaces, zeros at the beginning and a '.0' at the end",
        ),
    ],
)
def test_damaged_ids(tmp_path: Path, ours: list[str], theirs: list[str], matched: int, words: str) -> None:
    joined, rows = join(tmp_path, dataset(tmp_path, ours), file_of(tmp_path, theirs))
    assert joined.matched == matched
    assert [row[CUSTOMER_ID] for row in rows] == sorted(ours)
    assert [row["place"].strip() for row in rows] == [f"p{each}".strip() for each in theirs]
    assert joined.notes[1].endswith(f"ids were compared {words}.")
    changed = sum(a != b for a, b in zip(ours, theirs, strict=True))
    assert joined.notes[1].startswith(f"{changed} customer id")
    assert f"('{theirs[0]}' in the file, '{ours[0]}' in the data set)" in joined.notes[1]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (["0012", "012", "x1"], ["12", "x2"]),  # two of the data set would be one
        (["a1", "b1"], ["A1", "a1 ", "B1"]),  # two of the file would be one
        (["1", "2"], ["3", "4"]),
    ],
)
def test_nothing_is_guessed(tmp_path: Path, ours: list[str], theirs: list[str]) -> None:
    with pytest.raises(InputError) as error:
        join(tmp_path, dataset(tmp_path, ours), file_of(tmp_path, theirs))
    first, second = sorted(theirs)[:2]
    assert (
        f"the file has ids such as '{first}' and '{second}', the data set '{ours[0]}' and '{ours[1]}'"
        in str(error.value)
    )
    assert "--map customer_id=COLUMN" in str(error.value)
    assert not list((tmp_path / "joined").iterdir())


def test_ids_that_match_as_written_are_left_alone(tmp_path: Path) -> None:
    joined, rows = join(
        tmp_path, dataset(tmp_path, ["a", "b", "007", "11"]), file_of(tmp_path, ["a", "B", "7"])
    )
    assert joined.matched == 1
    assert [row[CUSTOMER_ID] for row in rows] == ["a"]
    assert len(joined.notes) == 1


def test_earlier_attributes_stay(tmp_path: Path) -> None:
    source = dataset(tmp_path, ["1", "2", "3"])
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = clean_text(tmp_path / "one", "id,age,City,rank\n1,30,Rome,5\n2,40,Oslo,6\n")
    earlier, _rows = join(tmp_path, source, first, into="first")
    second = clean_text(tmp_path / "two", "id,city,rank,old\n2,Lima,high,\n3,Bonn,low,x\n")
    joined, rows = join(tmp_path, source, second, previous=earlier.path, into="second")
    assert rows == [
        {CUSTOMER_ID: "1", "age": 30, "City": "Rome", "rank": "5", "old": None},
        {CUSTOMER_ID: "2", "age": 40, "City": "Lima", "rank": "high", "old": None},
        {CUSTOMER_ID: "3", "age": None, "City": "Bonn", "rank": "low", "old": "x"},
    ]
    assert [(each.name, each.type) for each in joined.columns] == [
        ("age", "number"),
        ("City", "text"),
        ("rank", "text"),
        ("old", "text"),
    ]
    assert joined.notes[-1] == (
        "'city' and 'rank' were in the data set before: the file's values replace their earlier ones, which stay "
        "for the 1 customer that is not in the file."
    )
    assert [each.name for each in read_columns(joined.path)[0]] == ["age", "City", "rank", "old"]


def test_two_tables_of_customers_become_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    table = clean_text(
        tmp_path / "one",
        "id,spend,group\n1,1.5,a\n2,2.5,b\n3,3.5,a\n",
        {CUSTOMER_ID: "id", "monetary": "spend"},
    )
    campaign = clean_text(
        tmp_path / "two",
        "id,arm,revenue\n3,treated,7\n1,control,8\n",
        {CUSTOMER_ID: "id", "monetary": "revenue"},
    )
    joined, rows = join(tmp_path, scan([table.cleaned.path]), campaign, previous=table.cleaned.path)
    assert rows == [
        {CUSTOMER_ID: "1", "spend": 1.5, "group": "a", "arm": "control", "revenue": 8},
        {CUSTOMER_ID: "2", "spend": 2.5, "group": "b", "arm": None, "revenue": None},
        {CUSTOMER_ID: "3", "spend": 3.5, "group": "a", "arm": "treated", "revenue": 7},
    ]
    assert [(each.name, each.role) for each in joined.columns] == [
        ("spend", "monetary"),
        ("group", None),
        ("arm", None),
        ("revenue", None),
    ]


def test_numbered_rows_cannot_be_joined(tmp_path: Path) -> None:
    file = clean_text(tmp_path, "age\n30\n40\n", {})
    with pytest.raises(InputError, match=r"people\.csv has no customer id"):
        join(tmp_path, dataset(tmp_path, ["1", "2"]), file)


def test_ids_alone_are_nothing_to_join(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column beside the customer id"):
        join(tmp_path, dataset(tmp_path, ["1", "2"]), clean_text(tmp_path, "id\n1\n2\n"))


@settings(deadline=None, max_examples=40)
@given(
    st.sets(st.sampled_from("abcdefgh"), min_size=1),
    st.sets(st.sampled_from("abcdefgh"), min_size=1),
)
def test_every_customer_is_counted_once(
    tmp_path_factory: pytest.TempPathFactory, ours: set[str], theirs: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("join")
    source, file = dataset(folder, sorted(ours)), file_of(folder, sorted(theirs))
    if not ours & theirs:
        with pytest.raises(InputError, match="No customer of"):
            join(folder, source, file)
        return
    joined, rows = join(folder, source, file)
    assert {row[CUSTOMER_ID]: row["place"] for row in rows} == {each: f"p{each}" for each in ours & theirs}
    assert joined.matched == len(rows)
    assert joined.matched + joined.only_in_file == len(theirs)
    assert joined.matched + joined.only_in_dataset == len(ours)


def test_row_order_changes_no_byte(tmp_path: Path) -> None:
    ids = [f"{at:05d}" for at in range(2000)]
    shuffled = random.Random(1).sample(ids, len(ids))
    digests = set()
    for name, order in (("a", ids), ("b", shuffled)):
        folder = tmp_path / name
        folder.mkdir()
        joined, _rows = join(folder, dataset(folder, order[:1500]), file_of(folder, order))
        digests.add(joined.matched)
        joined, _rows = join(
            folder, dataset(folder, ids[500:]), file_of(folder, order, "again"), into="again_joined"
        )
        digests.add(hashlib.sha256(joined.path.read_bytes()).hexdigest())
    assert len(digests) == 2


def test_rfm_clusters_on_online_retail(tmp_path: Path, real_data: Path) -> None:
    mapping = {CUSTOMER_ID: "CustomerID", "monetary": "MonetaryValue", "cluster": "Cluster"}
    path = real_data / "rfm_clustered" / "RFM_Clustered_monetaryvalue.csv"
    file = clean_file(inspected(path, mapping), tmp_path / "file")
    retail = quote(str(real_data / "online_retail" / "online_retail.parquet"))
    (tmp_path / "joined").mkdir()
    connection = connect([tmp_path, real_data], threads=2, temp=tmp_path / "spill")
    source = f"(SELECT CAST(CustomerID AS VARCHAR) AS customer_id FROM read_parquet({retail}) WHERE CustomerID IS NOT NULL)"
    joined = join_attributes(connection, source, file.cleaned.path, tmp_path / "joined", name=path.name)
    connection.close()
    assert (joined.matched, joined.only_in_file, joined.only_in_dataset) == (4372, 0, 0)

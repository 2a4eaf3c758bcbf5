"""A table of customers: one row each, every other row set aside, and columns of the type they show."""

from __future__ import annotations

import gzip
import hashlib
import math
import random
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import read_columns
from data.errors import InputError
from data.names import CUSTOMER_ID, CUSTOMERS
from data.reading import inspect_file
from tests.customers import clean_file, clean_text, inspected
from tests.imports import write

RFM = {CUSTOMER_ID: "CustomerID", "recency_days": "Recency", "frequency": "Frequency", "cluster": "Cluster"}


def test_each_reason_and_its_amount(tmp_path: Path) -> None:
    text = (
        "id,age,spend\n"
        "7,30,1.10\n"
        "8,40,2.20\n"
        ",50,4.40\n"  # no customer
        "7,30,1.10\n"  # repeats the first
        "7,31,8.80\n"  # the same id, other values
        "7,31,8.80\n"  # repeats that one
        ",,\n"
        "9,1,2,3\n"  # a cell too many
        "10,60,\n"
    )
    got = clean_text(tmp_path, text, {CUSTOMER_ID: "id", "monetary": "spend"})
    assert got.reasons() == {
        "repeats another row": 2,
        "customer id occurs twice": 1,
        "no customer id": 1,
        "empty row": 1,
        "wrong number of cells": 1,
    }
    assert got.ledger["rows"] == {"in": 9, "kept": 3, "quarantined": 6}
    assert got.ledger["amount"] == {"in": "26.40", "kept": "3.30", "quarantined": "23.10"}
    amounts = {each["reason"]: each["amount"] for each in got.ledger["reasons"]}
    assert amounts["repeats another row"] == "9.90"
    assert got.rows == [
        {"customer_id": "10", "age": 60, "spend": None},
        {"customer_id": "7", "age": 30, "spend": 1.1},
        {"customer_id": "8", "age": 40, "spend": 2.2},
    ]
    assert [row["line_no"] for row in got.rejected] == ["4", "5", "6", "7", "8", "9"]
    assert got.rejected[2] == {
        "line_no": "6", "reason": "customer id occurs twice", "id": "7", "age": "31", "spend": "8.80", "more cells": "",
    }  # fmt: skip
    assert got.rejected[-1]["more cells"] == "3"
    assert got.notes() == {
        "no_amount": "1 customer has no readable amount and counts as 0 in the sums.",
        "amount_unknown": "2 rows set aside have no readable amount and count as 0 in the sums.",
    }
    assert (got.ledger["customers"], got.ledger["first_date"], got.ledger["last_date"]) == (3, None, None)


def test_without_money_no_amount_is_told(tmp_path: Path) -> None:
    got = clean_text(tmp_path, "id,age\n1,2\n1,3\n")
    assert got.ledger["amount"] == {"in": None, "kept": None, "quarantined": None}
    assert got.ledger["reasons"] == [{"reason": "customer id occurs twice", "rows": 1, "amount": None}]


def test_a_file_without_ids_has_its_rows_numbered(tmp_path: Path) -> None:
    text = "age,city\n30,Rome\n30,Rome\n,\n40,Oslo\n"
    got = clean_text(tmp_path, text, {})
    assert got.rows == [
        {"customer_id": "1", "age": 30, "city": "Rome"},
        {"customer_id": "2", "age": 30, "city": "Rome"},
        {"customer_id": "4", "age": 40, "city": "Oslo"},  # its place in the file
    ]
    assert got.reasons() == {"empty row": 1}
    assert got.notes()["numbered"] == "The file has no customer id: its rows are numbered 1 to 4."
    assert got.notes()["duplicates"].startswith("1 row repeats another row exactly; without customer ids")
    assert read_columns(got.cleaned.path)[1] is True


def test_repeated_rows_without_ids_go_where_that_is_chosen(tmp_path: Path) -> None:
    got = clean_text(tmp_path, "age,city\n30,Rome\n30,Rome\n40,Oslo\n", {}, duplicates="drop")
    assert got.reasons() == {"repeats another row": 1}
    assert got.values("customer_id") == ["1", "3"]


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        (["1", "-2", "30", ""], "number", [1, -2, 30, None]),
        (["1.0", "2.0", "30.0", " "], "number", [1, 2, 30, None]),
        (["1.5", "2", "1e3", "+4"], "number", [1.5, 2.0, 1000.0, 4.0]),
        (["1,250.50", "$3", "EUR 4.5", "(5)"], "number", [1250.5, 3.0, 4.5, -5.0]),
        (["45%", "7.5 %", "0%", "100%"], "number", [45.0, 7.5, 0.0, 100.0]),
        (["0,5%", "1,5 %", "7%", "0,25%"], "number", [0.5, 1.5, 7.0, 0.25]),
        (["1,500%", "0.5%", "7%", "2%"], "number", [1500.0, 0.5, 7.0, 2.0]),
        (["45%", "0.45", "0.1", "0.2"], "text", ["45%", "0.45", "0.1", "0.2"]),
        (["00123", "4567", "1", "2"], "text", ["00123", "4567", "1", "2"]),
        (["12345678901234567", "1", "2", "3"], "text", ["12345678901234567", "1", "2", "3"]),
        (["999999999999999", "1", "2", "3"], "number", [999999999999999, 1, 2, 3]),
        (["+491701234567", "1", "2", "3"], "text", ["+491701234567", "1", "2", "3"]),
        (["555 1234", "555 9876", "1", "2"], "text", ["555 1234", "555 9876", "1", "2"]),
        (["1 250", "2 500", "3", "1 000 000"], "number", [1250, 2500, 3, 1000000]),
        (["nan", "inf", "1e999", "x"], "text", ["nan", "inf", "1e999", "x"]),
        (["TRUE", "FALSE", "TRUE", "true"], "category", ["TRUE", "FALSE", "TRUE", "true"]),
        (["yes", "no", "", ""], "category", ["yes", "no", None, None]),
        (["red", "red", "red", "red"], "category", ["red"] * 4),
        (["2021-01-02", "2021-02-03", "", "NA"], "date", [date(2021, 1, 2), date(2021, 2, 3), None, None]),
        (["31/1/2021", "1/2/2021", "", ""], "date", [date(2021, 1, 31), date(2021, 2, 1), None, None]),
        (["1/31/2021", "1/2/2021", "", ""], "date", [date(2021, 1, 31), date(2021, 1, 2), None, None]),
        (["1/3/2021", "1/2/2021", "", ""], "text", ["1/3/2021", "1/2/2021", None, None]),
        (["12 March 2021", "1 May 2020", "", ""], "date", [date(2021, 3, 12), date(2020, 5, 1), None, None]),
        (["2021-01-02 10:30", "2021-02-03T09:00:00Z", "", ""], "date",
         [date(2021, 1, 2), date(2021, 2, 3), None, None]),
        (["NA", "NA", "red", "blue"], "text", ["NA", "NA", "red", "blue"]),
        (["", "", "", ""], "text", [None] * 4),
    ],
)  # fmt: skip
def test_types(tmp_path: Path, values: list[str], kind: str, stored: list[object]) -> None:
    rows = "".join(f'{at},"{value}"\n' for at, value in enumerate(values))
    got = clean_text(tmp_path, "id,x\n" + rows)
    assert got.types() == {"x": kind}
    assert got.values("x") == stored
    assert [type(each) for each in got.values("x")] == [type(each) for each in stored]
    assert got.cleaned.columns[0].missing == stored.count(None)
    assert got.cleaned.columns[0].distinct == len(set(stored) - {None})


def test_decimal_commas(tmp_path: Path) -> None:
    got = clean_text(tmp_path, 'id,x,y\n1,"1.250,5",1.000\n2,"3,25",2\n', decimal=",")
    assert got.values("x") == [1250.5, 3.25]
    assert got.values("y") == [1000, 2]


def test_a_chosen_order_of_dates_stands(tmp_path: Path) -> None:
    text = "id,x\n1,1/3/2021\n2,1/2/2021\n"
    assert "unclear_dates" in clean_text(tmp_path, text).notes()
    got = clean_text(tmp_path, text, date_order="mdy")
    assert got.values("x") == [date(2021, 1, 3), date(2021, 1, 2)]
    assert got.notes()["date_order"] == "The dates of 'x' are read as month first."


@pytest.mark.parametrize(("bad", "kind"), [(2, "number"), (3, "text")])
def test_a_few_that_are_no_numbers_count_as_missing(tmp_path: Path, bad: int, kind: str) -> None:
    values = ["many {0}"] * bad + [str(at) for at in range(100 - bad)]
    rows = "".join(f"{at},{value}\n" for at, value in enumerate(values))
    got = clean_text(tmp_path, "id,x\n" + rows)
    assert got.types() == {"x": kind}
    if kind == "number":
        assert got.cleaned.columns[0].missing == 2
        assert got.notes()["unread_numbers"] == (
            "2 values of 'x' are no numbers (for example 'many {0}') and count as missing."
        )
    else:
        assert got.notes()["kept_as_text"] == (
            "The column 'x' is kept as text: 3 of its 100 values are no numbers (for example 'many {0}')."
        )


def test_words_for_missing_values_count_as_missing_among_numbers(tmp_path: Path) -> None:
    words = ["NA", "n/a", "null", "None", "NaN", "-", ""]
    rows = "".join(f"{at},{word},{word}\n" for at, word in enumerate(words)) + "8,5,a\n9,6,b\n"
    got = clean_text(tmp_path, "id,x,y\n" + rows)
    assert got.types() == {"x": "number", "y": "text"}
    assert got.values("x") == [None] * 7 + [5, 6]
    assert got.values("y") == [*words[:-1], None, "a", "b"]
    assert got.notes()["missing_words"] == "6 values of 'x' are words such as '-' and count as missing."


def test_few_different_words_are_a_category(tmp_path: Path) -> None:
    def rows(distinct: int) -> str:
        return "id,x\n" + "".join(f"{at},word {at % distinct}\n" for at in range(200))

    assert clean_text(tmp_path, rows(50)).types() == {"x": "category"}
    assert clean_text(tmp_path, rows(51)).types() == {"x": "text"}
    assert clean_text(tmp_path, "id,x\n1,a\n2,a\n3,b\n4,b\n").types() == {"x": "text"}


def test_clusters_are_labels_and_roles_are_told(tmp_path: Path) -> None:
    text = "CustomerID,Recency,Frequency,Monetary,Cluster,Note\n1,5,2,9.5,0.0,a\n2,6,3,8.5,1.0,b\n"
    got = clean_text(tmp_path, text, {**RFM, "monetary": "Monetary"})
    assert got.values("Cluster") == ["0", "1"]
    assert [(each.name, each.type, each.role) for each in got.cleaned.columns] == [
        ("Recency", "number", "recency_days"),
        ("Frequency", "number", "frequency"),
        ("Monetary", "number", "monetary"),
        ("Cluster", "category", "cluster"),
        ("Note", "text", None),
    ]
    stored, numbered = read_columns(got.cleaned.path)
    assert [(each.name, each.type, each.role) for each in stored][3:] == [
        ("Cluster", "category", "cluster"),
        ("Note", "text", None),
    ]
    assert numbered is False


def test_a_role_that_wants_numbers_refuses_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'spend' holds no numbers \(for example 'lots'\).*monetary"):
        clean_text(tmp_path, "id,spend\n1,lots\n2,some\n", {CUSTOMER_ID: "id", "monetary": "spend"})


def test_ids_stay_as_written(tmp_path: Path) -> None:
    ids = ["00123", "12345678901234567", "NA", "null", "1e5", "  7", "a,b", "ä", "=1+1"]
    rows = "".join(f'"{each}",1\n' for each in ids)
    got = clean_text(tmp_path, "id,x\n" + rows)
    assert got.values("customer_id") == sorted(ids)


def test_ids_of_a_spreadsheet(tmp_path: Path) -> None:
    got = clean_text(tmp_path, "id,x\n12346.0,1\n12347,2\n12346,1\n")
    assert got.values("customer_id") == ["12346", "12347"]
    assert got.notes()["excel_ids"].startswith("1 customer id is written like '12346.0'")
    assert got.reasons() == {"repeats another row": 1}


def test_an_index_column_is_left_out(tmp_path: Path) -> None:
    got = clean_text(tmp_path, ",id,x\n2,a,5\n1,a,5\n0,b,6\n")
    assert got.types() == {"x": "number"}
    assert got.reasons() == {"repeats another row": 1}
    assert "only numbers the rows" in got.notes()["index_column"]
    kept = clean_text(tmp_path, ",id,x\n2,a,5\n7,c,5\n0,b,6\n")
    assert kept.types() == {"column_1": "number", "x": "number"}


def test_names_of_our_own_are_not_used_twice(tmp_path: Path) -> None:
    got = clean_text(tmp_path, 'id,Customer_ID,line_no,place,"sp""ace {n}"\n1,a,b,c,d\n')
    assert got.rows == [
        {"customer_id": "1", "Customer_ID_2": "a", "line_no": "b", "place": "c", 'sp"ace {n}': "d"}
    ]
    numbered = clean_text(tmp_path, "customer_id,place\n1,c\n", {})
    assert numbered.rows == [{"customer_id": "1", "customer_id_2": 1, "place": "c"}]


def test_only_ids_make_a_table_too(tmp_path: Path) -> None:
    got = clean_text(tmp_path, "id\nb\na\n")
    assert got.rows == [{"customer_id": "a"}, {"customer_id": "b"}]
    assert got.cleaned.columns == ()


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"people\.csv: none of its 2 rows can be used; 2 of them: no customer id"
    ):
        clean_text(tmp_path, "id,x\n,1\n,2\n")


def test_formulas_are_inert_in_the_rejected_file(tmp_path: Path) -> None:
    got = clean_text(tmp_path, "id,x\n1,a\n,=1+1\n,-5\n")
    assert [row["x"] for row in got.rejected] == ["'=1+1", "-5"]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", "3", " ", "007"]),
            st.sampled_from(["", "x", "y", "5", "NA"]),
            st.sampled_from(["", "1.25", "-3", "free"]),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_rows_in_are_kept_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    rows = [("9", "z", "4.00"), *rows]
    text = "id,word,spend\n" + "".join(f'"{a}",{b},{c}\n' for a, b, c in rows)
    got = clean_text(tmp_path_factory.mktemp("all"), text, {CUSTOMER_ID: "id", "monetary": "spend"})
    ledger = got.ledger
    assert ledger["rows"]["in"] == len(rows) == ledger["rows"]["kept"] + ledger["rows"]["quarantined"]
    assert ledger["rows"]["kept"] == len(got.rows) == len({a for a, _, _ in rows if a.strip()})
    assert ledger["rows"]["quarantined"] == len(got.rejected) == sum(got.reasons().values())
    amounts = {key: Decimal(value) for key, value in ledger["amount"].items()}
    assert amounts["in"] == amounts["kept"] + amounts["quarantined"]
    assert amounts["in"] == sum(Decimal(c) for _, _, c in rows if c not in ("", "free"))
    assert amounts["quarantined"] == sum(Decimal(each["amount"]) for each in ledger["reasons"])


@pytest.mark.parametrize("seed", range(3))
def test_row_order_and_threads_change_no_byte(tmp_path: Path, seed: int) -> None:
    rows = [
        f"c{at},{at * 7 % 90},{at / 3:.2f},city {at % 9},2021-0{1 + at % 9}-11,{at}@x.com\n"
        for at in range(3000)
    ]
    rows += [",1,2,3,4,5\n", "c0,0,0.00,city 0,2021-01-11,0@x.com\n"]
    shuffled = random.Random(seed).sample(rows, len(rows))
    digests = set()
    for name, lines, threads in (("a", rows, 1), ("b", shuffled, 2)):
        path = write(tmp_path, "id,age,spend,city,joined,mail\n" + "".join(lines), f"{name}.csv")
        mapping = {CUSTOMER_ID: "id", "monetary": "spend"}
        got = clean_file(inspected(path, mapping), tmp_path / name, threads=threads)
        assert got.ledger["rows"] == {"in": 3002, "kept": 3000, "quarantined": 2}
        digests.add((hashlib.sha256(got.cleaned.path.read_bytes()).hexdigest(), got.cleaned.columns))
    assert len(digests) == 1


def test_no_file_of_the_work_is_left(tmp_path: Path) -> None:
    clean_text(tmp_path, "id,x\n1,a\n,b\n")
    left = {path.name for path in (tmp_path / "customers").iterdir() if path.is_file()}
    assert left == {"customers.parquet", "rejected.csv", "staged.parquet"}


# Real files


def test_ecommerce_customers(tmp_path: Path, real_data: Path) -> None:
    folder = real_data / "ecommerce_customer_behavior"
    mapping = {CUSTOMER_ID: "Customer ID", "monetary": "Total Spend"}
    text = inspected(folder / "E-commerce Customer Behavior - Sheet1.csv", mapping)
    got = clean_file(text, tmp_path / "csv")
    assert got.ledger["rows"] == {"in": 350, "kept": 350, "quarantined": 0}
    assert got.ledger["amount"]["kept"] == "295883.60"
    missing = {column.name: column.missing for column in got.cleaned.columns if column.missing}
    assert missing == {"Satisfaction Level": 2}
    assert got.types() == {
        "Gender": "category",
        "Age": "number",
        "City": "category",
        "Membership Type": "category",
        "Total Spend": "number",
        "Items Purchased": "number",
        "Average Rating": "number",
        "Discount Applied": "category",
        "Days Since Last Purchase": "number",
        "Satisfaction Level": "category",
    }
    workbook = inspected(folder / "E-commerce Customer Behavior.xlsx", mapping, text.columns, sheet="in")
    sheet = clean_file(workbook, tmp_path / "xlsx")
    assert sheet.ledger["amount"]["kept"] == "295883.60"
    same = [{**row, "Discount Applied": row["Discount Applied"].upper()} for row in sheet.rows]
    assert same == got.rows


def test_hillstrom(tmp_path: Path, real_data: Path) -> None:
    path = next((real_data / "hillstrom").glob("*.csv.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    got = clean_file(inspected(path, {"monetary": "spend"}, columns), tmp_path / "out", threads=2)
    assert got.ledger["rows"] == {"in": 64000, "kept": 64000, "quarantined": 0}
    notes = {each["kind"]: each["rows"] for each in got.ledger["notes"]}
    assert (notes["numbered"], notes["duplicates"]) == (64000, 6562)
    assert Counter(got.values("segment")) == {
        "Womens E-Mail": 21387,
        "Mens E-Mail": 21307,
        "No E-Mail": 21306,
    }
    assert sum(got.values("visit")) == 9394
    assert got.types()["history_segment"] == got.types()["zip_code"] == "category"
    first = next(row for row in got.rows if row["customer_id"] == "1")
    assert (first["recency"], first["history"], first["zip_code"]) == (10, 142.44, "Surburban")


@pytest.mark.parametrize(
    ("name", "money", "kept", "clusters"),
    [
        ("RFM_Clustered", "Monetary", 4338, {"Champions": 843, "Promising Customer": 730, "At Risk": 694}),
        ("RFM_Clustered_int_labels", "Monetary", 2852, {"0": 987, "1": 7, "2": 1155, "3": 703}),
        ("RFM_Clustered_monetaryvalue", "MonetaryValue", 4372, {"0": 4366, "1": 6}),
    ],
)
def test_rfm_clustered(
    tmp_path: Path, real_data: Path, name: str, money: str, kept: int, clusters: dict[str, int]
) -> None:
    path = real_data / "rfm_clustered" / f"{name}.csv"
    got = clean_file(inspected(path, {**RFM, "monetary": money}), tmp_path / "out")
    assert got.ledger["rows"] == {"in": kept, "kept": kept, "quarantined": 0}
    found = Counter(got.values("Cluster"))
    assert {label: found[label] for label in clusters} == clusters
    assert sum(found.values()) == kept
    assert [column.name for column in got.cleaned.columns] == ["Recency", "Frequency", money, "Cluster"]
    assert all(row[CUSTOMER_ID].isdecimal() and len(row[CUSTOMER_ID]) == 5 for row in got.rows)
    if name == "RFM_Clustered":
        assert found["Can't Lose Them"] > 0
        assert len(found) == 10
    if money == "MonetaryValue":
        values = got.values(money)
        assert min(values) == -4287.63
        assert sum(value <= 0 for value in values) == 50
        assert math.isclose(sum(values), float(got.ledger["amount"]["kept"]), abs_tol=0.01)
        assert pq.read_schema(got.cleaned.path).names == [
            CUSTOMER_ID,
            "Recency",
            "Frequency",
            money,
            "Cluster",
        ]


def test_from_the_bare_file_to_the_table(tmp_path: Path, real_data: Path) -> None:
    inspection = inspect_file(real_data / "rfm_clustered" / "RFM_Clustered_monetaryvalue.csv")
    assert inspection.kind == CUSTOMERS
    got = clean_file(inspection, tmp_path / "out")
    assert [(each.name, each.type, each.role) for each in got.cleaned.columns] == [
        ("Recency", "number", "recency_days"),
        ("Frequency", "number", "frequency"),
        ("MonetaryValue", "number", "monetary"),
        ("Cluster", "category", "cluster"),
    ]
    assert got.ledger["understood"]["mapping"]["monetary"] == "MonetaryValue"
    assert set(got.notes()) == {"excel_ids", "index_column"}

"""A file of orders and a table of customers are told apart, and asked about where both would fit."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.names import CUSTOMER_ROLES, ROLES
from data.preview import preview_rows
from data.reading import ImportOptions, inspect_file
from tests.imports import import_text, write


def table(header: str, *cells: str, rows: int = 40) -> str:
    """A table of `rows` rows, `cells` written with the number of the row as {i} and a day as {d}."""
    lines = [",".join(cell.format(i=at, d=at % 28 + 1, p=at % 5) for cell in cells) for at in range(rows)]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("customer_id,date,amount", ("c{i}", "2021-01-{d:02d}", "{i}.5"), "transactions"),
        ("customer_id,order_date,score", ("c{i}", "2021-01-{d:02d}", "{i}.5"), "transactions"),
        ("customer_id,created_at,score", ("c{p}", "2021-01-{d:02d}", "{i}.5"), "transactions"),
        ("customer_id,created_at,quantity,price", ("c{i}", "2021-01-{d:02d}", "1", "{i}.5"), "transactions"),
        ("customer_id,signup_date,total_spent", ("c{i}", "2021-01-{d:02d}", "{i}.5"), "customers"),
        ("customer_id,birth_date,city", ("c{i}", "1980-01-{d:02d}", "x"), "customers"),
        ("customer_id,last_purchase_date,orders", ("c{i}", "2021-01-{d:02d}", "{p}"), "customers"),
        ("customer_id,first_order_date,ltv", ("c{i}", "2021-01-{d:02d}", "{i}.5"), "customers"),
        ("customer_id,recency,created_at", ("c{i}", "{i}", "2021-01-{d:02d}"), "customers"),
        ("customer_id,age,city", ("c{i}", "{i}", "x"), "customers"),
        ("CustomerID,Recency,Frequency,Monetary", ("{i}", "{i}", "{p}", "{i}.5"), "customers"),
    ],
)
def test_kinds_are_told(tmp_path: Path, header: str, cells: tuple[str, ...], kind: str) -> None:
    got = inspect_file(write(tmp_path, table(header, *cells)))
    assert (got.kind, got.options.kind, got.questions) == (kind, kind, ())
    assert got.detected["kind"].value == kind
    assert got.detected["kind"].evidence.startswith(
        {"transactions": "each row is an order, or a line of one", "customers": "each row is a customer"}[
            kind
        ]
    )
    again = inspect_file(got.path, got.options)
    assert (again.options, again.kind) == (got.options, kind)


def test_a_date_that_may_be_either_is_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, table("customer_id,created_at,score", "c{i}", "2021-01-{d:02d}", "{i}.5"))
    got = inspect_file(path)
    (question,) = got.questions
    assert (question.key, question.option) == ("kind", "--kind {value}")
    assert question.text == (
        "In orders.csv no 'customer_id' comes twice in the 40 rows looked at, and 'created_at' may be the date of an "
        "order or a date of the customer. What is a row? Nothing was imported."
    )
    assert dict(question.choices) == {
        "transactions": "each row is an order, or a line of one",
        "customers": "each row is a customer",
    }
    assert got.options.kind is None
    orders = inspect_file(path, ImportOptions(kind="transactions"))
    assert (orders.questions, orders.mapping["ordered_at"], orders.mapping["amount"]) == (
        (),
        "created_at",
        "score",
    )
    customers = inspect_file(path, ImportOptions(kind="customers"))
    assert (customers.questions, customers.mapping) == ((), {"customer_id": "customer_id"})


def test_a_role_that_only_one_kind_has_tells_the_kind(tmp_path: Path) -> None:
    path = write(tmp_path, table("customer_id,created_at,score", "c{i}", "2021-01-{d:02d}", "{i}.5"))
    assert inspect_file(path, ImportOptions(mapping={"ordered_at": "created_at"})).kind == "transactions"
    assert inspect_file(path, ImportOptions(mapping={"monetary": "score"})).kind == "customers"


def test_orders_without_dates_may_be_customers(tmp_path: Path) -> None:
    path = write(tmp_path, table("customer_id,product,amount", "c{i}", "p{i}", "{i}.5"))
    (question,) = inspect_file(path).questions
    assert (question.key, question.choices) == ("kind", (("customers", "each row is a customer"),))
    assert "has no column that reads as a date" in question.text
    assert "came before" not in question.text
    assert inspect_file(path, ImportOptions(kind="customers")).questions == ()


def test_an_id_that_seldom_comes_again_is_told_with_the_question(tmp_path: Path) -> None:
    text = table("customer_id,product,amount", "c{i}", "p{i}", "{i}.5") + "c3,p,1.5\nc4,p,1.5\n"
    (question,) = inspect_file(write(tmp_path, text)).questions
    assert "In 'customer_id', 2 rows looked at came before. Is each row a customer?" in question.text


def test_purchases_without_dates_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, table("User_ID,Product_ID,Age,Purchase", "c{p}", "p{i}", "0-17", "83{i}"))
    with pytest.raises(InputError) as caught:
        inspect_file(path)
    assert str(caught.value) == (
        "orders.csv has no column that reads as a date, and orders need one: its columns are 'User_ID', 'Product_ID', "
        "'Age', 'Purchase'. Its rows are no customers either: 'User_ID' comes again (5 customers in the 40 rows looked "
        "at). Export it with the date of each order; nothing was imported."
    )


def test_measures_are_not_offered_as_ids(tmp_path: Path) -> None:
    header = "age,income,account balance,ProductRelated,Score"
    got = inspect_file(write(tmp_path, table(header, "{p}", "3{i}", "9{i}", "{i}", "{i}.5")))
    assert (got.kind, got.questions, got.mapping) == ("customers", (), {})
    assert got.detected["customer_id"].value == ""


def test_each_customer_once_with_a_plain_date_and_amount_is_a_file_of_orders(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, table("customer_id,date,amount", "c{i}", "2021-01-13", "{i}.5")))
    assert (got.kind, got.questions) == ("transactions", ())


def test_roles_of_a_customer_table_are_found_by_name(tmp_path: Path) -> None:
    header = "Client ID,DaysSinceLastPurchase,Order Count,Lifetime Value,Cluster label,City"
    got = inspect_file(write(tmp_path, table(header, "c{i}", "{i}", "{p}", "{i}.50", "Gold", "x")))
    assert got.mapping == {
        "customer_id": "Client ID",
        "recency_days": "DaysSinceLastPurchase",
        "frequency": "Order Count",
        "monetary": "Lifetime Value",
        "cluster": "Cluster label",
    }
    chosen = inspect_file(
        got.path, ImportOptions(kind="customers", mapping={"cluster": "City", "frequency": ""})
    )
    assert chosen.mapping["cluster"] == "City"
    assert "frequency" not in chosen.mapping
    assert inspect_file(got.path, chosen.options).options == chosen.options


def test_a_table_without_ids_has_numbered_rows(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, table("recency,history,newbie", "{p}", "{p}.5", "1")))
    assert (got.kind, got.questions) == ("customers", ())
    assert "customer_id" not in got.mapping
    assert got.detected["customer_id"].evidence == "The file has no customer id: its rows are numbered"


def test_a_column_that_may_be_an_id_is_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, table("recency,token,newbie", "{p}", "zz{i}", "1"))
    (question,) = inspect_file(path).questions
    assert question.key == "customer_id"
    assert question.choices == (
        ("token", "token (for example 'zz0')"),
        ("-", "none of them: number the rows"),
    )
    with_ids = inspect_file(path, ImportOptions(mapping={"customer_id": "token"}))
    assert (with_ids.questions, with_ids.mapping["customer_id"]) == ((), "token")
    for none in ("-", ""):
        numbered = inspect_file(path, ImportOptions(mapping={"customer_id": none}))
        assert (numbered.questions, "customer_id" in numbered.mapping) == ((), False)
    # An import runs from the options that were settled, and asks nothing again.
    assert inspect_file(path, numbered.options).questions == ()


def test_the_decimal_mark_of_a_customer_table_is_that_of_all_its_numbers(tmp_path: Path) -> None:
    text = "customer_id;recency;weight;spend\n" + "".join(f"c{at};{at};1,5;1.250\n" for at in range(30))
    got = inspect_file(write(tmp_path, text))
    assert (got.options.decimal, got.questions) == (",", ())
    unclear = inspect_file(write(tmp_path, text.replace("1,5", "1")))
    assert [question.key for question in unclear.questions] == ["decimal"]


def test_unclear_dates_of_customers_stay_text_without_a_question(tmp_path: Path) -> None:
    text = "customer_id,joined,spend\n" + "".join(
        f"c{at},{at % 12 + 1:02d}/05/2020,{at}.5\n" for at in range(30)
    )
    got = inspect_file(write(tmp_path, text))
    assert (got.kind, got.questions) == ("customers", ())
    assert got.detected["dates"].value == "as text"
    assert (
        "may be day/month or month/day: the column is kept as it is written" in got.detected["dates"].evidence
    )


def test_the_preview_of_customers_shows_numbers_as_numbers(tmp_path: Path) -> None:
    text = "customer_id,recency,Monetary,zip,city\n00012,5,77183.6,01234,Rome\n00013,1200,5,01235,Bonn\n"
    got = inspect_file(write(tmp_path, text))
    assert got.kind == "customers"
    assert [[cell.text for cell in row] for row in preview_rows(got)] == [
        ["00012", "5", "77,183.60", "01234", "Rome"],
        ["00013", "1,200", "5.00", "01235", "Bonn"],
    ]


def test_ids_of_customers_survive_as_written(tmp_path: Path) -> None:
    ids = ["00123", "12345678901234567", "NA", "null", "1e5", "-0", "1.50"]
    text = "customer_id,date,amount\n" + "".join(f"{each},2021-01-13,5.5\n" for each in ids)
    assert {row["customer_id"] for row in import_text(tmp_path, text).rows} == set(ids)


NAMES = [
    "id",
    "customer_id",
    "customer",
    "email",
    "date",
    "created_at",
    "order_date",
    "joined",
    "amount",
    "price",
    "unit_price",
    "total",
    "net",
    "gross",
    "qty",
    "sku",
    "order_id",
    "status",
    "currency",
    "recency",
    "frequency",
    "cluster",
    "note",
    "x",
    "y",
]
CELLS = st.sampled_from(
    [
        "",
        "1",
        "7",
        "00123",
        "2021-01-13",
        "01/02/2021",
        "20210113",
        "44197",
        "1.5",
        "1,250",
        "1.234,56",
        "$5.00",
        "€5",
        "(5)",
        "EUR",
        "USD",
        "paid",
        "cancelled",
        "a",
        "b@example.com",
        "NA",
        "1e5",
        "1612345678",
        "soon",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Small tables of anything under any names."""
    header = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6))
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    kinds = draw(st.lists(row, min_size=1, max_size=4))
    rows = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=30))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=tables(), pick=st.randoms(use_true_random=False))
def test_every_question_can_be_answered(tmp_path: Path, text: str, pick: random.Random) -> None:
    path = write(tmp_path, text)
    options, asked = ImportOptions(), list[str]()
    try:
        inspection = inspect_file(path, options)
        while inspection.questions:
            question = inspection.questions[0]
            assert question.key not in asked, f"asked twice: {question.text}"
            assert question.choices
            assert "{value}" in question.option
            asked.append(question.key)
            value = pick.choice(question.choices)[0]
            if question.key in (*ROLES, *CUSTOMER_ROLES):
                options = replace(options, mapping={**(options.mapping or {}), question.key: value})
            else:
                options = replace(options, **{question.key: value})
            inspection = inspect_file(path, options)
        # What was settled stands: the same options come out again, and nothing is asked.
        again = inspect_file(path, inspection.options)
    except InputError:
        # Some tables hold nothing that could be imported, and some answers cannot be used.
        return
    assert len(asked) <= 6
    assert (again.questions, again.options, again.mapping) == ((), inspection.options, inspection.mapping)
    assert (again.kind, again.unpaid_statuses) == (inspection.kind, inspection.unpaid_statuses)


def test_the_sample_of_a_parquet_file_is_from_all_over_it(tmp_path: Path) -> None:
    rows = 40_000
    table = pa.table(
        {
            "customer_id": [f"c{at % 90}" for at in range(rows)],
            "order_date": ["2021-01-13"] * rows,
            "amount": [5.5] * rows,
            "currency": ["EUR"] * (rows // 2) + ["USD"] * (rows // 2),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet", row_group_size=10_000)
    (question,) = inspect_file(tmp_path / "orders.parquet").questions
    assert (question.key, [value for value, _ in question.choices]) == ("currency", ["EUR", "USD"])


@pytest.mark.parametrize(
    "forged",
    [
        {"mapping": 5},
        {"mapping": {"amount": 3}},
        {"header": "perhaps"},
        {"encoding": ["utf-8"]},
        {"sheet": 1},
    ],
)
def test_options_of_the_wrong_type_are_refused_in_words(forged: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ImportOptions.from_dict(forged)

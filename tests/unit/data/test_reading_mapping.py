"""Columns find their roles by layout, name and content; what is missing is asked or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import InputError
from data.reading import ImportOptions, inspect_file
from tests.imports import import_text, write


@pytest.mark.parametrize(
    ("header", "row", "mapping"),
    [
        (
            "Customer ID,Order Date,Total,City",
            "1,2021-01-01,5.5,x",
            {"customer_id": "Customer ID", "ordered_at": "Order Date", "amount": "Total"},
        ),
        (
            "client_no;bought;qty;price;sku",
            "1;2021-01-01;2;5.5;A",
            {
                "customer_id": "client_no",
                "ordered_at": "bought",
                "quantity": "qty",
                "unit_price": "price",
                "product_id": "sku",
            },
        ),
        (
            "Kundennummer;Bestelldatum;Betrag;Bestellnummer",
            "7;2021-01-31;5,50;B1",
            {
                "customer_id": "Kundennummer",
                "ordered_at": "Bestelldatum",
                "amount": "Betrag",
                "order_id": "Bestellnummer",
            },
        ),
        (
            "user_id,timestamp,price",
            "u1,2021-01-01 10:00:00,5.5",
            {"customer_id": "user_id", "ordered_at": "timestamp", "amount": "price"},
        ),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            "489434,85048,GLASS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom",
            {
                "customer_id": "Customer ID",
                "ordered_at": "InvoiceDate",
                "order_id": "Invoice",
                "product_id": "StockCode",
                "quantity": "Quantity",
                "unit_price": "Price",
                "country": "Country",
            },
        ),
    ],
)
def test_roles_are_found(tmp_path: Path, header: str, row: str, mapping: dict[str, str]) -> None:
    got = inspect_file(write(tmp_path, f"{header}\n{row}\n"))
    assert got.mapping == mapping
    assert got.questions == ()


def test_the_second_online_retail_layout_is_known(tmp_path: Path) -> None:
    header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
    got = import_text(
        tmp_path, header + "\nC489434,85048,GLASS,-2,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
    )
    assert got.inspection.layout == "UCI Online Retail II"
    assert got.inspection.currency == "GBP"
    assert got.ledger["amount"]["kept"] == "-13.90"
    assert got.notes() == {"returns": 1, "cancellations": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "order_id,date,amount\na,2021-01-01,5\n",
            "no column that tells the customer: its columns are 'order_id', 'date', 'amount'",
        ),
        ("customer_id,amount\n1,5.5\n", "no column that tells the date of the order"),
        ("customer_id,date,city\n1,2021-01-01,x\n", "no column that tells the amount"),
        (
            "CustomerID,Recency,Frequency,Monetary\n1,5,2,9.5\n",
            "has one row a customer ('Recency') and no order dates",
        ),
    ],
)
def test_what_nobody_could_map_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        inspect_file(write(tmp_path, text))
    assert words in str(caught.value)


def test_a_plausible_column_is_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, "guest,order_id,date,amount\ng1,a,2021-01-01,5\ng2,b,2021-01-02,6\n")
    question = inspect_file(path).questions[0]
    assert question.key == "customer_id"
    assert question.choices == (("guest", "guest (for example 'g1')"),)
    assert question.option == "--map customer_id={value}"
    assert inspect_file(path, ImportOptions(mapping={"customer_id": "guest"})).questions == ()


def test_a_mapping_of_ones_own_stands(tmp_path: Path) -> None:
    path = write(tmp_path, "who,when,what,customer_id\nA,2021-01-01,5,z\n")
    got = inspect_file(path, ImportOptions(mapping={"customer_id": "WHO", "amount": "what"}))
    assert got.mapping == {"customer_id": "who", "amount": "what", "ordered_at": "when"}
    with pytest.raises(InputError, match="has no column 'nope' for customer_id; it has 'who'"):
        inspect_file(path, ImportOptions(mapping={"customer_id": "nope"}))
    with pytest.raises(InputError, match="is mapped to two roles"):
        inspect_file(path, ImportOptions(mapping={"customer_id": "who", "order_id": "who"}))


def test_the_meaning_of_a_price_can_be_chosen(tmp_path: Path) -> None:
    text = "customer,date,qty,price\n1,2021-01-01,3,5.50\n"
    assert import_text(tmp_path, text).ledger["amount"]["in"] == "16.50"
    assert import_text(tmp_path, text, amount_is="line_total").ledger["amount"]["in"] == "5.50"


def test_options_survive_json_and_check_themselves(tmp_path: Path) -> None:
    path = write(tmp_path, "customer,date,amount\n1,13/01/2021,5.5\n")
    options = inspect_file(path).options
    assert ImportOptions.from_dict(options.to_dict()) == options
    assert hash(ImportOptions.from_dict(options.to_dict())) == hash(options)
    assert inspect_file(path, options).options == options
    with pytest.raises(InputError, match="The date order 'xyz' is not one of"):
        ImportOptions(date_order="xyz")
    with pytest.raises(InputError, match="The role 'colour' is not one of"):
        ImportOptions(mapping={"colour": "x"})
    with pytest.raises(InputError, match="'colour' is not an import option"):
        ImportOptions.from_dict({"colour": 1})

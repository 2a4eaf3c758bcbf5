"""Columns find their roles by layout, name and content; what is missing is asked or refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import InputError, QuestionError
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


TWICE = "customer_id,date,amount,Amount\n1,2021-01-01,5.5,7.5\n2,2021-01-02,6.5,8.5\n"


def test_a_header_given_twice_is_asked_about(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, TWICE))
    assert got.columns == ("customer_id", "date", "amount", "Amount_2")
    assert got.mapping == {"customer_id": "customer_id", "ordered_at": "date"}
    (question,) = got.questions
    assert question.key == "amount"
    assert question.text == (
        "orders.csv has 2 columns called 'amount': which of them holds the amount? Nothing was imported."
    )
    assert question.choices == (
        ("amount", "amount (column 3, for example '5.5')"),
        ("Amount_2", "Amount_2 (column 4, for example '7.5')"),
    )
    assert question.option == "--map amount={value}"
    with pytest.raises(QuestionError):
        import_text(tmp_path, TWICE)


@pytest.mark.parametrize(("column", "amount"), [("amount", "12.00"), ("Amount_2", "16.00")])
def test_either_of_two_columns_can_be_chosen(tmp_path: Path, column: str, amount: str) -> None:
    got = import_text(tmp_path, TWICE, mapping={"amount": column})
    assert got.ledger["amount"]["kept"] == amount
    assert got.ledger["understood"]["mapping"]["amount"] == column
    # An import runs from the options that were settled, and asks nothing again.
    again = inspect_file(got.inspection.path, got.inspection.options)
    assert (again.questions, again.mapping["amount"]) == ((), column)


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ("customer_id,date,amount,note,note", []),
        ("customer_id,date,amount,country,country", ["country"]),
        ("customer_id,date,date,amount,x", ["ordered_at"]),
        ("customer_id,customer_id,date,amount,x", ["customer_id"]),
        ("customer_id,date,quantity,price,price", ["unit_price"]),
        ("customer_id,date,price,price,x", ["amount"]),
    ],
)
def test_only_a_header_that_plays_a_role_is_asked_about(tmp_path: Path, header: str, keys: list[str]) -> None:
    cells = {"customer_id": "7", "date": "2021-01-13", "amount": "5.5", "quantity": "2", "price": "5.5"}
    row = ",".join(cells.get(name, "x") for name in header.split(","))
    path = write(tmp_path, f"{header}\n{row}\n{row}\n")
    assert [question.key for question in inspect_file(path).questions] == keys
    unmapped = ImportOptions(mapping={"country": ""})
    assert inspect_file(path, unmapped).questions == () or keys != ["country"]


def test_a_name_of_the_files_own_is_not_given_to_another_column(tmp_path: Path) -> None:
    text = "customer_id,date,amount,amount,amount_2,,column_7\n1,2021-01-01,1,2,3,x,y\n"
    got = import_text(tmp_path, text, mapping={"amount": "amount_2"})
    assert got.inspection.columns == (
        "customer_id",
        "date",
        "amount",
        "amount_3",
        "amount_2",
        "column_6",
        "column_7",
    )
    assert got.ledger["amount"]["kept"] == "3.00"


def test_twin_columns_of_a_parquet_file_keep_their_own_types(tmp_path: Path) -> None:
    arrays = [pa.array(["1"]), pa.array(["2021-01-01"]), pa.array(["1.250"]), pa.array([7.5])]
    table = pa.Table.from_arrays(arrays, names=["customer_id", "date", "amount", "amount"])
    path = tmp_path / "twice.parquet"
    pq.write_table(table, path)
    assert [question.key for question in inspect_file(path).questions] == ["amount"]
    numbers = inspect_file(path, ImportOptions(mapping={"amount": "amount_2"}))
    assert (numbers.questions, numbers.options.decimal) == ((), ".")
    texts = inspect_file(path, ImportOptions(mapping={"amount": "amount"}))
    assert [question.key for question in texts.questions] == ["decimal"]


def test_a_sheet_of_a_file_without_sheets_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"customer_id": ["1"]}), tmp_path / "x.parquet")
    for path in (write(tmp_path, TWICE), tmp_path / "x.parquet"):
        with pytest.raises(InputError) as caught:
            inspect_file(path, ImportOptions(sheet="foo"))
        assert str(caught.value) == (
            f"{path.name} is no workbook and has no sheet 'foo': import it without --sheet."
        )

"""Columns find their roles by layout, name and content; what is missing is asked or refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
            "customer_id,date,city\n1,2021-01-01,x\n",
            "no column of numbers that could be the amount: its columns are 'customer_id', 'date', 'city'",
        ),
        (
            "date,amount\n2021-01-01,5.5\n",
            "no column that could tell the customer: its columns are 'date', 'amount'",
        ),
        (
            "customer_id,date,amount\n1,soon,5.5\n",
            "no date in the column 'date' can be read (for example 'soon')",
        ),
    ],
)
def test_what_nobody_could_map_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        inspect_file(write(tmp_path, text))
    assert words in str(caught.value)


def test_a_plausible_column_is_asked_about(tmp_path: Path) -> None:
    text = "order_id,guest,date,amount,postage\na,g1,2021-01-01,5,1.5\nb,g2,2021-01-02,6,1.5\n"
    path = write(tmp_path, text)
    (question,) = inspect_file(path).questions
    assert question.key == "customer_id"
    assert question.text == "Which column of orders.csv holds the customer? Nothing was imported."
    # The likeliest first; any other that could be meant may still be chosen.
    assert question.choices == (
        ("guest", "guest (for example 'g1')"),
        ("order_id", "order_id (for example 'a')"),
        ("postage", "postage (for example '1.5')"),
    )
    assert question.option == "--map customer_id={value}"
    for column, _ in question.choices:
        got = inspect_file(path, ImportOptions(mapping={"customer_id": column}))
        assert (got.questions, got.mapping["customer_id"]) == ((), column)


def test_the_date_is_asked_where_no_name_tells_it(tmp_path: Path) -> None:
    rows = "".join(f"c{at % 3},2021-01-{at + 1:02d},2021-02-{at + 1:02d},5.{at}\n" for at in range(9))
    path = write(tmp_path, "customer_id,begin,delivered,amount\n" + rows)
    assert inspect_file(path).mapping["ordered_at"] == "begin"
    path = write(tmp_path, "customer_id,begin,end,amount\n" + rows)
    (question,) = inspect_file(path).questions
    assert (question.key, [value for value, _ in question.choices]) == ("ordered_at", ["begin", "end"])
    path = write(tmp_path, "customer_id,delivered,order_id,amount\n" + rows.replace(",2021-02", ",x2021-02"))
    (question,) = inspect_file(path).questions
    assert (question.key, [value for value, _ in question.choices]) == ("ordered_at", ["delivered"])


def test_the_amount_is_asked_where_no_name_tells_it(tmp_path: Path) -> None:
    rows = "".join(f"c{at % 3},2021-01-{at + 1:02d},{at}.5,{at}.25,{at}\n" for at in range(9))
    (question,) = inspect_file(write(tmp_path, "customer_id,date,x,y,z\n" + rows)).questions
    assert question.key == "amount"
    assert [value for value, _ in question.choices] == ["x", "y", "z"]


def test_one_thing_is_asked_at_a_time(tmp_path: Path) -> None:
    path = write(
        tmp_path, "who,begin,end,x,y\na,2021-01-01,2021-01-02,1.5,2.5\nb,2021-01-01,2021-01-02,1.5,2.5\n"
    )
    chosen: dict[str, str] = {}
    for role, column in (("customer_id", "who"), ("ordered_at", "begin"), ("amount", "x")):
        assert [question.key for question in inspect_file(path, ImportOptions(mapping=chosen)).questions] == [
            role
        ]
        chosen[role] = column
    assert inspect_file(path, ImportOptions(mapping=chosen)).questions == ()


def _log(header: str, *cells: str, rows: int = 40) -> str:
    """A log of `rows` rows by a few customers, `cells` written with the number of the row as {i}."""
    lines = [
        ",".join(cell.format(i=at, d=at % 28 + 1, m=at % 4 + 1, p=at % 5) for cell in cells)
        for at in range(rows)
    ]
    return "\n".join([header, *lines]) + "\n"


def test_of_two_dates_the_one_of_the_order_counts(tmp_path: Path) -> None:
    text = _log(
        "customer,paid_at,order_date,ship_date,total",
        "c{p}",
        "2021-02-{d:02d}",
        "2021-01-{d:02d}",
        "2021-03-01",
        "{i}.5",
    )
    got = inspect_file(write(tmp_path, text))
    assert (got.questions, got.mapping["ordered_at"]) == ((), "order_date")
    assert (
        got.detected["ordered_at"].evidence
        == "a column called 'order_date' holds that, rather than 'paid_at'"
    )


def test_dates_that_say_the_same_by_name_are_asked_about_unless_they_are_the_same(tmp_path: Path) -> None:
    header = "customer,created_at,paid_at,total"
    differ = _log(header, "c{p}", "2021-01-{d:02d} 10:00", "2021-02-{d:02d} 11:00", "{i}.5")
    (question,) = inspect_file(write(tmp_path, differ)).questions
    assert question.key == "ordered_at"
    assert question.text == (
        "In orders.csv, 'created_at' and 'paid_at' may both be the date of the order, and they differ: which one "
        "counts? Nothing was imported."
    )
    alike = _log(header, "c{p}", "2021-01-{d:02d} 10:00", "2021-01-{d:02d} 11:00", "{i}.5")
    got = inspect_file(write(tmp_path, alike))
    assert (got.questions, got.mapping["ordered_at"]) == ((), "created_at")
    assert got.detected["ordered_at"].evidence == "'created_at' and 'paid_at' hold the same days"


def test_net_and_gross_are_asked_about_with_what_each_comes_to(tmp_path: Path) -> None:
    text = _log("customer,order_date,net_amount,gross_amount", "c{p}", "2021-01-{d:02d}", "10.00", "11.90")
    path = write(tmp_path, text)
    (question,) = inspect_file(path).questions
    assert question.key == "amount"
    assert question.choices == (
        ("net_amount", "net_amount (together 400.00 in the 40 rows looked at)"),
        ("gross_amount", "gross_amount (together 476.00 in the 40 rows looked at)"),
    )
    assert import_text(tmp_path, text, mapping={"amount": "net_amount"}).ledger["amount"]["kept"] == "400.00"


def test_of_two_amounts_the_product_of_quantity_and_price_counts(tmp_path: Path) -> None:
    text = _log(
        "customer,order_date,qty,unit_price,subtotal,total",
        "c{p}",
        "2021-01-{d:02d}",
        "2",
        "5.00",
        "10.00",
        "17.99",
    )
    got = inspect_file(write(tmp_path, text))
    assert (got.questions, got.mapping["amount"]) == ((), "subtotal")


def test_the_total_of_an_order_in_each_of_its_rows_is_not_added_up(tmp_path: Path) -> None:
    rows = [f"c1,o{at // 2},2021-01-01,{at % 2 + 1},{5 + at}.00,{100 + at // 2}.00" for at in range(20)]
    text = "\n".join(["customer,order_id,order_date,qty,unit_price,order_total", *rows]) + "\n"
    got = import_text(tmp_path, text)
    assert "amount" not in got.inspection.mapping
    assert "total of the whole order" in got.inspection.detected["amount_is"].evidence
    wanted = sum((at % 2 + 1) * (5 + at) for at in range(20))
    assert got.ledger["amount"]["kept"] == f"{wanted}.00"


PRICES = "customer,order_date,sku,qty,{name}"


@pytest.mark.parametrize(
    ("name", "prices", "meaning"),
    [
        ("price", "unit", "unit_price"),
        ("price", "line", "line_total"),
        ("amount", "unit", "unit_price"),
        ("amount", "line", "line_total"),
        ("unit_price", "unit", "unit_price"),
        ("line_total", "line", "line_total"),
        ("unit_price", "line", None),
        ("line_total", "unit", None),
    ],
)
def test_values_tell_prices_from_totals(tmp_path: Path, name: str, prices: str, meaning: str | None) -> None:
    sold = [(at % 4, at // 4 % 3 + 1, (at % 4 + 1) * 5) for at in range(48)]
    rows = [
        f"c1,2021-01-01,s{product},{quantity},{unit * (quantity if prices == 'line' else 1)}.00"
        for product, quantity, unit in sold
    ]
    text = "\n".join([PRICES.format(name=name), *rows]) + "\n"
    total = sum(quantity * unit for _, quantity, unit in sold)
    got = inspect_file(write(tmp_path, text))
    if meaning is not None:
        found = got.detected["amount_is"]
        assert (got.questions, got.options.amount_is, found.confidence) == ((), meaning, 0.95)
        said = "as line totals" if meaning == "line_total" else "as unit prices times quantity"
        assert f"{said} {total:,}.00" in found.evidence
        assert import_text(tmp_path, text).ledger["amount"]["kept"] == f"{total}.00"
        return
    (question,) = got.questions
    assert (question.key, question.option) == ("amount_is", "--amount-is {value}")
    assert "4 of 4 products looked at" in question.text
    right = "line_total" if prices == "line" else "unit_price"
    assert dict(question.choices)[right].endswith(f": {total:,}.00 in all")
    assert import_text(tmp_path, text, amount_is=right).ledger["amount"]["kept"] == f"{total}.00"


def test_where_values_are_silent_the_name_decides_and_says_what_each_reading_gives(tmp_path: Path) -> None:
    path = write(tmp_path, "customer,date,qty,price\n1,2021-01-01,3,5.50\n2,2021-01-02,1,4.00\n")
    found = inspect_file(path).detected["amount_is"]
    assert (found.value, found.confidence) == ("unit_price", 0.7)
    assert found.evidence == (
        "the amount is 'qty' x 'price': a column called 'price' mostly is; as line totals 9.50, as unit prices times "
        "quantity 20.50 in the 2 rows looked at"
    )


def test_a_role_left_without_a_column_stays_so(tmp_path: Path) -> None:
    path = write(tmp_path, "customer_id,date,amount,country\n1,2021-01-13,5.5,FR\n")
    got = inspect_file(path, ImportOptions(mapping={"country": ""}))
    assert "country" not in got.mapping
    assert "country" not in inspect_file(path, got.options).mapping
    assert inspect_file(path, got.options).options == got.options


def test_a_status_column_tells_who_never_paid(tmp_path: Path) -> None:
    text = _log("customer,order_date,total,status", "c{p}", "2021-01-{d:02d}", "10.00", "{i}")
    words = ["Paid", "CANCELLED", "shipped", "Pending  payment"]
    lines = text.splitlines()
    rows = [f"{line.rpartition(',')[0]},{words[at % 4]}" for at, line in enumerate(lines[1:])]
    got = import_text(tmp_path, "\n".join([lines[0], *rows]) + "\n")
    assert got.inspection.mapping["status"] == "status"
    assert (
        "unpaid or cancelled: 'CANCELLED' (10), 'Pending  payment' (10)"
        in got.inspection.detected["status"].evidence
    )
    assert got.ledger["rows"] == {"in": 40, "kept": 20, "quarantined": 20}
    everything = import_text(tmp_path, "\n".join([lines[0], *rows]) + "\n", unpaid="keep")
    assert everything.ledger["amount"]["kept"] == "400.00"


def test_a_status_of_something_else_is_no_status_of_orders(tmp_path: Path) -> None:
    text = _log("customer,order_date,total,status", "c{p}", "2021-01-{d:02d}", "10.00", "married")
    got = inspect_file(write(tmp_path, text))
    assert "status" not in got.mapping
    assert got.unpaid_statuses == ()


def test_of_two_statuses_the_one_of_the_payment_counts(tmp_path: Path) -> None:
    text = (
        "customer,order_date,total,order_status,payment_status\na,2021-01-01,10.00,shipped,paid\n"
        "b,2021-01-03,7.00,processing,unpaid\n"
    )
    got = import_text(tmp_path, text)
    assert got.inspection.mapping["status"] == "payment_status"
    assert got.ledger["amount"]["kept"] == "10.00"


@pytest.mark.parametrize(
    ("header", "cells", "customer"),
    [
        ("account_id,order_date,total,email", "7,2021-01-{d:02d},5.5,e{p}@x.org", "email"),
        ("customer_id,order_date,total,email", ",2021-01-{d:02d},5.5,e{p}@x.org", "email"),
        ("customer_id,order_date,total,email", "c{p},2021-01-{d:02d},5.5,e{p}@x.org", "customer_id"),
        (
            "customer_id,order_date,total,customer_unique_id",
            "c{i},2021-01-{d:02d},5.5,u{p}",
            "customer_unique_id",
        ),
        ("customer_id,order_date,total,note", "7,2021-01-{d:02d},5.5,x", "customer_id"),
    ],
)
def test_a_column_that_tells_no_customer_apart_gives_way(
    tmp_path: Path, header: str, cells: str, customer: str
) -> None:
    got = inspect_file(write(tmp_path, _log(header, *cells.split(","))))
    assert (got.questions, got.mapping["customer_id"]) == ((), customer)


def test_an_empty_amount_column_gives_way(tmp_path: Path) -> None:
    got = inspect_file(
        write(tmp_path, _log("customer,order_date,amount,total", "c{p}", "2021-01-{d:02d}", "", "5.50"))
    )
    assert (got.questions, got.mapping["amount"]) == ((), "total")


def test_refunds_that_are_rows_of_their_own_are_kept(tmp_path: Path) -> None:
    text = (
        "customer,order_date,total,status\na,2021-01-01,10.00,paid\na,2021-01-02,-10.00,refunded\n"
        "b,2021-01-03,7.00,paid\nb,2021-01-04,5.00,failed\n"
    )
    got = import_text(tmp_path, text)
    assert "refunded" not in got.inspection.unpaid_statuses
    assert got.ledger["amount"]["kept"] == "7.00"


def test_several_currencies_are_asked_about(tmp_path: Path) -> None:
    text = _log("customer,order_date,total,currency", "c{p}", "2021-01-{d:02d}", "10.00", "{m}")
    text = (
        text.replace(",1\n", ",eur\n")
        .replace(",2\n", ",EUR\n")
        .replace(",3\n", ",€\n")
        .replace(",4\n", ",USD\n")
    )
    path = write(tmp_path, text)
    got = inspect_file(path)
    (question,) = got.questions
    assert question.choices == (
        ("EUR", "EUR: 30 of the 40 rows looked at"),
        ("USD", "USD: 10 of the 40 rows looked at"),
    )
    assert (got.currency, got.options.currency) == (None, None)
    kept = import_text(tmp_path, text, currency="EUR")
    assert kept.ledger["amount"]["kept"] == "300.00"
    assert (kept.inspection.currency, kept.inspection.detected["currency"].evidence) == ("EUR", "chosen")


def test_signs_beside_the_amounts_are_currencies_too(tmp_path: Path) -> None:
    text = "customer,date,amount\na,2021-01-13,$5.50\nb,2021-01-14,€6.50\nc,2021-01-15,€7.50\n"
    (question,) = inspect_file(write(tmp_path, text)).questions
    assert (question.key, [value for value, _ in question.choices]) == ("currency", ["EUR", "USD"])
    one = inspect_file(write(tmp_path, text.replace("€", "$")))
    assert (one.questions, one.currency, one.options.currency) == ((), "USD", None)


def test_a_date_column_that_holds_none_is_named_in_words_for_form_and_command_line(tmp_path: Path) -> None:
    path = write(tmp_path, "customer,date,amount,note\n1,2021-01-13,5.5,hello\n")
    with pytest.raises(InputError) as caught:
        inspect_file(path, ImportOptions(mapping={"ordered_at": "note"}))
    assert str(caught.value) == (
        "orders.csv: no date in the column 'note' can be read (for example 'hello'); nothing was imported. Write dates "
        "as 2021-03-31, or choose another column in the form, or with --map ordered_at=COLUMN."
    )


def test_an_amount_column_of_words_is_refused_likewise(tmp_path: Path) -> None:
    path = write(tmp_path, "customer,date,amount,note\n1,2021-01-13,5.5,hello\n")
    with pytest.raises(InputError) as caught:
        inspect_file(path, ImportOptions(mapping={"amount": "note"}))
    assert str(caught.value) == (
        "orders.csv: no number in the column 'note' can be read (for example 'hello'), so it is not the amount; nothing "
        "was imported. Choose another column in the form, or with --map amount=COLUMN."
    )


def test_an_index_column_of_a_log_is_no_data(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, ",customer,date,amount\n0,a,2021-01-13,5.5\n1,b,2021-01-14,6.5\n"))
    assert got.ignored == ("column_1",)
    assert got.detected["index"].value == "column_1"
    assert "column_1" not in got.mapping.values()


def test_numbered_rows_without_a_header_are_no_index(tmp_path: Path) -> None:
    rows = "".join(f"{at},2021-01-{at:02d},{at}.5\n" for at in range(1, 20))
    got = inspect_file(write(tmp_path, rows))
    assert got.columns == ("column_1", "column_2", "column_3")
    assert got.ignored == ()


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


IDS = st.one_of(
    st.sampled_from(
        [
            "NA",
            "N/A",
            "null",
            "None",
            "nan",
            "inf",
            "TRUE",
            "1e5",
            "1E+05",
            "-0",
            "1.50",
            "0x1F",
            "2021-01-01",
        ]
    ),
    st.from_regex(r"0{1,3}[0-9]{1,6}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{16,20}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{1,3}[-_ #][0-9a-zé]{1,4}", fullmatch=True),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(IDS, min_size=2, max_size=15, unique=True))
def test_ids_survive_as_they_are_written(tmp_path: Path, ids: list[str]) -> None:
    # Two orders each, as customers have them.
    rows = [f"{each},2021-01-{day},5.5" for each in ids for day in ("13", "14")]
    text = "\n".join(["customer_id,date,amount", *rows]) + "\n"
    got = import_text(tmp_path, text, mapping={"customer_id": "customer_id"})
    assert sorted(row["customer_id"] for row in got.rows) == sorted(ids * 2)


def _sold(price: str) -> str:
    """Sales of four products in one to three pieces, at 5.00 to 20.00 each: 1,200.00 in all, 600.00 as totals."""
    rows = [f"c{at % 5},2021-01-13,s{at % 4},{at // 4 % 3 + 1},{at % 4 * 5 + 5}.00" for at in range(48)]
    return "\n".join([f"customer,order_date,sku,qty,{price}", *rows]) + "\n"


@pytest.mark.parametrize("name", ["Avg_Price", "Price", "Average Price", "p", "amount"])
def test_a_price_chosen_as_the_amount_is_multiplied(tmp_path: Path, name: str) -> None:
    got = import_text(tmp_path, _sold(name), mapping={"amount": name})
    assert (got.inspection.options.amount_is, got.ledger["amount"]["kept"]) == ("unit_price", "1200.00")
    assert (
        "as line totals 600.00, as unit prices times quantity 1,200.00"
        in got.inspection.detected["amount_is"].evidence
    )
    stands = import_text(tmp_path, _sold(name), mapping={"amount": name}, amount_is="line_total")
    assert stands.ledger["amount"]["kept"] == "600.00"


def test_a_price_by_name_alone_chosen_as_the_amount_is_multiplied(tmp_path: Path) -> None:
    text = "customer,date,qty,price\n1,2021-01-13,3,5.50\n2,2021-01-14,1,4.00\n"
    assert import_text(tmp_path, text, mapping={"amount": "price"}).ledger["amount"]["kept"] == "20.50"
    text = text.replace("price", "paid")
    assert import_text(tmp_path, text, mapping={"amount": "paid"}).ledger["amount"]["kept"] == "9.50"


def test_totals_are_offered_before_prices(tmp_path: Path) -> None:
    text = _log(
        "customer,date,Stukpreis,Porto,Eindtotaal", "c{p}", "2021-01-{d:02d}", "{i}.5", "{i}.25", "{i}.75"
    )
    (question,) = inspect_file(write(tmp_path, text)).questions
    assert question.key == "amount"
    assert [value for value, _ in question.choices] == ["Eindtotaal", "Porto", "Stukpreis"]


def _orders_of_three(name: str, quantity: str = "") -> str:
    """30 orders of three rows with the total of the order in each: 1,335.00, or 4,005.00 added up."""
    rows = [
        f"o{order},c{order % 7},2021-01-{order % 28 + 1:02d},s{line},{line + 1},{order + 30}.00"
        for order in range(30)
        for line in range(3)
    ]
    header = f"order_id,customer_id,order_date,sku,{quantity or 'line'},{name}"
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize("quantity", ["", "quantity"])
@pytest.mark.parametrize("name", ["order_total", "Grand Total", "total of order", "Invoice Total"])
def test_a_total_of_the_order_counts_once(tmp_path: Path, name: str, quantity: str) -> None:
    text = _orders_of_three(name, quantity)
    got = import_text(tmp_path, text, mapping={"amount": name})
    assert (got.inspection.questions, got.inspection.options.amount_is) == ((), "order_total")
    assert got.inspection.once_per_order
    evidence = got.inspection.detected["amount_is"].evidence
    assert (
        "counts once an order; counted so 1,335.00, in each row 4,005.00 in the 90 rows looked at" in evidence
    )
    assert got.ledger["amount"]["kept"] == "1335.00"
    again = inspect_file(got.inspection.path, got.inspection.options)
    assert (again.questions, again.once_per_order, again.mapping) == ((), True, got.inspection.mapping)
    assert (
        import_text(tmp_path, text, mapping={"amount": name}, amount_is="line_total").ledger["amount"]["kept"]
        == "4005.00"
    )


def test_an_amount_that_repeats_in_its_orders_is_asked_about(tmp_path: Path) -> None:
    text = _orders_of_three("amount")
    (question,) = inspect_file(write(tmp_path, text)).questions
    assert (question.key, question.option) == ("amount_is", "--amount-is {value}")
    assert question.choices == (
        ("order_total", "the total of the whole order, counted once: 1,335.00 in all"),
        ("line_total", "the total of the row: 4,005.00 in all"),
    )
    for answer, _ in question.choices:
        assert inspect_file(tmp_path / "orders.csv", ImportOptions(amount_is=answer)).questions == ()
    assert import_text(tmp_path, text, amount_is="order_total").ledger["amount"]["kept"] == "1335.00"


def test_orders_of_one_price_are_no_totals_of_orders(tmp_path: Path) -> None:
    text = _orders_of_three("order_total")
    same = "\n".join(
        [
            line.rpartition(",")[0] + ",5.00" if line[0] == "o" and line[1] != "r" else line
            for line in text.splitlines()
        ]
    )
    got = inspect_file(write(tmp_path, same + "\n"))
    assert (got.questions, got.options.amount_is) == ((), "line_total")


def test_a_total_of_the_order_needs_an_order(tmp_path: Path) -> None:
    path = write(tmp_path, "customer,date,amount\n1,2021-01-13,5.5\n")
    with pytest.raises(InputError, match="The total of an order needs the column of the order"):
        inspect_file(path, ImportOptions(amount_is="order_total"))


@pytest.mark.parametrize(
    "names",
    [
        ("Menge", "Einzelpreis", "Betrag netto"),
        ("Menge", "Preis", "Summe"),
        ("quantity", "unit_price", "line_net"),
        ("Quantity", "Product Price", "Total Purchase Amount"),
        ("Aantal", "Prijs", "Totaal"),
        ("Quantità", "Prezzo unitario", "Totale"),
        ("Quantité", "Prix unitaire", "Montant TTC"),
        # No known name, but near quantity x price and called a total.
        ("quantity", "unit_price", "xx total after all"),
    ],
)
def test_a_total_after_discount_is_what_was_paid(tmp_path: Path, names: tuple[str, str, str]) -> None:
    rows = [
        f"c{at % 5},2021-01-13,{at % 3 + 1},{at % 4 * 5 + 5}.00,{(at % 3 + 1) * (at % 4 * 5 + 5) * 0.9:.2f}"
        for at in range(48)
    ]
    text = "\n".join(["customer,order_date," + ",".join(names), *rows]) + "\n"
    got = import_text(tmp_path, text)
    wanted = sum((at % 3 + 1) * (at % 4 * 5 + 5) for at in range(48))
    assert (wanted, got.inspection.questions) == (1200, ())
    assert got.inspection.mapping["amount"] == names[2]
    assert got.ledger["amount"]["kept"] == "1080.00"
    evidence = got.inspection.detected["amount_is"].evidence
    assert (
        f"together 1,080.00, while '{names[0]}' x '{names[1]}' comes to 1,200.00 in the 48 rows looked at"
        in evidence
    )


def test_a_column_near_quantity_times_price_is_asked_about(tmp_path: Path) -> None:
    rows = [
        f"c{at % 5},2021-01-13,{at % 3 + 1},{at % 4 * 5 + 5}.00,{(at % 3 + 1) * (at % 4 * 5 + 5) * 0.9:.2f}"
        for at in range(48)
    ]
    text = "\n".join(["customer,order_date,quantity,unit_price,charged", *rows]) + "\n"
    (question,) = inspect_file(write(tmp_path, text)).questions
    assert question.key == "amount"
    assert question.choices == (
        ("charged", "charged: 1,080.00 in all"),
        ("-", "quantity x unit_price: 1,200.00 in all"),
    )
    assert import_text(tmp_path, text, mapping={"amount": "charged"}).ledger["amount"]["kept"] == "1080.00"
    assert import_text(tmp_path, text, mapping={"amount": "-"}).ledger["amount"]["kept"] == "1200.00"
    cost = import_text(tmp_path, text.replace("charged", "cost of goods"))
    assert (cost.inspection.questions, cost.ledger["amount"]["kept"]) == ((), "1200.00")


@pytest.mark.parametrize(
    "status",
    [
        "CANCELLED",
        "wc-cancelled",
        "Cancelled by buyer",
        "payment_pending",
        "Canceled - refunded",
        "Shipped - Returned to Seller",
        "en attente",
        "Returned",
        "on_hold",
    ],
)
def test_statuses_are_told_however_they_are_written(tmp_path: Path, status: str) -> None:
    text = (
        f"order_id,customer,date,status,amount\n1,a,2021-01-13,Completed,5.00\n2,b,2021-01-14,{status},7.00\n"
    )
    got = import_text(tmp_path, text)
    assert got.ledger["amount"]["kept"] == "5.00"
    assert got.inspection.detected["status"].evidence == (
        f"'status' holds the status of orders; unpaid or cancelled: '{status}' (1)"
    )
    assert all(each == " ".join(each.split()).lower() for each in got.inspection.unpaid_statuses)


@pytest.mark.parametrize(
    "status", ["Pending shipment", "partially_refunded", "Refund declined", "Payment accepted"]
)
def test_paid_statuses_stay(tmp_path: Path, status: str) -> None:
    text = (
        f"order_id,customer,date,status,amount\n1,a,2021-01-13,Cancelled,5.00\n2,b,2021-01-14,{status},7.00\n"
    )
    assert import_text(tmp_path, text).ledger["amount"]["kept"] == "7.00"


def test_unknown_statuses_are_kept_and_named(tmp_path: Path) -> None:
    text = "customer,date,status,amount\na,2021-01-13,Paid,5.00\nb,2021-01-14,Zorgle,7.00\nc,2021-01-15,Abc,1.00\n"
    got = import_text(tmp_path, text)
    assert got.ledger["amount"]["kept"] == "13.00"
    assert got.inspection.detected["status"].evidence == (
        "'status' holds the status of orders; none looked at is unpaid or cancelled; not known, and kept: 'Abc', 'Zorgle'"
    )


def test_a_status_in_numbers_and_returns_without_a_minus_are_told(tmp_path: Path) -> None:
    text = "customer,date,status,type,amount\na,2021-01-13,0,Sale,5.00\nb,2021-01-14,1,Return,{sign}7.00\n"
    got = import_text(tmp_path, text.format(sign=""))
    texts = {each["kind"]: each["text"] for each in got.ledger["notes"]}
    assert texts["status_unknown"] == (
        "'status' may hold the status of orders, but its values are not known ('0', '1'): rows are kept whatever it says."
    )
    assert texts["returns_without_minus"].startswith(
        "'type' calls some rows 'Return', yet their amounts have no minus: they count as sales."
    )
    assert "returns_without_minus" not in import_text(tmp_path, text.format(sign="-")).notes()


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (
            "order_id",
            ["Auftragsnr", "N° commande", "Nº pedido", "Belegnummer", "Ordernummer", "increment_id"],
        ),
        ("product_id", ["Produit", "Producto", "Prodotto"]),
        ("quantity", ["qty_ordered", "Aantal", "Quantità"]),
        ("customer_id", ["Kdnr", "Klantnummer", "CUSTOMERNAME", "donor_id", "Nº cliente"]),
    ],
)
def test_names_in_several_languages(tmp_path: Path, role: str, names: list[str]) -> None:
    usual = {"customer_id": "customer", "order_id": "order", "product_id": "sku", "quantity": "qty"}
    for name in names:
        header = ";".join([*(usual | {role: name}).values(), "date", "price"])
        rows = "".join(f"c{at % 5};o{at};s{at % 3};{at % 3 + 1};2021-01-13;5.50\n" for at in range(9))
        got = inspect_file(write(tmp_path, header + "\n" + rows))
        assert (got.questions, got.mapping[role]) == ((), name), name


@pytest.mark.parametrize("name", ["Amount (EUR)", "Umsatz EUR", "Total [€]", "amount_eur"])
def test_a_currency_in_the_name_of_the_amount(tmp_path: Path, name: str) -> None:
    got = inspect_file(
        write(tmp_path, f"customer,date,{name},x\n1,2021-01-13,5.5,1.5\n2,2021-01-14,6.5,2.5\n")
    )
    assert (got.questions, got.mapping["amount"], got.currency) == ((), name, "EUR")


def test_the_one_column_called_like_a_customer_is_taken(tmp_path: Path) -> None:
    text = _log("subscriber_ref,customer type,date,amount", "c{p}", "t{p}", "2021-01-{d:02d}", "{i}.5")
    got = inspect_file(write(tmp_path, text))
    assert (got.questions, got.mapping["customer_id"]) == ((), "subscriber_ref")
    assert got.detected["customer_id"].evidence == (
        "'subscriber_ref' is called like an id of customers, and its values come again"
    )
    assert got.detected["customer_id"].confidence == 0.6

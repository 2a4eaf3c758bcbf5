"""The quality report says what is in the data, with the right numbers, and nothing that is not."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from data.cleaning import STORED_COLUMNS
from data.customers import clean_customers
from data.engine import connect, scan
from data.quality import assess, assess_customers
from data.reading import ImportOptions, inspect_file, stage
from tests.imports import run_import

Findings = dict[str, dict[str, Any]]
KEYS = {"key", "level", "title", "rows", "amount", "text", "does", "choice", "examples"}
TYPES = (
    "VARCHAR VARCHAR TIMESTAMP DATE DOUBLE DECIMAL(18,4) DECIMAL(18,4) VARCHAR VARCHAR VARCHAR DECIMAL(18,4)"
)


def checked(findings: list[dict[str, Any]]) -> Findings:
    """The findings by key, after what holds for every report."""
    assert json.loads(json.dumps(findings)) == findings
    order = ["warning", "info", "good"]
    assert [each["level"] for each in findings] == sorted(
        (each["level"] for each in findings), key=order.index
    )
    for each in findings:
        assert each.keys() == KEYS
        assert len(each["examples"]) <= 5
        assert each["title"].count(" ") <= 4
        assert each["text"].endswith(".")
        assert each["does"].endswith(".")
    found = {each["key"]: each for each in findings}
    assert len(found) == len(findings)
    return found


def ledger(**more: Any) -> dict[str, Any]:
    return {
        "rows": {"in": 1000, "kept": 1000, "quarantined": 0},
        "reasons": [],
        "notes": [],
        "understood": {"mapping": {}},
    } | more


def row(at: datetime | date, customer: str = "c1", amount: float = 10, **more: Any) -> dict[str, Any]:
    when = at if isinstance(at, datetime) else datetime.combine(at, datetime.min.time())
    values = {"customer_id": customer, "ordered_at": when, "day": when.date(), "amount": Decimal(str(amount))}
    return values | {"quantity": 1.0} | more


def daily(first: str, last: str, closed: Sequence[int] = ()) -> list[dict[str, Any]]:
    """A row a day, each of another customer, but for the weekdays on which the shop is closed."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = (start + timedelta(days=more) for more in range((end - start).days + 1))
    return [row(day, f"c{at}") for at, day in enumerate(days) if day.weekday() not in closed]


def assessed(rows: Sequence[dict[str, Any]], facts: dict[str, Any] | None = None, **options: Any) -> Findings:
    """The report over rows of stored columns (and others, as text)."""
    book = options.pop("book", ledger())
    others = list(dict.fromkeys(name for each in rows for name in each if name not in STORED_COLUMNS))
    columns = dict(zip(STORED_COLUMNS, TYPES.split(), strict=True)) | dict.fromkeys(others, "VARCHAR")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE lines ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
        )
        full = [{name: each.get(name) for name in columns} for each in rows]
        connection.register("given", pa.Table.from_pylist(full))
        connection.execute("INSERT INTO lines BY NAME SELECT * FROM given")
        connection.unregister("given")
        findings = assess(connection, "lines", book, ImportOptions(**options), facts)
        # Nothing is left behind.
        assert connection.execute("SHOW TABLES").fetchall() == [("lines",)]
    return checked(findings)


YEAR = daily("2021-01-01", "2021-12-31")


def test_good_data_has_no_warning() -> None:
    found = assessed(YEAR)
    assert {key for key, each in found.items() if each["level"] == "good"} == {
        "set_aside",
        "gaps",
        "duplicates",
        "outliers",
        "ids",
    }
    assert {key for key, each in found.items() if each["level"] == "info"} == {
        "missing_columns",
        "constant_columns",
    }
    assert found["constant_columns"]["examples"] == ["quantity: '1.0'"]
    assert "no order numbers" in found["missing_columns"]["text"]
    assert "quantities" not in found["missing_columns"]["text"]


def test_order_of_rows_does_not_matter() -> None:
    rows = [*YEAR, *YEAR[:9], row(date(2021, 5, 1), "C1", -10, quantity=-1.0), row(date(2021, 5, 2), "guest")]
    mixed = random.Random(1).sample(rows, len(rows))
    assert assessed(rows) == assessed(mixed)


# Duplicates


def test_duplicates() -> None:
    twice = [row(datetime.fromisoformat("2021-03-01T10:00"), "a", 12.5)] * 3
    found = assessed([*YEAR, *twice])["duplicates"]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 2, "25.00")
    assert found["examples"] == ["Customer a, 1 Mar 2021, 12.50: 3 times"]
    assert found["choice"]["option"] == "duplicates"
    assert found["choice"]["value"] == "keep"
    assert [value for value, _ in found["choice"]["choices"]] == ["keep", "drop"]


@pytest.mark.parametrize(
    ("option", "reason", "key"),
    [
        ("duplicates", "repeats another row", "duplicates"),
        ("unpaid", "order cancelled or never paid", "unpaid"),
        ("service_lines", "no product: postage, fee or adjustment", "service_lines"),
        ("cancelled_pairs", "cancelled again", "cancelled_pairs"),
        ("partial_month", "in the last month, which is not complete", "partial_last_month"),
    ],
)
def test_rows_set_aside_by_choice_can_be_called_back(option: str, reason: str, key: str) -> None:
    book = ledger(reasons=[{"reason": reason, "rows": 4, "amount": "12.50"}])
    found = assessed(YEAR, book=book, **{option: "drop"})
    assert (found[key]["rows"], found[key]["amount"]) == (4, "12.50")
    assert found[key]["choice"]["option"] == option
    assert found[key]["choice"]["value"] == "drop"
    # They are not among the rows that could not be used.
    assert found["set_aside"]["level"] == "good"


def test_rows_set_aside() -> None:
    entries = [
        {"reason": "no customer id", "rows": 90, "amount": "900.00"},
        {"reason": "date not readable", "rows": 10, "amount": "0.00"},
    ]
    book = ledger(rows={"in": 1000, "kept": 900, "quarantined": 100}, reasons=entries)
    found = assessed(YEAR, book=book)["set_aside"]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 100, "900.00")
    assert found["text"] == (
        "100 rows of 1,000 (10.0 %) were set aside: no customer id (90), date not readable (10)."
    )
    book["rows"] = {"in": 10000, "kept": 9900, "quarantined": 100}
    assert assessed(YEAR, book=book)["set_aside"]["level"] == "info"


# Days


def test_closed_weekdays_are_no_gaps() -> None:
    found = assessed(daily("2021-01-01", "2021-12-31", closed=(5, 6)))["gaps"]
    assert found["level"] == "good"
    assert found["text"] == "Never sells on Saturdays and Sundays; otherwise there is a sale on every day."


def test_gaps_beside_closed_weekdays() -> None:
    rows = daily("2021-01-01", "2021-12-31", closed=(5,))
    holidays = {date(2021, 3, 31), *(date(2021, 8, 2) + timedelta(days=more) for more in range(20))}
    found = assessed([each for each in rows if each["day"] not in holidays])["gaps"]
    # 2 to 21 August has three Saturdays, one of them its last day.
    assert (found["level"], found["rows"]) == ("warning", 18)
    assert found["text"] == (
        "Never sells on Saturdays; besides, no sale on 18 days, the longest gap 2 Aug to 20 Aug 2021."
    )
    assert found["examples"] == ["2 Aug to 20 Aug 2021", "31 Mar 2021"]


def test_a_day_of_returns_alone_is_a_day_without_a_sale() -> None:
    rows = [
        each | {"amount": Decimal(-10), "quantity": -1.0} if each["day"] == date(2021, 6, 9) else each
        for each in YEAR
    ]
    found = assessed(rows)["gaps"]
    assert found["text"] == "No sale on 1 day (9 Jun 2021)."


def test_few_sales_are_no_gaps() -> None:
    found = assessed([each for at, each in enumerate(YEAR) if at % 10 == 0])["gaps"]
    assert found["level"] == "info"
    assert found["text"].startswith("There is a sale on 37 of 361 days")


@pytest.mark.parametrize(
    ("last", "level"),
    [("2021-12-31", None), ("2021-12-30", "info"), ("2021-12-09", "warning")],
)
def test_partial_last_month(last: str, level: str | None) -> None:
    found = assessed(daily("2021-01-01", last))
    assert (found["partial_last_month"]["level"] if "partial_last_month" in found else None) == level
    if level == "warning":
        assert found["partial_last_month"]["rows"] == 9
        assert found["partial_last_month"]["amount"] == "90.00"
        assert found["partial_last_month"]["choice"]["option"] == "partial_month"


def test_a_month_that_ends_on_closed_days_is_complete() -> None:
    # 31 October 2021 was a Sunday.
    rows = daily("2021-01-01", "2021-10-30", closed=(6,))
    assert "partial_last_month" not in assessed(rows)


def test_a_shop_with_few_sales_may_end_its_month_early() -> None:
    rows = [each for at, each in enumerate(YEAR) if at % 10 == 0]
    assert rows[-1]["day"] == date(2021, 12, 27)
    assert "partial_last_month" not in assessed(rows)


def test_partial_first_month() -> None:
    found = assessed(daily("2021-01-04", "2021-12-31"))["partial_first_month"]
    assert found["text"] == "The first date is 4 Jan 2021: January 2021 lacks its first 3 days."
    assert found["rows"] == 28


@pytest.mark.parametrize(("horizon", "short"), [(90, True), (80, False)])
def test_short_history(horizon: int, short: bool) -> None:
    rows = daily("2021-01-01", "2021-06-28")[:-9]
    found = assessed(rows, {"horizon_days": horizon})
    assert ("short_history" in found) == short
    if short:
        assert found["short_history"]["text"].startswith(
            "The data covers 170 days, 1 Jan 2021 to 19 Jun 2021"
        )


# Amounts


def test_returns_matched_to_purchases() -> None:
    sold = [row(date(2021, 2, day), "a", 10 * day, product_id="p", quantity=float(day)) for day in (2, 5)]
    back = [
        row(date(2021, 3, 1), "a", -20, product_id="p", quantity=-2.0),
        row(date(2021, 3, 2), "a", -30, product_id="p", quantity=-3.0),
        row(date(2021, 3, 3), "b", -7, product_id="p", quantity=-1.0),
    ]
    found = assessed([*YEAR, *sold, *back])["returns"]
    assert (found["rows"], found["amount"]) == (3, "-57.00")
    assert found["text"] == (
        "3 rows are returns or cancellations, together −57.00: 1 reverses an earlier purchase of the same customer "
        "and product in full (−20.00), 1 reverses part of one (−30.00), and 1 has no such purchase in the data (−7.00)."
    )
    assert found["choice"]["option"] == "cancelled_pairs"


def test_amounts_of_odd_signs() -> None:
    odd = [
        row(date(2021, 3, 1), "a", 0),
        row(date(2021, 3, 2), "a", -5),
        row(date(2021, 3, 3), "a", 6, quantity=-2.0),
    ]
    found = assessed([*YEAR, *odd])
    assert (found["zero_amounts"]["rows"], found["zero_amounts"]["amount"]) == (1, "0.00")
    assert (found["negative_amounts"]["rows"], found["negative_amounts"]["amount"]) == (1, "-5.00")
    assert (found["contrary_signs"]["rows"], found["contrary_signs"]["amount"]) == (1, "6.00")
    assert found["contrary_signs"]["level"] == "warning"


def test_service_lines_and_their_description() -> None:
    lines = [
        row(date(2021, 3, 1), "a", 4, product_id="9001", Description="Postage"),
        row(date(2021, 3, 2), "a", 5, product_id="M", Description="Manual"),
        row(date(2021, 3, 3), "a", 6, product_id="M", Description="Mug"),
        row(date(2021, 3, 4), "a", 7, product_id="Versandkosten"),
    ]
    found = assessed([*YEAR, *lines])["service_lines"]
    assert (found["rows"], found["amount"], found["level"]) == (3, "16.00", "info")
    assert set(found["examples"]) == {"9001 Postage: 1", "M Manual: 1", "Versandkosten: 1"}
    assert found["choice"]["option"] == "service_lines"


def test_outsized_lines_and_customers() -> None:
    giant = datetime.fromisoformat("2021-04-01T10:01")
    rows = [
        *YEAR,
        row(giant, "big", 9000, quantity=900.0),
        row(giant + timedelta(minutes=3), "big", -9000, quantity=-900.0),
        row(date(2021, 4, 2), "rich", 5000),
    ]
    found = assessed(rows)
    lines = found["outlier_lines"]
    assert (lines["rows"], lines["amount"]) == (3, "5000.00")
    assert "2 of them cancel each other" in lines["text"]
    assert lines["examples"] == [
        "customer big, 1 Apr 2021, 900 pieces, 9,000.00, cancelled again",
        "customer big, 1 Apr 2021, −900 pieces, −9,000.00, cancelled again",
        "customer rich, 2 Apr 2021, 1 piece, 5,000.00",
    ]
    assert found["outlier_customers"]["examples"] == ["Customer rich: 5,000.00 (57.8 %)"]
    assert found["outlier_customers"]["level"] == "warning"


# Ids, orders, currencies


def test_spellings_of_ids() -> None:
    rows = [*YEAR, *(row(date(2021, 3, 1), name) for name in ("C7", " c7", "0042", "42", "42.0"))]
    found = assessed(rows)
    assert found["ids_spellings"]["rows"] == 6
    assert found["ids_spellings"]["text"].startswith("2 ids are written in several ways")
    assert found["ids_spellings"]["examples"] == ["' c7' / 'C7' / 'c7'", "'0042' / '42' / '42.0'"]
    assert found["ids_blanks"]["examples"] == ["' c7'"]
    assert found["ids_zeros"]["rows"] == 1
    assert "ids" not in found


@pytest.mark.parametrize(
    "name",
    ["guest", "Guest Checkout", "na@na", "NA@NA.com", "unknown", "N/A", "Walk-in", "0000", "test@shop.de"],
)
def test_ids_that_name_nobody(name: str) -> None:
    found = assessed([*YEAR, row(date(2021, 3, 1), name), row(date(2021, 3, 2), name, 5)])["ids_nobody"]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 2, "15.00")
    assert found["examples"] == [f"'{name}': 2 rows"]


@pytest.mark.parametrize("name", ["guestbook-lover@web.de", "Ana", "nagano", "testa", "10000", "Cashman"])
def test_ids_of_people(name: str) -> None:
    assert "ids_nobody" not in assessed([*YEAR, row(date(2021, 3, 1), name)])


def test_an_id_with_an_outsized_share() -> None:
    start = datetime.fromisoformat("2021-03-01T08:00")
    crowd = [row(start + timedelta(minutes=more), "counter") for more in range(40)]
    found = assessed([*YEAR, *crowd])["ids_crowd"]
    assert (found["rows"], found["amount"]) == (40, "400.00")
    assert found["text"].startswith("Customer counter has 40 of 405 rows (9.9 %), the next has 1")


def test_orders_shared_and_spread() -> None:
    rows = [each | {"order_id": f"o{at}"} for at, each in enumerate(YEAR)]
    rows[1]["order_id"] = rows[0]["order_id"]
    rows += [row(date(2021, 1, day), "c9", order_id="long") for day in (1, 11)]
    found = assessed(rows)
    assert found["orders_shared"]["rows"] == 2
    assert found["orders_shared"]["text"].startswith(
        "1 order number of 365 belongs to several customers (2 rows)"
    )
    assert found["orders_spread"]["rows"] == 4
    assert found["orders_spread"]["examples"] == ["Order long", "Order o0"]
    assert "the longest spans 11 days" in found["orders_spread"]["text"]


def test_currencies() -> None:
    book = ledger(understood={"mapping": {"currency": "Money"}})
    rows = [each | {"Money": "GBP" if at < 5 else "EUR"} for at, each in enumerate(YEAR)]
    found = assessed(rows, book=book)["currencies"]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 5, "50.00")
    assert [value for value, _ in found["choice"]["choices"]] == [None, "EUR", "GBP"]
    assert found["examples"] == ["EUR: 360 rows, 3,600.00", "GBP: 5 rows, 50.00"]
    same = assessed([each | {"Money": "EUR"} for each in YEAR], book=book)
    assert "currencies" not in same
    assert "Money" not in same["constant_columns"]["text"]


def test_unpaid_orders_that_count() -> None:
    book = ledger(understood={"mapping": {"status": "State"}})
    rows = [each | {"State": "Cancelled" if at < 5 else "paid"} for at, each in enumerate(YEAR)]
    found = assessed(rows, {"unpaid_statuses": ("cancelled", "voided")}, book=book, unpaid="keep")["unpaid"]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 5, "50.00")
    assert found["choice"] == {
        "option": "unpaid",
        "value": "keep",
        "choices": [["keep", "Count them like the others"], ["drop", "Set them aside"]],
    }


# Columns


def test_columns_that_say_little() -> None:
    rows = [each | {"shop": "north", "coupon": "X" if at < 5 else None} for at, each in enumerate(YEAR)]
    found = assessed(rows)
    assert found["constant_columns"]["examples"] == ["quantity: '1.0'", "shop: 'north'"]
    assert found["empty_columns"]["examples"] == ["coupon: 98.6 % empty"]
    assert "more than 90 % of the rows" in found["empty_columns"]["text"]


@pytest.mark.parametrize("text", ["VOUCHER Â£20", "CafÃ©", "MÃ¼ller", "it�s", "donâ€™t", "10 â‚¬"])
def test_damaged_text(text: str) -> None:
    rows = [each | {"words": text if at < 3 else "fine"} for at, each in enumerate(YEAR)]
    found = assessed(rows)["damaged_text"]
    assert (found["level"], found["rows"]) == ("warning", 3)
    assert found["examples"] == [f"words: '{text}'"]


@pytest.mark.parametrize(
    "text", ["£20", "Café", "Müller", "SÃO PAULO", "Âge", "10 €", "日本", "naïve – “so”"]
)
def test_text_that_is_well(text: str) -> None:
    rows = [each | {"words": text if at < 3 else "fine"} for at, each in enumerate(YEAR)]
    assert "damaged_text" not in assessed(rows)


@pytest.mark.parametrize("rows", [1, 2])
def test_hardly_any_rows(rows: int) -> None:
    found = assessed(YEAR[:rows])
    assert found["short_history"]["level"] == "warning"
    assert "outliers" not in found


# Tables of customers


def customers(path: Path, folder: Path, **options: Any) -> Findings:
    """The report over a file that is imported as a table of customers."""
    folder.mkdir(exist_ok=True)
    inspection = inspect_file(path, ImportOptions(kind="customers", **options))
    staged = stage(inspection, folder)
    with connect([folder], threads=1, temp=folder / "spill") as connection:
        cleaned = clean_customers(connection, staged, inspection.options, folder)
        columns = [{"name": each.name, "type": each.type, "role": each.role} for each in cleaned.columns]
        return checked(assess_customers(connection, scan([cleaned.path]), cleaned.ledger, columns))


def test_table_of_customers(tmp_path: Path) -> None:
    draw = random.Random(3)
    lines = ["customer_id,recency,monetary,town,area,score,cluster,shop"]
    for at in range(200):
        town = draw.choice("ABCDEF")
        money = 100_000 if at == 7 else -5 if at == 8 else draw.randint(50, 150)
        score = "" if at < 20 else draw.randint(1, 100)
        lines.append(
            f"k{at},{draw.randint(1, 300)},{money},{town},{'N' if town < 'C' else 'S'},{score},{int(at < 3)},x"
        )
    lines += [f"twin,{lines[50].split(',', 1)[1]}"]
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(lines))
    found = customers(path, tmp_path / "import")
    assert (found["repeats"]["rows"], found["repeats"]["level"]) == (1, "info")
    assert (found["missing"]["rows"], found["missing"]["level"]) == (20, "warning")
    assert found["missing"]["examples"] == ["score: 20 of 201 (10.0 %)"]
    assert found["redundant"]["examples"] == ["town determines area"]
    assert found["outliers"]["rows"] == 1
    assert found["outliers"]["examples"][0].startswith("Customer k7: monetary 100,000; median 1")
    assert found["tiny_clusters"]["examples"] == ["cluster 1: 3 customers"]
    assert (found["no_spend"]["rows"], found["no_spend"]["amount"]) == (1, "-5.00")
    assert found["no_spend"]["examples"] == ["Customer k8: −5.00"]
    assert found["constant_columns"]["examples"] == ["shop: 'x'"]
    assert found["ids"]["level"] == "good"


# Real files


@pytest.fixture(scope="module")
def online_retail(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, str, Path]:
    folder = tmp_path_factory.mktemp("retail")
    imported = run_import(
        real_data / "online_retail" / "online_retail.parquet", folder, threads=2, load=False
    )
    source = scan(imported.cleaned.paths)
    with connect([folder], threads=2) as connection:
        findings = assess(connection, source, imported.ledger, imported.inspection.options)
    return checked(findings), source, folder


def test_online_retail(online_retail: tuple[Findings, str, Path], real_data: Path) -> None:
    found, source, folder = online_retail
    with connect([folder, real_data]) as connection:
        file = scan([real_data / "online_retail" / "online_retail.parquet"])
        whole = connection.execute(
            f"SELECT (SELECT count(*) FROM {file}) - (SELECT count(*) FROM (SELECT DISTINCT * FROM {file})), "
            f"(SELECT count(*) FROM {source}) - (SELECT count(*) FROM (SELECT DISTINCT * FROM {source}))"
        ).fetchall()[0]
    # 5,268 in the whole file; 43 of them have no customer and are not among the kept rows.
    assert whole == (5268, 5225)
    assert found["duplicates"]["rows"] == 5225
    assert found["set_aside"]["rows"] == 135080
    assert found["set_aside"]["amount"] == "1447682.12"
    assert found["set_aside"]["level"] == "warning"
    assert found["gaps"]["text"] == (
        "Never sells on Saturdays; besides, no sale on 16 days, the longest gap 24 Dec 2010 to 3 Jan 2011."
    )
    assert found["partial_last_month"]["text"].startswith(
        "The last date is 9 Dec 2011: December 2011 has 9 of 31 days"
    )
    assert "partial_first_month" not in found
    assert (found["returns"]["rows"], found["returns"]["amount"]) == (8905, "-611342.09")
    lines = found["outlier_lines"]["examples"]
    assert lines[:4] == [
        "customer 16446, 9 Dec 2011, 80,995 pieces of 23843, 168,469.60, cancelled again",
        "customer 16446, 9 Dec 2011, −80,995 pieces of 23843, −168,469.60, cancelled again",
        "customer 12346, 18 Jan 2011, 74,215 pieces of 23166, 77,183.60, cancelled again",
        "customer 12346, 18 Jan 2011, −74,215 pieces of 23166, −77,183.60, cancelled again",
    ]
    assert (found["service_lines"]["rows"], found["service_lines"]["amount"]) == (2016, "14677.494")
    assert found["zero_amounts"]["rows"] == 40
    assert found["outlier_customers"]["examples"][0] == "Customer 14646: 279,489.02 (3.4 %)"
    assert found["ids"]["level"] == "good"


def test_cdnow(real_data: Path, tmp_path: Path) -> None:
    imported = run_import(real_data / "cdnow" / "CDNOW_master.txt", tmp_path / "import", load=False)
    with connect([tmp_path]) as connection:
        source = scan(imported.cleaned.paths)
        found = checked(assess(connection, source, imported.ledger, imported.inspection.options))
    assert found["duplicates"]["rows"] == 255
    assert found["zero_amounts"]["rows"] == 80
    assert found["gaps"]["level"] == "good"
    assert not {"returns", "partial_last_month", "partial_first_month", "service_lines"} & found.keys()
    assert "no products" in found["missing_columns"]["text"]


def test_ecommerce_customers(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "ecommerce_customer_behavior" / "E-commerce Customer Behavior - Sheet1.csv"
    found = customers(path, tmp_path / "import")
    assert found["repeats"]["text"] == "180 rows of 350 (51.4 %) repeat another row but for the id."
    assert found["missing"]["examples"] == ["Satisfaction Level: 2 of 350 (0.6 %)"]
    assert found["redundant"]["level"] == "warning"
    assert "City determines Membership Type" in found["redundant"]["examples"]


@pytest.mark.parametrize(
    ("name", "tiny", "below", "level"),
    [
        ("RFM_Clustered.csv", [], 0, None),
        ("RFM_Clustered_int_labels.csv", ["Cluster 1: 7 customers"], 0, "info"),
        ("RFM_Clustered_monetaryvalue.csv", ["Cluster 1: 6 customers"], 50, "warning"),
    ],
)
def test_rfm_clustered(
    real_data: Path, tmp_path: Path, name: str, tiny: list[str], below: int, level: str | None
) -> None:
    found = customers(real_data / "rfm_clustered" / name, tmp_path / "import")
    clusters = found.get("tiny_clusters", {"examples": [], "level": None})
    assert (clusters["examples"], clusters["level"]) == (tiny, level)
    assert found.get("no_spend", {"rows": 0})["rows"] == below
    if below:
        assert found["no_spend"]["examples"][0] == "Customer 17448: −4,287.63"


# Rows that are not what they look like


def orders(number: int, prices: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    """Orders of as many rows as there are `prices`, each order a tenth dearer than the one before."""
    return [
        row(
            date(2021, 1, 1) + timedelta(days=at),
            f"c{at % 7}",
            round(price * (10 + at) / 10, 2),
            order_id=f"o{at}",
            product_id=f"p{line}",
            **more,
        )
        for at in range(number)
        for line, price in enumerate(prices)
    ]


def test_the_same_amount_in_all_rows_of_an_order_is_told() -> None:
    found = assessed(orders(30, [10, 10, 10]))["order_totals"]
    once = sum(10 + at for at in range(30))
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 90, f"{2 * once}.00")
    assert f"come to {once}.00 instead of {3 * once:,}.00." in found["text"]
    assert "in 30 of the 30 orders" in found["text"]


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (orders(30, [10, 12]), {}),
        (orders(9, [10, 10]), {}),
        ([each | {"amount": Decimal(5)} for each in orders(30, [10, 10])], {}),
        (orders(30, [10, 10]), {"amount_is": "order_total"}),
        # Rows alike in their product too are duplicates.
        ([each | {"product_id": "p"} for each in orders(30, [10, 10])], {}),
    ],
    ids=["different", "few", "fixed-price", "known", "duplicates"],
)
def test_amounts_of_rows_are_not_taken_for_those_of_orders(
    rows: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    assert "order_totals" not in assessed(rows, **options)


def test_rows_without_amount_are_no_news_where_the_order_has_it() -> None:
    rows = [
        *orders(30, [10, 0]),
        row(date(2021, 1, 1), "z", 0, order_id="none"),
        row(date(2021, 1, 1), "z", 0),
    ]
    assert assessed(rows)["zero_amounts"]["rows"] == 32
    assert assessed(rows, amount_is="order_total")["zero_amounts"]["rows"] == 2


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(date(2021, 12, 31), "Gesamt", 3650)], "A customer called 'Gesamt' brings exactly half the turnover, 3,650.00"),
        ([row(date(2021, 12, 31), " TOTAL:", 7)], "A customer called 'TOTAL:' brings 7.00 in 1 row"),
        ([row(date(2021, 12, 31), "c1", 9, note="** Summe")], "'note' says '** Summe' in 1 row, 9.00"),
        (
            [row(date(2021, 12, 31), "c1", 3650)],
            "The row of customer c1 of 31 Dec 2021 brings 3,650.00, as much as all others together",
        ),
        ([row(date(2021, 12, 31), "c1", 3649.99)], "The row of customer c1 of 31 Dec 2021 brings 3,649.99"),
    ],
    ids=["customer", "customer-marks", "cell", "amount", "amount-within-a-cent"],
)  # fmt: skip
def test_a_row_that_looks_like_a_total_is_named(rows: list[dict[str, Any]], words: str) -> None:
    found = assessed([*YEAR, *rows])["total_rows"]
    assert (found["level"], found["rows"]) == ("warning", 1)
    assert Decimal(found["amount"]) == rows[0]["amount"]
    assert words in found["text"]


def test_rows_that_only_resemble_totals_are_left_alone() -> None:
    alike = [
        row(date(2021, 5, 1), "Total Wine", 9),
        row(date(2021, 5, 1), "c1", 9, note="Total eclipse poster"),
        row(date(2021, 5, 1), "c1", 3655),
    ]
    assert "total_rows" not in assessed([*YEAR, *alike])
    everywhere = [each | {"scope": "Total"} for each in YEAR]
    assert "total_rows" not in assessed(everywhere)


@pytest.mark.parametrize(
    "damaged", ["7.12346E+12", "7,12346e+12", "1E+05", "########", "#REF!", "#BEZUG!", "M�ller"]
)
def test_damaged_ids_are_told(damaged: str) -> None:
    found = assessed([*YEAR, row(date(2021, 5, 1), damaged, 7), row(date(2021, 5, 2), damaged, 8)])[
        "ids_damaged"
    ]
    assert (found["level"], found["rows"], found["amount"]) == ("warning", 2, "15.00")
    assert f"such as '{damaged}'" in found["text"]


@pytest.mark.parametrize("sound", ["1e5", "12E3", "E+12", "#1001", "7.5", "712346000000"])
def test_ids_that_only_resemble_damaged_ones_are_left_alone(sound: str) -> None:
    assert "ids_damaged" not in assessed([*YEAR, row(date(2021, 5, 1), sound)])


def test_returns_with_amounts_above_zero_are_told() -> None:
    rows = [each | {"type": "Sale", "state": "done"} for each in YEAR]
    rows[3] |= {"type": "Return"}
    rows[4] |= {"type": "RETURN "}
    rows[5] |= {"type": "Return", "amount": Decimal(-4)}
    rows[6] |= {"state": "refunded"}
    found = assessed(rows)["returned"]
    assert (found["level"], found["rows"], found["amount"]) == ("info", 2, "20.00")
    assert found["examples"] == ["'RETURN ': 1 row, 10.00", "'Return': 1 row, 10.00"]
    by_status = assessed(rows, book=ledger(understood={"mapping": {"status": "state"}}))["returned"]
    assert by_status["text"].startswith("1 row is 'refunded' by 'state', but its amount is above zero")
    # What counts as never paid is told there.
    known = assessed(rows, {"unpaid_statuses": ["refunded", "return"]})
    assert "returned" not in known


# The ends of the calendar


@pytest.mark.parametrize("day", [date.max, date.min], ids=["last", "first"])
def test_the_ends_of_the_calendar_do_no_harm(day: date) -> None:
    found = assessed([row(day, f"c{at}") for at in range(3)])
    assert "short_history" in found
    assert ("partial_last_month" in found) == (day == date.min)
    assert ("partial_first_month" in found) == (day == date.max)

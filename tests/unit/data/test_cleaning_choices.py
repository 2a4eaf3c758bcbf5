"""Rows that can be read but are not to count: each choice sets aside its own, with rows and amounts tied out."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.cleaning import BUCKET_ROWS, Cleaned, clean
from data.engine import connect, scan
from data.errors import InputError, QuestionError
from data.reading import ImportOptions, Inspection, inspect_file, stage
from tests.imports import write

LINES = "customer_id,order_id,date,sku,qty,price,status,currency,refund,rebate\n"
MAPPING = {
    "customer_id": "customer_id",
    "order_id": "order_id",
    "ordered_at": "date",
    "product_id": "sku",
    "quantity": "qty",
    "unit_price": "price",
}


def run(
    folder: Path,
    content: str | Path,
    told: dict[str, Any] | None = None,
    bucket_rows: int = BUCKET_ROWS,
    **options: Any,
) -> Cleaned:
    """Import `content` with `options`; `told` is what the inspection would have found out."""
    home = folder / f"import{len(list(folder.iterdir()))}"
    home.mkdir()
    path = content if isinstance(content, Path) else write(home, content)
    options = {"date_order": "ymd", "date_kind": "text", "decimal": ".", **options}
    inspection: Inspection = replace(
        inspect_file(path, ImportOptions(**options)),
        questions=(),
        **{"fill_down": (), "unpaid_statuses": (), "discount_is": None, **(told or {})},
    )
    staged = stage(inspection, home)
    with connect([folder], threads=2, temp=home / "spill") as connection:
        cleaned = clean(connection, staged, inspection.options, home, bucket_rows=bucket_rows)
    tie_out(cleaned)
    return cleaned


def tie_out(cleaned: Cleaned) -> None:
    rows, amount = cleaned.ledger["rows"], cleaned.ledger["amount"]
    assert rows["in"] == rows["kept"] + rows["quarantined"]
    assert rows["quarantined"] == sum(each["rows"] for each in cleaned.ledger["reasons"])
    assert Decimal(amount["in"]) == Decimal(amount["kept"]) + Decimal(amount["quarantined"])
    kept, total = duckdb.sql(f"SELECT count(*), sum(amount) FROM {scan(cleaned.paths)}").fetchall()[0]
    assert (kept, total) == (rows["kept"], Decimal(amount["kept"]))
    written = duckdb.sql(
        f"SELECT reason, count(*) FROM read_csv('{cleaned.rejected}', all_varchar=true, header=true) GROUP BY reason"
    ).fetchall()
    assert dict(written) == {each["reason"]: each["rows"] for each in cleaned.ledger["reasons"]}


def reasons(cleaned: Cleaned) -> dict[str, tuple[int, str]]:
    return {each["reason"]: (each["rows"], each["amount"]) for each in cleaned.ledger["reasons"]}


def amounts(cleaned: Cleaned) -> list[Decimal]:
    found = duckdb.sql(f"SELECT amount FROM {scan(cleaned.paths)} ORDER BY amount").fetchall()
    return [amount for (amount,) in found]


def note(cleaned: Cleaned, kind: str) -> str:
    return str(next(each["text"] for each in cleaned.ledger["notes"] if each["kind"] == kind))


UNPAID = {"unpaid_statuses": ("pending", "payment failed")}
STATUSES = (
    LINES
    + "1,a,2021-03-01,p,1,5,paid,,,\n"
    + "1,a,2021-03-01,q,1,6,,,,\n"
    + "2,b,2021-03-02,p,1,7, Pending ,,,\n"
    + "2,b,2021-03-02,q,1,8,,,,\n"
    + "3,c,2021-03-03,p,1,9,PAYMENT  Failed,,,\n"
    + "4,,2021-03-03,p,1,10,,,,\n"
)


def test_unpaid_orders_are_set_aside_by_the_status_of_their_rows(tmp_path: Path) -> None:
    mapping = {**MAPPING, "status": "status"}
    got = run(tmp_path, STATUSES, UNPAID, mapping=mapping)
    assert reasons(got) == {"order cancelled or never paid": (2, "16.00")}
    filled = run(tmp_path, STATUSES, {**UNPAID, "fill_down": ("status",)}, mapping=mapping)
    assert reasons(filled) == {"order cancelled or never paid": (3, "24.00")}
    kept = run(tmp_path, STATUSES, {**UNPAID, "fill_down": ("status",)}, mapping=mapping, unpaid="keep")
    assert reasons(kept) == {}
    assert "status" in kept.columns


def test_what_is_written_in_the_first_row_of_an_order_holds_for_all(tmp_path: Path) -> None:
    text = (
        LINES
        + "1,a,2021-03-01,p,1,5,,,,\n"
        + ",a,,q,1,6,,,,\n"
        + ",,2021-03-05,q,1,7,,,,\n"
        + ",b,,q,1,8,,,,\n"
    )
    told = {"fill_down": ("customer_id", "ordered_at")}
    got = run(tmp_path, text, told, mapping=MAPPING)
    rows = duckdb.sql(
        f"SELECT customer_id, day::VARCHAR, amount FROM {scan(got.paths)} ORDER BY ALL"
    ).fetchall()
    assert rows == [("1", "2021-03-01", Decimal(5)), ("1", "2021-03-01", Decimal(6))]
    assert reasons(got) == {"no customer id": (2, "15.00")}
    # What is set aside stays as it came.
    assert '4,no customer id,"","",2021-03-05,q,1,7,"","","",""' in got.rejected.read_text(encoding="utf-8")


def test_buckets_hold_the_customers_that_were_filled_down(tmp_path: Path) -> None:
    orders = [(f"{i},o{i},2021-03-01,p,1,5,,,,\n", f",o{i},,q,1,{i}.17,,,,\n") for i in range(20)]
    text = LINES + "".join(first + second for first, second in orders)
    told = {"fill_down": ("customer_id", "ordered_at")}
    got = run(tmp_path, text, told, bucket_rows=20, mapping=MAPPING)
    whole = run(tmp_path, text, told, mapping=MAPPING)
    assert (len(got.paths), got.rows, got.customers) == (2, 40, 20)
    every = "SELECT * FROM {} ORDER BY ALL"
    assert (
        duckdb.sql(every.format(scan(got.paths))).fetchall()
        == duckdb.sql(every.format(scan(whole.paths))).fetchall()
    )
    owners = (
        "SELECT count(*) FROM (SELECT DISTINCT customer_id, filename FROM read_parquet({}, filename = true))"
    )
    assert duckdb.sql(owners.format([str(path) for path in got.paths])).fetchall() == [(20,)]


def test_filling_down_reads_dates_and_numbers_that_need_more_than_a_cast(tmp_path: Path) -> None:
    text = LINES + '1,a,31/03/2021,p,1,"£1,250.50",,,,\n,a,,q,2,£1.10,,,,\n'
    told = {"fill_down": ("customer_id", "ordered_at")}
    got = run(tmp_path, text, told, mapping=MAPPING, date_order="dmy")
    assert amounts(got) == [Decimal("2.2"), Decimal("1250.5")]
    assert got.ledger["first_date"] == "2021-03-31"


def test_a_refund_of_a_row_is_taken_off_that_row(tmp_path: Path) -> None:
    text = (
        LINES
        + "1,a,2021-03-01,p,2,5,,,4,\n"
        + "1,a,2021-03-01,q,1,6,,,,\n"
        + "2,b,2021-03-01,q,1,9,,,-9,\n"
        + ",b,2021-03-01,q,1,9,,,1.50,\n"
        + "2,c,2021-03-01,q,1,9,,,some,\n"
    )
    got = run(tmp_path, text, mapping={**MAPPING, "refund": "refund"})
    assert amounts(got) == [Decimal(0), Decimal(6), Decimal(6)]
    assert reasons(got) == {"no customer id": (1, "7.50"), "refund is not an amount": (1, "9.00")}


def test_a_refund_repeated_in_every_row_of_an_order_counts_once_whatever_the_order(tmp_path: Path) -> None:
    lines = [
        "1,a,2021-03-01,p,2,5,,,4,\n",
        "1,a,2021-03-01,q,1,6,,,4,\n",
        "1,a,2021-03-01,r,3,7,,,4,\n",
        "2,b,2021-03-01,q,1,9,,,0,\n",
        "3,c,2021-03-01,q,1,9,,,2,\n",
    ]
    mapping = {**MAPPING, "refund": "refund"}
    files = set()
    for seed in range(4):
        random.Random(seed).shuffle(lines)
        got = run(tmp_path, LINES + "".join(lines), mapping=mapping)
        assert amounts(got) == [Decimal(each) for each in (6, 7, 9, 10, 17)]
        files.add(got.paths[0].read_bytes())
    assert len(files) == 1
    # Where they differ they belong to their rows.
    lines.append("1,a,2021-03-01,s,1,5,,,3,\n")
    assert run(tmp_path, LINES + "".join(lines), mapping=mapping).ledger["amount"]["kept"] == "43.00"


def test_a_discount_of_the_line_makes_purchases_and_returns_smaller(tmp_path: Path) -> None:
    text = (
        LINES
        + "1,a,2021-03-01,p,2,5,,,,1.50\n"
        + "1,a,2021-03-02,p,-2,5,,,,1.50\n"
        + "1,b,2021-03-02,p,1,5,,,,-1\n"
        + "1,c,2021-03-02,p,1,5,,,,\n"
    )
    mapping = {**MAPPING, "discount": "rebate"}
    plain = run(tmp_path, text, mapping=mapping)
    assert plain.ledger["amount"]["kept"] == "10.00"
    got = run(tmp_path, text, {"discount_is": "line_total"}, mapping=mapping)
    assert amounts(got) == [Decimal(each) for each in ("-8.5", "4", "5", "8.5")]


@pytest.mark.parametrize(
    ("cells", "mapping"),
    [
        (("5,,EUR", "6,,eur ", "7,,USD", "8,,", "9,,€"), {**MAPPING, "currency": "currency"}),
        (("€5,,", "EUR 6,,", "$7,,", "8,,", "9 €,,"), MAPPING),
    ],
    ids=["column", "beside-the-amount"],
)
def test_rows_in_another_currency_are_set_aside(
    tmp_path: Path, cells: tuple[str, ...], mapping: dict[str, str]
) -> None:
    text = LINES + "".join(f"1,a,2021-03-01,p,1,{each},,\n" for each in cells)
    got = run(tmp_path, text, mapping=mapping, currency="EUR")
    assert reasons(got) == {"another currency": (1, "7.00")}
    assert amounts(got) == [Decimal(each) for each in (5, 6, 8, 9)]
    assert got.ledger["understood"]["currency"] == "EUR"
    with pytest.raises(InputError, match="another currency"):
        run(
            tmp_path,
            text.replace(",8,,", ",8,,USD" if "currency" in mapping else ",$8,,"),
            mapping=mapping,
            currency="JPY",
        )


def test_lines_that_are_no_goods_are_set_aside_when_asked(tmp_path: Path) -> None:
    text = (
        LINES.replace("rebate", "Description")
        + "1,a,2021-03-01,p,1,5,,,,A lamp\n"
        + "1,a,2021-03-01,POST,1,3,,,,POSTAGE\n"
        + "1,a,2021-03-01,x1,1,4,,,,Gift card\n"
        + "1,a,2021-03-01,M,1,2,,,,Manual\n"
    )
    assert reasons(run(tmp_path, text, mapping=MAPPING)) == {}
    got = run(tmp_path, text, mapping=MAPPING, service_lines="drop")
    assert reasons(got) == {"no product: postage, fee or adjustment": (3, "9.00")}
    none = run(tmp_path, LINES + "1,a,2021-03-01,p,1,5,,,,\n", mapping=MAPPING, service_lines="drop")
    assert none.rows == 1


def test_purchases_cancelled_in_full_go_with_their_cancellation(tmp_path: Path) -> None:
    text = (
        LINES
        + "1,a,2021-03-01,p,2,5,,,,\n"
        + "1,b,2021-03-02,p,2,5,,,,\n"
        + "1,c,2021-03-05,p,-2,5,,,,\n"
        + "1,d,2021-03-06,q,-1,5,,,,\n"  # nothing it could reverse
        + "2,e,2021-03-06,p,1,5,,,,\n"
    )
    got = run(tmp_path, text, mapping=MAPPING, cancelled_pairs="drop")
    assert reasons(got) == {"cancelled again": (2, "0.00")}
    assert amounts(got) == [Decimal(each) for each in (-5, 5, 10)]
    assert got.rejected.read_text(encoding="utf-8").splitlines()[1:] == [
        '2,cancelled again,1,a,2021-03-01,p,2,5,"","","",""',
        '4,cancelled again,1,c,2021-03-05,p,-2,5,"","","",""',
    ]


@pytest.mark.parametrize(
    ("last", "aside"),
    [("2021-03-30", {"in the last month, which is not complete": (2, "14.00")}), ("2021-03-31 23:10", {})],
    ids=["cut-short", "complete"],
)
def test_a_last_month_that_is_cut_short_is_set_aside_when_asked(
    tmp_path: Path, last: str, aside: dict[str, tuple[int, str]]
) -> None:
    text = LINES + f"1,a,2021-02-27,p,1,5,,,,\n1,b,2021-03-01,p,1,6,,,,\n1,c,{last},p,1,8,,,,\n"
    got = run(tmp_path, text, mapping=MAPPING, partial_month="drop")
    assert reasons(got) == aside
    assert got.ledger["last_date"] == ("2021-02-27" if aside else "2021-03-31")


def test_each_row_has_one_reason_when_several_choices_meet(tmp_path: Path) -> None:
    good = "".join(f"{i},g{i},2021-02-{1 + i % 28:02d},p{i},1,{i}.17,paid,EUR,,\n" for i in range(100))
    text = (
        LINES
        + good
        + good[: good.index("\n") + 1]
        + "1,a,2021-03-01,POST,1,5,pending,USD,,\n"
        + "1,a,2021-03-01,POST,1,5,paid,USD,,\n"
        + "1,a,2021-03-01,POST,1,5,paid,EUR,,\n"
        + "1,a,2099-03-01,p,1,5,paid,EUR,,\n"
        + "1,a,2021-03-01,p,1,5,paid,EUR,,\n"
        + "1,b,2021-03-02,p,-1,5,paid,EUR,,\n"
        + "1,c,2021-03-02,p,1,5,paid,EUR,,\n"
    )
    got = run(
        tmp_path,
        text,
        UNPAID,
        mapping={**MAPPING, "status": "status", "currency": "currency"},
        currency="EUR",
        **dict.fromkeys(("duplicates", "service_lines", "cancelled_pairs", "partial_month"), "drop"),
    )
    assert {reason: rows for reason, (rows, _) in reasons(got).items()} == {
        "order cancelled or never paid": 1,
        "another currency": 1,
        "no product: postage, fee or adjustment": 1,
        "repeats another row": 1,
        "date in the future": 1,
        "cancelled again": 2,
        "in the last month, which is not complete": 1,
    }
    assert got.rows == 100


def test_the_two_readings_of_an_amount_are_told(tmp_path: Path) -> None:
    text = "customer_id,date,qty,price,total\n1,2021-03-01,2,5,10\n2,2021-03-02,3,5,14.5\n"
    got = run(tmp_path, text, mapping={"amount": "total", "quantity": "qty", "unit_price": "price"})
    assert note(got, "amount_readings") == (
        "As line totals the rows come to 24.50; quantity times unit price would give 25.00."
    )
    two = "customer_id,date,qty,price\n1,2021-03-01,2,5\n2,2021-03-02,3,5\n"
    total = run(tmp_path, two, amount_is="line_total")
    assert note(total, "amount_readings") == (
        "As line totals the rows come to 10.00; quantity times unit price would give 25.00."
    )
    piece = run(tmp_path, two, amount_is="unit_price")
    assert note(piece, "amount_readings") == (
        "Quantity times unit price gives 25.00; as line totals the rows would come to 10.00."
    )


def test_the_choices_on_real_rows(tmp_path: Path, real_data: Path) -> None:
    path = real_data / "online_retail" / "online_retail_iso-8859-1.csv.gz"
    told = {"cancelled_prefix": "C"}
    got = run(
        tmp_path,
        path,
        told,
        date_order="mdy",
        service_lines="drop",
        cancelled_pairs="drop",
        partial_month="drop",
    )
    assert got.ledger["rows"]["in"] == 541_909
    assert got.ledger["amount"]["in"] == "9747747.934"
    found = reasons(got)
    assert found["no customer id"][0] == 135_080
    assert found["cancelled again"][1] == "0.00"
    assert found["cancelled again"][0] % 2 == 0
    assert found["cancelled again"][0] > 5_000
    assert got.ledger["last_date"] == "2011-11-30"
    remaining = duckdb.sql(
        f"SELECT count(*) FROM {scan(got.paths)} WHERE product_id IN ('POST', 'DOT', 'BANK CHARGES') OR abs(quantity) > 70000"
    ).fetchall()[0][0]
    # The two outliers of some 75,000 pieces were bought and cancelled within minutes.
    assert remaining == 0


@pytest.mark.parametrize("in_column", [True, False])
def test_a_currency_that_no_sample_showed_is_asked_about(tmp_path: Path, in_column: bool) -> None:
    head = "customer_id,order_date,amount" + (",currency" if in_column else "")
    rows = [f"c{at % 50},2024-{at % 12 + 1:02d}-{at % 28 + 1:02d},{at % 90}.50" for at in range(200_000)]
    euro = [row + ",EUR" if in_column else row.replace(".50", ".50 EUR") for row in rows]
    euro[60_000] = "c1,2024-05-05,7.50,USD" if in_column else "c1,2024-05-05,$7.50"
    path = write(tmp_path, "\n".join([head, *euro]) + "\n")
    assert inspect_file(path).questions == ()
    with pytest.raises(QuestionError) as caught:
        run(tmp_path, path)
    (question,) = caught.value.questions
    assert question.key == "currency"
    assert [value for value, _ in question.choices] == ["EUR", "USD"]
    assert "1 of the 200,000 rows" in dict(question.choices)["USD"]
    assert run(tmp_path, path, currency="EUR").ledger["rows"]["quarantined"] == 1


TOTALS = "customer_id,order_id,date,sku,order_total\n"
TOTALS_MAPPING = {
    "customer_id": "customer_id",
    "order_id": "order_id",
    "ordered_at": "date",
    "product_id": "sku",
    "amount": "order_total",
}


def by_product(cleaned: Cleaned) -> list[tuple[str, str | None, str, Decimal]]:
    return duckdb.sql(
        f"SELECT customer_id, order_id, product_id, amount FROM {scan(cleaned.paths)} ORDER BY ALL"
    ).fetchall()


def test_the_amount_of_an_order_counts_once(tmp_path: Path) -> None:
    text = (
        TOTALS
        + "1,a,2021-03-01,p,30\n"
        + "1,a,2021-03-01,q,30\n"
        + "2,b,2021-03-02,p,10\n"
        + "2,b,2021-03-02,q,\n"  # written in the first row only
        + "3,a,2021-03-03,p,7\n"  # the number of another customer's order
        + "4,,2021-03-03,p,8\n"  # no order: rows of their own
        + "4,,2021-03-03,q,8\n"
        + "5,z,2021-03-03,q,0\n"
    )
    got = run(tmp_path, text, mapping=TOTALS_MAPPING, amount_is="order_total")
    assert by_product(got) == [
        ("1", "a", "p", Decimal(30)),
        ("1", "a", "q", Decimal(0)),
        ("2", "b", "p", Decimal(10)),
        ("2", "b", "q", Decimal(0)),
        ("3", "a", "p", Decimal(7)),
        ("4", None, "p", Decimal(8)),
        ("4", None, "q", Decimal(8)),
        ("5", "z", "q", Decimal(0)),
    ]
    assert got.ledger["amount"] == {"in": "63.00", "kept": "63.00", "quarantined": "0.00"}
    assert note(got, "order_totals") == (
        "The amount is that of the whole order: it counts once in each of 4 orders."
    )
    # A row is not free because its order's amount stands in another.
    zeros = {each["kind"]: each["rows"] for each in got.ledger["notes"]}
    assert zeros == {"order_totals": 4, "zero_amount": 1}


def test_of_an_order_with_different_amounts_the_first_counts(tmp_path: Path) -> None:
    text = TOTALS + "1,a,2021-03-01,p,30\n1,a,2021-03-01,q,29\n1,a,2021-03-01,o,30\n2,b,2021-03-02,p,10\n"
    got = run(tmp_path, text, mapping=TOTALS_MAPPING, amount_is="order_total")
    assert got.ledger["amount"]["kept"] == "40.00"
    assert note(got, "order_totals_differ") == (
        "1 order shows different amounts in its rows ('a'): only that of its first row counts."
    )


def test_the_amount_of_an_order_stands_in_a_row_that_is_kept(tmp_path: Path) -> None:
    text = (
        TOTALS
        + "1,a,soon,p,30\n"
        + "1,a,2021-03-01,q,30\n"
        + "2,b,2021-03-01,p,ten\n"
        + "2,b,2021-03-01,q,10\n"
        + "3,c,2021-03-01,q,\n"
    )
    got = run(tmp_path, text, mapping=TOTALS_MAPPING, amount_is="order_total")
    assert amounts(got) == [Decimal(10), Decimal(30)]
    assert reasons(got) == {
        "date not readable": (1, "0.00"),
        "no amount": (1, "0.00"),
        "not an amount": (1, "0.00"),
    }


def test_the_order_of_rows_leaves_no_trace_in_amounts_of_orders(tmp_path: Path) -> None:
    lines = [f"{i % 9},o{i // 3},2021-03-0{1 + i // 3 % 9},p{i},{i // 3}.50\n" for i in range(90)]
    files = set()
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        got = run(tmp_path, TOTALS + "".join(lines), mapping=TOTALS_MAPPING, amount_is="order_total")
        files.add(got.paths[0].read_bytes())
    assert len(files) == 1
    parts = run(
        tmp_path, TOTALS + "".join(lines), mapping=TOTALS_MAPPING, amount_is="order_total", bucket_rows=30
    )
    assert len(parts.paths) == 3
    assert by_product(parts) == by_product(got)


def test_readings_that_come_to_the_same_are_no_news(tmp_path: Path) -> None:
    text = "customer_id,date,qty,price,total\n1,2021-03-01,2,5,10\n2,2021-03-02,3,5,15\n"
    got = run(tmp_path, text, mapping={"amount": "total", "quantity": "qty", "unit_price": "price"})
    assert [each["kind"] for each in got.ledger["notes"]] == []

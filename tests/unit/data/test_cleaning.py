"""Every row is kept or set aside with its reason, and the amounts tie out to the cent."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.accounting import Tally, balance, counted, money, spoken
from data.cleaning import STORED_COLUMNS, clean
from data.engine import connect
from data.errors import InputError
from data.reading import ImportOptions, inspect_file, stage
from tests.imports import at, import_text, run_import, write

HEADER = "customer_id,order_id,date,qty,unit_price,note\n"
GOOD = "".join(f"{i % 5},o{i},2021-01-{1 + i % 28:02d},{1 + i % 3},{i}.17,n{i}\n" for i in range(100))


def test_each_reason_and_its_amount(tmp_path: Path) -> None:
    text = (
        HEADER
        + "1,a,2021-01-01,2,1.50,kept\n"
        + ",a,2021-01-01,2,1.25,\n"  # no customer
        + "1,a,,2,1.00,\n"  # no date
        + "1,a,soon,2,1.00,\n"
        + "1,a,2021-01-01,,1.00,\n"
        + "1,a,2021-01-01,many,1.00,\n"
        + "1,a,2021-01-01,2,,\n"
        + "1,a,2021-01-01,2,free,\n"
        + "  ,a,soon,x,1,\n"  # the first reason counts
        + ",,,,,\n"
    )
    got = import_text(tmp_path, text)
    assert got.reasons() == {
        "no customer id": 2,
        "date not readable": 1,
        "empty row": 1,
        "no amount": 1,
        "no date": 1,
        "no quantity": 1,
        "not a quantity": 1,
        "not an amount": 1,
    }
    amounts = {each["reason"]: each["amount"] for each in got.ledger["reasons"]}
    assert amounts["no customer id"] == "2.50"
    assert amounts["date not readable"] == "2.00"
    assert got.ledger["amount"] == {"in": "9.50", "kept": "3.00", "quarantined": "6.50"}
    assert got.notes()["amount_unknown"] == 6
    assert [row["line_no"] for row in got.rejected] == [str(line) for line in range(3, 12)]


def test_the_stored_table(tmp_path: Path) -> None:
    got = import_text(tmp_path, "Day,customer_id,when,amount,day\nx,1,2021-01-05 10:30,12.3451,y\n")
    assert got.cleaned.columns == (*STORED_COLUMNS, "Day_2", "day_2_2")
    assert got.rows == [
        {
            "customer_id": "1",
            "order_id": None,
            "ordered_at": at("2021-01-05 10:30"),
            "day": date(2021, 1, 5),
            "quantity": None,
            "unit_price": None,
            "amount": Decimal("12.3451"),
            "product_id": None,
            "category": None,
            "country": None,
            "discount": None,
            "Day_2": "x",
            "day_2_2": "y",
        }
    ]
    types = {field.name: str(field.type) for field in pq.read_schema(got.cleaned.paths[0])}
    assert types["amount"] == "decimal128(18, 4)"
    assert types["ordered_at"].startswith("timestamp[us")
    assert types["quantity"] == "double"


def test_ids_come_out_as_they_went_in(tmp_path: Path) -> None:
    ids = ["00123", "12345678901234567", "1e5", "NA", "null", "None", "x'y"]
    got = import_text(
        tmp_path, "customer_id,date,amount\n" + "".join(f"{each},2021-01-01,5\n" for each in ids)
    )
    assert [row["customer_id"] for row in got.rows] == sorted(ids)


def test_spreadsheet_ids_are_mended_and_told(tmp_path: Path) -> None:
    text = "customer_id,date,amount\n12346.0,2021-01-01,5\n12346,2021-01-02,5\n12347.0,2021-01-02,5\n"
    got = import_text(tmp_path, text)
    assert [row["customer_id"] for row in got.rows] == ["12346", "12346", "12347"]
    assert got.notes() == {"excel_ids": 2}
    kept = import_text(tmp_path, text + "A1.0,2021-01-02,5\n")
    assert sorted(row["customer_id"] for row in kept.rows) == ["12346", "12346.0", "12347.0", "A1.0"]


def test_duplicates_are_counted_and_dropped_only_when_asked(tmp_path: Path) -> None:
    text = HEADER + GOOD + GOOD[: GOOD.index("\n") + 1] * 2
    kept = import_text(tmp_path, text)
    assert kept.ledger["rows"] == {"in": 102, "kept": 102, "quarantined": 0}
    assert kept.ledger["notes"][0]["text"] == "2 rows repeat another row exactly; they are kept."
    dropped = import_text(tmp_path, text, duplicates="drop")
    assert dropped.ledger["rows"] == {"in": 102, "kept": 100, "quarantined": 2}
    assert dropped.reasons() == {"repeats another row": 2}
    assert [row["line_no"] for row in dropped.rejected] == ["102", "103"]
    assert "duplicates" not in dropped.notes()


def test_the_order_of_the_rows_leaves_no_trace(tmp_path: Path) -> None:
    lines = (GOOD * 3).splitlines(keepends=True)
    hashes, ledgers = set(), []
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        random.Random(seed).shuffle(lines)
        got = run_import(write(folder, HEADER + "".join(lines)), folder / "import", threads=2)
        hashes.add(hashlib.sha256(got.cleaned.paths[0].read_bytes()).hexdigest())
        ledgers.append({key: value for key, value in got.ledger.items() if key != "source"})
    assert len(hashes) == 1
    assert ledgers[0] == ledgers[1] == ledgers[2]


def test_neither_row_order_nor_threads_leave_a_trace_in_many_row_groups(tmp_path: Path) -> None:
    draw = random.Random(3)
    lines = [
        f"{i % 700},o{i // 3},2021-01-{1 + i // 3 % 28:02d},{draw.randrange(1, 9)},{i % 97}.1{i % 7},n{i % 11}\n"
        for i in range(130_000)
    ]
    hashes = set()
    for threads in (1, 2):
        folder = tmp_path / str(threads)
        folder.mkdir()
        draw.shuffle(lines)
        got = run_import(
            write(folder, HEADER + "".join(lines)), folder / "import", threads=threads, load=False
        )
        assert pq.ParquetFile(got.cleaned.paths[0]).num_row_groups == 2
        hashes.add(hashlib.sha256(got.cleaned.paths[0].read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("cells", "decimal", "amounts"),
    [
        (("5", "2.5", "-1.5", " 7 ", "1e2"), ".", ("5", "2.5", "-1.5", "7", "100")),
        (("5", "1,250.50", "(3)", "$4", "1_000", "2-"), ".", ("5", "1250.5", "-3", "4", None, "-2")),
        (("5", "2,5", "1,5"), ",", ("5", "2.5", "1.5")),
        (("5", "1.250,50", "2,5", "EUR 3,10"), ",", ("5", "1250.5", "2.5", "3.1")),
    ],
    ids=["plain", "mixed", "plain-comma", "mixed-comma"],
)
def test_plain_numbers_and_others_are_read_alike(
    tmp_path: Path, cells: tuple[str, ...], decimal: str, amounts: tuple[str | None, ...]
) -> None:
    text = "customer_id;date;amount\n" + "".join(f"{at};2021-01-01;{cell}\n" for at, cell in enumerate(cells))
    got = import_text(tmp_path, text, decimal=decimal, amount_is="line_total")
    read = {row["customer_id"]: row["amount"] for row in got.rows}
    assert read == {str(at): Decimal(each) for at, each in enumerate(amounts) if each is not None}


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        (
            ("2021-01-05", "2021-01-06 10:30", "2021-01-07T10:30:15.25"),
            ("05 00:00", "06 10:30", "07 10:30:15.250000"),
        ),
        (("2021-01-05", "2021-01-06 10:30+02:00", "7 Jan 2021"), ("05 00:00", "06 10:30", "07 00:00")),
    ],
    ids=["plain", "mixed"],
)
def test_plain_dates_and_others_are_read_alike(
    tmp_path: Path, cells: tuple[str, ...], times: tuple[str, ...]
) -> None:
    text = "customer_id;date;amount\n" + "".join(f"{at};{cell};5\n" for at, cell in enumerate(cells))
    got = import_text(tmp_path, text)
    assert [row["ordered_at"] for row in got.rows] == [at(f"2021-01-{each}") for each in times]


def test_isolated_dates_out_of_range_are_set_aside_but_not_a_whole_file(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + GOOD + "1,a,2099-01-01,1,5,\n1,a,1900-01-01,1,5,\n")
    got = run_import(path, tmp_path / "few")
    assert got.reasons() == {"date before 1970": 1, "date in the future": 1}
    assert got.ledger["last_date"] == "2021-01-28"
    inspection = inspect_file(path)
    staged = stage(inspection, tmp_path)
    early = clean(connect([tmp_path]), staged, inspection.options, tmp_path, today=date(2020, 12, 31))
    notes = {each["kind"]: each["rows"] for each in early.ledger["notes"]}
    # Two days' grace, and too many rows for errors.
    assert notes["future_dates"] == sum(1 for i in range(100) if 1 + i % 28 > 1)
    assert early.ledger["rows"]["kept"] == 100


def test_returns_and_zeros_are_kept_and_told(tmp_path: Path) -> None:
    got = import_text(tmp_path, HEADER + "1,a,2021-01-01,2,5,\n1,a,2021-01-02,-1,5,\n1,b,2021-01-02,3,0,\n")
    assert got.ledger["amount"]["kept"] == "5.00"
    assert got.ledger["notes"] == [
        {
            "kind": "returns",
            "rows": 1,
            "text": "1 row is a return or correction, of \N{MINUS SIGN}5.00; it is kept and netted.",
            "amount": "-5.00",
        },
        {
            "kind": "zero_amount",
            "rows": 1,
            "text": "1 row has an amount of 0: it is kept, but is no purchase.",
            "amount": "0.00",
        },
    ]


def test_one_customer_and_one_row_do_not_choke(tmp_path: Path) -> None:
    got = import_text(tmp_path, HEADER + "1,a,2021-01-01,2,5,\n")
    assert (got.cleaned.rows, got.cleaned.customers) == (1, 1)
    assert got.cleaned.first_date == got.cleaned.last_date == date(2021, 1, 1)


def test_nothing_to_keep_is_told_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        import_text(tmp_path, "customer_id,date,amount\n1,2021-01-01,abc\n2,2021-01-01,def\n")
    assert str(caught.value) == (
        "orders.csv: none of its 2 rows can be used; 2 of them: not an amount (for example 'abc' in line 2). "
        "Nothing was imported."
    )


def test_rejected_cells_are_inert_and_numbers_stay_numbers(tmp_path: Path) -> None:
    cells = ["=1+1", "+x", "-2.50", "@cmd", "plain"]
    text = "customer_id,date,amount,note\n1,2021-01-01,5,x\n" + "".join(
        f",2021-01-01,5,{each}\n" for each in cells
    )
    got = import_text(tmp_path, text)
    assert [row["note"] for row in got.rejected] == ["'=1+1", "'+x", "-2.50", "'@cmd", "plain"]


def test_products_are_exact_in_every_size(tmp_path: Path) -> None:
    cells = [
        ("3", "0.0001"),
        ("-2", "0.10"),
        ("0.5", "0.25"),
        ("999999", "99999.9999"),
        ("1000001", "2.5"),
        ("2", "123456789.01"),
    ]
    text = HEADER + "".join(f"{i},a,2021-01-01,{qty},{price},\n" for i, (qty, price) in enumerate(cells))
    got = import_text(tmp_path, text, amount_is="unit_price")
    exact = [(Decimal(qty) * Decimal(price)).quantize(Decimal("0.0001")) for qty, price in cells]
    assert [row["amount"] for row in got.rows] == exact


def test_products_larger_than_money_are_set_aside(tmp_path: Path) -> None:
    got = import_text(tmp_path, HEADER + "1,a,2021-01-01,99999999999,99999999999,\n1,a,2021-01-01,2,5,\n")
    assert got.reasons() == {"not an amount": 1}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("9747747.9340", "9747747.934"),
        ("12", "12.00"),
        ("-0.5", "-0.50"),
        ("0.0001", "0.0001"),
        ("1E+3", "1000.00"),
    ],
)
def test_money_is_exact_text(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


@given(
    kept=st.integers(0, 10**6),
    aside=st.dictionaries(
        st.text(min_size=1, max_size=5), st.tuples(st.integers(0, 999), st.integers(-(10**9), 10**9))
    ),
)
def test_a_ledger_always_balances(kept: int, aside: dict[str, tuple[int, int]]) -> None:
    tallies = {reason: Tally(rows, Decimal(cents) / 100) for reason, (rows, cents) in aside.items()}
    ledger = balance(Tally(kept, Decimal(kept)), tallies)
    rows, amount = ledger["rows"], ledger["amount"]
    assert rows["in"] == rows["kept"] + rows["quarantined"]
    assert Decimal(amount["in"]) == Decimal(amount["kept"]) + Decimal(amount["quarantined"])
    assert sum(each["rows"] for each in ledger["reasons"]) == rows["quarantined"]
    assert sum((Decimal(each["amount"]) for each in ledger["reasons"]), Decimal(0)) == Decimal(
        amount["quarantined"]
    )


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("-26460.35", "\N{MINUS SIGN}26,460.35"),
        ("9747747.9340", "9,747,747.934"),
        ("-0.5", "\N{MINUS SIGN}0.50"),
        ("0", "0.00"),
    ],
)
def test_amounts_in_sentences_are_written_for_people(amount: str, text: str) -> None:
    assert spoken(Decimal(amount)) == text


def test_one_thing_is_no_plural() -> None:
    assert [counted(number, "row") for number in (0, 1, 2500)] == ["0 rows", "1 row", "2,500 rows"]


def test_amounts_in_notes_are_for_people_and_beside_them_for_programs(tmp_path: Path) -> None:
    text = HEADER + "1,a,2021-01-01,2,5,\n1,a,2021-01-02,-1,20000.35,\n1,b,2021-01-02,-2,3230,\n"
    returns = import_text(tmp_path, text).ledger["notes"][0]
    assert returns["text"] == (
        "2 rows are returns or corrections, together \N{MINUS SIGN}26,460.35; they are kept and netted."
    )
    assert returns["amount"] == "-26460.35"


def test_a_single_row_out_of_range_or_unusable_is_told_in_the_singular(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^orders\.csv: its only row cannot be used: not an amount \("):
        import_text(tmp_path, "customer_id,date,amount\n1,2021-01-01,abc\n")
    got = import_text(tmp_path, HEADER + "1,a,2999-01-01,2,5,\n")
    note = got.ledger["notes"][0]
    assert (note["kind"], note["rows"]) == ("future_dates", 1)
    assert note["text"].startswith("1 row is dated after 2")


MIXED = (
    "customer_id,date,amount\n"
    + "".join(f"1,{day}/05/2021,5\n" for day in (13, 14, 15))
    + "1,03/04/2021,5\n1,3/4/2021,5\n1,2021-05-06,5\n1,7 May 2021,5\n1,foo,5\n"
)


@pytest.mark.parametrize(
    ("text", "order", "rows", "words"),
    [
        (
            MIXED + "1,05/25/2021,5\n1,05/26/2021,5\n",
            "dmy",
            2,
            "2 dates contradict day-first and are set aside; 2 others fit both orders and were read as "
            "day first, though the file mixes both.",
        ),
        (
            MIXED + "1,05/25/2021,5\n",
            "mdy",
            2,
            "3 dates contradict month-first and are set aside; 2 others fit both orders and were read as "
            "month first, though the file mixes both.",
        ),
        (
            "customer_id,date,amount\n1,13/05/2021,5\n1,03/04/2021,5\n1,05/25/2021 10:00,5\n",
            "dmy",
            1,
            "1 date contradicts day-first and is set aside; 1 other fits both orders and was read as "
            "day first, though the file mixes both.",
        ),
        (
            "customer_id,date,amount\n1,13/05/2021,5\n1,05/25/2021,5\n",
            "dmy",
            0,
            "1 date contradicts day-first and is set aside; no date that is kept fits both orders.",
        ),
    ],
)
def test_a_mix_of_date_orders_is_told_with_what_may_be_misread(
    tmp_path: Path, text: str, order: str, rows: int, words: str
) -> None:
    notes = import_text(tmp_path, text, date_order=order).ledger["notes"]
    assert [each for each in notes if each["kind"] == "mixed_dates"] == [
        {"kind": "mixed_dates", "rows": rows, "text": words}
    ]


def test_one_order_throughout_is_no_mix(tmp_path: Path) -> None:
    assert "mixed_dates" not in import_text(tmp_path, MIXED).notes()
    assert "mixed_dates" not in import_text(tmp_path, MIXED, date_order="dmy").notes()


def test_a_mix_settled_by_evidence_is_told_too(tmp_path: Path) -> None:
    good = "".join(f"{i},{13 + i % 10}/04/2021,5\n" for i in range(30))
    got = import_text(tmp_path, f"customer_id,date,amount\n{good}1,3/4/2021,5\n5,04/25/2021,6\n")
    assert got.inspection.questions == ()
    assert got.notes()["mixed_dates"] == 1


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("9999-12-31", "date in the future"),
        ("2999-01-01", "date in the future"),
        ("1900-01-01", "date before 1970"),
        ("1899-12-30 00:00:00", "date before 1970"),
        ("1753-01-01", "date before 1970"),
        ("0001-01-01T00:00:00", "date before 1970"),
        ("01.01.0001", "date before 1970"),
    ],
)
def test_dates_that_stand_for_none_are_set_aside_however_many(tmp_path: Path, day: str, reason: str) -> None:
    good = "C1,2024-01-13,1\nC2,2024-01-14,1\n"
    got = import_text(tmp_path, f"customer,date,amount\n{good}" + f"C2,{day},1\n" * 3)
    assert got.reasons() == {reason: 3}
    assert (got.ledger["first_date"], got.ledger["last_date"]) == ("2024-01-13", "2024-01-14")
    assert got.ledger["amount"] == {"in": "5.00", "kept": "2.00", "quarantined": "3.00"}


@pytest.mark.parametrize(
    ("days", "kept", "note"),
    [
        (("2022-01-01", "2022-06-30", "2021-06-30"), 3, {"future_dates": 2}),
        (("2022-07-05", "2022-01-01", "2021-06-30"), 2, {"future_dates": 1}),
        (("1960-03-04", "1961-03-04", "2021-06-30"), 3, {"old_dates": 2}),
        (("1900-01-01", "1900-01-03", "1900-01-04"), 3, {"old_dates": 3}),
        (("9999-12-31", "9999-12-31", "9999-12-31"), 3, {"future_dates": 3}),
        (("1900-01-01", "2999-12-31", "1900-01-01"), 3, {"future_dates": 1, "old_dates": 2}),
        (("2022-07-01", "2022-07-02", "2022-07-03"), 1, {"future_dates": 1}),
    ],
    ids=["near", "far-and-near", "old", "of-that-time", "all-far", "all-for-none", "a-year-ahead"],
)
def test_other_dates_out_of_range_are_kept_where_they_are_many(
    tmp_path: Path, days: tuple[str, ...], kept: int, note: dict[str, int]
) -> None:
    rows = "".join(f"C{at},{day},1\n" for at, day in enumerate(days))
    inspection = inspect_file(write(tmp_path, f"customer,date,amount\n{rows}"))
    staged = stage(inspection, tmp_path)
    with connect([tmp_path]) as connection:
        got = clean(connection, staged, inspection.options, tmp_path, today=date(2021, 7, 1))
    assert got.rows == kept
    assert {each["kind"]: each["rows"] for each in got.ledger["notes"]} == note


@pytest.mark.parametrize("today", [date.max, date(9999, 12, 30), date(9999, 6, 1)])
def test_the_last_days_of_the_calendar_do_no_harm(tmp_path: Path, today: date) -> None:
    inspection = inspect_file(write(tmp_path, "customer,date,amount\nC1,9999-12-31,1\nC2,2024-01-14,1\n"))
    staged = stage(inspection, tmp_path)
    options = ImportOptions.from_dict(inspection.options.to_dict() | {"partial_month": "drop"})
    with connect([tmp_path]) as connection:
        got = clean(connection, staged, options, tmp_path, today=today)
    assert got.rows == 2

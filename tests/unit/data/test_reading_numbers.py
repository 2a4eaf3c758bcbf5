"""Amounts are read by the mark that the file uses; a mixture or an unclear one is a question."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.reading import inspect_file
from data.reading.numbers import NumberEvidence, decide_decimal, number_sql
from data.reading.options import ImportOptions
from tests.imports import import_text, write


def read(text: str, decimal: str) -> Decimal | None:
    answer = (
        duckdb.connect().execute(f"SELECT {number_sql('t', decimal)} FROM (SELECT ? AS t)", [text]).fetchall()
    )
    value: Decimal | None = answer[0][0]
    return value


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("12", "12", "12"),
        ("-1.5", "-1.5", None),
        ("-1,5", None, "-1.5"),
        ("1,250", "1250", "1.25"),
        ("1.250", "1.25", "1250"),
        ("1,234.56", "1234.56", None),
        ("1.234,56", None, "1234.56"),
        ("1 234.56", "1234.56", None),
        ("1\u00a0234,56", None, "1234.56"),
        ("1'234.56", "1234.56", None),
        ("12,34,567.00", "1234567", None),
        ("(5)", "-5", "-5"),
        ("(1,250.00)", "-1250", None),
        ("5-", "-5", "-5"),
        ("\u22121,50", None, "-1.5"),
        ("\u20131.50", "-1.5", None),
        ("\u22121 234,56 €", None, "-1234.56"),
        ("5\u2212", "-5", "-5"),
        ("\u22127", "-7", "-7"),
        ("\u2013", None, None),
        ("EUR 1,50", None, "1.5"),
        ("1.50 €", "1.5", None),
        ("$-5", "-5", "-5"),
        ("-$5.25", "-5.25", None),
        ("1e5", "100000", "100000"),
        ("Inf", None, None),
        ("nan", None, None),
        ("abc12", None, None),
        ("1,25,5", None, None),
        ("1_000", None, None),
        ("0x10", None, None),
        ("99999999999999999", None, None),
        ("", None, None),
    ],
)
def test_numbers_by_decimal_mark(text: str, point: str | None, comma: str | None) -> None:
    assert read(text, ".") == (Decimal(point) if point else None)
    assert read(text, ",") == (Decimal(comma) if comma else None)


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["1.5", "1,250.00"], "."),
        (["1,5", "1.250"], ","),
        (["1234.500"], "."),
        (["0.500"], "."),
        (["1.234.567"], ","),
        (["1", "2"], "."),
        (["1,250"], None),
        (["12.345", "1.000"], None),
        (["1.5", "1,5"], None),
    ],
)
def test_the_decimal_mark_is_settled_by_evidence_or_asked(texts: list[str], decimal: str | None) -> None:
    evidence = NumberEvidence()
    evidence.add(dict.fromkeys(texts, 1))
    found = decide_decimal(evidence, ("amount",), ImportOptions())
    assert found.decimal == decimal
    assert (found.question is not None) == (decimal is None)


def test_the_question_names_value_and_consequence(tmp_path: Path) -> None:
    text = 'customer_id,date,amount\n1,2021-01-01,"1,250"\n2,2021-01-02,3\n'
    question = inspect_file(write(tmp_path, text)).questions[0]
    assert (question.key, question.option) == ("decimal", "--decimal {value}")
    assert (
        "'1,250' may be 1.250 or 1250. 1 of 2 values looked at are affected; nothing was imported."
        in question.text
    )
    totals = {mark: import_text(tmp_path, text, decimal=mark).ledger["amount"]["in"] for mark in ".,"}
    assert totals == {".": "1253.00", ",": "4.25"}


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1.250", "1.250 is 1.25 (between 1 and 2)", "1.250 is 1,250 (over a thousand)"),
        ("-12,345 €", "12,345 is 12,345 (over 12 thousand)", "12,345 is 12.345 (between 12 and 13)"),
        ("1.000", "1.000 is 1 (exactly 1)", "1.000 is 1,000 (exactly a thousand)"),
    ],
)
def test_the_choices_are_told_by_a_value_of_the_file(text: str, point: str, comma: str) -> None:
    evidence = NumberEvidence()
    evidence.add({text: 1})
    question = decide_decimal(evidence, ("amount",), ImportOptions()).question
    assert question is not None
    assert question.choices == ((".", point), (",", comma))


def test_the_choices_of_a_mixture_show_one_of_each() -> None:
    evidence = NumberEvidence()
    evidence.add({"1.5": 1, "2,75": 1})
    question = decide_decimal(evidence, ("amount",), ImportOptions()).question
    assert question is not None
    assert question.choices == ((".", "point, as in 1.5"), (",", "comma, as in 2,75"))


def test_a_typeset_minus_is_a_minus(tmp_path: Path) -> None:
    text = "customer_id;date;amount\n1;2021-01-05;10,00\n1;2021-01-06;\u22121,50\n2;2021-01-07;\u20132,25\n"
    got = import_text(tmp_path, text)
    assert got.inspection.options.decimal == ","
    assert got.ledger["amount"]["in"] == "6.25"
    assert "amount not readable" not in got.reasons()


def test_the_currency_is_noted(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, "customer_id;date;amount\n1;2021-01-01;1,50 €\n"))
    assert got.currency == "EUR"
    assert got.options.decimal == ","


def written(amount: Decimal, decimal: str, apart: bool) -> str:
    """`amount` with two decimals after the mark `decimal`, thousands `apart` by the other mark."""
    text = f"{amount:,.2f}" if apart else f"{amount:.2f}"
    return text.translate(str.maketrans({",": ".", ".": ","})) if decimal == "," else text


AMOUNTS = st.lists(
    st.decimals(Decimal(-99_999), Decimal(9_999_999), places=2, allow_nan=False), min_size=2, max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=AMOUNTS,
    decimal=st.sampled_from(".,"),
    apart=st.booleans(),
    sign=st.sampled_from(["", "€", " EUR"]),
)
def test_amounts_come_to_the_cent_by_either_mark(
    tmp_path: Path, amounts: list[Decimal], decimal: str, apart: bool, sign: str
) -> None:
    rows = "".join(
        f"c{at};2021-01-13;{written(each, decimal, apart)}{sign}\n" for at, each in enumerate(amounts)
    )
    got = import_text(tmp_path, "customer_id;date;amount\n" + rows)
    assert got.inspection.options.decimal == decimal
    assert Decimal(got.ledger["amount"]["kept"]) == sum(amounts)
    assert got.ledger["rows"]["quarantined"] == 0

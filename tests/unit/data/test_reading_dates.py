"""Dates are read by evidence; what the evidence leaves open is a question."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError, QuestionError
from data.reading import inspect_file, stage
from data.reading.dates import DateEvidence, decide_dates, timestamps_sql
from data.reading.options import ImportOptions
from tests.imports import at, import_text, write

HEADER = "customer_id,date,amount\n"


def read(texts: list[str], kind: str = "text", order: str | None = None) -> list[datetime | None]:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE texts AS SELECT unnest($1) AS written", [texts])
    found = dict(connection.execute(timestamps_sql("texts", kind, order)).fetchall())
    return [found[text] for text in texts]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("12/1/2010 8:26", "mdy", at("2010-12-01 08:26")),
        ("12/1/2010 8:26", "dmy", at("2010-01-12 08:26")),
        ("1.2.2010", "dmy", at("2010-02-01")),
        ("01-02-03", "dmy", at("2003-02-01")),
        ("1/2/99", "mdy", at("1999-01-02")),
        ("99/12/1", "ymd", at("1999-12-01")),
        ("12/1/2010 08:26 PM", "mdy", at("2010-12-01 20:26")),
        ("12/1/2010 8:26:01.25", "mdy", at("2010-12-01 08:26:01.250000")),
        ("3/3/2021", None, at("2021-03-03")),
        ("3/4/2021", None, None),
        ("2010-12-01", None, at("2010-12-01")),
        ("2010-12-01 08:26:00", None, at("2010-12-01 08:26")),
        ("2010-12-01T23:26:00Z", None, at("2010-12-01 23:26")),
        ("2010-12-01T23:26:00+02:00", None, at("2010-12-01 23:26")),
        ("2010-12-01 23:26:00 -0500", None, at("2010-12-01 23:26")),
        ("2010-12-01 23:26:00.123 UTC", None, at("2010-12-01 23:26:00.123000")),
        ("2010/1/5 10:00", None, at("2010-01-05 10:00")),
        ("2010.01.05", None, at("2010-01-05")),
        ("1-Dec-10", None, at("2010-12-01")),
        ("1 Sept 2010", None, at("2010-09-01")),
        ("Dec 1, 2010 3:04 PM", None, at("2010-12-01 15:04")),
        ("1. Januar 2023", None, at("2023-01-01")),
        ("03-Mrz-2023", None, at("2023-03-03")),
        ("3. MÄRZ 2023", None, at("2023-03-03")),
        ("3. Ma\u0308rz 2023", None, at("2023-03-03")),
        ("5-Okt-2023", None, at("2023-10-05")),
        ("7 Dez 23", None, at("2023-12-07")),
        ("1er août 2023", None, at("2023-08-01")),
        ("1\u00a0janvier\u00a02023", None, at("2023-01-01")),
        ("2 févr. 2023", None, at("2023-02-02")),
        ("lundi 2 janvier 2023 à 10:05", None, at("2023-01-02 10:05")),
        ("12 de enero de 2023", None, at("2023-01-12")),
        ("3 settembre 2023", None, at("2023-09-03")),
        ("12 mrt. 2023", None, at("2023-03-12")),
        ("1º de março de 2023", None, at("2023-03-01")),
        ("segunda-feira, 2 de janeiro de 2023", None, at("2023-01-02")),
        ("mar 3 jan 2023", None, at("2023-01-03")),
        ("Sun, 01 Jan 2023 10:00:00 GMT", None, at("2023-01-01 10:00")),
        ("Sun, 1 Jan 2023 10:00:00 -0500 (EST)", None, at("2023-01-01 10:00")),
        ("Sunday, January 01, 2023", None, at("2023-01-01")),
        ("Jan 1, 2024 at 3:15 pm", None, at("2024-01-01 15:15")),
        ("Jan 1, 2024, 3:15\u202fPM", None, at("2024-01-01 15:15")),
        ("Mon Jan 02 2023 10:00:00 GMT+0100 (CET)", None, at("2023-01-02 10:00")),
        ("Mon Jan 02 2023 10:00:00 GMT+0100 (Central European Standard Time)", None, at("2023-01-02 10:00")),
        ("2023-Jan-05", None, at("2023-01-05")),
        ("1/13/2024, 3:15:00\u202fPM", "mdy", at("2024-01-13 15:15")),
        ("1/13/2024 3:15 p.m.", "mdy", at("2024-01-13 15:15")),
        ("2023-01-05 3:15 PM", None, at("2023-01-05 15:15")),
        ("2023-01", None, at("2023-01-01")),
        ("2023/3", "mdy", at("2023-03-01")),
        ("01/2023", "mdy", at("2023-01-01")),
        ("3-2023", None, at("2023-03-01")),
        ("März 2023", None, at("2023-03-01")),
        ("45000.5", "dmy", at("2023-03-15 12:00")),
        ("20230131", "dmy", at("2023-01-31")),
        ("12345", "dmy", None),
        ("99999", None, None),
        ("13/2023", None, None),
        ("2023-13", None, None),
        ("12.2023", None, None),
        ("foo 1 Jan 2023", None, None),
        ("1 Foo 2023", None, None),
        ("12 MARCH BAGS 2023", None, None),
        ("13/13/2010", "mdy", None),
        ("2/30/2010", "mdy", None),
        ("2010-13-01", None, None),
        ("2010-12-01junk", None, None),
        ("infinity", None, None),
        ("epoch", None, None),
        ("", None, None),
    ],
)
def test_written_dates(text: str, order: str | None, expected: datetime | None) -> None:
    assert read([text], order=order) == [expected]
    # The file is judged by what will be read of it; a day that no month has shows only in reading.
    evidence = DateEvidence()
    evidence.add({text: 1})
    needs_order = (order is None and evidence.ambiguous) or order == "ymd"
    if text != "2/30/2010" and not needs_order:
        assert bool(evidence.kind()) == (expected is not None)


@pytest.mark.parametrize(
    "names",
    [
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan. Feb. Mrz. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan fev mar abr mai jun jul ago set out nov dez",
    ],
)
def test_months_have_their_names_in_seven_languages(names: str) -> None:
    written = [f"5 {name} 2023" for name in names.split()]
    expected = [at(f"2023-{month:02d}-05") for month in range(1, 13)]
    assert read(written) == expected
    assert read([text.upper() for text in written]) == expected
    assert decide(written) == ("text", None, False)


def test_months_are_read_as_their_first_day_and_that_is_said(tmp_path: Path) -> None:
    got = import_text(tmp_path, HEADER + "1,2023-01,5\n2,02/2023,6\n3,März 2023,7\n")
    assert sorted(row["ordered_at"].date() for row in got.rows) == [date(2023, at, 1) for at in (1, 2, 3)]
    found = got.inspection.detected["date_order"]
    assert (found.value, found.evidence) == (
        "months only",
        "dates are months only, such as '2023-01': the day is not known, and each is read as the first of its month",
    )


def test_months_among_dates_are_counted(tmp_path: Path) -> None:
    got = import_text(tmp_path, HEADER + "1,2023-01,5\n2,2023-02-14,6\n")
    assert got.inspection.detected["date_order"].evidence == (
        "dates are written year first; 1 of the dates looked at is a month only ('2023-01'): the day is not known, "
        "and the first of the month is taken"
    )
    assert sorted(row["ordered_at"] for row in got.rows) == [at("2023-01-01"), at("2023-02-14")]


@pytest.mark.parametrize(
    ("dates", "days", "words", "swapped"),
    [
        (
            "13/01/2024 04/02/2024 45296 45297.5",
            "2024-01-05 2024-01-06 2024-01-13 2024-02-04",
            "2 of the dates looked at are numbers ('45296'), read as Excel day numbers (counted from 1900)",
            False,
        ),
        (
            "13/01/2024 45296 45297",
            "2024-01-05 2024-01-06 2024-01-13",
            "2 of the dates looked at are numbers ('45296'), read as Excel day numbers (counted from 1900)",
            True,
        ),
        (
            "13/01/2024 20240105",
            "2024-01-05 2024-01-13",
            "1 of the dates looked at is a number ('20240105'), read as year, month and day",
            False,
        ),
    ],
)
def test_numbers_among_written_dates_are_read_by_their_shape(
    tmp_path: Path, dates: str, days: str, words: str, swapped: bool
) -> None:
    got = import_text(tmp_path, HEADER + "".join(f"1,{each},5\n" for each in dates.split()))
    assert sorted(str(row["ordered_at"].date()) for row in got.rows) == days.split()
    evidence = got.inspection.detected["date_order"].evidence
    assert words in evidence
    assert ("day and month swapped" in evidence) == swapped
    assert got.ledger["rows"]["quarantined"] == 0


def test_numbers_alone_or_out_of_range_stay_what_they_are() -> None:
    assert decide(["12345", "23456", "45296"]) == ("excel", None, False)
    assert decide(["12345", "23456", "13/01/2024"]) == ("excel", None, False)
    assert decide([str(at) for at in range(45_000, 45_100)] + ["13/01/2024"])[0] == "excel"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("20190131", "yyyymmdd", at("2019-01-31")),
        ("20190131.0", "yyyymmdd", at("2019-01-31")),
        ("20191301", "yyyymmdd", None),
        ("44197", "excel", at("2021-01-01")),
        ("40513.351388888885", "excel", at("2010-12-01 08:26")),
        ("42735", "excel1904", at("2021-01-01")),
        ("abc", "excel", None),
        ("1291191960", "epoch", at("2010-12-01 08:26")),
        ("1291191960000", "epoch_ms", at("2010-12-01 08:26")),
    ],
)
def test_dates_in_numbers(text: str, kind: str, expected: datetime | None) -> None:
    assert read([text], kind) == [expected]


def decide(texts: list[str]) -> tuple[str | None, str | None, bool]:
    evidence = DateEvidence()
    evidence.add(dict.fromkeys(texts, 1))
    found = decide_dates(evidence, "date", ImportOptions())
    return found.kind, found.order, found.question is not None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12/1/2010", "12/13/2010"], ("text", "mdy", False)),
        (["12/1/2010", "13/1/2010"], ("text", "dmy", False)),
        (["12/1/2010", "11/2/2010"], ("text", None, True)),
        (["13/1/2010", "1/13/2010"], ("text", None, True)),
        (["3/3/2021", "4/4/2021"], ("text", None, False)),
        (["2021-01-05"], ("text", None, False)),
        (["20210105"], ("yyyymmdd", None, False)),
        (["44197", "44198.5"], ("excel", None, False)),
        (["1546300800"], ("epoch", None, False)),
        (["1546300800000"], ("epoch_ms", None, False)),
        (["foo", "12"], (None, None, False)),
    ],
)
def test_the_order_is_settled_by_evidence_or_asked(
    texts: list[str], expected: tuple[str | None, str | None, bool]
) -> None:
    assert decide(texts) == expected


def test_the_evidence_is_told_in_words() -> None:
    evidence = DateEvidence()
    evidence.add({"12/13/2010 8:26": 3, "12/1/2010": 5})
    found = decide_dates(evidence, "date", ImportOptions()).detected
    assert found is not None
    assert found.evidence == "'12/13/2010 8:26' has 13 in the second place, as have 3 of the dates looked at"


def test_only_ambiguous_dates_are_a_question_and_its_answer_counts(tmp_path: Path) -> None:
    text = HEADER + "1,03/04/2021,5\n2,05/06/2021,6\n"
    inspection = inspect_file(write(tmp_path, text))
    assert [(question.key, question.option) for question in inspection.questions] == [
        ("date_order", "--date-order {value}")
    ]
    assert "'03/04/2021' may be day/month or month/day" in inspection.questions[0].text
    with pytest.raises(QuestionError, match="nothing was imported"):
        stage(inspection, tmp_path)
    days = {
        order: import_text(tmp_path, text, date_order=order).ledger["first_date"] for order in ("dmy", "mdy")
    }
    assert days == {"dmy": "2021-04-03", "mdy": "2021-03-04"}


def test_one_telling_date_far_into_the_file_is_enough(tmp_path: Path) -> None:
    ambiguous = "1,03/04/2021,5\n"
    text = HEADER + ambiguous * 100_000 + "2,05/16/2021,6\n" + ambiguous * 300
    inspection = inspect_file(write(tmp_path, text))
    assert inspection.questions == ()
    assert inspection.options.date_order == "mdy"


def test_a_few_contradicting_dates_are_set_aside_with_a_count(tmp_path: Path) -> None:
    good = "".join(f"{i},{13 + i % 10}/04/2021,5\n" for i in range(30))
    got = import_text(tmp_path, HEADER + good + "5,04/25/2021,6\n")
    assert got.reasons() == {"date not readable": 1}
    assert got.ledger["rows"] == {"in": 31, "kept": 30, "quarantined": 1}
    assert got.ledger["amount"] == {"in": "156.00", "kept": "150.00", "quarantined": "6.00"}


def test_unreadable_dates_throughout_are_refused_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no date in the column 'date' can be read \(for example 'foo'\)"):
        inspect_file(write(tmp_path, HEADER + "1,foo,5\n2,bar,6\n"))
    with pytest.raises(InputError, match="the date column 'date' is empty in every row"):
        inspect_file(write(tmp_path, HEADER + "1,,5\n2,,6\n"))


@pytest.mark.parametrize(
    ("dates", "value", "evidence"),
    [
        ("05-Jan-24 6-Feb-24", "month by name", "the month is written as a word ('05-Jan-24')"),
        ("2024-01-05 2024-02-06", "ymd", "dates are written year first"),
        (
            "2024-01-05 05-Jan-24",
            "year first or month by name",
            "dates are written year first, or the month is written as a word ('05-Jan-24')",
        ),
        ("3/3/2021 4/4/2021", "any order", "day and month are the same number in every date"),
    ],
)
def test_dates_that_need_no_order_are_called_what_they_are(
    tmp_path: Path, dates: str, value: str, evidence: str
) -> None:
    got = import_text(tmp_path, HEADER + "".join(f"1,{each},5\n" for each in dates.split()))
    found = got.inspection.detected["date_order"]
    assert (found.value, found.evidence) == (value, evidence)
    assert got.ledger["understood"]["date_order"] == value
    assert got.ledger["rows"]["kept"] == 2


FORMATS = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y", "ymd": "%Y{0}%m{0}%d"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.dates(date(1990, 1, 1), date(2024, 12, 31)), min_size=1, max_size=12),
    order=st.sampled_from(sorted(FORMATS)),
    mark=st.sampled_from("/-."),
)
def test_dates_come_back_in_whatever_order_they_are_written(
    tmp_path: Path, days: list[date], order: str, mark: str
) -> None:
    # One day beyond the twelfth tells the order; without it, the order is asked.
    days = [date(2020, 5, 31), *days]
    cells = [each.strftime(FORMATS[order].format(mark)) for each in days]
    rows = "".join(f"c{at},{cell},5.5\n" for at, cell in enumerate(cells))
    got = import_text(tmp_path, "customer_id,date,amount\n" + rows)
    assert {row["customer_id"]: row["ordered_at"].date() for row in got.rows} == {
        f"c{at}": day for at, day in enumerate(days)
    }

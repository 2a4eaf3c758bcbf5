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

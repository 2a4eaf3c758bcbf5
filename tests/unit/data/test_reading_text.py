"""Text in every encoding and cut gives the same table, with every row accounted for."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.reading import ImportOptions, inspect_file, stage
from tests.imports import import_text, write

HEADER = "customer_id,date,amount,city\n"
CITIES = ("Orléans", "Köln", "Málaga", "Ålesund", "plain")
TABLE = HEADER + "".join(f"{i},2021-03-{i + 10},{i}.25,{city}\n" for i, city in enumerate(CITIES, 1))


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "iso-8859-1"),
        ("mac_roman", "mac_roman"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_give_the_same_data(
    tmp_path: Path, encoding: str, found: str, newline: str
) -> None:
    got = import_text(tmp_path, TABLE.replace("\n", newline).encode(encoding))
    assert [row["city"] for row in got.rows] == list(CITIES)
    assert got.ledger["amount"]["in"] == "16.25"
    assert got.inspection.detected["encoding"].value == found


def test_windows_signs_are_told_from_iso(tmp_path: Path) -> None:
    got = import_text(
        tmp_path, (HEADER + "1,2021-01-01,5,caf\u00e9 \u2013 \u201cnoir\u201d\n").encode("cp1252")
    )
    assert got.rows[0]["city"] == "caf\u00e9 \u2013 \u201cnoir\u201d"
    assert got.inspection.detected["encoding"].value == "cp1252"


@pytest.mark.parametrize(
    ("encoding", "found", "city"),
    [("cp1251", "cp1251", "Москва и Санкт-Петербург"), ("shift_jis", "cp932", "東京都千代田区")],
)
def test_other_scripts_are_told_where_there_is_enough_text(
    tmp_path: Path, encoding: str, found: str, city: str
) -> None:
    got = import_text(tmp_path, (HEADER + f"1,2021-01-01,5,{city}\n" * 10).encode(encoding))
    assert {row["city"] for row in got.rows} == {city}
    assert got.inspection.detected["encoding"].value == found


def test_a_foreign_byte_far_into_the_file_is_seen(tmp_path: Path) -> None:
    rows = "1,2021-01-01,5,plain\n" * 150_000
    got = inspect_file(write(tmp_path, (HEADER + rows).encode() + b"2,2021-01-01,5,10\xa3 off\n"))
    assert got.detected["encoding"].value == "iso-8859-1"
    assert "'£'" in got.detected["encoding"].evidence


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b"1,2021-01-01,5,x\n" + b"2,2021-01-01,5,a\x81\x8d\x8fb\n",
            "line 3: the byte 0x81 fits no encoding",
        ),
        (
            "1,2021-01-01,5,é\n2,2021-01-01,5,ü\n".encode() + b"3,2021-01-01,5,\xff\n",
            "line 4: the byte 0xFF is not UTF-8",
        ),
    ],
)
def test_bytes_that_nothing_explains_are_refused_with_their_line(
    tmp_path: Path, body: bytes, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        inspect_file(write(tmp_path, HEADER.encode() + body))


@pytest.mark.parametrize("rows", [3, 150_000])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_chosen_encoding_that_does_not_fit_is_told_with_the_line(
    tmp_path: Path, rows: int, encoding: str
) -> None:
    path = write(tmp_path, (HEADER + "1,2021-01-01,5,x\n" * rows).encode() + b"2,2021-01-01,5,\xe9\n")
    with pytest.raises(InputError, match=rf"line {rows + 2:,}: the byte 0xE9 is not {encoding}"):
        stage(inspect_file(path, ImportOptions(encoding=encoding)), tmp_path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told(tmp_path: Path, delimiter: str) -> None:
    got = import_text(tmp_path, TABLE.replace(",", delimiter))
    assert got.inspection.options.delimiter == delimiter
    assert [row["amount"] for row in got.rows] == [pytest.approx(i + 0.25) for i in range(1, 6)]


def test_titles_and_excels_hint_before_the_header(tmp_path: Path) -> None:
    hinted = import_text(tmp_path, "sep=;\n" + TABLE.replace(",", ";"))
    titled = import_text(tmp_path, "Sales of March\n\n" + TABLE)
    assert hinted.rows == titled.rows
    assert len(titled.rows) == 5
    assert [note["text"] for note in titled.ledger["notes"]] == [
        "1 line before the header is a title and no rows."
    ]


def test_blank_lines_before_the_header_are_no_titles(tmp_path: Path) -> None:
    got = import_text(tmp_path, "\n\n" + TABLE)
    assert got.inspection.notes == ()
    assert len(got.rows) == 5
    titled = inspect_file(write(tmp_path, "Sales\n\nMarch\n" + TABLE, "b.csv"))
    assert [note["text"] for note in titled.notes] == ["2 lines before the header are titles and no rows."]


def test_headers_blank_repeated_short_or_missing(tmp_path: Path) -> None:
    got = inspect_file(write(tmp_path, "customer_id,date,amount,x,X,\n1,2021-01-01,5,a,b,c\n"))
    assert got.columns == ("customer_id", "date", "amount", "x", "X_2", "column_6")
    index = inspect_file(write(tmp_path, "customer_id,date,amount\n1,8,2021-01-01,5\n2,9,2021-01-02,6\n"))
    assert index.columns == ("column_1", "customer_id", "date", "amount")
    trailing = inspect_file(write(tmp_path, "customer_id,date,amount\n1,2021-01-01,5,\n2,2021-01-02,6,\n"))
    assert trailing.columns == ("customer_id", "date", "amount", "column_4")
    without = inspect_file(write(tmp_path, "7,2021-01-01,5.5\n7,2021-01-02,6.5\n8,2021-01-02,6.5\n"))
    assert without.columns == ("column_1", "column_2", "column_3")
    assert without.options.header is False
    assert without.mapping == {"ordered_at": "column_2", "amount": "column_3"}
    assert [question.key for question in without.questions] == ["customer_id"]


def test_odd_rows_are_set_aside_with_their_line_and_none_is_lost(tmp_path: Path) -> None:
    text = (
        "customer_id,date,amount,note\n"
        '1,2021-01-01,5,"two\nlines"\n'  # lines 2 and 3
        "2,2021-01-02,6\n"  # 4: a cell is missing
        "3,2021-01-03,7,a,b,c\n"  # 5: two cells too many
        "\n"  # 6: no row
        '4,2021-01-04,8,"x ""y"""\n'  # 7
        ",,,\n"  # 8
        "5,nonsense,9,=1+1\n"  # 9
    )
    got = import_text(tmp_path, text)
    assert [(row["line_no"], row["reason"]) for row in got.rejected] == [
        ("4", "wrong number of cells"),
        ("5", "wrong number of cells"),
        ("8", "empty row"),
        ("9", "date not readable"),
    ]
    assert got.rejected[0]["amount"] == "6"
    assert got.rejected[1]["more cells"] == "b | c"
    assert got.rejected[3]["note"] == "'=1+1"
    assert [row["note"] for row in got.rows] == ["two\nlines", 'x "y"']
    assert got.ledger["rows"] == {"in": 6, "kept": 2, "quarantined": 4}
    assert got.notes()["blank_lines"] == 1


def test_lines_swallowed_by_an_open_quote_are_told_one_by_one(tmp_path: Path) -> None:
    good = "".join(f"{i},2021-01-02,5,x\n" for i in range(20))
    got = import_text(tmp_path, HEADER + good + '1,"2021-01-01,5,y\n2,2021-01-02,6,z\n3,2021-01-02,6,z\n')
    assert got.ledger["rows"] == {"in": 23, "kept": 22, "quarantined": 1}
    assert [row["line_no"] for row in got.rejected] == ["22"]
    assert got.reasons() == {"quote never closed": 1}
    assert sorted(row["city"] for row in got.rows) == [*["x"] * 20, "z", "z"]


NOTED = "customer,date,amount,note\n"


def noted(count: int, bad: dict[int, str], ends: str = "\n") -> str:
    """`count` rows from line 2 on, with other text on the lines of `bad`."""
    rows = (bad.get(line, f"C{line},2024-02-02,1.00,fine {line}") + ends for line in range(2, count + 2))
    return NOTED.replace("\n", ends) + "".join(rows)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("bad", "odd"),
    [
        ({501: 'C1,2024-02-02,1.00,"bad'}, ["501"]),
        ({501: 'C1,2024-02-02,"1.00,bad'}, ["501"]),
        ({1001: 'C1,2024-02-02,1.00,"bad'}, ["1001"]),
        ({998: 'C1,2024-02-02,1.00,"bad'}, ["998"]),
        ({301: 'C1,2024-02-02,1.00,"bad', 901: 'C2,2024-02-02,1.00,"note'}, ["301", "901"]),
        ({301: 'C1,2024-02-02,1.00,"bad', 901: 'C2,2024-02-02,1.00,27"'}, ["301"]),
        ({301: 'C1,"2024-02-02,1.00,bad', 302: 'C2,"2024-02-02",1.00,"x"'}, ["301"]),
        ({301: 'C1,2024-02-02,1.00,"a', 302: 'C1,2024-02-02,1.00,"b'}, ["301", "302"]),
        ({301: 'C1,2024-02-02,1.00,"a', 400: "", 500: "x,y"}, ["301", "500"]),
    ],
    ids=[
        "unclosed",
        "unclosed in a number",
        "last line",
        "near the end",
        "two",
        "inches",
        "next",
        "pair",
        "gaps",
    ],
)
def test_a_stray_quote_swallows_no_rows(
    tmp_path: Path, bad: dict[int, str], odd: list[str], ends: str
) -> None:
    got = import_text(tmp_path, noted(1000, bad, ends))
    blank = sum(not line for line in bad.values())
    assert got.ledger["rows"] == {
        "in": 1000 - blank,
        "kept": 1000 - blank - len(odd),
        "quarantined": len(odd),
    }
    assert sorted(row["line_no"] for row in got.rejected) == odd
    assert {row["reason"] for row in got.rejected if row["line_no"] != "500"} <= {"quote never closed"}
    notes = sorted(row["note"] for row in got.rows if row["note"].startswith("fine"))
    assert notes == sorted(f"fine {line}" for line in range(2, 1002) if line not in bad)
    assert got.notes().get("blank_lines", 0) == blank


HONEST = (
    "12 Main Street, Flat 3\nLondon, UK, N1\nleave it, please, at the door",
    "one\ntwo\nthree\nfour",
    ",,,\n,,,\n,,,\n,,,",
    'she said, "so"\nhe said, "no", twice, again\nand left',
    "a,b,c,d\ne,f,g,h\ni,j,k,l\nm,n,o,p",
    "2024-01-01\n2024-01-02\n2024-01-03\n2024-01-04",
)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("place", [0, 3])
def test_honest_cells_of_several_lines_stay_whole(tmp_path: Path, place: int, ends: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=ends)
    names = ["customer", "date", "amount", "note"]
    table = [[f"C{at}", "2024-02-02", "1.50", "x"] for at in range(30)]
    for at, text in enumerate(HONEST):
        table[3 * at + 2][place] = text
        table[3 * at + 3][place] = text
    writer.writerows([names, *table])
    got = import_text(tmp_path, out.getvalue(), mapping={"customer_id": "customer"})
    assert got.ledger["rows"] == {"in": 30, "kept": 30, "quarantined": 0}
    read = sorted(row["customer_id" if place == 0 else "note"] for row in got.rows)
    assert read == sorted(row[place] for row in table)


def test_an_open_quote_in_the_sample_hides_no_evidence(tmp_path: Path) -> None:
    got = import_text(tmp_path, noted(40, {2: 'C1,2024-02-02,1.00,"bad'}))
    assert got.inspection.detected["date_order"].value == "ymd"
    assert got.ledger["rows"] == {"in": 40, "kept": 39, "quarantined": 1}
    assert len(got.inspection.preview) == 20


def test_texts_that_excel_is_kept_away_from_are_their_values(tmp_path: Path) -> None:
    text = 'customer_id,date,amount,note\n="00123",2024-01-01,1,="x"y"\n"=""00124""",2024-01-02,2,=1+1\n'
    got = import_text(tmp_path, text)
    assert [row["customer_id"] for row in got.rows] == ["00123", "00124"]
    assert [row["note"] for row in got.rows] == ['="x"y"', "=1+1"]
    assert got.ledger["rows"] == {"in": 2, "kept": 2, "quarantined": 0}
    assert [note["text"] for note in got.inspection.notes] == [
        'Cells such as ="00123", written so that Excel leaves them alone, are read as 00123.'
    ]
    assert got.inspection.preview[0][0] == "00123"


EASTERN = [
    ("cp1250", "Dvořák Řehoř", "cp1250"),
    ("iso8859-2", "Łódź Śląsk", "iso8859-2"),
    ("cp1250", "Łódź Śląsk", "cp1250"),
    ("cp1250", "Iaşi Brăila", "cp1250"),
    ("cp1254", "Müşteri Beşiktaş Çağrı", "cp1254"),
    ("cp1251", "Клиент Дата", "cp1251"),
    ("koi8-r", "Клиент Дата", "koi8-r"),
    ("cp866", "Клиент Дата", "cp866"),
    ("cp1253", "Πελάτης Ημερομηνία", "cp1253"),
    ("iso8859-15", "5€ Müller", "iso-8859-15"),
    ("iso8859-15", "5€", "iso-8859-15"),
    ("cp1252", "España Nuñez", "iso-8859-1"),
    ("cp1252", "São Irmã Ações", "iso-8859-1"),
    ("cp1252", "Crème brûlée", "iso-8859-1"),
    ("cp1252", "Ålesund Bjørn Malmö", "iso-8859-1"),
    ("cp1252", "Müller Orléans Málaga Bjørn São", "iso-8859-1"),
    ("cp1252", "£5 3m² Nº ¿Qué?", "iso-8859-1"),
    ("cp1252", "Þór Guðrún", "iso-8859-1"),
]


@pytest.mark.parametrize(("encoding", "words", "found"), EASTERN)
def test_short_files_are_read_as_the_words_they_are(
    tmp_path: Path, encoding: str, words: str, found: str
) -> None:
    got = import_text(tmp_path, (HEADER + f"1,2021-01-01,5,{words}\n").encode(encoding))
    assert (got.rows[0]["city"], got.inspection.detected["encoding"].value) == (words, found)
    assert got.inspection.questions == ()


def test_a_foreign_header_is_enough(tmp_path: Path) -> None:
    text = "Клиент;Дата;Сумма\n" + "".join(f"K{at};{at + 1:02d}.05.2023;{at},00\n" for at in range(20))
    got = inspect_file(write(tmp_path, text.encode("cp1251")))
    assert got.columns == ("Клиент", "Дата", "Сумма")


def test_hungarian_or_estonian_is_asked(tmp_path: Path) -> None:
    content = (HEADER + "1,2021-01-01,5,Győr\n").encode("cp1250")
    inspection = inspect_file(write(tmp_path, content))
    (question,) = inspection.questions
    assert question.key == "encoding"
    assert question.choices == (("cp1250", "Windows-1250: 'Győr'"), ("iso-8859-1", "ISO-8859-1: 'Gyõr'"))
    assert inspection.detected["encoding"].confidence == 0.5
    assert import_text(tmp_path, content, encoding="cp1250").rows[0]["city"] == "Győr"


def test_an_open_quote_in_a_large_file_is_refused_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + '1,"2021-01-01,5,y\n' + "2,2021-01-02,6,z\n" * 600_000)
    with pytest.raises(InputError, match="after line 1 a quote is never closed"):
        stage(inspect_file(path), tmp_path)


def test_odd_rows_in_every_block_keep_their_line_numbers(tmp_path: Path) -> None:
    rows = [f"{i},2021-01-01,5,{'long text ' * 8}" if i % 5000 else f"{i},odd" for i in range(2, 150_002)]
    got = import_text(tmp_path, HEADER + "\n".join(rows) + "\n", load=True)
    assert [row["line_no"] for row in got.rejected] == [str(i) for i in range(5000, 150_002, 5000)]
    assert [row["customer_id"] for row in got.rejected] == [row["line_no"] for row in got.rejected]
    assert got.ledger["rows"] == {"in": 150_000, "kept": 149_970, "quarantined": 30}


_CELL = st.text(st.sampled_from('ab1é,;"\n =-'), max_size=6)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(st.lists(_CELL, min_size=1, max_size=5), min_size=1, max_size=12))
def test_every_row_that_pythons_reader_sees_is_kept_or_set_aside(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    good = [["1", "2021-01-01", "5", "x"]] * 13
    out = io.StringIO()
    # Quoted throughout, so that a row of one empty cell is no blank line.
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["customer_id", "date", "amount", "note"], *good, *rows])
    got = import_text(tmp_path, out.getvalue(), delimiter=",", header=True)
    ledger = got.ledger["rows"]
    assert ledger["in"] == len(rows) + 13
    assert ledger["in"] == ledger["kept"] + ledger["quarantined"]
    assert len(got.rejected) == ledger["quarantined"]
    assert len(got.rows) == ledger["kept"]
    assert got.rows[0]["note"] == "x"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_cdnow_widths_are_recognised_by_content(tmp_path: Path, newline: str) -> None:
    lines = [" 00001 19970101  1   11.77", " 00002 19970112  1   12.00", " 00002 19970112  5   77.00"] * 5
    got = import_text(tmp_path, newline.join([*lines, "", " a stray line", *lines]) + newline, "x.csv")
    assert got.inspection.layout == "CDNOW"
    assert got.inspection.currency == "USD"
    assert got.ledger["rows"] == {"in": 31, "kept": 30, "quarantined": 1}
    assert got.ledger["amount"]["kept"] == "1007.70"
    assert [(row["line_no"], row["customer_id"]) for row in got.rejected] == [("17", " a stray line")]
    assert got.rows[0]["customer_id"] == "00001"
    assert got.rows[0]["quantity"] == 1.0


def test_the_cdnow_sample_has_one_more_column(tmp_path: Path) -> None:
    got = import_text(tmp_path, " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n")
    assert got.inspection.layout == "CDNOW 1/10 sample"
    assert [row["customer_id"] for row in got.rows] == ["00004", "00004"]
    assert [row["sample_id"] for row in got.rows] == ["0001", "0001"]


WHO = {"mapping": {"customer_id": "K\u00fcndennummer"}}


def test_windows_signs_and_letters_are_not_taken_for_mac_roman(tmp_path: Path) -> None:
    for prefix in ("C", "", "kunde"):
        rows = "".join(f"{prefix}{i}\u20ac\u00e9,2021-01-01,5\n" for i in range(90))
        got = import_text(tmp_path, ("K\u00fcndennummer,date,amount\n" + rows).encode("cp1252"), **WHO)
        assert got.inspection.detected["encoding"].value == "cp1252"
        assert got.inspection.columns[0] == "K\u00fcndennummer"
        assert {row["customer_id"][-2:] for row in got.rows} == {"\u20ac\u00e9"}


@pytest.mark.parametrize(
    ("city", "encoding", "found"),
    [
        ("it\u2019s", "cp1252", "cp1252"),
        ("C\u00f4te d\u2019Ivoire", "cp1252", "cp1252"),
        ("K\u00f6ln", "cp1252", "iso-8859-1"),
        ("Mon\u2013Fri", "cp1252", "cp1252"),
        ("\u20ac5", "cp1252", "cp1252"),
        ("Orl\u00e9ans", "mac_roman", "mac_roman"),
        ("S\u00e3o Paulo", "mac_roman", "mac_roman"),
        ("Stra\u00dfe", "mac_roman", "mac_roman"),
    ],
)
def test_windows_and_mac_are_told_apart_by_a_single_word(
    tmp_path: Path, city: str, encoding: str, found: str
) -> None:
    got = import_text(tmp_path, (HEADER + f"1,2021-01-01,5,{city}\n").encode(encoding))
    assert (got.inspection.detected["encoding"].value, got.rows[0]["city"]) == (found, city)


@pytest.mark.parametrize(
    ("windows", "mac"),
    [("K\u0161ln", "K\u00f6ln"), ("Espa\u2013a", "Espa\u00f1a"), ("Garc\u2019a", "Garc\u00eda")],
)
def test_a_close_call_between_encodings_is_asked(tmp_path: Path, windows: str, mac: str) -> None:
    content = (HEADER + f"1,2021-01-01,5,\u00a35\n2,2021-01-02,6,{mac}\n").encode("mac_roman")
    inspection = inspect_file(write(tmp_path, content.replace(b"\xa35", b"five")))
    (question,) = inspection.questions
    assert question.key == "encoding"
    assert question.choices == (
        ("cp1252", f"Windows-1252: '{windows}'"),
        ("mac_roman", f"Mac Roman: '{mac}'"),
    )
    assert question.option == "--encoding {value}"
    assert question.text == (
        f"The encoding of orders.csv may be Windows-1252: '{windows}' or Mac Roman: '{mac}'; "
        "nothing was imported. Choose the one that reads right."
    )
    for encoding, city in (("cp1252", windows), ("mac_roman", mac)):
        got = import_text(tmp_path, content, encoding=encoding)
        assert got.rows[1]["city"] == city
        assert got.ledger["understood"]["encoding"] == encoding

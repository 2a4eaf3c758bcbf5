"""What leaves the product opens in a spreadsheet, runs nothing there and loses nothing."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.exports import BOM, csv_chunks, write_frame_csv, write_xlsx

TEXTS = ["plain", "00123", "12345678901234567", "NA", "null", "1e5", 'say "hi"', "a,b", "line\nbreak", "é£"]
RISKY = ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "=cmd|' /C calc'!A0"]


def batches(texts: list[str]) -> list[pa.RecordBatch]:
    numbers = [float(place) - 1 for place in range(len(texts))]
    table = pa.table({"customer_id": pa.array(texts, pa.string()), "amount": numbers})
    return table.to_batches(max_chunksize=3)


def test_csv_has_a_bom_one_header_and_ids_as_written() -> None:
    content = b"".join(csv_chunks(batches(TEXTS)))
    assert content.startswith(BOM)
    assert content.count(b"customer_id") == 1
    read = pd.read_csv(io.BytesIO(content), dtype={"customer_id": str}, keep_default_na=False)
    assert list(read["customer_id"]) == TEXTS
    assert list(read["amount"]) == [float(place) - 1 for place in range(len(TEXTS))]


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")), min_size=1))
def test_no_text_cell_begins_a_formula(texts: list[str]) -> None:
    content = b"".join(csv_chunks(batches([*texts, *RISKY])))
    frame = pd.read_csv(
        io.BytesIO(content), dtype={"customer_id": str}, keep_default_na=False, lineterminator="\n"
    )
    assert not frame["customer_id"].str.match(r"^[=+\-@\t\r]").any()


def test_numbers_stay_numbers_even_when_negative() -> None:
    lines = b"".join(csv_chunks(batches(["a"]))).decode("utf-8-sig").splitlines()
    assert lines[1].endswith(",-1")


def test_xlsx_keeps_text_as_text_and_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    texts = [*TEXTS, *RISKY]
    write_xlsx(batches(texts), path, "Segment", len(texts))
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[0].value.replace("_x000D_", "\r") for row in rows] == texts
    assert {row[0].data_type for row in rows} == {"s"}
    assert [row[1].value for row in rows] == [float(place) - 1 for place in range(len(texts))]
    assert sheet.freeze_panes == "A2"


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1,048,575 rows"):
        write_xlsx([], tmp_path / "list.xlsx", "Segment", 1_048_576)
    assert not (tmp_path / "list.xlsx").exists()


def test_result_files_are_the_same_bytes_for_the_same_values(tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer_id": ["007", "=1"], "pred_prob": [0.1 + 0.2, -0.0], "gap": [None, 2.5]})
    for name in ("one.csv", "two.csv"):
        write_frame_csv(frame, tmp_path / name, {"pred_prob": 3})
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one.csv").read_text() == "customer_id,pred_prob,gap\n007,0.300,\n'=1,0.000,2.5\n"

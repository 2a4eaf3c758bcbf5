"""The first rows of a file, as an import would understand them."""

from __future__ import annotations

from pathlib import Path

from data.preview import PreviewCell, preview_rows
from data.reading import ImportOptions, inspect_file

AMBIGUOUS = 'customer_id,date,amount\na,01/02/2021,"1,250"\nb,03/04/2021,"2,500"\n'


def preview(path: Path, options: ImportOptions | None = None) -> list[list[tuple[str, bool]]]:
    return [[(cell.text, cell.readable) for cell in row] for row in preview_rows(inspect_file(path, options))]


def test_dates_and_numbers_are_shown_as_the_options_read_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(AMBIGUOUS)
    day_first = ImportOptions(date_order="dmy", decimal=".")
    assert preview(path, day_first)[0] == [("a", True), ("1 Feb 2021", True), ("1,250.00", True)]
    month_first = ImportOptions(date_order="mdy", decimal=",")
    assert preview(path, month_first)[0] == [("a", True), ("2 Jan 2021", True), ("1.25", True)]


def test_what_is_not_decided_is_shown_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(AMBIGUOUS)
    assert preview(path)[1] == [("b", True), ("03/04/2021", True), ("2,500", True)]


def test_a_cell_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"c{day},2021-01-{day:02d},{day}.5\n" for day in range(1, 20))
    path.write_text("customer_id,date,amount\n" + good + "z,soon,\n")
    last = preview_rows(inspect_file(path))[-1]
    assert last == [PreviewCell("z", "z"), PreviewCell("soon", "soon", False), PreviewCell("", "")]


def test_a_time_of_day_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("customer_id,date,amount\na,2021-03-04 08:26,5\nb,2021-03-05,6\n")
    assert [row[1].text for row in preview_rows(inspect_file(path))] == ["4 Mar 2021, 08:26", "5 Mar 2021"]

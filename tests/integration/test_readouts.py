"""Results of campaigns are read from files of any layout, and every row is accounted for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import InputError, QuestionError
from data.reading import ImportOptions
from data.store import Store
from jobs import readouts
from jobs.readout_columns import Roles
from jobs.workplace import Workplace
from models.campaign.params import CampaignParams
from settings import Settings

FREE = CampaignParams(discount=0.0, contact_cost=0.0, fixed_cost=0.0, margin=0.5)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    home = tmp_path / "home"
    return Workplace(Store(home), Settings(home=home), home / "tmp" / "work")


def silent(_share: float, _text: str) -> None:
    pass


def read(place: Workplace, path: Path, roles: Roles | None = None, **more: Any) -> readouts.Readout:
    options = more.pop("options", ImportOptions())
    return readouts.read_file(
        place, path, path.name, options, roles or Roles(), params=FREE, report=silent, **more
    )


def small(path: Path) -> Path:
    """Four arms' worth of trouble: of ten rows six can be used, of five customers."""
    path.write_text(
        "id,arm,spend,converted\n"
        "1,treat,10.00,yes\n"
        "1,Treat,5.00,yes\n"  # the same customer again, the arm written otherwise
        "2,treat,,\n"  # no amount: nothing spent
        "3,control,4.00,1\n"
        "4,control,0,0\n"
        "5,control,NA,no\n"
        "6,treat,ten,yes\n"  # not an amount
        "7,,3.00,yes\n"  # no arm
        "8,treat,1.00,yes\n8,control,1.00,yes\n"  # in both
    )
    return path


def test_every_row_is_used_or_left_out_with_its_reason(place: Workplace, tmp_path: Path) -> None:
    found = read(place, small(tmp_path / "result.csv"))
    account = found.result["account"]
    assert {each["reason"]: each["rows"] for each in account["left_out"]} == {
        "two_arms": 2,
        "arm": 1,
        "spend": 1,
    }
    left = sum(each["rows"] for each in account["left_out"])
    assert (account["rows_in"], account["rows_used"], left) == (10, 6, 4)
    assert (account["customers"], account["no_amount"]) == (5, 2)
    frame = found.outcomes.set_index("customer_id")
    assert frame["spend"].to_dict() == {"1": 15.0, "2": 0.0, "3": 4.0, "4": 0.0, "5": 0.0}
    assert frame["converted"].to_dict() == {"1": 1, "2": 0, "3": 1, "4": 0, "5": 0}
    compared = found.result["read"]["comparisons"][0]
    assert compared["spend"]["treated"] == 7.5
    assert compared["spend"]["control"] == pytest.approx(4 / 3)
    assert found.result["control"] == "control"
    notes = " ".join(found.result["notes"])
    assert "2 rows without an amount: counted as nothing spent." in notes
    assert "6 rows of 5 customers" in notes


def rows(count: int, mark: str = ".") -> list[list[str]]:
    return [[str(at), "größer" if at % 2 else "holdout", f"{at % 7}{mark}50"] for at in range(count)]


@pytest.mark.parametrize("layout", ["csv", "semicolon", "latin1", "gz", "xlsx", "parquet"])
def test_the_same_result_in_any_layout_reads_the_same(place: Workplace, tmp_path: Path, layout: str) -> None:
    head = ["customer", "arm", "Umsatz"]
    path = tmp_path / f"result.{layout}"
    if layout == "parquet":
        columns = list(zip(*rows(40), strict=True))
        table = {head[0]: columns[0], head[1]: columns[1], head[2]: [float(text) for text in columns[2]]}
        pq.write_table(pa.table({name: list(values) for name, values in table.items()}), path)
    elif layout == "xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, head)
            for at, (customer, arm, spend) in enumerate(rows(40), 1):
                sheet.write_row(at, 0, [customer, arm, float(spend)])
    else:
        mark, comma = (",", ";") if layout in ("semicolon", "latin1") else (".", ",")
        text = "\r\n".join(comma.join(row) for row in [head, *rows(40, mark)])
        content = text.encode("latin-1" if layout == "latin1" else "utf-8")
        path.write_bytes(gzip.compress(content) if layout == "gz" else content)
    roles = Roles(arm="arm", spend="Umsatz", customer_id="customer")
    found = read(place, path, roles, control="HOLDOUT")
    assert found.result["read"]["arms"] == ["größer"]
    spend = found.result["read"]["comparisons"][0]["spend"]
    assert spend["treated"] == pytest.approx(sum(at % 7 + 0.5 for at in range(1, 40, 2)) / 20)
    assert spend["control"] == pytest.approx(sum(at % 7 + 0.5 for at in range(0, 40, 2)) / 20)


def test_an_open_decimal_mark_is_asked_and_the_answer_taken(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    lines = [f"{'treat' if at % 2 else 'control'};1.{at:03d}" for at in range(100, 140)]
    path.write_text("\n".join(["arm;spend", *lines]))
    with pytest.raises(QuestionError) as raised:
        read(place, path)
    (asked,) = raised.value.questions
    assert asked.key == "decimal"
    assert "nothing was imported" not in asked.text
    thousands = read(place, path, options=ImportOptions(decimal=","))
    assert thousands.outcomes["spend"].min() == 1100.0
    fractions = read(place, path, options=ImportOptions(decimal="."))
    assert fractions.outcomes["spend"].max() == 1.139


def test_what_is_not_clear_is_asked(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text("colour,size\n" + "\n".join(f"{'red' if at % 2 else 'blue'},{at}" for at in range(40)))
    with pytest.raises(QuestionError) as raised:
        read(place, path)
    assert [each.key for each in raised.value.questions] == ["arm", "spend"]
    with pytest.raises(QuestionError) as raised:
        read(place, path, Roles(arm="colour", spend="size"))
    assert [value for value, _ in raised.value.questions[0].choices] == ["blue", "red"]
    assert read(place, path, Roles(arm="colour", spend="size"), control="blue").result["control"] == "blue"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arm,spend\ntreat,1\ntreat,2\n", "All rows of result.csv are in the one arm “treat”"),
        ("arm,spend\ntreat,x\ncontrol,y\n", "no column of numbers"),
        ("arm,spend\ntreat,1\ncontrol,\n\n,2\ncontrol,zz\ncontrol,zy\ncontrol,zx\ntreat,3\ntreat,4\ntreat,5\ntreat,6\ntreat,7\ntreat,8\ntreat,9\ntreat,9\ntreat,9\ntreat,9\ntreat,9\ntreat,9\ntreat,9\ntreat,9\n", "Only one customer"),
        ("arm,spend\n" + "\n".join(f"a{at},{at}" for at in range(30)), "more than 12 different values"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_gets_one_sentence(
    place: Workplace, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "result.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read(
            place,
            path,
            Roles(arm="arm") if "12" in message else None,
            control="control" if "12" not in message else None,
        )


def test_the_planned_share_and_what_amounts_are_change_the_check_and_the_profit(
    place: Workplace, tmp_path: Path
) -> None:
    path = tmp_path / "result.csv"
    path.write_text(
        "arm,spend\n"
        + "".join(f"{'control' if at % 10 else 'treat'},{at % 10 == 0:d}0\n" for at in range(1000))
    )
    assert not read(place, path).result["read"]["sample_ratio"]["ok"]
    fair = read(place, path, held_out=0.9).result["read"]["sample_ratio"]
    assert (fair["ok"], fair["expected"]) == (True, pytest.approx({"control": 900.0, "treat": 100.0}))
    # Everybody treated bought because of it, at a tenth off: 10 paid is 11.11 at list price.
    off = CampaignParams(discount=0.1, contact_cost=0.0, fixed_cost=0.0, margin=0.5)
    options = ImportOptions()
    margins = {
        spend_is: readouts.read_file(
            place, path, path.name, options, Roles(), params=off, spend_is=spend_is
        ).result["read"]["campaign"]["incremental_margin"]
        for spend_is in ("paid", "list")
    }
    assert margins == pytest.approx({"paid": 100 * 0.5 * 10 / 0.9, "list": 100 * 0.5 * 10})


def test_money_given_off_is_taken_from_its_column(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    lines = [f"{'treat' if at % 2 else 'control'},8,{2 if at % 2 else ''}" for at in range(40)]
    path.write_text("\n".join(["arm,spend,discount", *lines[:-1], "treat,8,two"]))
    found = read(place, path)
    assert found.result["roles"]["discount"] == "discount"
    assert found.result["read"]["discounts_known"]
    money = found.result["read"]["campaign"]
    assert money["discounts"] == pytest.approx(19 * 2)
    assert "1 row with a discount that cannot be read: counted as none given." in found.result["notes"]
    assert not read(place, path, Roles(discount="")).result["read"]["discounts_known"]


def test_a_published_readout_reads_back_as_it_was(place: Workplace, tmp_path: Path) -> None:
    found = read(place, small(tmp_path / "result.csv"))
    again = read(place, small(tmp_path / "result.csv"))
    assert json.dumps(again.result) == json.dumps(found.result)
    stored = place.store.readout(readouts.publish_readout(place, found, title="Spring"))
    assert (stored.name, stored.result) == ("Spring", found.result)
    assert stored.manifest["customers"] == 5
    assert place.store.readouts()[0].id == stored.id


def test_names_of_arms_are_no_sql_and_no_columns(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    name = "it's \"; DROP TABLE parsed; --"
    path.write_text(
        "arm,spend\n"
        + "\n".join(f'"{name.replace(chr(34), chr(34) * 2)}",{at}\ncontrol,1' for at in range(5))
    )
    found = read(place, path)
    assert found.result["read"]["arms"] == [name]


def test_hillstrom(place: Workplace, real_data: Path) -> None:
    path = next((real_data / "hillstrom").glob("*.csv.gz"))
    seen = readouts.look(place, path, "hillstrom.csv.gz", ImportOptions(), silent)
    assert (seen["roles"]["arm"], seen["roles"]["spend"], seen["control"]) == (
        "segment",
        "spend",
        "No E-Mail",
    )
    found = read(place, path).result
    assert (found["account"]["rows_in"], found["account"]["rows_used"]) == (64_000, 64_000)
    by_arm = {each["arm"]: each["spend"] for each in found["read"]["comparisons"]}
    for arm, difference, low, high in (
        ("Mens E-Mail", 0.770, 0.485, 1.055),
        ("Womens E-Mail", 0.424, 0.169, 0.680),
    ):
        assert by_arm[arm]["difference"] == pytest.approx(difference, abs=5e-4)
        assert by_arm[arm]["low"] == pytest.approx(low, abs=1e-3)
        assert by_arm[arm]["high"] == pytest.approx(high, abs=1e-3)
    assert found["read"]["sample_ratio"]["ok"]

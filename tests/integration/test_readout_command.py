"""Reading the result of a campaign from the command line: the public figures, a saved campaign, bad files."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cli
from data.campaign.plans import save_campaign
from data.sample import write_sample
from data.segments.edits import Edits
from data.store import Store
from jobs.campaigns import CampaignBook
from models.campaign.params import CampaignParams
from tests.command import run

FILE = "hillstrom/Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv.gz"


@pytest.fixture(scope="module")
def hillstrom(lapwing: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is said of the public test with everything named."""
    home = tmp_path_factory.mktemp("readout") / "home"
    done = run(
        lapwing, "readout", real_data / FILE, "--arm", "segment", "--control", "No E-Mail", "--spend", "spend",
        "--converted", "conversion", "--json", home=home,
    )  # fmt: skip
    assert done.code == 0, done.err
    # A file needs no workspace.
    assert not home.exists()
    found: dict[str, Any] = json.loads(done.out, parse_constant=pytest.fail)
    return found


def test_hillstrom_is_as_published(hillstrom: dict[str, Any]) -> None:
    found = {one["arm"]: one for one in hillstrom["read"]["comparisons"]}
    assert set(found) == {"Mens E-Mail", "Womens E-Mail"}
    for arm, figures in (("Mens E-Mail", (0.770, 0.485, 1.055)), ("Womens E-Mail", (0.424, 0.169, 0.680))):
        spend = found[arm]["spend"]
        assert tuple(round(spend[name], 3) for name in ("difference", "low", "high")) == figures
        assert spend["verdict"] == "more"
    assert found["Mens E-Mail"]["customers"] == 21_307
    assert found["Mens E-Mail"]["control_customers"] == 21_306
    assert hillstrom["read"]["sample_ratio"]["ok"] is True
    assert hillstrom["account"]["rows_used"] == 64_000


def test_it_is_said_in_words_and_columns_are_found(lapwing: str, real_data: Path, tmp_path: Path) -> None:
    done = run(
        lapwing, "readout", real_data / FILE, "--margin", 0.5, "--contact-cost", 0.05,
        "--fixed-cost", 100, home=tmp_path / "home",
    )  # fmt: skip
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "Mens E-Mail (21,307 customers) against No E-Mail (21,306): it worked"
    assert "  Spend per customer: 1.423 against 0.653, +0.770 (95 %: 0.485 to 1.055)" in lines
    assert "  Spend per customer: 1.077 against 0.653, +0.424 (95 %: 0.169 to 0.680)" in lines
    assert "  Bought: 1.25 % against 0.57 %, +0.681 points (95 %: 0.501 to 0.864 points)" in lines
    assert sum(line.startswith("  Spend capped at its ") for line in lines) == 6
    assert sum(line.startswith("  Corrected by “history” (CUPED): +0.") for line in lines) == 2
    assert (
        "Profit is worked out with a margin of 50 %, a discount of 0 % (redemption 40 %), 0.05 a contact and a"
        " fixed cost of 100." in lines
    )
    assert any(
        line.startswith("Sizes of the arms: fine (chi-square test of equal shares, p = 0.9") for line in lines
    )
    # 21,307 x .7698 x .5 - 21,307 x .05, less half of the fixed cost by customers.
    profits = [line for line in lines if line.startswith("  Net profit: +")]
    assert len(profits) == 3
    number = float(re.sub(r"[^\d]", "", profits[0].split("(")[0]))
    assert number == pytest.approx(21_307 * (0.7698 * 0.5 - 0.05) - 100 * 21_307 / 42_694, abs=3)


@pytest.fixture(scope="module")
def test_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small test whose arms and amounts have names of their own."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "Kunde": [f"k{place:04}" for place in range(600)],
            "Zelle": rng.permutation(["A"] * 300 + ["B"] * 300),
            "Wert": np.round(rng.gamma(0.5, 40.0, 600) * (rng.random(600) < 0.4), 2),
        }
    )
    frame.loc[frame["Zelle"] == "A", "Wert"] += 3.0
    path = tmp_path_factory.mktemp("files") / "test.csv"
    frame.to_csv(path, index=False)
    return path


def command(*arguments: object, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["lapwing", "readout", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_columns_of_any_name_give_the_difference_by_hand(
    test_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(test_file)
    asked = ("--arm", "Zelle", "--spend", "Wert", "--customer", "Kunde", "--json")
    assert command(test_file, *asked, "--control", "B", monkeypatch=monkeypatch) == 0
    (one,) = json.loads(capsys.readouterr().out)["read"]["comparisons"]
    means = frame.groupby("Zelle")["Wert"].mean()
    assert one["spend"]["difference"] == pytest.approx(means["A"] - means["B"])
    assert one["customers"] == 300
    # The other way round it is the opposite.
    assert command(test_file, *asked, "--control", "A", monkeypatch=monkeypatch) == 0
    (other,) = json.loads(capsys.readouterr().out)["read"]["comparisons"]
    assert other["spend"]["difference"] == pytest.approx(means["B"] - means["A"])


def test_what_is_open_is_asked(
    test_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        command(test_file, "--arm", "Zelle", "--spend", "Wert", monkeypatch=monkeypatch) == cli.EXIT_QUESTIONS
    )
    said = capsys.readouterr().err
    assert "--control A" in said
    assert "--control B" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Give the FILE with the result, or --campaign with the id of a saved campaign."),
        (("nowhere.csv",), "There is no file nowhere.csv."),
        (("FILE", "--arm", "Zelle", "--control", "C", "--spend", "Wert"), "There is no arm “C”"),
        (("FILE", "--arm", "Nirgends", "--spend", "Wert"), "Nirgends"),
        (
            ("FILE", "--arm", "Zelle", "--spend", "Wert", "--margin", "2"),
            "Margin must be between 0 % and 100 %",
        ),
        (("--campaign", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_used_gets_one_line(
    options: tuple[str, ...],
    said: str,
    test_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [test_file if each == "FILE" else each for each in options]
    assert command(*arguments, monkeypatch=monkeypatch) == cli.EXIT_UNUSABLE
    shown = capsys.readouterr()
    lines = [line for line in shown.err.splitlines() if line.startswith("lapwing: ")]
    assert shown.out == ""
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in shown.err


def test_a_saved_campaign_is_read_from_the_orders_since(
    lapwing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sample(tmp_path / "all.csv", 300, 5)
    lines = pd.read_csv(tmp_path / "all.csv", dtype=str)
    days = pd.to_datetime(lines["ordered_at"])
    split = days.max().normalize() - pd.Timedelta(days=45)
    lines[days < split].to_csv(tmp_path / "shop.csv", index=False)
    lines[days >= split].to_csv(tmp_path / "later.csv", index=False)
    home = tmp_path / "home"
    first = json.loads(run(lapwing, "import", tmp_path / "shop.csv", "--json", home=home).out)["dataset_id"]
    assert run(lapwing, "analyse", "--models", "logistic", "--no-tune", home=home).code == 0
    store = Store(home)
    analysis = store.latest_analysis()
    assert analysis is not None
    book = CampaignBook(store, Edits(home), analysis)
    params = CampaignParams(contacted=120, horizon_days=30, margin=0.5, fixed_cost=7.0, holdout=0.4)
    today = dt.date.fromisoformat(analysis.manifest["last_date"])
    saved = save_campaign(store, book, "everybody", params, "Autumn", today)
    book.close()
    assert run(lapwing, "import", tmp_path / "later.csv", "--append", first, home=home).code == 0

    monkeypatch.setenv("LAPWING_HOME", str(home))
    assert command("--campaign", saved, "--json", monkeypatch=monkeypatch) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    (one,) = found["read"]["comparisons"]
    assert (one["arm"], found["control"]) == ("treat", "holdout")
    assert (one["customers"], one["control_customers"]) == (72, 48)
    # What it cost is what was planned, unless told otherwise.
    assert found["read"]["costs"]["margin"] == 0.5
    assert found["read"]["costs"]["fixed_cost"] == 7.0
    people = pd.read_parquet(store.campaign(saved).customers)
    start = pd.Timestamp(today)
    after = lines[(days.dt.normalize() > start) & (days.dt.normalize() <= start + pd.Timedelta(days=30))]
    buyers = people[people["customer_id"].isin(set(after["customer_id"]))]
    assert 0 < one["converted"] <= buyers["arm"].eq("treat").sum()
    assert command("--campaign", saved, "--margin", "0.2", "--json", monkeypatch=monkeypatch) == 0
    told = json.loads(capsys.readouterr().out)["read"]
    assert told["costs"]["margin"] == 0.2
    assert told["comparisons"][0]["spend"] == one["spend"]

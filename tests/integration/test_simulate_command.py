"""Would a campaign make money? The answer of the command line is that of the models, in figures and in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cli
from data.sample import write_sample
from data.segments.edits import Edits
from data.store import Store
from jobs.campaigns import CampaignBook
from jobs.segment_sources import source_of_analysis
from jobs.segmenting import segment_and_publish
from jobs.workplace import Workplace
from models import roi
from models.campaign.arms import arms
from models.campaign.by_segment import COLUMNS
from models.campaign.params import CampaignParams
from models.segmentation.params import SegmentParams
from settings import Settings
from tests.command import Done, run

OPTIONS = (
    "--contacted", 60, "--discount", 0.1, "--margin", 0.45, "--uplift", 0.3, "--uplift-range", 0.2, "--redemption", 0.5,
    "--contact-cost", 0.25, "--fixed-cost", 20, "--budget", 100, "--horizon", 60, "--forecast-error", 0.2, "--seed", 7,
)  # fmt: skip
PARAMS = CampaignParams(
    contacted=60,
    discount=0.1,
    margin=0.45,
    uplift=0.3,
    uplift_range=0.2,
    redemption=0.5,
    contact_cost=0.25,
    fixed_cost=20.0,
    budget=100.0,
    horizon_days=60,
    forecast_error=0.2,
    seed=7,
)


@pytest.fixture(scope="module")
def home(lapwing: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one analysis of a small made-up shop."""
    folder = tmp_path_factory.mktemp("simulate")
    write_sample(folder / "shop.csv", 400, 5)
    assert run(lapwing, "import", folder / "shop.csv", home=folder / "home").code == 0
    done = run(lapwing, "analyse", "--models", "logistic", "--no-tune", home=folder / "home")
    assert done.code == 0, done.err
    return folder / "home"


@pytest.fixture(scope="module")
def book(home: Path) -> CampaignBook:
    store = Store(home)
    found = store.latest_analysis()
    assert found is not None
    settings = Settings()
    # As the command opens it: the engine opens a file in one way only at a time.
    return CampaignBook(store, Edits(home), found, settings.threads, settings.memory_mb)


def simulate(lapwing: str, home: Path, *options: object) -> Done:
    done = run(lapwing, "simulate", *options, home=home)
    assert done.code == 0, done.err
    return done


def told(lapwing: str, home: Path, *options: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        simulate(lapwing, home, *options, "--json").out, parse_constant=pytest.fail
    )
    return found


def test_the_answer_is_that_of_the_models(lapwing: str, home: Path, book: CampaignBook) -> None:
    found = told(lapwing, home, "--audience", "everybody", *OPTIONS)
    expected = roi.answer(book.customers, PARAMS)
    assert found["params"] == PARAMS.to_dict()
    assert found["audience"]["customers"] == len(book.customers)
    assert found["audience"]["contacted"] == 60
    assert found["financials"] == expected.financials.to_dict()
    assert found["range"] == {
        "low": expected.low,
        "high": expected.high,
        "roi_low": expected.roi_low,
        "roi_high": expected.roi_high,
        "mean": float(expected.draws.mean()),
        "probability_of_profit": expected.probability_of_profit,
        "draws": 2000,
    }
    assert found["break_even_uplift"] == expected.break_even
    assert found["margin_lower"] == expected.margin_lower.to_dict()
    assert found["within_budget"] == expected.within_budget
    depth = book.depth("everybody", PARAMS)
    assert (found["depth"]["best"], found["depth"]["everybody"]) == (depth.best, depth.everybody)
    assert found["depth"]["curve"]["depths"][0] == 0
    assert found["depth"]["curve"]["depths"][-1] == len(book.customers)
    assert [one["scenario"] for one in found["scenarios"]] == ["pessimistic", "expected", "optimistic"]
    assert found["scenarios"][1]["net_profit"] == pytest.approx(expected.financials.net_profit)
    assert {one["key"] for one in found["drivers"]} == {
        "uplift", "level", "redemption", "margin", "discount", "contact_cost", "fixed_cost",
    }  # fmt: skip


def test_the_segments_add_up_to_everybody(lapwing: str, home: Path) -> None:
    everybody = told(lapwing, home, "--audience", "everybody", "--contacted", 10**6, "--fixed-cost", 90)
    for place, scenario in enumerate(("pessimistic", "expected", "optimistic")):
        rows = [row for row in everybody["by_segment"] if row["scenario"] == scenario]
        for name in ("customers", "net_profit", "total_cost", "incremental_orders", "discounts"):
            whole = everybody["scenarios"][place][name]
            assert sum(row[name] for row in rows) == pytest.approx(whole, abs=1e-6), (scenario, name)
    expected = [row["net_profit"] for row in everybody["by_segment"] if row["scenario"] == "expected"]
    assert expected == sorted(expected, reverse=True)
    assert any("nobody else can be contacted" in text for text in everybody["cautions"])


def test_the_answer_in_words(lapwing: str, home: Path) -> None:
    lines = simulate(lapwing, home, "--audience", "at_risk", *OPTIONS).out.splitlines()
    found = told(lapwing, home, "--audience", "at_risk", *OPTIONS)
    assert lines[0] == "If we give 10 % off to 60 at-risk customers, do we make money?"
    assert lines[1].startswith(f"{found['verdict']}: expected net profit ")
    assert "80 % range" in lines[1]
    text = "\n".join(lines)
    for start in (
        "  Probability of profit: ",
        "  Break-even uplift: +",
        "  Cost per incremental order: ",
        "  Best depth: ",
        "  The budget of ",
        "  Pessimistic (uplift +10 %): ",
        "  Optimistic (uplift +50 %): ",
        "  Expected uplift (+10 % to +50 %): ",
        "By segment, ",
        "Caution: Propensity is not uplift: ",
    ):
        assert f"\n{start}" in text, start
    for row in found["by_segment"]:
        assert f"  {row['segment']} ({row['customers']:,}): " in text


def test_what_is_not_told_is_as_the_analysis_has_it(lapwing: str, home: Path, book: CampaignBook) -> None:
    found = told(lapwing, home)
    assert found["params"] == book.start.to_dict()
    assert found["analysis_id"] == book.analysis.id
    assert found["audience"]["audience"] == "at_risk"
    named = told(lapwing, home, book.analysis.id)
    assert named == found


def test_the_list_has_the_contacted_and_arms_that_do_not_depend_on_their_order(
    lapwing: str, home: Path, book: CampaignBook, tmp_path: Path
) -> None:
    plain, held = tmp_path / "plain.csv", tmp_path / "held.csv"
    simulate(lapwing, home, "--audience", "everybody", *OPTIONS, "--out", plain)
    simulate(lapwing, home, "--audience", "everybody", *OPTIONS, "--holdout", 0.25, "--out", held)
    frame, with_arm = (pd.read_csv(path, dtype={"customer_id": str}) for path in (plain, held))
    assert list(frame.columns) == [
        "customer_id", "rank", "segment", "pred_prob", "pred_spend", "prob_with_offer", "incremental_profit",
    ]  # fmt: skip
    assert frame["rank"].tolist() == list(range(1, 61))
    assert frame["incremental_profit"].is_monotonic_decreasing
    assert frame["incremental_profit"].sum() - 20 == pytest.approx(
        roi.answer(book.customers, PARAMS).financials.net_profit, abs=0.01
    )
    pd.testing.assert_frame_equal(with_arm.drop(columns="arm"), frame)
    assert with_arm["arm"].value_counts().to_dict() == {"treat": 45, "holdout": 15}
    mixed = np.random.default_rng(1).permutation(60)
    again = arms(with_arm["customer_id"].iloc[mixed], 0.25, 7)
    assert (with_arm["arm"].eq("treat").to_numpy()[mixed] == again).all()
    first = held.read_bytes()
    excel = tmp_path / "held.xlsx"
    for path in (held, excel):
        simulate(lapwing, home, "--audience", "everybody", *OPTIONS, "--holdout", 0.25, "--out", path)
    assert held.read_bytes() == first
    assert pd.read_excel(excel, dtype={"customer_id": str})["arm"].tolist() == with_arm["arm"].tolist()


def test_the_segments_as_a_file(lapwing: str, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "segments.csv"
    simulate(lapwing, home, *OPTIONS, "--segments-out", out)
    frame = pd.read_csv(out)
    assert tuple(frame.columns) == COLUMNS
    found = told(lapwing, home, *OPTIONS)["by_segment"]
    assert frame["segment"].tolist() == [row["segment"] for row in found]
    assert frame["net_profit"].tolist() == pytest.approx([row["net_profit"] for row in found], abs=1e-4)
    assert not frame.drop(columns="break_even_uplift").isna().any(axis=None)


def test_a_margin_below_the_discount_is_a_caution_and_a_number(lapwing: str, home: Path) -> None:
    found = told(lapwing, home, "--margin", 0.1, "--discount", 0.3)
    assert found["verdict"] == "No"
    assert found["break_even_uplift"] is None
    assert found["financials"]["net_profit"] < 0
    assert "takes all of the margin" in found["cautions"][0]
    assert found["depth"]["best"] == 0
    words = simulate(lapwing, home, "--margin", 0.1, "--discount", 0.3).out
    assert "Break-even uplift: none is enough" in words
    assert "Best depth: nobody" in words
    assert "nan" not in words.lower().replace("financ", "")


def test_nothing_spent_and_nobody_less_likely(lapwing: str, home: Path) -> None:
    nothing = ("--discount", 0, "--contact-cost", 0, "--fixed-cost", 0)
    free = told(lapwing, home, *nothing, "--uplift", -0.2, "--uplift-range", 0)
    assert free["financials"]["roi"] is None
    assert free["financials"]["cost_per_order"] is None
    assert free["financials"]["incremental_orders"] < 0
    text = simulate(lapwing, home, *nothing, "--uplift", -0.2).out
    assert "with nothing off, do we make money?" in text
    assert "; nothing is spent." in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--contacted", 0), "Nobody is contacted: choose at least one customer."),
        (("--contacted", -5), "Nobody is contacted: choose at least one customer."),
        (("--uplift", 1.5), "Expected uplift must be between -100 % and 100 %, not 150 %."),
        (("--uplift", "nan"), "Expected uplift must be a number, not nan."),
        (("--discount", 0.95), "Discount must be between 0 % and 90 %, not 95 %."),
        (("--margin", 1.2), "Margin must be between 0 % and 100 %, not 120 %."),
        (("--horizon", 3), "Horizon must be between 7 and 365, not 3."),
        (("--holdout", 1), "Holdout must be between 1 % and 90 %, not 100 %."),
        (
            ("--rank", "magic"),
            "Customers are ranked by profit, propensity, spend, clv, churn, rfm, random, not 'magic'.",
        ),
        (("--uplift-unit", "percent"), "The uplift is relative or in points, not 'percent'."),
        (
            ("--audience", "my; DROP TABLE next"),
            "There is no audience 'my; DROP TABLE next': choose at_risk, red, high_value, everybody, a segment"
            " or a saved list.",
        ),
        (("--out", "list.txt"), "The list is written as .csv or .xlsx, not .txt."),
        (("--segments-out", "list.xlsx"), "The segments are written as .csv, not .xlsx."),
    ],
)
def test_what_cannot_be_used_gets_one_line(
    home: Path,
    options: tuple[object, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAPWING_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["lapwing", "simulate", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out, shown.err) == (2, "", f"lapwing: {said}\n")


@pytest.mark.parametrize("audience", ["segment:nowhere:lost", "list:nowhere"])
def test_an_audience_that_is_gone_gets_one_line(lapwing: str, home: Path, audience: str) -> None:
    done = run(lapwing, "simulate", "--audience", audience, "--json", home=home)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "nowhere" in json.loads(done.out)["error"]


def test_an_audience_of_nobody_gets_one_line(lapwing: str, home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "home"
    shutil.copytree(home, mine)
    store = Store(mine)
    analysis = store.latest_analysis()
    assert analysis is not None
    place = Workplace(store, Settings(home=mine), tmp_path)
    source = source_of_analysis(place, analysis, store.dataset(analysis.dataset_id))
    # Everybody bought within 4,000 days: nobody is lost.
    ways = SegmentParams(cuts={"recency_days": [1000.0, 2000.0, 3000.0, 4000.0]})
    before = {each.id for each in store.segmentations()}
    segment_and_publish(place, source, ways, lambda _share, _text: None)
    (made,) = (each for each in store.segmentations() if each.id not in before)
    nobody = run(lapwing, "simulate", "--audience", f"segment:{made.id}:lost", home=mine)
    assert nobody.code == 2
    assert nobody.err.startswith("lapwing: Nobody is in the audience 'Lost' in this analysis: choose another")
    assert nobody.err.count("\n") == 1
    there = next(each for each in made.report["segments"] if each["customers"])
    some = told(lapwing, mine, "--audience", f"segment:{made.id}:{there['key']}")
    assert some["audience"]["customers"] == there["customers"]


def test_without_an_analysis_it_says_what_to_do(lapwing: str, tmp_path: Path) -> None:
    done = run(lapwing, "simulate", home=tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert done.err == "lapwing: The workspace holds no analysis yet: run `lapwing analyse` first.\n"

"""The main job from the command line: files out, exact figures, one clear sentence for bad input."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from data import names
from data.sample import write_sample
from models.campaign.by_segment import COLUMNS as ROI_COLUMNS
from models.segmentation.segmenter import Segmenter
from tests.by_hand import scores_by_hand, segments_by_hand
from tests.command import run

FILES = {
    "ledger.json",
    "rejected.csv",
    "customers.csv",
    "predictions.csv",
    "next_window.csv",
    "importance_spend.csv",
    "importance_prob.csv",
    "segments.csv",
    "roi.csv",
    "metrics.json",
}
SAVED_SEGMENTS = {"segments.json", "clusters.json"}


@pytest.fixture(scope="module")
def cdnow(lapwing: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of the CDNOW master file."""
    folder = tmp_path_factory.mktemp("cdnow")
    done = run(
        lapwing, "run", real_data / "cdnow/CDNOW_master.txt", "--out", folder / "out", home=folder / "home"
    )
    assert done.code == 0, done.err
    return folder / "out"


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, dtype={"customer_id": str})


def test_cdnow_comes_out_exactly(cdnow: Path) -> None:
    assert {path.name for path in cdnow.iterdir() if path.is_file()} == FILES
    ledger = json.loads((cdnow / "ledger.json").read_text())
    assert ledger["rows"] == {"in": 69_659, "kept": 69_659, "quarantined": 0}
    assert ledger["amount"]["in"] == ledger["amount"]["kept"] == "2500315.63"
    predictions = read(cdnow, "predictions.csv")
    assert tuple(predictions.columns) == names.PREDICTION_COLUMNS
    assert len(predictions) == 23_502
    assert round(predictions["actual_flag"].mean(), 4) == 0.1405
    assert round(predictions["actual_spend"].sum(), 2) == 211_934.34
    assert json.loads((cdnow / "metrics.json").read_text())["cutoff"] == "1998-04-01"


def test_cdnow_features_match_the_file_read_by_hand(cdnow: Path, real_data: Path) -> None:
    spent: dict[str, float] = {}
    days: dict[str, set[str]] = {}
    for line in (real_data / "cdnow/CDNOW_master.txt").read_text().split("\n"):
        if line.strip():
            customer, day, _, dollars = line.split()
            if day <= "19980401":
                spent[customer] = spent.get(customer, 0.0) + float(dollars)
                if float(dollars) > 0:
                    days.setdefault(customer, set()).add(day)
    predictions = read(cdnow, "predictions.csv").set_index("customer_id")
    assert set(predictions.index) == set(days)
    for customer in list(days)[::97]:
        row = predictions.loc[customer]
        assert row["frequency"] == len(days[customer])
        assert row["monetary"] == pytest.approx(spent[customer], abs=0.005)
        last = pd.Timestamp(max(days[customer]))
        assert row["recency_days"] == (pd.Timestamp("1998-04-01") - last).days


def test_cdnow_predictions_reach_the_bar_out_of_fold(cdnow: Path) -> None:
    frame = read(cdnow, "predictions.csv")
    assert roc_auc_score(frame["actual_flag"], frame["pred_prob"]) >= 0.835
    assert brier_score_loss(frame["actual_flag"], frame["pred_prob"]) <= 0.0895
    metrics = json.loads((cdnow / "metrics.json").read_text())
    assert metrics["propensity"]["auc"] == pytest.approx(
        roc_auc_score(frame["actual_flag"], frame["pred_prob"]), abs=1e-4
    )
    assert frame["pred_spend"].sum() == pytest.approx(frame["actual_spend"].sum(), rel=0.1)
    assert frame["pred_prob"].between(0, 1).all()
    assert (frame["pred_spend_low"] <= frame["pred_spend"]).all()
    assert (frame["pred_spend"] <= frame["pred_spend_high"]).all()
    assert np.allclose(frame["shortfall"], frame["pred_spend"] - frame["actual_spend"], atol=1e-3)
    inside = frame["actual_spend"].between(frame["pred_spend_low"], frame["pred_spend_high"])
    assert inside.mean() >= 0.8
    assert inside[frame["frequency"] >= 10].mean() >= 0.72


def test_segments_are_those_by_hand_and_sum_up(cdnow: Path) -> None:
    frame, table = read(cdnow, "customers.csv"), pd.read_csv(cdnow / "segments.csv")
    assert frame["segment"].tolist() == segments_by_hand(frame)
    scores = scores_by_hand(frame)
    for score in ("r", "f", "m"):
        assert (frame[f"{score}_score"] == scores[score]).all()
    assert list(table.columns) == [
        "name", "customers", "revenue", "mean_recency_days", "mean_frequency", "mean_monetary", "recommendation",
    ]  # fmt: skip
    assert set(table["name"]) == set(frame["segment"])
    assert table["name"][0] == "Champions"
    for row in table.itertuples():
        own = frame[frame["segment"] == row.name]
        assert row.customers == len(own)
        assert row.revenue == pytest.approx(own["monetary"].sum(), abs=1e-3)
        assert row.mean_recency_days == pytest.approx(own["recency_days"].mean(), abs=1e-4)
        assert row.mean_frequency == pytest.approx(own["frequency"].mean(), abs=1e-4)
        assert row.mean_monetary == pytest.approx(own["monetary"].mean(), abs=1e-4)
        assert len(row.recommendation) > 10
    assert table["customers"].sum() == len(frame)
    assert table["revenue"].sum() == pytest.approx(frame["monetary"].sum(), abs=0.01)
    assert 2 <= frame["cluster"].nunique() <= 10
    # The saved ones give the same again.
    for name, column in (("segments", "segment"), ("clusters", "cluster")):
        saved = Segmenter.from_json((cdnow / f"models/{name}.json").read_bytes())
        assert saved.predict(frame)["segment"].tolist() == frame[column].tolist()


def test_the_default_campaign_by_segment_is_that_of_the_next_window(cdnow: Path) -> None:
    table, score = pd.read_csv(cdnow / "roi.csv"), read(cdnow, "next_window.csv")
    assert tuple(table.columns) == ROI_COLUMNS
    metrics = json.loads((cdnow / "metrics.json").read_text())
    margin, p = metrics["params"]["margin"], score["pred_prob"].to_numpy()
    value = score["pred_spend"].to_numpy() / p
    for scenario, uplift in (("pessimistic", 0.1), ("expected", 0.5), ("optimistic", 0.9)):
        rows = table[table["scenario"] == scenario]
        assert rows["customers"].sum() == len(score) == 23_502
        assert (rows["uplift"] == uplift).all()
        more = np.minimum(1.0, p * (1 + uplift)) - p
        given = 0.15 * value * (0.4 * p + more)
        assert rows["incremental_orders"].sum() == pytest.approx(more.sum(), abs=0.01)
        assert rows["discounts"].sum() == pytest.approx(given.sum(), abs=0.01)
        assert rows["net_profit"].sum() == pytest.approx(
            (more * value * margin - given - 0.10).sum(), abs=0.01
        )
        assert rows["total_cost"].sum() == pytest.approx(given.sum() + 0.10 * len(score), abs=0.01)
    expected = table[table["scenario"] == "expected"]
    assert expected["net_profit"].is_monotonic_decreasing
    assert set(table["segment"]) == set(pd.read_csv(cdnow / "segments.csv")["name"])
    assert table["scenario"].tolist() == ["pessimistic", "expected", "optimistic"] * len(expected)
    assert np.allclose(expected["roi"], expected["net_profit"] / expected["total_cost"], atol=1e-4)


def test_colours_follow_the_rule(cdnow: Path) -> None:
    frame = read(cdnow, "customers.csv")
    threshold = json.loads((cdnow / "metrics.json").read_text())["winback"]["threshold"]
    assert threshold == pytest.approx(frame["actual_spend"].mean() / 2, abs=0.01)
    red = (frame["shortfall"] >= threshold) & (frame["spend_cdf"] <= 0.5)
    blue = (-frame["shortfall"] >= threshold) & (frame["spend_cdf"] >= 0.5)
    expected = np.select([red, blue], ["under", "over"], "as_expected")
    assert (frame["performance"] == expected).all()
    assert {"under", "as_expected", "over"} == set(expected)


def test_the_next_window_scores_every_customer(cdnow: Path) -> None:
    frame = read(cdnow, "next_window.csv")
    assert tuple(frame.columns) == names.NEXT_WINDOW_COLUMNS
    assert len(frame) == 23_502
    assert not frame.isna().any().any()
    assert np.allclose(frame["churn_risk"], 1 - frame["pred_prob"], atol=1e-5)
    assert (frame["clv"] >= frame["pred_spend"] - 1e-6).all()
    assert frame["p_alive"].between(0, 1).all()
    for name in ("importance_prob.csv", "importance_spend.csv"):
        importance = pd.read_csv(cdnow / name)
        assert list(importance.columns) == ["feature", "gain"]
        assert importance["gain"].is_monotonic_decreasing
        assert (importance["gain"] >= 0).all()


def test_online_retail_is_understood_by_itself(lapwing: str, real_data: Path, tmp_path: Path) -> None:
    source = real_data / "online_retail/online_retail_iso-8859-1.csv.gz"
    done = run(lapwing, "run", source, "--out", tmp_path / "out", "--json", home=tmp_path / "home")
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["rows"] == {"in": 541_909, "kept": 406_829, "quarantined": 135_080}
    assert (result["cutoff"], result["last_date"]) == ("2011-09-10", "2011-12-09")
    ledger = json.loads((tmp_path / "out/ledger.json").read_text())
    assert ledger["amount"]["in"] == "9747747.934"
    assert [item["reason"] for item in ledger["reasons"]] == ["no customer id"]
    rejected = pd.read_csv(tmp_path / "out/rejected.csv", dtype=str)
    assert len(rejected) == 135_080
    frame = read(tmp_path / "out", "predictions.csv")
    assert len(frame) == 3_370
    assert roc_auc_score(frame["actual_flag"], frame["pred_prob"]) >= 0.742
    assert brier_score_loss(frame["actual_flag"], frame["pred_prob"]) <= 0.202


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.csv"
    write_sample(path, 400, 5)
    return path


def test_a_second_run_and_shuffled_rows_give_the_same_bytes(
    lapwing: str, small_shop: Path, tmp_path: Path
) -> None:
    header, *lines = small_shop.read_text().splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    shuffled = tmp_path / "shop.csv"
    shuffled.write_text(header + "".join(lines))
    for name, source in (("one", small_shop), ("two", small_shop), ("three", shuffled)):
        done = run(lapwing, "run", source, "--out", tmp_path / name, home=tmp_path / "home")
        assert done.code == 0, done.err
    written = sorted(
        path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()
    )
    assert {str(path) for path in written} > FILES
    for path in written:
        content = (tmp_path / "one" / path).read_bytes()
        assert (tmp_path / "two" / path).read_bytes() == content, path
        if path.name != "ledger.json":  # it names the file's own checksum
            assert (tmp_path / "three" / path).read_bytes() == content, path
    # Fewer models into the same folder: none of the others stays, and nothing else is touched.
    models = tmp_path / "two" / "models"
    (models / "notes.txt").write_text("mine")
    fewer = ("--models", "logistic", "--no-tune")
    assert (
        run(lapwing, "run", small_shop, "--out", tmp_path / "two", *fewer, home=tmp_path / "home").code == 0
    )
    listed = set(json.loads((models / "manifest.json").read_text())["files"])
    assert {path.name for path in models.iterdir()} == listed | SAVED_SEGMENTS | {
        "manifest.json",
        "notes.txt",
    }
    assert "random_forest.txt" not in listed
    assert (tmp_path / "one" / "models" / "random_forest.txt").is_file()


def png(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)


def truncated_gzip(path: Path) -> None:
    whole = gzip.compress(b"customer_id,date,amount\n" + b"1,2025-01-01,5\n" * 20_000)
    path.write_bytes(whole[: len(whole) // 2])


BAD = {
    "empty.csv": lambda path: path.write_bytes(b""),
    "header_only.csv": lambda path: path.write_text("customer_id,date,amount\n"),
    "no_customer.csv": lambda path: path.write_text("day,total\n" + "2025-01-31,5.00\n" * 30),
    "no_dates.csv": lambda path: path.write_text(
        "customer_id,date,amount\n" + "".join(f"c{i},someday soon,5.00\n" for i in range(30))
    ),
    "one_customer.csv": lambda path: path.write_text(
        "customer_id,date,amount\n" + "".join(f"c1,2025-01-{i:02},5.50\n" for i in range(1, 29))
    ),
    "picture.csv": png,
    "cut.csv.gz": truncated_gzip,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_sentence(lapwing: str, tmp_path: Path, name: str) -> None:
    BAD[name](tmp_path / name)
    for command in (("import", tmp_path / name), ("run", tmp_path / name, "--out", tmp_path / "out")):
        done = run(lapwing, *command, home=tmp_path / "home")
        assert done.code == 2, (done.out, done.err)
        said = [line for line in done.err.splitlines() if line.startswith("lapwing: ")]
        assert len(said) == 1
        assert "Traceback" not in done.err
        assert name in said[0] or "column" in said[0], said
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "home/datasets").iterdir()) == []
    assert list((tmp_path / "home/tmp").iterdir()) == []


def test_an_ambiguous_date_order_is_asked(lapwing: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(
        "customer_id,date,amount\n" + "".join(f"c{i},0{i % 9 + 1}/05/2025,5.50\n" for i in range(40))
    )
    done = run(lapwing, "import", path, "--json", home=tmp_path / "home")
    assert done.code == 3, done.err
    questions = json.loads(done.out)["questions"]
    assert [question["key"] for question in questions] == ["date_order"]
    answered = run(lapwing, "import", path, "--date-order", "dmy", "--json", home=tmp_path / "home")
    assert answered.code == 0, answered.err
    assert json.loads(answered.out)["ledger"]["first_date"] == "2025-05-01"


def test_import_analyse_export(lapwing: str, small_shop: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    imported = json.loads(run(lapwing, "import", small_shop, "--json", home=home).out)
    analysed = run(lapwing, "analyse", imported["dataset_id"], "--json", home=home)
    assert analysed.code == 0, analysed.err
    # Said in words too: how good it is, on whom, and what the file cannot tell.
    told = run(lapwing, "analyse", "--models", "logistic,mbg_nbd", "--no-tune", home=home).out.splitlines()
    assert (home / "analyses" / told[0] / "metrics.json").is_file()
    metrics = json.loads((home / "analyses" / told[0] / "metrics.json").read_text())
    assert told[1].startswith(
        f"Who buys: {metrics['propensity']['label']}, AUC {metrics['propensity']['auc']:.3f} ("
    )
    assert told[2].startswith("How much: ")
    assert any(line.startswith("  Cannot answer: Would an offer change what they do?") for line in told)
    out = tmp_path / "red.csv"
    done = run(
        lapwing, "export", "--performance", "under", "--min-propensity", "0.5", "--out", out, home=home
    )
    assert done.code == 0, done.err
    frame = pd.read_csv(out, dtype={"customer_id": str})
    assert set(frame["performance"]) == {"under"}
    assert (frame["pred_prob"] >= 0.5).all()
    assert f"{len(frame):,} customers" in done.err
    excel = tmp_path / "red.xlsx"
    assert (
        run(
            lapwing, "export", "--performance", "under", "--min-propensity", "0.5", "--out", excel, home=home
        ).code
        == 0
    )
    assert list(pd.read_excel(excel, dtype={"customer_id": str})["customer_id"]) == list(frame["customer_id"])

"""Scoring a file with a saved model, from the command line and as a job."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data import names
from data.errors import InputError, QuestionError
from data.sample import write_sample
from data.store import SEGMENTER, Dataset, Store
from jobs import importing, scoring
from jobs.divisions import CLUSTER, SEGMENT, default_segmentations
from jobs.one import score_one
from jobs.workplace import Workplace
from models.segmentation.playbook import play_for
from models.segmentation.segmenter import Segmenter
from settings import Settings
from tests.command import run

SCORES = list(names.NEXT_WINDOW_COLUMNS)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str}, keep_default_na=False)


@dataclass(frozen=True)
class Shop:
    """A shop's file, what `run` made of it, and a workspace with its analysis."""

    file: Path
    out: Path
    home: Path
    dataset_id: str
    analysis_id: str


@pytest.fixture(scope="module")
def shop(lapwing: str, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    file, out, home = folder / "shop.csv", folder / "out", folder / "home"
    write_sample(file, 400, 5)
    quick = ("--no-tune", "--models", "logistic,lightgbm", "--horizon", "60")
    done = run(lapwing, "run", file, "--out", out, *quick, home=home)
    assert done.code == 0, done.err
    imported = json.loads(run(lapwing, "import", file, "--json", home=home).out)
    analysed = run(lapwing, "analyse", imported["dataset_id"], *quick, "--json", home=home)
    assert analysed.code == 0, analysed.err
    return Shop(file, out, home, imported["dataset_id"], json.loads(analysed.out)["analysis_id"])


def test_its_own_data_gets_exactly_the_numbers_of_the_next_window(
    lapwing: str, shop: Shop, tmp_path: Path
) -> None:
    for how in (
        ("--model", shop.out / "models"),
        ("--model", shop.out),
        ("--analysis", shop.analysis_id),
        (),
    ):
        done = run(lapwing, "predict", shop.file, "--out", tmp_path / "scored.csv", *how, home=shop.home)
        assert done.code == 0, done.err
        scored, expected = read(tmp_path / "scored.csv"), read(shop.out / "next_window.csv")
        pd.testing.assert_frame_equal(scored[SCORES], expected[SCORES], check_exact=True, check_dtype=False)
        assert f"{len(expected):,} customers in " in done.err
    assert len(expected) > 300
    assert expected["pred_prob"].nunique() > 100


def test_nothing_else_is_left(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    home = tmp_path / "home"
    out = tmp_path / "results" / "scored.csv"
    assert run(lapwing, "predict", shop.file, "--model", shop.out, "--out", out, home=home).code == 0
    assert [path.name for path in out.parent.iterdir()] == ["scored.csv"]
    assert not home.exists()
    store = Store(shop.home)
    assert [each.id for each in store.datasets()] == [shop.dataset_id]
    assert list((shop.home / "tmp").iterdir()) == []


def test_the_file_says_what_a_person_wants_to_know(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "scored.csv"
    done = run(lapwing, "predict", shop.file, "--out", out, "--json", home=shop.home)
    facts = json.loads(done.out)
    scored = read(out)
    features = read(shop.out / "customers.csv")
    assert list(scored.columns) == [
        "customer_id", "recency_days", "frequency", "monetary", *SCORES[1:], "reason_1", "reason_2", "reason_3",
        "segment", "cluster", "recommendation",
    ]  # fmt: skip
    assert facts["customers"] == len(scored) >= len(features)
    assert facts["expected_buyers"] == pytest.approx(scored["pred_prob"].sum(), abs=1e-3)
    assert facts["expected_spend"] == pytest.approx(scored["pred_spend"].sum(), abs=1e-2)
    assert facts["horizon_days"] == facts["model"]["horizon_days"] == 60
    assert facts["cutoff"] == facts["model"]["last_date"] > facts["model"]["cutoff"]
    assert facts["model"]["analysis_id"] == shop.analysis_id
    assert facts["warnings"] == []
    assert scored["reason_1"].str.match(r"(for|against): ").all()
    orders = pd.read_csv(shop.file, dtype=str)
    days = pd.to_datetime(orders.loc[orders["customer_id"] == scored["customer_id"][0], "ordered_at"])
    assert scored["recency_days"][0] == (pd.Timestamp(facts["cutoff"]) - days.max().normalize()).days


def test_the_file_says_where_customers_belong_and_what_to_do(
    lapwing: str, shop: Shop, tmp_path: Path
) -> None:
    store = Store(shop.home)
    score = pd.read_parquet(store.analysis(shop.analysis_id).file("next.parquet"))
    own = default_segmentations(store, shop.analysis_id)
    expected = {
        name: Segmenter.from_json(each.file(SEGMENTER).read_bytes()).predict(score)
        for name, each in own.items()
    }
    assert list(expected) == [SEGMENT, CLUSTER]
    done = run(lapwing, "predict", shop.file, "--out", tmp_path / "s.csv", "--json", home=shop.home)
    facts, scored = json.loads(done.out), read(tmp_path / "s.csv")
    for name, found in expected.items():
        assert scored[name].tolist() == found["segment"].tolist()
        assert scored[name].nunique() > 1
        assert {each["name"]: each["customers"] for each in facts["segments"][name]} == dict(
            scored[name].value_counts()
        )
    plays = [play_for(key).strategy for key in expected[SEGMENT]["segment_key"]]
    assert scored["recommendation"].tolist() == plays
    # What `run` saved beside its models says so too, as of its cutoff.
    saved = read_with_model(lapwing, shop, tmp_path)
    past = read(shop.out / "customers.csv")
    assert set(saved["segment"]) <= set(past["segment"]) | set(scored["segment"])
    assert saved["cluster"].nunique() == past["cluster"].nunique()


def read_with_model(lapwing: str, shop: Shop, folder: Path) -> pd.DataFrame:
    """The shop's file scored by the models that `run` wrote."""
    out = folder / "by_folder.csv"
    assert run(lapwing, "predict", shop.file, "--out", out, "--model", shop.out, home=shop.home).code == 0
    return read(out)


def test_one_customer_is_scored_as_in_the_next_window(shop: Shop) -> None:
    store = Store(shop.home)
    score = pd.read_parquet(store.analysis(shop.analysis_id).file("next.parquet"))
    row = score.sort_values("pred_spend").iloc[-1]
    features = {name: None if pd.isna(row[name]) else float(row[name]) for name in names.FEATURES}
    one = score_one(shop.home, shop.analysis_id, features)
    for name in SCORES[1:]:
        assert one.values[name] == pytest.approx(row[name], abs=2e-4), name
    assert [one.values[f"reason_{rank}"] for rank in (1, 2, 3)] == [
        row[f"reason_{rank}"] for rank in (1, 2, 3)
    ]
    assert [place.kind for place in one.places] == [SEGMENT, CLUSTER]
    for place in one.places:
        segmenter = Segmenter.from_json(
            store.segmentation(place.segmentation_id).file(SEGMENTER).read_bytes()
        )
        assert place.name == segmenter.predict(score.loc[[row.name]])["segment"].iloc[0]
        assert len(place.scores) == 3
        distances = [distance for _, distance in place.near]
        assert distances == sorted(distances)
        assert place.name in dict(place.near)
    # The model has seen nobody who spends so much.
    rich = score_one(shop.home, shop.analysis_id, features | {"largest_order_value": 1e8})
    assert "largest_order_value" in rich.outside
    assert "largest_order_value" not in one.outside


def test_a_customer_that_cannot_be_scored_gets_a_sentence(shop: Shop, tmp_path: Path) -> None:
    features = dict.fromkeys(names.FEATURES, 1.0)
    with pytest.raises(InputError, match="no analysis gone"):
        score_one(shop.home, "gone", features)
    with pytest.raises(InputError, match="more than 0 seconds and was stopped"):
        score_one(shop.home, shop.analysis_id, features, seconds=0.2)
    # Too little memory to load the libraries.
    with pytest.raises(InputError, match=r"could not be scored|more memory"):
        score_one(shop.home, shop.analysis_id, features, memory_mb=64)
    copy = tmp_path / "home"
    shutil.copytree(shop.home, copy)
    for each in Store(copy).segmentations(shop.analysis_id):
        shutil.rmtree(each.path)
    # Without segments there is everything else.
    bare = score_one(copy, shop.analysis_id, features)
    assert bare.places == ()
    assert 0 < bare.values["pred_prob"] < 1


def test_a_workbook_has_the_same_rows(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    for name in ("scored.csv", "scored.xlsx"):
        assert run(lapwing, "predict", shop.file, "--out", tmp_path / name, home=shop.home).code == 0
    book = pd.read_excel(tmp_path / "scored.xlsx", dtype={"customer_id": str}, keep_default_na=False)
    pd.testing.assert_frame_equal(book, read(tmp_path / "scored.csv"), check_dtype=False)


def other_shop(path: Path, *, money: str = "€", factor: int = 1, last: str = "2026") -> Path:
    """A small file of another kind: its amounts, and its years, as they are told."""
    lines = ["customer_id,order_date,amount\n"] + [
        f'k{place % 40},{last}-{place % 3 + 1:02d}-{place % 27 + 1:02d},"{money}{factor * (place + 5)}.50"\n'
        for place in range(200)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_what_the_model_has_not_seen_is_told(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    path = other_shop(tmp_path / "other.csv", money="$", factor=10_000, last="2028")
    done = run(lapwing, "predict", path, "--out", tmp_path / "o.csv", "--json", home=shop.home)
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    assert facts["currency"] == "USD"
    assert facts["outside_share"] == 1.0
    told = " ".join(facts["warnings"])
    for words in ("in USD, the model learned from amounts in EUR", "days after the data the model learned from",
                  "reach back", "100 % of the customers lie outside"):  # fmt: skip
        assert words in told
    for text in (*facts["warnings"], facts["caution"]):
        assert text in done.err
    assert len(read(tmp_path / "o.csv")) == 40


def test_an_open_question_is_asked_and_answered(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(
        "customer_id,date,amount\n" + "".join(f"c{i},0{i % 9 + 1}/05/2025,5.50\n" for i in range(40))
    )
    done = run(lapwing, "predict", path, "--out", tmp_path / "s.csv", "--json", home=shop.home)
    assert done.code == 3, done.err
    assert [question["key"] for question in json.loads(done.out)["questions"]] == ["date_order"]
    assert not (tmp_path / "s.csv").exists()
    answered = run(
        lapwing, "predict", path, "--out", tmp_path / "s.csv", "--date-order", "dmy", home=shop.home
    )
    assert answered.code == 0, answered.err
    assert read(tmp_path / "s.csv")["recency_days"].tolist()[0] == 8


def test_what_cannot_be_scored_gets_one_sentence(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    people = tmp_path / "people.csv"
    people.write_text("customer_id,age,city\n" + "".join(f"c{i},{20 + i},Riga\n" for i in range(30)))
    damaged = tmp_path / "damaged"
    shutil.copytree(shop.out / "models", damaged)
    (damaged / "logistic.json").write_bytes((damaged / "logistic.json").read_bytes() + b" ")
    out = ("--out", tmp_path / "s.csv")
    wrong = {
        "empty.csv": (tmp_path / "empty.csv", *out),
        "table of customers": (people, *out, "--kind", "customers"),
        "no file": (tmp_path / "gone.csv", *out),
        "logistic.json is not as it was written": (shop.file, *out, "--model", damaged),
        "holds no saved model": (shop.file, *out, "--model", tmp_path),
        "no analysis gone": (shop.file, *out, "--analysis", "gone"),
        "not both": (shop.file, *out, "--analysis", shop.analysis_id, "--model", shop.out),
        ".csv or .xlsx": (shop.file, "--out", tmp_path / "s.pdf"),
        "itself": (people, "--out", people),
    }
    for words, arguments in wrong.items():
        done = run(lapwing, "predict", *arguments, home=shop.home)
        assert done.code == 2, (words, done.err)
        said = [line for line in done.err.splitlines() if line.startswith("lapwing: ")]
        assert len(said) == 1, done.err
        assert words in said[0]
        assert "Traceback" not in done.err
    assert not (tmp_path / "s.csv").exists()
    nothing = run(lapwing, "predict", shop.file, *out, home=tmp_path / "empty-home")
    assert nothing.code == 2
    assert "no analysis yet" in nothing.err


@pytest.fixture
def place(shop: Shop, tmp_path: Path) -> Workplace:
    """A workplace over a copy of the shop's workspace."""
    shutil.copytree(shop.home, tmp_path / "home")
    store = Store(tmp_path / "home")
    scratch = store.home / "tmp" / "job"
    scratch.mkdir()
    return Workplace(store, Settings(home=store.home), scratch, job_id="job-1")


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def test_a_job_publishes_what_the_command_writes(
    lapwing: str, shop: Shop, place: Workplace, tmp_path: Path
) -> None:
    told: list[tuple[float, str]] = []
    by_data = scoring.score_and_publish(
        place,
        {"analysis_id": shop.analysis_id, "dataset_id": shop.dataset_id},
        lambda share, text: told.append((share, text)),
    )
    by_file = scoring.score_and_publish(
        place, {"analysis_id": shop.analysis_id, "path": str(shop.file), "name": "shop.csv"}, silent
    )
    expected = read(shop.out / "next_window.csv")
    for prediction_id in (by_data, by_file):
        prediction = place.store.prediction(prediction_id)
        place.store.verify(prediction)
        frame = pd.read_parquet(prediction.scored)
        assert frame["customer_id"].tolist() == expected["customer_id"].tolist()
        assert (frame[SCORES[1:]].to_numpy() == expected[SCORES[1:]].to_numpy()).all()
        assert prediction.manifest["job_id"] == "job-1"
        assert prediction.manifest["customers"] == len(expected)
    assert place.store.prediction(by_data).manifest["dataset_id"] == shop.dataset_id
    assert place.store.prediction(by_file).manifest["dataset_id"] is None
    # A file that is scored becomes no data set.
    assert [each.id for each in place.store.datasets()] == [shop.dataset_id]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)


def test_a_job_that_is_cancelled_leaves_nothing(shop: Shop, place: Workplace) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    stopped = Workplace(place.store, place.settings, place.scratch, stop)
    with pytest.raises(KeyboardInterrupt):
        scoring.score_and_publish(
            stopped, {"analysis_id": shop.analysis_id, "dataset_id": shop.dataset_id}, silent
        )
    assert place.store.predictions() == []


def test_a_job_tells_what_the_file_leaves_open(shop: Shop, place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(
        "customer_id,date,amount\n" + "".join(f"c{i},0{i % 9 + 1}/05/2025,5.50\n" for i in range(40))
    )
    with pytest.raises(QuestionError):
        scoring.score_and_publish(
            place, {"analysis_id": shop.analysis_id, "path": str(path), "name": "q.csv"}, silent
        )
    assert place.store.predictions() == []


def test_a_file_like_the_models_own_is_read_like_it(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["who", "sold_to", "when", "worth"])
        lines.writerows([f"w{n % 9}", f"s{n % 5}", f"2024-{n % 12 + 1:02d}-02", f"{n}.5"] for n in range(90))
    mapping = {"customer_id": "sold_to", "ordered_at": "when", "amount": "worth"}
    options = importing.ImportOptions(mapping=mapping, duplicates="drop")
    own: Dataset = place.store.dataset(importing.import_file(place, path, "odd.csv", options, silent))
    columns = ("who", "sold_to", "when", "worth")
    found = scoring.read_alike(importing.ImportOptions(), columns, own)
    assert dict(found.mapping or {}) | mapping == dict(found.mapping or {})
    assert found.duplicates == "drop"
    # What is told goes before, and a file with other columns is read on its own.
    told: Any = {"customer_id": "who"}
    assert scoring.read_alike(importing.ImportOptions(mapping=told), columns, own).mapping == told
    assert scoring.read_alike(importing.ImportOptions(), columns[:3], own) == importing.ImportOptions()


def test_a_table_of_customers_cannot_be_scored(shop: Shop, place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("customer_id,age,city\n" + "".join(f"c{i},{20 + i},Riga\n" for i in range(30)))
    options = importing.ImportOptions(kind="customers")
    people = importing.import_file(place, path, "people.csv", options, silent)
    with pytest.raises(InputError, match="table of customers without dated orders"):
        scoring.score_and_publish(place, {"analysis_id": shop.analysis_id, "dataset_id": people}, silent)


def test_one_customer_can_be_scored(lapwing: str, shop: Shop, tmp_path: Path) -> None:
    """Nothing is learned from the file, so there need be nobody to compare with."""
    file = tmp_path / "one.csv"
    file.write_text("order_id,customer_id,date,amount\nO1,007,2025-05-01,14.50\nO2,007,2025-06-11,20.00\n")
    done = run(lapwing, "predict", file, "--model", shop.out, "--out", tmp_path / "scored.csv", home=tmp_path)
    assert done.code == 0, done.err
    assert "1 customer in " in done.err
    scored = read(tmp_path / "scored.csv")
    assert scored[["customer_id", "frequency"]].to_numpy().tolist() == [["007", 2]]
    assert 0 < scored["pred_prob"][0] < 1

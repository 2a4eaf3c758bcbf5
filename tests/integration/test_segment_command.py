"""Dividing a file's customers into segments from the command line, on real files and on made-up ones."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.sample import write_sample
from tests.by_hand import segments_by_hand
from tests.command import Done, run

FILES = {"customers.csv", "segments.csv", "segmentation.json", "report.json"}
ECOMMERCE = "ecommerce_customer_behavior/E-commerce Customer Behavior - Sheet1.csv"


@dataclass(frozen=True)
class Result:
    """A folder that `lapwing segment` wrote, and what it printed."""

    folder: Path
    printed: dict[str, Any]
    customers: pd.DataFrame
    table: pd.DataFrame
    report: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """Customers by segment, as the list of customers has them."""
        return dict(Counter(self.customers["segment"]))


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str})


def segment(lapwing: str, file: Path, folder: Path, *options: object) -> Result:
    out = folder / "out"
    done = run(lapwing, "segment", file, "--out", out, *options, "--json", home=folder / "home")
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} == FILES
    assert not (folder / "home").exists()
    report = json.loads((out / "report.json").read_text())
    found = Result(
        out, json.loads(done.out), read(out / "customers.csv"), pd.read_csv(out / "segments.csv"), report
    )
    ties_out(found)
    return found


def ties_out(found: Result) -> None:
    """The three places that count customers agree, and the sums are those of the customers."""
    told = {each["name"]: each["customers"] for each in found.report["segments"] if each["customers"]}
    assert found.counts == told
    assert dict(zip(found.table["name"], found.table["customers"], strict=True)) == told
    assert [each["name"] for each in found.printed["segments"]] == list(found.table["name"])
    assert found.table["recommendation"].str.len().gt(10).all()
    for row in found.table.itertuples():
        own = found.customers[found.customers["segment"] == row.name]
        for column in ("recency_days", "frequency", "monetary"):
            if column in own:
                mean = getattr(row, f"mean_{column}")
                assert mean == pytest.approx(own[column].mean(), abs=1e-3)
        if "monetary" in own:
            assert row.revenue == pytest.approx(math.fsum(own["monetary"]), abs=1e-3)


def test_cdnow_by_the_rules(lapwing: str, real_data: Path, tmp_path: Path) -> None:
    found = segment(lapwing, real_data / "cdnow/CDNOW_master.txt", tmp_path, "--method", "rules")
    assert len(found.customers) == 23_502
    assert found.counts == dict(Counter(segments_by_hand(found.customers)))
    orders = [line.split() for line in (real_data / "cdnow/CDNOW_master.txt").read_text().splitlines()]
    spent: dict[str, list[float]] = {}
    for customer, _, _, dollars in filter(None, orders):
        spent.setdefault(customer, []).append(float(dollars))
    for row in found.customers.iloc[::501].itertuples():
        assert row.monetary == pytest.approx(math.fsum(spent[row.customer_id]), abs=0.005)
    assert found.table["revenue"].sum() == pytest.approx(math.fsum(found.customers["monetary"]), abs=0.01)
    assert "68 customers without a purchase are in no segment." in found.printed["notes"]


def test_online_retail_by_clusters_and_the_file_applied_again(
    lapwing: str, real_data: Path, tmp_path: Path
) -> None:
    file = real_data / "online_retail/online_retail_iso-8859-1.csv.gz"
    found = segment(lapwing, file, tmp_path, "--k", "4")
    assert len(found.customers) == 4_338
    assert len(found.counts) == 4
    assert found.printed["title"] == "K-Means, 4 segments"
    by_id = found.customers.set_index("customer_id")
    assert by_id.loc["12347", ["frequency", "Country", "recency_days"]].tolist() == [7, "Iceland", 2]
    best = found.customers[found.customers["segment"] == found.table["name"][0]]
    worst = found.customers[found.customers["segment"] == found.table["name"][3]]
    assert best["monetary"].mean() > 5 * worst["monetary"].mean()
    assert best["recency_days"].median() < worst["recency_days"].median()
    (tmp_path / "again").mkdir()
    again = segment(lapwing, file, tmp_path / "again", "--model", found.folder / "segmentation.json")
    assert (again.folder / "customers.csv").read_bytes() == (found.folder / "customers.csv").read_bytes()
    assert (again.folder / "segmentation.json").read_bytes() == (
        found.folder / "segmentation.json"
    ).read_bytes()


def test_the_behaviour_table_has_four_named_clusters(lapwing: str, real_data: Path, tmp_path: Path) -> None:
    found = segment(lapwing, real_data / ECOMMERCE, tmp_path, "--k", "4")
    assert set(found.counts) == {"High spenders", "Loyal", "Occasional", "Dissatisfied"}
    frame = found.customers
    assert len(frame) == 350
    assert {"Gender", "City", "Membership Type", "Average Rating", "Satisfaction Level"} <= set(frame.columns)
    spend = frame.groupby("segment")["monetary"].mean()
    assert spend.idxmax() == "High spenders"
    content = frame["Satisfaction Level"].eq("Unsatisfied").groupby(frame["segment"]).mean()
    assert content.idxmax() == "Dissatisfied"
    assert content["Dissatisfied"] > 0.5


def test_clusters_by_chosen_columns_are_found_in_another_file(
    lapwing: str, real_data: Path, tmp_path: Path
) -> None:
    file = real_data / ECOMMERCE
    found = segment(lapwing, file, tmp_path, "--features", "Age,Total Spend,membership type", "--k", "3")
    assert [each["label"] for each in found.report["features"]] == ["Age", "Spent so far", "Membership Type"]
    # The same columns in another order: what is a1 in one file is a5 in another.
    table = pd.read_csv(file)
    (tmp_path / "turned").mkdir()
    turned = tmp_path / "turned" / "people.csv"
    table[[table.columns[0], *reversed(table.columns[1:])]].to_csv(turned, index=False)
    again = segment(lapwing, turned, tmp_path / "turned", "--model", found.folder / "segmentation.json")
    columns = ["customer_id", "segment"]
    assert again.customers[columns].to_dict("list") == found.customers[columns].to_dict("list")
    (tmp_path / "less").mkdir()
    less = tmp_path / "less" / "people.csv"
    table.drop(columns=["Age"]).to_csv(less, index=False)
    done = run(
        lapwing, "segment", less, "--out", tmp_path / "less/out",
        "--model", found.folder / "segmentation.json", home=tmp_path / "home",
    )  # fmt: skip
    one_sentence(done, "'Age'")


GIVEN = {
    "RFM_Clustered.csv": {
        "Champions": 843, "Promising Customer": 730, "At Risk": 694,
    },
    "RFM_Clustered_int_labels.csv": {"0": 987, "1": 7, "2": 1_155, "3": 703},
    "RFM_Clustered_monetaryvalue.csv": {"0": 4_366, "1": 6},
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_clusters_that_a_file_brings_stay_as_they_are(
    lapwing: str, real_data: Path, tmp_path: Path, name: str
) -> None:
    file = real_data / "rfm_clustered" / name
    found = segment(lapwing, file, tmp_path, "--method", "given")
    table = pd.read_csv(file, dtype=str)
    brought = dict(Counter(table["Cluster"].str.removesuffix(".0")))
    assert brought.items() >= GIVEN[name].items()
    frame = found.customers.astype({"given_cluster": str})
    pairs = set(zip(frame["given_cluster"], frame["segment"], strict=True))
    assert len(pairs) == len(brought) == len(found.counts)
    assert {label: found.counts[segment] for label, segment in pairs} == brought
    if name == "RFM_Clustered.csv":
        assert len(pairs) == 10
        assert all(label == segment for label, segment in pairs)
    else:
        definitions = {each["name"]: each["definition"] for each in found.report["segments"]}
        assert all(f"Cluster {label} of the file" in definitions[segment] for label, segment in pairs)


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.csv"
    write_sample(path, 300, 5)
    return path


def test_the_same_file_gives_the_same_bytes_in_any_order(
    lapwing: str, small_shop: Path, tmp_path: Path
) -> None:
    header, *lines = small_shop.read_text().splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    shuffled = tmp_path / "shop.csv"
    shuffled.write_text(header + "".join(lines))
    for method in ("kmeans", "hdbscan"):
        folders = [tmp_path / method / name for name in ("one", "two")]
        for folder, file in zip(folders, (small_shop, shuffled), strict=True):
            folder.mkdir(parents=True)
            segment(lapwing, file, folder, "--method", method)
        for name in FILES:
            one, two = ((folder / "out" / name).read_bytes() for folder in folders)
            assert one == two, (method, name)


def one_sentence(done: Done, words: str) -> None:
    assert done.code == 2, (words, done.err)
    said = [line for line in done.err.splitlines() if line.startswith("lapwing: ")]
    assert len(said) == 1, done.err
    assert words in said[0], done.err
    assert "Traceback" not in done.err


def test_what_cannot_be_done_gets_one_sentence(lapwing: str, small_shop: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("customer_id,Age,City\n" + "".join(f"c{i},{20 + i % 7},Riga\n" for i in range(30)))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "no.json").write_text("{}")
    (tmp_path / "file").write_text("in the way")
    out = ("--out", tmp_path / "out")
    wrong = {
        "empty.csv": (tmp_path / "empty.csv", *out),
        "no file": (tmp_path / "gone.csv", *out),
        "rules, kmeans": (small_shop, *out, "--method", "magic"),
        "One segment divides nothing": (small_shop, *out, "--k", "1"),
        "k must be": (small_shop, *out, "--k", "-3"),
        "The scaling is one of": (small_shop, *out, "--scaling", "big"),
        "no column 'Colour'": (people, *out, "--features", "Age,Colour"),
        "there are: Age, City": (people, *out, "--features", "Colour"),
        "recency": (people, *out, "--method", "rules"),
        "cluster": (people, *out, "--method", "given"),
        "a file; --out names a folder": (small_shop, "--out", tmp_path / "file"),
        "not both": (small_shop, *out, "--model", tmp_path / "no.json", "--k", "3"),
        "no.json": (small_shop, *out, "--model", tmp_path / "no.json"),
        "There is no file": (small_shop, *out, "--model", tmp_path / "gone.json"),
    }
    for words, arguments in wrong.items():
        one_sentence(run(lapwing, "segment", *arguments, home=tmp_path / "home"), words)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home").exists()


def test_more_segments_than_customers_differ_is_said(lapwing: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("customer_id,Age\n" + "".join(f"c{i},{20 + i % 3}\n" for i in range(30)))
    done = run(lapwing, "segment", people, "--k", "9", "--out", tmp_path / "out", home=tmp_path)
    one_sentence(done, "9")
    assert "3" in done.err


def test_one_customer_can_be_put_into_a_saved_segment(lapwing: str, small_shop: Path, tmp_path: Path) -> None:
    found = segment(lapwing, small_shop, tmp_path, "--method", "rules")
    file = tmp_path / "one.csv"
    file.write_text("order_id,customer_id,date,amount\nO1,007,2025-05-01,14.50\nO2,007,2025-06-11,20.00\n")
    (tmp_path / "one").mkdir()
    one = segment(lapwing, file, tmp_path / "one", "--model", found.folder / "segmentation.json")
    assert one.customers["customer_id"].tolist() == ["007"]
    assert one.customers["segment"][0] in found.counts
    assert sum(each["customers"] for each in one.report["segments"]) == 1


def test_words_of_a_file_are_no_formulas(lapwing: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    lines = [f'c{i},{20 + 40 * (i % 2)},"{"=1+1" if i % 2 else "@x"}"\n' for i in range(40)]
    people.write_text("customer_id,Age,=Cmd\n" + "".join(lines))
    found = segment(lapwing, people, tmp_path, "--k", "2")
    assert set(found.customers["=Cmd"]) == {"'=1+1", "'@x"}

"""Segmentations of analyses and tables of customers: what is published, from whom, and what is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from data import names
from data.errors import InputError, StoreError
from data.features import customer_features
from data.reading import ImportOptions
from data.sample import write_sample
from data.store import ANALYSES, SEGMENTER, SEGMENTS, Analysis, Dataset, Segmentation, Store
from jobs import bodies, segment_sources, segmenting
from jobs.context import JobContext
from jobs.importing import import_file
from jobs.workplace import Workplace
from models.segmentation.params import METHODS, SegmentParams
from models.segmentation.segmenter import Segmenter
from settings import Settings
from tests.by_hand import segment_by_hand, segments_by_hand

PREDICTED = ("pred_prob", "pred_spend", "pred_spend_low", "pred_spend_high", "churn_risk", "p_alive", "clv")
HORIZON = 60


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def workplace(home: Path, commit: Callable[[], None] = lambda: None) -> Workplace:
    store = Store(home)
    scratch = store.home / "tmp" / "job"
    scratch.mkdir(exist_ok=True)
    return Workplace(store, Settings(home=store.home, threads=1), scratch, commit, "job-1")


def publish(place: Workplace, dataset: Dataset) -> str:
    """An analysis as far as segmentations read it: customers at the cutoff and on the last date, with made-up scores."""
    cutoff = dataset.last_date - dt.timedelta(days=HORIZON)
    connection = place.connect()
    past, score = (customer_features(connection, dataset.buckets, day) for day in (cutoff, dataset.last_date))
    draw = np.random.default_rng(1)
    for name in PREDICTED:
        score[name] = draw.gamma(1.0, 10.0, len(score))

    def fill(folder: Path) -> dict[str, Any]:
        past.to_parquet(folder / "customers.parquet", index=False)
        score.to_parquet(folder / "next.parquet", index=False)
        facts = {"cutoff": f"{cutoff}", "last_date": f"{dataset.last_date}", "horizon_days": HORIZON}
        return {"kind": "analysis", "dataset_id": dataset.id, **facts}

    return place.store.publish(ANALYSES, dataset.name, fill)


@dataclass(frozen=True)
class Shop:
    """A workspace with a small shop and its analysis, and what the defaults made of it."""

    place: Workplace
    dataset: Dataset
    analysis: Analysis
    rules: Segmentation
    clusters: Segmentation

    @property
    def now(self) -> pd.DataFrame:
        return pd.read_parquet(self.analysis.file("next.parquet"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("segments")
    place = workplace(folder / "home")
    write_sample(folder / "shop.csv", 400, 5)
    dataset = place.store.dataset(
        import_file(place, folder / "shop.csv", "shop.csv", ImportOptions(), silent)
    )
    analysis = place.store.analysis(publish(place, dataset))
    source = segment_sources.source_of(place, {"analysis_id": analysis.id}, silent)
    made = segmenting.segment_and_publish(place, source, None, silent)
    assert made.notes == ()
    rules, clusters = map(place.store.segmentation, made.ids)
    return Shop(place, dataset, analysis, rules, clusters)


def served(segmentation: Segmentation) -> pd.DataFrame:
    with duckdb.connect(str(segmentation.file(SEGMENTS)), read_only=True) as connection:
        return connection.execute("SELECT * FROM customers ORDER BY customer_id").df()


def named(segmentation: Segmentation, codes: pd.Series) -> list[str]:
    words = {each["code"]: each["name"] for each in segmentation.report["segments"]}
    return [words[int(code)] for code in codes]


def test_an_analysis_has_two_by_default(shop: Shop) -> None:
    assert [shop.rules.method, shop.clusters.method] == ["rules", "kmeans"]
    for each in (shop.rules, shop.clusters):
        manifest = each.manifest
        assert manifest["kind"] == "segmentation"
        assert manifest["source"] == {
            "kind": "analysis",
            "id": shop.analysis.id,
            "dataset_id": shop.dataset.id,
            "series": shop.dataset.series,
        }
        assert manifest["default"] is True
        assert manifest["job_id"] == "job-1"
        assert manifest["customers"] == len(shop.now)
        assert (manifest["as_of"], manifest["earlier"]) == (
            shop.analysis.manifest["last_date"],
            shop.analysis.manifest["cutoff"],
        )
        assert (manifest["currency"], manifest["horizon_days"]) == ("EUR", HORIZON)
        assert SegmentParams.from_dict(manifest["params"]).method == each.method
        for name in ("clv", "monetary"):
            expected = np.percentile(shop.now[name], [25, 75, 90])
            assert manifest["bands"][name] == pytest.approx(expected)
        shop.place.store.verify(each)
        assert sum(one["customers"] for one in each.report["segments"]) == len(shop.now)
    assert shop.rules.manifest["title"] == METHODS["rules"]
    number = len(shop.clusters.report["segments"])
    assert shop.clusters.manifest["title"] == f"K-Means, {number} segments"
    assert shop.place.store.segmentations(shop.analysis.id) == [shop.clusters, shop.rules]


def test_the_rules_are_those_done_by_hand_now_and_before(shop: Shop) -> None:
    frame = served(shop.rules)
    now = shop.now
    assert frame["customer_id"].tolist() == now["customer_id"].tolist()
    assert named(shop.rules, frame["code"]) == segments_by_hand(now)
    for name in ("recency_days", "frequency", "monetary", *PREDICTED):
        assert frame[name].to_numpy() == pytest.approx(now[name].to_numpy(), rel=1e-6), name
    # The same cut points, those of now, applied to the customers as they were.
    past = pd.read_parquet(shop.analysis.file("customers.parquet"))
    cuts = shop.rules.report["scores"]
    before = past[["customer_id"]].copy()
    for column, score in (("recency_days", "r"), ("frequency", "f"), ("monetary", "m")):
        below = (past[column].to_numpy()[:, None] > np.array(cuts[column]["cuts"])[None, :]).sum(axis=1)
        before[score] = 5 - below if score == "r" else 1 + below
    known = frame[frame["was"].notna()]
    assert known["customer_id"].tolist() == past["customer_id"].tolist()
    assert 0 < len(known) < len(frame)
    scores = before[["r", "f", "m"]].to_numpy()
    by_hand = {
        customer: segment_by_hand(*map(int, row))
        for customer, row in zip(before["customer_id"], scores, strict=True)
    }
    assert named(shop.rules, known["was"]) == [by_hand[customer] for customer in known["customer_id"]]
    assert (known["was"] != known["code"]).any()


def test_the_saved_file_gives_the_published_segments_again(shop: Shop) -> None:
    for each in (shop.rules, shop.clusters):
        saved = Segmenter.from_json(each.file(SEGMENTER).read_bytes())
        frame = served(each)
        assert saved.assign(shop.now).tolist() == frame["code"].tolist()
        assert frame["code"].nunique() > 1


def test_attributes_are_in_the_manifest_and_in_the_file(shop: Shop) -> None:
    attributes = shop.clusters.manifest["attributes"]
    assert [(each["key"], each["label"], each["type"]) for each in attributes] == [
        ("a0", "Country", "category")
    ]
    orders = pd.concat([pd.read_parquet(path) for paths in shop.dataset.buckets for path in paths])
    latest = orders.sort_values(["customer_id", "day", "country"], ascending=[True, False, True])
    expected = latest.groupby("customer_id").first()["country"]
    frame = served(shop.clusters).set_index("customer_id")
    assert frame["a0"].astype(str).to_dict() == expected[frame.index].to_dict()
    assert attributes[0]["values"] == expected.nunique() > 1


def test_an_earlier_day_can_be_chosen(shop: Shop) -> None:
    last = shop.dataset.last_date
    earlier = last - dt.timedelta(days=200)
    params = {"analysis_id": shop.analysis.id, "earlier": earlier.isoformat()}
    source = segment_sources.source_of(shop.place, params, silent)
    made = segmenting.segment_and_publish(shop.place, source, SegmentParams(), silent)
    segmentation = shop.place.store.segmentation(made.ids[0])
    assert segmentation.manifest["earlier"] == earlier.isoformat()
    assert segmentation.manifest["default"] is False
    then = customer_features(shop.place.connect(), shop.dataset.buckets, earlier)
    frame = served(segmentation)
    assert set(frame[frame["was"].notna()]["customer_id"]) == set(then["customer_id"])
    assert len(then) < len(frame)
    for wrong, words in (
        (last.isoformat(), "not between"),
        ("1999-01-01", "not between"),
        ("soon", "a date"),
    ):
        with pytest.raises(InputError, match=words):
            segment_sources.source_of(shop.place, params | {"earlier": wrong}, silent)
    shop.place.store.delete_segmentation(segmentation.id)


def test_progress_goes_on_and_ends(shop: Shop) -> None:
    told: list[tuple[float, str]] = []
    source = segment_sources.source_of(shop.place, {"analysis_id": shop.analysis.id}, silent)
    made = segmenting.segment_and_publish(
        shop.place, source, None, lambda share, text: told.append((share, text))
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "Dividing customers into segments" in {text for _, text in told}
    for each in made.ids:
        shop.place.store.delete_segmentation(each)


def test_a_job_that_is_cancelled_publishes_nothing(shop: Shop) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    source = segment_sources.source_of(shop.place, {"analysis_id": shop.analysis.id}, silent)
    before = shop.place.store.segmentations()
    with pytest.raises(KeyboardInterrupt):
        segmenting.segment_and_publish(replace(shop.place, commit=stop), source, None, silent)
    assert shop.place.store.segmentations() == before


def test_a_damaged_analysis_is_named(shop: Shop, tmp_path: Path) -> None:
    place = workplace(tmp_path / "home")
    write_sample(tmp_path / "shop.csv", 50, 5)
    dataset = import_file(place, tmp_path / "shop.csv", "shop.csv", ImportOptions(), silent)
    analysis = place.store.analysis(publish(place, place.store.dataset(dataset)))
    path = analysis.file("next.parquet")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match=r"next\.parquet is damaged"):
        segment_sources.source_of(place, {"analysis_id": analysis.id}, silent)
    # The analysis stands, whatever becomes of its segments.
    path.write_bytes(b"no parquet at all" + bytes(content[17:]))
    segmenting.add_defaults(place, analysis.id, silent)
    assert place.store.segmentations() == []


# Tables of customers


def table(place: Workplace, tmp_path: Path, text: str) -> Dataset:
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    options = ImportOptions(kind=names.CUSTOMERS)
    return place.store.dataset(import_file(place, tmp_path / "people.csv", "people.csv", options, silent))


def people(count: int, *, clusters: bool = True) -> str:
    draw = np.random.default_rng(3)
    lines = ["CustomerID,Recency,Frequency,Monetary" + (",Cluster" if clusters else "")]
    for at in range(count):
        good = at % 2
        recency, frequency, money = (
            draw.integers(1, 30) if good else draw.integers(200, 300),
            draw.integers(10, 30) if good else draw.integers(1, 3),
            draw.integers(500, 900) if good else draw.integers(5, 50),
        )
        label = f",{'Best' if good else 'Gone'}" if clusters else ""
        lines.append(f"p{at:03d},{recency},{frequency},{money}{label}")
    return "\n".join(lines)


def test_a_table_gets_what_its_columns_allow(tmp_path: Path) -> None:
    place = workplace(tmp_path / "home")
    dataset = table(place, tmp_path, people(60))
    source = segment_sources.source_of(place, {"dataset_id": dataset.id}, silent)
    assert [each.method for each in segmenting.defaults(source)] == ["rules", "kmeans", "given"]
    made = segmenting.segment_and_publish(place, source, None, silent)
    rules, clusters, given = map(place.store.segmentation, made.ids)
    assert {each["name"]: each["customers"] for each in given.report["segments"]} == {"Best": 30, "Gone": 30}
    frame = served(given)
    assert named(given, frame["code"]) == ["Gone", "Best"] * 30
    assert "was" not in frame
    assert named(rules, served(rules)["code"]) == segments_by_hand(source.customers.frame)
    assert len(clusters.report["segments"]) >= 2
    for each in (rules, clusters, given):
        manifest = each.manifest
        assert manifest["source"]["kind"] == "customers"
        assert manifest["source"]["id"] == dataset.id
        assert (manifest["as_of"], manifest["earlier"], manifest["horizon_days"]) == (None, None, None)
        assert manifest["bands"]["clv"] is None
        assert manifest["bands"]["monetary"] is not None


def test_one_that_cannot_be_made_leaves_the_others(tmp_path: Path) -> None:
    place = workplace(tmp_path / "home")
    same = "CustomerID,Recency,Frequency,Monetary,Cluster\n" + "".join(
        f"p{at},10,2,50.5,{'A' if at < 4 else 'B'}\n" for at in range(6)
    )
    dataset = table(place, tmp_path, same)
    source = segment_sources.source_of(place, {"dataset_id": dataset.id}, silent)
    made = segmenting.segment_and_publish(place, source, None, silent)
    found = [place.store.segmentation(each) for each in made.ids]
    assert [each.method for each in found] == ["rules", "given"]
    assert len(made.notes) == 1
    assert made.notes[0].startswith("K-Means: ")
    assert all(each.manifest["notes"] == list(made.notes) for each in found)
    with pytest.raises(InputError):
        segmenting.segment_and_publish(place, source, SegmentParams(method="kmeans"), silent)
    assert len(place.store.segmentations()) == 2


def test_where_nothing_can_be_made_a_sentence_says_so(tmp_path: Path) -> None:
    place = workplace(tmp_path / "home")
    dataset = table(place, tmp_path, "customer_id,Colour\n" + "".join(f"p{at},red\n" for at in range(6)))
    source = segment_sources.source_of(place, {"dataset_id": dataset.id}, silent)
    with pytest.raises(InputError) as caught:
        segmenting.segment_and_publish(place, source, None, silent)
    assert "same value" in str(caught.value)
    assert place.store.segmentations() == []


def test_transactions_without_an_analysis_are_not_divided(shop: Shop) -> None:
    with pytest.raises(InputError, match="analyse it first"):
        segment_sources.source_of(shop.place, {"dataset_id": shop.dataset.id}, silent)


def test_the_job_says_what_it_made(tmp_path: Path) -> None:
    place = workplace(tmp_path / "home")
    dataset = table(place, tmp_path, people(40, clusters=False))
    context = JobContext("job-2", place.store.home, place.scratch, lambda: None)
    result = bodies.segment_job(context, {"dataset_id": dataset.id, "title": "people.csv"}, silent)
    assert result["segmentation_id"] == result["segmentation_ids"][0]
    assert len(result["segmentation_ids"]) == 2
    assert result["dataset_id"] == dataset.id
    chosen = SegmentParams(method="kmeans", k=3).to_dict()
    result = bodies.segment_job(context, {"dataset_id": dataset.id, "params": chosen}, silent)
    made = place.store.segmentation(result["segmentation_id"])
    assert len(made.report["segments"]) == 3
    assert made.manifest["params"] == chosen
    assert made.manifest["title"] == "K-Means, 3 segments"
    assert made.manifest["job_id"] == "job-2"
    with pytest.raises(InputError, match="no parameter"):
        bodies.segment_job(context, {"dataset_id": dataset.id, "params": {"colour": 1}}, silent)

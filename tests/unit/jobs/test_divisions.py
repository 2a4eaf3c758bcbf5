"""Where scored customers belong: by rules and clusters, under the names that people gave, with the advice for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import StoreError
from data.segments.edits import Edits
from data.segments.looks import looks_of
from data.store import REPORT, SEGMENTATIONS, SEGMENTER, Store, write_json
from jobs.divisions import (
    CLUSTER,
    RECOMMENDATION,
    SEGMENT,
    Division,
    Divisions,
    default_segmentations,
    divisions_of_analysis,
    divisions_of_folder,
    overlaid,
)
from models.segmentation.playbook import play_for
from models.segmentation.segmenter import Segmenter


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "customer_id": [f"c{place:03d}" for place in range(300)],
            "recency_days": draw.gamma(1.0, 90.0, 300).round(),
            "frequency": 1.0 + draw.poisson(3.0, 300),
            "monetary": draw.gamma(2.0, 60.0, 300).round(2),
            "country": draw.choice(["FR", "DE"], 300),
        }
    )


@pytest.fixture(scope="module")
def rules(frame: pd.DataFrame) -> Segmenter:
    return Segmenter("rules").fit(frame)


def publish(store: Store, segmenter: Segmenter, *, default: bool = True, method: str = "rules") -> str:
    def fill(folder: Path) -> dict[str, object]:
        (folder / SEGMENTER).write_bytes(segmenter.to_json())
        write_json(folder / REPORT, segmenter.report_)
        source = {"kind": "analysis", "id": "a1", "series": "d1"}
        return {"kind": "segmentation", "source": source, "method": method, "default": default}

    return store.publish(SEGMENTATIONS, "Shop", fill)


def test_customers_get_their_segment_and_what_to_do(frame: pd.DataFrame, rules: Segmenter) -> None:
    found = Divisions(
        {SEGMENT: Division(rules, looks_of(rules.report_, {}))}, {"lost": {"strategy": "Let go."}}
    )
    columns = found.columns(frame)
    told = rules.predict(frame)
    assert columns[SEGMENT] == told["segment"].tolist()
    expected = ["Let go." if key == "lost" else play_for(key).strategy for key in told["segment_key"]]
    assert columns[RECOMMENDATION] == expected
    assert "Let go." in expected
    counted = {each["name"]: each["customers"] for each in found.counts(columns)[SEGMENT]}
    assert counted == told["segment"].value_counts().to_dict()
    assert Divisions({}, {}).columns(frame) == {}
    assert Divisions({}, {}).counts({}) == {}


def test_the_names_and_merges_of_people_apply(tmp_path: Path, frame: pd.DataFrame, rules: Segmenter) -> None:
    store = Store(tmp_path)
    made = publish(store, rules)
    Edits(store.home).save_looks(
        "d1", "rules", {"champions": {"name": "Stars"}, "loyal": {"into": "champions"}}
    )
    columns = divisions_of_analysis(store, "a1").columns(frame)
    told = rules.predict(frame)["segment"].replace({"Champions": "Stars", "Loyal": "Stars"})
    assert columns[SEGMENT] == told.tolist()
    assert set(columns) == {SEGMENT, RECOMMENDATION}
    assert default_segmentations(store, "a1")[SEGMENT].id == made


def test_only_defaults_divide_and_a_damaged_one_is_left_out(
    tmp_path: Path, frame: pd.DataFrame, rules: Segmenter
) -> None:
    store = Store(tmp_path)
    clusters = publish(store, Segmenter("kmeans", k=3).fit(frame), method="kmeans")
    publish(store, rules, default=False)
    found = divisions_of_analysis(store, "a1")
    assert {name: each.id for name, each in found.found.items()} == {CLUSTER: clusters}
    # Without rules the advice goes by the cluster.
    assert all(found.columns(frame)[RECOMMENDATION])
    damaged = store.segmentation(clusters).file(SEGMENTER)
    damaged.write_bytes(damaged.read_bytes().replace(b'"format":1', b'"format":7'))
    assert divisions_of_analysis(store, "a1").found == {}


def test_a_division_by_more_than_features_is_left_out(frame: pd.DataFrame, rules: Segmenter) -> None:
    by_country = Segmenter("kmeans", features=("monetary", "country"), k=2).fit(frame)
    found = Divisions(
        {
            name: Division(each, looks_of(each.report_, {}))
            for name, each in ((SEGMENT, rules), (CLUSTER, by_country))
        },
        {},
    )
    assert set(found.columns(frame)) == {SEGMENT, CLUSTER, RECOMMENDATION}
    assert set(found.columns(frame.drop(columns="country"))) == {SEGMENT, RECOMMENDATION}


def test_what_was_saved_beside_a_model_divides(tmp_path: Path, frame: pd.DataFrame, rules: Segmenter) -> None:
    assert divisions_of_folder(tmp_path).found == {}
    (tmp_path / "segments.json").write_bytes(rules.to_json())
    assert divisions_of_folder(tmp_path).columns(frame)[SEGMENT] == rules.predict(frame)["segment"].tolist()
    (tmp_path / "clusters.json").write_bytes(b"{}")
    with pytest.raises(StoreError):
        divisions_of_folder(tmp_path)


def test_texts_of_people_stand_over_the_playbooks() -> None:
    play = overlaid(play_for("loyal"), {"offer": "A cake", "channel": ""})
    assert (play.offer, play.channel) == ("A cake", play_for("loyal").channel)

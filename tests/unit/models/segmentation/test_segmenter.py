"""The class that pages, jobs and people use: fit, predict, save, load, for every method and odd customers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.errors import InputError, StoreError
from models.segmentation.grid import SEGMENTS
from models.segmentation.naming import BY_RFM, BY_SATISFACTION
from models.segmentation.params import METHODS, RFM
from models.segmentation.segmenter import Segmenter

KEYS = {
    "method",
    "method_label",
    "segments",
    "features",
    "scores",
    "choice",
    "quality",
    "stability",
    "components",
    "notes",
}


def _shop(customers: int = 400, seed: int = 1) -> pd.DataFrame:
    """Four kinds of customers, well apart, in an order that is not that of their ids."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, 4, customers)
    middle = np.array([[8, 30, 2000], [40, 8, 400], [300, 6, 300], [350, 1, 15]], dtype=float)[kind]
    values = middle * np.exp(random.normal(0, 0.15, (customers, 3)))
    frame = pd.DataFrame({"customer_id": [f"C{number:04d}" for number in range(customers)]})
    frame[list(RFM)] = np.column_stack([values[:, :2].round(), values[:, 2].round(2)])
    frame["frequency"] = frame["frequency"].clip(lower=1)
    frame["a0"] = np.where(kind == 0, "gold", np.where(random.random(customers) < 0.5, "silver", "bronze"))
    frame["given"] = np.array(["best", "fine", "slipping", "gone"])[kind]
    return frame.sample(len(frame), random_state=seed).reset_index(drop=True)


SHOP = _shop()
LABELS = {"a0": "Membership"}
PARAMS: dict[str, dict[str, Any]] = {
    "rules": {},
    "kmeans": {"k": 4},
    "gaussian": {"k": 4},
    "ward": {"k": 4},
    "dbscan": {"min_size": 10},
    "hdbscan": {"min_size": 10},
    "given": {},
}


@pytest.fixture(scope="module", params=list(PARAMS))
def fitted(request: pytest.FixtureRequest) -> Segmenter:
    return Segmenter(request.param, **PARAMS[request.param]).fit(SHOP, LABELS)


def test_every_method_is_tried() -> None:
    assert set(PARAMS) == set(METHODS)


def test_the_report_is_complete_and_adds_up(fitted: Segmenter) -> None:
    report = fitted.report_
    assert set(report) == KEYS
    segments = report["segments"]
    assert [each["code"] for each in segments] == list(range(len(segments)))
    assert sum(each["customers"] for each in segments) == len(SHOP)
    counts = np.bincount(fitted.codes_, minlength=len(segments))
    assert [each["customers"] for each in segments] == counts.tolist()
    assert (
        len({each["key"] for each in segments}) == len({each["name"] for each in segments}) == len(segments)
    )
    assert all(each["definition"].endswith(".") for each in segments)
    assert set(report["scores"]) == set(RFM)
    assert len(report["components"]["explained"]) == 3
    json.dumps(report, allow_nan=False)


def test_predicting_those_it_learned_from_gives_their_segments(fitted: Segmenter) -> None:
    np.testing.assert_array_equal(fitted.assign(SHOP), fitted.codes_)
    found = fitted.predict(SHOP)
    assert list(found.columns) == [
        "customer_id",
        "segment",
        "segment_key",
        "code",
        "r_score",
        "f_score",
        "m_score",
    ]
    assert found["customer_id"].tolist() == SHOP["customer_id"].tolist()
    segments = fitted.report_["segments"]
    assert found["segment"].tolist() == [segments[code]["name"] for code in fitted.codes_]
    assert found["segment_key"].tolist() == [segments[code]["key"] for code in fitted.codes_]


def test_row_order_changes_nothing(fitted: Segmenter) -> None:
    method = fitted.params.method
    mixed = SHOP.sample(len(SHOP), random_state=9)
    again = Segmenter(method, **PARAMS[method]).fit(mixed, LABELS)
    assert again.to_json() == fitted.to_json()
    own = pd.Series(fitted.codes_, index=SHOP["customer_id"])
    assert own[mixed["customer_id"]].tolist() == again.codes_.tolist()


def test_saved_and_loaded_it_is_the_same(fitted: Segmenter) -> None:
    data = fitted.to_json()
    loaded = Segmenter.from_json(data)
    assert loaded.to_json() == data
    assert loaded.params == fitted.params
    new = _shop(60, 77)
    pd.testing.assert_frame_equal(loaded.predict(new), fitted.predict(new))
    pd.testing.assert_frame_equal(loaded.nearest(new), fitted.nearest(new))
    np.testing.assert_array_equal(loaded.components(new), fitted.components(new))


def test_nearest_begins_with_the_nearest(fitted: Segmenter) -> None:
    new = SHOP.head(5)
    found = fitted.nearest(new)
    with_customers = [each["code"] for each in fitted.report_["segments"] if each["customers"]]
    for customer, rows in found.groupby("customer_id", sort=False):
        assert sorted(rows["code"]) == with_customers, customer
        assert (np.diff(rows["distance"]) >= 0).all()
    if fitted.params.method == "kmeans":
        assert found.groupby("customer_id", sort=False)["code"].first().tolist() == fitted.codes_[:5].tolist()


def test_clusters_are_found_named_and_ordered() -> None:
    model = Segmenter("kmeans", k=4).fit(SHOP)
    assert [each["name"] for each in model.report_["segments"]] == [
        "Champions",
        "Loyal",
        "At risk",
        "Lapsed low value",
    ]
    assert pd.crosstab(model.codes_, SHOP["given"]).gt(0).sum().sum() == 4
    best = model.report_["segments"][0]["definition"]
    middle = SHOP[SHOP["given"] == "best"][list(RFM)].median()
    assert best == (
        f"Bought {middle['recency_days']:g} days ago on median, {middle['frequency']:g} orders, "
        f"{middle['monetary']:,.0f} spent."
    )
    assert model.report_["stability"]["stable"]
    assert model.report_["choice"]["chosen"] == 4
    assert set(model.report_["stability"]["by_segment"]) == {
        each["key"] for each in model.report_["segments"]
    }


def test_the_recommended_number_is_taken() -> None:
    report = Segmenter().fit(SHOP).report_
    assert report["method"] == "kmeans"
    assert report["choice"]["chosen"] == report["choice"]["recommended"] == len(report["segments"]) == 4
    assert [row["k"] for row in report["choice"]["rows"]] == list(range(2, 11))


def test_attributes_are_told_by_their_label() -> None:
    report = Segmenter(k=2, features=("a0", "monetary")).fit(SHOP, LABELS).report_
    assert [each["label"] for each in report["features"]] == ["Membership", "Spent so far"]
    assert "Membership mostly gold" in report["segments"][0]["definition"]


def test_yes_and_no_written_as_numbers_are_told_as_shares() -> None:
    frame = pd.DataFrame({"customer_id": [f"c{number:02d}" for number in range(40)]})
    frame["a0"] = [0] * 30 + [1] * 10
    segments = Segmenter(k=2).fit(frame, {"a0": "Newbie"}).report_["segments"]
    assert {each["name"]: each["definition"] for each in segments} == {
        "Low Newbie": "Newbie 0% against 25%.",
        "High Newbie": "Newbie 100% against 25%.",
    }


def test_where_nothing_is_known_of_orders_attributes_name_the_segments() -> None:
    frame = pd.DataFrame({"customer_id": [f"c{number:02d}" for number in range(40)]})
    frame["a0"] = [20.0, 21.0, 22.0, 23.0] * 5 + [60.0, 61.0, 62.0, 63.0] * 5
    frame["a1"] = "Boston"
    model = Segmenter(k=2).fit(frame, {"a0": "Age", "a1": "City"})
    found = {each["name"]: each for each in model.report_["segments"]}
    assert set(found) == {"Low Age", "High Age"}
    assert found["Low Age"]["key"] == "low_age"
    assert found["Low Age"]["definition"] == "Age 21.5 against 41.5."
    assert model.report_["notes"] == ["City was left out: every customer has the same value."]
    assert model.report_["scores"] is None
    assert model.scores(frame) is None
    assert list(model.predict(frame)) == ["customer_id", "segment", "segment_key", "code"]


def test_segments_that_buy_alike_are_not_called_loyal_or_lost() -> None:
    shop = SHOP[["customer_id", *RFM]].sort_values("customer_id").reset_index(drop=True)
    # Everybody twice, once in each city.
    both = pd.concat(
        [shop.assign(a0=city, customer_id=shop["customer_id"] + city) for city in ("Rome", "Oslo")]
    )
    report = Segmenter(k=2, features=("a0",)).fit(both, {"a0": "City"}).report_
    assert {each["name"] for each in report["segments"]} == {"City Rome", "City Oslo"}


def test_rules_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "customer_id": list("abcde"),
            "recency_days": [1, 10, 20, 30, 40],
            "frequency": [9, 1, 3, 5, 1],
            "monetary": [900, 10, 300, 500, 5],
        }
    )
    model = Segmenter("rules").fit(frame)
    found = model.predict(frame).set_index("customer_id")
    assert found["segment"].to_dict() == {
        "a": "Champions",
        "b": "Promising",
        "c": "Need attention",
        "d": "At risk",
        "e": "Lost",
    }
    assert found.loc["d", ["r_score", "f_score", "m_score"]].tolist() == [2, 4, 4]
    assert len(model.report_["segments"]) == 11
    own = Segmenter("rules", cuts={"recency_days": (100, 200, 300, 400)}).fit(frame)
    assert set(own.predict(frame)["r_score"]) == {5}
    assert own.report_["scores"]["recency_days"]["cuts"] == [100, 200, 300, 400]
    assert own.report_["features"][0]["scaling"] == "scores 1 to 5 by your own cut points"


def test_rules_need_recency_and_one_more() -> None:
    money = SHOP[["customer_id", "recency_days", "monetary"]]
    model = Segmenter("rules").fit(money)
    days = model.report_["scores"]["recency_days"]["cuts"][0]
    said = f"Bought most recently (R 5: up to {days:g} days ago), spent least (M 1)."
    assert model.report_["segments"][3]["definition"] == said
    assert "f_score" not in model.predict(money)
    with pytest.raises(InputError, match="have no Days since last order: segment them by clustering"):
        Segmenter("rules").fit(SHOP[["customer_id", "frequency", "monetary"]])
    with pytest.raises(InputError, match="no Orders so far or Spent so far"):
        Segmenter("rules").fit(SHOP[["customer_id", "recency_days"]])


def test_what_is_missing_is_said_by_its_label() -> None:
    model = Segmenter(k=2, features=("a0", "monetary")).fit(SHOP, LABELS)
    with pytest.raises(InputError, match="have no Membership"):
        model.predict(SHOP.drop(columns="a0"))
    with pytest.raises(InputError, match="Orders so far"):
        Segmenter("rules").fit(SHOP).predict(SHOP.drop(columns="frequency"))
    with pytest.raises(InputError, match="customer_id"):
        Segmenter("rules").fit(SHOP.drop(columns="customer_id"))
    with pytest.raises(InputError, match="customer_id"):
        model.predict(SHOP.drop(columns="customer_id"))
    with pytest.raises(InputError, match="fit them to customers first"):
        Segmenter().predict(SHOP)
    with pytest.raises(InputError, match="Customer C0003 occurs twice"):
        Segmenter("rules").fit(pd.concat([SHOP, SHOP[SHOP["customer_id"] == "C0003"]]))
    with pytest.raises(InputError, match="no customers"):
        Segmenter("rules").fit(SHOP.head(0))
    with pytest.raises(InputError, match="bring no clusters"):
        Segmenter("given").fit(SHOP.drop(columns="given"))
    with pytest.raises(InputError, match="no column 'Shoe size'"):
        Segmenter(features=("Shoe size",)).fit(SHOP)


def test_more_segments_than_different_customers() -> None:
    frame = SHOP.head(6).copy()
    frame[list(RFM)] = [[1, 2, 3], [1, 2, 3], [1, 2, 3], [9, 9, 9], [9, 9, 9], [4, 1, 7]]
    with pytest.raises(InputError, match="4 segments cannot be made of 3 different customers"):
        Segmenter(k=4).fit(frame)


def test_words_of_a_file_are_kept_and_unknown_customers_get_the_nearest() -> None:
    shop = SHOP.assign(given=SHOP["given"].where(SHOP.index != 7))
    model = Segmenter("given").fit(shop)
    assert [each["name"] for each in model.report_["segments"]] == ["best", "fine", "slipping", "gone"]
    names = [each["name"] for each in model.report_["segments"]]
    assert [names[code] for code in model.codes_] == SHOP["given"].tolist()
    assert any(note.startswith("1 had no cluster in the file") for note in model.report_["notes"])
    new = SHOP.drop(columns="given")
    assert model.predict(new)["segment"].tolist() == SHOP["given"].tolist()


def test_numbers_of_a_file_are_named() -> None:
    number = SHOP["given"].map({"best": "2.0", "fine": "0.0", "slipping": "1.0", "gone": "3.0"})
    report = Segmenter("given").fit(SHOP.assign(given=number)).report_
    assert [each["name"] for each in report["segments"]] == [
        "Champions",
        "Loyal",
        "At risk",
        "Lapsed low value",
    ]
    assert report["segments"][0]["definition"].startswith("Cluster 2 of the file. Bought ")


def test_a_file_without_figures_has_clusters_but_places_nobody_else() -> None:
    bare = SHOP[["customer_id", "given", "a0"]].copy()
    model = Segmenter("given").fit(bare, LABELS)
    assert sum(each["customers"] for each in model.report_["segments"]) == len(SHOP)
    assert model.scores(bare) is None
    assert model.nearest(bare).empty
    with pytest.raises(InputError, match="cannot be given one"):
        model.predict(bare.assign(given=None))
    bare.loc[3, "given"] = None
    part = Segmenter("given").fit(bare, LABELS)
    assert part.report_["segments"][-1]["key"] == "no_cluster"
    assert part.report_["segments"][-1]["customers"] == 1
    np.testing.assert_array_equal(part.assign(bare), part.codes_)
    with pytest.raises(InputError, match="400 different values"):
        Segmenter("given").fit(bare.assign(given=bare["customer_id"]))


def test_a_damaged_or_newer_file_says_so() -> None:
    data = Segmenter("rules").fit(SHOP).to_json()
    saved = json.loads(data)
    for bad in (b"", b"\x80\x00", b"[]", b"{}", data[:-40]):
        with pytest.raises(StoreError, match="not a saved segmentation, or it is damaged"):
            Segmenter.from_json(bad)
    with pytest.raises(StoreError, match="format 2"):
        Segmenter.from_json(json.dumps({**saved, "format": 2}).encode())
    saved["division"]["cuts"]["monetary"][0] += 1
    with pytest.raises(StoreError, match="damaged: its checksum"):
        Segmenter.from_json(json.dumps(saved).encode())


VALUES = st.sampled_from([np.nan, 0.0, 1.0, -5.0, 3.5, 1e12, 7.0])


@st.composite
def odd_customers(draw: st.DrawFn) -> pd.DataFrame:
    """One to thirty customers with gaps, constants, and columns that are not there."""
    rows = draw(st.integers(1, 30))
    frame = pd.DataFrame({"customer_id": [f"c{number}" for number in range(rows)]})
    for name in draw(st.sets(st.sampled_from([*RFM, "a0", "a1"]), min_size=1)):
        frame[name] = draw(
            st.lists(VALUES, min_size=rows, max_size=rows) | VALUES.map(lambda one: [one] * rows)
        )
    words = st.sampled_from(["x", "y", "<b>", None])
    if draw(st.booleans()):
        frame["a2"] = draw(st.lists(words, min_size=rows, max_size=rows))
    frame["given"] = draw(st.lists(words, min_size=rows, max_size=rows))
    return frame


def _segment_or_sentence(frame: pd.DataFrame, method: str) -> None:
    try:
        model = Segmenter(method, k=2 if method == "kmeans" else 0).fit(frame)
    except InputError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert said.endswith(".")
        return
    segments = model.report_["segments"]
    assert sum(each["customers"] for each in segments) == len(frame)
    assert len(model.codes_) == len(frame)
    json.dumps(model.report_, allow_nan=False)
    loaded = Segmenter.from_json(model.to_json())
    np.testing.assert_array_equal(loaded.assign(frame), model.codes_)


@settings(max_examples=80, deadline=None)
@given(odd_customers(), st.sampled_from(["rules", "given"]))
def test_odd_customers_get_a_segment_or_a_sentence(frame: pd.DataFrame, method: str) -> None:
    _segment_or_sentence(frame, method)


# Each is fitted some forty times, to choose and to judge; what fails is not made smaller for long.
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(odd_customers())
def test_odd_customers_get_a_cluster_or_a_sentence(frame: pd.DataFrame) -> None:
    _segment_or_sentence(frame, "kmeans")


def test_one_customer_has_a_segment_by_rules_and_a_sentence_by_clustering() -> None:
    one = SHOP.head(1)
    assert Segmenter("rules").fit(one).predict(one)["segment"].tolist() == ["New"]
    with pytest.raises(InputError):
        Segmenter("kmeans").fit(one)


def test_notes_on_scores() -> None:
    frame = SHOP.assign(frequency=1.0, monetary=SHOP["monetary"].where(SHOP.index != 3))
    assert Segmenter("rules").fit(frame).report_["notes"] == [
        "All customers have the same Orders so far, 1: as equal customers score equally, "
        "not all scores from 1 to 5 occur.",
        "1 customer has no Spent so far: the lowest score for it, 1.",
    ]


def test_the_example_of_the_document(root: Path) -> None:
    text = (root / "docs" / "segments.md").read_text(encoding="utf-8")
    lines = text.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(lines, names)  # the document's own example
    found = names["model"].predict(names["customers"])
    assert found["segment"].tolist() == ["Champions", "Promising", "Need attention", "At risk", "Lost"]
    again = Segmenter.from_json(names["saved"]).predict(names["customers"])
    pd.testing.assert_frame_equal(again, found)


def test_the_document_gives_the_grid_and_the_archetypes(root: Path) -> None:
    text = (root / "docs" / "segments.md").read_text(encoding="utf-8")
    for rule in SEGMENTS:
        assert re.search(rf"^\| R .* \| {re.escape(rule.name)} \|$", text, re.MULTILINE), rule.name
    for kind in (*BY_RFM, *BY_SATISFACTION):
        row = " | ".join([kind.name, *(str(value) for value in kind.at.values())])
        assert f"| {row} |" in text


# Real tables


def _table(path: Path, roles: dict[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    table = pd.read_csv(path).rename(columns=roles)
    frame = table[[name for name in table if name in ("customer_id", "given", *RFM)]].copy()
    frame["customer_id"] = frame["customer_id"].astype(int).astype(str)
    labels = {}
    for name in table.columns.difference([*frame.columns, "Unnamed: 0"], sort=False):
        key = f"a{len(labels)}"
        labels[key], frame[key] = name, table[name]
    if "given" in frame:
        frame["given"] = frame["given"].astype(str)
    return frame, labels


def test_ecommerce_customers_have_four_kinds(real_data: Path) -> None:
    path = next((real_data / "ecommerce_customer_behavior").glob("*.csv"))
    roles = {
        "Customer ID": "customer_id",
        "Total Spend": "monetary",
        "Days Since Last Purchase": "recency_days",
    }
    frame, labels = _table(path, roles)
    assert len(labels) == 8
    model = Segmenter("kmeans", k=4).fit(frame, labels)
    segments = model.report_["segments"]
    assert [each["name"] for each in segments] == ["High spenders", "Loyal", "Occasional", "Dissatisfied"]
    assert len(model.report_["features"]) == 10
    level = next(key for key, label in labels.items() if label == "Satisfaction Level")
    assert set(frame[level][model.codes_ == 3]) == {"Unsatisfied"}
    assert set(frame[level][model.codes_ == 0]) == {"Satisfied"}
    assert segments[3]["definition"].endswith("Satisfaction Level mostly Unsatisfied.")
    rules = Segmenter("rules").fit(frame, labels)
    assert rules.report_["scores"].keys() == {"recency_days", "monetary"}


ROLES = {"CustomerID": "customer_id", "Recency": "recency_days", "Frequency": "frequency", "Cluster": "given"}


def test_clusters_in_words_come_as_the_file_has_them(real_data: Path) -> None:
    path = real_data / "rfm_clustered" / "RFM_Clustered.csv"
    frame, labels = _table(path, {**ROLES, "Monetary": "monetary"})
    assert labels == {}
    report = Segmenter("given").fit(frame).report_
    found = {each["name"]: each["customers"] for each in report["segments"]}
    assert found == frame["given"].value_counts().to_dict()
    assert found["Champions"] == 843
    keys = {each["name"]: each["key"] for each in report["segments"]}
    assert keys["Can't Lose Them"] == "cant_lose"
    assert report["segments"][0]["name"] == "Champions"


@pytest.mark.parametrize(
    ("name", "money", "expected"),
    [
        (
            "RFM_Clustered_int_labels.csv",
            "Monetary",
            [("Champions", 7), ("Loyal", 1155), ("At risk", 987), ("Lapsed low value", 703)],
        ),
        ("RFM_Clustered_monetaryvalue.csv", "MonetaryValue", [("Champions", 6), ("Most customers", 4366)]),
    ],
)
def test_numbered_clusters_of_a_file_are_named(
    real_data: Path, name: str, money: str, expected: list[tuple[str, int]]
) -> None:
    frame, _ = _table(real_data / "rfm_clustered" / name, {**ROLES, money: "monetary"})
    report = Segmenter("given").fit(frame).report_
    assert [(each["name"], each["customers"]) for each in report["segments"]] == expected

"""How many segments: the right number of known groups, and a reason for each recommendation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from models.segmentation.choose import _recommend, choose_k, elbow_of
from models.segmentation.matrix import fit_encoder
from models.segmentation.params import COUNTED


def groups(centres: list[tuple[float, float]], count: int = 1500, width: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.array(centres)[rng.integers(0, len(centres), count)] + rng.normal(0.0, width, (count, 2))


@pytest.mark.parametrize("method", COUNTED)
def test_clear_groups_are_counted(method: str) -> None:
    square = [(0.0, 0.0), (6.0, 0.0), (0.0, 6.0), (6.0, 6.0), (15.0, 15.0)]
    for k in (3, 4, 5):
        choice = choose_k(groups(square[:k]), method)
        assert (choice.recommended, choice.best_silhouette) == (k, k)
        assert [row["k"] for row in choice.rows] == list(range(2, 11))
        assert choice.sentences[0].startswith(f"{k} segments are recommended")


def test_two_clear_groups_are_two_though_the_elbow_says_more() -> None:
    choice = choose_k(groups([(0.0, 0.0), (20.0, 20.0)]))
    assert choice.recommended == choice.best_silhouette == 2
    assert choice.elbow > 2
    assert choice.sentences[0].startswith(
        "2 segments are recommended: they stand clearly apart (silhouette 0.9"
    )


def test_two_that_stand_apart_a_little_are_named_but_not_recommended() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 3)) * [3.0, 1.0, 1.0]
    choice = choose_k(rows)
    assert choice.best_silhouette == 2
    assert choice.recommended == choice.elbow >= 3
    assert choice.sentences[1].startswith("Two stand farther apart")
    assert choice.sentences[1].endswith("Choose 2 if they are.")


def test_inertia_falls_and_is_that_of_all_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = groups([(0.0, 0.0), (6.0, 0.0), (0.0, 6.0)], 4000)
    whole = choose_k(rows)
    inertia = [row["inertia"] for row in whole.rows]
    assert inertia == sorted(inertia, reverse=True)
    total = ((rows - rows.mean(axis=0)) ** 2).sum()
    for row in whole.rows:
        assert row["explained"] == pytest.approx(1 - row["inertia"] / total)
    monkeypatch.setitem(choose_k.__globals__["SAMPLES"], "kmeans", 1000)
    part = choose_k(rows)
    assert part.rows[1]["inertia"] == pytest.approx(inertia[1], rel=0.1)
    assert part.recommended == whole.recommended == 3


def test_the_elbow_is_the_farthest_below_the_chord_and_of_even_bends_the_first() -> None:
    assert elbow_of([10.0, 6.0, 2.0, 1.8, 1.6, 1.4]) == 4
    assert elbow_of([1.0, 0.6, 0.3, 0.02, 0.0]) == 5
    assert elbow_of([1.0, 0.6, 0.25, 0.005, 0.0]) == 4
    assert elbow_of([1.0, 0.3, 0.04, 0.02, 0.0]) == 3
    assert elbow_of([5.0, 4.0]) == 2
    assert elbow_of([5.0]) == 2
    assert elbow_of([1.0, 1.0, 1.0]) == 2


def rows_of(silhouettes: list[float | None]) -> tuple[dict[str, float | None], ...]:
    return tuple(
        {"k": k, "inertia": 10.0 / k, "silhouette": value, "explained": 1 - 1 / k}
        for k, value in enumerate(silhouettes, start=2)
    )


@pytest.mark.parametrize(
    ("silhouettes", "elbow", "recommended", "words"),
    [
        ([0.59, 0.51, 0.43], 4, 4, "75% of how customers differ, and each one more adds less"),
        ([0.75, 0.51, 0.43], 4, 2, "2 segments are recommended: they stand clearly apart (silhouette 0.75"),
        ([0.75, 0.51, 0.6], 4, 4, "each one more adds less"),
        (
            [0.3, 0.5, 0.43],
            4,
            3,
            "3 segments are recommended: they stand clearly apart (silhouette 0.50, against",
        ),
        ([0.3, 0.46, 0.43], 4, 4, "3 stand a little farther apart"),
        ([0.3, 0.46, 0.48], 4, 4, "no other number keeps them farther apart"),
        ([None, None], 2, 2, "no other number"),
    ],
)
def test_the_rule(silhouettes: list[float | None], elbow: int, recommended: int, words: str) -> None:
    choice = _recommend(rows_of(silhouettes), elbow)
    assert choice.recommended == recommended
    assert words in " ".join(choice.sentences)


def test_few_different_customers_have_few_choices() -> None:
    three = np.repeat([[0.0, 0.0], [4.0, 0.0], [0.0, 9.0]], 5, axis=0)
    assert [row["k"] for row in choose_k(three).rows] == [2]
    assert choose_k(three[:10]).recommended == 2
    with pytest.raises(InputError, match="Every customer has the same values"):
        choose_k(three[:5])
    with pytest.raises(InputError, match="DBSCAN finds out itself"):
        choose_k(three, "dbscan")


def test_row_order_changes_no_byte() -> None:
    rows = np.random.default_rng(0).gamma(1.0, size=(3000, 3))
    order = np.random.default_rng(1).permutation(len(rows))
    assert json.dumps(choose_k(rows).to_dict()) == json.dumps(choose_k(rows[order]).to_dict())


def test_the_public_files_get_numbers_one_can_work_with(real_data: Path) -> None:
    folder = real_data / "rfm_clustered"
    for name, expected in (("RFM_Clustered.csv", 4), ("RFM_Clustered_int_labels.csv", 4)):
        frame = pd.read_csv(folder / name)
        encoder, _ = fit_encoder(frame, ["Recency", "Frequency", "Monetary"], "auto", {})
        choice = choose_k(encoder.transform(frame))
        assert (choice.recommended, choice.best_silhouette) == (expected, 2), name

"""Stability: groups that are there come back, invented ones do not, and it is said which."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from data.errors import InputError
from models.segmentation import cluster
from models.segmentation.assigners import Assigner, Centres
from models.segmentation.params import BY_DENSITY, COUNTED
from models.segmentation.stability import _crossed, _rand, stability, to_dict


def groups(count: int = 2500, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    corners = np.array([[0, 0], [6, 0], [0, 6], [6, 6]])
    return corners[rng.integers(0, 4, count)] + rng.normal(0.0, 0.6, (count, 2))


@pytest.mark.parametrize("method", [*COUNTED, *BY_DENSITY])
def test_groups_that_are_there_come_back(method: str) -> None:
    matrix = groups(1200)
    codes = cluster.fit(matrix, method, 4).assign(matrix)
    found = stability(matrix, codes, cluster.refit_of(method, 4, customers=len(matrix)), 4, rounds=5)
    assert found.low > 0.9
    assert found.low <= found.mean <= found.high
    assert found.stable
    assert found.weak == ()
    assert min(found.by_code.values()) > 0.9
    assert found.sentence.startswith("Stable: ")


def test_one_cloud_cut_in_pieces_is_not_stable() -> None:
    matrix = np.random.default_rng(0).normal(size=(2000, 6))
    codes = cluster.fit(matrix, "kmeans", 8).assign(matrix)
    found = stability(matrix, codes, cluster.refit_of("kmeans", 8, customers=len(matrix)), 8)
    assert found.mean < 0.5
    assert not found.stable
    assert found.sentence.startswith("Unstable: ")
    assert f"{found.mean:.2f} of 1" in found.sentence


def test_the_segment_that_does_not_come_back_is_named() -> None:
    matrix = groups()
    codes = cluster.fit(matrix, "kmeans", 4).assign(matrix)
    # A fifth segment drawn by lot, of a tenth of the customers.
    codes[np.random.default_rng(0).random(len(codes)) < 0.1] = 4
    found = stability(matrix, codes, cluster.refit_of("kmeans", 4, customers=len(matrix)), 5)
    assert found.weak == (4,)
    assert not found.stable
    assert "Partly stable" in found.sentence
    assert "one segment mostly does not come back" in found.sentence
    keys = {code: f"segment_{code}" for code in range(5)}
    described = to_dict(found, keys)
    assert list(described["by_segment"]) == list(keys.values())
    assert described["by_segment"]["segment_4"] < 0.2
    assert described["by_segment"]["segment_0"] > 0.8
    assert (described["rounds"], described["stable"]) == (20, False)


def test_rounds_without_clusters_count_against_it() -> None:
    def never(rows: np.ndarray, seed: int) -> Assigner:
        raise InputError("No crowd.")

    matrix = groups(400)
    found = stability(matrix, cluster.fit(matrix, "kmeans", 4).assign(matrix), never, 4, rounds=3)
    assert (found.mean, found.by_code[0], found.stable) == (0.0, 0.0, False)


def test_the_index_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    known, found = rng.integers(-1, 4, 500), rng.integers(-1, 6, 500)
    found = np.where(rng.random(500) < 0.6, known, found)
    assert _rand(_crossed(known, found, 4)) == pytest.approx(adjusted_rand_score(known, found))
    assert _rand(_crossed(np.zeros(9, dtype=int), np.zeros(9, dtype=int), 1)) == 1.0


def test_same_customers_same_bytes_in_any_order() -> None:
    matrix = np.random.default_rng(0).gamma(1.0, size=(1500, 3))
    order = np.random.default_rng(1).permutation(len(matrix))
    codes = cluster.fit(matrix, "kmeans", 4).assign(matrix)
    refit = cluster.refit_of("kmeans", 4, customers=len(matrix))
    texts = {
        json.dumps(vars(stability(rows, labels, refit, 4, rounds=4)))
        for rows, labels in ((matrix, codes), (matrix[order], codes[order]), (matrix, codes))
    }
    assert len(texts) == 1


def test_a_segment_that_nobody_of_the_sample_is_in_is_not_judged() -> None:
    matrix = np.array([[0.0], [1.0], [5.0], [6.0]])
    codes = np.array([0, 0, 2, 2], dtype=np.int16)
    found = stability(matrix, codes, lambda rows, seed: Centres(np.array([[0.5], [5.5]])), 3, rounds=2)
    assert found.by_code == {0: 1.0, 2: 1.0}
    assert found.mean == 1.0

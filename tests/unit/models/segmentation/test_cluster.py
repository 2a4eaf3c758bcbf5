"""Clusters: known groups come back, every customer is assigned by the same rule, and bad input gets words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from data.errors import InputError
from models.segmentation import cluster, density
from models.segmentation.assigners import Centres, Exemplars, Mixture, assigner_from_dict
from models.segmentation.params import BY_DENSITY, COUNTED, KMEANS
from models.segmentation.sampling import distinct, draw

METHODS = (*COUNTED, *BY_DENSITY)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other take seconds where the machine is busy."""
    with threadpool_limits(limits=1):
        yield


def groups(count: int = 3000, k: int = 4, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Customers of `k` groups of one width, on a square of side 6."""
    rng = np.random.default_rng(seed)
    corners = np.array([[0, 0, 0], [6, 0, 0], [0, 6, 0], [6, 6, 0]])[:k]
    truth = rng.integers(0, k, count)
    return corners[truth] + rng.normal(0.0, 0.7, (count, 3)), truth


def same_json(assigner: cluster.Assigner) -> str:
    return json.dumps(assigner.to_dict(), allow_nan=False)


@pytest.mark.parametrize("method", METHODS)
def test_known_groups_come_back(method: str) -> None:
    matrix, truth = groups()
    found = cluster.fit(matrix, method, 4)
    codes = found.assign(matrix)
    assert codes.dtype == np.int16
    assert found.centres.shape == (4, 3)
    inside = codes >= 0
    assert inside.mean() > (0.95 if method in BY_DENSITY else 0.9999)
    assert adjusted_rand_score(truth[inside], codes[inside]) > 0.99
    assert adjusted_rand_score(truth, codes) > 0.95


@pytest.mark.parametrize("method", METHODS)
def test_customers_beyond_the_sample_are_assigned_by_the_same_rule(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cluster.SAMPLES, method, 800)
    matrix, truth = groups(6000)
    codes = cluster.fit(matrix, method, 4).assign(matrix)
    assert adjusted_rand_score(truth, codes) > 0.93
    assert (codes >= 0).mean() > 0.95


@pytest.mark.parametrize("method", METHODS)
def test_row_order_and_threads_change_nothing(method: str) -> None:
    matrix, _ = groups(1500)
    order = np.random.default_rng(9).permutation(len(matrix))
    with threadpool_limits(limits=1):
        first = cluster.fit(matrix, method, 4)
    with threadpool_limits(limits=2):
        second = cluster.fit(matrix[order], method, 4)
    assert same_json(first) == same_json(second)
    np.testing.assert_array_equal(first.assign(matrix)[order], second.assign(matrix[order]))


@pytest.mark.parametrize("method", METHODS)
def test_what_is_saved_assigns_the_same(method: str) -> None:
    matrix, _ = groups(1500)
    found = cluster.fit(matrix, method, 4)
    again = assigner_from_dict(json.loads(same_json(found)))
    np.testing.assert_array_equal(again.assign(matrix), found.assign(matrix))
    np.testing.assert_array_equal(again.centres, found.centres)
    assert same_json(again) == same_json(found)


def test_k_means_assigns_like_scikit_learn() -> None:
    matrix = np.random.default_rng(3).normal(size=(4000, 5))
    centres = KMeans(6, n_init=2, random_state=0).fit(matrix)
    codes = Centres(centres.cluster_centers_).assign(matrix)
    np.testing.assert_array_equal(codes, centres.labels_)


def test_k_means_finds_the_optimum_scikit_learn_finds_with_the_largest_cluster_first() -> None:
    matrix = np.random.default_rng(3).gamma(2.0, size=(4000, 3))
    found = cluster.fit(matrix, KMEANS, 5)
    codes = found.assign(matrix)
    inertia = ((matrix - found.centres[codes]) ** 2).sum()
    assert inertia <= KMeans(5, n_init=10, random_state=0).fit(matrix).inertia_ * 1.001
    counts = np.bincount(codes)
    assert list(counts) == sorted(counts, reverse=True)


def test_a_mixture_assigns_like_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    matrix = np.vstack([rng.normal(0, 1, (1500, 3)) @ rng.normal(size=(3, 3)), rng.normal(1, 0.4, (700, 3))])
    model = GaussianMixture(4, random_state=0).fit(matrix)
    found = Mixture(model.means_, model.weights_, model.precisions_cholesky_)
    np.testing.assert_array_equal(found.assign(matrix), model.predict(matrix))


def test_a_mixture_does_not_shrink_onto_customers_alike_in_one_figure() -> None:
    rng = np.random.default_rng(0)
    matrix = np.column_stack(
        [np.where(rng.random(2000) < 0.4, 0.0, rng.normal(1, 1, 2000)), rng.normal(size=2000)]
    )
    found: Any = cluster.fit(matrix, "gaussian", 3)
    deviations = 1.0 / np.array([np.diag(factor) for factor in found.precisions])
    assert deviations.min() >= np.sqrt(cluster.LEAST_VARIANCE * matrix.var(axis=0).mean()) * 0.99


def test_the_cut_of_a_tree_is_that_of_scipy() -> None:
    from scipy.cluster.hierarchy import cut_tree

    matrix = np.random.default_rng(8).normal(size=(300, 4))
    tree = cluster.ward_tree(matrix)
    for k in (1, 2, 7, 300):
        ours = cluster.ward_cut(tree, k)
        assert len(np.unique(ours)) == k
        assert adjusted_rand_score(cut_tree(tree, k)[:, 0], ours) == 1.0


def test_ward_says_how_many_stay_where_the_tree_put_them() -> None:
    matrix, _ = groups(900)
    (note,) = cluster.fit(matrix, "ward", 4).notes
    assert "900 customers" in note
    assert "100%" in note


@pytest.mark.parametrize("method", COUNTED)
def test_more_segments_than_different_customers_are_refused_with_their_number(method: str) -> None:
    matrix = np.repeat([[0.0, 1.0], [1.0, 1.0], [5.0, 2.0]], 20, axis=0)
    with pytest.raises(InputError, match="4 segments cannot be made of 3 different customers: choose 3"):
        cluster.fit(matrix, method, 4)
    assert sorted(np.bincount(cluster.fit(matrix, method, 3).assign(matrix))) == [20, 20, 20]


@pytest.mark.parametrize("method", METHODS)
def test_alike_customers_one_customer_and_none_are_refused(method: str) -> None:
    with pytest.raises(InputError, match="Every customer has the same values"):
        cluster.fit(np.ones((50, 2)), method, 2)
    with pytest.raises(InputError, match="Every customer has the same values"):
        cluster.fit(np.ones((1, 2)), method, 2)
    with pytest.raises(InputError, match="There are no customers"):
        cluster.fit(np.ones((0, 2)), method, 2)


@pytest.mark.parametrize("method", METHODS)
def test_two_customers_get_an_answer_or_words(method: str) -> None:
    matrix = np.array([[0.0, 0.0], [1.0, 1.0]])
    if method in COUNTED:
        assert sorted(cluster.fit(matrix, method, 2).assign(matrix)) == [0, 1]
    else:
        with pytest.raises(InputError, match="choose"):
            cluster.fit(matrix, method, 0)


def test_rules_are_no_clustering() -> None:
    with pytest.raises(InputError, match="RFM rules is no clustering"):
        cluster.fit(np.eye(3), "rules", 2)


def test_loners_are_outliers() -> None:
    matrix, _ = groups(1000)
    far = np.array([[30.0, 30.0, 30.0], [-20.0, 0.0, 0.0], [3.0, 3.0, 9.0]])
    for method in BY_DENSITY:
        found = cluster.fit(np.vstack([matrix, far]), method, 0)
        assert found.assign(far).tolist() == [-1, -1, -1]


def test_dbscan_says_the_distance_it_found() -> None:
    matrix, _ = groups(1000)
    sample = matrix[draw(matrix, 5000, 42)]
    (note,) = cluster.fit(matrix, "dbscan", 0).notes
    assert "The distance was found from the data." in note
    eps = float(note.split("distance of ")[1].split(" ")[0])
    curve = density.neighbour_distances(sample, 32)
    assert curve[0] < eps < curve[-1]
    (told,) = cluster.fit(matrix, "dbscan", 0, eps=1.25).notes
    assert (
        told
        == "DBSCAN grouped customers at a distance of 1.25 and at least 32 neighbours, of 1,000 customers looked at."
    )


def test_the_knee_is_where_the_curve_bends_most() -> None:
    assert density.knee(np.array([*np.linspace(0.1, 0.2, 90), *np.linspace(0.2, 5.0, 10)])) == pytest.approx(
        0.2
    )
    assert density.knee(np.full(5, 3.0)) == 3.0
    assert density.knee(np.zeros(5)) > 0


def test_dbscan_without_a_crowd_or_with_one_says_what_to_change() -> None:
    matrix, _ = groups(500)
    with pytest.raises(InputError, match=r"no crowd of alike customers at a distance of 0\.001"):
        cluster.fit(matrix, "dbscan", 0, eps=0.001)
    found = cluster.fit(matrix, "dbscan", 0, eps=50.0)
    assert len(found.centres) == 1
    assert found.notes[1] == "All but the outliers make one crowd: try a smaller distance, or K-Means."


def test_hdbscan_without_a_crowd_says_what_to_change() -> None:
    matrix = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(InputError, match="crowds of 900 among 40 customers"):
        cluster.fit(matrix, "hdbscan", 0, min_size=900)
    with pytest.raises(InputError, match="HDBSCAN found no crowd"):
        cluster.fit(matrix, "hdbscan", 0, min_size=30)


def test_many_outliers_are_told() -> None:
    rng = np.random.default_rng(0)
    matrix = np.vstack(
        [rng.normal(0, 0.05, (150, 2)), rng.normal(8, 0.05, (150, 2)), rng.uniform(-40, 40, (700, 2))]
    )
    found = cluster.fit(matrix, "hdbscan", 0, min_size=60)
    assert (found.assign(matrix) < 0).mean() > 0.6
    assert "of them are in no crowd: try a larger one, or K-Means" in found.notes[-1]


@pytest.mark.parametrize(
    ("asked", "sample", "customers", "size"),
    [
        (0, 10_000, 10**6, 100),
        (0, 400, 400, 20),
        (0, 10, 10, 5),
        (1000, 5_000, 10**6, 5),
        (50, 500, 500, 50),
        (3, 9, 9, 3),
    ],
)
def test_the_least_size_counts_all_customers(asked: int, sample: int, customers: int, size: int) -> None:
    assert density.scaled_size(asked, sample, customers) == size


def test_many_exemplars_are_thinned_and_still_cover_their_clusters() -> None:
    matrix, truth = groups(5000)
    found: Any = cluster.fit(matrix, "hdbscan", 0)
    assert len(found.points) == density.EXEMPLARS
    assert adjusted_rand_score(truth, found.assign(matrix)) > 0.95


def test_a_refit_shrinks_the_least_size_with_the_part() -> None:
    matrix, truth = groups(2000)
    refit = cluster.refit_of("hdbscan", 0, min_size=200, customers=2000)
    part = matrix[:500]
    assert adjusted_rand_score(truth[:500], refit(part, 1).assign(part)) > 0.9
    assert "crowds of at least 50" in refit(part, 1).notes[0]


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "circles"},
        {"centres": []},
        {"centres": [[1.0, float("inf")]]},
        {"labels": [0, 9]},
        {"radius": [1.0, 2.0]},
        {"points": None},
        {"more": 1},
    ],
)
def test_damaged_clusterings_are_refused(damage: dict[str, Any]) -> None:
    good = Exemplars(np.eye(2), np.array([0, 0], dtype=np.int16), np.array([1.0]), np.ones((1, 2)))
    with pytest.raises((KeyError, TypeError, ValueError)):
        assigner_from_dict({**good.to_dict(), **damage})
    mixture = {"kind": "mixture", "centres": [[0.0]], "weights": [-1.0], "precisions": [[[1.0]]]}
    with pytest.raises(ValueError, match="positive"):
        assigner_from_dict(mixture)


def test_a_draw_is_fair_to_alike_customers_and_blind_to_their_order() -> None:
    matrix = np.repeat([[1.0, 2.0], [3.0, 4.0]], [3000, 7000], axis=0)
    rows = matrix[draw(matrix, 1000, 5)]
    assert distinct(matrix) == 2
    assert abs((rows[:, 0] == 1.0).sum() - 300) < 60
    order = np.random.default_rng(1).permutation(len(matrix))
    np.testing.assert_array_equal(matrix[order][draw(matrix[order], 1000, 5)], rows)
    assert len(set(draw(matrix, 1000, 5).tolist())) == 1000

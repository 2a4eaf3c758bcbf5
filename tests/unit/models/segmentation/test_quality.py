"""Silhouette and explained variance are those of scikit-learn and of the textbook."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from models.segmentation import quality

RNG = np.random.default_rng(2)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other take seconds where the machine is busy."""
    with threadpool_limits(limits=1):
        yield


def test_silhouettes_of_several_labellings_are_those_of_scikit_learn() -> None:
    rows = RNG.normal(size=(700, 4)) + 1000.0
    labellings = [KMeans(k, n_init=1, random_state=0).fit(rows).labels_ for k in (2, 5, 9)]
    found = quality.silhouettes(rows, labellings)
    np.testing.assert_allclose(found, [silhouette_score(rows, codes) for codes in labellings], atol=1e-9)


def test_a_loner_counts_nothing_and_one_segment_has_no_silhouette() -> None:
    rows = np.array([[0.0], [0.0], [1.0], [9.0]])
    loner, one, gap = np.array([0, 0, 0, 1]), np.zeros(4, dtype=int), np.array([0, 0, 2, 2])
    found = quality.silhouettes(rows, [loner, one, gap])
    assert found[0] == pytest.approx(silhouette_score(rows, loner))
    assert found[1] is None
    assert found[2] == pytest.approx(silhouette_score(rows, gap))


def test_alike_customers_have_a_silhouette_of_one_or_none() -> None:
    rows = np.repeat([[0.0, 0.0], [1.0, 2.0]], 5, axis=0)
    assert quality.silhouettes(rows, [np.repeat([0, 1], 5)]) == [1.0]
    assert quality.silhouettes(np.ones((4, 2)), [np.array([0, 0, 1, 1])]) == [0.0]


def test_inertia_and_explained_are_those_of_k_means() -> None:
    rows = RNG.gamma(2.0, size=(900, 3))
    model = KMeans(4, n_init=1, random_state=0).fit(rows)
    # Stopped a little early, its centres are not quite the means.
    assert quality.within(rows, model.labels_) == pytest.approx(model.inertia_, rel=1e-3)
    total = ((rows - rows.mean(axis=0)) ** 2).sum()
    assert quality.explained(rows, model.labels_) == pytest.approx(1 - model.inertia_ / total, rel=1e-3)
    assert quality.explained(np.ones((5, 2)), np.array([0, 0, 1, 1, 1])) == 0.0


def test_quality_leaves_outliers_out() -> None:
    rows = np.vstack([RNG.normal(0, 0.1, (60, 2)), RNG.normal(5, 0.1, (60, 2)), [[900.0, 900.0]]])
    codes = np.array([0] * 60 + [1] * 60 + [-1], dtype=np.int16)
    found = quality.quality(rows, codes)
    assert found.silhouette == pytest.approx(silhouette_score(rows[:-1], codes[:-1]))
    assert found.explained is not None
    assert found.explained > 0.99
    assert quality.quality(rows, np.where(codes == 1, -1, codes)) == quality.Quality(None, None)
    order = RNG.permutation(len(rows))
    assert quality.quality(rows[order], codes[order]) == found


def test_many_customers_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.vstack([RNG.normal(0, 1, (1200, 2)), RNG.normal(4, 1, (1200, 2))])
    codes = np.repeat([0, 1], 1200)
    whole = silhouette_score(rows, codes)
    monkeypatch.setattr(quality, "PAIRS", 800)
    monkeypatch.setattr(quality, "SAMPLE", 2000)
    assert quality.quality(rows, codes).silhouette == pytest.approx(whole, abs=0.02)

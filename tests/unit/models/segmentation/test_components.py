"""Principal components: those of scikit-learn, with a sign that does not flip."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA

from models.segmentation.components import Components, fit_components
from models.segmentation.encoded import EncodedColumn


def columns(count: int) -> list[EncodedColumn]:
    return [EncodedColumn(f"a{place}", f"Column {place}") for place in range(count)]


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    rng = np.random.default_rng(6)
    return rng.normal(size=(3000, 5)) @ rng.normal(size=(5, 5)) + 40.0


def test_components_are_those_of_scikit_learn_with_the_largest_weight_positive(matrix: np.ndarray) -> None:
    found, model = fit_components(matrix, columns(5)), PCA(3).fit(matrix)
    np.testing.assert_allclose(found.explained, model.explained_variance_ratio_, rtol=1e-9)
    signs = np.sign(model.components_[np.arange(3), np.abs(model.components_).argmax(axis=1)])
    np.testing.assert_allclose(found.weights, (model.components_ * signs[:, None]).T, atol=1e-9)
    assert (found.weights[np.abs(found.weights).argmax(axis=0), np.arange(3)] > 0).all()
    np.testing.assert_allclose(found.transform(matrix), model.transform(matrix) * signs, atol=1e-4)
    assert found.transform(matrix).dtype == np.float32


def test_loadings_are_correlations_with_the_column(matrix: np.ndarray) -> None:
    found = fit_components(matrix, columns(5))
    scores = found.transform(matrix).astype(np.float64)
    for place, loading in enumerate(found.loadings):
        expected = [np.corrcoef(matrix[:, place], scores[:, which])[0, 1] for which in range(3)]
        np.testing.assert_allclose(loading["values"], expected, atol=1e-5)
        assert loading["label"] == f"Column {place}"


def test_neither_row_order_nor_another_draw_flips_or_moves_them(matrix: np.ndarray) -> None:
    first = json.dumps(fit_components(matrix, columns(5)).to_dict())
    order = np.random.default_rng(2).permutation(len(matrix))
    assert json.dumps(fit_components(matrix[order], columns(5)).to_dict()) == first
    half = fit_components(matrix[:1500], columns(5))
    full = fit_components(matrix, columns(5))
    assert ((half.weights * full.weights).sum(axis=0) > 0.95).all()


@pytest.mark.parametrize("wide", [1, 2])
def test_fewer_columns_than_components_leave_the_others_zero(matrix: np.ndarray, wide: int) -> None:
    found = fit_components(matrix[:, :wide], columns(wide))
    assert sum(found.explained) == pytest.approx(1.0)
    assert found.explained[wide:] == (0.0,) * (3 - wide)
    assert found.transform(matrix[:, :wide]).shape == (3000, 3)
    assert (found.transform(matrix[:, :wide])[:, wide:] == 0).all()


def test_one_customer_and_alike_ones_make_no_components() -> None:
    for rows in (np.ones((1, 3)), np.ones((20, 3))):
        found = fit_components(rows, columns(3))
        assert found.explained == (0.0, 0.0, 0.0)
        assert (found.transform(rows) == 0).all()
        assert [loading["values"] for loading in found.loadings] == [[0.0, 0.0, 0.0]] * 3


def test_what_is_saved_gives_the_same_coordinates(matrix: np.ndarray) -> None:
    found = fit_components(matrix, columns(5))
    again = Components.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    np.testing.assert_array_equal(again.transform(matrix), found.transform(matrix))
    assert again.loadings == found.loadings
    for damage in ({"weights": [[1.0]]}, {"mean": [1.0]}, {"explained": [1.0]}, {"loadings": []}):
        with pytest.raises(ValueError, match="components"):
            Components.from_dict({**found.to_dict(), **damage})

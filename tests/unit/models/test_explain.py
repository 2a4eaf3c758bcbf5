from typing import Any

import numpy as np
import pytest

from data.names import FEATURES, REASON_COLUMNS
from models import explain
from models.transforms import MODEL_FEATURES, fit_baseline


def test_contributions_add_up_to_the_score(shop: Any) -> None:
    matrix = fit_baseline(shop.past).matrix(shop.past, 90)
    model = explain.fit_reasons(matrix, shop.past["actual_flag"].to_numpy(), 42)
    found = explain.effects(model, matrix)
    told = [MODEL_FEATURES.index(name) for name in explain.TOLD]
    assert found.sum(axis=1) + model.intercept_ == pytest.approx(model.predict(matrix[:, told]), abs=1e-9)
    assert found.mean(axis=0) == pytest.approx(np.zeros(len(explain.TOLD)), abs=1e-9)


def test_the_strongest_come_first_and_point_the_right_way(shop: Any) -> None:
    matrix = fit_baseline(shop.past).matrix(shop.past, 90)
    model = explain.fit_reasons(matrix, shop.past["actual_flag"].to_numpy(), 42)
    frame = explain.reasons(model, matrix)
    assert list(frame.columns) == list(REASON_COLUMNS)
    assert len(frame) == len(shop.past)
    sizes = frame[["reason_1_effect", "reason_2_effect", "reason_3_effect"]].abs().to_numpy()
    assert np.all(np.diff(sizes, axis=1) <= 0)
    names = frame[["reason_1", "reason_2", "reason_3"]].to_numpy()
    assert all(len(set(row)) == 3 for row in names)
    assert set(np.unique(names)) <= set(FEATURES)
    effects = explain.effects(model, matrix)
    recency = effects[:, explain.TOLD.index("recency_days")]
    assert np.corrcoef(recency, shop.past["recency_days"])[0, 1] < -0.9
    frequency = effects[:, explain.TOLD.index("frequency")]
    assert frequency[shop.past["frequency"] >= 6].mean() > 0 > frequency[shop.past["frequency"] == 1].mean()


def test_importance_lists_every_feature_by_gain() -> None:
    gains = np.zeros(len(MODEL_FEATURES))
    gains[2], gains[0] = 5.0, 7.123456
    frame = explain.importance(gains)
    assert frame["feature"].tolist()[:2] == [MODEL_FEATURES[0], MODEL_FEATURES[2]]
    assert frame["gain"].tolist()[:3] == [7.1235, 5.0, 0.0]
    assert sorted(frame["feature"]) == sorted(MODEL_FEATURES)

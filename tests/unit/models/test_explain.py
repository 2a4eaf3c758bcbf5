from typing import Any

import numpy as np
import pytest

from data.names import FEATURES, REASON_COLUMNS
from models import explain
from models.transforms import MODEL_FEATURES, fit_baseline


def test_contributions_add_up_to_the_score(shop: Any) -> None:
    past = shop.past.frame
    matrix = fit_baseline(past).matrix(past, 90)
    model = explain.fit_reasons(matrix, past["actual_flag"].to_numpy())
    found = explain.effects(model, matrix)
    told = [MODEL_FEATURES.index(name) for name in explain.TOLD]
    assert found.sum(axis=1) + model.intercept_ == pytest.approx(
        model.decision_function(matrix[:, told]), abs=1e-9
    )
    assert found.mean(axis=0) == pytest.approx(np.zeros(len(explain.TOLD)), abs=1e-9)


def test_the_strongest_come_first_and_point_the_right_way(shop: Any) -> None:
    past = shop.past.frame
    matrix = fit_baseline(past).matrix(past, 90)
    model = explain.fit_reasons(matrix, past["actual_flag"].to_numpy())
    frame = explain.reasons(model, matrix)
    assert list(frame.columns) == list(REASON_COLUMNS)
    assert len(frame) == len(past)
    sizes = frame[["reason_1_effect", "reason_2_effect", "reason_3_effect"]].abs().to_numpy()
    assert np.all(np.diff(sizes, axis=1) <= 0)
    names = frame[["reason_1", "reason_2", "reason_3"]].to_numpy()
    assert all(len(set(row)) == 3 for row in names)
    assert set(np.unique(names)) <= set(FEATURES)
    effects = explain.effects(model, matrix)
    recency = effects[:, explain.TOLD.index("recency_days")]
    assert np.corrcoef(recency, past["recency_days"])[0, 1] < -0.9
    frequency = effects[:, explain.TOLD.index("frequency")]
    assert frequency[past["frequency"] >= 6].mean() > 0 > frequency[past["frequency"] == 1].mean()


def test_importance_lists_every_feature_by_gain() -> None:
    rows = [{"feature": name, "gain": 0.0, "permutation": 1.0} for name in MODEL_FEATURES]
    rows[2]["gain"], rows[0]["gain"] = 5.0, 7.123456
    frame = explain.importance(rows)
    assert list(frame.columns) == ["feature", "gain"]
    assert frame["feature"].tolist()[:2] == [MODEL_FEATURES[0], MODEL_FEATURES[2]]
    assert frame["gain"].tolist()[:3] == [7.1235, 5.0, 0.0]
    assert sorted(frame["feature"]) == sorted(MODEL_FEATURES)

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from models.estimators import RandomForest


def test_a_leaf_is_its_share_of_buyers_with_one_customer_of_the_base_rate(signal: Any) -> None:
    fitted = RandomForest(trees=20).fit(signal.matrix, signal.flag)
    frame = fitted.booster_.trees_to_dataframe()
    leaves = frame[frame["left_child"].isna()]
    customers = leaves["count"].to_numpy(dtype=float)
    buyers = leaves["value"].to_numpy() * (customers + 1) + fitted.base_rate_ * customers
    assert len(leaves) > 100
    assert customers.min() >= 60
    assert buyers == pytest.approx(np.round(buyers), abs=1e-5)
    assert np.all((np.round(buyers) >= 0) & (np.round(buyers) <= customers))


def test_the_probability_is_the_mean_over_the_trees(signal: Any) -> None:
    fitted = RandomForest(trees=20).fit(signal.matrix, signal.flag)
    reached = fitted.booster_.predict(signal.matrix[:50], pred_leaf=True)
    values = [
        [fitted.booster_.get_leaf_output(tree, leaf) for tree, leaf in enumerate(row)] for row in reached
    ]
    mean = fitted.base_rate_ + np.mean(values, axis=1)
    assert fitted.predict_proba(signal.matrix[:50])[:, 1] == pytest.approx(mean, abs=1e-9)


def test_it_is_as_good_as_the_forest_of_scikit_learn(signal: Any) -> None:
    learned, held = slice(0, 1_200), slice(1_200, None)
    rows = np.nan_to_num(signal.matrix, nan=-1.0)
    fitted = RandomForest(3).fit(rows[learned], signal.flag[learned])
    other = RandomForestClassifier(200, min_samples_leaf=60, random_state=3)
    other.fit(rows[learned], signal.flag[learned])
    flag = signal.flag[held]
    losses = [
        -np.log(np.where(flag > 0, chance, 1 - chance))
        for chance in (fitted.predict_proba(rows[held])[:, 1], other.predict_proba(rows[held])[:, 1])
    ]
    more = losses[0] - losses[1]
    # Of a log loss of about 0.45.
    assert more.mean() < 0.01
    assert np.corrcoef(fitted.decision_function(rows[held]), signal.log_odds[held])[0, 1] > 0.9


def test_another_seed_is_another_forest_of_the_same_opinion(signal: Any) -> None:
    one, other = (RandomForest(seed).fit(signal.matrix, signal.flag) for seed in (1, 2))
    scores = one.decision_function(signal.matrix), other.decision_function(signal.matrix)
    assert not np.array_equal(*scores)
    assert np.corrcoef(*scores)[0, 1] > 0.98


def test_more_buyers_raise_the_chances(signal: Any) -> None:
    few, many = (
        RandomForest(trees=50).fit(signal.matrix, np.maximum(signal.flag, extra))
        for extra in (0.0, (signal.matrix[:, 0] > 1).astype(float))
    )
    high = signal.matrix[signal.matrix[:, 0] > 1.5]
    assert many.decision_function(high).mean() > few.decision_function(high).mean()

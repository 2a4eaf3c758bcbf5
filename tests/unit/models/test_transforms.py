from typing import Any

import numpy as np
import pytest

from data.names import FEATURES
from models.transforms import COLUMN, MODEL_FEATURES, fit_baseline, fit_scaler, signed_log, training_range


def test_scaled_columns_are_standard_and_gaps_are_told() -> None:
    random = np.random.default_rng(0)
    matrix = np.column_stack(
        [random.normal(5, 2, 1_000), random.lognormal(3, 1.5, 1_000), np.full(1_000, 7.0)]
    )
    matrix[::4, 0] = np.nan
    scaler = fit_scaler(matrix, tail=0.005, log_all=False)
    rows = scaler.transform(matrix)
    assert scaler.log.tolist() == [False, True, False]
    assert rows.shape == (1_000, 4)
    assert rows[:, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert rows[:, :2].std(axis=0) == pytest.approx([1, 1], abs=1e-9)
    assert np.all(rows[:, 2] == 0)
    assert (rows[::4, 3] > 0).all()
    assert len(np.unique(rows[:, 3])) == 2


def test_what_lies_outside_training_is_clipped() -> None:
    matrix = np.arange(1_000.0)[:, None]
    scaler = fit_scaler(matrix, tail=0.005, log_all=False)
    assert scaler.transform(np.array([[1e9]])) == pytest.approx(scaler.transform(np.array([[994.005]])))
    known = training_range(np.array([[1.0, np.nan], [3.0, np.nan]]))
    clipped = known.clip(np.array([[9.0, 5.0], [np.nan, np.nan]]))
    assert clipped[0].tolist() == [3.0, 0.0]
    assert np.isnan(clipped[1]).all()


def test_a_column_of_one_outlier_carries_nothing() -> None:
    matrix = np.zeros((1_000, 1))
    matrix[3] = 1e6
    assert np.all(fit_scaler(matrix, tail=0.0, log_all=True).transform(matrix) == 0)


def test_signed_log_keeps_the_sign() -> None:
    assert signed_log(np.array([-np.e + 1, 0.0, np.e - 1])) == pytest.approx([-1, 0, 1])


def test_the_matrix_is_the_features_and_what_follows_from_them(shop: Any) -> None:
    baseline = fit_baseline(shop.past)
    matrix = baseline.matrix(shop.past, 90)
    assert matrix.shape == (len(shop.past), len(MODEL_FEATURES))
    assert np.array_equal(matrix[:, : len(FEATURES)], shop.past[list(FEATURES)].to_numpy(), equal_nan=True)
    missing = {MODEL_FEATURES[column] for column in np.flatnonzero(np.isnan(matrix).any(axis=0))}
    assert missing == {"mean_gap_days", "last_gap_days", "overdue_ratio"}
    # One order a day in this shop, so expected spend is expected orders times expected value.
    product = matrix[:, COLUMN["expected_orders"]] * matrix[:, COLUMN["expected_order_value"]]
    assert matrix[:, COLUMN["expected_spend"]] == pytest.approx(
        product * (shop.past["frequency"] / shop.past["active_days"]).to_numpy()
    )

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.names import FEATURES
from models.transforms import (
    COLUMN,
    MODEL_FEATURES,
    fit_baseline,
    fit_scaler,
    read_scaler,
    signed_log,
    training_range,
)


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
    past = shop.past.frame
    baseline = fit_baseline(past)
    matrix = baseline.matrix(past, 90)
    assert matrix.shape == (len(past), len(MODEL_FEATURES))
    assert np.array_equal(matrix[:, : len(FEATURES)], past[list(FEATURES)].to_numpy(), equal_nan=True)
    missing = {MODEL_FEATURES[column] for column in np.flatnonzero(np.isnan(matrix).any(axis=0))}
    assert missing >= {"mean_gap_days", "last_gap_days", "overdue_ratio"}
    # One order a day in this shop, so expected spend is expected orders times expected value.
    product = matrix[:, COLUMN["expected_orders"]] * matrix[:, COLUMN["expected_order_value"]]
    assert matrix[:, COLUMN["expected_spend"]] == pytest.approx(
        product * (past["frequency"] / past["active_days"]).to_numpy()
    )


def test_a_scaler_read_back_is_the_same_and_a_damaged_one_refused() -> None:
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.normal(5, 2, 500), random.lognormal(3, 1.5, 500), np.full(500, 7.0)])
    matrix[::4, 0] = np.nan
    scaler = fit_scaler(matrix, tail=0.005, log_all=False)
    told = json.loads(json.dumps(scaler.to_dict(), allow_nan=False))
    assert np.array_equal(read_scaler(told).transform(matrix), scaler.transform(matrix))
    assert scaler.names(["a", "b", "c"]) == ["a", "b", "c", "a is missing"]
    with pytest.raises(KeyError):
        read_scaler({name: values for name, values in told.items() if name != "fill"})
    for name in ("mean", "missing"):
        with pytest.raises(ValueError, match="one value for each column"):
            read_scaler({**told, name: told[name][:-1]})


def test_how_the_frame_lies_in_memory_changes_nothing(shop: Any) -> None:
    frame = shop.past.frame
    baseline = fit_baseline(frame)
    apart = pd.DataFrame({name: frame[name].to_numpy().copy() for name in frame.columns})
    turned = frame[frame.columns[::-1]].iloc[::-1].iloc[::-1]
    matrix = baseline.matrix(frame, 90)
    assert matrix.flags.f_contiguous
    for other in (apart, turned):
        again = baseline.matrix(other, 90)
        assert again.flags.f_contiguous
        assert np.array_equal(again, matrix, equal_nan=True)


def test_what_is_infinite_counts_as_missing(shop: Any) -> None:
    frame = shop.past.frame.head(5).assign(overdue_ratio=np.inf)
    matrix = fit_baseline(shop.past.frame).matrix(frame, 90)
    assert np.isnan(matrix[:, COLUMN["overdue_ratio"]]).all()
    assert np.isfinite(matrix[:, COLUMN["recency_days"]]).all()

"""Scores 1 to 5: quintiles, ties, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.segmentation.rfm import cut_points, cuts_of, known_columns, score, scores_of

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.integers(0, 5).map(float), min_size=1, max_size=60)


def test_ten_different_customers_are_two_a_score() -> None:
    values = np.arange(1.0, 11.0)
    cuts = cut_points(values)
    assert cuts == (2.0, 4.0, 6.0, 8.0)
    assert score(values, cuts).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert score(values, cuts, fewer_is_better=True).tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_scores_are_those_of_interpolated_quintiles() -> None:
    values = np.random.default_rng(5).gamma(2, 50, 997).round(1)
    interpolated = tuple(np.quantile(values, (0.2, 0.4, 0.6, 0.8)))
    np.testing.assert_array_equal(score(values, cut_points(values)), score(values, interpolated))


def test_half_with_one_order_share_the_lowest_score() -> None:
    orders = np.array([1.0] * 50 + [2.0] * 25 + [3.0] * 15 + [9.0] * 10)
    cuts = cut_points(orders)
    assert cuts == (1.0, 1.0, 2.0, 3.0)
    scores = score(orders, cuts)
    assert dict(zip(orders.tolist(), scores.tolist(), strict=True)) == {1.0: 1, 2.0: 3, 3.0: 4, 9.0: 5}


def test_missing_scores_worst_and_moves_no_cut() -> None:
    values = [np.nan, 1.0, 2.0, 3.0, 4.0, 5.0, np.inf]
    cuts = cut_points(values)
    assert cuts == cut_points([1.0, 2.0, 3.0, 4.0, 5.0])
    assert score(values, cuts).tolist() == [1, 1, 2, 3, 4, 5, 1]
    assert score(values, cuts, fewer_is_better=True).tolist() == [1, 5, 4, 3, 2, 1, 1]


def test_no_value_at_all() -> None:
    assert cut_points([np.nan, np.nan]) == (0.0,) * 4
    assert score([np.nan], (0.0,) * 4, fewer_is_better=True).tolist() == [1]


@given(NUMBERS, st.booleans())
def test_equal_customers_score_equally_and_more_never_scores_worse(values: list[float], fewer: bool) -> None:
    scores = score(values, cut_points(values), fewer_is_better=fewer)
    assert set(scores.tolist()) <= {1, 2, 3, 4, 5}
    ranked = scores[np.argsort(values, kind="stable")].astype(int)
    steps = -np.diff(ranked) if fewer else np.diff(ranked)
    assert (steps >= 0).all()
    by_value: dict[float, set[int]] = {}
    for value, own in zip(values, scores.tolist(), strict=True):
        by_value.setdefault(value, set()).add(own)
    assert all(len(each) == 1 for each in by_value.values())


@given(NUMBERS, st.randoms())
def test_row_order_changes_no_cut(values: list[float], random: object) -> None:
    mixed = list(values)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert cut_points(mixed) == cut_points(values)


def test_a_column_that_is_not_there_scores_zero() -> None:
    frame = pd.DataFrame({"recency_days": [1.0, 9.0], "frequency": [np.nan, np.nan], "monetary": [5.0, 1.0]})
    assert known_columns(frame) == ("recency_days", "monetary")
    cuts = cuts_of(frame, {"monetary": (1, 2, 3, 4)})
    assert cuts == {"recency_days": (1.0,) * 4, "monetary": (1.0, 2.0, 3.0, 4.0)}
    assert scores_of(frame, cuts).tolist() == [[5, 0, 5], [1, 0, 1]]

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models import persist
from models.analysis import AnalysisResult
from models.served import DECIMALS, Served, with_columns
from models.transforms import COLUMN


@pytest.fixture(scope="module")
def served(untuned: AnalysisResult) -> Served:
    return persist.load(untuned.files)


def test_a_customer_is_scored_alone_as_among_others(shop: Any, served: Served) -> None:
    whole = served.score(shop.score)
    turned = np.random.default_rng(2).permutation(len(whole))
    pd.testing.assert_frame_equal(
        served.score(shop.score.iloc[turned]), whole.iloc[turned].reset_index(drop=True), check_exact=True
    )
    for rows in (slice(0, 1), slice(100, 150)):
        some = served.score(shop.score.iloc[rows])
        pd.testing.assert_frame_equal(some, whole.iloc[rows].reset_index(drop=True), check_exact=True)


def test_nobody_is_no_row(shop: Any, served: Served) -> None:
    assert (
        served.score(shop.score.head(0)).columns.tolist() == served.score(shop.score.head(1)).columns.tolist()
    )
    assert len(served.score(shop.score.head(0))) == 0


def test_who_lies_beyond_the_training_is_scored_at_its_edge(shop: Any, served: Served) -> None:
    largest = shop.past.frame["largest_order_value"].max()
    edge, beyond = (
        shop.score.head(20).assign(largest_order_value=value) for value in (largest, 1_000.0 * largest)
    )
    assert served.matrix(beyond)[:, COLUMN["largest_order_value"]] == pytest.approx(np.full(20, largest))
    columns = ["pred_prob", "pred_spend", "pred_spend_low", "pred_spend_high", "clv"]
    pd.testing.assert_frame_equal(served.score(beyond)[columns], served.score(edge)[columns])


def test_what_is_published_is_rounded_and_follows_from_itself(shop: Any, served: Served) -> None:
    scored = served.score(shop.score)
    matrix = served.matrix(shop.score)
    probability, prediction = served.predict(matrix)
    assert scored["pred_prob"].to_numpy() == pytest.approx(probability, abs=5e-7)
    assert scored["pred_spend"].to_numpy() == pytest.approx(prediction, abs=5e-5)
    for name in set(DECIMALS) & set(scored):
        assert np.array_equal(scored[name], np.round(scored[name], DECIMALS[name]))
    assert np.array_equal(scored["churn_risk"], np.round(1 - scored["pred_prob"], 6))


def test_columns_are_rounded_and_zero_has_no_sign(shop: Any) -> None:
    frame = shop.score.iloc[[3, 1]]
    table = with_columns(frame, {"pred_prob": np.array([0.12345678, -0.0]), "note": ["a", "b"]})
    assert table["pred_prob"].tolist() == [0.123457, 0.0]
    assert not np.signbit(table["pred_prob"]).any()
    assert table["note"].tolist() == ["a", "b"]
    assert table["customer_id"].tolist() == frame["customer_id"].tolist()
    assert table.index.tolist() == [0, 1]

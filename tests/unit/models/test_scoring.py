"""Where customers to score differ from those a model knows, it is said in words; elsewhere nothing is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.names import FEATURES
from models import scoring
from models.scoring import Outside, Trained
from models.transforms import TrainingRange, fit_baseline, training_range

TRAINED = Trained(dt.date(2025, 10, 2), dt.date(2025, 12, 31), "EUR", 600.0)
NOBODY = Outside(0.0, {})


@pytest.fixture(scope="module")
def seen(shop: Any) -> TrainingRange:
    return training_range(fit_baseline(shop.past.frame).matrix(shop.past.frame, 90))


def told(found: Outside = NOBODY, trained: Trained = TRAINED, **differs: Any) -> list[str]:
    alike: dict[str, Any] = {"last_date": dt.date(2025, 12, 31), "currency": "EUR", "history": 690.0}
    return scoring.warnings(found, trained, **(alike | differs))


def test_nobody_of_the_training_is_outside(shop: Any, seen: TrainingRange) -> None:
    assert scoring.outside(shop.past.frame, seen, 90) == NOBODY


def test_who_is_outside_is_counted_by_feature(shop: Any, seen: TrainingRange) -> None:
    frame = shop.past.frame.head(100).copy()
    frame.loc[frame.index[:10], "monetary"] = 1e9
    frame.loc[frame.index[5:15], "units"] = -5.0
    found = scoring.outside(frame, seen, 90)
    assert found.share == pytest.approx(0.15)
    assert found.features == {"monetary": pytest.approx(0.1), "units": pytest.approx(0.1)}


def test_time_that_only_goes_on_makes_nobody_an_outsider(shop: Any, seen: TrainingRange) -> None:
    frame = shop.past.frame.copy()
    for name in ("recency_days", "tenure_days"):
        frame[name] += 90
    frame["decayed_orders_30"] = 0.0
    assert scoring.outside(frame, seen, 90).share == 0.0
    frame["tenure_days"] += 1
    assert 0.0 < scoring.outside(frame, seen, 90).share < 0.1


def test_what_is_missing_is_not_outside(shop: Any, seen: TrainingRange) -> None:
    frame = shop.past.frame.head(3).copy()
    frame["mean_gap_days"] = np.nan
    assert scoring.outside(frame, seen, 90) == NOBODY
    assert scoring.outside(frame.iloc[:0], seen, 90) == NOBODY


def test_the_same_kind_of_data_needs_no_words() -> None:
    assert told() == []
    assert told(currency=None) == []
    assert told(trained=Trained(None, None, None, 600.0)) == []


def test_each_difference_is_told_in_a_sentence() -> None:
    assert "in USD, the model learned from amounts in EUR" in told(currency="USD")[0]
    assert (
        "end on 1 Oct 2025, before the model's cutoff of 2 Oct 2025"
        in told(last_date=dt.date(2025, 10, 1))[0]
    )
    assert told(last_date=dt.date(2026, 12, 31)) == []
    assert "end 366 days after the data the model learned from" in told(last_date=dt.date(2027, 1, 1))[0]
    assert told(history=450.0) == []
    assert "reach back 449 days, the model learned from 600" in told(history=449.0)[0]
    assert told(Outside(0.049, {"monetary": 0.049})) == []
    beyond = told(Outside(0.25, {"monetary": 0.2, "spend_90": 0.1, "decayed_orders_30": 0.1, "units": 0.1}))[
        0
    ]
    assert beyond.startswith("25 % of the customers lie outside what the model has seen")
    assert "(most often: money spent, money spent in the last 90 days, recent orders)" in beyond


def test_every_feature_has_words() -> None:
    for name in FEATURES:
        assert "_" not in scoring.feature_words(name), name


@pytest.mark.parametrize(
    ("bias", "words"),
    [
        (0.123, "12 % more than was then spent"),
        (-0.26, "26 % less than"),
        (0.001, "just what was then spent"),
    ],
)
def test_how_far_the_sum_was_off_before_is_told(bias: float, words: str) -> None:
    assert words in scoring.level_caution({"next_window_backtest": {"spend_bias": bias}})


@pytest.mark.parametrize("metrics", [None, {}, {"next_window_backtest": None}, {"next_window_backtest": {}}])
def test_without_a_backtest_the_caution_is_general(metrics: Any) -> None:
    assert scoring.level_caution(metrics).startswith("The sum holds if")


def test_history_reaches_back_to_the_first_customer() -> None:
    assert scoring.history_days(pd.DataFrame({"tenure_days": [3.0, 200.0]})) == 200.0
    assert scoring.history_days(pd.DataFrame({"tenure_days": []})) == 0.0

from typing import Any

import numpy as np
import pytest

from models.estimators import leaves
from models.estimators.tuning import MOST_ROUNDS, Pace

SETTINGS = {"objective": "regression", "metric": "l2", "boost_from_average": False}


def _losses(target: Any, raw: Any) -> Any:
    return (target - raw) ** 2


def _lesson(rows: int) -> leaves.Lesson:
    matrix = np.random.default_rng(3).normal(size=(rows, 2))
    return leaves.Lesson(matrix, np.sin(2 * matrix[:, 0]), np.zeros(rows))


def test_too_few_rows_learn_at_the_fixed_pace() -> None:
    assert leaves.find_pace(_lesson(150), SETTINGS, _losses, 1, 20_000) == leaves.FIXED


def test_what_is_plain_is_learned_for_long() -> None:
    found = leaves.find_pace(_lesson(2_000), SETTINGS, _losses, 1, 20_000)
    assert 20 < found.rounds <= MOST_ROUNDS


def test_the_pace_is_kept_to() -> None:
    lesson = _lesson(500)
    booster = leaves.learn(lesson, SETTINGS, Pace(0.2, 11), ["a", "b"])
    assert booster.num_trees() == 11
    again = leaves.from_text(leaves.text(booster), 2)
    assert np.array_equal(leaves.raw_scores(again, lesson.matrix), leaves.raw_scores(booster, lesson.matrix))


def test_text_that_is_no_model_is_refused() -> None:
    booster = leaves.learn(_lesson(500), SETTINGS, Pace(0.2, 2), ["a", "b"])
    with pytest.raises(ValueError, match="of 2 columns, not 3"):
        leaves.from_text(leaves.text(booster), 3)
    for bad in (b"", b"\xff", b"no trees at all"):
        with pytest.raises(ValueError, match="no trees of LightGBM"):
            leaves.from_text(bad, 2)

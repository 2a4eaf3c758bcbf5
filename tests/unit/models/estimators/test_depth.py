from typing import Any

import numpy as np
import pytest

from models.estimators import depth
from models.estimators.tuning import MOST_ROUNDS, Pace

SETTINGS = {"objective": "reg:squarederror", "base_score": 0.0}


def _losses(target: Any, margin: Any) -> Any:
    return (target - margin) ** 2


def _lesson(rows: int) -> tuple[Any, Any]:
    matrix = np.random.default_rng(3).normal(size=(rows, 2))
    return matrix, np.sin(2 * matrix[:, 0])


def test_too_few_rows_learn_at_the_fixed_pace() -> None:
    assert depth.find_pace(*_lesson(150), SETTINGS, _losses, 1, 20_000) == depth.FIXED


def test_what_is_plain_is_learned_for_long() -> None:
    found = depth.find_pace(*_lesson(2_000), SETTINGS, _losses, 1, 20_000)
    assert 20 < found.rounds <= MOST_ROUNDS
    # A loss computed here says so, too.
    watched = {**SETTINGS, "disable_default_eval_metric": True}
    assert 20 < depth.find_pace(*_lesson(2_000), watched, _losses, 1, 20_000).rounds <= MOST_ROUNDS


def test_the_pace_is_kept_to() -> None:
    matrix, target = _lesson(500)
    booster = depth.learn(matrix, target, SETTINGS, Pace(0.2, 11), ["a", "b"])
    assert booster.num_boosted_rounds() == 11
    again = depth.from_text(depth.text(booster), 2)
    assert np.array_equal(depth.margins(again, matrix), depth.margins(booster, matrix))


def test_text_that_is_no_model_is_refused() -> None:
    booster = depth.learn(*_lesson(500), SETTINGS, Pace(0.2, 2), ["a", "b"])
    with pytest.raises(ValueError, match="of 2 columns, not 3"):
        depth.from_text(depth.text(booster), 3)
    for bad, words in (
        (b"", "Expecting"),
        (b"\xff", "decode"),
        (b"{}", "no trees"),
        (b'{"learner": 1}', "cannot read"),
    ):
        with pytest.raises(ValueError, match=words):
            depth.from_text(bad, 2)

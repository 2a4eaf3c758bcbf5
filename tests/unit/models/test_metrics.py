from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.analysis import AnalysisResult
from models.candidates import Candidate
from models.metrics import leaderboard, rounded
from models.persist import versions


def test_floats_keep_ten_digits_at_any_depth() -> None:
    value = {
        "a": [1 / 3, (0.1 + 0.2, 5)],
        "b": {"c": -0.0, "d": True, "e": None, "f": "x"},
        "g": 123456789012.0,
    }
    found = rounded(value)
    assert found == {
        "a": [0.3333333333, [0.3, 5]], "b": {"c": 0.0, "d": True, "e": None, "f": "x"}, "g": 123456789000.0,
    }  # fmt: skip
    assert not np.signbit(found["b"]["c"])
    assert type(found["a"][1][1]) is int


def test_the_board_is_sorted_and_knows_who_serves() -> None:
    learners: Any = {
        "boosted": SimpleNamespace(learning_rate_=0.1, rounds_=70),
        "plain": SimpleNamespace(),
        "base": SimpleNamespace(),
    }
    candidates = (
        Candidate("base", "Base", 0, ("base",), baseline=True),
        Candidate("blend", "Blend", 4, ("boosted", "plain")),
        Candidate("plain", "Plain", 2, ("plain",)),
    )
    figures = {"base": {"loss": 0.4}, "blend": {"loss": 0.2}, "plain": {"loss": 0.2 + 1e-12}}
    rows = leaderboard(figures, candidates, candidates[1], learners, "loss")
    # What is level to nine digits is sorted by complexity.
    assert [row["name"] for row in rows] == ["plain", "blend", "base"]
    assert [row["serving"] for row in rows] == [row["champion"] for row in rows] == [False, True, False]
    assert [row["kind"] for row in rows] == ["candidate", "candidate", "baseline"]
    assert [row["settings"] for row in rows] == [{}, {"learning_rate": 0.1, "rounds": 70}, {}]


def test_the_champions_figures_stand_above_its_board(untuned: AnalysisResult) -> None:
    for key in ("propensity", "spend"):
        found = untuned.metrics[key]
        row = next(row for row in found["leaderboard"] if row["serving"])
        assert found["champion"] == row["name"]
        for name in set(row) - {"name", "kind", "champion", "serving"}:
            assert found[name] == row[name]


def test_the_choice_is_the_accurate_less_the_explainable(untuned: AnalysisResult) -> None:
    choice = untuned.metrics["choice"]
    rows = {row["name"]: row for row in untuned.metrics["propensity"]["leaderboard"]}
    assert (choice["simple"], choice["complex"]) == ("logistic", "random_forest")
    for name in ("log_loss", "auc", "brier"):
        difference = rows["random_forest"][name] - rows["logistic"][name]
        assert choice[name]["difference"] == pytest.approx(difference, abs=1e-9)
        assert choice[name]["low"] <= choice[name]["difference"] <= choice[name]["high"]


def test_sums_of_the_next_window_are_of_its_table(untuned: AnalysisResult) -> None:
    told, score = untuned.metrics["next_window"], untuned.score
    assert told["customers"] == len(score) == untuned.metrics["counts"]["next_window_customers"]
    assert told["predicted_spend"] == pytest.approx(score["pred_spend"].sum(), rel=1e-9)
    assert told["predicted_buyers"] == pytest.approx(score["pred_prob"].sum(), rel=1e-9)
    assert told["clv_total"] == pytest.approx(score["clv"].sum(), rel=1e-9)
    assert untuned.metrics["versions"] == versions()
    assert untuned.metrics["params"]["tune"] is False

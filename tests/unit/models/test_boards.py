import json

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import (
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    mean_tweedie_deviance,
    r2_score,
    roc_auc_score,
)

from models import boards
from models.evaluation import spend_figures

Floats = np.ndarray


class World:
    """Customers whose chance of buying is known, and models that see it through noise."""

    def __init__(self, customers: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        log_odds = random.normal(-1.5, 1.2, customers)
        self.true = expit(log_odds)
        self.flag = (random.random(customers) < self.true).astype(float)
        self.spend = self.flag * random.gamma(2.0, 20.0, customers) - (random.random(customers) < 0.02)
        self.noisy = expit(log_odds + random.normal(0.0, 1.0, customers))
        self.flat = np.full(customers, self.flag.mean())


@pytest.fixture(scope="module")
def world() -> World:
    return World(4_000, 1)


@pytest.fixture(scope="module")
def board(world: World) -> dict[str, dict[str, float]]:
    probabilities = {"flat": world.flat, "true": world.true, "twin": world.true.copy(), "noisy": world.noisy}
    able = {"flat": False, "true": True, "twin": True, "noisy": True}
    return boards.propensity_board(world.flag, probabilities, able, 42)


def delong(flag: Floats, score: Floats) -> float:
    """Standard error of the AUC: DeLong, DeLong & Clarke-Pearson (1988)."""
    ones, zeros = score[flag > 0], score[flag == 0]
    above = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
    return float(np.sqrt(above.mean(1).var(ddof=1) / len(ones) + above.mean(0).var(ddof=1) / len(zeros)))


def test_figures_are_scikit_learns_and_intervals_hold_them(
    world: World, board: dict[str, dict[str, float]]
) -> None:
    for name, values in {"true": world.true, "noisy": world.noisy, "flat": world.flat}.items():
        row = board[name]
        assert row["auc"] == pytest.approx(roc_auc_score(world.flag, values), abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(world.flag, values), abs=1e-12)
        assert row["log_loss"] == pytest.approx(log_loss(world.flag, values), abs=1e-9)
        for key in ("auc", "brier", "log_loss"):
            assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"]
    json.dumps(board, allow_nan=False)


@pytest.mark.parametrize("name", ["true", "noisy"])
def test_widths_are_those_of_theory(world: World, board: dict[str, dict[str, float]], name: str) -> None:
    row = board[name]
    theory = delong(world.flag, world.true if name == "true" else world.noisy)
    assert row["auc_se"] == pytest.approx(theory, rel=0.15)
    errors = {"auc": theory, "brier": row["brier_se"], "log_loss": row["log_loss_se"]}
    for key, error in errors.items():
        assert row[f"{key}_high"] - row[f"{key}_low"] == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_the_best_is_a_candidate_and_the_first_among_equals(board: dict[str, dict[str, float]]) -> None:
    assert [name for name, row in board.items() if row["best"]] == ["true"]
    verdicts = {name: row["verdict"] for name, row in board.items()}
    assert verdicts == {"flat": "worse", "true": "best", "twin": "no_worse", "noisy": "worse"}
    for name in ("true", "twin"):
        assert (board[name]["behind"], board[name]["behind_low"], board[name]["behind_high"]) == (0, 0, 0)
    worse = board["noisy"]
    assert worse["behind"] == pytest.approx(worse["log_loss"] - board["true"]["log_loss"], abs=1e-15)
    assert 0 < worse["behind_low"] < worse["behind"] < worse["behind_high"]
    # Paired: far narrower than the two log losses' own intervals.
    assert worse["behind_high"] - worse["behind_low"] < 0.7 * (worse["log_loss_high"] - worse["log_loss_low"])
    assert (board["flat"]["auc"], board["flat"]["auc_low"], board["flat"]["auc_high"]) == (0.5, 0.5, 0.5)


def test_a_baseline_may_be_ahead_but_is_never_the_best(world: World) -> None:
    values = {"baseline": world.true, "model": world.noisy}
    board = boards.propensity_board(world.flag, values, {"baseline": True, "model": False}, 42)
    assert board["baseline"]["best"]
    board = boards.propensity_board(world.flag, values, {"baseline": False, "model": True}, 42)
    assert board["model"]["verdict"] == "best"
    assert board["baseline"]["behind_high"] < 0
    assert board["baseline"]["verdict"] == "no_worse"
    # Nobody may be the best: the lowest is what the others are measured against.
    board = boards.propensity_board(world.flag, values, dict.fromkeys(values, False), 42)
    assert board["baseline"]["best"]


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    large = World(400_000, 9)
    truth = {
        "auc": roc_auc_score(large.flag, large.true),
        "brier": float((large.true * (1 - large.true)).mean()),
    }
    hits = dict.fromkeys(truth, 0)
    for seed in range(80):
        world = World(500, 100 + seed)
        row = boards.propensity_board(world.flag, {"true": world.true}, {"true": True}, seed)["true"]
        for key, value in truth.items():
            hits[key] += row[f"{key}_low"] <= value <= row[f"{key}_high"]
    # 95 % of 80 is 76, give or take 2; that they are not too wide is checked against theory above.
    assert min(hits.values()) >= 70


def test_one_class_only_and_two_customers(world: World) -> None:
    row = boards.propensity_board(np.zeros(50), {"a": world.true[:50]}, {"a": True}, 1)["a"]
    assert (row["auc"], row["auc_low"], row["auc_high"], row["brier_skill"]) == (0.5, 0.5, 0.5, 0.0)
    row = boards.propensity_board(np.array([0.0, 1.0]), {"a": np.array([0.2, 0.7])}, {"a": True}, 1)["a"]
    assert row["auc"] == 1.0
    assert row["auc_low"] <= 1.0 <= row["auc_high"]
    amounts = boards.spend_board(np.zeros(20), {"a": np.ones(20)}, {"a": True}, 1)["a"]
    assert (amounts["r2"], amounts["gini"], amounts["gini_low"], amounts["gini_high"]) == (0, 0, 0, 0)
    json.dumps([row, amounts], allow_nan=False)


def test_spend_figures_are_scikit_learns_and_the_best_has_the_lowest_deviance(world: World) -> None:
    predictions = {"flat": world.flat * 40, "true": world.true * 40, "noisy": world.noisy * 40}
    board = boards.spend_board(world.spend, predictions, {"flat": False, "true": True, "noisy": True}, 42)
    for name, predicted in predictions.items():
        row = board[name]
        paid = np.maximum(world.spend, 0.0)
        assert row["tweedie_deviance"] == pytest.approx(mean_tweedie_deviance(paid, predicted, power=1.5))
        assert row["mae"] == pytest.approx(mean_absolute_error(world.spend, predicted))
        assert row["r2"] == pytest.approx(r2_score(world.spend, predicted))
        for key in ("tweedie_deviance", "mae", "r2", "gini"):
            assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"]
    assert [row["verdict"] for row in board.values()] == ["worse", "best", "worse"]
    assert board["flat"]["gini"] == pytest.approx(0.0, abs=1e-12)
    assert board["flat"]["r2_high"] - board["flat"]["r2_low"] < 0.01
    true = board["true"]
    width = true["tweedie_deviance_high"] - true["tweedie_deviance_low"]
    assert width == pytest.approx(2 * 1.96 * true["tweedie_deviance_se"], rel=0.25)
    assert 0.02 < true["gini_high"] - true["gini_low"] < 0.1
    assert 0.01 < true["r2_high"] - true["r2_low"] < 0.1
    json.dumps(board, allow_nan=False)


def test_the_bootstrap_of_r2_and_gini_is_that_of_copied_rows(world: World) -> None:
    spend, predicted = world.spend[:600], world.true[:600] * 40
    row = boards.spend_board(spend, {"a": predicted}, {"a": True}, 7)["a"]
    random, copies = np.random.default_rng(8), []
    for _ in range(400):
        rows = random.integers(0, 600, 600)
        again = spend_figures(spend[rows], predicted[rows])
        copies.append((again["r2"], again["gini"], again["mae"]))
    for place, key in enumerate(("r2", "gini", "mae")):
        expected = float(np.std([copy[place] for copy in copies]))
        assert (row[f"{key}_high"] - row[f"{key}_low"]) / (2 * 1.96) == pytest.approx(expected, rel=0.2)


def test_a_paired_difference_is_the_complex_minus_the_simple(world: World) -> None:
    found = boards.paired_difference(world.flag, world.noisy, world.true, 42)
    assert list(found) == ["log_loss", "brier", "auc"]
    measures = {"log_loss": log_loss, "brier": brier_score_loss, "auc": roc_auc_score}
    for key, measure in measures.items():
        expected = measure(world.flag, world.true) - measure(world.flag, world.noisy)
        assert found[key]["difference"] == pytest.approx(expected, abs=1e-9)
        assert found[key]["low"] < expected < found[key]["high"]
    assert found["log_loss"]["high"] < 0 < found["auc"]["low"]
    swapped = boards.paired_difference(world.flag, world.true, world.noisy, 42)
    assert swapped["auc"]["low"] == pytest.approx(-found["auc"]["high"])
    same = boards.paired_difference(world.flag, world.true, world.true, 42)
    assert same["auc"] == {"difference": 0.0, "low": 0.0, "high": 0.0}

from typing import Any

import numpy as np
import pytest
from scipy.special import logit

from models import propensity, spend
from models.crossfit import out_of_fold
from models.evaluation import auc
from models.folds import fold_of
from models.learners import LightgbmLearner, LogisticLearner, TweedieLearner, ValueLearner
from models.transforms import fit_baseline

CHEAP = tuple(
    one for one in propensity.CANDIDATES if one.name in ("mbg_nbd", "logistic", "logistic_lightgbm")
)


def _candidate(name: str, complexity: int) -> propensity.Candidate:
    return propensity.Candidate(name, name, complexity, (name,))


@pytest.mark.parametrize(
    ("gain", "champion"),
    [(0.0001, "simple"), (0.05, "complex")],
)
def test_the_simpler_wins_within_a_standard_error(gain: float, champion: str) -> None:
    random = np.random.default_rng(0)
    hard = random.exponential(0.4, 5_000)
    losses = {"simple": hard, "complex": hard - gain + random.normal(0, 0.1, 5_000)}
    candidates = (_candidate("complex", 4), _candidate("simple", 1))
    assert propensity.choose_champion(losses, candidates).name == champion


def test_every_candidate_is_named_once_and_built_of_known_learners() -> None:
    for module in (propensity, spend):
        names = [one.name for one in module.CANDIDATES]
        assert len(set(names)) == len(names)
        assert {name for one in module.CANDIDATES for name in one.learners} == set(module.LEARNERS)


@pytest.fixture(scope="module")
def frames(simulate: Any) -> Any:
    return simulate(1_500, 11)


def _inputs(frames: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    past = frames.past
    matrix = fit_baseline(past).matrix(past, 90)
    return matrix, past["actual_flag"].to_numpy(), fold_of(past["customer_id"], 5, 42)


def _flip_z(before: np.ndarray, after: np.ndarray, flipped: np.ndarray, flag: np.ndarray) -> float:
    """How far flipped customers moved towards their flip, in standard errors.

    Noise in the outcomes flattens every model, which moves high scores down and low scores up; what
    the unflipped customers of the same score did is taken off.
    """
    score = logit(before)
    moved = logit(after) - score
    drift = np.polynomial.Polynomial.fit(score[~flipped], moved[~flipped], 3)
    towards = (moved - drift(score))[flipped] * np.where(flag[flipped] > 0, -1.0, 1.0)
    return float(towards.mean() / (towards.std(ddof=1) / np.sqrt(len(towards))))


def test_a_flipped_outcome_does_not_move_its_own_prediction(frames: Any) -> None:
    matrix, flag, fold = _inputs(frames)
    trains = np.ones(len(flag), dtype=bool)
    random = np.random.default_rng(4)
    # As many buyers as others, so that the base rate stays.
    flipped = np.zeros(len(flag), dtype=bool)
    for value in (0, 1):
        flipped[random.choice(np.flatnonzero(flag == value), 40, replace=False)] = True
    changed = np.where(flipped, 1 - flag, flag)
    before, after = (
        propensity.compete(matrix, outcome, fold, trains, 42, 2, candidates=CHEAP).probabilities
        for outcome in (flag, changed)
    )
    for name in before:
        assert abs(_flip_z(before[name], after[name], flipped, flag)) < 3
    # The test has teeth: scoring the training rows moves them by many standard errors.
    for learner in (LogisticLearner, LightgbmLearner):
        seen = [
            propensity.as_probability(learner(42).fit(matrix, outcome).predict(matrix))
            for outcome in (flag, changed)
        ]
        assert _flip_z(*seen, flipped, flag) > 5


def test_predictions_of_a_fold_are_those_of_a_model_without_it(frames: Any) -> None:
    matrix, flag, fold = _inputs(frames)
    trains = np.ones(len(flag), dtype=bool)
    trains[:100] = False
    found = out_of_fold({"logistic": LogisticLearner}, matrix, flag, fold, trains, 42, 2)["logistic"]
    rest = trains & (fold != 2)
    alone = LogisticLearner(42).fit(matrix[rest], flag[rest]).predict(matrix[fold == 2])
    assert np.array_equal(found[fold == 2], alone)


def test_the_competition_finds_the_signal(frames: Any) -> None:
    matrix, flag, fold = _inputs(frames)
    found = propensity.compete(matrix, flag, fold, np.ones(len(flag), dtype=bool), 42, 2)
    champion = next(row for row in found.leaderboard if row["champion"])
    assert champion["name"] == found.champion.name
    assert champion["auc"] > auc(flag, -matrix[:, 0]) - 0.005
    assert champion["auc"] > 0.75
    assert 0.8 < champion["calibration_slope"] < 1.25
    assert champion["ece"] < 0.03
    assert champion["mean_predicted"] == pytest.approx(flag.mean(), abs=0.02)
    # These customers do follow MBG/NBD, so nothing may look much better than it.
    truth = next(row for row in found.leaderboard if row["name"] == "mbg_nbd")
    assert champion["log_loss"] > truth["log_loss"] - 2 * truth["log_loss_se"]


def test_spend_adds_up_and_is_never_negative(frames: Any) -> None:
    matrix, flag, fold = _inputs(frames)
    amounts = frames.past["actual_spend"].to_numpy().copy()
    amounts[np.flatnonzero(flag > 0)[:5]] = -40.0
    trains = np.ones(len(flag), dtype=bool)
    found = spend.compete(matrix, amounts, np.full(len(flag), flag.mean()), fold, trains, 42, 2)
    for values in found.predictions.values():
        assert values.min() >= 0
        assert values.sum() == pytest.approx(amounts.sum())
    deviances = [row["tweedie_deviance"] for row in found.leaderboard]
    assert deviances == sorted(deviances)
    assert found.leaderboard[0]["name"] == found.champion.name


def test_nobody_spending_is_predicted_as_nothing(frames: Any) -> None:
    matrix, flag, _ = _inputs(frames)
    for learner in (TweedieLearner, ValueLearner):
        assert np.all(learner(42).fit(matrix, np.zeros(len(flag))).predict(matrix) == 0)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_fold_of_one_class_still_learns(frames: Any, value: float) -> None:
    matrix, flag, _ = _inputs(frames)
    for learner in propensity.LEARNERS.values():
        scores = learner(42).fit(matrix, np.full(len(flag), value)).predict(matrix)
        assert np.isfinite(scores).all()

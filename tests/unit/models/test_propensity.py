from typing import Any

import numpy as np
import pytest
from scipy.special import logit

from models import propensity
from models.candidates import PROPENSITY, Candidate
from models.crossfit import Split, makers_of
from models.estimators import Lightgbm, Logistic, predict_in_chunks
from models.evaluation import auc, log_losses, mean_error
from models.folds import fold_of
from models.transforms import MODEL_FEATURES, fit_baseline

CHEAP = propensity.competing(("mbg_nbd", "logistic", "logistic_lightgbm"))


def _candidate(name: str, complexity: int, *, baseline: bool = False) -> Candidate:
    return Candidate(name, name, complexity, (name,), baseline)


@pytest.mark.parametrize(
    ("gain", "champion"),
    [(0.0001, "simple"), (0.05, "complex")],
)
def test_the_simpler_wins_within_a_standard_error(gain: float, champion: str) -> None:
    random = np.random.default_rng(0)
    hard = random.exponential(0.4, 5_000)
    losses = {"simple": hard, "complex": hard - gain + random.normal(0, 0.1, 5_000), "cheat": hard * 0.0}
    candidates = (
        _candidate("complex", 4),
        _candidate("simple", 1),
        # However good, a baseline never serves.
        _candidate("cheat", 0, baseline=True),
    )
    assert propensity.choose_champion(losses, candidates).name == champion


def test_baselines_always_compete() -> None:
    names = [one.name for one in propensity.competing(("logistic",))]
    assert names == ["base_rate", "recency", "logistic", "plain_xgboost"]


@pytest.fixture(scope="module")
def frames(simulate: Any) -> Any:
    return simulate(1_500, 11)


def _inputs(frames: Any) -> tuple[np.ndarray, np.ndarray, Split]:
    past = frames.past.frame
    matrix = fit_baseline(past).matrix(past, 90)
    fold = fold_of(np.arange(len(past), dtype=np.uint64), 5, 42)
    return matrix, past["actual_flag"].to_numpy(), Split(fold, np.ones(len(past), dtype=np.bool_))


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
    matrix, flag, split = _inputs(frames)
    random = np.random.default_rng(4)
    # As many buyers as others, so that the base rate stays.
    flipped = np.zeros(len(flag), dtype=bool)
    for value in (0, 1):
        flipped[random.choice(np.flatnonzero(flag == value), 40, replace=False)] = True
    changed = np.where(flipped, 1 - flag, flag)
    before, after = (
        propensity.compete(matrix, outcome, split, CHEAP, 42, 2, tune=True).probabilities
        for outcome in (flag, changed)
    )
    for name in before:
        if name != "base_rate":
            assert abs(_flip_z(before[name], after[name], flipped, flag)) < 3
    # The test has teeth: scoring the training rows moves them by many standard errors.
    for learner in (Logistic(), Lightgbm()):
        seen = [
            propensity.as_probability(predict_in_chunks(learner.fit(matrix, outcome), matrix))
            for outcome in (flag, changed)
        ]
        assert _flip_z(*seen, flipped, flag) > 5


def test_the_competition_finds_the_signal(frames: Any) -> None:
    matrix, flag, split = _inputs(frames)
    found = propensity.compete(matrix, flag, split, PROPENSITY, 42, 2, tune=False)
    champion = propensity.champion_of(found, flag, PROPENSITY, "")
    assert not champion.baseline
    probability = found.probabilities[champion.name]
    assert auc(flag, probability) > max(auc(flag, -matrix[:, 0]) - 0.005, 0.75)
    assert probability.mean() == pytest.approx(flag.mean(), abs=0.02)
    # These customers do follow MBG/NBD, so nothing may look much better than it.
    losses = {name: log_losses(flag, values) for name, values in found.probabilities.items()}
    truth = losses["mbg_nbd"]
    assert losses[champion.name].mean() > truth.mean() - 2 * mean_error(truth)
    assert propensity.champion_of(found, flag, PROPENSITY, "xgboost").name == "xgboost"
    assert auc(flag, found.probabilities["base_rate"]) == 0.5


def test_what_serves_agrees_with_what_was_measured(frames: Any) -> None:
    matrix, flag, split = _inputs(frames)
    one = next(one for one in CHEAP if one.name == "logistic_lightgbm")
    found = propensity.compete(matrix, flag, split, (one,), 42, 2, tune=False)
    learners = {name: make().fit(matrix, flag) for name, make in makers_of((one,), 42, tune=False).items()}
    served = propensity.serve(one, found.platt[one.name], learners, matrix)
    assert np.corrcoef(logit(served), logit(found.probabilities[one.name]))[0, 1] > 0.95


def test_where_nothing_can_be_learned_no_fold_is_told_its_own_rate() -> None:
    """Customers alike in everything: each fold's models only mirror how many bought in the other folds."""
    random = np.random.default_rng(8)
    flag = (random.random(2_000) < 0.3).astype(float)
    fold = np.arange(2_000) % 5
    flag[(fold == 0) & (random.random(2_000) < 0.2)] = 0.0
    matrix = np.ones((2_000, len(MODEL_FEATURES)))
    split = Split(fold, np.ones(2_000, dtype=np.bool_))
    found = propensity.compete(matrix, flag, split, PROPENSITY, 42, 2, tune=False)
    for name, values in found.probabilities.items():
        if name != "mbg_nbd":
            assert values == pytest.approx(np.full(2_000, flag.mean()), abs=1e-9), name
        assert auc(flag, values) == pytest.approx(0.5)

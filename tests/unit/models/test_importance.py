from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from models import importance
from models.candidates import PROPENSITY, SPEND
from models.crossfit import Split, fit_on_all, makers_of
from models.evaluation import log_losses
from models.params import AnalysisParams
from models.transforms import MODEL_FEATURES, fit_baseline
from models.window import window_of

Floats = np.ndarray


@pytest.fixture(scope="module")
def world() -> tuple[Floats, Floats, LinearRegression]:
    random = np.random.default_rng(2)
    matrix = random.normal(0.0, 1.0, (3_000, 4))
    matrix[:, 3] = 7.0
    target = 3.0 * matrix[:, 0] + 1.0 * matrix[:, 1] + random.normal(0.0, 1.0, 3_000)
    return matrix, target, LinearRegression().fit(matrix, target)


def permuted(world: tuple[Floats, Floats, LinearRegression], repeats: int = 5) -> list[dict[str, float]]:
    matrix, target, model = world
    names = ("strong", "weak", "noise", "constant")
    return importance.permutation(
        model.predict, matrix, lambda predicted: (target - predicted) ** 2, names, 42, repeats
    )


def test_a_feature_is_worth_twice_its_weight_squared(
    world: tuple[Floats, Floats, LinearRegression],
) -> None:
    rows = permuted(world)
    assert [row["feature"] for row in rows] == ["strong", "weak", "noise", "constant"]
    # Shuffled, the squared error rises by 2 b^2 var(x): 18 and 2.
    assert rows[0]["permutation"] == pytest.approx(18.0, rel=0.05)
    assert rows[1]["permutation"] == pytest.approx(2.0, rel=0.07)
    assert abs(rows[2]["permutation"]) < 0.01
    assert (rows[3]["permutation"], rows[3]["permutation_se"]) == (0.0, 0.0)
    for row, truth in zip(rows[:2], (18.0, 2.0), strict=True):
        assert abs(row["permutation"] - truth) < 4 * row["permutation_se"]
        assert row["permutation_se"] < 0.1 * truth


def test_it_agrees_with_scikit_learn(world: tuple[Floats, Floats, LinearRegression]) -> None:
    matrix, target, model = world
    peer = permutation_importance(
        model, matrix, target, scoring="neg_mean_squared_error", n_repeats=10, random_state=1
    )
    found = [row["permutation"] for row in permuted(world, 10)]
    assert found == pytest.approx(list(peer.importances_mean), rel=0.05, abs=0.002)


def test_the_same_seed_gives_the_same_and_the_matrix_is_left_alone(
    world: tuple[Floats, Floats, LinearRegression],
) -> None:
    matrix = world[0].copy()
    assert permuted(world) == permuted(world)
    assert np.array_equal(matrix, world[0])


def test_log_losses_of_customers_make_a_measure() -> None:
    random = np.random.default_rng(3)
    matrix = random.random((2_000, 2))
    flag = (random.random(2_000) < matrix[:, 0]).astype(float)
    rows = importance.permutation(
        lambda rows: rows[:, 0], matrix, lambda p: log_losses(flag, p), ("knows", "nothing"), 1
    )
    assert rows[0]["permutation"] > 10 * rows[0]["permutation_se"] > 0
    assert rows[1] == {"feature": "nothing", "permutation": 0.0, "permutation_se": 0.0}


def test_a_fold_of_nobody_is_passed_over(shop: Any) -> None:
    past = window_of(shop.past.frame.head(300))
    matrix = fit_baseline(past.frame).matrix(past.frame, 90)
    split = Split(np.arange(300) % 3 + 1, np.ones(300, dtype=bool))
    asked = [one for one in (*PROPENSITY, *SPEND) if one.name in ("lightgbm", "lightgbm_tweedie")]
    made = makers_of(asked, 42, tune=False)
    learners = fit_on_all(made, matrix, {"lightgbm": past.flag, "tweedie": past.spent}, split.trains, 1)
    told: list[int] = []
    found = importance.importances(
        made, learners, matrix, past, split, AnalysisParams(), lambda: told.append(1)
    )
    assert (found["customers"], len(told)) == (100, 2)
    for key in ("prob", "spend"):
        assert {row["feature"] for row in found[key]} == set(MODEL_FEATURES)
        assert np.isfinite([row["permutation"] for row in found[key]]).all()

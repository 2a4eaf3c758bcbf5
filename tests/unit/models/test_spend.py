from typing import Any

import numpy as np
import pytest

from models import spend
from models.candidates import SPEND
from models.crossfit import Split, makers_of
from models.folds import fold_of
from models.transforms import fit_baseline


@pytest.fixture(scope="module")
def known(simulate: Any) -> Any:
    """Matrix, flags, net spends with some net returners, and folds of one simulated shop."""
    past = simulate(1_500, 11).past.frame
    amounts = past["actual_spend"].to_numpy().copy()
    flag = past["actual_flag"].to_numpy()
    amounts[np.flatnonzero(flag > 0)[:5]] = -40.0
    fold = fold_of(np.arange(len(past), dtype=np.uint64), 5, 42)
    split = Split(fold, np.ones(len(past), dtype=np.bool_))
    return fit_baseline(past).matrix(past, 90), flag, amounts, split


@pytest.fixture(scope="module")
def found(known: Any) -> spend.Spend:
    matrix, flag, amounts, split = known
    return spend.compete(matrix, amounts, np.full(len(flag), flag.mean()), split, SPEND, 42, 2, tune=False)


def test_spend_adds_up_and_is_never_negative(known: Any, found: spend.Spend) -> None:
    total = known[2].sum()
    assert set(found.predictions) == {one.name for one in SPEND}
    for values in found.predictions.values():
        assert values.min() >= 0
        assert values.sum() == pytest.approx(total)


def test_mean_and_median_are_of_the_three(found: spend.Spend) -> None:
    three = [found.predictions[name] for name in ("mbg_gamma_gamma", "hurdle", "lightgbm_tweedie")]
    assert found.predictions["mean"] == pytest.approx(np.mean(three, axis=0))
    middle = np.median(three, axis=0)
    assert found.predictions["median"] == pytest.approx(
        middle * found.predictions["mean"].sum() / middle.sum()
    )


def test_the_lowest_deviance_serves_unless_a_person_chooses(known: Any, found: spend.Spend) -> None:
    chosen = spend.champion_of(found, known[2], SPEND, "")
    assert not chosen.baseline
    assert chosen.name in ("mbg_gamma_gamma", "hurdle", "lightgbm_tweedie", "mean", "median")
    assert spend.champion_of(found, known[2], SPEND, "plain_xgboost").name == "plain_xgboost"
    # A baseline cannot be made to serve.
    assert spend.champion_of(found, known[2], SPEND, "spend_90") == chosen


def test_what_serves_has_the_scale_that_was_measured(known: Any, found: spend.Spend) -> None:
    matrix, flag, amounts, _ = known
    for name in ("median", "hurdle"):
        one = next(one for one in SPEND if one.name == name)
        made = makers_of((one,), 42, tune=False)
        learners = {key: make().fit(matrix, amounts) for key, make in made.items()}
        chance = np.full(len(flag), flag.mean())
        served = spend.serve(one, found.scale[name], learners, matrix, chance)
        assert served.sum() == pytest.approx(amounts.sum(), rel=0.15)
        assert np.corrcoef(served, found.predictions[name])[0, 1] > 0.9

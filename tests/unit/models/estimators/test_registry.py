"""What every learner of the registry keeps to, on the features of customers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from models import candidates
from models.estimators import PROPENSITY, SPEND, load, predict_in_chunks, raw
from models.transforms import COLUMN, MODEL_FEATURES, training_range

EVERY = [*PROPENSITY, *SPEND]
LEARNS = [name for name in EVERY if name not in ("mbg_nbd", "spend_90", "mbg_gamma_gamma")]
TUNED = ["xgboost", "lightgbm", "plain_xgboost", "plain_xgboost_spend", "tweedie"]


def _fit(name: str, customers: Any, *, tune: bool = False, rows: Any = slice(None)) -> Any:
    matrix, flag, spend = customers
    if name in PROPENSITY:
        return PROPENSITY[name](42, tune).fit(matrix[rows], flag[rows])
    return SPEND[name](42, tune).fit(matrix[rows], spend[rows])


@pytest.fixture(scope="module")
def fixed(customers: Any) -> dict[str, Any]:
    """Every learner at its fixed pace, fitted to all the customers."""
    return {name: _fit(name, customers) for name in EVERY}


@pytest.fixture(scope="module")
def tuned(customers: Any) -> dict[str, Any]:
    """Every learner at the pace that a holdout chose, where it has one to choose."""
    return {name: _fit(name, customers, tune=True) for name in EVERY}


def test_every_candidate_has_its_learners() -> None:
    assert {name for one in candidates.PROPENSITY for name in one.learners} == set(PROPENSITY)
    assert {name for one in candidates.SPEND for name in one.learners} == set(SPEND)


@pytest.mark.parametrize("tune", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_files_give_exactly_the_same_predictions(
    name: str, tune: bool, customers: Any, fixed: Any, tuned: Any
) -> None:
    fitted = (tuned if tune else fixed)[name]
    files = fitted.files()
    again = load(name, files)
    assert np.array_equal(raw(fitted, customers[0]), raw(again, customers[0]))
    assert again.files() == files
    assert again.get_params() == fitted.get_params()
    assert all(isinstance(data, bytes) and len(data) < 5_000_000 for data in files.values())


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_bytes(name: str, customers: Any, tuned: Any) -> None:
    assert _fit(name, customers, tune=True).files() == tuned[name].files()


@pytest.mark.parametrize("name", EVERY)
def test_a_customer_is_scored_alone_as_among_others(name: str, customers: Any, fixed: Any) -> None:
    matrix, fitted = customers[0], fixed[name]
    scores = raw(fitted, matrix)
    turned = np.random.default_rng(0).permutation(len(matrix))
    assert raw(fitted, matrix[turned]) == pytest.approx(scores[turned], abs=1e-9, rel=1e-9)
    assert raw(fitted, matrix[7:8]) == pytest.approx(scores[7:8], abs=1e-9, rel=1e-9)
    assert raw(fitted, np.asfortranarray(matrix)) == pytest.approx(scores, abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "random_forest"])
def test_the_order_of_training_rows_does_not_matter(name: str, customers: Any, fixed: Any) -> None:
    # A forest draws rows by position; whoever calls it keeps them in an order of their own.
    matrix = customers[0]
    turned = np.random.default_rng(0).permutation(len(matrix))
    one, other = fixed[name], _fit(name, customers, rows=turned)
    # XGBoost adds up in single precision.
    close = 1e-5 if "xgboost" in name else 1e-9
    assert raw(one, matrix) == pytest.approx(raw(other, matrix), abs=close, rel=close)


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("name", PROPENSITY)
def test_one_outcome_alone_is_learned(name: str, value: float, customers: Any) -> None:
    matrix = customers[0]
    fitted = PROPENSITY[name](42, True).fit(matrix, np.full(len(matrix), value))
    scores = raw(fitted, matrix)
    assert np.isfinite(scores).all()
    if name != "mbg_nbd":
        assert scores == pytest.approx(
            np.full(len(matrix), (2 * value - 1) * np.log(2 * len(matrix) + 1)), abs=0.02
        )
    assert np.array_equal(fitted.predict(matrix), np.full(len(matrix), value))
    assert np.array_equal(raw(load(name, fitted.files()), matrix), scores)


@pytest.mark.parametrize("name", SPEND)
def test_where_nobody_spends_nothing_is_expected(name: str, customers: Any) -> None:
    matrix = customers[0]
    fitted = SPEND[name](42, True).fit(matrix, np.zeros(len(matrix)))
    if name not in ("spend_90", "mbg_gamma_gamma"):
        assert np.all(raw(fitted, matrix) == 0)
    assert np.array_equal(raw(load(name, fitted.files()), matrix), raw(fitted, matrix))


@pytest.mark.parametrize("name", SPEND)
def test_no_spend_is_negative(name: str, customers: Any) -> None:
    matrix, flag, spend = customers
    returned = np.where(flag > 0, np.where(np.arange(len(flag)) % 2, -spend, spend), 0.0)
    scores = raw(SPEND[name](42, False).fit(matrix, returned), matrix)
    assert np.isfinite(scores).all()
    assert scores.min() >= 0


@pytest.mark.parametrize("name", EVERY)
def test_constant_and_missing_columns_carry_nothing(name: str, customers: Any) -> None:
    matrix = np.zeros_like(customers[0])
    matrix[:, COLUMN["mean_gap_days"]] = np.nan
    scores = raw(_fit(name, (matrix, *customers[1:])), matrix)
    assert np.isfinite(scores).all()
    assert np.ptp(scores) == 0


@pytest.mark.parametrize("name", LEARNS)
def test_gaps_in_any_column_are_no_hindrance(name: str, customers: Any) -> None:
    matrix = customers[0].copy()
    matrix[np.random.default_rng(5).random(matrix.shape) < 0.05] = np.nan
    assert np.isfinite(raw(_fit(name, (matrix, *customers[1:])), matrix)).all()


@pytest.mark.parametrize("name", EVERY)
def test_later_customers_clipped_to_the_training_score_within_reason(
    name: str, customers: Any, fixed: Any
) -> None:
    matrix, fitted = customers[0], fixed[name]
    far = training_range(matrix).clip(matrix * 1_000)
    assert np.isfinite(raw(fitted, far)).all()
    if name in ("value", "logistic", "recency"):
        # They clip by themselves, too.
        assert np.array_equal(raw(fitted, far), raw(fitted, matrix * 1_000))


@pytest.mark.parametrize(
    "name", ["recency", "plain_logistic", "logistic", "random_forest", "xgboost", "lightgbm", "plain_xgboost"]
)
def test_signal_is_found_in_customers_not_seen(name: str, customers: Any) -> None:
    matrix, flag, _ = customers
    rest = np.arange(len(flag)) % 3 > 0
    scores = raw(_fit(name, customers, tune=True, rows=rest), matrix[~rest])
    losses = np.logaddexp(0.0, scores) - flag[~rest] * scores
    share = flag[rest].mean()
    unlearned = -(flag[~rest] * np.log(share) + (1 - flag[~rest]) * np.log(1 - share))
    saved = unlearned - losses
    assert saved.mean() > 2 * saved.std() / np.sqrt(len(saved))


@pytest.mark.parametrize("name", [name for name in PROPENSITY if name not in ("base_rate", "mbg_nbd")])
def test_an_outcome_of_chance_is_not_learned_from_others(name: str, customers: Any) -> None:
    # Leak-free: on outcomes that nothing explains, customers not seen are ranked by chance.
    matrix = customers[0]
    flag = (np.random.default_rng(9).random(len(matrix)) < 0.3).astype(float)
    rest = np.arange(len(flag)) % 2 > 0
    scores = raw(PROPENSITY[name](42, True).fit(matrix[rest], flag[rest]), matrix[~rest])
    held = flag[~rest]
    above = (scores[held > 0][:, None] > scores[held == 0]).mean()
    ties = (scores[held > 0][:, None] == scores[held == 0]).mean()
    error = np.sqrt((len(held) + 1) / (12 * held.sum() * (1 - held).sum()))
    assert abs(above + ties / 2 - 0.5) < 3.5 * error


@pytest.mark.parametrize("name", TUNED)
def test_tuned_settings_are_told(name: str, fixed: Any, tuned: Any) -> None:
    fitted = tuned[name]
    told = json.loads(fitted.files()["json"])["learned"]
    assert (told["learning_rate"], told["rounds"]) == (fitted.learning_rate_, fitted.rounds_)
    assert 0 < fitted.rounds_ <= 600
    plain = fixed[name]
    assert (plain.learning_rate_, plain.rounds_) == ((0.05, 150) if "xgboost" in name else (0.03, 200))


@pytest.mark.parametrize("name", ["lightgbm", "tweedie", "random_forest"])
def test_gains_are_of_every_column(name: str, fixed: Any) -> None:
    found = fixed[name].gains()
    assert found.shape == (len(MODEL_FEATURES),)
    assert found.min() >= 0
    assert found.sum() > 0


@pytest.mark.parametrize("name", EVERY)
def test_damaged_files_are_told_in_words(name: str, fixed: Any) -> None:
    files = fixed[name].files()
    for ending, data in files.items():
        for bad in (data[: len(data) // 2], b"", b"\xff\xfe", b"[]", b"null", b"{}"):
            with pytest.raises(ValueError, match=r"^The files of a \w+ model "):
                load(name, {**files, ending: bad})
        with pytest.raises(ValueError, match=f"lack '{ending}'"):
            load(name, {other: content for other, content in files.items() if other != ending})


def test_files_of_another_learner_are_refused(fixed: Any) -> None:
    with pytest.raises(ValueError, match="are of 'BaseRate'"):
        load("logistic", fixed["base_rate"].files())
    with pytest.raises(ValueError, match="no learner 'magic'"):
        load("magic", {})


def test_chunks_do_not_change_a_score(customers: Any, fixed: Any) -> None:
    fitted = fixed["xgboost"]
    many = np.tile(customers[0], (201, 1))
    assert np.array_equal(predict_in_chunks(fitted, many), np.tile(raw(fitted, customers[0]), 201))
    assert predict_in_chunks(fitted, many[:0]).shape == (0,)

"""Published estimates, simulated truth, and the identities that the formulas must keep."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import approx_fprime
from scipy.special import beta, hyp2f1
from threadpoolctl import threadpool_limits

from models import btyd
from models.btyd import Btyd, _Counted, _negative_log_likelihood, fit_btyd, histories
from tests.histories import cdnow, needs_cdnow, simulated

Floats = NDArray[np.float64]
Histories = tuple[Floats, Floats, Floats]
TRUTH = Btyd(0.6, 8.0, 0.9, 2.5, 0.0)


def _parameters(model: Btyd) -> tuple[float, float, float, float]:
    return model.r, model.alpha, model.a, model.b


@pytest.fixture(scope="module")
def calibration() -> Histories:
    frame = cdnow()
    assert len(frame) == 2_357
    return frame["x"].to_numpy(), frame["t_x"].to_numpy(), frame["T"].to_numpy()


@pytest.fixture(scope="module")
def shop() -> tuple[Floats, Floats, Floats, Floats]:
    """20,000 customers of `TRUTH`, and their purchases in the 30 units of time after."""
    return simulated(TRUTH, 20_000, 3)


@pytest.fixture(scope="module")
def large() -> Histories:
    """So many distinct histories that a part of them gives the start of the fit."""
    found = simulated(TRUTH, 90_000, 5)[:3]
    assert len(np.unique(np.column_stack(found), axis=0)) > 2 * btyd.SAMPLE
    return found


@needs_cdnow
def test_bg_nbd_reproduces_fader_hardie_lee_2005(calibration: Histories) -> None:
    fitted = fit_btyd(*calibration, modified=False)
    assert _parameters(fitted) == pytest.approx((0.2426, 4.414, 0.793, 2.426), abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    one = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert fitted.expected_orders(*one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)


@needs_cdnow
def test_mbg_nbd_reproduces_batislam_2007(calibration: Histories) -> None:
    fitted = fit_btyd(*calibration)
    # Published: r .525, alpha 6.183, a .891, b 1.614, LL -9582.1
    assert _parameters(fitted) == pytest.approx((0.525, 6.183, 0.891, 1.614), abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9582.14, abs=0.01)


@needs_cdnow
@pytest.mark.parametrize("modified", [True, False])
def test_the_unit_of_time_changes_alpha_only(calibration: Histories, modified: bool) -> None:
    x, t_x, observed = calibration
    weeks, days = (
        fit_btyd(*calibration, modified=modified),
        fit_btyd(x, 7 * t_x, 7 * observed, modified=modified),
    )
    r, alpha, a, b = _parameters(weeks)
    assert _parameters(days) == pytest.approx((r, 7 * alpha, a, b), rel=1e-6)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7), rel=1e-9)


@pytest.mark.parametrize("modified", [True, False])
def test_parameters_of_simulated_customers_are_recovered(modified: bool) -> None:
    truth = replace(TRUTH, modified=modified)
    fitted = fit_btyd(*simulated(truth, 200_000, 1)[:3], modified=modified)
    assert fitted.modified is modified
    assert _parameters(fitted) == pytest.approx(_parameters(truth), rel=0.05)


def test_what_the_fit_expects_is_what_happens(shop: tuple[Floats, Floats, Floats, Floats]) -> None:
    x, t_x, observed, later = shop
    fitted = fit_btyd(x, t_x, observed)
    expected = fitted.expected_orders(x, t_x, observed, 30.0)
    chance = fitted.purchase_prob(x, t_x, observed, 30.0)
    for rows in (np.ones(len(x), dtype=bool), x >= 3, x == 0):
        assert expected[rows].mean() == pytest.approx(later[rows].mean(), rel=0.05)
        assert chance[rows].mean() == pytest.approx((later[rows] > 0).mean(), rel=0.05)


def test_a_start_from_a_part_of_the_customers_changes_nothing(
    large: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_two_stages = fit_btyd(*large)
    monkeypatch.setattr(btyd, "SAMPLE", 10**9)
    at_once = fit_btyd(*large)
    assert in_two_stages != at_once
    assert _parameters(in_two_stages) == pytest.approx(_parameters(at_once), rel=1e-5)
    assert in_two_stages.log_likelihood == pytest.approx(at_once.log_likelihood, abs=1e-4)


def test_neither_the_order_of_rows_nor_threads_change_a_bit(large: Histories) -> None:
    fitted = fit_btyd(*large)
    shuffled = np.random.default_rng(0).permutation(len(large[0]))
    with threadpool_limits(1):
        assert fit_btyd(*(column[shuffled] for column in large)) == fitted
    weight = np.random.default_rng(1).random(len(shuffled))
    assert fit_btyd(*(column[shuffled] for column in large), weight=weight[shuffled]) == fit_btyd(
        *large, weight=weight
    )


def test_a_weight_is_so_many_customers(shop: tuple[Floats, Floats, Floats, Floats]) -> None:
    columns = [column[:3_000] for column in shop[:3]]
    weight = np.random.default_rng(2).integers(0, 4, 3_000)
    repeated = fit_btyd(*(np.repeat(column, weight) for column in columns))
    assert fit_btyd(*columns, weight=weight.astype(float)) == repeated


@pytest.mark.parametrize("modified", [True, False])
def test_the_gradient_is_the_gradient(modified: bool) -> None:
    random = np.random.default_rng(0)
    x = np.sort(random.integers(0, 6, 200)).astype(float)
    observed = random.uniform(10, 50, 200)
    t_x = np.where(x > 0, observed * random.random(200), 0.0)
    history = _Counted.of(x, t_x, observed, random.integers(1, 4, 200).astype(float))
    for at in (
        np.array([0.2, 0.7, -0.4, 0.9]),
        np.array([-1.5, 3.0, 2.0, -2.0]),
        np.array([3.0, -4.0, 0.0, 5.0]),
    ):

        def value(log_params: Floats) -> float:
            return _negative_log_likelihood(log_params, history, modified)[0]

        _, gradient = _negative_log_likelihood(at, history, modified)
        step = 1e-5 * np.eye(4)
        numerical = [(value(at + one) - value(at - one)) / 2e-5 for one in step]
        assert gradient == pytest.approx(numerical, rel=1e-6, abs=1e-3)
        assert gradient == pytest.approx(approx_fprime(at, value, 1e-7), rel=1e-3, abs=0.05)


def test_expected_orders_equal_the_published_form_and_survive_hundreds_of_purchases() -> None:
    model = Btyd(0.25, 4.4, 0.79, 2.43, 0.0, modified=False)
    x, t_x, observed, ahead = np.array([3.0]), np.array([20.0]), np.array([35.0]), 26.0
    z = ahead / (model.alpha + observed + ahead)
    total = model.a + model.b + x - 1
    published = (
        total
        / (model.a - 1)
        * (
            1
            - ((model.alpha + observed) / (model.alpha + observed + ahead)) ** (model.r + x)
            * hyp2f1(model.r + x, model.b + x, total, z)
        )
        * model.p_alive(x, t_x, observed)
    )
    assert model.expected_orders(x, t_x, observed, ahead) == pytest.approx(published, rel=1e-10)
    busy = model.expected_orders(np.array([400.0]), np.array([364.0]), np.array([365.0]), 90.0)
    assert 40 < busy[0] < 110


def test_expected_orders_of_many_are_those_of_each() -> None:
    x = np.array([3.0, 0.0, 3.0, 1.0, 3.0])
    observed = np.array([35.5, 10.0, 35.5, 35.5, 20.0])
    t_x = np.array([20.0, 0.0, 30.0, 4.5, 20.0])
    together = TRUTH.expected_orders(x, t_x, observed, 26.0)
    alone = [
        TRUTH.expected_orders(*(column[[row]] for column in (x, t_x, observed)), 26.0)[0] for row in range(5)
    ]
    assert together.tolist() == alone
    assert len(set(alone)) == 5


@pytest.mark.parametrize(("a", "b"), [(3.0, 40.0), (20.0, 25.0), (1.0, 5.0), (0.5, 45.0)])
def test_averaging_over_chances_of_leaving_agrees_with_the_series(a: float, b: float) -> None:
    model = Btyd(0.7, 40.0, a, b, 0.0)
    x, observed = (grid.ravel() for grid in np.meshgrid([0.0, 1.0, 7.0, 60.0], [0.0, 30.0, 400.0]))
    series = model.orders_of_the_living(x, observed, 90.0)
    averaged = model._averaged_orders(x, observed, 90.0)
    assert averaged == pytest.approx(series, rel=0.01)


def test_a_series_that_scipy_loses_is_found_all_the_same() -> None:
    # hyp2f1 is infinite here, where r - a is 0, and 1 by its definition.
    size = float(np.exp(0.05078125))
    model = Btyd(size, 1.0, size, 1.0, 0.0, modified=False)
    found = model.orders_of_the_living(np.array([99.0]), np.zeros(1), 10.0)
    by_hand = (size + 99) / (size - 1) * (1 - (1 / 11) ** (size - 1))
    assert found == pytest.approx([by_hand], rel=1e-6)
    assert model._averaged_orders(np.array([99.0]), np.zeros(1), 10.0) == pytest.approx(found, rel=0.01)


log_sizes = st.floats(-9, 9)


@settings(max_examples=150, deadline=None)
@given(
    log_params=st.tuples(log_sizes, log_sizes, log_sizes, log_sizes),
    modified=st.booleans(),
    x=st.one_of(st.integers(0, 5), st.integers(0, 400)),
    t_x=st.floats(0, 1),
    observed=st.floats(0, 1_500),
    first=st.floats(0, 800),
    more=st.floats(1e-3, 800),
)
def test_more_time_never_means_fewer_orders(
    log_params: tuple[float, float, float, float],
    modified: bool,
    x: int,
    t_x: float,
    observed: float,
    first: float,
    more: float,
) -> None:
    model = Btyd(*(float(np.exp(size)) for size in log_params), 0.0, modified)
    history = np.array([float(x)]), np.array([t_x * observed if x else 0.0]), np.array([observed])
    alive = model.p_alive(*history)[0]
    soon, later = (model.expected_orders(*history, ahead)[0] for ahead in (first, first + more))
    assert 0 <= soon <= later * (1 + 1e-7) + 1e-12
    chance_soon, chance_later = (model.purchase_prob(*history, ahead)[0] for ahead in (first, first + more))
    assert 0 <= chance_soon <= chance_later <= alive <= 1
    # One purchase at least happens no oftener than purchases do.
    assert chance_later <= later * 1.03 + 1e-9


def test_chances_grow_with_the_horizon_and_p_alive_falls_with_silence() -> None:
    model = Btyd(0.6, 60.0, 0.5, 1.0, 0.0)
    x, t_x, observed = np.array([4.0]), np.array([200.0]), np.array([260.0])
    horizons = [model.purchase_prob(x, t_x, observed, days)[0] for days in (7, 30, 90, 365)]
    assert horizons == sorted(horizons)
    assert horizons[0] > 0
    assert horizons[-1] < model.p_alive(x, t_x, observed)[0]
    silent = [model.p_alive(x, np.array([t]), observed)[0] for t in (260.0, 200.0, 100.0, 10.0)]
    assert silent == sorted(silent, reverse=True)


def test_one_time_buyers_may_be_lost_in_mbg_nbd_and_never_in_bg_nbd() -> None:
    observed = np.array([0.0, 30.0, 260.0, 3_000.0])
    none = np.zeros(4)
    alive = Btyd(0.6, 60.0, 0.5, 1.0, 0.0).p_alive(none, none, observed)
    # At T = 0 only the chance of leaving after the first purchase is known: a / (a + b).
    assert alive[0] == pytest.approx(1 - 0.5 / 1.5)
    assert np.all(np.diff(alive) < 0)
    assert Btyd(0.6, 60.0, 0.5, 1.0, 0.0, modified=False).p_alive(none, none, observed).tolist() == [1.0] * 4


@pytest.mark.parametrize("modified", [True, False])
def test_the_likelihood_of_never_returning_is_the_integral_it_stands_for(modified: bool) -> None:
    r, alpha, a, b, observed = 0.7, 5.0, 0.8, 1.7, 12.0
    silent = (alpha / (alpha + observed)) ** r
    never = beta(a + 1, b) / beta(a, b) + beta(a, b + 1) / beta(a, b) * silent if modified else silent
    once = _Counted.of(np.zeros(1), np.zeros(1), np.array([observed]), np.ones(1))
    value, _ = _negative_log_likelihood(np.log([r, alpha, a, b]), once, modified)
    assert value == pytest.approx(-np.log(never), rel=1e-12)


def test_histories_count_days_after_the_first() -> None:
    frame = pd.DataFrame(
        {"active_days": [1.0, 4.0], "tenure_days": [50.0, 90.0], "recency_days": [50.0, 20.0]}
    )
    x, t_x, observed = histories(frame)
    assert (x.tolist(), t_x.tolist(), observed.tolist()) == ([0.0, 3.0], [0.0, 70.0], [50.0, 90.0])


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (0.793, 2.426, None),
        (0.05, 3.0, None),
        (np.exp(-9.0), np.exp(9.0), "does not show anybody leaving"),
        (0.002, 12.0, "does not show anybody leaving"),
        (2.0, 0.001, "shows everybody leaving at once"),
        (np.exp(9.0), np.exp(8.0), "does not show how customers differ in leaving"),
    ],
)
def test_a_chance_to_be_alive_that_means_nothing_is_doubted(a: float, b: float, words: str | None) -> None:
    found = Btyd(0.7, 60.0, float(a), float(b), 0.0).doubt()
    if words is None:
        assert found is None
    else:
        assert found == (
            f"This history {words}, so the chance to be still a customer (p_alive) cannot tell customers "
            "apart; rely on churn risk."
        )


def test_a_fit_to_customers_who_never_leave_is_doubted(shop: tuple[Floats, Floats, Floats, Floats]) -> None:
    random = np.random.default_rng(4)
    observed = random.uniform(100, 400, 3_000).round()
    x = random.poisson(random.gamma(2.0, 1 / 40, 3_000) * observed).astype(float)
    t_x = np.where(x > 0, observed * random.random(3_000) ** (1 / np.maximum(x, 1)), 0.0)
    fitted = fit_btyd(x, t_x, observed)
    assert fitted.a / (fitted.a + fitted.b) < 0.01
    assert fitted.p_alive(x, t_x, observed).mean() > 0.99
    assert "anybody leaving" in (fitted.doubt() or "")
    assert fit_btyd(*shop[:3]).doubt() is None


def test_nobody_is_fitted_by_ones() -> None:
    empty = np.zeros(0)
    assert fit_btyd(empty, empty, empty) == Btyd(1.0, 1.0, 1.0, 1.0, 0.0)
    assert fit_btyd(np.zeros(1), np.zeros(1), np.ones(1), weight=np.zeros(1)).r == 1.0
    assert len(TRUTH.expected_orders(empty, empty, empty, 9.0)) == 0


@pytest.mark.parametrize("modified", [True, False])
@pytest.mark.parametrize(
    ("x", "t_x", "observed"),
    [
        ([0] * 50, [0] * 50, [10] * 50),
        ([0] * 50, [0] * 50, list(range(50))),
        ([0] * 5, [0] * 5, [0] * 5),
        ([400] * 5, [364] * 5, [365] * 5),
        ([400, 0, 0, 1], [300, 0, 0, 1], [365, 0, 700, 1]),
        ([1] * 9, [1] * 9, [1] * 9),
        ([3], [0], [0]),
        ([2, 100_000], [1, 5], [1e6, 2e6]),
    ],
)
def test_extreme_histories_are_fitted_without_a_warning(
    x: list[float], t_x: list[float], observed: list[float], modified: bool
) -> None:
    history = tuple(np.array(column, dtype=np.float64) for column in (x, t_x, observed))
    fitted = fit_btyd(*history, modified=modified)
    alive = fitted.p_alive(*history)
    orders, chance = fitted.expected_orders(*history, 90.0), fitted.purchase_prob(*history, 90.0)
    assert np.isfinite([*_parameters(fitted), fitted.log_likelihood, *orders]).all()
    assert np.all((alive >= 0) & (alive <= 1) & (chance >= 0) & (chance <= alive) & (orders >= 0))


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (([1, 2], [5, 9], [10, 8]), "t_x, the last purchase, must not be after T.*row 1 has 9"),
        (([-1], [0], [8]), "x must be a number of at least 0: the history in row 0 has -1"),
        (([1], [-2], [8]), "t_x must be a number of at least 0.*-2"),
        (
            ([0, 0, 0], [0, 0, 0], [8, 8, np.nan]),
            "T must be a number of at least 0: the history in row 2 has nan",
        ),
        (([1.5], [2], [8]), "whole number.*1.5"),
        (([0], [2], [8]), "t_x must be 0 for a customer without a repeat purchase"),
        (([0, 1], [0], [8]), "have 2, 1 and 1 values"),
    ],
)
def test_a_history_that_cannot_be_is_told(history: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_btyd(*(np.array(column, dtype=np.float64) for column in history))


@pytest.mark.parametrize("modified", [True, False])
def test_a_model_comes_back_from_json(modified: bool) -> None:
    model = Btyd(0.1 + 0.2, 4.4, 0.79, 1e-7, -9582.43, modified)
    assert Btyd.from_dict(json.loads(json.dumps(model.to_dict()))) == model


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "Pareto/NBD"}, "no purchase model 'Pareto/NBD'; there are MBG/NBD and BG/NBD"),
        ({"alpha": 0.0}, "alpha of the saved model must be above 0"),
        ({"r": None}, "r of the saved model must be a number, not None"),
        ({"log_likelihood": float("nan")}, "log_likelihood of the saved model must be a number"),
    ],
)
def test_a_damaged_model_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Btyd.from_dict(TRUTH.to_dict() | change)

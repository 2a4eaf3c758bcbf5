"""Published estimates, simulated truth, and the identities that the formulas must keep."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import approx_fprime
from scipy.special import beta, hyp2f1

from models.btyd import Btyd, _negative_log_likelihood, fit_btyd, histories
from models.value import fit_gamma_gamma
from settings import Settings

SAMPLE = Settings().real_data / "cdnow" / "CDNOW_sample.txt"
needs_cdnow = pytest.mark.skipif(not SAMPLE.exists(), reason="CDNOW is not in LAPWING_REAL_DATA")
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def calibration() -> pd.DataFrame:
    """CDNOW's 1/10 sample in its first 39 weeks: x, t_x, T in weeks, mean value of repeat purchases."""
    names = ["master", "id", "day", "cds", "amount"]
    lines = pd.read_csv(SAMPLE, sep=r"\s+", header=None, names=names, dtype={"day": str})
    lines["day"] = pd.to_datetime(lines["day"], format="%Y%m%d")
    end = pd.Timestamp("1997-09-30")
    days = lines[lines["day"] <= end].groupby(["id", "day"], as_index=False)["amount"].sum()
    first = days.groupby("id")["day"].transform("min")
    repeats = days[days["day"] > first].groupby("id")["amount"].mean()
    span = days.groupby("id")["day"].agg(["min", "max", "count"])
    return pd.DataFrame(
        {
            "x": span["count"] - 1.0,
            "t_x": (span["max"] - span["min"]).dt.days / 7,
            "T": (end - span["min"]).dt.days / 7,
            "value": repeats.reindex(span.index),
        }
    )


def _arrays(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    return frame["x"].to_numpy(), frame["t_x"].to_numpy(), frame["T"].to_numpy()


@needs_cdnow
def test_bg_nbd_reproduces_fader_hardie_lee_2005(calibration: pd.DataFrame) -> None:
    assert len(calibration) == 2_357
    fitted = fit_btyd(*_arrays(calibration), modified=False)
    assert (fitted.r, fitted.alpha, fitted.a, fitted.b) == pytest.approx(
        (0.2426, 4.414, 0.793, 2.426), abs=1e-3
    )
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    one = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert fitted.expected_orders(*one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)


@needs_cdnow
def test_mbg_nbd_reproduces_batislam_2007(calibration: pd.DataFrame) -> None:
    fitted = fit_btyd(*_arrays(calibration))
    # Published: r .525, alpha 6.183, a .891, b 1.614, LL -9582.1
    assert (fitted.r, fitted.alpha, fitted.a, fitted.b) == pytest.approx(
        (0.525, 6.183, 0.891, 1.614), abs=2e-3
    )
    assert fitted.log_likelihood == pytest.approx(-9582.14, abs=0.01)


@needs_cdnow
def test_gamma_gamma_reproduces_fader_hardie_2013(calibration: pd.DataFrame) -> None:
    repeated = calibration[calibration["x"] > 0]
    assert len(repeated) == 946
    fitted = fit_gamma_gamma(repeated["x"].to_numpy(), repeated["value"].to_numpy())
    assert (fitted.p, fitted.q, fitted.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.01)


def _simulate(truth: Btyd, customers: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """x, t_x, T and purchases in the 30 units of time after T, of customers who follow `truth`."""
    random = np.random.default_rng(seed)
    observed = random.uniform(20, 60, customers).round()
    rate, leaving = (
        random.gamma(truth.r, 1 / truth.alpha, customers),
        random.beta(truth.a, truth.b, customers),
    )
    x, t_x, later = (np.zeros(customers) for _ in range(3))
    alive, clock = np.ones(customers, dtype=bool), np.zeros(customers)
    while alive.any():
        alive &= random.random(customers) >= leaving
        clock = clock + random.exponential(1.0, customers) / rate
        alive &= clock <= observed + 30
        inside = alive & (clock <= observed)
        x[inside] += 1
        t_x[inside] = clock[inside]
        later[alive & ~inside] += 1
    return x, t_x, observed, later


def test_parameters_of_simulated_customers_are_recovered() -> None:
    truth = Btyd(0.6, 8.0, 0.9, 2.5, 0.0)
    x, t_x, observed, later = _simulate(truth, 20_000, 3)
    fitted = fit_btyd(x, t_x, observed)
    assert (fitted.r, fitted.alpha, fitted.a, fitted.b) == pytest.approx((0.6, 8.0, 0.9, 2.5), rel=0.12)
    # What the fit expects of the future is what the simulation then did, overall and for the busy.
    expected, chance = (
        fitted.expected_orders(x, t_x, observed, 30.0),
        fitted.purchase_prob(x, t_x, observed, 30.0),
    )
    for rows in (np.ones(len(x), dtype=bool), x >= 3, x == 0):
        assert expected[rows].mean() == pytest.approx(later[rows].mean(), rel=0.05)
        assert chance[rows].mean() == pytest.approx((later[rows] > 0).mean(), rel=0.05)


@pytest.mark.parametrize("modified", [True, False])
def test_the_gradient_is_the_gradient(modified: bool) -> None:
    random = np.random.default_rng(0)
    x = random.integers(0, 6, 200).astype(float)
    observed = random.uniform(10, 50, 200)
    t_x = np.where(x > 0, observed * random.random(200), 0.0)
    weight = random.integers(1, 4, 200).astype(float)
    at = np.array([0.2, 0.7, -0.4, 0.9])

    def value(log_params: Floats) -> float:
        return _negative_log_likelihood(log_params, x, t_x, observed, weight, modified)[0]

    _, gradient = _negative_log_likelihood(at, x, t_x, observed, weight, modified)
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


def test_chances_grow_with_the_horizon_and_p_alive_falls_with_silence() -> None:
    model = Btyd(0.6, 60.0, 0.5, 1.0, 0.0)
    x, t_x, observed = np.array([4.0]), np.array([200.0]), np.array([260.0])
    horizons = [model.purchase_prob(x, t_x, observed, days)[0] for days in (7, 30, 90, 365)]
    assert horizons == sorted(horizons)
    assert horizons[0] > 0
    assert horizons[-1] < model.p_alive(x, t_x, observed)[0]
    silent = [model.p_alive(x, np.array([t]), observed)[0] for t in (260.0, 200.0, 100.0, 10.0)]
    assert silent == sorted(silent, reverse=True)
    # One-time buyers may be lost too in MBG/NBD; BG/NBD believes every one of them alive.
    once = (np.zeros(1), np.zeros(1), observed)
    assert model.p_alive(*once)[0] < 1
    assert Btyd(0.6, 60.0, 0.5, 1.0, 0.0, modified=False).p_alive(*once)[0] == 1


def test_the_likelihood_of_never_returning_is_the_integral_it_stands_for() -> None:
    r, alpha, a, b, observed = 0.7, 5.0, 0.8, 1.7, 12.0
    never = beta(a + 1, b) / beta(a, b) + beta(a, b + 1) / beta(a, b) * (alpha / (alpha + observed)) ** r
    value, _ = _negative_log_likelihood(
        np.log([r, alpha, a, b]), np.zeros(1), np.zeros(1), np.array([observed]), np.ones(1), True
    )
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


def test_a_fit_to_customers_who_never_leave_is_doubted() -> None:
    random = np.random.default_rng(4)
    observed = random.uniform(100, 400, 3_000).round()
    x = random.poisson(random.gamma(2.0, 1 / 40, 3_000) * observed).astype(float)
    t_x = np.where(x > 0, observed * random.random(3_000) ** (1 / np.maximum(x, 1)), 0.0)
    fitted = fit_btyd(x, t_x, observed)
    assert fitted.a / (fitted.a + fitted.b) < 0.01
    assert fitted.p_alive(x, t_x, observed).mean() > 0.99
    assert "anybody leaving" in (fitted.doubt() or "")
    leaving = _simulate(Btyd(0.6, 8.0, 0.9, 2.5, 0.0), 3_000, 3)
    assert fit_btyd(*leaving[:3]).doubt() is None


def test_nobody_and_identical_customers_are_fitted_without_a_warning() -> None:
    empty = np.zeros(0)
    assert fit_btyd(empty, empty, empty).r == 1.0
    same = fit_btyd(np.zeros(50), np.zeros(50), np.full(50, 10.0))
    assert np.isfinite(same.expected_orders(np.zeros(1), np.zeros(1), np.full(1, 10.0), 90.0)).all()
    assert np.isfinite(fit_btyd(np.zeros(5), np.zeros(5), np.zeros(5)).log_likelihood)


def test_gamma_gamma_leans_on_the_customer_the_more_it_saw() -> None:
    random = np.random.default_rng(1)
    orders = random.integers(1, 12, 20_000).astype(float)
    scale = random.gamma(4.0, 1 / 30.0, 20_000)
    mean = random.gamma(2.5 * orders) / scale / orders
    fitted = fit_gamma_gamma(orders, mean)
    assert (fitted.p, fitted.q, fitted.gamma) == pytest.approx((2.5, 4.0, 30.0), rel=0.08)
    few, many = fitted.expected_value(np.array([1.0, 200.0]), np.array([100.0, 100.0]))
    assert 25 < few < many < 100
    assert many > 97

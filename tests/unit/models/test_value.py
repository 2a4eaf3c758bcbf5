import json

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models import value
from models.value import GammaGamma, fit_gamma_gamma
from tests.histories import cdnow, needs_cdnow

Floats = NDArray[np.float64]


def _simulated(truth: GammaGamma, customers: int, seed: int) -> tuple[Floats, Floats]:
    """Orders and their mean value, in whole cents in all, of customers who follow `truth`."""
    random = np.random.default_rng(seed)
    orders = random.integers(1, 12, customers).astype(float)
    rate = random.gamma(truth.q, 1 / truth.gamma, customers)
    return orders, np.maximum(np.round(random.gamma(truth.p * orders) / rate, 2), 0.01) / orders


def _parameters(model: GammaGamma) -> tuple[float, float, float]:
    return model.p, model.q, model.gamma


@needs_cdnow
def test_gamma_gamma_reproduces_fader_hardie_2013() -> None:
    repeated = cdnow().dropna(subset="value")
    assert len(repeated) == 946
    fitted = fit_gamma_gamma(repeated["x"].to_numpy(), repeated["value"].to_numpy())
    assert _parameters(fitted) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert fitted.log_likelihood == pytest.approx(-4055.92, abs=0.01)


@pytest.mark.parametrize("truth", [GammaGamma(2.5, 4.0, 30.0, 0.0), GammaGamma(6.25, 3.74, 15.44, 0.0)])
def test_parameters_of_simulated_customers_are_recovered(truth: GammaGamma) -> None:
    fitted = fit_gamma_gamma(*_simulated(truth, 100_000, 1))
    assert _parameters(fitted) == pytest.approx(_parameters(truth), rel=0.03)


def test_an_order_is_valued_between_the_shop_and_the_customer() -> None:
    model = GammaGamma(2.5, 4.0, 30.0, 0.0)
    # Eq. 5: p (gamma + orders x mean) / (p orders + q - 1)
    assert model.expected_value(np.array([2.0]), np.array([50.0])) == pytest.approx([2.5 * 130 / 8])
    few, many = model.expected_value(np.array([1.0, 200.0]), np.array([100.0, 100.0]))
    assert 25 < few < many < 100
    assert many > 97


@pytest.mark.parametrize("customers", [2_000, 100_000])
def test_neither_the_order_of_rows_nor_threads_change_a_bit(customers: int) -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 30.0, 0.0), customers, 2)
    assert len(np.unique(orders * mean)) < customers
    fitted = fit_gamma_gamma(orders, mean)
    random = np.random.default_rng(0)
    shuffled, weight = random.permutation(customers), random.random(customers)
    with threadpool_limits(1):
        assert fit_gamma_gamma(orders[shuffled], mean[shuffled]) == fitted
        again = fit_gamma_gamma(orders[shuffled], mean[shuffled], weight=weight[shuffled])
    assert again == fit_gamma_gamma(orders, mean, weight=weight)
    assert again != fitted


def test_a_start_from_a_part_of_the_customers_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 300.0, 0.0), 100_000, 2)
    assert len(np.unique(orders * mean)) > 2 * value.SAMPLE
    in_two_stages = fit_gamma_gamma(orders, mean)
    monkeypatch.setattr(value, "SAMPLE", 10**9)
    at_once = fit_gamma_gamma(orders, mean)
    assert in_two_stages != at_once
    assert _parameters(in_two_stages) == pytest.approx(_parameters(at_once), rel=1e-4)
    assert in_two_stages.log_likelihood == pytest.approx(at_once.log_likelihood, abs=1e-3)


def test_a_weight_is_so_many_customers() -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 30.0, 0.0), 3_000, 4)
    weight = np.random.default_rng(2).integers(0, 4, 3_000)
    repeated = fit_gamma_gamma(np.repeat(orders, weight), np.repeat(mean, weight))
    weighted = fit_gamma_gamma(orders, mean, weight=weight.astype(float))
    assert _parameters(weighted) == pytest.approx(_parameters(repeated), rel=1e-6)


def test_the_currency_changes_gamma_only() -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 30.0, 0.0), 5_000, 3)
    euros, yen = fit_gamma_gamma(orders, mean), fit_gamma_gamma(orders, 163.0 * mean)
    assert _parameters(yen) == pytest.approx((euros.p, euros.q, 163.0 * euros.gamma), rel=1e-5)
    assert yen.log_likelihood == pytest.approx(euros.log_likelihood - 5_000 * np.log(163.0), rel=1e-9)


def test_the_gradient_is_the_gradient() -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 30.0, 0.0), 500, 3)
    spend = orders * mean / mean.mean()
    order = np.argsort(spend)
    objective = value._Counted.of(orders[order], spend[order], np.ones(500)).objective()
    for at in (np.zeros(3), np.array([1.5, 0.4, -2.0]), np.array([-3.0, 3.0, 4.0])):
        numerical = [(objective(at + one)[0] - objective(at - one)[0]) / 2e-5 for one in 1e-5 * np.eye(3)]
        assert objective(at)[1] == pytest.approx(numerical, rel=1e-6, abs=1e-8)


def test_customers_without_a_positive_value_teach_nothing() -> None:
    orders, mean = _simulated(GammaGamma(2.5, 4.0, 30.0, 0.0), 1_000, 3)
    more = fit_gamma_gamma(np.append(orders, [0.0, 3.0, 2.0]), np.append(mean, [0.0, 0.0, -7.0]))
    assert more == fit_gamma_gamma(orders, mean)
    assert fit_gamma_gamma(np.zeros(3), np.zeros(3)) == GammaGamma(1.0, 2.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("orders", "mean"),
    [([1] * 40, [10.0] * 40), ([400, 1], [1e6, 0.01]), ([1], [5.0]), ([3, 1, 1], [1e-4, 1e9, 3.0])],
)
def test_extreme_values_are_fitted_without_a_warning(orders: list[float], mean: list[float]) -> None:
    x, m = np.array(orders, dtype=np.float64), np.array(mean)
    fitted = fit_gamma_gamma(x, m)
    assert np.isfinite([*_parameters(fitted), fitted.log_likelihood]).all()
    assert np.all(fitted.expected_value(x, m) > 0)


def test_what_is_no_number_is_told() -> None:
    with pytest.raises(ValueError, match="must be finite numbers"):
        fit_gamma_gamma(np.ones(2), np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="2 numbers of orders for 3 mean values"):
        fit_gamma_gamma(np.ones(2), np.ones(3))


def test_a_model_comes_back_from_json() -> None:
    model = GammaGamma(0.1 + 0.2, 3.74, 15.44, -4055.92)
    assert GammaGamma.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    with pytest.raises(ValueError, match="q of the saved model must be a number, not None"):
        GammaGamma.from_dict({"p": 1.0})
    with pytest.raises(ValueError, match="p of the saved model must be above 0, not -1"):
        GammaGamma.from_dict(model.to_dict() | {"p": -1.0})

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, mean_tweedie_deviance, r2_score, roc_auc_score

from models import evaluation


@pytest.fixture(scope="module")
def outcome() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    probability = random.beta(1.0, 4.0, 5_000).round(2).clip(0.01, 0.99)
    flag = (random.random(5_000) < probability).astype(float)
    return flag, probability, flag * random.gamma(2.0, 20.0, 5_000)


def test_figures_agree_with_scikit_learn(outcome: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    flag, probability, spend = outcome
    found = evaluation.propensity_figures(flag, probability)
    assert found["auc"] == pytest.approx(roc_auc_score(flag, probability), abs=1e-12)
    assert found["brier"] == pytest.approx(brier_score_loss(flag, probability), abs=1e-12)
    assert found["log_loss"] == pytest.approx(log_loss(flag, probability), abs=1e-9)
    assert found["brier_reference"] == pytest.approx(flag.mean() * (1 - flag.mean()))
    predicted = probability * 40.0
    amounts = evaluation.spend_figures(spend, predicted)
    assert amounts["r2"] == pytest.approx(r2_score(spend, predicted), abs=1e-12)
    assert amounts["tweedie_deviance"] == pytest.approx(
        mean_tweedie_deviance(spend, predicted, power=1.5), rel=1e-9
    )


def test_true_probabilities_are_calibrated_and_pushed_ones_are_not(
    outcome: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    flag, probability, _ = outcome
    found = evaluation.propensity_figures(flag, probability)
    assert found["ece"] < 0.02
    assert found["calibration_slope"] == pytest.approx(1.0, abs=0.08)
    pushed = evaluation.propensity_figures(flag, np.where(probability > 0.2, 0.9, 0.02))
    assert pushed["ece"] > 0.2


@pytest.mark.parametrize("customers", [60, 400, 5_000])
def test_the_calibration_line_is_an_unpenalised_logistic_regression(
    outcome: tuple[np.ndarray, np.ndarray, np.ndarray], customers: int
) -> None:
    flag, probability = outcome[0][:customers], outcome[1][:customers]
    pushed = np.clip(probability**1.7, 0.001, 0.999)
    found = evaluation.propensity_figures(flag, pushed)
    log_odds = np.log(pushed / (1 - pushed))
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(log_odds[:, None], flag)
    assert found["calibration_slope"] == pytest.approx(peer.coef_[0, 0], abs=1e-4)
    assert found["calibration_intercept"] == pytest.approx(peer.intercept_[0], abs=1e-4)


def test_a_calibration_line_through_perfect_scores_stays_finite() -> None:
    apart = evaluation.propensity_figures(np.repeat([0.0, 1.0], 30), np.repeat([0.1, 0.9], 30))
    assert np.isfinite([apart["calibration_slope"], apart["calibration_intercept"]]).all()
    assert apart["calibration_slope"] > 5
    alike = evaluation.propensity_figures(np.repeat([0.0, 1.0], [90, 30]), np.full(120, 0.5))
    assert alike["calibration_slope"] == 1.0
    assert alike["calibration_intercept"] == pytest.approx(np.log(1 / 3), abs=1e-9)


def test_ties_and_single_classes() -> None:
    assert evaluation.auc(np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)) == 0.5
    assert evaluation.auc(np.ones(3), np.arange(3.0)) == 0.5
    assert evaluation.auc(np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0])) == 1.0
    assert evaluation.gini(np.zeros(4), np.ones(4)) == 0.0
    assert evaluation.gini(np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(1.0)
    assert evaluation.gini(np.array([0.0, 1.0, 5.0]), np.full(3, 2.0)) == pytest.approx(0.0, abs=1e-12)
    # By hand: 6 spent; the worst ranking gathers 0, 1, 6 of it, the best 5, 6, 6.
    assert evaluation.gini(np.array([0.0, 1.0, 5.0]), np.array([3.0, 2.0, 1.0])) == pytest.approx(-1.0)
    assert evaluation.gini(np.array([0.0, 1.0, 5.0]), np.array([3.0, 1.0, 2.0])) == pytest.approx(-0.2)


def test_a_net_return_counts_in_the_gini() -> None:
    spend = np.array([6.0, 4.0, -2.0, 0.0])
    # Cumulated 6, 10, 10, 8 of 8 in the best order and 6, 4, 8, 8 in this one; trapezoids of width 1/4.
    best, ours = (3 + 8 + 10 + 9) / 32 - 0.5, (3 + 5 + 6 + 8) / 32 - 0.5
    assert evaluation.gini(spend, np.array([4.0, 2.0, 3.0, 1.0])) == pytest.approx(ours / best)
    assert evaluation.gini(-spend, spend) == 0.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 8))
def test_weights_and_ties_as_scikit_learn_has_them(seed: int, customers: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    flag = (random.random(customers) < 0.4).astype(float)
    score, weight = random.integers(0, levels, customers) / 8, random.integers(0, 4, customers).astype(float)
    if 0 < flag.sum() < customers:
        assert evaluation.auc(flag, score) == pytest.approx(roc_auc_score(flag, score), abs=1e-12)
    if weight @ flag > 0 and weight @ (1 - flag) > 0:
        expected = roc_auc_score(flag, score, sample_weight=weight)
        weighted = evaluation.area(evaluation.ranking(score), weight * (1.0 - flag), weight * flag)
        assert weighted == pytest.approx(expected, abs=1e-12)


def test_the_order_of_the_rows_says_nothing(outcome: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    flag, probability, spend = outcome
    # Many customers share a probability: 99 values for 5,000 customers.
    mixed = np.random.default_rng(1).permutation(len(flag))
    found = evaluation.propensity_figures(flag, probability)
    assert evaluation.propensity_figures(flag[mixed], probability[mixed]) == pytest.approx(found, rel=1e-9)
    amounts = evaluation.spend_figures(spend, probability)
    assert evaluation.spend_figures(spend[mixed], probability[mixed]) == pytest.approx(amounts, rel=1e-9)
    bins = evaluation.calibration_bins(flag, probability)
    for row, other in zip(bins, evaluation.calibration_bins(flag[mixed], probability[mixed]), strict=True):
        assert other == pytest.approx(row, rel=1e-9)


@pytest.mark.parametrize(("hits", "customers"), [(0, 10), (3, 10), (10, 10), (140, 2_000)])
def test_wilson_as_scipy_has_it(hits: int, customers: int) -> None:
    peer = binomtest(hits, customers).proportion_ci(method="wilson")
    assert evaluation.wilson(hits, customers) == pytest.approx((peer.low, peer.high), abs=1e-6)
    assert evaluation.wilson(0, 0) == (0.0, 1.0)


def test_constant_probabilities_share_the_buyers() -> None:
    flag = np.repeat([1.0, 0.0], [20, 80])
    found = evaluation.propensity_figures(flag, np.full(100, 0.2))
    assert (found["auc"], found["ece"]) == (0.5, pytest.approx(0.0, abs=1e-12))
    assert found["brier_skill"] == pytest.approx(0.0, abs=1e-12)
    assert [row["actual"] for row in evaluation.calibration_bins(flag, np.full(100, 0.2))] == [0.2] * 10
    top = evaluation.spend_figures(flag * 50.0, np.full(100, 10.0))
    assert top["top_decile_share"] == pytest.approx(0.1)


def test_rank_correlation_by_hand() -> None:
    one = np.array([1.0, 2.0, 3.0, 4.0])
    assert evaluation.rank_correlation(one, np.exp(one)) == pytest.approx(1.0)
    # 1 - 6 x (0 + 1 + 1 + 0) / (4 x 15)
    assert evaluation.rank_correlation(one, np.array([1.0, 3.0, 2.0, 9.0])) == pytest.approx(0.8)
    assert evaluation.rank_correlation(one, np.ones(4)) == 0.0
    assert evaluation.rank_correlation(np.zeros(0), np.zeros(0)) == 0.0


def test_bins_hold_every_customer_once(outcome: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    flag, probability, _ = outcome
    bins = evaluation.calibration_bins(flag, probability)
    assert sum(row["customers"] for row in bins) == len(flag)
    assert sum(row["customers"] * row["actual"] for row in bins) == pytest.approx(flag.sum())
    assert [row["predicted"] for row in bins] == sorted(row["predicted"] for row in bins)
    for row in bins:
        assert row["low"] <= row["predicted"] <= row["high"]
        assert row["actual_low"] < row["actual"] < row["actual_high"]
    # These probabilities are true: the intervals hold them, but for one in twenty.
    assert sum(row["actual_low"] <= row["predicted"] <= row["actual_high"] for row in bins) >= 8


def test_interval_counts_by_band() -> None:
    found = evaluation.interval_metrics(
        np.array([-5.0, 0.0, 10.0, 30.0]),
        np.zeros(4),
        np.array([0.0, 5.0, 10.0, 20.0]),
        np.array([1.0, 1, 2, 12]),
    )
    # A net return lies below every interval: low <= spend <= high, and nothing else.
    assert (found["covered"], found["below"], found["above"]) == (0.5, 0.25, 0.25)
    assert found["bands"][0]["covered"] == 0.5
    assert [row["customers"] for row in found["bands"]] == [2, 1, 0, 1]
    assert found["bands"][3]["above"] == 1.0
    assert found["bands"][2]["covered"] is None


def test_a_feature_that_knows_the_outcome_stands_out() -> None:
    flag = np.repeat([0.0, 1.0], 50)
    matrix = np.column_stack([np.where(flag > 0, np.nan, 3.0), np.tile([1.0, 2.0], 50)])
    found = evaluation.single_feature_auc(flag, matrix, ("knows", "noise"))
    assert found == {"knows": 1.0, "noise": 0.5}

import numpy as np
import pytest
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
    found = evaluation.propensity_metrics(flag, probability, 42)
    assert found["auc"] == pytest.approx(roc_auc_score(flag, probability), abs=1e-12)
    assert found["brier"] == pytest.approx(brier_score_loss(flag, probability), abs=1e-12)
    assert found["log_loss"] == pytest.approx(log_loss(flag, probability), abs=1e-9)
    assert found["brier_reference"] == pytest.approx(flag.mean() * (1 - flag.mean()))
    predicted = probability * 40.0
    amounts = evaluation.spend_metrics(spend, predicted)
    assert amounts["r2"] == pytest.approx(r2_score(spend, predicted), abs=1e-12)
    assert amounts["tweedie_deviance"] == pytest.approx(
        mean_tweedie_deviance(spend, predicted, power=1.5), rel=1e-9
    )


def test_true_probabilities_are_calibrated_and_pushed_ones_are_not(
    outcome: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    flag, probability, _ = outcome
    found = evaluation.propensity_metrics(flag, probability, 42)
    assert found["ece"] < 0.02
    assert found["calibration_slope"] == pytest.approx(1.0, abs=0.08)
    pushed = evaluation.propensity_metrics(flag, np.where(probability > 0.2, 0.9, 0.02), 42)
    assert pushed["ece"] > 0.2


@pytest.mark.parametrize("customers", [60, 400, 5_000])
def test_the_calibration_line_is_an_unpenalised_logistic_regression(
    outcome: tuple[np.ndarray, np.ndarray, np.ndarray], customers: int
) -> None:
    flag, probability = outcome[0][:customers], outcome[1][:customers]
    pushed = np.clip(probability**1.7, 0.001, 0.999)
    found = evaluation.propensity_metrics(flag, pushed, 42)
    log_odds = np.log(pushed / (1 - pushed))
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(log_odds[:, None], flag)
    assert found["calibration_slope"] == pytest.approx(peer.coef_[0, 0], abs=1e-4)
    assert found["calibration_intercept"] == pytest.approx(peer.intercept_[0], abs=1e-4)


def test_a_calibration_line_through_perfect_scores_stays_finite() -> None:
    apart = evaluation.propensity_metrics(np.repeat([0.0, 1.0], 30), np.repeat([0.1, 0.9], 30), 42)
    assert np.isfinite([apart["calibration_slope"], apart["calibration_intercept"]]).all()
    assert apart["calibration_slope"] > 5
    alike = evaluation.propensity_metrics(np.repeat([0.0, 1.0], [90, 30]), np.full(120, 0.5), 42)
    assert alike["calibration_slope"] == 1.0
    assert alike["calibration_intercept"] == pytest.approx(np.log(1 / 3), abs=1e-9)


def test_the_bootstrap_error_is_that_of_hanley_and_mcneil(
    outcome: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    flag, probability, _ = outcome
    area = evaluation.auc(flag, probability)
    ones, zeros = flag.sum(), len(flag) - flag.sum()
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (ones - 1) * (q1 - area**2) + (zeros - 1) * (q2 - area**2)
    expected = float(np.sqrt(variance / (ones * zeros)))
    assert evaluation.auc_error(flag, probability, 42) == pytest.approx(expected, rel=0.35)


def test_ties_and_single_classes() -> None:
    assert evaluation.auc(np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)) == 0.5
    assert evaluation.auc(np.ones(3), np.arange(3.0)) == 0.5
    assert evaluation.auc(np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0])) == 1.0
    assert evaluation.gini(np.zeros(4), np.ones(4)) == 0.0
    assert evaluation.gini(np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(1.0)


def test_bins_hold_every_customer_once(outcome: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    flag, probability, _ = outcome
    bins = evaluation.calibration_bins(flag, probability)
    assert sum(row["customers"] for row in bins) == len(flag)
    assert sum(row["customers"] * row["actual"] for row in bins) == pytest.approx(flag.sum())
    assert [row["predicted"] for row in bins] == sorted(row["predicted"] for row in bins)


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

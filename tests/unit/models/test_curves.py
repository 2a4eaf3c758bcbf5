import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from models import curves
from models.evaluation import gini, ranking

Floats = np.ndarray


def outcome(customers: int, seed: int, digits: int = 9) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(seed)
    probability = random.beta(0.8, 3.0, customers).round(digits).clip(0.001, 0.999)
    flag = (random.random(customers) < probability).astype(float)
    return (
        flag,
        flag * random.gamma(2.0, 20.0, customers) - (random.random(customers) < 0.05) * 9,
        probability,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([5, 60, 102, 250, 1_000, 20_000]), st.sampled_from([1, 2, 9])
)
def test_the_area_drawn_is_the_area_told(seed: int, customers: int, digits: int) -> None:
    flag, spend, probability = outcome(customers, seed, digits)
    found = curves.propensity_curves(flag, spend, probability)
    x, y = found["roc"]["fpr"], found["roc"]["tpr"]
    assert len(x) == len(y) <= 101
    assert (x[0], y[0], x[-1], y[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.all(np.diff(x) >= 0)
    assert np.all(np.diff(y) >= 0)
    if 0 < flag.sum() < customers:
        assert auc(x, y) == pytest.approx(roc_auc_score(flag, probability), abs=0.002)
    assert all(len(values) == 101 for values in found["gains"].values())
    if flag.sum():
        # The gains of buyers and the ROC curve are one curve on two axes.
        base = flag.mean()
        area = (
            (auc(found["gains"]["share"], found["gains"]["buyers"]) - base / 2) / (1 - base)
            if base < 1
            else 0.5
        )
        assert area == pytest.approx(auc(x, y), abs=0.004 + 0.5 / customers)


def test_few_points_are_drawn_as_they_are() -> None:
    flag, score = np.array([1.0, 0, 1, 0, 0]), np.array([0.9, 0.8, 0.8, 0.3, 0.1])
    found = curves.roc(ranking(score), flag)
    assert found == {"fpr": [0.0, 0.0, 0.333333, 0.666667, 1.0], "tpr": [0.0, 0.5, 1.0, 1.0, 1.0]}
    x, y, _ = roc_curve(flag, score, drop_intermediate=False)
    assert (found["fpr"], found["tpr"]) == (pytest.approx(x, abs=1e-6), pytest.approx(y, abs=1e-6))
    found = curves.precision_recall(ranking(score), flag)
    assert found == {"recall": [0.0, 0.5, 1.0], "precision": [1.0, 1.0, 0.666667]}


def test_a_perfect_and_a_hopeless_ranking() -> None:
    flag = np.repeat([1.0, 0.0], [300, 700])
    found = curves.propensity_curves(flag, flag * 10, np.linspace(0.9, 0.1, 1_000))
    assert auc(found["roc"]["fpr"], found["roc"]["tpr"]) == pytest.approx(1.0, abs=0.0005)
    assert set(found["pr"]["precision"]) == {1.0}
    assert found["gains"]["buyers"][30] == found["gains"]["spend"][30] == 1.0
    assert [row["buyers"] for row in found["lift"]] == [100.0] * 3 + [0.0] * 7
    assert found["lift"][0]["lift"] == pytest.approx(1 / 0.3, abs=1e-6)
    flat = curves.propensity_curves(flag, flag * 10, np.full(1_000, 0.3))
    assert flat["roc"] == {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}
    assert set(flat["pr"]["precision"]) == {0.3}
    assert flat["gains"]["buyers"] == flat["gains"]["spend"] == flat["gains"]["share"]
    assert {(row["rate"], row["lift"]) for row in flat["lift"]} == {(0.3, 1.0)}


@pytest.mark.parametrize("digits", [1, 2, 9])
def test_precision_and_recall_are_scikit_learns(digits: int) -> None:
    flag, spend, probability = outcome(20_000, 3, digits)
    found = curves.propensity_curves(flag, spend, probability)["pr"]
    assert len(found["recall"]) == len(found["precision"]) <= 101
    # Customers of one probability are taken in no order: as good as in any order.
    untied = probability + np.random.default_rng(1).random(len(flag)) * 1e-7
    assert auc(found["recall"], found["precision"]) == pytest.approx(
        average_precision_score(flag, untied), abs=0.004
    )
    precision, recall, _ = precision_recall_curve(flag, untied)
    for at in (20, 50, 80):
        place = min(at, len(found["recall"]) - 1)
        nearest = np.argmin(np.abs(recall - found["recall"][place]))
        assert found["precision"][place] == pytest.approx(precision[nearest], abs=0.01)


def test_the_best_in_front_though_the_first_is_no_buyer() -> None:
    flag = np.array([0.0, 0, 1, 1, 0])
    found = curves.precision_recall(ranking(np.arange(5.0, 0.0, -1.0)), flag)
    assert found == {"recall": [0.0, 0.5, 1.0], "precision": [0.333333, 0.333333, 0.5]}
    many = np.concatenate([np.zeros(50), np.ones(400), np.zeros(550)])
    found = curves.precision_recall(ranking(np.arange(1_000.0, 0.0, -1.0)), many)
    assert found["precision"][1] == pytest.approx(4 / 54, abs=1e-6)
    assert found["precision"][-1] == pytest.approx(400 / 450, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_class_only(value: float) -> None:
    flag, probability = np.full(200, value), np.linspace(0.1, 0.9, 200)
    found = curves.propensity_curves(flag, flag * 3, probability)
    assert found["roc"] == {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}
    assert found["pr"] == {"recall": [0.0, 1.0], "precision": [value, value]}
    assert [row["lift"] for row in found["lift"]] == [value] * 10
    assert found["gains"]["buyers"] == found["gains"]["share"]
    json.dumps(found, allow_nan=False)


def test_the_order_of_the_rows_says_nothing() -> None:
    flag, spend, probability = outcome(3_000, 4, digits=1)
    mixed = np.random.default_rng(1).permutation(3_000)
    assert len(np.unique(probability)) <= 11
    again = flag[mixed], spend[mixed], probability[mixed]
    assert curves.propensity_curves(*again) == curves.propensity_curves(flag, spend, probability)
    assert curves.spend_curves(*again[1:]) == curves.spend_curves(spend, probability)
    assert curves.residual_deciles(*again[1:]) == curves.residual_deciles(spend, probability)


def test_deciles_hold_every_customer_and_buyer_once() -> None:
    flag, _, probability = outcome(1_234, 5, digits=2)
    table = curves.lift_table(ranking(probability), flag)
    assert [row["decile"] for row in table] == list(range(1, 11))
    assert sum(row["customers"] for row in table) == 1_234
    assert sum(row["buyers"] for row in table) == pytest.approx(flag.sum(), abs=1e-4)
    assert [row["rate"] for row in table[:3]] == sorted((row["rate"] for row in table[:3]), reverse=True)
    for row in table:
        assert row["lift"] == pytest.approx(row["rate"] / flag.mean(), abs=1e-5)
        assert row["lift_low"] < row["lift"] < row["lift_high"]
    # The first decile's lift is the slope of the gains there.
    gains = curves.gains(ranking(probability), flag, flag)
    assert gains["buyers"][10] * 10 == pytest.approx(table[0]["lift"], abs=0.02)


def test_gains_by_net_spend_may_pass_one_and_come_back() -> None:
    spend = np.concatenate([np.full(50, 10.0), np.full(50, -2.0)])
    found = curves.spend_curves(spend, np.linspace(9.0, 1.0, 100))["gains"]
    assert found["spend"][0] == 0.0
    assert found["spend"][50] == 1.25
    assert found["spend"][100] == 1.0
    # More returned than bought: there are no shares of that.
    lost = curves.spend_curves(-spend, np.linspace(9.0, 1.0, 100))["gains"]
    assert lost["spend"] == lost["share"]


def test_the_gains_of_spend_hold_the_gini() -> None:
    _, spend, probability = outcome(20_000, 6)
    ours, best = (curves.spend_curves(spend, score)["gains"] for score in (probability, spend))
    areas = [auc(one["share"], one["spend"]) - 0.5 for one in (ours, best)]
    assert areas[0] / areas[1] == pytest.approx(gini(spend, probability), abs=0.003)


def test_residuals_by_hand() -> None:
    prediction = np.repeat(np.arange(10.0, 0.0, -1.0), 5)
    spend = prediction + np.tile([-2.0, -1.0, 0.0, 1.0, 7.0], 10)
    rows = curves.residual_deciles(spend, prediction)
    assert [row["decile"] for row in rows] == list(range(1, 11))
    first = rows[0]
    assert (first["customers"], first["predicted"], first["actual"], first["residual"]) == (
        5,
        10.0,
        11.0,
        1.0,
    )
    assert (first["q10"], first["q50"], first["q90"]) == (-1.6, 0.0, 4.6)
    reach = 1.959964 * np.std([-2.0, -1.0, 0.0, 1.0, 7.0]) / np.sqrt(5)
    assert (first["actual_low"], first["actual_high"]) == pytest.approx((11 - reach, 11 + reach), abs=1e-6)
    alike = curves.residual_deciles(spend, np.full(50, 5.0))
    assert [(row["customers"], row["actual"]) for row in alike] == [(50, 6.5)]
    assert sum(row["customers"] for row in curves.residual_deciles(spend[:7], prediction[:7])) == 7

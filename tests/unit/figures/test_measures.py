from __future__ import annotations

from typing import Any

import pytest

from figures import measures
from figures.measures import AMOUNT, PROBABILITY
from tests.performance_metrics import performance_metrics


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return performance_metrics()


def row(part: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in part["leaderboard"] if each["name"] == name)


def test_figures_have_the_decimals_worth_showing() -> None:
    assert measures.figure(0.84163, "auc") == "0.842"
    assert measures.figure(0.088048, "brier") == "0.0880"
    assert measures.figure(-0.0004, "r2") == "0.000"
    assert measures.figure(-0.12, "r2") == "−0.120"
    assert measures.figure(10.453, "mae", "USD") == "$10.45"
    assert measures.figure(26291.87, "tweedie_deviance") == "26,292"
    assert measures.difference(26278.813, -123.456, 9.0, 3) == ("+26,279", "−123.5 to +9.000")
    assert measures.figure(None, "gini") == "–"
    assert measures.interval({"auc_low": 0.83, "auc_high": 0.85}, "auc") == "0.830 to 0.850"
    assert measures.interval({}, "auc") == ""
    assert measures.difference(0.0012, -0.0003, 0.00271, 4) == ("+0.0012", "−0.0003 to +0.0027")
    assert measures.difference(0.00001, -0.1, 0.1, 3)[0] == "0.000"


def test_the_brier_score_is_held_against_the_base_rate() -> None:
    assert (
        measures.skill({"brier_skill": 0.19}, 0.14)
        == "19 % better than giving everybody the base rate of 14.0 %"
    )
    assert measures.skill({"brier_skill": -0.08}, 0.14).startswith("8 % worse")
    assert measures.skill({"brier_skill": 0.001}, 0.14).startswith("no better than")


def test_verdicts_in_words(metrics: dict[str, Any]) -> None:
    part = metrics["propensity"]
    best = row(part, "logistic_lightgbm")
    assert measures.verdict(best, part, PROBABILITY) == (
        "Lowest log loss, but no better than Logistic regression, which is simpler: the difference lies within chance."
    )
    label = best["label"]
    assert measures.verdict(row(part, "lightgbm"), part, PROBABILITY) == (
        f"No better than {label}: the difference lies within chance."
    )
    assert measures.verdict(row(part, "logistic"), part, PROBABILITY).startswith(f"No worse than {label}")
    assert measures.verdict(row(part, "mbg_nbd"), part, PROBABILITY) == f"Worse than {label}, beyond chance."
    alone = performance_metrics("logistic_lightgbm")["propensity"]
    assert (
        measures.verdict(best | {"serving": True}, alone, PROBABILITY) == "Lowest log loss of the candidates."
    )
    beaten = row(part, "recency") | {
        "behind": -0.01,
        "behind_low": -0.02,
        "behind_high": -0.001,
        "verdict": "no_worse",
    }
    assert (
        measures.verdict(beaten, part, PROBABILITY)
        == f"Better than {label}: no candidate beats this baseline."
    )


def test_who_chose(metrics: dict[str, Any]) -> None:
    part = metrics["propensity"]
    assert "lowest log loss" in measures.chosen(part, PROBABILITY)
    assert "lowest Tweedie deviance" in measures.chosen(metrics["spend"], AMOUNT)
    person = performance_metrics("mbg_nbd")["propensity"] | {"chosen_by": "person"}
    said = measures.chosen(person, PROBABILITY)
    assert said.startswith(
        "MBG/NBD, rescaled was chosen by a person, not by the rule. Its log loss lies +0.02"
    )
    assert said.endswith("behind that of Mean of logistic regression and LightGBM: beyond chance.")


@pytest.mark.parametrize(
    ("low", "high", "take"),
    [
        (-0.002, 0.004, "Take A: as accurate"),
        (0.001, 0.004, "Take A: better"),
        (-0.004, -0.001, "Take B for accuracy"),
    ],
)
def test_the_explainable_or_the_accurate_model(low: float, high: float, take: str) -> None:
    choice = {
        "simple": "a",
        "complex": "b",
        "log_loss": {"difference": (low + high) / 2, "low": low, "high": high},
    }
    assert take in measures.choice_words(choice, {"a": "A", "b": "B"})


def test_what_the_training_rows_would_have_claimed(metrics: dict[str, Any]) -> None:
    said = measures.claims(metrics["in_sample"]["propensity"], "XGBoost", "prob")
    assert "claimed an AUC of 0.856" in said
    assert "reaches 0.834" in said
    assert "R² of 0.680" in measures.claims(metrics["in_sample"]["spend"], "Tweedie", "spend")


def test_notes_of_the_curves(metrics: dict[str, Any]) -> None:
    served = measures.serving(metrics["propensity"])
    assert served["name"] == "logistic"
    assert "Slope 0.97 (1 is perfect): close to perfect." in measures.calibration_words(served, 0.2)
    assert "too bold" in measures.calibration_words(served | {"calibration_slope": 0.6}, 0.2)
    assert "too timid" in measures.calibration_words(served | {"calibration_slope": 1.6}, 0.2)
    assert "Slope −3.16 (1 is perfect): the wrong way round" in measures.calibration_words(
        served | {"calibration_slope": -3.16}, 0.2
    )
    assert "of no use for choosing" in measures.calibration_words(served | {"name": "base_rate"}, 0.2)
    assert "chance is 0.5" in measures.ranking_words(served)
    gains = {"share": [0.0, 0.1, 0.2, 1.0], "buyers": [0.0, 0.3, 0.5, 1.0]}
    assert measures.reach(gains, 0.2, "buyers") == 0.5


def test_metrics_of_an_older_lapwing_are_known(metrics: dict[str, Any]) -> None:
    assert measures.is_current(metrics)
    assert not measures.is_current({"winback": {}})
    assert not measures.is_current(
        {"propensity": {"leaderboard": [{"name": "x"}]}, "spend": {"leaderboard": [{}]}}
    )


def test_sentences_are_whole() -> None:
    assert measures.sentence("the file is short") == "The file is short."
    assert measures.sentence("Is it? ") == "Is it?"
    assert measures.sentence("") == ""

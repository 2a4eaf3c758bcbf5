from __future__ import annotations

import json
from typing import Any

import pytest

from data.names import FEATURES
from figures.features import FEATURE_WORDS, feature_words
from figures.performance import (
    backtest_figure,
    bias_figure,
    calibration_figure,
    gains_figure,
    importance_figure,
    lift_figure,
    pr_figure,
    residual_figure,
    roc_figure,
    signed_percent,
)
from figures.theme import tokens
from models.candidates import PROPENSITY
from tests.performance_metrics import performance_metrics

LABELS = {one.name: one.label for one in PROPENSITY}
BINS = [
    {"customers": 60, "low": 0.0, "high": 0.2, "predicted": 0.1, "actual": 0.12, "actual_low": 0.06, "actual_high": 0.2},
    {"customers": 40, "low": 0.2, "high": 0.5, "predicted": 0.3, "actual": 0.25, "actual_low": 0.15, "actual_high": 0.4},
]  # fmt: skip


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return performance_metrics()


def notes(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def checked(figure: Any) -> Any:
    """The figure, after plotly has checked every value of it."""
    type(figure)(figure.to_dict())
    return figure


def test_calibration_has_its_diagonal_intervals_and_counts() -> None:
    figure = checked(calibration_figure(BINS, "LightGBM"))
    diagonal, points, counts = figure.data
    assert list(diagonal.x) == list(diagonal.y)
    assert diagonal.line.dash == "dot"
    assert list(points.x) == [0.1, 0.3]
    assert list(points.y) == [0.12, 0.25]
    assert list(points.error_y.array) == pytest.approx([0.08, 0.15])
    assert list(points.error_y.arrayminus) == pytest.approx([0.06, 0.1])
    assert list(counts.y) == [60, 40]
    assert list(counts.width) == pytest.approx([0.2, 0.3])
    assert list(counts.x) == pytest.approx([0.1, 0.35])
    # Nothing lies outside: the axes reach past the highest of all ends, and are the same.
    assert list(figure.layout.xaxis.range) == list(figure.layout.yaxis.range) == pytest.approx([0, 0.54])
    assert points.hovertext[0] == (
        "<b>10.0 % predicted</b><br>12.0 % bought (6.0 % to 20.0 %)<br>60 customers, predicted 0.0 % to 20.0 %"
    )


def test_curves_of_the_serving_model_stand_alone_and_others_beside_it(metrics: dict[str, Any]) -> None:
    curves = metrics["propensity"]["curves"]
    alone = checked(roc_figure(curves, LABELS, "logistic", "logistic"))
    assert [trace.name for trace in alone.data] == ["Reference", "Logistic regression"]
    assert notes(alone) == ["Chance"]
    compared = checked(roc_figure(curves, LABELS, "recency", "logistic"))
    assert [trace.name for trace in compared.data] == [
        "Reference",
        "Serving model",
        "Recency alone",
    ]
    assert compared.layout.showlegend is True
    long = roc_figure(curves, LABELS, "logistic_lightgbm", "logistic")
    assert long.data[2].name == "Mean of logistic regression<br>and LightGBM"
    assert (long.layout.legend.x, long.layout.legend.y) == (1, 0.03)
    assert compared.data[0].showlegend is False
    assert compared.data[2].line.color == tokens("light")["accent"]
    assert list(compared.data[2].y) == pytest.approx(curves["recency"]["roc"]["tpr"], abs=1e-4)


def test_precision_is_drawn_against_the_base_rate(metrics: dict[str, Any]) -> None:
    figure = checked(pr_figure(metrics["propensity"]["curves"], LABELS, "lightgbm", "logistic", 0.2323))
    assert list(figure.data[0].y) == [0.2323, 0.2323]
    assert notes(figure) == ["Base rate 23.2 %"]
    assert figure.layout.legend.yanchor == "top"
    often = pr_figure(metrics["propensity"]["curves"], LABELS, "lightgbm", "logistic", 0.57)
    assert often.layout.legend.yanchor == "bottom"
    assert list(figure.data[2].x) == pytest.approx(
        metrics["propensity"]["curves"]["lightgbm"]["pr"]["recall"], abs=1e-4
    )


def test_gains_tell_what_the_first_fifth_brings() -> None:
    gains = {"share": [0.0, 0.2, 1.0], "buyers": [0.0, 0.5, 1.0], "spend": [0.0, 0.62, 1.0]}
    figure = checked(gains_figure(gains, "LightGBM"))
    assert notes(figure) == ["Chance", "Spend: 62 %", "Buyers: 50 %"]
    assert [trace.name for trace in figure.data[:3]] == ["Reference", "Buyers", "Spend"]
    only = gains_figure({"share": [0.0, 0.2, 1.0], "spend": [0.0, 0.62, 1.0]}, "Hurdle")
    assert notes(only) == ["Chance", "Spend: 62 %"]


def test_lift_has_intervals_and_the_line_of_chance() -> None:
    rows = [
        {"decile": 1, "customers": 10, "buyers": 6, "rate": 0.6, "lift": 3.0, "lift_low": 2.0, "lift_high": 3.6},
        {"decile": 2, "customers": 10, "buyers": 2, "rate": 0.2, "lift": 1.0, "lift_low": 0.4, "lift_high": 1.9},
    ]  # fmt: skip
    figure = checked(lift_figure(rows, "LightGBM"))
    bars, chance = figure.data
    assert list(bars.y) == [3.0, 1.0]
    assert list(bars.error_y.array) == pytest.approx([0.6, 0.9])
    assert list(chance.y) == [1, 1]
    assert notes(figure) == ["3.0", "1.0", "Chance: 1"]
    assert "6 buyers: 60.0 %" in bars.hovertext[0]


def test_the_backtest_runs_from_old_to_new_with_the_serving_model_first(metrics: dict[str, Any]) -> None:
    origins = metrics["backtest"]["origins"]
    figure = checked(backtest_figure(origins))
    assert list(figure.layout.xaxis.ticktext) == ["5 Apr<br>2025", "4 Jul<br>2025", "2 Oct<br>2025"]
    chance, *models = figure.data
    assert list(chance.y) == [0.5, 0.5]
    assert models[0].name == "Logistic regression"
    assert list(models[0].y) == pytest.approx([0.8, 0.81, 0.82])
    assert list(models[0].error_y.array) == pytest.approx([0.015] * 3)
    assert len({trace.marker.symbol for trace in models}) == len(models) == 4
    # Side by side at each cutoff: intervals never lie on each other.
    assert len({trace.x[0] for trace in models}) == 4


def test_the_bias_of_level_is_that_of_the_serving_model(metrics: dict[str, Any]) -> None:
    origins = metrics["backtest"]["origins"]
    figure = checked(bias_figure(origins, "EUR"))
    buyers, spend = figure.data
    assert (buyers.name, spend.name) == ("Buyers", "Spend")
    assert list(buyers.y) == pytest.approx([820 / 760 - 1, 860 / 820 - 1, 900 / 880 - 1])
    assert list(spend.text) == ["−4 %", "+1 %", "+6 %"]
    assert "900 predicted, 880 came: +2 %" in buyers.hovertext[2]
    assert f"€{origins[0]['actual_spend']:,.0f} came: +6 %" in spend.hovertext[2]


@pytest.mark.parametrize("kind", ["gain", "permutation"])
def test_importance_shows_the_first_fifteen_in_words(metrics: dict[str, Any], kind: str) -> None:
    rows = metrics["importance"]["prob"]
    figure = checked(importance_figure(rows, kind, "log loss", "dark"))
    bars = figure.data[0]
    assert len(bars.x) == 15
    assert list(figure.layout.yaxis.ticktext)[:2] == ["Chance to buy, MBG/NBD", "Days since last order"]
    # The most important stands on top.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    if kind == "gain":
        total = sum(row["gain"] for row in rows)
        assert bars.x[0] == pytest.approx(rows[0]["gain"] / total, rel=1e-4)
    else:
        assert bars.x[0] == pytest.approx(rows[0]["permutation"], rel=1e-4)
        assert bars.error_x.array[0] == pytest.approx(1.96 * 0.0006)
        assert notes(figure) == ["Rise of log loss"]


def test_residuals_have_intervals_and_spread() -> None:
    row = {"decile": 1, "customers": 50, "predicted": 40.0, "actual": 44.0, "actual_low": 38.0, "actual_high": 50.0,
           "residual": 4.0, "q10": -30.0, "q50": -5.0, "q90": 60.0}  # fmt: skip
    figure = checked(residual_figure([row, row | {"decile": 2, "predicted": 10.0}], "GBP"))
    predicted, actual, spread, middle = figure.data
    assert list(predicted.y) == [40.0, 10.0]
    assert list(actual.error_y.array) == [6.0, 6.0]
    assert (spread.base[0], spread.y[0], middle.y[0]) == (-30.0, 90.0, -5.0)
    assert figure.layout.yaxis.title.text == "Mean spend (£)"
    assert "£40 predicted each, £44 spent (£38 to £50)" in actual.hovertext[0]


def test_what_was_not_measured_is_said() -> None:
    for figure, said in (
        (calibration_figure([], "X"), "No calibration"),
        (roc_figure({}, LABELS, "logistic", "logistic"), "No ROC curve"),
        (pr_figure({}, LABELS, "logistic", "logistic", 0.2), "No precision-recall"),
        (gains_figure(None, "X"), "No gains"),
        (lift_figure([], "X"), "No lift"),
        (backtest_figure([]), "no earlier cutoff"),
        (bias_figure([]), "no earlier cutoff"),
        (importance_figure([], "gain"), "not measured"),
        (residual_figure([]), "not measured"),
    ):
        assert len(figure.data) == 0
        assert said in figure.layout.annotations[0].text


def test_all_charts_of_a_view_are_small(metrics: dict[str, Any]) -> None:
    curves, part = metrics["propensity"]["curves"], metrics["propensity"]
    one = curves["lightgbm"]
    figures = [
        calibration_figure(one["calibration"], "x"),
        roc_figure(curves, LABELS, "lightgbm", "logistic"),
        pr_figure(curves, LABELS, "lightgbm", "logistic", part["mean_predicted"]),
        gains_figure(one["gains"], "x"),
        lift_figure(one["lift"], "x"),
        backtest_figure(metrics["backtest"]["origins"]),
        residual_figure(metrics["spend"]["residuals"]),
    ]
    assert sum(len(figure.to_json()) for figure in figures) < 150_000
    assert all(json.loads(figure.to_json()) for figure in figures)


def test_every_feature_has_words() -> None:
    from models.transforms import MODEL_FEATURES

    for name in MODEL_FEATURES:
        assert feature_words(name) != name.replace("_", " "), name
    assert set(FEATURE_WORDS) <= set(MODEL_FEATURES)
    assert set(FEATURES) <= set(MODEL_FEATURES)
    assert feature_words("decayed_orders_30") == "Orders, fading over 30 days"
    assert feature_words("spend_90") == "Spent, last 90 days"
    assert feature_words("brand_new") == "brand new"


def test_a_change_has_its_sign() -> None:
    assert [signed_percent(value) for value in (0.062, -0.12, 0.001, -0.001)] == [
        "+6 %",
        "−12 %",
        "0 %",
        "0 %",
    ]

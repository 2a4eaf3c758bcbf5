"""The whole analysis on simulated customers: what it promises, and what it must survive."""

import hashlib
import json
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from data import names
from data.errors import InputError
from models.analysis import AnalysisResult, analyse
from models.intervals import ResidualCdf, expected_red, red_chances
from models.params import AnalysisParams
from models.transforms import MODEL_FEATURES, fit_baseline

GAPS = {"mean_gap_days", "last_gap_days", "overdue_ratio"}


def _bytes(result: AnalysisResult) -> str:
    """One hash of everything an analysis returns."""
    frames = (result.past, result.score, result.importance_prob, result.importance_spend)
    whole = hashlib.sha256()
    for frame in frames:
        whole.update(frame.to_csv(index=False).encode())
    whole.update(json.dumps(result.metrics, sort_keys=True, allow_nan=False).encode())
    for name, data in sorted(result.files.items()):
        whole.update(name.encode() + data)
    return whole.hexdigest()


@pytest.fixture(scope="module")
def reports() -> list[tuple[float, str]]:
    return []


@pytest.fixture(scope="module")
def result(shop: Any, reports: list[tuple[float, str]]) -> AnalysisResult:
    return analyse(
        shop.past, shop.score, shop.earlier, AnalysisParams(), lambda part, text: reports.append((part, text))
    )


def test_row_order_and_threads_change_nothing(shop: Any, result: AnalysisResult) -> None:
    shuffled = [frame.sample(frac=1.0, random_state=3) for frame in (shop.past, shop.score, shop.earlier)]
    again = analyse(*shuffled, AnalysisParams(threads=1))
    assert _bytes(again) == _bytes(result)


def test_another_seed_makes_other_folds(shop: Any, result: AnalysisResult) -> None:
    other = analyse(shop.past, shop.score, None, AnalysisParams(seed=1))
    assert not other.past["pred_prob"].equals(result.past["pred_prob"])
    assert other.past["pred_prob"].corr(result.past["pred_prob"]) > 0.95
    assert other.metrics["next_window_backtest"] is None
    assert "reach back" in other.metrics["next_window_backtest_missing"]
    assert other.metrics["warnings"] == [
        "The level of the next window could not be checked by a backtest. "
        "The data does not reach back another horizon."
    ]


def test_progress_rises_to_one(result: AnalysisResult, reports: list[tuple[float, str]]) -> None:
    parts = [part for part, _ in reports]
    assert parts == sorted(parts)
    assert (parts[0], parts[-1]) == (0.0, 1.0)
    assert len({text for _, text in reports}) >= 8
    assert len(result.past) > 0


def test_a_report_that_raises_cancels(shop: Any) -> None:
    class CancelledError(Exception):
        pass

    def report(part: float, text: str) -> None:
        if part > 0.1:
            raise CancelledError(text)

    with pytest.raises(CancelledError):
        analyse(shop.past, shop.score, None, AnalysisParams(), report)


def test_tables_have_the_promised_columns(shop: Any, result: AnalysisResult) -> None:
    past = {*names.FEATURES, *names.PREDICTION_COLUMNS, *names.REASON_COLUMNS, names.P_ALIVE}
    assert set(result.past) == past | {names.SPEND_CDF, names.SPEND_MU, names.SPEND_SIGMA}
    assert set(result.score) == {*names.FEATURES, *names.NEXT_WINDOW_COLUMNS, *names.REASON_COLUMNS}
    for table, frame in ((result.past, shop.past), (result.score, shop.score)):
        assert table["customer_id"].tolist() == sorted(frame["customer_id"])
        assert set(table.columns[table.isna().any()]) <= GAPS


def test_predictions_keep_their_own_rules(result: AnalysisResult) -> None:
    past, score = result.past, result.score
    for table in (past, score):
        assert table["pred_prob"].between(0, 1, inclusive="neither").all()
        assert (table["pred_spend_low"] >= 0).all()
        assert (table["pred_spend_low"] <= table["pred_spend"]).all()
        assert (table["pred_spend"] <= table["pred_spend_high"]).all()
    assert past["shortfall"].to_numpy() == pytest.approx(past["pred_spend"] - past["actual_spend"], abs=1e-9)
    assert past["pred_spend"].sum() == pytest.approx(past["actual_spend"].sum(), rel=1e-5)
    assert score["churn_risk"].to_numpy() == pytest.approx(1 - score["pred_prob"], abs=1e-9)
    assert (score["clv"] >= score["pred_spend"] * 0.9).all()
    assert score["p_alive"].between(0, 1).all()
    red = past["performance"] == names.UNDER
    threshold = result.metrics["winback"]["threshold"]
    assert (past.loc[red, "shortfall"] >= threshold).all()
    assert (past.loc[red, "spend_cdf"] <= 0.5).all()
    assert result.metrics["winback"]["under"] == red.sum()


def test_these_customers_are_predicted_well(result: AnalysisResult) -> None:
    metrics = result.metrics
    assert metrics["propensity"]["auc"] > 0.75
    assert 0.8 < metrics["propensity"]["calibration_slope"] < 1.25
    assert metrics["spend"]["gini"] > 0.5
    assert metrics["interval"]["covered"] > 0.8
    assert metrics["interval"]["above"] < 0.12
    assert metrics["interval"]["below"] < 0.12
    # The process does not change, so what was learned one window earlier still holds.
    backtest = metrics["next_window_backtest"]
    assert backtest["auc"] > 0.72
    assert abs(backtest["buyers_bias"]) < 0.25
    assert metrics["warnings"] == []


def test_metrics_say_what_they_are_of_and_nothing_of_when(shop: Any, result: AnalysisResult) -> None:
    metrics = result.metrics
    assert metrics["counts"]["customers"] == len(shop.past)
    assert metrics["counts"]["base_rate"] == pytest.approx(shop.past["actual_flag"].mean())
    assert metrics["counts"]["actual_spend"] == pytest.approx(shop.past["actual_spend"].sum())
    assert metrics["versions"]["lightgbm"] == lightgbm.__version__
    assert "threads" not in metrics["params"]
    champions = [row["name"] for row in metrics["propensity"]["leaderboard"] if row["champion"]]
    assert champions == [metrics["propensity"]["champion"]]
    assert (
        metrics["in_sample"]["propensity"]["in_sample"]["auc"]
        > metrics["in_sample"]["propensity"]["out_of_fold"]["auc"]
    )
    shape = metrics["spend_distribution"]
    recomputed = expected_red(
        result.past,
        ResidualCdf(shape["lo"], shape["step"], np.array(shape["cdf"])),
        metrics["winback"]["threshold"],
        0.5,
    )
    assert metrics["winback"]["red_by_chance"] == pytest.approx(recomputed, rel=1e-9)


def test_what_is_exported_gives_the_same_figures_again(result: AnalysisResult) -> None:
    past, metrics = result.past, result.metrics
    inside = past["actual_spend"].between(past["pred_spend_low"], past["pred_spend_high"])
    assert metrics["interval"]["covered"] == pytest.approx(inside.mean(), abs=1e-9)
    shape = metrics["spend_distribution"]
    shape = ResidualCdf(shape["lo"], shape["step"], np.array(shape["cdf"]))
    winback = metrics["winback"]
    assert [row["level"] for row in winback["levels"]] == [0.5, 0.2, 0.1]
    for row in winback["levels"]:
        p = red_chances(past, shape, winback["threshold"], row["level"])
        z = (row["under"] - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert row["beyond_chance_z"] == pytest.approx(z, abs=0.0051)
        assert row["beyond_chance"] is bool(z > 2)


def test_model_files_open_in_their_own_libraries(shop: Any, result: AnalysisResult) -> None:
    manifest = json.loads(result.files["manifest.json"])
    assert manifest["model_features"] == list(MODEL_FEATURES)
    assert set(manifest["files"]) == set(result.files) - {"manifest.json"}
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(result.files[name]).hexdigest() == entry["sha256"]
    matrix = fit_baseline(shop.past).matrix(shop.past, 90)
    start = json.loads(result.files["lightgbm.start.json"])["start"]
    trees = lightgbm.Booster(model_str=result.files["lightgbm.txt"].decode())
    assert trees.feature_name() == list(MODEL_FEATURES)
    assert np.isfinite(np.asarray(trees.predict(matrix, raw_score=True)) + start).all()
    booster = xgboost.Booster(model_file=bytearray(result.files["xgboost.json"]))
    assert booster.feature_names == list(MODEL_FEATURES)
    linear = json.loads(result.files["logistic.json"])
    assert len(linear["columns"]) == len(linear["coefficients"]) == len(linear["scaler"]["mean"])


def _some(frame: pd.DataFrame, customers: int) -> pd.DataFrame:
    return frame.head(customers).reset_index(drop=True)


@pytest.mark.parametrize("customers", [0, 1, 49])
def test_too_few_customers_are_counted(shop: Any, customers: int) -> None:
    with pytest.raises(InputError, match=f"at least 50 customers .* {customers} customer"):
        analyse(_some(shop.past, customers), shop.score, None, AnalysisParams())


@pytest.mark.parametrize(("flag", "words"), [(0.0, "bought again"), (1.0, "did not buy")])
def test_one_outcome_for_all_is_no_lesson(shop: Any, flag: float, words: str) -> None:
    with pytest.raises(InputError, match=rf"at least 10 customers who {words} .* 0 of"):
        analyse(shop.past.assign(actual_flag=flag), shop.score, None, AnalysisParams())


def test_a_missing_feature_is_named(shop: Any) -> None:
    with pytest.raises(InputError, match="overdue_ratio"):
        analyse(shop.past.drop(columns="overdue_ratio"), shop.score, None, AnalysisParams())


def _constant(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: np.nan if name in GAPS else 1.0 for name in names.FEATURES})


@pytest.mark.parametrize(
    "change",
    [
        _constant,
        lambda frame: frame.assign(actual_spend=0.0),
        lambda frame: frame.assign(actual_spend=-frame["actual_spend"]),
        lambda frame: frame.assign(actual_spend=frame["actual_flag"] * 9.99),
        lambda frame: frame.assign(monetary=0.0, mean_order_value=0.0, last_order_value=0.0),
        lambda frame: frame.assign(mean_order_value=-5.0, monetary=-5.0, returns_share=50.0),
        lambda frame: frame.assign(tenure_days=0.0, recency_days=0.0),
    ],
    ids=["constant", "free", "returned", "one price", "worthless", "negative", "all today"],
)
def test_odd_shops_give_finite_numbers(shop: Any, change: Any) -> None:
    found = analyse(_some(change(shop.past), 300), _some(shop.score, 50), None, AnalysisParams(folds=2))
    json.dumps(found.metrics, allow_nan=False)
    for table in (found.past, found.score):
        numbers = table.drop(columns=list(GAPS)).select_dtypes("number")
        assert np.isfinite(numbers.to_numpy()).all()
        assert (table["pred_spend_low"] <= table["pred_spend"]).all()
        assert (table["pred_spend"] <= table["pred_spend_high"]).all()


def test_noise_is_called_noise(shop: Any) -> None:
    random = np.random.default_rng(2)
    flag = random.permutation(shop.past["actual_flag"].to_numpy())
    found = analyse(
        shop.past.assign(actual_flag=flag, actual_spend=flag * 20), shop.score, None, AnalysisParams()
    )
    assert any("hardly a signal" in text for text in found.metrics["warnings"])


def test_small_data_and_a_short_past_are_called_out(shop: Any) -> None:
    found = analyse(
        _some(shop.past, 300), _some(shop.score, 50), _some(shop.earlier, 30), AnalysisParams(folds=2)
    )
    buyers = int(shop.past["actual_flag"].head(300).sum())
    small = f"Small data: 300 customers, of whom {buyers} bought in the past window."
    assert any(text.startswith(small) for text in found.metrics["warnings"])
    lacking = "A backtest needs at least 50 customers who bought before the last 180 days of the data; "
    assert found.metrics["next_window_backtest_missing"].startswith(lacking + "there are 30 customers.")
    assert any(lacking in text for text in found.metrics["warnings"])


def test_an_outcome_among_the_features_is_called_out(shop: Any) -> None:
    leaky = shop.past.assign(returns_share=shop.past["actual_flag"])
    found = analyse(_some(leaky, 400), shop.score, None, AnalysisParams(folds=2))
    assert any(text.startswith("returns_share alone") for text in found.metrics["warnings"])


def test_a_training_limit_still_scores_everyone(simulate: Any) -> None:
    many = simulate(1_400, 5)
    found = analyse(many.past, many.score, None, AnalysisParams(train_limit=1_000, folds=3))
    assert found.metrics["counts"]["training_customers"] == 1_000
    assert len(found.past) == len(many.past) > 1_200
    assert found.metrics["propensity"]["auc"] > 0.72

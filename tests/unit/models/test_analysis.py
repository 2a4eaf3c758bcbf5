"""The whole analysis on simulated customers: what it promises, and what it must survive."""

import hashlib
import json
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from data import names
from data.errors import InputError
from models.analysis import AnalysisResult, analyse
from models.backtest import Origin
from models.candidates import PROPENSITY, SPEND
from models.intervals import ResidualCdf, red_chances
from models.params import AnalysisParams
from models.transforms import MODEL_FEATURES

GAPS = {"mean_gap_days", "gap_sd_days", "last_gap_days", "overdue_ratio"}
# Cheap ones, where the test is about something else.
QUICK = {"tune": False, "learners": ("logistic", "mbg_nbd")}


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
    past, score, earlier = _changed(shop, lambda frame: frame.sample(frac=1.0, random_state=3))
    again = analyse(past, score, earlier, AnalysisParams(threads=1))
    assert _bytes(again) == _bytes(result)


def test_other_names_for_the_customers_change_nothing(shop: Any, result: AnalysisResult) -> None:
    """Renamed customers sort differently, but learn, score and rank as before."""

    def rename(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(
            customer_id=[hashlib.md5(one.encode()).hexdigest() for one in frame["customer_id"]]
        )

    past, score, earlier = _changed(shop, rename)
    again = analyse(past, score, earlier, AnalysisParams())
    for before, after in ((result.past, again.past), (result.score, again.score)):
        expected = rename(before).sort_values("customer_id", ignore_index=True)
        pd.testing.assert_frame_equal(after, expected, check_exact=True)
    assert again.metrics == result.metrics
    assert again.files == result.files


def _changed(shop: Any, change: Any) -> tuple[Origin, pd.DataFrame, list[Origin]]:
    def origin(one: Origin) -> Origin:
        return Origin(one.cutoff, change(one.frame))

    return origin(shop.past), change(shop.score), [origin(one) for one in shop.earlier]


def test_another_seed_makes_other_folds(shop: Any, untuned: AnalysisResult) -> None:
    other = analyse(shop.past, shop.score, [], AnalysisParams(seed=1, tune=False))
    assert not other.past["pred_prob"].equals(untuned.past["pred_prob"])
    assert other.past["pred_prob"].corr(untuned.past["pred_prob"]) > 0.95
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
        analyse(shop.past, shop.score, [], AnalysisParams(), report)


def test_tables_have_the_promised_columns(shop: Any, result: AnalysisResult) -> None:
    past = {*names.FEATURES, *names.PREDICTION_COLUMNS, *names.REASON_COLUMNS, names.P_ALIVE}
    assert set(result.past) == past | {names.SPEND_CDF, names.SPEND_MU, names.SPEND_SIGMA}
    assert set(result.score) == {*names.FEATURES, *names.NEXT_WINDOW_COLUMNS, *names.REASON_COLUMNS}
    for table, frame in ((result.past, shop.past.frame), (result.score, shop.score)):
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
    assert metrics["counts"]["customers"] == len(shop.past.frame)
    assert metrics["counts"]["base_rate"] == pytest.approx(shop.past.frame["actual_flag"].mean())
    assert metrics["counts"]["actual_spend"] == pytest.approx(shop.past.frame["actual_spend"].sum())
    assert metrics["versions"]["lightgbm"] == lightgbm.__version__
    assert "threads" not in metrics["params"]
    champions = [row["name"] for row in metrics["propensity"]["leaderboard"] if row["champion"]]
    assert champions == [metrics["propensity"]["champion"]]
    assert (
        metrics["in_sample"]["propensity"]["in_sample"]["auc"]
        > metrics["in_sample"]["propensity"]["out_of_fold"]["auc"]
    )


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
        assert row["red_by_chance"] == pytest.approx(p.sum(), rel=1e-9)
        z = (row["under"] - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert row["beyond_chance_z"] == pytest.approx(z, abs=0.0051)
        assert row["beyond_chance"] is bool(z > 2)


def test_every_candidate_and_baseline_is_on_the_board(result: AnalysisResult) -> None:
    for key, candidates in (("propensity", PROPENSITY), ("spend", SPEND)):
        found = result.metrics[key]
        board = {row["name"]: row for row in found["leaderboard"]}
        assert set(board) == {one.name for one in candidates} == set(found["curves"])
        for one in candidates:
            row = board[one.name]
            assert (row["label"], row["kind"]) == (one.label, "baseline" if one.baseline else "candidate")
            assert row["serving"] == (one.name == found["champion"])
        best = [row for row in board.values() if row["best"]]
        assert [row["verdict"] for row in best] == ["best"]
        assert best[0]["behind"] == 0
        for row in board.values():
            for measure in ("auc", "brier", "log_loss") if key == "propensity" else ("mae", "gini"):
                assert row[f"{measure}_low"] <= row[measure] <= row[f"{measure}_high"]
    assert result.metrics["propensity"]["chosen_by"] == "rule"
    tuned = {row["name"]: row["settings"] for row in result.metrics["propensity"]["leaderboard"]}
    assert set(tuned["plain_xgboost"]) == {"learning_rate", "rounds"}
    assert tuned["logistic"] == {}


def test_the_backtest_judges_later_days_by_earlier_models(shop: Any, result: AnalysisResult) -> None:
    origins = result.metrics["backtest"]["origins"]
    assert [one["cutoff"] for one in origins] == [
        shop.past.cutoff.isoformat(),
        shop.earlier[0].cutoff.isoformat(),
    ]
    assert [one["trained_at"] for one in origins] == [one.cutoff.isoformat() for one in shop.earlier]
    newest = origins[0]
    assert newest["customers"] == len(shop.past.frame)
    assert newest["actual_spend"] == pytest.approx(shop.past.frame["actual_spend"].sum())
    names_of_rows = [row["name"] for row in newest["rows"]]
    assert names_of_rows[0] == result.metrics["propensity"]["champion"]
    assert {"recency", "mbg_nbd", "plain_xgboost"} <= set(names_of_rows)
    champion = newest["rows"][0]
    assert champion["auc_low"] < champion["auc"] < champion["auc_high"]
    assert champion["buyers_bias"] == pytest.approx(champion["predicted_buyers"] / newest["buyers"] - 1)
    assert result.metrics["next_window_backtest"]["spend_bias"] == champion["spend_bias"]
    assert result.metrics["backtest"]["verdict"]["signal"] is True


def test_a_person_can_choose_who_serves(shop: Any, result: AnalysisResult) -> None:
    params = AnalysisParams(serve="logistic", serve_spend="lightgbm_tweedie", **QUICK)
    found = analyse(shop.past, shop.score, [], params)
    for key, name in (("propensity", "logistic"), ("spend", "lightgbm_tweedie")):
        assert found.metrics[key]["champion"] == name
        assert found.metrics[key]["chosen_by"] == "person"
        assert [row["name"] for row in found.metrics[key]["leaderboard"] if row["serving"]] == [name]
    listed = {row["name"] for row in found.metrics["propensity"]["leaderboard"]}
    assert listed == {"base_rate", "recency", "plain_xgboost", "logistic", "mbg_nbd"}
    assert found.metrics["choice"] is None
    assert found.score["pred_prob"].corr(result.score["pred_prob"]) > 0.9
    assert not found.score["pred_prob"].equals(result.score["pred_prob"])


def test_what_is_important_is_told_twice(result: AnalysisResult) -> None:
    importance = result.metrics["importance"]
    for key, frame in (("prob", result.importance_prob), ("spend", result.importance_spend)):
        rows = importance[key]
        assert {row["feature"] for row in rows} == set(MODEL_FEATURES)
        assert [row["gain"] for row in rows] == sorted((row["gain"] for row in rows), reverse=True)
        assert frame["gain"].tolist() == pytest.approx([row["gain"] for row in rows], abs=1e-4)
    # These customers buy at rates of their own and leave: a shuffled history must hurt.
    assert max(row["permutation"] for row in importance["prob"]) > 0.005


def test_it_says_what_the_file_can_answer(result: AnalysisResult) -> None:
    answers = {row["question"]: row for row in result.metrics["answers"]}
    assert answers["Who buys in the next 90 days, and how much?"]["can"]
    assert answers["How far off were such predictions before?"]["can"]
    assert not answers["Does what they bought matter?"]["can"]
    assert answers["Does what they bought matter?"]["because"] == "No order up to the cutoff names a product."
    assert not answers["Would an offer change what they do?"]["can"]


def _some(what: Any, customers: int) -> Any:
    """The first so many customers of a frame or an origin."""
    if isinstance(what, Origin):
        return Origin(what.cutoff, _some(what.frame, customers))
    return what.head(customers).reset_index(drop=True)


def _with(origin: Origin, **columns: Any) -> Origin:
    return Origin(origin.cutoff, origin.frame.assign(**columns))


@pytest.mark.parametrize("customers", [0, 1, 49])
def test_too_few_customers_are_counted(shop: Any, customers: int) -> None:
    with pytest.raises(InputError, match=f"at least 50 customers .* {customers} customer"):
        analyse(_some(shop.past, customers), shop.score, [], AnalysisParams())


@pytest.mark.parametrize(("flag", "words"), [(0.0, "bought again"), (1.0, "did not buy")])
def test_one_outcome_for_all_is_no_lesson(shop: Any, flag: float, words: str) -> None:
    with pytest.raises(InputError, match=rf"at least 10 customers who {words} .* 0 of"):
        analyse(_with(shop.past, actual_flag=flag), shop.score, [], AnalysisParams())


def test_a_missing_feature_is_named(shop: Any) -> None:
    lacking = Origin(shop.past.cutoff, shop.past.frame.drop(columns="overdue_ratio"))
    with pytest.raises(InputError, match="overdue_ratio"):
        analyse(lacking, shop.score, [], AnalysisParams())


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
    past = Origin(shop.past.cutoff, change(_some(shop.past, 300).frame))
    found = analyse(past, _some(shop.score, 50), [], AnalysisParams(folds=2, tune=False))
    json.dumps(found.metrics, allow_nan=False)
    for table in (found.past, found.score):
        numbers = table.drop(columns=list(GAPS)).select_dtypes("number")
        assert np.isfinite(numbers.to_numpy()).all()
        assert (table["pred_spend_low"] <= table["pred_spend"]).all()
        assert (table["pred_spend"] <= table["pred_spend_high"]).all()


def test_noise_is_called_noise(shop: Any) -> None:
    random = np.random.default_rng(2)

    def noise(origin: Origin) -> Origin:
        flag = random.permutation(origin.frame["actual_flag"].to_numpy())
        return _with(origin, actual_flag=flag, actual_spend=flag * 20)

    found = analyse(
        noise(shop.past), shop.score, [noise(one) for one in shop.earlier], AnalysisParams(**QUICK)
    )
    assert found.metrics["backtest"]["verdict"]["signal"] is False
    assert found.metrics["backtest"]["verdict"]["sentence"].startswith("No signal here")
    assert any("hardly a signal" in text for text in found.metrics["warnings"])


def test_small_data_and_a_short_past_are_called_out(shop: Any) -> None:
    found = analyse(
        _some(shop.past, 300),
        _some(shop.score, 50),
        [_some(shop.earlier[0], 30)],
        AnalysisParams(folds=2, **QUICK),
    )
    buyers = int(shop.past.frame["actual_flag"].head(300).sum())
    small = f"Small data: 300 customers, of whom {buyers} bought in the past window."
    assert any(text.startswith(small) for text in found.metrics["warnings"])
    lacking = "A backtest needs at least 50 customers who bought up to the cutoff, 25 Jun 1971; "
    assert found.metrics["next_window_backtest_missing"].startswith(lacking + "there are 30 customers.")
    assert any(lacking in text for text in found.metrics["warnings"])


def test_an_outcome_among_the_features_is_called_out(shop: Any) -> None:
    leaky = _with(shop.past, returns_share=shop.past.frame["actual_flag"])
    found = analyse(_some(leaky, 400), shop.score, [], AnalysisParams(folds=2, **QUICK))
    assert any(text.startswith("returns_share alone") for text in found.metrics["warnings"])


def test_a_training_limit_still_scores_everyone(simulate: Any) -> None:
    many = simulate(1_400, 5)
    found = analyse(many.past, many.score, [], AnalysisParams(train_limit=1_000, folds=3, **QUICK))
    assert found.metrics["counts"]["training_customers"] == 1_000
    assert len(found.past) == len(many.past.frame) > 1_200
    assert found.metrics["propensity"]["auc"] > 0.72

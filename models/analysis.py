"""One analysis from feature frames to predictions, metrics and model files."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data import names
from models import evaluation, explain, gate, intervals, next_window, propensity, spend, winback
from models.btyd import Btyd, fit_btyd, histories
from models.cautions import cautions
from models.churn import churn_risk, lifetime_value
from models.folds import fold_of, training_sample
from models.learners import LightgbmLearner, predict_in_chunks
from models.params import AnalysisParams
from models.persist import model_files
from models.transforms import MODEL_FEATURES, fit_baseline, training_range

Floats = NDArray[np.float64]
Report = Callable[[float, str], None]

LEVELS: Final = (0.5, 0.2, 0.1)
# Decimals of every column that leaves the models: enough for any use, too few for the last bits,
# which could differ between machines. Money to a hundredth of a cent.
DECIMALS: Final = {
    names.PRED_PROB: 6,
    names.PRED_SPEND: 4,
    names.PRED_SPEND_LOW: 4,
    names.PRED_SPEND_HIGH: 4,
    names.ACTUAL_SPEND: 4,
    names.SHORTFALL: 4,
    names.CHURN_RISK: 6,
    names.P_ALIVE: 6,
    names.CLV: 4,
    names.SPEND_CDF: 6,
    names.SPEND_MU: 6,
    names.SPEND_SIGMA: 6,
}
_LIBRARIES: Final = ("numpy", "pandas", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm")


@dataclass(frozen=True)
class AnalysisResult:
    """What one analysis found.

    `past` and `score` have one row a customer, sorted by customer id; `metrics` is ready for JSON;
    the importances have columns feature, gain; `files` are the models, file name -> content.
    """

    past: pd.DataFrame
    score: pd.DataFrame
    metrics: dict[str, Any]
    importance_prob: pd.DataFrame
    importance_spend: pd.DataFrame
    files: dict[str, bytes]


def _silent(fraction: float, text: str) -> None:
    """Report to nobody."""


class _Progress:
    """Spreads the progress of one stage over its steps."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def stage(self, start: float, end: float, steps: int, text: str) -> Callable[[], None]:
        self.report(start, text)
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            self.report(start + (end - start) * min(done / max(steps, 1), 1.0), text)

        return step


def analyse(
    past: pd.DataFrame,
    score: pd.DataFrame,
    earlier: pd.DataFrame | None,
    params: AnalysisParams,
    report: Report = _silent,
) -> AnalysisResult:
    """Learn from the past window, judge it out of fold, and score the next window.

    `past` has features at the cutoff with outcomes, `score` features at the last date, `earlier` (where
    history reaches) features one horizon before the cutoff with outcomes; one row a customer in any
    order. `report(fraction, text)` is called at each stage and may raise to cancel. Raises `InputError`
    where there is too little to learn from. Same frames and seed, same bytes, whatever the row order
    and the number of threads.
    """
    report(0.0, "Checking that there is enough to learn from")
    gate.check(past, score, params.horizon_days)
    # One thread for linear algebra: models already run side by side, and sums stay in one order.
    with threadpool_limits(limits=1):
        return _analyse(
            _sorted(past), _sorted(score), None if earlier is None else _sorted(earlier), params, report
        )


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(names.CUSTOMER_ID, kind="stable", ignore_index=True)


def _analyse(
    past: pd.DataFrame,
    score: pd.DataFrame,
    earlier: pd.DataFrame | None,
    params: AnalysisParams,
    report: Report,
) -> AnalysisResult:
    progress, seed, horizon = _Progress(report), params.seed, params.horizon_days
    ids = past[names.CUSTOMER_ID].tolist()
    fold = fold_of(ids, params.folds, seed)
    trains = training_sample(ids, params.train_limit, seed)
    flag = (past[names.ACTUAL_FLAG].to_numpy(dtype=np.float64) > 0).astype(np.float64)
    spent = past[names.ACTUAL_SPEND].to_numpy(dtype=np.float64)
    frequency = past["frequency"].to_numpy(dtype=np.float64)

    report(0.02, "Fitting when customers buy and when they stop")
    baseline = fit_baseline(past)
    matrix = baseline.matrix(past, horizon)

    models = params.folds * len(propensity.LEARNERS)
    step = progress.stage(
        0.05, 0.45, models, "Learning who buys, each customer scored by models of the others"
    )
    chances = propensity.compete(matrix, flag, fold, trains, seed, params.threads, step)
    models = params.folds * len(spend.LEARNERS)
    step = progress.stage(0.45, 0.6, models, "Learning how much they spend")
    amounts = spend.compete(matrix, spent, chances.probability, fold, trains, seed, params.threads, step)

    report(0.6, "Learning how widely spend varies")
    spread = intervals.cross_fit_intervals(
        flag, spent, chances.probability, amounts.prediction, frequency, fold, params.interval
    )

    factories = {**propensity.LEARNERS, **spend.LEARNERS}
    step = progress.stage(0.62, 0.75, len(factories), "Learning from all customers for the next window")
    targets = {name: flag if name in propensity.LEARNERS else spent for name in factories}
    learners = next_window.fit_learners(factories, matrix, targets, trains, params, step)
    served = next_window.Served(baseline, training_range(matrix), learners, chances, amounts)
    teller = explain.fit_reasons(matrix[trains], flag[trains], seed)

    report(0.75, "Scoring the past window")
    past_table = pd.concat(
        [
            _past_table(past, chances, amounts, spread, baseline.purchases, params),
            explain.reasons(teller, matrix),
        ],
        axis=1,
    )
    report(0.78, "Scoring the next window")
    # Fitted anew: the last date knows more about who is still a customer than the cutoff did.
    purchases = fit_btyd(*histories(score))
    score_table = _score_table(score, served, spread.pooled, teller, purchases, params)

    lacking = (
        "The data does not reach back another horizon."
        if earlier is None
        else gate.shortage(earlier, horizon, backtest=True)
    )
    tested = None
    if earlier is not None and lacking is None:
        models = (params.folds + 1) * (len(chances.champion.learners) + len(amounts.champion.learners))
        step = progress.stage(0.82, 0.94, models, "Checking the same recipe one window earlier")
        tested = next_window.backtest(earlier, past, params, chances.champion, amounts.champion, step)

    report(0.94, "Measuring")
    metrics = rounded(
        {
            **_about(params),
            "counts": _counts(flag, spent, score, int(trains.sum())),
            "propensity": _propensity_metrics(flag, chances),
            "spend": {
                "champion": amounts.champion.name,
                "label": amounts.champion.label,
                "leaderboard": amounts.leaderboard,
                **_champion(amounts.leaderboard),
            },
            "interval": {
                "share": params.interval,
                # Of the rounded columns, so that the same comes out of the exported ones.
                **evaluation.interval_metrics(
                    past_table[names.ACTUAL_SPEND].to_numpy(),
                    past_table[names.PRED_SPEND_LOW].to_numpy(),
                    past_table[names.PRED_SPEND_HIGH].to_numpy(),
                    frequency,
                ),
            },
            "spend_distribution": spread.pooled.shape.to_dict(),
            "winback": _winback_metrics(past_table, spread.pooled.shape, params),
            "btyd": {
                "purchases": baseline.purchases.to_dict(),
                "purchases_next_window": purchases.to_dict(),
                "order_value": baseline.value.to_dict(),
            },
            "in_sample": _in_sample(learners, matrix, flag, spent, chances, amounts, seed),
            "next_window": {
                "customers": len(score_table),
                "predicted_buyers": float(score_table[names.PRED_PROB].sum()),
                "predicted_spend": float(score_table[names.PRED_SPEND].sum()),
                "churn": f"no purchase in the next {horizon} days",
                "clv": f"12 months, discounted at {params.annual_discount:.0%} a year",
                "clv_total": float(score_table[names.CLV].sum()),
            },
            "next_window_backtest": tested,
            "next_window_backtest_missing": lacking,
            "warnings": cautions(
                flag,
                evaluation.single_feature_auc(flag[trains], matrix[trains], MODEL_FEATURES),
                _champion(chances.leaderboard),
                (purchases, baseline.purchases),
                tested,
                lacking,
            ),
        }
    )
    serving = {
        "propensity": {
            "learners": list(chances.champion.learners),
            "combine": "mean of log-odds, then slope and intercept",
            "slope": chances.platt[chances.champion.name].slope,
            "intercept": chances.platt[chances.champion.name].intercept,
        },
        "spend": {
            "learners": list(amounts.champion.learners),
            "combine": "mean of scale x expected spend; `value` is times the probability first",
            "scale": {name: amounts.scale[name] for name in amounts.champion.learners},
        },
        "distribution": {**spread.pooled.shape.to_dict(), "log_sigma": spread.pooled.spread.to_dict()},
        "training_range": {"low": served.range.low.tolist(), "high": served.range.high.tolist()},
        "horizon_days": horizon,
        "versions": metrics["versions"],
    }
    boosted, boosted_spend = learners["lightgbm"], learners["tweedie"]
    if not isinstance(boosted, LightgbmLearner) or not isinstance(boosted_spend, LightgbmLearner):
        raise TypeError("importances by gain come from LightGBM")
    result = AnalysisResult(
        past_table,
        score_table,
        metrics,
        explain.importance(boosted.gains()),
        explain.importance(boosted_spend.gains()),
        model_files(learners, baseline, serving),
    )
    report(1.0, "Done")
    return result


def _assigned(frame: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    """The customer's features and further columns, each rounded as DECIMALS says."""
    table = frame[[names.CUSTOMER_ID, *names.FEATURES]].copy()
    for name, values in columns.items():
        # Adding zero turns a negative zero into zero.
        table[name] = np.round(values, DECIMALS[name]) + 0.0 if name in DECIMALS else values
    return table


def _past_table(
    past: pd.DataFrame,
    chances: propensity.Propensity,
    amounts: spend.Spend,
    spread: intervals.CrossFitted,
    purchases: Btyd,
    params: AnalysisParams,
) -> pd.DataFrame:
    spent = past[names.ACTUAL_SPEND].to_numpy(dtype=np.float64)
    table = _assigned(
        past,
        {
            names.PRED_PROB: chances.probability,
            names.PRED_SPEND: amounts.prediction,
            names.PRED_SPEND_LOW: spread.low,
            names.PRED_SPEND_HIGH: spread.high,
            names.ACTUAL_FLAG: (past[names.ACTUAL_FLAG].to_numpy() > 0).astype(np.int64),
            names.ACTUAL_SPEND: spent,
            names.SPEND_CDF: spread.cdf,
            names.SPEND_MU: spread.mu,
            names.SPEND_SIGMA: spread.sigma,
            names.P_ALIVE: purchases.p_alive(*histories(past)),
        },
    )
    # From the rounded columns, so that anyone can recompute them from what is exported.
    table[names.SHORTFALL] = np.round(
        table[names.PRED_SPEND] - table[names.ACTUAL_SPEND], DECIMALS[names.SHORTFALL]
    )
    table[names.PERFORMANCE] = winback.performance(
        table[names.SHORTFALL].to_numpy(),
        table[names.SPEND_CDF].to_numpy(),
        winback.default_threshold(spent),
        params.level,
    )
    return table


def _score_table(
    score: pd.DataFrame,
    served: next_window.Served,
    distribution: intervals.SpendDistribution,
    teller: Any,
    purchases: Btyd,
    params: AnalysisParams,
) -> pd.DataFrame:
    matrix = served.matrix(score, params.horizon_days)
    probability, prediction = served.score(matrix)
    mu = intervals.location(prediction, probability)
    terms = intervals.spread_terms(score["frequency"].to_numpy(dtype=np.float64), probability, mu)
    sigma = distribution.spread.sigma(terms)
    low, high = distribution.interval(prediction, probability, mu, sigma, params.interval)
    probability = np.round(probability, DECIMALS[names.PRED_PROB])
    table = _assigned(
        score,
        {
            names.PRED_PROB: probability,
            names.PRED_SPEND: prediction,
            names.PRED_SPEND_LOW: low,
            names.PRED_SPEND_HIGH: high,
            names.CHURN_RISK: churn_risk(probability),
            names.P_ALIVE: purchases.p_alive(*histories(score)),
            names.CLV: lifetime_value(
                purchases, score, prediction, params.horizon_days, params.annual_discount
            ),
        },
    )
    return pd.concat([table, explain.reasons(teller, matrix)], axis=1)


def _about(params: AnalysisParams) -> dict[str, Any]:
    asked = params.to_dict()
    # Threads never change a result, so they do not belong to it.
    asked.pop("threads")
    return {
        "params": asked,
        "horizon_days": params.horizon_days,
        "seed": params.seed,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    }


def _counts(flag: Floats, spent: Floats, score: pd.DataFrame, trained: int) -> dict[str, Any]:
    return {
        "customers": len(flag),
        "training_customers": trained,
        "buyers": int(flag.sum()),
        "base_rate": float(flag.mean()),
        "actual_spend": float(spent.sum()),
        "mean_spend": float(spent.mean()),
        "next_window_customers": len(score),
    }


def _champion(leaderboard: list[dict[str, Any]]) -> dict[str, Any]:
    row = next(row for row in leaderboard if row["champion"])
    return {key: value for key, value in row.items() if key not in ("name", "champion")}


def _propensity_metrics(flag: Floats, chances: propensity.Propensity) -> dict[str, Any]:
    return {
        "champion": chances.champion.name,
        "label": chances.champion.label,
        "leaderboard": chances.leaderboard,
        "calibration": evaluation.calibration_bins(flag, chances.probability),
        **_champion(chances.leaderboard),
    }


def _winback_metrics(
    table: pd.DataFrame, shape: intervals.ResidualCdf, params: AnalysisParams
) -> dict[str, Any]:
    threshold = winback.default_threshold(table[names.ACTUAL_SPEND].to_numpy())
    shortfall, cdf = table[names.SHORTFALL].to_numpy(), table[names.SPEND_CDF].to_numpy()

    def at(level: float) -> dict[str, Any]:
        found = winback.performance(shortfall, cdf, threshold, level)
        counts = {name: int((found == name).sum()) for name in names.PERFORMANCES}
        by_chance = intervals.red_chances(table, shape, threshold, level)
        beyond = intervals.beyond_chance(counts[names.UNDER], by_chance)
        return {
            "level": level,
            **counts,
            "red_by_chance": float(by_chance.sum()),
            "beyond_chance": beyond is not None and beyond > intervals.BEYOND_ERRORS,
            "beyond_chance_z": None if beyond is None else round(beyond, 2),
            "shortfall_red": float(shortfall[found == names.UNDER].sum()),
        }

    return {
        "threshold": threshold,
        "level": params.level,
        **at(params.level),
        "levels": [at(x) for x in LEVELS],
    }


def _in_sample(
    learners: dict[str, Any],
    matrix: Floats,
    flag: Floats,
    spent: Floats,
    chances: propensity.Propensity,
    amounts: spend.Spend,
    seed: int,
) -> dict[str, Any]:
    """What scoring the training rows would have claimed, beside what the same learners reach out of fold."""
    seen = propensity.as_probability(predict_in_chunks(learners["xgboost"], matrix))
    seen_spend = predict_in_chunks(learners["tweedie"], matrix)
    honest = next(row for row in chances.leaderboard if row["name"] == "xgboost")
    honest_spend = next(row for row in amounts.leaderboard if row["name"] == "lightgbm_tweedie")
    keys, spend_keys = ("auc", "brier", "log_loss", "calibration_slope"), ("r2", "mae", "gini")
    claimed = evaluation.propensity_metrics(flag, seen, seed)
    claimed_spend = evaluation.spend_metrics(spent, seen_spend)
    return {
        "propensity": {
            "model": "xgboost",
            "in_sample": {key: claimed[key] for key in keys},
            "out_of_fold": {key: honest[key] for key in keys},
        },
        "spend": {
            "model": "lightgbm_tweedie",
            "in_sample": {key: claimed_spend[key] for key in spend_keys},
            "out_of_fold": {key: honest_spend[key] for key in spend_keys},
        },
    }


def rounded(value: Any) -> Any:
    """Floats to ten significant digits throughout a JSON value: exact enough, and free of last-bit noise."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") + 0.0
    return value

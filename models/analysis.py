"""One analysis from feature frames to predictions, metrics and model files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from data import names
from models import backtest, explain, gate, intervals, propensity, spend, winback
from models.backtest import Origin
from models.btyd import Btyd, fit_btyd, histories
from models.candidates import PROPENSITY, SPEND
from models.cautions import cautions
from models.crossfit import Split, fit_on_all
from models.evaluation import single_feature_auc
from models.folds import customer_hashes, fold_of, training_sample
from models.importance import importances
from models.metrics import Outcome, all_metrics
from models.params import AnalysisParams
from models.persist import model_files
from models.served import DECIMALS, Served, with_columns
from models.transforms import MODEL_FEATURES, fit_baseline, training_range

Floats = NDArray[np.float64]
Report = Callable[[float, str], None]

# LightGBM explains by its gains, whether or not it competes.
EXPLAINED: Final = tuple(one for one in PROPENSITY if one.name == "lightgbm")


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
    past: Origin,
    score: pd.DataFrame,
    earlier: Sequence[Origin],
    params: AnalysisParams,
    report: Report = _silent,
) -> AnalysisResult:
    """Learn from the past window, judge it out of fold, and score the next window.

    `past` has features at the cutoff with outcomes, `score` features at the last date, `earlier` the
    customers at cutoffs one horizon apart before that of `past`, newest first, with outcomes; one row a
    customer in any order. `report(fraction, text)` is called at each stage and may raise to cancel.
    Raises `InputError` where there is too little to learn from. Same frames and seed, same bytes,
    whatever the row order, the names of the customers and the number of threads.
    """
    report(0.0, "Checking that there is enough to learn from")
    gate.check(past.frame, score, params.horizon_days)
    # One thread for linear algebra: models already run side by side, and sums stay in one order.
    with threadpool_limits(limits=1):
        return _analyse(past, score, earlier, params, report)


def _in_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.uint64]]:
    """The customers in an order of their own, not the file's: sums of floats depend on it."""
    hashes = customer_hashes(
        frame[list(names.FEATURES)].to_numpy(dtype=np.float64), frame[names.CUSTOMER_ID].tolist()
    )
    # Whoever is still level is alike in everything that is learned from.
    order = np.lexsort((frame[names.ACTUAL_SPEND].to_numpy(), frame[names.ACTUAL_FLAG].to_numpy(), hashes))
    return frame.iloc[order].reset_index(drop=True), hashes[order]


def _analyse(
    origin: Origin,
    score: pd.DataFrame,
    earlier: Sequence[Origin],
    params: AnalysisParams,
    report: Report,
) -> AnalysisResult:
    progress, seed, horizon, tune = _Progress(report), params.seed, params.horizon_days, params.tune
    past, hashes = _in_order(origin.frame)
    split = Split(fold_of(hashes, params.folds, seed), training_sample(hashes, params.train_limit, seed))
    flag = (past[names.ACTUAL_FLAG].to_numpy(dtype=np.float64) > 0).astype(np.float64)
    spent = past[names.ACTUAL_SPEND].to_numpy(dtype=np.float64)
    frequency = past["frequency"].to_numpy(dtype=np.float64)

    report(0.02, "Fitting when customers buy and when they stop")
    baseline = fit_baseline(past)
    matrix = baseline.matrix(past, horizon)

    candidates = propensity.competing(params.learners)
    who = propensity.makers(candidates, seed, tune=tune)
    step = progress.stage(
        0.04, 0.38, params.folds * len(who), "Learning who buys, each customer scored by models of the others"
    )
    chances = propensity.compete(matrix, flag, split, candidates, seed, params.threads, tune=tune, done=step)
    champion = propensity.champion_of(chances, flag, candidates, params.serve)
    probability = chances.probabilities[champion.name]

    how_much = spend.makers(SPEND, seed, tune=tune)
    step = progress.stage(0.38, 0.54, params.folds * len(how_much), "Learning how much they spend")
    amounts = spend.compete(
        matrix, spent, probability, split, SPEND, seed, params.threads, tune=tune, done=step
    )
    spend_champion = spend.champion_of(amounts, spent, SPEND, params.serve_spend)
    prediction = amounts.predictions[spend_champion.name]

    report(0.54, "Learning how widely spend varies")
    spread = intervals.cross_fit_intervals(
        flag, spent, probability, prediction, frequency, split.fold, params.interval
    )

    makers = {**who, **propensity.makers(EXPLAINED, seed, tune=tune), **how_much}
    step = progress.stage(0.55, 0.66, len(makers), "Learning from all customers for the next window")
    targets = {**dict.fromkeys(makers, flag), **dict.fromkeys(how_much, spent)}
    learners = fit_on_all(makers, matrix, targets, split.trains, params.threads, step)
    served = Served(
        baseline=baseline,
        # Fitted anew: the last date knows more about who is still a customer than the cutoff did.
        purchases=fit_btyd(*histories(score)),
        range=training_range(matrix),
        learners=learners,
        candidate=champion,
        platt=chances.platt[champion.name],
        spend_candidate=spend_champion,
        scale=amounts.scale[spend_champion.name],
        distribution=spread.pooled,
        reasons=explain.fit_reasons(matrix[split.trains], flag[split.trains]),
        horizon_days=horizon,
        interval=params.interval,
        annual_discount=params.annual_discount,
    )

    report(0.66, "Scoring the past window")
    past_table = _past_table(past, probability, prediction, spread, baseline.purchases, params)
    past_table = pd.concat([past_table, explain.reasons(served.reasons, matrix)], axis=1)
    report(0.68, "Scoring the next window")
    score_table = served.score(score).sort_values(names.CUSTOMER_ID, kind="stable", ignore_index=True)

    usable, lacking = gate.usable_origins([origin, *earlier], horizon)
    step = progress.stage(
        0.7,
        0.9,
        backtest.steps(usable, champion, spend_champion),
        "Checking the same recipe at earlier cutoffs",
    )
    tested = backtest.backtest(usable, params, champion, spend_champion, step)

    step = progress.stage(0.9, 0.95, 2, "Asking what each feature is worth")
    outcome = Outcome(flag, spent, frequency, int(split.trains.sum()))
    importance = importances(makers, learners, matrix, flag, spent, split, seed, params.threads, step)
    report(0.95, "Measuring")
    metrics = all_metrics(
        params, outcome, candidates, chances, champion, amounts, spend_champion, served, matrix, past_table,
        score_table, spread.pooled.shape, importance, tested, lacking,
    )  # fmt: skip
    metrics["answers"] = gate.answers(past, params.horizon_days, served.purchases, lacking)
    metrics["warnings"] = cautions(
        flag,
        single_feature_auc(flag[split.trains], matrix[split.trains], MODEL_FEATURES),
        metrics["propensity"],
        (served.purchases, baseline.purchases),
        metrics["next_window_backtest"],
        lacking,
    )
    report(0.98, "Packing the models")
    result = AnalysisResult(
        past_table.sort_values(names.CUSTOMER_ID, kind="stable", ignore_index=True),
        score_table,
        metrics,
        explain.importance(importance["prob"]),
        explain.importance(importance["spend"]),
        model_files(served, past),
    )
    report(1.0, "Done")
    return result


def _past_table(
    past: pd.DataFrame,
    probability: Floats,
    prediction: Floats,
    spread: intervals.CrossFitted,
    purchases: Btyd,
    params: AnalysisParams,
) -> pd.DataFrame:
    spent = past[names.ACTUAL_SPEND].to_numpy(dtype=np.float64)
    table = with_columns(
        past,
        {
            names.PRED_PROB: probability,
            names.PRED_SPEND: prediction,
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

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
from models.candidates import PROPENSITY, SPEND, Candidate
from models.cautions import cautions
from models.crossfit import Split, fit_on_all, makers_of
from models.evaluation import single_feature_auc
from models.folds import fold_of, training_sample
from models.importance import importances
from models.metrics import Findings, all_metrics
from models.params import AnalysisParams
from models.persist import model_files
from models.served import DECIMALS, Served, with_columns
from models.transforms import MODEL_FEATURES, fit_baseline, training_range
from models.window import Window, window_of

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
    gate.check(past, score, params.horizon_days)
    # One thread for linear algebra: models already run side by side, and sums stay in one order.
    with threadpool_limits(limits=1):
        return _analyse(past, score, earlier, params, report)


@dataclass(frozen=True)
class _Competition:
    """Who competed, what each of them said of customers it had not met, and who serves."""

    chances: propensity.Propensity
    champion: Candidate
    amounts: spend.Spend
    spend_champion: Candidate

    @property
    def probability(self) -> Floats:
        """The champion's out-of-fold probabilities, shape (n,)."""
        return self.chances.probabilities[self.champion.name]

    @property
    def prediction(self) -> Floats:
        """The champion's out-of-fold spend, shape (n,)."""
        return self.amounts.predictions[self.spend_champion.name]


def _compete(
    past: Window, matrix: Floats, split: Split, params: AnalysisParams, progress: _Progress
) -> _Competition:
    candidates = propensity.competing(params.learners)
    seed, threads, tune = params.seed, params.threads, params.tune
    step = progress.stage(
        0.04,
        0.38,
        params.folds * len(makers_of(candidates, seed, tune=tune)),
        "Learning who buys, each customer scored by models of the others",
    )
    chances = propensity.compete(matrix, past.flag, split, candidates, seed, threads, tune=tune, done=step)
    champion = propensity.champion_of(chances, past.flag, candidates, params.serve)
    step = progress.stage(
        0.38, 0.54, params.folds * len(makers_of(SPEND, seed, tune=tune)), "Learning how much they spend"
    )
    probability = chances.probabilities[champion.name]
    amounts = spend.compete(
        matrix, past.spent, probability, split, SPEND, seed, threads, tune=tune, done=step
    )
    return _Competition(
        chances, champion, amounts, spend.champion_of(amounts, past.spent, SPEND, params.serve_spend)
    )


def _analyse(
    origin: Origin,
    score: pd.DataFrame,
    earlier: Sequence[Origin],
    params: AnalysisParams,
    report: Report,
) -> AnalysisResult:
    progress, seed, horizon = _Progress(report), params.seed, params.horizon_days
    past = window_of(origin.frame)
    trains = training_sample(past.hashes, params.train_limit, seed)
    split = Split(fold_of(past.hashes, params.folds, seed), trains)

    report(0.02, "Fitting when customers buy and when they stop")
    baseline = fit_baseline(past.frame)
    matrix = baseline.matrix(past.frame, horizon)
    found = _compete(past, matrix, split, params, progress)

    report(0.54, "Learning how widely spend varies")
    spread = intervals.cross_fit_intervals(
        past.flag,
        past.spent,
        found.probability,
        found.prediction,
        past.frequency,
        split.fold,
        params.interval,
    )

    who = makers_of((*propensity.competing(params.learners), *EXPLAINED), seed, tune=params.tune)
    how_much = makers_of(SPEND, seed, tune=params.tune)
    step = progress.stage(
        0.55, 0.66, len(who) + len(how_much), "Learning from all customers for the next window"
    )
    targets = {**dict.fromkeys(who, past.flag), **dict.fromkeys(how_much, past.spent)}
    learners = fit_on_all({**who, **how_much}, matrix, targets, trains, params.threads, step)
    served = Served(
        baseline=baseline,
        # Fitted anew: the last date knows more about who is still a customer than the cutoff did.
        purchases=fit_btyd(*histories(score)),
        range=training_range(matrix),
        learners=learners,
        candidate=found.champion,
        platt=found.chances.platt[found.champion.name],
        spend_candidate=found.spend_champion,
        scale=found.amounts.scale[found.spend_champion.name],
        distribution=spread.pooled,
        reasons=explain.fit_reasons(matrix[trains], past.flag[trains]),
        horizon_days=horizon,
        interval=params.interval,
        annual_discount=params.annual_discount,
    )

    report(0.66, "Scoring the past window")
    past_table = _past_table(past, found, spread, baseline.purchases, params)
    past_table = pd.concat([past_table, explain.reasons(served.reasons, matrix)], axis=1)
    report(0.68, "Scoring the next window")
    score_table = served.score(score).sort_values(names.CUSTOMER_ID, kind="stable", ignore_index=True)

    usable, lacking = gate.usable_origins([origin, *earlier], horizon)
    step = progress.stage(
        0.7,
        0.9,
        backtest.steps(usable, found.champion, found.spend_champion),
        "Checking the same recipe at earlier cutoffs",
    )
    tested = backtest.backtest(usable, params, found.champion, found.spend_champion, step)

    step = progress.stage(0.9, 0.95, 2, "Asking what each feature is worth")
    importance = importances({**who, **how_much}, learners, matrix, past, split, params, step)
    report(0.95, "Measuring")
    metrics = all_metrics(
        Findings(
            past=past,
            trained=int(trains.sum()),
            matrix=matrix,
            chances=found.chances,
            amounts=found.amounts,
            served=served,
            past_table=past_table,
            score_table=score_table,
            importance=importance,
            backtests=tested,
            no_backtest=lacking,
        ),
        params,
    )
    metrics["answers"] = gate.answers(past.frame, horizon, served.purchases, lacking)
    metrics["warnings"] = cautions(
        past.flag,
        past.spent,
        single_feature_auc(past.flag[trains], matrix[trains], MODEL_FEATURES),
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
        model_files(served, past.frame),
    )
    report(1.0, "Done")
    return result


def _past_table(
    past: Window,
    found: _Competition,
    spread: intervals.CrossFitted,
    purchases: Btyd,
    params: AnalysisParams,
) -> pd.DataFrame:
    table = with_columns(
        past.frame,
        {
            names.PRED_PROB: found.probability,
            names.PRED_SPEND: found.prediction,
            names.PRED_SPEND_LOW: spread.low,
            names.PRED_SPEND_HIGH: spread.high,
            names.ACTUAL_FLAG: past.flag.astype(np.int64),
            names.ACTUAL_SPEND: past.spent,
            names.SPEND_CDF: spread.cdf,
            names.SPEND_MU: spread.mu,
            names.SPEND_SIGMA: spread.sigma,
            names.P_ALIVE: purchases.p_alive(*histories(past.frame)),
        },
    )
    # From the rounded columns, so that anyone can recompute them from what is exported.
    table[names.SHORTFALL] = np.round(
        table[names.PRED_SPEND] - table[names.ACTUAL_SPEND], DECIMALS[names.SHORTFALL]
    )
    table[names.PERFORMANCE] = winback.performance(
        table[names.SHORTFALL].to_numpy(),
        table[names.SPEND_CDF].to_numpy(),
        winback.default_threshold(past.spent),
        params.level,
    )
    return table

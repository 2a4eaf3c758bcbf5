"""Scoring the future: models of an earlier cutoff applied to a later one, and how far that was off before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import ACTUAL_FLAG, ACTUAL_SPEND, CUSTOMER_ID
from models import propensity, spend
from models.crossfit import Candidate, LearnerFactory, run_all
from models.evaluation import auc, auc_error, gini
from models.folds import fold_of, training_sample
from models.learners import Learner
from models.params import AnalysisParams
from models.transforms import Baseline, TrainingRange, fit_baseline, training_range

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Served:
    """Everything needed to score a later window, fitted on all customers of one cutoff."""

    baseline: Baseline
    range: TrainingRange
    learners: dict[str, Learner]
    propensity: propensity.Propensity
    spend: spend.Spend

    def matrix(self, features: pd.DataFrame, horizon_days: int) -> Floats:
        """The learners' view of later customers, clipped to the training range, shape (n, m)."""
        return self.range.clip(self.baseline.matrix(features, horizon_days))

    def score(self, matrix: Floats) -> tuple[Floats, Floats]:
        """(pred_prob, pred_spend), shapes (n,)."""
        probability = self.propensity.serve(self.learners, matrix)
        return probability, self.spend.serve(self.learners, matrix, probability)


def fit_learners(
    factories: Mapping[str, LearnerFactory],
    matrix: Floats,
    targets: Mapping[str, Floats],
    trains: NDArray[np.bool_],
    params: AnalysisParams,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Learner]:
    """Each learner fitted on all customers that are in `trains`."""
    rows = matrix[trains] if not trains.all() else matrix

    def task(name: str) -> Callable[[], Learner]:
        return lambda: factories[name](params.seed).fit(rows, targets[name][trains])

    return run_all({name: task(name) for name in factories}, params.threads, done)


def backtest(
    earlier: pd.DataFrame,
    past: pd.DataFrame,
    params: AnalysisParams,
    candidate: Candidate,
    spend_candidate: Candidate,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """The champions' recipe trained one horizon earlier and held against the past window's outcomes.

    Frames sorted by customer, both with outcomes. Bias is predicted over actual, minus 1.
    """
    baseline = fit_baseline(earlier)
    matrix = baseline.matrix(earlier, params.horizon_days)
    flag = earlier[ACTUAL_FLAG].to_numpy(dtype=np.float64)
    spent = earlier[ACTUAL_SPEND].to_numpy(dtype=np.float64)
    ids = earlier[CUSTOMER_ID].tolist()
    fold = fold_of(ids, params.folds, params.seed)
    trains = training_sample(ids, params.train_limit, params.seed)
    common = (fold, trains, params.seed, params.threads, done)
    chances = propensity.compete(matrix, flag, *common, candidates=(candidate,))
    amounts = spend.compete(matrix, spent, chances.probability, *common, candidates=(spend_candidate,))
    used = {name: propensity.LEARNERS[name] for name in candidate.learners}
    used_spend = {name: spend.LEARNERS[name] for name in spend_candidate.learners}
    targets = {**dict.fromkeys(used, flag), **dict.fromkeys(used_spend, spent)}
    learners = fit_learners({**used, **used_spend}, matrix, targets, trains, params, done)
    served = Served(baseline, training_range(matrix), learners, chances, amounts)
    probability, prediction = served.score(served.matrix(past, params.horizon_days))
    bought = past[ACTUAL_FLAG].to_numpy(dtype=np.float64)
    actual = past[ACTUAL_SPEND].to_numpy(dtype=np.float64)
    return {
        "customers": len(past),
        "auc": auc(bought, probability),
        "auc_se": auc_error(bought, probability, params.seed),
        "brier": float(((probability - bought) ** 2).mean()),
        "gini": gini(actual, prediction),
        "predicted_buyers": float(probability.sum()),
        "actual_buyers": float(bought.sum()),
        "buyers_bias": _bias(float(probability.sum()), float(bought.sum())),
        "predicted_spend": float(prediction.sum()),
        "actual_spend": float(actual.sum()),
        "spend_bias": _bias(float(prediction.sum()), float(actual.sum())),
    }


def _bias(predicted: float, actual: float) -> float | None:
    return predicted / actual - 1.0 if actual > 0 else None

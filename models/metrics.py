"""Every figure of an analysis as one JSON value: what `/performance` shows and `metrics.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import names
from models import backtest, evaluation, explain, intervals, propensity, spend, winback
from models.boards import paired_difference, propensity_board, spend_board
from models.calibration import Platt
from models.candidates import SPEND, Candidate
from models.curves import propensity_curves, residual_deciles, spend_curves
from models.estimators import Estimator, bounded_logit, predict_in_chunks
from models.params import AnalysisParams
from models.persist import versions
from models.served import Served
from models.window import Window

Floats = NDArray[np.float64]

LEVELS: Final = (0.5, 0.2, 0.1)
# The explainable and the accurate one, side by side.
_CHOICE: Final = ("logistic", "random_forest")
# The recipe of tools that score the rows they learned from, for the probability and for the spend.
_PLAIN: Final = "plain_xgboost"


@dataclass(frozen=True)
class Findings:
    """What an analysis has found, before anything is measured.

    `past` are the customers of the past window, `trained` how many of them the models learned from and
    `matrix` how the learners see them, shape (n, m); the tables are those that are published. `backtests`
    are what `backtest.backtest` found, and `no_backtest` says why there is none.
    """

    past: Window
    trained: int
    matrix: Floats
    chances: propensity.Propensity
    amounts: spend.Spend
    served: Served
    past_table: pd.DataFrame
    score_table: pd.DataFrame
    importance: Mapping[str, Any]
    backtests: Sequence[dict[str, Any]]
    no_backtest: str | None


def all_metrics(findings: Findings, params: AnalysisParams) -> dict[str, Any]:
    """The metrics but for warnings and answers."""
    chances, amounts, served = findings.chances, findings.amounts, findings.served
    flag, spent, score = findings.past.flag, findings.past.spent, findings.score_table
    candidates = propensity.competing(params.learners)
    champion, spend_champion, shape = served.candidate, served.spend_candidate, served.distribution.shape
    board = leaderboard(
        propensity_board(
            flag, chances.probabilities, {one.name: not one.baseline for one in candidates}, params.seed
        ),
        candidates,
        champion,
        served.learners,
        "log_loss",
    )
    for row in board:
        row["platt"] = chances.platt[row["name"]] != Platt()
    spend_rows = leaderboard(
        spend_board(spent, amounts.predictions, {one.name: not one.baseline for one in SPEND}, params.seed),
        SPEND,
        spend_champion,
        served.learners,
        "tweedie_deviance",
    )
    probability = chances.probabilities[champion.name]
    newest = findings.backtests[0] if findings.backtests else None
    found = {
        **_about(params),
        "counts": {
            "customers": len(flag),
            "training_customers": findings.trained,
            "buyers": int(flag.sum()),
            "base_rate": float(flag.mean()),
            "actual_spend": float(spent.sum()),
            "mean_spend": float(spent.mean()),
            "next_window_customers": len(score),
        },
        "propensity": {
            "champion": champion.name,
            "chosen_by": "person" if params.serve else "rule",
            "leaderboard": board,
            "curves": {
                name: propensity_curves(flag, spent, values) for name, values in chances.probabilities.items()
            },
            **_serving(board),
        },
        "spend": {
            "champion": spend_champion.name,
            "chosen_by": "person" if params.serve_spend else "rule",
            "leaderboard": spend_rows,
            "curves": {name: spend_curves(spent, values) for name, values in amounts.predictions.items()},
            "residuals": residual_deciles(spent, amounts.predictions[spend_champion.name]),
            **_serving(spend_rows),
        },
        "choice": _choice(flag, chances.probabilities, params.seed),
        "interval": {
            "share": params.interval,
            # Of the rounded columns, so that the same comes out of the exported ones.
            **evaluation.interval_metrics(
                findings.past_table[names.ACTUAL_SPEND].to_numpy(),
                findings.past_table[names.PRED_SPEND_LOW].to_numpy(),
                findings.past_table[names.PRED_SPEND_HIGH].to_numpy(),
                findings.past.frequency,
            ),
        },
        "spend_distribution": shape.to_dict(),
        "winback": _winback(findings.past_table, shape, params)
        | {"afterwards": newest and newest["colours"]},
        "btyd": {
            "purchases": served.baseline.purchases.to_dict(),
            "purchases_next_window": served.purchases.to_dict(),
            "order_value": served.baseline.value.to_dict(),
        },
        "in_sample": _in_sample(findings, board, spend_rows),
        "importance": findings.importance,
        "reasons_agreement": evaluation.rank_correlation(
            explain.effects(served.reasons, findings.matrix).sum(axis=1), bounded_logit(probability)
        ),
        "next_window": {
            "customers": len(score),
            "predicted_buyers": float(score[names.PRED_PROB].sum()),
            "predicted_spend": float(score[names.PRED_SPEND].sum()),
            "churn": f"no purchase in the next {params.horizon_days} days",
            "clv": f"12 months, discounted at {params.annual_discount:.0%} a year",
            "clv_total": float(score[names.CLV].sum()),
        },
        "backtest": {
            "origins": list(findings.backtests),
            "missing": findings.no_backtest,
            "verdict": backtest.verdict(findings.backtests),
        },
        "next_window_backtest": newest and _serving_backtest(newest),
        "next_window_backtest_missing": findings.no_backtest,
    }
    return dict(rounded(found))


def leaderboard(
    figures: Mapping[str, Mapping[str, Any]],
    candidates: Sequence[Candidate],
    champion: Candidate,
    learners: Mapping[str, Estimator],
    measure: str,
) -> list[dict[str, Any]]:
    """One row a candidate, the lowest `measure` first."""
    rows = [
        {
            "name": one.name,
            "label": one.label,
            "complexity": one.complexity,
            "kind": "baseline" if one.baseline else "candidate",
            "serving": one.name == champion.name,
            "champion": one.name == champion.name,
            "settings": _settings(one, learners),
            **figures[one.name],
        }
        for one in candidates
    ]
    return sorted(rows, key=lambda row: (round(float(row[measure]), 9), int(row["complexity"])))


def _settings(candidate: Candidate, learners: Mapping[str, Estimator]) -> dict[str, Any]:
    """What a holdout chose for the final fit, of the last learner that has anything to choose."""
    found: dict[str, Any] = {}
    for name in candidate.learners:
        learner: Any = learners[name]
        if hasattr(learner, "learning_rate_"):
            found = {"learning_rate": float(learner.learning_rate_), "rounds": int(learner.rounds_)}
    return found


def _serving(board: list[dict[str, Any]]) -> dict[str, Any]:
    row = next(row for row in board if row["serving"])
    return {key: value for key, value in row.items() if key not in ("name", "champion", "serving", "kind")}


def _choice(flag: Floats, probabilities: Mapping[str, Floats], seed: int) -> dict[str, Any] | None:
    simple, complicated = _CHOICE
    if simple not in probabilities or complicated not in probabilities:
        return None
    difference = paired_difference(flag, probabilities[simple], probabilities[complicated], seed)
    return {"simple": simple, "complex": complicated, **difference}


def _serving_backtest(newest: Mapping[str, Any]) -> dict[str, Any]:
    """The champion at the newest cutoff: how far off the next window's recipe was the last time."""
    row = next(row for row in newest["rows"] if row["role"] == "champion")
    of_row = (
        "auc", "auc_se", "brier", "gini", "predicted_buyers", "buyers_bias", "predicted_spend", "spend_bias",
    )  # fmt: skip
    return {
        "customers": newest["customers"],
        "actual_buyers": newest["buyers"],
        "actual_spend": newest["actual_spend"],
        **{key: row[key] for key in of_row},
    }


def _winback(table: pd.DataFrame, shape: intervals.ResidualCdf, params: AnalysisParams) -> dict[str, Any]:
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
    findings: Findings, board: list[dict[str, Any]], spend_rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """What scoring the training rows would have claimed, beside what the same recipe reaches out of fold."""
    learners, matrix = findings.served.learners, findings.matrix
    seen = propensity.as_probability(predict_in_chunks(learners[_PLAIN], matrix))
    seen_spend = predict_in_chunks(learners[f"{_PLAIN}_spend"], matrix)
    honest, honest_spend = (
        next(row for row in rows if row["name"] == _PLAIN) for rows in (board, spend_rows)
    )
    keys, spend_keys = ("auc", "brier", "log_loss", "calibration_slope"), ("r2", "mae", "gini")
    claimed = evaluation.propensity_figures(findings.past.flag, seen)
    claimed_spend = evaluation.spend_figures(findings.past.spent, seen_spend)
    return {
        "propensity": {
            "model": _PLAIN,
            "in_sample": {key: claimed[key] for key in keys},
            "out_of_fold": {key: honest[key] for key in keys},
        },
        "spend": {
            "model": _PLAIN,
            "in_sample": {key: claimed_spend[key] for key in spend_keys},
            "out_of_fold": {key: honest_spend[key] for key in spend_keys},
        },
    }


def _about(params: AnalysisParams) -> dict[str, Any]:
    asked = params.to_dict()
    # Threads never change a result, so they do not belong to it.
    asked.pop("threads")
    return {
        "params": asked,
        "horizon_days": params.horizon_days,
        "seed": params.seed,
        "versions": versions(),
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

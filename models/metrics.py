"""Every figure of an analysis as one JSON value: what `/performance` shows and `metrics.json` holds."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
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
from models.estimators import bounded_logit, predict_in_chunks
from models.params import AnalysisParams
from models.served import Served

Floats = NDArray[np.float64]

LEVELS: Final = (0.5, 0.2, 0.1)
_LIBRARIES: Final = ("numpy", "pandas", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm")
# The explainable and the accurate one, side by side.
_CHOICE: Final = ("logistic", "random_forest")
# The recipe of tools that score the rows they learned from.
_PLAIN, _PLAIN_SPEND = "plain_xgboost", "plain_xgboost"


@dataclass(frozen=True)
class Outcome:
    """What the customers of the past window did, shapes (n,), and how many of them are learned from."""

    flag: Floats
    spent: Floats
    frequency: Floats
    trained: int


def all_metrics(
    params: AnalysisParams,
    outcome: Outcome,
    candidates: Sequence[Candidate],
    chances: propensity.Propensity,
    champion: Candidate,
    amounts: spend.Spend,
    spend_champion: Candidate,
    served: Served,
    matrix: Floats,
    past: pd.DataFrame,
    score: pd.DataFrame,
    shape: intervals.ResidualCdf,
    importance: Mapping[str, Any],
    tested: Sequence[dict[str, Any]],
    lacking: str | None,
) -> dict[str, Any]:
    """The metrics but for warnings and answers; `past` and `score` are the tables that are published."""
    flag, spent = outcome.flag, outcome.spent
    board = leaderboard(
        propensity_board(
            flag, chances.probabilities, {one.name: not one.baseline for one in candidates}, params.seed
        ),
        candidates,
        champion,
        served,
        "log_loss",
    )
    for row in board:
        row["platt"] = chances.platt[row["name"]] != Platt()
    spend_rows = leaderboard(
        spend_board(spent, amounts.predictions, {one.name: not one.baseline for one in SPEND}, params.seed),
        SPEND,
        spend_champion,
        served,
        "tweedie_deviance",
    )
    probability = chances.probabilities[champion.name]
    newest = tested[0] if tested else None
    found = {
        **_about(params),
        "counts": {
            "customers": len(flag),
            "training_customers": outcome.trained,
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
                past[names.ACTUAL_SPEND].to_numpy(),
                past[names.PRED_SPEND_LOW].to_numpy(),
                past[names.PRED_SPEND_HIGH].to_numpy(),
                outcome.frequency,
            ),
        },
        "spend_distribution": shape.to_dict(),
        "winback": _winback(past, shape, params) | {"afterwards": newest and newest["colours"]},
        "btyd": {
            "purchases": served.baseline.purchases.to_dict(),
            "purchases_next_window": served.purchases.to_dict(),
            "order_value": served.baseline.value.to_dict(),
        },
        "in_sample": _in_sample(served, matrix, flag, spent, board, spend_rows),
        "importance": importance,
        "reasons_agreement": evaluation.rank_correlation(
            explain.effects(served.reasons, matrix).sum(axis=1), bounded_logit(probability)
        ),
        "next_window": {
            "customers": len(score),
            "predicted_buyers": float(score[names.PRED_PROB].sum()),
            "predicted_spend": float(score[names.PRED_SPEND].sum()),
            "churn": f"no purchase in the next {params.horizon_days} days",
            "clv": f"12 months, discounted at {params.annual_discount:.0%} a year",
            "clv_total": float(score[names.CLV].sum()),
        },
        "backtest": {"origins": list(tested), "missing": lacking, "verdict": backtest.verdict(tested)},
        "next_window_backtest": newest and _serving_backtest(newest),
        "next_window_backtest_missing": lacking,
    }
    return dict(rounded(found))


def leaderboard(
    figures: Mapping[str, Mapping[str, Any]],
    candidates: Sequence[Candidate],
    champion: Candidate,
    served: Served,
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
            "settings": _settings(one, served),
            **figures[one.name],
        }
        for one in candidates
    ]
    return sorted(rows, key=lambda row: (round(float(row[measure]), 9), int(row["complexity"])))


def _settings(candidate: Candidate, served: Served) -> dict[str, Any]:
    """What cross-validation chose for the final fit, of the last learner that has anything to choose."""
    found: dict[str, Any] = {}
    for name in candidate.learners:
        learner: Any = served.learners[name]
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
    served: Served,
    matrix: Floats,
    flag: Floats,
    spent: Floats,
    board: list[dict[str, Any]],
    spend_rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """What scoring the training rows would have claimed, beside what the same recipe reaches out of fold."""
    seen = propensity.as_probability(predict_in_chunks(served.learners[_PLAIN], matrix))
    seen_spend = predict_in_chunks(served.learners["plain_xgboost_spend"], matrix)
    honest = next(row for row in board if row["name"] == _PLAIN)
    honest_spend = next(row for row in spend_rows if row["name"] == _PLAIN_SPEND)
    keys, spend_keys = ("auc", "brier", "log_loss", "calibration_slope"), ("r2", "mae", "gini")
    claimed = evaluation.propensity_figures(flag, seen)
    claimed_spend = evaluation.spend_figures(spent, seen_spend)
    return {
        "propensity": {
            "model": _PLAIN,
            "in_sample": {key: claimed[key] for key in keys},
            "out_of_fold": {key: honest[key] for key in keys},
        },
        "spend": {
            "model": _PLAIN_SPEND,
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
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
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

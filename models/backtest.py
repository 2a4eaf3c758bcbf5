"""Rolling-origin backtest: at each earlier cutoff, what the recipe would have said of the days after it.

Every figure is of models that were trained one horizon before the cutoff they are judged at, on
outcomes known by then (Tashman 2000, "Out-of-sample tests of forecasting accuracy", IJF 16). Learning
rates are the fixed ones: choosing them anew at each cutoff would cost more than all the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import AT_RISK_CHURN, AT_RISK_SEEN, AT_RISK_SPEND, CUSTOMER_ID, PERFORMANCES, PRED_PROB
from models import propensity, spend, winback
from models.boards import propensity_board
from models.candidates import PROPENSITY, Candidate
from models.cautions import NO_SIGNAL_AUC
from models.crossfit import Split, fit_on_all, makers_of
from models.evaluation import gini
from models.folds import fold_of
from models.intervals import cross_fit_intervals
from models.params import AnalysisParams
from models.served import DECIMALS
from models.transforms import Baseline, TrainingRange, fit_baseline, training_range
from models.window import Window, window_of

Floats = NDArray[np.float64]

# What a model must beat to be worth having.
BASELINES: Final = {
    "recency": "recency alone",
    "mbg_nbd": "MBG/NBD",
    "plain_xgboost": "XGBoost on plain figures",
}
# So many customers tell a cutoff apart from another; more would only take longer.
CUSTOMERS: Final = 100_000
# Enough to see whether probabilities need rescaling.
_FOLDS: Final = 2
CHANCE_AUC: Final = 0.5


@dataclass(frozen=True)
class Origin:
    """Customers as they were at a cutoff, with what they did in the horizon after it."""

    cutoff: dt.date
    frame: pd.DataFrame


@dataclass(frozen=True)
class _Learned:
    """Models of one cutoff, ready for the next; `coloured` is its own window, by customer id."""

    baseline: Baseline
    range: TrainingRange
    learners: dict[str, Any]
    chances: propensity.Propensity
    amounts: spend.Spend
    coloured: pd.DataFrame


def backtest(
    origins: Sequence[Origin],
    params: AnalysisParams,
    champion: Candidate,
    spend_champion: Candidate,
    done: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Figures of each cutoff that has an earlier one to learn from, newest first.

    `origins` newest first, one horizon apart. `done` is called after each model (see `steps`).
    """
    names = [champion.name, *(name for name in BASELINES if name != champion.name)]
    candidates = [one for name in names for one in PROPENSITY if one.name == name]
    found = []
    # Each but the newest and the oldest is learned from once and judged once.
    windows = [(one.cutoff, window_of(one.frame).sample(CUSTOMERS, params.seed)) for one in origins]
    for (cutoff, after), (trained_at, before) in pairwise(windows):
        learned = _learn(before, params, candidates, spend_champion, done)
        figures = _judge(after, params, candidates, spend_champion, learned)
        found.append({"cutoff": cutoff.isoformat(), "trained_at": trained_at.isoformat(), **figures})
    return found


def steps(origins: Sequence[Origin], champion: Candidate, spend_champion: Candidate) -> int:
    """How often `backtest` calls `done`."""
    names = {name for one in PROPENSITY if one.name in (champion.name, *BASELINES) for name in one.learners}
    return max(len(origins) - 1, 0) * (_FOLDS + 1) * (len(names) + len(spend_champion.learners))


def _learn(
    window: Window,
    params: AnalysisParams,
    candidates: Sequence[Candidate],
    spend_champion: Candidate,
    done: Callable[[], None],
) -> _Learned:
    baseline = fit_baseline(window.frame)
    matrix = baseline.matrix(window.frame, params.horizon_days)
    flag, spent, seed, threads = window.flag, window.spent, params.seed, params.threads
    everybody = np.ones(len(flag), dtype=np.bool_)
    split = Split(fold_of(window.hashes, _FOLDS, seed), everybody)
    chances = propensity.compete(matrix, flag, split, candidates, seed, threads, tune=False, done=done)
    probability = chances.probabilities[candidates[0].name]
    amounts = spend.compete(
        matrix, spent, probability, split, (spend_champion,), seed, threads, tune=False, done=done
    )
    who = makers_of(candidates, seed, tune=False)
    how_much = makers_of((spend_champion,), seed, tune=False)
    targets = {**dict.fromkeys(who, flag), **dict.fromkeys(how_much, spent)}
    learners = fit_on_all({**who, **how_much}, matrix, targets, everybody, threads, done)
    coloured = _coloured(window, params, split, probability, amounts.predictions[spend_champion.name])
    return _Learned(baseline, training_range(matrix), learners, chances, amounts, coloured)


def _coloured(
    window: Window, params: AnalysisParams, split: Split, probability: Floats, prediction: Floats
) -> pd.DataFrame:
    """`colour` (red, yellow or blue) and `forecast` of each customer in the window after this cutoff, by id."""
    spent = window.spent
    found = cross_fit_intervals(
        window.flag, spent, probability, prediction, window.frequency, split.fold, params.interval
    )
    threshold = winback.default_threshold(spent)
    colours = winback.performance(prediction - spent, found.cdf, threshold, params.level)
    return pd.DataFrame(
        {"colour": colours, "forecast": prediction}, index=window.frame[CUSTOMER_ID].to_numpy()
    )


def _judge(
    window: Window,
    params: AnalysisParams,
    candidates: Sequence[Candidate],
    spend_champion: Candidate,
    learned: _Learned,
) -> dict[str, Any]:
    """Every candidate at one cutoff; the first one, the champion, with its spend too."""
    flag, spent = window.flag, window.spent
    matrix = learned.range.clip(learned.baseline.matrix(window.frame, params.horizon_days))
    chances = {
        one.name: propensity.serve(one, learned.chances.platt[one.name], learned.learners, matrix)
        for one in candidates
    }
    champion = candidates[0]
    prediction = spend.serve(
        spend_champion,
        learned.amounts.scale[spend_champion.name],
        learned.learners,
        matrix,
        chances[champion.name],
    )
    board = propensity_board(flag, chances, dict.fromkeys(chances, True), params.seed)
    buyers, total = float(flag.sum()), float(spent.sum())
    of_spend = {
        "gini": gini(spent, prediction),
        "predicted_spend": float(prediction.sum()),
        "spend_bias": _bias(float(prediction.sum()), total),
    }
    nothing = dict.fromkeys(of_spend)
    kept = (
        "auc", "auc_se", "auc_low", "auc_high", "brier", "brier_low", "brier_high", "brier_reference",
        "log_loss", "behind", "behind_low", "behind_high",
    )  # fmt: skip
    rows = [
        {
            "name": one.name,
            "label": one.label,
            "role": "champion" if one is champion else "baseline",
            **{key: board[one.name][key] for key in kept},
            "predicted_buyers": float(chances[one.name].sum()),
            "buyers_bias": _bias(float(chances[one.name].sum()), buyers),
            **(of_spend if one is champion else nothing),
        }
        for one in candidates
    ]
    return {
        "customers": len(flag),
        "buyers": int(buyers),
        "base_rate": float(flag.mean()),
        "actual_spend": total,
        "rows": rows,
        "at_risk": _at_risk(window, chances[champion.name]),
        "colours": _afterwards(learned.coloured, window),
    }


def _at_risk(window: Window, probability: Floats) -> dict[str, Any]:
    """How many of the customers were at risk by that forecast, and what they had spent in the 365 days before."""
    frame = window.frame
    churn = 1.0 - np.round(probability, DECIMALS[PRED_PROB])
    rows = (frame[AT_RISK_SEEN].to_numpy() > 0) & (churn >= AT_RISK_CHURN)
    spent = frame[AT_RISK_SPEND].to_numpy(dtype=np.float64)
    return {"customers": int(rows.sum()), "spend": float(spent[rows].sum())}


def _afterwards(coloured: pd.DataFrame, window: Window) -> dict[str, dict[str, Any]]:
    """What customers of each colour spent in the window after the one that coloured them.

    Against the forecast that coloured them, not a new one: a new one knows what they did since.
    """
    known = coloured.reindex(window.frame[CUSTOMER_ID])
    colour, forecast = known["colour"].to_numpy(), known["forecast"].to_numpy()
    found = {}
    for name in PERFORMANCES:
        rows = colour == name
        predicted, actual = float(forecast[rows].sum()), float(window.spent[rows].sum())
        found[name] = {
            "customers": int(rows.sum()),
            "predicted_spend": predicted,
            "actual_spend": actual,
            "ratio": actual / predicted if predicted > 0 else None,
        }
    return found


def _bias(predicted: float, actual: float) -> float | None:
    return predicted / actual - 1.0 if actual > 0 else None


def _lead(rows: Sequence[dict[str, Any]]) -> int:
    """1 where the champion's log loss is below every baseline's beyond chance, -1 where it is above one's."""
    champion = next(row for row in rows if row["role"] == "champion")
    if champion["behind"] <= 0:
        return int(all(row["behind_low"] > 0 for row in rows if row is not champion))
    return -int(champion["behind_low"] > 0)


def _listed(labels: Sequence[str]) -> str:
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def verdict(origins: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Whether there is a signal at all, and one that the baselines do not have, as a sentence too.

    `signal` and `beats_baselines` are None where nothing could be tested.
    """
    if not origins:
        return {
            "signal": None,
            "beats_baselines": None,
            "sentence": "There was no earlier window to test at.",
        }
    champions = [next(row for row in one["rows"] if row["role"] == "champion") for one in origins]
    signal = all(row["auc_low"] > CHANCE_AUC for row in champions) and (
        float(np.mean([row["auc"] for row in champions])) >= NO_SIGNAL_AUC
    )
    leads = [_lead(one["rows"]) for one in origins]
    ahead, behind = leads.count(1), leads.count(-1)
    windows = "1 earlier window" if len(origins) == 1 else f"{len(origins)} earlier windows"
    low, high = min(row["auc"] for row in champions), max(row["auc"] for row in champions)
    reached = (
        f"an AUC of {low:.2f}" if round(low, 2) == round(high, 2) else f"AUCs of {low:.2f} to {high:.2f}"
    )
    told = f"Over {windows} {champions[0]['label']} reached {reached} on days it had not seen"
    others = _listed([BASELINES[row["name"]] for row in origins[0]["rows"] if row["role"] != "champion"])
    if not signal:
        sentence = (
            f"No signal here: over {windows} the model reached {reached}, where {CHANCE_AUC} is chance. "
            "Do not choose customers by these probabilities."
        )
    elif ahead > behind:
        sentence = f"{told}, and was nearer to what happened than {others} in {ahead} of {len(leads)}, beyond chance."
    elif ahead == behind > 0:
        sentence = (
            f"{told}; beyond chance it was nearer to what happened than {others} in {ahead} of {len(leads)}, and "
            "farther off than the best of them in as many."
        )
    elif ahead == behind:
        sentence = (
            f"{told}, but was no nearer to what happened than the best of {others}: they lie within chance."
        )
    else:
        sentence = (
            f"{told}, but the best of {others} was nearer to what happened in {behind} of {len(leads)}."
        )
    return {"signal": bool(signal), "beats_baselines": bool(signal and ahead > behind), "sentence": sentence}

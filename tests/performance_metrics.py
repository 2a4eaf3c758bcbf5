"""The metrics of a made-up analysis, with every key the page of model performance reads."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.candidates import PROPENSITY, SPEND

PEOPLE = 4000
Z = 1.96
NOISE = {
    "mbg_nbd": 0.7, "logistic": 0.45, "random_forest": 0.5, "xgboost": 0.42, "lightgbm": 0.4,
    "logistic_lightgbm": 0.38, "plain_xgboost": 0.75, "recency": 1.4,
}  # fmt: skip
SPEND_NOISE = {
    "spend_90": 1.2, "mbg_gamma_gamma": 0.6, "hurdle": 0.45, "plain_xgboost": 0.8, "lightgbm_tweedie": 0.5, "mean": 0.4,
    "median": 0.42,
}  # fmt: skip
Floats = NDArray[np.float64]


def around(value: float, error: float, name: str) -> dict[str, float]:
    """A figure with its standard error and 95 % interval, under its keys."""
    low, high = value - Z * error, value + Z * error
    return {name: value, f"{name}_se": error, f"{name}_low": low, f"{name}_high": high}


def auc_of(flag: Floats, score: Floats) -> float:
    """Area under the curve of untied scores."""
    ranks = np.argsort(np.argsort(score)) + 1.0
    buyers = flag.sum()
    return float((ranks[flag > 0].sum() - buyers * (buyers + 1) / 2) / (buyers * (len(flag) - buyers)))


def curves_of(flag: Floats, spent: Floats, score: Floats) -> dict[str, Any]:
    """The curves of one model, as the analysis writes them."""
    order = np.argsort(-score, kind="stable")
    hits, money = np.cumsum(flag[order]), np.cumsum(spent[order])
    at = np.linspace(0, len(flag), 101).round().astype(int)
    share = at / len(flag)
    buyers = np.concatenate([[0.0], hits])[at] / hits[-1]
    false = (at - np.concatenate([[0.0], hits])[at]) / (len(flag) - hits[-1])
    lift, calibration = [], []
    for place, rows in enumerate(np.array_split(order, 10), start=1):
        rate, number = float(flag[rows].mean()), len(rows)
        error = (max(rate * (1 - rate), 1e-4) / number) ** 0.5
        base = float(flag.mean())
        lift.append(
            {
                "decile": place,
                "customers": number,
                "buyers": int(flag[rows].sum()),
                "rate": rate,
                "lift": rate / base,
                "lift_low": max(rate - Z * error, 0.0) / base,
                "lift_high": (rate + Z * error) / base,
            }
        )
        calibration.append(
            {
                "customers": number,
                "low": float(score[rows].min()),
                "high": float(score[rows].max()),
                "predicted": float(score[rows].mean()),
                "actual": rate,
                "actual_low": max(rate - Z * error, 0.0),
                "actual_high": min(rate + Z * error, 1.0),
            }
        )
    return {
        "roc": {"fpr": false.tolist(), "tpr": buyers.tolist()},
        "pr": {
            "recall": buyers[1:].tolist(),
            "precision": (np.concatenate([[0.0], hits])[at][1:] / at[1:]).tolist(),
        },
        "gains": {
            "share": share.tolist(),
            "buyers": buyers.tolist(),
            "spend": (np.concatenate([[0.0], money])[at] / money[-1]).tolist(),
        },
        "lift": lift,
        "calibration": calibration[::-1],
    }


@cache
def _world() -> dict[str, Any]:
    draw = np.random.default_rng(7)
    logit = draw.normal(-1.6, 1.5, PEOPLE)
    chance = 1 / (1 + np.exp(-logit))
    flag = (draw.random(PEOPLE) < chance).astype(float)
    worth = np.exp(draw.normal(3.5, 0.8, PEOPLE))
    spent = flag * worth
    scores = {
        name: 1 / (1 + np.exp(-(logit + draw.normal(0, noise, PEOPLE)))) for name, noise in NOISE.items()
    }
    scores["base_rate"] = np.full(PEOPLE, flag.mean())
    amounts = {
        name: chance * worth * np.exp(draw.normal(0, noise, PEOPLE)) for name, noise in SPEND_NOISE.items()
    }
    amounts["mean_spend"] = np.full(PEOPLE, spent.mean())
    return {"flag": flag, "spent": spent, "scores": scores, "amounts": amounts}


def _propensity(serving: str) -> dict[str, Any]:
    flag, spent, scores = _world()["flag"], _world()["spent"], _world()["scores"]
    base = float(flag.mean())
    reference = base * (1 - base)
    rows = []
    for one in (each for each in PROPENSITY if each.name in scores):
        score = np.clip(scores[one.name], 1e-6, 1 - 1e-6)
        square = (score - flag) ** 2
        losses = -np.where(flag > 0, np.log(score), np.log1p(-score))
        auc = 0.5 if one.name == "base_rate" else auc_of(flag, score)
        rows.append(
            {
                "name": one.name,
                "label": one.label,
                "complexity": one.complexity,
                "kind": "baseline" if one.baseline else "candidate",
                "serving": one.name == serving,
                "champion": one.name == serving,
                "platt": one.name in ("mbg_nbd", "recency"),
                "settings": {"learning_rate": 0.03, "rounds": 210} if "boost" in one.name else {},
                **around(auc, 0.0 if one.name == "base_rate" else 0.008, "auc"),
                **around(float(square.mean()), float(square.std() / PEOPLE**0.5), "brier"),
                "brier_reference": reference,
                "brier_skill": 1 - float(square.mean()) / reference,
                **around(float(losses.mean()), float(losses.std() / PEOPLE**0.5), "log_loss"),
                "ece": 0.012,
                "calibration_slope": 0.97,
                "calibration_intercept": -0.03,
                "mean_predicted": float(score.mean()),
            }
        )
    rows.sort(key=lambda row: row["log_loss"])
    best = next(row for row in rows if row["kind"] == "candidate")
    for row in rows:
        behind = row["log_loss"] - best["log_loss"]
        spread = 0.006 if row is not best else 0.0
        row |= {
            "best": row is best,
            "behind": behind,
            "behind_low": behind - spread,
            "behind_high": behind + spread,
            "verdict": "best" if row is best else "no_worse" if behind <= spread else "worse",
        }
    curves = {row["name"]: curves_of(flag, spent, scores[row["name"]]) for row in rows}
    champion = next(row for row in rows if row["serving"])
    return {
        "champion": serving,
        "chosen_by": "rule",
        "leaderboard": rows,
        "curves": curves,
        **{key: value for key, value in champion.items() if key not in ("name", "champion")},
    }


def _spend(serving: str) -> dict[str, Any]:
    spent, amounts = _world()["spent"], _world()["amounts"]
    rows = []
    for one in SPEND:
        guess = amounts[one.name]
        deviance = 9.0 + 2.0 * SPEND_NOISE.get(one.name, 2.0)
        mae = float(np.abs(spent - guess).mean())
        rows.append(
            {
                "name": one.name,
                "label": one.label,
                "complexity": one.complexity,
                "kind": "baseline" if one.baseline else "candidate",
                "serving": one.name == serving,
                "champion": one.name == serving,
                "settings": {},
                **around(deviance, 0.2, "tweedie_deviance"),
                **around(mae, 0.5, "mae"),
                **around(0.4 - 0.2 * SPEND_NOISE.get(one.name, 2.0), 0.05, "r2"),
                **around(0.7 - 0.1 * SPEND_NOISE.get(one.name, 7.0), 0.02, "gini"),
                "top_decile_share": 0.5,
                "predicted_total": float(guess.sum()),
                "actual_total": float(spent.sum()),
                "total_ratio": float(guess.sum() / spent.sum()),
            }
        )
    rows.sort(key=lambda row: row["tweedie_deviance"])
    best = next(row for row in rows if row["kind"] == "candidate")
    for row in rows:
        behind = row["tweedie_deviance"] - best["tweedie_deviance"]
        row |= {
            "best": row is best,
            "behind": behind,
            "behind_low": behind - (0.15 if row is not best else 0.0),
            "behind_high": behind + (0.15 if row is not best else 0.0),
            "verdict": "best" if row is best else "no_worse" if behind <= 0.15 else "worse",
        }
    curves = {}
    for row in rows:
        gains = curves_of((spent > 0).astype(float), spent, amounts[row["name"]])["gains"]
        curves[row["name"]] = {"gains": {"share": gains["share"], "spend": gains["spend"]}}
    order = np.argsort(-amounts[serving], kind="stable")
    residuals = []
    for decile, part in enumerate(np.array_split(order, 10), start=1):
        actual, predicted = spent[part], amounts[serving][part]
        error = float(actual.std() / len(part) ** 0.5)
        mean = float(actual.mean())
        left = actual - predicted
        residuals.append(
            {
                "decile": decile,
                "customers": len(part),
                "predicted": float(predicted.mean()),
                "actual": mean,
                "actual_low": mean - Z * error,
                "actual_high": mean + Z * error,
                "residual": float(left.mean()),
                **{f"q{q}": float(np.quantile(left, q / 100)) for q in (10, 50, 90)},
            }
        )
    champion = next(row for row in rows if row["serving"])
    return {
        "champion": serving,
        "chosen_by": "rule",
        "leaderboard": rows,
        "curves": curves,
        "residuals": residuals,
        **{key: value for key, value in champion.items() if key not in ("name", "champion")},
    }


def _backtest() -> dict[str, Any]:
    labels = {row.name: row.label for row in PROPENSITY}
    origins = []
    for place, (cutoff, trained) in enumerate(
        (("2025-10-02", "2025-07-04"), ("2025-07-04", "2025-04-05"), ("2025-04-05", "2025-01-05"))
    ):
        rows = []
        for name, auc in (("logistic", 0.82), ("recency", 0.71), ("mbg_nbd", 0.8), ("plain_xgboost", 0.79)):
            value = auc - 0.01 * place
            spends = name in ("logistic", "mbg_nbd")
            rows.append(
                {
                    "name": name,
                    "label": labels[name],
                    "role": "champion" if name == "logistic" else "baseline",
                    "auc": value,
                    "auc_low": value - 0.015,
                    "auc_high": value + 0.015,
                    "brier": 0.12,
                    "brier_low": 0.115,
                    "brier_high": 0.125,
                    "brier_reference": 0.17,
                    "log_loss": 0.38,
                    "predicted_buyers": 900.0 - 40 * place,
                    "buyers_bias": (900.0 - 40 * place) / (880 - 60 * place) - 1,
                    "gini": 0.6 if spends else None,
                    "predicted_spend": 40_000.0 if spends else None,
                    "spend_bias": 0.06 - 0.05 * place if spends else None,
                }
            )
        origins.append(
            {
                "cutoff": cutoff,
                "trained_at": trained,
                "customers": PEOPLE - 300 * place,
                "buyers": 880 - 60 * place,
                "base_rate": 0.22,
                "actual_spend": 38_000.0,
                "rows": rows,
            }
        )
    return {
        "origins": origins,
        "missing": None,
        "verdict": {
            "signal": True,
            "beats_baselines": True,
            "sentence": "At every cutoff the ranking held and was better than recency alone.",
        },
    }


def _importance() -> dict[str, Any]:
    names = (
        "btyd_prob", "recency_days", "p_alive", "decayed_orders_90", "orders_365", "mean_gap_days", "spend_180",
        "frequency", "tenure_days", "overdue_ratio", "expected_orders", "units", "returns_share", "spend_30",
        "first_order_value", "largest_order_value", "unique_products",
    )  # fmt: skip
    rows = [
        {
            "feature": name,
            "gain": 900.0 / (place + 1),
            "permutation": 0.03 / (place + 1) ** 1.5 - 0.0004,
            "permutation_se": 0.0006,
        }
        for place, name in enumerate(names)
    ]
    return {
        "prob": rows,
        "spend": [row | {"permutation": row["permutation"] * 20} for row in rows],
        "prob_measure": "log loss",
        "spend_measure": "Tweedie deviance",
        "customers": PEOPLE,
    }


def performance_metrics(serving: str = "logistic", spend: str = "mean") -> dict[str, Any]:
    """Metrics of an analysis of `PEOPLE` simulated customers in which `serving` and `spend` serve."""
    flag, spent = _world()["flag"], _world()["spent"]
    return {
        "params": {
            "horizon_days": 90,
            "seed": 42,
            "folds": 5,
            "interval": 0.8,
            "margin": 0.3,
            "tune": True,
            "learners": ["logistic", "lightgbm"],
            "serve": "",
            "serve_spend": "",
        },
        "horizon_days": 90,
        "seed": 42,
        "versions": {"python": "3.11.7", "scikit-learn": "1.9.1", "lightgbm": "4.7.0"},
        "counts": {
            "customers": PEOPLE,
            "training_customers": PEOPLE,
            "buyers": int(flag.sum()),
            "base_rate": float(flag.mean()),
            "actual_spend": float(spent.sum()),
            "mean_spend": float(spent.mean()),
            "next_window_customers": PEOPLE,
        },
        "propensity": _propensity(serving),
        "spend": _spend(spend),
        "choice": {
            "simple": "logistic",
            "complex": "random_forest",
            "log_loss": {"difference": 0.0012, "low": -0.0021, "high": 0.0043},
            "auc": {"difference": -0.003, "low": -0.009, "high": 0.004},
            "brier": {"difference": 0.0004, "low": -0.0008, "high": 0.0015},
        },
        "importance": _importance(),
        "backtest": _backtest(),
        "in_sample": {
            "propensity": {
                "model": "xgboost",
                "in_sample": {"auc": 0.856, "brier": 0.11, "log_loss": 0.36, "calibration_slope": 1.77},
                "out_of_fold": {"auc": 0.834, "brier": 0.118, "log_loss": 0.38, "calibration_slope": 0.97},
            },
            "spend": {
                "model": "lightgbm_tweedie",
                "in_sample": {"r2": 0.68, "mae": 9.1, "gini": 0.8},
                "out_of_fold": {"r2": 0.2, "mae": 10.4, "gini": 0.7},
            },
        },
        "answers": [
            {
                "question": "Who is likely to buy in the next 90 days?",
                "can": True,
                "because": "5 cutoffs fit and the ranking beat recency alone.",
            },
            {
                "question": "How much will each customer be worth in a year?",
                "can": False,
                "because": "the file reaches back 12 months only.",
            },
        ],
        "interval": {"share": 0.8, "customers": PEOPLE, "covered": 0.91, "below": 0.0, "above": 0.09},
        "reasons_agreement": 0.97,
        "warnings": ["The level of the next window came out 8 % too low in the backtest."],
    }

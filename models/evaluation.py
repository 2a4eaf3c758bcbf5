"""How good predictions are: discrimination, calibration, spend, intervals; all figures as plain floats."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.calibration import calibration_line
from models.learners import PROB_FLOOR, TWEEDIE_POWER, bounded_logit

Floats = NDArray[np.float64]
BOOTSTRAPS: Final = 50
BOOTSTRAP_CUSTOMERS: Final = 50_000
CALIBRATION_BINS: Final = 10
FREQUENCY_BANDS: Final = ((1, 1), (2, 3), (4, 9), (10, None))


def auc(flag: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Area under the ROC curve, ties counted half; 0.5 where only one class occurs."""
    order = np.argsort(score, kind="stable")
    weight = np.ones(len(flag)) if weight is None else weight
    ranked, positive = score[order], (flag * weight)[order]
    negative = weight[order] - positive
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.zeros(0, int)
    return _auc_of_steps(np.cumsum(positive)[ends], np.cumsum(negative)[ends])


def _auc_of_steps(positive: Floats, negative: Floats) -> float:
    if not len(positive) or positive[-1] <= 0 or negative[-1] <= 0:
        return 0.5
    positives = np.diff(positive, prepend=0.0)
    middle = negative - np.diff(negative, prepend=0.0) / 2.0
    return float(positives @ middle / (positive[-1] * negative[-1]))


def auc_error(flag: Floats, score: Floats, seed: int) -> float:
    """Bootstrap standard error of the AUC (Poisson weights, one sort).

    Beyond `BOOTSTRAP_CUSTOMERS` an evenly spaced part is drawn from, and its error scaled to all:
    the error falls with the root of the number (Bickel, Götze & van Zwet 1997, m out of n bootstrap).
    """
    every = -(-len(flag) // BOOTSTRAP_CUSTOMERS)
    part = np.sqrt(1.0 / max(every, 1))
    flag, score = flag[:: max(every, 1)], score[:: max(every, 1)]
    order = np.argsort(score, kind="stable")
    ranked, flag = score[order], flag[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    random = np.random.default_rng(seed)
    values = []
    for _ in range(BOOTSTRAPS):
        weight = random.poisson(1.0, len(flag)).astype(np.float64)
        positive = np.cumsum(flag * weight)[ends]
        values.append(_auc_of_steps(positive, np.cumsum(weight)[ends] - positive))
    return float(np.std(values, ddof=1) * part)


def log_losses(flag: Floats, probability: Floats) -> Floats:
    """Log loss of each customer, shape (n,)."""
    p = np.clip(probability, PROB_FLOOR, 1.0 - PROB_FLOOR)
    return np.asarray(-np.where(flag > 0, np.log(p), np.log1p(-p)), dtype=np.float64)


def tweedie_deviances(spend: Floats, predicted: Floats, power: float = TWEEDIE_POWER) -> Floats:
    """Tweedie unit deviance of each customer, shape (n,), 1 < power < 2; negative spend counts as 0.

    Jorgensen (1987), "Exponential dispersion models", JRSS B 49.
    """
    y, m = np.maximum(spend, 0.0), np.maximum(predicted, 1e-6)
    one, two = 1.0 - power, 2.0 - power
    return np.asarray(2.0 * (y**two / (one * two) - y * m**one / one + m**two / two), dtype=np.float64)


def mean_error(values: Floats) -> float:
    """Standard error of a mean."""
    return float(values.std() / np.sqrt(max(len(values), 1)))


def calibration_bins(flag: Floats, probability: Floats, bins: int = CALIBRATION_BINS) -> list[dict[str, Any]]:
    """Bins of equal numbers of customers: mean prediction against the share who bought."""
    order = np.argsort(probability, kind="stable")
    return [
        {
            "customers": len(part),
            "low": float(probability[part[0]]),
            "high": float(probability[part[-1]]),
            "predicted": float(probability[part].mean()),
            "actual": float(flag[part].mean()),
        }
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(bins: list[dict[str, Any]]) -> float:
    """Expected calibration error: mean distance of the bins from the diagonal, by customers."""
    customers = sum(row["customers"] for row in bins)
    return float(
        sum(row["customers"] * abs(row["predicted"] - row["actual"]) for row in bins) / max(customers, 1)
    )


def propensity_metrics(flag: Floats, probability: Floats, seed: int) -> dict[str, Any]:
    """Every figure of a probability: AUC, Brier, log loss (with standard errors), ECE, slope."""
    squares = (probability - flag) ** 2
    losses = log_losses(flag, probability)
    base = float(flag.mean())
    reference = base * (1.0 - base)
    line = calibration_line(bounded_logit(probability), flag)
    return {
        "auc": auc(flag, probability),
        "auc_se": auc_error(flag, probability, seed),
        "brier": float(squares.mean()),
        "brier_se": mean_error(squares),
        "brier_reference": reference,
        "brier_skill": 1.0 - float(squares.mean()) / reference if reference > 0 else 0.0,
        "log_loss": float(losses.mean()),
        "log_loss_se": mean_error(losses),
        "ece": calibration_error(calibration_bins(flag, probability)),
        "calibration_slope": line.slope,
        "calibration_intercept": line.intercept,
        "mean_predicted": float(probability.mean()),
    }


def gini(spend: Floats, predicted: Floats) -> float:
    """Gini coefficient of spend ranked by prediction, over that of a perfect ranking (normalised)."""

    def area(order: NDArray[np.int64]) -> float:
        return float(np.cumsum(spend[order]).mean() / spend.sum() - 0.5)

    if spend.sum() <= 0:
        return 0.0
    perfect = area(np.argsort(-spend, kind="stable"))
    return area(np.argsort(-predicted, kind="stable")) / perfect if perfect > 0 else 0.0


def spend_metrics(spend: Floats, predicted: Floats) -> dict[str, Any]:
    """Every figure of a spend prediction, in account currency where it has a unit."""
    deviances = tweedie_deviances(spend, predicted)
    total = float(spend.sum())
    variance = float(((spend - spend.mean()) ** 2).sum())
    top = np.argsort(-predicted, kind="stable")[: max(len(spend) // 10, 1)]
    return {
        "tweedie_deviance": float(deviances.mean()),
        "tweedie_deviance_se": mean_error(deviances),
        "mae": float(np.abs(spend - predicted).mean()),
        "r2": 1.0 - float(((spend - predicted) ** 2).sum()) / variance if variance > 0 else 0.0,
        "gini": gini(spend, predicted),
        "top_decile_share": float(spend[top].sum()) / total if total > 0 else 0.0,
        "predicted_total": float(predicted.sum()),
        "actual_total": total,
        "total_ratio": float(predicted.sum()) / total if total > 0 else 1.0,
    }


def interval_metrics(spend: Floats, low: Floats, high: Floats, frequency: Floats) -> dict[str, Any]:
    """Share of customers inside, below and above the interval, overall and by number of orders.

    Inside is low <= spend <= high and nothing else, so that anyone can count it again; a net return
    (negative spend) lies below every interval.
    """

    def shares(rows: NDArray[np.bool_]) -> dict[str, Any]:
        below, above = spend[rows] < low[rows], spend[rows] > high[rows]
        customers = int(rows.sum())
        return {
            "customers": customers,
            "covered": float((~below & ~above).mean()) if customers else None,
            "below": float(below.mean()) if customers else None,
            "above": float(above.mean()) if customers else None,
        }

    bands = []
    for first, last in FREQUENCY_BANDS:
        rows = (frequency >= first) & (frequency <= (np.inf if last is None else last))
        bands.append({"orders_from": first, "orders_to": last, **shares(rows)})
    return {**shares(np.ones(len(spend), dtype=np.bool_)), "bands": bands}


def single_feature_auc(flag: Floats, matrix: Floats, names: tuple[str, ...]) -> dict[str, float]:
    """AUC of each feature alone, whichever way it points; near 1 means that it knows the outcome."""
    found = {}
    for column, name in enumerate(names):
        values = matrix[:, column]
        # One-time buyers have no gaps; they rank below every gap.
        alone = auc(flag, np.where(np.isnan(values), -1e300, values))
        found[name] = max(alone, 1.0 - alone)
    return found

"""How good predictions are: discrimination, calibration, spend, intervals; all figures as plain floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from models.calibration import calibration_line
from models.estimators import PROB_FLOOR, TWEEDIE_POWER, bounded_logit

Floats = NDArray[np.float64]
CALIBRATION_BINS: Final = 10
NORMAL_95: Final = 1.959964
FREQUENCY_BANDS: Final = ((1, 1), (2, 3), (4, 9), (10, None))


@dataclass(frozen=True)
class Ranking:
    """Customers from the highest score down: their places, and where each run of equal scores starts."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def totals(self, values: Floats) -> Floats:
        """Sum of `values`, shape (n,), over the customers of each distinct score, highest first."""
        ordered = values[self.order]
        return ordered if len(self.starts) == len(ordered) else np.add.reduceat(ordered, self.starts)

    def shared(self, values: Floats) -> Floats:
        """`values` from the highest score down, customers of one score given their mean, shape (n,)."""
        if len(self.starts) == len(values):
            return values[self.order]
        sizes = np.diff(self.starts, append=len(values))
        return np.repeat(self.totals(values) / sizes, sizes)


def ranking(score: Floats) -> Ranking:
    """Rank customers by a score without missing values, shape (n,)."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    return Ranking(order, np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(score)]))


def area(ranked: Ranking, x: Floats, y: Floats) -> float:
    """Area under the cumulated share of `y` over that of `x`, customers from the highest score down.

    Customers of one score are one straight piece of the curve; 0.5 where a total is not positive.
    """
    widths, steps = ranked.totals(x), ranked.totals(y)
    up = np.cumsum(steps)
    across = float(widths.sum())
    if across <= 0 or up[-1] <= 0:
        return 0.5
    return float(widths @ (up - steps / 2.0) / (across * up[-1]))


def auc(flag: Floats, score: Floats) -> float:
    """Area under the ROC curve, ties counted half; 0.5 where only one class occurs."""
    return area(ranking(score), 1.0 - flag, flag)


def log_losses(flag: Floats, probability: Floats) -> Floats:
    """Log loss of each customer, shape (n,)."""
    p = np.clip(probability, PROB_FLOOR, 1.0 - PROB_FLOOR)
    return np.asarray(-np.where(flag > 0, np.log(p), np.log1p(-p)), dtype=np.float64)


def tweedie_deviances(spend: Floats, predicted: Floats) -> Floats:
    """Tweedie unit deviance of each customer, shape (n,), of power 1.5; negative spend counts as 0.

    Jorgensen (1987), "Exponential dispersion models", JRSS B 49.
    """
    y, m = np.maximum(spend, 0.0), np.maximum(predicted, 1e-6)
    one, two = 1.0 - TWEEDIE_POWER, 2.0 - TWEEDIE_POWER
    return np.asarray(2.0 * (y**two / (one * two) - y * m**one / one + m**two / two), dtype=np.float64)


def mean_error(values: Floats) -> float:
    """Standard error of a mean."""
    return float(values.std() / np.sqrt(max(len(values), 1)))


def wilson(hits: float, customers: float) -> tuple[float, float]:
    """95 % interval of a share: Wilson (1927), "Probable inference", JASA 22; (0, 1) where nobody is."""
    if customers <= 0:
        return 0.0, 1.0
    share, z = hits / customers, NORMAL_95**2 / customers
    middle = share + z / 2.0
    reach = float(np.sqrt(z * share * (1.0 - share) + z * z / 4.0))
    return max((middle - reach) / (1.0 + z), 0.0), min((middle + reach) / (1.0 + z), 1.0)


def calibration_bins(
    flag: Floats, probability: Floats, ranked: Ranking | None = None
) -> list[dict[str, Any]]:
    """Bins of equal numbers of customers: mean prediction against the share who bought, with 95 % interval.

    Where a bin ends among customers of one probability, each bin gets its share of their buyers.
    `ranked` is the ranking of the probabilities, where there is one already.
    """
    ranked = ranked or ranking(probability)
    predicted, bought = probability[ranked.order][::-1], ranked.shared(flag)[::-1]
    rows = []
    parts = (np.array_split(values, CALIBRATION_BINS) for values in (predicted, bought))
    for p, hits in zip(*parts, strict=True):
        if not len(p):
            continue
        low, high = wilson(float(hits.sum()), len(p))
        rows.append(
            {
                "customers": len(p),
                "low": float(p[0]),
                "high": float(p[-1]),
                "predicted": float(p.mean()),
                "actual": float(hits.mean()),
                "actual_low": low,
                "actual_high": high,
            }
        )
    return rows


def calibration_error(bins: list[dict[str, Any]]) -> float:
    """Expected calibration error: mean distance of the bins from the diagonal, by customers."""
    customers = sum(row["customers"] for row in bins)
    return float(
        sum(row["customers"] * abs(row["predicted"] - row["actual"]) for row in bins) / max(customers, 1)
    )


def propensity_figures(flag: Floats, probability: Floats) -> dict[str, float]:
    """Every figure of a probability but its uncertainty by bootstrap (see `models.boards`)."""
    squares = (probability - flag) ** 2
    losses = log_losses(flag, probability)
    base = float(flag.mean())
    reference = base * (1.0 - base)
    line = calibration_line(bounded_logit(probability), flag)
    ranked = ranking(probability)
    return {
        "auc": area(ranked, 1.0 - flag, flag),
        "brier": float(squares.mean()),
        "brier_se": mean_error(squares),
        "brier_reference": reference,
        "brier_skill": 1.0 - float(squares.mean()) / reference if reference > 0 else 0.0,
        "log_loss": float(losses.mean()),
        "log_loss_se": mean_error(losses),
        "ece": calibration_error(calibration_bins(flag, probability, ranked=ranked)),
        "calibration_slope": line.slope,
        "calibration_intercept": line.intercept,
        "mean_predicted": float(probability.mean()),
    }


def gain(ranked: Ranking, spend: Floats, weight: Floats) -> float:
    """Area between the cumulated spend of a ranking and that of no ranking, as a part of all spend."""
    return area(ranked, weight, weight * spend) - 0.5


def gini(spend: Floats, predicted: Floats) -> float:
    """Gini coefficient of spend ranked by prediction, over that of a perfect ranking (normalised).

    Customers of one prediction share their spend evenly; 0 where nothing was spent on balance.
    """
    return _gini(ranking(predicted), ranking(spend), spend)


def _gini(ranked: Ranking, perfect: Ranking, spend: Floats) -> float:
    everybody = np.ones(len(spend))
    reached = gain(perfect, spend, everybody)
    return gain(ranked, spend, everybody) / reached if reached > 0 else 0.0


def spend_figures(spend: Floats, predicted: Floats, perfect: Ranking | None = None) -> dict[str, Any]:
    """Every figure of a spend prediction, in account currency where it has a unit.

    `perfect` is the ranking by spend, where there is one already.
    """
    deviances = tweedie_deviances(spend, predicted)
    total = float(spend.sum())
    variance = float(((spend - spend.mean()) ** 2).sum())
    ranked = ranking(predicted)
    top = ranked.shared(spend)[: max(len(spend) // 10, 1)]
    return {
        "tweedie_deviance": float(deviances.mean()),
        "tweedie_deviance_se": mean_error(deviances),
        "mae": float(np.abs(spend - predicted).mean()),
        "r2": 1.0 - float(((spend - predicted) ** 2).sum()) / variance if variance > 0 else 0.0,
        "gini": _gini(ranked, perfect or ranking(spend), spend),
        "top_decile_share": float(top.sum()) / total if total > 0 else 0.0,
        "predicted_total": float(predicted.sum()),
        "actual_total": total,
        "total_ratio": float(predicted.sum()) / total if total > 0 else None,
    }


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation of two figures of the same customers; 0 where one is constant."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one, other).statistic)


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

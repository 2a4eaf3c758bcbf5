"""The curves behind the figures, as plain lists of at most 101 points, rounded to six digits.

Customers of one score are never told apart: they are one straight piece of a curve, and share buyers
and spend evenly where a decile ends among them. So the order of the rows changes nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.evaluation import NORMAL_95, Ranking, calibration_bins, mean_error, ranking, wilson

Floats = NDArray[np.float64]
POINTS: Final = 101
DECILES: Final = 10


def roc(ranked: Ranking, flag: Floats) -> dict[str, list[float]]:
    """Share of buyers found over the share of others taken along; a diagonal where only one class occurs."""
    found, others = _counts(ranked, flag)
    if found[-1] <= 0 or others[-1] <= 0:
        return {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}
    x, y = _thinned(others / others[-1], found / found[-1])
    return {"fpr": _rounded(x), "tpr": _rounded(y)}


def precision_recall(ranked: Ranking, flag: Floats) -> dict[str, list[float]]:
    """Share of buyers among those taken over the share of buyers found.

    Between two scores buyers and others are interpolated, not precision: Davis & Goadrich (2006), "The
    relationship between precision-recall and ROC curves". Flat where only one class occurs.
    """
    found, others = _counts(ranked, flag)
    if found[-1] <= 0 or others[-1] <= 0:
        base = round(float(flag.mean()), 6) if len(flag) else 0.0
        return {"recall": [0.0, 1.0], "precision": [base, base]}
    # Of the scores at which no further buyer is found only the first counts.
    reached = np.flatnonzero(np.diff(found, prepend=-1.0) > 0)[1:]
    buyers, taken = found[reached], others[reached]
    recall = found[-1] * np.linspace(0.0, 1.0, int(min(found[-1] + 1, POINTS)))[1:]
    along = np.interp(recall, np.append(0.0, buyers), np.append(others[reached[0] - 1], taken))
    precision = recall / (recall + along)
    return {
        "recall": _rounded(np.append(0.0, recall / found[-1])),
        "precision": _rounded(np.append(precision[0], precision)),
    }


def gains(ranked: Ranking, flag: Floats, spend: Floats) -> dict[str, list[float]]:
    """Share of buyers and of net spend reached by contacting a share of customers, highest score first.

    Net spend: where later customers return more than they buy, the curve rises above 1 and comes back.
    A total that is not positive has no shares: the straight line stands for it.
    """
    share = np.linspace(0.0, 1.0, POINTS)
    return {
        "share": _rounded(share),
        "buyers": _rounded(_gained(ranked.shared(flag), share)),
        "spend": _rounded(_gained(ranked.shared(spend), share)),
    }


def lift_table(ranked: Ranking, flag: Floats) -> list[dict[str, Any]]:
    """Buyers of each tenth of the customers, 1 = most likely; lift = its rate over that of all.

    The 95 % interval is Wilson's of the tenth's own rate. No lift (0) where nobody bought.
    """
    bought = ranked.shared(flag)
    base = float(flag.mean()) if len(flag) else 0.0
    rows = []
    for number, part in enumerate(np.array_split(bought, DECILES), start=1):
        if not len(part):
            continue
        buyers = float(part.sum())
        rate = buyers / len(part)
        lift, low, high = (x / base if base > 0 else 0.0 for x in (rate, *wilson(buyers, len(part))))
        row = {"buyers": buyers, "rate": rate, "lift": lift, "lift_low": low, "lift_high": high}
        rows.append({"decile": number, "customers": len(part), **_rounded_row(row)})
    return rows


def residual_deciles(spend: Floats, prediction: Floats) -> list[dict[str, Any]]:
    """What customers spent against what was predicted, by tenths of the prediction, 1 = highest.

    Money per customer; residual = actual - predicted, with its quantiles over customers; the 95 %
    interval of the mean by the normal. Customers of one prediction stay in one tenth, so tenths may
    differ in size, and one without customers has no row.
    """
    place = (rankdata(-prediction) - 0.5) / max(len(prediction), 1)
    decile = np.floor(place * DECILES).astype(np.int64) + 1
    rows = []
    for number in range(1, DECILES + 1):
        here = decile == number
        if not here.any():
            continue
        paid, residual = spend[here], spend[here] - prediction[here]
        mean, reach = float(paid.mean()), NORMAL_95 * mean_error(paid)
        row = {
            "predicted": float(prediction[here].mean()),
            "actual": mean,
            "residual": float(residual.mean()),
        }
        row |= {"actual_low": mean - reach, "actual_high": mean + reach}
        quantiles = np.quantile(residual, (0.1, 0.5, 0.9))
        row |= {name: float(x) for name, x in zip(("q10", "q50", "q90"), quantiles, strict=True)}
        rows.append({"decile": number, "customers": int(here.sum()), **_rounded_row(row)})
    return rows


def propensity_curves(flag: Floats, spend: Floats, probability: Floats) -> dict[str, Any]:
    """All curves of one probability: roc, pr, gains, lift and calibration."""
    ranked = ranking(probability)
    bins = calibration_bins(flag, probability, ranked=ranked)
    return {
        "roc": roc(ranked, flag),
        "pr": precision_recall(ranked, flag),
        "gains": gains(ranked, flag, spend),
        "lift": lift_table(ranked, flag),
        "calibration": [_rounded_row(row) for row in bins],
    }


def spend_curves(spend: Floats, prediction: Floats) -> dict[str, Any]:
    """The curves of one spend prediction: gains by share of customers contacted."""
    share = np.linspace(0.0, 1.0, POINTS)
    reached = _gained(ranking(prediction).shared(spend), share)
    return {"gains": {"share": _rounded(share), "spend": _rounded(reached)}}


def _counts(ranked: Ranking, flag: Floats) -> tuple[Floats, Floats]:
    """Buyers and others at or above each distinct score, from the highest, starting with none."""
    found, others = (np.cumsum(ranked.totals(values)) for values in (flag, 1.0 - flag))
    return np.append(0.0, found), np.append(0.0, others)


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The curve at `POINTS` places equally far apart along it; as it is where it has no more points."""
    if len(x) <= POINTS:
        return x, y
    walked = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    places = np.linspace(0.0, walked[-1], POINTS)
    return np.interp(places, walked, x), np.interp(places, walked, y)


def _gained(ordered: Floats, share: Floats) -> Floats:
    """Cumulated share of `ordered` values at shares of customers; the share itself without a total."""
    total = float(ordered.sum())
    if total <= 0:
        return share
    reached = np.append(0.0, np.cumsum(ordered)) / total
    return np.interp(share * len(ordered), np.arange(len(ordered) + 1.0), reached)


def _rounded(values: Floats) -> list[float]:
    # Adding zero turns a negative zero into zero.
    return [float(x) for x in np.round(values, 6) + 0.0]


def _rounded_row(row: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 6) + 0.0 if isinstance(value, float) else value for key, value in row.items()}

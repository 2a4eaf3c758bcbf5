"""The customers of an analysis as a campaign takes them, and what a campaign to them begins with."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

from data.campaign.scored import ScoredFile
from data.errors import LapwingError, StoreError
from data.store import Analysis
from models.campaign.customers import Customers, within_reach
from models.campaign.params import CHURN, LIMITS, RFM, VALUE, CampaignParams
from models.log_spread import Spread, location, spread_terms
from models.segmentation.rfm import cuts_of, scores_of

# No forecast of what has not happened yet is surer than this.
_LEAST_ERROR: Final = 0.05
_EDGE: Final = 1e-9
# Of the spread's regression (`models.log_spread.spread_terms`).
_TERMS: Final = 4
_AGAIN: Final = "Analyse the data set again."


def start_of(analysis: Analysis) -> CampaignParams:
    """What a campaign to the customers of an analysis begins with: its margin, its horizon, its forecasts' error."""
    params = analysis.metrics.get("params") or {}
    error = forecast_error(analysis.metrics)
    return CampaignParams(
        margin=_within("margin", params.get("margin")),
        horizon_days=int(_within("horizon_days", analysis.manifest.get("horizon_days"))),
        forecast_error=_within("forecast_error", error),
    )


def forecast_error(metrics: dict[str, Any]) -> float | None:
    """How far off the level of the forecasts was: root mean square of log(predicted / actual spend).

    Over the earlier windows of the backtest, of the champion, at least .05; None where there was no backtest.
    """
    logs = []
    for origin in (metrics.get("backtest") or {}).get("origins") or ():
        actual = origin.get("actual_spend") or 0.0
        for row in origin["rows"]:
            predicted = row.get("predicted_spend") or 0.0
            if row["role"] == "champion" and predicted > 0 and actual > 0:
                logs.append(math.log(predicted / actual))
    if not logs:
        return None
    return max(math.sqrt(sum(value * value for value in logs) / len(logs)), _LEAST_ERROR)


def _within(name: str, value: Any) -> float:
    """A parameter's start kept inside its limits; its default where there is none."""
    limit = LIMITS[name]
    return min(max(float(value), limit.low), limit.high) if value is not None else limit.default


def customers_of(analysis: Analysis, file: ScoredFile) -> Customers:
    """All customers of an analysis, with what else a campaign may put them in order by."""
    features = pd.DataFrame(file.rfm())
    try:
        learned = analysis.read_json("models/serving.json")["distribution"]
        spread = learned["log_sigma"]
        width = Spread(
            np.array(spread["weights"], dtype=np.float64), float(spread["low"]), float(spread["high"])
        )
        share = np.array(learned["cdf"], dtype=np.float64)
        low, step = float(learned["lo"]), float(learned["step"])
        knots = np.array([low + step * place for place in range(len(share))])
        _check(width, knots, share)
    except (LapwingError, LookupError, TypeError, ValueError) as error:
        raise StoreError(f"{analysis.name}: what its models learned cannot be read. {_AGAIN}") from error
    inside = np.clip(file.probability, _EDGE, 1.0 - _EDGE)
    terms = spread_terms(features["frequency"].to_numpy(), inside, location(file.spend, inside))
    scores = scores_of(features, cuts_of(features))
    ranks = {VALUE: file.clv, CHURN: file.churn, RFM: scores.sum(axis=1).astype(np.float64)}
    return Customers(
        file.probability,
        file.spend,
        width.sigma(terms),
        ranks,
        int(analysis.manifest["horizon_days"]),
        within_reach((knots, share)),
    )


def _check(width: Spread, knots: Any, share: Any) -> None:
    """ValueError for numbers that no analysis writes: damage may leave a file's size as it was."""
    if not np.isfinite([*width.weights, width.low, width.high, *knots, *share]).all():
        raise ValueError("not a number")
    if len(width.weights) != _TERMS or len(share) < 2 or not (np.diff(knots) > 0).all():
        raise ValueError("no distribution")
    if (np.diff(share) < 0).any() or share[0] < 0 or share[-1] > 1:
        raise ValueError("no shares")

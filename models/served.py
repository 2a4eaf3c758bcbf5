"""The model that serves: everything needed to score customers it has not met, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import names
from models import explain, propensity, spend
from models.btyd import Btyd, histories
from models.calibration import Platt
from models.candidates import Candidate
from models.churn import churn_risk, lifetime_value
from models.estimators import Estimator
from models.estimators.logistic import Logistic
from models.intervals import SpendDistribution
from models.log_spread import location, spread_terms
from models.transforms import Baseline, TrainingRange

Floats = NDArray[np.float64]

# Decimals of every column that leaves the models: enough for any use, too few for the last bits,
# which could differ between machines. Money to a hundredth of a cent.
DECIMALS: Final = {
    names.PRED_PROB: 6,
    names.PRED_SPEND: 4,
    names.PRED_SPEND_LOW: 4,
    names.PRED_SPEND_HIGH: 4,
    names.ACTUAL_SPEND: 4,
    names.SHORTFALL: 4,
    names.CHURN_RISK: 6,
    names.P_ALIVE: 6,
    names.CLV: 4,
    names.SPEND_CDF: 6,
    names.SPEND_MU: 6,
    names.SPEND_SIGMA: 6,
}


@dataclass(frozen=True)
class Served:
    """A fitted recipe: learned at one cutoff, scores the customers of a later one.

    `purchases` is the BTYD model of the latest histories: it tells who is still a customer and spreads
    value over a year, while `baseline` makes the learners' columns as they were in training.
    """

    baseline: Baseline
    purchases: Btyd
    range: TrainingRange
    learners: Mapping[str, Estimator]
    candidate: Candidate
    platt: Platt
    spend_candidate: Candidate
    scale: Mapping[str, float]
    distribution: SpendDistribution
    reasons: Logistic
    horizon_days: int
    interval: float
    annual_discount: float

    def matrix(self, features: pd.DataFrame) -> Floats:
        """The learners' view of these customers, clipped to the training range, shape (n, m)."""
        return self.range.clip(self.baseline.matrix(features, self.horizon_days))

    def predict(self, matrix: Floats) -> tuple[Floats, Floats]:
        """(probability of a purchase, expected spend) of rows of `matrix`, shapes (n,)."""
        probability = propensity.serve(self.candidate, self.platt, self.learners, matrix)
        return probability, spend.serve(self.spend_candidate, self.scale, self.learners, matrix, probability)

    def score(self, features: pd.DataFrame) -> pd.DataFrame:
        """The next window of customers described by `features`, one row each, in their order.

        Columns: customer_id, FEATURES, those of NEXT_WINDOW_COLUMNS and the reasons.
        """
        matrix = self.matrix(features)
        probability, prediction = self.predict(matrix)
        mu = location(prediction, probability)
        terms = spread_terms(features["frequency"].to_numpy(dtype=np.float64), probability, mu)
        sigma = self.distribution.spread.sigma(terms)
        low, high = self.distribution.interval(prediction, probability, mu, sigma, self.interval)
        probability = np.round(probability, DECIMALS[names.PRED_PROB])
        table = with_columns(
            features,
            {
                names.PRED_PROB: probability,
                names.PRED_SPEND: prediction,
                names.PRED_SPEND_LOW: low,
                names.PRED_SPEND_HIGH: high,
                names.CHURN_RISK: churn_risk(probability),
                names.P_ALIVE: self.purchases.p_alive(*histories(features)),
                names.CLV: lifetime_value(
                    self.purchases, features, prediction, self.horizon_days, self.annual_discount
                ),
            },
        )
        return pd.concat([table, explain.reasons(self.reasons, matrix)], axis=1)


def with_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The customers' features and further columns, each rounded as DECIMALS says; a new index."""
    table = frame[[names.CUSTOMER_ID, *names.FEATURES]].reset_index(drop=True)
    for name, values in columns.items():
        # Adding zero turns a negative zero into zero.
        table[name] = np.round(values, DECIMALS[name]) + 0.0 if name in DECIMALS else values
    return table

"""Which models compete, by name: light to import, for forms and command lines as well as for the learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Candidate:
    """One way to predict: its learners combined, on their own scale. `complexity` orders ties.

    A baseline is measured beside the others and never serves; a `constant` one says the same of everybody.
    """

    name: str
    label: str
    complexity: int
    learners: tuple[str, ...]
    baseline: bool = False
    constant: bool = False
    combine: str = "mean"


PROPENSITY: Final = (
    Candidate("base_rate", "The same chance for everybody", 0, ("base_rate",), baseline=True, constant=True),
    Candidate("recency", "Recency alone", 0, ("recency",), baseline=True),
    Candidate("mbg_nbd", "MBG/NBD, rescaled", 1, ("mbg_nbd",)),
    Candidate("plain_logistic", "Logistic regression on recency, frequency, spend", 2, ("plain_logistic",)),
    Candidate("logistic", "Logistic regression", 3, ("logistic",)),
    Candidate("plain_xgboost", "XGBoost on recency, frequency, spend", 3, ("plain_xgboost",), baseline=True),
    Candidate("random_forest", "Random forest", 4, ("random_forest",)),
    Candidate("xgboost", "XGBoost", 4, ("xgboost",)),
    Candidate("lightgbm", "LightGBM", 4, ("lightgbm",)),
    Candidate("logistic_lightgbm", "Mean of logistic regression and LightGBM", 5, ("logistic", "lightgbm")),
)

SPEND: Final = (
    Candidate("mean_spend", "The same spend for everybody", 0, ("mean_spend",), baseline=True, constant=True),
    Candidate("spend_90", "As much as in the 90 days before", 0, ("spend_90",), baseline=True),
    Candidate("mbg_gamma_gamma", "MBG/NBD x Gamma-Gamma, rescaled", 1, ("mbg_gamma_gamma",)),
    Candidate("hurdle", "Probability x log-linear value", 2, ("value",)),
    Candidate("plain_xgboost", "XGBoost on recency, frequency, spend", 3, ("plain_xgboost_spend",)),
    Candidate("lightgbm_tweedie", "LightGBM Tweedie", 3, ("tweedie",)),
    Candidate("mean", "Mean of the three", 4, ("mbg_gamma_gamma", "value", "tweedie")),
    Candidate("median", "Median of the three", 4, ("mbg_gamma_gamma", "value", "tweedie"), combine="median"),
)


def serving_names(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    """Names of the candidates that may serve."""
    return tuple(one.name for one in candidates if not one.baseline)

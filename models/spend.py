"""How much they spend within the horizon: candidates compete on out-of-fold Tweedie(1.5) deviance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.crossfit import Candidate, LearnerFactory, out_of_fold
from models.evaluation import spend_metrics
from models.learners import ExpectedSpend, Learner, TweedieLearner, ValueLearner, predict_in_chunks

Floats = NDArray[np.float64]

LEARNERS: Final[dict[str, LearnerFactory]] = {
    "mbg_gamma_gamma": ExpectedSpend,
    "value": ValueLearner,
    "tweedie": TweedieLearner,
}
# Learners that say what a buyer spends; times the probability it is what a customer spends.
GIVEN_PURCHASE: Final = frozenset({"value"})


CANDIDATES: Final = (
    Candidate("mbg_gamma_gamma", "MBG/NBD x Gamma-Gamma, rescaled", 1, ("mbg_gamma_gamma",)),
    Candidate("hurdle", "Probability x log-linear value", 2, ("value",)),
    Candidate("lightgbm_tweedie", "LightGBM Tweedie", 3, ("tweedie",)),
    Candidate("mean", "Mean of the three", 4, ("mbg_gamma_gamma", "value", "tweedie")),
)


@dataclass(frozen=True)
class Spend:
    """What the competition found: out-of-fold spend by candidate, and who serves.

    `scale` brings each learner's out-of-fold total to the actual total.
    """

    champion: Candidate
    predictions: dict[str, Floats]
    scale: dict[str, float]
    leaderboard: list[dict[str, Any]]

    @property
    def prediction(self) -> Floats:
        """The champion's out-of-fold spend, shape (n,), account currency, never negative."""
        return self.predictions[self.champion.name]

    def serve(self, learners: dict[str, Learner], matrix: Floats, probability: Floats) -> Floats:
        """Spend of further customers by learners fitted on all, shape (n,)."""
        raw = {name: predict_in_chunks(learners[name], matrix) for name in self.champion.learners}
        return _mean(self.champion, _given(raw, probability), self.scale)


def _given(raw: dict[str, Floats], probability: Floats) -> dict[str, Floats]:
    """Expected spends, never negative: what a buyer spends is taken times the probability of buying."""
    return {
        name: np.maximum(values * probability if name in GIVEN_PURCHASE else values, 0.0)
        for name, values in raw.items()
    }


def _mean(candidate: Candidate, expected: dict[str, Floats], scale: dict[str, float]) -> Floats:
    return np.asarray(
        np.mean([expected[name] * scale[name] for name in candidate.learners], axis=0), dtype=np.float64
    )


def compete(
    matrix: Floats,
    spend: Floats,
    probability: Floats,
    fold: NDArray[np.int64],
    trains: NDArray[np.bool_],
    seed: int,
    threads: int,
    done: Callable[[], None] = lambda: None,
    candidates: tuple[Candidate, ...] = CANDIDATES,
) -> Spend:
    """Cross-fit every learner, bring each to the actual total, and choose the champion.

    `probability` is the champion's out-of-fold `pred_prob`, shape (n,).
    """
    used = {name: LEARNERS[name] for one in candidates for name in one.learners}
    expected = _given(out_of_fold(used, matrix, spend, fold, trains, seed, threads, done), probability)
    total = max(float(spend.sum()), 0.0)
    scale = {
        name: total / float(values.sum()) if values.sum() > 0 else 1.0 for name, values in expected.items()
    }
    predictions = {one.name: _mean(one, expected, scale) for one in candidates}
    rows = [
        {
            "name": one.name,
            "label": one.label,
            "complexity": one.complexity,
            **spend_metrics(spend, predictions[one.name]),
        }
        for one in candidates
    ]
    rows.sort(key=lambda row: (round(row["tweedie_deviance"], 9), row["complexity"]))
    champion = next(one for one in candidates if one.name == rows[0]["name"])
    leaderboard = [{**row, "champion": row["name"] == champion.name} for row in rows]
    return Spend(champion, predictions, scale, leaderboard)

"""What the LightGBM estimators share: settings, learning at a chosen pace, and their text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.estimators.base import Floats
from models.estimators.tuning import MOST_ROUNDS, Pace, Trial, choose, holdout, patience, tells

SETTINGS: Final[dict[str, Any]] = {
    "num_leaves": 8,
    "min_child_samples": 40,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
FIXED: Final = Pace(0.03, 200)

# From (target, raw score) to the loss of each row.
Losses = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Lesson:
    """Rows of shape (n, m), what to reach and where the sum of trees starts, both of shape (n,)."""

    matrix: Floats
    target: Floats
    start: Floats

    def part(self, rows: NDArray[np.intp]) -> Lesson:
        """Some of the rows."""
        return Lesson(self.matrix[rows], self.target[rows], self.start[rows])

    def dataset(
        self,
        settings: dict[str, Any],
        names: list[str] | Literal["auto"] = "auto",
        reference: lightgbm.Dataset | None = None,
    ) -> lightgbm.Dataset:
        """The rows in LightGBM's bins."""
        return lightgbm.Dataset(
            self.matrix,
            self.target,
            init_score=self.start,
            params=settings,
            feature_name=names,
            reference=reference,
        )


def learn(lesson: Lesson, settings: dict[str, Any], pace: Pace, names: list[str]) -> lightgbm.Booster:
    """Trees for the lesson; `settings` come on top of SETTINGS."""
    settings = {**SETTINGS, **settings}
    return lightgbm.train(
        {**settings, "learning_rate": pace.learning_rate},
        lesson.dataset(settings, names),
        num_boost_round=pace.rounds,
    )


def find_pace(lesson: Lesson, settings: dict[str, Any], losses: Losses, seed: int, limit: int) -> Pace:
    """The pace that a holdout of at most `limit` rows chooses, with early stopping; FIXED where it is too small to tell."""
    settings = {**SETTINGS, **settings}
    kept, held = (lesson.part(rows) for rows in holdout(len(lesson.target), seed, limit))
    if not (tells(held.target) and tells(kept.target)):
        return FIXED
    rows = kept.dataset(settings)
    watched = held.dataset(settings, reference=rows)

    def attempt(rate: float) -> Trial:
        booster = lightgbm.train(
            {**settings, "learning_rate": rate},
            rows,
            num_boost_round=MOST_ROUNDS,
            valid_sets=[watched],
            callbacks=[lightgbm.early_stopping(patience(rate), verbose=False)],
        )
        raw = raw_scores(booster, held.matrix) + held.start
        return Trial(Pace(rate, max(booster.best_iteration, 1)), losses(held.target, raw))

    return choose(attempt)


def raw_scores(booster: lightgbm.Booster, matrix: Floats) -> Floats:
    """Sum of the trees' leaves, without the start, shape (n,)."""
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)


def text(booster: lightgbm.Booster) -> bytes:
    """LightGBM's own text."""
    return bytes(booster.model_to_string().encode())


def from_text(data: bytes, columns: int) -> lightgbm.Booster:
    """The trees of a text; raises ValueError if it is none, or one of other columns."""
    # On other text the library ends the process.
    if not data.startswith(b"tree\n") or b"\nend of trees\n" not in data:
        raise ValueError("these are no trees of LightGBM")
    try:
        booster = lightgbm.Booster(model_str=data.decode())
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise ValueError(f"LightGBM cannot read its trees ({error})") from error
    if booster.num_feature() != columns:
        raise ValueError(f"the trees are of {booster.num_feature()} columns, not {columns}")
    return booster


def gains(booster: lightgbm.Booster) -> Floats:
    """Total gain of each column, shape (m,)."""
    return np.asarray(booster.feature_importance("gain"), dtype=np.float64)

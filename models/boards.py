"""Models side by side: every figure with its 95 % interval, and how far each lies behind the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import Draws, draw
from models.evaluation import (
    area,
    gain,
    log_losses,
    propensity_figures,
    ranking,
    spend_figures,
    tweedie_deviances,
)

Floats = NDArray[np.float64]
_CHANCES = ("log_loss", "brier", "auc")
_AMOUNTS = ("tweedie_deviance", "mae", "r2", "gini")


def propensity_board(
    flag: Floats, probabilities: Mapping[str, Floats], candidates: Mapping[str, bool], seed: int
) -> dict[str, dict[str, Any]]:
    """The figures of each probability, with `*_low` and `*_high`, and its distance from the best log loss.

    `candidates` says of each name whether it may be the best: a baseline is only measured against it.
    All shapes (n,), rows in an order of the caller's that does not change (it meets the seed).
    """
    figures = {name: propensity_figures(flag, values) for name, values in probabilities.items()}
    drawn = _draw_chances(flag, list(probabilities.values()), seed)
    board = _board(figures, _CHANCES, drawn, candidates)
    for place, row in enumerate(board.values()):
        row["auc_se"] = drawn.error(place * len(_CHANCES) + _CHANCES.index("auc"))
    return board


def spend_board(
    spend: Floats, predictions: Mapping[str, Floats], candidates: Mapping[str, bool], seed: int
) -> dict[str, dict[str, Any]]:
    """The figures of each spend prediction, as `propensity_board` does, by Tweedie deviance."""
    perfect = ranking(spend)
    figures = {name: spend_figures(spend, values, perfect) for name, values in predictions.items()}
    drawn = _draw_amounts(spend, list(predictions.values()), seed)
    return _board(figures, _AMOUNTS, drawn, candidates)


def paired_difference(flag: Floats, simple: Floats, complex_: Floats, seed: int) -> dict[str, Any]:
    """Log loss, AUC and Brier score of the complex model minus those of the simple one, with 95 % intervals."""
    drawn = _draw_chances(flag, [simple, complex_], seed)
    before, after = propensity_figures(flag, simple), propensity_figures(flag, complex_)
    found = {}
    for place, key in enumerate(_CHANCES):
        difference = after[key] - before[key]
        low, high = drawn.interval(difference, len(_CHANCES) + place, minus=place)
        found[key] = {"difference": difference, "low": low, "high": high}
    return found


def _board(
    figures: Mapping[str, Mapping[str, Any]],
    keys: tuple[str, ...],
    drawn: Draws,
    candidates: Mapping[str, bool],
) -> dict[str, dict[str, Any]]:
    """Rows with intervals of `keys`; `drawn` has them model by model, and the first one decides."""
    names, loss = list(figures), keys[0]
    able = [name for name in names if candidates[name]] or names
    best = min(able, key=lambda name: round(figures[name][loss], 9))
    board = {}
    for place, name in enumerate(names):
        row = dict(figures[name])
        for offset, key in enumerate(keys):
            row[f"{key}_low"], row[f"{key}_high"] = drawn.interval(row[key], place * len(keys) + offset)
        behind = row[loss] - figures[best][loss]
        low, high = drawn.interval(behind, place * len(keys), minus=names.index(best) * len(keys))
        verdict = "best" if name == best else "no_worse" if low <= 0 else "worse"
        row |= {"behind": behind, "behind_low": low, "behind_high": high}
        board[name] = row | {"best": name == best, "verdict": verdict}
    return board


def _draw_chances(flag: Floats, probabilities: Sequence[Floats], seed: int) -> Draws:
    def prepare(rows: slice) -> Callable[[Floats], Floats]:
        bought = flag[rows]
        parts = [values[rows] for values in probabilities]
        losses = np.array([row for p in parts for row in (log_losses(bought, p), (p - bought) ** 2)])
        rankings = [ranking(p) for p in parts]

        def measure(weight: Floats) -> Floats:
            means = (losses @ weight / max(weight.sum(), 1.0)).reshape(len(parts), 2)
            ones = weight * bought
            areas = [area(ranked, weight - ones, ones) for ranked in rankings]
            return np.column_stack([means, areas]).ravel()

        return measure

    return draw(prepare, len(flag), seed)


def _draw_amounts(spend: Floats, predictions: Sequence[Floats], seed: int) -> Draws:
    def prepare(rows: slice) -> Callable[[Floats], Floats]:
        spent = spend[rows]
        parts = [values[rows] for values in predictions]
        sums = np.array(
            [row for p in parts for row in (tweedie_deviances(spent, p), np.abs(spent - p), (spent - p) ** 2)]
        )
        perfect, rankings = ranking(spent), [ranking(p) for p in parts]

        def measure(weight: Floats) -> Floats:
            customers = max(float(weight.sum()), 1.0)
            means = (sums @ weight / customers).reshape(len(parts), 3)
            variance = float(weight @ (spent - float(weight @ spent) / customers) ** 2) / customers
            reached = gain(perfect, spent, weight)
            r2 = 1.0 - means[:, 2] / variance if variance > 0 else np.zeros(len(parts))
            ginis = [gain(one, spent, weight) / reached if reached > 0 else 0.0 for one in rankings]
            return np.column_stack([means[:, :2], r2, ginis]).ravel()

        return measure

    return draw(prepare, len(spend), seed)

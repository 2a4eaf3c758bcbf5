"""Which features a fitted model leans on: how much worse it gets when one of them is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.crossfit import Makers, Split, run_all
from models.estimators import predict_in_chunks
from models.evaluation import log_losses, mean_error, tweedie_deviances
from models.params import AnalysisParams
from models.transforms import MODEL_FEATURES
from models.window import Window

Floats = NDArray[np.float64]
REPEATS: Final = 3
# The learners whose gains are told, and on how many customers they are asked.
PROBABILITY: Final = "lightgbm"
AMOUNT: Final = "tweedie"
HELD: Final = 5_000


def permutation(
    predict: Callable[[Floats], Floats],
    matrix: Floats,
    losses: Callable[[Floats], Floats],
    features: Sequence[str],
    seed: int,
    repeats: int = REPEATS,
) -> list[dict[str, Any]]:
    """Mean increase of the loss with each column of `matrix` (n, features) shuffled, and its error.

    `predict` takes a matrix, `losses` what it predicts, both answer with shape (n,). The standard error is
    that over customers, of their mean increase over `repeats` shuffles: whether a feature helps at all
    depends on who happened to be held out more than on the shuffles. One row a feature, in the order
    given. Fisher, Rudin & Dominici (2019), "All models are wrong, but many are useful", JMLR 20.
    """
    random = np.random.default_rng(seed)
    orders = [random.permutation(len(matrix)) for _ in range(repeats)]
    before = losses(predict(matrix))
    changed = matrix.copy()
    rows = []
    for column, name in enumerate(features):
        own = matrix[:, column]
        increase = np.zeros(len(matrix))
        for order in orders:
            changed[:, column] = own[order]
            increase += (losses(predict(changed)) - before) / repeats
        changed[:, column] = own
        rows.append(
            {
                "feature": name,
                "permutation": float(increase.mean()),
                "permutation_se": mean_error(increase),
            }
        )
    return rows


def importances(
    makers: Makers,
    learners: Mapping[str, Any],
    matrix: Floats,
    past: Window,
    split: Split,
    params: AnalysisParams,
    done: Callable[[], None],
) -> dict[str, Any]:
    """Gain and permutation importance of the boosting models of probability and of spend.

    Gains are of the models fitted on all (`learners`), in the training's own currency of loss; the
    permutations are of models of the other folds, on customers of one fold, whom they have not seen.
    """
    flag, spent = past.flag, past.spent
    # Among few customers a fold may have none.
    train, held = next(part for part in split.parts() if len(part[1]))
    # The customers stand in an order of no meaning: the first so many are a fair sample.
    held = held[:HELD]

    def measure(name: str) -> Callable[[], list[dict[str, Any]]]:
        target = flag if name == PROBABILITY else spent

        def losses(raw: Floats) -> Floats:
            if name == PROBABILITY:
                return log_losses(flag[held], np.asarray(expit(raw), dtype=np.float64))
            return tweedie_deviances(spent[held], raw)

        def work() -> list[dict[str, Any]]:
            learner = makers[name]().fit(matrix[train], target[train])
            rows = permutation(
                lambda rows: predict_in_chunks(learner, rows),
                matrix[held],
                losses,
                MODEL_FEATURES,
                params.seed,
            )
            gains = learners[name].gains()
            found = [{**row, "gain": float(gain)} for row, gain in zip(rows, gains, strict=True)]
            return sorted(found, key=lambda row: (-float(row["gain"]), str(row["feature"])))

        return work

    found = run_all({name: measure(name) for name in (PROBABILITY, AMOUNT)}, params.threads, done)
    return {
        "prob": found[PROBABILITY],
        "spend": found[AMOUNT],
        "prob_measure": "log loss",
        "spend_measure": "Tweedie deviance",
        "customers": len(held),
    }

"""What a user must know before trusting an analysis, one sentence for each caution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.btyd import Btyd

Floats = NDArray[np.float64]

KNOWS_OUTCOME_AUC: Final = 0.97
NO_SIGNAL_AUC: Final = 0.55
BIAS_LIMIT: Final = 0.15
SMALL_CUSTOMERS: Final = 500
# From this share of the window's spend on one customer decides the level of all predictions.
LARGE_SHARE: Final = 0.2
SMALL_BUYERS: Final = 100


def cautions(
    flag: Floats,
    spent: Floats,
    alone: Mapping[str, float],
    champion: Mapping[str, Any],
    purchases: Sequence[Btyd],
    backtest: Mapping[str, Any] | None,
    backtest_missing: str | None,
) -> list[str]:
    """The sentences, gravest first; none where nothing is wrong.

    `flag` and `spent` have the outcomes of the past window, shapes (n,); `alone` the AUC of each feature alone;
    `champion` the `auc` and `auc_se` reached; `purchases` the BTYD models whose `p_alive` is shown;
    `backtest` the champion's figures at the newest cutoff, or None and the reason in `backtest_missing`.
    """
    found = [*_known(alone), *_spend(spent)]
    if champion["auc"] - 2.0 * champion["auc_se"] < NO_SIGNAL_AUC:
        found.append(
            f"There is hardly a signal here: an AUC of {champion['auc']:.2f}, where 0.5 is chance. "
            "Do not choose customers by these probabilities."
        )
    found += _small(flag, champion)
    found += _next_window(backtest, backtest_missing)
    # The windows mostly share one doubt; it is said once.
    found += dict.fromkeys(doubt for model in purchases if (doubt := model.doubt()) is not None)
    return found


def _known(alone: Mapping[str, float]) -> list[str]:
    telling = sorted(
        (name for name, value in alone.items() if value >= KNOWS_OUTCOME_AUC), key=lambda name: -alone[name]
    )
    if not telling:
        return []
    others = len(telling) - 1
    more = "" if not others else f", like {others} other{'s' if others > 1 else ''},"
    return [
        f"{telling[0]} alone{more} tells who buys (AUC {alone[telling[0]]:.3f}): it may know the outcome."
    ]


def _spend(spent: Floats) -> list[str]:
    total, largest = float(spent.sum()), float(spent.max(initial=0.0))
    if total <= 0:
        return [
            "More was returned than bought in the past window, so nothing is predicted to be spent: go by the "
            "probabilities alone."
        ]
    if largest < LARGE_SHARE * total:
        return []
    return [
        f"One customer brought {largest / total:.0%} of what was spent in the past window, and all predicted spend is "
        "scaled to that total: its level may be far off for everybody else."
    ]


def _small(flag: Floats, champion: Mapping[str, Any]) -> list[str]:
    customers, buyers = len(flag), int(flag.sum())
    if customers >= SMALL_CUSTOMERS and buyers >= SMALL_BUYERS:
        return []
    return [
        f"Small data: {customers:,} customers, of whom {buyers:,} bought in the past window. All figures "
        f"are uncertain; the AUC of {champion['auc']:.2f} is only known to within {2.0 * champion['auc_se']:.2f}."
    ]


def _next_window(backtest: Mapping[str, Any] | None, missing: str | None) -> list[str]:
    if backtest is None:
        return [f"The level of the next window could not be checked by a backtest. {missing or ''}".rstrip()]
    biases = {"spend": backtest["spend_bias"], "number of buyers": backtest["buyers_bias"]}
    off = [
        f"{what} {100.0 * abs(bias):.0f} % too {'low' if bias < 0 else 'high'}"
        for what, bias in biases.items()
        if bias is not None and abs(bias) > BIAS_LIMIT
    ]
    found = []
    if off:
        reached = backtest["auc"]
        holds = reached - 2.0 * backtest["auc_se"] >= NO_SIGNAL_AUC
        ranking = "its ranking holds" if holds else "its ranking was hardly better than chance"
        found.append(
            f"In the backtest, the next window came out with its {' and its '.join(off)}; read its level "
            f"with care, {ranking} (AUC {reached:.2f})."
        )
    unknown = [what for what, bias in biases.items() if bias is None]
    if unknown:
        found.append(
            f"The backtest cannot judge the level of the next window's {' or its '.join(unknown)}: "
            "there was none to compare with."
        )
    return found

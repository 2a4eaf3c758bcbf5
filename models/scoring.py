"""How far later customers lie from those a saved model has learned from, and what to say about it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.names import DECAY_DAYS, FEATURES
from models.transforms import TrainingRange

# From this share of customers on it is worth a sentence.
SHARE_TOLD: Final = 0.05
# A history of less than this part of the model's is called short.
SHORT_HISTORY: Final = 0.75
# Days after its own data from which on a model is called old.
OLD_DAYS: Final = 365
# Features that grow by themselves as days go by: one horizon further on is what a model is made for.
_GROWING: Final = tuple(name for name in FEATURES if name.endswith("_days") and name != "active_days")
# And those that fade by themselves, towards nothing.
_FADING: Final = tuple(f"decayed_orders_{days}" for days in DECAY_DAYS)
_NAMED: Final = 3
_WORDS: Final = {
    "recency_days": "days since the last purchase",
    "frequency": "number of orders",
    "active_days": "days with a purchase",
    "monetary": "money spent",
    "mean_order_value": "average order",
    "tenure_days": "days as a customer",
    "mean_gap_days": "days between orders",
    "last_gap_days": "days between the last two orders",
    "gap_sd_days": "how much the days between orders vary",
    "overdue_ratio": "how overdue they are",
    "trend": "orders against the days before",
    "peak_season": "buying before Christmas",
    "first_order_value": "first order",
    "last_order_value": "last order",
    "largest_order_value": "largest order",
    "units": "units bought",
    "unique_products": "different products",
    "returns_share": "share returned",
}


@dataclass(frozen=True)
class Outside:
    """Customers beyond what a model has seen: their share, and that of each feature, largest first."""

    share: float
    features: dict[str, float]


@dataclass(frozen=True)
class Trained:
    """What is known of the data a model learned from; None where it is not known."""

    cutoff: dt.date | None
    last_date: dt.date | None
    currency: str | None
    history_days: float


def feature_words(feature: str) -> str:
    """A feature as a shop person would call it."""
    if feature in _FADING:
        return "recent orders"
    windowed = re.fullmatch(r"(orders|spend)_(\d+)", feature)
    if windowed:
        what = {"orders": "orders", "spend": "money spent"}[windowed[1]]
        return f"{what} in the last {windowed[2]} days"
    return _WORDS.get(feature, feature.replace("_", " "))


def outside(features: pd.DataFrame, seen: TrainingRange, horizon_days: int) -> Outside:
    """Who lies outside the range of training in at least one of FEATURES.

    What counts days may go one horizon further, and what decays may reach nothing: the customers of
    training themselves do so by the time they are scored. A missing value is not outside.
    """
    if not len(features):
        return Outside(0.0, {})
    values = features[list(FEATURES)].to_numpy(dtype=np.float64)
    low, high = seen.low[: len(FEATURES)], seen.high[: len(FEATURES)]
    low = np.where([name in _FADING for name in FEATURES], 0.0, low)
    # Rounding on the way to a file must not make anybody an outsider.
    slack = 1e-9 * np.maximum(np.abs(low), np.abs(high)) + 1e-9
    growing = np.array([name in _GROWING for name in FEATURES]) * float(horizon_days)
    beyond: NDArray[np.bool_] = (values < low - slack) | (values > high + slack + growing)
    shares = {name: float(share) for name, share in zip(FEATURES, beyond.mean(axis=0), strict=True)}
    order = sorted((name for name in FEATURES if shares[name] > 0), key=lambda name: -shares[name])
    return Outside(float(beyond.any(axis=1).mean()), {name: shares[name] for name in order})


def history_days(features: pd.DataFrame) -> float:
    """Days from the first purchase of anybody to the day customers are looked at."""
    return float(features["tenure_days"].max()) if len(features) else 0.0


def warnings(
    found: Outside,
    trained: Trained,
    *,
    last_date: dt.date,
    currency: str | None,
    history: float,
) -> list[str]:
    """Sentences on where the customers scored differ from those the model knows; empty where they do not."""
    return [
        text
        for text in (
            _currency(trained.currency, currency),
            _dates(trained, last_date),
            _history(trained.history_days, history),
            _beyond(found),
        )
        if text
    ]


def _currency(trained: str | None, here: str | None) -> str:
    if trained is None or here is None or trained == here:
        return ""
    return (
        f"Amounts here are in {here}, the model learned from amounts in {trained}: it takes them for {trained}, "
        "so the spend it expects, and who it ranks first, can be far off. Convert the file first."
    )


def _dates(trained: Trained, last_date: dt.date) -> str:
    if trained.cutoff is not None and last_date < trained.cutoff:
        return (
            f"These orders end on {_day(last_date)}, before the model's cutoff of {_day(trained.cutoff)}: it may have "
            "learned from what came after them, so this is no prediction in advance."
        )
    newest = trained.last_date or trained.cutoff
    if newest is not None and (last_date - newest).days > OLD_DAYS:
        return (
            f"These orders end {(last_date - newest).days:,} days after the data the model learned from: "
            "customers may buy differently by now. Analyse newer data if you can."
        )
    return ""


def _history(trained: float, here: float) -> str:
    if here >= SHORT_HISTORY * trained:
        return ""
    return (
        f"These orders reach back {here:,.0f} days, the model learned from {trained:,.0f}: customers look newer here "
        "than they may be. Add earlier orders if you can."
    )


def _beyond(found: Outside) -> str:
    if found.share < SHARE_TOLD:
        return ""
    named = list(dict.fromkeys(feature_words(name) for name in found.features))[:_NAMED]
    return (
        f"{_percent(found.share)} of the customers lie outside what the model has seen (most often: "
        f"{', '.join(named)}). They are scored like the nearest it knows, so their numbers are less sure."
    )


def level_caution(metrics: dict[str, Any] | None) -> str:
    """What is known of how far the sum of expected spend was off before, in a sentence."""
    rank = "Who comes before whom is surer than the sum."
    tested = (metrics or {}).get("next_window_backtest")
    bias = tested.get("spend_bias") if isinstance(tested, dict) else None
    if not isinstance(bias, int | float):
        return f"The sum holds if customers go on as in the window the model learned from. {rank}"
    if abs(bias) < 0.005:
        return f"One window earlier, the same recipe expected just what was then spent. {rank}"
    side = "more" if bias > 0 else "less"
    return (
        f"One window earlier, the same recipe expected {_percent(abs(bias))} {side} than was then spent: "
        f"read the sum with that in mind. {rank}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"

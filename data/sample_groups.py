"""A made-up table of customers, one row each, drawn from four known groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from data.sample_model import BLOCK, customer_ids, pick

MEMBERSHIPS: Final = ("Bronze", "Silver", "Gold")
SATISFACTIONS: Final = ("Unsatisfied", "Neutral", "Satisfied")
GENDERS: Final = ("Female", "Male")
CITIES: Final = ("Amsterdam", "Berlin", "Lyon", "Madrid", "Milan", "Stockholm")
# Ahead of the numbers of its purposes, so that no stream of the shop is drawn again.
_STREAM: Final = 100


@dataclass(frozen=True)
class Group:
    """How the customers of one group are: means, spreads (standard deviations) and shares.

    `spend` is the median of a log-normal with log spread `spend_spread`, currency a year; `days_since`
    the mean of a gamma with shape 4; `items` a Poisson mean. Ratings run from 1 to 5.
    """

    name: str
    share: float
    age: float
    spend: float
    spend_spread: float
    items: float
    rating: float
    discount: float
    days_since: float
    memberships: tuple[float, float, float]
    satisfactions: tuple[float, float, float]


GROUPS: Final = (
    Group("high spenders", 0.18, 48, 1900, 0.22, 18, 4.5, 0.15, 20, (0.05, 0.25, 0.7), (0.03, 0.12, 0.85)),
    Group("loyal", 0.27, 41, 1000, 0.2, 32, 4.4, 0.35, 11, (0.15, 0.5, 0.35), (0.05, 0.2, 0.75)),
    Group("occasional", 0.35, 34, 330, 0.28, 7, 4.0, 0.6, 75, (0.75, 0.22, 0.03), (0.12, 0.53, 0.35)),
    Group("dissatisfied", 0.2, 39, 520, 0.28, 12, 2.3, 0.5, 110, (0.55, 0.35, 0.1), (0.85, 0.12, 0.03)),
)
AGE_SPREAD: Final = 8.0
RATING_SPREAD: Final = 0.3


def group_block(seed: int, block: int, rows: int) -> tuple[pa.Table, pa.Table]:
    """The first `rows` customers of a block: their table, and the group each was drawn from."""
    draw = np.random.default_rng([seed, block, _STREAM])
    group = pick(draw, np.asarray([each.share for each in GROUPS]), BLOCK)

    def each(field: str) -> np.ndarray:
        return np.asarray([getattr(one, field) for one in GROUPS], dtype=np.float64)[group]

    def choice(field: str, values: tuple[str, ...]) -> pa.Array:
        shares = np.cumsum([getattr(one, field) for one in GROUPS], axis=1)[group]
        code = np.minimum((draw.random((BLOCK, 1)) >= shares).sum(axis=1), len(values) - 1)
        return pa.array(values).take(pa.array(code))

    columns = {
        "customer_id": customer_ids(block),
        "gender": pa.array(GENDERS).take(pa.array(draw.integers(0, len(GENDERS), BLOCK))),
        "age": _whole(draw.normal(each("age"), AGE_SPREAD), 18, 90),
        "city": pa.array(CITIES).take(pa.array(draw.integers(0, len(CITIES), BLOCK))),
        "membership": choice("memberships", MEMBERSHIPS),
        "annual_spend": pa.array(
            np.round(each("spend") * np.exp(draw.normal(0.0, 1.0, BLOCK) * each("spend_spread")), 2)
        ),
        "items_purchased": pa.array(1 + draw.poisson(each("items") - 1.0)),
        "average_rating": pa.array(np.round(np.clip(draw.normal(each("rating"), RATING_SPREAD), 1, 5), 1)),
        "discount_applied": pa.array(["no", "yes"]).take(
            pa.array((draw.random(BLOCK) < each("discount")).astype(np.int8))
        ),
        "days_since_last_purchase": _whole(draw.gamma(4.0, each("days_since") / 4.0), 0, 365),
        "satisfaction": choice("satisfactions", SATISFACTIONS),
    }
    truth = {
        "customer_id": columns["customer_id"],
        "group": pa.array([one.name for one in GROUPS]).take(pa.array(group)),
    }
    return pa.table(columns).slice(0, rows), pa.table(truth).slice(0, rows)


def _whole(values: np.ndarray, least: int, most: int) -> pa.Array:
    return pa.array(np.clip(np.rint(values), least, most).astype(np.int64))

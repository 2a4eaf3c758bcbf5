"""The made-up shop as a model: its parameters, its calendar, and the draws of customers and orders.

Purchases follow the Pareto/NBD model of Schmittlein, Morrison & Colombo (1987), "Counting your
customers", Management Science 33(1): Poisson with a gamma-distributed rate while a customer is alive,
who leaves after an exponential time with a gamma-distributed drop-out rate. Order values follow the
gamma-gamma model of Fader, Hardie & Lee (2005), "RFM and CLV", JMR 42(4). Laid over it are a season, a
pattern of weekdays, attributes that shift rate and spend, and a campaign. docs/sample.md has the
formulas. Times are days from the start of the first day, as floats.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

END: Final = dt.date(2025, 12, 31)
DAYS: Final = 730
AHEAD: Final = 90
# Customers are drawn in blocks of their own random streams: how many are asked for changes nobody.
BLOCK: Final = 5_000
ARMS: Final = ("none", "treat", "holdout")
_NONE, _TREAT, _HOLDOUT = range(3)
_PEOPLE, _ORDERS, _LINES, _CAMPAIGN, _FUTURE = range(5)


@dataclass(frozen=True)
class Attribute:
    """What a shop knows of a customer: values with their shares, and their log effects.

    `rate` and `spend` hold one coefficient a value, added to the log of the purchase rate and of the
    mean order value; empty means no effect.
    """

    name: str
    values: tuple[str, ...] | tuple[int, ...]
    shares: tuple[float, ...]
    rate: tuple[float, ...] = ()
    spend: tuple[float, ...] = ()

    def factors(self, effects: tuple[float, ...]) -> Floats:
        """exp(coefficient) of each value, divided by its mean, so that the shop's mean stays put."""
        factor = np.exp(effects or np.zeros(len(self.values)))
        return np.asarray(factor / (factor @ np.asarray(self.shares)), dtype=np.float64)


def _ages() -> Attribute:
    ages = tuple(range(18, 85))
    weight = np.exp(-(((np.asarray(ages) - 44) / 15.0) ** 2) / 2)
    shares = tuple(float(share) for share in weight / weight.sum())
    return Attribute("age", ages, shares, spend=tuple(AGE_PER_DECADE * (age - 44) / 10 for age in ages))


AGE_PER_DECADE: Final = 0.08
ATTRIBUTES: Final = (
    _ages(),
    Attribute("gender", ("female", "male", "unstated"), (0.52, 0.43, 0.05)),
    Attribute("membership", ("basic", "silver", "gold"), (0.62, 0.27, 0.11), rate=(0.0, 0.35, 0.7)),
    Attribute(
        "acquisition_channel",
        ("search", "social", "referral", "newsletter", "marketplace"),
        (0.34, 0.22, 0.14, 0.12, 0.18),
        rate=(0.0, -0.25, 0.3, 0.15, -0.35),
        spend=(0.0, -0.1, 0.0, 0.0, 0.0),
    ),
    Attribute(
        "country",
        ("Germany", "France", "Netherlands", "Spain", "Italy", "Poland", "Sweden"),
        (0.34, 0.19, 0.13, 0.12, 0.10, 0.07, 0.05),
        spend=(0.0, 0.0, 0.0, -0.15, -0.15, -0.3, 0.2),
    ),
    Attribute("device", ("mobile", "desktop", "tablet"), (0.58, 0.33, 0.09)),
)


@dataclass(frozen=True)
class Campaign:
    """A reminder to a random part of the customers of a day, of whom a random part is held out.

    For `days` days from `day` on, the purchase rate of the treated is multiplied by `factor`.
    """

    day: dt.date = dt.date(2025, 5, 5)
    days: int = 56
    factor: float = 1.8
    share: float = 0.5
    treated: float = 0.5


@dataclass(frozen=True)
class Shop:
    """The parameters of the model; times in days, money in `currency`."""

    last_day: dt.date = END
    days: int = DAYS
    currency: str = "EUR"
    # Purchases a day: gamma(shape, mean shape / scale), before attributes.
    rate_shape: float = 1.2
    rate_scale: float = 100.0
    # Drop-out a day: gamma likewise; the lifetime is exponential given it.
    dropout_shape: float = 1.5
    dropout_scale: float = 600.0
    # Order value: gamma(value_shape) about the customer's mean; value_shape * value_scale / mean ~ gamma(mean_shape).
    value_shape: float = 4.0
    mean_shape: float = 4.5
    value_scale: float = 33.25
    # Customers join at a falling pace (e-fold), in step with season and weekday.
    joining_scale: float = 900.0
    peak: tuple[int, int] = (12, 8)
    peak_height: float = 0.7
    peak_width: float = 24.0
    weekdays: tuple[float, ...] = (0.95, 0.95, 1.0, 1.0, 1.15, 1.2, 0.75)
    # Lines beyond the first, and pieces beyond the first: Poisson means.
    further_lines: float = 1.25
    further_pieces: float = 0.7
    # A line comes back with this probability, so many days later (first, last).
    return_share: float = 0.035
    return_days: tuple[int, int] = (2, 24)
    attributes: tuple[Attribute, ...] = ATTRIBUTES
    campaign: Campaign = Campaign()

    @property
    def first_day(self) -> dt.date:
        """The first day of trade."""
        return self.last_day - dt.timedelta(days=self.days - 1)

    @property
    def campaign_start(self) -> int:
        """The campaign's first day, counted from the first day of trade."""
        return (self.campaign.day - self.first_day).days

    def season(self, day: dt.date) -> float:
        """The factor of the time of year: a bell about the peak, with mean 1 over a year."""
        peaks = [dt.date(year, *self.peak) for year in (day.year - 1, day.year, day.year + 1)]
        off = min(abs((day - peak).days) for peak in peaks)
        mean = 1.0 + self.peak_height * self.peak_width * np.sqrt(np.pi) / 365.25
        return float((1.0 + self.peak_height * np.exp(-((off / self.peak_width) ** 2))) / mean)

    @cached_property
    def day_factors(self) -> Floats:
        """Season times weekday, of each day of trade and of the AHEAD days after them."""
        days = [self.first_day + dt.timedelta(days=place) for place in range(self.days + AHEAD)]
        weekday = np.asarray(self.weekdays) / np.mean(self.weekdays)
        return np.asarray([self.season(day) * weekday[day.weekday()] for day in days])

    def factor_between(self, start: Floats | float, end: Floats | float) -> Floats:
        """The integral of the day factors from `start` to `end`; 0 where the end is first."""
        total = np.concatenate([[0.0], np.cumsum(self.day_factors)])
        place = np.arange(len(total))
        gone = np.interp(end, place, total) - np.interp(start, place, total)
        return np.asarray(np.maximum(gone, 0.0), dtype=np.float64)


SHOP: Final = Shop()


@dataclass(frozen=True)
class People:
    """One block of customers, shape (BLOCK,) each: what is known of them, and what is not.

    `codes` holds the position of each attribute's value; `arm` that of the campaign's arm.
    """

    codes: dict[str, Ints]
    arm: Ints
    joined: Floats
    base_rate: Floats
    rate: Floats
    dropout: Floats
    leaves: Floats
    mean_value: Floats

    def exposure_end(self, shop: Shop) -> Floats:
        """When a customer was last seen to be alive, shape (BLOCK,)."""
        return np.minimum(self.leaves, float(shop.days))

    def extra_expected(self, shop: Shop) -> Floats:
        """Purchases that the campaign would add, were all its customers treated, shape (BLOCK,)."""
        start, campaign = float(shop.campaign_start), shop.campaign
        until = np.minimum(start + campaign.days, self.exposure_end(shop))
        extra = self.rate * (campaign.factor - 1.0) * shop.factor_between(start, until)
        return np.where(self.arm == _NONE, 0.0, extra)

    def ahead_expected(self, shop: Shop) -> Floats:
        """Purchases expected in the AHEAD days after the last, given rates and who is alive, shape (BLOCK,)."""
        middle = np.arange(AHEAD) + 0.5
        alive = np.exp(-np.outer(self.dropout, middle)) @ shop.day_factors[shop.days :]
        return np.where(self.leaves > shop.days, self.rate * alive, 0.0)


@dataclass(frozen=True)
class Orders:
    """The purchases of a block in order of time: who, and in which minute from the start of the first day."""

    buyer: Ints
    minute: Ints
    extra: int


@dataclass(frozen=True)
class Lines:
    """The lines of the orders of a block, in order of time: `order` points into them, `sign` is -1 for a return."""

    order: Ints
    minute: Ints
    product: Ints
    quantity: Ints
    cents: Ints
    sign: Ints


def customer_ids(block: int) -> pa.Array:
    """The ids of a block's customers, who are numbered on from block to block."""
    numbers = pa.array(block * BLOCK + 1 + np.arange(BLOCK)).cast(pa.string())
    return pc.binary_join_element_wise("C", pc.utf8_lpad(numbers, 7, "0"), "")


def pick(draw: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` positions of `weights`, each as likely as its weight."""
    edges = np.cumsum(weights)
    places = np.searchsorted(edges, draw.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(places, len(weights) - 1), dtype=np.int64)


def _stream(seed: int, block: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, block, purpose])


def draw_people(shop: Shop, seed: int, block: int) -> People:
    """The customers of block number `block`; the same for the same seed."""
    draw = _stream(seed, block, _PEOPLE)
    codes: dict[str, Ints] = {}
    rate_factor, value_factor = np.ones(BLOCK), np.ones(BLOCK)
    for attribute in shop.attributes:
        code = pick(draw, np.asarray(attribute.shares), BLOCK)
        codes[attribute.name] = code
        rate_factor *= attribute.factors(attribute.rate)[code]
        value_factor *= attribute.factors(attribute.spend)[code]
    pace = np.exp(-np.arange(shop.days) / shop.joining_scale) * shop.day_factors[: shop.days]
    joined = pick(draw, pace, BLOCK) + draw.random(BLOCK)
    base_rate = draw.gamma(shop.rate_shape, 1.0 / shop.rate_scale, BLOCK)
    dropout = draw.gamma(shop.dropout_shape, 1.0 / shop.dropout_scale, BLOCK)
    leaves = joined + draw.exponential(1.0, BLOCK) / np.maximum(dropout, 1e-12)
    mean_value = shop.value_shape * shop.value_scale / draw.gamma(shop.mean_shape, 1.0, BLOCK)
    in_campaign = (draw.random(BLOCK) < shop.campaign.share) & (joined < shop.campaign_start)
    arm = np.where(draw.random(BLOCK) < shop.campaign.treated, _TREAT, _HOLDOUT)
    return People(
        codes,
        np.where(in_campaign, arm, _NONE),
        joined,
        base_rate,
        base_rate * rate_factor,
        dropout,
        leaves,
        mean_value * value_factor,
    )


def draw_orders(shop: Shop, people: People, seed: int, block: int) -> Orders:
    """The purchases of a block: each customer's first, the ones after it, and those the campaign added."""
    draw = _stream(seed, block, _ORDERS)
    end = people.exposure_end(shop)
    buyer, at = _purchases(shop, draw, people.rate, people.joined, end)
    start = float(shop.campaign_start)
    more = np.where(people.arm == _TREAT, people.rate * (shop.campaign.factor - 1.0), 0.0)
    extra_buyer, extra_at = _purchases(
        shop,
        _stream(seed, block, _CAMPAIGN),
        more,
        np.full(len(more), start),
        np.minimum(start + shop.campaign.days, end),
    )
    buyer = np.concatenate([np.arange(len(end)), buyer, extra_buyer])
    day = np.floor(np.concatenate([people.joined, at, extra_at])).astype(np.int64)
    # The model decides the day; shops are busy from seven in the morning to eleven at night.
    minute = day * 1440 + (420 + 960 * draw.beta(2.2, 1.8, len(day))).astype(np.int64)
    turn = np.argsort(minute, kind="stable")
    return Orders(buyer[turn], minute[turn], len(extra_at))


def draw_future(shop: Shop, people: People, seed: int, block: int) -> Ints:
    """Purchases in the AHEAD days after the last, as they will have come, shape (BLOCK,)."""
    until = np.minimum(people.leaves, shop.days + AHEAD)
    expected = people.rate * shop.factor_between(float(shop.days), until)
    return _stream(seed, block, _FUTURE).poisson(expected).astype(np.int64)


def draw_lines(shop: Shop, people: People, orders: Orders, prices: Floats, seed: int, block: int) -> Lines:
    """What was in each order, and what came back; `prices` is the price list, currency."""
    draw = _stream(seed, block, _LINES)
    count, products = len(orders.buyer), len(prices)
    wanted = np.repeat(np.arange(count), 1 + draw.poisson(shop.further_lines, count))
    # Some products sell far better than others; the same twice in one order is one line.
    both = np.sort(wanted * products + (draw.beta(0.8, 2.2, len(wanted)) * products).astype(np.int64))
    order, product = np.divmod(both[np.diff(both, prepend=-1) > 0], products)
    quantity = 1 + draw.poisson(shop.further_pieces, len(order))
    value = draw.gamma(shop.value_shape, 1.0, count) * people.mean_value[orders.buyer] / shop.value_shape
    listed = prices[product]
    level = value / np.bincount(order, weights=listed * quantity, minlength=count)
    cents = np.maximum(np.rint(100.0 * listed * level[order]), 1.0).astype(np.int64)
    minute = orders.minute[order]
    first, last = shop.return_days
    back = minute + 1440 * draw.integers(first, last + 1, len(order))
    returned = np.flatnonzero((draw.random(len(order)) < shop.return_share) & (back < shop.days * 1440))
    picked = np.concatenate([np.arange(len(order)), returned])
    when = np.concatenate([minute, back[returned]])
    turn = np.argsort(when, kind="stable")
    picked = picked[turn]
    return Lines(
        order[picked],
        when[turn],
        product[picked],
        quantity[picked],
        cents[picked],
        np.where(turn < len(order), 1, -1),
    )


def _purchases(
    shop: Shop, draw: np.random.Generator, rate: Floats, start: Floats, end: Floats
) -> tuple[Ints, Floats]:
    """Who purchases when, between `start` and `end`: Poisson at the busiest day's rate, thinned to each day's."""
    busiest = float(shop.day_factors.max())
    span = np.maximum(end - start, 0.0)
    tries = draw.poisson(rate * busiest * span)
    buyer = np.repeat(np.arange(len(rate)), tries)
    at = start[buyer] + draw.random(len(buyer)) * span[buyer]
    kept = draw.random(len(at)) * busiest < shop.day_factors[np.floor(at).astype(np.int64)]
    return buyer[kept], at[kept]

"""The made-up shop as tables: its catalogue, and the columns of what it sold, knows and cannot know."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.sample_model import (
    AHEAD,
    ARMS,
    BLOCK,
    Floats,
    Ints,
    Lines,
    Orders,
    People,
    Shop,
    customer_ids,
    draw_future,
    draw_lines,
    draw_orders,
    draw_people,
)

# Order numbers of a block begin here times its number; a block has some 22,000 orders.
_ORDER_NUMBERS: Final = 100_000
_KINDS: Final = ("Small", "Large", "Classic", "Oak", "Linen", "Steel", "Blue", "Green", "Striped", "Plain")
_GOODS: Final = {
    "Garden": "planter|trowel|watering can|bird house|lantern|hose|bench cushion|seed tray|rake|wind chime",
    "Kitchen": "mug|teapot|bread board|cake tin|apron|storage jar|whisk|bowl|tea towel|pepper mill",
    "Living": "cushion|throw|picture frame|candle holder|vase|clock|lamp|basket|mirror|door mat",
    "Outdoor": "picnic rug|flask|rucksack|camping stool|cool bag|torch|hammock|umbrella|lunch box|kite",
    "Stationery": "notebook|pen set|gift wrap|calendar|card box|desk tidy|paper clips|folder|stamp set|ribbon",
    "Toys": "puzzle|wooden train|doll|building blocks|board game|skipping rope|teddy|spinning top|crayons|drum",
}
_CATEGORIES: Final = tuple(_GOODS)
_PRODUCTS: Final = len(_CATEGORIES) * len(_KINDS) * 10


def _product_names() -> list[str]:
    goods = [text.split("|") for text in _GOODS.values()]
    names = []
    for product in range(_PRODUCTS):
        place, group = divmod(product, len(goods))
        names.append(f"{_KINDS[place // 10]} {goods[group][place % 10]}")
    return names


# The price list is the same for every seed: a shop's prices do not depend on who comes.
_LEVELS: Final[Floats] = np.exp(np.random.default_rng(1).normal(2.3, 0.6, _PRODUCTS))
PRICES: Final[Floats] = np.rint(100.0 * _LEVELS) / 100.0
PRODUCT_IDS: Final = pa.array([f"P{product:04d}" for product in range(_PRODUCTS)])
PRODUCT_NAMES: Final = pa.array(_product_names())
CATEGORIES: Final = pa.array([_CATEGORIES[product % len(_CATEGORIES)] for product in range(_PRODUCTS)])


@dataclass(frozen=True)
class Totals:
    """What a sample came to; counts, and money in hundredths of the currency (returned: positive)."""

    customers: int = 0
    alive_at_end: int = 0
    orders: int = 0
    lines: int = 0
    returned_lines: int = 0
    sold_cents: int = 0
    returned_cents: int = 0
    treat: int = 0
    holdout: int = 0
    extra_expected: float = 0.0

    def __add__(self, other: Totals) -> Totals:
        mine, theirs = vars(self), vars(other)
        return Totals(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Block:
    """One block of the sample, cut to the customers numbered `first` to `last` within it."""

    shop: Shop
    seed: int
    number: int
    first: int
    last: int
    people: People

    @classmethod
    def draw(cls, shop: Shop, seed: int, number: int, first: int = 0, last: int = BLOCK) -> Block:
        """Draw the block's customers; its orders are drawn when asked for."""
        return cls(shop, seed, number, first, last, draw_people(shop, seed, number))

    def customers(self) -> pa.Table:
        """What the shop knows of each customer: attributes and the campaign's arm."""
        part = slice(self.first, self.last)
        columns: dict[str, pa.Array] = {"customer_id": customer_ids(self.number)[part]}
        for attribute in self.shop.attributes:
            columns[attribute.name] = pa.array(attribute.values).take(
                pa.array(self.people.codes[attribute.name][part])
            )
        columns["campaign_arm"] = pa.array(ARMS).take(pa.array(self.people.arm[part]))
        return pa.table(columns)

    def truth(self) -> pa.Table:
        """What only the generator knows of each customer."""
        part, people = slice(self.first, self.last), self.people
        columns = {
            "joined": _instant(self.shop, people.joined),
            "base_rate_per_day": people.base_rate,
            "rate_per_day": people.rate,
            "dropout_per_day": people.dropout,
            "lifetime_end": _instant(self.shop, people.leaves),
            "mean_order_value": people.mean_value,
            "alive_at_end": people.leaves > self.shop.days,
            f"expected_purchases_next_{AHEAD}_days": people.ahead_expected(self.shop),
            f"purchases_next_{AHEAD}_days": draw_future(self.shop, people, self.seed, self.number),
            "campaign_extra_orders_if_treated": people.extra_expected(self.shop),
        }
        ids = {"customer_id": customer_ids(self.number)[part]}
        return pa.table(ids | {name: pa.array(values[part]) for name, values in columns.items()})

    def transactions(self) -> tuple[pa.Table, Totals]:
        """The order lines in order of time, and what they come to."""
        orders = draw_orders(self.shop, self.people, self.seed, self.number)
        lines = draw_lines(self.shop, self.people, orders, PRICES, self.seed, self.number)
        who = orders.buyer[lines.order]
        if self.first > 0 or self.last < BLOCK:
            ours = np.flatnonzero((who >= self.first) & (who < self.last))
            lines = Lines(*(values[ours] for values in vars(lines).values()))
            who = who[ours]
        return self._table(lines, who, len(orders.buyer)), self._totals(lines, orders)

    def _table(self, lines: Lines, who: Ints, orders: int) -> pa.Table:
        product = pa.array(lines.product, pa.int16())
        people = pa.array(who, pa.int16())
        country = next(each for each in self.shop.attributes if each.name == "country")
        numbers = self.number * _ORDER_NUMBERS + 1_000_001 + np.arange(orders)
        order_ids = pa.array(numbers).cast(pa.string()).take(pa.array(lines.order))
        back = pa.array(np.where(lines.sign < 0, 1, 0), pa.int8())
        start = np.datetime64(self.shop.first_day, "s")
        return pa.table(
            {
                "order_id": pc.binary_join_element_wise(pa.array(["", "R"]).take(back), order_ids, ""),
                "customer_id": customer_ids(self.number).take(people),
                "ordered_at": pa.array((start + 60 * lines.minute).astype("datetime64[ms]")),
                "product_id": PRODUCT_IDS.take(product),
                "product_name": PRODUCT_NAMES.take(product),
                "category": CATEGORIES.take(product),
                "country": pa.array(country.values).take(pa.array(self.people.codes["country"][who])),
                "quantity": pa.array(lines.sign * lines.quantity),
                "unit_price": pa.array(lines.cents / 100.0),
                "currency": pa.repeat(self.shop.currency, len(who)),
            }
        )

    def _totals(self, lines: Lines, orders: Orders) -> Totals:
        part, people = slice(self.first, self.last), self.people
        money, back = lines.quantity * lines.cents, lines.sign < 0
        arm = people.arm[part]
        return Totals(
            customers=self.last - self.first,
            alive_at_end=int((people.leaves[part] > self.shop.days).sum()),
            orders=int(((orders.buyer >= self.first) & (orders.buyer < self.last)).sum()),
            lines=int((~back).sum()),
            returned_lines=int(back.sum()),
            sold_cents=int(money[~back].sum()),
            returned_cents=int(money[back].sum()),
            treat=int((arm == ARMS.index("treat")).sum()),
            holdout=int((arm == ARMS.index("holdout")).sum()),
            extra_expected=float(people.extra_expected(self.shop)[part].sum()),
        )


def _instant(shop: Shop, day: Floats) -> NDArray[np.datetime64]:
    """Days from the start as a time to the second; lifetimes beyond 200 years end there."""
    seconds = np.minimum(day, 200 * 365.25) * 86_400
    start = np.datetime64(dt.datetime.combine(shop.first_day, dt.time()), "s")
    return (start + seconds.astype(np.int64)).astype("datetime64[ms]")

"""What a money column means: the price of one piece, or the total of its row; told by values, not only by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from data.accounting import counted
from data.errors import InputError, Question
from data.names import AMOUNT, ORDER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE
from data.reading.options import ORDER_TOTAL, Detected
from data.reading.profiles import Sample
from data.reading.vocabulary import (
    LINE_TOTAL_NAMES,
    ORDER_TOTAL_NAMES,
    PART_WORDS,
    ROLE_NAMES,
    TOTAL_WORDS,
    UNIT_PRICE_NAMES,
    bare_name,
    plain_name,
)

_LINE, _UNIT = "line_total", "unit_price"
# So many products or rows must speak, and so clearly, before values count as evidence.
_FEWEST_PRODUCTS: Final = 3
_FEWEST_ROWS: Final = 20
_CLEAR: Final = 0.8
_AGREE: Final = 0.9
_SAME: Final = 0.98
# A neutral name is asked about only where so many orders of several rows show one amount each.
_MANY_ORDERS: Final = 20
# Totals of rows after a discount and after a tax, as shares of quantity x price.
_AFTER_DISCOUNT: Final = (0.4, 1.001)
_AFTER_TAX: Final = (0.999, 1.3)


@dataclass(frozen=True)
class Meaning:
    """What the amount is ("line_total" or "unit_price"), with the words for it, or the question left."""

    amount_is: str | None
    detected: Detected | None = None
    question: Question | None = None


def settle_amount(
    sample: Sample,
    mapping: dict[str, str],
    detected: dict[str, Detected],
    *,
    wanted: str | None,
    known: bool,
    chosen: frozenset[str] = frozenset(),
) -> Meaning:
    """Tell what the mapped money column means, and give it the role that follows (`mapping` is changed).

    `wanted` is the user's own choice, which stands; `known` says that the file is one of a known layout;
    `chosen` are the roles whose columns the user chose. Raises InputError where a unit price has no quantity,
    or the total of an order no order.
    """
    if wanted is not None:
        _apply(wanted, mapping, detected)
        return Meaning(wanted, Detected(wanted, "chosen" + _implied(sample, mapping), 1.0))
    three = {AMOUNT, UNIT_PRICE, QUANTITY} <= mapping.keys()
    if three and not known and AMOUNT not in chosen:
        return _of_two(sample, mapping, detected)
    if AMOUNT in mapping and (repeated := _repeated(sample, mapping, known)) is not None:
        return repeated
    if AMOUNT in mapping and (QUANTITY not in mapping or UNIT_PRICE in mapping):
        words, sure = f"'{mapping[AMOUNT]}' is taken as the total of each row", detected[AMOUNT].confidence
        if not known and repeats_in_orders(sample, mapping[AMOUNT], mapping.get(ORDER_ID)):
            words += (
                ", though all rows of an order show the same: if it is that of the order, it counts too often"
            )
            sure = 0.4
        return Meaning(_LINE, Detected(_LINE, words + _implied(sample, mapping), sure))
    if QUANTITY not in mapping or not (AMOUNT in mapping or UNIT_PRICE in mapping):
        return Meaning(None)
    return _of_one(sample, mapping, detected, known or UNIT_PRICE in chosen)


def _of_one(sample: Sample, mapping: dict[str, str], detected: dict[str, Detected], certain: bool) -> Meaning:
    """One money column beside a quantity: its role, its name and its values are weighed."""
    money = mapping.get(AMOUNT) or mapping[UNIT_PRICE]
    named = bare_name(money)
    by_role = _LINE if AMOUNT in mapping and named not in ROLE_NAMES[UNIT_PRICE] else _UNIT
    by_name = _UNIT if named in UNIT_PRICE_NAMES else _LINE if named in LINE_TOTAL_NAMES else None
    if certain:
        by_role = _LINE if AMOUNT in mapping else _UNIT
        words = _words(by_role, mapping, money) + _implied(sample, mapping)
        return Meaning(by_role, Detected(by_role, words, 1.0))
    by_content, why = content_meaning(sample, money, mapping[QUANTITY], mapping.get(PRODUCT_ID))
    if by_content and by_name and by_content != by_name:
        return Meaning(None, None, _question(sample, mapping, money, by_name, why))
    told = by_content or by_role
    sure = 0.95 if by_content else 0.9 if by_name else 0.7
    reason = why or (f"its name, '{money}', says so" if by_name else f"a column called '{money}' mostly is")
    words = f"{_words(told, mapping, money)}: {reason}{_implied(sample, mapping)}"
    _apply(told, mapping, detected)
    return Meaning(told, Detected(told, words, sure))


def _repeated(sample: Sample, mapping: dict[str, str], known: bool) -> Meaning | None:
    """The amount where all rows of an order show the same: told by its name, else asked; None where they differ."""
    money, order = mapping[AMOUNT], mapping.get(ORDER_ID)
    orders = _orders_of_several(sample, money, order)
    if not repeats_in_orders(sample, money, order) or len({values[0] for values in orders}) < 2:
        return None
    by_line, by_order = _line_and_order(sample, money, str(order))
    if ORDER_TOTAL_NAMES.search(money):
        words = (
            f"'{money}' is the total of the whole order and stands in each of its rows: it counts once an order; "
            f"counted so {by_order}, in each row {by_line} in the {counted(len(sample), 'row')} looked at"
        )
        return Meaning(ORDER_TOTAL, Detected(ORDER_TOTAL, words, 0.9))
    several = {values[0] for values in orders}
    if known or len(orders) < _MANY_ORDERS or len(several) < _FEWEST_PRODUCTS:
        return None
    if QUANTITY in mapping and UNIT_PRICE not in mapping:
        told, _ = content_meaning(sample, money, mapping[QUANTITY], mapping.get(PRODUCT_ID))
        if told is not None:
            return None
    choices = [
        (ORDER_TOTAL, f"the total of the whole order, counted once: {by_order} in all"),
        (_LINE, f"the total of the row: {by_line} in all"),
    ]
    if QUANTITY in mapping and UNIT_PRICE not in mapping:
        choices.append((_UNIT, f"the price of one piece: {_readings(sample, mapping, money)[1]} in all"))
    text = (
        f"'{money}' is the same in all rows of an order (in {counted(len(orders), 'order')} of several rows looked at): "
        f"it may be the total of the whole order. Counted once an order the {counted(len(sample), 'row')} looked at come "
        f"to {by_order}, counted in each row to {by_line}; nothing was imported. Choose what it is."
    )
    return Meaning(None, None, Question("amount_is", text, tuple(choices), "--amount-is {value}"))


def _line_and_order(sample: Sample, money: str, order: str) -> tuple[str, str]:
    """What `money` comes to added up over all rows, and over the first row of each order."""
    numbers = sample.numbers(money)
    first: dict[str, float | None] = {}
    alone = 0.0
    for key, value in zip(sample.column(order), numbers, strict=True):
        if key.strip():
            if first.get(key) is None:
                first[key] = value
        else:
            alone += value or 0.0
    return total_words(numbers), total_words([*first.values(), alone])


def near_products(sample: Sample, mapping: dict[str, str], free: list[str]) -> str | None:
    """The free column of money that is quantity x price after a discount or a tax; None without one.

    `mapping` has the quantity and the unit price; few rows, or products that are all alike, tell nothing.
    """
    products = _products(sample.numbers(mapping[QUANTITY]), sample.numbers(mapping[UNIT_PRICE]))
    sure = {plain_name(mapping[role]) for role in (QUANTITY, UNIT_PRICE)}
    fits = [
        column for column in free if plain_name(column) not in sure and _is_near(sample, column, products)
    ]
    named = [column for column in fits if TOTAL_WORDS.search(column)]
    return next(iter(named or fits), None)


def _is_near(sample: Sample, column: str, products: list[float | None]) -> bool:
    if PART_WORDS.search(column) and not TOTAL_WORDS.search(column):
        return False
    pairs = [
        (value, product)
        for value, product in zip(sample.numbers(column), products, strict=True)
        if value is not None and product and isfinite(value) and isfinite(product)
    ]
    if len(pairs) < _FEWEST_ROWS or len({round(product, 2) for _, product in pairs}) < _FEWEST_PRODUCTS:
        return False
    if sum(abs(value - product) < 0.011 for value, product in pairs) >= _SAME * len(pairs):
        return False
    sizes = sorted(abs(product) for _, product in pairs)
    if sizes[-1] < 2 * sizes[0]:
        # Products that are all alike are near to any number of their size.
        return False
    return any(
        sum(low <= value / product <= high for value, product in pairs) >= _AGREE * len(pairs)
        for low, high in (_AFTER_DISCOUNT, _AFTER_TAX)
    )


def _of_two(sample: Sample, mapping: dict[str, str], detected: dict[str, Detected]) -> Meaning:
    """An amount beside quantity and unit price: the amount of the row, unless it is that of its whole order."""
    amount = sample.numbers(mapping[AMOUNT])
    products = _products(sample.numbers(mapping[QUANTITY]), sample.numbers(mapping[UNIT_PRICE]))
    agree = sample.agreement(amount, products)
    if agree < _AGREE and repeats_in_orders(sample, mapping[AMOUNT], mapping.get(ORDER_ID)):
        whole = mapping[AMOUNT]
        words = (
            f"'{whole}' is the total of the whole order and stands in each of its rows; the amount of a row is "
            f"'{mapping[QUANTITY]}' x '{mapping[UNIT_PRICE]}'"
        )
        _apply(_UNIT, mapping, detected)
        return Meaning(_UNIT, Detected(_UNIT, words + _implied(sample, mapping), 0.9))
    if (repeated := _repeated(sample, mapping, agree >= _AGREE)) is not None:
        return repeated
    words = f"'{mapping[AMOUNT]}' is taken as the total of each row"
    if agree >= _AGREE:
        words += (
            f": it is '{mapping[QUANTITY]}' x '{mapping[UNIT_PRICE]}' in {agree:.0%} of the rows looked at"
        )
    else:
        words += (
            f": together {total_words(amount)}, while '{mapping[QUANTITY]}' x '{mapping[UNIT_PRICE]}' comes to "
            f"{total_words(products)} in the {counted(len(sample), 'row')} looked at"
        )
    return Meaning(_LINE, Detected(_LINE, words, 0.98 if agree >= _AGREE else 0.8))


def content_meaning(sample: Sample, money: str, quantity: str, product: str | None) -> tuple[str | None, str]:
    """What the values of `money` say they are, with the words for it; None where they are silent.

    A price of one piece stays the same when more of the product are bought; of line totals it is the total
    divided by the pieces that does. Without products: line totals can be divided by their pieces to the cent.
    """
    pairs = zip(sample.numbers(money), sample.numbers(quantity), strict=True)
    # Texts of hundreds of digits read as infinite: they say nothing.
    rows = [(abs(m), abs(q)) if m and q and isfinite(m) and isfinite(q) else None for m, q in pairs]
    if product is not None:
        votes = _product_votes(sample.column(product), rows)
        unit, line = votes[_UNIT], votes[_LINE]
        if unit + line >= _FEWEST_PRODUCTS and max(unit, line) >= _CLEAR * (unit + line):
            told = _UNIT if unit > line else _LINE
            what = f"'{money}'" if told == _UNIT else f"'{money}' divided by '{quantity}'"
            return (
                told,
                f"where a product is bought in different numbers, {what} stays the same "
                f"({max(unit, line):,} of {counted(unit + line, 'product')} looked at)",
            )
    several = [row for row in rows if row is not None and row[1] >= 3 and row[1] == int(row[1])]
    if len(several) < _FEWEST_ROWS:
        return None, ""
    step = 1 if all(m == int(m) for m, _ in several) else 100
    divisible = sum(round(m * step) % int(q) == 0 for m, q in several) / len(several)
    if divisible >= 0.99 and any(m != several[0][0] for m, _ in several) and step == 100:
        return _LINE, f"each '{money}' can be divided by its '{quantity}' to the cent"
    return None, ""


def _product_votes(products: list[str], rows: list[tuple[float, float] | None]) -> dict[str, int]:
    """How many products bought in different numbers speak for each meaning."""
    seen: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for product, row in zip(products, rows, strict=True):
        if row is not None and product.strip():
            seen[product].append(row)
    votes = {_UNIT: 0, _LINE: 0}
    for pairs in seen.values():
        if len({q for _, q in pairs}) < 2:
            continue
        as_units = len({round(m, 2) for m, _ in pairs})
        as_totals = len({round(m / q, 2) for m, q in pairs})
        # A price that changes from row to row speaks for neither, whichever happens to repeat once more.
        if as_units != as_totals and 2 * min(as_units, as_totals) <= len(pairs):
            votes[_UNIT if as_units < as_totals else _LINE] += 1
    return votes


def repeats_in_orders(sample: Sample, money: str, order: str | None) -> bool:
    """Whether `money` is the same in all rows of an order of several rows, as a total of the order is."""
    several = _orders_of_several(sample, money, order)
    same = sum(len(set(values)) == 1 for values in several)
    return len(several) >= _FEWEST_PRODUCTS and same >= _AGREE * len(several)


def _orders_of_several(sample: Sample, money: str, order: str | None) -> list[list[float]]:
    """The amounts of each order that has several rows."""
    if order is None:
        return []
    seen: dict[str, list[float]] = defaultdict(list)
    for key, value in zip(sample.column(order), sample.numbers(money), strict=True):
        if value is not None and key.strip():
            seen[key].append(value)
    return [values for values in seen.values() if len(values) > 1]


def _products(one: list[float | None], other: list[float | None]) -> list[float | None]:
    return [None if a is None or b is None else a * b for a, b in zip(one, other, strict=True)]


def total_words(numbers: list[float | None]) -> str:
    """The sum of `numbers` as it stands in a sentence."""
    return f"{sum(number for number in numbers if number is not None):,.2f}"


def products_total(sample: Sample, mapping: dict[str, str]) -> str:
    """What quantity x price comes to, as it stands in a sentence."""
    return total_words(_products(sample.numbers(mapping[QUANTITY]), sample.numbers(mapping[UNIT_PRICE])))


def _readings(sample: Sample, mapping: dict[str, str], money: str) -> tuple[str, str]:
    """What the rows looked at come to as line totals and as unit prices."""
    numbers = sample.numbers(money)
    return total_words(numbers), total_words(_products(numbers, sample.numbers(mapping[QUANTITY])))


def _implied(sample: Sample, mapping: dict[str, str]) -> str:
    """The revenue that each reading of the one money column implies, as the end of a sentence."""
    if QUANTITY not in mapping or (AMOUNT in mapping) == (UNIT_PRICE in mapping):
        return ""
    lines, units = _readings(sample, mapping, mapping.get(AMOUNT) or mapping[UNIT_PRICE])
    return f"; as line totals {lines}, as unit prices times quantity {units} in the {counted(len(sample), 'row')} looked at"


def _words(meaning: str, mapping: dict[str, str], money: str) -> str:
    if meaning == _LINE:
        return f"'{money}' is taken as the total of each row"
    return f"the amount is '{mapping[QUANTITY]}' x '{money}'"


def _question(sample: Sample, mapping: dict[str, str], money: str, by_name: str, why: str) -> Question:
    lines, units = _readings(sample, mapping, money)
    said = "the price of one piece" if by_name == _UNIT else "the total of the row"
    rows = counted(len(sample), "row")
    text = (
        f"'{money}': by its name it is {said}, by its values it is not ({why}). As line totals the {rows} looked at "
        f"come to {lines}, as unit prices times '{mapping[QUANTITY]}' to {units}; nothing was imported. "
        "Choose what it is."
    )
    choices = (
        (_UNIT, f"the price of one piece: {units} in all"),
        (_LINE, f"the total of the row: {lines} in all"),
    )
    return Question("amount_is", text, choices, "--amount-is {value}")


def _apply(meaning: str, mapping: dict[str, str], detected: dict[str, Detected]) -> None:
    """Move the money column to the role its meaning gives it."""
    if meaning == ORDER_TOTAL and ORDER_ID not in mapping:
        raise InputError(
            "The total of an order needs the column of the order: choose one in the form or with "
            "--map order_id=COLUMN, or say that the amount is the total of the row (line_total)."
        )
    if meaning == _UNIT and QUANTITY not in mapping:
        raise InputError(
            "A unit price needs a quantity column: choose one in the form or with --map quantity=COLUMN, or say "
            "that the amount is the total of the row (line_total)."
        )
    if meaning in (_LINE, ORDER_TOTAL) and AMOUNT not in mapping and UNIT_PRICE in mapping:
        mapping[AMOUNT] = mapping.pop(UNIT_PRICE)
        detected[AMOUNT] = detected.pop(UNIT_PRICE)
    elif meaning == _UNIT and AMOUNT in mapping:
        amount, found = mapping.pop(AMOUNT), detected.pop(AMOUNT)
        # Beside a unit price, the other money column stays in the data under its own name.
        if UNIT_PRICE not in mapping:
            mapping[UNIT_PRICE], detected[UNIT_PRICE] = amount, replace(found)

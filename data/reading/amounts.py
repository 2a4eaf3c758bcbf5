"""What a money column means: the price of one piece, or the total of its row; told by values, not only by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from data.accounting import counted
from data.errors import InputError, Question
from data.names import AMOUNT, ORDER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE
from data.reading.options import Detected
from data.reading.profiles import Sample
from data.reading.vocabulary import LINE_TOTAL_NAMES, UNIT_PRICE_NAMES, plain_name

_LINE, _UNIT = "line_total", "unit_price"
# So many products or rows must speak, and so clearly, before values count as evidence.
_FEWEST_PRODUCTS: Final = 3
_FEWEST_ROWS: Final = 20
_CLEAR: Final = 0.8
_AGREE: Final = 0.9


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
    certain: bool,
) -> Meaning:
    """Tell what the mapped money column means, and give it the role that follows (`mapping` is changed).

    `wanted` is the user's own choice, which stands; `certain` says that the roles are not in doubt (a known
    layout, or chosen by the user). Raises InputError where a unit price has no quantity.
    """
    if wanted is not None:
        _apply(wanted, mapping, detected)
        return Meaning(wanted, Detected(wanted, "chosen" + _implied(sample, mapping), 1.0))
    if AMOUNT in mapping and UNIT_PRICE in mapping and QUANTITY in mapping and not certain:
        return _of_two(sample, mapping, detected)
    if AMOUNT in mapping and (QUANTITY not in mapping or UNIT_PRICE in mapping):
        words, sure = f"'{mapping[AMOUNT]}' is taken as the total of each row", detected[AMOUNT].confidence
        if not certain and repeats_in_orders(sample, mapping[AMOUNT], mapping.get(ORDER_ID)):
            words += (
                ", though all rows of an order show the same: if it is that of the order, it counts too often"
            )
            sure = 0.4
        return Meaning(_LINE, Detected(_LINE, words + _implied(sample, mapping), sure))
    if QUANTITY not in mapping or not (AMOUNT in mapping or UNIT_PRICE in mapping):
        return Meaning(None)
    return _of_one(sample, mapping, detected, certain)


def _of_one(sample: Sample, mapping: dict[str, str], detected: dict[str, Detected], certain: bool) -> Meaning:
    """One money column beside a quantity: its role, its name and its values are weighed."""
    money = mapping.get(AMOUNT) or mapping[UNIT_PRICE]
    by_role = _LINE if AMOUNT in mapping else _UNIT
    named = plain_name(money)
    by_name = _UNIT if named in UNIT_PRICE_NAMES else _LINE if named in LINE_TOTAL_NAMES else None
    if certain:
        words = _words(by_role, mapping, money) + _implied(sample, mapping)
        return Meaning(by_role, Detected(by_role, words, 1.0))
    by_content, why = content_meaning(sample, money, mapping[QUANTITY], mapping.get(PRODUCT_ID))
    if by_content and by_name and by_content != by_name:
        return Meaning(None, None, _question(sample, mapping, money, by_name, why))
    told = by_content or by_role
    sure = 0.95 if by_content else 0.9 if by_name else 0.7
    _apply(told, mapping, detected)
    reason = why or (f"its name, '{money}', says so" if by_name else f"a column called '{money}' mostly is")
    words = f"{_words(told, mapping, money)}: {reason}{_implied(sample, mapping)}"
    return Meaning(told, Detected(told, words, sure))


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
    words = f"'{mapping[AMOUNT]}' is taken as the total of each row"
    if agree >= _AGREE:
        words += (
            f": it is '{mapping[QUANTITY]}' x '{mapping[UNIT_PRICE]}' in {agree:.0%} of the rows looked at"
        )
    return Meaning(
        _LINE, Detected(_LINE, words + _implied(sample, mapping), 0.98 if agree >= _AGREE else 0.8)
    )


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
    if order is None:
        return False
    seen: dict[str, list[float]] = defaultdict(list)
    for key, value in zip(sample.column(order), sample.numbers(money), strict=True):
        if value is not None and key.strip():
            seen[key].append(value)
    several = [values for values in seen.values() if len(values) > 1]
    same = sum(len(set(values)) == 1 for values in several)
    return len(several) >= _FEWEST_PRODUCTS and same >= _AGREE * len(several)


def _products(one: list[float | None], other: list[float | None]) -> list[float | None]:
    return [None if a is None or b is None else a * b for a, b in zip(one, other, strict=True)]


def total_words(numbers: list[float | None]) -> str:
    """The sum of `numbers` as it stands in a sentence."""
    return f"{sum(number for number in numbers if number is not None):,.2f}"


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
    if meaning == _UNIT and QUANTITY not in mapping:
        raise InputError(
            "A unit price needs a quantity column: choose one in the form or with --map quantity=COLUMN, or say "
            "that the amount is the total of the row (line_total)."
        )
    if meaning == _LINE and AMOUNT not in mapping and UNIT_PRICE in mapping:
        mapping[AMOUNT] = mapping.pop(UNIT_PRICE)
        detected[AMOUNT] = detected.pop(UNIT_PRICE)
    elif meaning == _UNIT and AMOUNT in mapping:
        amount, found = mapping.pop(AMOUNT), detected.pop(AMOUNT)
        # Beside a unit price, the other money column stays in the data under its own name.
        if UNIT_PRICE not in mapping:
            mapping[UNIT_PRICE], detected[UNIT_PRICE] = amount, replace(found)

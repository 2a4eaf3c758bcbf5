"""What else the rows of orders say of themselves: their currency, and whether they were ever paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data.accounting import counted
from data.errors import Question
from data.names import AMOUNT, CURRENCY, REFUND, STATUS, UNIT_PRICE
from data.reading.layouts import Layout
from data.reading.numbers import NumberEvidence
from data.reading.options import Detected, ImportOptions
from data.reading.profiles import ColumnProfile, Sample
from data.reading.vocabulary import NOT_PAID, PAID, REFUNDED

_SHOWN: Final = 6


@dataclass(frozen=True)
class CurrencyFinding:
    """The currency code of the amounts that count, with the words for it, or the question left."""

    currency: str | None
    detected: Detected | None
    question: Question | None = None


def is_currency(column: ColumnProfile) -> bool:
    """Whether a column holds currency codes such as EUR and usd, or signs."""
    texts = [text.strip() for text in column.values if text.strip()]
    return (
        bool(texts) and len(texts) <= 200 and all(len(text) <= 3 and not text.isdecimal() for text in texts)
    )


def currency_code(text: str) -> str:
    """The code of the currency that `text` names: '€' and 'eur' are both 'EUR'."""
    evidence = NumberEvidence()
    evidence.add({f"{text.strip()} 1": 1})
    return evidence.currency() or text.strip().upper()


def is_status(column: ColumnProfile) -> bool:
    """Whether a column holds statuses of orders: some of its values are known as such."""
    return any(_plain(text) in _KNOWN for text in column.values)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


_KNOWN: Final = PAID | frozenset(NOT_PAID) | frozenset(REFUNDED)


def find_currency(
    sample: Sample,
    mapping: dict[str, str],
    numbers: NumberEvidence,
    usual: str | None,
    options: ImportOptions,
) -> CurrencyFinding:
    """The currency of the amounts: by its column, by the signs beside the amounts, or by the known layout.

    Amounts of several currencies cannot be added: the one to keep is asked, and `options.currency` stands.
    """
    if CURRENCY in mapping:
        column = mapping[CURRENCY]
        found = Counter[str]()
        for text, count in sample.profiles[column].values.items():
            if text.strip():
                found[currency_code(text)] += count
        where = f"column '{column}'"
    else:
        found = Counter()
        for role in (AMOUNT, UNIT_PRICE):
            if role in mapping:
                found.update(sample.profiles[mapping[role]].numbers.currencies)
        found = found or Counter(numbers.currencies)
        where = "the signs beside the amounts"
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    if options.currency is not None:
        wanted = currency_code(options.currency)
        return CurrencyFinding(wanted, Detected(wanted, "chosen", 1.0))
    if not ranked:
        words = Detected(usual, "that of this known file", 0.95) if usual else None
        return CurrencyFinding(usual, words)
    if len(ranked) == 1:
        code, count = ranked[0]
        return CurrencyFinding(code, Detected(code, f"{where}: in {counted(count, 'row')} looked at", 0.95))
    return CurrencyFinding(
        None, None, currency_question(found, where, f"{counted(len(sample), 'row')} looked at")
    )


def currency_question(found: Mapping[str, int], where: str, rows: str) -> Question:
    """The question which of several currencies to keep; `found` counts the rows of each code.

    `where` says what names them ("column 'currency'"), `rows` of which rows they are ("5,000 rows").
    """
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    text = (
        f"The amounts are of {len(ranked)} currencies ({where}), which cannot be added up; nothing was imported. "
        "Choose the one to keep: the rows of the others are set aside."
    )
    choices = tuple((code, f"{code}: {count:,} of the {rows}") for code, count in ranked)
    return Question("currency", text, choices, "--currency {value}")


def unpaid_statuses(sample: Sample, mapping: dict[str, str], layout: Layout | None) -> tuple[str, ...]:
    """The statuses, in lower case, of orders that brought no money; empty without a status column.

    For an unknown file, "refunded" is among them only where no column of refunds takes the money back and
    no row with that status has a negative amount, which would be the refund itself.
    """
    if STATUS not in mapping:
        return ()
    if layout is not None and layout.unpaid:
        return layout.unpaid
    if REFUND in mapping or _refunds_are_rows(sample, mapping):
        return NOT_PAID
    return (*NOT_PAID, *REFUNDED)


def _refunds_are_rows(sample: Sample, mapping: dict[str, str]) -> bool:
    money = mapping.get(AMOUNT) or mapping.get(UNIT_PRICE)
    if money is None:
        return False
    statuses, amounts = sample.column(mapping[STATUS]), sample.numbers(money)
    return any(
        amount is not None and amount < 0 and _plain(status) in REFUNDED
        for status, amount in zip(statuses, amounts, strict=True)
    )


def status_finding(sample: Sample, column: str, unpaid: tuple[str, ...]) -> Detected:
    """The status column with the statuses found that mean no money came."""
    values = sample.profiles[column].values
    found = Counter[str]()
    for text, count in values.items():
        if _plain(text) in unpaid:
            found[text.strip()] += count
    if not found:
        return Detected(
            column, f"'{column}' holds the status of orders; none looked at is unpaid or cancelled", 0.9
        )
    named = ", ".join(f"'{text}' ({count:,})" for text, count in found.most_common(_SHOWN))
    return Detected(column, f"'{column}' holds the status of orders; unpaid or cancelled: {named}", 0.9)

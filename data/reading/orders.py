"""What else the rows of orders say of themselves: their currency, and whether they were ever paid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data.accounting import counted
from data.errors import Question
from data.names import AMOUNT, CURRENCY, QUANTITY, REFUND, STATUS, UNIT_PRICE
from data.reading.layouts import Layout
from data.reading.numbers import NumberEvidence
from data.reading.options import Detected, ImportOptions
from data.reading.profiles import ColumnProfile, Sample
from data.reading.vocabulary import (
    NOT_PAID,
    REFUNDED,
    ROLE_NAMES,
    plain_name,
    plain_status,
    status_means,
    unit_of,
    written_ways,
)

_SHOWN: Final = 6
# A column of kinds of rows has no more values than this.
_FEW_KINDS: Final = 30
_STATUS_NAMES: Final = frozenset(ROLE_NAMES[STATUS])
_TYPE_NAMES: Final = frozenset(
    [
        "type",
        "transactiontype",
        "ordertype",
        "eventtype",
        "rowtype",
        "linetype",
        "saletype",
        "doctype",
        "documenttype",
        "invoicetype",
        "recordtype",
        "kind",
        "belegart",
        "art",
        "typ",
        "vorgang",
        "tipo",
    ]
)
_RETURNS: Final = re.compile(
    r"\b(returns?|returned|refund(s|ed)?|credit( note)?|retoure|gutschrift|avoir|reso|devolución|storno)\b"
)


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
    return any(status_means(text) is not None for text in column.values)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


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
    if not ranked and (said := named_currency(mapping)) is not None:
        money = mapping.get(AMOUNT) or mapping[UNIT_PRICE]
        return CurrencyFinding(said, Detected(said, f"the name of the column '{money}' says so", 0.9))
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

    Those that are known, in the ways shop systems write them, and those of the sample that say so in other words.
    For an unknown file, "refunded" is among them only where no column of refunds takes the money back and
    no row with that status has a negative amount, which would be the refund itself.
    """
    if STATUS not in mapping:
        return ()
    found = {_plain(text): status_means(text) for text in sample.profiles[mapping[STATUS]].values}
    if layout is not None and layout.unpaid:
        theirs = frozenset(map(plain_status, layout.unpaid))
        others = (text for text, means in found.items() if means == "unpaid" or plain_status(text) in theirs)
        return tuple(dict.fromkeys((*layout.unpaid, *sorted(others))))
    kept = REFUND in mapping or _refunds_are_rows(sample, mapping)
    known = NOT_PAID if kept else (*NOT_PAID, *REFUNDED)
    wanted = {"unpaid"} if kept else {"unpaid", "refunded"}
    others = (text for text, means in found.items() if means in wanted)
    return tuple(dict.fromkeys((*written_ways(known), *sorted(others))))


def _refunds_are_rows(sample: Sample, mapping: dict[str, str]) -> bool:
    money = mapping.get(AMOUNT) or mapping.get(UNIT_PRICE)
    if money is None:
        return False
    statuses, amounts = sample.column(mapping[STATUS]), sample.numbers(money)
    return any(
        amount is not None and amount < 0 and status_means(status) == "refunded"
        for status, amount in zip(statuses, amounts, strict=True)
    )


def status_finding(sample: Sample, column: str, unpaid: tuple[str, ...]) -> Detected:
    """The status column with the statuses found that mean no money came."""
    values = sample.profiles[column].values
    found = Counter[str]()
    for text, count in values.items():
        if _plain(text) in unpaid:
            found[text.strip()] += count
    unknown = [text.strip() for text in values if text.strip() and status_means(text) is None]
    left = [text for text in unknown if _plain(text) not in unpaid]
    words, sure = f"'{column}' holds the status of orders; ", 0.9
    if found:
        words += "unpaid or cancelled: " + ", ".join(
            f"'{text}' ({count:,})"
            for text, count in sorted(found.items(), key=lambda each: (-each[1], each[0]))[:_SHOWN]
        )
    else:
        words += "none looked at is unpaid or cancelled"
    if left:
        shown = ", ".join(f"'{text}'" for text in sorted(set(left))[:_SHOWN])
        more = f" and {len(set(left)) - _SHOWN} more" if len(set(left)) > _SHOWN else ""
        words += f"; not known, and kept: {shown}{more}"
        sure = 0.6
    return Detected(column, words, sure)


def named_currency(mapping: dict[str, str]) -> str | None:
    """The currency that the name of the money column says: 'Amount (EUR)' is in euros."""
    money = mapping.get(AMOUNT) or mapping.get(UNIT_PRICE)
    return unit_of(money) if money else None


def row_notes(
    sample: Sample, mapping: dict[str, str], columns: tuple[str, ...]
) -> tuple[dict[str, Any], ...]:
    """Notes on returns that stand as sales, and on a status that tells nothing: all rows are kept."""
    notes = []
    taken = set(mapping.values())
    for column in columns:
        values = sample.profiles[column].values
        if column in taken or len(values) > _FEW_KINDS:
            continue
        if plain_name(column) in _STATUS_NAMES and STATUS not in mapping:
            shown = ", ".join(
                f"'{text}'" for text in sorted(text for text in values if text.strip())[:_SHOWN]
            )
            if shown:
                text = f"'{column}' may hold the status of orders, but its values are not known ({shown}): rows are kept whatever it says."
                notes.append({"kind": "status_unknown", "rows": 0, "text": text})
        elif plain_name(column) in _TYPE_NAMES and (back := _positive_returns(sample, mapping, column)):
            named = ", ".join(f"'{text}'" for text in back)
            text = (
                f"'{column}' calls some rows {named}, yet their amounts have no minus: they count as sales. Give them a "
                "minus in the file if money went back."
            )
            notes.append({"kind": "returns_without_minus", "rows": 0, "text": text})
    return tuple(notes)


def _positive_returns(sample: Sample, mapping: dict[str, str], column: str) -> list[str]:
    """The values of `column` that mean a return, where none of their amounts is negative."""
    amounts = [sample.numbers(mapping[role]) for role in (AMOUNT, UNIT_PRICE, QUANTITY) if role in mapping]
    signs = [
        min((value for value in row if value is not None), default=0.0) for row in zip(*amounts, strict=True)
    ]
    lowest: dict[str, float] = {}
    for text, value in zip(sample.column(column), signs, strict=False):
        if _RETURNS.search(plain_status(text)):
            lowest[text.strip()] = min(value, lowest.get(text.strip(), value))
    return sorted(text for text, value in lowest.items() if value > 0)

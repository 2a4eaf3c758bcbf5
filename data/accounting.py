"""The ledger of an import: every row and every cent, kept or set aside, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Tally:
    """Rows and their exact amount."""

    rows: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.rows + other.rows, self.amount + other.amount)


def balance(kept: Tally, reasons: dict[str, Tally]) -> dict[str, Any]:
    """The `rows`, `amount` and `reasons` of a ledger: in = kept + quarantined, to the cent."""
    aside = total(reasons.values())
    everything = kept + aside
    ordered = sorted(reasons.items(), key=lambda item: (-item[1].rows, item[0]))
    return {
        "rows": {"in": everything.rows, "kept": kept.rows, "quarantined": aside.rows},
        "amount": {
            "in": money(everything.amount),
            "kept": money(kept.amount),
            "quarantined": money(aside.amount),
        },
        "reasons": [
            {"reason": reason, "rows": tally.rows, "amount": money(tally.amount)} for reason, tally in ordered
        ],
    }


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of `tallies`."""
    return sum(tallies, Tally())


def money(amount: Decimal) -> str:
    """Exact decimal text: at least two decimals, no needless zeros beyond ('9747747.934', '12.00')."""
    text = format(Decimal(amount).quantize(Decimal("0.0001")), "f")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def spoken(amount: Decimal) -> str:
    """`amount` as it stands in a sentence: thousands apart and a real minus sign ('−26,460.35')."""
    whole, _, fraction = money(abs(amount)).partition(".")
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}{int(whole):,}.{fraction}"


def counted(number: int, noun: str) -> str:
    """`number` of a regular `noun`: '1 row', '2,500 rows'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def note(kind: str, rows: int, one: str, many: str, amount: Decimal | None = None) -> dict[str, Any]:
    """A note on `rows` rows: `one` is its text for a single row, `many` for several (`{n}` the count)."""
    text = one if rows == 1 else many.format(n=f"{rows:,}")
    entry: dict[str, Any] = {"kind": kind, "rows": int(rows), "text": text}
    if amount is not None:
        entry["amount"] = money(amount)
    return entry

"""What a finding of the quality report is, and the words that all of them share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import duckdb

from data.accounting import counted, money
from data.cleaning import reasons
from data.reading import ImportOptions

Finding = dict[str, Any]

GOOD: Final = "good"
INFO: Final = "info"
WARNING: Final = "warning"
_LEVELS: Final = (WARNING, INFO, GOOD)

EXAMPLES: Final = 5
# From so many rows on, a look that costs a second is taken only where a cheaper one gives reason to.
LARGE: Final = 500_000
# A share of rows from which on something deserves attention first.
MUCH: Final = 0.05

# The reason that the ledger gives for rows that an option set aside.
REASONS: Final = {
    "duplicates": reasons.REPEATED,
    "unpaid": reasons.UNPAID,
    "service_lines": reasons.NO_PRODUCT,
    "cancelled_pairs": reasons.CANCELLED_AGAIN,
    "partial_month": reasons.PARTIAL_MONTH,
    "currency": reasons.OTHER_CURRENCY,
}
# What each choice says: to keep, to set aside.
WORDS: Final = {
    "duplicates": ("Keep them all", "Keep the first of each, set the repeats aside"),
    "unpaid": ("Count them like the others", "Set them aside"),
    "service_lines": ("Count them like goods", "Set them aside"),
    "cancelled_pairs": ("Keep purchase and cancellation, net them", "Set both aside"),
    "partial_month": ("Keep it", "Set it aside"),
}


def finding(
    key: str,
    level: str,
    title: str,
    text: str,
    does: str,
    *,
    rows: int = 0,
    amount: Decimal | None = None,
    choice: dict[str, Any] | None = None,
    examples: Iterable[str] = (),
) -> Finding:
    """One finding, as JSON values; `rows` are the rows (or customers, columns) it is about."""
    return {
        "key": key,
        "level": level,
        "title": title,
        "rows": int(rows),
        "amount": None if amount is None else money(amount),
        "text": text,
        "does": does,
        "choice": choice,
        "examples": [each[:120] for each in examples][:EXAMPLES],
    }


def keep_or_drop(option: str, options: ImportOptions) -> dict[str, Any]:
    """The choice of `option`: its value as it is and what could be chosen, with words."""
    keep, drop = WORDS[option]
    return {"option": option, "value": getattr(options, option), "choices": [["keep", keep], ["drop", drop]]}


def set_aside(ledger: Mapping[str, Any], reason: str) -> tuple[int, Decimal]:
    """Rows and amount that the ledger gives for `reason`."""
    for entry in ledger.get("reasons", ()):
        if entry["reason"] == reason:
            return int(entry["rows"]), Decimal(entry["amount"] or 0)
    return 0, Decimal(0)


def by_importance(findings: Iterable[Finding]) -> list[Finding]:
    """Warnings first, then what is worth knowing, then what is well; as they came within each."""
    return sorted(findings, key=lambda each: _LEVELS.index(each["level"]))


def on_rows_set_aside(ledger: Mapping[str, Any]) -> list[Finding]:
    """What the ledger says of rows that could not be used, those of a choice left out."""
    rows_in = ledger["rows"]["in"]
    # Rows that were there already are no loss, however many they are.
    chosen = {*REASONS.values(), reasons.ALREADY_IN}
    entries = [each for each in ledger.get("reasons", ()) if each["reason"] not in chosen]
    rows = sum(each["rows"] for each in entries)
    chosen_rows = any(each["reason"] in chosen for each in ledger.get("reasons", ()))
    if not rows:
        text = "Every row of the file could be used" + (
            ", but for those set aside by choice." if chosen_rows else "."
        )
        return [finding("set_aside", GOOD, "All rows usable", text, "Nothing is left out.")]
    amounts = [Decimal(each["amount"]) for each in entries if each.get("amount") is not None]
    named = [f"{each['reason']} ({each['rows']:,})" for each in entries]
    causes = _listed(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
    verb = "was" if rows == 1 else "were"
    return [
        finding(
            "set_aside",
            WARNING if rows > MUCH * rows_in else INFO,
            "Rows set aside",
            f"{counted(rows, 'row')} of {rows_in:,} ({percent(rows, rows_in)}) {verb} set aside: {causes}.",
            "They count nowhere; the quarantine has them as they came, each with its reason, to mend and add.",
            rows=rows,
            amount=sum(amounts, Decimal(0)) if amounts else None,
            examples=named,
        )
    ]


def percent(part: float | Decimal, whole: float | Decimal) -> str:
    """`part` of `whole` in per cent: '24.9 %', '<0.1 %'."""
    share = 100 * float(part) / float(whole) if whole else 0.0
    return "<0.1 %" if 0 < share < 0.05 else f"{share:.1f} %"


def day_words(day: dt.date) -> str:
    """'9 Dec 2011'."""
    return f"{day.day} {day:%b %Y}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def listed(words: Sequence[str], most: int = EXAMPLES) -> str:
    """'a, b and c'; beyond `most` words 'a, b, c and 4 more'."""
    if len(words) > most:
        return f"{_listed(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, [_listed(words[:-1]), *words[-1:]]))


def fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """All rows that `sql` gives."""
    return [tuple(row) for row in connection.execute(sql).fetchall()]


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The single row that `sql` gives."""
    return fetch(connection, sql)[0]

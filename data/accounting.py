"""The ledger of an import: every row and every cent, kept or set aside, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

# Notes on how a file met the data set; they name it where that matters.
_OF_SEVERAL_FILES: Final = ("joined", "mended")


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


def combine(parent: dict[str, Any], new: dict[str, Any], *, customers: int) -> dict[str, Any]:
    """The ledger of a data set after the rows of another file were added; it balances as its parts do.

    `parent` is the ledger before, `new` that of the file, `customers` the number of customers of both
    together. `files` accounts for each file; a note says in `file` and at the beginning of its text which one
    it is of, the new one's first.
    """
    books = (parent, new)
    reasons: dict[str, Tally] = {}
    for each in (entry for book in books for entry in book["reasons"]):
        tally = Tally(int(each["rows"]), Decimal(each["amount"]))
        reasons[each["reason"]] = reasons.get(each["reason"], Tally()) + tally
    kept = total(Tally(int(book["rows"]["kept"]), Decimal(book["amount"]["kept"])) for book in books)
    currency = parent["understood"].get("currency") or new["understood"].get("currency")
    return {
        **balance(kept, reasons),
        "notes": [
            *_currency_note(parent, new),
            *(_of_file(each, book["source"]["name"]) for book in (new, parent) for each in book["notes"]),
        ],
        "source": new["source"],
        "files": [*files_of(parent), *files_of(new)],
        "understood": {**new["understood"], "currency": currency},
        "first_date": min(book["first_date"] for book in books),
        "last_date": max(book["last_date"] for book in books),
        "customers": int(customers),
    }


def same_currency(parent: dict[str, Any], new: dict[str, Any]) -> str | None:
    """What is wrong with adding the file of the ledger `new` to a data set in another currency, or None.

    Where one of both names no currency, nothing is known to be wrong: `combine` then leaves a note.
    """
    theirs, ours = (book["understood"].get("currency") for book in (new, parent))
    if not theirs or not ours or theirs == ours:
        return None
    return (
        f"{new['source']['name']} is in {theirs}, the data set in {ours}: amounts of different currencies cannot be "
        f"added up. Convert the file to {ours} first, or import it as a data set of its own."
    )


def _currency_note(parent: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    theirs, ours = (book["understood"].get("currency") for book in (new, parent))
    if bool(theirs) == bool(ours):
        return []
    name = new["source"]["name"]
    if ours:
        text = f"{name} names no currency: its amounts are taken to be in {ours}, like those of the data set."
    else:
        text = f"{name} is in {theirs}; the data set named no currency until now, and is taken to be in {theirs} too."
    return [{"kind": "currency_assumed", "file": name, "rows": int(new["rows"]["kept"]), "text": text}]


def _of_file(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """The note `entry` with the name of the file it is of, which tells it from those of other files."""
    if "file" in entry or entry["kind"] in _OF_SEVERAL_FILES:
        return entry
    return {"file": name, **entry, "text": f"{name}: {entry['text']}"}


def files_of(book: dict[str, Any]) -> list[dict[str, Any]]:
    """The files a ledger is of: name, bytes, sha256, rows, amount and reasons of each."""
    alone = [{**book["source"], **{key: book[key] for key in ("rows", "amount", "reasons")}}]
    files: list[dict[str, Any]] = book.get("files", alone)
    return files

"""Rows that look like others but are not: totals among the rows, orders' totals in each row, returns with a plus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb

from data.accounting import counted, spoken
from data.engine import quote
from data.names import CATEGORY, COUNTRY, ORDER_ID, PRODUCT_ID, STATUS
from data.quality.findings import (
    EXAMPLES,
    INFO,
    LARGE,
    WARNING,
    Finding,
    day_words,
    fetch,
    finding,
    listed,
    one,
)
from data.quality.lines import Whole
from data.quarantine import identifier

# Orders of several rows from which on it is no chance that their rows show the same amount, and in what share.
_ORDERS: Final = 10
_NEARLY_ALL: Final = 0.9
# Amounts that nearly all are alike are a fixed price, not totals.
_AMOUNTS: Final = 3
# In so few rows one may be the sum of the others by chance.
_ROWS: Final = 5
_CENT: Final = Decimal("0.01")
# What stands around such a word.
_MARKS: Final = " *:=.#-\t\u00a0"

_TOTALS: Final = (
    "total", "totals", "grand total", "sub total", "subtotal", "sub-total", "total sum", "sum", "sum total",
    "overall total", "gesamt", "gesamtsumme", "gesamtbetrag", "gesamtergebnis", "insgesamt", "summe", "zwischensumme",
    "endsumme", "totale", "totale complessivo", "totale generale", "total general", "total général", "total geral",
    "somme", "sous-total", "suma", "suma total", "totaal", "eindtotaal", "subtotaal", "razem", "suma końcowa", "итого", "всего",
)  # fmt: skip
_RETURNED: Final = (
    "return", "returned", "returns", "refund", "refunded", "fully refunded", "chargeback", "charged back", "reversed",
    "reversal", "credit", "credit note", "credit memo", "storno", "storniert", "retoure", "retourniert", "zurückgesendet",
    "rückgabe", "rückerstattung", "erstattet", "gutschrift", "retour", "retourné", "remboursé", "remboursement", "avoir",
    "devolución", "devuelto", "reembolso", "reembolsado", "reso", "rimborso", "rimborsato", "terugbetaald", "geretourneerd",
)  # fmt: skip


def _order_amounts(connection: duckdb.DuckDBPyConnection, whole: Whole, only: str = "") -> tuple[Any, ...]:
    """Of the orders with several rows: how many, how many with one amount in all rows, and what those come to."""
    # Rows alike in their product as well may be one row written twice: that is another finding.
    return one(
        connection,
        "SELECT count(*), count(*) FILTER (WHERE lo = hi), count(DISTINCT lo) FILTER (WHERE lo = hi), "
        "coalesce(sum(n) FILTER (WHERE lo = hi), 0)::BIGINT, coalesce(sum(lo) FILTER (WHERE lo = hi), 0), "
        "coalesce(sum(n * lo) FILTER (WHERE lo = hi), 0) FROM ("
        "SELECT min(amount) AS lo, max(amount) AS hi, count(*) AS n, "
        f"min({PRODUCT_ID}) IS DISTINCT FROM max({PRODUCT_ID}) OR count({PRODUCT_ID}) = 0 AS apart "
        f"FROM {whole.source} WHERE {ORDER_ID} IS NOT NULL AND amount <> 0 {only} "
        f"GROUP BY hash({ORDER_ID}, customer_id) HAVING count(*) > 1) WHERE apart",
    )


def on_order_totals(connection: duckdb.DuckDBPyConnection, whole: Whole) -> list[Finding]:
    """All rows of nearly every order with several show one amount: perhaps the total of the order, repeated."""
    counts = _order_amounts(connection, whole, "AND hash(order_id) % 16 = 0") if whole.rows > LARGE else None
    if counts is not None and counts[0] >= _ORDERS and counts[1] < _NEARLY_ALL * counts[0]:
        # A sixteenth of the orders is enough to see that they are not like that.
        return []
    several, alike, amounts, rows, once, every = _order_amounts(connection, whole)
    if several < _ORDERS or alike < _NEARLY_ALL * several or amounts < _AMOUNTS:
        return []
    return [
        finding(
            "order_totals",
            WARNING,
            "Order totals in every row",
            f"All rows show the same amount in {alike:,} of the {several:,} orders that have several rows, as if it were "
            f"the total of the order: counted once in each order, all amounts together come to "
            f"{spoken(whole.amount - every + once)} instead of {spoken(whole.amount)}.",
            "The amount of every row counts; if it is that of the order, import the file again and choose that the amount "
            "is for the whole order, in the form or with --amount-is order_total.",
            rows=rows,
            amount=every - once,
        )
    ]


@dataclass(frozen=True)
class Cell:
    """A text of a column that calls rows a total or returned: its rows, and those with an amount above zero."""

    column: str
    text: str
    rows: int
    amount: Decimal
    above: int
    above_amount: Decimal

    def says(self, words: Sequence[str]) -> bool:
        """Whether the text is one of `words`, whatever its case and the marks around it."""
        return self.text.strip(_MARKS).lower() in words


def telling_cells(connection: duckdb.DuckDBPyConnection, whole: Whole, texts: Sequence[str]) -> list[Cell]:
    """The cells of the columns `texts` that say total or returned, by column and text; one scan finds most files clean."""
    if not texts:
        return []
    tests = {name: _says(identifier(name), (*_TOTALS, *_RETURNED)) for name in texts}
    # Each distinct text is read once: far fewer than rows.
    held = [
        one(
            connection,
            f"SELECT coalesce(bool_or({test}), false) FROM (SELECT DISTINCT {identifier(name)} FROM {whole.source})",
        )[0]
        for name, test in tests.items()
    ]
    return [
        Cell(name, *each)
        for name, has in zip(texts, held, strict=True)
        if has
        for each in fetch(
            connection,
            f"SELECT {identifier(name)}, count(*), sum(amount), count(*) FILTER (WHERE amount > 0), "
            f"coalesce(sum(amount) FILTER (WHERE amount > 0), 0) FROM {whole.source} WHERE {tests[name]} "
            "GROUP BY 1 ORDER BY 1",
        )
    ]


def on_total_rows(
    connection: duckdb.DuckDBPyConnection, whole: Whole, customers: str, cells: Iterable[Cell]
) -> list[Finding]:
    """Rows that look like the total of others: by their amount, or by what one of `cells` or an id says."""
    words: list[str] = []
    tests: list[str] = []
    for who, rows, amount in fetch(
        connection,
        f"SELECT customer_id, rows, amount FROM {customers} WHERE {_says('customer_id', _TOTALS)} ORDER BY customer_id",
    ):
        half = "exactly half the turnover, " if _half(amount, whole.amount) else ""
        words.append(
            f"a customer called '{who.strip()}' brings {half}{spoken(amount)} in {counted(rows, 'row')}"
        )
        tests.append(f"customer_id = {quote(who)}")
    for cell in cells:
        # What stands in most rows is a value like any other.
        if cell.says(_TOTALS) and 2 * cell.rows <= whole.rows:
            words.append(
                f"'{cell.column}' says '{cell.text.strip()}' in {counted(cell.rows, 'row')}, {spoken(cell.amount)}"
            )
            tests.append(f"{identifier(cell.column)} = {quote(cell.text)}")
    if whole.rows >= _ROWS:
        half = f"abs(2 * amount - {whole.amount:f}) <= {_CENT:f} AND amount <> 0"
        known = f" AND NOT coalesce({' OR '.join(tests)}, false)" if tests else ""
        for who, day, amount in fetch(
            connection,
            f"SELECT customer_id, day, amount FROM {whole.source} WHERE {half}{known} ORDER BY 1, 2 LIMIT {EXAMPLES}",
        ):
            words.append(
                f"the row of customer {who} of {day_words(day)} brings {spoken(amount)}, as much as all others together"
            )
            tests.append(half)
    if not words:
        return []
    rows, amount = one(
        connection,
        f"SELECT count(*), coalesce(sum(amount), 0) FROM {whole.source} WHERE {' OR '.join(f'({test})' for test in tests)}",
    )
    text = listed(words, 3)
    return [
        finding(
            "total_rows",
            WARNING,
            "Rows of totals",
            f"{text[0].upper()}{text[1:]}: this looks like a total of other rows, which then count twice.",
            "Such rows count like all others; leave them out of the file and import it again.",
            rows=rows,
            amount=amount,
            examples=words,
        )
    ]


def on_returned(cells: Iterable[Cell], ledger: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Finding]:
    """Rows that one of `cells`, a status or a type, calls returned, though their amount is above zero."""
    mapping = ledger.get("understood", {}).get("mapping", {})
    known = facts.get("unpaid_statuses") or ()
    words = [each for each in _RETURNED if each not in known]
    found = [
        cell
        for cell in cells
        if cell.above and cell.column not in (PRODUCT_ID, CATEGORY, COUNTRY) and cell.says(words)
    ]
    if not found:
        return []
    # One column is enough to say so: that of the status, or the one with the most such rows.
    by_column = {
        cell.column: sum(each.above for each in found if each.column == cell.column) for cell in found
    }
    chosen = max(by_column, key=lambda name: (name == mapping.get(STATUS), by_column[name]))
    mine = [cell for cell in found if cell.column == chosen]
    rows, amount = by_column[chosen], sum((cell.above_amount for cell in mine), Decimal(0))
    named = listed([f"'{cell.text.strip()}'" for cell in mine], 3)
    verb = "is" if rows == 1 else "are"
    its = "its amount is" if rows == 1 else "their amounts are"
    return [
        finding(
            "returned",
            INFO,
            "Returns with amounts above zero",
            f"{counted(rows, 'row')} {verb} {named} by '{chosen}', but {its} above zero, together {spoken(amount)}.",
            "They count as purchases; if the money went back, give them a minus sign or leave them out of the file.",
            rows=rows,
            amount=amount,
            examples=[
                f"'{cell.text}': {counted(cell.above, 'row')}, {spoken(cell.above_amount)}" for cell in mine
            ],
        )
    ]


def _says(text: str, words: Sequence[str]) -> str:
    """SQL for whether `text` is one of `words`, whatever its case and the marks at its end; never NULL."""
    longest = max(len(word.encode()) for word in words) + 8
    # Most texts are too long to be looked at, or numbers.
    return (
        f"(CASE WHEN strlen({text}) <= {longest} AND NOT {text} BETWEEN '0' AND '99' THEN "
        f"lower(trim({text}, {quote(_MARKS)})) IN ({', '.join(map(quote, words))}) ELSE false END)"
    )


def _half(amount: Decimal, every: Decimal) -> bool:
    return abs(2 * amount - every) <= _CENT

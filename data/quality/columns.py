"""Columns that say little, columns that are not there, and texts that look damaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb

from data.accounting import counted
from data.names import CATEGORY, COUNTRY, ORDER_ID, PRODUCT_ID, QUANTITY
from data.quality.findings import INFO, WARNING, Finding, fetch, finding, listed, one, percent
from data.quarantine import identifier

EMPTY_SHARE: Final = 0.9
# Traces of UTF-8 read as a western code page, and the mark that stands for what could not be read.
_DAMAGED: Final = (
    "\ufffd|Ã[\u0080-\u00bfŠšŽžŒœŸƒ‘’“”„†‡•…‰‹›€™–—˜¢£©§¼½]|Â[\u00a0-\u00bf]|â€[\u0080-\u00ff™œ“”˜¢¦]|â‚¬"
)
# Distinct texts of a column beyond which it is not searched: names and ids of their own for each row.
_MOST_TEXTS: Final = 200_000

_WITHOUT: Final = {
    ORDER_ID: "order numbers (all purchases of a customer on a day count as one order)",
    PRODUCT_ID: "products (no product counts; returns are matched by customer and amount alone)",
    QUANTITY: "quantities (no pieces are counted)",
    CATEGORY: "categories",
    COUNTRY: "countries",
}


def on_missing_roles(filled: Mapping[str, int]) -> list[Finding]:
    """The optional columns that the data does not have; `filled` are the values in each stored column."""
    missing = [words for role, words in _WITHOUT.items() if not filled.get(role)]
    if not missing:
        return []
    return [
        finding(
            "missing_columns",
            INFO,
            "Columns not there",
            f"The data has {listed([f'no {words}' for words in missing], len(missing))}.",
            "What needs them is left out; where the file has them, choose their columns in the import.",
        )
    ]


def on_dull_columns(
    filled: Mapping[str, int], constant: Mapping[str, str], rows: int, noun: str = "row"
) -> list[Finding]:
    """Columns with one value everywhere (`constant`: name -> value) and columns mostly empty."""
    findings = []
    if constant:
        verb = "has" if len(constant) == 1 else "have"
        findings.append(
            finding(
                "constant_columns",
                INFO,
                "Columns with one value",
                f"{counted(len(constant), 'column')} {verb} the same value in every {noun}: {listed(list(constant))}.",
                "They are kept, but say nothing about the difference between one customer and another.",
                examples=[f"{name}: '{value}'" for name, value in constant.items()],
            )
        )
    empty = {name: count for name, count in filled.items() if count < (1 - EMPTY_SHARE) * rows}
    if empty:
        verb = "is" if len(empty) == 1 else "are"
        findings.append(
            finding(
                "empty_columns",
                INFO,
                "Columns mostly empty",
                f"{counted(len(empty), 'column')} {verb} empty in more than {100 * EMPTY_SHARE:.0f} % of the {noun}s: "
                f"{listed(list(empty))}.",
                "They are kept as they are.",
                examples=[f"{name}: {percent(rows - count, rows)} empty" for name, count in empty.items()],
            )
        )
    return findings


def on_damaged_text(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]
) -> list[Finding]:
    """Texts with replacement characters or with UTF-8 read wrongly; each distinct text is looked at once."""
    rows = 0
    examples: list[str] = []
    names: list[str] = []
    for name in columns:
        key = identifier(name)
        if one(connection, f"SELECT approx_count_distinct({key}) FROM {source}")[0] > _MOST_TEXTS:
            continue
        found = fetch(
            connection,
            f"SELECT text, n, sum(n) OVER ()::BIGINT FROM (SELECT {key} AS text, count(*) AS n FROM {source} "
            # What is plain ASCII has as many bytes as letters and cannot be damaged.
            f"WHERE {key} IS NOT NULL GROUP BY text) WHERE strlen(text) > length(text) "
            f"AND regexp_matches(text, '{_DAMAGED}') ORDER BY n DESC, text LIMIT 5",
        )
        if found:
            names.append(name)
            rows += found[0][2]
            examples += [f"{name}: '{text.strip()}'" for text, *_ in found]
    if not rows:
        return []
    verb = "looks" if rows == 1 else "look"
    return [
        finding(
            "damaged_text",
            WARNING,
            "Damaged letters",
            f"{counted(rows, 'cell')} {verb} damaged, like 'Â£' for '£', in {listed(names)}: the file was once saved "
            "with the wrong encoding.",
            "Texts are kept as they are; choose another encoding in the import, or mend the file at its source.",
            rows=rows,
            examples=examples,
        )
    ]


def profile(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]
) -> tuple[dict[str, int], dict[str, Any]]:
    """The filled values of each column, and of those with a single value in all rows that value."""
    if not columns:
        return {}, {}
    parts = ", ".join(f"count({key}), min({key}), max({key})" for key in map(identifier, columns))
    row = one(connection, f"SELECT count(*), {parts} FROM {source}")
    filled = {name: row[1 + 3 * at] for at, name in enumerate(columns)}
    constant = {
        name: row[2 + 3 * at]
        for at, name in enumerate(columns)
        if row[0] > 1 and row[1 + 3 * at] == row[0] and row[2 + 3 * at] == row[3 + 3 * at]
    }
    return filled, constant

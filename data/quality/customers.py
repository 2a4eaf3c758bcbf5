"""The quality report of a table of customers: gaps, repeats, outsized values, columns that say the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import duckdb

from data.accounting import counted, spoken
from data.names import CLUSTER, CUSTOMER_ID
from data.quality.columns import EMPTY_SHARE, on_damaged_text, on_dull_columns, profile
from data.quality.findings import (
    EXAMPLES,
    GOOD,
    INFO,
    MUCH,
    WARNING,
    Finding,
    by_importance,
    fetch,
    finding,
    listed,
    on_rows_set_aside,
    one,
    percent,
)
from data.quality.ids import on_ids
from data.quarantine import identifier

# Robust standard deviations (1.4826 times the median distance from the median) beyond which a value is outsized.
ROBUST_LIMIT: Final = 10
# A correlation, or a share of the variance that a category explains, from which on two columns say the same.
CORRELATION: Final = 0.97
EXPLAINED: Final = 0.9
# Pairs of columns from which on it is no accident.
_SUSPICIOUS: Final = 5
_MOST_COLUMNS: Final = 30
_MOST_LEVELS: Final = 50
_SOME: Final = 30
_SMALL_SHARE: Final = 0.01
_SMALL: Final = 10


def assess_customers(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    ledger: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
) -> list[Finding]:
    """The quality report over the stored customers of `source`, a FROM expression, as JSON values.

    `columns` are the name, type and role of each column beside the id, as the manifest has them; the
    findings are those of `assess`, with customers in place of rows.
    """
    columns = [column for column in columns if column["name"] != CUSTOMER_ID]
    names = [str(column["name"]) for column in columns]
    rows = one(connection, f"SELECT count(*) FROM {source}")[0]
    filled, constant = profile(connection, source, names)
    varied = [column for column in columns if column["name"] not in constant and filled[column["name"]]]
    numbers = [column["name"] for column in varied if column["type"] == "number"][:_MOST_COLUMNS]
    groups = _categories(connection, source, varied)
    people = f"(SELECT {CUSTOMER_ID}, 1 AS rows, 0::DECIMAL(18,4) AS amount FROM {source})"
    numbered = any(note["kind"] == "numbered" for note in ledger.get("notes", ()))
    found = [
        *on_rows_set_aside(ledger),
        *_on_repeats(connection, source, names, rows, numbered=numbered),
        *_on_missing(filled, rows),
        *_on_redundant(connection, source, numbers, groups, rows),
        *_on_outliers(connection, source, numbers, rows),
        *_on_clusters(connection, source, columns, rows),
        *_on_money(connection, source, columns, rows),
        *([] if numbered else on_ids(connection, people, ledger)),
        *on_damaged_text(
            connection, source, [each["name"] for each in varied if each["type"] in ("category", "text")]
        ),
        *on_dull_columns(filled, {name: str(value) for name, value in constant.items()}, rows, "customer"),
    ]
    return by_importance(found)


def _on_repeats(
    connection: duckdb.DuckDBPyConnection, source: str, names: Sequence[str], rows: int, *, numbered: bool
) -> list[Finding]:
    """Customers alike in everything but the id."""
    if not names:
        return []
    keys = ", ".join(map(identifier, names))
    repeats = one(
        connection,
        f"SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (SELECT count(*) AS n FROM {source} GROUP BY {keys})",
    )[0]
    if not repeats:
        text = "No two customers are alike in everything but the id."
        return [finding("repeats", GOOD, "No customers twice", text, "Every customer counts once.")]
    expected = len(names) < 4 or numbered
    does = "They are kept and count as customers of their own"
    verb = "repeats" if repeats == 1 else "repeat"
    return [
        finding(
            "repeats",
            INFO if expected or repeats <= MUCH * rows else WARNING,
            "Customers alike",
            f"{counted(repeats, 'row')} of {rows:,} ({percent(repeats, rows)}) {verb} another row but for the id."
            + (" The file has no ids of its own, so that this may well be." if numbered else ""),
            f"{does}; with these columns that is to be expected."
            if expected
            else f"{does}; models that are checked on a copy look better than they are.",
            rows=repeats,
        )
    ]


def _on_missing(filled: Mapping[str, int], rows: int) -> list[Finding]:
    missing = {
        name: rows - count for name, count in filled.items() if (1 - EMPTY_SHARE) * rows <= count < rows
    }
    if not missing:
        if all(count == rows for count in filled.values()):
            text = "Every customer has a value in every column."
            return [finding("missing", GOOD, "No missing values", text, "Nothing is filled in.")]
        return []
    worst = sorted(missing, key=lambda name: (-missing[name], name))
    has = "has" if len(missing) == 1 else "have"
    named = [f"{name} ({missing[name]:,})" for name in worst]
    return [
        finding(
            "missing",
            WARNING if missing[worst[0]] > MUCH * rows else INFO,
            "Missing values",
            f"{counted(len(missing), 'column')} {has} missing values: {listed(named)}.",
            "They stay empty; averages and charts leave them out, each column for itself.",
            rows=max(missing.values()),
            examples=[
                f"{name}: {missing[name]:,} of {rows:,} ({percent(missing[name], rows)})" for name in worst
            ],
        )
    ]


def _categories(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """The columns of categories that have few different values, and how many."""
    found = {}
    for column in [each for each in columns if each["type"] == "category"][:_MOST_COLUMNS]:
        levels = one(connection, f"SELECT count(DISTINCT {identifier(column['name'])}) FROM {source}")[0]
        if 2 <= levels <= _MOST_LEVELS:
            found[str(column["name"])] = int(levels)
    return found


def _on_redundant(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    numbers: Sequence[str],
    groups: Mapping[str, int],
    rows: int,
) -> list[Finding]:
    """Columns that move together, and columns that another determines."""
    if rows < _SOME:
        return []
    said: list[tuple[float, str]] = []
    pairs = list(combinations(numbers, 2))
    if pairs:
        sums = ", ".join(f"corr({identifier(a)}, {identifier(b)})" for a, b in pairs)
        for (a, b), value in zip(pairs, one(connection, f"SELECT {sums} FROM {source}"), strict=True):
            if value is not None and math.isfinite(value) and abs(value) >= CORRELATION:
                said.append(
                    (abs(value), f"{a} and {b}: correlation {value:.3f}".replace("-", "\N{MINUS SIGN}"))
                )
    for a, b in combinations(groups, 2):
        first, second, together = one(
            connection,
            f"SELECT count(DISTINCT a), count(DISTINCT b), count(*) FROM (SELECT DISTINCT {identifier(a)} AS a, "
            f"{identifier(b)} AS b FROM {source} WHERE {identifier(a)} IS NOT NULL AND {identifier(b)} IS NOT NULL)",
        )
        if together in (first, second):
            one_way, other = (a, b) if together == first else (b, a)
            said.append((1.0, f"{one_way} determines {other}"))
    for group, levels in groups.items():
        if levels * 5 <= rows and numbers:
            said += _explained(connection, source, group, numbers)
    if not said:
        return []
    said.sort(key=lambda each: (-each[0], each[1]))
    words = [text for _, text in said]
    verb = "says" if len(said) == 1 else "say"
    many = len(said) >= _SUSPICIOUS
    why = (
        ": perhaps the data is made up, and scores near 1.0 would mean nothing"
        if many
        else ", such as one computed from the other"
    )
    return [
        finding(
            "redundant",
            WARNING if many else INFO,
            "Columns that repeat others",
            f"{counted(len(said), 'pair')} of columns {verb} nearly the same ({words[0]}){why}.",
            "All columns are kept; do not read two such columns as two separate reasons.",
            rows=len(said),
            examples=words,
        )
    ]


def _explained(
    connection: duckdb.DuckDBPyConnection, source: str, group: str, numbers: Sequence[str]
) -> list[tuple[float, str]]:
    """The numbers whose variance is nearly all between the values of a category."""
    key = identifier(group)
    parts = ", ".join(
        f"count({name}), avg({name}::DOUBLE), coalesce(var_pop({name}::DOUBLE), 0)"
        for name in map(identifier, numbers)
    )
    levels = fetch(
        connection, f"SELECT {parts} FROM {source} WHERE {key} IS NOT NULL GROUP BY {key} ORDER BY {key}"
    )
    found = []
    for at, name in enumerate(numbers):
        cells = [level[3 * at : 3 * at + 3] for level in levels if level[3 * at]]
        count = sum(n for n, _, _ in cells)
        mean = sum(n * average for n, average, _ in cells) / count
        within = sum(n * spread for n, _, spread in cells)
        between = sum(n * (average - mean) ** 2 for n, average, _ in cells)
        share = between / (between + within) if between + within > 0 else 0.0
        if share >= EXPLAINED:
            found.append((share, f"{group} determines {percent(share, 1)} of {name}"))
    return found


def _on_outliers(
    connection: duckdb.DuckDBPyConnection, source: str, numbers: Sequence[str], rows: int
) -> list[Finding]:
    """Values far from the middle half, by the median and the median distance from it."""
    if rows < _SOME or not numbers:
        return []
    keys = [identifier(name) for name in numbers]
    middle = one(
        connection, f"SELECT {', '.join(f'median({key}), mad({key})' for key in keys)} FROM {source}"
    )
    told, examples, cells = [], [], 0
    for at, (name, key) in enumerate(zip(numbers, keys, strict=True)):
        center, distance = middle[2 * at], middle[2 * at + 1]
        if not distance or not math.isfinite(distance):
            continue
        limit = ROBUST_LIMIT * 1.4826 * float(distance)
        found = fetch(
            connection,
            f"SELECT {CUSTOMER_ID}, {key}, count(*) OVER () FROM {source} "
            f"WHERE abs({key}::DOUBLE - ({float(center)!r})) > {limit!r} "
            f"ORDER BY abs({key}::DOUBLE - ({float(center)!r})) DESC, {CUSTOMER_ID} LIMIT 2",
        )
        if found:
            told.append(f"{name} ({found[0][2]:,})")
            cells += found[0][2]
            examples += [
                f"Customer {who}: {name} {float(value):,.15g}; median {float(center):,.15g}"
                for who, value, _ in found
            ]
    if not told:
        text = f"No number lies more than {ROBUST_LIMIT} robust standard deviations from the median of its column."
        return [finding("outliers", GOOD, "No outsized values", text, "Nothing is left out.")]
    verb = "lies" if cells == 1 else "lie"
    return [
        finding(
            "outliers",
            INFO,
            "Outsized values",
            f"{counted(cells, 'value')} {verb} more than {ROBUST_LIMIT} robust standard deviations from the median: "
            f"{listed(told)}.",
            "They are kept; averages lean towards them, medians do not, and groups by k-means may form around a few.",
            rows=cells,
            examples=examples,
        )
    ]


def _role(columns: Sequence[Mapping[str, Any]], role: str) -> str | None:
    return next((str(column["name"]) for column in columns if column.get("role") == role), None)


def _on_clusters(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[Mapping[str, Any]], rows: int
) -> list[Finding]:
    """Groups in the file that hold next to nobody."""
    name = _role(columns, CLUSTER)
    if name is None:
        return []
    key = identifier(name)
    sizes = fetch(
        connection,
        f"SELECT {key}::VARCHAR, count(*) FROM {source} WHERE {key} IS NOT NULL GROUP BY 1 ORDER BY 2, 1",
    )
    tiny = [(label, size) for label, size in sizes if size < max(_SMALL, _SMALL_SHARE * rows)]
    if not tiny or rows < _SOME:
        return []
    what = "groups holds" if len(tiny) == 1 else "groups hold"
    named = [f"{_short(label)} ({size:,})" for label, size in tiny]
    people = sum(size for _, size in tiny)
    return [
        finding(
            "tiny_clusters",
            WARNING if len(sizes) - len(tiny) < 2 else INFO,
            "Tiny groups",
            f"{len(tiny):,} of {len(sizes):,} {what} less than {_SMALL_SHARE:.0%} of the customers: ".replace(
                "1%", "1 %"
            )
            + f"{listed(named)}.",
            "They are kept; a group formed around a few outsized customers is of little use for a campaign.",
            rows=people,
            examples=[f"{name} {_short(label)}: {counted(size, 'customer')}" for label, size in tiny],
        )
    ]


def _short(label: str) -> str:
    return label.removesuffix(".0")


def _on_money(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[Mapping[str, Any]], rows: int
) -> list[Finding]:
    """Customers whose amount is zero or below."""
    name = _role(columns, "monetary")
    if name is None:
        return []
    key = identifier(name)
    below, zero, amount = one(
        connection,
        f"SELECT count(*) FILTER (WHERE {key} < 0), count(*) FILTER (WHERE {key} = 0), "
        f"sum({key}::DECIMAL(18,4)) FILTER (WHERE {key} < 0) FROM {source}",
    )
    if not below and not zero:
        return []
    lowest = fetch(
        connection,
        f"SELECT {CUSTOMER_ID}, {key}::DECIMAL(18,4) FROM {source} WHERE {key} < 0 "
        f"ORDER BY {key}, {CUSTOMER_ID} LIMIT {EXAMPLES}",
    )
    return [
        finding(
            "no_spend",
            WARNING if below + zero > MUCH * rows else INFO,
            "Spend of zero or less",
            f"{name} is zero or less for {counted(below + zero, 'customer')} ({below:,} below zero): more came back "
            "than was bought in the time the table covers.",
            "They are kept; such customers count, but bring no money.",
            rows=below + zero,
            amount=amount,
            examples=[f"Customer {customer}: {spoken(worth)}" for customer, worth in lowest],
        )
    ]

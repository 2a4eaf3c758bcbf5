"""Returns are matched to the purchases they reverse as a patient person would do it by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.accounting import Tally
from data.cleaning import STORED_COLUMNS
from data.engine import connect, scan
from data.returns import PURCHASE, RETURN, match_summary, paired_sql
from tests.imports import run_import

START = datetime.fromisoformat("2021-03-01 09:00")
Line = tuple[str, str | None, int, float | None, Decimal]


def load(connection: duckdb.DuckDBPyConnection, lines: list[Line]) -> str:
    """A table of stored columns with a row for each (customer, product, hour, quantity, amount)."""
    types = "VARCHAR VARCHAR TIMESTAMP DATE DOUBLE DECIMAL(18,4) DECIMAL(18,4) VARCHAR VARCHAR VARCHAR DECIMAL(18,4)"
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(STORED_COLUMNS, types.split(), strict=True))
    connection.execute(f"CREATE OR REPLACE TABLE lines ({columns}, n BIGINT)")
    values = []
    for number, (customer, product, hour, quantity, amount) in enumerate(lines):
        at = START + timedelta(hours=hour)
        values.append(
            [customer, None, at, at.date(), quantity, None, amount, product, None, None, None, number]
        )
    if values:
        connection.executemany(f"INSERT INTO lines VALUES ({', '.join('?' * 12)})", values)
    return "lines"


def by_hand(lines: list[Line]) -> tuple[set[tuple[int, int]], dict[str, Tally]]:
    """Pairs (purchase, return) and the summary, going through the rows one by one."""
    is_return = [amount < 0 or (quantity or 0) < 0 for _, _, _, quantity, amount in lines]
    turn = sorted(range(len(lines)), key=lambda at: (lines[at][2], is_return[at], at))
    free: dict[object, list[int]] = defaultdict(list)
    pairs: set[tuple[int, int]] = set()
    for at in turn:
        customer, product, _, quantity, amount = lines[at]
        pieces = None if quantity is None else abs(quantity)
        queue = free[customer, product, pieces, -amount if is_return[at] else amount]
        if not is_return[at]:
            queue.append(at)
        elif queue:
            pairs.add((queue.pop(0), at))
    used = {at for pair in pairs for at in pair}
    found = {"full": Tally(), "part": Tally(), "unmatched": Tally()}
    for at, row in enumerate(lines):
        if not is_return[at]:
            continue
        earlier = [
            lines[other]
            for other in range(len(lines))
            if not is_return[other]
            and other not in used
            and lines[other][:2] == row[:2]
            and lines[other][2] <= row[2]
        ]
        if row[3] is None:
            enough = any(other[4] >= -row[4] for other in earlier)
        else:
            enough = any(other[3] is not None and other[3] >= abs(row[3]) for other in earlier)
        kind = "full" if at in used else "part" if enough else "unmatched"
        found[kind] += Tally(1, row[4])
    return pairs, found


def pairs_of(connection: duckdb.DuckDBPyConnection, source: str) -> set[tuple[int, int]]:
    """The pairs (purchase, return) that the SQL finds; each must have one of both."""
    rows = connection.execute(paired_sql(source, "n")).fetchall()
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row, pair, role in rows:
        assert role not in found[pair]
        found[pair][role] = row
    assert all(set(pair) == {PURCHASE, RETURN} for pair in found.values())
    assert all(pair_id == pair[PURCHASE] for pair_id, pair in found.items())
    return {(pair[PURCHASE], pair[RETURN]) for pair in found.values()}


amounts = st.sampled_from([Decimal(each) for each in ("-20", "-10", "0", "10", "20", "30")])
rows = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["p", "q", None]),
        st.integers(0, 5),
        st.sampled_from([-2.0, -1.0, 1.0, 2.0, 3.0, None]),
        amounts,
    ),
    max_size=30,
)
# Few kinds of rows in long runs, so that purchases queue up and returns find none.
dense = st.lists(
    st.builds(
        lambda hour, sign: ("a", "p", hour, 1.0 * sign, Decimal(10) * sign),
        st.integers(0, 12),
        st.sampled_from([1, -1]),
    ),
    max_size=40,
)


@given(lines=rows | dense)
@settings(max_examples=50, deadline=None)
def test_as_by_hand(lines: list[Line]) -> None:
    with duckdb.connect() as connection:
        source = load(connection, lines)
        pairs, found = by_hand(lines)
        assert pairs_of(connection, source) == pairs
        summary = match_summary(connection, source)
    assert summary.full == found["full"]
    assert summary.part == found["part"]
    assert summary.unmatched == found["unmatched"]
    assert summary.returns == found["full"] + found["part"] + found["unmatched"]


TEN = Decimal(10)


@pytest.mark.parametrize(
    ("lines", "pairs"),
    [
        pytest.param([("a", "p", 0, 1.0, TEN), ("a", "p", 0, -1.0, -TEN)], {(0, 1)}, id="same time"),
        pytest.param([("a", "p", 1, 1.0, TEN), ("a", "p", 0, -1.0, -TEN)], set(), id="return first"),
        pytest.param([("a", "p", 0, 1.0, TEN), ("b", "p", 1, -1.0, -TEN)], set(), id="other customer"),
        pytest.param([("a", "p", 0, 1.0, TEN), ("a", "q", 1, -1.0, -TEN)], set(), id="other product"),
        pytest.param([("a", None, 0, None, TEN), ("a", None, 1, None, -TEN)], {(0, 1)}, id="amounts only"),
        pytest.param([("a", "p", 0, 1.0, TEN), ("a", "p", 1, 1.0, -TEN)], {(0, 1)}, id="negative price"),
        pytest.param([("a", "p", 0, 1.0, TEN), ("a", "p", 1, -1.0, TEN)], set(), id="both negative"),
        pytest.param(
            [("a", "p", 0, 1.0, TEN), ("a", "p", 1, -1.0, -TEN), ("a", "p", 2, -1.0, -TEN)],
            {(0, 1)},
            id="used once",
        ),
        pytest.param(
            [
                ("a", "p", 0, -1.0, -TEN),
                ("a", "p", 1, 1.0, TEN),
                ("a", "p", 2, 1.0, TEN),
                ("a", "p", 3, -1.0, -TEN),
            ],
            {(1, 3)},
            id="first in, first out",
        ),
    ],
)
def test_pairs(lines: list[Line], pairs: set[tuple[int, int]]) -> None:
    with duckdb.connect() as connection:
        assert pairs_of(connection, load(connection, lines)) == pairs


def test_part_of_a_larger_purchase() -> None:
    lines: list[Line] = [
        ("a", "p", 0, 12.0, Decimal(120)),
        ("a", "p", 1, -3.0, Decimal(-30)),
        ("a", "p", 1, -13.0, Decimal(-130)),
        ("b", "p", 0, 12.0, Decimal(120)),
        ("b", "p", 1, -12.0, Decimal(-120)),
        ("b", "p", 2, -2.0, Decimal(-20)),
    ]
    with duckdb.connect() as connection:
        summary = match_summary(connection, load(connection, lines))
    assert summary.full == Tally(1, Decimal(-120))
    assert summary.part == Tally(1, Decimal(-30))
    # More than was bought; and a purchase that was taken back whole cannot be taken back again.
    assert summary.unmatched == Tally(2, Decimal(-150))


def test_no_returns() -> None:
    with duckdb.connect() as connection:
        source = load(connection, [("a", "p", 0, 1.0, TEN)])
        assert pairs_of(connection, source) == set()
        assert match_summary(connection, source).returns == Tally()


def test_online_retail(real_data: Path, tmp_path: Path) -> None:
    imported = run_import(
        real_data / "online_retail" / "online_retail.parquet", tmp_path / "import", threads=2, load=False
    )
    stored = scan(imported.cleaned.paths)
    with connect([tmp_path]) as connection:
        summary = match_summary(connection, stored)
        connection.execute(f"CREATE TEMP TABLE numbered AS SELECT *, row_number() OVER () AS n FROM {stored}")
        connection.execute(f"CREATE TEMP TABLE paired AS {paired_sql('numbered', 'n')}")
        rows, pairs, net = connection.execute(
            "SELECT count(*), count(DISTINCT pair_id), sum(amount) FROM paired JOIN numbered ON n = row_id"
        ).fetchall()[0]
        giants = connection.execute(
            "SELECT customer_id, quantity FROM paired JOIN numbered ON n = row_id"
            " WHERE abs(quantity) > 70000 ORDER BY quantity"
        ).fetchall()
    assert summary.returns == Tally(8905, Decimal("-611342.0900"))
    assert summary.full.rows == pairs
    assert (rows, net) == (2 * pairs, 0)
    assert giants == [("16446", -80995.0), ("12346", -74215.0), ("12346", 74215.0), ("16446", 80995.0)]

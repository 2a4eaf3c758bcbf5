"""The seeded sample: a made-up shop or table of customers, with the truth it was made from.

The same seed and version of Lapwing give the same bytes. Customers come in blocks with random streams
of their own: asking for more of them changes none of the first. docs/sample.md describes the model.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from data.errors import InputError
from data.names import CUSTOMERS, KINDS, TRANSACTIONS
from data.sample_groups import GROUPS, group_block
from data.sample_model import AHEAD, BLOCK, DAYS, END, SHOP, Shop
from data.sample_tables import Block, Totals

__all__ = [
    "AHEAD",
    "BLOCK",
    "DAYS",
    "DEFAULT_CUSTOMERS",
    "END",
    "MAX_CUSTOMERS",
    "SHOP",
    "Shop",
    "sample_customers",
    "sample_groups",
    "sample_transactions",
    "sample_truth",
    "write_customer_table",
    "write_sample",
    "write_table",
]

MAX_CUSTOMERS: Final = 5_000_000
DEFAULT_CUSTOMERS: Final = {TRANSACTIONS: 5_000, CUSTOMERS: 500}
# Raised whenever the same seed gives other bytes.
SAMPLE_VERSION: Final = 2
_ENDINGS: Final = (".csv", ".parquet")
# Blocks written at once: a row group of about a million lines.
_BLOCKS_AT_ONCE: Final = 20


def sample_transactions(customers: int, seed: int, first: int = 0, shop: Shop = SHOP) -> pa.Table:
    """Order lines of `customers` made-up customers, numbered on from `first`.

    Columns: order_id, customer_id, ordered_at (minutes), product_id, product_name, category, country,
    quantity (negative for a returned line, whose order_id is R and that of its order), unit_price,
    currency. Rows are in order of time within each BLOCK of customers. Raises InputError for a number of
    customers or a seed that cannot be.
    """
    return pa.concat_tables(block.transactions()[0] for block in _blocks(customers, seed, first, shop))


def sample_customers(customers: int, seed: int, first: int = 0, shop: Shop = SHOP) -> pa.Table:
    """What the sample shop knows of each customer: id, attributes and arm of the campaign; one row each."""
    return pa.concat_tables(block.customers() for block in _blocks(customers, seed, first, shop))


def sample_truth(customers: int, seed: int, first: int = 0, shop: Shop = SHOP) -> pa.Table:
    """What only the generator knows of each customer: rates, lifetime, mean order value; one row each."""
    return pa.concat_tables(block.truth() for block in _blocks(customers, seed, first, shop))


def sample_groups(customers: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """The table of customers (one row each) and the true group of each; raises InputError likewise."""
    parts = list(_group_blocks(customers, seed))
    return pa.concat_tables(part[0] for part in parts), pa.concat_tables(part[1] for part in parts)


def write_table(kind: str, path: Path, customers: int | None, seed: int, truth: bool = True) -> int:
    """Write the sample of that kind, `transactions` or `customers`, to `path`; returns its rows.

    Raises InputError for another kind, and as the writers do.
    """
    if kind not in KINDS:
        raise InputError(f"The sample is a table of {' or '.join(KINDS)}, not '{kind}'.")
    count = DEFAULT_CUSTOMERS[kind] if customers is None else customers
    if kind == CUSTOMERS:
        return write_customer_table(path, count, seed, truth=truth)
    return write_sample(path, count, seed, truth=truth)


def write_sample(path: Path, customers: int, seed: int, *, truth: bool = False, shop: Shop = SHOP) -> int:
    """Write the sample shop's order lines to `path`, CSV or Parquet by its ending; returns their number.

    With `truth` three files go beside it: `.customers` (what the shop knows of each customer) and
    `.truth` (what only the generator knows), with the ending of `path`, and `.truth.json` (parameters and
    totals). Raises InputError for another ending, and for customers or a seed that cannot be.
    """
    names = _names(path)
    blocks = _blocks(customers, seed, 0, shop)
    totals = Totals()

    def tables() -> Iterator[dict[Path, pa.Table]]:
        nonlocal totals
        for block in blocks:
            lines, more = block.transactions()
            totals += more
            yield {path: lines} | (
                {names["customers"]: block.customers(), names["truth"]: block.truth()} if truth else {}
            )

    _write(tables())
    if truth:
        _write_json(names["json"], _shop_truth(shop, seed, totals, path, names))
    return totals.lines + totals.returned_lines


def write_customer_table(path: Path, customers: int, seed: int, *, truth: bool = False) -> int:
    """Write the table of customers to `path`, CSV or Parquet by its ending; returns the number of rows.

    With `truth` two files go beside it: `.truth` with the ending of `path` (the group of each) and
    `.truth.json` (the groups). Raises InputError as `write_sample` does.
    """
    names = _names(path)
    parts = _group_blocks(customers, seed)
    _write({path: table} | ({names["truth"]: groups} if truth else {}) for table, groups in parts)
    if truth:
        found = {
            "made_by": "lapwing sample --table customers",
            "version": SAMPLE_VERSION,
            "seed": seed,
            "customers": customers,
            "files": {"table": path.name, "truth": names["truth"].name},
            "groups": [asdict(group) for group in GROUPS],
        }
        _write_json(names["json"], found)
    return customers


def _check(customers: int, seed: int) -> None:
    if not 1 <= customers <= MAX_CUSTOMERS:
        raise InputError(f"The sample can have 1 to {MAX_CUSTOMERS:,} customers, not {customers:,}.")
    if seed < 0:
        raise InputError(f"The seed is a whole number from 0 on, not {seed}.")


def _blocks(customers: int, seed: int, first: int, shop: Shop) -> Iterator[Block]:
    _check(customers, seed)
    end = first + customers
    return (
        Block.draw(shop, seed, number, max(first - number * BLOCK, 0), min(end - number * BLOCK, BLOCK))
        for number in range(first // BLOCK, -(-end // BLOCK))
    )


def _group_blocks(customers: int, seed: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    _check(customers, seed)
    return (
        group_block(seed, number, min(customers - number * BLOCK, BLOCK))
        for number in range(-(-customers // BLOCK))
    )


def _names(path: Path) -> dict[str, Path]:
    """The files beside `path`; raises InputError where it ends otherwise than in one of the endings."""
    if path.suffix.lower() not in _ENDINGS:
        found = f"ends in {path.suffix}" if path.suffix else "has no ending"
        raise InputError(
            f"The sample is written as {' or '.join(_ENDINGS)}, but '{path.name}' {found}: give it one of them."
        )
    ends = {"customers": f".customers{path.suffix}", "truth": f".truth{path.suffix}", "json": ".truth.json"}
    return {name: path.with_name(path.stem + end) for name, end in ends.items()}


def _write(parts: Iterable[dict[Path, pa.Table]]) -> None:
    """Write the tables of each part to their files, while the next parts are being made."""
    # The thread ends before the files are closed, whatever happens.
    with ExitStack() as stack, ThreadPoolExecutor(max_workers=1) as thread:
        writers: dict[Path, Callable[[pa.Table], None]] = {}

        def write(tables: dict[Path, list[pa.Table]]) -> None:
            for path, some in tables.items():
                table = pa.concat_tables(some)
                if path not in writers:
                    writers[path] = _writer(path, table.schema, stack)
                writers[path](table)

        pending: Future[None] | None = None
        gathered: dict[Path, list[pa.Table]] = {}
        for place, part in enumerate(parts, start=1):
            for path, table in part.items():
                gathered.setdefault(path, []).append(table)
            if place % _BLOCKS_AT_ONCE == 0:
                if pending is not None:
                    pending.result()
                pending, gathered = thread.submit(write, gathered), {}
        if pending is not None:
            pending.result()
        write(gathered)


def _writer(path: Path, schema: pa.Schema, stack: ExitStack) -> Callable[[pa.Table], None]:
    if path.suffix.lower() == ".parquet":
        parquet = stack.enter_context(pq.ParquetWriter(str(path), schema))
        return parquet.write_table  # type: ignore[no-any-return]  # pyarrow ships no types
    # Times to the second: nobody wants to read the thousandths.
    plain = pa.schema(
        [
            pa.field(each.name, pa.timestamp("s") if pa.types.is_timestamp(each.type) else each.type)
            for each in schema
        ]
    )
    text = stack.enter_context(pacsv.CSVWriter(str(path), plain))
    return lambda table: text.write_table(table.cast(plain))


def _shop_truth(shop: Shop, seed: int, totals: Totals, path: Path, names: dict[str, Path]) -> dict[str, Any]:
    """All that holds for the sample as a whole, as JSON values."""
    model = asdict(shop)
    attributes = {each.pop("name"): each for each in model.pop("attributes")}
    months = [
        (month, sum(shop.season(day) for day in days) / len(days))
        for month, days in ((number, _days_of_month(number)) for number in range(1, 13))
    ]
    in_campaign = totals.treat + totals.holdout
    return {
        "made_by": "lapwing sample",
        "version": SAMPLE_VERSION,
        "seed": seed,
        "customers": totals.customers,
        "first_day": shop.first_day,
        "last_day": shop.last_day,
        "currency": shop.currency,
        "files": {
            "transactions": path.name,
            "customers": names["customers"].name,
            "truth": names["truth"].name,
        },
        "totals": {
            "rows": totals.lines + totals.returned_lines,
            "orders": totals.orders,
            "lines": totals.lines,
            "returned_lines": totals.returned_lines,
            "sold": _money(totals.sold_cents),
            "returned": _money(totals.returned_cents),
            "net": _money(totals.sold_cents - totals.returned_cents),
            "alive_at_end": totals.alive_at_end,
        },
        "campaign": {
            **model.pop("campaign"),
            "treated_customers": totals.treat,
            "holdout_customers": totals.holdout,
            "mean_extra_orders": totals.extra_expected / in_campaign if in_campaign else None,
        },
        "attributes": attributes,
        "season_by_month": {f"{month:02}": factor for month, factor in months},
        "model": model,
    }


def _days_of_month(month: int) -> list[dt.date]:
    first = dt.date(2025, month, 1)
    days = [first + dt.timedelta(days=place) for place in range(31)]
    return [day for day in days if day.month == month]


def _money(cents: int) -> str:
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, default=str) + "\n", encoding="utf-8")

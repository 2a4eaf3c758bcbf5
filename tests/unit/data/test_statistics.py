"""Statistics of a data set against the same numbers by hand and by hand-written SQL."""

from __future__ import annotations

import datetime as dt
import math
import random
import shutil
import statistics as plain
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError, NotFoundError
from data.statistics import (
    Bars,
    Category,
    DatasetStatistics,
    Histogram,
    nice_step,
)
from data.statistics.bins import bin_edges, log_bin_edges
from data.store import DATASETS, Dataset, Store, write_json
from tests.imports import run_import

D = dt.date
LINE_TYPES = {
    "customer_id": "VARCHAR",
    "order_id": "VARCHAR",
    "ordered_at": "TIMESTAMP",
    "day": "DATE",
    "quantity": "DOUBLE",
    "unit_price": "DECIMAL(18,4)",
    "amount": "DECIMAL(18,4)",
    "product_id": "VARCHAR",
    "category": "VARCHAR",
    "country": "VARCHAR",
    "discount": "DECIMAL(18,4)",
}
# customer, order, day, quantity, amount, category: two orders of one id by different customers, a
# return, an order without an id, a line without a category.
LINES = [
    ("a", "1", "2024-01-10", 2, "20", "Toys"),
    ("a", "1", "2024-01-10", 1, "30", "Tea"),
    ("a", "2", "2024-03-05", 1, "50", "Toys"),
    ("b", "1", "2024-01-11", 1, "5.50", "Toys"),
    ("b", None, "2024-03-31", 3, "9", None),
    ("b", None, "2024-03-31", 1, "1", "Tea"),
    ("c", "3", "2024-03-20", -1, "-50", "Toys"),
]


def parquet(path: Path, types: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Write `rows` with the named and typed columns."""
    cells = list(zip(*rows, strict=True)) or [() for _ in types]
    texts = {
        f"c{at}": pa.array([None if cell is None else str(cell) for cell in column], pa.string())
        for at, column in enumerate(cells)
    }
    made = pa.table(texts)  # noqa: F841  # the engine finds it by its name
    columns = ", ".join(f'CAST(c{at} AS {sql}) AS "{name}"' for at, (name, sql) in enumerate(types.items()))
    with duckdb.connect() as engine:
        engine.execute("SET preserve_insertion_order = true")
        engine.execute(f"COPY (SELECT {columns} FROM made) TO '{path}' (FORMAT parquet)")


def line(
    customer: str, order: str | None, day: str, quantity: float, amount: str, category: str | None
) -> tuple[Any, ...]:
    return (customer, order, f"{day} 12:00:00", day, quantity, None, amount, None, category, None, None)


def publish(home: Path, fill: Callable[[Path], dict[str, Any]]) -> Dataset:
    store = Store(home)

    def filled(folder: Path) -> dict[str, Any]:
        write_json(folder / "ledger.json", {"understood": {"currency": "EUR"}})
        return fill(folder)

    return store.dataset(store.publish(DATASETS, "Shop", filled))


def transactions(
    home: Path,
    files: list[list[tuple[Any, ...]]],
    *,
    extra: dict[str, str] | None = None,
    attributes: tuple[dict[str, str], list[tuple[Any, ...]]] | None = None,
) -> Dataset:
    """A data set of one bucket for each list of lines; `extra` columns are in the last file only."""

    def fill(folder: Path) -> dict[str, Any]:
        for number, rows in enumerate(files):
            last = number == len(files) - 1
            parquet(folder / f"part{number}.parquet", LINE_TYPES | ((extra or {}) if last else {}), rows)
        if attributes:
            parquet(folder / "attributes.parquet", *attributes)
        return {
            "kind": "transactions",
            "buckets": [[f"part{number}.parquet"] for number in range(len(files))],
            "attributes": bool(attributes),
        }

    return publish(home, fill)


def customers(
    home: Path,
    types: dict[str, str],
    rows: list[tuple[Any, ...]],
    columns: list[dict[str, Any]] | None = None,
) -> Dataset:
    def fill(folder: Path) -> dict[str, Any]:
        parquet(folder / "customers.parquet", types, rows)
        return {"kind": "customers", "buckets": [], "columns": columns or []}

    return publish(home, fill)


@pytest.fixture
def small(tmp_path: Path) -> DatasetStatistics:
    rows = [line(*each) for each in LINES]
    return DatasetStatistics(transactions(tmp_path / "home", [rows[:3], rows[3:]]), threads=1)


# Facts and columns


def test_facts_count_orders_as_the_features_do(small: DatasetStatistics) -> None:
    facts = small.facts()
    # a: orders 1 and 2; b: order 1, which is another customer's, and the day without an id; c only returned.
    assert (facts.rows, facts.customers, facts.orders) == (7, 3, 4)
    assert (facts.first, facts.last) == (D(2024, 1, 10), D(2024, 3, 31))
    assert facts.net == 65.5
    assert (facts.per_line, facts.per_order, facts.per_customer) == (65.5 / 7, 65.5 / 4, 65.5 / 3)
    assert facts.orders_per_customer == pytest.approx(4 / 3)
    # Of the six columns the file has, order_id misses 2 and category 1 of 7 cells.
    assert (facts.columns, facts.missing_share) == (6, pytest.approx(3 / 42))


def test_columns_that_the_file_lacks_are_not_shown(small: DatasetStatistics) -> None:
    assert [column.key for column in small.columns] == [
        "lines:customer_id",
        "lines:order_id",
        "lines:ordered_at",
        "lines:quantity",
        "lines:amount",
        "lines:category",
    ]
    assert [column.type for column in small.columns] == ["text", "text", "date", "number", "number", "text"]
    assert [column.name for column in small.columns if column.money] == ["amount"]


def test_summaries(small: DatasetStatistics) -> None:
    found = {each.column.name: each for each in small.summaries()}
    amount, category, when = found["amount"], found["category"], found["ordered_at"]
    values = [20, 30, 50, 5.5, 9, 1, -50]
    assert (amount.low, amount.high, amount.distinct, amount.about) == (-50, 50, 7, False)
    assert amount.median == plain.median(values)
    assert amount.mean == pytest.approx(65.5 / 7)
    assert category.common == (("Toys", 4), ("Tea", 2))
    assert (category.filled, category.filled_share, category.distinct) == (6, 6 / 7, 2)
    assert (when.low, when.median, when.high) == (D(2024, 1, 10), D(2024, 3, 5), D(2024, 3, 31))


@pytest.mark.parametrize("rows", [40, 41])
def test_large_data_is_summed_up_as_small_data_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    draw = random.Random(rows)
    lines = [
        line(
            f"c{at}", f"{at}", f"2024-01-{draw.randrange(1, 29):02d}",
            draw.randrange(-2, 5), f"{draw.randrange(1, 9)}.5", draw.choice(["x", "y", "z", None]),
        )
        for at in range(rows)
    ]  # fmt: skip
    dataset = transactions(tmp_path / "h", [lines])
    exact = DatasetStatistics(dataset, threads=1).summaries()
    monkeypatch.setattr("data.statistics.source.EXACT_DISTINCT_ROWS", 1)
    large = DatasetStatistics(dataset, threads=1).summaries()
    amounts = [float(each[6]) for each in lines]
    amount = next(each for each in large if each.column.name == "amount")
    assert (amount.median, amount.distinct) == (plain.median(amounts), len(set(amounts)))
    # Only what hardly comes back is estimated.
    assert [each.column.name for each in large if each.about] == ["customer_id", "order_id"]
    for one, other in zip(exact, large, strict=True):
        if not other.about:
            assert replace(one, mean=None) == replace(other, mean=None)
            assert one.mean == pytest.approx(other.mean)


def test_head_shows_the_stored_rows(small: DatasetStatistics) -> None:
    head = small.head()
    assert [column.name for column in head.columns][:3] == ["customer_id", "order_id", "ordered_at"]
    assert head.rows[0] == ("a", "1", "2024-01-10 12:00:00", "2", "20.00", "Toys")
    # The first file has three rows, and a head is of the first file.
    assert len(head.rows) == 3


def test_a_column_of_a_later_file_is_found_by_name(tmp_path: Path) -> None:
    old = [line("a", "1", "2024-01-01", 1, "5", "x")]
    new = [(*line("b", "2", "2024-01-02", 1, "7", "y"), "web")]
    found = DatasetStatistics(
        transactions(tmp_path / "h", [old, new], extra={"channel": "VARCHAR"}), threads=1
    )
    channel = found.distribution("lines:channel")
    assert isinstance(channel, Bars)
    assert (channel.labels, channel.counts, channel.missing) == (("web",), (1,), 1)
    assert found.head().rows == (("a", "1", "2024-01-01 12:00:00", "1", "5.00", "x", None),)


@pytest.mark.parametrize(
    ("amount", "shown"), [("77183.6", "77183.60"), ("-3", "-3.00"), ("0.0012", "0.0012"), ("0", "0.00")]
)
def test_amounts_of_stored_rows_have_their_cents(tmp_path: Path, amount: str, shown: str) -> None:
    rows = [line("a", "1", "2024-01-01", 0.5, amount, None)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1)
    assert found.head().rows == (("a", "1", "2024-01-01 12:00:00", "0.5", shown),)


# Distributions


def test_a_histogram_counts_every_value_once(tmp_path: Path) -> None:
    draw = random.Random(7)
    values = [round(draw.lognormvariate(3, 1.4), 2) for _ in range(5000)] + [0.0, -3.0, 250_000.0]
    rows = [line("a", str(at), "2024-01-01", 1, f"{value:.2f}", None) for at, value in enumerate(values)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1)
    chart = found.distribution("lines:amount")
    assert isinstance(chart, Histogram)
    assert chart.below + sum(chart.counts) + chart.above == chart.n == len(values)
    assert chart.above == sum(value >= chart.edges[-1] for value in values) > 0
    for low, high, count in zip(chart.edges, chart.edges[1:], chart.counts, strict=False):
        assert count == sum(low <= value < high for value in values)
    # The far value is left to the bar at the end, so that the others have room.
    assert chart.edges[-1] < 2000
    assert chart.high == 250_000


def test_the_box_is_tukeys(tmp_path: Path) -> None:
    values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 40, -30]
    rows = [line("a", str(at), "2024-01-01", value, "1", None) for at, value in enumerate(values)]
    chart = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).distribution("lines:quantity")
    assert isinstance(chart, Histogram)
    q1, median, q3 = plain.quantiles(values, n=4, method="inclusive")
    assert (chart.box.q1, chart.box.median, chart.box.q3) == (q1, median, q3)
    assert (chart.box.low_fence, chart.box.high_fence, chart.box.outliers) == (1, 10, 2)
    assert chart.box.mean == pytest.approx(plain.mean(values))
    assert chart.whole


def test_a_logarithmic_scale_says_what_it_cannot_show(tmp_path: Path) -> None:
    values = [0, -2, 1, 1, 10, 100, 1000]
    rows = [line("a", str(at), "2024-01-01", value, "1", None) for at, value in enumerate(values)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1)
    chart = found.distribution("lines:quantity", log=True)
    assert isinstance(chart, Histogram)
    assert (chart.n, chart.unfit, sum(chart.counts)) == (5, 2, 5)
    assert (chart.low, chart.high, chart.box.median) == (0, 3, 1)
    # Of the same five rows as the box; all seven would have a mean of 158.6.
    assert 10**chart.box.mean == pytest.approx(plain.mean([1, 1, 10, 100, 1000]))
    with pytest.raises(InputError, match="no value above zero"):
        DatasetStatistics(
            transactions(tmp_path / "z", [[line("a", "1", "2024-01-01", -1, "0", None)]]), threads=1
        ).distribution("lines:quantity", log=True)


def test_dates_are_counted_by_period_without_gaps(tmp_path: Path) -> None:
    rows = [line("a", "1", day, 1, "1", None) for day in ("2024-01-01", "2024-01-04", "2024-01-04")]
    chart = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).distribution(
        "lines:ordered_at"
    )
    assert isinstance(chart, Bars)
    assert (chart.grain, chart.counts) == ("day", (1, 0, 0, 2))
    assert chart.starts == tuple(D(2024, 1, day) for day in (1, 2, 3, 4))


def test_many_values_are_the_commonest_and_the_rest(tmp_path: Path) -> None:
    names = [f"v{at:02d}" for at in range(30) for _ in range(60 - at)]
    rows = [line("a", "1", "2024-01-01", 1, "1", name) for name in names]
    chart = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).distribution("lines:category")
    assert isinstance(chart, Bars)
    assert chart.labels == tuple(f"v{at:02d}" for at in range(20))
    assert chart.counts == tuple(60 - at for at in range(20))
    assert (chart.others, chart.other_rows, chart.distinct) == (10, sum(60 - at for at in range(20, 30)), 30)


def test_a_column_of_names_is_not_counted(tmp_path: Path) -> None:
    rows = [line(f"c{at}", "1", "2024-01-01", 1, "1", None) for at in range(50)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1)
    chart = found.distribution("lines:customer_id")
    assert isinstance(chart, Bars)
    assert (chart.counts, chart.n, chart.distinct) == ((), 50, 50)
    assert next(each for each in found.summaries() if each.column.name == "customer_id").common == ()


def test_only_columns_of_the_data_can_be_asked(small: DatasetStatistics) -> None:
    for key in ("lines:nothing", 'lines:amount" FROM lines --', "", None, "amount", "lines:day"):
        with pytest.raises(NotFoundError, match="no such column"):
            small.distribution(key)


def test_names_of_columns_are_never_sql(tmp_path: Path) -> None:
    types = {
        "customer_id": "VARCHAR",
        'a"; DROP TABLE x; --'.replace('"', '""'): "DOUBLE",
        "sel ect": "VARCHAR",
    }
    found = DatasetStatistics(customers(tmp_path / "h", types, [("1", 2.0, "x"), ("2", 4.0, "x")]), threads=1)
    assert [column.name for column in found.columns] == ["customer_id", 'a"; DROP TABLE x; --', "sel ect"]
    chart = found.distribution('customers:a"; DROP TABLE x; --')
    assert isinstance(chart, Histogram)
    assert (chart.n, chart.low, chart.high) == (2, 2, 4)


# Categories


def test_categories_net_the_returns_and_count_each_order(small: DatasetStatistics) -> None:
    found = small.by_category("lines:category")
    assert found.top == (
        Category("Tea", 31.0, 2, 2),
        Category("Toys", 25.5, 3, 4),
        Category(None, 9.0, 1, 1),
    )
    assert (found.rest, found.others, found.amount, found.rows) == (None, 0, 65.5, 7)


def test_the_rest_of_the_categories_is_one_bar_whose_orders_count_once(tmp_path: Path) -> None:
    rows = [line("a", f"o{at}", "2024-01-01", 1, str(100 - at), f"v{at:02d}") for at in range(20)] * 3
    # One order with two of the rest: it is one order of the rest.
    rows += [line("a", "both", "2024-01-01", 1, "1", f"v{at}") for at in (18, 19)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).by_category("lines:category")
    assert [each.label for each in found.top] == [f"v{at:02d}" for at in range(15)]
    assert found.top[0] == Category("v00", 300.0, 1, 3)
    assert found.rest == Category("", float(3 * sum(100 - at for at in range(15, 20)) + 2), 6, 17)
    assert (found.others, found.rows) == (5, 62)


def test_an_attribute_is_compared_by_what_its_customers_spent(tmp_path: Path) -> None:
    attributes = (
        {"customer_id": "VARCHAR", "age": "BIGINT", "city": "VARCHAR"},
        [("a", 30, "Oslo"), ("c", 50, "Rome")],
    )
    dataset = transactions(tmp_path / "h", [[line(*each) for each in LINES]], attributes=attributes)
    found = DatasetStatistics(dataset, threads=1)
    assert [column.key for column in found.columns][-2:] == ["attributes:age", "attributes:city"]
    assert found.by_category("attributes:city").top == (
        Category("Oslo", 100.0, 2, 1),
        Category(None, 15.5, 2, 1),
        Category("Rome", -50.0, 0, 1),
    )
    assert "age" in found.correlation("customers").columns


def test_an_attribute_is_as_full_as_the_customers_who_have_it(tmp_path: Path) -> None:
    attributes = (
        {"customer_id": "VARCHAR", "age": "BIGINT", "city": "VARCHAR"},
        [("c00", 30, "Oslo"), ("c01", 40, "Oslo"), ("c02", 50, None)],
    )
    rows = [line(f"c{at % 12:02d}", f"{at}", "2024-01-01", 1, str(at), None) for at in range(24)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows], attributes=attributes), threads=1)
    shares = {each.column.name: (each.filled, each.rows, each.filled_share) for each in found.summaries()}
    assert shares["age"] == (3, 12, 0.25)
    assert shares["city"] == (2, 12, 2 / 12)
    assert shares["amount"] == (24, 24, 1.0)
    # Five full columns of 24 rows, and 9 and 10 of 12 customers without an age and a city.
    assert found.facts().missing_share == pytest.approx(19 / (5 * 24 + 2 * 12))
    age, city = found.distribution("attributes:age"), found.distribution("attributes:city")
    assert (age.n, age.missing) == (3, 9)
    assert (city.n, city.missing) == (2, 10)


def test_correlations_with_an_attribute_are_of_the_customers_who_have_it(tmp_path: Path) -> None:
    draw = random.Random(11)
    spent = {f"c{at:02d}": draw.randint(1, 90) for at in range(40)}
    ages = {f"c{at:02d}": draw.randint(18, 80) for at in range(12)}
    heights = {f"c{at:02d}": draw.randint(150, 200) for at in range(9)}
    attributes = (
        {"customer_id": "VARCHAR", "age": "BIGINT", "height": "BIGINT"},
        [(who, age, heights.get(who)) for who, age in ages.items()],
    )
    rows = [line(who, who, "2024-01-01", 1, str(amount), None) for who, amount in spent.items()]
    found = DatasetStatistics(
        transactions(tmp_path / "h", [rows], attributes=attributes), threads=1
    ).correlation()
    at = {name: place for place, name in enumerate(found.columns)}
    net, age, height = at["net_amount"], at["age"], at["height"]
    assert (found.n, found.pairs[age][net], found.pairs[height][net]) == (40, 12, 9)
    assert found.r[age][net] == pytest.approx(
        plain.correlation(list(ages.values()), [spent[who] for who in ages]), abs=1e-6
    )
    # Nine customers are too few.
    assert found.r[height][net] is None
    assert found.r[height][age] is None


def test_only_values_that_come_back_are_categories(small: DatasetStatistics) -> None:
    assert [column.name for column in small.category_columns()] == ["category"]
    with pytest.raises(InputError, match="too many different values"):
        small.by_category("lines:customer_id")


def labelled(home: Path, extra: dict[str, Callable[[int], str]], categories: int = 0) -> DatasetStatistics:
    """300 lines of 60 customers, five each, with columns of the shop's own worked out from their places."""
    rows = [
        (
            *line(f"c{at % 60:02d}", f"{at}", "2024-01-01", 1, "5", f"v{at % categories}" if categories else None),
            *(value(at) for value in extra.values()),
        )
        for at in range(300)
    ]  # fmt: skip
    return DatasetStatistics(transactions(home, [rows], extra=dict.fromkeys(extra, "VARCHAR")), threads=1)


@pytest.mark.parametrize("exact_up_to", [1_000_000, 1], ids=["counted", "estimated"])
def test_ids_of_customers_under_another_name_are_no_categories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact_up_to: int
) -> None:
    monkeypatch.setattr("data.statistics.source.EXACT_DISTINCT_ROWS", exact_up_to)
    found = labelled(
        tmp_path / "h",
        {
            "sample_id": lambda at: f"s{at % 60}",
            # Two lines each, always of one customer: orders.
            "receipt": lambda at: f"r{at % 60}-{at // 120}",
            # As many values, but of many customers each.
            "shelf": lambda at: f"h{(at * 7 + at // 60) % 61}",
            "channel": lambda at: ("web", "shop")[at % 2],
        },
    )
    assert [column.name for column in found.category_columns()] == ["shelf", "channel"]
    with pytest.raises(InputError, match=r"sample_id cannot be compared: .* names customers"):
        found.by_category("lines:sample_id")


@pytest.mark.parametrize(
    ("extra", "categories", "first"),
    [
        ({"shelf": 61, "channel": 2}, 0, "lines:channel"),
        ({"channel": 2}, 70, "lines:category"),
        ({"shelf": 61}, 0, "lines:shelf"),
        ({}, 0, None),
    ],
    ids=["few values", "the category", "many values", "none"],
)
def test_what_is_compared_first(
    tmp_path: Path, extra: dict[str, int], categories: int, first: str | None
) -> None:
    def values(most: int) -> Callable[[int], str]:
        return lambda at: f"x{(at * 7 + at // 60) % most}"

    made = labelled(tmp_path / "h", {name: values(most) for name, most in extra.items()}, categories)
    found = made.first_category()
    assert (found.key if found else None) == first


# Correlation


def test_correlations_of_rows(tmp_path: Path) -> None:
    pairs = [
        (1, 2.0),
        (2, 3.5),
        (3, 7.0),
        (4, 6.0),
        (5, 5.0),
        (6, 9.5),
        (7, 8.0),
        (8, 7.5),
        (9, 9.0),
        (10, 1.0),
    ]
    rows = [line("a", str(at), "2024-01-01", x, str(y), None) for at, (x, y) in enumerate(pairs)]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).correlation("rows")
    assert found.columns == ("quantity", "amount")
    assert (
        found.r[0][1]
        == found.r[1][0]
        == pytest.approx(plain.correlation(*zip(*pairs, strict=True)), abs=1e-6)
    )
    assert (found.pairs[0][1], found.n, found.total) == (10, 10, 10)


def test_correlations_of_customers_are_of_their_sums(tmp_path: Path) -> None:
    draw = random.Random(3)
    rows, orders, spent, recency = [], [], [], []
    for who in range(40):
        dates = sorted(
            D(2024, 1, 1) + dt.timedelta(days=draw.randrange(90)) for _ in range(draw.randint(1, 6))
        )
        amounts = [draw.randint(1, 90) for _ in dates]
        rows += [
            line(f"c{who}", f"{who}-{at}", str(day), 1, str(amount), None)
            for at, (day, amount) in enumerate(zip(dates, amounts, strict=True))
        ]
        orders.append(len(dates))
        spent.append(sum(amounts))
        recency.append(dates[-1])
    last = max(recency)
    days = [(last - day).days for day in recency]
    found = DatasetStatistics(transactions(tmp_path / "h", [rows]), threads=1).correlation()
    assert found.columns == (
        "orders", "net_amount", "average_order_value", "units", "days_since_last_order", "days_since_first_order",
    )  # fmt: skip
    at = {name: place for place, name in enumerate(found.columns)}
    assert found.r[at["orders"]][at["net_amount"]] == pytest.approx(
        plain.correlation(orders, spent), abs=1e-6
    )
    assert found.r[at["orders"]][at["units"]] == 1.0
    assert found.r[at["net_amount"]][at["days_since_last_order"]] == pytest.approx(
        plain.correlation(spent, days), abs=1e-6
    )
    assert found.n == found.total == 40


def test_constant_columns_are_left_out_and_missing_ones_counted_by_pair(tmp_path: Path) -> None:
    types = {"customer_id": "VARCHAR", "x": "DOUBLE", "same": "DOUBLE", "y": "DOUBLE"}
    ys = [2.0, None, 5.0, float("nan"), 9.0, 4.0, 8.0, 1.0, 7.0, 3.0, 6.0, 2.5]
    rows = [(str(at), float(at), 5.0, y) for at, y in enumerate(ys)]
    found = DatasetStatistics(customers(tmp_path / "h", types, rows), threads=1).correlation()
    assert (found.columns, found.constant) == (("x", "y"), ("same",))
    both = [(at, y) for at, y in enumerate(ys) if y is not None and not math.isnan(y)]
    assert found.pairs[0][1] == len(both) == 10
    assert found.r[0][1] == pytest.approx(plain.correlation(*zip(*both, strict=True)), abs=1e-6)


# Time


def test_months_without_sales_are_zero_and_the_ends_partial(small: DatasetStatistics) -> None:
    found = small.over_time("month")
    assert [(each.start, each.amount, each.orders, each.partial) for each in found.periods] == [
        (D(2024, 1, 1), 55.5, 2, True),
        (D(2024, 2, 1), 0.0, 0, False),
        (D(2024, 3, 1), 10.0, 2, False),
    ]


def test_weeks_begin_on_monday_and_days_are_whole(small: DatasetStatistics) -> None:
    weeks, days = small.over_time("week").periods, small.over_time("day").periods
    assert all(each.start.weekday() == 0 and (each.end - each.start).days == 6 for each in weeks)
    assert (weeks[0].start, weeks[0].partial, weeks[-1].partial) == (D(2024, 1, 8), True, False)
    assert len(days) == 82
    assert not any(each.partial for each in days)
    for periods in (weeks, days):
        assert sum(each.amount for each in periods) == 65.5
        assert sum(each.orders for each in periods) == 4


def test_customer_tables_have_no_time(tmp_path: Path) -> None:
    found = DatasetStatistics(customers(tmp_path / "h", {"customer_id": "VARCHAR"}, [("1",)]), threads=1)
    with pytest.raises(InputError, match="does not say when"):
        found.over_time()
    with pytest.raises(InputError, match="of customers or of rows"):
        found.correlation("rows")


# Answers


def test_an_answer_is_worked_out_once_and_does_not_depend_on_the_asker(small: DatasetStatistics) -> None:
    found: list[Any] = []
    askers = [threading.Thread(target=lambda: found.append(small.correlation("rows"))) for _ in range(6)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(found) == 6
    assert all(each is found[0] for each in found)


def test_the_order_of_the_rows_and_the_files_changes_nothing(tmp_path: Path) -> None:
    rows = [line(*each) for each in LINES]
    one = DatasetStatistics(transactions(tmp_path / "a", [rows]), threads=1)
    two = DatasetStatistics(transactions(tmp_path / "b", [rows[::-2], rows[-2::-2]]), threads=2)
    for question in (
        DatasetStatistics.facts,
        DatasetStatistics.summaries,
        DatasetStatistics.correlation,
        DatasetStatistics.over_time,
        lambda each: each.by_category("lines:category"),
        lambda each: each.distribution("lines:amount"),
    ):
        assert question(one) == question(two)


def test_a_data_set_that_is_gone_is_told_in_a_sentence(small: DatasetStatistics) -> None:
    shutil.rmtree(small.dataset.path)
    with pytest.raises(Exception, match="Shop: a file of this data set cannot be read") as caught:
        small.over_time()
    assert type(caught.value).__name__ == "StoreError"


# Bins


@given(st.floats(1e-6, 1e9))
def test_nice_steps_are_round_and_wide_enough(width: float) -> None:
    step = nice_step(width)
    assert width * (1 - 1e-6) <= step <= 10 * width
    assert f"{step:e}"[0] in "125"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.sampled_from([0.0, 0.1, 1.0]))
def test_edges_hold_the_values_they_do_not_leave_outside(low: float, span: float, unit: float) -> None:
    edges = bin_edges(low, low + span, low, low + span, unit)
    slack = 1e-6 * (abs(low) + span + 1)
    assert edges[0] <= low + slack
    assert low + span < edges[-1] + slack
    assert 2 <= len(edges) <= 56
    assert edges[1] - edges[0] >= unit * (1 - 1e-6)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_logarithmic_edges_are_not_finer_than_whole_numbers(low: int, span: int) -> None:
    edges = log_bin_edges(math.log10(low), math.log10(low + span), 1.0)
    assert edges[0] <= math.log10(low) + 1e-6
    assert edges[-1] > math.log10(low + span) - 1e-6
    assert 10 ** (math.log10(low) + edges[1] - edges[0]) >= (low + 1) * (1 - 1e-6)


# Real files


def imported(home: Path, path: Path, work: Path) -> Dataset:
    """A data set of transactions as an import makes it."""

    def fill(folder: Path) -> dict[str, Any]:
        done = run_import(path, work, load=False, threads=2)
        for part in done.cleaned.paths:
            shutil.copy(part, folder / part.name)
        return {"kind": "transactions", "buckets": [[part.name for part in done.cleaned.paths]]}

    return publish(home, fill)


def test_cdnow(real_data: Path, tmp_path: Path) -> None:
    dataset = imported(tmp_path / "home", real_data / "cdnow" / "CDNOW_master.txt", tmp_path / "work")
    found = DatasetStatistics(dataset)
    facts = found.facts()
    assert (facts.rows, facts.customers, facts.net) == (69_659, 23_570, 2_500_315.63)
    months = found.over_time("month").periods
    assert len(months) == 18
    assert round(sum(month.amount for month in months), 2) == 2_500_315.63
    assert sum(month.orders for month in months) == facts.orders
    assert not any(month.partial for month in months)
    chart = found.distribution("lines:quantity")
    assert isinstance(chart, Histogram)
    assert chart.below + sum(chart.counts) + chart.above == 69_659


def test_online_retail(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "online_retail" / "online_retail.parquet"
    found = DatasetStatistics(imported(tmp_path / "home", path, tmp_path / "work"))
    countries = found.by_category("lines:country")
    assert countries.top[0].label == "United Kingdom"
    with duckdb.connect() as engine:
        uk = engine.execute(
            "SELECT sum(Quantity * UnitPrice::DECIMAL(18,4)), count(DISTINCT InvoiceNo)"
            " FILTER (WHERE Quantity > 0 AND UnitPrice > 0), count(*)"
            f" FROM read_parquet('{path}') WHERE CustomerID IS NOT NULL AND Country = 'United Kingdom'"
        ).fetchone()
    assert uk is not None
    assert countries.top[0].amount == pytest.approx(float(uk[0]), abs=0.01)
    assert (countries.top[0].orders, countries.top[0].rows) == (uk[1], uk[2])
    assert countries.others == 22
    last = found.over_time("month").periods[-1]
    assert (last.start, last.partial) == (D(2011, 12, 1), True)
    assert "days_since_last_order" in found.correlation().columns


def test_the_e_commerce_table(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "ecommerce_customer_behavior" / "E-commerce Customer Behavior - Sheet1.csv"

    def fill(folder: Path) -> dict[str, Any]:
        with duckdb.connect() as engine:
            engine.execute(
                'COPY (SELECT CAST("Customer ID" AS VARCHAR) AS customer_id, * EXCLUDE ("Customer ID")'
                f" FROM read_csv('{source}')) TO '{folder / 'customers.parquet'}' (FORMAT parquet)"
            )
        return {
            "kind": "customers",
            "buckets": [],
            "columns": [{"name": "Total Spend", "type": "number", "role": "monetary"}],
        }

    found = DatasetStatistics(publish(tmp_path / "home", fill))
    facts = found.facts()
    assert (facts.rows, facts.net, facts.orders) == (350, 295_883.6, None)
    satisfaction = found.distribution("customers:Satisfaction Level")
    assert isinstance(satisfaction, Bars)
    assert satisfaction.missing == 2
    cities = found.by_category("customers:City")
    assert (cities.of, cities.measure, cities.amount) == ("customers", "Total Spend", 295_883.6)
    assert cities.top[0].label == "San Francisco"
    assert found.levels() == ("customers",)
    assert "Total Spend" in found.correlation().columns

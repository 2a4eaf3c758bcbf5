"""What the statistics show of a data set, from the tab's opening to each chart and its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dash import Dash
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import statistics as page
from callbacks.services import Services
from callbacks.statistics import OpenStatistics
from data.statistics import Column, ColumnSummary, Correlation, Period, Periods, StatisticsFacts
from data.store import DATASETS, Store, write_json
from jobs.queue import JobQueue
from pages._ui import ids
from pages._ui import statistics as view
from settings import Settings
from tests.layouts import text_of

EVIL = "<b>x</b>"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Services over a workspace of two data sets, whose jobs wait for ever."""
    store = Store(tmp_path_factory.mktemp("statistics") / "home")
    return Services(Settings(home=store.home), store, JobQueue(store.home, workers=0))


def publish(services: Services, details: dict[str, Any], fill: Callable[[Path], None]) -> str:
    def filled(folder: Path) -> dict[str, Any]:
        write_json(folder / "ledger.json", {"understood": {"currency": "GBP"}})
        fill(folder)
        return details

    return services.store.publish(DATASETS, "Shop", filled)


@pytest.fixture(scope="module")
def shop(services: Services) -> str:
    """Sixty orders of six customers over two months, in two countries."""
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=at) for at in range(60)]
    money = pa.decimal128(18, 4)
    table = pa.table(
        {
            "customer_id": [f"c{at % 6}" for at in range(60)],
            "order_id": [f"o{at}" for at in range(60)],
            "ordered_at": pa.array(days, pa.date32()).cast(pa.timestamp("us")),
            "day": pa.array(days, pa.date32()),
            "quantity": pa.array([None] * 60, pa.float64()),
            "unit_price": pa.array([None] * 60, money),
            "amount": pa.array([Decimal(at % 10) for at in range(60)], money),
            "product_id": pa.array([None] * 60, pa.string()),
            "country": [EVIL if at % 3 else None for at in range(60)],
            "Channel": [("web", "shop")[at % 2] for at in range(60)],
        }
    )
    return publish(
        services,
        {"kind": "transactions", "buckets": [["transactions.parquet"]]},
        lambda folder: pq.write_table(table, folder / "transactions.parquet"),
    )


@pytest.fixture(scope="module")
def people(services: Services) -> str:
    """A table of four customers without money."""
    table = pa.table({"customer_id": ["1", "2", "3", "4"], "City": ["Oslo", "Oslo", "Rome", None]})
    return publish(
        services,
        {"kind": "customers", "buckets": [], "columns": []},
        lambda folder: pq.write_table(table, folder / "customers.parquet"),
    )


@pytest.fixture(scope="module")
def opened(services: Services) -> OpenStatistics:
    return OpenStatistics(services)


def ids_of(component: Any) -> list[str]:
    if isinstance(component, list | tuple):
        return [found for each in component for found in ids_of(each)]
    if not isinstance(component, Component):
        return []
    own = [component.id] if getattr(component, "id", None) else []
    return [*own, *ids_of(getattr(component, "children", None))]


def ready(dataset: str) -> dict[str, Any]:
    return {"dataset": dataset, "currency": "GBP"}


# Opening


def test_nothing_is_worked_out_before_the_tab_is_open(opened: OpenStatistics, shop: str) -> None:
    for dataset, tab, known in (
        (shop, None, None),
        (shop, "ledger", None),
        (None, "statistics", None),
        (shop, "statistics", ready(shop)),
    ):
        with pytest.raises(PreventUpdate):
            page.open_section(opened, dataset, tab, known)


def test_the_section_opens_with_facts_and_choices(opened: OpenStatistics, shop: str) -> None:
    shown = page.open_section(opened, shop, "statistics", None)
    words = text_of(page.show_facts(opened, ready(shop)))
    for text in (
        "Rows 60",
        "Customers 6",
        "Orders 54",
        "First day 1 Jan 2024",
        "Net amount £270",
        "Per order £5",
    ):
        assert text in words
    assert {"label": "Order date", "value": "lines:ordered_at"} in shown["column_options"]
    assert {"label": "Channel", "value": "lines:Channel"} in shown["column_options"]
    assert shown["column"] == "lines:amount"
    # The country has one value and nothing else to compare it with; missing is not a value.
    assert page.choose_category(opened, ready(shop)) == (
        [{"label": "Channel", "value": "lines:Channel"}], "lines:Channel", False,
    )  # fmt: skip
    assert not shown["no_time"]
    assert [each["label"] for each in shown["level_options"]] == ["Customers", "Rows"]
    assert shown["ready"] == ready(shop)
    assert shown["message"] is None


def test_a_table_of_customers_has_no_time(opened: OpenStatistics, people: str) -> None:
    shown = page.open_section(opened, people, "statistics", ready("another"))
    assert (shown["no_time"], shown["level"]) == (True, "customers")
    assert page.choose_category(opened, ready(people))[1] == "customers:City"
    assert "Orders" not in text_of(page.show_facts(opened, ready(people)))
    with pytest.raises(PreventUpdate):
        page.draw_time(opened, ready(people), "month", "light")


def test_a_data_set_that_is_not_there_is_told(opened: OpenStatistics) -> None:
    shown = page.open_section(opened, "20240101-nothing", "statistics", None)
    assert "There is no data set 20240101-nothing" in text_of(shown["message"])
    assert shown["ready"] is None
    assert page.show_facts(opened, None) is None
    assert page.choose_category(opened, None) == ([], None, True)
    gone = ready("20240101-nothing")
    assert "There is no data set 20240101-nothing" in text_of(page.show_facts(opened, gone))
    assert page.choose_category(opened, gone) == ([], None, True)


def test_the_last_data_sets_stay_open(services: Services, shop: str, people: str) -> None:
    opened = OpenStatistics(services)
    first = opened.of(shop)
    assert opened.of(people) is not first
    assert opened.of(shop) is first


# Tables


def test_the_tables_list_columns_and_rows(opened: OpenStatistics, shop: str) -> None:
    columns, head = page.tables(opened, ready(shop))
    words = text_of(columns)
    assert "Amount Number 100 % 10 £0.00 £4.50 £4.50 £9.00" in " ".join(words.split())
    assert "web 50.0 %" in words
    assert "Country Text 66.7 % 1" in " ".join(words.split())
    assert columns.tabIndex == "0"
    rows = head.children.children[1].children
    assert len(rows) == 20
    assert [cell.children for cell in rows[0].children] == ["c0", "o0", "2024-01-01", "0.00", "", "web"]


def test_an_estimate_says_so_and_is_rounded() -> None:
    column = Column("lines:order_id", "order_id", "text")
    line = page.column_line(ColumnSummary(column, 9_000_000, 8_999_999, 4_261_282, about=True), None)
    assert (line.distinct, line.filled) == ("about 4,300,000", "over 99.9 %")
    line = page.column_line(ColumnSummary(column, 10, 0, 0), None)
    assert (line.distinct, line.filled) == ("0", "0 %")


def test_shares_are_never_rounded_to_all_or_nothing() -> None:
    assert [page.share(each) for each in (0, 0.0004, 0.25, 0.9996, 1)] == [
        "0 %", "under 0.1 %", "25.0 %", "over 99.9 %", "100 %",
    ]  # fmt: skip


# Charts


def test_the_distribution_and_its_scale(opened: OpenStatistics, shop: str) -> None:
    figure, note, fixed = page.draw_distribution(opened, ready(shop), "lines:amount", False, "light")
    assert sum(figure.data[0].y) == 60
    assert "their median is £4.50, their mean (dashed) £4.50" in note
    assert not fixed
    _, note, _ = page.draw_distribution(opened, ready(shop), "lines:amount", True, "light")
    assert note.startswith(
        "Half of the 54 rows above zero lie between £3 and £7, their median is £5, their mean (dashed) £5."
    )
    assert "6 rows at zero or below cannot stand on a logarithmic scale." in note
    figure, note, fixed = page.draw_distribution(opened, ready(shop), "lines:country", True, "dark")
    assert fixed
    assert note == "Counted: 40 rows. 20 rows without a value."
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;x&lt;/b&gt;",)


def test_an_unknown_column_is_told_in_words(opened: OpenStatistics, shop: str) -> None:
    figure, note, _ = page.draw_distribution(opened, ready(shop), "lines:nothing", False, "light")
    assert figure.layout.annotations[0].text == "The chart cannot be drawn."
    assert "no such column" in text_of(note)
    _, note = page.draw_categories(opened, ready(shop), "lines:order_id", "light")
    assert "too many different values" in text_of(note)
    _, note = page.draw_correlation(opened, ready(shop), "planets", "light")
    assert "of customers or of rows" in text_of(note)
    _, note = page.draw_time(opened, ready(shop), "century", "light")
    assert "by day, week or month" in text_of(note)


def test_categories(opened: OpenStatistics, shop: str, people: str) -> None:
    figure, note = page.draw_categories(opened, ready(shop), "lines:Channel", "light")
    assert list(figure.data[0].x) == [150.0, 120.0]
    assert note.startswith("2 values of 60 rows. Returns are taken off")
    figure, note = page.draw_categories(opened, ready(people), "customers:City", "light")
    assert list(figure.data[0].x) == [2, 1, 1]
    assert note == "2 values of 3 customers. 1 customer without a value."


def test_correlation_says_of_how_many(opened: OpenStatistics, shop: str) -> None:
    figure, note = page.draw_correlation(opened, ready(shop), "customers", "light")
    assert note.startswith("Pearson's r of 6 customers")
    assert "Blank: fewer than 10 customers have both values." in note
    assert figure.layout.annotations[0].text == "Too few values to compare."
    joined = Correlation(
        "customers",
        ("net_amount", "Age", "Height", "Same"),
        ((1.0, 0.5, None, 0.1), (0.5, 1.0, None, None), (None, None, 1.0, None), (0.1, None, None, 1.0)),
        ((2357, 34, 9, 2357), (34, 2357, 9, 34), (9, 9, 2357, 9), (2357, 34, 9, 2357)),
        2357,
        2357,
    )
    assert page.correlation_note(joined) == (
        "Pearson's r of 2,357 customers: −1 to 1, 0 where two columns do not move together."
        " Each pair is of the customers that have both values, 34 at the least."
        " Blank: fewer than 10 customers have both values."
        " Blank: one value does not vary among the customers that have both."
    )
    full = Correlation("rows", ("quantity", "amount"), ((1.0, 0.5), (0.5, 1.0)), ((60, 60), (60, 60)), 60, 60)
    assert page.correlation_note(full) == (
        "Pearson's r of 60 rows: −1 to 1, 0 where two columns do not move together."
    )
    sampled = Correlation(
        "customers", ("a", "b"), ((1.0, 0.5), (0.5, 1.0)), ((250, 250), (250, 250)), 250, 1000,
        constant=("units",), beyond=("z",),
    )  # fmt: skip
    note = page.correlation_note(sampled)
    assert "a fixed sample of 250 of 1,000 customers" in note
    assert "Left out because the values do not vary: Units." in note
    assert "Only the first 2 columns are compared." in note


def test_time(opened: OpenStatistics, shop: str) -> None:
    figure, note = page.draw_time(opened, ready(shop), "month", "dark")
    assert sum(figure.data[0].y) == 270
    assert note == "1 Jan 2024 to 29 Feb 2024; returns are taken off."
    cut = Periods(
        "week",
        (Period(dt.date(2024, 1, 1), dt.date(2024, 1, 7), 1.0, 1, True),),
        dt.date(2024, 1, 2),
        dt.date(2024, 1, 7),
    )
    assert page.time_note(cut).endswith("Hatched: a week that the data holds only in part.")


def test_charts_wait_for_data_set_and_theme(opened: OpenStatistics, shop: str) -> None:
    draws: tuple[Callable[..., Any], ...] = (page.draw_categories, page.draw_correlation, page.draw_time)
    for known, theme in ((None, "light"), (ready(shop), None)):
        for draw in draws:
            with pytest.raises(PreventUpdate):
                draw(opened, known, "customers", theme)
        with pytest.raises(PreventUpdate):
            page.draw_distribution(opened, known, "lines:amount", False, theme)
    with pytest.raises(PreventUpdate):
        page.tables(opened, None)


# Words and layout


def test_facts_leave_out_what_is_not_known() -> None:
    facts = StatisticsFacts("customers", 4, 2, 4, 0.0)
    assert page.facts_words(facts, None) == [("Rows", "4"), ("Columns", "2"), ("Empty cells", "0 %")]


def test_every_id_of_the_section_stands_in_it_once() -> None:
    found = ids_of(view.statistics_section())
    declared = {
        value for name, value in vars(view).items() if name.isupper() and str(value).startswith("data-stat-")
    }
    assert declared == set(found)
    assert len(found) == len(set(found))


def test_no_card_waits_for_what_another_works_out(services: Services) -> None:
    app = Dash(__name__)
    page.register(app, services)
    waits = {
        output: {each["id"] for each in entry["inputs"]} - {view.READY, ids.SHELL_THEME_VALUE}
        for output, entry in app.callback_map.items()
        if view.READY in {each["id"] for each in entry["inputs"]}
    }
    controls = {frozenset(each) for each in waits.values()}
    assert len(waits) == 7
    assert controls == {
        frozenset(), frozenset({view.COLUMN, view.LOG}), frozenset({view.CATEGORY}),
        frozenset({view.LEVEL}), frozenset({view.GRAIN}),
    }  # fmt: skip
    # Of these controls only the categories take counting to fill.
    (opening,) = (output for output in app.callback_map if view.READY in output)
    assert all(f"{name}.value" in opening for name in (view.COLUMN, view.LEVEL))
    assert not any(name in opening for name in (view.FACTS, view.CATEGORY))


def test_every_control_has_a_name() -> None:
    words = text_of(view.statistics_section())
    for name in ("Column", "Category", "Compare", "Grain"):
        assert name in words

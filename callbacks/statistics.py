"""The statistics of a data set: worked out when the tab is opened, chart by chart as its control is set."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from data import names
from data.errors import LapwingError
from data.statistics import (
    MIN_PAIRS,
    Bars,
    Categories,
    Column,
    ColumnSummary,
    Correlation,
    DatasetStatistics,
    Distribution,
    Histogram,
    Periods,
    StatisticsFacts,
)
from figures import words
from figures.data import (
    box_words,
    categories_figure,
    correlation_figure,
    distribution_figure,
    tail_words,
    time_figure,
)
from figures.theme import says
from pages._ui import ids
from pages._ui import statistics as view
from pages._ui.controls import problem
from pages._ui.datasets import SELECTED, TAB

if TYPE_CHECKING:
    from callbacks.services import Services

# The value of the data set's tab while the statistics are open.
OPEN = "statistics"
_KEPT = 3
_LABELS = {
    names.CUSTOMER_ID: "Customer id",
    names.ORDER_ID: "Order id",
    names.ORDERED_AT: "Order date",
    names.QUANTITY: "Quantity",
    names.UNIT_PRICE: "Unit price",
    names.AMOUNT: "Amount",
    names.PRODUCT_ID: "Product",
    names.CATEGORY: "Category",
    names.COUNTRY: "Country",
    names.DISCOUNT: "Discount",
    names.CURRENCY: "Currency",
    names.STATUS: "Status",
    names.REFUND: "Refund",
}
_MEASURES = {
    "orders": "Orders",
    "net_amount": "Net amount",
    "average_order_value": "Order value",
    "units": "Units",
    "different_products": "Products",
    "days_since_last_order": "Days since last",
    "days_since_first_order": "Days since first",
}
_TYPES = {"number": "Number", "text": "Text", "date": "Date"}
_LEVELS = {"customers": "Customers", "rows": "Rows"}


class OpenStatistics:
    """The data sets whose statistics were asked for last; their answers stay."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._open: OrderedDict[str, DatasetStatistics] = OrderedDict()

    def of(self, dataset_id: str) -> DatasetStatistics:
        """The statistics of a data set; NotFoundError where there is none (any more)."""
        dataset = self._services.store.dataset(dataset_id)
        settings = self._services.settings
        with self._lock:
            found = self._open.pop(dataset_id, None) or DatasetStatistics(
                dataset,
                threads=settings.threads,
                memory_mb=settings.memory_mb // 2,
                scratch=self._services.store.home / "tmp",
            )
            self._open[dataset_id] = found
            # Not closed: another thread may be reading; it goes with its last reader.
            while len(self._open) > _KEPT:
                self._open.popitem(last=False)
        return found


# What the section shows of a data set, and what it can be asked


def open_section(
    opened: OpenStatistics, dataset_id: str | None, tab: str | None, ready: dict[str, Any] | None
) -> dict[str, Any]:
    """Columns and choices of the selected data set, once its statistics are looked at: what comes at once."""
    if not dataset_id or tab != OPEN or (ready or {}).get("dataset") == dataset_id:
        raise PreventUpdate
    try:
        statistics = opened.of(dataset_id)
    except LapwingError as error:
        return {**_nothing(), "message": problem(str(error))}
    return {
        "message": None,
        "column_options": [option(column) for column in statistics.columns],
        "column": first_column(statistics.columns),
        "level_options": [
            {"label": _LEVELS[level], "value": level} for level in statistics.levels()
        ],
        "level": statistics.levels()[0],
        "no_time": statistics.kind != names.TRANSACTIONS,
        "ready": {"dataset": dataset_id, "currency": currency_of(statistics)},
    }  # fmt: skip


def _nothing() -> dict[str, Any]:
    return {
        "message": None,
        "column_options": [],
        "column": None,
        "level_options": [],
        "level": None,
        "no_time": True,
        "ready": None,
    }


def show_facts(opened: OpenStatistics, ready: dict[str, Any] | None) -> Any:
    """The data set in numbers; nothing where none is open."""
    if not ready:
        return None
    try:
        facts = opened.of(ready["dataset"]).facts()
    except LapwingError as error:
        return problem(str(error))
    return view.facts_list(facts_words(facts, ready["currency"]))


def choose_category(
    opened: OpenStatistics, ready: dict[str, Any] | None
) -> tuple[list[dict[str, str]], str | None, bool]:
    """The categories to choose from, the first to compare, and whether there is none."""
    if not ready:
        return [], None, True
    try:
        statistics = opened.of(ready["dataset"])
        columns, first = statistics.category_columns(), statistics.first_category()
    except LapwingError:
        # The other cards say what is wrong.
        return [], None, True
    return [option(column) for column in columns], first.key if first else None, not columns


def currency_of(statistics: DatasetStatistics) -> str | None:
    """Code of the currency as the import understood it, where it did."""
    found = statistics.dataset.ledger.get("understood", {}).get("currency")
    return found if isinstance(found, str) and words.symbol(found) else None


def label(column: Column) -> str:
    """A column in words: roles of transactions have their own, others are named as in the file."""
    if column.relation == "lines":
        return _LABELS.get(column.name, column.name)
    return "Customer id" if column.name == names.CUSTOMER_ID else column.name


def option(column: Column) -> dict[str, str]:
    """A column as a choice; an attribute joined from another file says whose it is."""
    whose = " (of the customer)" if column.relation == "attributes" else ""
    return {"label": f"{label(column)}{whose}", "value": column.key}


def first_column(columns: tuple[Column, ...]) -> str | None:
    """What is drawn before anyone chooses: the amount, else the first number, else the first column."""
    wished = [column for column in columns if column.role in (names.AMOUNT, "monetary")]
    numbers = [column for column in columns if column.type == "number"]
    return next((column.key for column in (*wished, *numbers, *columns)), None)


def facts_words(facts: StatisticsFacts, currency: str | None) -> list[tuple[str, str]]:
    """The facts as pairs of word and value; what the data does not say is left out."""
    found = [("Rows", words.count(facts.rows)), ("Columns", words.count(facts.columns))]
    if facts.kind == names.TRANSACTIONS:
        found += [("Customers", words.count(facts.customers)), ("Orders", words.count(facts.orders))]
        found += [("First day", words.day(facts.first)), ("Last day", words.day(facts.last))]
    if facts.net is not None:
        word = "Net amount" if facts.kind == names.TRANSACTIONS else "Spent in total"
        found.append((word, words.money(facts.net, currency)))
        if facts.kind == names.TRANSACTIONS:
            found += [
                ("Per row", words.money(facts.per_line, currency)),
                ("Per order", words.money(facts.per_order, currency)),
            ]
        found.append(("Per customer", words.money(facts.per_customer, currency)))
    if facts.orders_per_customer is not None:
        found.append(("Orders per customer", words.marks(f"{facts.orders_per_customer:,.2f}")))
    found.append(("Empty cells", share(facts.missing_share)))
    return found


def share(value: float) -> str:
    """A share that is never rounded to all or to nothing."""
    if 0 < value < 0.001:
        return f"under {words.percent(0.001, 1)}"
    return (
        f"over {words.percent(0.999, 1)}"
        if 0.999 < value < 1
        else words.percent(value, 0 if value in (0, 1) else 1)
    )


# Tables


def tables(opened: OpenStatistics, ready: dict[str, Any] | None) -> tuple[Any, Any]:
    """The table of columns and some of the rows."""
    if not ready:
        raise PreventUpdate
    try:
        statistics = opened.of(ready["dataset"])
        lines = [column_line(each, ready["currency"]) for each in statistics.summaries()]
        head = statistics.head()
    except LapwingError as error:
        return problem(str(error)), None
    return view.columns_table(lines), view.head_table(list(map(label, head.columns)), head.rows)


def column_line(summary: ColumnSummary, currency: str | None) -> view.ColumnLine:
    """A column's line, as words."""
    column = summary.column
    about = "about " if summary.about else ""
    number = column.type == "number"
    common = tuple((value, share(rows / summary.filled)) for value, rows in summary.common)

    values = (summary.low, summary.median, summary.mean, summary.high)
    places = words.places_of(each for each in values if isinstance(each, int | float))

    def shown(value: float | dt.date | None) -> str:
        if value is None:
            return ""
        if isinstance(value, dt.date):
            return words.day(value)
        return words.amount(value, places, currency) if column.money else words.number(value)

    return view.ColumnLine(
        name=option(column)["label"],
        kind=_TYPES[column.type],
        filled=share(summary.filled_share),
        distinct=about + words.count(_rounded(summary.distinct) if summary.about else summary.distinct),
        low=shown(summary.low),
        median=shown(summary.median),
        mean=shown(summary.mean) if number else "",
        high=shown(summary.high),
        common=common,
    )


def _rounded(estimate: int) -> int:
    """An estimate with the two figures that it is good for."""
    return round(estimate, 2 - len(str(estimate))) if estimate > 100 else estimate


# Charts


def draw_distribution(
    opened: OpenStatistics,
    ready: dict[str, Any] | None,
    key: str | None,
    log: bool | None,
    theme: str | None,
) -> tuple[Any, Any, bool]:
    """The chart of a column's values, words about it, and whether the scale can be chosen."""
    if not ready or not key or not theme:
        raise PreventUpdate
    try:
        statistics = opened.of(ready["dataset"])
        column = statistics.column(key)
        fixed = column.type != "number"
        found = statistics.distribution(key, log=bool(log))
    except LapwingError as error:
        return says("The chart cannot be drawn.", theme), problem(str(error)), False
    figure = distribution_figure(found, label(column), theme, ready["currency"])
    return figure, distribution_note(found, ready["currency"]), fixed


def distribution_note(found: Distribution, currency: str | None) -> str:
    """What the chart counts, what it leaves out, and the box in words."""
    noun = "row" if found.column.relation == "lines" else "customer"
    sentences = []
    if isinstance(found, Histogram):
        sentences.append(box_words(found.box, found, currency))
        if found.unfit:
            sentences.append(
                f"{words.plural(found.unfit, noun)} at zero or below cannot stand on a logarithmic scale."
            )
        sentences.append(tail_words(found, currency))
    elif isinstance(found, Bars) and found.counts:
        sentences.append(f"Counted: {words.plural(found.n, noun)}.")
    if found.missing:
        sentences.append(f"{words.plural(found.missing, noun)} without a value.")
    return " ".join(filter(None, sentences))


def draw_categories(
    opened: OpenStatistics, ready: dict[str, Any] | None, key: str | None, theme: str | None
) -> tuple[Any, Any]:
    """The chart of the categories and words about it."""
    if not ready or not key or not theme:
        raise PreventUpdate
    try:
        found = opened.of(ready["dataset"]).by_category(key)
    except LapwingError as error:
        return says("The chart cannot be drawn.", theme), problem(str(error))
    figure = categories_figure(found, label(found.column), theme, ready["currency"])
    return figure, categories_note(found)


def categories_note(found: Categories) -> str:
    """What is compared, and how the orders are counted."""
    without = sum(each.rows for each in found.top if each.label is None)
    values = sum(each.label is not None for each in found.top) + found.others
    noun = "customer" if found.of == "customers" else "row"
    text = f"{words.plural(values, 'value')} of {words.plural(found.rows - without, noun)}."
    if without:
        text += f" {words.plural(without, noun)} without a value."
    if found.of == "rows":
        text += " Returns are taken off; an order with several of the values counts for each."
    return text


def draw_correlation(
    opened: OpenStatistics, ready: dict[str, Any] | None, level: str | None, theme: str | None
) -> tuple[Any, Any]:
    """The chart of the correlations and words about it."""
    if not ready or not level or not theme:
        raise PreventUpdate
    try:
        found = opened.of(ready["dataset"]).correlation(level)
    except LapwingError as error:
        return says("The chart cannot be drawn.", theme), problem(str(error))
    return correlation_figure(found, column_words(found), theme), correlation_note(found)


def column_words(found: Correlation) -> dict[str, str]:
    """Names of correlated columns in words."""
    known = _LABELS if found.level == "rows" else _MEASURES
    return {name: known.get(name, name) for name in (*found.columns, *found.constant, *found.beyond)}


def correlation_note(found: Correlation) -> str:
    """What r is, of how many, and what was left out."""
    named = column_words(found)
    noun = "customer" if found.level == "customers" else "row"
    couples = [(a, b) for a in range(len(found.columns)) for b in range(a)]
    drawn = [found.pairs[a][b] for a, b in couples if found.r[a][b] is not None]
    sample = f"a fixed sample of {words.count(found.n)} of " if found.n < found.total else ""
    of = f"{sample}{words.plural(found.total, noun)}"
    sentences = [f"Pearson's r of {of}: −1 to 1, 0 where two columns do not move together."]
    if drawn and min(drawn) < found.n:
        sentences.append(
            f"Each pair is of the {noun}s that have both values, {words.count(min(drawn))} at the least."
        )
    blank = [found.pairs[a][b] for a, b in couples if found.r[a][b] is None]
    if any(number < MIN_PAIRS for number in blank):
        sentences.append(f"Blank: fewer than {MIN_PAIRS} {noun}s have both values.")
    if any(number >= MIN_PAIRS for number in blank):
        sentences.append(f"Blank: one value does not vary among the {noun}s that have both.")
    if found.constant:
        left = ", ".join(named[name] for name in found.constant)
        sentences.append(f"Left out because the values do not vary: {left}.")
    if found.beyond:
        sentences.append(f"Only the first {len(found.columns)} columns are compared.")
    return " ".join(sentences)


def draw_time(
    opened: OpenStatistics, ready: dict[str, Any] | None, grain: str | None, theme: str | None
) -> tuple[Any, Any]:
    """The chart of sales over time and words about it."""
    if not ready or not grain or not theme:
        raise PreventUpdate
    try:
        statistics = opened.of(ready["dataset"])
        if statistics.kind != names.TRANSACTIONS:
            raise PreventUpdate
        found = statistics.over_time(grain)
    except LapwingError as error:
        return says("The chart cannot be drawn.", theme), problem(str(error))
    return time_figure(found, theme, ready["currency"]), time_note(found)


def time_note(found: Periods) -> str:
    """The span, and which periods are not whole."""
    partial = [each for each in found.periods if each.partial]
    text = f"{words.day(found.first)} to {words.day(found.last)}; returns are taken off."
    if partial:
        text += f" Hatched: a {found.grain} that the data holds only in part."
    return text


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the statistics to `app`."""
    opened = OpenStatistics(services)
    ready, theme = Input(view.READY, "data"), Input(ids.SHELL_THEME_VALUE, "data")

    @app.callback(
        output={
            "message": Output(view.MESSAGE, "children"),
            "column_options": Output(view.COLUMN, "options"),
            "column": Output(view.COLUMN, "value"),
            "level_options": Output(view.LEVEL, "options"),
            "level": Output(view.LEVEL, "value"),
            "no_time": Output(view.TIME_CARD, "hidden"),
            "ready": Output(view.READY, "data"),
        },
        inputs={"dataset_id": Input(SELECTED, "data"), "tab": Input(TAB, "data")},
        state={"known": State(view.READY, "data")},
        running=[(Output(view.BODY, "className"), view.BODY_FADED, view.BODY_LOOK)],
    )
    def _open(dataset_id: Any, tab: Any, known: Any) -> dict[str, Any]:
        return open_section(opened, dataset_id, tab, known)

    # Each card by itself, so that none waits for another.
    @app.callback(Output(view.FACTS, "children"), ready, prevent_initial_call=True)
    def _facts(ready: Any) -> Any:
        return show_facts(opened, ready)

    @app.callback(
        Output(view.CATEGORY, "options"),
        Output(view.CATEGORY, "value"),
        Output(view.CATEGORY_CARD, "hidden"),
        ready,
        prevent_initial_call=True,
    )
    def _category_choices(ready: Any) -> tuple[list[dict[str, str]], str | None, bool]:
        return choose_category(opened, ready)

    @app.callback(Output(view.COLUMNS, "children"), Output(view.HEAD, "children"), ready)
    def _tables(ready: Any) -> tuple[Any, Any]:
        return tables(opened, ready)

    @app.callback(
        Output(view.DISTRIBUTION, "figure"),
        Output(view.DISTRIBUTION_NOTE, "children"),
        Output(view.LOG, "disabled"),
        ready,
        Input(view.COLUMN, "value"),
        Input(view.LOG, "value"),
        theme,
    )
    def _distribution(ready: Any, key: Any, log: Any, theme: Any) -> tuple[Any, Any, bool]:
        return draw_distribution(opened, ready, key, log, theme)

    @app.callback(
        Output(view.CATEGORIES, "figure"),
        Output(view.CATEGORIES_NOTE, "children"),
        ready,
        Input(view.CATEGORY, "value"),
        theme,
    )
    def _categories(ready: Any, key: Any, theme: Any) -> tuple[Any, Any]:
        return draw_categories(opened, ready, key, theme)

    @app.callback(
        Output(view.CORRELATION, "figure"),
        Output(view.CORRELATION_NOTE, "children"),
        ready,
        Input(view.LEVEL, "value"),
        theme,
    )
    def _correlation(ready: Any, level: Any, theme: Any) -> tuple[Any, Any]:
        return draw_correlation(opened, ready, level, theme)

    @app.callback(
        Output(view.TIME, "figure"),
        Output(view.TIME_NOTE, "children"),
        ready,
        Input(view.GRAIN, "value"),
        theme,
    )
    def _time(ready: Any, grain: Any, theme: Any) -> tuple[Any, Any]:
        return draw_time(opened, ready, grain, theme)

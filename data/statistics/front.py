"""The questions of the statistics page to one data set."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from data import names
from data.errors import InputError
from data.statistics import categories, correlations, distributions, facts, summary
from data.statistics.answers import (
    Categories,
    Column,
    ColumnSummary,
    Correlation,
    Distribution,
    Grain,
    Head,
    Level,
    Periods,
    StatisticsFacts,
)
from data.statistics.periods import periods_of
from data.statistics.source import Source
from data.store import Dataset


class DatasetStatistics:
    """The questions of the statistics page to one data set; answers are kept, as a data set never changes.

    Safe to share between threads. `scratch` is where the engine may spill what does not fit in
    `memory_mb` (default: no spilling). Questions raise NotFoundError for a column that is not there,
    InputError for one that cannot answer, and StoreError where the files cannot be read.
    """

    def __init__(
        self, dataset: Dataset, *, threads: int = 2, memory_mb: int = 1024, scratch: Path | None = None
    ) -> None:
        self._source = Source(dataset, threads=threads, memory_mb=memory_mb, scratch=scratch)
        self.dataset = dataset
        self.kind = self._source.kind
        self.columns = self._source.columns

    def column(self, key: str | None) -> Column:
        """The column of that key; NotFoundError where there is none."""
        return self._source.column(key)

    def facts(self) -> StatisticsFacts:
        """Rows, customers, orders, span, net amount and the share of empty cells."""
        return self._source.once("facts", lambda: facts.facts(self._source))

    def summaries(self) -> tuple[ColumnSummary, ...]:
        """Each column: filled, different values, and its range or its commonest values."""
        return self._source.once("summaries", lambda: summary.summaries(self._source))

    def head(self) -> Head:
        """Twenty rows as they are stored."""
        return self._source.once("head", lambda: summary.head(self._source))

    def distribution(self, key: str | None, *, log: bool = False) -> Distribution:
        """How the values of a column are spread; `log` asks for equal factors instead of equal steps."""
        column = self.column(key)
        log = log and column.type == "number"
        return self._source.once(
            ("distribution", column.key, log),
            lambda: distributions.distribution(self._source, column, log),
        )

    def category_columns(self) -> tuple[Column, ...]:
        """The text columns whose values come back: those that "by category" can be asked of."""
        return categories.category_columns(self._source)

    def first_category(self) -> Column | None:
        """The one to compare before anyone chooses: of few values, or None where there is none at all."""
        return categories.first_category(self._source)

    def by_category(self, key: str | None) -> Categories:
        """Net amount, orders and rows of the fifteen values of a column that bring in most, and of the rest."""
        column = self.column(key)
        return self._source.once(
            ("categories", column.key), lambda: categories.by_category(self._source, column)
        )

    def levels(self) -> tuple[Level, ...]:
        """What correlations can be asked of: customers and rows, or only customers where these are the rows."""
        return correlations.levels(self._source)

    def correlation(self, level: str = "customers") -> Correlation:
        """Pearson correlation of the numeric columns of customers or rows, pair by pair."""
        chosen = next((each for each in self.levels() if each == level), None)
        if chosen is None:
            raise InputError("Correlations are of customers or of rows.")
        return self._source.once(
            ("correlation", chosen), lambda: correlations.correlation(self._source, chosen)
        )

    def over_time(self, grain: str = "month") -> Periods:
        """Net amount and orders by day, week or month, periods without sales as zero.

        A first or last period that the data covers only in part is `partial`. Raises InputError for a
        table of customers, which has no dates of orders.
        """
        if grain not in ("day", "week", "month"):
            raise InputError("Sales are shown by day, week or month.")
        if self.kind != names.TRANSACTIONS:
            raise InputError("A table of customers does not say when they bought.")
        return self._source.once(
            ("time", grain), lambda: periods_of(facts.daily(self._source), cast("Grain", grain))
        )

"""What a data set looks like: facts, columns, distributions, categories, correlations, sales over time.

Every answer is worked out by the engine over the stored Parquet files and comes back as a small frozen
value; no row leaves the engine but twenty. Columns are named by keys (`relation:column`) out
of an allow-list, so that nothing a page sends becomes SQL text.
"""

from data.statistics.answers import (
    Bars,
    Box,
    Categories,
    Category,
    Column,
    ColumnSummary,
    ColumnType,
    Correlation,
    Distribution,
    Grain,
    Head,
    Histogram,
    Level,
    Period,
    Periods,
    StatisticsFacts,
)
from data.statistics.bins import BINS, nice_step
from data.statistics.categories import TOP_CATEGORIES
from data.statistics.correlations import CORRELATION_CUSTOMERS, CUSTOMER_MEASURES, MAX_CORRELATED, MIN_PAIRS
from data.statistics.front import DatasetStatistics
from data.statistics.source import EXACT_DISTINCT_ROWS, MAX_CATEGORIES, TOP_VALUES, UNIQUE_SHARE
from data.statistics.summary import COMMONEST, HEAD_ROWS

__all__ = [
    "BINS",
    "COMMONEST",
    "CORRELATION_CUSTOMERS",
    "CUSTOMER_MEASURES",
    "EXACT_DISTINCT_ROWS",
    "HEAD_ROWS",
    "MAX_CATEGORIES",
    "MAX_CORRELATED",
    "MIN_PAIRS",
    "TOP_CATEGORIES",
    "TOP_VALUES",
    "UNIQUE_SHARE",
    "Bars",
    "Box",
    "Categories",
    "Category",
    "Column",
    "ColumnSummary",
    "ColumnType",
    "Correlation",
    "DatasetStatistics",
    "Distribution",
    "Grain",
    "Head",
    "Histogram",
    "Level",
    "Period",
    "Periods",
    "StatisticsFacts",
    "nice_step",
]

"""How the values of a column are spread: a histogram with its box plot, or bars."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final

from data.errors import InputError
from data.statistics.answers import Bars, Box, Column, Distribution, Histogram
from data.statistics.bins import bin_edges, log_bin_edges
from data.statistics.periods import fitting_grain, starts
from data.statistics.source import TOP_VALUES, Source

_TAIL: Final = 0.005


def distribution(source: Source, column: Column, log: bool) -> Distribution:
    """How the values of a column are spread; `log` asks for equal factors instead of equal steps."""
    if column.type == "number":
        return _histogram(source, column, log)
    return _values(source, column) if column.type == "text" else _dates(source, column)


def _histogram(source: Source, column: Column, log: bool) -> Histogram:
    plain = source.sql(column)
    value = f"CASE WHEN {plain} > 0 THEN log10({plain}) END" if log else plain
    low, high, mean, whole, tenths, n, filled, quantiles = source.query(
        f"SELECT min(v), max(v), avg(p) FILTER (WHERE v IS NOT NULL), bool_and(p = floor(p)),"
        " bool_and(abs(p * 10 - round(p * 10)) < 1e-6), count(v), count(p),"
        f" quantile_cont(v, [0.25, 0.5, 0.75, {_TAIL}, {1 - _TAIL}])"
        f" FROM (SELECT {plain} AS p, {value} AS v FROM {column.relation})"
    )[0]
    if not n:
        raise InputError(f"{column.name} has no value above zero: a logarithmic scale cannot show it.")
    q1, median, q3, tail_low, tail_high = quantiles
    fence = 1.5 * (q3 - q1)
    unit = 1.0 if whole else 0.1 if tenths else 0.0
    edges = log_bin_edges(low, high, unit) if log else bin_edges(low, high, tail_low, tail_high, unit)
    step, last = edges[1] - edges[0], len(edges) - 1
    # The nudge keeps a value that stands on an edge in the bin above it, whatever its binary digits.
    place = f"floor((v - {edges[0]!r}) / {step!r} + 1e-9)"
    counted = source.query(
        f"SELECT CAST(least(greatest({place}, -1), {last}) AS INTEGER) AS bin, count(*),"
        f" min(v) FILTER (WHERE v >= {q1 - fence!r}), max(v) FILTER (WHERE v <= {q3 + fence!r}),"
        f" count(*) FILTER (WHERE v < {q1 - fence!r} OR v > {q3 + fence!r})"
        f" FROM (SELECT {value} AS v FROM {column.relation}) WHERE v IS NOT NULL GROUP BY bin"
    )
    counts = {int(row[0]): int(row[1]) for row in counted}
    return Histogram(
        column=column,
        edges=edges,
        counts=tuple(counts.get(at, 0) for at in range(last)),
        below=counts.get(-1, 0),
        above=counts.get(last, 0),
        low=low,
        high=high,
        box=Box(
            low_fence=min(row[2] for row in counted if row[2] is not None),
            q1=q1,
            median=median,
            q3=q3,
            high_fence=max(row[3] for row in counted if row[3] is not None),
            mean=math.log10(mean) if log else mean,
            outliers=sum(int(row[4]) for row in counted),
        ),
        n=int(n),
        missing=source.rows(column.relation) - int(filled),
        whole=bool(whole),
        log=log,
        unfit=int(filled) - int(n),
    )


def _values(source: Source, column: Column) -> Bars:
    filled = source.filled(column)
    missing = source.rows(column.relation) - filled
    if not source.comes_back(column):
        return Bars(column, (), filled, missing, distinct=source.distinct(column)[0])
    top, distinct = source.commonest(column, TOP_VALUES)
    shown = sum(int(row[1]) for row in top)
    return Bars(
        column,
        tuple(int(row[1]) for row in top),
        filled,
        missing,
        labels=tuple(str(row[0]) for row in top),
        others=distinct - len(top),
        other_rows=filled - shown,
        distinct=distinct,
    )


def _dates(source: Source, column: Column) -> Bars:
    day = source.sql(column)
    low, high, filled = source.query(f"SELECT min({day}), max({day}), count({day}) FROM {column.relation}")[0]
    grain = fitting_grain(low, high)
    found: dict[dt.date, int] = dict(
        source.query(
            f"SELECT CAST(date_trunc('{grain}', {day}) AS DATE) AS start, count(*) FROM {column.relation}"
            f" WHERE {day} IS NOT NULL GROUP BY start"
        )
    )
    firsts = tuple(starts(low, high, grain))
    missing = source.rows(column.relation) - int(filled)
    counts = tuple(int(found.get(start, 0)) for start in firsts)
    return Bars(column, counts, int(filled), missing, starts=firsts, grain=grain)

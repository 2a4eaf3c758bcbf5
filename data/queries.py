"""What a page asks about customers: one frozen filter, shared by count, chart, table and export.

A filter never becomes SQL text: its values are parameters and its columns come from an allow-list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from data import names
from data.errors import InputError, NotFoundError
from data.overview.groups import Group
from data.reader import Reader, stratified
from data.serving import SERVING
from data.store import Analysis

LEVELS = {"expected": 0.5, "unusual": 0.2, "rare": 0.1}
POINTS = 5000
CHANCE_SAMPLE = 100_000
# So many standard errors above their number by chance, reds are more than chance.
BEYOND_ERRORS = 2.0

_FACTS = (names.CUSTOMER_ID, "recency_days", "frequency", "monetary")
_FORECAST = (names.PRED_PROB, names.PRED_SPEND, names.PRED_SPEND_LOW, names.PRED_SPEND_HIGH)
_OUTCOME = (names.ACTUAL_FLAG, names.ACTUAL_SPEND, names.SHORTFALL, names.PERFORMANCE)
COLUMNS: dict[str, tuple[str, ...]] = {
    "past": (*_FACTS, *_FORECAST, *_OUTCOME),
    "next": (*_FACTS, *_FORECAST, names.CHURN_RISK, names.P_ALIVE, names.CLV),
}
DEFAULT_SORT: dict[str, tuple[tuple[str, str], ...]] = {
    "past": ((names.SHORTFALL, "desc"),),
    "next": ((names.PRED_SPEND, "desc"),),
}

Sort = Sequence[tuple[str, str]]
Range = tuple[float, float]


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers a page is about; the same object for everything on it.

    `min_propensity` in [0, 1]; `shortfall_threshold` in account currency, None for the analysis'
    own default; `level` how far down (red) or up (blue) their own predicted spend distribution a
    customer must be; `performances` the colours shown; `search` a part of the customer id;
    `at_risk` keeps the customers that the overview counts as at risk (data.names), `group` those of one
    of its groups, as text (data.overview.groups), of the next window only.
    Raises InputError for a value outside its limits.
    """

    window: Literal["past", "next"] = "past"
    min_propensity: float = 0.0
    shortfall_threshold: float | None = None
    level: float = LEVELS["expected"]
    performances: tuple[str, ...] = names.PERFORMANCES
    search: str = ""
    at_risk: bool = False
    group: str = ""

    def __post_init__(self) -> None:
        if self.window not in COLUMNS:
            raise InputError(f"The window is 'past' or 'next', not {self.window!r}.")
        if not 0 <= self.min_propensity <= 1:
            raise InputError("The minimum propensity is a probability between 0 and 1.")
        threshold = self.shortfall_threshold
        if threshold is not None and not (math.isfinite(threshold) and threshold >= 0):
            raise InputError("The shortfall threshold is an amount of 0 or more.")
        if self.level not in LEVELS.values():
            raise InputError(f"The level is one of {sorted(LEVELS.values())}.")
        if not set(self.performances) <= set(names.PERFORMANCES):
            raise InputError(f"Colours are among {', '.join(names.PERFORMANCES)}.")
        if len(self.search) > 200:
            raise InputError("The search text has at most 200 characters.")
        if self.group:
            Group.of(self.group)
            if self.window != "next":
                raise InputError(
                    "Groups of the overview are listed with the next window: choose it, or show all customers."
                )

    def to_params(self) -> dict[str, str]:
        """The filter as address parameters; what has its default value is left out."""
        default = CustomerFilter()
        changed = {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) != getattr(default, item.name)
        }
        return {
            name: ",".join(value) if isinstance(value, tuple) else "1" if value is True else f"{value}"
            for name, value in changed.items()
        }

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> CustomerFilter:
        """The filter that an address names; InputError where a value makes no sense."""
        try:
            return cls(
                window="next" if params.get("window") == "next" else "past",
                min_propensity=float(params.get("min_propensity", 0.0)),
                shortfall_threshold=(
                    float(params["shortfall_threshold"]) if "shortfall_threshold" in params else None
                ),
                level=float(params.get("level", LEVELS["expected"])),
                performances=tuple(
                    name
                    for name in params.get("performances", ",".join(names.PERFORMANCES)).split(",")
                    if name
                ),
                search=params.get("search", ""),
                at_risk=params.get("at_risk", "") in ("1", "True"),
                group=params.get("group", ""),
            )
        except ValueError as error:
            raise InputError(f"The address names a filter that makes no sense: {error}.") from error


@dataclass(frozen=True)
class Summary:
    """The customers of a filter in figures; money in account currency.

    `red_by_chance`: how many of those above the minimum propensity would be red if every predicted
    distribution were perfect, and `red_error` the standard error of that number. None where the window
    has not happened yet.
    """

    customers: int
    by_performance: dict[str, int]
    red_by_chance: float | None
    pred_spend: float
    actual_spend: float | None
    shortfall_red: float | None
    red_error: float | None = None

    @property
    def beyond_chance(self) -> bool:
        """Whether there are more red customers than luck alone explains (models.intervals.beyond_chance)."""
        beyond = self.by_performance.get(names.UNDER, 0) - (self.red_by_chance or 0.0)
        return bool(self.red_error) and beyond > BEYOND_ERRORS * (self.red_error or 0.0)


@dataclass(frozen=True)
class Bins:
    """Counts of customers on a grid: x in log10 of frequency, y in probability; counts (ny, nx)."""

    x_edges: np.ndarray
    y_edges: np.ndarray
    counts: np.ndarray


class CustomerQueries:
    """Answers questions about the customers of one analysis; safe to use from many threads."""

    def __init__(self, analysis: Analysis, *, threads: int = 2, memory_mb: int = 1024) -> None:
        self.analysis = analysis
        metrics = analysis.metrics
        self.default_threshold = float(metrics["winback"]["threshold"])
        self._grid = metrics["spend_distribution"]
        self._reader = Reader(analysis.file(SERVING), threads=threads, memory_mb=memory_mb)
        self.columns = {window: self._reader.columns(window) for window in COLUMNS}
        self.customers = {
            window: int(self._reader.rows(f"SELECT count(*) FROM {window}")[0][0]) for window in COLUMNS
        }
        self.ranges = {window: self._range(window) for window in COLUMNS}
        self._averages: dict[str, dict[str, float]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def count(self, chosen: CustomerFilter) -> int:
        """How many customers `chosen` names."""
        relation, params = self._relation(chosen, ("x",))
        return int(self._reader.rows(f"SELECT count(*) FROM {relation}", params)[0][0])

    def summary(self, chosen: CustomerFilter) -> Summary:
        """Count and total the customers of `chosen`."""
        columns = ("pred_spend",) if chosen.window == "next" else ("pred_spend", "actual_spend", "shortfall")
        relation, params = self._relation(chosen, columns, colours=False)
        if chosen.window == "next":
            row = self._reader.rows(f"SELECT count(*), coalesce(sum(pred_spend), 0) FROM {relation}", params)[
                0
            ]
            return Summary(int(row[0]), {}, None, float(row[1]), None, None)
        rows = self._reader.rows(
            "SELECT colour, count(*), sum(pred_spend), sum(actual_spend), sum(shortfall)"
            f" FROM {relation} GROUP BY colour",
            params,
        )
        found = {names.PERFORMANCES[row[0]]: row[1:] for row in rows}
        shown = [found[name] for name in chosen.performances if name in found]
        by_chance, error = self._red_by_chance(chosen)
        return Summary(
            customers=sum(int(row[0]) for row in shown),
            by_performance={name: int(found[name][0]) if name in found else 0 for name in names.PERFORMANCES},
            red_by_chance=by_chance,
            pred_spend=float(sum(row[1] for row in shown)),
            actual_spend=float(sum(row[2] for row in shown)),
            shortfall_red=float(found[names.UNDER][3])
            if names.UNDER in found and names.UNDER in chosen.performances
            else 0.0,
            red_error=error,
        )

    def bins(
        self,
        chosen: CustomerFilter,
        x_range: Range | None = None,
        y_range: Range | None = None,
        nx: int = 120,
        ny: int = 80,
    ) -> Bins:
        """Count the customers of `chosen` on an `nx` by `ny` grid over the ranges (default: all)."""
        (x0, x1), (y0, y1) = x_range or self.ranges[chosen.window], y_range or (0.0, 1.0)
        dx, dy = max(x1 - x0, 1e-6) / nx, max(y1 - y0, 1e-6) / ny
        relation, params = self._relation(chosen, ("x", "y"), x_range, y_range)
        rows = self._reader.arrays(
            # Four-byte arithmetic and two small integers as keys: a third of the time of doubles.
            "SELECT CAST(floor((x - CAST($x0 AS FLOAT)) * CAST($kx AS FLOAT)) AS SMALLINT) AS i,"
            " CAST(floor((y - CAST($y0 AS FLOAT)) * CAST($ky AS FLOAT)) AS SMALLINT) AS j, count(*) AS n"
            f" FROM {relation} GROUP BY i, j",
            params | {"x0": x0, "kx": 1 / dx, "y0": y0, "ky": 1 / dy},
        )
        counts = np.zeros((ny, nx), dtype=np.int64)
        # The upper edge belongs to the last cell; added, since it then meets that cell's own row.
        np.add.at(counts, (rows["j"].clip(0, ny - 1), rows["i"].clip(0, nx - 1)), rows["n"])
        return Bins(x0 + dx * np.arange(nx + 1), y0 + dy * np.arange(ny + 1), counts)

    def points(
        self,
        chosen: CustomerFilter,
        x_range: Range | None = None,
        y_range: Range | None = None,
        limit: int = POINTS,
        known: Summary | None = None,
    ) -> pd.DataFrame:
        """A sample of about `limit` customers in view, stratified by colour, the same at each call.

        Every customer where there are no more than `limit`. Columns: the facts, the forecast and,
        for the past window, the outcome, the colour and `spend_cdf`. `known` is the summary of the
        same filter, where there is one already: without ranges it saves counting again.
        """
        past = chosen.window == "past"
        shown = (*COLUMNS[chosen.window], *((names.SPEND_CDF,) if past else ()))
        relation, params = self._relation(chosen, (*shown, "shuffle"), x_range, y_range)
        stratum = "colour" if past else "0"
        if known is not None and x_range is None and y_range is None:
            sizes = _strata(known, chosen)
        else:
            rows = self._reader.rows(
                f"SELECT {stratum} AS stratum, count(*) FROM {relation} GROUP BY stratum", params
            )
            sizes = {int(row[0]): int(row[1]) for row in rows}
        shares = stratified(sizes, limit)
        bound = ""
        if shares:
            # Constants of our own: the engine skips row groups by a literal bound only.
            cases = " ".join(f"WHEN {place} THEN {share!r}" for place, share in sorted(shares.items()))
            bound = f" WHERE shuffle < {max(shares.values())!r} AND shuffle < CASE {stratum} {cases} END"
        return self._reader.frame(
            f"SELECT {', '.join(shown)} FROM {relation}{bound} ORDER BY shuffle, customer_id", params
        )

    def page(self, chosen: CustomerFilter, sort: Sort = (), start: int = 0, end: int = 100) -> pd.DataFrame:
        """Rows `start` to `end` (exclusive) of the table of `chosen`, sorted as asked."""
        relation, params = self._relation(chosen, COLUMNS[chosen.window])
        return self._reader.frame(
            f"SELECT {', '.join(COLUMNS[chosen.window])} FROM {relation} ORDER BY {_order(chosen, sort)}"
            " LIMIT $limit OFFSET $offset",
            params | {"limit": max(0, min(end - start, 10_000)), "offset": max(0, start)},
        )

    def export(
        self, chosen: CustomerFilter, columns: Sequence[str] | None = None, sort: Sort = ()
    ) -> Iterator[pa.RecordBatch]:
        """The customers of `chosen` in table order, as Arrow batches, with only the chosen columns.

        The batches are read through a cursor of their own, so that they can be sent while other
        questions are answered. Raises InputError for a column that the table does not have.
        """
        allowed = COLUMNS[chosen.window]
        picked = tuple(columns) if columns else allowed
        unknown = [column for column in picked if column not in allowed]
        if unknown:
            raise InputError(f"There is no column {unknown[0]!r} to export.")
        relation, params = self._relation(chosen, allowed)
        text = f"SELECT {', '.join(picked)} FROM {relation} ORDER BY {_order(chosen, sort)}"
        yield from self._reader.batches(text, params)

    def customer(self, window: str, customer_id: str, chosen: CustomerFilter | None = None) -> dict[str, Any]:
        """Everything known of one customer in a window; NotFoundError where there is none."""
        base = chosen or CustomerFilter()
        alone = CustomerFilter(
            **(
                asdict(base)
                | {"window": window, "min_propensity": 0.0, "search": "", "at_risk": False, "group": ""}
            )
        )
        relation, params = self._relation(alone, self.columns[alone.window], colours=False)
        frame = self._reader.frame(
            f"SELECT * FROM {relation} WHERE customer_id = $id", params | {"id": customer_id}
        )
        if frame.empty:
            raise NotFoundError(f"Customer {customer_id[:60]} is not in this analysis.")
        return {str(name): value for name, value in frame.iloc[0].to_dict().items()}

    def averages(self, window: str) -> dict[str, float]:
        """Mean of every feature, and of `p_alive` where it is known, over the customers of a window."""
        if window not in COLUMNS:
            raise InputError(f"The window is 'past' or 'next', not {window!r}.")
        # An analysis never changes, and at a million customers this takes as long as all else of a panel.
        if window not in self._averages:
            columns = [name for name in (*names.FEATURES, names.P_ALIVE) if name in self.columns[window]]
            means = ", ".join(f"avg({name})" for name in columns)
            row = self._reader.rows(f"SELECT {means} FROM {window}")[0]
            self._averages[window] = {
                name: float(mean or 0.0) for name, mean in zip(columns, row, strict=True)
            }
        return self._averages[window]

    def largest_shortfall(self, share: float = 0.999) -> float:
        """The shortfall that all but 1 - `share` of the past window's customers stay under."""
        row = self._reader.rows(
            f"SELECT quantile_cont(shortfall, {float(share)!r}) FROM past WHERE shortfall > 0"
        )[0]
        return float(row[0] or 0.0)

    def ask(self, text: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a statement of our own; what comes from a person is a parameter of it."""
        return self._reader.rows(text, params)

    # Plumbing

    def _range(self, window: str) -> Range:
        row = self._reader.rows(f"SELECT max(x) FROM {window}")[0]
        return (-0.05, max(float(row[0] or 0.0) * 1.03, 0.35))

    def _relation(
        self,
        chosen: CustomerFilter,
        columns: Sequence[str],
        x_range: Range | None = None,
        y_range: Range | None = None,
        *,
        colours: bool = True,
    ) -> tuple[str, dict[str, Any]]:
        """The FROM expression of a filter and its parameters: the one place a filter meets SQL.

        It has `columns` (names of our own, never a user's text; each costs planning time) and, for
        the past window, `colour`. `colours=False` keeps the colours that are not shown.
        """
        conditions: list[str] = []
        params: dict[str, Any] = {}
        if chosen.min_propensity > 0:
            conditions.append("pred_prob >= $min_propensity")
            params["min_propensity"] = chosen.min_propensity
        if chosen.search:
            conditions.append("contains(lower(customer_id), lower($search))")
            params["search"] = chosen.search
        if chosen.at_risk:
            conditions.append(names.AT_RISK_SQL)
        if chosen.group:
            condition, named = Group.of(chosen.group).sql(self.columns[chosen.window])
            conditions.append(condition)
            params |= named
        for column, bounds in (("x", x_range), ("y", y_range)):
            if bounds is not None:
                conditions.append(f"{column} BETWEEN ${column}_from AND ${column}_to")
                params |= {f"{column}_from": bounds[0], f"{column}_to": bounds[1]}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        stored = ", ".join(name for name in columns if name != names.PERFORMANCE)
        if chosen.window == "next":
            return f"(SELECT {stored} FROM next{where})", params
        threshold = chosen.shortfall_threshold
        params |= {
            "threshold": self.default_threshold if threshold is None else threshold,
            "level": chosen.level,
        }
        shown = self._colours_shown(chosen) if colours else ""
        performance = f", {PERFORMANCE_SQL} AS performance" if names.PERFORMANCE in columns else ""
        coloured = f"(SELECT {stored}, {COLOUR_SQL} AS colour FROM past{where})"
        return f"(SELECT *{performance} FROM {coloured}{shown})", params

    def _colours_shown(self, chosen: CustomerFilter) -> str:
        # Numbers of our own list, not a user's text.
        places = [str(names.PERFORMANCES.index(name)) for name in chosen.performances]
        if len(places) == len(names.PERFORMANCES):
            return ""
        return f" WHERE colour IN ({', '.join(places)})" if places else " WHERE false"

    def _red_by_chance(self, chosen: CustomerFilter) -> tuple[float, float]:
        """How many customers would be red if each were drawn from their own predicted distribution.

        The probability p of one (models.intervals.red_chances): the distribution at
        `pred_spend - threshold`, at most `level`; nothing where spending nothing alone is likelier
        than `level`. Summed over a fair sample of `CHANCE_SAMPLE` customers where there are more. The
        second figure is the standard error: the variance is the sum of p (1 - p), and that of
        drawing the sample (Horvitz & Thompson 1952).
        """
        needed = ("pred_prob", "pred_spend", "spend_mu", "spend_sigma", "shuffle")
        relation, params = self._relation(chosen, needed, colours=False)
        low, step, knots = float(self._grid["lo"]), float(self._grid["step"]), self._grid["cdf"]
        spot = (
            "greatest(0, least($last, ((ln(greatest(pred_spend - $threshold, 1e-9)) - spend_mu)"
            " / spend_sigma - $low) / $step))"
        )
        share = min(1.0, CHANCE_SAMPLE / max(self.customers["past"], 1))
        bound = f" AND shuffle < {share!r}" if share < 1 else ""
        row = self._reader.rows(
            "SELECT sum(p), sum(p * p) FROM"
            " (SELECT least($level, 1 - pred_prob + pred_prob * (knots[cell + 1]"
            " + (spot - cell) * (knots[cell + 2] - knots[cell + 1]))) AS p FROM"
            " (SELECT *, CAST(floor(spot) AS INTEGER) AS cell, CAST($knots AS DOUBLE[]) AS knots FROM"
            f" (SELECT pred_prob, {spot} AS spot FROM {relation}"
            f" WHERE 1 - pred_prob + pred_prob * $nothing <= $level AND pred_spend >= $threshold{bound})))",
            params
            | {
                "nothing": float(knots[0]),
                "last": len(knots) - 1.000001,
                "low": low,
                "step": step,
                "knots": list(knots),
            },
        )[0]
        once, twice = float(row[0] or 0.0) / share, float(row[1] or 0.0) / share
        return once, math.sqrt(max(once - twice + twice * (1.0 - share) / share, 0.0))


# The rule of models.winback in the engine's words; a test holds the two together. The colour is the
# place in names.PERFORMANCES: grouping by a small integer costs half of grouping by text.
COLOUR_SQL = (
    "CAST(CASE WHEN shortfall >= $threshold AND spend_cdf <= $level THEN 0"
    " WHEN -shortfall >= $threshold AND spend_cdf >= 1 - $level THEN 2 ELSE 1 END AS TINYINT)"
)
PERFORMANCE_SQL = (
    "CASE colour "
    + " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names.PERFORMANCES))
    + " END"
)


def _order(chosen: CustomerFilter, sort: Sort) -> str:
    """The ORDER BY text of a sort, from the allow-list; ties by customer id, so pages never overlap."""
    parts = []
    for column, direction in sort or DEFAULT_SORT[chosen.window]:
        if column not in COLUMNS[chosen.window] or direction not in ("asc", "desc"):
            raise InputError(f"The table cannot be sorted by {column!r} {direction!r}.")
        parts.append(f"{column} {direction.upper()}")
    return ", ".join([*parts, "customer_id ASC"])


def _strata(known: Summary, chosen: CustomerFilter) -> dict[int, int]:
    """Customers by colour (its place in names.PERFORMANCES), or all as one stratum."""
    if chosen.window == "next":
        return {0: known.customers}
    return {
        place: known.by_performance[name]
        for place, name in enumerate(names.PERFORMANCES)
        if name in chosen.performances and known.by_performance[name]
    }

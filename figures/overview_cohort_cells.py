"""The cells of the cohorts: their values, colours and numbers, what is said of them, and which lie in a period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from figures import words
from figures.overview_base import date_of
from figures.segments_base import Trace, mixed
from figures.segments_units import cell_words
from figures.theme import ink_on, rgb, tokens

# A cohort smaller than this says little by its shares: it does not set the scale of the colours.
FEW: Final = 20
# How much of its colour a cell keeps that lies outside of the period.
MUTED: Final = 0.3
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Row = Mapping[str, Any]
Place = tuple[int, int]


@dataclass(frozen=True)
class Span:
    """The months (or quarters) that a period touches, oldest first; `begins` where the first is not wholly in it."""

    units: tuple[str, ...]
    begins: dt.date | None
    words: str

    @classmethod
    def of(cls, period: Mapping[str, Any], unit: str) -> Span:
        """Those of a period with `start`, `end` (ISO dates) and `words` ("the last 90 days")."""
        start, end = date_of(period["start"]), date_of(period["end"])
        units = [unit_of(start, unit)]
        while units[-1] != unit_of(end, unit):
            units.append(after(units[-1], 1))
        whole = start.day == 1 and (unit == "month" or start.month % 3 == 1)
        return cls(tuple(units), None if whole else start, str(period["words"]))

    @property
    def told(self) -> str:
        """What the frame around the cells means, in two sentences."""
        first, last = name(self.units[0]), name(self.units[-1])
        told = f"Framed: {first if first == last else f'{first} to {last}'}, for {self.words}."
        if self.begins is None:
            return told
        return f"{told} These begin on {words.day(self.begins)}; a cell holds all of {first}."


@dataclass(frozen=True)
class Table:
    """What is drawn: rows of cohorts, `shown` months after the first, values by row and month, and marked places.

    `unfinished` are the cells of the last month of the data where it is not over; `inside` those in the period, None
    where the period is all of the data.
    """

    rows: Sequence[Row]
    shown: Sequence[int]
    values: Sequence[Sequence[float | None]]
    unit: str
    unfinished: Collection[Place]
    inside: Collection[Place] | None

    def stands_out(self, place: Place) -> bool:
        """Whether a cell has its full colour."""
        return self.inside is None or place in self.inside


def value(row: Row, at: int, show: str, as_: str) -> float | None:
    """What a cell shows: None after the last month of the data, and for a share of nothing."""
    numbers = row["kept"] if show == "customers" else row["spent"]
    if at >= len(numbers):
        return None
    if as_ == "absolute":
        return float(numbers[at])
    whole = float(row["customers"] if show == "customers" else row["spent"][0])
    return float(numbers[at]) / whole if whole > 0 else None


def largest(rows: Sequence[Row], values: Sequence[Sequence[float | None]]) -> float:
    """The value with the strongest colour: the largest of the cohorts that are not tiny."""
    for least in (FEW, 0):
        found = [
            each
            for row, line in zip(rows, values, strict=True)
            for each in line
            if each is not None and row["customers"] >= least
        ]
        if found and max(found) > 0:
            return max(found)
    return 1.0


def _strongest(theme: str, *, full: bool) -> str:
    token = tokens(theme)
    return token["accent"] if full else mixed(token["surface-2"], token["accent"], MUTED)


def sizes(rows: Sequence[Row], unit: str, currency: str | None, theme: str) -> Trace:
    """The column of the cohorts' sizes: it is no share of anything, so it has no colour."""
    token = tokens(theme)
    return {
        "type": "heatmap",
        "x": [-0.56, 0.44],
        "y": list(range(len(rows))),
        "z": [[0] for _ in rows],
        "colorscale": [[0, token["surface-3"]], [1, token["surface-3"]]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[row.get("group") or ""] for row in rows],
        "hovertext": [
            [
                f"<b>{_cohort(row, unit)}</b><br>{words.plural(row['customers'], 'customer')}<br>"
                f"{words.escape(words.money_short(row['spent'][0], currency))} in their first {unit}"
            ]
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def cells(table: Table, top: float, currency: str | None, theme: str) -> list[Trace]:
    """The cells as a layer in full colour, and one in pale colour where some lie outside of the period."""
    if not table.shown:
        return []
    layers = [True] if table.inside is None else [False, True]
    return [_layer(table, top, currency, theme, full=full) for full in layers]


def _layer(table: Table, top: float, currency: str | None, theme: str, *, full: bool) -> Trace:
    token = tokens(theme)
    return {
        "type": "heatmap",
        "x": [column + 1 for column in range(len(table.shown))],
        "y": list(range(len(table.rows))),
        "z": [
            [
                each if table.stands_out((line, column)) == full else None
                for column, each in enumerate(table.values[line])
            ]
            for line in range(len(table.rows))
        ],
        "zmin": 0,
        "zmax": top,
        "colorscale": [[0, token["surface-2"]], [1, _strongest(theme, full=full)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "customdata": [[row.get("group") or ""] * len(table.shown) for row in table.rows],
        "hovertext": [
            [
                _words(table, line, column, currency) if at < len(row["kept"]) else ""
                for column, at in enumerate(table.shown)
            ]
            for line, row in enumerate(table.rows)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _words(table: Table, line: int, column: int, currency: str | None) -> str:
    row, at, unit = table.rows[line], table.shown[column], table.unit
    kept, spent = row["kept"][at], float(row["spent"][at])
    share = f" ({words.percent(kept / row['customers'], 1)})" if row["customers"] else ""
    first = float(row["spent"][0])
    part = f" ({words.percent(spent / first)} of their first {unit})" if first > 0 else ""
    when = f"{words.plural(at, unit)} later, in {name(after(row['month'], at))}"
    return (
        f"<b>{_cohort(row, unit)}</b><br>{when}{', not over yet' if (line, column) in table.unfinished else ''}<br>"
        f"{words.count(kept)} of {words.plural(row['customers'], 'customer')} bought{share}<br>"
        f"{words.escape(words.money_short(spent, currency))}{part}"
    )


def texts(
    table: Table, top: float, show: str, as_: str, currency: str | None, theme: str, *, narrow: bool
) -> Trace:
    """The numbers in the cells: one layer of words, each in the ink that its cell needs."""
    token = tokens(theme)
    tight = narrow or len(table.shown) > 13
    x, y, told, inks = [], [], [], []
    for line, row in enumerate(table.rows):
        x.append(-0.06)
        y.append(line)
        size = float(row["customers"] if show == "customers" else row["spent"][0])
        told.append(_cell(size, show, "absolute", currency, tight))
        inks.append(token["text"])
        for column, each in enumerate(table.values[line]):
            if each is None:
                continue
            text = _cell(each, show, as_, currency, tight)
            x.append(column + 1)
            y.append(line)
            told.append(f"<i>{text}</i>" if (line, column) in table.unfinished else text)
            strongest = _strongest(theme, full=table.stands_out((line, column)))
            colour = mixed(token["surface-2"], strongest, min(1.0, max(0.0, each / top)))
            inks.append(ink_on(rgb(colour), theme))
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": told,
        "textfont": {"color": inks, "size": 11 if tight else 12},
        # What is under the pointer is the cell.
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _cell(number: float, show: str, as_: str, currency: str | None, tight: bool) -> str:
    if as_ == "percent":
        told = words.percent(number)
        return "".join(told.split()) if tight else told
    if show == "customers":
        return cell_words(number, "count")
    number = float(f"{number:.2g}") if tight else number
    return cell_words(number, "count" if tight else "money", currency, 1e3)


def unfinished_frame(place: Place, token: Mapping[str, str]) -> dict[str, Any]:
    """A dotted frame around the cell of a month that is not over."""
    line, column = place
    return {
        "type": "rect",
        "x0": column + 1 - 0.46,
        "x1": column + 1 + 0.46,
        "y0": line - 0.42,
        "y1": line + 0.42,
        "line": {"color": token["border-strong"], "width": 1, "dash": "dot"},
    }


def period_frame(inside: Collection[Place], token: Mapping[str, str]) -> dict[str, Any]:
    """One line around all cells of the period: the sides that no other of them shares."""
    sides = []
    for line, column in sorted(inside):
        left, right, top, bottom = column + 0.5, column + 1.5, line - 0.5, line + 0.5
        for other, side in (
            ((line - 1, column), f"M{left},{top}L{right},{top}"),
            ((line + 1, column), f"M{left},{bottom}L{right},{bottom}"),
            ((line, column - 1), f"M{left},{top}L{left},{bottom}"),
            ((line, column + 1), f"M{right},{top}L{right},{bottom}"),
        ):
            if other not in inside:
                sides.append(side)
    return {"type": "path", "path": "".join(sides), "line": {"color": token["text"], "width": 1.5}}


def _cohort(row: Row, unit: str) -> str:
    begin = f", the {unit} in which the data begin" if row.get("partial") else ""
    return f"First bought in {name(row['month'])}{begin}"


def name(month: str) -> str:
    """ "2025-01" as "Jan 2025", "2025-Q1" as "Q1 2025"."""
    year, part = month.split("-")
    return f"{part if part.startswith('Q') else MONTHS[int(part) - 1]} {year}"


def unit_of(day: dt.date, unit: str) -> str:
    """The month or quarter of a day: "2025-01", "2025-Q1"."""
    return f"{day.year}-{day.month:02d}" if unit == "month" else f"{day.year}-Q{(day.month + 2) // 3}"


def after(month: str, at: int) -> str:
    """The month (or quarter) `at` after this one."""
    year, part = month.split("-")
    if part.startswith("Q"):
        place = int(year) * 4 + int(part[1:]) - 1 + at
        return f"{place // 4}-Q{place % 4 + 1}"
    place = int(year) * 12 + int(part) - 1 + at
    return f"{place // 12}-{place % 12 + 1:02d}"

"""Revenue and active customers over time, with the period before behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.overview_base import change_words, date_of, keys_note, span_words, unit_words
from figures.roi_base import hatch, tick_cash
from figures.segments_base import LETTER_WIDTH, Trace, faint, figure_of, heading
from figures.segments_units import cell_words, round_values
from figures.theme import known, says, tokens

NOTHING: Final = "No sales in this period."
UNITS: Final = {"day": "day", "week": "week", "month": "month", "quarter": "quarter"}
# Places of the two panels, in parts of the plot: revenue above, customers below.
REVENUE: Final = (0.45, 1.0)
CUSTOMERS: Final = (0.0, 0.31)
Bin = Mapping[str, Any]


def time_figure(
    series: Mapping[str, Any],
    currency: str | None = None,
    theme: str | None = None,
    label: str = "",
    *,
    narrow: bool = False,
) -> go.Figure:
    """Revenue as bars and, in a panel below, active customers as a line; the period before is a faint line in both.

    `series` has unit (day, week, month, quarter), now and before: bins with start, end (ISO dates), revenue
    (account currency), customers, orders and partial. `label` names the period ("Last 90 days"). Bins that the
    data or the period hold only in part are hatched, and hollow in the line.
    """
    chosen = known(theme)
    now: Sequence[Bin] = series.get("now") or []
    if not any(each["revenue"] or each["orders"] for each in now):
        return says(NOTHING, chosen)
    before: Sequence[Bin] = series.get("before") or []
    unit = UNITS.get(str(series.get("unit")), "period")
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    room = 0.0
    for measure, axis, domain in (("revenue", "y", REVENUE), ("customers", "y2", CUSTOMERS)):
        values = [float(each[measure]) for each in now]
        hover = [
            _words(each, old, unit, measure, currency) for each, old in zip_longest(now, before[: len(now)])
        ]
        mark = _bars if measure == "revenue" else _line
        traces += mark(now, values, hover, chosen)
        old = [float(each[measure]) for each in before]
        if old:
            traces += _behind(old, axis, chosen)
        money = measure == "revenue"
        layout[f"yaxis{axis[1:]}"] = _axis(values + old, domain, money, currency, chosen)
        room = max([room, *(len(words.unescape(text)) for text in layout[f"yaxis{axis[1:]}"]["ticktext"])])
    left = 18 + LETTER_WIDTH * room
    ticks = _ticks(now, unit, 4 if narrow else 9)
    notes = [
        heading(
            f"{unit_words('Revenue', currency)} by {unit}", 0, REVENUE[1], chosen, yshift=6, xshift=8 - left
        ),
        heading(f"Active customers by {unit}", 0, CUSTOMERS[1], chosen, yshift=6, xshift=8 - left),
        _key(now, before, label, unit, chosen, narrow, left),
    ]
    return figure_of(
        traces,
        chosen,
        hovermode="x",
        barmode="overlay",
        margin={"l": left, "r": 12, "t": 52 if narrow else 32, "b": 44},
        annotations=notes,
        xaxis={
            "range": [-0.55, len(now) - 0.45],
            "tickvals": [at for at, _ in ticks],
            "ticktext": [text for _, text in ticks],
            "tickangle": 0,
            "anchor": "y2",
            "showgrid": False,
            "fixedrange": True,
        },
        **layout,
    )


def _words(each: Bin, old: Bin | None, unit: str, measure: str, currency: str | None) -> str:
    lines = [f"<b>{span_words(each['start'], each['end'])}</b>"]
    if each.get("partial"):
        lines[0] += f", part of a {unit}"
    if measure == "revenue":
        lines.append(
            f"{words.escape(words.money(each['revenue'], currency))} from {words.plural(each['orders'], 'order')}"
        )
    else:
        lines.append(f"{words.plural(each['customers'], 'customer')} bought")
    if old is not None:
        told = (
            words.escape(words.money(old[measure], currency))
            if measure == "revenue"
            else words.count(old[measure])
        )
        when = span_words(old["start"], old["end"])
        partial = each.get("partial") or old.get("partial")
        change = "" if partial else change_words(float(each[measure]), float(old[measure]))
        lines.append(f"{change} {when} ({told})" if change else f"{when}: {told}")
    return "<br>".join(lines)


def _bars(now: Sequence[Bin], values: Sequence[float], hover: Sequence[str], theme: str) -> list[Trace]:
    """The bars as two traces, the partial ones hatched: plotly finds a colour for the hatching from one only."""
    token = tokens(theme)
    traces = []
    for partial in (False, True):
        mine = [at for at, each in enumerate(now) if bool(each.get("partial")) == partial]
        marker: dict[str, Any] = {"color": token["accent"], "line": {"width": 0}}
        if partial:
            marker |= {"opacity": 0.55, "pattern": hatch(theme)}
        if mine:
            traces.append(
                {
                    "type": "bar",
                    "name": "Revenue",
                    "x": mine,
                    "y": [values[at] for at in mine],
                    "yaxis": "y",
                    # Told, as plotly would make bars as wide as the few of a trace are apart.
                    "width": 0.78 if len(now) <= 40 else 0.9,
                    "hovertext": [hover[at] for at in mine],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                    "marker": marker,
                }
            )
    return traces


def _line(now: Sequence[Bin], values: Sequence[float], hover: Sequence[str], theme: str) -> list[Trace]:
    token = tokens(theme)
    partial = [bool(each.get("partial")) for each in now]
    dots = len(values) <= 40
    return [
        {
            "type": "scatter",
            "name": "Active customers",
            "mode": "lines+markers",
            "x": list(range(len(values))),
            "y": list(values),
            "yaxis": "y2",
            "fill": "tozeroy",
            "fillcolor": faint(token["over"], 0.1),
            "line": {"color": token["over"], "width": 2},
            "hovertext": list(hover),
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "size": [7 if part else 5 if dots else 0 for part in partial],
                "color": [token["surface"] if part else token["over"] for part in partial],
                "line": {"color": token["over"], "width": [1.5 if part else 0 for part in partial]},
            },
        }
    ]


def _behind(values: Sequence[float], axis: str, theme: str) -> list[Trace]:
    """The period before as a dotted line, on a pale edge that keeps it apart from bars behind it."""
    token = tokens(theme)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": list(range(len(values))),
        "y": list(values),
        "yaxis": axis,
        # Its figures stand in the words of the bars: two labels would lie over one another.
        "hoverinfo": "skip",
    }
    return [
        {**line, "name": "", "opacity": 0.55, "line": {"color": token["surface"], "width": 4}},
        {**line, "name": "The period before", "line": {"color": token["muted"], "width": 1.5, "dash": "dot"}},
    ]


def _axis(
    values: Sequence[float], domain: tuple[float, float], money: bool, currency: str | None, theme: str
) -> dict[str, Any]:
    low, high = min(0.0, *values), max(0.0, *values) or 1.0
    room = 0.06 * (high - low)
    ticks = round_values(low, high, 4 if money else 3)
    # All ticks in thousands, or none.
    whole = 1e3 if max(map(abs, ticks)) >= 1e4 else 1e4
    if not money:
        ticks = [tick for tick in ticks if tick == round(tick)]
    return {
        "domain": list(domain),
        "range": [low - (room if low < 0 else 0), high + room],
        "tickvals": ticks,
        "ticktext": [
            tick_cash(tick, currency, whole) if money else cell_words(tick, "count") for tick in ticks
        ],
        "ticklabelstandoff": 4,
        "zeroline": True,
        "zerolinecolor": tokens(theme)["border-strong"],
        "fixedrange": True,
    }


def _ticks(now: Sequence[Bin], unit: str, most: int) -> list[tuple[int, str]]:
    """Places and words of the ticks: the first day of a bin, its year below where it changes."""
    every = -(-len(now) // most)
    # The last bin is what is asked for first: it always has a tick.
    shown = sorted(range(len(now) - 1, -1, -every))
    ticks, year = [], None
    for at in shown:
        start, end = date_of(now[at]["start"]), date_of(now[at]["end"])
        if unit == "month":
            text = f"{end:%b}"
        elif unit == "quarter":
            text = f"Q{(end.month + 2) // 3}"
        else:
            text = f"{start.day} {start:%b}"
        day: dt.date = end if unit in ("month", "quarter") else start
        ticks.append((at, text if day.year == year else f"{text}<br>{day.year}"))
        year = day.year
    return ticks


def _key(
    now: Sequence[Bin], before: Sequence[Bin], label: str, unit: str, theme: str, narrow: bool, left: float
) -> dict[str, Any]:
    """What bars, line and hatching stand for, in the corner above the bars."""
    token = tokens(theme)
    entries = []
    if before:
        if label:
            entries.append(("■", token["accent"], words.escape(label)))
        entries.append(("┅", token["muted"], "period before" if narrow else "the period before"))
    if any(each.get("partial") for each in now):
        entries.append(("▨", token["accent"], f"partial {unit}"))
    if not narrow:
        return keys_note(entries, theme, x=1, y=REVENUE[1], yshift=6, xanchor="right")
    note = keys_note(entries, theme, xshift=8 - left, yshift=26)
    return note | {"font": note["font"] | {"size": 11}}

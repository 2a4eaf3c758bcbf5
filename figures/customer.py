"""One customer's orders over time: a mark for each day, the cutoff, and the window that was predicted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from data.history import CustomerDay, usual_gap_days
from figures import words
from figures.theme import known, says, template, tokens

BEFORE: Final = "Orders"
INSIDE: Final = "In the window"
RETURNS: Final = "Returns only"
NO_ORDERS: Final = "No order of this customer is in the data set."
# Of the time shown, so that the first mark does not stand on the edge.
_ROOM: Final = 0.03
Trace = dict[str, Any]


@dataclass(frozen=True)
class HistorySpec:
    """How a history is to be read: it ends with the `horizon_days` after the `cutoff`, which were predicted.

    `window` is past (they have happened) or next (they are to come).
    """

    cutoff: dt.date
    horizon_days: int
    window: str = "past"
    theme: str = "light"
    currency: str | None = None

    @property
    def end(self) -> dt.date:
        """The last day of the window."""
        return self.cutoff + dt.timedelta(days=self.horizon_days)


def history_figure(days: Sequence[CustomerDay], spec: HistorySpec) -> go.Figure:
    """Net amounts by day up to the end of the window; what was bought inside it has a mark of its own."""
    theme = known(spec.theme)
    if not days:
        return says(NO_ORDERS, theme)
    token = tokens(theme)
    kinds = (
        (BEFORE, [each for each in days if each.orders and each.day <= spec.cutoff], "neutral", "circle"),
        (INSIDE, [each for each in days if each.orders and each.day > spec.cutoff], "accent", "diamond"),
        (RETURNS, [each for each in days if not each.orders and each.returned > 0], "muted", "x"),
    )
    marked = [each for _, found, _, _ in kinds for each in found]
    traces = [_stems(marked, token["border-strong"])] if marked else []
    traces += [
        _marks(name, found, token[colour], shape, spec.currency)
        for name, found, colour, shape in kinds
        if found
    ]
    return go.Figure(data=traces, layout=_layout(days, spec, theme))


def _stems(days: Sequence[CustomerDay], colour: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [at for each in days for at in (each.day, each.day, None)],
        "y": [value for each in days for value in (0.0, each.net, None)],
        "line": {"color": colour, "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marks(name: str, days: Sequence[CustomerDay], colour: str, shape: str, currency: str | None) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [each.day for each in days],
        "y": [each.net for each in days],
        "text": [_hover(each, currency) for each in days],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": colour, "symbol": shape, "size": 9 if shape == "diamond" else 7, "opacity": 0.9},
    }


def _hover(each: CustomerDay, currency: str | None) -> str:
    parts = [words.plural(each.orders, "order")] if each.orders else []
    if each.returned > 0:
        parts.append(f"{words.money(each.returned, currency)} returned")
    if each.orders:
        parts.append(f"{words.money(each.net, currency)} net")
    return words.escape(f"{words.day(each.day)}: {', '.join(parts)}")


def _layout(days: Sequence[CustomerDay], spec: HistorySpec, theme: str) -> dict[str, Any]:
    token = tokens(theme)
    first = min(days[0].day, spec.cutoff)
    room = dt.timedelta(days=max(1, round((spec.end - first).days * _ROOM)))
    start = spec.cutoff + dt.timedelta(days=1)
    return {
        "template": template(theme),
        "margin": {"l": 48, "r": 8, "t": 22, "b": 44},
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": -0.2,
            "yanchor": "top",
            "font": {"size": 11},
            "entrywidth": 84,
        },
        "xaxis": {
            "type": "date",
            "range": [first - room, spec.end + room],
            "fixedrange": True,
            "showgrid": False,
            "nticks": 5,
            "tickfont": {"size": 11},
        },
        "yaxis": {
            "fixedrange": True,
            "nticks": 5,
            "range": _reach([each.net for each in days]),
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
            "tickprefix": words.escape(words.sides(spec.currency)[0]),
            "ticksuffix": words.escape(words.sides(spec.currency)[1]),
            "tickfont": {"size": 11},
        },
        "shapes": [
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": start,
                "x1": spec.end,
                "y0": 0,
                "y1": 1,
                "fillcolor": token["accent-soft"],
                "line": {"width": 0},
                "layer": "below",
            },
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": spec.cutoff,
                "x1": spec.cutoff,
                "y0": 0,
                "y1": 1,
                "line": {"color": token["muted"], "width": 1, "dash": "dash"},
            },
        ],
        "annotations": [
            {
                "text": _caption(spec),
                "xref": "paper",
                "yref": "paper",
                "x": 1,
                "y": 1,
                "xanchor": "right",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 11, "color": token["muted"]},
            },
        ],
    }


def _reach(values: Sequence[float]) -> list[float]:
    """The range of the amounts with zero in it, and room for the marks at both ends."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.1 * (high - low or 1.0)
    return [low - room, high + room]


def _caption(spec: HistorySpec) -> str:
    if spec.window == "past":
        return f"Dashed: cutoff. Shaded: the {spec.horizon_days} days predicted"
    return f"Dashed: last date. Shaded: the {spec.horizon_days} days to come"


def history_words(days: Sequence[CustomerDay], spec: HistorySpec) -> tuple[str, ...]:
    """The history in sentences: first and last order and the gap up to the cutoff, returns, and the window."""
    before = [each for each in days if each.day <= spec.cutoff]
    bought = [each for each in before if each.orders]
    told = [_orders(bought, usual_gap_days(before))] if bought else []
    returned = sum(each.returned for each in before)
    if returned > 0:
        told.append(f"Sent back {words.money(returned, spec.currency)}.")
    if spec.window == "past":
        told.append(_inside([each for each in days if each.day > spec.cutoff], spec))
    else:
        told.append(
            f"The {spec.horizon_days} days to come end on {words.day(spec.end)}: nothing is known of them yet."
        )
    return tuple(told)


def _orders(bought: Sequence[CustomerDay], gap: float | None) -> str:
    first, last = words.day(bought[0].day), words.day(bought[-1].day)
    count = sum(each.orders for each in bought)
    if gap is None:
        return f"{words.plural(count, 'order').capitalize()}, on {first}."
    every = words.plural(max(1, round(gap)), "day")
    return f"{words.plural(count, 'order')}: the first on {first}, the last on {last}, usually {every} apart."


def _inside(inside: Sequence[CustomerDay], spec: HistorySpec) -> str:
    orders = sum(each.orders for each in inside)
    net = words.money(sum(each.net for each in inside), spec.currency)
    what = f"{words.plural(orders, 'order')}, {net} net of returns" if inside else "no order"
    return f"In the {spec.horizon_days} days after the cutoff: {what}."

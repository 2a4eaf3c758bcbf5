"""How large the segments are: customers and revenue of each, as bars or as a ring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from figures import words
from figures.segments_base import (
    NOTHING,
    Trace,
    colour_of,
    figure_of,
    heading,
    left_out,
    letters_of,
    mixed,
    name_axis,
    room_for,
    rounded,
    rows_of,
    short,
    two_lines,
)
from figures.segments_units import cell_words, share_words
from figures.theme import known, says, tokens

# More parts than this, and a ring cannot be read.
DONUT_MOST: Final = 6
BAR: Final = 32
# How strongly segments are drawn that were not picked.
BACK: Final = 0.28


def sizes(
    totals: pd.DataFrame,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
    picked: Collection[str] = (),
) -> go.Figure:
    """Customers and revenue of each segment as bars with their shares, in the order of the frame.

    `totals` has key, name, colour, customers, customer_share and, where money is known, revenue and
    revenue_share (shares of one). Where keys are `picked`, the others stand back. The figure brings its height; a click brings the segment's key.
    """
    chosen = known(theme)
    rows = rows_of(totals)
    if not any(row["customers"] for row in rows):
        return says(NOTHING, chosen)
    shown = ["customers"]
    if any(row.get("revenue") is not None for row in rows):
        shown.append("revenue")
    name = two_lines if narrow else short
    labels = [name(row["name"], letters_of(narrow)) for row in rows]
    stacked = narrow and len(shown) == 2
    traces, annotations, layout = [], [], {}
    panel = BAR * max(len(rows), 2)
    height = 44 + panel + (panel + 36 if stacked else 0)
    for place, measure in enumerate(shown):
        axis = "" if place == 0 else "2"
        values = [row[measure] or 0.0 for row in rows]
        traces.append(_bars(rows, values, measure, axis, currency, chosen, picked, narrow))
        across = (0.0, 1.0) if stacked or len(shown) == 1 else ((0.0, 0.485), (0.515, 1.0))[place]
        down = (0.0, 1.0)
        if stacked:
            part = panel / (2 * panel + 36)
            down = (1 - part, 1.0) if place == 0 else (0.0, part)
        layout[f"xaxis{axis}"] = _value_axis(values, across, f"y{axis}", narrow, chosen)
        layout[f"yaxis{axis}"] = name_axis(
            labels,
            chosen,
            domain=list(down),
            anchor=f"x{axis}",
            showticklabels=place == 0 or stacked,
        )
        sign = words.symbol(currency).strip()
        title = "Customers" if measure == "customers" else f"Revenue ({sign})" if sign else "Revenue"
        annotations.append(heading(words.escape(title), across[0], down[1], chosen, yshift=4))
    return figure_of(
        traces,
        chosen,
        height=height,
        bargap=0.28,
        margin={
            "l": room_for(line for label in labels for line in label.split("<br>")),
            "r": 8,
            "t": 32,
            "b": 12,
        },
        annotations=annotations,
        **layout,
    )


def _bars(
    rows: Sequence[dict[str, Any]],
    values: Sequence[float],
    measure: str,
    axis: str,
    currency: str | None,
    theme: str,
    picked: Collection[str],
    narrow: bool,
) -> Trace:
    share = "customer_share" if measure == "customers" else "revenue_share"
    texts = [
        told + (f" · {share_words(row[share])}" if row.get(share) is not None else "")
        for row, told in zip(rows, _told(values, measure, currency, narrow), strict=True)
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "name": measure.capitalize(),
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "y": list(range(len(rows))),
        "x": rounded(values),
        "text": texts,
        "textposition": "outside",
        "textfont": {
            "color": [tokens(theme)["muted" if left_out(picked, row["key"]) else "text"] for row in rows],
            "size": 12,
        },
        "cliponaxis": False,
        "customdata": [row["key"] for row in rows],
        "hovertext": [_words(row, currency) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [colour_of(row["colour"], theme) for row in rows],
            "opacity": [BACK if left_out(picked, row["key"]) else 1 for row in rows],
        },
    }


def _told(values: Sequence[float], measure: str, currency: str | None, narrow: bool) -> list[str]:
    if measure == "customers":
        return [words.count(value) for value in values]
    # In thousands or millions where they are long: an amount and its share have to fit beside the longest bar.
    if narrow or max(map(abs, values), default=0.0) >= 1e6:
        return [cell_words(value, "money", currency) for value in values]
    return [words.escape(text) for text in words.column(values, currency)]


def _words(row: dict[str, Any], currency: str | None) -> str:
    text = f"<b>{words.escape(row['name'])}</b><br>{words.plural(row['customers'], 'customer')}"
    if row.get("customer_share") is not None:
        text += f", {words.percent(row['customer_share'], 1)} of all"
    if row.get("revenue") is not None:
        text += f"<br>{words.escape(words.money(row['revenue'], currency))} spent"
        if row.get("revenue_share") is not None:
            text += f", {words.percent(row['revenue_share'], 1)} of all"
    return text


def _value_axis(
    values: Sequence[float], across: tuple[float, float], anchor: str, narrow: bool, theme: str
) -> dict[str, Any]:
    low, high = min(0.0, *values), max(0.0, *values)
    span = high - low or 1.0
    # Room for the words at the end of the longest bar.
    room = 0.75 if narrow else 0.42
    return {
        "range": [low - (room * span if low < 0 else 0.0), high + room * span],
        "domain": list(across),
        "anchor": anchor,
        "showticklabels": False,
        "showgrid": False,
        "fixedrange": True,
        "zeroline": True,
        "zerolinecolor": tokens(theme)["border-strong"],
    }


def donut(
    totals: pd.DataFrame,
    measure: str = "customers",
    currency: str | None = None,
    theme: str | None = None,
    *,
    picked: Collection[str] = (),
) -> go.Figure:
    """Shares of the segments in all customers or all revenue (`measure`) as a ring, for few segments.

    `totals` and `picked` as for `sizes`. A click brings the segment's key.
    """
    chosen = known(theme)
    token = tokens(chosen)
    rows = rows_of(totals)
    values = [row.get(measure) or 0.0 for row in rows]
    if not sum(values):
        return says(NOTHING if measure == "customers" else "Revenue is not known here.", chosen)
    if min(values) < 0:
        return says("A ring cannot show a segment whose revenue is below zero:<br>see the bars.", chosen)
    total = sum(values)
    colours = [
        mixed(token["surface"], colour, BACK) if left_out(picked, row["key"]) else colour
        for row in rows
        for colour in [colour_of(row["colour"], chosen)]
    ]
    told = words.count(total) if measure == "customers" else words.money_short(total, currency)
    trace: Trace = {
        "type": "pie",
        "hole": 0.62,
        "sort": False,
        "direction": "clockwise",
        # Keys, not names: two cut names may be the same, and equal labels are one part.
        "labels": [row["key"] for row in rows],
        "values": rounded(values),
        "text": [
            f"{short(row['name'], 18)}<br>{share_words(value / total)}"
            for row, value in zip(rows, values, strict=True)
        ],
        "textinfo": "text",
        "textposition": "outside",
        "textfont": {"color": token["text"], "size": 12},
        "customdata": [row["key"] for row in rows],
        "hovertext": [_words(row, currency) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"colors": colours, "line": {"color": token["surface"], "width": 2}},
        "domain": {"x": [0.16, 0.84], "y": [0.1, 0.9]},
    }
    middle = f"<b>{words.escape(told)}</b><br>{'customers' if measure == 'customers' else 'spent'}"
    return figure_of(
        [trace],
        chosen,
        margin={"l": 16, "r": 16, "t": 16, "b": 16},
        annotations=[
            {
                "text": middle,
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "showarrow": False,
                "font": {"size": 16, "color": token["text"]},
            }
        ],
    )

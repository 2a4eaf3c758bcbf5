"""The charts of a data set's statistics: distribution, categories, correlations, sales over time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from data.statistics import (
    Bars,
    Box,
    Categories,
    Category,
    Correlation,
    Distribution,
    Histogram,
    Period,
    Periods,
)
from figures import words
from figures.theme import ink_on, known, rgb, says, template, tokens

# More columns than this, and the cells are too small for their numbers.
CELL_NUMBERS: Final = 12
LABEL_LETTERS: Final = 22
# Both sides of a square have names: shorter ones leave room for the cells on a phone.
PAIR_LETTERS: Final = 16
LETTER_WIDTH: Final = 7.2
# Width in pixels that bars and the words at their ends have on a phone.
PHONE_BARS: Final = 195
NO_VALUE: Final = "(no value)"
PERIOD_WORDS: Final = {"day": "day", "week": "week", "month": "month", "year": "year"}
Trace = dict[str, Any]


def short(text: str, letters: int = LABEL_LETTERS) -> str:
    """Text of a data set as the label of an axis: cut where it is long, and never markup."""
    text = " ".join(text.split()) or NO_VALUE
    return words.escape(text if len(text) <= letters else text[: letters - 1].rstrip() + "…")


# Distribution


def distribution_figure(
    found: Distribution, label: str, theme: str | None = None, currency: str | None = None
) -> go.Figure:
    """How the values of a column are spread: bins with a box plot above them, or bars.

    `label` names the column; amounts are in `currency`. The box is drawn from its five numbers.
    """
    chosen = known(theme)
    if not found.n:
        return says("This column has no values.", chosen)
    if isinstance(found, Histogram):
        return _histogram(found, label, chosen, currency)
    if not found.counts:
        text = (
            f"Nearly every value is different ({words.count(found.distinct)}):<br>there is nothing to count."
        )
        return says(text, chosen)
    return _dates(found, label, chosen) if found.starts else _values(found, label, chosen)


def _histogram(found: Histogram, label: str, theme: str, currency: str | None) -> go.Figure:
    token = tokens(theme)
    sign = currency if found.column.money else None
    step = found.edges[1] - found.edges[0]
    # A whole number stands in the middle of its bar, not at the left edge of it.
    shift = step / 2 if found.whole and not found.log and step == 1 else 0.0
    centres = [edge + step / 2 - shift for edge in found.edges[:-1]]
    hover = [
        f"<b>{_bin_words(found, at, sign)}</b><br>{_rows(count, found.n)}"
        for at, count in enumerate(found.counts)
    ]
    traces: list[Trace] = [_bars(centres, found.counts, hover, token["accent"], step * 0.94)]
    low, high = found.edges[0] - shift, found.edges[-1] - shift
    room = (high - low) * 0.025 + step
    notes = []
    tails = ((found.below, low - room, "below"), (found.above, high + room, "above"))
    for count, at, side in tails:
        if not count:
            continue
        edge = found.edges[0] if side == "below" else found.edges[-1]
        limit = _value(edge, found, sign)
        text = f"below {limit}" if side == "below" else f"{limit} or more"
        spread = (
            f"down to {_value(found.low, found, sign)}"
            if side == "below"
            else f"up to {_value(found.high, found, sign)}"
        )
        hover = [f"<b>{text}</b>, {spread}<br>{_rows(count, found.n)}"]
        traces.append(_bars([at], [count], hover, token["neutral"], step * 1.5))
        near = found.counts[: len(found.counts) // 4 + 1]
        if side == "above":
            near = found.counts[-(len(found.counts) // 4 + 1) :]
        # Beside tall bars there is no room for words; the note under the chart has them in any case.
        if max(near) > max(found.counts) / 5:
            continue
        notes.append(
            {
                "x": at,
                "y": count,
                "xanchor": "left" if side == "below" else "right",
                "yanchor": "bottom",
                "xshift": -6 if side == "below" else 6,
                "text": f"{words.count(count)}<br>{text}",
                "align": "left" if side == "below" else "right",
                "showarrow": False,
                "font": {"size": 11, "color": token["muted"]},
            }
        )
    ends = [
        low - (room + step if found.below else step / 2),
        high + (room + step if found.above else step / 2),
    ]
    traces.append(_box(found, ends, token))
    figure = go.Figure(data=traces, layout=_distribution_layout(theme))
    ticks, texts = _ticks(found, ends, sign)
    unit = f" ({words.escape(words.symbol(sign).strip())})" if words.symbol(sign) else ""
    scale = ", logarithmic scale" if found.log else ""
    figure.update_layout(
        annotations=notes,
        xaxis={
            "range": ends,
            "tickvals": ticks,
            "ticktext": texts,
            "title": {"text": f"{short(label, 40)}{unit}{scale}"},
            "anchor": "y",
        },
        yaxis={
            "domain": [0, 0.8],
            "title": {"text": _noun(found)},
            "tickformat": ",~s",
            "rangemode": "tozero",
        },
        yaxis2={"domain": [0.86, 1], "visible": False, "range": [-0.6, 0.6], "fixedrange": True},
    )
    return figure


def _noun(found: Histogram | Bars) -> str:
    return "Rows" if found.column.relation == "lines" else "Customers"


def _rows(count: int, n: int) -> str:
    share = count / n
    return f"{words.count(count)} ({'' if share >= 0.001 or not count else 'under '}{words.percent(max(share, 0.001) if count else share, 1)})"


def _bars(x: Sequence[Any], counts: Sequence[int], hover: Sequence[str], colour: str, width: float) -> Trace:
    return {
        "type": "bar",
        "x": list(x),
        "y": list(counts),
        "width": width,
        "hovertext": list(hover),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": colour, "line": {"width": 0}},
    }


def _box(found: Histogram, ends: Sequence[float], token: Mapping[str, str]) -> Trace:
    box = found.box
    inside = [
        min(max(value, ends[0]), ends[1])
        for value in (box.low_fence, box.q1, box.median, box.q3, box.high_fence)
    ]
    trace: Trace = {
        "type": "box",
        "orientation": "h",
        "y": [0],
        "lowerfence": [inside[0]],
        "q1": [inside[1]],
        "median": [inside[2]],
        "q3": [inside[3]],
        "upperfence": [inside[4]],
        "yaxis": "y2",
        "width": 0.7,
        "line": {"color": token["text"], "width": 1.4},
        "fillcolor": token["density-low"],
        "whiskerwidth": 0.6,
        # Its own hover labels would lie over one another; the words under the chart say the same.
        "hoverinfo": "skip",
    }
    if ends[0] <= box.mean <= ends[1]:
        trace |= {"mean": [box.mean], "boxmean": True}
    return trace


def _distribution_layout(theme: str) -> dict[str, Any]:
    return {
        "template": template(theme),
        "showlegend": False,
        "bargap": 0.06,
        "dragmode": False,
        "hovermode": "closest",
        "margin": {"l": 64, "r": 16, "t": 12, "b": 56},
    }


def _plain(value: float, found: Histogram) -> float:
    return 10**value if found.log else value


def _value(value: float, found: Histogram, sign: str | None) -> str:
    """A point of the axis as a number; an edge of a logarithmic scale is no round number."""
    plain = _plain(value, found)
    if found.log and abs(plain) < 1:
        return words.priced(words.marks(f"{plain:.2g}"), sign)
    return words.money(plain, sign) if sign else words.number(plain)


def _bin_words(found: Histogram, at: int, sign: str | None) -> str:
    low, high = found.edges[at], found.edges[at + 1]
    if not found.whole:
        return words.escape(f"{_value(low, found, sign)} to under {_value(high, found, sign)}")
    first = math.ceil(_plain(low, found) - 1e-6)
    last = math.ceil(_plain(high, found) - 1e-6) - 1
    texts = [words.money(value, sign) if sign else words.count(value) for value in (first, last)]
    return words.escape(texts[0] if last <= first else f"{texts[0]} to {texts[1]}")


def _ticks(found: Histogram, ends: Sequence[float], sign: str | None) -> tuple[list[float], list[str]]:
    if not found.log:
        values = _round_values(found.edges[0], found.edges[-1], 6)
        if found.whole:
            values = [value for value in values if value == round(value)]
        return values, [_tick(value, sign) for value in values]
    powers = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
    factors: tuple[int, ...] = (1, 2, 5) if len(powers) <= 4 else (1,)
    points = [(power + math.log10(factor), factor * 10.0**power) for power in powers for factor in factors]
    kept = [(at, value) for at, value in points if ends[0] <= at <= ends[1]]
    every = math.ceil(len(kept) / 8) or 1
    return [at for at, _ in kept[::every]], [_tick(value, sign) for _, value in kept[::every]]


def _round_values(low: float, high: float, most: int) -> list[float]:
    width = (high - low) / most
    power = 10.0 ** math.floor(math.log10(width))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= width * (1 - 1e-9))
    return [
        round(place * step, 9)
        for place in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def _tick(value: float, sign: str | None = None) -> str:
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            text = f"{size / (1e3 if unit == 'k' else limit):,.4g}{unit}"
            break
    else:
        text = f"{size:,.0f}" if size == round(size) else f"{size:.4g}"
    return words.escape(words.priced(words.marks(text), sign, "−" if value < 0 else ""))


def _dates(found: Bars, label: str, theme: str) -> go.Figure:
    period = PERIOD_WORDS[found.grain]
    hover = [
        f"<b>{_period_words(start, found.grain)}</b><br>{_rows(count, found.n)}"
        for start, count in zip(found.starts, found.counts, strict=True)
    ]
    trace = _bars(found.starts, found.counts, hover, tokens(theme)["accent"], 0)
    del trace["width"]
    figure = go.Figure(data=[trace], layout=_distribution_layout(theme))
    figure.update_layout(
        xaxis=_date_axis() | {"title": {"text": f"{short(label, 40)}, by {period}"}},
        margin={"b": 72},
        yaxis={"title": {"text": _noun(found)}, "tickformat": ",~s", "rangemode": "tozero"},
    )
    return figure


def _values(found: Bars, label: str, theme: str) -> go.Figure:
    bars = [(short(text), count, words.escape(text or NO_VALUE), False)
            for text, count in zip(found.labels, found.counts, strict=True)]  # fmt: skip
    if found.others:
        text = f"all other {words.count(found.others)}"
        bars.append((text, found.other_rows, text, True))
    return _ranking(
        [(name, float(count), f"<b>{full}</b><br>{_rows(count, found.n)}", words.count(count), soft)
         for name, count, full, soft in bars],
        f"{_noun(found)} by {short(label, 40)}",
        theme,
    )  # fmt: skip


# Categories


def categories_figure(
    found: Categories, label: str, theme: str | None = None, currency: str | None = None
) -> go.Figure:
    """The values of a column by what they brought in (or by rows, where there is no money)."""
    chosen = known(theme)
    if not found.rows:
        return says("There are no rows to compare.", chosen)
    with_money = found.amount is not None
    bars = [(short(each.label) if each.label is not None else NO_VALUE, each, False) for each in found.top]
    if found.rest:
        bars.append((f"all other {words.count(found.others)}", found.rest, True))
    amounts = words.column([each.amount or 0.0 for _, each, _ in bars], currency)
    texts = (
        [words.escape(each) for each in amounts]
        if with_money
        else [words.count(each.rows) for _, each, _ in bars]
    )
    title = "Net amount" if found.measure == "net amount" else short(found.measure, 40)
    unit = (
        f" ({words.escape(words.symbol(currency).strip())})" if with_money and words.symbol(currency) else ""
    )
    return _ranking(
        [
            (
                name,
                float((each.amount or 0.0) if with_money else each.rows),
                _category_hover(name, each, found, currency),
                told,
                soft,
            )
            for (name, each, soft), told in zip(bars, texts, strict=True)
        ],
        f"{title}{unit} by {short(label, 40)}" if with_money else f"Customers by {short(label, 40)}",
        chosen,
    )  # fmt: skip


def _category_hover(name: str, each: Category, found: Categories, currency: str | None) -> str:
    full = words.escape(each.label) if each.label else name
    lines = [f"<b>{full}</b>"]
    if each.amount is not None and found.amount is not None:
        share = f" ({words.percent(each.amount / found.amount, 1)})" if found.amount > 0 else ""
        lines.append(words.escape(words.money(each.amount, currency)) + share)
    if each.orders is not None:
        lines.append(words.plural(each.orders, "order"))
    noun = "customer" if found.of == "customers" else "row"
    lines.append(f"{words.plural(each.rows, noun)} ({words.percent(each.rows / found.rows, 1)})")
    return "<br>".join(lines)


def _ranking(rows: Sequence[tuple[str, float, str, str, bool]], title: str, theme: str) -> go.Figure:
    """Bars to the right, the first row on top: (label, value, hover, direct label, whether it is the rest)."""
    token = tokens(theme)
    low, high = min(0.0, *(row[1] for row in rows)), max(0.0, *(row[1] for row in rows))
    span = high - low or 1.0
    longest = max(len(words.unescape(row[0])) for row in rows)
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        # Places, not names: two long names may be cut to the same.
        "y": list(range(len(rows))),
        "x": [row[1] for row in rows],
        "text": [row[3] for row in rows],
        "textposition": "outside",
        "textfont": {"color": token["text"], "size": 12},
        "cliponaxis": False,
        "hovertext": [row[2] for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": [token["neutral"] if row[4] else token["accent"] for row in rows]},
        "width": 0.72,
    }
    left = 28 + LETTER_WIDTH * longest
    said = 8 + LETTER_WIDTH * max(len(words.unescape(row[3])) for row in rows)
    # So that it fits beside bars as short as on a phone.
    room = min(1.0, said / max(PHONE_BARS - said, 1))
    heading = _panel_title(title, 1.0, token) | {"xshift": 8 - left, "yshift": 14}
    figure = go.Figure(data=[trace], layout=_distribution_layout(theme))
    figure.update_layout(
        margin={"l": left, "r": 16, "t": 32, "b": 8},
        annotations=[heading],
        xaxis={
            # Room for the number at the end of the longest bar.
            "range": [low - (room * span if low < 0 else 0), high + room * span],
            "showticklabels": False,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            # A few bars stay bars: two would else fill the whole height.
            "range": [max(len(rows), 7) - 0.4, -0.6],
            "tickvals": list(range(len(rows))),
            "ticktext": [row[0] for row in rows],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": token["text"]},
            "ticklabelstandoff": 6,
        },
    )
    return figure


# Correlation


def correlation_figure(
    found: Correlation, labels: Mapping[str, str] | None = None, theme: str | None = None
) -> go.Figure:
    """Pearson's r of each pair: red below zero, blue above, the number in the cell where there is room.

    A pair that too few have both values of stays blank.

    `labels` gives the words of the columns' names. Each pair stands once: the other half would repeat it.
    """
    chosen = known(theme)
    if len(found.columns) < 2:
        return says("There are not two columns of numbers that vary:<br>nothing to compare.", chosen)
    token = tokens(chosen)
    full = [words.escape((labels or {}).get(name, name)) for name in found.columns]
    cut = [short((labels or {}).get(name, name), PAIR_LETTERS) for name in found.columns]
    size = len(full)
    down, across = range(1, size), range(size - 1)
    cells = [[found.r[row][column] if column < row else None for column in across] for row in down]
    hover = [
        [_pair_words(found, full, row, column) if column < row else "" for column in across] for row in down
    ]
    ends = (token["under"], token["surface-2"], token["over"])
    # Two layers, since the words of a layer have one colour: dark cells need light ones.
    inks = [[_ink(value, ends, chosen) for value in row] for row in cells]
    traces: list[Trace] = []
    for ink in sorted({ink for row in inks for ink in row if ink}):
        layer = [
            [value if mine == ink else None for value, mine in zip(row, row_inks, strict=True)]
            for row, row_inks in zip(cells, inks, strict=True)
        ]
        trace: Trace = {
            "type": "heatmap",
            "x": list(across),
            "y": [row - 1 for row in down],
            "z": layer,
            "zmin": -1,
            "zmax": 1,
            "zmid": 0,
            "colorscale": [[0, ends[0]], [0.5, ends[1]], [1, ends[2]]],
            "xgap": 2,
            "ygap": 2,
            "hovertext": hover,
            "hovertemplate": "%{hovertext}<extra></extra>",
            "hoverongaps": False,
            "showscale": size > 2 and not traces,
            "colorbar": {
                "thickness": 10,
                # It stands where the other half of the square would be.
                "len": min(0.6, 0.8 * (size - 2) / (size - 1)),
                "x": 1,
                "xanchor": "right",
                "y": 1,
                "yanchor": "top",
                "tickvals": [-1, 0, 1],
                "ticktext": ["−1", "0", "+1"],
                "outlinewidth": 0,
                "tickfont": {"color": token["muted"]},
            },
        }
        if size <= CELL_NUMBERS:
            trace["text"] = [["" if value is None else _cell(value) for value in row] for row in layer]
            trace["texttemplate"] = "%{text}"
            # Told, as plotly would find another size for each layer.
            trace["textfont"] = {"color": ink, "size": 11 if size < 7 else 10}
        traces.append(trace)
    if not traces:
        return says("Too few values to compare.", chosen)
    longest = max(len(words.unescape(name)) for name in cut)
    figure = go.Figure(data=traces, layout=_distribution_layout(chosen))
    axis = {
        "showgrid": False,
        "fixedrange": True,
        "tickfont": {"color": token["text"], "size": 12},
        "ticklabelstandoff": 4,
    }
    figure.update_layout(
        margin={"l": 20 + LETTER_WIDTH * longest, "r": 12, "t": 12, "b": 24 + LETTER_WIDTH * longest * 0.72},
        xaxis=axis | {"tickvals": list(across), "ticktext": [cut[at] for at in across], "tickangle": -45},
        yaxis=axis
        | {
            "tickvals": [row - 1 for row in down],
            "ticktext": [cut[at] for at in down],
            "range": [size - 1.5, -0.5],
        },
    )
    return figure


def _ink(value: float | None, ends: tuple[str, str, str], theme: str) -> str:
    """The colour of the words in a cell, "" for one without a value."""
    if value is None:
        return ""
    middle, end = rgb(ends[1]), rgb(ends[0] if value < 0 else ends[2])
    share = abs(value)
    return ink_on([(1 - share) * low + share * high for low, high in zip(middle, end, strict=True)], theme)


def _pair_words(found: Correlation, names: Sequence[str], row: int, column: int) -> str:
    value, number = found.r[row][column], found.pairs[row][column]
    if value is None:
        # A cell without a value has no hover label.
        return ""
    noun = "customer" if found.level == "customers" else "row"
    have = "has" if number == 1 else "have"
    return (
        f"<b>{names[row]}</b> and <b>{names[column]}</b><br>r = {_signed(value)}<br>"
        f"{words.plural(number, noun)} {have} both"
    )


def _cell(value: float) -> str:
    """A correlation as short as a cell on a phone is wide: without the zero that all of them begin with."""
    text = _signed(value)
    return text if abs(round(value, 2)) >= 1 else text.replace("0", "", 1)


def _signed(value: float) -> str:
    rounded = round(value, 2)
    return words.marks("0.00" if rounded == 0 else f"{'−' if rounded < 0 else ''}{abs(rounded):.2f}")


# Time


def time_figure(found: Periods, theme: str | None = None, currency: str | None = None) -> go.Figure:
    """Net amount and, below it, orders of each period; one that the data holds only in part is lighter."""
    chosen = known(theme)
    if not found.periods:
        return says("There are no dated rows.", chosen)
    token = tokens(chosen)
    hover = [
        f"<b>{_period_words(each.start, found.grain)}</b>{_partial_words(each, found)}<br>"
        f"{words.escape(words.money(each.amount, currency))}<br>{words.plural(each.orders, 'order')}"
        for each in found.periods
    ]
    starts = [each.start for each in found.periods]
    traces: list[Trace] = []
    for axis, values, colour in (
        ("", [each.amount for each in found.periods], token["accent"]),
        ("2", [each.orders for each in found.periods], token["over"]),
    ):
        traces.append(
            {
                "type": "bar",
                "x": starts,
                "y": values,
                "xaxis": "x",
                "yaxis": f"y{axis}",
                "hovertext": hover,
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {
                    "color": colour,
                    "opacity": [0.55 if each.partial else 1.0 for each in found.periods],
                    "pattern": {
                        "shape": ["/" if each.partial else "" for each in found.periods],
                        "fillmode": "overlay",
                        "fgcolor": token["surface"],
                        "size": 6,
                        "solidity": 0.35,
                    },
                    "line": {"width": 0},
                },
            }
        )
    figure = go.Figure(data=traces, layout=_distribution_layout(chosen))
    unit = f" ({words.escape(words.symbol(currency).strip())})" if words.symbol(currency) else ""
    panel = {"nticks": 5, "rangemode": "tozero", "tickformat": ",~s", "fixedrange": True, "zeroline": True,
             "zerolinecolor": token["border"]}  # fmt: skip
    figure.update_layout(
        bargap=0.12 if found.grain != "day" else 0.0,
        xaxis=_date_axis() | {"anchor": "y2", "showgrid": False, "fixedrange": True},
        yaxis=panel | {"domain": [0.45, 0.92]},
        yaxis2=panel | {"domain": [0, 0.31]},
        margin={"l": 56, "r": 16, "t": 12, "b": 44},
        annotations=[
            _panel_title(f"Net amount{unit} by {PERIOD_WORDS[found.grain]}", 0.98, token),
            _panel_title(f"Orders by {PERIOD_WORDS[found.grain]}", 0.37, token),
        ],
    )
    return figure


def _date_axis() -> dict[str, Any]:
    # Level words, the year below and only where it changes: they fit on a phone.
    day = 24 * 3600 * 1000
    return {
        "type": "date",
        "nticks": 7,
        "tickangle": 0,
        "tickformatstops": [
            {"dtickrange": [None, 27 * day], "value": "%-d %b\n%Y"},
            {"dtickrange": [27 * day, "M6"], "value": "%b\n%Y"},
            {"dtickrange": ["M6", None], "value": "%Y"},
        ],
    }


def _panel_title(text: str, y: float, token: Mapping[str, str]) -> dict[str, Any]:
    return {
        "text": text,
        "x": 0,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 13, "color": token["muted"]},
    }


def _period_words(start: dt.date, grain: str) -> str:
    if grain == "month":
        return f"{start:%B %Y}"
    if grain == "year":
        return str(start.year)
    return f"Week from {words.day(start)}" if grain == "week" else words.day(start)


def _partial_words(each: Period, found: Periods) -> str:
    if not each.partial or found.first is None or found.last is None:
        return ""
    ends = []
    if each.start < found.first:
        ends.append(f"from {words.day(found.first)}")
    if each.end > found.last:
        ends.append(f"to {words.day(found.last)}")
    return f"<br>partial: {' '.join(ends)} only"


def box_words(box: Box, found: Histogram, currency: str | None = None) -> str:
    """The box plot in a sentence, as plain text."""
    sign = currency if found.column.money else None
    low, middle, high, mean = (_value(value, found, sign) for value in (box.q1, box.median, box.q3, box.mean))
    noun = "row" if found.column.relation == "lines" else "customer"
    left_out = " above zero" if found.unfit else " with a value" if found.missing else ""
    if found.n == 1:
        return f"1 {noun}{left_out}: {middle}."
    which = f"{words.count(found.n)} {noun}s{left_out}" if left_out else f"{noun}s"
    text = f"Half of the {which} lie between {low} and {high}, their median is {middle}, their mean (dashed) {mean}"
    if not box.outliers:
        return f"{text}. No outliers: nothing is more than {words.marks('1.5')} box lengths outside the box."
    verb = "lies" if box.outliers == 1 else "lie"
    return f"{text}. {words.plural(box.outliers, 'outlier')} {verb} more than {words.marks('1.5')} box lengths outside the box."


def tail_words(found: Histogram, currency: str | None = None) -> str:
    """What lies beyond the ends of the scale, in a sentence; empty where nothing does."""
    sign = currency if found.column.money else None
    parts = []
    if found.below:
        low, edge = _value(found.low, found, sign), _value(found.edges[0], found, sign)
        parts.append(f"{words.count(found.below)} below {edge} (down to {low})")
    if found.above:
        high, edge = _value(found.high, found, sign), _value(found.edges[-1], found, sign)
        parts.append(f"{words.count(found.above)} at {edge} or more (up to {high})")
    return f"Grey bars: {' and '.join(parts)}." if parts else ""

"""Campaigns side by side: each segment's with its range, and saved scenarios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from figures import words
from figures.roi_base import beside, captioned, cash, money_axis, side, span, told, uplift_text, upright
from figures.segments_base import (
    NARROW_LETTERS,
    colour_of,
    figure_of,
    heading,
    letters_of,
    name_axis,
    room_for,
    rounded,
    rows_of,
    short,
)
from figures.theme import known, says, tokens
from models.campaign.params import RELATIVE
from models.campaign.sensitivity import EXPECTED, OPTIMISTIC, PESSIMISTIC

if TYPE_CHECKING:
    import pandas as pd

NO_SEGMENTS: Final = "This audience has no segments to compare."
NONE_SAVED: Final = "No scenario is saved yet: save the one above to compare it with others."
Row = Mapping[str, Any]


def segment_bars(
    frame: pd.DataFrame,
    colours: Mapping[str, int] | None = None,
    currency: str | None = None,
    theme: str | None = None,
    *,
    unit: str = RELATIVE,
    narrow: bool = False,
) -> go.Figure:
    """Expected net profit of contacting everybody of each segment, best first, with whiskers from the
    pessimistic to the optimistic scenario.

    `frame` is that of `models.campaign.by_segment`; `colours` are numbers of colours by segment name, `unit` is what uplifts are in. Names are never markup. The figure brings its height; a click brings the segment's name.
    """
    chosen = known(theme)
    by_name: dict[str, dict[str, Row]] = {}
    for row in rows_of(frame):
        by_name.setdefault(str(row["segment"]), {})[str(row["scenario"]).lower()] = row
    found = [(name, rows) for name, rows in by_name.items() if _profit(rows, EXPECTED) is not None]
    found.sort(key=lambda each: -(_profit(each[1], EXPECTED) or 0.0))
    if not found:
        return says(NO_SEGMENTS, chosen)
    token = tokens(chosen)
    middle = [_profit(rows, EXPECTED) or 0.0 for _, rows in found]
    ends = [_whiskers(rows) for _, rows in found]
    labels = [short(name, 34 if narrow else letters_of(narrow)) for name, _ in found]
    low, high = span([*middle, *(end for pair in ends for end in pair)], 0.04, 0.26 if narrow else 0.14)
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "Expected net profit",
        "y": list(range(len(found))),
        "x": rounded(middle),
        "customdata": [name for name, _ in found],
        "hovertext": [_segment_words(name, rows, currency, unit) for name, rows in found],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": [colour_of((colours or {}).get(name, 0), chosen) for name, _ in found]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": rounded(max(top - value, 0.0) for value, (_, top) in zip(middle, ends, strict=True)),
            "arrayminus": rounded(
                max(value - bottom, 0.0) for value, (bottom, _) in zip(middle, ends, strict=True)
            ),
            "color": token["text"],
            "thickness": 1.4,
            "width": 4,
        },
    }
    notes = [
        beside(cash(value, currency), max(top, value, 0.0), at, chosen)
        for at, (value, (_, top)) in enumerate(zip(middle, ends, strict=True))
    ]
    if narrow:
        notes += _above(labels, chosen)
    caption = "whiskers: pessimistic to optimistic uplift"
    axis = captioned(money_axis(low, high, currency, narrow=narrow), caption)
    return figure_of(
        [bars],
        chosen,
        height=92 + (46 if narrow else 34) * max(len(found), 2),
        bargap=0.6 if narrow else 0.36,
        margin={"l": 12 if narrow else room_for(labels), "r": 14, "t": 8, "b": 74},
        shapes=[upright(0, chosen)],
        annotations=notes,
        xaxis=axis,
        yaxis=name_axis(
            labels, chosen, showticklabels=not narrow, range=[len(found) - 0.4, -0.8 if narrow else -0.6]
        ),
    )


def _profit(rows: Mapping[str, Row], scenario: str) -> float | None:
    value = told(rows.get(scenario, {}), "net_profit")
    return value if math.isfinite(value) else None


def _whiskers(rows: Mapping[str, Row]) -> tuple[float, float]:
    """The least and the most net profit of the scenarios."""
    found = [_profit(rows, each) for each in (PESSIMISTIC, EXPECTED, OPTIMISTIC)]
    values = [value for value in found if value is not None]
    return min(values), max(values)


def _segment_words(name: str, rows: Mapping[str, Row], currency: str | None, unit: str) -> str:
    row = rows[EXPECTED]
    lines = [
        f"<b>{words.escape(name)}</b>, {words.plural(told(row, 'customers'), 'customer')}",
        f"Net profit {cash(told(row, 'net_profit'), currency)}, ROI {words.percent(row.get('roi'))}",
    ]
    low, high = (_profit(rows, each) for each in (PESSIMISTIC, OPTIMISTIC))
    if low is not None and high is not None:
        lines.append(f"Pessimistic {cash(low, currency)}, optimistic {cash(high, currency)}")
    even = row.get("break_even_uplift")
    if "break_even_uplift" in row:
        lines.append(
            "No uplift pays for it"
            if even is None
            else f"Breaks even at an uplift of {uplift_text(round(even, 3), unit)}"
        )
    return "<br>".join(lines)


def compare(
    rows: Sequence[Row], currency: str | None = None, theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """Expected net profit of saved scenarios with their 80 % ranges, in their order.

    A row has id, name, net_profit, low and high (account currency), and may have probability_of_profit and
    contacted. Names come from people and are never markup. The figure brings its height; a click brings the id.
    """
    chosen = known(theme)
    found = [row for row in rows if math.isfinite(told(row, "net_profit"))]
    if not found:
        return says(NONE_SAVED, chosen)
    token = tokens(chosen)
    labels = [short(row.get("name", ""), 36 if narrow else letters_of(narrow)) for row in found]
    places = list(range(len(found)))
    middle = [told(row, "net_profit") for row in found]
    lows, highs = [[_or(told(row, key), told(row, "net_profit")) for row in found] for key in ("low", "high")]
    start, stop = span([*lows, *highs, *middle], 0.04, 0.26 if narrow else 0.14)
    ranges = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "80 % range",
            "x": rounded([low, high]),
            "y": [at, at],
            "hoverinfo": "skip",
            "line": {"color": token["neutral"], "width": 3},
        }
        for at, (low, high) in enumerate(zip(lows, highs, strict=True))
    ]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "Expected net profit",
        "x": rounded(middle),
        "y": places,
        "customdata": [row.get("id") for row in found],
        "hovertext": [_scenario_words(row, currency) for row in found],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [token[side(value)] for value in middle],
            "symbol": ["circle" if value >= 0 else "x" for value in middle],
            "size": 12,
            "line": {"color": token["surface"], "width": 1.5},
        },
    }
    notes = [
        beside(cash(value, currency), max(high, value), at, chosen)
        for at, (value, high) in enumerate(zip(middle, highs, strict=True))
    ]
    shapes = [upright(0, chosen)]
    notes.append(
        heading("Break-even", 0, 1, chosen, xref="x", xanchor="center")
        | {"yshift": 2, "font": {"size": 11, "color": token["muted"]}}
    )
    if narrow:
        notes += _above(labels, chosen)
    axis = captioned(money_axis(start, stop, currency, narrow=narrow), "lines: 8 of 10 outcomes")
    return figure_of(
        [*ranges, dots],
        chosen,
        height=108 + (48 if narrow else 36) * max(len(found), 2),
        margin={"l": 12 if narrow else room_for(labels, 8 * NARROW_LETTERS), "r": 14, "t": 24, "b": 74},
        shapes=shapes,
        annotations=notes,
        xaxis=axis,
        yaxis=name_axis(
            labels, chosen, showticklabels=not narrow, range=[len(found) - 0.4, -0.8 if narrow else -0.6]
        ),
    )


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other


def _scenario_words(row: Row, currency: str | None) -> str:
    lines = [
        f"<b>{words.escape(row.get('name', ''))}</b>",
        f"Net profit {cash(told(row, 'net_profit'), currency)}",
    ]
    if math.isfinite(told(row, "low")) and math.isfinite(told(row, "high")):
        lines[1] += (
            f", 8 of 10 outcomes between {cash(row['low'], currency)} and {cash(row['high'], currency)}"
        )
    if math.isfinite(told(row, "contacted")):
        lines.append(words.plural(told(row, "contacted"), "customer"))
    if math.isfinite(told(row, "probability_of_profit")):
        lines.append(f"Makes money in {words.percent(row['probability_of_profit'])} of the draws")
    return "<br>".join(lines)


def _above(labels: Sequence[str], theme: str) -> list[dict[str, Any]]:
    """Names above their bars: beside them is no room on a phone."""
    return [
        heading(label, 0, at - 0.5, theme, yref="y", yanchor="middle")
        | {"yshift": -2, "font": {"size": 12, "color": tokens(theme)["text"]}}
        for at, label in enumerate(labels)
    ]

"""What the charts of segments share: colours, names, places of panels and legends."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from figures import words
from figures.theme import template, tokens

NAME_LETTERS: Final = 30
NARROW_LETTERS: Final = 15
LETTER_WIDTH: Final = 7.0
DIGITS: Final = 6
COLOURS: Final = 12
# Between the segment before and the one now, in what a click on a flow brings; keys never hold it.
ARROW: Final = ">"
NOTHING: Final = "No customer matches these filters."
Trace = dict[str, Any]
Row = Mapping[str, Any]
Place = tuple[float, float]


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame as dicts, missing numbers as None."""
    return [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]  # fmt: skip


def colour_of(number: Any, theme: str) -> str:
    """The colour of a segment in a theme by its number; grey for one there is no colour of."""
    token = tokens(theme)
    return token.get(f"seg-{int(number)}", token["seg-0"])


def faint(colour: str, alpha: float) -> str:
    """A "#rrggbb" colour with `alpha` (0 to 1)."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def mixed(low: str, high: str, share: float) -> str:
    """The colour `share` (0 to 1) of the way from one "#rrggbb" colour to another."""
    parts = [
        round((1 - share) * int(low[at : at + 2], 16) + share * int(high[at : at + 2], 16))
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def left_out(picked: Collection[str], key: object) -> bool:
    """Whether a segment stands back, since others were picked."""
    return bool(picked) and key not in picked


def short(text: object, letters: int = NAME_LETTERS) -> str:
    """A name as a label: cut where it is long, and never markup."""
    plain = " ".join(str(text).split()) or "(no name)"
    return words.escape(plain if len(plain) <= letters else plain[: letters - 1].rstrip() + "…")


def two_lines(text: str, letters: int = 16) -> str:
    """A name in at most two lines of about the same length, each cut at `letters`; never markup."""
    parts = text.split()
    if len(text) <= letters * 0.75 or len(parts) < 2:
        return short(text, letters)
    halves = [(" ".join(parts[:at]), " ".join(parts[at:])) for at in range(1, len(parts))]
    return "<br>".join(short(half, letters) for half in min(halves, key=lambda pair: max(map(len, pair))))


def legend_of(narrow: bool, y: float = 1.01) -> dict[str, Any]:
    """Names of traces above a chart."""
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": y, "yanchor": "bottom"}
    # Two beside each other on a phone, where plotly would else put each on a line of its own.
    columns = {"entrywidth": 0.48, "entrywidthmode": "fraction"} if narrow else {}
    return legend | columns | {"font": {"size": 11 if narrow else 12}, "tracegroupgap": 0}


def legend_name(name: object, narrow: bool) -> str:
    """A name for the legend: on a phone two fit beside each other."""
    return short(name, 16 if narrow else NAME_LETTERS)


def letters_of(narrow: bool) -> int:
    """How long a name may be beside a chart."""
    return NARROW_LETTERS if narrow else NAME_LETTERS


def room_for(labels: Iterable[str], least: float = 0) -> float:
    """Width in pixels of the longest of escaped labels."""
    return max([least, *(LETTER_WIDTH * len(words.unescape(label)) for label in labels)]) + 16


class Whole(list[Any]):
    """A long list that plotly hands on as it is: its copies of all values cost more than all else of a figure."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Whole:
        """The list itself: nobody changes what has been drawn."""
        return self


def figure_of(traces: Sequence[Trace], theme: str, **layout: Any) -> go.Figure:
    """A figure in the template of a theme, without legend or dragging unless `layout` says so."""
    # Unchecked, since checking costs more than everything else; tests check.
    return go.Figure(
        data=list(traces),
        layout={
            "template": template(theme),
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "margin": {"l": 64, "r": 16, "t": 32, "b": 40},
            **layout,
        },
        _validate=False,
    )


def heading(text: str, x: float, y: float, theme: str, **more: Any) -> dict[str, Any]:
    """A small title above a panel, `x` and `y` in parts of the plot; `text` is escaped already."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13, "color": tokens(theme)["muted"]},
        **more,
    }


def name_axis(labels: Sequence[str], theme: str, **more: Any) -> dict[str, Any]:
    """A vertical axis of names, the first on top; places and not names, as two cut names may be equal."""
    return {
        "range": [len(labels) - 0.4, -0.6],
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "tickfont": {"color": tokens(theme)["text"], "size": 12},
        "ticklabelstandoff": 6,
        "showgrid": False,
        "fixedrange": True,
        **more,
    }


def rounded(values: Iterable[Any]) -> list[float | None]:
    """Numbers with the digits that a chart can show."""
    return [None if value is None else float(f"{value:.{DIGITS}g}") for value in values]


def component_title(components: Mapping[str, Any], number: int) -> str:
    """The name of a principal component with its share of the variance."""
    explained = list(components.get("explained") or [])
    share = f" ({words.percent(explained[number])} of variance)" if number < len(explained) else ""
    return f"Component {number + 1}{share}"


def ends_of(places: Any) -> tuple[float, float]:
    """The range of an axis that holds all `places` with a little room."""
    low, high = float(np.nanmin(places)), float(np.nanmax(places))
    room = 0.04 * (high - low) or 0.5
    return low - room, high + room

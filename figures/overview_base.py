"""What the charts of the overview share: spans of days in words, changes in words, keys of a chart."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.segments_base import heading

# A change below this is told as none: half a percent would read "0 % more".
SAME: Final = 0.005


def date_of(value: dt.date | str) -> dt.date:
    """A day given as a date or as ISO text."""
    return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value


def span_words(start: dt.date | str, end: dt.date | str) -> str:
    """The days from `start` to `end` as short as they can be told: "1 to 7 Mar 2026", "March 2026", "Q1 2026"."""
    first, last = date_of(start), date_of(end)
    if first == last:
        return words.day(first)
    if (
        first.day == 1
        and last.day == calendar.monthrange(last.year, last.month)[1]
        and first.year == last.year
    ):
        if first.month == last.month:
            return f"{first:%B %Y}"
        if first.month == last.month - 2 and last.month % 3 == 0:
            return f"Q{last.month // 3} {last.year}"
    if first.year != last.year:
        return f"{words.day(first)} to {words.day(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%b} to {words.day(last)}"
    return f"{first.day} to {words.day(last)}"


def change_words(now: float, before: float) -> str:
    """How much more or less `now` is than `before`: "8 % more than", "as much as"; "" where it cannot be said."""
    if not (math.isfinite(now) and math.isfinite(before)) or before <= 0:
        return ""
    change = now / before - 1
    if abs(change) < SAME:
        return "as much as"
    return f"{words.percent(abs(change))} {'more' if change > 0 else 'less'} than"


def amount_words(value: float, currency: str | None) -> str:
    """An amount with its sign, escaped: "+$1,234", "−$40"."""
    told = words.escape(words.money_short(abs(value), currency))
    return f"{'−' if value < 0 else '+'}{told}"


def keys_words(entries: Sequence[tuple[str, str, str]]) -> str:
    """What the marks of a chart stand for, as one line: (mark, its colour, escaped words) each."""
    return "   ".join(f"<span style='color:{colour}'>{mark}</span> {text}" for mark, colour, text in entries)


def keys_note(entries: Sequence[tuple[str, str, str]], theme: str, **more: Any) -> dict[str, Any]:
    """`keys_words` as small words above a panel."""
    note = heading(keys_words(entries), 0, 1, theme)
    return note | {"font": note["font"] | {"size": 12}} | more


def unit_words(text: str, currency: str | None) -> str:
    """A title of amounts with their unit, escaped: "Revenue ($)"."""
    sign = words.symbol(currency).strip()
    return words.escape(f"{text} ({sign})" if sign else text)


# What is measured in pixels, by the name of the part it is in (None: in any).
_PIXELS: Final = {
    None: ("size", "xshift", "yshift", "standoff", "ticklabelstandoff", "xgap", "ygap"),
    "line": ("width",),
    "margin": ("l", "r", "t", "b"),
    "layout": ("height",),
}
_FONT_SIZE: Final = re.compile(r"font-size:(\d+)px")


def scaled(figure: go.Figure, factor: float) -> go.Figure:
    """The figure with letters, lines and margins `factor` times as large; the same figure for a factor of one."""
    if factor == 1.0:
        return figure
    return go.Figure(_scaled(figure.to_dict(), "", factor))


def _scaled(part: Any, name: str, factor: float) -> Any:
    if isinstance(part, dict):
        pixels = (*_PIXELS[None], *_PIXELS.get(name, ()))
        return {
            key: _times(value, factor) if key in pixels else _scaled(value, key, factor)
            for key, value in part.items()
        }
    if isinstance(part, list | tuple):
        return [_scaled(each, name, factor) for each in part]
    if isinstance(part, str):
        return _FONT_SIZE.sub(lambda found: f"font-size:{int(found[1]) * factor:g}px", part)
    return part


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, list | tuple):
        return [_times(each, factor) for each in value]
    if isinstance(value, int):
        # Plotly takes some of them as whole numbers only.
        return round(value * factor)
    return value * factor if isinstance(value, float) else value

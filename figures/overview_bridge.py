"""The revenue bridge: from the period before to this one by what customers did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.overview_base import amount_words, unit_words
from figures.roi_base import hatch, side, tick_cash
from figures.segments_base import LETTER_WIDTH, Trace, figure_of, heading
from figures.segments_units import cell_words, round_values
from figures.theme import known, says, tokens

NOTHING: Final = "There is no period before to compare with."
LABELS: Final = {
    "before": "Before",
    "lost": "Lost",
    "down": "Spent less",
    "up": "Spent more",
    "returned": "Came back",
    "new": "New",
    "after": "Now",
}
MEANINGS: Final = {
    "lost": "bought before, nothing now",
    "down": "bought in both, less now",
    "up": "bought in both, as much or more now",
    "returned": "bought earlier, nothing before, again now",
    "new": "first purchase in this period",
}
BAR: Final = 40


def bridge_figure(
    bridge: Mapping[str, Any] | None,
    currency: str | None = None,
    theme: str | None = None,
    labels: Mapping[str, str] | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """Revenue before, what each group of customers took off or added, and revenue now, as bars that hang together.

    `bridge` has before, after (account currency) and parts (key, amount, customers, group); losses are hatched and have
    a minus. `labels` gives other words for before, after and the parts' keys. A click on a part brings its group. On a
    phone the bars lie, and the figure brings its height.
    """
    chosen = known(theme)
    if not bridge:
        return says(NOTHING, chosen)
    named = {**LABELS, **(labels or {})}
    steps = _steps(bridge)
    draw = _lying if narrow else _standing
    return draw(steps, named, currency, chosen)


def _steps(bridge: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bars in their order, each from `base` to `end`."""
    level = float(bridge["before"])
    steps = [{"key": "before", "base": 0.0, "end": level, "amount": level, "customers": None, "group": ""}]
    for part in bridge["parts"]:
        amount = float(part["amount"])
        steps.append(
            {
                "key": part["key"],
                "base": level,
                "end": level + amount,
                "amount": amount,
                "customers": part["customers"],
                "group": part.get("group") or "",
            }
        )
        level += amount
    after = float(bridge["after"])
    return [
        *steps,
        {"key": "after", "base": 0.0, "end": after, "amount": after, "customers": None, "group": ""},
    ]


def _bars(
    steps: Sequence[Mapping[str, Any]],
    named: Mapping[str, str],
    currency: str | None,
    theme: str,
    *,
    lying: bool = False,
) -> list[Trace]:
    """The bars as two traces: the losses are hatched."""
    token = tokens(theme)
    along, across = ("x", "y") if lying else ("y", "x")
    traces = []
    for loss in (False, True):
        mine = [at for at, step in enumerate(steps) if loss == (not _total(step) and step["amount"] < 0)]
        shown = [steps[at] for at in mine]
        colours = [token["neutral"] if _total(step) else token[side(step["amount"])] for step in shown]
        marker: dict[str, Any] = {"color": colours, "line": {"width": 0}}
        if loss:
            # One colour for all, as plotly finds a colour for the hatching from one only.
            marker |= {"color": token["under"], "pattern": hatch(theme)}
        if not mine:
            continue
        traces.append(
            {
                "type": "bar",
                "orientation": "h" if lying else "v",
                across: mine,
                along: [step["end"] - step["base"] for step in shown],
                "base": [step["base"] for step in shown],
                "width": 0.56 if lying else 0.62,
                "customdata": [step["group"] for step in shown],
                "hovertext": [_words(step, named, currency) for step in shown],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": marker,
            }
        )
    return traces


def _total(step: Mapping[str, Any]) -> bool:
    return step["customers"] is None


def _amount(step: Mapping[str, Any], currency: str | None) -> str:
    if _total(step):
        return words.escape(words.money_short(step["amount"], currency))
    return amount_words(step["amount"], currency)


def _words(step: Mapping[str, Any], named: Mapping[str, str], currency: str | None) -> str:
    name = words.escape(named[step["key"]])
    amount = words.escape(words.money(step["amount"], currency))
    if _total(step):
        return f"<b>{name}</b><br>{amount} revenue"
    return (
        f"<b>{name}</b>: {MEANINGS.get(step['key'], '')}<br>{words.plural(step['customers'], 'customer')}, "
        f"{amount_words(step['amount'], currency)}"
    )


def _ends(steps: Sequence[Mapping[str, Any]], room: float) -> tuple[float, float]:
    places = [0.0, *(step[end] for step in steps for end in ("base", "end"))]
    low, high = min(places), max(places)
    whole = (high - low) or 1.0
    return low - (room * whole if low < 0 else 0.0), high + room * whole


def _standing(
    steps: Sequence[Mapping[str, Any]], named: Mapping[str, str], currency: str | None, theme: str
) -> go.Figure:
    token = tokens(theme)
    low, high = _ends(steps, 0.12)
    ticks = round_values(low, high, 5)
    texts = [tick_cash(tick, currency, 1e3) for tick in ticks]
    left = 20 + LETTER_WIDTH * max(len(words.unescape(text)) for text in texts)
    bars = _bars(steps, named, currency, theme)
    links = _links(steps, 0.31)
    return figure_of(
        [{**_linked(theme), "x": links[0], "y": links[1]}, *bars],
        theme,
        margin={
            "l": left,
            "r": 12,
            "t": 34,
            "b": 48,
        },
        annotations=[
            heading(unit_words("Revenue", currency), 0, 1, theme, yshift=8, xshift=8 - left),
            *(
                {
                    "text": f"<b>{_amount(step, currency)}</b>" if _total(step) else _amount(step, currency),
                    "x": at,
                    "y": max(step["base"], step["end"]),
                    "yanchor": "bottom",
                    "showarrow": False,
                    "font": {"size": 13, "color": token["text"]},
                }
                for at, step in enumerate(steps)
            ),
        ],
        xaxis={
            "range": [-0.5, len(steps) - 0.5],
            "tickvals": list(range(len(steps))),
            "ticktext": [_name(step, named) for step in steps],
            "tickfont": {"color": token["text"], "size": 12},
            "tickangle": 0,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": texts,
            "ticklabelstandoff": 4,
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
            "fixedrange": True,
        },
    )


def _lying(
    steps: Sequence[Mapping[str, Any]], named: Mapping[str, str], currency: str | None, theme: str
) -> go.Figure:
    token = tokens(theme)
    low, high = _ends(steps, 0.04)
    names = [_name(step, named) for step in steps]
    said = [[words.escape(named[step["key"]]), _who(step)] for step in steps]
    left = 16 + LETTER_WIDTH * max(len(words.unescape(line)) for lines in said for line in lines)
    bars = _bars(steps, named, currency, theme, lying=True)
    links = _links(steps, 0.28)
    amounts = [_amount(step, currency) for step in steps]
    right = 14 + LETTER_WIDTH * max(len(words.unescape(text)) for text in amounts)
    return figure_of(
        [{**_linked(theme), "x": links[1], "y": links[0]}, *bars],
        theme,
        barmode="overlay",
        height=44 + BAR * len(steps),
        margin={"l": left, "r": right, "t": 32, "b": 12},
        annotations=[
            heading(unit_words("Revenue", currency), 0, 1, theme, yshift=6, xshift=8 - left),
            *(
                heading(f"<b>{text}</b>" if _total(step) else text, 1, 0, theme, xanchor="right")
                | {
                    # All amounts below one another, as in a column of figures.
                    "xshift": right - 6,
                    "yref": "y",
                    "y": at,
                    "yanchor": "middle",
                    "font": {"size": 12, "color": token["text"]},
                }
                for at, (step, text) in enumerate(zip(steps, amounts, strict=True))
            ),
        ],
        xaxis={
            "range": [low, high],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
            "fixedrange": True,
        },
        yaxis={
            "range": [len(steps) - 0.45, -0.55],
            "tickvals": list(range(len(steps))),
            "ticktext": names,
            "tickfont": {"color": token["text"], "size": 12},
            "ticklabelstandoff": 4,
            "showgrid": False,
            "fixedrange": True,
        },
    )


def _name(step: Mapping[str, Any], named: Mapping[str, str]) -> str:
    name = words.escape(named[step["key"]])
    if _total(step):
        return name
    return f"{name}<br><span style='font-size:11px'>{_who(step)}</span>"


def _who(step: Mapping[str, Any]) -> str:
    """How many customers, short from ten thousand on: the words stand beside one another."""
    number = step["customers"]
    if number is None:
        return ""
    return words.plural(number, "customer") if number < 1e4 else f"{cell_words(number, 'count')} customers"


def _links(steps: Sequence[Mapping[str, Any]], half: float) -> tuple[list[float | None], list[float | None]]:
    """Thin lines from the end of a bar to the begin of the next, by places and levels."""
    places: list[float | None] = []
    levels: list[float | None] = []
    for at, step in enumerate(steps[:-1]):
        # Where nothing was added or taken off there is no bar: the line goes on.
        end = half if steps[at + 1]["amount"] == 0 else -half
        places += [at + half, at + 1 + end, None]
        levels += [step["end"], step["end"], None]
    return places, levels


def _linked(theme: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "hoverinfo": "skip",
        "line": {"color": tokens(theme)["border-strong"], "width": 1},
    }

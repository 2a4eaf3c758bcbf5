"""Migration: from which segment to which customers went between two dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from data.segments.looks import GREY, NEW
from figures import words
from figures.segments_base import (
    ARROW,
    NOTHING,
    Trace,
    colour_of,
    faint,
    figure_of,
    heading,
    room_for,
    rows_of,
    short,
    two_lines,
)
from figures.theme import known, says, tokens

PAD: Final = 17
# On a phone names have two lines.
PAD_NARROW: Final = 28
THICKNESS: Final = 16
# Half a node lies outside the plot.
SHIFT: Final = 13
TOP: Final = 40
BOTTOM: Final = 12
# Who stayed is drawn fainter than who went: the change is what is asked for.
STAYED, WENT = 0.22, 0.46
Day = dt.date | str | None
Node = tuple[str, str, int]


def flows(
    frame: pd.DataFrame,
    before: Day,
    after: Day,
    theme: str | None = None,
    *,
    currency: str | None = None,
    order: Sequence[str] = (),
    narrow: bool = False,
) -> go.Figure:
    """Which segment customers were in on the day `before` and which they are in on `after`.

    `frame` has was_key, was_name, was_colour (key `NEW`: not yet a customer), key, name, colour, customers and
    revenue, every flow however small. Segments stand in the order of `order` (keys, best first) or else in
    that of the frame, newcomers last. The figure brings its height; a click on a flow brings both keys
    ("was>now"), one on a segment of today its key.
    """
    chosen = known(theme)
    rows = [row for row in rows_of(frame) if row["customers"]]
    if not rows:
        return says(NOTHING, chosen)
    token = tokens(chosen)
    left = _nodes(rows, "was_", order, list(dict.fromkeys(row["key"] for row in rows)))
    right = _nodes(rows, "", order, [])
    total = float(sum(row["customers"] for row in rows))
    most = max(len(left), len(right))
    pad = PAD_NARROW if narrow else PAD
    # So that the smallest still have their name beside them, and the flows something to be seen by.
    inner = pad * (most - 1) + max(220, 26 * most)
    per = (inner - pad * (most - 1)) / total
    sides = []
    for nodes, side in ((left, "was_"), (right, "")):
        amounts = [_sum(rows, side, node) for node in nodes]
        sides.append((nodes, amounts, _places(amounts, per, inner, pad)))
    labels = [
        [_label(node, amount, narrow) for node, amount in zip(nodes, amounts, strict=True)]
        for nodes, amounts, _ in sides
    ]
    margins = [
        room_for(part for label in each for part in label.split("<br>")) * (0.9 if narrow else 1) + SHIFT - 6
        for each in labels
    ]
    notes = [
        heading(_day(before, "Before"), 0, 1, chosen, yshift=12, xshift=SHIFT - 4, xanchor="right"),
        heading(_day(after, "Now"), 1, 1, chosen, yshift=12, xshift=4 - SHIFT),
    ]
    for x, anchor, each, (_, _, centres) in zip((0, 1), ("right", "left"), labels, sides, strict=True):
        notes += [
            heading(label, x, 1 - centre, chosen, xanchor=anchor, yanchor="middle", align=anchor)
            | {
                "xshift": -SHIFT if x == 0 else SHIFT,
                "font": {"size": 11 if narrow else 12, "color": token["text"]},
            }
            for label, centre in zip(each, centres, strict=True)
        ]
    inside = 1000.0
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "pad": pad,
            "thickness": THICKNESS,
            "sort": "input",
            "x": [1 / inside] * len(left) + [1 - 1 / inside] * len(right),
            "y": [centre for _, _, centres in sides for centre in centres],
            "color": [colour_of(node[2], chosen) for nodes, _, _ in sides for node in nodes],
            "line": {"width": 0},
            # Names stand in the margins, where nothing runs under them; these are for the hover box.
            "label": [
                _node_words(node, amount, total, when)
                for (nodes, amounts, _), when in zip(sides, (before, after), strict=True)
                for node, amount in zip(nodes, amounts, strict=True)
            ],
            "customdata": [""] * len(left) + [node[0] for node in right],
            "hovertemplate": "%{label}<extra></extra>",
        },
        "textfont": {"size": 1, "color": "rgba(0,0,0,0)", "shadow": "none"},
        "link": _links(rows, left, right, chosen, currency),
    }
    return figure_of(
        [trace],
        chosen,
        height=inner + TOP + BOTTOM,
        margin={"l": margins[0], "r": margins[1], "t": TOP, "b": BOTTOM},
        annotations=notes,
    )


def _nodes(
    rows: Sequence[dict[str, Any]], side: str, order: Sequence[str], then: Sequence[str]
) -> list[Node]:
    """Segments of one side as (key, name, colour): those of `order` first, then of `then`, newcomers last."""
    found = list(
        dict.fromkeys(
            (str(row[f"{side}key"]), str(row[f"{side}name"]), int(row[f"{side}colour"])) for row in rows
        )
    )
    wanted = {key: at for at, key in enumerate([*order, *(key for key in then if key not in order)])}
    return sorted(found, key=lambda node: (_newcomers(side, node), wanted.get(node[0], len(wanted))))


def _newcomers(side: str, node: Node) -> bool:
    return bool(side) and node[0] == NEW and node[2] == GREY


def _of(row: dict[str, Any], side: str) -> Node:
    return str(row[f"{side}key"]), str(row[f"{side}name"]), int(row[f"{side}colour"])


def _sum(rows: Sequence[dict[str, Any]], side: str, node: Node) -> float:
    return float(sum(row["customers"] for row in rows if _of(row, side) == node))


def _places(amounts: Sequence[float], per: float, inner: float, pad: int) -> list[float]:
    """Centres of nodes from top to bottom in parts of the height; a side with fewer stands in the middle."""
    used = sum(amounts) * per + pad * (len(amounts) - 1)
    at = (inner - used) / 2
    centres = []
    for amount in amounts:
        centres.append(round(max((at + amount * per / 2) / inner, 1e-4), 5))
        at += amount * per + pad
    return centres


def _label(node: Node, amount: float, narrow: bool) -> str:
    return two_lines(node[1], 13) if narrow else f"{short(node[1], 22)}  {words.count(amount)}"


def _day(day: Day, otherwise: str) -> str:
    return words.escape(words.day(day)) if day is not None else otherwise


def _node_words(node: Node, amount: float, total: float, when: Day) -> str:
    on = f" on {words.day(when)}" if when is not None else ""
    return (
        f"<b>{words.escape(node[1])}</b>{on}<br>{words.plural(amount, 'customer')}, "
        f"{words.percent(amount / total, 1)} of all"
    )


def _stayed(row: dict[str, Any]) -> bool:
    return bool(row["was_key"] == row["key"]) and not _newcomers("was_", _of(row, "was_"))


def _links(
    rows: Sequence[dict[str, Any]],
    left: Sequence[Node],
    right: Sequence[Node],
    theme: str,
    currency: str | None,
) -> Trace:
    # In the order of the nodes, so that flows leave and arrive without crossing more than they must.
    ordered = sorted(rows, key=lambda row: (left.index(_of(row, "was_")), right.index(_of(row, ""))))
    colours = [(colour_of(row["was_colour"], theme), _stayed(row)) for row in ordered]
    return {
        "source": [left.index(_of(row, "was_")) for row in ordered],
        "target": [len(left) + right.index(_of(row, "")) for row in ordered],
        "value": [row["customers"] for row in ordered],
        "color": [faint(colour, STAYED if stayed else WENT) for colour, stayed in colours],
        "hovercolor": [faint(colour, 0.75) for colour, _ in colours],
        # Text, as a page only gets to know plain values of what was clicked.
        "customdata": [f"{row['was_key']}{ARROW}{row['key']}" for row in ordered],
        "label": [_link_words(row, currency) for row in ordered],
        "hovertemplate": "%{label}<extra></extra>",
        "sort": "input",
    }


def _link_words(row: dict[str, Any], currency: str | None) -> str:
    was, now = words.escape(row["was_name"]), words.escape(row["name"])
    text = f"<b>{words.plural(row['customers'], 'customer')}</b>: {was} → {now}"
    if row.get("revenue") is not None:
        text += f"<br>{words.escape(words.money(row['revenue'], currency))} spent"
    return text

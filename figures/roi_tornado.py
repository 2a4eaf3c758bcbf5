"""What the answer hangs on: one assumption at a time."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from figures import words
from figures.roi_base import captioned, cash, hatch, money_axis, upright
from figures.segments_base import Trace, figure_of, heading, name_axis, room_for, rounded
from figures.theme import known, says, tokens

if TYPE_CHECKING:
    from models.campaign.sensitivity import Driver

NOTHING: Final = "There is nothing to vary here."
# Names too long for a chart.
SHORTER: Final = {"redemption": "Redemption by those buying anyway"}
CAPTION: Final = "hatched: assumption lower than expected; plain: higher"
MONEY: Final = ("contact_cost", "fixed_cost")


def tornado(
    drivers: Sequence[Driver],
    expected: float,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """Net profit at the low and at the high end of each assumption, around the `expected` one, in their order.

    Low ends are hatched grey, high ends plain; at each end stands the assumption. The figure brings its height.
    """
    chosen = known(theme)
    if not drivers:
        return says(NOTHING, chosen)
    token = tokens(chosen)
    ends = [float(value) for one in drivers for value in (one.low_profit, one.high_profit)]
    start, stop = min([*ends, expected]), max([*ends, expected])
    texts = [driver_texts(one, currency, narrow=narrow) for one in drivers]
    longest = max(len(words.unescape(text)) for pair in texts for text in pair)
    # At both ends of a bar is room for its words.
    room = (stop - start or abs(expected) or 1.0) * min(0.6, (0.03 if narrow else 0.014) * (longest + 2))
    low, high = start - room, stop + room
    names = [SHORTER.get(one.key, one.label) for one in drivers]
    labels = [
        "<br>".join(words.escape(line) for line in ([name] if narrow else wrap(name, 22))) for name in names
    ]
    traces = [
        _ends(drivers, expected, currency, "low", chosen),
        _ends(drivers, expected, currency, "high", chosen),
    ]
    # The words of a bar's end stand on the side where its profit is.
    notes = []
    for at, (one, pair) in enumerate(zip(drivers, texts, strict=True)):
        profits = (float(one.low_profit), float(one.high_profit))
        for end, value in enumerate(profits):
            right = value > profits[1 - end] or (value == profits[1 - end] and end == 1)
            notes.append(
                {
                    "text": pair[end],
                    "x": max(value, expected) if right else min(value, expected),
                    "y": at,
                    "xanchor": "left" if right else "right",
                    "yanchor": "middle",
                    "xshift": 4 if right else -4,
                    "showarrow": False,
                    "font": {"size": 11 if narrow else 12, "color": token["text"]},
                }
            )
    notes.append(
        heading(f"Expected: {cash(expected, currency)}", expected, 1, chosen, xref="x", xanchor="center")
        | {"yshift": 4, "font": {"size": 12, "color": token["accent"]}}
    )
    shapes = [upright(expected, chosen, colour="accent")]
    if low < 0 < high:
        shapes.append(upright(0, chosen, dash="dash"))
        notes.append(
            heading("Break-even", 0, 0, chosen, xref="x", xanchor="center", yanchor="bottom")
            | {"yshift": 2, "bgcolor": token["surface"], "font": {"size": 11, "color": token["muted"]}}
        )
    if narrow:
        # Beside the bars is no room for their names on a phone.
        notes += [
            heading(label, 0, at - 0.5, chosen, yref="y", yanchor="middle")
            | {"yshift": -5, "font": {"size": 12, "color": token["text"]}}
            for at, label in enumerate(labels)
        ]
    return figure_of(
        traces,
        chosen,
        height=122 + (50 if narrow else 38) * len(drivers),
        barmode="overlay",
        bargap=0.6 if narrow else 0.36,
        margin={
            "l": 12 if narrow else room_for([line for label in labels for line in label.split("<br>")], 100),
            "r": 12,
            "t": 28,
            "b": 56,
        },
        shapes=shapes,
        annotations=notes,
        xaxis=captioned(money_axis(low, high, currency, narrow=narrow), CAPTION),
        # Below the last bar is room for the name of the line of no profit.
        yaxis=name_axis(labels, chosen, showticklabels=not narrow, range=[len(labels) - 0.05, -0.6]),
    )


def _ends(drivers: Sequence[Driver], expected: float, currency: str | None, end: str, theme: str) -> Trace:
    token = tokens(theme)
    values = [float(one.low_profit if end == "low" else one.high_profit) for one in drivers]
    texts = [driver_texts(one, currency)[end == "high"] for one in drivers]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "Lower than expected" if end == "low" else "Higher than expected",
        "y": list(range(len(drivers))),
        "base": rounded([expected] * len(drivers)),
        "x": rounded(value - expected for value in values),
        "customdata": [one.key for one in drivers],
        "hovertext": [
            f"<b>{words.escape(one.label)}: {text}</b><br>Net profit {cash(value, currency)}, "
            f"{_change(value - expected, currency)} the expected one"
            for one, text, value in zip(drivers, texts, values, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": token["neutral" if end == "low" else "accent"],
            "pattern": hatch(theme, wanted=end == "low"),
        },
    }


def driver_texts(one: Driver, currency: str | None, *, narrow: bool = False) -> tuple[str, str]:
    """The low and the high end of an assumption as labels, escaped; shorter on a phone."""
    low, high = [assumed(one, text, currency) for text in (one.low_text, one.high_text)]
    if narrow:
        low, high = [text.removesuffix(" of the forecast") for text in (low, high)]
    return words.escape(low), words.escape(high)


def assumed(one: Driver, text: str, currency: str | None) -> str:
    """An end of an assumption: as the locale writes it, with the sign of the currency where it is money."""
    plain = words.prose(text)
    return words.priced(plain, currency) if one.key in MONEY else plain


def _change(value: float, currency: str | None) -> str:
    return f"{cash(abs(value), currency)} {'above' if value >= 0 else 'below'}"

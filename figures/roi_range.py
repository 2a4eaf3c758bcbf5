"""How sure the answer is: the outcomes that were drawn, and the three scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from figures import words
from figures.roi_base import Floats, beside, cash, hatch, money_axis, side, span, uplift_text, upright
from figures.segments_base import figure_of, name_axis, room_for, rounded, two_lines
from figures.segments_units import round_values, share_ticks
from figures.theme import known, says, tokens
from models.campaign.params import RELATIVE

if TYPE_CHECKING:
    from models.campaign.sensitivity import Scenario

Counts = NDArray[np.int64]
BINS: Final = 32
# The rarest draws at both ends are counted with the bar beside them, or one of them would set the scale.
RARE: Final = 0.004
NO_DRAWS: Final = "No outcomes were drawn."


def bins_of(draws: Floats, about: int = BINS) -> tuple[Floats, Counts, bool, bool]:
    """Edges (b + 1,), counts (b,) and whether the first and the last bar hold rarer draws beyond their edge.

    Edges are round numbers; zero is one of them where it lies inside.
    """
    low, high = (float(end) for end in np.quantile(draws, [RARE, 1 - RARE]))
    if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):
        middle, half = float(np.median(draws)), max(1.0, abs(float(np.median(draws))) * 0.05)
        return np.array([middle - half, middle + half]), np.array([len(draws)]), False, False
    step_values = round_values(low, high, about)
    step = step_values[1] - step_values[0]
    edges = np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step
    counts, _ = np.histogram(np.clip(draws, edges[0], edges[-1]), edges)
    return edges, counts, bool((draws < edges[0]).any()), bool((draws > edges[-1]).any())


def loss_words(draws: Floats) -> tuple[str, str]:
    """How often money is lost and made in the draws, as two labels."""
    lost, made = float(np.mean(draws < 0)), float(np.mean(draws > 0))
    told = [
        ""
        if not share
        else f"{verb} money in {'every draw' if share == 1 else f'{share_words(share)} of draws'}"
        for verb, share in (("Loses", lost), ("Makes", made))
    ]
    return told[0], told[1]


def share_words(share: float) -> str:
    """A share of draws in whole percent; neither "0 %" nor "100 %" of what is not quite so."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else words.percent(share)


def outcome_histogram(
    draws: Any,
    low: float,
    high: float,
    expected: float,
    currency: str | None = None,
    theme: str | None = None,
    *,
    narrow: bool = False,
) -> go.Figure:
    """How net profit spreads over the draws: losses hatched and red, profits blue, with the 80 % range.

    `draws` is net profit of each draw, shape (n,). The figure brings its height.
    """
    chosen = known(theme)
    found = np.asarray(draws, dtype=float)
    found = found[np.isfinite(found)]
    if not len(found):
        return says(NO_DRAWS, chosen)
    token = tokens(chosen)
    edges, counts, less, more = bins_of(found, BINS // 2 if narrow else BINS)
    shares = counts / len(found)
    middles = (edges[:-1] + edges[1:]) / 2
    top = float(shares.max())
    told = _hover(edges, counts, len(found), currency, less, more)
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": rounded(middles[kept]),
            "width": rounded(np.diff(edges)[kept]),
            "y": rounded(shares[kept]),
            "hovertext": [text for text, keep in zip(told, kept, strict=True) if keep],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "color": token[colour],
                "pattern": hatch(chosen, wanted=colour == "under"),
                "line": {"width": 1, "color": token["surface"]},
            },
        }
        for name, colour, kept in (("Loses", "under", middles < 0), ("Makes", "over", middles >= 0))
        if kept.any()
    ]
    reach = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "80 % range",
        "x": rounded([low, high]),
        "y": rounded([1.09 * top, 1.09 * top]),
        "hoverinfo": "skip",
        "cliponaxis": False,
        "line": {"color": token["text"], "width": 2},
        "marker": {"symbol": "line-ns", "size": 10, "line": {"color": token["text"], "width": 2}},
    }
    point = reach | {
        "mode": "markers",
        "name": "Expected",
        "x": rounded([expected]),
        "y": rounded([1.09 * top]),
        "marker": {"symbol": "diamond", "size": 12, "color": token["accent"]},
    }
    start = min(edges[0], low, expected, 0.0)
    stop = max(edges[-1], high, expected, 0.0)
    room = 0.02 * (stop - start)
    return figure_of(
        [*bars, reach, point],
        chosen,
        height=380 if narrow else 370,
        bargap=0,
        margin={"l": 56, "r": 14, "t": 96 if narrow else 58, "b": 56},
        shapes=[upright(0, chosen), upright(expected, chosen, dash="dot", colour="accent")],
        annotations=_heads(found, low, high, expected, currency, chosen, narrow),
        xaxis=money_axis(start - room, stop + room, currency, narrow=narrow),
        yaxis={
            "title": {"text": f"Share of {words.count(len(found))} draws"},
            "range": [0, 1.18 * top],
            "fixedrange": True,
        }
        | share_ticks(0.0, top, 4),
    )


def _hover(edges: Floats, counts: Any, draws: int, currency: str | None, less: bool, more: bool) -> list[str]:
    told = []
    for at, count in enumerate(counts):
        between = f"{cash(edges[at], currency)} to {cash(edges[at + 1], currency)}"
        if at == 0 and less:
            between = f"{cash(edges[1], currency)} or less"
        if at == len(counts) - 1 and more:
            between = f"{cash(edges[at], currency)} or more"
        told.append(f"<b>{between}</b><br>{words.plural(int(count), 'draw')} of {words.count(draws)}")
    return told


def _heads(
    draws: Floats,
    low: float,
    high: float,
    expected: float,
    currency: str | None,
    theme: str,
    narrow: bool,
) -> list[dict[str, Any]]:
    """Words above the plot: losses on the left, profits on the right, the range and the middle between."""
    token = tokens(theme)
    lost, made = loss_words(draws)
    if narrow:
        lost, made = (told.replace(" in ", "<br>in ") for told in (lost, made))
    ends = f"|—| 80 % range: {cash(low, currency)} to {cash(high, currency)}"
    middle = f"◆ Expected: {cash(expected, currency)}"
    base = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    left, right = {"x": 0, "xanchor": "left", "align": "left"}, {"x": 1, "xanchor": "right", "align": "right"}
    first, second, third = (54, 28, 6) if narrow else (30, 6, 6)
    font = {"size": 13, "color": token["text"]}
    notes = [
        base | left | {"text": lost, "yshift": first, "font": font | {"color": token["under-text"]}},
        base | right | {"text": made, "yshift": first, "font": font | {"color": token["over-text"]}},
        base | left | {"text": middle, "yshift": second, "font": font | {"color": token["accent"]}},
        base | (left if narrow else right) | {"text": ends, "yshift": third, "font": font},
    ]
    return [note for note in notes if note["text"]]


def scenario_bars(
    scenarios: Sequence[Scenario],
    currency: str | None = None,
    theme: str | None = None,
    *,
    unit: str = RELATIVE,
    narrow: bool = False,
) -> go.Figure:
    """Net profit and ROI at the low end, the middle and the high end of the uplift, in their order.

    `unit` is what the uplift is in: "relative" or "points". The figure brings its height.
    """
    chosen = known(theme)
    if not scenarios:
        return says("There are no scenarios to compare.", chosen)
    profits = [float(one.financials.net_profit) for one in scenarios]
    uplifts = [uplift_text(one.uplift, unit) for one in scenarios]
    low, high = span(profits, 0.04, 0.34 if narrow else 0.24)
    labels = [f"{two_lines(one.label)}<br>" for one in scenarios]
    labels = [
        f"{label}<span style='font-size:11px'>uplift {uplift}</span>"
        for label, uplift in zip(labels, uplifts, strict=True)
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "Net profit",
        "y": list(range(len(profits))),
        "x": rounded(profits),
        "hovertext": [_scenario_words(one, currency, unit) for one in scenarios],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": [tokens(chosen)[side(profit)] for profit in profits]},
    }
    # A loss has its words on the other side of zero: beside its end are the names.
    notes = [
        beside(
            f"<b>{cash(profit, currency)}</b>{'<br>' if narrow else ' · '}ROI {words.percent(one.financials.roi)}",
            max(profit, 0.0), at, chosen,
        )
        for at, (one, profit) in enumerate(zip(scenarios, profits, strict=True))
    ]  # fmt: skip
    return figure_of(
        [bars],
        chosen,
        height=64 + 56 * len(profits),
        bargap=0.42,
        margin={"l": room_for([one.label for one in scenarios], 100), "r": 14, "t": 8, "b": 56},
        shapes=[upright(0, chosen)],
        xaxis=money_axis(low, high, currency, narrow=narrow),
        annotations=notes,
        yaxis=name_axis(labels, chosen),
    )


def _scenario_words(one: Scenario, currency: str | None, unit: str) -> str:
    found = one.financials
    return (
        f"<b>{words.escape(one.label)}</b>, uplift {uplift_text(one.uplift, unit)}<br>"
        f"Net profit {cash(found.net_profit, currency)}, ROI {words.percent(found.roi)}<br>"
        f"{words.number(round(found.incremental_orders, 1))} more orders, "
        f"{cash(found.incremental_spend, currency)} more spend<br>Costs {cash(found.total_cost, currency)}"
    )

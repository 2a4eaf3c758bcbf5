"""The charts of a test that was read: each arm against the control, with its 95 % interval, and in money.

Every number drawn comes from the readout; nothing is worked out here but places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.roi_effects import LOOKS, amount, unit_of
from figures.segments_base import Trace, figure_of, name_axis, room_for, rounded, short
from figures.theme import known, says, tokens

_ROW: Final = 30
_OF: Final = {"conversion": "customers who bought", "spend": "spend per customer"}
Row = Mapping[str, Any]


def forest(
    readout: Row,
    currency: str | None = None,
    theme: str | None = None,
    *,
    outcome: str = "spend",
    narrow: bool = False,
) -> go.Figure:
    """Each arm's difference from the control with its 95 % interval: as measured, corrected, with the largest cut.

    `readout` is what `read_out` answers; `outcome` is "spend" or "conversion". The figure brings its height.
    """
    chosen = known(theme)
    comparisons = readout.get("comparisons") or []
    if not comparisons:
        return says("No test has been read yet.", chosen)
    rows: list[tuple[str, str, Row | None]] = []
    for one in comparisons:
        effect = one[outcome]
        if len(comparisons) > 1:
            rows.append((f"<b>{short(one['arm'], 16 if narrow else 30)}</b>", "", None))
        rows.append((LOOKS["plain"][2], "plain", effect))
        if effect.get("cuped"):
            rows.append((LOOKS["cuped"][2], "cuped", effect["cuped"]))
        rows += [
            (f"Top {words.marks(format(100 - 100 * cut['level'], '.3g'))} % cut", "winsorised", cut)
            for cut in effect.get("winsorised", ())
        ]
    each = len(rows) // len(comparisons)
    names = {place: comparisons[place // each]["arm"] for place in range(len(rows))}
    unit = unit_of(outcome, currency)
    told = f"Difference in {_OF[outcome]}{unit} from {short(readout['control'])}"
    return _intervals(
        rows, names, outcome, currency, chosen, f"Difference{unit}" if narrow else told, narrow=narrow
    )


def profit(
    readout: Row, currency: str | None = None, theme: str | None = None, *, narrow: bool = False
) -> go.Figure:
    """Incremental profit of each arm, fixed cost included, with its 95 % interval, and of all arms together.

    `readout` is what `read_out` answers. The figure brings its height.
    """
    chosen = known(theme)
    comparisons = readout.get("comparisons") or []
    if not comparisons:
        return says("No test has been read yet.", chosen)
    groups = [(one["arm"], one["profit"]) for one in comparisons]
    if len(groups) > 1:
        groups.append(("All contacted", readout["campaign"]))
    rows: list[tuple[str, str, Row | None]] = []
    names = {}
    for arm, money in groups:
        label = f"<b>{short(arm, 16 if narrow else 30)}</b>"
        names[len(rows)] = arm
        rows.append((label, "plain", money["total"]))
        if money.get("cuped"):
            names[len(rows)] = arm
            rows.append((LOOKS["cuped"][2], "cuped", money["cuped"]["total"]))
    title = f"Incremental profit{'' if narrow else ' after all costs'}{unit_of('total', currency)}"
    return _intervals(rows, names, "total", currency, chosen, title, narrow=narrow)


def _intervals(
    rows: Sequence[tuple[str, str, Row | None]],
    names: Mapping[int, str],
    outcome: str,
    currency: str | None,
    theme: str,
    title: str,
    *,
    narrow: bool,
) -> go.Figure:
    """Differences as points with their intervals, one below the other; a row without one is a heading."""
    token = tokens(theme)
    factor = 100.0 if outcome == "conversion" else 1.0
    traces: list[Trace] = []
    for look, (colour, symbol, label) in LOOKS.items():
        places = [place for place, row in enumerate(rows) if row[1] == look]
        effects = [effect for place in places if (effect := rows[place][2]) is not None]
        if not places:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label,
                "x": rounded(factor * one["difference"] for one in effects),
                "y": places,
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": rounded(factor * _reach(one, "high") for one in effects),
                    "arrayminus": rounded(factor * -_reach(one, "low") for one in effects),
                    "color": token[colour],
                    "thickness": 2,
                    "width": 5,
                },
                "marker": {"color": token[colour], "size": 10, "symbol": symbol},
                "hovertext": [
                    f"<b>{words.escape(names[place])}</b><br>{label if look != 'winsorised' else rows[place][0]}: "
                    f"{_told(one, outcome, currency)}"
                    for place, one in zip(places, effects, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
            }
        )
    ends = [
        factor * value
        for _, _, effect in rows
        if effect is not None
        for value in (effect["difference"], effect["low"], effect["high"])
        if value is not None
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.08 * (high - low) or 1.0
    labels = [label for label, _, _ in rows]
    plain = [label.replace("<b>", "").replace("</b>", "") for label in labels]
    return figure_of(
        traces,
        theme,
        height=96 + _ROW * max(len(rows), 2),
        margin={"l": room_for(plain, 96), "r": 24, "t": 16, "b": 60},
        xaxis={
            "title": {"text": title},
            "range": [low - room, high + room],
            "tickformat": ",~f" if max(-low, high) < 10_000 else "~s",
            "nticks": 4 if narrow else 6,
            "tickangle": 0,
            "fixedrange": True,
        },
        yaxis=name_axis(labels, theme),
        shapes=[
            {
                "type": "line",
                "x0": 0,
                "x1": 0,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": token["border-strong"], "width": 1.5, "dash": "dot"},
            }
        ],
    )


def _reach(effect: Row, end: str) -> float:
    return 0.0 if effect[end] is None else float(effect[end] - effect["difference"])


def _told(effect: Row, outcome: str, currency: str | None) -> str:
    found = amount(effect["difference"], outcome, currency)
    if effect["low"] is None or effect["high"] is None:
        return f"{found} (no interval: nothing varies)"
    return f"{found} (95 % interval {amount(effect['low'], outcome, currency)} to {amount(effect['high'], outcome, currency)})"

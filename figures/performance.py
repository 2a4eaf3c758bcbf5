"""The charts of model performance: parts of an analysis' metrics in, figures out.

Every interval drawn is the 95 % interval that the metrics hold; nothing is worked out here but places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

import plotly.graph_objects as go

from figures import words
from figures.features import feature_words
from figures.segments_units import round_values, share_ticks
from figures.theme import known, says, template, tokens

TOP_FEATURES: Final = 15
LETTER_WIDTH: Final = 7.0
DIGITS: Final = 5
NAME_LETTERS: Final = 28
# The part of the customers whose gains are told.
FIRST: Final = 0.2
# Beside its colour each model of the backtest has its shape.
MODEL_LOOKS: Final = (
    ("accent", "circle"),
    ("over", "diamond"),
    ("expected", "square"),
    ("neutral", "triangle-up"),
)
Curve = Mapping[str, Any]
Trace = dict[str, Any]
Row = Mapping[str, Any]


def calibration_figure(bins: Sequence[Row], label: str, theme: str | None = None) -> go.Figure:
    """Predicted against actual share of buyers in each bin, with the diagonal of a perfect model.

    `bins` are dicts of customers, low, high, predicted, actual, actual_low, actual_high; below them stands
    how many customers each holds. `label` names the model.
    """
    chosen = known(theme)
    if not bins:
        return says(f"No calibration was measured for {label}.", chosen)
    token = tokens(chosen)
    top = min(1.0, 1.08 * max(max(_top(one), one["predicted"], one["high"]) for one in bins))
    hover = [
        f"<b>{words.percent(one['predicted'], 1)} predicted</b><br>"
        f"{words.percent(one['actual'], 1)} bought ({_between(one, 'actual', 1)})<br>"
        f"{words.plural(one['customers'], 'customer')}, predicted {words.percent(one['low'], 1)} to "
        f"{words.percent(one['high'], 1)}"
        for one in bins
    ]
    points: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label,
        "x": _rounded(one["predicted"] for one in bins),
        "y": _rounded(one["actual"] for one in bins),
        "error_y": _errors(bins, "actual", token["accent"]),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": token["accent"], "size": 9},
        "line": {"color": token["accent"], "width": 1.5},
        "cliponaxis": False,
    }
    least = top / 150
    counts: Trace = {
        "type": "bar",
        "name": "Customers",
        "x": _rounded((one["low"] + one["high"]) / 2 for one in bins),
        "width": _rounded(max(one["high"] - one["low"], least) for one in bins),
        "y": [one["customers"] for one in bins],
        "xaxis": "x",
        "yaxis": "y2",
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": token["accent"],
            "opacity": 0.55,
            "line": {"width": 1, "color": token["surface"]},
        },
    }
    most = max(one["customers"] for one in bins)
    return _figure(
        [_diagonal(token, top), points, counts],
        chosen,
        margin={"l": 68, "r": 20, "t": 12, "b": 56},
        xaxis=_share("Predicted probability to buy", top) | {"range": [0, top], "anchor": "y2"},
        yaxis=_share("Share who bought", top) | {"range": [0, top], "domain": [0.27, 1]},
        yaxis2=_plain("Customers")
        | {
            "range": [0, most * 1.15],
            "domain": [0, 0.17],
            "tickvals": [most],
            "ticktext": [words.count(most)],
        },
        annotations=[_note("Perfect", top * 0.93, top * 0.93, token["muted"], "right", "bottom", -6)],
    )


def roc_figure(
    curves: Mapping[str, Curve], labels: Mapping[str, str], model: str, serving: str, theme: str | None = None
) -> go.Figure:
    """The ROC curve of `model`, that of the `serving` one behind it, and the line of chance."""
    chosen, token = known(theme), tokens(known(theme))
    lines = _compared(curves, model, serving, "roc")
    if not lines:
        return says("No ROC curve was measured for this model.", chosen)
    hover = "%{y:.1%} of buyers found with<br>%{x:.1%} of the others<extra>%{fullData.name}</extra>"
    traces = [_diagonal(token)]
    for name, curve in lines:
        label = _wrapped(labels[name]) if name == model else "Serving model"
        traces.append(_line(curve["fpr"], curve["tpr"], label, hover, *_look(name, model, token)))
    return _figure(
        traces,
        chosen,
        xaxis=_share("Non-buyers selected (false positives)") | {"range": [0, 1]},
        yaxis=_share("Buyers found (true positives)") | {"range": [0, 1.02]},
        # High up, where the corner below has room for the names.
        annotations=[_note("Chance", 0.62, 0.62, token["muted"], "left", "top", 6)],
        **_names("bottom"),
    )


def pr_figure(
    curves: Mapping[str, Curve],
    labels: Mapping[str, str],
    model: str,
    serving: str,
    base_rate: float,
    theme: str | None = None,
) -> go.Figure:
    """Precision against recall of `model` and the `serving` one, with the line of the base rate."""
    chosen, token = known(theme), tokens(known(theme))
    lines = _compared(curves, model, serving, "pr")
    if not lines:
        return says("No precision-recall curve was measured for this model.", chosen)
    hover = "%{y:.1%} of those selected buy, when<br>%{x:.1%} of all buyers are found<extra>%{fullData.name}</extra>"
    level = {"x": [0, 1], "y": [base_rate, base_rate]}
    traces = [_dotted(token) | level]
    for name, curve in lines:
        label = _wrapped(labels[name]) if name == model else "Serving model"
        traces.append(_line(curve["recall"], curve["precision"], label, hover, *_look(name, model, token)))
    rate = f"Base rate {words.percent(base_rate, 1)}"
    return _figure(
        traces,
        chosen,
        xaxis=_share("Buyers found (recall)") | {"range": [0, 1]},
        yaxis=_share("Selected who buy (precision)") | {"range": [0, 1.02]},
        annotations=[_note(rate, 0.01, base_rate, token["muted"], "left", "top", 2)],
        # Below the base rate there is no line.
        **_names("bottom" if base_rate > 0.35 else "top"),
    )


def gains_figure(gains: Curve | None, label: str, theme: str | None = None) -> go.Figure:
    """Share of buyers, and of spend where known, reached when customers are contacted most likely first.

    `gains` has lists share (of customers contacted), buyers and spend, 0 to 1; either may be missing.
    """
    chosen, token = known(theme), tokens(known(theme))
    kinds = [
        (key, name, look)
        for key, name, look in (
            ("buyers", "Buyers", (token["accent"], 2.5, "solid")),
            ("spend", "Spend", (token["over"], 2.5, "dash")),
        )
        if (gains or {}).get(key)
    ]
    if gains is None or not kinds:
        return says(f"No gains were measured for {label}.", chosen)
    traces, notes = [_diagonal(token)], [_chance(token)]
    for key, name, look in kinds:
        hover = f"%{{y:.1%}} of {name.lower()} in the<br>first %{{x:.0%}} of customers<extra>{words.escape(label)}</extra>"
        traces.append(_line(gains["share"], gains[key], name, hover, *look))
    ends = [(name, _at(gains["share"], gains[key], FIRST), look[0]) for key, name, look in kinds]
    ends.sort(key=lambda end: -end[1])
    for place, (name, value, colour) in enumerate(ends):
        note = _note(f"{name}: {words.percent(value)}", FIRST, value, colour, "left", "top", 8)
        if place == 0:
            # Above the line, where it starts at the axis: right of the axis even on a phone.
            note |= {"x": 0, "xshift": 5, "yanchor": "bottom", "yshift": 10}
        notes.append(note)
        dot = {"mode": "markers", "x": [FIRST], "y": [round(value, DIGITS)], "hoverinfo": "skip"}
        traces.append(
            {"type": "scatter", "name": name, "showlegend": False, "marker": {"color": colour, "size": 9}}
            | dot
        )
    return _figure(
        traces,
        chosen,
        xaxis=_share("Customers contacted, best first") | {"range": [0, 1]},
        yaxis=_share("Share reached") | {"range": [0, 1.02]},
        annotations=notes,
    )


def lift_figure(rows: Sequence[Row], label: str, theme: str | None = None) -> go.Figure:
    """How many times as many buyers as by chance are in each tenth of customers, with intervals.

    `rows` are dicts of decile (1: most likely), customers, buyers, rate, lift, lift_low, lift_high.
    """
    chosen, token = known(theme), tokens(known(theme))
    if not rows:
        return says(f"No lift was measured for {label}.", chosen)
    hover = [
        f"<b>Tenth {one['decile']}</b> of {len(rows)}, {words.plural(one['customers'], 'customer')}<br>"
        f"{words.plural(one['buyers'], 'buyer')}: {words.percent(one['rate'], 1)}<br>"
        + words.prose(f"{one['lift']:.2f} times chance ({one['lift_low']:.2f} to {one['lift_high']:.2f})")
        for one in rows
    ]
    bars: Trace = {
        "type": "bar",
        "name": label,
        "x": [one["decile"] for one in rows],
        "y": _rounded(one["lift"] for one in rows),
        "error_y": _errors(rows, "lift", token["text"]),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": token["accent"]},
    }
    ends = [0.4, len(rows) + 0.6]
    top = 1.12 * max(max(one["lift_high"], one["lift"]) for one in rows)
    chance = _dotted(token) | {"x": ends, "y": [1, 1]}
    notes = [
        _note(words.marks(f"{one['lift']:.1f}"), one["decile"], max(one["lift_high"], one["lift"]), token["text"], "center",
              "bottom", 0)
        for one in rows
    ]  # fmt: skip
    notes.append(_note("Chance: 1", ends[1], 1, token["muted"], "right", "bottom", 0))
    return _figure(
        [bars, chance],
        chosen,
        bargap=0.25,
        xaxis=_plain("Tenth of customers, most likely first")
        | {"range": ends, "dtick": 1, "showgrid": False},
        yaxis=_plain("Buyers, times chance") | {"range": [0, max(top, 1.3)]},
        annotations=notes,
    )


def backtest_figure(origins: Sequence[Row], theme: str | None = None) -> go.Figure:
    """AUC at each cutoff with its interval: the serving model and the baselines beside it, oldest first."""
    chosen, token = known(theme), tokens(known(theme))
    dated = list(reversed(origins))
    order = _models(dated)
    if not order:
        return says(
            "There is no earlier cutoff to test at:<br>the data does not reach back far enough.", chosen
        )
    traces: list[Trace] = []
    step = 0.13
    for place, (name, label) in enumerate(order):
        colour, symbol = MODEL_LOOKS[place % len(MODEL_LOOKS)]
        found = [(at, origin, row) for at, origin in enumerate(dated) if (row := _row(origin, name))]
        rows = [row for _, _, row in found]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label,
                "x": [round(at + (place - (len(order) - 1) / 2) * step, 4) for at, _, _ in found],
                "y": _rounded(row["auc"] for row in rows),
                "error_y": _errors(rows, "auc", token[colour]),
                "hovertext": [
                    f"<b>{words.escape(label)}</b><br>cutoff {words.day(origin['cutoff'])}<br>AUC "
                    + words.prose(f"{row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})")
                    for _, origin, row in found
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {"color": token[colour], "symbol": symbol, "size": 11 if place == 0 else 9},
                "line": {"color": token[colour], "width": 2 if place == 0 else 1, "dash": "solid" if place == 0 else "dot"},
            }
        )  # fmt: skip
    lows = [row["auc_low"] for origin in dated for row in origin["rows"]]
    highs = [row["auc_high"] for origin in dated for row in origin["rows"]]
    bottom = max(0.0, min(0.48, min(lows) - 0.02))
    ends = [-0.5, len(dated) - 0.5]
    chance = _dotted(token) | {"x": ends, "y": [0.5, 0.5]}
    return _figure(
        [chance, *traces],
        chosen,
        named=True,
        margin={"l": 64, "r": 20, "t": 40, "b": 72},
        xaxis=_cutoffs(dated),
        yaxis=_plain("AUC") | {"range": [bottom, min(1.0, max(highs) + 0.03)], "tickformat": ".2f"},
        annotations=[_note("Chance: 0.5", ends[1], 0.5, token["muted"], "right", "bottom", 0)],
    )


def bias_figure(origins: Sequence[Row], currency: str | None = None, theme: str | None = None) -> go.Figure:
    """How far the serving models' total of buyers and of spend was off at each cutoff, oldest first."""
    chosen, token = known(theme), tokens(known(theme))
    dated = [(origin, row) for origin in reversed(origins) if (row := _champion(origin))]
    kinds = [
        ("buyers_bias", "Buyers", token["accent"], ""),
        ("spend_bias", "Spend", token["over"], "/"),
    ]
    kinds = [kind for kind in kinds if any(row.get(kind[0]) is not None for _, row in dated)]
    if not kinds:
        return says("There is no earlier cutoff to test at:<br>the level was not checked.", chosen)
    traces: list[Trace] = []
    for key, name, colour, pattern in kinds:
        values = [row.get(key) for _, row in dated]
        traces.append(
            {
                "type": "bar",
                "name": name,
                "x": list(range(len(dated))),
                "y": values,
                "text": ["" if value is None else signed_percent(value) for value in values],
                "textposition": "outside",
                "textangle": 0,
                "constraintext": "none",
                "textfont": {"size": 11},
                "cliponaxis": False,
                "hovertext": [_bias_words(origin, row, key, name, currency) for origin, row in dated],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {
                    "color": colour,
                    "pattern": {
                        "shape": pattern,
                        "fillmode": "overlay",
                        "fgcolor": token["surface"],
                        "size": 7,
                        "solidity": 0.25,
                    },
                },
            }
        )
    reach = max(0.1, 1.35 * max(abs(value) for trace in traces for value in trace["y"] if value is not None))
    ticks = round_values(-reach, reach, 5)
    return _figure(
        traces, chosen, named=True,
        bargap=0.12,
        margin={"l": 64, "r": 20, "t": 40, "b": 72},
        xaxis=_cutoffs([origin for origin, _ in dated]),
        yaxis=_plain("Predicted against actual")
        | {"range": [-reach, reach], "tickvals": ticks, "ticktext": [signed_percent(tick) for tick in ticks], "zeroline": True, "zerolinecolor": token["border-strong"]},
    )  # fmt: skip


def importance_figure(
    rows: Sequence[Row], kind: str, measure: str = "", theme: str | None = None
) -> go.Figure:
    """The most important features as bars, in the order of their gain.

    `kind` is "gain" (share of all gain) or "permutation" (by how much `measure` gets worse on customers the
    model did not see when the feature is shuffled, with its interval).
    """
    chosen, token = known(theme), tokens(known(theme))
    shown = [row for row in rows[:TOP_FEATURES] if row.get(kind) is not None]
    if not shown:
        return says("It was not measured.", chosen)
    total = sum(max(float(row["gain"]), 0.0) for row in rows) or 1.0
    values = [row["gain"] / total if kind == "gain" else row[kind] for row in shown]
    names = [words.escape(feature_words(str(row["feature"]))) for row in shown]
    bars: Trace = {
        "type": "bar",
        "orientation": "h",
        "name": kind.capitalize(),
        "x": _rounded(values),
        "y": list(range(len(shown))),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": token["accent" if kind == "gain" else "over"]},
    }
    if kind == "gain":
        bars["hovertext"] = [
            f"<b>{name}</b><br>{words.percent(value, 1)} of all gain" for name, value in zip(names, values, strict=True)
        ]  # fmt: skip
        title = "Share of all gain"
        axis = _share("", max(values), 3) | {"rangemode": "tozero", "tickangle": 0}
    else:
        spread = [1.96 * float(row.get("permutation_se") or 0.0) for row in shown]
        bars["error_x"] = {
            "type": "data",
            "array": _rounded(spread),
            "color": token["text"],
            "thickness": 1.2,
            "width": 3,
        }
        bars["hovertext"] = [
            f"<b>{name}</b><br>{measure} {words.marks(f'{value:+.4g}')} when shuffled"
            f" (give or take {words.marks(f'{error:.2g}')})"
            for name, value, error in zip(names, values, spread, strict=True)
        ]
        title = f"Rise of {measure}" if measure else "Rise of the loss"
        axis = _plain("") | {
            "nticks": 5,
            "tickangle": 0,
            "zeroline": True,
            "zerolinecolor": token["border-strong"],
        }
    longest = max(len(words.unescape(name)) for name in names)
    return _figure(
        [bars],
        chosen,
        bargap=0.3,
        margin={"l": 22 + LETTER_WIDTH * longest, "r": 16, "t": 4, "b": 52},
        # To the right and not in the middle: beside long names the axis is shorter than its title.
        annotations=[
            _note(title, 1, 0, token["muted"], "right", "top", 8)
            | {"xref": "paper", "yref": "paper", "yshift": -26}
        ],
        xaxis=axis,
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "range": [len(names) - 0.5, -0.5],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": token["text"]},
            "ticklabelstandoff": 6,
        },
    )


def residual_figure(rows: Sequence[Row], currency: str | None = None, theme: str | None = None) -> go.Figure:
    """Spend a customer by tenth of predicted spend: predicted against actual, and below how far single ones lie off.

    `rows` are dicts of decile (1: highest), customers, predicted, actual, actual_low, actual_high, residual
    (actual - predicted), and its quantiles q10, q50, q90; in account currency.
    """
    chosen, token = known(theme), tokens(known(theme))
    if not rows:
        return says("The residuals of this analysis were not measured.", chosen)
    deciles = [row["decile"] for row in rows]
    hover = [_residual_words(row, currency) for row in rows]
    shared = {"hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>"}
    actual: Trace = shared | {
        "type": "scatter",
        "mode": "markers",
        "name": "Actual",
        "x": deciles,
        "y": _rounded(row["actual"] for row in rows),
        "error_y": _errors(rows, "actual", token["over"]),
        "marker": {"color": token["over"], "symbol": "diamond", "size": 10},
        "cliponaxis": False,
    }
    predicted: Trace = shared | {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Predicted",
        "x": deciles,
        "y": _rounded(row["predicted"] for row in rows),
        "marker": {"color": token["accent"], "size": 7},
        "line": {"color": token["accent"], "width": 2},
        "cliponaxis": False,
    }
    spread: Trace = shared | {
        "type": "bar",
        "name": "8 of 10 customers",
        "x": deciles,
        "base": _rounded(row["q10"] for row in rows),
        "y": _rounded(row["q90"] - row["q10"] for row in rows),
        "yaxis": "y2",
        "marker": {"color": token["density-high"]},
        "showlegend": False,
    }
    middle: Trace = shared | {
        "type": "scatter",
        "mode": "markers",
        "name": "Median",
        "x": deciles,
        "y": _rounded(row["q50"] for row in rows),
        "yaxis": "y2",
        "marker": {"color": token["text"], "symbol": "line-ew-open", "size": 12, "line": {"width": 2}},
        "showlegend": False,
    }
    unit = words.escape(words.symbol(currency).strip())
    money = f" ({unit})" if unit else ""
    return _figure(
        [predicted, actual, spread, middle], chosen, named=True,
        bargap=0.45,
        margin={"l": 72, "r": 16, "t": 36, "b": 56},
        xaxis=_plain("Tenth by predicted spend, highest first")
        | {"dtick": 1, "showgrid": False, "range": [0.4, max(deciles) + 0.6], "anchor": "y2"},
        yaxis=_plain(f"Mean spend{money}") | {"domain": [0.44, 1], "rangemode": "tozero", "tickformat": ",~s"},
        yaxis2=_plain(f"Actual − predicted{money}")
        | {"domain": [0, 0.34], "zeroline": True, "zerolinecolor": token["border-strong"], "nticks": 5, "tickformat": ",~s"},
    )  # fmt: skip


def signed_percent(value: float) -> str:
    """A share as a change: "+6 %", "−12 %", "0 %"."""
    rounded = round(100 * value)
    return words.percentage(f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded)}")


# Parts


def _figure(traces: Sequence[Trace], theme: str, *, named: bool = False, **layout: Any) -> go.Figure:
    # Unchecked, since checking costs more than everything else; tests check.
    return go.Figure(
        data=list(traces),
        layout={
            "template": template(theme),
            "showlegend": named,
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
            "dragmode": False,
            "hovermode": "closest",
            "margin": {"l": 64, "r": 20, "t": 40 if named else 12, "b": 56},
            **layout,
        },
        _validate=False,
    )


def _plain(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "fixedrange": True}


def _share(title: str, high: float = 1.0, about: int = 5) -> dict[str, Any]:
    return _plain(title) | share_ticks(0.0, high, about)


def _cutoffs(origins: Sequence[Row]) -> dict[str, Any]:
    return _plain("Cutoff") | {
        "range": [-0.5, len(origins) - 0.5],
        "tickvals": list(range(len(origins))),
        # The year in a line of its own, so that every cutoff has its name on a phone too.
        "ticktext": ["<br>".join(words.day(origin["cutoff"]).rsplit(" ", 1)) for origin in origins],
        "tickangle": 0,
        "showgrid": False,
    }


def _dotted(token: Mapping[str, str]) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Reference",
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"color": token["border-strong"], "width": 1.5, "dash": "dot"},
    }


def _diagonal(token: Mapping[str, str], top: float = 1.0) -> Trace:
    return _dotted(token) | {"x": [0, top], "y": [0, top]}


def _chance(token: Mapping[str, str]) -> dict[str, Any]:
    return _note("Chance", 0.8, 0.8, token["muted"], "left", "top", 6)


def _note(
    text: str, x: float, y: float, colour: str, xanchor: str, yanchor: str, xshift: float
) -> dict[str, Any]:
    return {
        "text": words.escape(text),
        "x": x,
        "y": y,
        "xanchor": xanchor,
        "yanchor": yanchor,
        "xshift": xshift,
        "showarrow": False,
        "font": {"size": 12, "color": colour},
    }


def _line(
    x: Sequence[float], y: Sequence[float], name: str, hover: str, colour: str, width: float, dash: str
) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": _rounded(x),
        "y": _rounded(y),
        "hovertemplate": hover,
        "line": {"color": colour, "width": width, "dash": dash},
        "cliponaxis": False,
    }


def _compared(curves: Mapping[str, Curve], model: str, serving: str, kind: str) -> list[tuple[str, Curve]]:
    """The curves to draw, the chosen model's last and so in front."""
    if not (curves.get(model) or {}).get(kind):
        return []
    drawn = dict.fromkeys((serving, model))
    return [(name, curves[name][kind]) for name in drawn if (curves.get(name) or {}).get(kind)]


def _look(name: str, model: str, token: Mapping[str, str]) -> tuple[str, float, str]:
    return (token["accent"], 2.5, "solid") if name == model else (token["neutral"], 1.5, "dash")


def _names(corner: str) -> dict[str, Any]:
    """The names of the lines in the `corner` on the right that such curves leave free."""
    place = {"x": 1, "xanchor": "right", "y": 0.03 if corner == "bottom" else 0.98, "yanchor": corner}
    return {"showlegend": True, "legend": {**place, "orientation": "v", "font": {"size": 12}}}


def _wrapped(label: str) -> str:
    """A model's name in lines short enough to stand inside a chart on a phone."""
    return "<br>".join(wrap(words.escape(label), NAME_LETTERS))


def _at(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """The value of a line at `at`, straight between its points."""
    points = sorted(zip(x, y, strict=True))
    before = [point for point in points if point[0] <= at] or points[:1]
    after = [point for point in points if point[0] > at] or points[-1:]
    (x0, y0), (x1, y1) = before[-1], after[0]
    return float(y0 if x1 == x0 else y0 + (y1 - y0) * (at - x0) / (x1 - x0))


def _errors(rows: Sequence[Row], key: str, colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": _rounded(max(row[f"{key}_high"] - row[key], 0.0) for row in rows),
        "arrayminus": _rounded(max(row[key] - row[f"{key}_low"], 0.0) for row in rows),
        "color": colour,
        "thickness": 1.4,
        "width": 4,
    }


def _rounded(values: Any) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]


def _top(one: Row) -> float:
    return max(float(one["actual_high"]), float(one["actual"]))


def _between(row: Row, key: str, places: int) -> str:
    return f"{words.percent(row[f'{key}_low'], places)} to {words.percent(row[f'{key}_high'], places)}"


def _models(origins: Sequence[Row]) -> list[tuple[str, str]]:
    """The models of a backtest as (name, label), the serving one first."""
    rows = [row for origin in origins for row in origin["rows"] if math.isfinite(row.get("auc", math.nan))]
    rows.sort(key=lambda row: row["role"] != "champion")
    return list({row["name"]: (row["name"], row["label"]) for row in rows}.values())


def _row(origin: Row, name: str) -> Row | None:
    return next((row for row in origin["rows"] if row["name"] == name), None)


def _champion(origin: Row) -> Row | None:
    return next((row for row in origin["rows"] if row["role"] == "champion"), None)


def _bias_words(origin: Row, row: Row, key: str, name: str, currency: str | None) -> str:
    value = row.get(key)
    if value is None:
        return ""
    what, actual = (
        ("predicted_buyers", origin["buyers"])
        if key == "buyers_bias"
        else ("predicted_spend", origin["actual_spend"])
    )
    told = [
        words.count(each) if key == "buyers_bias" else words.escape(words.money_short(each, currency))
        for each in (row[what], actual)
    ]
    return (
        f"<b>{name}, cutoff {words.day(origin['cutoff'])}</b><br>{told[0]} predicted, {told[1]} came: "
        f"{signed_percent(value)}"
    )


def _residual_words(row: Row, currency: str | None) -> str:
    def money(key: str) -> str:
        return words.escape(words.money(row[key], currency))

    return (
        f"<b>Tenth {row['decile']}</b>, {words.plural(row['customers'], 'customer')}<br>"
        f"{money('predicted')} predicted each, {money('actual')} spent ({money('actual_low')} to {money('actual_high')})"
        f"<br>8 of 10 lie between {money('q10')} and {money('q90')} of their prediction"
    )

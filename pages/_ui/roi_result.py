"""What the result of a campaign says, from the plain values of `jobs.readouts`; names of arms and columns are text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash
from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon, problem
from pages._ui.graph import graph
from pages._ui.roi_result_tables import by_arm, how_sure, in_money
from pages._ui.roi_result_words import Found, money, profit_sentence, sentence

CHARTS: Final = (
    ("spend", "Difference in spend per customer, with its 95 % interval"),
    ("profit", "Net profit, with its 95 % interval"),
    ("conversion", "Difference in customers who bought, with its 95 % interval"),
)


def result(readout_id: str, name: str, found: Found, figures: Mapping[str, Any]) -> list[Component | None]:
    """The whole result: sentences first, then what they rest on.

    `figures` are the charts: spend, profit and conversion.
    """
    read, currency, account = found["read"], found["currency"], found["account"]
    compared: Sequence[Found] = read["comparisons"]
    ratio = read["sample_ratio"]
    # Arms of wrong sizes are the first caution, and stand for themselves.
    cautions = read["cautions"] if ratio["ok"] else read["cautions"][1:]
    return [
        html.H3(name, id="roi-readout-title", tabIndex="-1"),
        html.Div(
            [
                *(
                    html.P(
                        sentence(each, read["control"], currency, many=len(compared) > 1),
                        className=f"roi-trial__lead is-{each['spend']['verdict']}",
                    )
                    for each in compared
                ),
                html.P(profit_sentence(read["campaign"], currency)),
                _expected(found, read, currency),
            ],
            className="roi-trial__sentences",
        ),
        _sizes(ratio) if ratio["ok"] else problem(words.prose(read["cautions"][0])),
        html.Div([_chart(key, label, figures[key]) for key, label in CHARTS], className="roi-trial__charts"),
        html.P(_reading(read["cuped"]), className="lw-help"),
        by_arm(read, currency),
        how_sure(compared, read["cuped"], currency),
        in_money(compared, currency),
        _cautions([*cautions, *found["notes"]]),
        html.P(_accounted(account, found["source"]), className="lw-help"),
        _left_out(account["left_out"]),
        _downloads(readout_id),
    ]


def _chart(key: str, label: str, figure: Any) -> Component:
    # As high as it has rows.
    height = f"{figure.layout.height or 200}px"
    return graph(
        f"roi-readout-chart-{key}",
        label,
        f"lapwing-roi-result-{key}",
        "roi-trial__figure",
        figure=figure,
        height=height,
    )


def _reading(cuped: Found | None) -> str:
    told = "The bars are 95 % intervals: where one crosses the dotted line at 0, chance alone could have done it."
    if cuped is not None:
        told += f" Corrected (CUPED): what {cuped['covariate']} tells of a customer is taken out, so that less is left to chance."
    return told


def _expected(found: Found, read: Found, currency: str | None) -> Component | None:
    """What had been predicted of the campaign, beside what came of it."""
    predicted = found.get("predicted")
    if not predicted:
        return None
    total = read["campaign"]["total"]
    expected = float(predicted["net_profit"])
    told = f"Predicted were {money(expected, currency)} for those contacted"
    if total["low"] is not None and total["high"] is not None:
        inside = total["low"] <= expected <= total["high"]
        told += (
            ", which lies within the interval: the prediction stands."
            if inside
            else ", which lies outside the interval: take what was measured for the next campaign."
        )
    return html.P(told if told.endswith(".") else f"{told}.")


def _sizes(ratio: Found) -> Component:
    counts = ", ".join(f"{words.count(count)} {name}" for name, count in ratio["counts"].items())
    how = "as planned" if ratio["planned"] else "as equal arms would be"
    return html.P(
        [
            icon("check-circle"),
            f" The arms are as large {how} ({counts}; p = {words.marks(format(ratio['p'], '.2g'))}).",
        ],
        className="lw-help",
    )


def _cautions(texts: Sequence[str]) -> Component | None:
    if not texts:
        return None
    return html.Section(
        [
            icon("info-circle"),
            html.Ul([html.Li(words.prose(text)) for text in texts], className="lw-cautions__list"),
        ],
        className="lw-cautions",
        **{"aria-label": "Read the result with care"},
    )


def _accounted(account: Found, source: Found) -> str:
    left = account["rows_in"] - account["rows_used"]
    what = "customers" if source["kind"] == "campaign" else "rows"
    told = f"{words.count(account['rows_in'])} {what} in, {words.count(account['rows_used'])} used, {words.count(left)} left out"
    return f"{told}: {words.plural(account['customers'], 'customer')}."


def _left_out(reasons: Sequence[Found]) -> Component | None:
    if not reasons:
        return None
    return html.Ul(
        [
            html.Li(
                f"{words.plural(each['rows'], 'row')} left out: {each['words']}"
                + (f", first in line {words.count(each['first_line'])}." if each["first_line"] else ".")
            )
            for each in reasons
        ],
        className="roi-trial__reasons",
    )


def _downloads(readout_id: str) -> Component:
    return html.P(
        [
            "Download the figures: ",
            *(
                html.A(
                    label,
                    href=dash.get_relative_path(f"/readouts/{readout_id}/readout.{extension}"),
                    **{"download": ""},
                )
                for extension, label in (("csv", "CSV"), ("json", "JSON"))
            ),
        ],
        className="roi-trial__files",
    )

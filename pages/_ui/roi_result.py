"""What the result of a campaign says, from the plain values of `jobs.readouts`; names of arms and columns are text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash
from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.controls import icon
from pages._ui.graph import graph

Found = Mapping[str, Any]
_WORKED: Final = {
    "more": "it worked.",
    "less": "it did harm.",
    "unclear": "whether it changed anything cannot be told from this.",
}
_PAID: Final = {
    "more": "It made money",
    "less": "It lost money",
    "unclear": "Whether it made money cannot be told from this",
}


def money(value: float | None, currency: str | None) -> str:
    """An amount with cents where it is small."""
    if value is None:
        return words.MISSING
    if abs(value) >= 100:
        return words.money(float(round(value)), currency)
    sign = "-" if round(value, 2) < 0 else ""
    return f"{sign}{words.symbol(currency)}{abs(value):,.2f}"


def between(effect: Found | None, currency: str | None) -> str:
    """A difference in money with its 95 % interval: "$0.77 (0.49 to 1.06)"."""
    if effect is None:
        return words.MISSING
    if effect["low"] is None or effect["high"] is None:
        return f"{money(effect['difference'], currency)} (no interval: nothing varies)"
    return (
        f"{money(effect['difference'], currency)} ({money(effect['low'], '')} to {money(effect['high'], '')})"
    )


def points(effect: Found | None) -> str:
    """A difference of shares in percentage points with its 95 % interval."""
    if effect is None:
        return words.MISSING
    told = f"{100 * effect['difference']:+.2f} points"
    if effect["low"] is None or effect["high"] is None:
        return told
    return f"{told} ({100 * effect['low']:+.2f} to {100 * effect['high']:+.2f})"


def sentence(compared: Found, control: str, currency: str | None, *, many: bool) -> list[Any]:
    """What one arm did, first of all: "Mens E-Mail brought $0.77 more per customer (95 %: 0.49 to 1.06): it worked."."""
    spend = compared["spend"]
    difference = float(spend["difference"])
    what = "more" if difference >= 0 else "less"
    low, high = spend["low"], spend["high"]
    sign = 1.0 if difference >= 0 else -1.0
    ends = sorted((sign * low, sign * high)) if low is not None and high is not None else None
    interval = f" (95 %: {money(ends[0], '')} to {money(ends[1], '')})" if ends else ""
    against = f" than {control}" if many else f" than the {control} arm"
    return [
        html.B(compared["arm"]),
        " brought ",
        html.B(f"{money(abs(difference), currency)} {what} per customer"),
        f"{against}{interval}: ",
        html.B(_WORKED[spend["verdict"]]),
    ]


def profit_sentence(profit: Found, currency: str | None) -> str:
    """What the campaign earned, with its interval and its return."""
    roi = profit["roi"]
    back = ""
    if roi is not None:
        back = f" ROI {words.percent(roi['difference'])}"
        if roi["low"] is not None and roi["high"] is not None:
            back += f" ({words.percent(roi['low'])} to {words.percent(roi['high'])})"
        back += "."
    return f"{_PAID[profit['verdict']]}: net profit {between(profit['total'], currency)}.{back}"


def result(readout_id: str, name: str, found: Found, figure: Any) -> list[Component | None]:
    """The whole result: sentences first, then what they rest on."""
    read, currency, account = found["read"], found["currency"], found["account"]
    compared: Sequence[Found] = read["comparisons"]
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
        _sample_ratio(read["sample_ratio"]),
        graph(
            "roi-readout-figure",
            "Difference in spend per customer, with its 95 % interval",
            "lapwing-readout",
            "roi-trial__figure",
            figure=figure,
        ),
        _table("By arm", ARM_HEAD, _arm_rows(read, currency)),
        _table("How sure", _sure_head(compared), _sure_rows(compared, read["cuped"], currency)),
        _table("In money", ["", *(each["arm"] for each in compared)], _money_rows(compared, currency)),
        _cautions([*read["cautions"], *found["notes"]]),
        html.P(_accounted(account, found["source"]), className="lw-help"),
        _left_out(account["left_out"]),
        _downloads(readout_id),
    ]


ARM_HEAD: Final = (
    "Arm",
    "Customers",
    "Bought",
    "More who bought (95 %)",
    "Spend per customer",
    "More spend (95 %)",
)


def _arm_rows(read: Found, currency: str | None) -> list[list[str]]:
    first = read["comparisons"][0]
    rows = [
        [
            f"{read['control']} (left out)",
            words.count(first["control_customers"]),
            words.percent(first["conversion"]["control"], 2),
            words.MISSING,
            money(first["spend"]["control"], currency),
            words.MISSING,
        ]
    ]
    return rows + [
        [
            each["arm"],
            words.count(each["customers"]),
            words.percent(each["conversion"]["treated"], 2),
            points(each["conversion"]),
            money(each["spend"]["treated"], currency),
            between(each["spend"], currency),
        ]
        for each in read["comparisons"]
    ]


def _sure_head(compared: Sequence[Found]) -> list[str]:
    return ["Spend per customer", *(each["arm"] for each in compared)]


def _sure_rows(compared: Sequence[Found], cuped: Found | None, currency: str | None) -> list[list[str]]:
    rows = [["As it is", *(between(each["spend"], currency) for each in compared)]]
    if cuped is not None:
        # With less noise the interval is narrower; the difference itself hardly moves.
        label = f"With CUPED ({words.part(1 - cuped['variance_left'])} of the noise explained)"
        rows.append([label, *(between(each["spend"]["cuped"], currency) for each in compared)])
    for at, each in enumerate(compared[0]["spend"]["winsorised"]):
        label = f"Largest cut at {100 * each['level']:g} %"
        if each["cap"] is not None:
            label += (
                f" of buyers ({money(each['cap'], currency)})"
                if each.get("of_buyers")
                else f" ({money(each['cap'], currency)})"
            )
        rows.append([label, *(between(one["spend"]["winsorised"][at], currency) for one in compared)])
    return rows


def _money_rows(compared: Sequence[Found], currency: str | None) -> list[list[str]]:
    def roi(each: Found) -> str:
        found = each["profit"]["roi"]
        if found is None:
            return words.MISSING
        told = words.percent(found["difference"])
        return (
            told
            if found["low"] is None
            else f"{told} ({words.percent(found['low'])} to {words.percent(found['high'])})"
        )

    def orders(each: Found) -> str:
        found = each["totals"]["incremental_orders"]
        told = words.count(found["difference"])
        return (
            told
            if found["low"] is None
            else f"{told} ({words.count(found['low'])} to {words.count(found['high'])})"
        )

    rows = [
        ["Incremental buyers", *(orders(each) for each in compared)],
        ["Incremental spend", *(between(each["totals"]["incremental_spend"], currency) for each in compared)],
    ]
    for label, key in (
        ("Incremental margin", "incremental_margin"),
        ("Discounts given", "discounts"),
        ("Cost of contacts", "contact_cost"),
        ("Share of the fixed cost", "fixed_cost"),
    ):
        rows.append([label, *(money(each["profit"][key], currency) for each in compared)])
    rows.append(["Net profit", *(between(each["profit"]["total"], currency) for each in compared)])
    if any(each["profit"]["cuped"] is not None for each in compared):
        rows.append(
            [
                "Net profit with CUPED",
                *(between((each["profit"]["cuped"] or {}).get("total"), currency) for each in compared),
            ]
        )
    rows.append(["ROI", *(roi(each) for each in compared)])
    return rows


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    return html.Div(
        html.Table(
            [
                html.Caption(caption),
                html.Thead(html.Tr([html.Th(text, scope="col") for text in head])),
                html.Tbody(
                    [
                        html.Tr([html.Th(row[0], scope="row"), *(html.Td(text) for text in row[1:])])
                        for row in rows
                    ]
                ),
            ],
            className="lw-pairs roi-trial__table",
        ),
        className="roi-trial__scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


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


def _sample_ratio(ratio: Found) -> Component:
    counts = ", ".join(f"{words.count(count)} {name}" for name, count in ratio["counts"].items())
    how = "as planned" if ratio["planned"] else "as equal arms would be"
    if ratio["ok"]:
        return html.P(
            [icon("check-circle"), f" The arms are as large {how} ({counts}; p = {ratio['p']:.2g})."],
            className="lw-help",
        )
    expected = ", ".join(f"{words.count(count)} {name}" for name, count in ratio["expected"].items())
    return html.Div(
        [
            icon("exclamation-triangle"),
            f" The arms are not as large {how}: {counts}, instead of {expected} (p = {ratio['p']:.1g}). Somebody was lost or added "
            "on the way, and no figure here can be trusted until it is known why.",
        ],
        className="lw-error",
        role="alert",
    )


def _cautions(texts: Sequence[str]) -> Component | None:
    if not texts:
        return None
    return html.Section(
        [icon("info-circle"), html.Ul([html.Li(text) for text in texts], className="lw-cautions__list")],
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
                    className="roi-trial__download",
                )
                for extension, label in (("csv", "CSV"), ("json", "JSON"))
            ),
        ],
        className="roi-trial__files",
    )

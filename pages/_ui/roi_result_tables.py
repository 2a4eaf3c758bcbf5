"""The result of a campaign as tables: by arm, how sure it is, and in money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from figures import words
from pages._ui.glossary import linked
from pages._ui.roi_result_words import Found, between, money, points, ranged

_ARM_HEAD: Final = (
    "Arm",
    "Customers",
    "Bought",
    "More who bought (95 %)",
    "Spend per customer",
    "More spend (95 %)",
)


def by_arm(read: Found, currency: str | None) -> Component:
    """Each arm, the one that was left out first: how many bought and what they spent."""
    first = read["comparisons"][0]
    left_out = [
        f"{read['control']} (left out)",
        words.count(first["control_customers"]),
        words.percent(first["conversion"]["control"], 2),
        words.MISSING,
        money(first["spend"]["control"], currency),
        words.MISSING,
    ]
    treated = [
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
    return table("By arm", _ARM_HEAD, [left_out, *treated])


def how_sure(compared: Sequence[Found], cuped: Found | None, currency: str | None) -> Component:
    """The difference in spend as measured, corrected, and with the largest amounts cut."""
    rows = [["As measured", *(between(each["spend"], currency) for each in compared)]]
    if cuped is not None:
        # With less noise the interval is narrower; the difference itself hardly moves.
        label = f"Corrected for {cuped['covariate']} (CUPED: it explains {words.part(1 - cuped['variance_left'])})"
        rows.append([label, *(between(each["spend"]["cuped"], currency) for each in compared)])
    for at, each in enumerate(compared[0]["spend"]["winsorised"]):
        label = f"Top {words.marks(format(100 - 100 * each['level'], '.3g'))} % of amounts cut"
        if each["cap"] is not None:
            label += f" to {money(each['cap'], currency)}"
        rows.append([label, *(between(one["spend"]["winsorised"][at], currency) for one in compared)])
    return table("How sure", ["More spend per customer", *(each["arm"] for each in compared)], rows)


def in_money(compared: Sequence[Found], currency: str | None) -> Component:
    """What each arm brought and cost."""

    def row(label: str, cell: Callable[[Found], str]) -> list[str]:
        return [label, *(cell(each) for each in compared)]

    parts = (
        ("Incremental margin", "incremental_margin"),
        ("Discounts given", "discounts"),
        ("Cost of contacts", "contact_cost"),
        ("Share of the fixed cost", "fixed_cost"),
    )
    rows = [
        row("Incremental buyers", lambda each: ranged(each["totals"]["incremental_orders"], words.count)),
        row("Incremental spend", lambda each: between(each["totals"]["incremental_spend"], currency)),
        *(
            row(label, lambda each, key=key: money(each["profit"][key], currency))  # type: ignore[misc]
            for label, key in parts
        ),
        row("Net profit", lambda each: between(each["profit"]["total"], currency)),
    ]
    if compared[0]["profit"]["cuped"] is not None:
        rows.append(
            row("Net profit, corrected", lambda each: between(each["profit"]["cuped"]["total"], currency))
        )
    rows.append(row("ROI", lambda each: ranged(each["profit"]["roi"], words.percent)))
    return table("In money", ["What the campaign brought", *(each["arm"] for each in compared)], rows)


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, silent: bool = False
) -> Component:
    """A table that scrolls in a region of its name; `silent`: a caption for screen readers only."""
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="lw-sr" if silent else ""),
                html.Thead(html.Tr([html.Th(linked(text), scope="col") for text in head])),
                html.Tbody(
                    [
                        html.Tr([html.Th(linked(row[0]), scope="row"), *(html.Td(text) for text in row[1:])])
                        for row in rows
                    ]
                ),
            ],
            className="lw-pairs roi-trial__table",
            # As wide as it has columns: two of them need no scrolling on a phone.
            style={"minWidth": f"{5.5 * len(head):g}rem"},
        ),
        className="lw-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )

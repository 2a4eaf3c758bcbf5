"""How the quality of a data set is told: findings as cards, with a switch where the choice is the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui.controls import icon
from pages._ui.glossary import linked
from pages._ui.upload import aria

CHOICE: Final = "data-choice"
APPLY: Final = "data-apply"
APPLY_TEXT: Final = "data-apply-text"
# The data set whose report is on screen.
SHOWN: Final = "data-quality-shown"

LEVELS: Final = {
    "warning": ("exclamation-triangle", "Worth a look"),
    "info": ("info-circle", "Good to know"),
    "good": ("check-circle", "In order"),
}


def quality_section(report_id: str) -> list[Component]:
    """The place of the report, and the button that applies its switches."""
    return [
        html.Div(id=report_id),
        html.Div(
            [
                html.P(id=APPLY_TEXT, role="status", className="lw-soft"),
                dbc.Button("Make a new version", id=APPLY, color="primary", disabled=True),
            ],
            className="quality-apply",
            id=f"{APPLY}-row",
            hidden=True,
        ),
    ]


def quality_report(findings: Sequence[Mapping[str, Any]], can_change: bool) -> list[Component]:
    """The findings by level; `can_change` says whether the switches can be applied."""
    if not findings:
        return [html.P("This data set was imported before quality reports were made: import it again to get one.",
                       className="lw-soft")]  # fmt: skip
    good = [each for each in findings if each["level"] == "good"]
    told = [each for each in findings if each["level"] != "good"]
    return [
        html.P(_headline(told), className="quality-headline"),
        html.Ul([_finding(each, can_change) for each in told], className="quality-list"),
        _in_order(good) if good else None,
    ]


def _headline(told: Sequence[Mapping[str, Any]]) -> str:
    serious = sum(each["level"] == "warning" for each in told)
    if not told:
        return "Nothing to report: this data is in order."
    if not serious:
        return "Nothing to worry about; a few things are good to know."
    return f"{serious} {'thing is' if serious == 1 else 'things are'} worth a look before you rely on the numbers."


def _finding(finding: Mapping[str, Any], can_change: bool) -> Component:
    icon_name, words = LEVELS[finding["level"]]
    examples = finding.get("examples") or ()
    return html.Li(
        [
            html.Span(
                [icon(icon_name), html.Span(f"{words}: ", className="visually-hidden")],
                className="quality-icon",
            ),
            html.Div(
                [
                    html.H4(linked(prose(finding["title"]))),
                    html.P(prose(finding["text"])),
                    html.Details(
                        [
                            html.Summary("Examples"),
                            html.Ul([html.Li(prose(example, fractions=False)) for example in examples]),
                        ],
                        className="quality-examples",
                    )
                    if examples
                    else None,
                    html.P(
                        [html.Span("What Lapwing does: ", className="quality-does"), prose(finding["does"])]
                    ),
                    _choice(finding["key"], finding["choice"], can_change) if finding.get("choice") else None,
                ],
                className="quality-what",
            ),
        ],
        className=f"quality-item is-{finding['level']}",
    )


def _choice(key: str, choice: Mapping[str, Any], can_change: bool) -> Component:
    label_id = f"data-choice-{key.replace('_', '-')}"
    options: list[Any] = [
        {"label": words, "value": value, "disabled": not can_change} for value, words in choice["choices"]
    ]
    return html.Div(
        [
            html.Span("Your choice", id=label_id, className="quality-does"),
            html.Div(
                dbc.RadioItems(
                    id={"type": CHOICE, "option": choice["option"]},
                    options=options,
                    value=choice["value"],
                    inline=True,
                ),
                role="radiogroup",
                **aria(labelledby=label_id),
            ),
        ],
        className="quality-choice",
    )


def _in_order(good: Sequence[Mapping[str, Any]]) -> Component:
    return html.Div(
        [
            html.H4("Checked and in order"),
            html.Ul([html.Li([icon("check-circle"), html.Span(prose(each["text"]))]) for each in good]),
        ],
        className="quality-good",
    )

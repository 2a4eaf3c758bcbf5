"""Saved scenarios of the ROI page; all names are text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import empty, icon
from pages._ui.dialogs import ask_dialog, name_dialog
from pages._ui.explorer_chart import OWN, chart

# Types of the ids of a scenario's parts, which have the scenario's own id beside them.
PICK: Final = "roi-scenario-pick"
OPEN: Final = "roi-scenario-open"
COPY: Final = "roi-scenario-copy"
DELETE: Final = "roi-scenario-delete"


@dataclass(frozen=True)
class Saved:
    """One scenario in plain values; `settings` are those that differ from what the page begins with.

    `address` opens it; None where its analysis is not there any more.
    """

    id: str
    name: str
    audience: str
    contacted: int
    settings: tuple[str, ...]
    net: str
    low: str
    high: str
    roi: str
    probability: str
    made: str
    analysis: str
    address: str | None


def scenarios_view() -> Component:
    """The tab "Scenarios": what was saved, and two or more of them side by side."""
    return html.Div(
        [
            html.Section(
                [
                    html.H3("Saved scenarios"),
                    html.Div(
                        html.Div(
                            className="lw-skeleton", style={"height": "9rem"}, **{"aria-hidden": "true"}
                        ),
                        id=ids.ROI_SAVED,
                    ),
                ],
                className="roi-saved",
                **{"aria-label": "Saved scenarios"},
            ),
            html.Section(
                [
                    chart(
                        ids.ROI_COMPARE_CHART,
                        "Side by side",
                        "Chart of the net profit of the chosen scenarios with their ranges. The table below says the same.",
                        size=OWN,
                    ),
                    html.Div(id=ids.ROI_COMPARE),
                ],
                id=ids.ROI_COMPARE_BOX,
                hidden=True,
                **{"aria-label": "Side by side"},
            ),
            keep_panel(),
            ask_panel(),
            dcc.Store(id=ids.ROI_PICKED),
        ]
    )


def keep_panel() -> Component:
    """The dialogue that names a scenario."""
    return html.Div(
        [
            name_dialog(
                ids.ROI_KEEP_PANEL,
                "Save this scenario",
                "Name of the scenario",
                "Save",
                about=ids.ROI_KEEP_WHAT,
                name=ids.ROI_KEEP_NAME,
                message=ids.ROI_KEEP_MESSAGE,
                cancel_button=ids.ROI_KEEP_CANCEL,
                save_button=ids.ROI_KEEP_SAVE,
            ),
            dcc.Store(id=ids.ROI_KEEP_ABOUT),
        ]
    )


def ask_panel() -> Component:
    """The one question before a scenario is deleted."""
    return ask_dialog(
        ids.ROI_ASK,
        "Delete this scenario?",
        title_id=ids.ROI_ASK_TITLE,
        text_id=ids.ROI_ASK_TEXT,
        keep_button=ids.ROI_ASK_NO,
        do_button=ids.ROI_ASK_YES,
        more=[dcc.Store(id=ids.ROI_ASK_ABOUT)],
    )


def what(question: str, verdict: str) -> list[Component]:
    """What is going to be saved: the question and its answer."""
    return [html.P(question, className="act-keep__count"), html.P(verdict, className="lw-help")]


def saved_scenarios(found: Sequence[Saved], picked: Sequence[str], elsewhere: int) -> list[Any]:
    """The scenarios of this data set, newest first, and how many there are of others."""
    more = (
        html.P(
            f"{words.plural(elsewhere, 'more scenario')} of other data sets: choose the data set to see them.",
            className="lw-help",
        )
        if elsewhere
        else None
    )
    if not found:
        nothing = empty(
            "No scenarios yet",
            "Set the assumptions, then choose “Save scenario” above: the question and its answer are kept as they are now.",
            icon_name="bookmark",
        )
        return [nothing, more]
    hint = (
        "Tick two or more to see them side by side."
        if len(found) > 1
        else "Save another one to compare it with."
    )
    return [
        html.P(hint, className="lw-help"),
        html.Ul([_saved(one, one.id in picked) for one in found], className="act-lists roi-saved__list"),
        more,
    ]  # fmt: skip


def _saved(one: Saved, picked: bool) -> Component:
    about = html.Span(f" {one.name}", className="lw-sr")
    settings = [html.Li(text) for text in one.settings] or [html.Li("As the page begins")]
    gone = "It cannot be opened: this analysis is not in the workspace any more. The numbers are as they were saved."
    return html.Li(
        [
            html.Div(
                [
                    html.H4(one.name),
                    html.P(
                        [html.B(words.count(one.contacted)), f" contacted of “{one.audience}” · saved {one.made}"],
                        className="lw-help",
                    ),
                    html.P(
                        [
                            html.B(one.net),
                            f" net profit, 80 % range {one.low} to {one.high} · ROI {one.roi} · "
                            f"profit in {one.probability} of outcomes",
                        ],
                        className="roi-saved__result",
                    ),
                    html.Ul(settings, className="lw-chips", **{"aria-label": "What differs from the page's start"}),
                    html.P(one.analysis, className="lw-help"),
                    html.P(gone, className="lw-help") if one.address is None else None,
                ],
                className="act-lists__about",
            ),
            html.Div(
                [
                    dbc.Checkbox(
                        id={"type": PICK, "id": one.id},
                        label=html.Span(["Compare", about]),
                        value=picked,
                        class_name="roi-saved__pick",
                    ),
                    *(_links(one, about) if one.address else []),
                    html.Button(
                        [icon("trash3"), html.Span(f"Delete {one.name}", className="lw-sr")],
                        id={"type": DELETE, "id": one.id},
                        type="button",
                        title="Delete",
                        className="lw-icon-button",
                    ),
                ],
                className="act-lists__actions",
            ),
        ],
        className="lw-card act-lists__item",
    )  # fmt: skip


def _links(one: Saved, about: Component) -> list[Component]:
    return [
        # A link that loads the page anew: its controls begin with what the address says.
        html.A(
            [icon("box-arrow-in-up-right"), "Open", about],
            id={"type": OPEN, "id": one.id},
            href=one.address,
            className="btn btn-light btn-sm",
        ),
        html.Button(
            [icon("link-45deg"), "Copy link", html.Span(f" of {one.name}", className="lw-sr")],
            id={"type": COPY, "id": one.id},
            type="button",
            className="btn btn-light btn-sm",
        ),
    ]

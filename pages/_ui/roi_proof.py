"""Planning the proof: how many to leave out, what a test can measure, and the campaigns that were saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from models.campaign.params import LIMITS
from pages._ui import ids
from pages._ui.controls import icon, slider
from pages._ui.dialogs import ask_dialog, name_dialog
from pages._ui.graph import graph
from pages._ui.roi_result_tables import table
from pages._ui.segment import BLANK_FIGURE

# Types of the ids of what is listed; each id has the campaign's own id beside it.
DELETE: Final = "roi-plan-delete"
RESULT: Final = "roi-plan-result"
SAVE: Final = "Save campaign"
LEAST, MOST = 5, 90


@dataclass(frozen=True)
class Plan:
    """A saved campaign in plain values."""

    id: str
    name: str
    made: str
    treated: int
    held_out: int
    rule: str
    when: str
    sha256: str


def proof_view() -> Component:
    """The tab "Plan the proof"."""
    return html.Div(
        [
            html.P(
                "Leave some of them out at random and compare: that is the only way to know what the offer itself "
                "brings.",
                className="lw-help",
            ),
            slider(
                ids.ROI_HOLDOUT,
                "Holdout",
                value_id=ids.ROI_HOLDOUT_VALUE,
                help_text="Share of the chosen customers who get nothing, drawn at random by the seed under More.",
                min=LEAST,
                max=MOST,
                step=1,
                value=round(100 * LIMITS["holdout"].default),
            ),
            html.Div(id=ids.ROI_PROOF, role="status"),
            graph(
                ids.ROI_PROOF_FIGURE,
                "What the test can measure",
                "lapwing-roi-proof",
                "roi-trial__figure",
                figure=BLANK_FIGURE,
            ),
            html.P(id=ids.ROI_PROOF_NOTE, className="lw-help"),
            html.Div(
                [
                    dbc.Button(
                        [icon("bookmark-plus"), "Save this campaign"], id=ids.ROI_PLAN, color="primary"
                    ),
                    html.P(
                        "Keeps the list with its arms, so that the result can be read against it.",
                        className="lw-help",
                    ),
                ],
                className="roi-trial__actions",
            ),
            html.Section(
                [html.H3("Saved campaigns", id="roi-plans-title"), html.Div(id=ids.ROI_PLANS)],
                **{"aria-labelledby": "roi-plans-title"},
            ),
            _panel(),
            ask_panel(),
        ],
        className="roi-trial",
    )


def _panel() -> Component:
    """The dialogue that names a campaign."""
    return name_dialog(
        ids.ROI_PLAN_PANEL,
        "Save this campaign",
        "Name of the campaign",
        SAVE,
        about=ids.ROI_PLAN_WHO,
        name=ids.ROI_PLAN_NAME,
        message=ids.ROI_PLAN_MESSAGE,
        cancel_button=ids.ROI_PLAN_CANCEL,
        save_button=ids.ROI_PLAN_SAVE,
    )


def ask_panel() -> Component:
    """The one question before a campaign or a result is deleted."""
    return ask_dialog(
        ids.ROI_TRIAL_ASK,
        "",
        title_id=ids.ROI_TRIAL_ASK_TITLE,
        text_id=ids.ROI_TRIAL_ASK_TEXT,
        keep_button=ids.ROI_TRIAL_ASK_NO,
        do_button=ids.ROI_TRIAL_ASK_YES,
        keep="Keep it",
        do="Delete it",
        more=[dcc.Store(id=ids.ROI_TRIAL_ASK_ABOUT)],
    )


def saving() -> list[Any]:
    """What the button says while a campaign is being saved."""
    return [dbc.Spinner(size="sm"), html.Span(" Saving the list …", role="status")]


def who(customers: int, share: float, audience: str) -> str:
    """Whom the campaign is about, in a sentence."""
    left = round(customers * share)
    return (
        f"{words.plural(customers, 'customer')} of the audience “{audience}”: {words.count(customers - left)} to contact, "
        f"{words.count(left)} left out at random."
    )


def plans(found: Sequence[Plan]) -> Component:
    """The saved campaigns, each with its files."""
    if not found:
        return html.P("No campaign has been saved yet.", className="lw-help")
    return html.Ul([_plan(each) for each in found], className="lw-items")


def _plan(found: Plan) -> Component:
    files = [
        html.A(
            [label, html.Span(f" of {found.name}", className="lw-sr")],
            href=dash.get_relative_path(f"/campaigns/{found.id}/list.{extension}"),
            **{"download": ""},
        )
        for extension, label in (("csv", "CSV"), ("xlsx", "Excel"), ("zip", "ZIP with manifest"))
    ]
    return html.Li(
        [
            html.Div(
                [
                    html.Span(found.name, className="lw-item__name"),
                    html.Span(
                        f"{words.plural(found.treated, 'customer')} to contact, {words.count(found.held_out)} held out. "
                        f"{found.when}",
                        className="lw-help",
                    ),
                    html.Span(found.rule, className="lw-help"),
                    html.Span(f"Saved {found.made}. List sha256 {found.sha256[:12]}…", className="lw-help"),
                    html.Div(
                        [
                            html.Span("Download:", className="lw-help"),
                            *files,
                            html.Button(
                                ["Read its result", html.Span(f": {found.name}", className="lw-sr")],
                                id={"type": RESULT, "id": found.id},
                                type="button",
                                className="btn btn-link btn-sm",
                                # The script of the page opens that tab.
                                **{"data-roi-tab": "readout"},
                            ),
                        ],
                        className="roi-trial__files",
                    ),
                ],
                className="lw-item",
            ),
            html.Button(
                [icon("trash3"), html.Span(f"Delete the campaign {found.name}", className="lw-sr")],
                id={"type": DELETE, "id": found.id},
                type="button",
                className="lw-icon-button",
                title="Delete",
            ),
        ]
    )


def answer(told: Mapping[str, Any]) -> list[Component]:
    """What a test of these customers can measure, from plain values; see callbacks.roi_proof."""
    return [
        html.P(told["verdict"], className=f"roi-trial__lead is-{told['tone']}"),
        *(
            [html.Ul([html.Li(text) for text in told["advice"]], className="roi-trial__advice")]
            if told["advice"]
            else []
        ),
        table("What can be measured", told["head"], told["rows"], silent=True),
    ]

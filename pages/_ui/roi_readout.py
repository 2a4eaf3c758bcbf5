"""Reading the result of a campaign: where it comes from, which column is what, and the results there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import Options, group, icon, select

# Types of the ids of what is listed; each id has the readout's own id, or the key of a question, beside it.
OPEN: Final = "roi-readout-open"
DELETE: Final = "roi-readout-delete"
ANSWER: Final = "roi-readout-answer"
GO_ON: Final = "roi-readout-go-on"
DISMISS: Final = "roi-readout-dismiss"
FILE: Final = "file"
CAMPAIGN: Final = "campaign"
PAID: Final = "paid"
# A select cannot show an empty value.
NONE: Final = "\u2013none\u2013"
# Role -> the select that names its column, what that is called, and whether there may be none.
COLUMNS: Final[dict[str, tuple[str, str, bool]]] = {
    "arm": (ids.ROI_READOUT_ARM, "Column of the arm", False),
    "spend": (ids.ROI_READOUT_SPEND, "Column of what was spent", False),
    "customer_id": (ids.ROI_READOUT_CUSTOMER, "Column of the customer", True),
    "converted": (ids.ROI_READOUT_CONVERTED, "Column of who bought", True),
    "covariate": (ids.ROI_READOUT_COVARIATE, "Column known before the campaign", True),
}


@dataclass(frozen=True)
class Read:
    """One readout in plain values, for the list."""

    id: str
    name: str
    made: str
    told: str


def readout_view() -> Component:
    """The tab "Read the result"."""
    return html.Div(
        [
            html.P(
                "What did the campaign really change? Compare the customers who were contacted with those who were left "
                "out at random.",
                className="lw-help",
            ),
            group(
                "Where the result comes from",
                dbc.RadioItems(
                    id=ids.ROI_READOUT_SOURCE,
                    options=[
                        {"value": FILE, "label": "From a file"},
                        {"value": CAMPAIGN, "label": "From a saved campaign and newer transactions"},
                    ],
                    value=FILE,
                    inline=True,
                ),
            ),
            _file(),
            _campaign(),
            html.Div(id=ids.ROI_READOUT_MESSAGE),
            html.P(id=ids.ROI_READOUT_ANNOUNCE, role="status", className="lw-sr"),
            html.Div(id=ids.ROI_READOUT_PANEL),
            html.Section(id=ids.ROI_READOUT_RESULT, **{"aria-label": "Result of the campaign"}),
            html.Section(
                [
                    html.H3("Results read before", id="roi-readout-list-title"),
                    html.Div(id=ids.ROI_READOUT_LIST),
                ],
                **{"aria-labelledby": "roi-readout-list-title"},
            ),
            dcc.Store(id=ids.ROI_READOUT_UPLOAD_DONE, storage_type="session"),
            dcc.Store(id=ids.ROI_READOUT_SEEN, storage_type="session"),
            dcc.Store(id=ids.ROI_READOUT_JOB, storage_type="session"),
            dcc.Store(id=ids.ROI_READOUT_SHOWN),
        ],
        className="roi-trial",
    )


def _file() -> Component:
    data_url: dict[str, Any] = {"data-url": dash.get_relative_path("/upload")}
    return html.Div(
        [
            # assets/upload.js puts the file input in here; React must not see its children.
            html.Div(id=ids.ROI_READOUT_UPLOAD, className="data-drop", **data_url),
            html.Div(
                [
                    html.Span([icon("file-earmark-check"), html.Span(id=ids.ROI_READOUT_FILE)]),
                    dbc.Button("Remove", id=ids.ROI_READOUT_REMOVE, color="light", size="sm"),
                ],
                id=ids.ROI_READOUT_FILE_ROW,
                className="roi-trial__file",
                hidden=True,
            ),
            _columns(),
        ],
        id=ids.ROI_READOUT_FROM_FILE,
        className="roi-trial__source",
    )


def _columns() -> Component:
    return html.Div(
        [
            html.P(id=ids.ROI_READOUT_ABOUT, className="lw-help", tabIndex="-1"),
            html.Div(
                [
                    _column("arm"),
                    select(
                        ids.ROI_READOUT_CONTROL,
                        "Arm that was left out",
                        [],
                        None,
                        f"{ids.ROI_READOUT_CONTROL}-help",
                    ),
                    *(_column(role) for role in COLUMNS if role != "arm"),
                ],
                className="roi-trial__fields",
            ),
            html.P(id=ids.ROI_READOUT_COSTS, className="lw-help"),
            dbc.Button("Read this file", id=ids.ROI_READOUT_START, color="primary"),
        ],
        id=ids.ROI_READOUT_FORM,
        className="roi-trial__form",
        hidden=True,
    )


def _column(role: str) -> Component:
    component_id, label, _ = COLUMNS[role]
    return select(component_id, label, [], None, f"{component_id}-help")


def _campaign() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    select(ids.ROI_READOUT_CAMPAIGN, "Saved campaign", [], None),
                    select(ids.ROI_READOUT_DATASET, "Newer transactions", [], None),
                    html.Div(
                        [
                            html.Label(
                                "Contacted on", htmlFor=ids.ROI_READOUT_CONTACTED_ON, className="lw-label"
                            ),
                            dbc.Input(id=ids.ROI_READOUT_CONTACTED_ON, type="date", value=""),
                            html.P(
                                "Purchases count from the day after. Empty: from the day after the data the campaign knew.",
                                className="lw-help",
                            ),
                        ],
                        className="lw-field",
                    ),
                ],
                className="roi-trial__fields",
            ),
            html.P(id=ids.ROI_READOUT_DAYS, className="lw-help", role="status"),
            html.P(
                "Profit is worked out with the margin, discount and costs that the campaign was saved with.",
                className="lw-help",
            ),
            dbc.Button(
                "Read this campaign", id=ids.ROI_READOUT_START_CAMPAIGN, color="primary", disabled=True
            ),
        ],
        id=ids.ROI_READOUT_FROM_CAMPAIGN,
        className="roi-trial__source",
        hidden=True,
    )


def column_options(columns: Sequence[Mapping[str, Any]], *, optional: bool) -> Options:
    """The columns of a file to choose from."""
    first = [{"value": NONE, "label": "None"}] if optional else []
    return [*first, *({"value": str(each["name"]), "label": str(each["name"])} for each in columns)]


def example(columns: Sequence[Mapping[str, Any]], name: str | None) -> str:
    """What a column holds, for its help: "For example 0, 29.99, 499"."""
    found = next((each for each in columns if each["name"] == name), None)
    if found is None:
        return ""
    shown = ", ".join(map(str, found["examples"]))
    return f"For example {shown}" if shown else "It is empty."


def costs(params: Mapping[str, Any], currency: str | None) -> str:
    """With what money is worked out, in a sentence."""

    def share(name: str) -> str:
        return f"{100 * float(params[name]):.4g} %"

    def money(name: str) -> str:
        return words.money(float(params[name]), currency)

    return (
        f"Profit is worked out with the assumptions beside: {share('discount')} off, margin {share('margin')}, "
        f"{money('contact_cost')} a contact, {money('fixed_cost')} fixed, {share('redemption')} of those who would have bought "
        "anyway use the offer. Amounts are taken as what customers paid."
    )


@dataclass(frozen=True)
class Work:
    """The job of a readout in plain values, with the questions that the file left open."""

    label: str
    state: str
    progress: float
    text: str
    error: str = ""
    questions: tuple[Mapping[str, Any], ...] = ()


def panel(work: Work) -> Component:
    """The job the person waits for, or what became of it where nothing came of it."""
    if work.state in ("queued", "running"):
        amount: dict[str, Any] = {} if work.state == "queued" else {"value": f"{work.progress:.3f}"}
        told = (
            "Waiting for its turn"
            if work.state == "queued"
            else f"{work.progress:.0%} · {work.text or 'Starting…'}"
        )
        return html.Div(
            [
                html.P(work.label, id="roi-readout-work"),
                html.Progress(max="1", **amount, **{"aria-labelledby": "roi-readout-work"}),
                html.P(told, className="lw-help"),
            ],
            className="roi-trial__work",
        )
    if work.state == "cancelled":
        return _ended([html.P(f"{work.label}: cancelled. Nothing was stored.")])
    if work.questions:
        return html.Div(
            [
                *(_question(each) for each in work.questions),
                html.Div(
                    [
                        dbc.Button("Go on", id={"type": GO_ON, "id": "job"}, color="primary"),
                        _close(),
                    ],
                    className="roi-trial__actions",
                ),
            ],
            className="roi-trial__work",
            role="alert",
        )
    return _ended([html.P(work.error or "It did not work.")], role="alert")


def _question(asked: Mapping[str, Any]) -> Component:
    key = f"roi-readout-answer-{asked['key']}"
    choices = [{"value": value, "label": label} for value, label in asked["choices"]]
    return html.Div(
        [
            html.Label(str(asked["text"]), className="lw-label", id=key),
            dbc.RadioItems(
                id={"type": ANSWER, "id": str(asked["key"])},
                options=choices,
                value=choices[0]["value"] if choices else None,
                **{"aria-labelledby": key},
            )
            if len(choices) <= 6
            else dbc.Select(
                id={"type": ANSWER, "id": str(asked["key"])}, options=choices, value=choices[0]["value"]
            ),
        ]
    )


def _close() -> Component:
    return html.Button("Close", id={"type": DISMISS, "id": "job"}, type="button", className="btn btn-link")


def _ended(children: Sequence[Component], role: str | None = None) -> Component:
    extra: dict[str, Any] = {"role": role} if role else {}
    return html.Div(
        [icon("exclamation-triangle"), html.Div([*children, _close()])], className="lw-error", **extra
    )


def readouts(found: Sequence[Read], shown: str | None) -> Component:
    """The results there are, each to open or to delete."""
    if not found:
        return html.P("No result has been read yet.", className="lw-help")
    return html.Ul([_read(each, each.id == shown) for each in found], className="roi-trial__list")


def _read(found: Read, is_shown: bool) -> Component:
    return html.Li(
        [
            html.Button(
                [
                    html.Span(found.name, className="roi-trial__name"),
                    html.Span(found.told, className="lw-help"),
                    html.Span(found.made, className="lw-help"),
                ],
                id={"type": OPEN, "id": found.id},
                type="button",
                className="roi-trial__open",
                **{"aria-current": "true" if is_shown else "false"},
            ),
            html.Button(
                [icon("trash3"), html.Span(f"Delete the result of {found.name}", className="lw-sr")],
                id={"type": DELETE, "id": found.id},
                type="button",
                className="lw-icon-button",
                title="Delete",
            ),
        ]
    )

"""Reading the result of a campaign: where it comes from, which column is what, and the results there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import Options, group, icon, select

FILE: Final = "file"
CAMPAIGN: Final = "campaign"
PAID: Final = "paid"
LIST_PRICE: Final = "list"
# A select cannot show an empty value.
NONE: Final = "\u2013none\u2013"
# Role -> the select that names its column, what that is called, and whether there may be none.
COLUMNS: Final[dict[str, tuple[str, str, bool]]] = {
    "arm": (ids.ROI_READOUT_ARM, "Column of the arm", False),
    "spend": (ids.ROI_READOUT_SPEND, "Column of what was spent", False),
    "customer_id": (ids.ROI_READOUT_CUSTOMER, "Column of the customer", True),
    "converted": (ids.ROI_READOUT_CONVERTED, "Column of who bought", True),
    "covariate": (ids.ROI_READOUT_COVARIATE, "Column known before the campaign", True),
    # Not called a discount: that is the name of a control of the page.
    "discount": (ids.ROI_READOUT_GIVEN_OFF, "Column of the money given off", True),
}


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
            html.Div(
                [
                    select(ids.ROI_READOUT_OF, "This is the test of", [], None, f"{ids.ROI_READOUT_OF}-help"),
                    html.Div(
                        [
                            html.Label(
                                "Planned to be left out (%)",
                                htmlFor=ids.ROI_READOUT_LEFT_OUT,
                                className="lw-label",
                            ),
                            dbc.Input(
                                id=ids.ROI_READOUT_LEFT_OUT,
                                type="number",
                                min=1,
                                max=99,
                                step="any",
                                value=None,
                            ),
                            html.P(
                                "Shows whether customers were lost on the way. Empty: equal arms.",
                                className="lw-help",
                            ),
                        ],
                        id=ids.ROI_READOUT_LEFT_OUT_ROW,
                        className="lw-field",
                    ),
                ],
                className="roi-trial__fields",
            ),
            group(
                "The amounts in the file are",
                dbc.RadioItems(
                    id=ids.ROI_READOUT_SPEND_IS,
                    options=[
                        {"value": PAID, "label": "What customers paid, the offer taken off already"},
                        {"value": LIST_PRICE, "label": "List prices, before the offer was taken off"},
                    ],
                    value=PAID,
                ),
                component_id=ids.ROI_READOUT_SPEND_IS_ROW,
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
                "Profit is worked out with the margin, discount and costs that the campaign was saved with; amounts are taken as "
                "what customers paid.",
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


def costs(params: Mapping[str, Any], currency: str | None, campaign: str = "") -> str:
    """With what money is worked out, in a sentence: of a saved campaign, or of the controls beside."""

    def share(name: str) -> str:
        return words.percentage(words.marks(f"{100 * float(params[name]):.4g}"))

    def money(name: str) -> str:
        return words.money(float(params[name]), currency)

    source = f"“{campaign}” as it was saved" if campaign else "the assumptions of this page"
    return (
        f"Profit is worked out with {source}: {share('discount')} off, margin {share('margin')}, "
        f"{money('contact_cost')} a contact, {money('fixed_cost')} fixed, {share('redemption')} of those who would have bought "
        "anyway use the offer."
    )

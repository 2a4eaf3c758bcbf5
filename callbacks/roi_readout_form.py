"""The tab "Read the result": a file, what its columns are, and which campaign it is the test of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.roi_begin import read_params
from callbacks.roi_readout_campaigns import KIND, campaign_choices
from callbacks.uploads import dataset_name, uploads_of
from data.errors import InputError, LapwingError
from figures import words
from models.campaign.params import CampaignParams
from pages._ui import ids
from pages._ui import roi_readout as view
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services

Params = Mapping[str, Any]


def look(services: Services, upload: Params, options: Params | None = None) -> dict[str, Any]:
    """Ask for a look at an uploaded file; what the job store is to hold."""
    file = uploads_of(services).get(str(upload["token"]))
    params = {
        "path": str(file.path),
        "name": file.name,
        "title": dataset_name(file.name),
        "look": True,
        "options": dict(options or {}),
    }
    return {"id": services.jobs.submit(KIND, params)}


def start_file(
    services: Services, seen: Params | None, chosen: Params, asked: Params | None
) -> dict[str, Any]:
    """Ask for the reading of the file that was looked at, as the form says."""
    if not seen:
        raise InputError("Choose a file first.")
    roles = {role: "" if name in (None, view.NONE) else name for role, name in chosen["roles"].items()}
    for role in ("arm", "spend"):
        if not roles[role]:
            raise InputError(f"Choose the {view.COLUMNS[role][1].lower()} first.")
    if not chosen["control"]:
        raise InputError("Choose the arm that was left out first.")
    campaign = _campaign(chosen["campaign"])
    params, _, _ = _costs(services, asked or {}, campaign)
    file = uploads_of(services).get(str(seen["token"]))
    given = {
        "path": str(file.path),
        "name": file.name,
        "title": dataset_name(file.name),
        "options": dict(seen.get("options") or {}),
        "roles": roles,
        "control": chosen["control"],
        "costs": params.to_dict(),
        "spend_is": chosen["spend_is"] if _matters(params, roles["discount"]) else view.PAID,
        "analysis_id": (asked or {}).get("analysis"),
        "campaign_id": campaign,
        "held_out": None if campaign else _share(chosen["left_out"]),
    }
    return {"id": services.jobs.submit(KIND, given)}


def _campaign(chosen: str | None) -> str | None:
    return None if chosen in (None, "", view.NONE) else chosen


def _share(percent: Any) -> float | None:
    if percent in (None, ""):
        return None
    if not isinstance(percent, int | float) or not 0 < percent < 100:
        raise InputError("The share that was planned to be left out is between 0 and 100 percent.")
    return float(percent) / 100


def _costs(
    services: Services, asked: Params, campaign_id: str | None
) -> tuple[CampaignParams, str | None, str]:
    """The costs to go by, their currency, and the campaign they are of; InputError where one makes no sense."""
    if campaign_id:
        found = services.store.campaign(campaign_id)
        params = CampaignParams.from_params(found.manifest["params"], CampaignParams())
        return params, found.manifest.get("currency"), found.name
    return read_params(asked, CampaignParams()), Facts.of(services, str(asked["analysis"])).currency, ""


def _matters(params: CampaignParams, given_off: str) -> bool:
    """Whether it matters if amounts are what was paid or list prices: only where something was given off."""
    return params.discount > 0 or bool(given_off)


def terms(
    services: Services, asked: Params, campaign_id: str | None, given_off: str | None
) -> dict[str, Any]:
    """With what profit is worked out, and which questions need no answer."""
    campaign = _campaign(campaign_id)
    about = (
        "Its costs, its planned shares, what it predicted and who was drawn for which arm."
        if campaign
        else "With a saved campaign its costs, shares and predictions are used."
    )
    try:
        params, currency, name = _costs(services, asked, campaign)
    except LapwingError as error:
        return {"costs": str(error), "about": about, "equal": bool(campaign), "plain": True}
    return {
        "costs": view.costs(params.to_dict(), currency, name),
        "about": about,
        "equal": bool(campaign),
        "plain": not _matters(params, _campaign(given_off) or ""),
    }


def tests_of(services: Services, analysis_id: str, current: str | None) -> tuple[list[dict[str, str]], str]:
    """The saved campaigns that a file can be the test of, and the chosen one."""
    options = [{"value": view.NONE, "label": "No saved campaign"}, *campaign_choices(services, analysis_id)]
    known = {option["value"] for option in options}
    return options, current if current in known and current else view.NONE


def form(seen: Params | None) -> dict[str, Any]:
    """The form of the columns, filled with what was recognised."""
    columns, roles = (seen["columns"], seen["roles"]) if seen else ((), {})
    return {
        "hidden": not seen,
        "no_file": not seen,
        "file": seen["name"] if seen else "",
        "about": f"{words.plural(seen['rows'], 'row')}. Check what each column is." if seen else "",
        "options": [view.column_options(columns, optional=free) for _, _, free in view.COLUMNS.values()],
        "values": [
            roles.get(role) or (view.NONE if free else None) for role, (_, _, free) in view.COLUMNS.items()
        ],
    }


def arms(
    seen: Params | None, arm: str | None, control: str | None
) -> tuple[list[dict[str, str]], str | None, str]:
    """The arms of the chosen column, the one left out, and a sentence where they are none."""
    found = next((each for each in (seen or {}).get("columns", ()) if each["name"] == arm), None)
    if found is None:
        return [], None, "Choose the column of the arm first."
    options = [
        {"value": str(value), "label": f"{value} ({words.plural(count, 'row')})"}
        for value, count in found["values"]
    ]
    if len(options) < 2:
        return options, None, f"“{arm}” does not tell arms apart: choose another column."
    values = {option["value"] for option in options}
    known = (seen or {}).get("control") if arm == (seen or {})["roles"].get("arm") else None
    chosen = control if control in values else known if known in values else None
    return options, chosen, "Those who got nothing, to compare with."


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the form to `app`."""

    @app.callback(
        Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
        Output(ids.ROI_READOUT_MESSAGE, "children", allow_duplicate=True),
        Input(ids.ROI_READOUT_UPLOAD_DONE, "modified_timestamp"),
        State(ids.ROI_READOUT_UPLOAD_DONE, "data"),
        State(ids.ROI_READOUT_SEEN, "data"),
        State(ids.ROI_READOUT_JOB, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _(_stamp: Any, upload: Any, seen: Any, job: Any) -> tuple[Any, Any]:
        # A reload brings the same upload again.
        if not upload or job or (seen and seen["token"] == upload["token"]):
            raise PreventUpdate
        try:
            return look(services, upload), None
        except LapwingError as error:
            return no_update, problem(str(error))

    @app.callback(
        output={
            "hidden": Output(ids.ROI_READOUT_FORM, "hidden"),
            "no_file": Output(ids.ROI_READOUT_FILE_ROW, "hidden"),
            "file": Output(ids.ROI_READOUT_FILE, "children"),
            "about": Output(ids.ROI_READOUT_ABOUT, "children"),
            "options": [Output(place, "options") for place, _, _ in view.COLUMNS.values()],
            "values": [Output(place, "value") for place, _, _ in view.COLUMNS.values()],
        },
        inputs={"seen": Input(ids.ROI_READOUT_SEEN, "data")},
    )
    def _(seen: Any) -> dict[str, Any]:
        return form(seen)

    @app.callback(
        Output(ids.ROI_READOUT_CONTROL, "options"),
        Output(ids.ROI_READOUT_CONTROL, "value"),
        Output(f"{ids.ROI_READOUT_CONTROL}-help", "children"),
        Input(ids.ROI_READOUT_ARM, "value"),
        State(ids.ROI_READOUT_SEEN, "data"),
        State(ids.ROI_READOUT_CONTROL, "value"),
    )
    def _(arm: Any, seen: Any, control: Any) -> tuple[Any, ...]:
        return arms(seen, arm, control)

    @app.callback(
        output=[Output(f"{place}-help", "children") for place, _, _ in view.COLUMNS.values()],
        inputs={
            "chosen": [Input(place, "value") for place, _, _ in view.COLUMNS.values()],
            "seen": State(ids.ROI_READOUT_SEEN, "data"),
        },
    )
    def _(chosen: Any, seen: Any) -> list[str]:
        return [view.example((seen or {}).get("columns", ()), name) for name in chosen]

    @app.callback(
        Output(ids.ROI_READOUT_OF, "options"),
        Output(ids.ROI_READOUT_OF, "value"),
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_EDITED, "data"),
        Input(ids.ROI_OPEN, "data"),
        State(ids.ROI_READOUT_OF, "value"),
    )
    def _(ready: Any, _edited: Any, opened: Any, current: Any) -> tuple[Any, Any]:
        if opened != "readout" or not ready:
            raise PreventUpdate
        return tests_of(services, ready["analysis"], current)

    @app.callback(
        output={
            "costs": Output(ids.ROI_READOUT_COSTS, "children"),
            "about": Output(f"{ids.ROI_READOUT_OF}-help", "children"),
            "equal": Output(ids.ROI_READOUT_LEFT_OUT_ROW, "hidden"),
            "plain": Output(ids.ROI_READOUT_SPEND_IS_ROW, "hidden"),
        },
        inputs={
            "asked": Input(ids.ROI_ASKED, "data"),
            "opened": Input(ids.ROI_OPEN, "data"),
            "campaign_id": Input(ids.ROI_READOUT_OF, "value"),
            "given_off": Input(ids.ROI_READOUT_GIVEN_OFF, "value"),
        },
    )
    def _(asked: Any, opened: Any, campaign_id: Any, given_off: Any) -> dict[str, Any]:
        if opened != "readout" or not asked:
            raise PreventUpdate
        return terms(services, asked, campaign_id, given_off)

    @app.callback(
        Output(ids.ROI_READOUT_SEEN, "data", allow_duplicate=True),
        Output(ids.ROI_READOUT_UPLOAD_DONE, "data", allow_duplicate=True),
        Input(ids.ROI_READOUT_REMOVE, "n_clicks"),
        State(ids.ROI_READOUT_SEEN, "data"),
        prevent_initial_call=True,
    )
    def _(clicks: Any, seen: Any) -> tuple[None, None]:
        if not clicks:
            raise PreventUpdate
        if seen:
            uploads_of(services).discard(str(seen["token"]))
        return None, None

    @app.callback(
        output={
            "job": Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
            "message": Output(ids.ROI_READOUT_MESSAGE, "children", allow_duplicate=True),
        },
        inputs={"clicks": Input(ids.ROI_READOUT_START, "n_clicks")},
        state={
            "seen": State(ids.ROI_READOUT_SEEN, "data"),
            "asked": State(ids.ROI_ASKED, "data"),
            "chosen": {
                "roles": {role: State(place, "value") for role, (place, _, _) in view.COLUMNS.items()},
                "control": State(ids.ROI_READOUT_CONTROL, "value"),
                "campaign": State(ids.ROI_READOUT_OF, "value"),
                "left_out": State(ids.ROI_READOUT_LEFT_OUT, "value"),
                "spend_is": State(ids.ROI_READOUT_SPEND_IS, "value"),
            },
        },
        running=[(Output(ids.ROI_READOUT_START, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _(clicks: Any, seen: Any, asked: Any, chosen: Any) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        try:
            return {"job": start_file(services, seen, chosen, asked), "message": None}
        except LapwingError as error:
            return {"job": no_update, "message": problem(str(error))}

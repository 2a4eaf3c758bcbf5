"""The tab "Read the result": a file or a saved campaign becomes a job, the job a result that stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks.answers import clicked
from callbacks.facts import Facts
from callbacks.roi_begin import read_params
from callbacks.roi_readout_files import readout_file
from callbacks.uploads import dataset_name, uploads_of
from data.errors import InputError, LapwingError, NotFoundError
from data.names import TRANSACTIONS
from figures import words
from figures.roi_readout import forest
from models.campaign.params import CampaignParams
from pages._ui import ids
from pages._ui import roi_readout as view
from pages._ui.controls import problem
from pages._ui.roi_proof import RESULT as PLAN
from pages._ui.roi_result import between, result

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Campaign, Dataset, Readout
    from jobs.queue import Job

KIND: Final = "readout"
RECENT: Final = 12
Params = Mapping[str, Any]


def costs_of(asked: Params | None) -> CampaignParams:
    """The costs that the page's controls say; InputError where one makes no sense."""
    return read_params(asked or {}, CampaignParams())


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
    services: Services, seen: Params | None, chosen: Params, control: str | None, asked: Params | None
) -> dict[str, Any]:
    """Ask for the reading of the file that was looked at."""
    if not seen:
        raise InputError("Choose a file first.")
    for role in ("arm", "spend"):
        if not chosen.get(role) or chosen[role] == view.NONE:
            raise InputError(f"Choose the {view.COLUMNS[role][1].lower()} first.")
    if not control:
        raise InputError("Choose the arm that was left out first.")
    file = uploads_of(services).get(str(seen["token"]))
    params = {
        "path": str(file.path),
        "name": file.name,
        "title": dataset_name(file.name),
        "options": dict(seen.get("options") or {}),
        "roles": {role: "" if name in (None, view.NONE) else name for role, name in chosen.items()},
        "control": control,
        "costs": costs_of(asked).to_dict(),
        "analysis_id": (asked or {}).get("analysis"),
    }
    return {"id": services.jobs.submit(KIND, params)}


def start_campaign(
    services: Services, campaign_id: str | None, dataset_id: str | None, start: str | None
) -> dict[str, Any]:
    """Ask for the reading of a saved campaign from newer transactions, with its own costs."""
    if not campaign_id or not dataset_id or view.NONE in (campaign_id, dataset_id):
        raise InputError("Choose a campaign and newer transactions first.")
    campaign = services.store.campaign(campaign_id)
    params = {
        "campaign_id": campaign.id,
        "dataset_id": services.store.dataset(dataset_id).id,
        "title": campaign.name,
        "start": start,
        "costs": dict(campaign.manifest["params"]),
    }
    return {"id": services.jobs.submit(KIND, params)}


def go_on(services: Services, job_id: str, answers: Params) -> dict[str, Any]:
    """Ask again for a job that left something open, with the answers."""
    job = services.jobs.get(job_id)
    params = dict(job.params)
    options = dict(params.get("options") or {})
    for key, value in answers.items():
        if key == "control":
            params["control"] = value
        elif key in view.COLUMNS:
            params["roles"] = {**(params.get("roles") or {}), key: value}
        elif key == "header":
            options[key] = str(value).casefold() in ("yes", "true", "1")
        else:
            options[key] = value
    uploads_of(services).get(Path(str(params["path"])).parent.name)
    return {"id": services.jobs.submit(KIND, params | {"options": options})}


def follow(services: Services, job_id: str | None) -> dict[str, Any]:
    """What to show of the job, what the look found, and the result it made."""
    same = dict.fromkeys(("panel", "job", "seen", "shown", "done", "edited", "announce"), no_update)
    if not job_id:
        return same | {"panel": None}
    try:
        job = services.jobs.get(job_id)
    except NotFoundError:
        return same | {"panel": None, "job": None}
    if job.state == "done":
        found = job.result or {}
        if "look" in found:
            token = Path(str(job.params["path"])).parent.name
            seen = {**found["look"], "token": token, "options": job.params.get("options") or {}}
            return same | {
                "panel": None,
                "job": None,
                "seen": seen,
                "announce": "The file has been looked at.",
            }
        return same | {
            "panel": None,
            "job": None,
            "seen": None,
            "done": None,
            "shown": found.get("readout_id", no_update),
            "edited": True,
            "announce": "The result has been read.",
        }
    told = "" if job.active else f"{job.label}: {job.state}."
    return same | {"panel": view.panel(work_of(job)), "announce": told}


def work_of(job: Job) -> view.Work:
    """A job in plain values."""
    return view.Work(
        f"Looking at {job.params['name']}" if job.params.get("look") else job.label,
        job.state,
        job.progress,
        "Cancelling" if job.cancel_requested else job.text,
        job.error or "",
        tuple(job.questions),
    )


def form(seen: Params | None) -> dict[str, Any]:
    """The form of the columns, filled with what was recognised."""
    if not seen:
        return {
            "hidden": True,
            "no_file": True,
            "file": "",
            "about": "",
            "options": [[]] * 5,
            "values": [None] * 5,
        }
    columns = seen["columns"]
    roles = seen["roles"]
    return {
        "hidden": False,
        "no_file": False,
        "file": seen["name"],
        "about": f"{words.plural(seen['rows'], 'row')}. Check what each column is.",
        "options": [
            view.column_options(columns, optional=optional) for _, _, optional in view.COLUMNS.values()
        ],
        "values": [
            roles.get(role) or (view.NONE if optional else None)
            for role, (_, _, optional) in view.COLUMNS.items()
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


# Saved campaigns


def campaign_options(
    services: Services, analysis_id: str | None, current: str | None
) -> tuple[list[dict[str, str]], Any]:
    """The campaigns of the data set on screen, newest first."""
    if not analysis_id:
        return [], None
    dataset = services.store.dataset(services.store.analysis(analysis_id).dataset_id)
    found = services.store.campaigns(dataset.series)
    options = [
        {"value": each.id, "label": f"{each.name} · as of {words.day(each.manifest['as_of'])}"}
        for each in found
    ]
    values = [option["value"] for option in options]
    return options, current if current in values else next(iter(values), None)


def newer(services: Services, campaign: Campaign) -> list[Dataset]:
    """Versions of a campaign's data set that hold days after it, newest first."""
    start = dt.date.fromisoformat(str(campaign.manifest["as_of"])[:10])
    return [
        each
        for each in services.store.versions(campaign.series)
        if each.kind == TRANSACTIONS and each.last_date > start
    ]


def dataset_options(
    services: Services, campaign_id: str | None, dataset_id: str | None
) -> tuple[list[dict[str, str]], Any, str, bool]:
    """The data sets a campaign can be read from, the chosen one, how far they go, and whether there is none."""
    if not campaign_id:
        return (
            [{"value": view.NONE, "label": "None yet"}],
            view.NONE,
            "No campaign of this data set has been saved yet: plan the proof and save one first.",
            True,
        )
    campaign = services.store.campaign(campaign_id)
    found = newer(services, campaign)
    as_of = words.day(campaign.manifest["as_of"])
    if not found:
        told = (
            f"No data set of this series has a day after {as_of}: upload newer transactions on the Data page, add them to "
            "this data set, and come back."
        )
        return [{"value": view.NONE, "label": "None yet"}], view.NONE, told, True
    options = [{"value": each.id, "label": f"{each.name} · to {words.day(each.last_date)}"} for each in found]
    chosen = next((each for each in found if each.id == dataset_id), found[0])
    wanted = int(campaign.manifest["horizon_days"])
    start = dt.date.fromisoformat(str(campaign.manifest["as_of"])[:10])
    days = min((chosen.last_date - start).days, wanted)
    told = f"{words.count(days)} of the {words.plural(wanted, 'day')} after {as_of} are there."
    if days < wanted:
        told += " Reading it early shows how it stands, not how it ends."
    return options, chosen.id, told, False


# Results


def read_of(found: Readout) -> view.Read:
    """A readout in plain values, for the list."""
    facts = found.result
    made = dt.datetime.fromisoformat(found.created_at).astimezone()
    told = "; ".join(
        f"{each['arm']}: {between(each['spend'], facts['currency'])} more spend per customer"
        for each in facts["read"]["comparisons"]
    )
    return view.Read(found.id, found.name, f"Read {made:%-d %b %Y, %H:%M}", told)


def listed(services: Services, shown: str | None) -> Any:
    """The last readouts of the workspace."""
    return view.readouts([read_of(each) for each in services.store.readouts()[:RECENT]], shown)


def shown_result(services: Services, readout_id: str | None, theme: str, *, narrow: bool = False) -> Any:
    """The result of that id; None without one."""
    if not readout_id:
        return None
    try:
        found = services.store.readout(readout_id)
        facts = found.result
    except LapwingError as error:
        return problem(str(error))
    figure = forest(facts["read"], facts["currency"], theme, narrow=narrow)
    return result(found.id, found.name, facts, figure)


def ask_delete(services: Services, readout_id: str) -> dict[str, Any]:
    """The question before a result is deleted."""
    found = services.store.readout(readout_id)
    return {
        "open": True,
        "title": "Delete this result?",
        "text": f"What was read of “{found.name}” will be removed from the workspace. The campaign and the data stay.",
        "about": {"kind": "readout", "id": found.id},
    }


# Callbacks


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the tab, and the addresses of its downloads, to `app`."""
    for extension in ("csv", "json"):
        app.server.add_url_rule(
            f"/readouts/<readout_id>/readout.{extension}",
            f"readout_{extension}",
            lambda readout_id, extension=extension: readout_file(services, readout_id, extension),
        )
    _register_form(app, services)
    _register_campaigns(app, services)
    _register_work(app, services)
    _register_results(app, services)


def _register_form(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_READOUT_FROM_FILE, "hidden"),
        Output(ids.ROI_READOUT_FROM_CAMPAIGN, "hidden"),
        Input(ids.ROI_READOUT_SOURCE, "value"),
    )
    def _(source: Any) -> tuple[bool, bool]:
        return source == view.CAMPAIGN, source != view.CAMPAIGN

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
        Output(ids.ROI_READOUT_COSTS, "children"),
        Input(ids.ROI_ASKED, "data"),
        Input(ids.ROI_OPEN, "data"),
    )
    def _(asked: Any, opened: Any) -> str:
        if opened != "readout" or not asked:
            raise PreventUpdate
        try:
            return view.costs(costs_of(asked).to_dict(), Facts.of(services, asked["analysis"]).currency)
        except LapwingError as error:
            return str(error)

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


def _register_campaigns(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_READOUT_CAMPAIGN, "options"),
        Output(ids.ROI_READOUT_CAMPAIGN, "value"),
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_EDITED, "data"),
        Input(ids.ROI_OPEN, "data"),
        State(ids.ROI_READOUT_CAMPAIGN, "value"),
    )
    def _(ready: Any, _edited: Any, opened: Any, current: Any) -> tuple[Any, Any]:
        if opened != "readout" or not ready:
            raise PreventUpdate
        return campaign_options(services, ready["analysis"], current)

    @app.callback(
        Output(ids.ROI_READOUT_DATASET, "options"),
        Output(ids.ROI_READOUT_DATASET, "value"),
        Output(ids.ROI_READOUT_DAYS, "children"),
        Output(ids.ROI_READOUT_START_CAMPAIGN, "disabled"),
        Input(ids.ROI_READOUT_CAMPAIGN, "value"),
        Input(ids.ROI_READOUT_DATASET, "value"),
        Input(ids.SHELL_PUBLISHED, "data"),
    )
    def _(campaign_id: Any, dataset_id: Any, _published: Any) -> tuple[Any, ...]:
        try:
            options, value, told, none = dataset_options(services, campaign_id, dataset_id)
        except LapwingError as error:
            return [], None, str(error), True
        return options, no_update if value == dataset_id else value, told, none


def _register_work(app: Dash, services: Services) -> None:
    started = {
        "job": Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
        "message": Output(ids.ROI_READOUT_MESSAGE, "children", allow_duplicate=True),
    }

    @app.callback(
        output=started,
        inputs={
            "_file": Input(ids.ROI_READOUT_START, "n_clicks"),
            "_campaign": Input(ids.ROI_READOUT_START_CAMPAIGN, "n_clicks"),
        },
        state={
            "seen": State(ids.ROI_READOUT_SEEN, "data"),
            "chosen": {role: State(place, "value") for role, (place, _, _) in view.COLUMNS.items()},
            "control": State(ids.ROI_READOUT_CONTROL, "value"),
            "asked": State(ids.ROI_ASKED, "data"),
            "campaign_id": State(ids.ROI_READOUT_CAMPAIGN, "value"),
            "dataset_id": State(ids.ROI_READOUT_DATASET, "value"),
            "contacted_on": State(ids.ROI_READOUT_CONTACTED_ON, "value"),
        },
        running=[
            (Output(ids.ROI_READOUT_START, "disabled"), True, False),
        ],
        prevent_initial_call=True,
    )
    def _(
        _file: Any,
        _campaign: Any,
        seen: Any,
        chosen: Any,
        control: Any,
        asked: Any,
        campaign_id: Any,
        dataset_id: Any,
        contacted_on: Any,
    ) -> dict[str, Any]:
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        try:
            job = (
                start_file(services, seen, chosen, control, asked)
                if ctx.triggered_id == ids.ROI_READOUT_START
                else start_campaign(services, campaign_id, dataset_id, contacted_on or None)
            )
        except LapwingError as error:
            return {"job": no_update, "message": problem(str(error))}
        return {"job": job, "message": None}

    @app.callback(
        output=started,
        inputs={"_go": Input({"type": view.GO_ON, "id": ALL}, "n_clicks")},
        state={
            "job": State(ids.ROI_READOUT_JOB, "data"),
            "values": State({"type": view.ANSWER, "id": ALL}, "value"),
            "keys": State({"type": view.ANSWER, "id": ALL}, "id"),
        },
        prevent_initial_call=True,
    )
    def _(_go: Any, job: Any, values: Any, keys: Any) -> dict[str, Any]:
        clicked()
        answers = {key["id"]: value for key, value in zip(keys, values, strict=True)}
        try:
            return {"job": go_on(services, str(job["id"]), answers), "message": None}
        except LapwingError as error:
            return {"job": None, "message": problem(str(error))}

    @app.callback(
        output={
            "panel": Output(ids.ROI_READOUT_PANEL, "children"),
            "job": Output(ids.ROI_READOUT_JOB, "data"),
            "seen": Output(ids.ROI_READOUT_SEEN, "data"),
            "shown": Output(ids.ROI_READOUT_SHOWN, "data"),
            "done": Output(ids.ROI_READOUT_UPLOAD_DONE, "data"),
            "edited": Output(ids.ROI_EDITED, "data", allow_duplicate=True),
            "announce": Output(ids.ROI_READOUT_ANNOUNCE, "children"),
        },
        inputs={"job": Input(ids.ROI_READOUT_JOB, "data"), "_jobs": Input(ids.SHELL_JOBS_STATE, "data")},
        state={"edited": State(ids.ROI_EDITED, "data")},
        prevent_initial_call="initial_duplicate",
    )
    def _(job: Any, _jobs: Any, edited: Any) -> dict[str, Any]:
        found = follow(services, (job or {}).get("id"))
        if found["edited"] is True:
            found["edited"] = (edited or 0) + 1
        return found

    @app.callback(
        Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
        Output(ids.ROI_READOUT_UPLOAD_DONE, "data", allow_duplicate=True),
        Input({"type": view.DISMISS, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_close: Any) -> tuple[None, None]:
        clicked()
        return None, None


def _register_results(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_READOUT_RESULT, "children"),
        Input(ids.ROI_READOUT_SHOWN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.ROI_ASKED, "data"),
    )
    def _(shown: Any, theme: Any, asked: Any) -> Any:
        # A question matters only for what it says of the screen: on a phone the chart is another.
        changed = {each["prop_id"] for each in ctx.triggered}
        if changed == {f"{ids.ROI_ASKED}.data"} and not (shown and asked and asked.get("narrow")):
            raise PreventUpdate
        return shown_result(services, shown, theme or "light", narrow=bool((asked or {}).get("narrow")))

    @app.callback(
        Output(ids.ROI_READOUT_LIST, "children"),
        Input(ids.ROI_OPEN, "data"),
        Input(ids.ROI_EDITED, "data"),
        Input(ids.ROI_READOUT_SHOWN, "data"),
    )
    def _(opened: Any, _edited: Any, shown: Any) -> Any:
        if opened != "readout":
            raise PreventUpdate
        return listed(services, shown)

    @app.callback(
        Output(ids.ROI_READOUT_SHOWN, "data", allow_duplicate=True),
        Input({"type": view.OPEN, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_open: Any) -> str:
        return clicked()[1]

    # A campaign is chosen from the list of those that were saved.
    @app.callback(
        Output(ids.ROI_READOUT_SOURCE, "value"),
        Output(ids.ROI_READOUT_CAMPAIGN, "value", allow_duplicate=True),
        Input({"type": PLAN, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_read: Any) -> tuple[str, str]:
        return view.CAMPAIGN, clicked()[1]

    # A result stands in the address, so that it is there after a reload.
    app.clientside_callback(
        ClientsideFunction("roiReadout", "shown"),
        Input(ids.ROI_READOUT_SHOWN, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.ROI_READOUT_SHOWN, "data", allow_duplicate=True),
        Input(ids.ROI_START, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _(start: Any) -> Any:
        wished = (start or {}).get("readout")
        return str(wished) if wished else no_update

"""The tab "Read the result": a saved campaign, read from the transactions since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.answers import clicked
from data.errors import InputError, LapwingError
from data.names import TRANSACTIONS
from figures import words
from jobs.readout_campaigns import days_there
from pages._ui import ids
from pages._ui import roi_readout as view
from pages._ui.controls import problem
from pages._ui.roi_proof import RESULT as PLAN

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Campaign, Dataset

KIND: Final = "readout"


def campaign_choices(services: Services, analysis_id: str) -> list[dict[str, str]]:
    """The campaigns of the data set on screen, newest first."""
    dataset = services.store.dataset(services.store.analysis(analysis_id).dataset_id)
    return [
        {"value": each.id, "label": f"{each.name} · as of {words.day(each.manifest['as_of'])}"}
        for each in services.store.campaigns(dataset.series)
    ]


def newer(services: Services, campaign: Campaign) -> list[Dataset]:
    """Versions of a campaign's data set that hold days after it, newest first."""
    return [
        each
        for each in services.store.versions(campaign.series)
        if each.kind == TRANSACTIONS and days_there(campaign.manifest, each.last_date) > 0
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
    days = days_there(campaign.manifest, chosen.last_date)
    told = f"{words.count(days)} of the {words.plural(wanted, 'day')} after {as_of} are there."
    if days < wanted:
        told += " Reading it early shows how it stands, not how it ends."
    return options, chosen.id, told, False


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


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of saved campaigns to `app`."""

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
        options = campaign_choices(services, ready["analysis"])
        known = [option["value"] for option in options]
        return options, current if current in known else next(iter(known), None)

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

    @app.callback(
        Output(ids.ROI_READOUT_JOB, "data", allow_duplicate=True),
        Output(ids.ROI_READOUT_MESSAGE, "children", allow_duplicate=True),
        Input(ids.ROI_READOUT_START_CAMPAIGN, "n_clicks"),
        State(ids.ROI_READOUT_CAMPAIGN, "value"),
        State(ids.ROI_READOUT_DATASET, "value"),
        State(ids.ROI_READOUT_CONTACTED_ON, "value"),
        running=[(Output(ids.ROI_READOUT_START_CAMPAIGN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _(clicks: Any, campaign_id: Any, dataset_id: Any, start: Any) -> tuple[Any, Any]:
        if not clicks:
            raise PreventUpdate
        try:
            return start_campaign(services, campaign_id, dataset_id, start or None), None
        except LapwingError as error:
            return no_update, problem(str(error))

    # A campaign is chosen from the list of those that were saved.
    @app.callback(
        Output(ids.ROI_READOUT_SOURCE, "value"),
        Output(ids.ROI_READOUT_CAMPAIGN, "value", allow_duplicate=True),
        Input({"type": PLAN, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(_read: Any) -> tuple[str, str]:
        return view.CAMPAIGN, clicked()[1]

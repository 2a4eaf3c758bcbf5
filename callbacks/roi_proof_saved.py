"""The tab "Plan the proof": campaigns are saved with who is left out, listed and deleted, as results are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.answers import clicked
from callbacks.roi_begin import read_params
from callbacks.segment_actions_common import TOASTS, deleted, failed, told
from data.campaign.plans import save_campaign
from data.errors import InputError, LapwingError
from figures import words
from models.campaign.params import CampaignParams
from pages._ui import ids, roi_readout_work
from pages._ui import roi_proof as view
from pages._ui.controls import problem
from pages._ui.dialogs import NAME_LENGTH
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Campaign

Params = Mapping[str, Any]


def suggested(services: Services, asked: Params) -> tuple[str, str]:
    """Whom the campaign is about, and a name for it."""
    book = services.campaign(str(asked["analysis"]))
    params = read_params(asked, book.start)
    chosen = book.audience(str(asked["audience"]))
    count = min(params.contacted, chosen.size)
    who = view.who(count, params.holdout, chosen.label)
    off = (
        f"{words.percentage(words.marks(format(100 * params.discount, '.4g')))} off"
        if params.discount
        else "No discount"
    )
    name = f"{off}, {chosen.label}, {_today():%-d %b %Y}"
    return who, name[:NAME_LENGTH]


def _today() -> dt.date:
    # The day where the server stands, as people there call it.
    return dt.datetime.now().astimezone().date()


def save(services: Services, asked: Params, name: str | None) -> str:
    """Save the campaign of the question; its id. InputError for a bad name and as the book does."""
    book = services.campaign(str(asked["analysis"]))
    params = read_params(asked, book.start)
    text = str(asked["audience"])
    params = _fitting(params, book.audience(text).size)
    return save_campaign(services.store, book, text, params, name or "", _today())


def _fitting(params: CampaignParams, size: int) -> CampaignParams:
    if min(params.contacted, size) < 2:
        raise InputError("A test needs at least two customers, one of them to leave out: contact more.")
    return replace(params, contacted=min(params.contacted, size))


def saved(services: Services, analysis_id: str) -> Any:
    """The campaigns of the data set on screen."""
    dataset = services.store.dataset(services.store.analysis(analysis_id).dataset_id)
    return view.plans([plan_of(each) for each in services.store.campaigns(dataset.series)])


def plan_of(campaign: Campaign) -> view.Plan:
    """A saved campaign in plain values."""
    facts = campaign.manifest
    made = dt.datetime.fromisoformat(campaign.created_at).astimezone()
    return view.Plan(
        campaign.id,
        campaign.name,
        f"{made:%-d %b %Y, %H:%M}",
        int(facts["treated"]),
        int(facts["held_out"]),
        str(facts["rule"]),
        f"As of {words.day(facts['as_of'])}, counting {words.plural(int(facts['horizon_days']), 'day')}.",
        str(facts["sha256"]),
    )


def ask_delete(services: Services, kind: str, which: str) -> dict[str, Any]:
    """The question before a campaign or a result is deleted."""
    if kind == "readout":
        name = services.store.readout(which).name
        text = (
            f"What was read of “{name}” will be removed from the workspace. The campaign and the data stay."
        )
        return {
            "open": True,
            "title": "Delete this result?",
            "text": text,
            "about": {"kind": kind, "id": which},
        }
    name = services.store.campaign(which).name
    text = (
        f"“{name}” and its list of who was left out will be removed from the workspace. Without it, its result can only be "
        "read from a file that has the arms."
    )
    return {
        "open": True,
        "title": "Delete this campaign?",
        "text": text,
        "about": {"kind": kind, "id": which},
    }


def delete(services: Services, about: Params) -> None:
    """Delete what was asked about."""
    if about["kind"] == "campaign":
        services.store.delete_campaign(str(about["id"]))
    else:
        services.store.delete_readout(str(about["id"]))


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of saved campaigns to `app`."""
    _register_save(app, services)
    _register_delete(app, services)

    @app.callback(
        Output(ids.ROI_PLANS, "children"),
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_OPEN, "data"),
        Input(ids.ROI_EDITED, "data"),
    )
    def _(ready: Any, opened: Any, _edited: Any) -> Any:
        if opened != "proof" or not ready:
            raise PreventUpdate
        try:
            return saved(services, str(ready["analysis"]))
        except LapwingError as error:
            return problem(str(error))


def _register_save(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_PLAN_PANEL, "is_open", allow_duplicate=True),
        Output(ids.ROI_PLAN_WHO, "children"),
        Output(ids.ROI_PLAN_NAME, "value"),
        Output(ids.ROI_PLAN_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.ROI_PLAN, "n_clicks"),
        State(ids.ROI_ASKED, "data"),
        prevent_initial_call=True,
    )
    def _(clicks: Any, asked: Any) -> tuple[Any, ...]:
        if not clicks or not asked:
            raise PreventUpdate
        try:
            who, name = suggested(services, asked)
        except LapwingError as error:
            return no_update, no_update, no_update, no_update, failed(str(error))
        return True, who, name, None, no_update

    @app.callback(
        output={
            "open": Output(ids.ROI_PLAN_PANEL, "is_open"),
            "message": Output(ids.ROI_PLAN_MESSAGE, "children"),
            "edited": Output(ids.ROI_EDITED, "data", allow_duplicate=True),
            "toasts": TOASTS,
        },
        inputs={
            "_save": Input(ids.ROI_PLAN_SAVE, "n_clicks"),
            "_enter": Input(ids.ROI_PLAN_NAME, "n_submit"),
        },
        state={
            "name": State(ids.ROI_PLAN_NAME, "value"),
            "asked": State(ids.ROI_ASKED, "data"),
            "edited": State(ids.ROI_EDITED, "data"),
        },
        # A large campaign takes seconds: it is seen to work, and cannot be asked for twice.
        running=[
            (Output(ids.ROI_PLAN_SAVE, "disabled"), True, False),
            (Output(ids.ROI_PLAN_SAVE, "children"), view.saving(), view.SAVE),
            (Output(ids.ROI_PLAN_NAME, "disabled"), True, False),
            (Output(ids.ROI_PLAN_CANCEL, "disabled"), True, False),
        ],
        prevent_initial_call=True,
    )
    def _(_save: Any, _enter: Any, name: Any, asked: Any, edited: Any) -> dict[str, Any]:
        same = dict.fromkeys(("open", "message", "edited", "toasts"), no_update)
        if not ctx.triggered_id or not ctx.triggered[0]["value"] or not asked:
            raise PreventUpdate
        try:
            campaign = services.store.campaign(save(services, asked, name))
        except LapwingError as error:
            return same | {"message": problem(str(error))}
        text = (
            f"“{campaign.name}”: {words.plural(int(campaign.manifest['treated']), 'customer')} to contact, "
            f"{words.count(int(campaign.manifest['held_out']))} held out. Its files are below."
        )
        messages = told(toast(f"roi-plan-{campaign.id}", "Campaign saved", text))
        return {"open": False, "message": None, "edited": (edited or 0) + 1, "toasts": messages}

    @app.callback(
        Output(ids.ROI_PLAN_PANEL, "is_open", allow_duplicate=True),
        Input(ids.ROI_PLAN_CANCEL, "n_clicks"),
        prevent_initial_call=True,
    )
    def _(clicks: Any) -> bool:
        if not clicks:
            raise PreventUpdate
        return False


def _register_delete(app: Dash, services: Services) -> None:
    ask = {
        "open": Output(ids.ROI_TRIAL_ASK, "is_open", allow_duplicate=True),
        "title": Output(ids.ROI_TRIAL_ASK_TITLE, "children"),
        "text": Output(ids.ROI_TRIAL_ASK_TEXT, "children"),
        "about": Output(ids.ROI_TRIAL_ASK_ABOUT, "data"),
        "toasts": TOASTS,
    }

    @app.callback(
        output=ask,
        inputs={
            "_campaign": Input({"type": view.DELETE, "id": ALL}, "n_clicks"),
            "_readout": Input({"type": roi_readout_work.DELETE, "id": ALL}, "n_clicks"),
        },
        prevent_initial_call=True,
    )
    def _(_campaign: Any, _readout: Any) -> dict[str, Any]:
        kind, which = clicked()
        try:
            what = "campaign" if kind == view.DELETE else "readout"
            return ask_delete(services, what, which) | {"toasts": no_update}
        except LapwingError as error:
            return dict.fromkeys(ask, no_update) | {"toasts": failed(str(error))}

    @app.callback(
        output={
            "open": Output(ids.ROI_TRIAL_ASK, "is_open"),
            "edited": Output(ids.ROI_EDITED, "data", allow_duplicate=True),
            "shown": Output(ids.ROI_READOUT_SHOWN, "data", allow_duplicate=True),
            "toasts": TOASTS,
        },
        inputs={
            "_yes": Input(ids.ROI_TRIAL_ASK_YES, "n_clicks"),
            "_no": Input(ids.ROI_TRIAL_ASK_NO, "n_clicks"),
        },
        state={
            "about": State(ids.ROI_TRIAL_ASK_ABOUT, "data"),
            "edited": State(ids.ROI_EDITED, "data"),
            "shown": State(ids.ROI_READOUT_SHOWN, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_yes: Any, _no: Any, about: Any, edited: Any, shown: Any) -> dict[str, Any]:
        same = dict.fromkeys(("open", "edited", "shown", "toasts"), no_update)
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        if ctx.triggered_id != ids.ROI_TRIAL_ASK_YES or not about:
            return same | {"open": False}
        try:
            delete(services, about)
        except LapwingError as error:
            return same | {"open": False, "edited": (edited or 0) + 1, "toasts": failed(str(error))}
        gone = about["kind"] == "readout" and shown == about["id"]
        shown_next = None if gone else no_update
        return same | {
            "open": False,
            "edited": (edited or 0) + 1,
            "shown": shown_next,
            "toasts": deleted(about),
        }

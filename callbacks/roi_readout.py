"""The tab "Read the result": where a result comes from, the one on screen, and those read before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from dash import ALL, Dash, Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks import roi_readout_campaigns, roi_readout_form, roi_readout_work
from callbacks.answers import clicked
from callbacks.roi_readout_files import readout_file
from data.errors import LapwingError, NotFoundError
from figures.roi_readout import forest, profit
from pages._ui import ids
from pages._ui import roi_readout_work as view
from pages._ui.controls import problem
from pages._ui.roi_readout import CAMPAIGN
from pages._ui.roi_result import result
from pages._ui.roi_result_words import between

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Readout

RECENT: Final = 12


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
    except NotFoundError:
        return problem("This result is not in the workspace: it was deleted, or read on another machine.")
    except LapwingError as error:
        return problem(str(error))
    read, currency = facts["read"], facts["currency"]
    charts = {
        "spend": forest(read, currency, theme, narrow=narrow),
        "profit": profit(read, currency, theme, narrow=narrow),
        "conversion": forest(read, currency, theme, outcome="conversion", narrow=narrow),
    }
    return result(found.id, found.name, facts, charts)


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the tab, and the addresses of its downloads, to `app`."""
    for extension in ("csv", "json"):
        app.server.add_url_rule(
            f"/readouts/<readout_id>/readout.{extension}",
            f"readout_{extension}",
            lambda readout_id, extension=extension: readout_file(services, readout_id, extension),
        )
    roi_readout_form.register(app, services)
    roi_readout_campaigns.register(app, services)
    roi_readout_work.register(app, services)

    @app.callback(
        Output(ids.ROI_READOUT_FROM_FILE, "hidden"),
        Output(ids.ROI_READOUT_FROM_CAMPAIGN, "hidden"),
        Input(ids.ROI_READOUT_SOURCE, "value"),
    )
    def _(source: Any) -> tuple[bool, bool]:
        return source == CAMPAIGN, source != CAMPAIGN

    @app.callback(
        Output(ids.ROI_READOUT_RESULT, "children"),
        Output(ids.ROI_READOUT_RESULT, "data-drawn"),
        Input(ids.ROI_READOUT_SHOWN, "data"),
        Input(ids.SHELL_THEME_VALUE, "data"),
        Input(ids.ROI_ASKED, "data"),
        State(ids.ROI_READOUT_RESULT, "data-drawn"),
    )
    def _(shown: Any, theme: Any, asked: Any, drawn: Any) -> Any:
        # A question matters only for what it says of the screen: on a phone the chart is another. What is there is
        # told by the page: a question may overtake the result that was on its way.
        narrow = bool((asked or {}).get("narrow"))
        wished = f"{shown} {theme or 'light'} {narrow}" if shown else ""
        if wished == (drawn or ""):
            raise PreventUpdate
        return shown_result(services, shown, theme or "light", narrow=narrow), wished

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

"""The links of the ROI page: files of what is on screen, and addresses to copy."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.segment_actions_common import TOASTS, pressed, told
from pages._ui import ids
from pages._ui import roi_scenarios as view
from pages._ui.shell import toast


def register(app: Dash) -> None:
    """Add the callbacks of these links to `app`."""
    files = (ids.ROI_LIST_CSV, ids.ROI_LIST_XLSX, ids.ROI_CALCULATION, ids.ROI_SUMMARY)
    app.clientside_callback(
        ClientsideFunction("roiScenarios", "links"),
        *(Output(name, "href") for name in files),
        Input(ids.ROI_ASKED, "data"),
    )
    shown = (
        Output(ids.ROI_SHARE_ADDRESS, "value", allow_duplicate=True),
        Output(ids.ROI_SHARE_PANEL, "is_open", allow_duplicate=True),
        Output(ids.ROI_SHARE_DONE, "data", allow_duplicate=True),
    )
    app.clientside_callback(
        ClientsideFunction("roiScenarios", "share"),
        *shown,
        Input(ids.ROI_SHARE, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("roiScenarios", "copy"),
        *shown,
        Input({"type": view.COPY, "id": ALL}, "n_clicks"),
        State({"type": view.OPEN, "id": ALL}, "href"),
        State({"type": view.OPEN, "id": ALL}, "id"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.ROI_SHARE_PANEL, "is_open"),
        Input(ids.ROI_SHARE_CLOSE, "n_clicks"),
        prevent_initial_call=True,
    )
    def _close(_clicks: Any) -> bool:
        pressed()
        return False

    @app.callback(TOASTS, Input(ids.ROI_SHARE_DONE, "data"), prevent_initial_call=True)
    def _copied(done: Any) -> Any:
        if not done:
            raise PreventUpdate
        text = "The address of this question is on the clipboard."
        return told(toast(f"roi-link-{done['stamp']}", "Link copied", text))

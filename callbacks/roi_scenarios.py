"""Scenarios of the ROI page: saved under a name, opened again, shared, compared and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks import roi_links
from callbacks.answers import clicked
from callbacks.roi_saved import ask_delete, describe, save, saved, side_by_side
from callbacks.segment_actions_common import TOASTS, failed, pressed, told
from data.errors import LapwingError
from pages._ui import ids
from pages._ui import roi_scenarios as view
from pages._ui.controls import problem
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services

NOTHING: Final = "There is no question on screen yet: upload data or try the sample on the data page."
EDITED: Final = Output(ids.ROI_EDITED, "data", allow_duplicate=True)


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of scenarios, and those of the links to files, to `app`."""
    _register_keep(app, services)
    _register_saved(app, services)
    _register_delete(app, services)
    roi_links.register(app)


def _register_keep(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_KEEP_PANEL, "is_open", allow_duplicate=True),
        Output(ids.ROI_KEEP_WHAT, "children"),
        Output(ids.ROI_KEEP_NAME, "value"),
        # What is saved is what was on screen when the button was pressed.
        Output(ids.ROI_KEEP_ABOUT, "data"),
        Output(ids.ROI_KEEP_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.ROI_KEEP, "n_clicks"),
        State(ids.ROI_ASKED, "data"),
        prevent_initial_call=True,
    )
    def _open(_clicks: Any, asked: Any) -> tuple[Any, ...]:
        pressed()
        if not asked:
            return *[no_update] * 5, failed(NOTHING)
        try:
            what, name = describe(services, asked)
        except LapwingError as error:
            return *[no_update] * 5, failed(str(error))
        return True, what, name, asked, None, no_update

    @app.callback(
        output={
            "open": Output(ids.ROI_KEEP_PANEL, "is_open"),
            "message": Output(ids.ROI_KEEP_MESSAGE, "children"),
            "edited": EDITED,
            "toasts": TOASTS,
        },
        inputs={
            "_save": Input(ids.ROI_KEEP_SAVE, "n_clicks"),
            "_enter": Input(ids.ROI_KEEP_NAME, "n_submit"),
            "_cancel": Input(ids.ROI_KEEP_CANCEL, "n_clicks"),
        },
        state={
            "asked": State(ids.ROI_KEEP_ABOUT, "data"),
            "name": State(ids.ROI_KEEP_NAME, "value"),
            "edited": State(ids.ROI_EDITED, "data"),
        },
        prevent_initial_call=True,
    )
    def _save(_save: Any, _enter: Any, _cancel: Any, asked: Any, name: Any, edited: Any) -> dict[str, Any]:
        same = {"open": no_update, "message": no_update, "edited": no_update, "toasts": no_update}
        if pressed() == ids.ROI_KEEP_CANCEL or not asked:
            return same | {"open": False}
        try:
            found = save(services, asked, name)
        except LapwingError as error:
            return same | {"message": problem(str(error))}
        text = f"“{found}” is among the saved scenarios, in the tab Scenarios."
        done = toast(f"roi-scenario-{edited}", "Scenario saved", text)
        return {"open": False, "message": None, "edited": (edited or 0) + 1, "toasts": told(done)}


def _register_saved(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ROI_SAVED, "children"),
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_OPEN, "data"),
        Input(ids.ROI_EDITED, "data"),
        State(ids.ROI_PICKED, "data"),
        State(ids.ROI_START, "data"),
    )
    def _list(ready: Any, view_open: Any, _edited: Any, picked: Any, start: Any) -> Any:
        if not ready or view_open != "scenarios":
            raise PreventUpdate
        chosen = str((start or {}).get("compare") or "").split(",") if picked is None else picked
        try:
            return saved(services, str(ready["analysis"]), chosen)
        except LapwingError as error:
            return problem(str(error))

    app.clientside_callback(
        ClientsideFunction("roiScenarios", "picked"),
        Output(ids.ROI_PICKED, "data"),
        Input({"type": view.PICK, "id": ALL}, "value"),
        State({"type": view.PICK, "id": ALL}, "id"),
        prevent_initial_call=True,
    )

    @app.callback(
        output={
            "hidden": Output(ids.ROI_COMPARE_BOX, "hidden"),
            "figure": Output(ids.ROI_COMPARE_CHART, "figure"),
            "style": Output(ids.ROI_COMPARE_CHART, "style"),
            "table": Output(ids.ROI_COMPARE, "children"),
        },
        inputs={
            "picked": Input(ids.ROI_PICKED, "data"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
            "asked": State(ids.ROI_ASKED, "data"),
        },
        prevent_initial_call=True,
    )
    def _compare(picked: Any, theme: Any, asked: Any) -> dict[str, Any]:
        return side_by_side(services, picked, theme, narrow=bool((asked or {}).get("narrow")))


def _register_delete(app: Dash, services: Services) -> None:
    @app.callback(
        output={
            "open": Output(ids.ROI_ASK, "is_open", allow_duplicate=True),
            "text": Output(ids.ROI_ASK_TEXT, "children"),
            "about": Output(ids.ROI_ASK_ABOUT, "data"),
            "toasts": TOASTS,
        },
        inputs={"_delete": Input({"type": view.DELETE, "id": ALL}, "n_clicks")},
        prevent_initial_call=True,
    )
    def _ask(_delete: Any) -> dict[str, Any]:
        try:
            return ask_delete(services, clicked()[1]) | {"toasts": no_update}
        except LapwingError as error:
            same = dict.fromkeys(("open", "text", "about"), no_update)
            return same | {"toasts": failed(str(error))}

    @app.callback(
        output={"open": Output(ids.ROI_ASK, "is_open"), "edited": EDITED, "toasts": TOASTS},
        inputs={"_yes": Input(ids.ROI_ASK_YES, "n_clicks"), "_no": Input(ids.ROI_ASK_NO, "n_clicks")},
        state={"about": State(ids.ROI_ASK_ABOUT, "data"), "edited": State(ids.ROI_EDITED, "data")},
        prevent_initial_call=True,
    )
    def _delete(_yes: Any, _no: Any, about: Any, edited: Any) -> dict[str, Any]:
        same = {"open": False, "edited": no_update, "toasts": no_update}
        if pressed() != ids.ROI_ASK_YES or not about:
            return same
        changed = same | {"edited": (edited or 0) + 1}
        try:
            name = services.store.scenario(str(about)).name
            services.store.delete_scenario(str(about))
        except LapwingError as error:
            return changed | {"toasts": failed(str(error))}
        done = toast(f"roi-scenario-gone-{edited}", "Scenario deleted", f"“{name}” is gone.")
        return changed | {"toasts": told(done)}

"""The ROI page: what its scripts are told of the controls, and the callbacks of its parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State
from dash.dependencies import ClientsideFunction

from callbacks import (
    roi_answer,
    roi_begin,
    roi_downloads,
    roi_proof,
    roi_readout,
    roi_scenarios,
    roi_segments,
)
from callbacks.roi_places import NUMBERS, SELECTS, SLIDERS
from callbacks.waiting import show
from pages._ui import ids
from pages._ui.roi_parts import PREFIX, VIEWS
from pages._ui.tabs import tab_id

if TYPE_CHECKING:
    from callbacks.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the ROI page to `app`."""
    app.callback(
        Output(ids.ROI_EMPTY, "children"),
        Output(ids.ROI_BODY, "hidden"),
        Input(ids.SHELL_DATASET, "value"),
        Input(ids.SHELL_JOBS_STATE, "data"),
        State(ids.ROI_BODY, "hidden"),
    )(partial(show, page="/roi"))
    roi_begin.register(app, services)
    roi_answer.register(app, services)
    roi_segments.register(app, services)
    roi_scenarios.register(app, services)
    roi_downloads.register(app, services)
    roi_proof.register(app, services)
    roi_readout.register(app, services)
    _register_scripts(app)


def _register_scripts(app: Dash) -> None:
    def script(name: str, *arguments: Any, **extra: Any) -> None:
        app.clientside_callback(ClientsideFunction("roi", name), *arguments, **extra)

    script(
        "collect",
        Input(ids.ROI_READY, "data"),
        Input(ids.ROI_AUDIENCE, "value"),
        Input(ids.ROI_CONTACTED, "value"),
        Input(ids.ROI_CONTACTED_NUMBER, "value"),
        Input(ids.ROI_HOLDOUT, "value"),
        # As the script names them, in this order.
        *(Input(place, "value") for place in SLIDERS.values()),
        *(Input(place, "value") for place, _ in SELECTS.values()),
        *(Input(place, "value") for place in NUMBERS.values()),
    )
    script("opened", Input(ids.ROI_OPEN, "data"), prevent_initial_call=True)
    script("answered", Input(ids.ROI_ANSWERED, "data"), prevent_initial_call=True)
    script(
        "best",
        Input(ids.ROI_BEST, "n_clicks"),
        State(ids.ROI_ANSWERED, "data"),
        prevent_initial_call=True,
    )
    for name, chart, more in (
        ("clickDepth", ids.ROI_DEPTH, ()),
        ("clickHeat", ids.ROI_HEAT, (State(ids.ROI_HEAT, "figure"),)),
        ("clickSegment", ids.ROI_SEGMENTS, ()),
    ):
        app.clientside_callback(
            ClientsideFunction("roi", name),
            # Used up: the same place can be clicked again.
            Output(chart, "clickData"),
            Input(chart, "clickData"),
            *more,
            prevent_initial_call=True,
        )
    app.clientside_callback(
        ClientsideFunction("lapwing", "tab"),
        Output(ids.ROI_OPEN, "data"),
        *(Input(tab_id(PREFIX, view), "n_clicks") for view in VIEWS),
        prevent_initial_call=True,
    )

"""The first run: the sample shop, asked for from wherever the welcome stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, Patch, State, no_update

from callbacks.answers import clicked
from callbacks.data_jobs import start_sample
from data.errors import LapwingError
from pages._ui import ids
from pages._ui.shell import toast
from pages._ui.welcome import SAMPLE

if TYPE_CHECKING:
    from callbacks.services import Services


def begin(services: Services, looked: int | None) -> tuple[Any, int, Any]:
    """The job of the sample shop, a look at the jobs at once, and a message where it could not be asked for."""
    try:
        return start_sample(services)["job"], (looked or 0) + 1, no_update
    except LapwingError as error:
        told = Patch()
        told.append(toast("welcome-sample", "That did not work", str(error), failed=True))
        return no_update, looked or 0, told


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the first run to `app`."""

    @app.callback(
        Output(ids.SHELL_JOB_STARTED, "data", allow_duplicate=True),
        Output(ids.SHELL_JOBS_TICK, "n_intervals"),
        Output(ids.SHELL_TOASTS, "children", allow_duplicate=True),
        Input({"type": SAMPLE, "id": ALL}, "n_clicks"),
        State(ids.SHELL_JOBS_TICK, "n_intervals"),
        prevent_initial_call=True,
    )
    def _sample(_clicks: Any, looked: int | None) -> tuple[Any, int, Any]:
        clicked()
        return begin(services, looked)

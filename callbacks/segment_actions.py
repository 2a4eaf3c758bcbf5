"""What can be done with segments: make, edit, act on and keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, no_update

from callbacks import (
    segment_actions_advice,
    segment_actions_edit,
    segment_actions_lists,
    segment_actions_work,
)
from callbacks.segment_actions_common import EDITED, TOASTS, deleted, failed, pressed
from data.errors import LapwingError
from pages._ui import ids

if TYPE_CHECKING:
    from callbacks.services import Services


def delete(services: Services, about: dict[str, Any]) -> None:
    """Delete the list or the segmentation that the question was about."""
    if about["kind"] == "list":
        services.store.delete_list(str(about["id"]))
    else:
        segment_actions_work.delete(services, str(about["id"]))


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of these parts, and the download addresses of lists, to `app`."""
    segment_actions_work.register(app, services)
    segment_actions_edit.register(app, services)
    segment_actions_advice.register(app, services)
    segment_actions_lists.register(app, services)

    @app.callback(
        output={"open": Output(ids.SEGMENTS_ASK, "is_open"), "edited": EDITED, "toasts": TOASTS},
        inputs={
            "_yes": Input(ids.SEGMENTS_ASK_YES, "n_clicks"),
            "_no": Input(ids.SEGMENTS_ASK_NO, "n_clicks"),
        },
        state={
            "about": State(ids.SEGMENTS_ASK_ABOUT, "data"),
            "edited": State(ids.SEGMENTS_EDITED, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_yes: Any, _no: Any, about: Any, edited: Any) -> dict[str, Any]:
        same = {"open": False, "edited": no_update, "toasts": no_update}
        if pressed() != ids.SEGMENTS_ASK_YES or not about:
            return same
        try:
            delete(services, about)
        except LapwingError as error:
            return same | {"toasts": failed(str(error)), "edited": (edited or 0) + 1}
        return same | {"edited": (edited or 0) + 1, "toasts": deleted(about)}

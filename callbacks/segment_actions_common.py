"""What the parts of the segments' actions share: their outputs, and errors told in words."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from dash import Output, Patch, ctx, no_update
from dash.exceptions import PreventUpdate

from data.errors import LapwingError
from pages._ui import ids
from pages._ui.shell import toast

TOASTS: Final = Output(ids.SHELL_TOASTS, "children", allow_duplicate=True)
EDITED: Final = Output(ids.SEGMENTS_EDITED, "data", allow_duplicate=True)
# The select of the segmentation on screen: the page goes where it goes.
CHOICE: Final = Output(ids.SEGMENTS_CHOICE, "value", allow_duplicate=True)
ASK: Final = {
    "open": Output(ids.SEGMENTS_ASK, "is_open", allow_duplicate=True),
    "title": Output(ids.SEGMENTS_ASK_TITLE, "children", allow_duplicate=True),
    "text": Output(ids.SEGMENTS_ASK_TEXT, "children", allow_duplicate=True),
    "about": Output(ids.SEGMENTS_ASK_ABOUT, "data", allow_duplicate=True),
    "toasts": TOASTS,
}

NO_SEGMENTS: Final = (
    "There are no segments on screen yet: make some with “New segments”, or choose other customers."
)


def pressed() -> str:
    """Id of the button that was pressed; one that only appeared with the page was not, and changes nothing.

    Messages are there before the page is, so that its buttons ask as they come.
    """
    if not ctx.triggered_id or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    return str(ctx.triggered_id)


def told(component: Any) -> Patch:
    """The messages in the corner with one more."""
    messages = Patch()
    messages.append(component)
    return messages


def failed(text: str) -> Patch:
    """The messages in the corner with one that something was not possible."""
    return told(toast(f"segments-{zlib.crc32(text.encode())}", "That did not work", text, failed=True))


# What is told of each kind of thing once it is gone.
GONE: Final = {
    "list": ("List deleted", "Files that were downloaded of it stay as they are."),
    "segmentation": ("Segments deleted", "Lists that were saved of them stay as they are."),
    "campaign": (
        "Campaign deleted",
        "Its list is gone from this machine; files that were downloaded stay as they are.",
    ),
    "readout": ("Result deleted", "The campaign and its list stay."),
    "prediction": ("Scores deleted", "Files that were downloaded of them stay as they are."),
    "dataset": (
        "Data set deleted",
        "What was made of it is gone with it; the file you uploaded it from is not touched.",
    ),
}


def deleted(about: Mapping[str, Any]) -> Patch:
    """The messages in the corner with one that `about` (kind and id of a thing) is gone."""
    title, text = GONE[about["kind"]]
    return told(toast(f"gone-{about['id']}", title, text))


def asked(question: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The values of `ASK` with the question open, or why it cannot be asked."""
    try:
        return {"open": True, **question(), "toasts": no_update}
    except LapwingError as error:
        return dict.fromkeys(ASK, no_update) | {"toasts": failed(str(error))}

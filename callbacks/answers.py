"""What handlers share: errors told in words, and which listed button was clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import ctx, no_update
from dash.exceptions import PreventUpdate

from data.errors import LapwingError
from pages._ui import datasets as view


def in_words(work: Callable[[], dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """The answer of `work` with an empty message, or its error as the message and nothing else."""
    try:
        return {"message": None, **work()}
    except LapwingError as error:
        return {**dict.fromkeys(keys, no_update), "message": view.message(str(error))}


def clicked() -> tuple[str, str]:
    """Type and id of the listed button that was clicked; a button that only appeared is no click."""
    trigger = ctx.triggered_id
    if not trigger or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    return str(trigger["type"]), str(trigger["id"])

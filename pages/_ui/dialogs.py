"""The two kinds of dialogue: one that asks for a name, one that asks before something is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

NAME_LENGTH: Final = 60


def name_dialog(
    dialog: str,
    title: str,
    label: str,
    save: str,
    *,
    about: str,
    name: str,
    message: str,
    cancel_button: str,
    save_button: str,
) -> Component:
    """A dialogue that gives a name to what is being saved; all other arguments than the words are ids of its parts."""
    heading = f"{dialog.removesuffix('-panel')}-title"
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=heading)),
            dbc.ModalBody(
                [
                    html.Div(id=about),
                    html.Div(
                        [
                            html.Label(label, htmlFor=name, className="lw-label"),
                            dbc.Input(id=name, type="text", maxlength=NAME_LENGTH, value=""),
                        ],
                        className="lw-dialog__name",
                    ),
                    html.Div(id=message),
                ]
            ),
            dbc.ModalFooter(
                [
                    dbc.Button("Not now", id=cancel_button, color="light"),
                    dbc.Button(save, id=save_button, color="primary"),
                ]
            ),
        ],
        id=dialog,
        is_open=False,
        centered=True,
        labelledby=heading,
    )


def ask_dialog(
    dialog: str,
    title: str,
    *,
    title_id: str,
    keep_button: str,
    do_button: str,
    text_id: str | None = None,
    text: str = "",
    keep: str = "Keep",
    do: str = "Delete",
    more: Sequence[Component] = (),
) -> Component:
    """One question before what cannot be undone: `keep` lets it be, `do` does it; `more` is not seen.

    Its words are `text`, or what a callback writes into `text_id`.
    """
    words = html.P(text) if text_id is None else html.P(text, id=text_id)
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=title_id), close_button=False),
            dbc.ModalBody(words),
            dbc.ModalFooter(
                [
                    dbc.Button(keep, id=keep_button, color="light"),
                    dbc.Button(do, id=do_button, color="danger"),
                ]
            ),
            *more,
        ],
        id=dialog,
        is_open=False,
        centered=True,
        labelledby=title_id,
    )

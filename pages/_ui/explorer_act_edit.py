"""The form that renames, recolours and merges segments, from plain values; names are text, never markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import icon
from pages._ui.explorer_act_work import label_for, problem_of
from pages._ui.shell import toast_header

# Types of the ids of a segment's fields; each id has the segment's code beside it.
NAME: Final = "segments-edit-name"
COLOUR: Final = "segments-edit-colour"
INTO: Final = "segments-edit-into"
WRONG: Final = "segments-edit-wrong"
RESET_ONE: Final = "segments-edit-reset-one"
UNDO: Final = "segments-undo-button"
UNDO_TOAST: Final = "segments-undo-toast"
# A select cannot show an empty value.
NONE: Final = "none"
NAME_LENGTH: Final = 60
# The names of the colours of the style sheet, the first of number 1.
COLOURS: Final = (
    "Teal",
    "Blue",
    "Violet",
    "Green",
    "Sky",
    "Amber",
    "Orange",
    "Red",
    "Pink",
    "Brown",
    "Slate",
    "Ink",
)


@dataclass(frozen=True)
class Part:
    """One segment as it was found, and as it is called, coloured (0: grey) and merged now."""

    code: int
    key: str
    found: str
    customers: int
    name: str
    colour: int
    into: str = NONE


def panel() -> Component:
    """The panel of the form; its body is filled when it opens."""
    return dbc.Offcanvas(
        [
            html.Div(id=ids.SEGMENTS_EDIT_BODY),
            html.Div(
                [
                    html.Div(id=ids.SEGMENTS_EDIT_MESSAGE),
                    dbc.Button("Save", id=ids.SEGMENTS_EDIT_SAVE, color="primary"),
                    dbc.Button("Reset all", id=ids.SEGMENTS_EDIT_RESET, color="light"),
                ],
                className="act-foot",
            ),
            dcc.Store(id=ids.SEGMENTS_EDIT_ABOUT),
        ],
        id=ids.SEGMENTS_EDIT_PANEL,
        title=html.Span("Edit segments", id="segments-edit-title"),
        labelledby="segments-edit-title",
        placement="end",
        is_open=False,
        class_name="act-panel act-panel--wide",
    )


def body(parts: Sequence[Part], lost: Sequence[str] = ()) -> list[Component]:
    """The fields of every segment, after what of earlier changes is `lost`."""
    return [
        *map(problem_of, lost),
        html.P(
            "Names, colours and merges are kept for later analyses of this data set. The customers stay where they are.",
            className="lw-help act-about",
        ),
        html.Div([_part(part, parts) for part in parts], className="act-edits"),
    ]


def _part(part: Part, parts: Sequence[Part]) -> Component:
    others = [{"label": each.name, "value": each.key} for each in parts if each.key != part.key]
    return html.Fieldset(
        [
            html.Legend(part.found, className="lw-sr"),
            html.Div(
                [
                    html.Span(className=f"lw-dot act-dot--{part.colour}", **{"aria-hidden": "true"}),
                    html.Label(
                        [
                            html.Span(f"Name of {part.found}", className="lw-sr"),
                            dbc.Input(
                                id=_id(NAME, part), type="text", value=part.name, maxlength=NAME_LENGTH
                            ),
                        ],
                        className="act-edit__name",
                    ),
                    html.Span(words.count(part.customers), className="act-edit__count", title="Customers"),
                ],
                className="act-edit__head",
            ),
            html.P(id=_id(WRONG, part), className="act-wrong", role="alert"),
            html.Details(
                [
                    html.Summary("Colour and merging"),
                    html.Fieldset(
                        [
                            html.Legend("Colour"),
                            dbc.RadioItems(
                                id=_id(COLOUR, part),
                                options=[_swatch(place) for place in range(1, len(COLOURS) + 1)],
                                value=str(part.colour) if part.colour else None,
                                class_name="act-swatches",
                            ),
                        ],
                        className="act-edit__colour",
                    ),
                    html.Div(
                        [
                            label_for("Merge into", _id(INTO, part)),
                            dbc.Select(
                                id=_id(INTO, part),
                                options=[{"label": "Not merged", "value": NONE}, *others],
                                value=part.into,
                            ),
                        ],
                        className="act-edit__into",
                    ),
                    dbc.Button(
                        [icon("arrow-counterclockwise"), f"As found: {part.found}"],
                        id=_id(RESET_ONE, part),
                        color="link",
                        size="sm",
                    ),
                ]
            ),
        ],
        className="act-edit",
    )


def _id(kind: str, part: Part) -> dict[str, Any]:
    return {"type": kind, "code": part.code}


def _swatch(number: int) -> dict[str, Any]:
    name = COLOURS[number - 1]
    return {
        "value": str(number),
        "label": html.Span(
            html.Span(name, className="lw-sr"), className=f"act-swatch act-dot--{number}", title=name
        ),
    }


def values(part: Part) -> tuple[str, str | None, str]:
    """Values of the fields of a segment: name, colour, into."""
    return part.name, str(part.colour) if part.colour else None, part.into


def saved_toast(number: int, text: str) -> Component:
    """A message in the corner that says what was saved, with a button that takes it back."""
    return dbc.Toast(
        [
            html.P(text),
            html.Button(
                [icon("arrow-counterclockwise"), " Undo"],
                id={"type": UNDO, "id": number},
                type="button",
                className="btn btn-light btn-sm",
            ),
        ],
        id={"type": UNDO_TOAST, "id": number},
        key=f"segments-saved-{number}",
        header=toast_header("Saved"),
        # Time enough to find it with a keyboard.
        duration=20_000,
        dismissable=True,
        is_open=True,
    )


def wrong_of(parts: Sequence[tuple[str, str, str]]) -> dict[int, str]:
    """What is wrong with each of (key, name, into), by its place: names that are empty or taken, merges in circles.

    A segment that is merged away needs no name of its own.
    """
    found: dict[int, str] = {}
    into = {key: target for key, _, target in parts if target != NONE}
    taken: set[str] = set()
    for place, (key, name, target) in enumerate(parts):
        if target != NONE:
            if _comes_back(key, into):
                found[place] = "This merge goes in a circle: one of these segments must stay."
            continue
        if not name_key(name):
            found[place] = "Give it a name, or reset it."
        elif len(name.strip()) > NAME_LENGTH:
            found[place] = f"At most {NAME_LENGTH} characters: this has {len(name.strip())}."
        elif name_key(name) in taken:
            found[place] = f"“{name.strip()}” is taken by another segment."
        taken.add(name_key(name))
    return found


def _comes_back(key: str, into: Mapping[str, str]) -> bool:
    at, seen = key, {key}
    while at in into:
        at = into[at]
        if at in seen:
            return at == key
        seen.add(at)
    return False


def name_key(name: str) -> str:
    """What two names share that people would take for the same."""
    return " ".join(name.split()).casefold()

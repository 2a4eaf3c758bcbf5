"""Segments renamed, recoloured and merged: kept for the data set and the method, and taken back by one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update

from callbacks.answers import clicked
from callbacks.segment_actions_common import EDITED, NO_SEGMENTS, TOASTS, failed, pressed, told
from data.errors import LapwingError
from data.segments.looks import looks_of
from figures import words
from pages._ui import explorer_act_edit as view
from pages._ui import ids
from pages._ui.explorer_act_work import problem_of
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services
    from data.store import Segmentation

Looks = dict[str, dict[str, Any]]


def parts_of(services: Services, shown: str | None) -> list[view.Part]:
    """Every segment that was found, as it is called, coloured and merged now."""
    found = services.store.segmentation(shown or "")
    edits = services.edits.looks(found.series, found.method)
    return _parts(found.report, edits)


def _parts(report: Mapping[str, Any], edits: Mapping[str, Mapping[str, Any]]) -> list[view.Part]:
    keys = {str(item["key"]) for item in report["segments"]}
    # Without merges every segment has a name and a colour of its own to begin with.
    apart = {
        key: {name: value for name, value in item.items() if name != "into"} for key, item in edits.items()
    }
    looks = {look.key: look for look in looks_of(report, apart)}
    parts = []
    for item in report["segments"]:
        key = str(item["key"])
        into = str(edits.get(key, {}).get("into") or view.NONE)
        parts.append(
            view.Part(
                int(item["code"]),
                key,
                str(item["name"]),
                int(item["customers"]),
                looks[key].name,
                looks[key].colour,
                into if into in keys else view.NONE,
            )
        )
    return parts


def lost(services: Services, shown: str | None) -> list[str]:
    """What of the changes to these segments could not be read, in words."""
    found = services.store.segmentation(shown or "")
    return [
        text for text in services.edits.problems() if text.startswith(f"looks-{found.series}-{found.method}.")
    ]


def as_found(services: Services, shown: str | None) -> list[view.Part]:
    """Every segment as it was found."""
    return _parts(services.store.segmentation(shown or "").report, {})


def edits_of(
    found: Segmentation,
    before: Mapping[str, Mapping[str, Any]],
    fields: Mapping[int, tuple[str | None, str | None, str | None]],
) -> tuple[Looks, dict[int, str]]:
    """What is kept of the fields (name, colour, into by code), and what is wrong with them by code.

    Only what differs from what was found is kept; what was kept for segments that are not here stays.
    """
    plain = _parts(found.report, {})
    now = [_values(part, fields.get(part.code)) for part in plain]
    wrong = view.wrong_of([(part.key, name, into) for part, (name, _, into) in zip(plain, now, strict=True)])
    kept: Looks = {key: dict(item) for key, item in before.items()}
    for part, (name, colour, into) in zip(plain, now, strict=True):
        changed: dict[str, Any] = {}
        if name and name != part.found:
            changed["name"] = name
        if colour != part.colour:
            changed["colour"] = colour
        if into != view.NONE:
            changed["into"] = into
        kept.pop(part.key, None)
        if changed:
            kept[part.key] = changed
    return kept, {plain[place].code: text for place, text in wrong.items()}


def _values(part: view.Part, given: tuple[str | None, str | None, str | None] | None) -> tuple[str, int, str]:
    if given is None:
        return part.found, part.colour, view.NONE
    name, colour, into = given
    return " ".join((name or "").split()), int(colour) if colour else part.colour, into or view.NONE


def save(
    services: Services,
    shown: str | None,
    fields: Mapping[int, tuple[str | None, str | None, str | None]],
) -> dict[str, Any]:
    """Keep what the fields say; returns what is wrong by code, and what was kept before, to take it back.

    Raises InputError where it cannot be kept for another reason.
    """
    found = services.store.segmentation(shown or "")
    before = services.edits.looks(found.series, found.method)
    kept, wrong = edits_of(found, before, fields)
    if wrong:
        return {"wrong": wrong, "undo": None}
    services.edits.save_looks(found.series, found.method, kept, found.report)
    return {"wrong": {}, "undo": {"series": found.series, "method": found.method, "looks": before}}


def undo(services: Services, kept: Mapping[str, Any]) -> None:
    """Keep again what was kept before the last save."""
    services.edits.save_looks(str(kept["series"]), str(kept["method"]), kept["looks"])


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the form and of the undo to `app`."""
    _register_edit(app, services)
    _register_undo(app, services)


def _register_edit(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_EDIT_PANEL, "is_open", allow_duplicate=True),
        Output(ids.SEGMENTS_EDIT_BODY, "children"),
        Output(ids.SEGMENTS_EDIT_ABOUT, "data"),
        Output(ids.SEGMENTS_EDIT_MESSAGE, "children", allow_duplicate=True),
        TOASTS,
        Input(ids.SEGMENTS_EDIT, "n_clicks"),
        State(ids.SEGMENTS_SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, shown: Any) -> tuple[Any, ...]:
        pressed()
        if not shown:
            return no_update, no_update, no_update, no_update, failed(NO_SEGMENTS)
        try:
            parts = parts_of(services, shown)
            return True, view.body(parts, lost(services, shown)), shown, None, no_update
        except LapwingError as error:
            return no_update, no_update, no_update, no_update, failed(str(error))

    @app.callback(
        Output({"type": view.NAME, "code": ALL}, "value"),
        Output({"type": view.COLOUR, "code": ALL}, "value"),
        Output({"type": view.INTO, "code": ALL}, "value"),
        Output({"type": view.WRONG, "code": ALL}, "children", allow_duplicate=True),
        Input(ids.SEGMENTS_EDIT_RESET, "n_clicks"),
        State(ids.SEGMENTS_EDIT_ABOUT, "data"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, about: Any) -> tuple[list[Any], ...]:
        pressed()
        names, colours, merges = zip(*map(view.values, as_found(services, about)), strict=True)
        return list(names), list(colours), list(merges), [None] * len(names)

    @app.callback(
        Output({"type": view.NAME, "code": MATCH}, "value", allow_duplicate=True),
        Output({"type": view.COLOUR, "code": MATCH}, "value", allow_duplicate=True),
        Output({"type": view.INTO, "code": MATCH}, "value", allow_duplicate=True),
        Input({"type": view.RESET_ONE, "code": MATCH}, "n_clicks"),
        State(ids.SEGMENTS_EDIT_ABOUT, "data"),
        prevent_initial_call=True,
    )
    def _(_clicks: Any, about: Any) -> tuple[Any, ...]:
        pressed()
        code = int((ctx.triggered_id or {})["code"])
        return view.values(next(part for part in as_found(services, about) if part.code == code))

    @app.callback(
        output={
            "wrong": Output({"type": view.WRONG, "code": ALL}, "children"),
            "message": Output(ids.SEGMENTS_EDIT_MESSAGE, "children"),
            "open": Output(ids.SEGMENTS_EDIT_PANEL, "is_open"),
            "edited": EDITED,
            "undo": Output(ids.SEGMENTS_UNDO, "data"),
            "older": Output({"type": view.UNDO_TOAST, "id": ALL}, "is_open", allow_duplicate=True),
            "toasts": TOASTS,
        },
        inputs={"_clicks": Input(ids.SEGMENTS_EDIT_SAVE, "n_clicks")},
        state={
            "about": State(ids.SEGMENTS_EDIT_ABOUT, "data"),
            "codes": State({"type": view.NAME, "code": ALL}, "id"),
            "fields": {
                "name": State({"type": view.NAME, "code": ALL}, "value"),
                "colour": State({"type": view.COLOUR, "code": ALL}, "value"),
                "into": State({"type": view.INTO, "code": ALL}, "value"),
            },
            "edited": State(ids.SEGMENTS_EDITED, "data"),
            "open_toasts": State({"type": view.UNDO_TOAST, "id": ALL}, "id"),
        },
        prevent_initial_call=True,
    )
    def _(_clicks: Any, about: Any, codes: Any, fields: Any, edited: Any, open_toasts: Any) -> dict[str, Any]:
        pressed()
        number = (edited or 0) + 1
        in_order = [int(each["code"]) for each in codes]
        given = dict(
            zip(in_order, zip(fields["name"], fields["colour"], fields["into"], strict=True), strict=True)
        )
        same = {"open": no_update, "edited": no_update, "undo": no_update, "toasts": no_update}
        same["older"] = [no_update] * len(open_toasts)
        try:
            done = save(services, about, given)
        except LapwingError as error:
            return same | {"wrong": [None] * len(in_order), "message": problem_of(str(error))}
        if done["wrong"]:
            text = f"Nothing is saved yet: {words.plural(len(done['wrong']), 'segment needs', 'segments need')} another look."
            return same | {
                "wrong": [done["wrong"].get(code) for code in in_order],
                "message": problem_of(text),
            }
        messages = told(view.saved_toast(number, "Names, colours and merges are kept for this data set."))
        return {
            "wrong": [None] * len(in_order),
            "message": None,
            "open": False,
            "edited": number,
            "undo": done["undo"],
            # Only the last save can be taken back.
            "older": [False] * len(open_toasts),
            "toasts": messages,
        }


def _register_undo(app: Dash, services: Services) -> None:
    @app.callback(
        Output({"type": view.UNDO_TOAST, "id": ALL}, "is_open"),
        Output(ids.SEGMENTS_UNDO, "data", allow_duplicate=True),
        EDITED,
        TOASTS,
        Input({"type": view.UNDO, "id": ALL}, "n_clicks"),
        State(ids.SEGMENTS_UNDO, "data"),
        State(ids.SEGMENTS_EDITED, "data"),
        prevent_initial_call=True,
    )
    def _(_undo: Any, kept: Any, edited: Any) -> tuple[Any, ...]:
        clicked()
        closed = [False] * len(ctx.outputs_list[0])
        if not kept:
            return closed, no_update, no_update, no_update
        try:
            undo(services, kept)
        except LapwingError as error:
            return closed, no_update, no_update, failed(str(error))
        messages = told(toast(f"segments-undone-{edited}", "Undone", "The segments are as they were before."))
        return closed, None, (edited or 0) + 1, messages

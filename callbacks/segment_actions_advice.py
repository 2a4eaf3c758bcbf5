"""What to do with each segment on screen: its figures, its play, and the form that rewrites the play."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dash import ALL, Dash, Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from dash.exceptions import PreventUpdate

from callbacks.answers import clicked
from callbacks.segment_actions_common import EDITED, TOASTS, pressed, told
from data.errors import LapwingError
from data.segments.edits import PLAYBOOK
from data.segments.filter import SegmentFilter
from models.segmentation.playbook import play_for
from pages._ui import explorer_act_play as view
from pages._ui import ids
from pages._ui.explorer_act_work import problem_of
from pages._ui.shell import toast

if TYPE_CHECKING:
    from callbacks.services import Services

VIEW = "advice"


def advice(services: Services, params: Mapping[str, Any]) -> Any:
    """A card for each segment of the filter that the page's `params` name."""
    segmentation_id = str(params["segmentation"])
    queries, chosen = services.segments(segmentation_id), SegmentFilter.from_params(params)
    definitions = {look.key: look.definition for look in queries.looks}
    own = services.edits.playbook()
    manifest = queries.manifest
    records: list[dict[str, Any]] = queries.compare(chosen).to_dict(orient="records")  # type: ignore[assignment]  # text names
    found = [
        view.Advice(
            key=str(row["key"]),
            name=str(row["name"]),
            colour=int(row["colour"]),
            definition=definitions.get(str(row["key"]), ""),
            customers=int(row["customers"]),
            customer_share=_known(row, "customer_share"),
            revenue=_known(row, "revenue"),
            revenue_share=_known(row, "revenue_share"),
            churn_risk=_known(row, "mean_churn_risk"),
            clv=_known(row, "mean_clv"),
            play=play_of(str(row["key"]), own),
            own=bool(own.get(str(row["key"]))),
            download=download_address(segmentation_id, chosen, str(row["key"])),
        )
        for row in records
    ]
    lost = [text for text in services.edits.problems() if text.startswith(PLAYBOOK)]
    return view.cards(found, manifest.get("currency"), manifest.get("horizon_days"), lost)


def _known(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return float(value) if value is not None and math.isfinite(float(value)) else None


def play_of(key: str, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The play of a segment: Lapwing's own, with what somebody has rewritten in its place."""
    texts: dict[str, str] = {name: str(text) for name, text in asdict(play_for(key)).items()}
    return texts | {name: text for name, text in own.get(key, {}).items() if name in view.FIELDS and text}


def download_address(segmentation_id: str, chosen: SegmentFilter, key: str) -> str:
    """Where the customers on screen of one segment can be downloaded."""
    params = {"segmentation": segmentation_id, **replace(chosen, segments=(key,)).to_params()}
    return f"/download/segments.csv?{urlencode(params)}"


def changed_fields(key: str, fields: Mapping[str, str | None]) -> dict[str, str] | None:
    """What of the form differs from Lapwing's text; None where nothing does. An emptied field is Lapwing's again."""
    usual = play_of(key, {})
    found = {
        name: text.strip()
        for name, text in fields.items()
        if text and text.strip() not in ("", usual.get(name))
    }
    return found or None


def name_of(services: Services, shown: str | None, key: str) -> str:
    """The name of a segment as people see it; its key where it is not there any more."""
    looks = services.segments(shown or "").looks
    return next((look.name for look in looks if look.key == key), key)


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the cards and of the form of a play to `app`."""
    _register_advice(app, services)
    _register_play(app, services)


def _register_advice(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_ADVICE, "children"),
        Input(ids.SEGMENTS_FILTER, "data"),
        Input(ids.SEGMENTS_OPEN, "data"),
        Input(ids.SEGMENTS_EDITED, "data"),
    )
    def _(params: Any, view: Any, _edited: Any) -> Any:
        if view != VIEW or not params or not params.get("segmentation"):
            raise PreventUpdate
        try:
            return advice(services, params)
        except LapwingError as error:
            return problem_of(str(error))

    app.clientside_callback(
        ClientsideFunction("segmentActions", "show"),
        Output(ids.SEGMENTS_PICK, "value", allow_duplicate=True),
        Input({"type": view.SHOW, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )


def _register_play(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SEGMENTS_PLAY_PANEL, "is_open", allow_duplicate=True),
        Output(ids.SEGMENTS_PLAY_TITLE, "children"),
        Output(ids.SEGMENTS_PLAY_ABOUT, "data"),
        Output({"type": view.FIELD, "field": ALL}, "value"),
        Output(ids.SEGMENTS_PLAY_MESSAGE, "children", allow_duplicate=True),
        Input({"type": view.EDIT, "id": ALL}, "n_clicks"),
        State(ids.SEGMENTS_SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _(_edit: Any, shown: Any) -> tuple[Any, ...]:
        key = clicked()[1]
        texts = play_of(key, services.edits.playbook())
        return (
            True,
            name_of(services, shown, key),
            key,
            [texts[name] for name in view.FIELDS],
            None,
        )

    @app.callback(
        output={
            "open": Output(ids.SEGMENTS_PLAY_PANEL, "is_open"),
            "message": Output(ids.SEGMENTS_PLAY_MESSAGE, "children"),
            "edited": EDITED,
            "toasts": TOASTS,
        },
        inputs={
            "_save": Input(ids.SEGMENTS_PLAY_SAVE, "n_clicks"),
            "_reset": Input(ids.SEGMENTS_PLAY_RESET, "n_clicks"),
        },
        state={
            "key": State(ids.SEGMENTS_PLAY_ABOUT, "data"),
            "texts": State({"type": view.FIELD, "field": ALL}, "value"),
            "names": State({"type": view.FIELD, "field": ALL}, "id"),
            "edited": State(ids.SEGMENTS_EDITED, "data"),
        },
        prevent_initial_call=True,
    )
    def _(_save: Any, _reset: Any, key: Any, texts: Any, names: Any, edited: Any) -> dict[str, Any]:
        reset = pressed() == ids.SEGMENTS_PLAY_RESET
        fields = {each["field"]: text for each, text in zip(names, texts, strict=True)}
        try:
            services.edits.save_play(key, None if reset else changed_fields(key, fields))
        except LapwingError as error:
            return {
                "open": no_update,
                "message": problem_of(str(error)),
                "edited": no_update,
                "toasts": no_update,
            }
        text = "Lapwing's text stands here again." if reset else "The text is kept for this workspace."
        messages = told(toast(f"segments-play-{edited}", "Saved", text))
        return {"open": False, "message": None, "edited": (edited or 0) + 1, "toasts": messages}

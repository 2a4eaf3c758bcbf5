"""What the ROI page begins with: the audiences, and every control as the address or the analysis has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.roi_places import (
    NUMBERS,
    SELECTS,
    SLIDERS,
    contacted_at,
    controls_at,
    holdout_at,
    read,
)
from callbacks.roi_words import audience_help, label_of
from data.errors import InputError, LapwingError, NotFoundError
from figures import words
from models.campaign.params import RELATIVE, WORDS, CampaignParams
from pages._ui import ids
from pages._ui.controls import problem
from pages._ui.explorer_parts import note
from pages._ui.roi_parts import POINT_SCALES, SCALES

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.campaigns import CampaignBook, Chosen

Params = Mapping[str, Any]
# Left empty they are nothing; every other number must be given.
MAY_BE_EMPTY: Final = ("fixed_cost", "budget")
OUTPUTS: Final[dict[str, tuple[str, str]]] = {
    "audiences": (ids.ROI_AUDIENCE, "options"),
    "audience": (ids.ROI_AUDIENCE, "value"),
    "audience_help": (ids.ROI_AUDIENCE_HELP, "children"),
    "contacted": (ids.ROI_CONTACTED, "value"),
    "contacted_max": (ids.ROI_CONTACTED, "max"),
    "contacted_number": (ids.ROI_CONTACTED_NUMBER, "value"),
    "holdout": (ids.ROI_HOLDOUT, "value"),
    "note": (ids.ROI_NOTE, "children"),
    "ready": (ids.ROI_READY, "data"),
    "before": (ids.ROI_BEFORE, "data"),
    "undo": (ids.ROI_UNDO, "class_name"),
    **{
        f"{name}_{part}": (place, part)
        for name, place in SLIDERS.items()
        for part in ("value", "min", "max", "step")
    },
    **{name: (place, "value") for name, (place, _) in SELECTS.items()},
    **{name: (place, "value") for name, place in NUMBERS.items()},
}


def begin(
    services: Services,
    analysis_id: str | None,
    audience: str | None,
    start: Params | None,
    ready: Params | None,
    asked: Params | None,
    trigger: str | None,
    before: Params | None = None,
) -> dict[str, Any]:
    """Options, limits and values of the controls.

    At first the values are the address'. Another audience keeps everything but its size; another analysis keeps
    what was changed and takes its own for the rest; Reset takes all of the analysis', and Undo what was `before`.
    """
    if not analysis_id:
        raise PreventUpdate
    try:
        book = services.campaign(analysis_id)
        currency = Facts.of(services, analysis_id).currency
        same = bool(ready) and ready is not None and ready["analysis"] == analysis_id
        if same and trigger not in (ids.ROI_AUDIENCE, ids.ROI_RESET, ids.ROI_UNDO):
            raise PreventUpdate
        if same and trigger == ids.ROI_AUDIENCE:
            return _other_audience(book, str(audience), ready or {}, asked or {}, currency)
        if same and trigger == ids.ROI_UNDO:
            return _whole(book, before or {}, "", currency)
        given, told = _given(book, start, ready, asked, audience, reset=trigger == ids.ROI_RESET)
        shown = _whole(book, given, told, currency)
    except LapwingError as error:
        return dict.fromkeys(OUTPUTS, no_update) | {"note": problem(str(error))}
    if same and trigger == ids.ROI_RESET and asked:
        shown |= {"before": dict(asked), "undo": ""}
    return shown


def _given(
    book: CampaignBook, start: Params | None, ready: Params | None, asked: Params | None, audience: str | None, *, reset: bool
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """The wished values by name (audience among them), and what is to be told of them."""
    if reset:
        return {}, ""
    if not ready:
        return dict(start or {}), ""
    # Another analysis: what was never touched is the new one's own.
    before, now = ready["start"], asked or {}
    kept = {name: now[name] for name in before if name in now and now[name] != before[name]}
    if audience and audience != ready["first"]:
        if audience in {choice.value for choice in book.choices()}:
            kept["audience"] = audience
        else:
            return kept, "The audience you had is not part of this analysis: its first one is shown."
    return kept, ""


def _whole(book: CampaignBook, given: Params, told: str, currency: str | None) -> dict[str, Any]:
    """Every output, for the values of an address or of another analysis."""
    choices = book.choices()
    first = choices[0].value
    text = str(given.get("audience") or first)
    found, size = _size(book, text)
    options = [{"label": label_of(choice), "value": choice.value} for choice in choices]
    if text not in {choice.value for choice in choices}:
        options = [*options, {"label": found.label if found else "Not in this workspace", "value": text}]
    start = starting(book.start, size)
    exact: dict[str, list[Any]] = {}
    values = {name: read(name, given.get(name)) for name in WORDS if given.get(name) not in (None, "")}
    unit = str(values.get("uplift_unit", start.uplift_unit))
    answer = controls_at(values, start, unit, exact)
    answer["holdout"] = holdout_at(values.get("holdout", start.holdout), exact)
    wished = values.get("contacted", book.start.contacted)
    answer |= contacted_at(wished, size, exact)
    keep = int(wished) if isinstance(wished, int | float) and wished >= 1 else book.start.contacted
    hidden = {"draws": values.get("draws", start.draws)}
    return answer | {
        "audiences": options,
        "audience": text,
        "audience_help": audience_help(found, size),
        "note": note(told) if told else None,
        "before": None,
        "undo": "lw-hidden",
        "ready": _ready(book, text, size, keep, found, currency, first) | {"exact": exact, "hidden": hidden},
    }


def _other_audience(
    book: CampaignBook, text: str, ready: Params, asked: Params, currency: str | None
) -> dict[str, Any]:
    """Another audience: its size, and as many contacted as were wished before, as far as there are."""
    found, size = _size(book, text)
    wished, now = ready["wished"], asked.get("contacted")
    if isinstance(now, int | float) and now >= 1 and now != min(wished, ready["size"]):
        wished = int(now)
    answer = {
        "audience_help": audience_help(found, size),
        "note": None,
        "ready": _ready(book, text, size, wished, found, currency, str(ready["first"]))
        | {"exact": {}, "hidden": ready["hidden"], "keep": True},
    }
    return dict.fromkeys(OUTPUTS, no_update) | answer | contacted_at(wished, size, {})


def _ready(
    book: CampaignBook,
    text: str,
    size: int,
    wished: int,
    found: Chosen | None,
    currency: str | None,
    first: str,
) -> dict[str, Any]:
    return {
        "analysis": book.analysis.id,
        "audience": text,
        "first": first,
        "size": size,
        "wished": wished,
        "start": starting(book.start, size).to_dict(),
        "symbol": words.symbol(currency).strip(),
        "scales": {
            unit: {name: [scale.high, scale.step] for name, scale in scales.items()}
            for unit, scales in (
                (RELATIVE, {name: SCALES[name] for name in POINT_SCALES}),
                ("points", POINT_SCALES),
            )
        },
        "typical": float(found.customers.probability.mean()) if found and size else 0.1,
    }


def starting(start: CampaignParams, size: int) -> CampaignParams:
    """What an analysis begins with for an audience of `size`."""
    return replace(start, contacted=max(1, min(start.contacted, size)))


def _size(book: CampaignBook, text: str) -> tuple[Chosen | None, int]:
    """The audience and its customers; none of one that is not there, which the answer tells."""
    try:
        found = book.audience(text)
    except (InputError, NotFoundError):
        return None, 0
    return found, int(found.size)


def read_params(asked: Params, start: CampaignParams) -> CampaignParams:
    """The parameters that the controls ask about; InputError in words for what is missing or makes no sense."""
    for name in (*SLIDERS, *NUMBERS, "contacted"):
        if name in asked and asked[name] in (None, "") and name not in MAY_BE_EMPTY:
            raise InputError(f"{WORDS[name]} must be a number.")
    empty = {name: 0.0 for name in MAY_BE_EMPTY if name in asked and asked[name] in (None, "")}
    return CampaignParams.from_params({**asked, **empty}, start)


def register(app: Dash, services: Services) -> None:
    """Add the callback that fills the controls to `app`."""

    @app.callback(
        output={name: Output(*place) for name, place in OUTPUTS.items()},
        inputs={
            "analysis_id": Input(ids.SHELL_DATASET, "value"),
            "audience": Input(ids.ROI_AUDIENCE, "value"),
            "_reset": Input(ids.ROI_RESET, "n_clicks"),
            "_undo": Input(ids.ROI_UNDO, "n_clicks"),
        },
        state={
            "start": State(ids.ROI_START, "data"),
            "ready": State(ids.ROI_READY, "data"),
            "asked": State(ids.ROI_ASKED, "data"),
            "before": State(ids.ROI_BEFORE, "data"),
        },
    )
    def _begin(_reset: Any, _undo: Any, **given: Any) -> dict[str, Any]:
        return begin(services, **given, trigger=ctx.triggered_id)

"""The answer to what the controls of the ROI page ask, and the open one of the views that draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, no_update
from dash.exceptions import PreventUpdate

from callbacks.facts import Facts
from callbacks.roi_begin import read_params
from callbacks.roi_words import (
    answer_lines,
    answer_stats,
    depth_table,
    glance,
    range_table,
    rank_words,
    said,
)
from callbacks.segments_asked import own_height
from data.errors import LapwingError, NotFoundError
from figures.roi_curve import profit_curve
from figures.roi_heat import heat as heat_figure
from figures.roi_notes import curve_note, drivers_note, range_note
from figures.roi_range import outcome_histogram, scenario_bars
from figures.roi_tornado import tornado as tornado_figure
from figures.theme import says
from models.campaign.params import CampaignParams
from models.campaign.sensitivity import heat, scenarios, tornado
from pages._ui import ids
from pages._ui import roi_parts as parts
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services
    from jobs.campaigns import CampaignBook, Chosen
    from models.roi import Answer

Shown = dict[str, Any]
OUTPUTS: Final[dict[str, tuple[str, str]]] = {
    "question": (ids.ROI_QUESTION, "children"),
    "verdict": (ids.ROI_VERDICT, "children"),
    "glance": (ids.ROI_GLANCE, "children"),
    "stats": (ids.ROI_STATS, "children"),
    "lines": (ids.ROI_LINES, "children"),
    "cautions": (ids.ROI_CAUTIONS, "children"),
    "answered": (ids.ROI_ANSWERED, "data"),
    "depth": (ids.ROI_DEPTH, "figure"),
    "depth_style": (ids.ROI_DEPTH, "style"),
    "depth_note": (ids.ROI_DEPTH_NOTE, "children"),
    "depth_table": (ids.ROI_DEPTH_TABLE, "children"),
    "best_closed": (ids.ROI_BEST, "disabled"),
    "range": (ids.ROI_RANGE, "figure"),
    "range_style": (ids.ROI_RANGE, "style"),
    "range_note": (ids.ROI_RANGE_NOTE, "children"),
    "range_table": (ids.ROI_RANGE_TABLE, "children"),
    "bars": (ids.ROI_BARS, "figure"),
    "bars_style": (ids.ROI_BARS, "style"),
    "tornado": (ids.ROI_TORNADO, "figure"),
    "tornado_style": (ids.ROI_TORNADO, "style"),
    "tornado_note": (ids.ROI_TORNADO_NOTE, "children"),
    "heat": (ids.ROI_HEAT, "figure"),
    "heat_style": (ids.ROI_HEAT, "style"),
    "heat_note": (ids.ROI_HEAT_NOTE, "children"),
}
CHARTS: Final = {"depth": ("depth",), "range": ("range", "bars"), "drivers": ("tornado", "heat")}


def draw(services: Services, asked: Mapping[str, Any] | None, view: str, theme: str | None) -> Shown:
    """The question, its answer and the open view; a message in its place where it cannot be answered."""
    if not asked or not theme:
        raise PreventUpdate
    shown: Shown = dict.fromkeys(OUTPUTS, no_update)
    stamp = {"stamp": asked.get("stamp")}
    try:
        book = services.campaign(str(asked["analysis"]))
        facts = Facts.of(services, str(asked["analysis"]))
        params = read_params(asked, book.start)
        text = str(asked["audience"])
        chosen = _audience(book, text)
        # As many as there are; that there are no more is said beside the control.
        # How many are left out of a test changes nothing of what is expected of the campaign.
        params = replace(params, contacted=min(params.contacted, chosen.size), holdout=book.start.holdout)
        found = book.answer(text, params)
        shown |= told(found, chosen, facts)
        scene = Scene(book, text, chosen, params, found, facts.currency, theme, bool(asked.get("narrow")))
        more, answered = VIEWS[view](scene) if view in VIEWS else ({}, {})
        return shown | more | {"answered": stamp | answered}
    except LapwingError as error:
        return shown | unanswered(str(error), view, theme) | {"answered": stamp}


def _audience(book: CampaignBook, text: str) -> Chosen:
    try:
        return book.audience(text)
    except NotFoundError as error:
        raise NotFoundError(f"{error} Choose another audience.") from error


class Scene:
    """Everything that a view is drawn from."""

    def __init__(
        self,
        book: CampaignBook,
        text: str,
        chosen: Chosen,
        params: CampaignParams,
        found: Answer,
        currency: str | None,
        theme: str,
        narrow: bool,
    ) -> None:
        self.book, self.text, self.chosen, self.params, self.found = book, text, chosen, params, found
        self.currency, self.theme, self.narrow = currency, theme, narrow

    @property
    def look(self) -> dict[str, Any]:
        """How every chart is drawn."""
        return {"currency": self.currency, "theme": self.theme, "narrow": self.narrow}


def told(found: Answer, chosen: Chosen, facts: Facts) -> Shown:
    """Sentence, verdict, numbers and cautions of an answer."""
    params = found.params
    notes = [*found.cautions, *([chosen.note] if chosen.note else [])]
    return {
        "question": parts.question(params.discount, found.contacted, chosen.phrase),
        "verdict": said(found, facts.currency),
        "glance": glance(found, facts.currency),
        "stats": parts.stats(answer_stats(found, facts.currency)),
        "lines": parts.lines(answer_lines(found, facts)),
        "cautions": parts.cautions(notes),
    }


def unanswered(text: str, view: str, theme: str) -> Shown:
    """A message in place of the answer, and charts that say so."""
    blank: Shown = {
        "question": "Do we make money?",
        "verdict": problem(text),
        "glance": None,
        "stats": None,
        "lines": None,
        "cautions": None,
    }
    for name in CHARTS.get(view, ()):
        blank[name] = says("There is no answer to draw.", theme)
    for name in ("depth_note", "depth_table", "range_note", "range_table", "tornado_note", "heat_note"):
        if name.split("_", maxsplit=1)[0] in CHARTS.get(view, ()):
            blank[name] = None
    return blank | ({"best_closed": True} if view == "depth" else {})


def _depth(scene: Scene) -> tuple[Shown, dict[str, Any]]:
    depth = scene.book.depth(scene.text, scene.params)
    figure = profit_curve(
        depth,
        contacted=scene.found.contacted,
        audience_words=scene.chosen.label,
        # On a phone there is no room for more.
        rank_words="best first" if scene.narrow else rank_words(scene.params),
        **scene.look,
    )
    shown = {
        "depth": figure,
        "depth_style": own_height(figure),
        "depth_note": " ".join(curve_note(depth, scene.found, scene.currency)),
        "depth_table": depth_table(depth, scene.found, scene.currency),
        "best_closed": depth.best < 1 or depth.best == scene.found.contacted,
    }
    return shown, {"best": int(depth.best)}


def _range(scene: Scene) -> tuple[Shown, dict[str, Any]]:
    found = scene.found
    figure = outcome_histogram(found.draws, found.low, found.high, found.financials.net_profit, **scene.look)
    rows = scenarios(scene.book.crowd(scene.text, scene.params), scene.params)
    bars = scenario_bars(rows, unit=scene.params.uplift_unit, **scene.look)
    shown = {
        "range": figure,
        "range_style": own_height(figure),
        "range_note": " ".join(range_note(found, scene.currency)),
        "range_table": range_table(rows, scene.params, scene.currency),
        "bars": bars,
        "bars_style": own_height(bars),
    }
    return shown, {}


def _drivers(scene: Scene) -> tuple[Shown, dict[str, Any]]:
    contacted = scene.book.crowd(scene.text, scene.params)
    drivers = tornado(contacted, scene.params)
    grid = heat(contacted, scene.params)
    figure = tornado_figure(drivers, scene.found.financials.net_profit, **scene.look)
    map_figure = heat_figure(grid, scene.params, **scene.look)
    shown = {
        "tornado": figure,
        "tornado_style": own_height(figure),
        "tornado_note": " ".join(drivers_note(drivers, scene.found.financials.net_profit, scene.currency)),
        "heat": map_figure,
        "heat_style": own_height(map_figure),
        "heat_note": "Click on a cell to ask about it. The offer changes what is given off only, not how many more buy.",
    }
    return shown, {}


VIEWS: Final = {"depth": _depth, "range": _range, "drivers": _drivers}


def register(app: Dash, services: Services) -> None:
    """Add the callback of the answer to `app`."""

    @app.callback(
        output={name: Output(*place) for name, place in OUTPUTS.items()},
        inputs={
            "asked": Input(ids.ROI_ASKED, "data"),
            "view": Input(ids.ROI_OPEN, "data"),
            "theme": Input(ids.SHELL_THEME_VALUE, "data"),
        },
    )
    def _draw(asked: Any, view: Any, theme: Any) -> Shown:
        return draw(services, asked, str(view), theme)

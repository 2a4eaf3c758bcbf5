"""The views of the segments page: which stores and charts each has, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from dash import Dash, Input, Output, no_update
from dash.dependencies import ClientsideFunction

from callbacks.segments_asked import Answer, Asked
from callbacks.segments_clusters import clusters
from callbacks.segments_map import customer_map
from callbacks.segments_movement import movement
from callbacks.segments_profiles import makeup, profiles
from callbacks.segments_sizes import sizes
from data.errors import InputError, LapwingError
from figures.theme import says
from pages._ui import ids
from pages._ui.controls import problem

if TYPE_CHECKING:
    from callbacks.services import Services

# View -> its store, what it shows, its outputs by name, of which the first is its main chart.
Places = dict[str, tuple[str, str]]
VIEWS: Final[dict[str, tuple[str, Callable[[Asked], Answer], Places]]] = {
    "sizes": (
        ids.SEGMENTS_DRAW_SIZES,
        sizes,
        {
            "figure": (ids.SEGMENTS_SIZES, "figure"),
            "style": (ids.SEGMENTS_SIZES, "style"),
            "ring": (ids.SEGMENTS_DONUT, "figure"),
            "ring_box": (ids.SEGMENTS_DONUT_BOX, "hidden"),
            "table": (ids.SEGMENTS_COMPARE, "children"),
        },
    ),
    "map": (
        ids.SEGMENTS_DRAW_MAP,
        customer_map,
        {
            "figure": (ids.SEGMENTS_MAP, "figure"),
            "note": (ids.SEGMENTS_MAP_NOTE, "children"),
            "space": (ids.SEGMENTS_SPACE, "figure"),
            "space_note": (ids.SEGMENTS_SPACE_NOTE, "children"),
            "scores": (ids.SEGMENTS_SCORES, "children"),
            "grid": (ids.SEGMENTS_GRID, "figure"),
            "grid_box": (ids.SEGMENTS_GRID_BOX, "hidden"),
        },
    ),
    "clusters": (
        ids.SEGMENTS_DRAW_CLUSTERS,
        clusters,
        {
            "figure": (ids.SEGMENTS_PCA, "figure"),
            "text": (ids.SEGMENTS_CLUSTERS_TEXT, "children"),
            "note": (ids.SEGMENTS_PCA_NOTE, "children"),
            "space": (ids.SEGMENTS_PCA_SPACE, "figure"),
            "loadings": (ids.SEGMENTS_LOADINGS, "figure"),
            "loadings_style": (ids.SEGMENTS_LOADINGS, "style"),
            "pca_box": (ids.SEGMENTS_CLUSTERS_CHARTS, "hidden"),
            "elbow": (ids.SEGMENTS_ELBOW, "figure"),
            "elbow_style": (ids.SEGMENTS_ELBOW, "style"),
            "elbow_box": (ids.SEGMENTS_CLUSTERS_K, "hidden"),
            "stable": (ids.SEGMENTS_STABILITY, "figure"),
            "stable_style": (ids.SEGMENTS_STABILITY, "style"),
            "stable_box": (ids.SEGMENTS_STABILITY_BOX, "hidden"),
        },
    ),
    "profiles": (
        ids.SEGMENTS_DRAW_PROFILES,
        profiles,
        {
            "figure": (ids.SEGMENTS_BOXES, "figure"),
            "style": (ids.SEGMENTS_BOXES, "style"),
            "note": (ids.SEGMENTS_BOXES_NOTE, "children"),
            "heat": (ids.SEGMENTS_HEAT, "figure"),
            "heat_style": (ids.SEGMENTS_HEAT, "style"),
            "radar": (ids.SEGMENTS_RADAR, "figure"),
        },
    ),
    "makeup": (
        ids.SEGMENTS_DRAW_MAKEUP,
        makeup,
        {
            "figure": (ids.SEGMENTS_MAKEUP, "figure"),
            "style": (ids.SEGMENTS_MAKEUP, "style"),
            "note": (ids.SEGMENTS_MAKEUP_NOTE, "children"),
        },
    ),
    "movement": (
        ids.SEGMENTS_DRAW_MOVEMENT,
        movement,
        {
            "figure": (ids.SEGMENTS_FLOWS, "figure"),
            "style": (ids.SEGMENTS_FLOWS, "style"),
            "text": (ids.SEGMENTS_FLOWS_TEXT, "children"),
            "table": (ids.SEGMENTS_FLOWS_TABLE, "children"),
            "hidden": (ids.SEGMENTS_FLOWS_CHARTS, "hidden"),
        },
    ),
}


def without_legend(shown: Answer) -> Answer:
    """On a phone the page has one legend for all charts: in them it would take half the room."""
    for name in ("figure", "space"):
        figure: Any = shown.get(name)
        if hasattr(figure, "update_layout"):
            figure.update_layout(showlegend=False, margin_t=36, overwrite=False)
    return shown


def answer(services: Services, view: str, data: Mapping[str, Any] | None) -> Answer:
    """What a view shows, or in words why it cannot."""
    _, work, places = VIEWS[view]
    try:
        asked = Asked.read(services, data)
        shown = work(asked)
        return without_legend(shown) if asked.narrow and view in ("map", "clusters") else shown
    except LapwingError as error:
        text = (
            str(error)
            if isinstance(error, InputError)
            else "This view cannot be shown: the segments are gone."
        )
        theme = str((data or {}).get("theme"))
        told: Answer = dict.fromkeys(places, no_update) | {
            "figure": says("This view cannot be drawn.", theme)
        }
        for name in ("table", "note", "text"):
            if name in places:
                return told | {name: problem(text)}
        return told


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the views to `app`."""
    for view, (store, _, places) in VIEWS.items():

        def draw(data: Any, view: str = view) -> Answer:
            return answer(services, view, data)

        app.callback(
            output={name: Output(*place) for name, place in places.items()},
            inputs={"data": Input(store, "data")},
            prevent_initial_call=True,
        )(draw)
    app.clientside_callback(
        ClientsideFunction("segments", "drawn"),
        *(Input(*places["figure"]) for _, _, places in VIEWS.values()),
        prevent_initial_call=True,
    )

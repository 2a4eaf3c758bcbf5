"""The views of the segments page: one tab each, of which only the open one is worked out."""

from __future__ import annotations

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.controls import select
from pages._ui.explorer_chart import OWN, chart
from pages._ui.explorer_words import VIEWS
from pages._ui.tabs import tab_panel, tab_row

PREFIX: Final = "segments"


def panel_id(view: str) -> str:
    """Id of what the tab of `view` shows."""
    return f"segments-panel-{view}"


def section(chosen: str, advice: Component) -> Component:
    """The row of tabs over the view that is open."""
    tabs = {view: (words, panel_id(view)) for view, words in VIEWS.items()}
    content = {
        "sizes": _sizes(),
        "map": _map(),
        "clusters": _clusters(),
        "profiles": _profiles(),
        "makeup": _makeup(),
        "movement": _movement(),
        "advice": [advice],
    }
    return html.Section(
        [
            html.Div(tab_row(PREFIX, "Views", tabs, chosen), className="lw-tabs-row"),
            # Where the filters, whose check boxes are the legend, are folded away.
            html.Div(id=ids.SEGMENTS_LEGEND, className="seg-key"),
            *(
                tab_panel(PREFIX, view, panel_id(view), html.Div(parts, className="seg-view"), chosen)
                for view, parts in content.items()
            ),
            dcc.Store(id=ids.SEGMENTS_OPEN, data=chosen),
            *(
                dcc.Store(id=store)
                for store in (
                    ids.SEGMENTS_DRAW_SIZES,
                    ids.SEGMENTS_DRAW_MAP,
                    ids.SEGMENTS_DRAW_CLUSTERS,
                    ids.SEGMENTS_DRAW_PROFILES,
                    ids.SEGMENTS_DRAW_MAKEUP,
                    ids.SEGMENTS_DRAW_MOVEMENT,
                )
            ),
        ],
        className="lw-card seg-views",
        **{"aria-label": "Charts"},
    )


def _sizes() -> list[Component]:
    return [
        html.Div(
            [
                chart(
                    ids.SEGMENTS_SIZES,
                    "Customers and revenue",
                    "Bars: how many customers and how much revenue each has. The table below says the same.",
                    text="A click on a bar selects its customers; another click lets them go.",
                    size=OWN,
                    tools=False,
                ),
                html.Div(
                    chart(
                        ids.SEGMENTS_DONUT,
                        "Share of revenue",
                        "Ring: shares of revenue. The table below says the same.",
                        size="seg-chart--ring",
                        tools=False,
                    ),
                    id=ids.SEGMENTS_DONUT_BOX,
                    hidden=True,
                ),
            ],
            className="seg-pair seg-pair--wide",
        ),
        html.Div([html.H3("Compared"), html.Div(id=ids.SEGMENTS_COMPARE)], className="seg-chart-box"),
    ]


def _map() -> list[Component]:
    return [
        html.Div(
            chart(
                ids.SEGMENTS_GRID,
                "Map of scores",
                "Map of recency against frequency and money, five steps each, with the customers in each cell.",
                text="Each cell is coloured by the segment of most of its customers; a click selects that segment.",
                size="seg-chart--grid",
                tools=False,
            ),
            id=ids.SEGMENTS_GRID_BOX,
            hidden=True,
        ),
        html.Div(
            [
                chart(
                    ids.SEGMENTS_MAP,
                    "Map of customers",
                    "Map of customers, a dot each, on two measures. The table below lists them.",
                    note_id=ids.SEGMENTS_MAP_NOTE,
                    size="seg-chart--tall",
                    lasso=True,
                    controls=(
                        select(ids.SEGMENTS_X, "X axis", [], None),
                        select(ids.SEGMENTS_Y, "Y axis", [], None),
                    ),
                ),
                chart(
                    ids.SEGMENTS_SPACE,
                    "In three dimensions",
                    "Recency, frequency and money in three dimensions. Drag to turn. The table below lists the customers.",
                    note_id=ids.SEGMENTS_SPACE_NOTE,
                    size="seg-chart--tall",
                ),
            ],
            className="seg-pair",
        ),
        html.Div(
            [html.H3("Scores and definitions"), html.Div(id=ids.SEGMENTS_SCORES)], className="seg-chart-box"
        ),
    ]


def _clusters() -> list[Component]:
    return [
        html.Div(id=ids.SEGMENTS_CLUSTERS_TEXT),
        html.Div(
            [
                html.Div(
                    [
                        chart(
                            ids.SEGMENTS_PCA,
                            "Main directions",
                            "Customers along the two directions in which they differ most. The table below lists them.",
                            note_id=ids.SEGMENTS_PCA_NOTE,
                            size="seg-chart--tall",
                            lasso=True,
                        ),
                        chart(
                            ids.SEGMENTS_PCA_SPACE,
                            "Three main directions",
                            "Customers along the three directions in which they differ most. Drag to turn.",
                            size="seg-chart--tall",
                        ),
                    ],
                    className="seg-pair",
                ),
                html.Div(
                    [
                        chart(
                            ids.SEGMENTS_LOADINGS,
                            "What the directions mean",
                            "Loadings: how much each measure counts in each direction.",
                            text="The longer a bar, the more the measure counts in that direction.",
                            size=OWN,
                            tools=False,
                        ),
                        html.Div(
                            chart(
                                ids.SEGMENTS_STABILITY,
                                "How stable they are",
                                "Stability: how well each was found again on other samples.",
                                size=OWN,
                                tools=False,
                            ),
                            id=ids.SEGMENTS_STABILITY_BOX,
                        ),
                    ],
                    className="seg-pair",
                ),
            ],
            id=ids.SEGMENTS_CLUSTERS_CHARTS,
            className="seg-view",
        ),
        html.Div(
            chart(
                ids.SEGMENTS_ELBOW,
                "How many there should be",
                "Inertia, silhouette and explained variance by number of clusters.",
                size=OWN,
                tools=False,
            ),
            id=ids.SEGMENTS_CLUSTERS_K,
        ),
    ]


def _profiles() -> list[Component]:
    return [
        chart(
            ids.SEGMENTS_BOXES,
            "Spread",
            "Box plots of one measure: the middle half, the median, and where 9 of 10 customers lie.",
            note_id=ids.SEGMENTS_BOXES_NOTE,
            size=OWN,
            tools=False,
            controls=(select(ids.SEGMENTS_METRIC, "Metric", [], None),),
        ),
        html.Div(
            [
                chart(
                    ids.SEGMENTS_HEAT,
                    "Against the average",
                    "Heatmap: means against the mean of all customers, in standard deviations.",
                    text="How far each mean lies from that of all customers, in standard deviations.",
                    size=OWN,
                    tools=False,
                ),
                chart(
                    ids.SEGMENTS_RADAR,
                    "As shapes",
                    "Radar: the same, a shape each, against the average.",
                    text="The same as shapes; the ring in the middle is the average customer.",
                    size="seg-chart--tall",
                    tools=False,
                ),
            ],
            className="seg-pair",
        ),
    ]


def _makeup() -> list[Component]:
    return [
        chart(
            ids.SEGMENTS_MAKEUP,
            "Who they are",
            "Make-up: the share of each value of a category.",
            note_id=ids.SEGMENTS_MAKEUP_NOTE,
            size=OWN,
            tools=False,
            controls=(select(ids.SEGMENTS_BY, "By", [], None),),
        ),
    ]


def _movement() -> list[Component]:
    return [
        html.Div(id=ids.SEGMENTS_FLOWS_TEXT),
        html.Div(
            [
                chart(
                    ids.SEGMENTS_FLOWS,
                    "From then to now",
                    "Flows of customers from where they were to where they are. The table beside it lists the largest.",
                    text="A click on a flow lists its customers in the table below.",
                    size=OWN,
                    tools=False,
                ),
                html.Div(
                    [html.H3("Largest flows"), html.Div(id=ids.SEGMENTS_FLOWS_TABLE)],
                    className="seg-chart-box",
                ),
            ],
            id=ids.SEGMENTS_FLOWS_CHARTS,
            className="seg-pair seg-pair--wide",
        ),
    ]

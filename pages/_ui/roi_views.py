"""The views of the ROI page that draw the answer: how far to go, the range, what matters, by segment."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from pages._ui import ids
from pages._ui.controls import icon
from pages._ui.explorer_chart import OWN, chart
from pages._ui.roi_parts import SCENARIOS


def depth_view() -> list[Component]:
    """The profit by how many are contacted, the best depth and what other depths lose."""
    best = dbc.Button(
        [icon("crosshair"), "Use the best depth"], id=ids.ROI_BEST, color="light", size="sm", disabled=True
    )
    return [
        chart(
            ids.ROI_DEPTH,
            "Net profit by customers contacted",
            "Chart of net profit by the number of customers, best first. The table below says the same.",
            note_id=ids.ROI_DEPTH_NOTE,
            text="Click on the curve to contact that many.",
            size=OWN,
            controls=(best,),
        ),
        html.Div(id=ids.ROI_DEPTH_TABLE),
    ]


def range_view() -> list[Component]:
    """What may come out, and what the profit is made of."""
    return [
        html.Div(
            [
                chart(
                    ids.ROI_RANGE,
                    "What may come out",
                    "Chart of the net profits that were drawn.",
                    note_id=ids.ROI_RANGE_NOTE,
                    size=OWN,
                ),
                chart(
                    ids.ROI_BARS,
                    "If the offer works less, or more",
                    "Chart of the net profit where the offer works as little or as much as its 80 % range says.",
                    size=OWN,
                ),
            ],
            className="seg-pair",
        ),
        html.Div(id=ids.ROI_RANGE_TABLE),
    ]


def drivers_view() -> list[Component]:
    """Which assumption moves the profit most, and two of them together."""
    return [
        html.Div(
            [
                chart(
                    ids.ROI_TORNADO,
                    "What matters most",
                    "Chart of how far each assumption moves the net profit.",
                    note_id=ids.ROI_TORNADO_NOTE,
                    size=OWN,
                ),
                chart(
                    ids.ROI_HEAT,
                    "Offer against effect",
                    "Chart of the net profit by what is given off and how many more buy.",
                    note_id=ids.ROI_HEAT_NOTE,
                    size=OWN,
                ),
            ],
            className="seg-pair",
        )
    ]


def segments_view() -> list[Component]:
    """The same campaign for each segment, best first."""
    scenario = html.Div(
        [
            html.Label("Scenario", htmlFor=ids.ROI_SEGMENTS_SCENARIO, className="lw-label"),
            dbc.Select(
                id=ids.ROI_SEGMENTS_SCENARIO,
                options=[{"label": label, "value": key} for key, label in SCENARIOS.items()],
                value="expected",
            ),
        ],
        className="lw-field",
    )
    download = html.A(
        [icon("download"), "Download CSV"],
        id=ids.ROI_SEGMENTS_DOWNLOAD,
        href="",
        download="",
        className="btn btn-sm btn-light",
    )
    return [
        chart(
            ids.ROI_SEGMENTS,
            "Net profit of each segment",
            "Chart of the net profit of each segment, best first. The table below says the same.",
            note_id=ids.ROI_SEGMENTS_NOTE,
            text="The same campaign for everybody of each segment. Click on one to ask about it alone.",
            size=OWN,
            controls=(scenario, download),
        ),
        html.Div(id=ids.ROI_SEGMENTS_TABLE),
    ]

"""The one place where a chart component is made."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from figures.theme import graph_config


def graph(
    component_id: str, label: str, filename: str, class_name: str = "", *, tools: bool = True, **props: Any
) -> Component:
    """A chart named `label` for screen readers, whose picture is saved as `filename`.png.

    Without `tools` it has no row of buttons, for a chart that is too small for them.
    """
    return html.Figure(
        dcc.Graph(
            id=component_id,
            style={"height": "100%"},
            config=graph_config(filename) | ({} if tools else {"displayModeBar": False}),
            responsive=True,
            **props,
        ),
        role="group",
        className=class_name,
        **{"aria-label": label},
    )

"""The one place where a chart component is made."""

from __future__ import annotations

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from figures.theme import graph_config

LASSO_BUTTONS: Final = ("select2d", "lasso2d")


def graph(
    component_id: str,
    label: str,
    filename: str,
    class_name: str = "",
    *,
    tools: bool = True,
    lasso: bool = False,
    height: str = "100%",
    **props: Any,
) -> Component:
    """A chart named `label` for screen readers, whose picture is saved as `filename`.png.

    Without `tools` it has no row of buttons, for a chart that is too small for them; with `lasso` it has
    those that draw around points. `height` is that of its frame, unless it is to set one of its own.
    """
    config = graph_config(filename) | ({} if tools else {"displayModeBar": False})
    if lasso:
        removed = [name for name in config["modeBarButtonsToRemove"] if name not in LASSO_BUTTONS]
        config |= {"displayModeBar": True, "modeBarButtonsToRemove": removed}
    return html.Figure(
        dcc.Graph(
            id=component_id,
            style={"height": height},
            config=config,
            responsive=True,
            **props,
        ),
        role="group",
        className=class_name,
        **{"aria-label": label},
    )

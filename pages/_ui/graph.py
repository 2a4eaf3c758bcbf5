"""The one place where a chart component is made."""

from __future__ import annotations

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from figures.theme import graph_config
from pages._ui.controls import icon

LASSO_BUTTONS: Final = ("select2d", "lasso2d")
# Format of a picture by the word on its button.
PICTURES: Final = {"PNG": "png", "SVG": "svg"}


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
    """A chart named `label` for screen readers, whose pictures are saved as `filename` and the day.

    Without `tools` it has no row of plotly's buttons, for a chart that is too small for them; with `lasso` it
    has those that draw around points. `height` is that of its frame, unless it is to set one of its own.
    """
    config = graph_config() | ({} if tools else {"displayModeBar": False})
    if lasso:
        removed = [name for name in config["modeBarButtonsToRemove"] if name not in LASSO_BUTTONS]
        config |= {"displayModeBar": True, "modeBarButtonsToRemove": removed}
    return html.Figure(
        [
            dcc.Graph(
                id=component_id,
                style={"height": height},
                config=config,
                responsive=True,
                **props,
            ),
            _pictures(filename),
        ],
        role="group",
        className=f"lw-figure {class_name}".strip(),
        **{"aria-label": label},
    )


def _pictures(filename: str) -> Component:
    """The buttons that save a picture of the chart; the script assets/pictures.js answers them."""
    return html.Div(
        [
            icon("download"),
            *(
                html.Button(
                    word,
                    type="button",
                    className="lw-pictures__button",
                    title=f"Save a picture of this chart ({word})",
                    **{"aria-label": f"{word} picture of this chart", "data-picture": form},
                )
                for word, form in PICTURES.items()
            ),
        ],
        className="lw-pictures",
        **{"data-filename": filename},
    )

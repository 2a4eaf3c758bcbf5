"""A chart of the segments page with its title, words and choices."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from pages._ui.glossary import linked
from pages._ui.graph import graph
from pages._ui.segment import BLANK_FIGURE

# A chart whose figure brings its height.
OWN: Final = "seg-chart--own"


def chart(
    component_id: str,
    title: str,
    label: str,
    *,
    note_id: str | None = None,
    text: str = "",
    size: str = "",
    lasso: bool = False,
    tools: bool = True,
    controls: tuple[Component, ...] = (),
) -> Component:
    """A chart under its title and choices; `text` stands above it, what callbacks write of it (`note_id`) below.

    `label` says to screen readers what it shows, `size` is the class of its height.
    """
    head = [
        html.H3(linked(title)),
        *([html.Div(list(controls), className="seg-controls")] if controls else []),
    ]
    return html.Div(
        [
            html.Div(head, className="seg-chart__head"),
            *([html.P(linked(text), className="lw-note")] if text else []),
            graph(
                component_id,
                label,
                f"lapwing-{component_id}",
                f"seg-chart {size}".strip(),
                figure=BLANK_FIGURE,
                tools=tools,
                lasso=lasso,
                height="20rem" if size == OWN else "100%",
            ),
            *([html.P(id=note_id, className="lw-note")] if note_id else []),
        ],
        className="seg-chart-box",
    )

"""Charts of all pages: made in one place, saved under a name of their own, in colours of the tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from app import create_app
from settings import Settings

# Made for paper, in a file of its own; and a mask, of which only the shape counts.
NOT_ON_PAGES = {"card.py", "roi_sheet.py", "roi_summary.py", "overview_spark.py"}
COLOUR = re.compile(
    r"""["'](?:#[0-9A-Fa-f]{3,8}|(?:rgb|hsl)a?\(\s*\d[^"']*|white|black|red|green|blue|gr[ae]y)["']"""
)
NOTHING = "rgba(0,0,0,0)"


def inside(component: Any, figure: Component | None = None) -> Iterator[tuple[dcc.Graph, Component | None]]:
    """The charts of a layout, each with the figure element around it."""
    if isinstance(component, list | tuple):
        for child in component:
            yield from inside(child, figure)
    elif isinstance(component, dcc.Graph):
        yield component, figure
    elif isinstance(component, Component):
        own = component if isinstance(component, html.Figure) else figure
        yield from inside(getattr(component, "children", None), own)


def test_every_chart_has_a_name_and_a_picture_of_its_own(tmp_path: Path) -> None:
    create_app(Settings(home=tmp_path / "home", autosample=False))
    saved: list[str] = []
    for page in dash.page_registry.values():
        layout = page["layout"]
        for chart, figure in inside(layout() if callable(layout) else layout):
            assert figure is not None, chart.id
            assert len(figure.to_plotly_json()["props"]["aria-label"]) > 10, chart.id
            buttons = figure.children[-1].to_plotly_json()["props"]
            saved.append(buttons["data-filename"])
            assert chart.config["displaylogo"] is chart.config["showSendToCloud"] is False, chart.id
            # The page's buttons save it on the page's own ground; plotly's would let the ground through.
            assert "toImage" in chart.config["modeBarButtonsToRemove"], chart.id
    assert len(saved) > 25
    assert len(saved) == len(set(saved))
    assert [name for name in saved if not re.fullmatch(r"lapwing(-[a-z0-9]+)+", name)] == []


def test_charts_are_made_in_one_place(root: Path) -> None:
    makers = [
        path.name
        for folder in ("pages", "callbacks")
        for path in (root / folder).rglob("*.py")
        if "dcc.Graph(" in path.read_text(encoding="utf-8")
    ]
    assert makers == ["graph.py"]


def test_charts_take_their_colours_from_the_tokens(root: Path) -> None:
    named = {
        path.name: found
        for path in (root / "figures").glob("*.py")
        if path.name not in NOT_ON_PAGES
        and (found := set(COLOUR.findall(path.read_text(encoding="utf-8"))) - {f'"{NOTHING}"'})
    }
    assert named == {}

"""The figures of the overview's charts as tables, each row with a link to the customers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from dash import dcc, html
from dash.development.base_component import Component

from pages._ui.controls import icon
from pages._ui.explorer_parts import text_table

Cell: TypeAlias = str | Component | Sequence[Any]


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    strong: Sequence[int] = (),
) -> Component:
    """A small table whose first cell names the row and whose others are numbers; rows `strong` are sums."""
    return text_table(caption, heads, rows, strong=strong, look="ov")


def listed(text: Cell, href: str, note: str = "") -> Component:
    """What a row is called, as a link to its customers, with a few words on who they are."""
    link = dcc.Link([text, icon("arrow-right-short")], href=href)
    return html.Span([link, html.Small(note)]) if note else html.Span(link)


def named(colour: int, name: str) -> Component:
    """A segment's name beside its colour."""
    mark = html.Span(
        className="ov-swatch", style={"background": f"var(--lw-seg-{int(colour)})"}, **{"aria-hidden": "true"}
    )
    return html.Span([mark, html.Span(name)], className="ov-named")


def note(text: str, link: str = "", href: str = "") -> list[Any]:
    """A sentence about a chart, with a link to the customers it speaks of."""
    return [text, " ", dcc.Link([link, icon("arrow-right-short")], href=href)] if link else [text]

"""The figures of the overview's charts as tables, each row with a link to the customers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from dash import dcc, html
from dash.development.base_component import Component

from pages._ui.controls import icon
from pages._ui.glossary import linked

Cell: TypeAlias = str | Component | Sequence[Any]


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    strong: Sequence[int] = (),
) -> Component:
    """A small table whose first cell names the row and whose others are numbers; rows `strong` are sums."""
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="lw-sr"),
                html.Thead(html.Tr([html.Th(linked(head), scope="col") for head in heads])),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Th(cell, scope="row") if place == 0 else html.Td(cell)
                                for place, cell in enumerate(row)
                            ],
                            className="ov-sum" if at in strong else None,
                        )
                        for at, row in enumerate(rows)
                    ]
                ),
            ],
            className="ov-table",
        ),
        className="ov-scroll",
        # It scrolls where it is wide, so the keyboard must reach it.
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


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

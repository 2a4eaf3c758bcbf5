"""Saving the customers on screen as a list, and the lists there are, from plain values; all names are text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from figures import words
from pages._ui import ids
from pages._ui.controls import empty, icon
from pages._ui.dialogs import NAME_LENGTH, ask_dialog, name_dialog
from pages._ui.segment import XLSX_ROWS

# Type of the id of a list's button, which has the list's own id beside it.
DELETE: Final = "segments-list-delete"


@dataclass(frozen=True)
class Saved:
    """One list in plain values; `address` shows what it was made of, None where its segments are deleted."""

    id: str
    name: str
    customers: int
    made: str
    as_of: str | None
    chips: tuple[str, ...]
    address: str | None = None


def save_panel() -> Component:
    """The dialogue that saves the customers on screen."""
    return name_dialog(
        ids.SEGMENTS_KEEP_PANEL,
        "Save as list",
        "Name of the list",
        "Save list",
        about=ids.SEGMENTS_KEEP_WHO,
        name=ids.SEGMENTS_KEEP_NAME,
        message=ids.SEGMENTS_KEEP_MESSAGE,
        cancel_button=ids.SEGMENTS_KEEP_CANCEL,
        save_button=ids.SEGMENTS_KEEP_SAVE,
    )


def who(customers: int, chips: Sequence[str], title: str) -> list[Component]:
    """Who is going to be in the list: how many, by what definition, of which segmentation."""
    told = (
        f"{words.plural(customers, 'customer')}, segments by {title}."
        if customers
        else "No customer matches these filters: there is nothing to save."
    )
    return [html.P(told, className="act-keep__count"), _chips(chips or ["Everybody"])]


def _chips(texts: Sequence[str]) -> Component:
    return html.Ul([html.Li(text) for text in texts], className="lw-chips", **{"aria-label": "Definition"})


def suggested(chips: Sequence[str]) -> str:
    """A name for a list of these chips: "Champions, Churn risk: High"; "Everybody" where nothing is filtered."""
    names = [text.removeprefix("Segment: ") for text in chips]
    found = ", ".join(names) or "Everybody"
    return found if len(found) <= NAME_LENGTH else found[: NAME_LENGTH - 1].rstrip(" ,") + "…"


def saved_lists(found: Sequence[Saved], elsewhere: int) -> list[Component]:
    """The lists of this data set, newest first; and how many there are of others."""
    more = (
        html.P(
            f"{words.plural(elsewhere, 'more list')} of other data sets: choose the data set to see them.",
            className="lw-help",
        )
        if elsewhere
        else html.Div()
    )
    if not found:
        nothing = empty(
            "No lists yet",
            "Filter the customers you want to reach, then choose “Save as list” above: the list stays as it is now, "
            "whatever later analyses say.",
            icon_name="bookmark",
        )
        return [nothing, more]
    return [html.Ul([_saved(one) for one in found], className="act-lists"), more]


def _saved(one: Saved) -> Component:
    as_of = f", as of {words.day(one.as_of)}" if one.as_of else ""
    about = html.Span(f" {one.name}", className="lw-sr")
    # A link that loads the page anew: its filters begin with what the address says.
    open_link = html.A(
        [icon("box-arrow-in-up-right"), "Open", about], href=one.address, className="btn btn-light btn-sm"
    )
    files = [
        html.A(
            [icon("download"), label, about],
            href=f"/lists/{one.id}/customers.{extension}",
            download="",
            className="btn btn-light btn-sm",
        )
        for extension, label in (("csv", "CSV"), ("xlsx", "Excel"))
        if extension == "csv" or one.customers <= XLSX_ROWS
    ]
    return html.Li(
        [
            html.Div(
                [
                    html.H3(one.name),
                    html.P(
                        [html.B(words.plural(one.customers, "customer")), f"{as_of} · saved {one.made}"],
                        className="lw-help",
                    ),
                    _chips(one.chips or ("Everybody",)),
                    html.P("Its segments are deleted; the list itself is whole.", className="lw-help")
                    if one.address is None
                    else None,
                ],
                className="act-lists__about",
            ),
            html.Div(
                [
                    *([open_link] if one.address else []),
                    *files,
                    html.Button(
                        [icon("trash3"), html.Span(f"Delete {one.name}", className="lw-sr")],
                        id={"type": DELETE, "id": one.id},
                        type="button",
                        title="Delete",
                        className="lw-icon-button",
                    ),
                ],
                className="act-lists__actions",
            ),
        ],
        className="lw-card act-lists__item",
    )


def ask_panel() -> Component:
    """One question before a list or a segmentation is deleted."""
    return ask_dialog(
        ids.SEGMENTS_ASK,
        "Delete this?",
        title_id=ids.SEGMENTS_ASK_TITLE,
        text_id=ids.SEGMENTS_ASK_TEXT,
        keep_button=ids.SEGMENTS_ASK_NO,
        do_button=ids.SEGMENTS_ASK_YES,
        more=[dcc.Store(id=ids.SEGMENTS_ASK_ABOUT)],
    )

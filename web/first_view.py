"""The page before its scripts: the frame with the choice of an analysis, and the overview with its numbers.

Made of the same trees and the same answers as Dash's own page, so that nothing moves when that takes its place
(assets/theme.js does the exchange).
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import dash
from dash import html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import overview
from callbacks.shell import choose_analysis, first_look, watch_jobs
from data.errors import LapwingError
from pages._ui import ids
from web.markup import Renderer

if TYPE_CHECKING:
    from callbacks.services import Services

log = logging.getLogger("lapwing.web")

# Where Dash keeps the page, its title and the address.
CONTENT, TITLE, LOCATION = "_pages_content", "_pages_store", "_pages_location"
HEAD: Final = "lw-page__head"


def first_view(services: Services, shell: Component, path: str, search: str) -> str:
    """The page at `path` as HTML, for the first answer; empty where it cannot be made.

    `shell` is the layout of the app, `search` the query of the address, with or without its question mark. Whatever
    goes wrong is logged with an id: the page then comes as it always could, from its scripts.
    """
    try:
        return _view(services, shell, path, search)
    except Exception:
        # A page without its first view is slower, and nothing worse.
        log.exception("first view of %s (%s)", path, uuid.uuid4().hex[:8])
        return ""


def picker(services: Services, search: str) -> dict[str, Any]:
    """The properties of the choice of an analysis for an address; none where the workspace cannot be read."""
    try:
        options, chosen, closed, _ = choose_analysis(services, None, search, None, None)
    except LapwingError:
        return {}
    return {"options": options, "value": chosen, "disabled": closed}


def layout_at(services: Services, address: str) -> dict[str, dict[str, Any]]:
    """What the layout brings for an address, by component id: its page, the choice of an analysis, and what runs.

    Dash would ask for each of them at its start, for the choice three times over. And it starts the callbacks of a
    page that comes later than the frame, even those that are to wait for a click, where they answer outside of it.
    Whatever goes wrong is logged with an id, and Dash asks as it always could.
    """
    try:
        return _layout_at(services, address)
    except Exception:
        log.exception("layout of %s (%s)", address, uuid.uuid4().hex[:8])
        return {}


def _layout_at(services: Services, address: str) -> dict[str, dict[str, Any]]:
    parts = urlsplit(address)
    search = f"?{parts.query}" if parts.query else ""
    picked = picker(services, search)
    filled = {ids.SHELL_DATASET: picked}
    # Where the address asks for what is not there, the first look at the jobs says so; it must come then.
    if picked and first_look(search, picked["value"]) is dash.no_update:
        with contextlib.suppress(LapwingError):
            look = watch_jobs(services, None)
            filled[ids.SHELL_JOBS_STATE] = {"data": look["state"]}
            filled[ids.SHELL_JOBS_TICK] = {"interval": look["tick"]}
    if page := page_at(parts.path):
        filled[CONTENT] = {"children": content(page, search)}
        filled[TITLE] = {"data": {"title": page["title"]}}
        # As the browser will tell it: then it is no news, for which Dash would ask for the page again.
        place = {"pathname": parts.path, "search": search, "hash": "", "href": address}
        filled |= {LOCATION: place, ids.SHELL_LOCATION: place}
    return filled


def page_at(path: str) -> dict[str, Any] | None:
    """What Dash knows of the page at `path`; None where there is none."""
    return next((one for one in dash.page_registry.values() if one["path"] == path), None)


def content(page: dict[str, Any], search: str) -> Component:
    """The layout of a page for the query of its address."""
    layout = page["layout"]
    tree: Component = layout(**_query(search)) if callable(layout) else layout
    return tree


def _view(services: Services, shell: Component, path: str, search: str) -> str:
    page = page_at(path)
    if page is None:
        return ""
    picked = picker(services, search)
    filled: dict[str, dict[str, Any]] = {ids.SHELL_DATASET: picked}
    tree = content(page, search)
    if path == "/":
        filled |= _overview(services, picked.get("value", ""), tree[ids.OVERVIEW_START].data)
    else:
        tree = html.Div([_head(tree), *SKELETON], className=getattr(tree, "className", "lw-page"))
    filled[CONTENT] = {"children": tree}
    view = Renderer(path, filled, omitted=(ids.SHELL_GLOSSARY,)).html(shell)
    return f'<div id="lw-early" class="lw-early">{view}</div>'


def _query(search: str) -> dict[str, Any]:
    """The query as Dash hands it to a page: a name that comes more than once has a list."""
    found = parse_qs(search.lstrip("?"), keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _overview(services: Services, analysis_id: str, start: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the overview's first callback answers, by component id; nothing where there is no analysis."""
    if not analysis_id:
        return {}
    try:
        answer = overview.fill(services, analysis_id, {}, None, start, None)
    except PreventUpdate:
        return {}
    filled: dict[str, dict[str, Any]] = {}
    for name, (component_id, prop) in overview.PLACES.items():
        if answer[name] is not dash.no_update:
            filled.setdefault(component_id, {})[prop] = answer[name]
    return filled


def _head(tree: Any) -> Component | None:
    """The heading of a page; None where it has none."""
    found = (part for part in tree._traverse() if HEAD in str(getattr(part, "className", "")).split())
    head: Component | None = next(found, None)
    return head


# Cards to come; a page that is there sooner than they would be noticed shows none.
SKELETON: Final = (
    html.Div(className="lw-skeleton lw-early__wide", **{"aria-hidden": "true"}),
    html.Div(className="lw-skeleton lw-early__tall", **{"aria-hidden": "true"}),
)

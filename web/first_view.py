"""The page before its scripts: the frame with the choice of an analysis, and the overview with its numbers.

Made of the same trees and the same answers as Dash's own page, so that nothing moves when that takes its place
(assets/theme.js does the exchange).
"""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import dash
from dash import html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks import overview
from callbacks.shell import choose_analysis
from data.errors import LapwingError
from pages._ui import ids
from web.markup import Renderer

if TYPE_CHECKING:
    from callbacks.services import Services

log = logging.getLogger("lapwing.web")

CONTENT: Final = "_pages_content"
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


def _view(services: Services, shell: Component, path: str, search: str) -> str:
    page = next((one for one in dash.page_registry.values() if one["path"] == path), None)
    if page is None:
        return ""
    picked = picker(services, search)
    filled: dict[str, dict[str, Any]] = {ids.SHELL_DATASET: picked}
    query = _query(search)
    layout = page["layout"]
    tree = layout(**query) if callable(layout) else layout
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

"""The frame around every page: navigation, data set, theme, running work, messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui import glossary, ids
from pages._ui.controls import icon
from pages._ui.dialogs import ask_dialog

# `web.index` fills the places. The theme is set by a script in the head, before the stylesheets: later would be a
# flash of the wrong colours.
INDEX_STRING = """<!DOCTYPE html>
<html lang="en" data-locale="LOCALE" data-bs-theme="light">
  <head>
    {%metas%}
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{%title%}</title>
    {%favicon%}
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer hidden>
      {%config%}
      {%scripts%}
    </footer>
  </body>
</html>
"""
# Linked in the head above; Dash would load it a second time at the end of the body.
ASSETS_IGNORE = r"theme\.js$"

ICONS = {
    "/": "grid-1x2",
    "/data": "database",
    "/segments": "pie-chart",
    "/propensity": "bullseye",
    "/predict": "person-check",
    "/roi": "calculator",
    "/performance": "speedometer2",
}
IDLE_MS = 3000
ACTIVE_MS = 1000


def shell(pages: Iterable[Mapping[str, Any]], mark: str) -> Component:
    """The whole layout, with a navigation entry for each of `pages` (dash.page_registry's values).

    `mark` is the address of the picture beside the name.
    """
    return html.Div(
        [
            html.A("Skip to content", href="#content", className="lw-skip"),
            _sidebar(pages, mark),
            html.Div(
                [
                    _topbar(),
                    html.Main(dash.page_container, id="content", className="lw-content", tabIndex="-1"),
                ],
                className="lw-main",
            ),
            # Where the page has changed without a load, assistive tools hear its title (assets/lapwing.js).
            html.P(id=ids.SHELL_ANNOUNCE, role="status", className="lw-sr"),
            html.Div(id=ids.SHELL_TOASTS, className="lw-toasts", role="region", **{"aria-label": "Messages"}),
            _cancel_dialog(),
            glossary.panel(),
            dcc.Location(id=ids.SHELL_LOCATION, refresh="callback-nav"),
            dcc.Store(id=ids.SHELL_THEME_VALUE),
            dcc.Store(id=ids.SHELL_PUBLISHED),
            dcc.Store(id=ids.SHELL_JOB_STARTED, storage_type="session"),
            dcc.Store(id=ids.SHELL_JOBS_STATE),
            dcc.Interval(id=ids.SHELL_JOBS_TICK, interval=ACTIVE_MS),
        ],
        className="lw-shell",
    )


def nav_id(path: str) -> str:
    """Id of the navigation entry of a page."""
    return f"{ids.SHELL_NAV}-{path.strip('/') or 'overview'}"


def _sidebar(pages: Iterable[Mapping[str, Any]], mark: str) -> Component:
    return html.Header(
        [
            dcc.Link(
                [html.Img(src=mark, className="lw-mark", alt=""), html.Span("Lapwing")],
                href="/",
                className="lw-brand",
            ),
            html.Nav(
                html.Div(
                    [
                        dbc.NavLink(
                            [icon(ICONS.get(page["path"], "circle")), html.Span(page["name"])],
                            id=nav_id(page["path"]),
                            href=page["path"],
                            active="exact",
                            className="lw-nav__link",
                        )
                        for page in pages
                        if page.get("order") is not None
                    ],
                    className="lw-nav",
                ),
                **{"aria-label": "Pages"},
            ),
            html.Div(
                [icon("shield-check"), "Everything stays on this machine."], className="lw-sidebar__foot"
            ),
        ],
        className="lw-sidebar",
    )


def _topbar() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Data set", htmlFor=ids.SHELL_DATASET),
                    dbc.Select(id=ids.SHELL_DATASET, options=[], placeholder="No data yet"),
                ],
                className="lw-picker",
            ),
            html.Div([_job(), glossary.help_button(), _theme_switch()], className="lw-topbar__right"),
        ],
        className="lw-topbar",
        role="region",
        **{"aria-label": "Workspace"},
    )


def _job() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    dcc.Link("", href="/data", id=ids.SHELL_JOB_LABEL),
                    html.Span(id=ids.SHELL_JOB_TEXT),
                ],
                className="lw-job__words",
            ),
            html.Progress(
                id=ids.SHELL_JOB_PROGRESS, value="0", max="100", **{"aria-label": "Progress of the job"}
            ),
            dbc.Button("Cancel", id=ids.SHELL_JOB_CANCEL, color="light", size="sm"),
        ],
        id=ids.SHELL_JOBS,
        className="lw-job lw-hidden",
        role="group",
        **{"aria-label": "Running job"},
    )


def _theme_switch() -> Component:
    return html.Button(
        [
            html.Span(icon("moon-stars"), className="lw-theme-light"),
            html.Span(icon("sun"), className="lw-theme-dark"),
        ],
        id=ids.SHELL_THEME,
        type="button",
        title="Light or dark",
        className="lw-icon-button",
        **{"aria-label": "Theme"},
    )


def _cancel_dialog() -> Component:
    return ask_dialog(
        ids.SHELL_JOB_MODAL,
        "Cancel this job?",
        title_id="shell-job-modal-title",
        text="What it has done so far is thrown away. Data and analyses you already have stay.",
        keep_button=ids.SHELL_JOB_KEEP,
        do_button=ids.SHELL_JOB_STOP,
        keep="Keep it running",
        do="Cancel the job",
    )


def toast(key: str, title: str, text: str, *, failed: bool = False) -> Component:
    """A message in the corner; a failure stays until it is closed."""
    return dbc.Toast(
        prose(text, fractions=False),
        key=key,
        header=toast_header(title, failed=failed),
        duration=None if failed else 8000,
        dismissable=True,
        is_open=True,
    )


def toast_header(title: str, *, failed: bool = False) -> Component:
    """The heading of a message, with a mark of how it went."""
    # The component's own `icon` is an image without a name.
    mark = icon("exclamation-triangle-fill text-danger" if failed else "check-circle-fill text-success")
    return html.Span([mark, title], className="lw-toast-head")

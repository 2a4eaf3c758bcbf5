"""A row of tabs and its panels; the script `tab` in assets/lapwing.js opens one, arrow keys move along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component


def tab_id(prefix: str, name: str) -> str:
    """Id of the button of the tab `name`; the script reads the name from it."""
    return f"{prefix}-tab-{name}"


def tab_row(
    prefix: str, label: str, tabs: Mapping[str, tuple[str, str]], chosen: str, class_name: str = ""
) -> Component:
    """The buttons of `tabs` (words and the panel's id by name), of which `chosen` is open."""
    return html.Div(
        [
            html.Button(
                words,
                id=tab_id(prefix, name),
                type="button",
                role="tab",
                className="lw-tab",
                tabIndex="0" if name == chosen else "-1",
                **{"aria-selected": "true" if name == chosen else "false", "aria-controls": panel},
            )
            for name, (words, panel) in tabs.items()
        ],
        role="tablist",
        className=f"lw-tabs {class_name}".strip(),
        **{"aria-label": label},
    )


def tab_panel(
    prefix: str, name: str, panel: str, children: Any, chosen: str, class_name: str | None = None
) -> Component:
    """What the tab `name` shows, with the id `panel`; hidden unless it is `chosen`."""
    return html.Div(
        children,
        id=panel,
        role="tabpanel",
        hidden=name != chosen,
        className=class_name,
        **{"aria-labelledby": tab_id(prefix, name)},
    )

"""The page that Dash's scripts start from: what they need, their addresses, and what is shown until they run."""

from __future__ import annotations

import copy
import re
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Final

import dash
from dash.fingerprint import check_fingerprint
from flask import request

from web.first_view import first_view, layout_at, page_at
from web.static import BOOTSTRAP, GRAPH, GRID, GRID_PART, ICONS, ICONS_FONT, MARK, PLOTLY, THEME, Static

if TYPE_CHECKING:
    from callbacks.services import Services

SUITES: Final = "/_dash-component-suites/"
# Loaded by the page that shows a table (assets/theme.js); Dash's own table is used by none.
LATER: Final = ("dash_ag_grid/", "dash/dash_table/")
ENTRY: Final = '<div id="react-entry-point"></div>'
Part = tuple[str, str]


class App(dash.Dash):
    """Dash with fingerprinted scripts that start after the first picture of the page, which the server makes."""

    static: Static
    # None while the app is put together: what the server knows must not be asked before its workers are forked.
    services: Services | None = None

    def index(self, *_args: Any, **_kwargs: Any) -> str:
        """The page at the address that is asked for."""
        path = request.path
        page = page_at(path) or {}
        parts = {
            "metas": '<meta charset="UTF-8">',
            "title": escape(str(page.get("title") or self.title)),
            "favicon": f'<link rel="icon" type="image/svg+xml" href="{self.static.url(MARK)}">',
            "css": "\n    ".join([*self._head, *self._hints(page)]),
            "app_entry": self._view(path) + ENTRY,
            "config": self._generate_config_html(),
            "scripts": self._inline,
        }
        # In one pass: what is put in is never looked at again.
        return PLACE.sub(lambda found: parts.get(found.group(1), ""), self.index_string)

    def get_layout(self) -> Any:
        """The layout with all that is known of the address for which it is asked."""
        layout = super().get_layout()
        filled = layout_at(self.services, request.referrer) if self.services and request.referrer else {}
        if not filled:
            return layout
        layout = copy.deepcopy(layout)
        for component_id, properties in filled.items():
            for name, value in properties.items():
                setattr(layout[component_id], name, value)
        return layout

    def _config(self) -> dict[str, Any]:
        # The layouts of all pages are there for a check of the callbacks' ids in every browser, which a test makes
        # once (tests/unit/pages/test_layout.py); they are nine tenths of the page.
        config: dict[str, Any] = super()._config()
        config.pop("validation_layout", None)
        return config | {"suppress_callback_exceptions": True}

    def _view(self, path: str) -> str:
        """What is shown until the scripts run."""
        search = request.query_string.decode("utf-8", "replace")
        return first_view(self.services, self.layout, path, search) if self.services else ""

    @cached_property
    def _head(self) -> list[str]:
        """Styles, and the scripts in the order in which `theme.js` starts them."""
        own = self.static.own
        styles = [*map(self.static.url, (BOOTSTRAP, ICONS)), *(url for url in own if url.endswith(".css"))]
        return [
            f'<script src="{self.static.url(THEME)}" data-plotly="{self.static.url(PLOTLY)}"'
            f' data-grid="{self.static.url(GRID)}"></script>',
            *(f'<link rel="stylesheet" href="{url}">' for url in styles),
            f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{self._font}">',
            *(f'<link rel="preload" as="script" href="{url}" data-run>' for url in self._scripts),
        ]

    @cached_property
    def _font(self) -> str:
        """The address of the icons' font as their stylesheet has it."""
        style = self.static.sources[ICONS].content.decode("utf-8")
        query = re.search(r"bootstrap-icons\.woff2(\?\w+)?", style)
        return self.static.url(ICONS_FONT) + ((query.group(1) or "") if query else "")

    @cached_property
    def _scripts(self) -> list[str]:
        """Every script of a page, in Dash's order."""
        own = [url for url in self.static.own if url.endswith(".js")]
        found: list[str] = []
        for url in re.findall(r'src="([^"]+)"', self._generate_scripts_html()):
            if url.startswith("/assets/"):
                found += [one for one in own if one not in found]
                continue
            name = check_fingerprint(url.removeprefix(SUITES))[0]
            if not name.startswith(LATER):
                found.append(self.static.url(name) if name in self.static.sources else url)
        return found

    @cached_property
    def _inline(self) -> str:
        """Dash's own small scripts, whose hashes the policy of the page names."""
        self._generate_scripts_html()
        return "\n      ".join(f"<script>{text}</script>" for text in self._inline_scripts)

    def _hints(self, page: dict[str, Any]) -> list[str]:
        """What the scripts of a page will ask for as soon as they run."""
        found = self._kinds.get(str(page.get("path")), set())
        wanted = [GRAPH, PLOTLY] if "Graph" in found else []
        wanted += [GRID, GRID_PART] if "AgGrid" in found else []
        return [f'<link rel="prefetch" as="script" href="{self.static.url(name)}">' for name in wanted]

    @cached_property
    def _kinds(self) -> dict[str, set[str]]:
        """The kinds of components in each page's layout, by path."""
        # Dash has put the layouts of all pages together, in the order of the registry, to check them.
        layouts = self.validation_layout.children if self.validation_layout else []
        return {
            page["path"]: {str(getattr(part, "_type", "")) for part in layout._traverse()}
            for page, layout in zip(dash.page_registry.values(), layouts, strict=False)
        }


PLACE: Final = re.compile(r"\{%(\w+)%\}")

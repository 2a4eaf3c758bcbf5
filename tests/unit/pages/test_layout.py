from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from dash.development.base_component import Component

from app import create_app
from pages._ui import ids
from pages._ui.shell import nav_id, toast
from settings import Settings

PATHS = ("/", "/data", "/segments", "/propensity", "/performance", "/roi", "/predict")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    return create_app(Settings(home=tmp_path_factory.mktemp("shell") / "home", autosample=False))


def every(component: Any) -> list[Component]:
    """The components of a layout."""
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]


class Links(HTMLParser):
    """The language of a page and every address it loads from."""

    def __init__(self) -> None:
        super().__init__()
        self.language: str | None = None
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.language = found.get("lang")
        self.addresses += [value for name in ("src", "href") if (value := found.get(name))]


def test_the_page_speaks_english_and_loads_from_this_machine_only(app: Dash) -> None:
    client = app.server.test_client()
    page = Links()
    page.feed(client.get("/").get_data(as_text=True))
    assert page.language == "en"
    addresses = [address for address in page.addresses if not address.startswith("#")]
    assert len(addresses) > 20
    for address in addresses:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            assert (answer.mimetype == "text/html") == (address.partition("?")[0] in PATHS), address
    names = [address.rpartition("/")[2] for address in addresses]
    assert names.count("theme.js") == 1
    assert names.index("theme.js") < names.index("bootstrap.min.css")


def test_every_id_that_a_callback_names_is_in_a_layout(app: Dash) -> None:
    there = {str(part.id) for part in every(app.validation_layout) if getattr(part, "id", None)}
    named = {
        str(item["id"])
        for spec in app.callback_map.values()
        for item in (*spec["inputs"], *spec["state"])
        if not str(item["id"]).startswith("{")
    }
    assert named - there == set()
    own = {value for name, value in vars(ids).items() if name.isupper()} - {ids.SHELL_NAV}
    assert own - there == set()


def test_the_navigation_holds_the_pages_there_are(app: Dash) -> None:
    links = {
        part.id: part.href
        for part in every(app.layout)
        if str(getattr(part, "id", "")).startswith(ids.SHELL_NAV)
    }
    assert links == {nav_id(path): path for path in PATHS}
    assert nav_id("/") == "shell-nav-overview"


def test_a_failure_stays_until_it_is_closed() -> None:
    assert toast("a", "Ready", "text").duration == 8000
    failed: Any = toast("b", "That did not work", "text", failed=True)
    assert getattr(failed, "duration", None) is None
    # The mark of how it went is silent, the words say it.
    assert "text-danger" in str(failed.header)
    assert "That did not work" in str(failed.header)


def test_pages_load_no_theme_from_a_cdn() -> None:
    root = Path(__file__).resolve().parents[3]
    for path in [*(root / "pages").rglob("*.py"), *(root / "callbacks").glob("*.py"), root / "app.py"]:
        text = path.read_text(encoding="utf-8")
        assert "dbc.themes" not in text, path
        assert "dbc.icons" not in text, path

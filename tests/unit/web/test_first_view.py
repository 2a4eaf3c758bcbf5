from __future__ import annotations

import logging
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from app import create_app
from callbacks.services import Services
from data.store import write_json
from settings import Settings
from tests.factories import customers, publish_analysis

PAGES = ("/", "/data", "/segments", "/propensity", "/performance", "/roi", "/predict")
CARDS = [
    {"key": "customers", "label": "Customers", "value": 400.0, "unit": "count", "change": None},
    {"key": "retention_rate", "label": "Retention rate", "value": 0.312, "unit": "share", "change": 0.014},
]
HOSTILE = "<img src=x onerror=alert(1)>\"'</select><script>alert(2)</script>"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    return create_app(Settings(home=tmp_path_factory.mktemp("first") / "home", autosample=False))


def publish(app: Any, name: str, customers_in_it: float = 400.0) -> str:
    """An analysis of that name, as an earlier version left it: a few cards and nothing else."""
    home: Path = app.services.store.home
    made = publish_analysis(home, customers(200), name=name)
    cards = [{**card, "definition": HOSTILE, "link": "/propensity"} for card in CARDS]
    cards[0]["value"] = customers_in_it
    write_json(made.path / "overview.json", {"horizon_days": 90, "kpis": cards})
    size = {"bytes": (made.path / "overview.json").stat().st_size}
    manifest = made.manifest | {"name": name, "files": made.manifest["files"] | {"overview.json": size}}
    write_json(made.path / "manifest.json", manifest)
    return made.id


class View(HTMLParser):
    """Texts by the class of their element, options of the choice of an analysis, and all elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.elements:
            return
        tag, attrs = self.elements[-1]
        self.texts.append((attrs.get("class") or tag, data))

    def shown(self, name: str) -> list[str]:
        return [text for where, text in self.texts if where == name]

    def chosen(self) -> list[str | None]:
        return [attrs["value"] for tag, attrs in self.elements if tag == "option" and "selected" in attrs]


def page(app: Dash, address: str) -> str:
    with app.server.test_client().get(address) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
def test_without_an_analysis_there_is_the_frame_and_the_heading(app: Dash, path: str) -> None:
    view = View(page(app, path))
    links = [attrs["href"] for _, attrs in view.elements if "lw-nav__link" in (attrs.get("class") or "")]
    assert sorted(filter(None, links)) == sorted(PAGES)
    assert sum(tag == "h1" for tag, _ in view.elements) == 1
    assert view.shown("lw-kpi__value") == []
    open_ = [
        attrs["href"] for _, attrs in view.elements if (attrs.get("class") or "").endswith("nav-link active")
    ]
    assert open_ == [path]


def test_the_numbers_of_the_overview_are_in_the_page_itself(app: Dash) -> None:
    first = publish(app, "First shop")
    second = publish(app, "Second shop", 1234.0)
    newest = View(page(app, "/"))
    assert newest.shown("lw-kpi__value") == ["1,234", "31.2 %"]
    assert newest.chosen() == [second]
    asked = View(page(app, f"/?analysis={first}"))
    assert asked.shown("lw-kpi__value") == ["400", "31.2 %"]
    assert asked.chosen() == [first]
    gone = View(page(app, "/?analysis=20200101-000000000000-aaaaaa&period=nonsense&period=90"))
    assert gone.chosen() == [second]
    assert View(page(app, "/segments")).shown("lw-kpi__value") == []


def test_the_layout_brings_what_is_at_the_address(app: Dash) -> None:
    first = publish(app, "First shop")
    publish(app, "Second shop")
    search = f"?analysis={first}&window=next"
    layout = layout_for(app, f"http://localhost/propensity{search}")
    assert found("shell-dataset", layout)["value"] == first
    assert found("shell-jobs-state", layout)["data"] == {"active": [], "seen": 0.0}
    assert found("propensity-window", layout)["value"] == "next", "the page itself is there, for its query"
    assert found("_pages_store", layout)["data"] == {"title": "Propensity · Lapwing"}
    for name in ("_pages_location", "shell-location"):
        place = found(name, layout)
        assert (place["pathname"], place["search"], place["hash"]) == ("/propensity", search, "")


def test_the_layout_without_an_address_brings_no_page(app: Dash) -> None:
    first = publish(app, "First shop")
    second = publish(app, "Second shop")
    layout = layout_for(app, None)
    assert found("shell-dataset", layout).get("value") is None
    assert found("_pages_content", layout).get("children") is None
    # What is asked for and is not there is told by the first look at the jobs, which the layout then leaves to come.
    gone = layout_for(app, "http://localhost/predict?analysis=20000101-000000000000-abcdef")
    assert found("shell-dataset", gone)["value"] == second != first
    assert "data" not in found("shell-jobs-state", gone)
    nowhere = layout_for(app, f"http://localhost/nothing?analysis={first}")
    assert found("shell-dataset", nowhere)["value"] == first
    assert found("_pages_content", nowhere).get("children") is None
    assert "pathname" not in found("_pages_location", nowhere)


def test_an_address_that_cannot_be_read_leaves_the_layout_as_it_is(
    app: Dash, caplog: pytest.LogCaptureFixture
) -> None:
    publish(app, "First shop")
    layout = layout_for(app, "http://[")
    assert found("_pages_content", layout).get("children") is None
    assert found("shell-dataset", layout).get("value") is None
    assert "layout of http://[" in caplog.text


def layout_for(app: Dash, address: str | None) -> Any:
    headers = {"Referer": address} if address else {}
    return app.server.test_client().get("/_dash-layout", headers=headers).get_json()


def found(name: str, node: Any) -> dict[str, Any]:
    """The properties of the component `name`; empty where there is none."""
    if isinstance(node, list):
        return next((one for child in node if (one := found(name, child))), {})
    if not isinstance(node, dict):
        return {}
    properties = node["props"]
    return properties if properties.get("id") == name else found(name, properties.get("children"))


def test_a_hostile_name_stays_text(app: Dash) -> None:
    publish(app, HOSTILE)
    text = page(app, "/")
    view = View(text)
    assert "<img src=x" not in text
    assert "alert(2)</script>" not in text
    assert any(HOSTILE in said for _, said in view.texts)
    assert not any(name.startswith("on") for _, attrs in view.elements for name in attrs)


def test_the_address_is_never_markup(app: Dash) -> None:
    text = page(app, '/?period="><script>alert(3)</script>&analysis=%22%3E%3Cscript%3Ealert(3)%3C/script%3E')
    assert "alert(3)" not in text.replace("&lt;script&gt;alert(3)&lt;/script&gt;", "")


def test_a_fault_in_the_first_view_leaves_the_page_as_it_was(
    app: Dash, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("of no use")

    monkeypatch.setattr(Services, "overview", broken)
    publish(app, "Third shop")
    with caplog.at_level(logging.ERROR, "lapwing.web"):
        text = page(app, "/")
    assert 'id="react-entry-point"' in text
    assert "lw-early" not in text
    assert "of no use" not in text
    assert "first view of / (" in caplog.text


def test_every_script_is_compressed_fingerprinted_and_needed(app: Dash) -> None:
    text = page(app, "/")
    scripts = [
        attrs["href"] or "" for tag, attrs in View(text).elements if tag == "link" and "data-run" in attrs
    ]
    names = [address.rpartition("/")[2] for address in scripts]
    assert names[0].startswith("polyfill")
    assert names.index("lapwing.js") < names.index("dash_renderer.min.js")
    assert not any("ag_grid" in name or "table" in name for name in names)
    client = app.server.test_client()
    for address in scripts:
        with client.get(address, headers={"Accept-Encoding": "br"}) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            assert "immutable" in answer.headers["Cache-Control"]


def test_a_page_is_small(app: Dash) -> None:
    assert max(len(page(app, path)) for path in PAGES) < 60_000

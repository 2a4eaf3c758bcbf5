"""Themes, phones, keyboards and assistive tools."""

from __future__ import annotations

import re
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
PAGES = ("/", "/data", "/propensity", "/predict", "/segments")


def ready(tab: Page, url: str, path: str) -> None:
    tab.goto(url + path)
    tab.wait_for_load_state("networkidle")
    text = {
        "/": "At risk",
        "/data": "Data sets",
        "/propensity": "Segment size",
        "/predict": "Scored before",
        "/segments": "Customers on screen",
    }[path]
    expect(tab.get_by_text(text, exact=True).first).to_be_visible()
    expect(tab.locator(".lw-skeleton:visible")).to_have_count(0)
    if path == "/segments":
        # A table whose columns and rows are still to come is none that can be judged.
        expect(tab.locator("#segments-table .ag-center-cols-container .ag-cell").first).not_to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(tab: Page, shop: Server, path: str, scheme: str) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    ready(tab, shop.url, path)
    # Through the debugging protocol, which the page's own script policy does not bind.
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert [
        (item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found["violations"]
    ] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_panel_of_a_customer(tab: Page, shop: Server, scheme: str) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    ready(tab, shop.url, "/propensity")
    row = tab.locator(".ag-center-cols-container .ag-row").first
    expect(row).to_contain_text("%")
    row.locator(".ag-cell").first.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".lw-history .points path").first).to_be_visible()
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate(
        "axe.run('#propensity-panel', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    assert [
        (item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found["violations"]
    ] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 390, 1440, 2560])
def test_no_page_scrolls_sideways(tab: Page, shop: Server, path: str, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    ready(tab, shop.url, path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_is_kept(tab: Page, shop: Server) -> None:
    tab.emulate_media(color_scheme="light")
    ready(tab, shop.url, "/propensity")
    root = tab.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    tab.get_by_role("button", name="Theme").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    tab.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_what_the_controls_are_called(tab: Page, shop: Server) -> None:
    ready(tab, shop.url, "/propensity")
    for name in ("Minimum propensity", "Shortfall threshold", "Window", "Segment size", "Data set", "Theme"):
        # Not only exactly: a name that is part of another one is found twice by those who look for it.
        expect(tab.get_by_label(name)).to_have_count(1)
    expect(tab.get_by_role("button", name="Download segment")).to_be_enabled()
    ready(tab, shop.url, "/data")
    for name in ("Upload data", "Data set", "Theme"):
        expect(tab.get_by_label(name)).to_have_count(1)
    expect(tab.get_by_role("button", name="Try sample data")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(tab: Page, shop: Server) -> None:
    ready(tab, shop.url, "/")
    tab.keyboard.press("Tab")
    skip = tab.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    # A jump of the browser's own would have the page built anew.
    tab.evaluate("window.addEventListener('click', event => { window.jumps = !event.defaultPrevented; })")
    tab.keyboard.press("Enter")
    expect(tab.locator("#content")).to_be_focused()
    expect(tab).to_have_url(re.compile("#content$"))
    assert tab.evaluate("window.jumps") is False


def test_a_customer_id_is_never_markup(tab: Page, start_server: object, tmp_path: Path, shop: Server) -> None:
    rows = ["customer_id,date,amount\n"]
    hostile = "<img src=x onerror=window.hacked=1>"
    for place in range(120):
        name = f"{hostile}{place}"
        rows += [
            f'"{name}",2025-{month:02}-{1 + place % 27:02},{5 + place}.25\n'
            for month in range(1, 12 if place % 2 else 7, 1 + place % 4)
        ]
    path = tmp_path / "<b>shop<b>.csv"
    path.write_text("".join(rows))
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(path)
    tab.get_by_role("button", name="Import", exact=True).click()
    expect(tab.get_by_role("progressbar").first).to_be_visible()
    shop.finish_jobs()
    tab.goto(
        f"{shop.url}/propensity?analysis={max(path.name for path in (shop.home / 'analyses').iterdir())}"
    )
    expect(tab.get_by_text(hostile).first).to_be_visible()
    tab.get_by_text(hostile).first.click()
    expect(tab.get_by_role("dialog", name="Why this customer")).to_contain_text("<img src=x")
    assert tab.evaluate("window.hacked") is None

"""The whole product without a mouse, without motion, and with the system's own choice of theme."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.test_look import PATHS, PHONE, TITLES, WIDTHS, begin, ready

# What has the focus: its name, whether it shows, and whether any of it can be seen.
STOP = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) { return null; }
  const hidden = each.matches('input') && getComputedStyle(each).opacity === '0';
  const shown = hidden ? each.closest('.data-drop') ?? each.labels[0] : each;
  const box = shown.getBoundingClientRect(), style = getComputedStyle(shown);
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const framed = shown.matches('.ag-header-cell, .ag-cell') && [style, getComputedStyle(shown, '::after')].some(
    one => one.borderTopStyle !== 'none' && one.borderTopWidth !== '0px');
  const over = [0.05, 0.5, 0.95].flatMap(x => [0.1, 0.5, 0.9].map(
    y => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height)));
  return {
    what: `${each.tagName}#${each.id}.${each.className}`,
    name: (each.getAttribute('aria-label') || each.labels?.[0]?.innerText || each.innerText || each.title || '').trim(),
    ringed: ringed || framed,
    seen: over.some(at => at && (shown.contains(at) || at.contains(shown))),
  };
}"""


def stops(tab: Page, most: int = 250) -> list[dict[str, Any]]:
    """Where Tab leads, from the address to the end of the page."""
    found: list[dict[str, Any]] = []
    while len(found) < most:
        tab.keyboard.press("Tab")
        stop = tab.evaluate(STOP)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError(f"no end after {most} stops: {found[-1]}")


@pytest.mark.parametrize("path", PATHS)
def test_tab_leads_through_the_page_and_out(tab: Page, shop: Server, path: str) -> None:
    begin(tab)
    tab.goto(f"{shop.url}{path}?analysis={shop.sample_analysis}")
    ready(tab, path)
    for width in (WIDTHS[0], PHONE):
        tab.set_viewport_size({"width": width, "height": 900})
        found = stops(tab)
        assert found[0]["name"] == "Skip to content"
        assert [stop for stop in found if not (stop["name"] and stop["ringed"] and stop["seen"])] == []
        names = [stop["name"] for stop in found]
        assert {*TITLES.values(), "Data set", "Help", "Theme"} <= set(names)


def test_the_keyboard_reaches_the_content_first(tab: Page, shop: Server) -> None:
    tab.goto(shop.url)
    ready(tab, "/")
    tab.keyboard.press("Tab")
    skip = tab.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    # A jump of the browser's own would have the page built anew.
    tab.evaluate("window.addEventListener('click', event => { window.jumps = !event.defaultPrevented; })")
    tab.keyboard.press("Enter")
    expect(tab.locator("#content")).to_be_focused()
    expect(tab).to_have_url(re.compile("#content$"))
    assert tab.evaluate("window.jumps") is False


def test_another_page_is_told_and_has_the_focus(tab: Page, shop: Server) -> None:
    tab.goto(shop.url)
    ready(tab, "/")
    told = tab.locator("#shell-announce")
    expect(told).to_be_empty()
    # From the navigation the focus stays where it is, from a link that goes with its page it goes to the new one.
    tab.get_by_role("link", name="Propensity", exact=True).focus()
    tab.keyboard.press("Enter")
    expect(told).to_have_text("Propensity · Lapwing")
    expect(tab.get_by_role("link", name="Propensity", exact=True)).to_be_focused()
    tab.go_back()
    ready(tab, "/")
    expect(told).to_have_text("Overview · Lapwing")
    link = tab.get_by_role("article", name="At risk", exact=True).get_by_role("link")
    link.focus()
    tab.keyboard.press("Enter")
    expect(told).to_have_text(re.compile("^(Propensity|Segments) · Lapwing$"))
    expect(tab.locator("#content")).to_be_focused()


def test_a_table_is_one_stop_and_its_rows_open(tab: Page, shop: Server) -> None:
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(shop.url + "/propensity")
    ready(tab, "/propensity")
    table = tab.locator("#propensity-table")
    table.locator(".ag-header-cell").first.focus()
    tab.keyboard.press("ArrowDown")
    expect(table.locator(".ag-cell-focus")).to_have_count(1)
    tab.keyboard.press("ArrowDown")
    second = table.locator("[row-index='1'] .ag-cell-focus")
    expect(second).to_have_count(1)
    tab.keyboard.press("Enter")
    panel = tab.get_by_role("dialog", name="Why this customer")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").focus()
    tab.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    # On behind the table, not through all of its cells.
    table.locator("[row-index='1'] .ag-cell").first.focus()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('#propensity-table')") is None


def test_a_question_keeps_the_focus_and_gives_it_back(tab: Page, shop: Server) -> None:
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(shop.url + "/data")
    ready(tab, "/data")
    button = tab.locator(".data-detail").get_by_role("button", name="Delete").first
    button.focus()
    tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(5):
        tab.keyboard.press("Tab")
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_the_theme_follows_the_system_until_one_is_chosen(tab: Page, shop: Server) -> None:
    root = tab.locator("html")
    tab.emulate_media(color_scheme="dark")
    tab.goto(shop.url + "/predict")
    ready(tab, "/predict")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    tab.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "light")
    tab.get_by_role("button", name="Theme").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    tab.emulate_media(color_scheme="dark")
    tab.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "dark")


@pytest.mark.parametrize("path", ["/", "/propensity", "/roi"])
def test_nothing_moves_where_motion_is_not_wanted(tab: Page, shop: Server, path: str) -> None:
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{shop.url}{path}?analysis={shop.sample_analysis}")
    ready(tab, path)
    moving = tab.evaluate("""() => [...document.querySelectorAll('*')].flatMap(each => ['', '::before', '::after'].map(
      part => getComputedStyle(each, part)).flatMap(style => [style.transitionDuration, style.animationDuration]
      .flatMap(text => text.split(', ')).filter(text => parseFloat(text) > 0.01).map(text => each.className + ' ' + text)))""")
    assert moving == []

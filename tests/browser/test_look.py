"""Every page and what opens on it: both themes, phones to the largest screens, assistive tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.sample import write_sample
from pages._ui.explorer_words import VIEWS as SEGMENT_VIEWS
from pages._ui.roi_parts import VIEWS as ROI_VIEWS
from tests.browser.barriers import faults, violations
from tests.browser.conftest import Server

PATHS = ("/", "/data", "/segments", "/propensity", "/performance", "/roi", "/predict")
# Everything is judged in full at the first; the others are the largest, a tablet, a phone, and 1280 at 400 %.
WIDTHS = (1440, 3840, 1024, 390, 320)
PHONE = 390
# What tells that an answer is on its way; it fades what it replaces.
BUSY = (
    ".lw-skeleton:visible, .is-asked:visible, .is-faded:visible, .stat-working:visible, .ov-waiting:visible"
)
# What another theme and a phone can change.
IN_THE_DARK = ("color-contrast", "link-in-text-block", "target-size")
TITLES = {
    "/": "Overview", "/data": "Data", "/segments": "Segments", "/propensity": "Propensity",
    "/performance": "Model performance", "/roi": "ROI simulator", "/predict": "Predict",
}  # fmt: skip


def ready(tab: Page, path: str) -> None:
    """The page has all that it shows at first."""
    if path == "/":
        expect(tab.locator(".ov-kpi")).to_have_count(6)
        expect(tab.locator(".ov-chart .ov-waiting")).to_have_count(0, timeout=60_000)
    elif path == "/data":
        expect(tab.locator(".data-ledger")).to_be_visible()
    elif path in ("/segments", "/propensity"):
        # A table whose columns and rows are still to come is none that can be judged.
        cell = tab.locator(f"#{path[1:]}-table .ag-center-cols-container .ag-cell").first
        expect(cell).not_to_be_empty(timeout=60_000)
    elif path == "/performance":
        for name in ("calibration", "permutation-spend"):
            expect(tab.locator(f"#performance-{name} .main-svg").first).to_be_attached(timeout=60_000)
    elif path == "/roi":
        answered(tab)
    else:
        expect(tab.get_by_text("Scored before", exact=True)).to_be_visible()
    expect(tab.locator(".lw-skeleton:visible")).to_have_count(0)


def answered(tab: Page) -> None:
    expect(tab.locator("#roi-verdict > *").first).to_be_attached(timeout=60_000)
    expect(tab.locator(".roi-answer")).to_have_attribute("aria-busy", "false")
    expect(tab.locator(".roi-views .is-asked")).to_have_count(0)


def judged(tab: Page, what: str, part: str = "") -> None:
    """What is on screen, or the `part` that has changed (a selector), has no barrier in either theme and fits all widths."""
    expect(tab.locator(BUSY)).to_have_count(0, timeout=60_000)
    assert (what, violations(tab, part)) == (what, [])
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        assert (what, width, faults(tab)) == (what, width, [])
    # In place, as the button does it; that the charts follow is no matter of this test.
    tab.set_viewport_size({"width": PHONE, "height": 900})
    tab.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    assert (what, "dark", violations(tab, part, IN_THE_DARK)) == (what, "dark", [])
    tab.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    tab.set_viewport_size({"width": WIDTHS[0], "height": 900})


def overview(tab: Page) -> Iterator[tuple[str, str]]:
    yield "overview", ""


def data(tab: Page) -> Iterator[tuple[str, str]]:
    yield "ledger", ""
    for name in ("Quality", "Statistics"):
        panel = f"#data-panel-{name.lower()}"
        tab.get_by_role("tab", name=name).click()
        expect(tab.locator(panel)).to_be_visible()
        expect(tab.locator(panel).get_by_text("Working it out…")).to_have_count(0)
        yield name, panel
    tab.locator(".data-detail").get_by_role("button", name="Delete").first.click()
    expect(tab.get_by_role("dialog")).to_be_visible()
    yield "a question before something is deleted", "[role=dialog]"
    tab.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(tab.get_by_role("dialog")).to_be_hidden()


def segments(tab: Page) -> Iterator[tuple[str, str]]:
    for place, name in enumerate(SEGMENT_VIEWS.values()):
        tab.get_by_role("tab", name=name, exact=True).click()
        expect(tab.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        yield name, ".seg-views" if place else ""
    tab.set_viewport_size({"width": PHONE, "height": 900})
    tab.get_by_role("button", name="Filters").click()
    expect(tab.get_by_label("CLV", exact=True)).to_be_visible()
    yield "filters", ".seg-filters"
    tab.get_by_role("button", name="New segments").click()
    expect(tab.get_by_role("dialog", name="New segments")).to_be_visible()
    yield "new segments", "[role=dialog]"


def propensity(tab: Page) -> Iterator[tuple[str, str]]:
    yield "past window", ""
    tab.locator("#propensity-table .ag-center-cols-container .ag-cell").first.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".lw-history .points path").first).to_be_visible()
    yield "a customer", "[role=dialog]"


def performance(tab: Page) -> Iterator[tuple[str, str]]:
    tab.locator("#performance-card").evaluate(
        "card => card.querySelectorAll('details').forEach(part => { part.open = true; })"
    )
    yield "performance", ""


def roi(tab: Page) -> Iterator[tuple[str, str]]:
    for place, name in enumerate(ROI_VIEWS.values()):
        tab.get_by_role("tab", name=name, exact=True).click()
        answered(tab)
        yield name, ".roi-views" if place else ""


def predict(tab: Page) -> Iterator[tuple[str, str]]:
    yield "a file", ""
    tab.get_by_role("tab", name="One customer").click()
    expect(tab.get_by_label("Days since last order")).to_have_attribute("placeholder", re.compile(r"\d"))
    yield "one customer", ""


STATES: dict[str, Callable[[Page], Iterator[tuple[str, str]]]] = {
    "/": overview, "/data": data, "/segments": segments, "/propensity": propensity,
    "/performance": performance, "/roi": roi, "/predict": predict,
}  # fmt: skip


def begin(tab: Page) -> None:
    tab.set_viewport_size({"width": WIDTHS[0], "height": 900})
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_a_barrier(tab: Page, shop: Server, path: str) -> None:
    begin(tab)
    tab.goto(f"{shop.url}{path}?analysis={shop.sample_analysis}")
    ready(tab, path)
    seen = 0
    for what, part in STATES[path](tab):
        judged(tab, what, part)
        seen += 1
    assert seen >= 1
    assert tab.title() == f"{TITLES[path]} · Lapwing"


def test_a_file_on_its_way_in_has_no_barrier(tab: Page, shop: Server, tmp_path: Path) -> None:
    begin(tab)
    path = tmp_path / "orders.csv"
    write_sample(path, 50, 5)
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(path)
    expect(tab.get_by_role("heading", name="How this file is read")).to_be_visible()
    expect(tab.get_by_role("button", name="Import", exact=True)).to_be_enabled()
    judged(tab, "how a file is read")


def test_what_is_not_there_has_no_barrier(tab: Page, shop: Server) -> None:
    begin(tab)
    tab.goto(shop.url + "/nothing")
    expect(tab.get_by_role("heading", name="Page not found", level=1)).to_be_visible()
    judged(tab, "no such page")
    assert tab.title() == "Page not found · Lapwing"
    # A message in the corner that stays.
    tab.goto(shop.url + "/predict?analysis=20000101-000000000000-abcdef")
    expect(tab.get_by_text("Not here any more")).to_be_visible()
    judged(tab, "a message")


def test_an_empty_workspace_has_no_barrier(tab: Page, nobody: Server) -> None:
    begin(tab)
    for path in PATHS:
        tab.goto(nobody.url + path)
        expect(tab.get_by_role("heading", level=1)).to_have_count(1)
        expect(tab.get_by_role("main").get_by_text("Upload data").first).to_be_attached()
        judged(tab, path, "" if path == "/" else "main")


@pytest.fixture(scope="module")
def nobody(start_server: Callable[..., Server]) -> Server:
    """A server without any data."""
    return start_server(autosample="false")


def test_what_the_controls_are_called(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/propensity")
    ready(tab, "/propensity")
    for name in ("Minimum propensity", "Shortfall threshold", "Window", "Segment size", "Data set", "Theme"):
        # Not only exactly: a name that is part of another one is found twice by those who look for it.
        expect(tab.get_by_label(name)).to_have_count(1)
    expect(tab.get_by_role("button", name="Download segment")).to_be_enabled()
    tab.goto(shop.url + "/data")
    ready(tab, "/data")
    for name in ("Upload data", "Data set", "Theme"):
        expect(tab.get_by_label(name)).to_have_count(1)
    expect(tab.get_by_role("button", name="Try sample data")).to_be_visible()


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

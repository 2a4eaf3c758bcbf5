"""Opening a page: what is fetched and how it is kept, and the first view giving way to the page itself."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from tests.browser.conftest import Server
from tests.browser.test_look import ready

RENDERER = "**/dash_renderer.min.js"
# Page to the large libraries that it loads on its own.
LIBRARIES = {
    "/": {"plotly"},
    "/data": {"plotly"},
    "/segments": {"plotly", "dash_ag_grid"},
    "/propensity": {"plotly", "dash_ag_grid"},
    "/performance": {"plotly"},
    "/roi": {"plotly"},
    "/predict": {"dash_ag_grid"},
}
UPDATE = "/_dash-update-component"
SHIFTS = """window.__shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) { window.__shift += entry.value; }
})).observe({ type: "layout-shift", buffered: true });"""


@contextmanager
def fetched(page: Page) -> Iterator[list[Response]]:
    """The answers to a page's requests."""
    found: list[Response] = []

    def keep(answer: Response) -> None:
        found.append(answer)

    page.on("response", keep)
    yield found
    page.remove_listener("response", keep)


def opened(page: Page, address: str) -> list[Response]:
    """The answers of opening a page, once its numbers or its heading are Dash's own and the network rests."""
    with fetched(page) as found:
        page.goto(address)
        expect(page.locator("#react-entry-point h1").first).to_be_visible()
        expect(page.locator(".lw-early")).to_have_count(0)
        page.wait_for_load_state("networkidle")
    return found


def hold_back(tab: Page) -> list[Route]:
    """Let the script that starts the page wait from now on: the requests for it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.route(RENDERER, hold)
    return held


def release(page: Page, held: list[Route]) -> None:
    """Let them go, and hold none any more."""
    for route in held:
        route.continue_()
    page.unroute(RENDERER)


def paths(found: list[Response]) -> list[str]:
    return [urlsplit(answer.url).path for answer in found]


def test_scripts_are_kept_for_good_and_fetched_once(shop: Server, tab: Page, context: BrowserContext) -> None:
    first = opened(tab, shop.url)
    static = [answer for answer in first if urlsplit(answer.url).path.startswith("/static/")]
    assert len(static) > 12
    for answer in static:
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", answer.url
        if answer.url.endswith((".js", ".css")):
            assert answer.headers["content-encoding"] in ("br", "gzip"), answer.url
    scripts = [path for path in paths(first) if path.endswith((".js", ".css"))]
    assert all(path.startswith("/static/") for path in scripts), scripts
    tab.close()

    again = context.new_page()
    sent: list[int] = []
    client = context.new_cdp_session(again)
    client.send("Network.enable")
    addresses: dict[str, str] = {}
    client.on(
        "Network.requestWillBeSent",
        lambda event: addresses.update({event["requestId"]: event["request"]["url"]}),
    )

    def count(event: dict[str, object]) -> None:
        if "/static/" in addresses.get(str(event["requestId"]), ""):
            sent.append(int(str(event["encodedDataLength"])))

    client.on("Network.loadingFinished", count)
    opened(again, shop.url)
    assert len(sent) > 10
    assert sum(sent) == 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", LIBRARIES)
def test_a_page_fills_in_place_and_asks_for_nothing_it_has(
    shop: Server, tab: Page, path: str, width: int
) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.add_init_script(SHIFTS)
    with fetched(tab) as found:
        tab.goto(f"{shop.url}{path}?analysis={shop.sample_analysis}")
        ready(tab, path)
    # Up to .1 is held for good (web.dev/cls); it adds the parts of the screen that jump, and how far.
    assert tab.evaluate("window.__shift") < 0.1
    asked = [answer.request.post_data_json for answer in found if UPDATE in answer.url]
    assert asked
    answered = {part for one in asked for part in one["output"].strip(".").split("...")}
    assert not answered & {"_pages_content.children", "shell-dataset.options"}
    # What a click starts waits for one; but for the buttons that come with an answer, which Dash cannot hold back.
    clicks = [
        name for one in asked for name in one["changedPropIds"] if name.endswith((".n_clicks", ".n_submit"))
    ]
    assert [name for name in clicks if not name.startswith("{")] == []


def test_a_browser_that_keeps_its_address_to_itself_gets_there_too(shop: Server, tab: Page) -> None:
    def untold(route: Route) -> None:
        headers = {name: text for name, text in route.request.headers.items() if name != "referer"}
        route.fulfill(response=route.fetch(headers=headers | {"referer": ""}))

    tab.route("**/_dash-layout", untold)
    with fetched(tab) as found:
        tab.goto(f"{shop.url}/propensity?analysis={shop.sample_analysis}&min_propensity=0.5")
        ready(tab, "/propensity")
    asked = "".join(str(answer.request.post_data) for answer in found if UPDATE in answer.url)
    assert "_pages_content.children" in asked
    expect(tab.get_by_label("Data set")).to_have_value(shop.sample_analysis)
    expect(tab.locator("#propensity-minimum-value")).to_have_text("50 %")


def test_the_tables_script_comes_with_the_first_table(shop: Server, tab: Page) -> None:
    assert not [path for path in paths(opened(tab, shop.url)) if "ag_grid" in path or "dash_table" in path]
    with fetched(tab) as found:
        tab.get_by_role("link", name="Propensity").click()
        expect(tab.locator("#propensity-table .ag-row").first).to_be_visible()
    assert sum(path.endswith("dash_ag_grid.min.js") for path in paths(found)) == 1
    api = "window.dash_ag_grid.getApi('propensity-table').getDisplayedRowCount()"
    assert tab.evaluate(api) > 0
    tab.get_by_role("link", name="Overview").click()
    tab.get_by_role("link", name="Propensity").click()
    expect(tab.locator("#propensity-table .ag-row").first).to_be_visible()


def test_the_first_answer_holds_the_numbers(shop: Server, tab: Page) -> None:
    address = f"{shop.url}/?analysis={shop.sample_analysis}"
    with urllib.request.urlopen(address) as answer:
        text = answer.read().decode()
    numbers = re.findall(r'class="lw-kpi__value">([^<]+)<', text)
    assert len(numbers) >= 4
    assert "1,200" in numbers
    opened(tab, address)
    expect(tab.locator(".lw-kpi__value")).to_have_text(numbers)


@pytest.mark.parametrize("path", LIBRARIES)
def test_a_page_loads_from_this_machine_only_and_only_what_it_shows(
    shop: Server, tab: Page, context: BrowserContext, path: str
) -> None:
    asked: list[str] = []
    # Every request of the browser's network, those for fonts, pictures and prefetched scripts too.
    client = context.new_cdp_session(tab)
    client.send("Network.enable")
    client.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    opened(tab, shop.url + path)
    fetched_ones = [url for url in asked if urlsplit(url).scheme not in ("data", "blob")]
    assert len(fetched_ones) > 15
    assert all(url.startswith(f"{shop.url}/") for url in fetched_ones), fetched_ones
    names = {urlsplit(url).path.split("/")[3] for url in fetched_ones if "/static/" in url}
    assert names & {"plotly", "dash_ag_grid"} == LIBRARIES[path]
    copies = {urlsplit(url).path for url in fetched_ones if "plotly" in url and url.endswith(".js")}
    assert len(copies) <= 1
    assert not any(url.endswith(".map") for url in fetched_ones)


def test_the_numbers_are_there_without_scripts(shop: Server, browser: Browser) -> None:
    # Not watched: Chromium tells of each script that it was told not to load.
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.url}/?analysis={shop.sample_analysis}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.locator(".lw-kpi__value").first).to_have_text("1,200")
    page.get_by_role("link", name="Segments", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Segments")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_picture_has_the_theme_and_nothing_jumps(
    shop: Server, visit: Callable[..., Page], theme: str
) -> None:
    page = visit(color_scheme=theme)
    page.add_init_script(SHIFTS)
    held = hold_back(page)
    page.goto(shop.url, wait_until="commit")
    expect(page.locator(".lw-kpi__value").first).to_be_visible()
    colour = "getComputedStyle(document.body).backgroundColor"
    first = page.evaluate(colour)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    link = page.locator(".lw-kpi a").first
    link.focus()
    page.evaluate("window.scrollTo(0, 60)")
    release(page, held)
    expect(page.locator(".lw-early")).to_have_count(0)
    assert page.evaluate(colour) == first
    assert page.evaluate("window.scrollY") == 60
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert page.evaluate("window.__shift") < 0.05


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_takes_the_place_of_its_first_view_and_nothing_moves(
    shop: Server, tab: Page, width: int
) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    held = hold_back(tab)
    tab.goto(shop.url, wait_until="commit")
    card = tab.locator(".lw-kpi__value")
    expect(card.first).to_be_visible()
    numbers, places = card.all_text_contents(), [box.bounding_box() for box in card.all()]
    # Controls wait, links work.
    expect(tab.get_by_label("Data set")).to_be_disabled()
    expect(tab.get_by_role("link", name="Segments")).to_have_attribute("href", "/segments")
    expect(tab.get_by_role("heading", level=1)).to_have_count(1)
    release(tab, held)

    expect(tab.get_by_label("Data set")).to_be_enabled()
    expect(tab.locator(".lw-early")).to_have_count(0)
    assert card.all_text_contents() == numbers
    assert [box.bounding_box() for box in card.all()] == places
    expect(tab.get_by_role("heading", level=1)).to_have_count(1)


def test_another_page_opens_in_its_frame(shop: Server, tab: Page) -> None:
    hold_back(tab)
    tab.goto(f"{shop.url}/segments", wait_until="commit")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Segments")
    expect(tab.get_by_role("link", name="Segments")).to_have_class(re.compile(r"\bactive\b"))
    # A link of the first view leads where it says.
    tab.unroute(RENDERER)
    tab.get_by_role("link", name="Data", exact=True).click()
    expect(tab).to_have_url(re.compile(r"/data"))
    expect(tab.locator(".lw-early")).to_have_count(0)

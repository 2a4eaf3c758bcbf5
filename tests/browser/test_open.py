"""Opening a page: what is fetched and how it is kept, and the first view giving way to the page itself."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Response, Route, expect

from tests.browser.conftest import Server

RENDERER = "**/dash_renderer.min.js"


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
    with urllib.request.urlopen(shop.url) as answer:
        text = answer.read().decode()
    numbers = re.findall(r'class="lw-kpi__value">([^<]+)<', text)
    assert len(numbers) >= 4
    assert "1,200" in numbers
    opened(tab, shop.url)
    expect(tab.locator(".lw-kpi__value")).to_have_text(numbers)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_takes_the_place_of_its_first_view_and_nothing_moves(
    shop: Server, tab: Page, width: int
) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    held: list[Route] = []
    tab.route(RENDERER, lambda route: held.append(route))
    tab.goto(shop.url, wait_until="commit")
    card = tab.locator(".lw-kpi__value")
    expect(card.first).to_be_visible()
    numbers, places = card.all_text_contents(), [box.bounding_box() for box in card.all()]
    # Controls wait, links work.
    expect(tab.get_by_label("Data set")).to_be_disabled()
    expect(tab.get_by_role("link", name="Segments")).to_have_attribute("href", "/segments")
    expect(tab.get_by_role("heading", level=1)).to_have_count(1)
    while not held:
        tab.wait_for_event("request", lambda request: True, timeout=5_000)
    held[0].continue_()
    tab.unroute(RENDERER)

    expect(tab.get_by_label("Data set")).to_be_enabled()
    expect(tab.locator(".lw-early")).to_have_count(0)
    assert card.all_text_contents() == numbers
    assert [box.bounding_box() for box in card.all()] == places
    expect(tab.get_by_role("heading", level=1)).to_have_count(1)


def test_another_page_opens_in_its_frame(shop: Server, tab: Page) -> None:
    held: list[Route] = []
    tab.route(RENDERER, lambda route: held.append(route))
    tab.goto(f"{shop.url}/segments", wait_until="commit")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Segments")
    expect(tab.get_by_role("link", name="Segments")).to_have_class(re.compile(r"\bactive\b"))
    # A link of the first view leads where it says.
    tab.unroute(RENDERER)
    tab.get_by_role("link", name="Data", exact=True).click()
    expect(tab).to_have_url(re.compile(r"/data"))
    expect(tab.locator(".lw-early")).to_have_count(0)
    for route in held:
        route.abort()

"""The overview as people use it: a period, a link to share, charts that lead to lists, a sheet of paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

CARDS = ("Customers", "At risk", "Revenue at risk", "Retention rate", "Revenue", "Average order value")


def opened(tab: Page, url: str, query: str = "") -> None:
    """The page with all of its charts drawn."""
    tab.goto(f"{url}/{query}")
    expect(tab.locator(".ov-kpi")).to_have_count(len(CARDS))
    drawn(tab)


def drawn(tab: Page) -> None:
    # Five charts at once are work for a busy machine.
    expect(tab.locator(".ov-chart .ov-waiting")).to_have_count(0, timeout=60_000)


def value(tab: Page, card: str) -> str:
    return tab.get_by_role("article", name=card, exact=True).locator(".lw-kpi__value").inner_text()


def test_a_period_is_chosen_shared_and_kept(tab: Page, shop: Server) -> None:
    tab.emulate_media(reduced_motion="reduce")
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    for card in CARDS:
        expect(tab.get_by_text(card, exact=True).first).to_be_visible()
    period = tab.get_by_role("radiogroup", name="Period")
    expect(period.get_by_label("Last 90 days")).to_be_checked()
    of_90 = value(tab, "Revenue")

    # By keyboard: one step to the left of the 90 days.
    period.get_by_label("Last 90 days").focus()
    tab.keyboard.press("ArrowLeft")
    expect(period.get_by_label("Last 30 days")).to_be_checked()
    expect(tab.get_by_text("in the last 30 days").first).to_be_visible()
    expect(period.get_by_label("Last 30 days")).to_be_focused()
    expect(tab).to_have_url(re.compile(rf"/\?analysis={shop.sample_analysis}&period=30$"))
    of_30 = value(tab, "Revenue")
    assert of_30 != of_90

    # The same address is the same view.
    opened(tab, shop.url, tab.url.rpartition("/")[2])
    expect(tab.get_by_role("radiogroup", name="Period").get_by_label("Last 30 days")).to_be_checked()
    assert value(tab, "Revenue") == of_30
    # Away and back through the navigation.
    tab.get_by_role("link", name="Data", exact=True).click()
    expect(tab.get_by_role("heading", name="Data sets")).to_be_visible()
    tab.get_by_role("link", name="Overview", exact=True).click()
    expect(tab.get_by_role("radiogroup", name="Period").get_by_label("Last 30 days")).to_be_checked()
    assert value(tab, "Revenue") == of_30


def test_a_period_that_there_is_not_is_said(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}&period=77")
    expect(tab.get_by_text("Shown instead: Last 90 days.")).to_be_visible()


def test_charts_and_their_tables_lead_to_the_customers(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    row = tab.get_by_role("region", name="What changed revenue, in figures").get_by_role(
        "row", name=re.compile("^Lost")
    )
    told = row.get_by_role("cell").first.inner_text()
    row.get_by_role("link").click()
    expect(tab).to_have_url(re.compile(r"/propensity\?.*group=lost(:|%3A)90"))
    expect(tab.get_by_label("Segment size")).to_contain_text(told)

    tab.go_back()
    drawn(tab)
    # The middle of the bar of those who are new; hover layers lie over it.
    bar = tab.locator("#overview-bridge .bars .point path").nth(5)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(tab).to_have_url(re.compile(r"/propensity\?.*group=new(:|%3A)90"))
    expect(tab.get_by_label("Segment size")).to_be_visible()


def test_cohorts_show_what_is_asked(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    tab.get_by_role("radiogroup", name="Show", exact=True).get_by_label("Revenue").check()
    expect(tab.get_by_text("For every", exact=False).first).to_be_visible()
    tab.get_by_role("radiogroup", name="As", exact=True).get_by_label("Absolute").check()
    expect(tab).to_have_url(re.compile("show=revenue&as=absolute$"))
    tab.reload()
    expect(tab.get_by_role("radiogroup", name="As", exact=True).get_by_label("Absolute")).to_be_checked()


def test_it_prints_on_white_sheets_with_the_charts_inside(tab: Page, shop: Server) -> None:
    tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    paper = tab.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/Type\s*/Page\b", paper)
    assert 1 <= len(pages) <= 4, "a few sheets of A4"
    assert re.search(rb"/MediaBox\s*\[0 0 (594|595)", paper)
    # What printing changed is as it was.
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")
    tab.emulate_media(media="print", reduced_motion="reduce")
    for hidden in ("Period", "Show"):
        expect(tab.get_by_role("radiogroup", name=hidden, exact=True)).to_have_count(0)
    expect(tab.get_by_role("navigation", name="Pages")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "columns"), [(1440, 6), (1280, 6), (1024, 3), (768, 3), (390, 2), (360, 2)]
)
def test_the_cards_stand_in_rows(tab: Page, shop: Server, width: int, columns: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    tops = tab.evaluate("[...document.querySelectorAll('.ov-kpi')].map(card => Math.round(card.offsetTop))")
    assert tops.count(tops[0]) == columns
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    cut = "[...document.querySelectorAll('.ov-kpi .lw-kpi__value')].filter(at => at.scrollWidth > at.clientWidth + 1)"
    assert tab.evaluate(f"{cut}.length") == 0


def test_numbers_count_up_once(tab: Page, shop: Server) -> None:
    tab.add_init_script(
        "window.seen = []; new MutationObserver(() => { const at = document.querySelector('[data-countup=customers]');"
        " if (at && window.seen.at(-1) !== at.textContent) { window.seen.push(at.textContent); } })"
        ".observe(document, { childList: true, subtree: true, characterData: true });"
    )
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    expect(tab.locator("[data-countup=customers]")).to_have_text("1,200")
    steps = tab.evaluate("window.seen")
    assert steps[-1] == "1,200"
    tab.evaluate("window.seen = []")
    tab.get_by_role("radiogroup", name="Period").get_by_label("Last 30 days").check()
    expect(tab.get_by_text("in the last 30 days").first).to_be_visible()
    assert set(tab.evaluate("window.seen")) <= {"1,200"}


def test_an_empty_workspace_says_what_to_do(tab: Page, start_server: Callable[..., Server]) -> None:
    server = start_server(autosample="false")
    tab.goto(server.url)
    expect(tab.get_by_role("main").get_by_text("Upload data")).to_be_visible()
    expect(tab.get_by_role("radiogroup", name="Period")).to_have_count(0)
    expect(tab.locator(".ov-card:visible")).to_have_count(0)

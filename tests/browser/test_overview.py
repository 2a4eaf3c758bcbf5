"""The overview as people use it: a period, a link to share, charts that lead to lists, a sheet of paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from callbacks.overview_cards import value_words
from data.overview.boards import Overview
from data.overview.groups import last_words, period_words
from data.queries import CustomerFilter, CustomerQueries
from data.store import Store
from figures import words
from tests.browser.conftest import PHONE, Server

CARDS = ("Customers", "At risk", "Revenue at risk", "Retention rate", "Revenue", "Average order value")


def opened(tab: Page, url: str, query: str = "") -> None:
    """The page with all of its charts drawn."""
    tab.goto(f"{url}/{query}")
    # The server's first view has given way to the page itself.
    expect(tab.locator(".lw-early")).to_have_count(0)
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
    expect(tab.locator(".ov-stand")).to_contain_text("Last 30 days:")
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


def drawn_values(tab: Page, chart: str) -> list[float]:
    """Lengths of the bars of a chart as the page has drawn it."""
    found = tab.evaluate(
        "id => document.querySelector(`#${id} .js-plotly-plot`).calcdata.filter(one => one[0].trace.type === 'bar')"
        ".flatMap(one => one.map(bar => bar.s))",
        chart,
    )
    return [float(each) for each in found]


def figures_of(tab: Page, name: str, column: int, *, rows: slice = slice(None)) -> list[str]:
    """A column of the table of a chart, which may be folded up."""
    cells = tab.locator(f".ov-scroll[aria-label^='{name}'] tbody tr td:nth-child({column})")
    return [" ".join(text.split()) for text in cells.all_text_contents()][rows]


def whole(texts: list[str]) -> int:
    return sum(int(re.sub(r"\D", "", text)) for text in texts)


def shows(tab: Page, shop: Server, key: str) -> None:
    """Every card, chart and table is of the period, and says what the analysis says of it."""
    analysis = Store(shop.home).analysis(shop.sample_analysis)
    board, queries = Overview.of(analysis).board(key), CustomerQueries(analysis)

    def counted(kind: str) -> int:
        return queries.count(CustomerFilter(window="next", group=f"{kind}:{key}"))

    currency = "EUR"
    expect(tab.locator(".ov-stand")).to_contain_text(f"{board['label']}: {words.day(board['start'])} to")
    drawn(tab)
    # All tables are of the period before any is read: the charts come one by one.
    for title in ("Revenue and active", "What changed", "Segments", "How concentrated"):
        there = tab.locator(f".ov-scroll[aria-label^='{title}']")
        expect(there).to_have_attribute("aria-label", re.compile(f"in figures: {period_words(key)}$"))
    cohorts = tab.locator(".ov-scroll[aria-label^='Cohorts']")
    expect(cohorts).to_have_attribute("aria-label", re.compile(f"who bought in {last_words(key)} and"))
    for card in board["kpis"]:
        assert value(tab, card["label"]) == value_words(card["value"], card["unit"], currency), card["key"]
    now = board["series"]["now"]
    assert sorted(drawn_values(tab, "overview-time")) == pytest.approx(
        sorted(each["revenue"] for each in now)
    )
    assert figures_of(tab, "Revenue and active", 3) == [words.count(each["customers"]) for each in now]
    ends = figures_of(tab, "What changed", 3)
    assert (ends[0], ends[-1]) == tuple(
        words.amount(board["bridge"][at], 2, currency) for at in ("before", "after")
    )
    assert figures_of(tab, "What changed", 2, rows=slice(1, -1)) == [
        words.count(part["customers"]) for part in board["bridge"]["parts"]
    ]
    assert whole(figures_of(tab, "Segments", 3)) == counted("bought")
    found = board["concentration"]
    told = tab.locator(".ov-concentration .ov-note")
    expect(told).to_contain_text(
        f"{words.count(found['top_customers'])} customers, brought {words.part(found['top_share'])}"
    )
    # Who is new came in the period, all others before it.
    before = queries.count(CustomerFilter(window="next")) - counted("new")
    again = counted("bought") - counted("new")
    expect(tab.locator(".ov-cohorts .ov-note")).to_contain_text(
        f"Of the {words.count(before)} customers who first bought before {last_words(key)}, {words.count(again)} ("
    )
    for figure in ("time", "bridge", "segments", "concentration", "cohorts"):
        name = tab.locator(f".ov-{figure} .lw-pictures").get_attribute("data-filename")
        assert name is not None
        assert name.startswith("lapwing-")
        assert name.endswith("-" + period_words(key).replace(" ", "-"))


def test_all_of_the_page_follows_the_period(tab: Page, shop: Server) -> None:
    tab.emulate_media(reduced_motion="reduce")
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    shows(tab, shop, "90")
    period = tab.get_by_role("radiogroup", name="Period")
    # By mouse.
    period.get_by_label("Last 6 months").click()
    expect(tab).to_have_url(re.compile("period=180$"))
    shows(tab, shop, "180")
    tab.reload()
    shows(tab, shop, "180")
    # By keyboard, two steps to the left.
    period.get_by_label("Last 6 months").focus()
    for _ in range(2):
        tab.keyboard.press("ArrowLeft")
    expect(tab).to_have_url(re.compile("period=30$"))
    shows(tab, shop, "30")
    # To a list that belongs to it, and back.
    tab.locator(".ov-bridge tr", has_text="Came back").get_by_role("link").click()
    expect(tab).to_have_url(re.compile(r"/propensity\?.*group=returned(:|%3A)30"))
    queries = CustomerQueries(Store(shop.home).analysis(shop.sample_analysis))
    expect(tab.get_by_label("Segment size", exact=True)).to_have_text(
        words.count(queries.count(CustomerFilter(window="next", group="returned:30")))
    )
    tab.go_back()
    expect(period.get_by_label("Last 30 days")).to_be_checked()
    shows(tab, shop, "30")
    tab.go_forward()
    expect(tab.get_by_label("Segment size", exact=True)).to_be_visible()
    tab.go_back()
    shows(tab, shop, "30")


def test_all_time_has_no_time_before_it(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}&period=all")
    expect(tab.locator(".ov-bridge .ov-note")).to_contain_text("no time before")
    expect(tab.locator("#overview-bridge")).to_be_hidden()
    expect(tab.locator(".ov-cohorts .ov-note")).to_contain_text("whose third month after the first is over")
    expect(tab.get_by_text("These two are the same whichever period is chosen above.")).to_be_visible()


def test_a_definition_opens_by_keyboard_by_pointer_and_by_touch(
    tab: Page, shop: Server, browser: Browser
) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    button = tab.get_by_role("button", name="What is Retention rate?")
    body = tab.locator("#overview-retention_rate-definition")
    expect(body).to_be_hidden()
    button.focus()
    expect(body).to_be_visible()
    expect(body.locator(".ov-formula")).to_contain_text("÷")
    tab.keyboard.press("Escape")
    expect(body).to_be_hidden()
    expect(button).to_be_focused()
    tab.keyboard.press("Tab")
    button.hover()
    expect(body).to_be_visible()
    # The pointer may go to what is said, and it stays.
    body.hover()
    expect(body).to_be_visible()
    tab.keyboard.press("Escape")
    expect(body).to_be_hidden()
    phone = browser.new_context(**PHONE)
    page = phone.new_page()
    page.goto(f"{shop.url}/?analysis={shop.sample_analysis}")
    page.get_by_role("button", name="What is Average order value?").tap()
    there = page.locator("#overview-average_order_value-definition")
    expect(there).to_be_visible()
    box = there.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    page.get_by_role("heading", name="Overview").tap()
    expect(there).to_be_hidden()
    phone.close()


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
    # The middle of the bar of those who are new, the last before the end; hover layers lie over it.
    bars = tab.locator("#overview-bridge .bars .point path")
    bars.first.scroll_into_view_if_needed()
    boxes = sorted((box for bar in bars.all() if (box := bar.bounding_box())), key=lambda box: box["x"])
    assert len(boxes) == 7
    box = boxes[5]
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(tab).to_have_url(re.compile(r"/propensity\?.*group=new(:|%3A)90"))
    expect(tab.get_by_label("Segment size")).to_be_visible()


def test_cohorts_show_what_is_asked(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    tab.get_by_role("radiogroup", name="Show", exact=True).get_by_label("Revenue").check()
    told = tab.locator(".ov-cohorts .ov-note")
    expect(told).to_contain_text(
        "of the revenue of the last 90 days came from customers who first bought before"
    )
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


def test_the_cards_stand_in_rows(tab: Page, shop: Server) -> None:
    opened(tab, shop.url, f"?analysis={shop.sample_analysis}")
    cut = "[...document.querySelectorAll('.ov-kpi .lw-kpi__value')].filter(at => at.scrollWidth > at.clientWidth + 1)"
    for width, columns in ((1440, 6), (1280, 6), (1024, 3), (768, 3), (390, 2), (360, 2)):
        tab.set_viewport_size({"width": width, "height": 900})
        tops = tab.evaluate(
            "[...document.querySelectorAll('.ov-kpi')].map(card => Math.round(card.offsetTop))"
        )
        assert tops.count(tops[0]) == columns, width
        assert tab.evaluate(f"{cut}.length") == 0, width


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
    expect(tab.locator(".ov-stand")).to_contain_text("Last 30 days:")
    assert set(tab.evaluate("window.seen")) <= {"1,200"}


def test_an_empty_workspace_says_what_to_do(tab: Page, start_server: Callable[..., Server]) -> None:
    server = start_server(autosample="false")
    tab.goto(server.url)
    expect(tab.get_by_role("main").get_by_text("Upload data")).to_be_visible()
    expect(tab.get_by_role("radiogroup", name="Period")).to_have_count(0)
    expect(tab.locator(".ov-card:visible")).to_have_count(0)

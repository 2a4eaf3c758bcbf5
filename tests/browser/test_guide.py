"""Help in place: the glossary, definitions where the words are, and the first run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from pages._ui.explorer_words import VIEWS as EXPLORER_VIEWS
from pages._ui.glossary import terms_in
from pages._ui.glossary_terms import QUESTIONS, TERMS
from pages._ui.roi_parts import VIEWS as ROI_VIEWS
from tests.browser.barriers import violations
from tests.browser.conftest import Server

# Each page, with what it shows once it has its numbers, and how many tabs it has.
PAGES = {
    "/": (".lw-kpi__value", 0),
    "/data": (".data-ledger", 3),
    "/segments": ("#segments-table .ag-center-cols-container .ag-cell", len(EXPLORER_VIEWS)),
    "/propensity": ("#propensity-table .ag-center-cols-container .ag-cell", 0),
    "/performance": ("#performance-board table", 0),
    "/roi": ("#roi-depth-table table", len(ROI_VIEWS)),
    "/predict": ("#predict-start", 2),
}
# Visible labels, each with its words and the words that are linked in it or beside it. Left out: labels in something that
# is pressed, names that people or files gave (the audience in the question of a campaign and the segment over its advice are
# such), and the rows of tables of models.
LABELS = """() => [...document.querySelectorAll(
  'main label, main legend, main h2, main h3, main h4, main thead th, main dt, main .lw-stat__label')]
  .filter(label => label.checkVisibility() && !label.closest('button, summary, [role=tab], .form-check, .lw-first, .ag-root, .lw-sr'))
  .filter(label => !label.querySelector('button:not(.lw-tip__button)') && !label.matches('.data-detail-title, #roi-question, #segments-advice :is(h2, h3)'))
  .map(label => [label.innerText.trim(), [...label.parentElement.querySelectorAll("a[href^='#glossary-']")]
    .map(link => link.getAttribute('href').slice(10))])"""


# What can hold no link (it is chosen, pressed, sorts, is written anew at every step of a control, or is a picture) needs one for its
# terms somewhere on the page. Left out: names that people or files gave (segments, models, customers).
CLOSED = """() => { const main = document.querySelector('main'); return [
  [...main.querySelectorAll(
    'h1, #roi-question, #segments-advice :is(h2, h3), [role=tab], summary, option, th button, .ag-header-cell-text, .xtitle, .ytitle, .gtitle')]
    .filter(label => label.tagName === 'OPTION' || label.checkVisibility())
    .map(label => label.textContent.trim()).filter(text => text && !/^(RFM rules|K-Means)/.test(text)),
  [...main.querySelectorAll("a[href^='#glossary-']")].map(link => link.getAttribute('href').slice(10))] }"""


def opened(tab: Page, shop: Server, path: str, query: str = "") -> None:
    tab.goto(shop.url + path + query)
    expect(tab.locator(PAGES[path][0]).first).to_be_visible()
    drawn(tab)


def drawn(tab: Page) -> None:
    """Nothing that can be seen waits for the server any more."""
    expect(tab.locator("main [data-dash-is-loading]:visible")).to_have_count(0)


def states(tab: Page, shop: Server, path: str) -> Iterator[str]:
    """Lead through all that a page shows, in one visit; each is drawn when its name is given."""
    opened(tab, shop, path)
    yield path
    tabs = tab.get_by_role("main").get_by_role("tab")
    expect(tabs).to_have_count(PAGES[path][1])
    for one in tabs.all():
        one.click()
        expect(one).to_have_attribute("aria-selected", "true")
        panel = tab.locator(f"main #{one.get_attribute('aria-controls')}")
        expect(panel.locator("table, label, h3, .main-svg").filter(visible=True).first).to_be_visible()
        drawn(tab)
        yield one.inner_text()
    if path == "/":
        tab.get_by_role("radio", name="All time").check()
        expect(tab).to_have_url(re.compile("period=all"))
        drawn(tab)
        yield "All time"
    if path == "/propensity":
        tab.get_by_label("Window", exact=True).select_option("next")
        expect(tab).to_have_url(re.compile("window=next"))
        drawn(tab)
        yield "next window"


@pytest.mark.parametrize("path", PAGES)
def test_every_term_that_a_page_uses_has_its_link(tab: Page, shop: Server, path: str) -> None:
    tab.emulate_media(reduced_motion="reduce")
    labels: set[str] = set()
    missing = {}
    for state in states(tab, shop, path):
        of_labels, (closed, on_page) = tab.evaluate(LABELS), tab.evaluate(CLOSED)
        assert of_labels
        assert closed
        wanted = [*of_labels, *((text, on_page) for text in closed)]
        missing |= {
            (state, text): sorted(left)
            for text, links in wanted
            if (left := set(terms_in(text)) - set(links))
        }
        # A link within something that is pressed would be two things at once.
        assert tab.locator("button a, a a, summary a, [role=tab] a, option a").count() == 0
        labels |= {text for text, _ in of_labels}
    assert missing == {}
    assert len(labels) >= 5


def test_help_opens_the_glossary_and_gives_the_focus_back(tab: Page, shop: Server) -> None:
    opened(tab, shop, "/roi")
    expect(tab).to_have_url(re.compile("analysis="))
    tab.wait_for_load_state("networkidle")
    address = tab.url
    asked: list[Request] = []
    tab.on("request", lambda request: asked.append(request) if request.method == "POST" else None)
    helper = tab.get_by_role("button", name="Help")
    helper.focus()
    tab.keyboard.press("Enter")
    dialog = tab.get_by_role("dialog", name="Glossary")
    expect(dialog).to_be_visible()
    filter_box = dialog.get_by_label("Find a word")
    expect(filter_box).to_be_focused()
    expect(dialog.get_by_role("heading", level=3)).to_have_text(["Three questions to start with", "Glossary"])
    expect(dialog.get_by_role("heading", level=4)).to_have_count(len(TERMS))
    analysis = re.escape(re.search("analysis=[^&#]+", address).group())  # type: ignore[union-attr]
    for asked_first in QUESTIONS:
        expect(dialog.get_by_role("link", name=asked_first.words)).to_have_attribute(
            "href", re.compile(f"^{asked_first.page}\\?{analysis}$")
        )
    filter_box.fill("brier")
    expect(dialog.get_by_role("link", name=QUESTIONS[0].words)).to_be_hidden()
    expect(dialog.get_by_role("heading", level=4)).to_have_text(["Brier score"])
    filter_box.fill("nothing like this")
    expect(dialog.get_by_role("status")).to_contain_text("No word like this")
    # In a search field Escape takes the words out first, as everywhere.
    tab.keyboard.press("Escape")
    expect(filter_box).to_have_value("")
    expect(dialog.get_by_role("heading", level=4)).to_have_count(len(TERMS))
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(helper).to_be_focused()
    assert tab.url == address
    assert [request.url for request in asked if "shell-jobs-tick" not in (request.post_data or "")] == []


def test_a_word_says_what_it_means_and_opens_its_entry(tab: Page, shop: Server) -> None:
    opened(tab, shop, "/propensity", "?min_propensity=0.3")
    expect(tab).to_have_url(re.compile("analysis="))
    # The control keeps its name, alone.
    expect(tab.get_by_label("Shortfall threshold")).to_have_count(1)
    expect(tab.get_by_role("slider", name="Shortfall threshold", exact=True)).to_have_count(1)
    word = tab.get_by_label("Filters").get_by_role("button", name="Shortfall", exact=True)
    bubble = tab.get_by_role("tooltip").filter(has_text=TERMS["shortfall"].definition)
    word.hover()
    expect(bubble).to_be_visible()
    # It can be reached itself, and goes with Escape.
    bubble.hover()
    expect(bubble).to_be_visible()
    tab.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    tab.mouse.move(700, 5)
    tab.get_by_label("Minimum propensity").focus()
    tab.keyboard.press("Tab")
    expect(word).to_be_focused()
    expect(word).to_have_accessible_description(TERMS["shortfall"].definition)
    value, address = tab.locator("#propensity-shortfall").input_value(), tab.url
    tab.keyboard.press(" ")
    dialog = tab.get_by_role("dialog", name="Glossary")
    expect(dialog.locator("#glossary-shortfall")).to_be_focused()
    expect(dialog.locator("#glossary-shortfall")).to_be_in_viewport()
    dialog.get_by_role("link", name="Actual spend").first.click()
    expect(dialog.locator("#glossary-actual-spend")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(word).to_be_focused()
    assert tab.url == address
    assert tab.locator("#propensity-shortfall").input_value() == value


def test_a_click_on_a_word_in_a_label_moves_no_control(tab: Page, shop: Server) -> None:
    opened(tab, shop, "/propensity")
    tab.get_by_label("Filters").get_by_role("button", name="Window", exact=True).click()
    expect(tab.get_by_role("dialog", name="Glossary").locator("#glossary-window")).to_be_focused()
    # Beside the panel.
    tab.mouse.click(300, 450)
    expect(tab.get_by_role("dialog", name="Glossary")).to_be_hidden()
    expect(tab.get_by_label("Window")).to_have_value("past")


def test_an_address_opens_the_glossary_at_a_word(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/roi#glossary-break-even-uplift")
    expect(
        tab.get_by_role("dialog", name="Glossary").locator("#glossary-break-even-uplift")
    ).to_be_in_viewport()
    tab.keyboard.press("Escape")
    expect(tab).to_have_url(re.compile("^[^#]+$"))
    # Also from the page itself.
    tab.evaluate("location.hash = '#glossary-roi'")
    expect(tab.get_by_role("dialog", name="Glossary").locator("#glossary-roi")).to_be_focused()


def test_the_glossary_has_no_barrier_and_fits(tab: Page, shop: Server) -> None:
    tab.emulate_media(reduced_motion="reduce")
    opened(tab, shop, "/data")
    tab.get_by_role("button", name="Help").click()
    dialog = tab.get_by_role("dialog", name="Glossary")
    expect(dialog).to_be_visible()
    for width in (390, 1440):
        tab.set_viewport_size({"width": width, "height": 800})
        box = dialog.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            expect(tab.locator("html")).to_have_attribute("data-bs-theme", scheme)
            assert violations(tab, "#shell-glossary") == []


def test_an_empty_workspace_begins_with_the_sample_at_a_click(
    tab: Page, start_server: Callable[..., Server]
) -> None:
    server = start_server(autosample="false", sample_customers="600")
    tab.goto(server.url)
    main = tab.get_by_role("main")
    expect(main.get_by_role("heading", name="Welcome to Lapwing")).to_be_visible()
    expect(main.get_by_role("link", name="Upload data")).to_have_attribute("href", "/data")
    expect(main.get_by_role("listitem")).to_have_count(len(QUESTIONS))
    tab.goto(server.url + "/roi")
    expect(main.get_by_text("This page shows whether a campaign makes money")).to_be_visible()
    expect(main.get_by_role("button", name="Save scenario")).to_be_hidden()
    tab.goto(server.url)
    main.get_by_role("button", name="Try sample data").click()
    steps = main.get_by_role("list", name="Steps")
    expect(steps.locator("[aria-current=step]")).to_have_text(re.compile("Data in|Analysis"))
    expect(main.get_by_role("progressbar")).to_be_visible()
    expect(main.get_by_text("At risk", exact=True).first).to_be_visible(timeout=120_000)
    assert sorted(job.kind for job in server.jobs.list() if job.kind != "segment") == ["analyse", "sample"]

    hint = main.get_by_role("complementary", name="Three questions to start with")
    expect(hint.get_by_role("link")).to_have_count(3)
    hint.get_by_role("button", name="Put these questions away").click()
    expect(hint).to_be_hidden()
    tab.reload()
    expect(main.get_by_text("At risk", exact=True).first).to_be_visible()
    expect(hint).to_be_hidden()

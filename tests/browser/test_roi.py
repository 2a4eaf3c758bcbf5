"""The ROI page as finance lives in it: sliders, the answer that follows, the tabs, the address, a phone."""

from __future__ import annotations

import csv
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server

REDEMPTION = "Redemption among those who would have bought anyway"
EVERYBODY = "audience=everybody"


def ready(tab: Page, shop: Server, query: str = "") -> None:
    tab.goto(f"{shop.url}/roi?analysis={shop.sample_analysis}&{query}")
    settled(tab)


def settled(tab: Page) -> None:
    """The answer to what was asked last is there."""
    expect(tab.locator("#roi-verdict > *").first).to_be_attached(timeout=60_000)
    expect(tab.locator(".roi-answer")).to_have_attribute("aria-busy", "false")
    expect(tab.locator(".roi-views .is-asked")).to_have_count(0)


def question(tab: Page) -> Locator:
    return tab.locator("#roi-question")


def stat(tab: Page, name: str) -> str:
    place = tab.locator(".roi-stat").filter(has=tab.get_by_text(name, exact=True))
    return place.locator(".lw-stat__value").inner_text()


def address(tab: Page) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(urlsplit(tab.url).query).items() if name != "analysis"
    }


def test_the_question_follows_the_controls(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&contacted=300")
    expect(question(tab)).to_have_text("If we give 15 % off to 300 customers, do we make money?")
    before = stat(tab, "Net profit")
    tab.get_by_label("Discount").fill("5")
    expect(question(tab)).to_have_text("If we give 5 % off to 300 customers, do we make money?")
    settled(tab)
    assert stat(tab, "Net profit") != before
    tab.get_by_label("Customers contacted").fill("120")
    expect(question(tab)).to_contain_text("to 120 customers")
    expect(tab.get_by_label("The same number, typed")).to_have_value("120")
    tab.get_by_label("The same number, typed").fill("250")
    expect(question(tab)).to_contain_text("to 250 customers")
    expect(tab.get_by_label("Customers contacted")).to_have_value("250")
    tab.get_by_label("Margin").fill("60")
    tab.get_by_label("Fixed cost").fill("80")
    tab.get_by_label(REDEMPTION).fill("10")
    tab.get_by_label("Rank by").select_option("propensity")
    expect(tab).to_have_url(re.compile("rank=propensity"))
    settled(tab)
    said = {
        "audience": "everybody",
        "contacted": "250",
        "discount": "0.05",
        "margin": "0.6",
        "fixed_cost": "80",
    }
    assert address(tab) == said | {"redemption": "0.1", "rank": "propensity"}
    # The same view, shared.
    shown = [stat(tab, name) for name in ("Net profit", "ROI", "Probability of profit", "Break-even uplift")]
    other = tab.context.new_page()
    other.goto(tab.url)
    settled(other)
    expect(other.get_by_label("Margin")).to_have_value("60")
    assert [
        stat(other, name) for name in ("Net profit", "ROI", "Probability of profit", "Break-even uplift")
    ] == shown
    other.close()
    undo = tab.get_by_role("button", name="Undo")
    expect(undo).to_be_hidden()
    tab.get_by_role("button", name="Reset").click()
    expect(question(tab)).to_contain_text("15 % off")
    settled(tab)
    assert address(tab) == {}
    undo.click()
    expect(question(tab)).to_have_text("If we give 5 % off to 250 customers, do we make money?")
    expect(undo).to_be_hidden()
    settled(tab)
    assert address(tab) == said | {"redemption": "0.1", "rank": "propensity"}


def test_each_step_of_a_slider_is_answered(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&contacted=200")
    slider = tab.get_by_label("Discount")
    slider.focus()
    for step in range(1, 6):
        tab.keyboard.press("ArrowRight")
        expect(question(tab)).to_have_text(
            f"If we give {15 + step} % off to 200 customers, do we make money?"
        )
    expect(tab.locator("#roi-discount-value")).to_have_text("20 %")
    settled(tab)
    expect(tab).to_have_url(re.compile("discount=0.2(&|$)"))


def test_a_screen_reader_is_told_the_answer_when_the_hand_rests(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&contacted=200")
    said = tab.locator("#roi-said")
    expect(said).to_contain_text("If we give 15 % off to 200 customers, do we make money?")
    tab.evaluate(
        "window.told = []; new MutationObserver(() => window.told.push(document.getElementById('roi-said').textContent))"
        ".observe(document.getElementById('roi-said'), {childList: true, characterData: true, subtree: true})"
    )
    tab.get_by_label("Discount").focus()
    for _ in range(6):
        tab.keyboard.press("ArrowRight")
    expect(said).to_contain_text("If we give 21 % off to 200 customers, do we make money?")
    expect(said).to_contain_text(": expected net profit ")
    assert len(tab.evaluate("window.told")) == 1


def test_the_answer_stays_in_sight(tab: Page, shop: Server) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    ready(tab, shop, EVERYBODY)
    line = tab.locator(".roi-glance")
    expect(line).to_be_hidden()
    tab.get_by_role("button", name="Assumptions").click()
    tab.get_by_label("Horizon").scroll_into_view_if_needed()
    expect(line).to_be_visible()
    expect(line).to_contain_text("net profit")
    before = line.inner_text()
    tab.get_by_label("Discount").fill("35")
    expect(line).not_to_have_text(before)
    expect(line).to_be_in_viewport(ratio=1)
    # The page of the row of pages that is open can be seen, though it is far to the right.
    tab.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    expect(tab.locator("#shell-nav-roi")).to_be_in_viewport(ratio=1)
    expect(line).to_be_hidden()


def test_another_audience_clamps_and_says_so(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&contacted=900&discount=0.1")
    tab.get_by_label("Audience").select_option(label="At-risk customers")
    expect(question(tab)).to_contain_text("at-risk customers")
    settled(tab)
    size = int(tab.get_by_label("Customers contacted").get_attribute("max") or 0)
    assert 0 < size < 900
    expect(question(tab)).to_have_text(f"If we give 10 % off to {size} at-risk customers, do we make money?")
    expect(tab.locator("#roi-contacted-help")).to_have_text(
        f"All {size} of this audience: there are no more."
    )
    tab.get_by_label("Audience").select_option("everybody")
    expect(question(tab)).to_contain_text("900 customers")


def test_a_unit_keeps_what_the_uplift_means(tab: Page, shop: Server) -> None:
    ready(tab, shop, EVERYBODY)
    tab.get_by_label("Uplift in").select_option("points")
    expect(tab.locator("#roi-uplift-value")).to_contain_text("points")
    expect(tab).to_have_url(re.compile("uplift_unit=points"))
    settled(tab)
    points = float(tab.get_by_label("Expected uplift").input_value())
    assert 0 < points < 50
    expect(tab.locator(".roi-stat").filter(has_text="Break-even uplift")).to_contain_text("points")
    tab.get_by_label("Uplift in").select_option("relative")
    expect(tab.locator("#roi-uplift-value")).to_have_text(re.compile(r"^(49|50|51) %$"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("uplift=1.7", "Expected uplift must be between -100 % and 100 %, not 170 %."),
        ("contacted=0", "Nobody is contacted"),
        ("discount=much", "Discount must be a number"),
        ("audience=list:gone", "Choose another audience."),
        ("rank=beauty", "beauty"),
    ],
)
def test_bad_addresses_are_told_and_can_be_put_right(tab: Page, shop: Server, query: str, words: str) -> None:
    ready(tab, shop, query)
    expect(tab.get_by_role("alert").first).to_contain_text(words)
    expect(tab.locator("#roi-depth").get_by_text("There is no answer to draw.")).to_be_visible()
    assert "NaN" not in tab.locator("#content").inner_text()
    tab.get_by_role("button", name="Reset").click()
    expect(question(tab)).to_contain_text("15 % off")
    settled(tab)
    assert "NaN" not in tab.locator("#content").inner_text()


def test_an_emptied_number_is_told(tab: Page, shop: Server) -> None:
    ready(tab, shop, EVERYBODY)
    tab.get_by_label("Horizon").fill("")
    expect(tab.get_by_role("alert")).to_have_text("Horizon must be a number.")
    tab.get_by_label("Horizon").fill("4000")
    expect(tab.get_by_role("alert")).to_contain_text("Horizon must be between 7 and 365")
    tab.get_by_label("Horizon").fill("30")
    expect(question(tab)).to_contain_text("do we make money?")
    expect(tab.get_by_role("alert")).to_have_count(0)
    tab.get_by_label("Budget").fill("")
    settled(tab)
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_the_best_depth_is_a_click_away(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&contacted=20&margin=0.7")
    expect(tab.locator("#roi-depth .scatterlayer .trace").first).to_be_attached()
    tab.get_by_role("button", name="Use the best depth").click()
    expect(question(tab)).not_to_contain_text(" 20 customers")
    settled(tab)
    expect(tab.get_by_role("button", name="Use the best depth")).to_be_disabled()
    best = int(tab.get_by_label("The same number, typed").input_value())
    first = tab.get_by_role("region", name="What other depths lose").locator("tbody tr").first
    expect(first.locator("td").first).to_have_text(f"{best:,}")
    plot = tab.locator("#roi-depth .nsewdrag")
    plot.evaluate("plot => plot.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = plot.bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5)
    expect(tab.get_by_label("The same number, typed")).not_to_have_value(str(best))
    settled(tab)


def test_a_cell_of_the_map_is_asked_about(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&tab=drivers")
    expect(tab.locator("#roi-heat .heatmaplayer .hm").first).to_be_attached()
    plot = tab.locator("#roi-heat .nsewdrag")
    plot.evaluate("plot => plot.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = plot.bounding_box()
    assert box is not None
    # The leftmost column is nothing off.
    tab.mouse.click(box["x"] + 10, box["y"] + 10)
    expect(question(tab)).to_contain_text("with nothing off")
    expect(tab.get_by_label("Discount")).to_have_value("0")
    settled(tab)


def test_a_segment_leads_to_its_own_question(tab: Page, shop: Server) -> None:
    ready(tab, shop, f"{EVERYBODY}&tab=segments")
    table = tab.get_by_role("region", name="Segments, expected scenario")
    expect(table.locator("tbody tr").last).to_contain_text("Everybody")
    table_rows = table.locator("tbody tr").count()
    tab.get_by_label("Scenario", exact=True).select_option("pessimistic")
    expect(tab.get_by_role("region", name="Segments, pessimistic scenario")).to_be_visible()
    with tab.expect_download() as caught:
        tab.get_by_role("link", name="Download CSV").click()
    with caught.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["scenario"] for row in rows} == {"pessimistic", "expected", "optimistic"}
    assert len(rows) == 3 * (table_rows - 1)
    ask = tab.get_by_role("button", name=re.compile("^Ask about ")).first
    name = (ask.get_attribute("aria-label") or "").removeprefix("Ask about ").removesuffix(" alone")
    ask.click()
    expect(question(tab)).to_contain_text(name)
    expect(tab).to_have_url(re.compile("audience=segment%3A"))
    settled(tab)


def test_tabs_are_reached_by_keyboard_and_by_the_warning(tab: Page, shop: Server) -> None:
    ready(tab, shop, EVERYBODY)
    tab.get_by_role("tab", name="How far to go").focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.get_by_role("tab", name="Range")).to_be_focused()
    expect(tab.get_by_role("tabpanel", name="Range")).to_be_visible()
    expect(tab.locator("#roi-range .barlayer .point").first).to_be_attached()
    expect(tab).to_have_url(re.compile("tab=range"))
    expect(tab.get_by_role("region", name="Three scenarios")).to_contain_text("Pessimistic")
    tab.get_by_role("button", name="plan the proof").click()
    expect(tab.get_by_role("tabpanel", name="Plan the proof")).to_be_visible()
    expect(tab.get_by_label("Holdout")).to_be_visible()
    expect(tab).to_have_url(re.compile("tab=proof"))
    tip = tab.get_by_role("button", name="What is ROI?")
    tip.focus()
    expect(tab.get_by_text("Net profit for each unit of money spent")).to_be_visible()


def test_the_source_of_the_uplift_stands_beside_it(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    text = tab.get_by_text("In the Hillstrom test", exact=False)
    expect(text).to_be_hidden()
    tab.get_by_text("Where this comes from").click()
    expect(text).to_be_visible()


def test_on_a_phone_the_answer_comes_before_the_assumptions(tab: Page, shop: Server) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    ready(tab, shop, EVERYBODY)
    slider = tab.get_by_label("Discount")
    expect(slider).to_be_hidden()
    fold = tab.get_by_role("button", name="Assumptions")
    fold.click()
    expect(slider).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")
    above = tab.locator(".roi-answer").bounding_box()
    below = slider.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]

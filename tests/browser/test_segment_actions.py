"""What can be done with segments, as people meet it: make, edit, advise, keep."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from data.store import Store
from tests.browser.barriers import violations
from tests.browser.conftest import Server


def open_page(tab: Page, shop: Server, view: str = "sizes") -> None:
    # A button halfway between two colours has the contrast of neither.
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{shop.url}/segments?analysis={shop.sample_analysis}&view={view}")
    expect(tab.get_by_role("status", name="Customers on screen")).to_have_text("1,200")


def check_axe(tab: Page, part: str) -> None:
    assert violations(tab, part) == []


def legend(tab: Page) -> Locator:
    return tab.get_by_role("group", name="Segment", exact=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_segments_are_made_shown_and_deleted(tab: Page, shop: Server, scheme: str, width: int) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    open_page(tab, shop)
    choice = tab.get_by_label("Segments by")
    before = choice.input_value()
    tab.get_by_role("button", name="New segments").click()
    form = tab.get_by_role("dialog", name="New segments")
    expect(form.get_by_role("radio", name=re.compile("^K-Means"))).to_be_checked()
    expect(form).to_be_visible()
    check_axe(tab, ".act-panel")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    # Each algorithm has its own fields and no others.
    form.get_by_role("radio", name=re.compile("^RFM rules")).check()
    expect(form.get_by_label("How many")).to_be_hidden()
    cut = form.get_by_label("Days since last order: last value of score 5")
    expect(cut).to_be_visible()
    expect(form).to_be_visible()
    check_axe(tab, ".act-panel")
    usual = cut.input_value()
    cut.fill("100000")
    form.get_by_role("button", name="Make segments").click()
    expect(form.get_by_role("alert")).to_contain_text("give four numbers, each at least the one before it")
    form.get_by_role("button", name="Use quintiles again").click()
    expect(cut).to_have_value(usual)
    form.get_by_role("radio", name=re.compile("^DBSCAN")).check()
    expect(form.get_by_label("Neighbourhood")).to_be_visible()
    form.get_by_role("radio", name=re.compile("^K-Means")).check()
    expect(form.get_by_label("Neighbourhood")).to_be_hidden()
    form.get_by_label("How many").select_option("3")
    form.get_by_role("button", name="Make segments").click()
    expect(form).to_be_hidden(timeout=120_000)
    expect(choice).not_to_have_value(before)
    expect(choice.locator("option:checked")).to_contain_text("K-Means, 3 segments")
    # On a phone the filters are folded away.
    boxes = tab.get_by_role("group", name="Segment", exact=True, include_hidden=True)
    expect(boxes.get_by_role("checkbox", include_hidden=True)).to_have_count(3)
    # What somebody made can be deleted; the page goes back to what is left.
    made = choice.input_value()
    tab.get_by_role("button", name="New segments").click()
    form.get_by_role("button", name="Delete K-Means, 3 segments").first.click()
    question = tab.get_by_role("dialog", name="Delete these segments?")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(choice).to_have_value(before)
    assert made not in [one.id for one in Store(shop.home).segmentations()]


def test_a_segment_is_renamed_recoloured_merged_and_undone(tab: Page, shop: Server) -> None:
    open_page(tab, shop)
    tab.get_by_role("button", name="Edit segments").click()
    form = tab.get_by_role("dialog", name="Edit segments")
    expect(form).to_be_visible()
    check_axe(tab, ".act-panel")
    name = form.get_by_label("Name of Champions")
    name.fill("loyal")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_text("“loyal” is taken by another segment.")).to_be_visible()
    name.fill("Stars <b>")
    part = form.get_by_role("group", name="Champions")
    part.get_by_text("Colour and merging").click()
    # With the keyboard: the swatches are one group.
    part.get_by_role("radio", name="Teal").focus()
    tab.keyboard.press("ArrowRight")
    expect(part.get_by_role("radio", name="Blue")).to_be_checked()
    lost = form.get_by_role("group", name="Lost")
    lost.get_by_text("Colour and merging").click()
    lost.get_by_label("Merge into").select_option("hibernating")
    expect(form).to_be_visible()
    check_axe(tab, ".act-panel")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form).to_be_hidden()
    expect(legend(tab).get_by_text("Stars <b>")).to_be_visible()
    expect(legend(tab).get_by_text("Lost", exact=True)).to_have_count(0)
    tab.get_by_role("button", name="Undo").click()
    expect(legend(tab).get_by_text("Champions")).to_be_visible()
    expect(legend(tab).get_by_text("Lost", exact=True)).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_advice_leads_to_the_customers_and_can_be_rewritten(
    tab: Page, shop: Server, scheme: str, width: int, tmp_path: Path
) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    open_page(tab, shop, "advice")
    card = tab.get_by_role("article", name="At risk", exact=True)
    expect(card).to_contain_text("at stake")
    expect(card).to_contain_text("Channel")
    check_axe(tab, ".act-advice")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    customers = int(card.locator("dd").first.inner_text().split()[0].replace(",", ""))
    with tab.expect_download() as caught:
        card.get_by_role("link", name="Download list (At risk)").click()
    caught.value.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(newline="", encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == customers
    card.get_by_role("button", name="Edit what to do with At risk").click()
    form = tab.get_by_role("dialog", name="What to do")
    expect(form).to_be_visible()
    check_axe(tab, ".act-panel")
    form.get_by_label("Offer").fill("A pot of <b>jam</b>.")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(card).to_contain_text("A pot of <b>jam</b>.")
    # The cards are written anew once more when the page's filter has been asked again.
    tab.wait_for_load_state("networkidle")
    card.get_by_role("button", name="Edit what to do with At risk").click()
    form.get_by_role("button", name="Use Lapwing's text again").click()
    expect(card).not_to_contain_text("jam")
    card.get_by_role("button", name="Show these customers (At risk)").click()
    expect(tab.get_by_role("status", name="Customers on screen")).to_have_text(f"{customers:,}")
    expect(tab).to_have_url(re.compile("segment=at_risk"))
    expect(tab.get_by_role("region", name="Customers row by row")).to_be_focused()


def test_a_list_is_saved_opened_downloaded_and_deleted(tab: Page, shop: Server, tmp_path: Path) -> None:
    open_page(tab, shop)
    lists = tab.get_by_role("region", name="Saved lists")
    expect(lists.get_by_role("heading", name="No lists yet")).to_be_visible()
    legend(tab).get_by_label("Lost").check()
    count = tab.get_by_role("status", name="Customers on screen")
    expect(count).not_to_have_text("1,200")
    customers = count.inner_text()
    tab.get_by_role("button", name="Save as list").click()
    form = tab.get_by_role("dialog", name="Save as list")
    expect(form).to_contain_text(f"{customers} customers, segments by RFM rules.")
    name = form.get_by_label("Name of the list")
    expect(name).to_have_value("Lost")
    check_axe(tab, ".modal")
    name.fill("  ")
    name.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Give the list a name.")
    name.fill("Goodbye <b>")
    name.press("Enter")
    expect(form).to_be_hidden()
    item = lists.get_by_role("listitem").filter(has=tab.get_by_role("heading", name="Goodbye <b>"))
    expect(item).to_contain_text(f"{customers} customers")
    check_axe(tab, ".act-saved")
    with tab.expect_download() as caught:
        item.get_by_role("link", name="CSV Goodbye <b>").click()
    caught.value.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(newline="", encoding="utf-8-sig") as file:
        assert f"{len(list(csv.DictReader(file))):,}" == customers
    tab.get_by_role("button", name="Clear", exact=True).click()
    expect(count).to_have_text("1,200")
    item.get_by_role("link", name="Open Goodbye <b>").click()
    expect(count).to_have_text(customers)
    expect(legend(tab).get_by_label("Lost")).to_be_checked()
    item.get_by_role("button", name="Delete Goodbye <b>").click()
    question = tab.get_by_role("dialog", name="Delete this list?")
    question.get_by_role("button", name="Keep", exact=True).click()
    expect(item).to_be_visible()
    item.get_by_role("button", name="Delete Goodbye <b>").click()
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(lists.get_by_role("heading", name="No lists yet")).to_be_visible()

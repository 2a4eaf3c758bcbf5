"""The segments page as a marketer lives in it: filters, views, selection in charts, the table and its files."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server


def ready(tab: Page, shop: Server, query: str = "") -> None:
    tab.goto(f"{shop.url}/segments?analysis={shop.sample_analysis}{query.replace('?', '&')}")
    settled(tab)


def settled(tab: Page) -> None:
    """The count is there and the open view shows what was asked."""
    expect(tab.locator("#segments-count")).not_to_be_empty(timeout=60_000)
    expect(tab.locator("#segments-panel-sizes, .seg-views [role=tabpanel]").first).to_be_attached()
    expect(tab.locator(".is-asked")).to_have_count(0)
    expect(tab.locator("#segments-table .ag-header-cell").first).to_be_attached()


def customers(tab: Page) -> int:
    return int(tab.locator("#segments-count").inner_text().replace(",", ""))


def changed(tab: Page, before: int) -> int:
    expect(tab.locator("#segments-count")).not_to_have_text(f"{before:,}")
    settled(tab)
    return customers(tab)


def chips(tab: Page) -> Locator:
    return tab.locator(".seg-chip__text")


def hit(tab: Page, place: Locator) -> None:
    """Click in the middle of a mark; the chart's own layer lies over it."""
    place.evaluate("place => place.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = place.bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_filters_chips_and_address_say_the_same(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    everybody = customers(tab)
    tab.get_by_role("group", name="Segment", exact=True).get_by_role("checkbox").first.check()
    some = changed(tab, everybody)
    expect(chips(tab)).to_have_text([re.compile("^Segment: ")])
    tab.get_by_label("CLV", exact=True).select_option("top25")
    fewer = changed(tab, some)
    tab.get_by_label("Search customers").fill("C0")
    expect(chips(tab)).to_have_text([re.compile("^Segment: "), re.compile("^CLV: "), "Search: C0"])
    expect(tab).to_have_url(re.compile("clv=top25.*search=C0"))
    settled(tab)
    shown = customers(tab)
    assert shown <= fewer < some < everybody
    other = tab.context.new_page()
    other.goto(tab.url)
    settled(other)
    expect(chips(other)).to_have_count(3)
    assert customers(other) == shown
    other.close()
    tab.get_by_role("button", name=re.compile("^Remove CLV")).click()
    expect(chips(tab)).to_have_count(2)
    tab.get_by_role("button", name="Clear").click()
    expect(chips(tab)).to_have_count(0)
    expect(tab.locator("#segments-count")).to_have_text(f"{everybody:,}")


def test_a_category_adds_its_values_one_by_one(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    value = tab.get_by_label("Value", exact=True)
    options = value.locator("option[value^='=']")
    expect(options).not_to_have_count(0)
    everybody = customers(tab)
    value.select_option(index=2)
    one = changed(tab, everybody)
    value.select_option(index=3)
    assert one < changed(tab, one) < everybody
    expect(chips(tab)).to_have_count(2)
    expect(tab).to_have_url(re.compile("a0="))


def test_a_click_on_a_bar_selects_its_segment(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    everybody = customers(tab)
    bar = tab.locator("#segments-sizes .bars .point path").first
    hit(tab, bar)
    changed(tab, everybody)
    expect(tab.get_by_role("group", name="Segment", exact=True).locator("input:checked")).to_have_count(1)
    hit(tab, bar)
    expect(tab.locator("#segments-count")).to_have_text(f"{everybody:,}")


def test_a_second_bar_adds_its_segment(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    everybody = customers(tab)
    bars = tab.locator("#segments-sizes .bars").first.locator(".point path")
    many = bars.count()
    hit(tab, bars.nth(0))
    one = changed(tab, everybody)
    expect(bars).to_have_count(many)
    hit(tab, bars.nth(1))
    assert changed(tab, one) > one
    expect(chips(tab)).to_have_count(2)


def test_the_comparison_is_put_in_order_by_its_heads(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    table = tab.get_by_role("region", name="Segments compared")
    head = table.get_by_role("columnheader", name="Customers")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    sizes = [int(text.replace(",", "")) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert sizes == sorted(sizes, reverse=True)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(table.locator("tbody td").first).to_have_text(f"{sizes[-1]:,}")


def test_a_cell_of_scores_selects_its_segment(tab: Page, shop: Server) -> None:
    ready(tab, shop, "?view=map")
    everybody = customers(tab)
    hit(tab, tab.locator("#segments-grid .heatmaplayer .hm").first)
    changed(tab, everybody)
    expect(chips(tab)).to_have_text([re.compile("^Segment: ")])


def test_rows_come_back_after_a_filter_that_nobody_meets(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    cells = tab.locator("#segments-table .ag-center-cols-container [col-id=segment]")
    expect(cells.first).not_to_be_empty()
    tab.get_by_label("Search customers").fill("nobody has this")
    expect(tab.locator("#segments-count")).to_have_text("0")
    expect(tab.locator("#segments-table").get_by_text("No customer matches these filters.")).to_be_visible()
    tab.get_by_role("button", name="Clear").click()
    expect(tab.locator("#segments-count")).not_to_have_text("0")
    expect(cells.first).not_to_be_empty()


def test_a_lasso_selects_the_customers_inside(tab: Page, shop: Server) -> None:
    ready(tab, shop, "?view=map")
    everybody = customers(tab)
    expect(tab.locator("#segments-map .scatterlayer .point")).not_to_have_count(0)
    # Both charts are there: the page does not move any more.
    expect(tab.locator("#segments-space canvas").first).to_be_attached()
    tab.wait_for_load_state("networkidle")
    plot = tab.locator("#segments-map .nsewdrag")
    # All of it, at once: a mouse does not reach below the edge of the window.
    plot.evaluate("plot => plot.scrollIntoView({block: 'center', behavior: 'instant'})")
    area = plot.bounding_box()
    assert area is not None
    x, y, w, h = area["x"], area["y"], area["width"], area["height"]
    tab.mouse.move(x + 0.3 * w, y + 0.1 * h)
    tab.mouse.down()
    for across, down in ((0.95, 0.1), (0.95, 0.6), (0.3, 0.6), (0.3, 0.1)):
        tab.mouse.move(x + across * w, y + down * h, steps=8)
    tab.mouse.up()
    inside = changed(tab, everybody)
    assert 0 < inside < everybody
    expect(chips(tab)).to_have_text([re.compile("^Drawn in the chart: ")])
    expect(tab).to_have_url(re.compile("region=frequency%2Cmonetary"))
    other = tab.context.new_page()
    other.goto(tab.url)
    settled(other)
    assert customers(other) == inside
    other.close()


def test_axes_are_chosen_and_kept_in_the_address(tab: Page, shop: Server) -> None:
    ready(tab, shop, "?view=map")
    tab.get_by_label("X axis").select_option("recency_days")
    tab.get_by_label("Y axis").select_option("clv")
    expect(tab.locator("#segments-map .xtitle")).to_have_text(re.compile("Days since"))
    expect(tab).to_have_url(re.compile("x=recency_days.*y=clv"))
    tab.reload()
    expect(tab.get_by_label("Y axis")).to_have_value("clv")
    # The scene in three dimensions is drawn.
    expect(tab.locator("#segments-space canvas").first).to_be_attached()


def test_a_flow_lists_its_customers(tab: Page, shop: Server) -> None:
    ready(tab, shop, "?view=movement")
    everybody = customers(tab)
    expect(tab.locator("#segments-flows-text")).to_contain_text("The largest movement")
    button = tab.get_by_role("button", name=re.compile("^List those who went")).first
    button.click()
    some = changed(tab, everybody)
    row = tab.locator("#segments-flows-table tbody tr").first
    expect(row).to_contain_text(f"{some:,}")
    expect(chips(tab)).to_have_text([re.compile("^Moved: ")])
    tab.get_by_role("button", name=re.compile("^List those who went")).first.click()
    expect(chips(tab)).to_have_count(0)


def test_the_tabs_are_walked_by_the_keyboard(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    tab.get_by_role("tab", name="Sizes").focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.get_by_role("tab", name="RFM map")).to_be_focused()
    expect(tab.get_by_role("tabpanel", name="RFM map")).to_be_visible()
    expect(tab.get_by_role("tabpanel", name="Sizes")).to_be_hidden()
    expect(tab).to_have_url(re.compile("view=map"))
    tab.keyboard.press("End")
    expect(tab.get_by_role("tab", name="What to do")).to_be_focused()
    settled(tab)


def test_the_file_holds_the_chosen_columns_of_the_customers_on_screen(
    tab: Page, shop: Server, tmp_path: Path
) -> None:
    ready(tab, shop, "?churn=high")
    shown = customers(tab)
    tab.locator("#segments-columns-box summary").click()
    columns = tab.locator("#segments-columns")
    columns.get_by_label("Orders", exact=True).uncheck()
    tab.keyboard.press("Escape")
    expect(columns.get_by_role("checkbox")).to_have_count(0)
    expect(tab.locator("#segments-table .ag-header-cell-text", has_text="Orders")).to_have_count(0)
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="Download", exact=True).click()
    rows = read(caught.value, tmp_path)
    assert len(rows) == shown
    assert "frequency" not in rows[0]
    assert "monetary" in rows[0]
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="High-value at-risk").click()
    badge = tab.locator("#segments-at-risk .lw-tag--accent").inner_text()
    assert len(read(caught.value, tmp_path)) == int(badge.replace(",", ""))


def read(download: Any, folder: Path) -> list[dict[str, str]]:
    path = folder / download.suggested_filename
    download.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_nonsense_in_the_address_is_told(tab: Page, shop: Server) -> None:
    ready(tab, shop, "?clv=huge&view=nowhere&x=secret")
    expect(tab.locator("#segments-note")).to_contain_text("All customers are shown")
    expect(tab.get_by_role("tab", name="Sizes")).to_have_attribute("aria-selected", "true")
    assert customers(tab) > 0


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440, 2560])
def test_the_page_does_not_scroll_sideways(tab: Page, shop: Server, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    ready(tab, shop, "?view=movement&churn=high")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_charts_come_before_the_filters(tab: Page, shop: Server) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    ready(tab, shop)
    box = tab.get_by_label("CLV", exact=True)
    expect(box).to_be_hidden()
    tab.get_by_role("button", name="Filters").click()
    expect(box).to_be_visible()
    expect(tab.get_by_role("button", name="Filters")).to_have_attribute("aria-expanded", "true")

"""Scenarios and files of the ROI page, as people meet them: save, compare, share, take away, delete."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from data.store import Store
from tests.browser.barriers import violations
from tests.browser.conftest import Server
from tests.spreadsheet import Workbook


def open_page(page: Page, shop: Server, **asked: object) -> None:
    page.emulate_media(reduced_motion="reduce")
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    page.goto(f"{shop.url}/roi?analysis={shop.sample_analysis}{more}")
    expect(page.get_by_role("heading", name="do we make money?")).to_be_visible()
    expect(page.get_by_role("link", name="Calculation (Excel)", include_hidden=True)).to_have_attribute(
        "href", re.compile("analysis=")
    )


def check_axe(tab: Page, part: str) -> None:
    assert violations(tab, part) == []


def keep(tab: Page, name: str) -> None:
    tab.get_by_role("button", name="Save scenario").click()
    form = tab.get_by_role("dialog", name="Save this scenario")
    expect(form.get_by_text("do we make money?")).to_be_visible()
    form.get_by_label("Name of the scenario").fill(name)
    form.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_scenarios_are_saved_compared_opened_and_deleted(
    tab: Page, shop: Server, scheme: str, width: int
) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    kept = {one.id for one in Store(shop.home).scenarios()}
    open_page(tab, shop, audience="everybody", contacted=100, discount=0.1, tab="scenarios")
    dialog = tab.get_by_role("dialog", name="Save this scenario")
    tab.get_by_role("button", name="Save scenario").click()
    field = dialog.get_by_label("Name of the scenario")
    expect(field).to_have_value("10 % off to 100 customers")
    check_axe(tab, ".modal")
    field.fill("  ")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("1 to 60 characters")
    field.fill(f"Small <b> {scheme}")
    tab.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(tab.get_by_text(f"“Small <b> {scheme}” is among the saved scenarios")).to_be_visible()
    card = tab.get_by_role("listitem").filter(has=tab.get_by_role("heading", name=f"Small <b> {scheme}"))
    expect(card).to_contain_text("100 contacted of “Everybody”")
    expect(card.get_by_role("list")).to_contain_text("Discount 10 %")
    # The same name again is refused; another question gets another one.
    keep(tab, f"small <B> {scheme}")
    expect(dialog.get_by_role("alert")).to_contain_text("choose another name")
    dialog.get_by_role("button", name="Not now").click()
    open_page(tab, shop, audience="everybody", contacted=200, discount=0.2, tab="scenarios")
    keep(tab, f"Large {scheme}")
    expect(dialog).to_be_hidden()
    for name in (f"Small <b> {scheme}", f"Large {scheme}"):
        tab.get_by_role("checkbox", name=f"Compare {name}").check()
    box = tab.get_by_role("region", name="Side by side", exact=True)
    asked = box.get_by_role("table", name="What was asked")
    expect(asked.get_by_role("row").filter(has_text=re.compile("^Discount"))).to_contain_text(
        "10 points less"
    )
    expect(asked.get_by_role("row").filter(has_text=re.compile("^Customers contacted"))).to_contain_text(
        "100 less"
    )
    expect(box.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    check_axe(tab, "#roi-panel-scenarios")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    # The comparison is in the address.
    assert len(parse_qs(urlsplit(tab.url).query)["compare"][0].split(",")) == 2
    tab.reload()
    expect(box).to_be_visible()
    card.get_by_role("link", name="Open").click()
    expect(tab.get_by_role("heading", name="If we give 10 % off to 100 customers")).to_be_visible()
    tab.get_by_role("tab", name="Scenarios").click()
    for name in (f"Small <b> {scheme}", f"Large {scheme}"):
        tab.get_by_role("button", name=f"Delete {name}").click()
        question = tab.get_by_role("dialog", name="Delete this scenario?")
        expect(question).to_contain_text(f"“{name}”")
        question.get_by_role("button", name="Delete", exact=True).click()
        expect(question).to_be_hidden()
        expect(tab.get_by_role("button", name=f"Delete {name}")).to_have_count(0)
    assert {one.id for one in Store(shop.home).scenarios()} == kept


def test_the_address_is_copied_or_shown(tab: Page, shop: Server) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(tab, shop, audience="everybody", contacted=50, discount=0.05)
    tab.get_by_text("Download and share").click()
    check_axe(tab, ".lw-page__actions")
    tab.get_by_role("button", name="Copy link").click()
    expect(tab.get_by_text("Link copied")).to_be_visible()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied == tab.url
    asked = {name: values[0] for name, values in parse_qs(urlsplit(copied).query).items()}
    assert (asked["audience"], asked["contacted"], asked["discount"]) == ("everybody", "50", "0.05")
    # Where a page may not copy, the address is there to be copied.
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.get_by_text("Download and share").click()
    tab.get_by_role("button", name="Copy link").click()
    panel = tab.get_by_role("dialog", name="Copy this link")
    field = panel.get_by_label("Address")
    expect(field).to_have_value(tab.url)
    expect(field).to_be_focused()
    assert tab.evaluate("String(getSelection())") == tab.url
    check_axe(tab, ".modal")
    panel.get_by_role("button", name="Close").last.click()
    expect(panel).to_be_hidden()


def test_what_is_downloaded_is_what_is_asked(tab: Page, shop: Server, tmp_path: Path) -> None:
    open_page(tab, shop, audience="everybody", contacted=100)
    tab.get_by_label("Customers contacted").fill("120")
    expect(tab.get_by_role("heading", name="120 customers")).to_be_visible()
    profit = tab.locator(".roi-stat").filter(has_text="Net profit").locator(".lw-stat__value").first
    tab.get_by_text("Download and share").click()

    def take(name: str) -> Path:
        link = tab.get_by_role("link", name=name, include_hidden=True)
        expect(link).to_have_attribute("href", re.compile("contacted=120"))
        if not link.is_visible():
            tab.get_by_text("Download and share").click()
        with tab.expect_download() as waiting:
            link.click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    listed = take("List of customers (CSV)")
    rows = list(csv.DictReader(listed.read_text(encoding="utf-8-sig").splitlines()))
    assert [int(row["rank"]) for row in rows] == list(range(1, 121))
    sheet = openpyxl.load_workbook(take("List of customers (Excel)")).active
    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [row["customer_id"] for row in rows]
    book = Workbook(take("Calculation (Excel)"))
    assert book.results()["Customers contacted"] == 120
    net = book.results()["Net profit"]
    shown = profit.inner_text().replace(",", "")
    assert f"{round(net)}" in shown or f"{net:.2f}" in shown
    with tab.expect_popup() as waiting:
        tab.get_by_text("Download and share").click()
        tab.get_by_role("link", name="One-page summary").click()
    page = waiting.value
    expect(page.get_by_role("heading", name="120 customers")).to_be_visible()
    assert page.locator("svg").count() == 1
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1

"""Several people and several tabs: views shared by their address, two browsers at once, the theme, work that runs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.sample import write_sample
from figures.theme import tokens
from tests.browser.conftest import Server

PAGES = ("Overview", "Data", "Segments", "Propensity", "Model performance", "ROI simulator", "Predict")


def narrow_propensity(tab: Page) -> None:
    size = tab.get_by_label("Segment size", exact=True)
    expect(size).to_have_text("1,072")
    tab.get_by_label("Minimum propensity", exact=True).fill("0.3")
    expect(tab).to_have_url(re.compile("min_propensity=0.3"))
    tab.get_by_label(re.compile("^Yellow")).uncheck()
    expect(tab).to_have_url(re.compile("performances="))


def narrow_segments(tab: Page) -> None:
    expect(tab.locator("#segments-count")).to_have_text("1,200", timeout=60_000)
    tab.get_by_role("group", name="Segment", exact=True).get_by_role("checkbox").first.check()
    expect(tab).to_have_url(re.compile("segment="))
    tab.get_by_label("CLV", exact=True).select_option("top25")
    expect(tab).to_have_url(re.compile("clv=top25"))


def narrow_roi(tab: Page) -> None:
    expect(tab.locator("#roi-question")).to_contain_text("customers", timeout=60_000)
    tab.get_by_label("Audience").select_option("everybody")
    expect(tab).to_have_url(re.compile("audience=everybody"))
    tab.get_by_label("Discount").fill("5")
    expect(tab).to_have_url(re.compile("discount=0.05"))
    tab.get_by_label("Margin").fill("60")
    expect(tab).to_have_url(re.compile("margin=0.6"))


# Path; what to choose on it; what shows its numbers; its controls.
VIEWS = {
    "/propensity": (
        narrow_propensity,
        ".lw-stat, #propensity-size, #propensity-table .ag-pinned-left-cols-container .ag-cell",
        "#propensity-minimum, #propensity-shortfall, #propensity-window",
    ),
    "/segments": (
        narrow_segments,
        "#segments-count, .seg-chip__text, #segments-table .ag-pinned-left-cols-container .ag-cell",
        "select#shell-dataset",
    ),
    "/roi": (
        narrow_roi,
        "#roi-question, .roi-stat .lw-stat__value, #roi-verdict",
        "#roi-discount, #roi-margin, #roi-contacted, #roi-audience",
    ),
}


def settled(tab: Page) -> None:
    tab.wait_for_load_state("networkidle")
    expect(tab.locator(".is-asked, .lw-skeleton:visible, [aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_is_the_same_in_another_browser(visit: Callable[..., Page], shop: Server, path: str) -> None:
    narrow, numbers, controls = VIEWS[path]
    mine = visit()
    mine.goto(f"{shop.url}{path}?analysis={shop.sample_analysis}")
    narrow(mine)
    settled(mine)
    theirs = visit(color_scheme="dark")
    theirs.goto(mine.url)
    # A table reads its rows a moment after the filter has changed, in either browser.
    deadline = time.monotonic() + 30
    while True:
        told, seen = (one.locator(numbers).all_inner_texts() for one in (mine, theirs))
        if told and all(told) and told == seen:
            break
        assert time.monotonic() < deadline, (told, seen)
        theirs.wait_for_timeout(200)
    values = "all => all.map(each => each.value)"
    assert theirs.locator(controls).evaluate_all(values) == mine.locator(controls).evaluate_all(values)
    assert theirs.url == mine.url


def test_the_theme_is_kept_over_pages_and_tabs_and_charts_follow(tab: Page, shop: Server) -> None:
    tab.emulate_media(color_scheme="light")
    tab.goto(f"{shop.url}/propensity?analysis={shop.sample_analysis}")
    root, theme = tab.locator("html"), tab.get_by_role("button", name="Theme")

    def ink(page: Page, chart: str) -> str:
        words = page.locator(f"{chart} .xtick text").first
        expect(words).to_be_attached(timeout=60_000)
        return str(words.evaluate("words => getComputedStyle(words).fill"))

    expect(root).to_have_attribute("data-bs-theme", "light")
    light = ink(tab, "#propensity-chart")
    theme.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    words = tab.locator("#propensity-chart .xtick text").first
    expect(words).not_to_have_css("fill", light)
    dark = ink(tab, "#propensity-chart")
    surface = tokens("dark")["surface"]
    assert dark != f"rgb({int(surface[1:3], 16)}, {int(surface[3:5], 16)}, {int(surface[5:7], 16)})"
    # On another page, after a reload, and in a tab of its own.
    tab.get_by_role("link", name="ROI simulator").click()
    assert ink(tab, "#roi-depth") == dark
    expect(root).to_have_attribute("data-bs-theme", "dark")
    tab.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    assert ink(tab, "#roi-depth") == dark
    other = tab.context.new_page()
    other.goto(f"{shop.url}/propensity?analysis={shop.sample_analysis}")
    expect(other.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert ink(other, "#propensity-chart") == dark
    # Back to light there, and the next page that is opened is light too.
    other.get_by_role("button", name="Theme").click()
    expect(other.locator("#propensity-chart .xtick text").first).to_have_css("fill", light)
    tab.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")
    assert ink(tab, "#roi-depth") == light


def test_work_goes_on_while_its_owner_walks_about(tab: Page, shop: Server) -> None:
    tab.goto(f"{shop.url}/data?analysis={shop.sample_analysis}")
    picker = tab.get_by_label("Data set")
    expect(picker).to_have_value(shop.sample_analysis)
    form = tab.locator("#data-analyse")
    expect(form).to_be_visible()
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    tab.get_by_role("button", name="Analyse", exact=True).click()
    bar = tab.get_by_role("group", name="Running job").get_by_role("progressbar")
    expect(bar).to_be_visible()
    job = shop.jobs.active()[0]
    for name in PAGES[2:]:
        tab.get_by_role("link", name=name, exact=True).click()
        expect(tab.get_by_role("heading", level=1)).to_have_text(name)
        expect(bar).to_be_visible()
    tab.reload()
    expect(bar).to_be_visible()
    tab.get_by_role("link", name="Propensity", exact=True).click()
    told = tab.get_by_role("region", name="Messages")
    expect(told).to_contain_text(f"{job.label} is done.", timeout=120_000)
    # Whoever asked for it sees it now.
    done = shop.jobs.wait(job.id, 60)
    assert done.result is not None
    expect(picker).to_have_value(str(done.result["analysis_id"]))
    expect(tab).to_have_url(re.compile(f"analysis={done.result['analysis_id']}"))
    shop.finish_jobs()
    expect(bar).to_be_hidden()


def test_two_browsers_do_not_disturb_each_other(
    visit: Callable[..., Page], shop: Server, tmp_path: Path
) -> None:
    mine = visit(color_scheme="light")
    mine.goto(f"{shop.url}/propensity?analysis={shop.sample_analysis}&min_propensity=0.3")
    picker, size = mine.get_by_label("Data set"), mine.get_by_label("Segment size", exact=True)
    expect(picker).to_have_value(shop.sample_analysis)
    expect(size).to_have_text(re.compile(r"^[\d,]+$"))
    before = size.inner_text()

    export = tmp_path / "other_shop.csv"
    write_sample(export, 300, 3)
    theirs = visit(color_scheme="dark")
    theirs.goto(shop.url + "/data")
    theirs.get_by_label("Upload data").set_input_files(export)
    theirs.get_by_role("button", name="Import", exact=True).click()
    expect(theirs.get_by_label("Data set").locator("option:checked")).to_contain_text(
        "other_shop", timeout=120_000
    )
    made = theirs.get_by_label("Data set").input_value()
    theirs.get_by_role("link", name="Propensity", exact=True).click()
    theirs.get_by_label("Minimum propensity", exact=True).fill("0.5")
    expect(theirs).to_have_url(
        re.compile(f"min_propensity=0.5.*analysis={made}|analysis={made}.*min_propensity=0.5")
    )
    # I am told, can choose the new one, and still see what I was reading, in my own colours.
    expect(picker.locator("option", has_text="other_shop")).to_have_count(1)
    expect(picker).to_have_value(shop.sample_analysis)
    expect(size).to_have_text(before)
    expect(mine.get_by_label("Minimum propensity", exact=True)).to_have_value("0.3")
    expect(mine.locator("html")).to_have_attribute("data-bs-theme", "light")
    expect(theirs.locator("html")).to_have_attribute("data-bs-theme", "dark")

    # I look at theirs while they delete it.
    picker.select_option(made)
    expect(size).not_to_have_text(before)
    shop.finish_jobs()
    theirs.get_by_role("link", name="Data", exact=True).click()
    theirs.locator("#data-datasets .data-item", has_text="other_shop").first.click()
    detail = theirs.locator("#data-detail-card")
    expect(detail).to_contain_text("other_shop")
    detail.get_by_role("button", name="Delete").first.click()
    theirs.get_by_role("dialog", name="Delete this data set?").get_by_role("button", name="Delete it").click()
    for page in (mine, theirs):
        expect(
            page.get_by_role("alert").or_(page.get_by_role("region", name="Messages")).first
        ).to_contain_text("The analysis that was shown has been deleted, here or in another window.")
        chosen = page.get_by_label("Data set")
        expect(chosen.locator("option", has_text="other_shop")).to_have_count(0)
        expect(chosen).not_to_have_value(made)
        expect(chosen).not_to_have_value("")
    expect(size).to_have_text(re.compile(r"^[\d,]+$"))

"""From a file to the win-back list, as a newcomer does it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from data.sample import write_sample
from tests.browser.conftest import Server


def slide(tab: Page, name: str, value: float) -> int:
    """Move a slider to `value` and wait until the page has answered; returns the new segment size."""
    key = {"Minimum propensity": "min_propensity", "Shortfall threshold": "shortfall"}[name]

    def answers(response: Response) -> bool:
        asked = response.request.post_data or ""
        if "propensity-size" not in asked:
            return False
        chosen = next(
            item["value"] for item in json.loads(asked)["inputs"] if item["id"] == "propensity-filter"
        )
        return bool(chosen) and not chosen.get("moving") and chosen.get(key) == f"{value:g}"

    with tab.expect_response(answers) as caught:
        tab.get_by_label(name, exact=True).fill(f"{value:g}")
    size = caught.value.json()["response"]["propensity-size"]["children"]
    expect(tab.get_by_label("Segment size", exact=True)).to_have_text(size)
    return int(size.replace(",", ""))


def segment_size(tab: Page) -> int:
    size = tab.get_by_label("Segment size", exact=True)
    expect(size).to_have_text(re.compile(r"^[\d,]+$"))
    return int(size.inner_text().replace(",", ""))


def download(tab: Page, folder: Path) -> Path:
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="Download segment").click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """CDNOW where the real files are, else a made-up export; with the number of eligible customers."""
    from settings import Settings

    real = Path(__file__).parents[2] / Settings().real_data / "cdnow/CDNOW_master.txt"
    if real.is_file():
        return real, 23_502
    path = tmp_path_factory.mktemp("shop") / "shop.csv"
    write_sample(path, 900, 11)
    return path, 0


def test_upload_watch_slide_download(
    tab: Page, shop: Server, upload: tuple[Path, int], tmp_path: Path
) -> None:
    path, eligible = upload
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(path)
    button = tab.get_by_role("button", name="Import", exact=True)
    expect(button).to_be_enabled()
    expect(tab.get_by_label("Customer id", exact=True)).to_be_visible()
    button.click()
    expect(tab.get_by_role("progressbar").first).to_be_visible()

    tab.reload()  # the job goes on
    expect(tab.get_by_role("group", name="Running job").get_by_role("progressbar")).to_be_visible()
    shop.finish_jobs()
    expect(tab.get_by_role("group", name="Running job")).to_be_hidden()
    expect(tab.get_by_role("main")).to_contain_text(path.stem)
    tab.goto(shop.url + "/propensity")
    size = tab.get_by_label("Segment size", exact=True)
    expect(size).to_have_text(re.compile(r"^[\d,]+$"))
    everyone = segment_size(tab)
    if eligible:
        assert everyone == eligible
        expect(tab.get_by_label("Data set")).to_contain_text("CDNOW_master")

    likely = slide(tab, "Minimum propensity", 0.2)
    assert 0 < likely < everyone
    expect(tab.get_by_label(re.compile("^Red"))).to_be_checked()
    tab.get_by_label(re.compile("^Yellow")).uncheck()
    tab.get_by_label(re.compile("^Blue")).uncheck()
    threshold = 20.0
    shown = slide(tab, "Shortfall threshold", threshold)
    assert 0 < shown < likely
    assert shown < slide(tab, "Shortfall threshold", 12.0)
    assert slide(tab, "Shortfall threshold", threshold) == shown

    frame = pd.read_csv(download(tab, tmp_path), dtype={"customer_id": str})
    assert len(frame) == shown
    assert set(frame["performance"]) == {"under"}
    assert (frame["pred_prob"] >= 0.2).all()
    assert frame["customer_id"].is_unique
    assert (frame["shortfall"] >= threshold).all()

    tab.get_by_label(re.compile("format", re.IGNORECASE)).select_option("xlsx")
    sheet = openpyxl.load_workbook(download(tab, tmp_path)).active
    assert sheet is not None
    ids = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert sorted(map(str, ids)) == sorted(frame["customer_id"])


def test_a_view_is_shared_by_its_address(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/propensity")
    expect(tab.get_by_label("Segment size", exact=True)).to_have_text(re.compile(r"^[\d,]+$"))
    size, address = slide(tab, "Minimum propensity", 0.3), tab.url
    assert "min_propensity=0.3" in address
    other = tab.context.new_page()
    other.goto(address)
    expect(other.get_by_label("Segment size", exact=True)).to_have_text(f"{size:,}")
    expect(other.get_by_label("Minimum propensity", exact=True)).to_have_value("0.3")


def test_a_slider_is_moved_with_the_keyboard(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/propensity")
    expect(tab.get_by_label("Segment size", exact=True)).to_have_text(re.compile(r"^[\d,]+$"))
    slider = tab.get_by_label("Minimum propensity", exact=True)
    slider.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    expect(slider).to_have_value("0.05")
    expect(tab).to_have_url(re.compile(r"min_propensity=0\.05"))


def test_the_next_window_has_no_colours(tab: Page, shop: Server, tmp_path: Path) -> None:
    tab.goto(shop.url + "/propensity")
    tab.get_by_label("Window", exact=True).select_option("next")
    expect(tab.get_by_label("Shortfall threshold", exact=True)).to_be_disabled()
    tab.wait_for_load_state("networkidle")
    frame = pd.read_csv(download(tab, tmp_path), dtype={"customer_id": str})
    assert {"churn_risk", "p_alive", "clv"} <= set(frame.columns)
    assert "performance" not in frame.columns
    assert len(frame) == segment_size(tab)


def test_a_customer_is_explained(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/propensity")
    row = tab.locator(".ag-center-cols-container .ag-row").first
    expect(row).to_contain_text("%")
    row.click()
    panel = tab.get_by_role("dialog", name="Why this customer")
    expect(panel).to_be_visible()
    customer = tab.locator(".ag-pinned-left-cols-container .ag-row").first.inner_text().strip()
    expect(panel).to_contain_text(customer)
    expect(panel).to_contain_text("%")
    chart = panel.get_by_role("group", name=re.compile(r"Chart of orders over time\. .*order"))
    expect(chart.locator(".scatterlayer .points path").first).to_be_visible()
    # Another window is told of the same customer, without another click.
    tab.get_by_label("Window", exact=True).select_option("next")
    expect(panel.get_by_role("heading", name="What is expected")).to_be_visible()
    expect(panel).to_contain_text(customer)
    panel.get_by_role("button", name="Close").press("Escape")
    expect(panel).to_be_hidden()


def test_a_customer_is_explained_by_keyboard_on_a_phone(browser: Browser, shop: Server) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto(shop.url + "/propensity")
    row = phone.locator(".ag-center-cols-container .ag-row").first
    expect(row).to_contain_text("%")
    # What is on screen comes before what changes it.
    tops = [phone.locator(one).bounding_box() for one in ("#propensity-chart", "#propensity-minimum")]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] < tops[1]["y"]
    row.locator(".ag-cell").first.focus()
    phone.keyboard.press("Space")
    panel = phone.get_by_role("dialog", name="Why this customer")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("group", name=re.compile("Chart of orders over time"))).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert box["width"] <= 390
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    phone.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    phone.close()


def test_settings_out_of_their_limits_are_told_and_nothing_is_lost(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/data")
    form = tab.locator("#data-analyse")
    expect(form).to_be_visible()
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    tab.get_by_text("More settings").click()
    days, margin = tab.get_by_label("Days to predict", exact=True), tab.get_by_label("Margin", exact=True)
    margin.fill("45")
    days.fill("5000")
    tab.get_by_label("XGBoost", exact=True).click()
    tab.get_by_role("button", name="Analyse", exact=True).click()
    expect(form.locator("#data-analyse-message")).to_have_text(
        "Days to predict must be a whole number from 7 to 365."
    )
    expect(form.locator(".data-wrong").first).to_be_visible()
    expect(days).to_have_value("5000")
    expect(margin).to_have_value("45")
    expect(tab.get_by_label("XGBoost", exact=True)).not_to_be_checked()
    tab.get_by_role("button", name="Reset to defaults").click()
    expect(days).to_have_value("90")
    expect(margin).to_have_value("30")
    expect(tab.get_by_label("XGBoost", exact=True)).to_be_checked()
    expect(form.locator("#data-analyse-message")).to_be_empty()


def test_zooming_bins_again_and_keeps_the_segment(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + "/propensity")
    chart = tab.locator("#propensity-chart .nsewdrag").first
    expect(chart).to_be_visible()
    size = segment_size(tab)
    box = chart.bounding_box()
    assert box is not None
    with tab.expect_response(lambda response: "_dash-update-component" in response.url):
        tab.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
        tab.mouse.down()
        tab.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=5)
        tab.mouse.up()
    show_all = tab.get_by_role("button", name="Show all")
    expect(show_all).to_be_visible()
    assert segment_size(tab) == size
    show_all.click()
    expect(show_all).to_be_hidden()


def test_two_browsers_do_not_disturb_each_other(
    tab: Page, shop: Server, browser: Browser, tmp_path: Path
) -> None:
    tab.goto(shop.url + "/propensity")
    picker = tab.get_by_label("Data set")
    expect(picker).not_to_have_value("")
    showing = picker.input_value()
    path = tmp_path / "other_shop.csv"
    write_sample(path, 300, 3)
    other = browser.new_page()
    other.goto(shop.url + "/data")
    other.get_by_label("Upload data").set_input_files(path)
    other.get_by_role("button", name="Import", exact=True).click()
    expect(other.get_by_label("Data set")).to_contain_text("other_shop", timeout=60_000)
    made = shop.jobs.list(1)[0].result
    assert made is not None
    expect(other.get_by_label("Data set")).to_have_value(made["analysis_id"], timeout=60_000)
    # The other one is told, can choose the new one, and still sees what it was reading.
    expect(picker.locator("option", has_text="other_shop")).to_have_count(1)
    expect(picker).to_have_value(showing)
    other.close()

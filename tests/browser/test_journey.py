"""From a file to the win-back list, as a newcomer does it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from data.sample import write_sample
from tests.browser.conftest import PHONE, Server


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


def download(tab: Page, folder: Path, kind: str = "csv") -> Path:
    tab.get_by_label("File format").select_option(kind)
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="Download segment").click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def ids_of(path: Path) -> list[str]:
    """The customers of a downloaded list, in its order."""
    if path.suffix == ".csv":
        return list(pd.read_csv(path, dtype={"customer_id": str})["customer_id"])
    sheet = openpyxl.load_workbook(path)["Segment"]
    head, *rows = sheet.iter_rows(values_only=True)
    return [str(row[head.index("customer_id")]) for row in rows]


def rows_on_screen(tab: Page) -> list[str]:
    cells = tab.locator("#propensity-table .ag-pinned-left-cols-container .ag-cell")
    expect(cells.first).not_to_be_empty()
    return [text.strip() for text in cells.all_inner_texts() if text.strip()]


def lost_by_hand(export: Path) -> set[str]:
    """Who has lines in the 90 days before the last 90 and none in these, straight from the export."""
    rows = pd.read_csv(export, dtype={"customer_id": str}).dropna(subset=["quantity"])
    day = pd.to_datetime(rows["ordered_at"]).dt.normalize()
    who, age = rows["customer_id"], (day.max() - day).dt.days
    return set(who[(age >= 90) & (age < 180)]) - set(who[age < 90])


# Lines at the end of the export that cannot be used: no customer, and no day that there is.
BAD = ("X1,,2025-06-01 10:00", "X2,C00001,2025-02-31 10:00")


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desk", "phone"])
def test_from_a_file_to_the_list_of_exactly_those_customers(
    visit: Callable[..., Page], shop: Server, tmp_path: Path, device: dict[str, Any]
) -> None:
    # Numbers that count up are read at their end.
    tab, touch = visit(reduced_motion="reduce", **device), bool(device)

    def press(place: Locator) -> None:
        place.tap() if touch else place.click()

    export = tmp_path / f"{'pocket' if touch else 'corner'} store.csv"
    write_sample(export, 400, 11)
    head, *lines = export.read_text(encoding="utf-8").splitlines()
    with export.open("a", encoding="utf-8") as file:
        file.writelines(line + "," * (head.count(",") - line.count(",")) + "\n" for line in BAD)

    # The file is read and its columns are recognised,
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(export)
    expect(tab.get_by_label("Customer id", exact=True)).to_have_value("customer_id")
    expect(tab.get_by_label("Date", exact=True)).to_have_value("ordered_at")
    press(tab.get_by_role("button", name="Import", exact=True))
    expect(tab.get_by_role("group", name="Running job").get_by_role("progressbar")).to_be_visible()
    # cleaned with every row accounted for, and analysed.
    detail = tab.locator("#data-detail-card")
    expect(detail).to_contain_text(export.stem, timeout=60_000)
    expect(detail).to_contain_text(f"{len(lines) + len(BAD):,}")
    expect(detail).to_contain_text("No customer id")
    expect(detail.get_by_role("link", name="See who to win back")).to_be_visible(timeout=120_000)
    picker = tab.get_by_label("Data set")
    expect(picker.locator("option:checked")).to_contain_text(export.stem)

    # The overview's number of those at risk is the length of their list.
    press(tab.get_by_role("link", name="Overview", exact=True))
    card = tab.get_by_role("article", name="At risk", exact=True)
    told = card.locator(".lw-kpi__value")
    expect(told).to_have_text(re.compile(r"^\d+$"))
    analysis = picker.input_value()
    at_risk = told.inner_text()
    press(card.get_by_role("link", name=re.compile("^See who")))
    expect(tab).to_have_url(re.compile(r"/propensity\?.*at_risk=1"))
    size = tab.get_by_label("Segment size", exact=True)
    expect(size).to_have_text(at_risk)
    expect(picker).to_have_value(analysis)
    listed = ids_of(download(tab, tmp_path))
    assert len(set(listed)) == len(listed) == int(at_risk)
    assert ids_of(download(tab, tmp_path, "xlsx")) == listed
    shown = rows_on_screen(tab)
    assert len(shown) > 3
    assert set(shown) <= set(listed)

    # So is that of those who are lost, who are those of the file.
    press(tab.get_by_role("link", name="Overview", exact=True))
    row = tab.get_by_role("region", name="What changed revenue, in figures").get_by_role(
        "row", name=re.compile("^Lost")
    )
    expect(row).to_be_visible()
    lost = row.get_by_role("cell").first.inner_text()
    press(row.get_by_role("link"))
    expect(tab).to_have_url(re.compile(r"group=lost(:|%3A)90"))
    expect(size).to_have_text(lost)
    by_hand = lost_by_hand(export)
    assert len(by_hand) == int(lost) > 0
    for kind in ("csv", "xlsx"):
        listed = ids_of(download(tab, tmp_path, kind))
        assert len(listed) == len(by_hand)
        assert set(listed) == by_hand
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.evaluate("innerWidth")


def test_sliders_and_colours_make_the_list(tab: Page, shop: Server, tmp_path: Path) -> None:
    tab.goto(f"{shop.url}/propensity?analysis={shop.sample_analysis}")
    everyone = segment_size(tab)
    likely = slide(tab, "Minimum propensity", 0.2)
    assert 0 < likely < everyone
    expect(tab.get_by_label(re.compile("^Red"))).to_be_checked()
    tab.get_by_label(re.compile("^Yellow")).uncheck()
    tab.get_by_label(re.compile("^Blue")).uncheck()
    threshold = 20.0
    shown = slide(tab, "Shortfall threshold", threshold)
    assert 0 < shown < likely
    assert slide(tab, "Shortfall threshold", 2 * threshold) < shown
    assert slide(tab, "Shortfall threshold", threshold) == shown
    path = download(tab, tmp_path)
    frame = pd.read_csv(path, dtype={"customer_id": str})
    assert len(frame) == shown
    assert set(frame["performance"]) == {"under"}
    assert (frame["pred_prob"] >= 0.2).all()
    assert frame["customer_id"].is_unique
    assert (frame["shortfall"] >= threshold).all()
    assert ids_of(download(tab, tmp_path, "xlsx")) == ids_of(path)


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


def test_a_customer_is_explained_by_keyboard_on_a_phone(visit: Callable[..., Page], shop: Server) -> None:
    phone = visit(viewport={"width": 390, "height": 844})
    phone.goto(shop.url + "/propensity")
    row = phone.locator(".ag-center-cols-container .ag-row").first
    expect(row).to_contain_text("€")
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
    assert round(box["width"]) <= 390
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    phone.keyboard.press("Escape")
    expect(panel).to_be_hidden()


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

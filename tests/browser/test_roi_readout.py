"""A campaign is planned, saved and taken away, and the result of one is read, as finance does it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import axe_core_python
from playwright.sync_api import Page, expect

from data.store import Store
from tests.browser.conftest import Server

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
SECONDS = 60_000


def open_tab(tab: Page, shop: Server, view: str, more: str = "") -> None:
    # The sample's own first analysis, whatever else other tests have left in this workspace.
    model = next(one for one in reversed(Store(shop.home).analyses()) if one.name.startswith("Sample shop"))
    tab.goto(f"{shop.url}/roi?analysis={model.id}&tab={view}{more}")
    expect(tab.locator("#roi-verdict")).to_contain_text("net profit", timeout=SECONDS)


def check_axe(tab: Page) -> None:
    # Through the debugging protocol, which the page's own script policy does not bind.
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert [
        (item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found["violations"]
    ] == []


def test_hillstrom_by_upload_to_the_figures_on_screen(
    tab: Page, shop: Server, real_data: Path, tmp_path: Path
) -> None:
    file = next((real_data / "hillstrom").glob("*.csv.gz"))
    open_tab(tab, shop, "readout", "&discount=0")
    tab.get_by_label("Result file").set_input_files(file)
    expect(tab.get_by_label("Column of the arm")).to_have_value("segment", timeout=SECONDS)
    expect(tab.get_by_label("Arm that was left out")).to_have_value("No E-Mail")
    expect(tab.get_by_label("Column of what was spent")).to_have_value("spend")
    check_axe(tab)
    tab.get_by_role("button", name="Read this file").click()
    # The thread is not lost by a reload.
    expect(tab.locator("#roi-readout-work")).to_be_visible(timeout=SECONDS)
    tab.reload()
    result = tab.get_by_role("region", name="Result of the campaign")
    expect(result).to_contain_text(
        "Mens E-Mail brought €0.77 more per customer than No E-Mail (95 %: 0.49 to 1.05): it worked.",
        timeout=SECONDS,
    )
    expect(result).to_contain_text("Womens E-Mail brought €0.42 more per customer")
    expect(result).to_contain_text("(95 %: 0.17 to 0.68): it worked.")
    expect(result).to_contain_text("64,000 rows in, 64,000 used, 0 left out")
    expect(tab).to_have_url(re.compile("readout="))
    check_axe(tab)
    with tab.expect_download() as caught:
        result.get_by_role("link", name="CSV").click()
    caught.value.save_as(tmp_path / "result.csv")
    with (tmp_path / "result.csv").open(newline="", encoding="utf-8-sig") as read:
        rows = {(row["arm"], row["measure"]): row for row in csv.DictReader(read)}
    assert round(float(rows["Mens E-Mail", "spend_difference"]["value"]), 3) == 0.770
    # It is there after another visit, and can be deleted.
    tab.reload()
    expect(result).to_contain_text("Mens E-Mail brought", timeout=SECONDS)
    tab.get_by_role("button", name=re.compile("^Delete the result of")).first.click()
    tab.get_by_role("button", name="Delete it").click()
    expect(result).not_to_contain_text("Mens E-Mail", timeout=SECONDS)
    expect(tab).not_to_have_url(re.compile("readout="))


def test_a_file_that_cannot_be_used_gets_a_sentence(tab: Page, shop: Server, tmp_path: Path) -> None:
    file = tmp_path / "one <b>arm.csv"
    file.write_text("arm,spend\n" + "treat,1\n" * 30)
    open_tab(tab, shop, "readout")
    tab.get_by_label("Result file").set_input_files(file)
    expect(tab.get_by_label("Column of the arm")).to_have_value("arm", timeout=SECONDS)
    expect(tab.locator("#roi-readout-control-help")).to_contain_text("does not tell arms apart")
    tab.get_by_role("button", name="Read this file").click()
    expect(
        tab.get_by_role("alert").filter(has_text="Choose the arm that was left out first.")
    ).to_be_visible()
    tab.get_by_role("button", name="Remove").click()
    expect(tab.get_by_label("Column of the arm")).to_be_hidden()


def test_a_campaign_is_saved_taken_away_and_deleted(tab: Page, shop: Server) -> None:
    open_tab(tab, shop, "proof")
    proof = tab.locator("#roi-panel-proof")
    expect(proof.locator(".roi-trial__lead")).to_contain_text("measured", timeout=SECONDS)
    tab.get_by_label("Holdout").fill("30")
    expect(proof).to_contain_text("left out (30 %)", timeout=SECONDS)
    check_axe(tab)
    proof.get_by_role("button", name="Save this campaign").click()
    name = tab.get_by_label("Name of the campaign")
    expect(name).not_to_have_value("", timeout=SECONDS)
    name.fill("Spring <i>offer</i>")
    tab.get_by_role("button", name="Save campaign").click()
    expect(proof.get_by_text("Spring <i>offer</i>").first).to_be_visible(timeout=SECONDS)
    campaign = next(one for one in Store(shop.home).campaigns() if one.name == "Spring <i>offer</i>")
    with tab.expect_download() as caught:
        proof.get_by_role("link", name="CSV of Spring <i>offer</i>").click()
    rows = list(csv.DictReader(Path(caught.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    arms = [row["arm"] for row in rows]
    assert (arms.count("treat"), arms.count("holdout")) == (
        campaign.manifest["treated"],
        campaign.manifest["held_out"],
    )
    assert arms.count("holdout") == round(0.3 * len(arms))
    proof.get_by_role("button", name=re.compile("Read its result")).first.click()
    expect(tab.get_by_label("Saved campaign", exact=True)).to_have_value(campaign.id, timeout=SECONDS)
    expect(tab.locator("#roi-readout-days")).to_contain_text("No data set of this series has a day after")
    expect(tab.get_by_role("button", name="Read this campaign")).to_be_disabled()
    tab.get_by_role("tab", name="Plan the proof").click()
    proof.get_by_role("button", name="Delete the campaign Spring <i>offer</i>").click()
    tab.get_by_role("button", name="Delete it").click()
    expect(proof.get_by_text("Spring <i>offer</i>")).to_have_count(0, timeout=SECONDS)

"""A campaign is planned, saved and taken away, and the result of one is read, as finance does it."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from data.sample import write_sample
from data.store import Analysis, Campaign, Store
from pages._ui.roi_result_words import money
from tests.browser.barriers import violations
from tests.browser.conftest import Server

SECONDS = 60_000


def open_tab(tab: Page, shop: Server, view: str, more: str = "") -> None:
    # The sample's own first analysis, whatever else other tests have left in this workspace.
    model = next(one for one in reversed(Store(shop.home).analyses()) if one.name.startswith("Sample shop"))
    tab.goto(f"{shop.url}/roi?analysis={model.id}&tab={view}{more}")
    expect(tab.locator("#roi-verdict")).to_contain_text("net profit", timeout=SECONDS)


def check_axe(tab: Page) -> None:
    assert violations(tab) == []


def test_hillstrom_by_upload_to_the_figures_on_screen(
    tab: Page, shop: Server, real_data: Path, tmp_path: Path
) -> None:
    file = next((real_data / "hillstrom").glob("*.csv.gz"))
    open_tab(tab, shop, "readout", "&discount=0")
    tab.get_by_label("Result file").set_input_files(file)
    expect(tab.get_by_label("Column of the arm")).to_have_value("segment", timeout=SECONDS)
    expect(tab.get_by_label("Arm that was left out")).to_have_value("No E-Mail")
    expect(tab.get_by_label("Column of what was spent")).to_have_value("spend")
    # Nothing was given off: paid or list price is no question.
    expect(tab.get_by_text("The amounts in the file are")).to_be_hidden()
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


def import_file(shop: Server, path: Path, **more: object) -> str:
    """Import a file as the Data page does, and return the id of its data set."""
    done = shop.jobs.wait(shop.jobs.submit("import", {"path": str(path), "name": path.name, **more}), 120)
    assert done.state == "done", done.error
    shop.finish_jobs()
    assert done.result is not None
    return str(done.result["dataset_id"])


def spent_after(export: Path, campaign: Campaign) -> pd.Series:
    """What each customer of a campaign spent in its days, straight from the export."""
    rows = pd.read_csv(export, parse_dates=["ordered_at"])
    start = pd.Timestamp(campaign.manifest["as_of"]) + dt.timedelta(days=1)
    end = start + dt.timedelta(days=int(campaign.manifest["horizon_days"]))
    inside = rows[(rows["ordered_at"] >= start) & (rows["ordered_at"] < end)]
    return (inside["quantity"] * inside["unit_price"]).groupby(inside["customer_id"]).sum()


def test_from_plan_to_result_with_the_transactions_since(tab: Page, shop: Server, tmp_path: Path) -> None:
    export, first = tmp_path / "whole.csv", tmp_path / "corner store.csv"
    write_sample(export, 1000, 77)
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    day = {line: line.split(",")[2][:10] for line in lines[1:]}
    cut = (dt.date.fromisoformat(max(day.values())) - dt.timedelta(days=90)).isoformat()
    first.write_text("".join([lines[0], *(line for line in lines[1:] if day[line] <= cut)]), encoding="utf-8")
    dataset = import_file(shop, first, analyse=True)
    store = Store(shop.home)
    model: Analysis = next(one for one in store.analyses() if one.dataset_id == dataset)
    # Planned and saved,
    tab.goto(f"{shop.url}/roi?analysis={model.id}&audience=everybody&contacted=600&tab=proof")
    proof = tab.locator("#roi-panel-proof")
    expect(proof.locator(".roi-trial__lead")).to_contain_text("measured", timeout=SECONDS)
    proof.get_by_role("button", name="Save this campaign").click()
    name = tab.get_by_label("Name of the campaign")
    expect(name).not_to_have_value("", timeout=SECONDS)
    name.fill("Autumn letter")
    name.press("Enter")
    expect(proof.get_by_text("Autumn letter").first).to_be_visible(timeout=SECONDS)
    campaign = next(one for one in store.campaigns() if one.name == "Autumn letter")
    # the days pass and the whole export is added,
    import_file(shop, export, into={"how": "append", "dataset_id": dataset})
    tab.reload()
    proof.get_by_role("button", name=re.compile("Read its result")).click()
    expect(tab.get_by_label("Saved campaign", exact=True)).to_have_value(campaign.id, timeout=SECONDS)
    expect(tab.locator("#roi-readout-days")).to_contain_text("90 of the 90 days after")
    check_axe(tab)
    # and the result is what the customers of each arm spent.
    tab.get_by_role("button", name="Read this campaign").click()
    spent = spent_after(export, campaign)
    listed = pd.read_parquet(campaign.customers)
    means = listed["customer_id"].map(spent).fillna(0.0).groupby(listed["arm"]).mean()
    assert means.min() > 0
    more = means["treat"] - means["holdout"]
    told = f"treat brought {money(abs(more), 'EUR')} {'more' if more >= 0 else 'less'} per customer than the holdout arm"
    result = tab.get_by_role("region", name="Result of the campaign")
    expect(result).to_contain_text(told, timeout=SECONDS)
    expect(result).to_contain_text("600 customers in, 600 used, 0 left out")
    expect(result).to_contain_text("Predicted were €")
    # The same from a file of those customers that is said to be this test: read by its ids, with what was predicted of them.
    file = tmp_path / "letter.csv"
    rows = listed[["customer_id", "arm"]].assign(spend=listed["customer_id"].map(spent).fillna(0.0).round(2))
    rows.to_csv(file, index=False)
    tab.get_by_label("From a file").check()
    tab.get_by_label("Result file").set_input_files(file)
    expect(tab.get_by_label("Column of what was spent")).to_have_value("spend", timeout=SECONDS)
    tab.get_by_label("This is the test of").select_option(campaign.id)
    expect(tab.locator("#roi-readout-costs")).to_contain_text("“Autumn letter” as it was saved: 15 % off")
    expect(tab.get_by_label("Planned to be left out (%)")).to_be_hidden()
    expect(tab.get_by_text("The amounts in the file are")).to_be_visible()
    check_axe(tab)
    tab.get_by_role("button", name="Read this file").click()
    expect(result.get_by_role("heading", name="letter")).to_be_visible(timeout=SECONDS)
    expect(result).to_contain_text(told)
    expect(result).to_contain_text("The arms are as large as planned")
    expect(result).to_contain_text("Corrected for predicted spend")
    expect(result).to_contain_text("Predicted were €")
    check_axe(tab)

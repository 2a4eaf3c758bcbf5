"""The data page as its users meet it: any export, every row, and versions of a data set."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from data.sample import write_customer_table, write_sample
from tests.browser.conftest import Server


def send(tab: Page, shop: Server, path: Path) -> None:
    """Upload a file and wait until the form has read it."""
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(path)
    expect(tab.get_by_role("heading", name="How this file is read")).to_be_visible()


def bring_in(tab: Page, shop: Server) -> None:
    """Press Import and wait for all that comes of it."""
    button = tab.get_by_role("button", name="Import", exact=True)
    expect(button).to_be_enabled()
    button.click()
    expect(button).to_be_hidden()
    shop.finish_jobs()


def detail(tab: Page) -> Locator:
    return tab.locator("#data-detail-card")


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A year of a made-up shop as two exports that overlap, and as one."""
    folder = tmp_path_factory.mktemp("exports")
    whole = folder / "whole.csv"
    write_sample(whole, 300, 5)
    with whole.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    paths = folder / "garden_shop.csv", folder / "garden_shop_newer.csv"
    for path, part in zip(paths, (rows[: len(rows) * 2 // 3], rows[len(rows) // 2 :]), strict=True):
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *part])
    return *paths, whole


def test_a_table_of_customers_goes_in_and_is_looked_at(tab: Page, shop: Server, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    write_customer_table(path, 500, 3)
    send(tab, shop, path)
    expect(tab.get_by_label("Each row is")).to_have_value("customers")
    expect(tab.get_by_label("Days since the last purchase")).to_be_visible()
    expect(tab.get_by_label("Unit price")).to_be_hidden()
    bring_in(tab, shop)
    expect(detail(tab)).to_contain_text("Table of customers")
    expect(detail(tab)).to_contain_text("This table has no dated orders")
    expect(detail(tab)).to_contain_text("500")
    expect(tab.get_by_role("link", name="See who to win back")).to_be_hidden()
    tab.get_by_role("tab", name="Statistics").click()
    expect(tab).to_have_url(re.compile("tab=statistics"))
    expect(tab.get_by_label("Column", exact=True)).to_be_visible()
    tab.get_by_label("Column", exact=True).select_option(label="age")
    expect(tab.locator("#data-stat-distribution .main-svg").first).to_be_visible()
    expect(tab.get_by_role("heading", name="Sales over time")).to_be_hidden()


def test_a_newer_export_is_added_and_choices_are_changed(
    tab: Page, shop: Server, halves: tuple[Path, Path, Path]
) -> None:
    older, newer, whole = halves
    send(tab, shop, older)
    bring_in(tab, shop)
    expect(detail(tab)).to_contain_text("garden_shop")
    send(tab, shop, newer)
    target = tab.get_by_label("Put it in")
    option = target.locator("option", has_text="“garden_shop”: add the rows")
    target.select_option(value=str(option.get_attribute("value")))
    expect(tab.get_by_label("Keep it under the name")).to_be_hidden()
    bring_in(tab, shop)
    expect(detail(tab)).to_contain_text("version 2")
    rows = len(whole.read_text(encoding="utf-8").splitlines()) - 1
    expect(detail(tab)).to_contain_text(f"{rows:,}")
    expect(detail(tab)).to_contain_text("Already in the data set")
    # One line in the list for both versions.
    expect(tab.locator("#data-datasets .data-item", has_text="garden_shop")).to_have_count(1)

    tab.get_by_role("tab", name="Quality").click()
    apply = tab.get_by_role("button", name="Make a new version")
    expect(apply).to_be_disabled()
    switch = tab.get_by_role("radiogroup").first
    switch.get_by_role("radio", checked=False).first.check()
    expect(apply).to_be_enabled()
    apply.click()
    expect(detail(tab)).to_contain_text("version 3", timeout=60_000)
    shop.finish_jobs()
    # The page tells of the analysis before anything else is opened, or it would close again.
    expect(detail(tab).get_by_role("link", name="See who to win back")).to_be_visible(timeout=60_000)
    detail(tab).get_by_text("3 versions").click()
    tab.get_by_role("button", name=re.compile("Version 1:")).click()
    expect(detail(tab)).to_contain_text("Transactions, version 1")


def test_quarantined_rows_are_mended_and_come_back(tab: Page, shop: Server, tmp_path: Path) -> None:
    path = tmp_path / "corner_shop.csv"
    lines = [
        f"c{place % 20},2025-{place % 12 + 1:02d}-{place % 27 + 1:02d},{place}.50" for place in range(200)
    ]
    lines[150] = ",2025-02-03,9.50"
    path.write_text("customer_id,order_date,amount\n" + "\n".join(lines) + "\n")
    send(tab, shop, path)
    bring_in(tab, shop)
    expect(detail(tab)).to_contain_text("No customer id")
    with tab.expect_download() as caught:
        tab.get_by_role("link", name="Download quarantine").click()
    mended = tmp_path / caught.value.suggested_filename
    caught.value.save_as(mended)
    text = mended.read_bytes().decode("utf-8-sig")
    head, row = csv.reader(text.splitlines())
    assert row == ["152", "no customer id", "", "2025-02-03", "9.50"]
    row[head.index("customer_id")] = "c7"
    with mended.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, row])
    send(tab, shop, mended)
    expect(tab.get_by_label("Put it in")).to_have_value(re.compile("^mend:"))
    bring_in(tab, shop)
    expect(detail(tab)).to_contain_text("1 of 1 row of the quarantine is mended and in now.")
    expect(detail(tab)).to_contain_text("version 2")


def test_a_file_that_names_nothing_opens_the_form(tab: Page, shop: Server, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(
        "who,when,worth\n"
        + "".join(f"x{n % 7},{n % 12 + 1:02d}/{n % 12 + 1:02d}/2024,{n}.5\n" for n in range(90))
    )
    send(tab, shop, path)
    expect(tab.get_by_label("Date", exact=True)).to_have_value("when")
    expect(tab.get_by_label("Amount", exact=True)).to_have_value("worth")
    tab.get_by_label("Customer id", exact=True).select_option("who")
    expect(tab.get_by_role("button", name="Import", exact=True)).to_be_enabled()
    tab.get_by_role("button", name="Discard the file").click()
    expect(tab.get_by_role("heading", name="How this file is read")).to_be_hidden()

"""The predict page as its users meet it: a model, a file, the scores, and the file of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.queries import CustomerFilter, CustomerQueries
from data.sample import write_sample
from data.store import Store
from tests.browser.barriers import violations
from tests.browser.conftest import Server


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("orders") / "spring <b>.csv"
    write_sample(path, 200, 11)
    return path


def open_page(tab: Page, shop: Server) -> None:
    # The sample's own first analysis, whatever else other tests have left in this workspace.
    model = next(one for one in reversed(Store(shop.home).analyses()) if one.name.startswith("Sample shop"))
    tab.goto(f"{shop.url}/predict?analysis={model.id}")
    expect(tab.get_by_label("Model", exact=True)).to_have_value(re.compile("."))
    expect(tab.get_by_text("1,072 customers")).to_be_visible()


def check_axe(tab: Page) -> None:
    assert violations(tab) == []


def test_a_file_is_scored_and_downloaded(tab: Page, shop: Server, orders: Path, tmp_path: Path) -> None:
    open_page(tab, shop)
    button = tab.get_by_role("button", name="Score customers")
    expect(button).to_be_disabled()
    tab.get_by_label("File to score").set_input_files(orders)
    expect(tab.get_by_text("spring <b>.csv, ")).to_be_visible()
    # The keyboard is where the next step is.
    expect(button).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("progressbar", name="Scoring spring <b>").first).to_be_visible()
    # The thread is not lost by a reload.
    tab.reload()
    result = tab.get_by_role("region", name="Result")
    expect(result.get_by_role("heading", name="spring <b>.csv, scored")).to_be_visible(timeout=120_000)
    expect(tab).to_have_url(re.compile("prediction="))
    expect(result).to_contain_text("Expected buyers")
    expect(result).to_contain_text("All 200 customers")
    expect(result).to_contain_text("By segment")
    expect(result).to_contain_text("By cluster")
    expect(result.locator(".ag-row").first).to_be_visible()
    with tab.expect_download() as caught:
        result.get_by_role("button", name="Download scored file").click()
    assert caught.value.suggested_filename == "lapwing-spring-b-scored.csv"
    caught.value.save_as(tmp_path / "scored.csv")
    with (tmp_path / "scored.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    assert all(row["segment"] and row["cluster"] and row["recommendation"] for row in rows)
    best = max(rows, key=lambda row: float(row["pred_spend"]))
    expect(result.locator(".ag-pinned-left-cols-container .ag-row").first).to_have_text(best["customer_id"])
    # A shared link shows the same.
    tab.goto(tab.url)
    expect(result.get_by_role("heading", name="spring <b>.csv, scored")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_one_customer_is_scored_by_keyboard(tab: Page, shop: Server, scheme: str, width: int) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    open_page(tab, shop)
    tab.get_by_role("tab", name="A file of customers").focus()
    tab.keyboard.press("ArrowLeft")
    expect(tab.get_by_role("tab", name="One customer")).to_be_focused()
    expect(tab).to_have_url(re.compile("tab=one"))
    days = tab.get_by_label("Days since last order")
    # A typical customer stands in grey until something is written.
    expect(days).to_have_attribute("placeholder", re.compile(r"\d"))
    check_axe(tab)
    days.focus()
    tab.keyboard.type("200")
    # Between two fields is the word that the second one's label explains.
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Orders so far")).to_be_focused()
    tab.keyboard.type("3")
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Orders, last 90 days")).to_have_attribute("placeholder", "0")
    recent = tab.get_by_label("Orders, last 90 days")
    recent.focus()
    tab.keyboard.type("5")
    tab.keyboard.press("Tab")
    expect(tab.get_by_text("That is more than the 3 orders in all.")).to_be_visible()
    recent.fill("")
    tab.keyboard.press("Tab")
    expect(tab.get_by_text("That is more than the 3 orders in all.")).to_be_hidden()
    tab.get_by_label("Spent so far").focus()
    tab.keyboard.type("150")
    tab.keyboard.press("Enter")
    answer = tab.get_by_role("region", name="Answer")
    expect(answer.get_by_role("heading", name="This customer")).to_be_visible(timeout=60_000)
    for words in ("Propensity", "Expected spend", "Churn risk", "Value, 12 months", "Why this prediction"):
        expect(answer).to_contain_text(words)
    expect(answer.get_by_text("Segment", exact=True)).to_be_visible()
    expect(answer.get_by_text("Cluster", exact=True)).to_be_visible()
    expect(answer.get_by_role("heading", name="What to do: ")).to_be_visible()
    expect(answer.get_by_role("heading", name="Nearest profile: ")).to_be_visible()
    expect(answer.get_by_role("row", name=re.compile("^Days since last order 200 "))).to_be_visible()
    changed = answer.get_by_text("The form has changed since")
    expect(changed).to_be_hidden()
    tab.get_by_text("All features").click()
    expect(tab.get_by_label("Mean order value")).to_have_attribute("placeholder", "50")
    check_axe(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.get_by_role("button", name="Clear").click()
    expect(days).to_have_value("")
    expect(changed).to_be_visible()


def test_one_customer_starts_from_another(tab: Page, shop: Server) -> None:
    open_page(tab, shop)
    model = tab.get_by_label("Model", exact=True).input_value()
    row = (
        CustomerQueries(Store(shop.home).analysis(model), threads=1)
        .page(CustomerFilter(window="next"))
        .iloc[0]
    )
    tab.goto(f"{shop.url}/predict?analysis={model}&tab=one&customer={row['customer_id']}")
    expect(tab.get_by_label("Orders so far")).to_have_attribute("placeholder", f"{row['frequency']:,.0f}")
    tab.get_by_role("button", name="Score this customer").click()
    answer = tab.get_by_role("region", name="Answer")
    expect(answer.get_by_role("heading", name=f"Customer {row['customer_id']}")).to_be_visible(timeout=60_000)
    # Nothing was changed: the numbers are those of the next window.
    expect(answer).to_contain_text(f"Propensity{100 * row['pred_prob']:.0f} %")
    tab.get_by_label("Start from customer").fill("nobody")
    tab.keyboard.press("Tab")
    expect(tab.get_by_text("Customer nobody is not in this analysis.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_data_set_is_scored_and_the_result_deleted(
    tab: Page, shop: Server, scheme: str, width: int
) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    open_page(tab, shop)
    choice = tab.get_by_label("Data set to score")
    option = choice.locator("option", has_text="Sample shop")
    choice.select_option(value=str(option.get_attribute("value")))
    tab.get_by_role("button", name="Score customers").click()
    result = tab.get_by_role("region", name="Result")
    expect(result).to_contain_text("The 200 of 1,200 with the highest expected spend", timeout=120_000)
    check_axe(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.get_by_role("button", name="Delete the scores of Sample shop").first.click()
    dialog = tab.get_by_role("dialog", name="Delete these scores?")
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_be_hidden()
    expect(result).to_be_visible()
    tab.get_by_role("button", name="Delete the scores of Sample shop").first.click()
    dialog.get_by_role("button", name="Delete them").click()
    expect(result).to_be_hidden()
    expect(tab).not_to_have_url(re.compile("prediction="))


def test_a_question_sends_to_the_data_page(tab: Page, shop: Server, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(
        "customer_id,date,amount\n" + "".join(f"c{i},0{i % 9 + 1}/05/2025,5.50\n" for i in range(40))
    )
    open_page(tab, shop)
    tab.get_by_label("File to score").set_input_files(path)
    tab.get_by_role("button", name="Score customers").click()
    told = tab.get_by_role("alert").filter(has_text="Scoring odd: that did not work")
    expect(told).to_contain_text("Import the file on the Data page and answer there", timeout=120_000)
    told.get_by_role("button", name="Close").click()
    expect(told).to_be_hidden()
    # The file is still there for another try, or to be imported.
    expect(tab.get_by_text("odd.csv, ")).to_be_visible()
    tab.get_by_role("button", name="Score customers").click()
    told.get_by_role("button", name="Import it on the Data page").click()
    expect(tab.get_by_role("heading", name="How this file is read")).to_be_focused()
    expect(tab.get_by_label("day first")).to_be_visible()


def test_without_an_analysis_the_page_says_what_to_do(tab: Page, start_server: object) -> None:
    empty: Server = start_server(autosample="false")  # type: ignore[operator]
    tab.goto(empty.url + "/predict")
    expect(tab.get_by_role("heading", name="No customers yet")).to_be_visible()
    expect(tab.get_by_role("link", name="Upload data")).to_be_visible()
    expect(tab.get_by_role("button", name="Score customers")).to_be_hidden()
    check_axe(tab)

"""Model performance as its readers meet it: charts, the choice of a model, the model card."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

CHARTS = (
    "calibration", "roc", "pr", "gains", "lift", "backtest", "bias", "residuals", "spend-gains", "gain-prob",
    "permutation-prob", "gain-spend", "permutation-spend",
)  # fmt: skip


def ready(tab: Page, shop: Server, query: str = "") -> None:
    tab.goto(f"{shop.url}/performance{query}")
    expect(tab.get_by_role("heading", name=re.compile("^Who will buy: "))).to_be_visible()
    for name in CHARTS:
        expect(tab.locator(f"#performance-{name} .main-svg").first).to_be_attached()


def points(tab: Page) -> str:
    """Where the points of the calibration chart lie."""
    found = tab.locator("#performance-calibration .scatterlayer .point")
    expect(found).not_to_have_count(0)
    return ",".join(str(point.get_attribute("transform")) for point in found.all())


def test_every_chart_is_drawn_and_named(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    expect(tab.get_by_text(re.compile("by models that never saw them; cutoff"))).to_be_visible()
    for label in (
        "Calibration curve",
        "ROC curve",
        "Lift",
        "Cumulative gains",
        "Precision-recall",
        "Backtest",
        "Residuals",
    ):
        expect(tab.get_by_role("group", name=re.compile(f"^{label}")).first).to_be_attached()
    assert len(points(tab).split("translate")) > 5
    # A link to a section arrives there.
    tab.get_by_role("navigation", name="Sections").get_by_role("link", name="Over time").click()
    expect(tab.get_by_role("heading", name="Over time")).to_be_in_viewport()
    expect(tab).to_have_url(re.compile("#performance-over-time$"))


def test_the_choice_of_a_model_changes_its_curves_and_the_address(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    before = points(tab)
    tab.get_by_label("Model", exact=True).select_option("recency")
    expect(tab).to_have_url(re.compile("model=recency"))
    expect(tab.locator("#performance-roc .legendtext", has_text="Recency alone")).to_be_visible()
    assert points(tab) != before
    other = tab.context.new_page()
    other.goto(tab.url)
    expect(other.get_by_label("Model", exact=True)).to_have_value("recency")
    expect(other.locator("#performance-roc .legendtext", has_text="Recency alone")).to_be_visible()


def test_another_model_serves_and_the_rule_gets_it_back(tab: Page, shop: Server) -> None:
    ready(tab, shop)
    before = tab.get_by_label("Data set").input_value()
    button = tab.locator("#performance-board").get_by_role("button", name="Use this model").first
    label = str(button.get_attribute("aria-label")).removeprefix("Use this model: ")
    button.click()
    status = tab.locator("#performance-message")
    expect(status).to_contain_text(f"{label} will serve.")
    expect(status).to_contain_text("The analysis you see now stays")
    expect(tab.get_by_role("group", name="Running job")).to_be_visible()
    expect(tab.get_by_role("heading", name=f"Who will buy: {label}.")).to_be_visible(timeout=120_000)
    expect(tab.get_by_text(f"{label} was chosen by a person, not by the rule.").first).to_be_visible()
    expect(status).to_be_empty()
    now = tab.get_by_label("Data set").input_value()
    assert now != before
    assert f"analysis={now}" in tab.url
    # The one before is still there.
    expect(tab.get_by_label("Data set").locator(f"option[value='{before}']")).to_have_count(1)
    tab.get_by_role("button", name="Let the rule decide: Who will buy").click()
    expect(status).to_contain_text("The rule will decide.")
    expect(tab.get_by_label("Data set")).not_to_have_value(now, timeout=120_000)
    expect(tab.get_by_text("was chosen by a person").first).to_be_hidden()


def test_the_model_card_is_read_and_downloaded(tab: Page, shop: Server, tmp_path: Path) -> None:
    ready(tab, shop)
    tab.locator("#performance-card summary", has_text="Data").click()
    expect(tab.locator("#performance-card").get_by_text(re.compile("SHA-256 [0-9a-f]{64}"))).to_be_visible()
    with tab.expect_download() as caught:
        tab.get_by_role("link", name="Download model card").click()
    path = tmp_path / caught.value.suggested_filename
    assert path.name.endswith("-model-card.html")
    caught.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert "<h2>Limits</h2>" in text
    assert "http" not in text


@pytest.mark.parametrize("width", [360, 768, 1024, 1440, 2560])
def test_the_page_does_not_scroll_sideways(tab: Page, shop: Server, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    ready(tab, shop)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width

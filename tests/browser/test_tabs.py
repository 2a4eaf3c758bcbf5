"""Rows of tabs on a phone: an address that names one shows it open, and in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server


@pytest.mark.parametrize(
    ("address", "name"), [("roi?tab=readout", "Read the result"), ("segments?view=advice", "What to do")]
)
def test_the_tab_of_a_shared_address_is_in_sight(tab: Page, shop: Server, address: str, name: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 2400})
    tab.goto(f"{shop.url}/{address}")
    opened = tab.get_by_role("tab", name=name)
    expect(opened).to_be_visible(timeout=60_000)
    expect(opened).to_have_attribute("aria-selected", "true")
    expect(opened).to_be_in_viewport(ratio=0.99)
    # It is the row that moved, not the page.
    assert tab.evaluate("scrollX") == 0

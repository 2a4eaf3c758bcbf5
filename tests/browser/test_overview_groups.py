"""From a number of the overview to the list of its customers, and out of it again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from callbacks.overview_words import group_href
from data.queries import CustomerFilter, CustomerQueries
from data.store import Store
from tests.browser.conftest import Server

ONLY = "Only: lost customers (of the 90 days before, nothing in the last 90 days)"


def counted(shop: Server, group: str = "") -> str:
    queries = CustomerQueries(Store(shop.home).analysis(shop.sample_analysis))
    return f"{queries.count(CustomerFilter(window='next', group=group)):,}"


def test_a_group_is_listed_shared_and_taken_off(tab: Page, shop: Server) -> None:
    lost, everybody = counted(shop, "lost:90"), counted(shop)
    assert lost != everybody
    tab.goto(shop.url + group_href("lost:90", shop.sample_analysis))
    size, chip = tab.get_by_label("Segment size", exact=True), tab.get_by_text(ONLY)
    expect(size).to_have_text(lost)
    expect(chip).to_be_visible()
    expect(tab.get_by_label("Window", exact=True)).to_have_value("next")
    # Other filters go with it, and the address says both.
    tab.get_by_label("Minimum propensity", exact=True).fill("0.1")
    expect(tab).to_have_url(re.compile(r"min_propensity=0\.1&group=lost%3A90"))
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="Download segment").click()
    assert caught.value.suggested_filename.endswith("-lost-last-90-days.csv")
    tab.get_by_label("Minimum propensity", exact=True).fill("0")
    expect(size).to_have_text(lost)

    tab.get_by_role("button", name="Show all customers again").click()
    expect(size).to_have_text(everybody)
    expect(chip).to_be_hidden()
    expect(tab.get_by_text("All customers are shown again.")).to_be_visible()
    expect(tab.get_by_label("Window", exact=True)).to_be_focused()
    assert "group" not in tab.url


def test_the_past_window_takes_a_group_off_and_says_so(tab: Page, shop: Server) -> None:
    tab.goto(shop.url + group_href("lost:90", shop.sample_analysis))
    expect(tab.get_by_label("Segment size", exact=True)).to_have_text(counted(shop, "lost:90"))
    tab.get_by_label("Window", exact=True).select_option("past")
    expect(tab.get_by_text("All customers are shown: the group is one of the next window.")).to_be_visible()
    expect(tab.get_by_text(ONLY)).to_be_hidden()
    expect(tab).not_to_have_url(re.compile("group"))

"""An empty workspace turns into a populated dashboard by itself, once."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

CARDS = ("Customers", "At risk", "Revenue at risk", "Retention rate")


def test_the_sample_is_prepared_in_sight_and_only_once(
    tab: Page, start_server: Callable[..., Server]
) -> None:
    server = start_server(sample_customers="1500")
    tab.goto(server.url)
    expect(tab.get_by_role("progressbar").first).to_be_visible()
    expect(tab.get_by_text(re.compile("sample", re.IGNORECASE)).first).to_be_visible()
    for card in CARDS:
        expect(tab.get_by_text(card, exact=True).first).to_be_visible(timeout=120_000)
    expect(tab.locator("main")).to_contain_text("1,500")

    server.finish_jobs()
    kinds = sorted(job.kind for job in server.jobs.list())
    assert kinds == ["analyse", "sample"]
    tab.goto("about:blank")  # a page that polls a stopped server would fill the console, rightly
    server.stop()
    server.start()
    tab.goto(server.url)
    expect(tab.locator("main")).to_contain_text("1,500")
    assert sorted(job.kind for job in server.jobs.list()) == kinds


def test_without_sample_the_page_says_what_to_do(tab: Page, start_server: Callable[..., Server]) -> None:
    server = start_server(autosample="false")
    for path in ("/", "/propensity"):
        tab.goto(server.url + path)
        expect(tab.get_by_role("main").get_by_text("Upload data")).to_be_visible()
    tab.goto(server.url + "/data")
    expect(tab.get_by_label("Upload data")).to_be_attached()
    tab.get_by_role("button", name="Try sample data").click()
    expect(tab.get_by_role("progressbar").first).to_be_visible()

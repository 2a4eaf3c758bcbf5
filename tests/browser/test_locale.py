"""A German shop: every number that a person reads has German marks, those made in the browser too."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

# A thousands comma, or a sign of a currency before its amount; three decimals ("0,125") are no thousands.
AMERICAN = re.compile(
    r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|[$€£] ?\d|(?<![\d.])\d+\.\d{1,2}(?![\d.])"
)
GERMAN = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])|\d,\d")
# What is on the page, and what its charts say of their points.
READ = """() => [document.querySelector('main').innerText,
  ...[...document.querySelectorAll('main svg text')].map(each => each.textContent),
  ...[...document.querySelectorAll('.js-plotly-plot')].flatMap(each => each._fullData || [])
    .flatMap(each => [].concat(each.hovertext || [], each.text || [])).filter(each => typeof each === 'string')]"""


@pytest.fixture(scope="module")
def german(sample_home: Path, start_server: Callable[..., Server]) -> Server:
    """The sample shop, told to a German."""
    return start_server(like=sample_home, locale="de_DE")


def texts(tab: Page) -> list[str]:
    # The name of the data set holds a number, and is shown as it was given.
    lines = "\n".join(tab.evaluate(READ)).replace("Sample shop (1,200 customers)", "Sample shop")
    return [line for line in lines.split("\n") if line.strip()]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/", "#overview-body"),
        ("/propensity", "#propensity-table .ag-row"),
        ("/segments", "#segments-sizes .main-svg"),
        ("/roi", "#roi-depth .main-svg"),
    ],
)
def test_no_page_writes_numbers_as_americans_do(tab: Page, german: Server, address: str, shown: str) -> None:
    tab.goto(german.url + address)
    expect(tab.locator(shown).first).to_be_visible()
    expect(tab.locator("main")).to_have_text(re.compile(r"\d\s€"))
    tab.wait_for_load_state("networkidle")
    found = texts(tab)
    assert [line for line in found if AMERICAN.search(line)] == []
    assert any(GERMAN.search(line) for line in found)
    assert any(re.search(r"\d\N{NO-BREAK SPACE}€", line) for line in found)


def test_what_the_browser_writes_follows_too(tab: Page, german: Server) -> None:
    tab.goto(f"{german.url}/propensity")
    slider = tab.get_by_role("slider", name="Shortfall threshold")
    expect(slider).to_be_enabled()
    slider.press("End")
    expect(tab.locator("#propensity-shortfall-value")).to_have_text(re.compile(r"^[\d.]+(,\d\d)?\s€$"))
    # Ticks of the chart are made by plotly, from the marks that the figure names.
    assert (
        tab.evaluate("document.querySelector('#propensity-chart .js-plotly-plot')._fullLayout.separators")
        == ",."
    )
    assert tab.locator("html").get_attribute("lang") == "en"

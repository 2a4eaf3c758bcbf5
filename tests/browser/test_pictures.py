"""Pictures of charts: both kinds, by mouse and by keyboard, legible on a dark page too."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page, expect

from figures.theme import tokens
from tests.browser.conftest import Server


def corner(picture: bytes) -> tuple[int, int, tuple[int, int, int]]:
    """Width and height of a PNG of eight bits a channel, and the colour of its first pixel (PNG 1.2)."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", picture[16:26])
    assert (depth, kind) in ((8, 2), (8, 6))
    place, packed = 8, b""
    while place < len(picture):
        length, name = struct.unpack(">I4s", picture[place : place + 8])
        if name == b"IDAT":
            packed += picture[place + 8 : place + 8 + length]
        place += length + 12
    # Of the first pixel of the first line every filter keeps the value itself.
    red, green, blue = zlib.decompress(packed)[1:4]
    return width, height, (red, green, blue)


def test_a_chart_is_saved_as_a_picture_of_either_kind(tab: Page, shop: Server, tmp_path: Path) -> None:
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{shop.url}/segments")
    chart = tab.locator("figure", has=tab.locator("#segments-sizes"))
    expect(chart.locator(".trace").first).to_be_visible(timeout=60_000)
    # Plotly's own camera would save the page's transparent ground.
    expect(tab.locator(".modebar-btn[data-title*='png' i]")).to_have_count(0)
    day = f"{dt.datetime.now().astimezone():%Y-%m-%d}"

    with tab.expect_download() as told:
        chart.get_by_role("button", name="PNG picture of this chart").click()
    assert told.value.suggested_filename == f"lapwing-segments-sizes-{day}.png"
    told.value.save_as(tmp_path / "chart.png")
    width, height, ground = corner((tmp_path / "chart.png").read_bytes())
    box = chart.locator(".js-plotly-plot").bounding_box()
    assert box is not None
    assert (width, height) > (2 * box["width"] - 4, 2 * box["height"] - 4), "twice the screen's resolution"
    surface = tokens("dark")["surface"]
    assert ground == tuple(int(surface[at : at + 2], 16) for at in (1, 3, 5))

    with tab.expect_download() as told:
        chart.get_by_role("button", name="SVG picture of this chart").focus()
        tab.keyboard.press("Enter")
    assert told.value.suggested_filename == f"lapwing-segments-sizes-{day}.svg"
    told.value.save_as(tmp_path / "chart.svg")
    drawn = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "Customers and revenue" in drawn
    red, green, blue = (int(surface[at : at + 2], 16) for at in (1, 3, 5))
    assert re.search(rf"rgb\({red}, {green}, {blue}\)", drawn)
    assert "Champions" in drawn

    # On paper there is nothing to press.
    tab.emulate_media(media="print")
    expect(chart.get_by_role("button", name="PNG picture of this chart")).to_be_hidden()

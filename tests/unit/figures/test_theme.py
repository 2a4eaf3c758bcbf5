from __future__ import annotations

import re

import pytest

from figures.theme import GRAPH_CONFIG, STYLESHEET, graph_config, says, template, tokens


def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb colour (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_tokens_come_from_the_stylesheet() -> None:
    text = STYLESHEET.read_text(encoding="utf-8")
    light, dark = tokens("light"), tokens("dark")
    assert f"--lw-under: {light['under']};" in text
    assert light["bg"] != dark["bg"]
    assert light["radius"] == dark["radius"], "the dark theme keeps what it does not change"
    assert template("dark").layout.font.color == dark["text"]
    assert template("light").layout.xaxis.gridcolor == light["grid"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    token = tokens(theme)
    for text, ground in (
        ("text", "bg"),
        ("text", "surface"),
        ("muted", "bg"),
        ("muted", "surface"),
        ("muted", "surface-2"),
        ("accent", "surface"),
        ("accent", "bg"),
        ("on-accent", "accent"),
        ("accent-strong", "accent-soft"),
        ("under-text", "under-soft"),
        ("expected-text", "expected-soft"),
        ("over-text", "over-soft"),
        ("hover-text", "hover-bg"),
    ):
        assert contrast(token[text], token[ground]) >= 4.5, (text, ground)
    for mark in ("under-line", "expected-line", "over-line", "border-strong", "focus"):
        assert contrast(token[mark], token["surface"]) >= 3, mark


def test_nothing_of_a_chart_leaves_the_machine() -> None:
    config = graph_config()
    assert config["displaylogo"] is False
    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""
    assert config["showLink"] is False
    assert "toImage" in config["modeBarButtonsToRemove"], "the page has buttons of its own for that"
    assert graph_config() is not GRAPH_CONFIG
    # An address in a stylesheet would be a request at every visit.
    for sheet in STYLESHEET.parent.glob("*.css"):
        assert not re.search(
            r"@import|https?://|//\w", re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
        )


def test_an_empty_chart_says_so() -> None:
    figure = says("Nothing here.", "dark")
    assert figure.layout.annotations[0].text == "Nothing here."
    assert figure.layout.annotations[0].font.color == tokens("dark")["muted"]
    assert len(figure.data) == 0

"""The look of every chart: one light and one dark template made from the tokens in assets/tokens.css."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import plotly.graph_objects as go

from data.names import AS_EXPECTED, OVER, UNDER
from figures import words

STYLESHEET: Final = Path(__file__).resolve().parents[1] / "assets" / "tokens.css"
THEMES: Final = ("light", "dark")
LINE_LETTERS: Final = 40
SHAPES: Final = {UNDER: "triangle-down", AS_EXPECTED: "circle", OVER: "diamond"}
LABELS: Final = {UNDER: "Spent less", AS_EXPECTED: "As expected", OVER: "Spent more"}
COLOUR_WORDS: Final = {UNDER: "Red", AS_EXPECTED: "Yellow", OVER: "Blue"}
TOKEN_OF: Final = {UNDER: "under", AS_EXPECTED: "expected", OVER: "over"}

# No button of a chart may send data away: plotly 7 would offer to share the chart in its cloud.
GRAPH_CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "showLink": False,
    "responsive": True,
    "scrollZoom": False,
    "showTips": False,
    # The pages' script does it: a figure redrawn while zoomed would take the zoom for its beginning.
    "doubleClick": False,
    "modeBarButtonsToRemove": [
        "toImage",
        "select2d",
        "lasso2d",
        "autoScale2d",
        "resetScale2d",
        "toggleSpikelines",
    ],
}


@cache
def tokens(theme: str) -> dict[str, str]:
    """Custom properties `--lw-*` of a theme, without the prefix; dark ones over the light ones."""
    text = re.sub(r"/\*.*?\*/", "", STYLESHEET.read_text(encoding="utf-8"), flags=re.S)
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", text)
    found: dict[str, str] = {}
    for wanted in THEMES[: THEMES.index(known(theme)) + 1]:
        for selector, body in blocks:
            if f'[data-bs-theme="{wanted}"]' in selector:
                found.update(re.findall(r"--lw-([\w-]+):\s*([^;]+);", body))
    return found


def known(theme: str | None) -> str:
    """`theme` if there is such a one, else "light"."""
    return theme if theme in THEMES else THEMES[0]


def graph_config() -> dict[str, Any]:
    """Settings of a chart; pictures of it are saved by the page's own buttons."""
    return GRAPH_CONFIG | words.chart_locale()


def template(theme: str) -> go.layout.Template:
    """The plotly template of a theme."""
    return _template(theme, words.separators())


@cache
def _template(theme: str, separators: str) -> go.layout.Template:
    token = tokens(theme)
    axis = {
        "gridcolor": token["grid"],
        "linecolor": token["border"],
        "zeroline": False,
        "tickfont": {"color": token["muted"], "size": 12},
        "title": {"font": {"color": token["muted"], "size": 13}, "standoff": 12},
        "ticks": "",
        "ticklabelstandoff": 4,
    }
    return go.layout.Template(
        layout={
            "font": {"family": token["font"], "color": token["text"], "size": 13},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [token[name] for name in ("accent", "over", "expected", "under", "neutral")],
            "colorscale": {"sequential": [[0, token["density-low"]], [1, token["density-high"]]]},
            "xaxis": axis,
            "yaxis": axis,
            # Fixed: automargin would draw everything twice.
            "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
            "hoverlabel": {
                "bgcolor": token["hover-bg"],
                "bordercolor": token["hover-bg"],
                "font": {"family": token["font"], "color": token["hover-text"], "size": 13},
                "align": "left",
            },
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": token["muted"],
                "activecolor": token["accent"],
            },
            "legend": {"orientation": "h", "y": 1.08, "x": 0},
            "separators": separators,
        }
    )


def says(text: str, theme: str = "light") -> go.Figure:
    """A chart with nothing to draw, that says so in `text` (plain words, never markup)."""
    figure = go.Figure()
    figure.update_layout(
        template=template(known(theme)),
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[
            {
                "text": "<br>".join(line for part in text.split("<br>") for line in _lines(part)),
                "showarrow": False,
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "font": {"size": 15, "color": tokens(known(theme))["muted"]},
            }
        ],
    )
    return figure


def _lines(text: str) -> list[str]:
    """Lines of about the same length that a phone has room for: a chart does not break them itself."""
    least = len(wrap(text, LINE_LETTERS))
    return next(
        (lines for width in range(1, LINE_LETTERS) if len(lines := wrap(text, width)) <= least), [text]
    )


def rgb(colour: str) -> list[float]:
    """Red, green and blue of a "#rrggbb" colour, 0 to 255 each."""
    return [float(int(colour[at : at + 2], 16)) for at in (1, 3, 5)]


def ink_on(colour: Sequence[float], theme: str) -> str:
    """The colour of words on a surface (see `rgb`): of the page's two extremes the one that stands out more."""
    page = _luminance(colour)

    def contrast(ink: str) -> float:
        other = _luminance(rgb(ink))
        return (max(page, other) + 0.05) / (min(page, other) + 0.05)

    return max((tokens(theme)["text"], tokens(theme)["surface"]), key=contrast)


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of red, green and blue, 0 to 255 each (WCAG 2.2)."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""What the ROI page is made of: its tabs, the scales of its sliders, and the parts that callbacks fill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from figures import words
from models.campaign.params import LIMITS, POINTS, RELATIVE
from pages._ui.controls import icon, tip
from pages._ui.glossary import linked

PREFIX: Final = "roi"
# Name in the address -> the words of the tab.
VIEWS: Final = {
    "depth": "How far to go",
    "range": "Range",
    "drivers": "What matters",
    "segments": "By segment",
    "scenarios": "Scenarios",
    "proof": "Plan the proof",
    "readout": "Read the result",
}
FIRST_VIEW: Final = "depth"
SCENARIOS: Final = {"pessimistic": "Pessimistic", "expected": "Expected", "optimistic": "Optimistic"}
# What the uplift starts from, and how far that can be trusted (docs/roi.md has the sources in full).
PRIOR: Final = (
    "A starting guess, to be replaced by a test of your own. In the Hillstrom test, e-mail alone raised the share who "
    "bought within two weeks by 54 % (women's goods) and 119 % (men's goods), which is 8 to 18 % of 90 days' purchases.",
    "The mean of 1,851 published price elasticities is −2.62 (Bijmolt, van Heerde and Pieters 2005), which makes 15 % "
    "off worth some 39 % more purchases for as long as it is valid (two weeks of 90 days: some 6 %). Together that is "
    "about 50 % at the best, 15 to 24 % for an offer of two weeks; 10 to 90 % is as certain as it gets.",
    "Redemption starts at 40 %: about as many as open a marketing e-mail. That is an assumption, not a measurement.",
)


@dataclass(frozen=True)
class Scale:
    """A slider in percent: its ends, which a value beyond them moves, and its step."""

    low: float
    high: float
    step: float = 1.0


SCALES: Final = {
    "discount": Scale(0, 60),
    "margin": Scale(0, 100),
    "uplift": Scale(0, 100),
    "uplift_range": Scale(0, 100),
    "redemption": Scale(0, 100),
    "forecast_error": Scale(0, 60),
}
# Points of probability are smaller things than shares of it.
POINT_SCALES: Final = {"uplift": Scale(0, 20, 0.1), "uplift_range": Scale(0, 20, 0.1)}


def scale_of(name: str, unit: str = RELATIVE) -> Scale:
    """The scale of a slider where the uplift is in `unit`."""
    return POINT_SCALES.get(name, SCALES[name]) if unit == POINTS else SCALES[name]


@dataclass(frozen=True)
class Place:
    """Where a slider stands for a value: its position and ends in percent; `exact` where no position says it."""

    value: float
    low: float
    high: float
    step: float
    exact: bool


def place_of(name: str, value: float, unit: str = RELATIVE) -> Place:
    """The place of a share of one on its slider; what no limit allows stands at the nearest end."""
    scale, limit, percent = scale_of(name, unit), LIMITS[name], 100 * value
    kept = min(max(percent, 100 * limit.low), 100 * limit.high)
    low, high = min(scale.low, math.floor(kept)), max(scale.high, math.ceil(kept - 1e-9))
    at = round(round(kept / scale.step) * scale.step, 6)
    return Place(at, low, high, scale.step, abs(at / 100 - value) > 1e-12)


def view_link(view: str, text: str) -> Component:
    """A button that reads as a link and opens a tab; the script of the page does it."""
    return html.Button(text, type="button", className="roi-link", **{"data-roi-tab": view})


def question(discount: float, contacted: int, who: str) -> list[Any]:
    """The question in a sentence with what the controls say."""
    number = html.B(words.count(contacted))
    # "at-risk customers": the noun is part of the words, whoever they are.
    whom = who if contacted != 1 else singular(who)
    who_words = html.B(_unbroken(whom))
    if discount > 0:
        return [
            "If we give ",
            html.B(share(discount)),
            " off to ",
            number,
            " ",
            who_words,
            ", do we make money?",
        ]
    return ["If we contact ", number, " ", who_words, " with nothing off, do we make money?"]


def _unbroken(text: str) -> list[Any]:
    """Words of which none is broken at its hyphen."""
    found: list[Any] = []
    for at, word in enumerate(text.split(" ")):
        short = "-" in word and len(word) < 16
        found += [" "] if at else []
        found.append(html.Span(word, className="roi-unbroken") if short else word)
    return found


def singular(who: str) -> str:
    """The words for one customer of an audience."""
    return who.replace("customers", "customer", 1)


def uplift(value: float, unit: str) -> str:
    """An uplift in its unit, no more exactly than it can be known: "+41.8 %", "-5 %", "+2 points"."""
    shown = words.marks(f"{100 * value:+.3g}") if round(100 * value, 6) else "0"
    return f"{shown} points" if unit == POINTS else words.percentage(shown)


def share(value: float) -> str:
    """A share of one as it was asked: "15 %", "12.5 %"."""
    return words.percentage(words.marks(f"{100 * value:.6g}"))


def verdict(word: str, tone: str, net: str, low: str, high: str) -> list[Any]:
    """The answer: the verdict, then the money with its range."""
    return [
        html.Span(word, className=f"roi-verdict__word roi-verdict__word--{tone}"),
        html.Span(
            ["expected net profit ", html.B(net), ", 80 % range ", html.B(f"{low} to {high}")],
            className="roi-verdict__text",
        ),
    ]


def glance(word: str, tone: str, net: str, low: str, high: str) -> list[Any]:
    """The answer in one short line."""
    return [
        html.Span(word, className=f"roi-verdict__word roi-verdict__word--{tone}"),
        html.Span([html.B(net), " net profit"], className="roi-glance__net"),
        html.Span(f"80 %: {low} to {high}", className="roi-glance__range"),
    ]


@dataclass(frozen=True)
class Stat:
    """A number of the answer: what it is called, what it is, a note under it and its definition."""

    key: str
    label: str
    value: str
    note: str
    definition: str


def stats(items: Sequence[Stat]) -> list[Component]:
    """The numbers of the answer, each with its definition a key press away."""
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Span(linked(item.label), className="lw-stat__label"),
                        tip(item.definition, item.label, f"roi-what-{item.key}"),
                    ],
                    className="roi-stat__head",
                ),
                html.Span(item.value, className="lw-stat__value"),
                html.Span(item.note, className="lw-stat__note"),
            ],
            className="lw-stat roi-stat",
        )
        for item in items
    ]


def lines(texts: Sequence[Any]) -> list[Component]:
    """What else there is to say, a line each."""
    return [html.P(text) for text in texts]


def cautions(texts: Sequence[str]) -> Component:
    """What to be careful with; the last one always, since no model of purchases knows what an offer changes."""
    last = [
        html.B("Propensity is not uplift: "),
        "who is likely to buy is known from their history, how many more buy because of the offer is an assumption"
        " here. Only a test with a group left out can show it: ",
        view_link("proof", "plan the proof"),
        ".",
    ]
    return html.Section(
        [
            icon("info-circle"),
            html.Ul(
                [*(html.Li(words.prose(text)) for text in texts), html.Li(last)],
                className="lw-cautions__list",
            ),
        ],
        className="lw-cautions roi-cautions",
        **{"aria-label": "Read with care"},
    )

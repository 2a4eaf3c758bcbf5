"""The first run: what Lapwing is, how to begin, and the three questions it answers."""

from __future__ import annotations

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from figures.words import prose
from pages._ui.controls import button_link, icon

# Type of the ids of the buttons that make the sample shop; a page may have none.
SAMPLE: Final = "welcome-sample"
STEPS: Final = ("Data in", "Analysis", "Look around")

# Question, how it is answered, icon, page and its name.
QUESTIONS: Final = (
    (
        "Who are my customers, and who is slipping away?",
        "Segments by how lately, how often and for how much they buy, and the risk that each stays away.",
        "people",
        "/segments",
        "Segments",
    ),
    (
        "Who will buy next, and who spent less than expected?",
        "Each customer's chance to buy, and in red those who fell short of what was predicted of them.",
        "bullseye",
        "/propensity",
        "Propensity",
    ),
    (
        "Does a campaign pay?",
        "Profit with its range before you send anything, and a test that proves it afterwards.",
        "calculator",
        "/roi",
        "ROI simulator",
    ),
)


def no_data() -> Component:
    """What a page shows when there is no analysis at all: a welcome, and two ways to begin."""
    sample = html.Button(
        "Try sample data", id={"type": SAMPLE, "id": "start"}, type="button", className="btn btn-light"
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Img(src="/assets/mark.svg", className="lw-welcome__mark", alt=""),
                    html.H2("Welcome to Lapwing"),
                    html.P(
                        "It turns your shop's orders into lists of people to act on, and says how far each number can be"
                        " trusted. Your data stays on this machine."
                    ),
                    html.Div(
                        [button_link("Upload data", "/data", primary=True), sample], className="lw-welcome__actions"
                    ),
                    html.P("No customers yet. The first results are there about a minute after you begin.", className="lw-help"),
                ],
                className="lw-welcome__lead",
            ),
            _questions(),
        ],
        className="lw-welcome lw-rise",
    )  # fmt: skip


def under_way(label: str, text: str, share: float, step: int = 0) -> Component:
    """What a page shows while the first data are on their way: the job, and which of the steps it is (0: the first)."""
    percent = round(100 * share)
    return html.Div(
        [
            html.Div(
                [
                    _steps(step),
                    html.H2([label, " … ", html.Span(f"{percent} %", className="lw-num")]),
                    html.Progress(value=str(percent), max="100", **{"aria-label": label}),
                    html.P(prose(text), role="status"),
                    html.P("This page fills by itself when it is done."),
                ],
                className="lw-welcome__lead lw-welcome__lead--waiting",
            ),
            _questions(),
        ],
        className="lw-welcome",
    )


def first_steps() -> Component:
    """Three questions to start with, on the first dashboard; it stays away once it was put away."""
    close = html.Button(
        type="button",
        className="btn-close",
        **{"aria-label": "Put these questions away", "data-first-steps": "1"},
    )
    return html.Aside(
        [
            html.H2("Three questions to start with"),
            close,
            html.Ol(
                [
                    html.Li([icon(mark), dcc.Link(question, href=page)])
                    for question, _, mark, page, _ in QUESTIONS
                ]
            ),
        ],
        className="lw-card lw-start",
        **{"aria-label": "Three questions to start with"},
    )


def _steps(step: int) -> Component:
    def one(place: int, words: str) -> Component:
        state = "is-done" if place < step else "is-now" if place == step else ""
        mark = icon("check-lg") if place < step else str(place + 1)
        told = [html.Span(" (done)", className="lw-sr")] if place < step else []
        here = {"aria-current": "step"} if place == step else {}
        return html.Li(
            [html.Span(mark, **{"aria-hidden": "true"}), html.Span([words, *told])], className=state, **here
        )

    return html.Ol(
        [one(place, words) for place, words in enumerate(STEPS)],
        className="lw-steps",
        **{"aria-label": "Steps"},
    )


def _questions() -> Component:
    return html.Ul(
        [
            html.Li(
                [
                    html.H3([icon(mark), html.Span(question)]),
                    html.P(text),
                    html.P(f"On the page {name}", className="lw-help"),
                ],
                className="lw-card lw-question",
            )
            for question, text, mark, _, name in QUESTIONS
        ],
        className="lw-questions",
        **{"aria-label": "What it answers"},
    )  # fmt: skip
